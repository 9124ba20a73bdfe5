"""The toolkit: verdicts of every kind, black boxes, kinks, what a failure says."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Tensor, elementwise, grad, gradcheck, temporary_registry
from autograd.check import (
    GradientMismatch,
    Inconclusive,
    NotCheckable,
    Program,
    examine,
)
from autograd.check.precise import Unsettled, exact_slope
from autograd.rules.op_registry import get

# A claimed gradient -------------------------------------------------------------------------------


def test_a_claimed_gradient_of_any_python_function_is_checked() -> None:
    assert gradcheck(math.sin, 2.0, gradient=math.cos)
    assert gradcheck(lambda x, y: x * y, 2.0, 3.0, gradient=lambda x, y: (y, x))
    x = np.array([1.0, -2.0])
    assert gradcheck(lambda x: float(np.tanh(x).sum()), x, gradient=lambda x: 1 - np.tanh(x) ** 2)


@pytest.mark.parametrize("error", [9e-4, 1e-5, 1e-6])
def test_a_softplus_gradient_that_is_slightly_wrong_fails(error: float) -> None:
    """PyTorch's gradcheck passes 0.09%."""

    def softplus(x):
        return math.log1p(math.exp(x))

    def claimed(x):
        return (1 + error) / (1 + math.exp(-x))

    assert examine(softplus, 0.3, gradient=claimed).verdict == "FAIL"


def test_a_sigmoid_gradient_of_zero_fails_far_out() -> None:
    """PyTorch's gradcheck passes it at −12, where the slope is 6e-6."""

    def sigmoid(x):
        return 1 / (1 + math.exp(-x))

    assert examine(sigmoid, -12.0, gradient=lambda x: 0.0).verdict == "FAIL"


@pytest.mark.parametrize("claim", [math.nan, math.inf, 0.0, 0.5403023])
def test_a_claim_that_is_no_number_or_has_too_few_digits_fails(claim: float) -> None:
    """The cosine of 1 is 0.54030230586813972."""
    assert examine(math.sin, 1.0, gradient=lambda x: claim).verdict == "FAIL"


def rounding(size: float, error: float = 0.0):
    """The slope of the sine as it comes out of steps that are rounded to the digits of ``size``."""
    return lambda x: (math.cos(x) * (1 + error) + size) - size


@pytest.mark.parametrize("x", [0.3, 1.0, 2.0, 3.0])
def test_the_noise_of_a_claim_is_measured_and_allowed_and_an_error_beyond_it_is_not(x) -> None:
    """Beside 10⁶ floats are 10⁻¹⁰ apart, which the sine's own digits wouldn't excuse."""
    assert gradcheck(math.sin, x, gradient=rounding(1e6))
    assert examine(math.sin, x, gradient=rounding(1e6, 1e-8)).verdict == "FAIL"


def test_the_noise_of_a_tiny_claim_is_measured_too() -> None:
    """Of 10⁻²³⁶: the squares of such numbers are zero."""
    program = Program.parse("a b; sinh b; sigmoid c; sigmoid d")
    assert gradcheck(program, -7.0, -7.0, gradient=grad(program, (0, 1)))


def test_a_claim_that_is_noise_for_the_most_part_gets_no_verdict() -> None:
    report = examine(math.sin, 1.0, gradient=lambda x: math.cos(x) + math.sin(1e12 * x) / 50)
    assert report.verdict == "INCONCLUSIVE"
    assert "rounding moves the gradient" in report.reason


@pytest.mark.parametrize("x", [0.3, 5.0, 14.0])
def test_the_digits_that_a_claims_own_rounding_costs_are_no_error(x: float) -> None:
    """At 14, 1 − tanh² has four digits left."""
    assert gradcheck(math.tanh, x, gradient=lambda x: 1 - math.tanh(x) ** 2)


