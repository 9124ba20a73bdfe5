"""Claimed gradients of plain Python functions: math.*, NumPy and operators, in any mixture."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.check import examine, gradcheck

mpmath = pytest.importorskip("mpmath")

MIXED: dict[str, tuple[Callable, Callable]] = {
    "x*math.sin(x)": (lambda x: x * math.sin(x), lambda x: math.sin(x) + x * math.cos(x)),
    "x + math.cos(x)": (lambda x: x + math.cos(x), lambda x: 1 - math.sin(x)),
    "x*float(x)": (lambda x: x * float(x), lambda x: 2 * x),
    "x*complex(x).real": (lambda x: x * complex(x).real, lambda x: 2 * x),
    "x*np.sin(np.float64(x))": (
        lambda x: x * np.sin(np.float64(x)),
        lambda x: np.sin(x) + x * np.cos(x),
    ),
    "x*np.exp(np.asarray(x, float))": (
        lambda x: float(x * np.exp(np.asarray(x, float))),
        lambda x: float(np.exp(x) * (1 + x)),
    ),
}


@pytest.mark.parametrize("name", MIXED)
def test_a_right_claim_passes_though_a_part_of_the_function_is_in_floats(name: str) -> None:
    f, slope = MIXED[name]
    report = gradcheck(f, 2.0, gradient=slope)
    assert report.worst.reference == "central differences"
    assert report.digits >= 8


@pytest.mark.parametrize("name", MIXED)
def test_a_claim_that_takes_the_part_in_floats_for_constant_fails(name: str) -> None:
    f, slope = MIXED[name]
    frozen = float(f(2.0)) / 2 if name.startswith("x*") else 1.0
    assert frozen != pytest.approx(slope(2.0))
    assert examine(f, 2.0, gradient=lambda x: frozen).verdict == "FAIL"


def test_a_part_of_two_arguments_in_floats_is_seen() -> None:
    def f(x, y):
        return y * math.sin(x)

    assert gradcheck(f, 2.0, 3.0, gradient=lambda x, y: (y * math.cos(x), math.sin(x)))
    wrong = examine(f, 2.0, 3.0, gradient=lambda x, y: (0.0, math.sin(x)))
    assert wrong.verdict == "FAIL"


def test_the_report_says_that_floats_were_compared_and_to_how_many_digits() -> None:
    said = str(gradcheck(lambda x: x + math.cos(x), 2.0, gradient=lambda x: 1 - math.sin(x)))
    assert "the function computes with floats on the way" in said
    assert "1 derivatives agree to " in said


def test_a_float_of_a_number_that_mpmath_made_does_not_pass_unseen() -> None:
    """Mpmath's own functions return numbers of their own: there the loss can't be noted."""

    def f(x):
        return x + math.sin(mpmath.exp(x))

    assert examine(f, 0.5, gradient=lambda x: 1.0).verdict != "PASS"
    right = examine(f, 0.5, gradient=lambda x: 1 + math.exp(x) * math.cos(math.exp(x)))
    assert right.verdict != "FAIL"


def test_in_a_graph_of_ours_a_float_of_the_data_is_seen() -> None:
    assert examine(lambda x: x * math.sin(x.data), 2.0).verdict == "FAIL"
    assert examine(lambda x: x + math.cos(x.data), 2.0).verdict == "FAIL"


def test_where_floats_lose_all_digits_there_is_no_verdict() -> None:
    """(1 − cos x)/x² is a half for every small x; in floats it is 0 at 1e-8."""

    def f(x):
        return (1 - math.cos(x)) / x**2

    def slope(x):
        return math.sin(x) / x**2 - 2 * (1 - math.cos(x)) / x**3

    assert gradcheck(f, 0.1, gradient=slope).digits >= 5
    assert examine(f, 1e-8, gradient=slope).verdict == "INCONCLUSIVE"


def test_where_a_result_is_less_than_a_unit_of_its_argument_there_is_no_verdict() -> None:
    """Floats hold a result still that has, in many digits, the slope 1.85e-22."""

    def f(x):
        y = x - np.tanh(float(x))
        y = y - math.sin(y)
        return y - math.sin(y)

    unseen = examine(f, 0.25, gradient=lambda x: 2.1e-22)
    assert (unseen.verdict, "less than they tell apart" in unseen.reason) == ("INCONCLUSIVE", True)
    assert examine(f, 0.25, gradient=lambda x: 1e-3).verdict == "FAIL"
    assert examine(lambda x: 1e-3, 0.25, gradient=lambda x: 1e-10).verdict == "FAIL"


# Random compositions ------------------------------------------------------------------------------

# Each function, and its slope from its argument: in floats, and on whatever number it is given.
OUTER = {
    "math.sin": (math.sin, math.cos),
    "math.atan": (math.atan, lambda x: 1 / (1 + x * x)),
    "math.exp of a half": (lambda x: math.exp(x / 2), lambda x: math.exp(x / 2) / 2),
    "np.tanh": (lambda x: np.tanh(float(x)), lambda x: 1 - np.tanh(x) ** 2),
    "np.float64": (lambda x: np.float64(x) * 2, lambda x: 2.0),
    "square": (lambda x: x * x, lambda x: 2 * x),
    "shifted": (lambda x: 1 + x / 3, lambda x: 1 / 3),
    "reciprocal": (lambda x: 1 / (2 + x * x), lambda x: -2 * x / (2 + x * x) ** 2),
}
JOINED = {
    "sum": (lambda a, b: a + b, lambda a, b, da, db: da + db),
    "difference": (lambda a, b: a - b, lambda a, b, da, db: da - db),
    "product": (lambda a, b: a * b, lambda a, b, da, db: da * b + a * db),
}
steps = st.tuples(st.sampled_from(list(OUTER)), st.sampled_from(list(JOINED)))


def function(program, dropped: int = -1) -> tuple[Callable, Callable]:
    """Return y ← join(y, outer(y)) repeated, and its slope; one term may be dropped from it."""

    def f(x):
        y = x
        for outer, join in program:
            y = JOINED[join][0](y, OUTER[outer][0](y))
        return y

    def slope(x):
        y, dy = x, 1.0
        for k, (outer, join) in enumerate(program):
            z, dz = OUTER[outer][0](y), OUTER[outer][1](y) * dy
            dy = JOINED[join][1](y, z, dy, 0.0 if k == dropped else dz)
            y = JOINED[join][0](y, z)
        return float(dy)

    return f, slope


programs = st.lists(steps, min_size=1, max_size=3)
points = st.floats(0.25, 2.0)
factors = st.sampled_from([1.001, 0.5, -1.0, 0.0])
dropped_terms = st.integers(-1, 2)


def a_right_claim_does_not_fail(program, x: float) -> None:
    f, slope = function(program)
    assert examine(f, x, gradient=slope).verdict != "FAIL"


def a_wrong_claim_does_not_pass(program, x: float, factor: float, drop: int) -> None:
    f, slope = function(program)
    _, partly = function(program, drop)
    factor = factor if drop < 0 else 1.0
    if abs(partly(x) * factor - slope(x)) > 1e-4 * abs(slope(x)):
        assert examine(f, x, gradient=lambda x: partly(x) * factor).verdict != "PASS"


@pytest.mark.slow
@given(programs, points)
def test_a_right_claim_never_fails(program, x: float) -> None:
    a_right_claim_does_not_fail(program, x)


@given(programs, points, factors, dropped_terms)
def test_a_claim_wrong_by_a_factor_or_a_dropped_term_never_passes(program, x, factor, drop) -> None:
    a_wrong_claim_does_not_pass(program, x, factor, drop)


@pytest.mark.nightly
@given(programs, points, factors, dropped_terms)
@settings(max_examples=5000)
def test_thousands_of_right_and_wrong_claims_get_the_right_verdict(program, x, factor, drop):
    a_right_claim_does_not_fail(program, x)
    a_wrong_claim_does_not_pass(program, x, factor, drop)


@pytest.mark.parametrize("offset", [1e4, 1e5, 1e6, 3e6, 1e7, 1e8])
def test_rounding_beside_a_large_constant_is_no_kink(offset: float) -> None:
    """Jumps by curvature and jumps by rounding are each held against the noise."""
    f = lambda x: math.sin(x) + offset  # noqa: E731
    assert examine(f, 1.0, gradient=math.cos).verdict == "PASS"
    assert examine(f, 1.0, gradient=lambda x: 1.01 * math.cos(x)).verdict == "FAIL"
    kink = examine(lambda x: abs(x - 1.0) + offset, 1.0, gradient=lambda x: 0.0)
    assert "it is a kink" in kink.reason


@pytest.mark.parametrize("tiny", [1e-300, 5e-324])
def test_a_zero_slope_beside_a_tiny_input_is_confirmed_as_one_beside_0_is(tiny: float) -> None:
    """Of eˣ by element: the slope by the other element is 0."""
    x = np.array([2.0, tiny])
    assert gradcheck(np.exp, x, jacobian=lambda x: np.diag(np.exp(x))).verdict == "PASS"


@pytest.mark.parametrize(
    ("f", "claim"),
    [
        (lambda x: float(x[0] * x[1]), {"gradient": lambda x: [x[1], x[0]]}),
        (lambda x: x * x[0], {"jacobian": lambda x: [[2 * x[0], 0.0], [x[1], x[0]]]}),
    ],
    ids=["gradient", "jacobian"],
)
def test_a_claim_may_be_written_as_lists(f, claim) -> None:
    assert gradcheck(f, np.array([2.0, 3.0]), **claim)


def test_a_list_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"has shape \(1,\), expected \(2,\)"):
        gradcheck(lambda x: float(x[0] * x[1]), np.ones(2), gradient=lambda x: [x[1]])
