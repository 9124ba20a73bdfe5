"""An example of a structural op: how it is called, and what is to be equal to it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest


def drawing(seed: int) -> Callable:
    """Return what draws arrays of a shape."""
    rng = np.random.default_rng(seed)

    def normal(*shape: int) -> np.ndarray:
        """Distinct numbers of both signs, none near another or near 0."""
        size = int(np.prod(shape))
        spread = np.linspace(-2, 2, size + 1)[:size] + 0.8 / (size + 1)
        return rng.permutation(spread).reshape(shape)

    return normal


def weights(shape: tuple[int, ...], phase: float = 1.7) -> np.ndarray:
    """A cotangent: numbers of both signs that no symmetry cancels."""
    return np.cos(phase + 2.3 * np.arange(np.prod(shape, dtype=int))).reshape(shape)


@dataclass(frozen=True)
class Example:
    """``ours`` on Tensors and ``numpys`` on arrays are to give the same."""

    op: str
    ours: Callable
    numpys: Callable
    inputs: tuple
    moves: bool = False  # nothing is computed: equal to the last bit
    scalars: bool = False  # it goes by Values, which are float64 whatever the tensor is


def of(op, ours, numpys, *inputs, **more):
    return Example(op, ours, numpys, inputs, **more)


def moving(op, ours, numpys, *inputs):
    return Example(op, ours, numpys, inputs, moves=True)


def both(op, call, *inputs, **more):
    """One way of writing it that means our function on a Tensor and NumPy's on an array."""
    return Example(op, call, call, inputs, **more)


def each_of(examples):
    """Run a test on every example, named after its op."""
    names = [f"{example.op}{k}" for k, example in enumerate(examples)]
    return pytest.mark.parametrize("example", examples, ids=names)