def test_a_claim_in_lower_precision_is_as_good_as_its_precision() -> None:
    x = np.array([0.3, -1.2])

    def claimed(x, off=0.0):
        return (1 - np.tanh(x.astype(np.float32)) ** 2) * np.float32(1 + off)

    assert gradcheck(lambda x: float(np.tanh(x).sum()), x, gradient=claimed)
    assert not examine(
        lambda x: float(np.tanh(x).sum()), x, gradient=lambda x: claimed(x, off=1e-5)
    )


@pytest.mark.parametrize("x", [2e-6, 1.0, 1e6])
def test_a_function_that_raises_outside_its_domain_is_checked_inside(x: float) -> None:
    assert gradcheck(math.log, x, gradient=lambda x: 1 / x)


def test_rtol_lets_a_coarse_claim_pass() -> None:
    assert not examine(math.sin, 1.0, gradient=lambda x: 0.5403)
    assert gradcheck(math.sin, 1.0, gradient=lambda x: 0.5403, rtol=1e-5)


@pytest.mark.parametrize("off", [1e-3, 0.01, -1.0])
def test_a_function_in_low_precision_is_held_to_what_its_own_noise_leaves(off: float) -> None:
    def square(x):
        return float(np.float32(x) ** 2)

    assert 3 <= gradcheck(square, 0.6, gradient=lambda x: 2 * x).digits <= 6
    assert examine(square, 0.6, gradient=lambda x: 2 * x * (1 + off)).verdict == "FAIL"


@pytest.mark.parametrize("rtol", [1e-3, 0.01, 0.1, 0.4])
def test_an_rtol_of_any_size_lets_a_function_in_low_precision_pass(rtol) -> None:
    def square(x):
        return float(np.float32(x) ** 2)

    assert gradcheck(square, 0.6, gradient=lambda x: 2 * x, rtol=rtol)
    report = examine(square, 0.6, gradient=lambda x: 2 * x * (1 + 2 * rtol), rtol=rtol)
    assert report.verdict == "FAIL"


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [(math.log, 1e-300, 1e300), (math.exp, 709.7, math.exp(709.7))],
)
def test_no_finite_difference_is_said_in_words_and_not_as_two_nans(f, x, slope) -> None:
    report = examine(f, x, gradient=lambda _: slope)
    assert report.verdict == "INCONCLUSIVE"
    assert "no difference beside" in report.reason
    assert "nan" not in report.reason


@pytest.mark.filterwarnings("error")
def test_steps_out_of_a_numpy_functions_domain_warn_of_nothing() -> None:
    assert gradcheck(np.sqrt, 0.0, gradient=lambda x: math.inf)
    assert gradcheck(np.log, 1e-4, gradient=lambda x: 1 / x)


def test_two_families_that_disagree_are_told_as_plain_numbers() -> None:
    def jump(x):
        return math.sin(x) + (x > 1.0)

    unsure = examine(jump, 1.0, gradient=lambda x: 1.0)
    assert "two families of steps disagree" in unsure.reason
    assert "np." not in unsure.reason


@pytest.mark.parametrize("rtol", [-1.0, math.nan, 2, "a"])
def test_an_rtol_that_allows_anything_is_refused(rtol) -> None:
    with pytest.raises(ValueError, match="rtol must be a fraction of a derivative's size"):
        gradcheck(math.sin, 1.0, gradient=math.cos, rtol=rtol)


def test_a_smooth_minimum_is_no_kink() -> None:
    assert gradcheck(math.cosh, 0.0, gradient=math.sinh)
    assert gradcheck(lambda x: x * x, 0.0, gradient=lambda x: 2 * x)
    assert gradcheck(lambda x: x**4, 0.0, gradient=lambda x: 4 * x**3)
    assert examine(lambda x: x**4, 0.0, gradient=lambda x: 1e-3).verdict == "FAIL"


def test_a_function_that_turns_often_is_no_kink() -> None:
    """Beside 0.001, sin(1/x) turns every six millionths."""
    assert gradcheck(lambda x: math.sin(1 / x), 1e-3, gradient=lambda x: -math.cos(1 / x) / x**2)


