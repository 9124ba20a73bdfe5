"""Ops that move elements: reshape, transpose. ``joining.py`` joins; ``indexing.py`` selects.

Nearly all of them are linear, and none computes anything: a pullback moves the elements back.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd.node.node import Node, raw
from autograd.numbers.kinds import Rule, in_range
from autograd.numbers.per_sample import in_front
from autograd.numbers.protocols import Numeric
from autograd.ops.scalars import operand
from autograd.rules.batch_rules import Batch, along_axes, at_leading_axes, from_the_end
from autograd.rules.define import structural
from autograd.rules.op import Structural
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_array

Shape = tuple[int, ...]
Axis = int | tuple[int, ...] | None


def moving(name: str, function: Rule, pullback: Rule, doc: str, **more: Any) -> Structural:
    """Define an op that only moves elements about: it is linear."""
    return structural(name, function, pullback, linear=True, moves=True, doc=doc, **more)


@in_range
def along(axis: int, ndim: int, place: Any) -> tuple[Any, ...]:
    """Return the index that takes ``place`` along one axis and everything along the others."""
    return (slice(None),) * normalize_axis_index(axis, ndim) + (place,)


def of_shape(x: Any) -> Any:
    """Return an array of the shape of ``x``, to ask NumPy for another shape: one byte of memory."""
    return np.broadcast_to(np.int8(0), x.shape)


def own_axes(x: Any, axis: Axis) -> Axis:
    """Return the axes to reduce: in an array without axes, 0 and −1 stand for none, as in np.sum.

    NumPy's own mean, var and std refuse them there.
    """
    return () if not x.ndim and axis in (0, -1, (0,), (-1,)) else axis


def with_axis(x: Any, axis: int | None) -> tuple[Any, int]:
    """Return ``x`` and the axis to go along: flattened for None, and where it has no axis."""
    if axis is not None and x.ndim:
        return x, axis
    return x.reshape(-1), axis or 0


# Shapes ------------------------------------------------------------------------------------------


def _reshape_all(batch: Batch) -> Any:
    shape = np.empty(batch.shape(0), np.void).reshape(batch.setting("shape")).shape
    return batch.apply(batch.front(0), shape=(batch.size, *shape))


def _broadcast_all(batch: Batch) -> Any:
    given = batch.setting("shape")
    shape = (given,) if isinstance(given, int) else given
    return batch.apply(in_front(batch.front(0), len(shape)), shape=(batch.size, *shape))


_reshape = moving(
    "reshape",
    lambda x, *, shape: x.reshape(shape),
    lambda g, x, z, *, shape: (g.reshape(x.shape),),
    "The same elements in another shape.",
    batched=_reshape_all,
)


@stands_for(np.reshape)
@of_array
def reshape(x: Any, shape: int | Sequence[int], *, order: str = "C") -> Numeric:
    """Return the elements of ``x`` in another shape; one length may be −1, as in NumPy.

    In the order "C" the last axis changes fastest, in "F" the first.

    Examples
    --------
    >>> from autograd import Tensor, reshape
    >>> reshape(Tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), (2, -1)).data
    array([[1., 2., 3.],
           [4., 5., 6.]])
    """
    x = operand(x)
    if _first_changes_fastest(order):
        lengths = (shape,) if isinstance(shape, int) else tuple(shape)
        turned: Numeric = transpose(_reshape(transpose(x), shape=lengths[::-1]))
        return turned
    return _reshape(x, shape=shape if isinstance(shape, int) else tuple(shape))


def _first_changes_fastest(order: str) -> bool:
    if order not in ("C", "F"):
        raise ValueError(f"the order of elements is 'C' or 'F' here, got {order!r}")
    return order == "F"


@stands_for(np.ravel)
@of_array
def ravel(x: Any, *, order: str = "C") -> Numeric:
    """Return the elements of ``x`` in one dimension, the last axis changing fastest.

    In the order "F" it is the first axis.

    Examples
    --------
    >>> from autograd import ravel
    >>> ravel([[1.0, 2.0], [3.0, 4.0]], order="F")
    array([1., 3., 2., 4.])
    """
    x = operand(x)
    return _reshape(transpose(x) if _first_changes_fastest(order) else x, shape=-1)


@stands_for(np.squeeze)
@of_array
@in_range
def squeeze(x: Any, axis: Axis = None) -> Numeric:
    """Return ``x`` without its axes of length 1, or without those in ``axis``.

    Examples
    --------
    >>> from autograd import squeeze
    >>> squeeze([[[1.0], [2.0]]], axis=0).shape, squeeze([[[1.0], [2.0]]]).shape
    ((2, 1), (2,))
    """
    x = operand(x)
    return _reshape(x, shape=of_shape(x).squeeze(axis).shape)


@stands_for(np.expand_dims)
@of_array
@in_range
def expand_dims(x: Any, axis: int | tuple[int, ...]) -> Numeric:
    """Return ``x`` with new axes of length 1 at the positions ``axis`` of the result.

    Examples
    --------
    >>> from autograd import expand_dims
    >>> expand_dims([1.0, 2.0], axis=1).shape
    (2, 1)
    """
    x = operand(x)
    return _reshape(x, shape=np.expand_dims(of_shape(x), axis).shape)


_broadcast_to = moving(
    "broadcast_to",
    lambda x, *, shape: np.broadcast_to(x, shape),
    lambda g, x, z, *, shape: (g,),  # the walk sums it to the shape of x
    "The array repeated to a larger shape.",
    batched=_broadcast_all,
)


@stands_for(np.broadcast_to)
@of_array
def broadcast_to(x: Any, shape: int | Sequence[int]) -> Numeric:
    """Return ``x`` repeated to a larger shape by NumPy's rules of broadcasting.

    Examples
    --------
    >>> from autograd import Tensor, broadcast_to
    >>> x = Tensor([1.0, 2.0])
    >>> broadcast_to(x, (3, 2)).sum().backward()
    >>> x.grad  # each element is there three times
    array([3., 3.])
    """
    return _broadcast_to(operand(x), shape=shape if isinstance(shape, int) else tuple(shape))


_astype = structural(
    "astype",
    lambda x, *, dtype: x.astype(dtype, copy=False),
    lambda g, x, z, *, dtype: (g,),  # the walk casts it to the dtype of x
    linear=True,
    doc="The same numbers in another precision.",
    batched=at_leading_axes,
)


@stands_for(*[f for f in [getattr(np, "astype", None)] if f is not None])  # NumPy 2.1
@of_array
def astype(x: Any, dtype: Any) -> Numeric:
    """Return ``x`` in another floating dtype; TypeError if it is not one.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor, astype
    >>> astype(Tensor([0.5, 1.5]), np.float16).dtype
    dtype('float16')
    """
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise TypeError(
            f"astype to {dtype}: a Tensor holds floats; use x.data.astype({str(dtype)!r}) for a "
            "plain array, which carries no gradient"
        )
    x = operand(x)
    if x.dtype.kind == "c":
        raise TypeError(f"astype takes real numbers, got {x.dtype}: take .real first")
    return _astype(x, dtype=dtype)


_copy = moving(
    "copy",
    lambda x: x.copy(),
    lambda g, x, z: (g,),
    "The same elements, again.",
    batched=at_leading_axes,
)


@stands_for(np.copy)
@of_array
def copy(x: Any) -> Numeric:
    """Return a copy of ``x`` that gradients flow back through.

    Examples
    --------
    >>> from autograd import copy, grad
    >>> grad(lambda x: copy(x) * copy(x))(3.0)
    6.0
    """
    return _copy(operand(x))


def _stand_at_least(function: Rule) -> None:
    """Let reshape stand for NumPy's atleast_1d, which takes one array or more."""

    @stands_for(function)
    def at_least(*arrays: Any) -> Any:
        found = tuple([reshape(x, function(of_shape(operand(x))).shape) for x in arrays])
        return found[0] if len(found) == 1 else found


