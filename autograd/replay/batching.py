"""Batches: the arguments of a mapped call, sample by sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.node.node import Node
from autograd.numbers.words import with_article
from autograd.replay.argument_layout import InputRange
from autograd.replay.cache_entry import CacheEntry
from autograd.transforms import pytree


class Batch:
    """The arguments of a mapped call.

    Attributes
    ----------
    size : int
        The number of samples.
    sample : tuple
        The arguments for the first sample.
    """

    def __init__(self, args: tuple[Any, ...], in_axes: Any) -> None:
        if not args:
            raise TypeError("a mapped function needs an argument with a batch axis, got none")
        self.axes = _axes(in_axes, len(args))
        self.size = -1
        self._rows: list[list[Any] | None] = []  # the leaves of each mapped argument
        for k, (arg, axis) in enumerate(zip(args, self.axes, strict=True)):
            self._rows.append(
                None if axis is None else [self._row(x, k, axis) for x in pytree.leaves(arg)]
            )
        self._args = args
        self.sample = self._sample(0)

    def _sample(self, k: int) -> tuple[Any, ...]:
        return tuple(
            arg if rows is None else pytree.rebuild(arg, iter([row[k] for row in rows]))
            for arg, rows in zip(self._args, self._rows, strict=True)
        )

    def samples(self) -> Iterator[tuple[Any, ...]]:
        """Yield the arguments for each sample."""
        return map(self._sample, range(self.size))

    def _row(self, leaf: Any, argument: int, axis: int) -> Any:
        array = None if isinstance(leaf, Node) else np.asarray(leaf)
        if array is None or array.dtype.kind not in "fiub":
            raise TypeError(
                f"argument {argument} is mapped, so it must be made of arrays, got "
                f"{with_article(leaf)}: use None in in_axes for what all samples share"
            )
        if not -array.ndim <= axis < array.ndim:
            raise ValueError(
                f"argument {argument} has no batch axis {axis}: an array in it has the shape "
                f"{array.shape}; use None in in_axes for what all samples share"
            )
        rows = np.moveaxis(array, axis, 0) if axis else array
        if self.size not in (-1, len(rows)):
            raise ValueError(
                f"argument {argument} has {len(rows)} samples along axis {axis}, and those before "
                f"it have {self.size}: all batch axes must be of one length"
            )
        self.size = len(rows)
        if not self.size:
            raise ValueError(f"argument {argument} has no samples along axis {axis}")
        return rows

    def numbers(
        self, entry: CacheEntry, leaves: list[Any], all_in_lanes: bool = False
    ) -> tuple[list[tuple[InputRange, Any]], list[tuple[InputRange, Any]]]:
        """Return the inputs that all samples share, and those of lanes, which have a row a sample.

        Each is a range of inputs with its numbers: (numbers,) if shared, else (samples, numbers).
        """
        shared: list[tuple[InputRange, Any]] = []
        lanes: list[tuple[InputRange, Any]] = []
        for rows, own in zip(self._rows, entry.leaves_of, strict=True):
            ranges = entry.ranges[own]
            if rows is not None:
                lanes += [
                    (place, row.reshape(self.size, -1))
                    for place, row in zip(ranges, rows, strict=True)
                ]
            elif all_in_lanes:
                lanes += [
                    (place, _repeated(leaf, self.size))
                    for place, leaf in zip(ranges, leaves[own], strict=True)
                    if place.stop > place.start
                ]
            else:
                shared += zip(ranges, leaves[own], strict=True)
        return shared, [(place, row) for place, row in lanes if place.stop > place.start]

    def in_lanes(self, all_in_lanes: bool) -> tuple[int, ...]:
        """Return the arguments that are in lanes."""
        return tuple(k for k, axis in enumerate(self.axes) if all_in_lanes or axis is not None)

    def at_axis(self, argument: int, gradient: Any) -> Any:
        """Return the gradient in a mapped argument with its batch axis where that has it."""
        axis = self.axes[argument]
        return (
            pytree.map_leaves(lambda _, x: np.moveaxis(x, 0, axis), gradient) if axis else gradient
        )


def stack_results(result: Any, rows: Iterator[Any], size: int) -> Any:
    """Return the containers of a result with the rows of all samples: those of an array in one."""
    if isinstance(result, np.ndarray):
        found = np.empty((result.size, size))
        for row in found:
            row[:] = next(rows)
        return found.T.reshape(size, *result.shape)
    if isinstance(result, dict):
        return {key: stack_results(child, rows, size) for key, child in result.items()}
    if isinstance(result, (list, tuple)):
        made = [stack_results(child, rows, size) for child in result]
        return type(result)(*made) if hasattr(result, "_fields") else type(result)(made)
    return next(rows)


def _axes(in_axes: Any, count: int) -> list[int | None]:
    if in_axes is ...:
        return [0] if count == 1 else [None, *[0] * (count - 1)]
    axes = list(in_axes) if isinstance(in_axes, (tuple, list)) else [in_axes] * count
    if len(axes) != count:
        raise ValueError(
            f"in_axes has {len(axes)} axes for {count} arguments: expected one for each"
        )
    wrong = [a for a in axes if a is not None and (isinstance(a, bool) or not isinstance(a, int))]
    if wrong:
        raise TypeError(f"an axis in in_axes must be an int or None, got {wrong[0]!r}")
    if all(a is None for a in axes):
        raise ValueError("in_axes maps no argument: at least one must have a batch axis")
    return axes


def _repeated(leaf: Any, n: int) -> Any:
    numbers = np.asarray(getattr(leaf, "_data", leaf), np.float64).reshape(1, -1)
    return np.broadcast_to(numbers, (n, numbers.shape[1]))