@pytest.mark.parametrize("found", [None, True, np.array(["a"]), "a"])
def test_what_returns_no_numbers_is_refused(found) -> None:
    with pytest.raises(
        TypeError, match=r"the result is (None|an? .*): expected a number or an array"
    ):
        gradcheck(lambda x: found, 1.0)
    with pytest.raises(
        TypeError, match=r"the claimed gradient by argument 0 is (None|an? .*): expected"
    ):
        gradcheck(math.sin, 1.0, gradient=lambda x: found)


def test_a_claimed_gradient_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"has shape \(3,\), expected \(2,\)"):
        gradcheck(lambda x: float(x.sum()), np.ones(2), gradient=lambda x: np.ones(3))


# Functions that can't be checked, each named as such ----------------------------------------------


def changing(x):
    x += 1.0
    return float(x.sum())


def doubling(x):
    x *= 2
    return np.ones(2)


def weierstrass(x):
    """Continuous, and nowhere differentiable."""
    return sum(0.5**n * math.cos(7**n * math.pi * x) for n in range(40))


RANDOM = iter(np.random.default_rng(0).normal(size=99))


@pytest.mark.parametrize(
    ("f", "inputs", "options", "reason"),
    [
        (lambda x: x * np.random.default_rng().normal(), (2.0,), {}, "not deterministic"),
        (changing, (np.ones(2),), {"gradient": np.ones_like}, "changes its inputs"),
        (autograd.log, (-1.0,), {}, "the result is nan"),
        (np.tanh, (np.ones(2),), {"gradient": np.ones_like}, "returns an array"),
        (autograd.relu, (0.0,), {"at_ties": "error"}, "not differentiable"),
        (autograd.relu, (0.0,), {"at_ties": "skip"}, "at a kink"),
        (abs, (0.0,), {"gradient": lambda x: 0.0}, "it is a kink"),
        (math.floor, (2.0,), {"gradient": lambda x: 0.0}, "kink"),
        (lambda x: math.sqrt(abs(x)), (0.0,), {"gradient": lambda x: 0.0}, "it is a kink"),
        (weierstrass, (0.3,), {"gradient": lambda x: 0.0}, "may have a kink or a jump"),
        (math.sin, (1.0,), {"gradient": lambda x: next(RANDOM)}, "gradient is not deterministic"),
        (np.sum, (np.ones(2),), {"gradient": doubling}, "the claimed gradient changes its inputs"),
        (list.pop, ([1.0, 2.0],), {"gradient": lambda x: [0.0, 1.0]}, "function changes its inp"),
        (lambda x: math.nan, (1.0,), {"gradient": lambda x: 1.0}, "the result is nan"),
        (lambda x: 1 / (1 / x), (0.0,), {}, "overflow or underflow"),
        (lambda x: autograd.relu(x).sum(), (np.zeros(3),), {}, "it is a kink"),
        (autograd.max, (np.ones(3),), {}, "it is a kink"),
        (
            Program.parse("a b; sinh b; sinh c; atan2_slope d a"),
            (np.array([-6.7, -7.1]), np.array([-6.95313972, -6.49086564])),
            {},
            "overflow or underf",
        ),
    ],
)
def test_what_cannot_be_checked_is_inconclusive_and_named(f, inputs, options, reason) -> None:
    report = examine(f, *inputs, **options)
    assert report.verdict == "INCONCLUSIVE"
    assert reason in report.reason


@pytest.mark.parametrize(
    ("program", "x"),
    [
        ("a; sinh a; sinh b; atan b", [-7.9, -8.3]),
        ("a; sigmoid a; mod b a", [-1.5, 0.0072702]),
        ("a; erfc a; floor a; mod c b", [-7.3, -7.4]),
    ],
)
def test_arrays_in_which_floats_overflow_or_jumps_are_near_give_no_alarm(program, x) -> None:
    assert examine(Program.parse(program), np.array(x)).verdict != "FAIL"