for _function in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    _stand_at_least(_function)


@stands_for(np.full_like)
def _full_like_as_numpy(a: Any, fill_value: Any, dtype: Any = None) -> Any:
    if isinstance(fill_value, Node):
        return broadcast_to(fill_value, np.shape(raw(a)))
    return np.full_like(raw(a), fill_value, dtype)


# Order of the axes -------------------------------------------------------------------------------


def _transpose_all(batch: Batch) -> Any:
    ndim = batch.ndim(0)
    axes = batch.setting("axes")
    order = range(ndim)[::-1] if axes is None else normalize_axis_tuple(axes, ndim)
    return batch.apply(batch.front(0), axes=(0, *(k + 1 for k in order)))


_transpose = moving(
    "transpose",
    lambda x, *, axes=None: x.transpose(axes),
    lambda g, x, z, *, axes=None: (
        g.transpose() if axes is None else g.transpose(tuple(np.argsort(axes).tolist())),
    ),
    "The axes in another order.",
    symbol="ᵀ",
    latex="{x}^T",
    batched=_transpose_all,
)


@stands_for(np.transpose)
@of_array
@in_range
def transpose(x: Any, axes: Sequence[int] | None = None) -> Numeric:
    """Return ``x`` with its axes in the order ``axes``: reversed by default.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import transpose
    >>> transpose(np.zeros((2, 3, 4))).shape, transpose(np.zeros((2, 3, 4)), (0, 2, 1)).shape
    ((4, 3, 2), (2, 4, 3))
    """
    x = operand(x)
    if axes is None:
        return _transpose(x)
    return _transpose(x, axes=normalize_axis_tuple(axes, x.ndim, "axes"))


