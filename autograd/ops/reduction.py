"""Reductions over axes, such as sum, mean and max; and functions along an axis: cumsum, sort.

Variances are in ``spread.py``, norms in ``norm.py``; logsumexp and softmax are in ``softmax.py``. A
pullback may leave its result smaller than the operand: the walk broadcasts it.
"""

from __future__ import annotations

from math import nan
from math import prod as product
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.node.node import Node, raw
from autograd.numbers.protocols import Numeric
from autograd.ops.indexing import scatter, take_along_axis
from autograd.ops.scalars import operand
from autograd.ops.shape import Axis, flip, moveaxis, own_axes
from autograd.ops.wide import in_float32, pulled_in_float32
from autograd.rules.batch_rules import along_axes, at_leading_axes
from autograd.rules.chain_rule import choose, times
from autograd.rules.define import structural
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_array

Shape = tuple[int, ...]


# Axes --------------------------------------------------------------------------------------------


def kept(z: Any, like: Any, axis: Axis) -> Any:
    """Return a reduction's result, or its cotangent, with the reduced axes kept at length 1."""
    if axis is None or z.ndim == like.ndim:
        return z
    return z.reshape(kept_shape(like.shape, axis))


def kept_shape(shape: Shape, axis: Axis) -> Shape:
    """Return the shape after a reduction that keeps the axes at length 1."""
    if axis is None or not shape:
        return (1,) * len(shape)
    reduced = normalize_axis_tuple(axis, len(shape))
    return tuple(1 if k in reduced else n for k, n in enumerate(shape))


def dropped(z: Any, axis: Axis) -> Any:
    """Return the result of a reduction that kept the axes, without them."""
    if axis is None:
        return z.reshape(())[()]
    reduced = normalize_axis_tuple(axis, z.ndim)
    return z.reshape(tuple(n for k, n in enumerate(z.shape) if k not in reduced))[()]


def length(shape: Shape, axis: Axis) -> int:
    """Return how many elements a reduction over ``axis`` takes together."""
    if axis is None:
        return product(shape)
    return product(shape[k] for k in normalize_axis_tuple(axis, len(shape)))


def to_last(x: Any, axis: Axis) -> Any:
    """Return ``x`` with the axes to reduce flattened into one, the last."""
    if axis == -1 and x.ndim:
        return x
    if axis is None or not x.ndim:
        return x.reshape(-1)
    reduced = normalize_axis_tuple(axis, x.ndim)
    others = tuple(k for k in range(x.ndim) if k not in reduced)
    shape = tuple(x.shape[k] for k in others)
    return x.transpose(others + reduced).reshape((*shape, length(x.shape, axis)))


def from_last(x: Any, shape: Shape, axis: Axis) -> Any:
    """Undo ``to_last``: ``shape`` is the shape before it."""
    if axis == -1 and shape:
        return x
    if axis is None or not shape:
        return x.reshape(shape)
    reduced = normalize_axis_tuple(axis, len(shape))
    order = tuple(k for k in range(len(shape)) if k not in reduced) + reduced
    moved = x.reshape(tuple(shape[k] for k in order))
    return moved.transpose(tuple(np.argsort(order).tolist()))


# Sums --------------------------------------------------------------------------------------------

_sum = structural(
    "sum",
    in_float32(lambda x, *, axis=None, keepdims=False: x.sum(axis=axis, keepdims=keepdims)),
    lambda g, x, z, *, axis=None, keepdims=False: (kept(g, x, axis),),
    symbol="Σ",
    latex=r"\sum {x}",
    linear=True,
    doc="The sum over axes.",
    batched=along_axes,
)


