"""The kinds of number that a Value holds, what IEEE 754 says of them, and micrograd's semantics."""

import math
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from mpmath import mp

import autograd
from autograd import Tensor, Value, exp, log, relu, sin, sqrt

# What a Value is made of --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [2, True, np.float32(2), np.float64(2), np.int64(2), np.bool_(True), np.array(2), np.array(2.0),
     np.longdouble(2)],
)  # fmt: skip
def test_integers_and_numpy_numbers_become_floats(data: object) -> None:
    held = Value(data).data
    assert type(held) is float
    assert held == float(data)


@pytest.mark.parametrize("data", [2.0, Fraction(1, 3), 2j, mpmath.mpf(2), mpmath.mpc(1, 2)])
def test_other_kinds_of_number_are_kept(data: object) -> None:
    assert Value(data).data is data


@pytest.mark.parametrize("two", [2, np.int64(2), np.uint8(2)])
def test_a_whole_number_that_meets_a_fraction_is_exact(two: object) -> None:
    assert (Value(Fraction(1, 3)) * two).data == Fraction(2, 3)
    assert (two * Value(Fraction(1, 3))).data == Fraction(2, 3)


def test_a_mean_of_fractions_is_exact() -> None:
    thirds = np.array([Value(Fraction(1, 3)), Value(Fraction(2, 3))])
    assert autograd.mean(thirds).data == Fraction(1, 2)


@pytest.mark.parametrize("number", [Fraction(1, 3), 1j, mpmath.mpf(1)])
def test_a_number_that_an_array_of_floats_cannot_hold_is_refused(number: object) -> None:
    for array in (np.ones(2), Tensor([1.0, 1.0])):
        with pytest.raises(TypeError, match=r"mul of an array and an? .* a Tensor holds real"):
            Value(number) * array


def test_a_fraction_is_a_power_of_a_tensor_too() -> None:
    x = Tensor([4.0])
    (x ** Fraction(1, 2)).backward()
    assert x.grad.tolist() == [0.25]


def test_a_constant_of_mpmath_becomes_a_number() -> None:
    x = Value(mp.pi)
    assert type(x.data) is mpmath.mpf
    (x * x).backward()
    assert x.grad == 2 * mp.pi


@pytest.mark.parametrize("data", ["2", None, [1.0], Decimal(1), np.array(["a"])[0], b"1", object()])
def test_what_is_no_number_is_refused_and_named(data: object) -> None:
    with pytest.raises(TypeError, match="a Value holds one number") as caught:
        Value(data)
    named = "None" if data is None else type(data).__name__
    assert named in str(caught.value) or "str" in str(caught.value)


def test_an_array_is_refused_with_advice() -> None:
    with pytest.raises(TypeError, match=r"got an array of shape \(2,\): use Tensor"):
        Value(np.ones(2))


@pytest.mark.parametrize("node", [Value(1.0), Tensor(1.0), Value(1.0) * 2.0])
def test_a_value_of_a_node_is_refused_with_advice(node: object) -> None:
    with pytest.raises(TypeError, match=r"use \.detach\(\)"):
        Value(node)


def test_an_integer_too_large_for_a_float_is_refused_with_advice() -> None:
    with pytest.raises(ValueError, match="too large for a float: use Value"):
        Value(10**400)


def test_bad_data_leaves_a_leaf_as_it_was() -> None:
    x = Value(2.0)
    with pytest.raises(TypeError, match="one number"):
        x.data = "3"
    assert x.data == 2.0


def test_an_operator_with_something_that_is_no_number_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        Value(2.0) + "3"
    with pytest.raises(TypeError, match="unsupported operand"):
        None * Value(2.0)


# Exact, complex and arbitrary-precision derivatives -----------------------------------------------


def rational(x, y):
    return (3 * x * x - y) / (x * y + 2) - 1 / y


def test_fractions_give_exact_gradients() -> None:
    """By hand: at (1/3, 2/5), u = 3x² − y = −1/15 and v = xy + 2 = 32/15."""
    x, y = Value(Fraction(1, 3)), Value(Fraction(2, 5))
    rational(x, y).backward()
    u, v = Fraction(-1, 15), Fraction(32, 15)
    assert x.grad == Fraction(2) / v - u * Fraction(2, 5) / v**2
    assert y.grad == -1 / v - u * Fraction(1, 3) / v**2 + Fraction(25, 4)
    assert type(x.grad) is type(y.grad) is Fraction


def test_integers_beside_fractions_stay_exact() -> None:
    x = Value(Fraction(1, 3))
    y = x * (10**30 + 1)
    assert y.data == Fraction(10**30 + 1, 3)


def test_an_exact_second_derivative() -> None:
    """(x³)'' = 6x."""
    f = autograd.grad(autograd.grad(lambda x: x * x * x))
    assert f(Fraction(1, 7)) == Fraction(6, 7)


def test_mpmath_numbers_give_as_many_digits_as_they_have() -> None:
    """d/dx exp(x²) = 2x exp(x²)."""
    with mp.workdps(60):
        x = Value(mp.mpf(1) / 3)
        exp(x * x).backward()
        expected = 2 * x.data * mp.exp(x.data**2)
        assert abs(x.grad - expected) < mp.mpf(10) ** -59


