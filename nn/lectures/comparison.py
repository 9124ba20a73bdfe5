"""A result computed by hand and by the engine, and checks of the layers it is computed from."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from nn.support.examples import Floats, finite

T = TypeVar("T")

Layers: TypeAlias = tuple[tuple[Floats, Floats], ...]
"""For each layer its weights of shape (out, in), a row for each unit, and its biases (out,)."""

LayersLike: TypeAlias = Iterable[tuple[npt.ArrayLike, npt.ArrayLike]]


class Comparison(NamedTuple, Generic[T]):
    """The same result, by the formulas in plain NumPy and by the engine.

    Examples
    --------
    >>> from nn import lectures
    >>> by_hand, by_engine = lectures.one_step(lectures.XOR_START, [0, 0], [0], alpha=0.1)
    >>> by_hand[1][0].round(7), by_engine[1][0].round(7)
    (array([[0.0036881, 0.0236881]]), array([[0.0036881, 0.0236881]]))
    """

    by_hand: T
    by_engine: T


def as_layers(layers: LayersLike) -> Layers:
    """Return layers as arrays that fit each other, or raise ValueError."""
    found = tuple((finite("weights", W, ndim=2), finite("bias", b, ndim=1)) for W, b in layers)
    check_widths([W for W, _ in found])
    for k, (W, b) in enumerate(found):
        if len(b) != len(W):
            raise ValueError(f"layer {k} has {len(W)} units and {len(b)} biases")
    return found


def check_widths(weights: list[Floats]) -> None:
    """Raise ValueError unless each layer takes as many inputs as the one before gives."""
    if not weights:
        raise ValueError("a network needs at least one layer, got none")
    for k, (W, V) in enumerate(pairwise(weights)):
        if V.shape[1] != W.shape[0]:
            raise ValueError(
                f"layer {k} gives {W.shape[0]} outputs and layer {k + 1} takes {V.shape[1]} inputs"
            )


def rows(what: str, array: npt.ArrayLike, width: int) -> Floats:
    """Return examples as an array with a row for each; one example may come as a vector."""
    found = finite(what, np.atleast_2d(np.asarray(array, dtype=float)), ndim=2)
    if found.shape[1] != width:
        raise ValueError(f"{what} must have {width} numbers a row, got {found.shape[1]}")
    return found


def pairs(X: npt.ArrayLike, Y: npt.ArrayLike, weights: list[Floats]) -> tuple[Floats, Floats]:
    """Return inputs and targets for a network, a row for each example, or raise ValueError."""
    inputs = rows("X", X, weights[0].shape[1])
    targets = rows("Y", Y, weights[-1].shape[0])
    if len(inputs) != len(targets):
        raise ValueError(f"X has {len(inputs)} examples and Y has {len(targets)}")
    return inputs, targets
