"""check_op: every registered elementwise op passes it by existing, and a wrong one doesn't."""

import math
import sys
from typing import Any

import numpy as np
import pytest

from autograd import elementwise, temporary_registry
from autograd.check import check_op
from autograd.numbers.kinds import ANY_NUMBER, Primitive
from autograd.rules.op import Edge, Elementwise
from autograd.rules.op_registry import get, ops

POSITIVE = ((0.0, math.inf),)
NEEDED: dict[str, dict[str, Any]] = {"where": {"condition": True}, "power": {"exponent": 3.0}}
ELEMENTWISE = [name for name, op in ops().items() if isinstance(op, Elementwise)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_registered_elementwise_op_passes(name: str) -> None:
    assert check_op(name, **NEEDED.get(name, {}))


def made(function: Any, partials: Any, **attributes: Any):
    with temporary_registry():
        return check_op(elementwise("mine", function, partials, **attributes))


def test_an_op_of_ones_own_is_checked_in_one_line() -> None:
    report = made("x * x * exp(y)", ("2 * x * exp(y)", "z"))
    assert report
    assert report.checked["partials"] > 20
    assert "PASS" in str(report)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "function", "partials", "attributes"),
    [
        ("partials", "x * x * x", "3 * x", {}),
        ("partials", "x * y", ("y * (1 + 1e-8)", "x"), {}),
        ("partials", "x - y * y", ("1", "2 * y"), {}),
        ("second order", "exp(x)", lambda x, z: getattr(z, "_data", z), {}),
        ("kinks", "abs(x)", "choose(x >= 0, 1, -1)", {"kinks": (0.0,)}),
        ("kinks", "maximum(x, y)", ("x >= y", "y > x"), {"ties": True, "selects": True}),
        ("kinks", "log(x)", "1 / x", {"domain": POSITIVE, "edges": (Edge((0.0,), (0.0,), ""),)}),
        ("kinds", lambda x: x + 0.5, 1, {"numbers": ANY_NUMBER}),
        ("values", Primitive(math.sin, lambda x: x + 0 * x, "sin"), "cos(x)", {}),
        ("accuracy", Primitive(lambda x: math.sin(x) * (1 + 1e-14), np.sin, "sin"), "cos(x)", {}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(what: str, function, partials, attributes) -> None:
    report = made(function, partials, **attributes)
    assert report.verdict == "FAIL"
    assert any(problem.startswith(f"{what}: ") for problem in report.problems), str(report)


def test_a_budget_in_ulps_is_given_on_the_call() -> None:
    """log(1 + x) loses digits near zero: what its steps cost is allowed by default."""
    with temporary_registry():
        op = elementwise("mine", "log(1 + x)", "1 / (1 + x)", domain=((-1.0, math.inf),))
        assert check_op(op)
        strict = check_op(op, ulps=4)
        assert not strict
        assert "ulp off, and 4 are allowed" in str(strict)
        assert check_op("log1p", ulps=2)


@pytest.mark.slow
def test_values_are_compared_with_a_definition() -> None:
    from mpmath import mp

    assert check_op("sin", definition=mp.sin)
    assert "the definition gives" in str(check_op("sin", definition=mp.cos))


@pytest.mark.slow
def test_a_wrong_rule_is_blamed_with_the_ratio_and_what_it_suggests() -> None:
    [first, *_] = made("x * exp(y)", ("z", "z")).problems
    assert "the rule of 'mine' for its operand x is wrong at" in first
    assert "= x: is a factor 1/x missing?" in first


def test_structural_ops_are_referred_to_gradcheck() -> None:
    with pytest.raises(TypeError, match="Structural: check a use of it with gradcheck"):
        check_op(get("sum"))  # type: ignore[arg-type]


def test_a_setting_or_a_number_that_is_missing_is_asked_for() -> None:
    with pytest.raises(TypeError, match=r"check_op\('power', exponent=...\)"):
        check_op("power")
    with pytest.raises(ValueError, match=r"a point of mul is a tuple of 2, got \(1.0,\)"):
        check_op("mul", points=[(1.0,)])


# Where a few everyday points see nothing ----------------------------------------------------------


def changing(x: Any, z: Any) -> Any:
    if isinstance(x, np.ndarray):
        x *= 1.0 + 1e-3
    return 2 * x


class Stateful:
    """The slope of x², right on the first calls only."""

    calls = 0

    def __call__(self, x: Any, z: Any) -> Any:
        Stateful.calls += 1
        return 2 * x if Stateful.calls < 400 else 2 * x + Stateful.calls * 1e-6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "function", "partials"),
    [
        ("everywhere", "x * x", "choose(x > 4.3, x, 2 * x)"),
        ("everywhere", "x * x", "choose(x < -1e6, x, 2 * x)"),
        ("everywhere", "x * x", "choose((x > 5.1) & (x < 5.5), x, 2 * x)"),
        ("everywhere", "x * x", "choose((x > -19) & (x < -15), x, 2 * x)"),
        ("guards", "x * x", lambda x, z: 2 * getattr(x, "_data", x)),
        ("everywhere", "x * y", ("z / x", "z / y")),
        ("float32", "x * x", lambda x, z: x if getattr(x, "dtype", 0) == np.float32 else 2 * x),
        ("arrays", "x * x", lambda x, z: x if np.size(x) > 64 else 2 * x),
        ("repeated", "x * y", ("choose(x == y, 2 * y, y)", "x")),
        ("accuracy", "sin(x)", "cos(x) * (1 + 1e-14)"),
        ("state", "x * x", changing),
        ("state", "x * x", Stateful()),
    ],
)
def test_a_rule_that_is_wrong_in_places_is_found(what: str, function, partials) -> None:
    report = made(function, partials)
    assert report.verdict == "FAIL"
    assert any(problem.startswith(f"{what}: ") for problem in report.problems), str(report)


