"""Reads the numbers of one column from the nodes of a graph: their data, or their gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.show.network.network import Floats, NotANetworkError
from autograd.show.network.weighted_sums import WeightedSum


class Reading(NamedTuple):
    """What is read of nodes: their data, or their gradients."""

    of: Callable[[int], Any]  # from a node's number; None where there is nothing
    together: Callable[[Sequence[Any]], Any]  # what a unit's several biases are as one


class Source(NamedTuple):
    """Where one input of a layer comes from: a unit of a layer, or from outside (layer -1)."""

    node: int
    layer: int
    unit: int
    element: int  # of the node, where that is a tensor


class Numbers(NamedTuple):
    """What a column says of its inputs x, weights W, biases b, sums z and activations a.

    Each is None where there is nothing to read.
    """

    x: tuple[float | None, ...]
    W: Floats | None
    b: Floats | None
    z: Floats | None
    a: Floats | None


def scalar_numbers(
    reading: Reading,
    sums: Sequence[WeightedSum],
    heads: Sequence[int],
    outputs: Sequence[int],
    sources: Sequence[Source],
) -> Numbers:
    """Return the numbers of units that are Values."""
    read = reading.of
    biases = [[read(k) for k in found.b] for found in sums]
    return Numbers(
        tuple(_number(read(s.node)) for s in sources),
        _array([[read(k) for k in found.w] for found in sums]),
        _array([reading.together(found) for found in biases]) if any(biases) else None,
        _array([read(k) for k in heads]),
        _array([read(k) for k in outputs]),
    )


def tensor_numbers(
    reading: Reading,
    found: WeightedSum,
    ends: tuple[int, int],
    width: int,
    sources: Sequence[Source],
) -> Numbers:
    """Return the numbers of the first example in a layer of tensors, of ``width`` units.

    ``ends`` are the nodes of the sum and of the activation.
    """
    read = reading.of
    rows = {s.node: _first_row(read(s.node)) for s in sources}
    z, a = (_first_row(read(k), width) for k in ends)
    matrices = [read(k) for k in found.w]
    biases = reading.together([read(k) for k in found.b]) if found.b else None
    return Numbers(
        tuple(None if (row := rows[s.node]) is None else float(row[s.element]) for s in sources),
        None
        if any(w is None for w in matrices)
        else np.hstack(
            [
                np.atleast_2d(_array(w.T if turned else w))
                for w, turned in zip(matrices, found.turned, strict=True)
            ]
        ),
        None if biases is None or z is None else np.broadcast_to(_array(biases), z.shape),
        z,
        a,
    )


def total(numbers: Sequence[Any]) -> Any:
    """Return the sum of a unit's biases."""
    return None if any(x is None for x in numbers) else sum(numbers)


def first(numbers: Sequence[Any]) -> Any:
    """Return the gradient of a unit's biases: each has the same."""
    return next((x for x in numbers if x is not None), None)


def _number(x: Any) -> float | None:
    return None if x is None else float(_array(x))


def _first_row(x: Any, width: int = 0) -> Floats | None:
    return None if x is None else _array(x).reshape(-1, width or np.shape(x)[-1])[0]


def _array(numbers: Any) -> Any:
    """Return numbers as an array of floats, None where one of them is missing."""
    array = np.asarray(numbers)
    if array.dtype == object and any(x is None for x in array.flat):
        return None
    try:
        if np.iscomplexobj(array):
            raise TypeError
        return array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        kinds = {type(x).__name__ for x in array.flat}
        raise NotANetworkError(
            f"its numbers must be real, got {', '.join(sorted(kinds)[:3])}"
        ) from None
