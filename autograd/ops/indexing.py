"""Elements by their positions: indexing, and functional updates."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.node.node import Node
from autograd.numbers.kinds import in_range
from autograd.numbers.per_sample import plain_array
from autograd.numbers.protocols import Numeric
from autograd.numbers.sealed import Sealed, SealedRead
from autograd.numbers.words import with_article
from autograd.ops.scalars import add_into, operand, own_copy
from autograd.ops.shape import along, with_axis
from autograd.rules.batch_rules import at_index
from autograd.rules.chain_rule import choose
from autograd.rules.define import structural
from autograd.rules.op import Structural
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_array


def fixed(index: Any) -> Any:
    """Return an index with copies of its arrays, so that a graph's rules can't be changed later.

    Raises
    ------
    TypeError
        If it has a node in it.
    """
    if type(index) is tuple:
        return tuple(map(_fixed, index))
    return _fixed(index)


def _fixed(place: Any) -> Any:
    if place is None or isinstance(place, (int, slice, np.integer)) or place is Ellipsis:
        return place
    if type(place) is Sealed and place.dtype.kind not in "iu":
        raise SealedRead(place, "a mask as an index")  # the result's shape depends on it
    if isinstance(place, Node):
        raise TypeError(
            f"an index must be of integers, slices or booleans, got {with_article(place)}, "
            "which holds floats: keep positions in a plain integer array"
        )
    array = own_copy(place)
    if array.dtype.kind in "iub":
        return array
    if array.size:
        raise TypeError(
            f"an index must be of integers, slices or booleans, got {place!r}, of {array.dtype}"
        )
    return array.astype(np.intp)


def _may_repeat(index: Any) -> bool:
    """Whether an index may take an element twice: only one with an integer array may."""
    places = index if type(index) is tuple else (index,)
    return any(isinstance(place, np.ndarray) and place.dtype != bool for place in places)


# Taking and putting back -------------------------------------------------------------------------

_getitem = structural(
    "getitem",
    lambda x, *, index: x[index],
    lambda g, x, z, *, index: (scatter(g, shape=x.shape, index=index),),
    linear=True,
    moves=True,
    symbol="[ ]",
    latex="{x}_{{i}}",
    doc="Elements by an index: ints, slices, ellipsis, newaxis, integer arrays, boolean masks.",
    batched=at_index,
    arrays=("index",),
)


def _scatter(g: Any, *, shape: tuple[int, ...], index: Any) -> Any:
    out = np.zeros(shape, g.dtype)
    if _may_repeat(index):
        add_into(out, index, g)
    else:
        out[index] = g
    return out


scatter: Structural = structural(
    "scatter",
    _scatter,
    lambda g, x, z, *, shape, index: (g[index],),
    linear=True,
    doc="Zeros of a shape, with the operand added in at an index; repeats add up.",
    batched=at_index,
    arrays=("index",),
)


@of_array
def getitem(x: Any, index: Any) -> Numeric:
    """Return the elements of ``x`` at ``index``: what ``x[index]`` does on a Tensor."""
    return _getitem(operand(x), index=fixed(index))


@stands_for(np.take)
@of_array
def take(x: Any, indices: Any, axis: int | None = None) -> Numeric:
    """Return the elements at ``indices`` along ``axis``; of the flattened array for None.

    Examples
    --------
    >>> from autograd import Tensor, take
    >>> x = Tensor([10.0, 20.0, 30.0])
    >>> take(x, [0, 0, 2]).sum().backward()
    >>> x.grad  # how often each element was taken
    array([2., 0., 1.])
    """
    x = operand(x)
    if type(indices) is tuple:  # positions, and not an index of many axes
        indices = list(indices)
    if axis is None:
        return _getitem(x.reshape(-1), index=fixed(indices))
    x, axis = with_axis(x, axis)
    return _getitem(x, index=fixed(along(axis, x.ndim, indices)))


@stands_for(np.take_along_axis)
@of_array
@in_range
def take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Numeric:
    """Return ``x[..., indices[..., j, ...], ...]``: for each line of ``x``, its own indices.

    Parameters
    ----------
    x : array or Tensor, shape (..., n, ...)
    indices : array of int, shape (..., m, ...)
        Positions along ``axis``; the other axes broadcast with those of ``x``.
    axis : int or None
        The axis; None flattens ``x``.

    Returns
    -------
    array or Tensor, shape (..., m, ...)

    Raises
    ------
    ValueError
        If ``indices`` has another number of axes than ``x``.
    IndexError
        If a position is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import take_along_axis
    >>> logits = np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]])
    >>> take_along_axis(logits, np.array([[1], [0]]), axis=1)
    array([[0.7],
           [0.5]])
    """
    x = operand(x)
    indices = plain_array(indices)
    if axis is None:
        x, axis = x.reshape(-1), 0
    if indices.ndim != x.ndim:
        raise ValueError(
            f"take_along_axis needs as many axes in indices as in x, {x.ndim}, got {indices.ndim}"
        )
    axis = normalize_axis_index(axis, x.ndim)
    lines = np.ogrid[tuple(slice(n) for n in x.shape)]
    places = tuple(indices if k == axis else line for k, line in enumerate(lines))
    return _getitem(x, index=fixed(places))


# Functional updates ------------------------------------------------------------------------------


def _updated(x: Any, values: Any, *, index: Any) -> Any:
    out = x.copy()
    out[index] = values
    return out


def _set_at_pullback(g: Any, x: Any, values: Any, z: Any, *, index: Any) -> tuple[Any, Any]:
    passed = g[index]
    if _may_repeat(index):  # only what was written last is there
        writers = np.arange(passed.size).reshape(passed.shape)
        slots = np.zeros(x.shape, np.intp)
        slots[index] = writers
        passed = choose(slots[index] == writers, passed, 0.0)
    return set_at(g, index, 0.0), passed


_set_at = structural(
    "set_at",
    _updated,
    _set_at_pullback,
    arity=2,
    linear=True,
    moves=True,
    symbol="[ ] ←",
    doc="A copy of x with the values in place of the elements at an index.",
    batched=at_index,
    arrays=("index",),
)


@of_array
def set_at(x: Any, index: Any, values: Any) -> Numeric:
    """Return a copy of ``x`` with ``values`` in place of the elements at ``index``.

    Parameters
    ----------
    x : array or Tensor
    index : int, slice, Ellipsis, None, array of int, array of bool, or a tuple of them
        As in ``x[index]``. Where it takes an element twice, the last value stays.
    values : number, array or Tensor
        Broadcast to the shape of ``x[index]``.

    Returns
    -------
    array or Tensor, of the shape and dtype of ``x``

    Examples
    --------
    >>> from autograd import Tensor, set_at
    >>> x = Tensor([1.0, 2.0, 3.0])
    >>> y = set_at(x, 1, 0.0)
    >>> y.data
    array([1., 0., 3.])
    >>> y.sum().backward()
    >>> x.grad
    array([1., 0., 1.])
    """
    return _set_at(operand(x), operand(values), index=fixed(index))


def _added(x: Any, values: Any, *, index: Any) -> Any:
    out = x.copy()
    add_into(out, index, values)
    return out


_add_at = structural(
    "add_at",
    _added,
    lambda g, x, values, z, *, index: (g, g[index]),
    arity=2,
    linear=True,
    symbol="[ ] +",
    doc="A copy of x with the values added to the elements at an index; repeats add up.",
    batched=at_index,
    arrays=("index",),
)


@of_array
def add_at(x: Any, index: Any, values: Any) -> Numeric:
    """Return a copy of ``x`` with ``values`` added at ``index``; where it repeats, all are added.

    Parameters
    ----------
    x : array or Tensor
    index : int, slice, Ellipsis, None, array of int, array of bool, or a tuple of them
        As in ``x[index]``.
    values : number, array or Tensor
        Broadcast to the shape of ``x[index]``.

    Returns
    -------
    array or Tensor, of the shape and dtype of ``x``

    Examples
    --------
    >>> from autograd import Tensor, add_at
    >>> add_at(Tensor([1.0, 2.0, 3.0]), [0, 0], [10.0, 20.0]).data
    array([31.,  2.,  3.])
    """
    return _add_at(operand(x), operand(values), index=fixed(index))
