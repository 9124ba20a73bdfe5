"""Every differentiable function of NumPy on Tensors: NumPy's values, JAX's gradients."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy_cases import calls, operands, run
from structural_example import weights

from autograd import Tensor, Value, grad, jvp, topk

CALLS = calls()
each = pytest.mark.parametrize(("name", "text"), CALLS, ids=[text for _, text in CALLS])
MODES = {}


def numbers(found: Any) -> np.ndarray:
    return np.asarray(found.data if isinstance(found, Tensor) else found)


def test_every_differentiable_function_has_a_call() -> None:
    assert [name for name, text in CALLS if not text] == []


@each
def test_the_values_shapes_and_kinds_are_numpy_s(name: str, text: str) -> None:
    arrays = operands(text)
    expected = run(text, np, arrays)
    found = run(text, np, {k: Tensor(x) for k, x in arrays.items()})
    assert len(found) == len(expected)
    assert any(isinstance(z, Tensor) for z in found)
    for z, e in zip(found, expected, strict=True):
        assert z.shape == np.shape(e)
        assert z.dtype == np.asarray(e).dtype
        np.testing.assert_allclose(numbers(z), e, rtol=8e-15, atol=4e-16)


@each
def test_float32_stays_what_numpy_makes_of_it(name: str, text: str) -> None:
    arrays = {k: x.astype("f4") for k, x in operands(text).items()}
    expected = run(text, np, arrays)
    found = run(text, np, {k: Tensor(x) for k, x in arrays.items()})
    for z, e in zip(found, expected, strict=True):
        np.testing.assert_allclose(numbers(z), e, rtol=4e-6, atol=1e-6)
        assert z.dtype == np.asarray(e).dtype


# Gradients ----------------------------------------------------------------------------------------


def total(text: str, arrays: dict[str, Any], xp: Any = np) -> Any:
    """Return the sum of all real results, each element with a weight of its own."""
    found = [z for z in run(text, xp, arrays) if z.dtype.kind == "f"]
    parts = [(weights(z.shape, k + 1.0) * z).sum() for k, z in enumerate(found)]
    return sum(parts[1:], start=parts[0])


ONLY_DOUBLES = ("np.bincount", "np.interp")  # to which NumPy converts, or refuses the rest
STEP = np.longdouble("1e-4")


def exactly_fitted(x: Any, y: Any, deg: int, w: Any = 1.0) -> Any:
    """Polyfit by the normal equations, in fractions: NumPy's takes no long doubles."""
    exact = np.frompyfunc(lambda number: Fraction(*number.as_integer_ratio()), 1, 1)
    x, y, w = (exact(np.asarray(each)) for each in (x, y.reshape(len(x), -1), w))
    powers = (w * np.vander(x, deg + 1).T).T
    rows = np.hstack([powers.T @ powers, powers.T @ (w * y.T).T])
    for k in range(deg + 1):
        rows[k] /= rows[k, k]
        for j in {*range(deg + 1)} - {k}:
            rows[j] -= rows[j, k] * rows[k]
    found = rows[:, deg + 1 :]
    head = found.astype(float)
    rest = (found - exact(head)).astype(float)
    return np.squeeze(np.longdouble(head) + rest)


class NumPyOfLongDoubles:
    """NumPy, of long doubles."""

    polyfit = staticmethod(exactly_fitted)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


WIDE = NumPyOfLongDoubles()
# The first and second derivative by differences of the sixth order.
FIRST = {1: 45, 2: -9, 3: 1}
SECOND = {0: -490, 1: 270, 2: -27, 3: 2}


def differences(text: str, arrays: dict[str, Any], along: dict[str, Any]) -> tuple[Any, Any, bool]:
    """Return both derivatives along a direction, and whether NumPy kept to long doubles."""
    wide = np.float64 if text.startswith(ONLY_DOUBLES) else np.longdouble

    def at(k: int) -> Any:
        moved = {name: wide(x + k * STEP * along[name]) for name, x in arrays.items()}
        return total(text, moved, WIDE)

    first = sum(c * (at(k) - at(-k)) for k, c in FIRST.items()) / (60 * STEP)
    second = sum(c * (at(k) + at(-k)) for k, c in SECOND.items() if k) + SECOND[0] * at(0)
    found = run(text, WIDE, {name: wide(x) for name, x in arrays.items()})
    kept = all(z.dtype != np.float64 for z in found)
    return float(first), float(second / (180 * STEP**2)), kept


@pytest.mark.slow
@each
@pytest.mark.parametrize("seed", [0.4, 1.9])
def test_derivatives_of_both_orders_are_those_of_numpy_in_long_doubles(
    name: str, text: str, seed: float
) -> None:
    arrays = operands(text)
    names, xs = list(arrays), tuple(arrays.values())
    along = tuple(weights(x.shape, seed) for x in xs)
    first, second, kept = differences(text, arrays, dict(zip(names, along, strict=True)))
    scale = sum(np.abs(z).sum() for z in run(text, np, arrays) if z.dtype.kind == "f") + 1

    def ours(*ts: Any) -> Any:
        return total(text, dict(zip(names, ts, strict=True)))

    found, pushed = jvp(grad(ours, tuple(range(len(xs)))), xs, along)
    slope = sum((d * g).sum() for d, g in zip(along, found, strict=True))
    curve = sum((d * g).sum() for d, g in zip(along, pushed, strict=True))
    assert slope == pytest.approx(first, rel=1e-12, abs=scale * (1e-13 if kept else 1e-11))
    assert curve == pytest.approx(second, rel=1e-9, abs=scale * (1e-9 if kept else 3e-7))
    assert jvp(ours, xs, along)[1] == pytest.approx(slope, rel=1e-13, abs=scale * 1e-15)