def test_on_the_other_side_of_a_branch_cut_there_is_no_verdict() -> None:
    """ceil(−0.99999) is −0.0, and mpmath has none: atan2 is −π in floats, and π in mpmath."""
    program = Program.parse("a; ceil a; atan2 b a; elu c; add a a; sigmoid_difference e d")
    assert "(mpmath has no -0.0)" in examine(program, -0.99999).reason


def test_a_partial_that_overflows_is_no_wrong_gradient() -> None:
    """1/y is infinite at 5e-324, and tanh(x)/y isn't: floats can't tell."""
    report = examine(lambda x, y: autograd.tanh(x) * autograd.log(y), 6.8e-101, 5e-324)
    assert report.reason == "numbers inside overflow or underflow: floats can't tell here"


def test_a_rule_that_overflows_too_early_is_a_wrong_one() -> None:
    with temporary_registry():
        wrong = elementwise("wrong", "sigmoid(x)", "exp(x) / ((1 + exp(x)) * (1 + exp(x)))")
        report = examine(wrong, 400.0)
    assert report.blame.op == "wrong"
    assert "in floats alone" in report.reason


def test_what_examine_reports_gradcheck_raises() -> None:
    with pytest.raises(NotCheckable):
        gradcheck(autograd.log, -1.0)
    with pytest.raises(Inconclusive):
        gradcheck(abs, 0.0, gradient=lambda x: 0.0)


# Exactly, and with many digits --------------------------------------------------------------------


def test_a_rational_program_is_compared_exactly() -> None:
    report = gradcheck(lambda x: x * x / (1 + x), 0.3)
    assert report.worst.reference == "exact fractions"


@given(st.fractions(-5, 5, max_denominator=50))
def test_an_exact_slope_is_the_textbook_derivative(x: Fraction) -> None:
    """(x³ + 2)/(x² + 1) has the derivative (x⁴ + 3x² − 4x)/(x² + 1)²."""
    found = exact_slope(lambda x: (x**3 + 2) / (x * x + 1), x)
    assert found == (x**4 + 3 * x * x - 4 * x) / (x * x + 1) ** 2


def test_a_slope_that_is_too_small_for_the_differences_is_not_taken_for_zero() -> None:
    """(2⁻¹⁰²²)³ is below every h: 4x³ has more digits than any fraction that is looked for."""
    x = Fraction(1, 2**1022)
    with pytest.raises(Unsettled):
        exact_slope(lambda x: x**4, x)
    assert gradcheck(lambda x: autograd.square(autograd.square(x)), float(x))


def test_an_error_in_the_eleventh_digit_is_caught_exactly() -> None:
    with temporary_registry():
        wrong = elementwise("wrong", "x * x", "2 * x * (1 + 1e-11)")
        assert examine(lambda x: wrong(x) + 1, 0.3).verdict == "FAIL"


def test_the_digits_that_cancellation_costs_a_float_are_no_wrong_gradient() -> None:
    assert gradcheck(lambda x: autograd.sin((x + 1e9) - 1e9) * 1e8, 0.3)


def test_the_second_derivative_is_right_where_a_cotangent_is_zero() -> None:
    """d²(−x²)/dx² is −2 at 0 too: a zero that is recorded can be differentiated again."""
    assert grad(grad(lambda x: -x * x))(0.0) == -2.0
    assert gradcheck(lambda x: autograd.exp(-x * x), 0.0, order=2)


def test_where_by_one_bool_broadcasts_and_promotes_as_numpy_does() -> None:
    x, y = np.ones((2, 1), np.float32), np.zeros(3)
    found = autograd.where(True, Tensor(x), Tensor(y)).data
    assert (found.shape, found.dtype) == ((2, 3), np.float64)
    assert np.array_equal(found, np.where(True, x, y))


