"""What an op takes by keyword: plain, one for all elements, copied, and exact beside Fractions."""

from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, clip, elementwise, leaky_relu, temporary_registry, where
from autograd.rules.op_registry import ops

BOTH = pytest.mark.parametrize("x", [Value(-1.0), Tensor([-1.0, 2.0]), -1.0], ids=repr)


@BOTH
@pytest.mark.parametrize(
    "slope", [np.array([nan, inf]), np.array(0.5), [0.1, 0.2], (0.1,), 1j, "0.1", None], ids=repr
)
def test_a_setting_that_is_a_number_takes_a_plain_real_number(x: object, slope: object) -> None:
    with pytest.raises(TypeError, match=r"leaky_relu: slope must be a plain number.*where"):
        leaky_relu(x, slope=slope)


@BOTH
@pytest.mark.parametrize("node", [Value(0.1), Tensor(0.1), Value(0.1, requires_grad=False)])
def test_a_node_is_no_setting(x: object, node: object) -> None:
    with pytest.raises(TypeError, match=r"leaky_relu: slope must be plain, got a .*where"):
        leaky_relu(x, slope=node)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda t, v: autograd.pad(t, 1, constant_values=v), "constant_values"),
        (autograd.norm, "ord"),
        (lambda t, v: autograd.std(t, ddof=v), "ddof"),
        (lambda t, v: ops()["power"](t, exponent=v), "exponent"),
    ],
    ids=["pad", "norm", "std", "power"],
)
def test_a_node_is_no_setting_of_an_op_on_arrays_either(call, name: str) -> None:
    with pytest.raises(TypeError, match=f"{name} must be plain, got a Value"):
        call(Tensor([1.0, 2.0]), Value(1.0))


@pytest.mark.parametrize("exponent", [np.array([1.0, 2.0]), [1.0, 2.0]], ids=repr)
def test_an_array_is_no_setting_even_where_there_is_no_default(exponent: object) -> None:
    with pytest.raises(TypeError, match="exponent must be one for all elements"):
        ops()["power"](Tensor([1.0, 2.0]), exponent=exponent)


@pytest.mark.parametrize("slope", [np.float64(0.25), np.float32(0.25), np.int64(2), True])
def test_a_number_of_numpys_does_not_change_the_dtype(slope: object) -> None:
    """A setting is weak as a plain number is: NEP 50 would widen float16 by a float64."""
    t = Tensor([-1.0], dtype=np.float16)
    z = leaky_relu(t, slope=slope)
    assert (z.dtype, z.tolist()) == (np.float16, [-float(slope)])


def test_an_op_may_say_that_a_setting_is_an_array() -> None:
    with temporary_registry():
        scaled = elementwise("scaled", "x * by", "by", settings={"by": 1.0}, arrays=("by",))
        x = Tensor([1.0, 2.0])
        scaled(x, by=np.array([3.0, 4.0])).sum().backward()
    assert x.grad.tolist() == [3.0, 4.0]


# Those that may be arrays: the bounds of clip and the condition of where -------------------------


@pytest.mark.parametrize("f", [clip, np.clip], ids=["autograd", "NumPy"])
def test_bounds_of_clip_may_differ_between_elements(f) -> None:
    x = Tensor([1.0, 5.0, 3.0])
    z = f(x, np.array([2.0, 2.0, 2.0]), [3.0, 4.0, 3.0])
    z.backward(np.ones(3))
    assert (z.tolist(), x.grad.tolist()) == ([2.0, 4.0, 3.0], [0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    "chosen",
    [
        lambda v: clip(v, np.array([0.0, 3.0])),
        lambda v: where(np.array([True, False]), v, 3.0),
    ],
    ids=["clip", "where"],
)
def test_one_value_beside_an_array_of_settings_gives_a_tensor(chosen) -> None:
    v = Value(1.0)
    z = chosen(v)
    z.backward(np.array([10.0, 100.0]))
    assert (z.tolist(), v.grad) == ([1.0, 3.0], 10.0)


def test_arrays_of_values_are_clipped_each_by_its_own_bound() -> None:
    found = clip(np.array([Value(1.0), Value(2.0)]), np.array([0.0, 3.0]))
    assert [z.data for z in found] == [1.0, 3.0]


def test_a_condition_of_no_axes_chooses_between_values() -> None:
    assert type(where(np.array(True), Value(1.0), 2.0)) is Value


@pytest.mark.parametrize("condition", [True, np.True_, np.array(True)], ids=repr)
@pytest.mark.parametrize("take", [lambda x: x, Tensor], ids=["array", "Tensor"])
def test_one_condition_broadcasts_what_it_chooses_between(condition: object, take) -> None:
    x = np.array([1.0, 2.0])
    assert where(condition, 0.0, take(x)).tolist() == np.where(condition, 0.0, x).tolist()


def test_a_condition_that_changes_later_does_not_change_the_gradient() -> None:
    x, condition = Tensor([1.0, 2.0]), np.array([True, False])
    y = where(condition, x, 0.0).sum()
    condition[:] = False
    y.backward()
    assert x.grad.tolist() == [1.0, 0.0]


def test_a_bound_that_changes_later_does_not_change_the_gradient() -> None:
    x, lo = Tensor([1.0, 2.0]), np.array([0.0, 3.0])
    y = clip(x, lo).sum()
    lo[:] = 9.0
    y.backward()
    assert x.grad.tolist() == [1.0, 0.0]


# Beside Fractions a float is the Fraction that it is ----------------------------------------------

HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("f", "x", "z", "slope"),
    [
        (lambda x: leaky_relu(x, slope=0.5), Fraction(-1, 3), Fraction(-1, 6), HALF),
        (leaky_relu, Fraction(-1, 3), Fraction(0.01) * Fraction(-1, 3), Fraction(0.01)),
        (lambda x: clip(x, 0.5), Fraction(1, 3), HALF, 0),
        (lambda x: clip(x, 0.25, 0.5), Fraction(1, 3), Fraction(1, 3), 1),
        (lambda x: autograd.hardtanh(x, hi=0.5), Fraction(5, 3), HALF, 0),
        (lambda x: autograd.threshold(x, value=0.5), Fraction(-1, 3), HALF, 0),
        (lambda x: autograd.heaviside(x, at_zero=0.5), Fraction(0), HALF, 0),
        (lambda x: autograd.relu(x, at_zero=0.5), Fraction(0), 0, HALF),
        (lambda x: x**2.0, Fraction(1, 3), Fraction(1, 9), Fraction(2, 3)),
    ],
    ids=["leaky", "default", "clip", "inside", "hardtanh", "threshold", "step", "relu", "power"],
)
def test_an_op_with_a_float_setting_is_exact_on_fractions(f, x, z, slope) -> None:
    v = Value(x)
    y = f(v)
    y.backward()
    assert (y.data, v.grad) == (z, slope)
    assert type(y.data) is type(v.grad) is Fraction


def test_an_op_with_a_float_setting_is_exact_on_a_plain_fraction() -> None:
    assert leaky_relu(Fraction(-1, 3), slope=0.5) == Fraction(-1, 6)
    assert type(leaky_relu(Fraction(-1, 3))) is Fraction
    assert type(ops()["leaky_relu"].derivative(Fraction(-1, 3))) is Fraction


def test_second_derivatives_of_a_root_of_a_fraction_are_floats() -> None:
    """(√x)'' = −x^(−3/2)/4, at 1/4: −2."""
    f = autograd.grad(autograd.grad(lambda x: x**0.5))
    assert f(Fraction(1, 4)) == -2.0