# Rules as they were once: a guard that cuts a second derivative off, a difference that cancels.
ONCE: dict[str, tuple[str, Any]] = {
    "xlogy": ("guards", ("choose((x == 0) & (y == 0), 0, log(y))", "choose(x == 0, 0, x / y)")),
    "pow": (
        "guards",
        (
            "choose(y == 0, 0, power_slope(x, y))",
            "choose((x == 0) & ((y == 0) | (z == 0)), 0, z * log(x))",
        ),
    ),
    "power_slope": (
        "guards",
        (
            "choose((y == 0) | (y == 1), 0, (y - 1) * z / x)",
            "choose(x == 0, 0, pow(x, y - 1) * (1 + y * log(x)))",
        ),
    ),
    "sinc_slope": (
        "guards",
        "choose(x * x == 0, -pi(x) * pi(x) / 3, -pi(x) * pi(x) * sinc(x) - 2 * z / x)",
    ),
    "sigmoid": ("everywhere", "z * (1 - z)"),
    "tanh": ("everywhere", "1 - z * z"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ONCE)
def test_a_rule_that_is_cut_off_by_a_guard_or_cancels_is_named(name: str) -> None:
    what, partials = ONCE[name]
    with temporary_registry():
        now = get(name)
        made = elementwise(
            name, now.function, partials, domain=now.domain, numbers=now.numbers, edges=now.edges,
            replace=True,
        )  # fmt: skip
        problems = check_op(made).problems
    assert any(text.startswith(f"{what}: the rule of '{name}'") for text in problems), problems


def test_a_rule_that_is_wrong_for_arrays_without_elements_is_found() -> None:
    report = made("x * x", lambda x, z: 2 * x if np.size(x) else np.ones((1, 2)))
    assert any(problem.startswith("arrays: ") for problem in report.problems), str(report)


@pytest.mark.parametrize("name", ["k", "op", "g", "times", "function", "rule", "make"])
def test_a_setting_may_have_a_name_that_is_used_inside(name: str) -> None:
    with temporary_registry():
        op = elementwise("mine", f"x * {name}", name, settings={name: 2.0})
        assert check_op(op, **{name: 3.0})
        assert op(3.0, **{name: 4.0}) == 12.0


@pytest.mark.parametrize("name", ["x", "z", "_g"])
def test_a_setting_named_as_an_operand_or_the_result_is_refused(name: str) -> None:
    with (
        temporary_registry(),
        pytest.raises(ValueError, match=f"can't have a setting named '{name}'"),
    ):
        elementwise("mine", "x * 2", "2", settings={name: 2.0})


def test_a_setting_named_self_is_refused_where_the_op_is_defined() -> None:
    with temporary_registry(), pytest.raises(ValueError, match="can't have a setting named 'self'"):
        elementwise("mine", "x * self", "self", settings={"self": 2.0})


@pytest.mark.slow
def test_values_are_compared_with_a_definition_far_from_everyday_points_too() -> None:
    """Beyond a threshold, where floats overflow, and not where only rounding differs."""
    from mpmath import mp

    def softplus(x: Any) -> Any:
        return mp.log1p(mp.exp(x))

    with temporary_registry():
        shifted = elementwise("shifted", "x*x*x + 0.001*heaviside(x - 5)", "3*x*x")
        found = check_op(shifted, definition=lambda x: x**3)
        assert any(text.startswith("definition: at (") for text in found.problems), str(found)
        overflows = elementwise("overflows", "log(1 + exp(x))", "sigmoid(x)")
        assert "it gives inf, the definition" in str(check_op(overflows, definition=softplus))
    assert check_op("softplus", definition=softplus)


@pytest.mark.parametrize("start", [-11.37, 1.0, 1.03, 7.731])
def test_a_window_that_is_a_twentieth_wide_is_seen(start: float) -> None:
    window = f"(x > {start}) & (x < {start} + 0.05)"
    report = made("x * x", f"choose({window}, 2.001 * x, 2 * x)")
    assert any(text.startswith("windows: ") for text in report.problems), str(report)
    with temporary_registry():
        op = elementwise("mine", f"x * x + 1e-6 * choose({window}, 1, 0)", "2 * x")
        found = check_op(op, definition=lambda x: x * x)
    assert any(text.startswith("definition: ") for text in found.problems), str(found)


def test_a_report_shows_the_first_problems_of_each_kind_and_counts_the_rest() -> None:
    """One wrong sign shows at hundreds of points."""
    report = made("x * x", "-2 * x")
    lines = str(report).splitlines()
    of_one = [line for line in lines if line.strip().startswith("everywhere: ")]
    all_of_it = [problem for problem in report.problems if problem.startswith("everywhere: ")]
    assert len(of_one) == 4
    assert of_one[-1].strip() == f"everywhere: {len(all_of_it) - 3} more, in .problems"
    assert len(lines) < 40 < len(report.problems)
    assert repr(report) == str(report)


def test_at_a_kink_that_is_not_declared_it_is_said_how() -> None:
    report = made("choose(x > 0, x, 0.25 * x)", "choose(x > 0, 1, 0.25)")
    assert "To the left its slope is 0.25, to the right 1: declare the kink, kinks=(0.0,)" in str(
        report
    )


def test_a_wrong_rule_where_there_is_no_kink_has_no_such_advice() -> None:
    assert "declare the kink" not in str(made("x * x", "x"))


def test_what_is_no_op_is_refused_by_the_name_of_its_class() -> None:
    with pytest.raises(TypeError, match=r"got a function: check a use of it with gradcheck"):
        check_op(lambda x: x)  # type: ignore[arg-type]


def test_without_mpmath_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mpmath", None)
    with pytest.raises(
        ImportError, match=r"check_op needs mpmath: pip install 'glassgrad\[check\]"
    ):
        check_op("exp")