@pytest.mark.parametrize("x", [0.3, np.array([0.3, 2.0])])
@pytest.mark.parametrize("error", [1e-8, 1e-9])
def test_an_error_in_the_ninth_digit_of_a_rule_is_caught_in_numbers_and_in_arrays(x, error) -> None:
    with temporary_registry():
        wrong = elementwise("wrong", "sin(x)", f"cos(x) * (1 + {error})")
        assert examine(lambda x: autograd.exp(wrong(x)), x).blame.op == "wrong"


# Kinks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "inputs"),
    [
        (autograd.relu, (0.0,)),
        (abs, (0.0,)),
        (lambda x: autograd.relu(x) - autograd.relu(-x), (0.0,)),
        (lambda x, y: autograd.maximum(x, y) * 3, (2.0, 2.0)),
        (lambda x: autograd.maximum(x, x) * x, (2.0,)),
        (autograd.hypot, (0.0, 0.0)),
        (autograd.floor, (3.0,)),
    ],
)
def test_at_a_kink_the_conventions_hold(f, inputs) -> None:
    assert gradcheck(f, *inputs)


def test_a_wrong_convention_is_blamed_on_its_op() -> None:
    with temporary_registry():
        old = get("abs")
        elementwise(
            "abs", old.function, "choose(x >= 0, 1, -1)",
            kinks=(0.0,), edges=old.edges, selects=True, replace=True,
        )  # fmt: skip
        report = examine(Program.parse("a; abs a; mul b a"), 0.0)
        assert report.verdict == "PASS"  # zero passes nothing on
        assert examine(Program.parse("a; abs a; exp b"), 0.0).blame.op == "abs"


def test_a_wrong_convention_is_blamed_on_its_op_in_arrays_too() -> None:
    with temporary_registry():
        wrong = elementwise("wrong", "relu(x)", "x >= 0", kinks=(0.0,), selects=True)
        assert examine(lambda x: wrong(x).sum(), np.zeros(3)).blame.op == "wrong"


def test_a_function_that_leaves_its_graph_is_told_so() -> None:
    assert ".detach()" in examine(lambda x: x * x.detach(), 2.0).reason


# A failure teaches --------------------------------------------------------------------------------


def test_a_failure_shows_program_numbers_digits_ratio_suggestion_and_how_to_reproduce_it() -> None:
    with temporary_registry():
        old = get("mul")
        elementwise("mul", old.function, ("y * y", "x"), numbers=old.numbers, replace=True)
        with pytest.raises(GradientMismatch) as caught:
            gradcheck(Program.parse("a b; mul a b; sin c"), 0.5, 3.0)
    said = str(caught.value)
    assert "c = mul(a, b); d = sin(c)" in said
    assert "gradcheck(Program.parse('a b; mul a b; sin c'), 0.5, 3.0)" in said
    assert "the rule of 'mul' for its operand x is wrong at (0.5, 3.0)" in said
    assert "it gives 9.0, exact is 3.0, 0 digits agree, ratio 3 = y: is a factor 1/y" in said


@pytest.mark.parametrize(
    ("partials", "suggestion"),
    [
        (("-y", "x"), "is a sign wrong?"),
        (("x", "x"), "are two rules swapped?"),
        (("0 * y", "x"), "nothing is passed on"),
        (("y * 1.00001", "x"), "5 digits agree, ratio 1.00001: nearly right"),
        (("y * 2", "x"), "ratio 2 = 2: is a constant factor wrong?"),
        (("2 * y / 3", "x"), "= 2/3: is a constant factor wrong?"),
        (("-3 * y / 4", "x"), "= -3/4: is a constant factor wrong?"),
    ],
)
def test_a_ratio_suggests_what_may_be_wrong(partials, suggestion: str) -> None:
    with temporary_registry():
        wrong = elementwise("wrong", "x * y", partials)
        assert suggestion in examine(wrong, 0.3, 0.7).reason
