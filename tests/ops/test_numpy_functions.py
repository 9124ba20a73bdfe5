"""Every differentiable function of NumPy on Tensors: NumPy's values, JAX's gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy_cases import calls, operands, run

from autograd import Tensor, grad, jvp

CALLS = calls()
each = pytest.mark.parametrize(("name", "text"), CALLS, ids=[text for _, text in CALLS])
MODES = {}


def weights(shape: tuple[int, ...], seed: float) -> np.ndarray:
    return np.cos(seed + 2.3 * np.arange(np.prod(shape, dtype=int))).reshape(shape)


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


def total(text: str, arrays: dict[str, Any]) -> Any:
    """Return the sum of all real results, each element with a weight of its own."""
    found = [z for z in run(text, np, arrays) if z.dtype.kind == "f"]
    parts = [(weights(z.shape, k + 1.0) * z).sum() for k, z in enumerate(found)]
    return sum(parts[1:], start=parts[0])


ONLY_DOUBLES = ("np.bincount", "np.interp")  # to which NumPy converts, or refuses the rest
STEP = np.longdouble("1e-4")
# The first and second derivative by differences of the sixth order.
FIRST = {1: 45, 2: -9, 3: 1}
SECOND = {0: -490, 1: 270, 2: -27, 3: 2}


def differences(text: str, arrays: dict[str, Any], along: dict[str, Any]) -> tuple[Any, Any, bool]:
    """Return both derivatives along a direction, and whether NumPy kept to long doubles."""
    wide = np.float64 if text.startswith(ONLY_DOUBLES) else np.longdouble

    def at(k: int) -> Any:
        return total(text, {name: wide(x + k * STEP * along[name]) for name, x in arrays.items()})

    first = sum(c * (at(k) - at(-k)) for k, c in FIRST.items()) / (60 * STEP)
    second = sum(c * (at(k) + at(-k)) for k, c in SECOND.items() if k) + SECOND[0] * at(0)
    found = run(text, np, {name: wide(x) for name, x in arrays.items()})
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