def test_complex_numbers_give_holomorphic_derivatives() -> None:
    """d/dz (z³ + i z) = 3z² + i."""
    z = Value(1 + 2j)
    (z * z * z + 1j * z).backward()
    assert z.grad == 3 * (1 + 2j) ** 2 + 1j


def test_a_complex_exponential_is_its_own_derivative() -> None:
    z = Value(0.3 + 2j)
    w = exp(z)
    w.backward()
    assert z.grad == w.data


@pytest.mark.parametrize(
    ("x", "y", "kind"),
    [
        (Fraction(1, 2), 0.25, float),
        (Fraction(1, 2), mpmath.mpf(4), mpmath.mpf),
        (0.5, mpmath.mpf(4), mpmath.mpf),
    ],
)
def test_mixed_kinds_of_number_meet_in_the_wider_one(x, y, kind) -> None:
    """For f = xy + x/y: ∂f/∂x = y + 1/y, ∂f/∂y = x − x/y²; exact for these powers of two."""
    a, b = Value(x), Value(y)
    f = a * b + a / b
    f.backward()
    assert type(f.data) is kind
    assert a.grad == y + 1 / y
    assert b.grad == -(1 / (y * y) * x - x)  # mpmath 1.3 takes nothing from a Fraction


# IEEE 754 -----------------------------------------------------------------------------------------

ZEROS = [0.0, Fraction(0), mpmath.mpf(0)]


@pytest.mark.parametrize("zero", ZEROS)
def test_one_over_zero_is_infinite(zero) -> None:
    x = Value(zero)
    y = 1 / x
    y.backward()
    assert y.data == math.inf
    assert x.grad == -math.inf


@pytest.mark.parametrize("zero", ZEROS)
def test_zero_over_zero_is_nan(zero) -> None:
    y = Value(zero) / Value(zero)
    assert y.data != y.data


def test_a_complex_number_over_zero_is_not_finite_and_no_error() -> None:
    y = Value(1j) / Value(0j)
    assert not np.isfinite(y.data)


def test_log_of_zero_is_minus_infinity_with_slope_infinity() -> None:
    x = Value(0.0)
    y = log(x)
    y.backward()
    assert (y.data, x.grad) == (-math.inf, math.inf)


def test_exp_overflows_to_infinity() -> None:
    x = Value(1000.0)
    y = exp(x)
    y.backward()
    assert (y.data, x.grad) == (math.inf, math.inf)


def test_functions_outside_their_domain_are_nan() -> None:
    assert math.isnan(log(Value(-1.0)).data)
    assert math.isnan(sqrt(Value(-1.0)).data)
    assert math.isnan(sin(Value(math.inf)).data)


def test_the_largest_float_overflows_to_infinity_and_the_sign_of_zero_is_kept() -> None:
    big = Value(1.7e308)
    assert (big + big).data == math.inf
    assert (big * big).data == math.inf
    assert math.copysign(1, (Value(-0.0) * 1.0).data) == -1.0


def test_nan_travels_only_along_the_paths_that_depend_on_it() -> None:
    x, bad, y = Value(2.0), Value(math.nan), Value(3.0)
    (x * y + bad * y).backward()
    assert x.grad == 3.0
    assert bad.grad == 3.0
    assert math.isnan(y.grad)


def test_a_zero_cotangent_passes_nothing_on() -> None:
    """torch#68425: where(x > 0, log x, 0) at 0 has gradient 0, not nan."""
    x = Value(0.0)
    autograd.where(x > 0, log(x), 0.0).backward()
    assert x.grad == 0.0


# Values, arrays and Tensors together --------------------------------------------------------------


def test_a_value_times_an_array_is_a_tensor() -> None:
    v = Value(3.0)
    for t in (v * np.array([1.0, 2.0]), np.array([1.0, 2.0]) * v):
        assert type(t) is Tensor
        assert t.data.tolist() == [3.0, 6.0]
        v.grad = None
        t.backward(np.array([1.0, 10.0]))
        assert v.grad == 21.0
        assert type(v.grad) is float


def test_a_value_and_a_tensor_meet_in_a_tensor() -> None:
    v, t = Value(3.0), Tensor([1.0, 2.0])
    (v * t - v).sum().backward()
    assert v.grad == 1.0
    assert t.grad.tolist() == [3.0, 3.0]


def test_object_arrays_of_values_work_on_either_side_of_an_operator() -> None:
    a = np.array([Value(1.0), Value(2.0)])
    v = Value(4.0)
    for product in (v * a, a * v):
        assert product.dtype == object
        assert [p.data for p in product] == [4.0, 8.0]
    total = (v - a).sum() + (a / v).sum() + a @ a
    total.backward()
    assert v.grad == 2 - 3 / 16
    assert [x.grad for x in a] == [-1 + 1 / 4 + 2.0, -1 + 1 / 4 + 4.0]


# micrograd's published tests (test/test_engine.py), their values from PyTorch ---------------------


def test_sanity_check_of_micrograd() -> None:
    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = relu(z) + z * x
    h = relu(z * z)
    y = h + q + q * x
    y.backward()
    assert y.data == -20.0
    assert x.grad == 46.0


def test_more_ops_of_micrograd() -> None:
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert g.data == pytest.approx(24.70408163265306, rel=1e-15)
    assert a.grad == pytest.approx(138.83381924198252, rel=1e-15)
    assert b.grad == pytest.approx(645.5772594752186, rel=1e-15)