@stands_for(np.sum)
@of_array
def sum(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Numeric:
    """Return the sum of the elements over ``axis``: over all of them by default.

    Parameters
    ----------
    x : array or Tensor
    axis : int, tuple of int or None
        The axes to reduce; None is all.
    keepdims : bool
        Whether the reduced axes stay, with length 1.

    Examples
    --------
    >>> from autograd import Tensor, sum
    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> (sum(x, axis=1) * [10.0, 20.0]).sum().backward()
    >>> x.grad  # a row's cotangent goes to each of its elements
    array([[10., 10.],
           [20., 20.]])
    """
    return _sum(operand(x), axis=axis, keepdims=keepdims)


def _average(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    if x.size:
        return x.mean(axis=axis, keepdims=keepdims)
    return np.divide(x.sum(axis=axis, keepdims=keepdims), length(x.shape, axis))


_mean = structural(
    "mean",
    in_float32(_average),
    pulled_in_float32(
        lambda g, x, z, *, axis=None, keepdims=False: (kept(g, x, axis) / length(x.shape, axis),)
    ),
    latex=r"\overline{{{x}}}",
    linear=True,
    doc="The average over axes.",
    batched=along_axes,
)


@stands_for(np.mean)
@of_array
def mean(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Numeric:
    """Return the average of the elements over ``axis``: nan of none.

    Examples
    --------
    >>> from autograd import grad, mean
    >>> grad(mean)([1.0, 2.0, 3.0, 6.0])  # 1/n each
    [0.25, 0.25, 0.25, 0.25]
    """
    return _mean(x := operand(x), axis=own_axes(x, axis), keepdims=keepdims)


def _cumsum_pullback(g: Any, x: Any, z: Any, *, axis: int) -> tuple[Any]:
    return (flip(_cumsum(flip(g, axis), axis=axis), axis),)


_cumsum = structural(
    "cumsum",
    in_float32(lambda x, *, axis: x.cumsum(axis)),
    pulled_in_float32(_cumsum_pullback),
    linear=True,
    doc="Running sums along an axis.",
    batched=along_axes,
)


@stands_for(np.cumsum)
@of_array
def cumsum(x: Any, axis: int | None = None) -> Numeric:
    """Return the running sums along ``axis``; of the flattened array for None.

    Examples
    --------
    >>> from autograd import Tensor, cumsum
    >>> x = Tensor([1.0, 2.0, 3.0])
    >>> cumsum(x).sum().backward()
    >>> cumsum(x).data, x.grad  # the first element is in all three sums
    (array([1., 3., 6.]), array([3., 2., 1.]))
    """
    x = operand(x)
    return _cumsum(x.reshape(-1), axis=0) if axis is None else _cumsum(x, axis=axis)


# Products ----------------------------------------------------------------------------------------


def _products_of_others(x: Any) -> Any:
    before, after = np.ones_like(x), np.ones_like(x)
    before[..., 1:] = x[..., :-1].cumprod(-1)
    after[..., :-1] = x[..., :0:-1].cumprod(-1)[..., ::-1]
    return before * after


def _others_pullback(g: Any, x: Any, z: Any) -> tuple[Any]:
    """Pass ∂(Π_{k≠i} x_k)/∂x_j, the product without both, for every i and j at once.

    Row i of the matrix below is x with 1 in place of x_i.
    """
    itself = np.eye(x.shape[-1], dtype=bool)
    rows = choose(itself, 1.0, x[..., None, :])
    return (choose(itself, 0.0, times(g[..., None], _others(rows))).sum(axis=-2),)


_others = structural(
    "products_of_others",
    _products_of_others,
    _others_pullback,
    doc="For each element along the last axis, the product of all others: no division.",
    batched=at_leading_axes,
)

_prod = structural(
    "prod",
    in_float32(lambda x, *, axis=None, keepdims=False: x.prod(axis=axis, keepdims=keepdims)),
    pulled_in_float32(
        lambda g, x, z, *, axis=None, keepdims=False: (
            times(kept(g, x, axis), from_last(_others(to_last(x, axis)), x.shape, axis)),
        )
    ),
    symbol="Π",
    latex=r"\prod {x}",
    doc="The product over axes.",
    batched=along_axes,
)


@stands_for(np.prod)
@of_array
def prod(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Numeric:
    """Return the product of the elements over ``axis``; its gradient is right for any zeros.

    Examples
    --------
    >>> from autograd import grad, prod
    >>> grad(prod)([2.0, 0.0, 5.0])  # the product of the others
    [0.0, 10.0, 0.0]
    """
    return _prod(x := operand(x), axis=own_axes(x, axis), keepdims=keepdims)


# Extremes ----------------------------------------------------------------------------------------


def _share(g: Any, x: Any, z: Any, *, axis: Axis = None, keepdims: bool = False) -> tuple[Any]:
    """Share the cotangent equally between all elements that equal the extreme.

    The slope is nan in every element that was compared with a nan.
    """
    g, extreme = kept(g, x, axis), kept(raw(z), x, axis)
    chosen = raw(x) == extreme
    count = chosen.sum(axis=axis, keepdims=True, dtype=raw(x).dtype)
    unordered = extreme != extreme
    if not np.any(unordered):
        return (choose(chosen, g / count, 0.0),)
    return (choose(unordered, times(g, nan), choose(chosen, g / count, 0.0)),)


_max = structural(
    "max",
    lambda x, *, axis=None, keepdims=False: x.max(axis=axis, keepdims=keepdims),
    _share,
    latex=r"\max {x}",
    doc="The largest over axes.",
    batched=along_axes,
)
_min = structural(
    "min",
    lambda x, *, axis=None, keepdims=False: x.min(axis=axis, keepdims=keepdims),
    _share,
    latex=r"\min {x}",
    doc="The smallest over axes.",
    batched=along_axes,
)


def _refuse_operand(axis: Any, both: str) -> None:
    """Raise TypeError for a number in place of an axis: Python's max takes several numbers."""
    if isinstance(axis, (float, Node)):
        raise TypeError(
            f"axis must be an integer or a tuple of them, got {axis!r}: of two numbers it is "
            f"autograd.{both}(x, y)"
        )


@stands_for(np.max, np.amax)
@of_array
def max(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Numeric:
    """Return the largest element over ``axis``; those that tie share the gradient equally.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad, max
    >>> grad(max)(np.array([1.0, 7.0, 7.0]))
    array([0. , 0.5, 0.5])
    """
    _refuse_operand(axis, "maximum")
    return _max(operand(x), axis=axis, keepdims=keepdims)


@stands_for(np.min, np.amin)
@of_array
def min(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Numeric:
    """Return the smallest element over ``axis``; those that tie share the gradient equally.

    Examples
    --------
    >>> from autograd import min
    >>> min([[3.0, 1.0], [5.0, 8.0]], axis=1, keepdims=True)
    array([[1.],
           [5.]])
    """
    _refuse_operand(axis, "minimum")
    return _min(operand(x), axis=axis, keepdims=keepdims)


# Order -------------------------------------------------------------------------------------------


def _sort_pullback(g: Any, x: Any, z: Any, *, axis: int = -1) -> tuple[Any]:
    places = np.argsort(np.argsort(raw(x), axis, kind="stable"), axis)
    passed = take_along_axis(level(g, raw(z), axis), places, axis)
    unordered = (raw(z) != raw(z)).any(axis=axis, keepdims=True)
    if not unordered.any():
        return (passed,)
    return (choose(unordered, times(g, nan).sum(axis=axis, keepdims=True), passed),)


def level(g: Any, z: Any, axis: int) -> Any:
    """Return ``g`` averaged over each run of equal elements in the sorted ``z``."""
    z = np.moveaxis(z, axis, -1)
    starts = np.ones(z.shape, bool)
    starts[..., 1:] = z[..., 1:] != z[..., :-1]
    if starts.all():
        return g
    run = np.cumsum(starts).reshape(z.shape) - 1
    sums = scatter(moveaxis(g, axis, -1), shape=(int(starts.sum()),), index=run)
    means = sums / np.bincount(run.ravel()).astype(z.dtype)
    return moveaxis(means[run], -1, axis)


_sort = structural(
    "sort",
    lambda x, *, axis=-1: np.sort(x, axis),
    _sort_pullback,
    doc="The elements in ascending order along an axis.",
    batched=along_axes,
)


@stands_for(np.sort)
@of_array
def sort(x: Any, axis: int | None = -1, *, descending: bool = False) -> Numeric:
    """Return the elements in ascending or descending order along ``axis``; flattened for None.

    Equal elements share their gradients equally, as for ``max``.

    Examples
    --------
    >>> from autograd import Tensor, sort
    >>> x = Tensor([30.0, 10.0, 20.0])
    >>> (sort(x) * [1.0, 2.0, 3.0]).sum().backward()
    >>> x.grad  # each element's place in the order
    array([3., 1., 2.])
    """
    x = operand(x)
    x, axis = (x.reshape(-1), 0) if axis is None else (x, axis)
    ordered: Numeric = _sort(x, axis=axis)
    return flip(ordered, axis) if descending else ordered