@stands_for(np.moveaxis)
@of_array
@in_range
def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Numeric:
    """Return ``x`` with the axes at ``source`` moved to ``destination``, the others in order.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import moveaxis
    >>> moveaxis(np.zeros((10, 28, 32, 3)), -1, 1).shape  # channels first
    (10, 3, 28, 32)
    """
    x = operand(x)
    places = np.moveaxis(np.empty(range(1, x.ndim + 1), np.void), source, destination).shape
    return _transpose(x, axes=tuple(place - 1 for place in places))


@stands_for(np.swapaxes)
@of_array
@in_range
def swapaxes(x: Any, axis1: int, axis2: int) -> Numeric:
    """Return ``x`` with two axes in each other's place.

    Examples
    --------
    >>> from autograd import swapaxes
    >>> swapaxes([[[1.0, 2.0, 3.0]]], -1, -2).shape
    (1, 3, 1)
    """
    x = operand(x)
    axes = list(range(x.ndim))
    first, second = normalize_axis_index(axis1, x.ndim), normalize_axis_index(axis2, x.ndim)
    axes[first], axes[second] = second, first
    return _transpose(x, axes=tuple(axes))


_flip: Structural = moving(
    "flip",
    lambda x, *, axis=None: np.flip(x, axis),
    lambda g, x, z, *, axis=None: (_flip(g, axis=axis),),
    "The elements in reverse order along axes.",
    batched=along_axes,
)


@stands_for(np.flip)
@of_array
def flip(x: Any, axis: Axis = None) -> Numeric:
    """Return ``x`` in reverse order along ``axis``: along all by default.

    Examples
    --------
    >>> from autograd import flip
    >>> flip([1.0, 2.0, 3.0])
    array([3., 2., 1.])
    """
    return _flip(operand(x), axis=axis)


def _roll_back(g: Any, x: Any, z: Any, *, shift: Any, axis: Axis = None) -> tuple[Any]:
    return (roll(g, np.negative(shift), axis),)


def _roll_all(batch: Batch) -> Any:
    x, axis = batch.front(0), batch.setting("axis")
    if axis is not None:
        return batch.apply(x, axis=from_the_end(axis, batch.ndim(0)))
    return batch.apply(x.reshape((batch.size, prod(x.shape[1:]))), axis=-1).reshape(x.shape)


_roll = moving(
    "roll",
    lambda x, *, shift, axis=None: np.roll(x, shift, axis),
    _roll_back,
    "The elements moved along axes; those moved out come in at the other end.",
    batched=_roll_all,
)


@stands_for(np.roll)
@of_array
def roll(x: Any, shift: Any, axis: Axis = None) -> Numeric:
    """Return ``x`` with elements moved by ``shift`` along ``axis``; flattened for None.

    Examples
    --------
    >>> from autograd import roll
    >>> roll([1.0, 2.0, 3.0], 1)  # the last comes first
    array([3., 1., 2.])
    """
    found = np.asarray(shift)
    if found.dtype.kind not in "iu":
        raise TypeError(f"roll moves by whole numbers, got a shift of {found.dtype}: {shift!r}")
    places = found.tolist()
    return _roll(operand(x), shift=tuple(places) if isinstance(places, list) else places, axis=axis)
