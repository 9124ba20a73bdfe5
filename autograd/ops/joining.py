"""Joining and splitting arrays: concatenate, stack, split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.node.node import Node
from autograd.numbers.kinds import Rule, in_range
from autograd.numbers.protocols import Numeric
from autograd.numbers.words import with_article
from autograd.ops.scalars import operand
from autograd.ops.shape import (
    along,
    moving,
    ravel,
)
from autograd.rules.batch_rules import Batch, from_the_end
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import into_arrays, of_arrays


def _each(arrays: Any) -> Iterable[Any]:
    if not isinstance(arrays, Iterable):
        raise TypeError(
            f"expected a list of arrays to join, got {with_article(arrays)}: give [x, y]"
        )
    return arrays


def _cut(g: Any, *joined: Any, axis: int = 0) -> list[Any]:
    *parts, z = joined
    ends = np.cumsum([0, *(part.shape[axis] for part in parts)]).tolist()
    slices = map(slice, ends[:-1], ends[1:])
    return [g[along(axis, z.ndim, piece)] for piece in slices]


def _concatenate_all(batch: Batch) -> Any:
    return batch.apply(*batch.fronts(), axis=from_the_end(batch.setting("axis"), batch.ndim(0)))


_concatenate = moving(
    "concatenate",
    lambda *xs, axis=0: np.concatenate(xs, axis),
    _cut,
    "Arrays joined along an axis.",
    arity=None,
    batched=_concatenate_all,
)


@stands_for(np.concatenate)
@of_arrays
def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Numeric:
    """Return ``arrays`` joined along an axis that they have; flattened first for None.

    Parameters
    ----------
    arrays : sequence of array or Tensor
        Of the same lengths along all other axes.
    axis : int or None

    Raises
    ------
    ValueError
        If the shapes don't match.

    Examples
    --------
    >>> from autograd import Tensor, concatenate
    >>> a, b = Tensor([1.0, 2.0]), Tensor([3.0])
    >>> (concatenate([a, b]) * [10.0, 20.0, 30.0]).sum().backward()
    >>> a.grad, b.grad
    (array([10., 20.]), array([30.]))
    """
    if axis is None:
        return _concatenate(*[ravel(x) for x in _each(arrays)])
    return _concatenate(*[operand(x) for x in _each(arrays)], axis=axis)


def _stack_all(batch: Batch) -> Any:
    axis = from_the_end(batch.setting("axis"), batch.ndim(0) + 1)
    return batch.apply(*batch.fronts(), axis=axis)


_stack = moving(
    "stack",
    lambda *xs, axis=0: np.stack(xs, axis),
    lambda g, *xs, axis=0: [g[along(axis, g.ndim, k)] for k in range(len(xs) - 1)],
    "Arrays of one shape joined along a new axis.",
    arity=None,
    batched=_stack_all,
)


@stands_for(np.stack)
@of_arrays
def stack(arrays: Sequence[Any], axis: int = 0) -> Numeric:
    """Return ``arrays`` of one shape, or Values, joined along a new axis.

    Parameters
    ----------
    arrays : sequence of array, Tensor or Value
    axis : int
        Where the new axis is in the result.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> from autograd import Value, stack
    >>> x = Value(3.0)
    >>> stack([x, x * x]).data
    array([3., 9.])
    """
    return _stack(*[operand(x) for x in _each(arrays)], axis=axis)


@stands_for(np.vstack)
@of_arrays
def vstack(arrays: Sequence[Any]) -> Numeric:
    """Return ``arrays`` joined one below the other; those of one dimension are rows.

    Examples
    --------
    >>> from autograd import vstack
    >>> vstack([[1.0, 2.0], [3.0, 4.0]])
    array([[1., 2.],
           [3., 4.]])
    """
    joined: Numeric = concatenate([_at_least_2d(operand(x)) for x in _each(arrays)])
    return joined


@stands_for(np.hstack)
@of_arrays
def hstack(arrays: Sequence[Any]) -> Numeric:
    """Return ``arrays`` joined side by side.

    Examples
    --------
    >>> from autograd import hstack
    >>> hstack([[[1.0], [2.0]], [[3.0], [4.0]]])
    array([[1., 3.],
           [2., 4.]])
    """
    parts = [x if x.ndim else ravel(x) for x in map(operand, arrays)]
    joined: Numeric = concatenate(parts, axis=0 if parts and parts[0].ndim == 1 else 1)
    return joined


@stands_for(np.column_stack)
def _column_stack_as_numpy(arrays: Sequence[Any]) -> Any:
    columns = [x if x.ndim > 1 else x.reshape((x.size, 1)) for x in map(operand, arrays)]
    return concatenate(columns, axis=1)


@stands_for(*[f for f in [getattr(np, "unstack", None)] if f is not None])  # NumPy 2.1
def _unstack_as_numpy(x: Any, axis: int = 0) -> tuple[Any, ...]:
    return tuple([x[along(axis, x.ndim, k)] for k in range(x.shape[axis])])


def _at_least_2d(x: Any) -> Any:
    return x if x.ndim > 1 else x.reshape((1, x.size))


@stands_for(np.array_split)
@into_arrays
def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Return ``x`` cut along ``axis``, into so many nearly equal parts or before these indices.

    Examples
    --------
    >>> from autograd import array_split
    >>> [part.tolist() for part in array_split([1.0, 2.0, 3.0, 4.0, 5.0], 2)]
    [[1.0, 2.0, 3.0], [4.0, 5.0]]
    """
    return _split(np.array_split, x, indices_or_sections, axis)


@stands_for(np.split)
@into_arrays
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Return ``x`` cut along ``axis``, into so many equal parts or before these indices.

    Parameters
    ----------
    x : array or Tensor
    indices_or_sections : int or sequence of int
    axis : int

    Returns
    -------
    list of array or Tensor

    Raises
    ------
    ValueError
        If the length isn't a multiple of the number of parts: see ``array_split``.

    Examples
    --------
    >>> from autograd import split
    >>> [part.tolist() for part in split([1.0, 2.0, 3.0, 4.0], [1, 3])]  # before positions 1 and 3
    [[1.0], [2.0, 3.0], [4.0]]
    """
    return _split(np.split, x, indices_or_sections, axis)


@in_range
def _split(cut: Rule, x: Any, where: Any, axis: int) -> list[Any]:
    x = operand(x)
    if isinstance(where, Node):
        raise TypeError("split takes a number of parts or plain indices, got a node")
    if np.ndim(where) == 0 and where == 0:
        raise ValueError("split needs at least one part, got 0")
    length = x.shape[normalize_axis_index(axis, x.ndim)]
    ends = np.cumsum([0, *(len(piece) for piece in cut(np.empty(length), where))]).tolist()
    if ends[-1] != length:  # indices that go back: the pieces overlap or leave elements out
        raise ValueError(f"split indices must be in order, within 0 and {length}, got {where}")
    return [x[along(axis, x.ndim, slice(a, b))] for a, b in pairwise(ends)]