# polyfit, beside its derivatives ------------------------------------------------------------------


def test_a_polynomial_through_its_points_is_found_and_moves_with_the_values() -> None:
    """Lagrange's polynomials are the derivatives by the values; of 0, 1, 2: exact fractions."""
    x = np.array([0.0, 1.0, 2.0])
    slopes = np.array([grad(lambda y, k=k: np.polyfit(x, y, 2)[k])(x * x) for k in range(3)])
    lagrange = np.array([[0.5, -1, 0.5], [-1.5, 2, -0.5], [1, 0, 0]])
    np.testing.assert_allclose(slopes, lagrange, atol=1e-14)


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        (([1.0, 2.0], -1), {}, "a degree from 0 on"),
        (([1.0], 1), {}, "got 2 points and 1 values"),
        (([1.0, 2.0], 1), {"w": [1.0]}, "a weight for each of 2 points"),
        (([1.0, 2.0], 1), {"full": True}, "full=True isn't differentiable"),
        (([1.0, 2.0], 1), {"cov": "unscaled"}, "cov='unscaled' isn't differentiable"),
    ],
)
def test_polyfit_refuses_what_it_cannot_fit(args: Any, kwargs: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        np.polyfit(Tensor([1.0, 2.0]), *args, **kwargs)


def test_polyfit_of_too_few_points_warns_and_is_numpy_s() -> None:
    with pytest.warns(np.exceptions.RankWarning, match="2 points don't determine 3"):
        found = np.polyfit(Tensor([1.0, 2.0]), [1.0, 3.0], 2)
    with pytest.warns(np.exceptions.RankWarning):
        np.testing.assert_allclose(found.data, np.polyfit([1.0, 2.0], [1.0, 3.0], 2), rtol=1e-12)


# What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: np.interp(x, [0.0, 2.0], [1.0, 2.0, 3.0]), ValueError,
         r"a value at each of them, got shapes \(2,\) and \(3,\)"),
        (lambda x: np.interp(x, [0.0, 2.0], 1.0), ValueError, r"got shapes \(2,\) and \(\)"),
        (lambda x: np.interp(x, [], []), ValueError, r"got shapes \(0,\) and \(0,\)"),
        (lambda x: np.median(x[:0]), ValueError, r"of elements, got none: shape \(0,\)"),
        (lambda x: np.quantile(x[None, :0], 0.3, axis=1), ValueError, "got none"),
        (lambda x: topk(x, 1.5), TypeError, "'float' object .* integer"),
    ],
)  # fmt: skip
def test_what_a_function_cannot_take_is_said(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(Tensor([1.0, 2.0]))


# Evenly spaced numbers between Values ------------------------------------------------------------


@pytest.mark.parametrize("f", [np.linspace, np.logspace, np.geomspace])
@pytest.mark.parametrize("number", [2.3, Fraction(1, 3)])
def test_numbers_between_values_are_doubles(f: Any, number: Any) -> None:
    for found, expected in (
        (f(Value(number), 5, 4), f(float(number), 5, 4)),
        (f(0.5, Value(number), 4), f(0.5, float(number), 4)),
    ):
        assert found.dtype == np.float64
        np.testing.assert_allclose(found.data, expected, rtol=1e-15)


@pytest.mark.parametrize("f", [np.linspace, np.logspace, np.geomspace])
def test_an_end_may_be_a_list(f: Any) -> None:
    expected = f([1.0, 2.0], 3.0, 4)
    np.testing.assert_allclose(f([1.0, 2.0], Value(3.0), 4).data, expected)


def test_a_value_does_not_widen_an_array_of_the_other_end() -> None:
    assert np.linspace(Value(0.5), Tensor([1, 2], dtype=np.float32), 3).dtype == np.float32


@pytest.mark.filterwarnings("ignore")  # of nothing, and of one sample
@pytest.mark.parametrize("shape", [(1, 3), (3, 1), (0, 3), (3,), (2, 3)])
@pytest.mark.parametrize("rowvar", [True, False])
def test_covariances_of_one_row_of_one_column_and_of_nothing(shape: Any, rowvar: bool) -> None:
    """One row of three columns is one sample of three variables, as NumPy has it since 2.3."""
    x = np.arange(float(np.prod(shape))).reshape(shape) ** 2
    found = np.cov(Tensor(x), rowvar=rowvar, ddof=0)
    one_sample = shape == (1, 3) and not rowvar
    expected = np.zeros((3, 3)) if one_sample else np.cov(x, rowvar=rowvar, ddof=0)
    np.testing.assert_allclose(found.data, expected, rtol=1e-14)
