"""gradcheck: what it lets pass, what it catches, and what it says."""

import sys
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

import autograd
from autograd import (
    GradientMismatch,
    Tensor,
    Value,
    elementwise,
    exp,
    gradcheck,
    log,
    sin,
    temporary_registry,
)
from autograd.check import Inconclusive, numerical


def wrong(factor: float) -> autograd.rules.op.Elementwise:
    """The sine, with a derivative that is off by a factor."""
    return elementwise("wrong_sin", "sin(x)", f"{factor!r} * cos(x)")


# What passes --------------------------------------------------------------------------------------


def test_a_right_gradient_passes_and_the_report_counts_what_was_compared() -> None:
    report = gradcheck(lambda x, y: x * sin(y), 2.0, 3.0)
    assert report
    assert report.compared == 2
    assert "2 derivatives agree" in str(report)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("f", "inputs"),
    [
        (lambda x: (x @ x.T).sum(), (np.arange(6.0).reshape(2, 3),)),
        (lambda x: autograd.softmax(x * x), (np.array([0.1, -2.0, 3.0]),)),
        (lambda p: {"y": p["w"] @ p["x"], "s": [p["s"] * 2]},
         ({"w": np.ones((2, 3)), "x": np.array([1.0, 2.0, 3.0]), "s": 3.0},)),
        (lambda x, n: x * n, (2, np.array([1, 2]))),
        (lambda x: x * x, (Fraction(1, 3),)),
        (lambda x: x * x, (Value(3.0),)),
        (lambda z: z * z * exp(z), (1 + 2j,)),
        (lambda w: autograd.dot(w[0], w[1]), (np.array([[1.0, 2.0], [3.0, 4.0]], object),)),
        (lambda x: 3.0, (1.0,)),
        (lambda x: x * 0.0, (1.0,)),
    ],
)  # fmt: skip
def test_numbers_arrays_and_nests_pass_at_first_and_second_order(f, inputs) -> None:
    assert gradcheck(f, *inputs, order=2)


@pytest.mark.parametrize("size", [1e-9, 1e-3, 1.0, 1e6, 1e12])
@pytest.mark.parametrize("kind", [float, np.array])
def test_a_logarithm_passes_at_any_size(size: float, kind) -> None:
    assert gradcheck(log, kind(size), order=2)


def test_a_variable_from_outside_is_left_alone() -> None:
    w = Value(2.0)
    assert gradcheck(lambda x: w * x * x, 3.0, order=2)
    assert w.grad is None


def test_a_third_order_is_checked_on_request() -> None:
    assert gradcheck(lambda x: exp(x * x), 0.5, order=3).compared == 3


def test_without_mpmath_differences_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mpmath", None)
    assert gradcheck(sin, 2.0).worst.reference == "central differences"


def test_scalars_are_compared_with_mpmath() -> None:
    assert gradcheck(sin, 2.0).worst.reference == "mpmath"


def test_a_function_that_cannot_compute_with_mpmath_is_checked_with_differences() -> None:
    def f(x):
        if type(x.data) is not float:
            raise AssertionError("floats only")
        return sin(x)

    assert gradcheck(f, 2.0).worst.reference == "central differences"


# What is caught -----------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [2.0, np.array([[1.0, 2.0]])])
@pytest.mark.parametrize("factor", [1 + 1e-6, 0.5, -1.0, 0.0])
def test_a_wrong_rule_is_caught_however_little(x, factor: float) -> None:
    with temporary_registry(), pytest.raises(GradientMismatch):
        gradcheck(wrong(factor), x)


def test_a_mismatch_names_input_index_both_numbers_and_tolerance() -> None:
    """By hand: d(3 sin x)/dx at 0 is 3; the wrong rule says 6."""
    with temporary_registry():
        bad = wrong(2.0)
        x = np.zeros((1, 2))
        with pytest.raises(GradientMismatch) as caught:
            gradcheck(lambda s, p: {"y": 3 * bad(p["w"][0]) * s}, 1.0, {"w": [x]})
    found = caught.value.comparison
    assert found.argument == "argument 1['w'][0] at index (0, 0)"
    assert found.result == "the result['y'] at index (0, 0)"
    assert found.analytic == 6.0
    assert found.numeric == pytest.approx(3.0, rel=1e-10)
    assert 0 < found.tolerance < 1e-6
    for part in (found.argument, found.result, "6.0", f"{found.numeric!r}", "tolerance", "order 1"):
        assert part in str(caught.value)


def test_a_mismatch_is_an_assertion_error() -> None:
    with temporary_registry(), pytest.raises(AssertionError):
        gradcheck(wrong(2.0), 1.0)


def test_a_gradient_lost_on_the_way_is_caught() -> None:
    with pytest.raises(GradientMismatch):
        gradcheck(lambda x: x * x.detach(), 3.0)


def test_a_rule_right_at_first_order_and_wrong_at_second_is_caught_at_second() -> None:
    """The partial is a function that computes with plain numbers: it can't be differentiated."""
    with temporary_registry():
        op = elementwise("cube", "x * x * x", lambda x, z: 3 * autograd.square(raw(x)))
        assert gradcheck(op, 2.0)
        with pytest.raises(GradientMismatch, match="order 2"):
            gradcheck(op, 2.0, order=2)


