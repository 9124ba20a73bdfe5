"""One rule for every kind of number: exact Fractions, mpf to any precision, complex, dtypes.

Definitions and derivatives to compare with come from ``oracles.py``, which knows none of our rules.
"""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from cases import BUILT_IN, CASES, each_op, taking, that_take, values_and_gradient
from mpmath import mp
from oracles import Oracle, exact
from points import ordinary

import autograd
from autograd import Tensor, Value
from autograd.check.ulp import ulps
from autograd.rules.op_registry import get

DIGITS = 60


def at(oracle: Oracle, count: int = 12):
    """Return points of everyday size, at none of which the op has a kink."""
    points = ordinary(BUILT_IN[oracle.name], oracle)
    return points[:: max(1, len(points) // count)]


def agrees(number, expected, digits: int) -> bool:
    return abs(exact(number) - expected) <= mp.mpf(10) ** -digits * max(abs(expected), 1)


# mpmath: any precision --------


@pytest.mark.slow
@taking("mpf")
def test_values_have_as_many_digits_as_mpmath_is_set_to(oracle: Oracle) -> None:
    with mp.workdps(DIGITS):
        for point in at(oracle):
            z, _ = values_and_gradient(oracle, tuple(map(mp.mpf, point)))
            assert isinstance(z, mp.mpf)
            assert agrees(z, oracle.value(*point), DIGITS - 3), point


@pytest.mark.slow
@taking("mpf")
def test_partials_have_as_many_digits_as_mpmath_is_set_to(oracle: Oracle) -> None:
    with mp.workdps(DIGITS):
        for point in at(oracle):
            _, gradient = values_and_gradient(oracle, tuple(map(mp.mpf, point)))
            for k, partial in enumerate(gradient):
                assert isinstance(partial, mp.mpf)
                assert agrees(partial, oracle.derivative(k, *point), 25), (point, k)


@pytest.mark.slow
@taking("mpf")
def test_second_derivatives_are_those_of_the_definition(oracle: Oracle) -> None:
    """Rules run on nodes: every partial is differentiated through the ops it is written in."""
    op = BUILT_IN[oracle.name]
    with mp.workdps(DIGITS):
        exactly = Oracle(oracle.name, **{k: exact(v) for k, v in oracle.settings.items()})
        for point in at(oracle, 6):
            for k, j, second in second_derivatives(op, exactly, map(mp.mpf, point)):
                assert agrees(second, oracle.derivative(k, *point, other=j), 20), (point, k, j)


@pytest.mark.slow
@each_op
def test_second_derivatives_in_floats_are_right_to_ten_digits(oracle: Oracle) -> None:
    op = BUILT_IN[oracle.name]
    for point in at(oracle, 6):
        for k, j, second in second_derivatives(op, oracle, point):
            assert agrees(second, oracle.derivative(k, *point, other=j), 10), (point, k, j)


@pytest.mark.parametrize(
    ("name", "point", "k", "j", "second"),
    [
        ("asin", (1e-12,), 0, 0, 1e-12),
        ("acos", (-1e-12,), 0, 0, 1e-12),
        ("atanh", (1e-12,), 0, 0, 2e-12),
        ("hypot", (1e6, 1e-3), 0, 0, 1e-24),
        ("hypot", (3e300, 4e300), 0, 1, -12 / (125 * 1e300)),
        ("atan2", (1.0, 1.0 + 2.0**-40), 0, 1, -(2.0**-40) / 2 * (1 - 1.5 * 2.0**-40)),
        ("atan2", (1.0, 1.0), 0, 1, 0.0),
        ("atan2", (1e160, 2e160), 0, 1, -1.2e-321),
    ],
)
def test_second_derivatives_keep_their_digits_beside_their_roots(name, point, k, j, second) -> None:
    """By the first terms of their series: x of asin, 2x of atanh, y²/x³ of hypot, and −xy/z³.

    Of atan2 it is (x − y)(x + y)/(x² + y²)²: for y = x(1 + d) about −d/2 (1 − 3d/2), x being 1.
    """
    found = {(a, b): s for a, b, s in second_derivatives(BUILT_IN[name], None, point)}
    assert found[k, j] == pytest.approx(second, rel=1e-15, abs=0)


def second_derivatives(op, oracle: Oracle, point):
    """Yield (k, j, ∂²z/∂x_k∂x_j), by differentiating a gradient that was made with its graph."""
    operands = [Value(x) for x in point]
    op(*operands, **(oracle.settings if oracle else {})).backward(create_graph=True)
    firsts = [x.grad for x in operands]
    for k, first in enumerate(firsts):
        for x in operands:
            x.grad = None
        if isinstance(first, Value) and first.requires_grad:
            first.backward()
        for j, x in enumerate(operands):
            yield k, j, 0 if x.grad is None else x.grad


# Fractions: exact --------


def is_rational(oracle: Oracle) -> bool:
    """Whether an op gives rational numbers: no roots, and no logarithms in its partials."""
    return oracle.settings.get("exponent", 1) % 1 == 0


@pytest.mark.parametrize("oracle", list(filter(is_rational, that_take("fraction"))), ids=repr)
def test_fractions_give_exact_values_and_gradients(oracle: Oracle) -> None:
    """The only fraction with a small denominator that is within 1e-25 of the definition's."""
    exactly = Oracle(oracle.name, **{k: rational(v) for k, v in oracle.settings.items()})
    for point in at(oracle):
        fractions = tuple(Fraction(x).limit_denominator(40) for x in point)
        if any(exactly.has_kink(k, *fractions) for k in range(len(fractions))):
            continue
        z, gradient = values_and_gradient(exactly, fractions)
        assert isinstance(z, Fraction)
        assert z == nearest_fraction(exactly.value(*fractions)), fractions
        for k, partial in enumerate(gradient):
            assert isinstance(partial, Fraction)
            assert partial == nearest_fraction(exactly.derivative(k, *fractions)), (fractions, k)


@pytest.mark.parametrize("exponent", [-2, 2, 3, 5])
def test_whole_powers_of_fractions_are_exact_to_second_order(exponent: int) -> None:
    x = Value(Fraction(2, 3))
    (x**exponent).backward(create_graph=True)
    first, x.grad = x.grad, None
    first.backward()
    second = exponent * (exponent - 1) * Fraction(2, 3) ** (exponent - 2)
    assert (first.data, x.grad) == (exponent * Fraction(2, 3) ** (exponent - 1), second)


def test_a_root_of_a_fraction_is_a_float() -> None:
    x = Value(Fraction(1, 4))
    z = x**0.5
    z.backward()
    assert (z.data, x.grad) == (0.5, 1.0)


def rational(setting):
    return Fraction(setting).limit_denominator(100) if isinstance(setting, float) else setting


def nearest_fraction(number) -> Fraction:
    with mp.workdps(200):
        scaled = Fraction(int(mp.nint(number * mp.mpf(10) ** 60)), 10**60)
    found = scaled.limit_denominator(10**14)
    assert close_fraction(found, scaled), f"{number} is no fraction with a small denominator"
    return found


def close_fraction(found: Fraction, scaled: Fraction) -> bool:
    return -Fraction(1, 10**25) < found - scaled < Fraction(1, 10**25)


# Complex numbers: holomorphic derivatives --------

COMPLEX = (0.3 + 0.4j, 1.7 - 0.6j, -0.8 + 1.1j, 0.45 - 2.3j)


@taking("complex")
def test_complex_values_and_derivatives(oracle: Oracle) -> None:
    op = BUILT_IN[oracle.name]
    for n, x in enumerate(COMPLEX):
        point = (x, *COMPLEX[n - 1 :], *COMPLEX)[: op.arity]
        z, gradient = values_and_gradient(oracle, point)
        assert isinstance(z, complex)
        assert close(z, oracle.value(*point)), (point, z)
        for k, partial in enumerate(gradient):
            assert close(partial, oracle.derivative(k, *point)), (point, k, partial)


def close(number: complex, expected) -> bool:
    """Whether a complex number is right to a few ulps of its modulus."""
    return bool(
        abs(mp.mpmathify(number) - expected) <= 16 * mp.mpf(2) ** -53 * max(abs(expected), 1)
    )


@pytest.mark.parametrize(
    "name",
    [name for name, op in BUILT_IN.items() if not ("complex" in op.numbers or op.on_complex)],
)
def test_an_op_that_is_not_analytic_refuses_complex_numbers(name: str) -> None:
    op = BUILT_IN[name]
    settings = {"exponent": 2, "condition": True}
    with pytest.raises(TypeError, match=f"{name} is not defined for a complex"):
        op(*[1j] * op.arity, **{k: v for k, v in settings.items() if k in op.settings})


@pytest.mark.parametrize(
    "name", [name for name, op in BUILT_IN.items() if "fraction" not in op.numbers]
)
def test_an_op_that_is_not_rational_refuses_fractions_and_says_what_to_do(name: str) -> None:
    op = BUILT_IN[name]
    with pytest.raises(TypeError, match=r"not defined for a fraction.*Value\(float\(x\)\)"):
        op(*[Fraction(1, 3)] * op.arity)


# Arrays: dtypes --------


@pytest.mark.slow
@each_op
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtypes_are_kept_forward_and_backward(oracle: Oracle, dtype: type) -> None:
    op = BUILT_IN[oracle.name]
    points = at(oracle)
    operands = [Tensor(np.array(column), dtype=dtype) for column in zip(*points, strict=True)]
    z = op(*operands, **oracle.settings)
    assert z.dtype == dtype
    z.backward(np.ones(len(points), dtype))
    assert [x.grad.dtype for x in operands] == [dtype] * op.arity


@pytest.mark.slow
@each_op
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_short_floats_are_as_accurate_as_they_can_be(oracle: Oracle, dtype: type) -> None:
    """Away from roots; results below the normal numbers of the dtype aside."""
    op = BUILT_IN[oracle.name]
    points = [tuple(map(dtype, point)) for point in at(oracle)]
    found = op(
        *[np.array(column, dtype) for column in zip(*points, strict=True)], **oracle.settings
    )
    for point, number in zip(points, np.atleast_1d(found), strict=True):
        exactly = oracle.value(*map(float, point))
        if abs(exactly) > np.finfo(dtype).smallest_normal:
            assert ulps(number, exactly, dtype) <= 8, (point, number, exactly)


def test_there_are_cases_of_every_kind() -> None:
    kinds = [kind for oracle in CASES for kind in BUILT_IN[oracle.name].numbers]
    assert min(kinds.count(kind) for kind in autograd.numbers.kinds.KINDS) > 10


@pytest.mark.parametrize(
    ("name", "limit"), [("exp", math.inf), ("tanh", 1.0), ("sigmoid", 1.0), ("gaussian", 0.0)]
)
def test_beyond_the_range_of_floats_an_mpf_is_as_infinity_is(name: str, limit: float) -> None:
    """Its turns, or powers of e, would take mpmath hours to take off."""
    assert get(name)(mp.mpf(2) ** (2**21)) == limit
    assert math.isnan(get("sin")(mp.mpf(2) ** (2**21)))
    assert mp.mag(autograd.sqrt(mp.mpf(2) ** (2**21))) == 2**20 + 1


@taking("mpf")
@pytest.mark.timeout(60)
def test_every_op_answers_an_mpf_beyond_the_range_of_floats(oracle: Oracle) -> None:
    huge = mp.mpf(2) ** (2**21)
    for point in product((huge, -huge, mp.mpf(1.5)), repeat=BUILT_IN[oracle.name].arity):
        result, gradient = values_and_gradient(oracle, point)
        assert all(isinstance(number, mp.mpf) for number in (result, *gradient))


def test_two_numbers_whose_difference_is_beyond_it_are_answered_too() -> None:
    huge = mp.mpf(2) ** (2**21)
    assert autograd.logaddexp(huge, mp.mpf(1)) >= autograd.logaddexp(mp.mpf(1), huge) > 2**1024
    assert get("sigmoid_difference")(huge, mp.mpf(1)) == 1
    assert get("sigmoid_difference")(mp.mpf(1), huge) == 0
