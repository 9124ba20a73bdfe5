"""Verdicts where floats can't tell, where a domain ends, and where 0 · ∞ was taken as 0."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import elementwise, gradcheck, sqrt, structural, temporary_registry
from autograd.check import (
    Inconclusive,
    Program,
    check_op,
    examine,
    gradient_property,
    strategies,
)
from autograd.check.limits import limit
from autograd.rules.chain_rule import times

pytest.importorskip("mpmath")


def of_an_array(f):
    return lambda x: f(x).sum()


@pytest.fixture(params=["Value", "array"])
def at(request):
    """The same check at a number, and at an array of it."""
    if request.param == "Value":
        return examine
    return lambda f, x: examine(of_an_array(f), np.array([x]))


# 0 · ∞ --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "slope", "where"),
    [
        (lambda x: sqrt(x) ** 2, 0.0, 1.0, "v1 (sqrt)"),
        (lambda x: 1 - autograd.cos(sqrt(x)), 0.0, 0.5, "v1 (sqrt)"),
        (lambda x: autograd.acos(x) ** 2, 1.0, -2.0, "v1 (acos)"),
        (lambda x: (x**0.5) ** 2, 0.0, 1.0, "v1 (power)"),
        (lambda x: 1 - autograd.cos(x**0.5), 0.0, 0.5, "v1 (power)"),
        (lambda x: autograd.exp(autograd.log(x)), 0.0, 1.0, "v1 (log)"),
    ],
)
def test_a_limit_that_is_not_zero_fails_and_blames_neither_rule_nor_engine(at, f, x, slope, where):
    report = at(f, x)
    assert report.verdict == "FAIL"
    assert report.worst.numeric == pytest.approx(slope, rel=1e-6)
    assert f"0 × ∞ at {where}" in report.reason
    assert report.blame is None


def test_the_square_of_a_root_at_its_end_fails_for_a_value_and_an_array(at) -> None:
    assert at(lambda x: sqrt(x) ** 2, 0.0).verdict == "FAIL"


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: x * sqrt(x), 0.0),
        (lambda x: autograd.exp(-1 / (x * x)), 0.0),
        (lambda x: autograd.where(x.data > 0, sqrt(x), 0.0), -1.0),
        (lambda x: 1 / autograd.exp(x), 800.0),
        (lambda x: x**1.5, 0.0),
        (lambda x: (1 - x) ** 1.5, 1.0),
    ],
    ids=[
        "x*sqrt(x)",
        "exp(-1/x²)",
        "a nan that isn't selected",
        "1/exp(x) far out",
        "x**1.5",
        "(1-x)**1.5",
    ],
)
def test_a_limit_that_is_zero_passes(at, f, x: float) -> None:
    assert at(f, x).verdict == "PASS"


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: sqrt(x * x), 0.0),
        (lambda x: autograd.where(x.data >= 0, sqrt(x), 0.0), 0.0),
        (lambda x: autograd.where(x.data > 0, sqrt(x), 0.0), 0.0),
        (lambda x: autograd.cbrt(x - x), 1.0),
        (lambda x: 1 / (1 / x), 0.0),
        (lambda x: (x * x) ** 0.5, 0.0),
        (lambda x: x**0.5 - x**0.5, 0.0),
        (lambda x: sqrt(x) - sqrt(x), 0.0),
    ],
    ids=[
        "a kink",
        "infinite from the right",
        "infinite, and 0 is selected",
        "∞ of no size",
        "∞ inside",
        "a kink of a power",
        "∞ − ∞ of powers",
        "∞ − ∞",
    ],
)
def test_a_limit_that_differs_on_both_sides_or_is_not_finite_gives_no_verdict(at, f, x) -> None:
    report = at(f, x)
    assert report.verdict == "INCONCLUSIVE"
    assert report.blame is None


def test_programs_that_jump_where_0_times_infinity_was_taken_as_0_give_no_alarm() -> None:
    programs = [
        ("a b; mod a b; minimum c a; relu d; hypot d e; add c f; cbrt g", (6.0, -3.0)),
        ("a; mod a a; square b; reciprocal c; reciprocal d", (-1.9045450323629698,)),
        ("a b c; exp a; exp2 d; gaussian e; cbrt f; atan2_slope g e", (7.0, 4.0, 1.5)),
        ("a; ceil a; cbrt b; sinc c", (0.0,)),
    ]
    for text, point in programs:
        assert examine(Program.parse(text), *point).verdict != "FAIL"


def test_a_nan_given_as_input_or_not_selected_is_no_alarm(at) -> None:
    assert at(lambda x: x * 2, math.nan).verdict == "INCONCLUSIVE"
    assert at(lambda x: autograd.where(x.data > 0, x * x, x * math.nan), 1.0).verdict == "PASS"


def test_a_slope_that_goes_to_infinity_passes_as_infinite(at) -> None:
    report = at(sqrt, 0.0)
    assert report.verdict == "PASS"
    assert report.worst.analytic == math.inf


def test_a_claim_is_compared_with_the_limit_where_the_domain_ends() -> None:
    def f(x):
        return x * math.sqrt(x)

    assert gradcheck(f, 0.0, gradient=lambda x: 1.5 * math.sqrt(x))
    assert examine(f, 0.0, gradient=lambda x: 1.0).verdict == "FAIL"


def test_slopes_that_rounding_swallows_have_no_limit() -> None:
    assert math.isnan(limit([0.5, 0.5, 0.0, 0.0])[0])
    assert limit([0.5, 0.5, 0.5])[0] == 0.5
    assert limit([-1.0, -10.0, -100.0])[0] == -math.inf


# nan ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [0.0, np.array([0.0, 1.0])])
def test_nan_against_a_finite_reference_fails_and_its_rule_is_blamed(x) -> None:
    with temporary_registry():
        bad = elementwise("badmul", "x * y", ("z / x", "z / y"))
        report = examine(lambda x: bad(x, 2.0), x)
    assert report.verdict == "FAIL"
    assert report.blame.op == "badmul"


@pytest.mark.parametrize("x", [0.0, np.array([0.0, 1.0])])
def test_nan_is_blamed_where_the_derivative_is_zero(x) -> None:
    with temporary_registry():
        bad = elementwise("badsquare", "x * x", "2 * z / x")
        report = examine(bad, x)
        assert "gives nan, exact is 0.0, which is no slope" in str(check_op(bad))
    assert report.verdict == "FAIL"
    assert report.blame.op == "badsquare"


@pytest.mark.slow
def test_where_a_quotient_is_nan_its_rule_is_not_blamed() -> None:
    program = Program.parse("a b; cbrt b; softplus c; maximum d a")
    point = np.array([3.0, 4.0]), np.array([-1.0, 0.0])
    assert examine(program, *point, order=2).verdict != "FAIL"


@pytest.mark.slow
def test_gradient_property_finds_a_rule_that_gives_nan_for_arrays_with_zeros() -> None:
    with temporary_registry():
        bad = elementwise("badmul", "x * y", ("z / x", "z / y"))

        @gradient_property(strategies.tensors((2,), st.just(0.0)))
        def check(x):
            return bad(x, 2.0).sum()

        with pytest.raises(AssertionError, match="badmul"):
            check()


@pytest.mark.parametrize("linear", [False, True])
def test_a_pullback_of_arrays_that_gives_nan_is_blamed(linear: bool) -> None:
    with temporary_registry():
        op = structural(
            "thrice", lambda x: 3 * x, lambda g, x, z: (times(g, z) / x,), linear=linear
        )
        report = examine(lambda x: op(x).sum(), np.array([0.0, 1.0]))
    assert report.verdict == "FAIL"
    assert report.blame.op == "thrice"


# Can't tell is not agree --------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [0.0, 1e9, 1e11, 5e12, 1e14, 1e16, 1e18])
def test_an_offset_that_hides_a_derivative_lets_nothing_pass(offset: float) -> None:
    report = examine(lambda v: (v * v).detach().sum() + offset, np.array([3.0]))
    assert report.verdict != "PASS"


def test_steps_that_underflow_let_a_gradient_of_zero_not_pass() -> None:
    x = np.array([1e-200, 2e-200])
    assert examine(lambda v: v.detach().std(), x).verdict != "PASS"
    claimed = examine(lambda v: float(np.std(v)), x, gradient=lambda v: np.zeros(2))
    assert claimed.verdict != "PASS"


@pytest.mark.parametrize("x", [20.0, 30.0])
def test_small_steps_that_rounding_swallows_are_no_evidence(x: float) -> None:
    """Of x − log(1 + e⁻ˣ) − x all differences over small steps are 0; the slope is 1/(1 + eˣ)."""

    def f(x: float) -> float:
        return (x - math.log(1 + math.exp(-x))) - x

    assert examine(f, x, gradient=lambda x: 1 / (1 + math.exp(x))).verdict != "FAIL"
    assert examine(f, x, gradient=lambda x: 0.0).verdict != "PASS"


def test_every_pass_says_how_many_digits_were_confirmed() -> None:
    assert "agree to 16 digits" in str(gradcheck(lambda x: x * x, 3.0))
    assert gradcheck(autograd.sin, 2.0).digits >= 15
    assert 8 <= gradcheck(lambda x: autograd.sin(x).sum(), np.array([2.0])).digits < 16


def total_of_shares(x: Any) -> Any:
    """It is 1 whatever x is: its slope is 0, and what floats see of it is rounding."""
    return autograd.softmax(x).sum()


@pytest.mark.parametrize("x", [[1.0, 2.0], [0.13, -0.13, 0.64, 0.1], [3.0, 50.0]])
def test_a_slope_of_zero_that_rounding_hides_is_confirmed_in_many_digits(x: list[float]) -> None:
    assert gradcheck(total_of_shares, np.array(x)).digits >= 14


def test_where_not_one_digit_is_confirmed_there_is_no_verdict_and_the_reason_is_told() -> None:
    report = examine(total_of_shares, np.array([1.0, 2.0]), oracle="differences")
    assert report.verdict == "INCONCLUSIVE"
    assert "not one digit of the result by argument 0" in report.reason


def test_a_claim_as_coarse_as_was_allowed_passes_and_no_digits_are_told() -> None:
    report = gradcheck(lambda x: x * x, 2.0, gradient=lambda x: 5.0, rtol=0.5)
    assert report
    assert "digits" not in str(report)


# False alarms -------------------------------------------------------------------------------------


def test_a_saturated_softmax_passes_to_second_order() -> None:
    x = np.array([1e4, 1e4 + 1])
    assert gradcheck(lambda x: autograd.softmax(x)[0], x, order=2)


@pytest.mark.parametrize("seed", range(4))
def test_the_variance_far_from_zero_passes(seed: int) -> None:
    assert gradcheck(autograd.var, np.random.default_rng(seed).normal(size=5) + 1e8)


def test_a_function_that_turns_fast_passes() -> None:
    def slope(x):
        return 1e4 * math.cos(1e4 * x)

    assert gradcheck(lambda x: math.sin(1e4 * x), 0.3, gradient=slope)
    assert gradcheck(lambda x: autograd.sin(1e4 * x).sum(), np.array([0.3, 0.7]))


# The tip of a cone --------------------------------------------------------------------------------


def test_a_second_derivative_of_zero_at_the_tip_of_a_cone_does_not_pass() -> None:
    """The Hessian of x² + y² is 2I; behind a root of it the engine says 0, by convention."""
    array = examine(lambda x: autograd.norm(x) ** 2, np.zeros(2), order=2)
    numbers = examine(lambda x, y: autograd.hypot(x, y) ** 2, 0.0, 0.0, order=2)
    root = examine(lambda x, y: sqrt(x * x + y * y) ** 2, 0.0, 0.0, order=2)
    assert "PASS" not in {array.verdict, numbers.verdict, root.verdict}


def test_the_tip_of_a_cone_is_no_mistake_of_hypot_for_numbers_or_arrays() -> None:
    """What is passed on has a jump there: no slope of it is evidence."""
    numbers = examine(lambda x, y: autograd.hypot(x, y) ** 2, 0.0, 0.0, order=2)
    arrays = examine(lambda v: autograd.hypot(v[0], v[1]) ** 2, np.zeros(2), order=2)
    assert numbers.verdict == arrays.verdict == "INCONCLUSIVE"
    assert examine(lambda v: (abs(v) * v).sum(), np.array([0.0, 1.0]), order=2).verdict != "FAIL"


def test_at_a_kink_proper_the_first_order_is_compared_and_the_second_skipped() -> None:
    report = gradcheck(abs, 0.0, order=2)
    assert report
    assert report.skipped


SMOOTH = {
    "relu": lambda x: autograd.relu(x) - autograd.relu(-x),
    "abs": lambda x: abs(x) * autograd.sign(x),
    "copysign": lambda x: autograd.copysign(x, x),
}


@pytest.mark.parametrize("op", SMOOTH)
def test_a_smooth_whole_of_kinks_is_no_mistake_in_an_array(op: str) -> None:
    """All three are x itself; at 0 the conventions, op by op, say 0."""
    report = examine(lambda v: (SMOOTH[op](v) * v).sum() + SMOOTH[op](v)[0], np.array([0.0, 1.0]))
    assert report.verdict == "INCONCLUSIVE"
    assert f"is at a kink of {op}" in report.reason
    with_skip = examine(SMOOTH[op], np.array([0.0, 1.0]), at_ties="skip")
    assert with_skip.verdict not in ("PASS", "FAIL")


def test_a_kink_of_another_element_excuses_no_wrong_gradient() -> None:
    """x.detach() hides half of the slope of x²."""
    report = examine(
        lambda v: SMOOTH["relu"](v[:1]).sum() + v[1].detach() * v[1], np.array([0.0, 1.0])
    )
    assert report.verdict == "FAIL"


@pytest.mark.parametrize("whole", [np.ceil, np.trunc, np.rint])
def test_a_negative_zero_inside_is_no_mistake(at: Any, whole: Any) -> None:
    """ceil(-0.4) is -0.0, which mpmath doesn't have."""
    assert at(lambda x: autograd.copysign(x, whole(x)), -0.4).verdict != "FAIL"


def test_what_examine_says_at_the_tip_gradcheck_raises() -> None:
    with pytest.raises((Inconclusive, AssertionError)):
        gradcheck(lambda x, y: autograd.hypot(x, y) ** 2, 0.0, 0.0, order=2)


def test_what_underflows_before_an_infinite_slope_is_no_fail() -> None:
    """exp2 gives 0 where the truth is 1e-805; its cube root's slope there is 1e-266, not 0."""
    report = examine(lambda x: autograd.threshold(autograd.cbrt(autograd.exp2(x))), -2675.0)
    assert report.verdict == "INCONCLUSIVE"
    assert "underflows on the way" in report.reason
