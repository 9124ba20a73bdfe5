"""NumPy's functions in replays of Tensors: all but those whose shape depends on numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy_cases import calls, operands, run
from structural_example import weights

import autograd
from autograd import Tensor, jit, value_and_grad
from autograd.extend import SealedRead

CALLS = [text for _, text in calls()]
# Of these the result's shape depends on numbers, or an argument is a comparison in a list.
REFUSED = (
    "np.frexp", "np.intersect1d", "np.piecewise", "np.polydiv", "np.polymul", "np.select",
    "np.setdiff1d", "np.setxor1d", "np.trim_zeros", "np.union1d", "np.unique",
)  # fmt: skip
ALSO = ("returned=True", "where=c > -1")


def is_refused(text: str) -> bool:
    return text.startswith(REFUSED) or any(part in text for part in ALSO)


def total(text: str) -> Any:
    """Return a function of all operands: the sum of the results, weighted."""
    names = list(operands(text))

    def function(*given: Any) -> Any:
        found = run(text, np, dict(zip(names, given, strict=True)))
        parts = [
            (weights(z.shape, k + 1.0) * z).sum()
            for k, z in enumerate(found)
            if isinstance(z, Tensor)
        ]
        return sum(parts[1:], start=parts[0])

    return function


@pytest.mark.parametrize("text", [text for text in CALLS if not is_refused(text)])
def test_a_replay_gives_what_the_eager_engine_gives_on_other_numbers(text: str) -> None:
    function, first = total(text), list(operands(text).values())
    everything = tuple(range(len(first)))
    fast = jit(function, tensors=True)
    fast.value_and_grad(*first, argnums=everything)
    other = [x + 0.01 * np.cos(np.arange(x.size)).reshape(x.shape) for x in first]
    value, gradients = fast.value_and_grad(*other, argnums=everything)
    expected, exact = value_and_grad(function, everything)(*other)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    for found, wanted in zip(gradients, exact, strict=True):
        assert np.shape(found) == np.shape(wanted)
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("text", [text for text in CALLS if is_refused(text)])
def test_what_has_no_fixed_shape_is_refused(text: str) -> None:
    with pytest.raises(SealedRead, match="inside a function that is being recorded"):
        jit(total(text), tensors=True)(*operands(text).values())


READERS = {
    "quantile": lambda x: np.quantile(x, 0.3) ** 2 * x.sum(),
    "nanmean": lambda x: np.nanmean(x * x),
    "average": lambda x: np.average(x * x, weights=x),
    "interp": lambda x: np.interp(x.sum() / 4, [0.0, 2.0, 9.0], x[:3] * x[1:]),
}


@pytest.mark.parametrize("name", READERS)
def test_it_has_derivatives_inside_a_recorded_function(name: str) -> None:
    def slopes(x: Any) -> Any:
        return autograd.grad(READERS[name])(x)

    fast = jit(slopes, tensors=True)
    for x in (np.array([3.0, 1.0, 2.0, 5.0]), np.array([5.5, 2.2, 1.1, 3.3])):
        np.testing.assert_allclose(fast(x), slopes(x), rtol=1e-13)


def test_a_nan_that_comes_later_is_skipped() -> None:
    fast = jit(np.nanmean, tensors=True)
    assert fast(np.array([1.0, 2.0, 6.0])) == 3.0
    assert fast(np.array([1.0, np.nan, 6.0])) == 3.5


def test_a_recording_says_what_numpy_computes() -> None:
    fast = jit(lambda x: np.median(x) * 2, tensors=True)
    assert "1 of them by NumPy" in str(fast.recording(np.arange(5.0)))