def raw(x):
    return x.data if isinstance(x, (Value, Tensor)) else x


def test_a_kink_is_named_as_such() -> None:
    with pytest.raises(Inconclusive, match="it is a kink, move the input"):
        gradcheck(autograd.relu, np.array([0.0]))


@pytest.mark.parametrize(
    ("f", "inputs"),
    [
        (lambda x: max(x, 2 - x), (1.0,)),
        (lambda x: x if x > 1 else 3 * x - 2, (1.0,)),
        (lambda x: 3 * x if x == 1 else x * x, (1.0,)),  # a point apart from the rest
        (lambda x, y: x if x > y else y, (1.0, 1.0)),
        (lambda x: autograd.where(x > 1, x, 2 - x), (1.0,)),
        (lambda xs: sorted(xs)[-1], ([2.0, 2.0],)),
    ],
)
def test_at_the_tie_of_a_branch_nobody_is_blamed(
    f: Callable[..., object], inputs: tuple[object, ...]
) -> None:
    """The slopes of a branch in Python differ there, and no rule says what is meant."""
    with pytest.raises(Inconclusive, match=r"the slope to the left is .*: it is a kink"):
        gradcheck(f, *inputs)


@pytest.mark.parametrize("at", [0, 1, -3])
def test_a_wrong_rule_is_no_kink(at: int) -> None:
    """Not even where the slope is zero, so that those to both sides differ in sign."""
    with temporary_registry():
        rule = ("square_with_one_more", "x * x", "2 * x + 1")
        square = elementwise(*rule, numbers=autograd.mul.numbers)  # on fractions, too
        with pytest.raises(GradientMismatch, match="square_with_one_more"):
            gradcheck(lambda x: square(x - at), at)


def test_a_kink_of_an_op_on_numbers_is_refused_on_request() -> None:
    with pytest.raises(ValueError, match=r"at a kink.* of relu: .*move the input"):
        gradcheck(autograd.relu, 0.0, at_ties="error")


def test_a_function_that_is_not_holomorphic_is_caught() -> None:
    def conjugate(z):
        """Along the real axis it looks like z."""
        return z + (z.data.conjugate() - z.data)

    with pytest.raises(GradientMismatch):
        gradcheck(conjugate, 1 + 2j)


# What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_an_input_that_is_not_finite_is_refused_by_name(bad: float) -> None:
    with pytest.raises(ValueError, match=r"argument 1\['w'\] is .*finite inputs only"):
        gradcheck(lambda x, p: x * p["w"], 1.0, {"w": np.array([1.0, bad])})


def test_a_result_that_is_not_finite_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"the result\[1\] is -inf"):
        gradcheck(lambda x: (x, log(x)), 0.0)


def test_a_function_that_is_not_deterministic_is_named_as_such() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="not deterministic"):
        gradcheck(lambda x: x * rng.normal(), 2.0)


def test_the_flat_steps_of_a_staircase_are_seen_in_many_digits() -> None:
    """It is finer than any step of floats, which see noise: its slope is 0."""

    def staircase(x):
        return autograd.round(x * 1e13) * 1e-13

    assert gradcheck(staircase, np.array([0.3])).worst.numeric == 0
    with pytest.raises((Inconclusive, GradientMismatch)):
        gradcheck(staircase, np.array([0.3]), oracle="differences")


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(TypeError, match="expects a function, got a float"):
        gradcheck(2.0, 3.0)


def test_no_inputs_are_refused() -> None:
    with pytest.raises(TypeError, match="needs inputs"):
        gradcheck(sin)


@pytest.mark.parametrize("order", [0, 1.0, True])
def test_an_order_is_a_positive_integer(order) -> None:
    with pytest.raises(ValueError, match="order must be a positive integer"):
        gradcheck(sin, 2.0, order=order)


# The numerical derivative by itself ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "slope", "x"),
    [
        (np.exp, np.exp, 1.3),
        (np.sin, np.cos, 1e3),
        (np.log, lambda x: 1 / x, 1e-7),
        (np.sqrt, lambda x: 0.5 / np.sqrt(x), 1e-5),
        (lambda x: 1 / x, lambda x: -1 / x**2, 1e8),
        (np.tanh, lambda x: 1 - np.tanh(x) ** 2, 5.0),
    ],
)
def test_the_estimate_bounds_the_error_and_is_small(f, slope, x: float) -> None:
    found = numerical.by_differences(lambda x: np.array([f(x)]), x)
    error = abs(found.found[0] - slope(x))
    assert error <= 16 * found.error[0]
    assert found.error[0] <= 1e-8 * max(abs(slope(x)), abs(f(x)))


def test_of_a_branch_at_a_tie_it_is_said_what_to_take() -> None:
    """Max · min is x · y, of slope 1 at the tie; each branch alone has the slope of one x."""
    with pytest.raises(GradientMismatch, match=r"chose a branch at a tie \(.* autograd\.maximum"):
        gradcheck(lambda x, y: max(x, y) * min(x, y), 1.0, 1.0)
