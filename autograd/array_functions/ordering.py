"""Functions of the order of elements: median, quantiles, partition and the largest few."""

from __future__ import annotations

from math import inf, nan
from operator import index
from typing import Any

import numpy as np

from autograd.array_functions.reading import reads_numbers
from autograd.node.node import Node, raw
from autograd.numbers.per_sample import of_all_samples
from autograd.numbers.protocols import Numeric
from autograd.ops.indexing import take_along_axis
from autograd.ops.reduction import kept_shape, sort, to_last
from autograd.ops.scalars import operand
from autograd.ops.selection import where
from autograd.ops.shape import Axis, astype, flip, moveaxis, reshape, with_axis
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_array


@stands_for(np.partition)
@reads_numbers
def _partition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect") -> Any:
    x, axis = with_axis(operand(a), axis) if axis is None else (operand(a), axis)
    how: Any = kind
    numbers = np.partition(raw(x), kth, axis, how)
    ranks = np.argsort(np.argsort(numbers, axis, kind="stable"), axis, kind="stable")
    return take_along_axis(sort(x, axis), ranks, axis)


@of_array
def topk(x: Any, k: int, axis: int = -1, *, largest: bool = True) -> Numeric:
    """Return the ``k`` largest elements along ``axis``, the largest first; or the smallest ones.

    Equal elements share their gradients equally, as for ``max``; their positions are
    ``argsort(x)[..., ::-1][..., :k]``.

    Parameters
    ----------
    x : array or Tensor
    k : int
    axis : int
    largest : bool
        False for the smallest ones.

    Raises
    ------
    ValueError
        If there are fewer than ``k`` elements.

    Examples
    --------
    >>> from autograd import Tensor, topk
    >>> x = Tensor([3.0, 1.0, 4.0, 1.5])
    >>> top = topk(x, 2)
    >>> top.data
    array([4., 3.])
    >>> top.sum().backward()
    >>> x.grad
    array([1., 0., 1., 0.])
    """
    x = operand(x)
    n, k = x.shape[axis], index(k)
    if not 0 <= k <= n:
        raise ValueError(f"topk takes from 0 to {n} elements of {n}, got k={k}")
    ordered = moveaxis(sort(x, axis), axis, -1)
    chosen: Numeric = flip(ordered, -1)[..., :k] if largest else ordered[..., :k]
    top: Numeric = moveaxis(chosen, -1, axis)
    return top


# Quantiles ---------------------------------------------------------------------------------------


@stands_for(np.median)
@reads_numbers
@of_array
def median(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Numeric:
    """Return the middle element over ``axis``, or the average of the two in the middle.

    Equal elements share the gradient equally, as for ``max``.

    Examples
    --------
    >>> from autograd import Tensor, median
    >>> x = Tensor([5.0, 1.0, 3.0, 2.0])
    >>> median(x).backward()
    >>> x.grad
    array([0. , 0. , 0.5, 0.5])
    """
    found: Numeric = _quantile(operand(x), np.float64(0.5), axis, "linear", keepdims, skips=False)
    return found


@stands_for(np.quantile)
@reads_numbers
@of_array
def quantile(
    x: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False
) -> Numeric:
    """Return the elements, or numbers between them, below which a share ``q`` of ``x`` is.

    Parameters
    ----------
    x : array or Tensor
    q : float or array of float
        From 0 to 1: not differentiated. An array's axes come first in the result.
    axis : int, tuple of int or None
        What to take together.
    method : str
        How to go between two elements: NumPy's names.
    keepdims : bool
        Whether the axes stay, with length 1.

    Returns
    -------
    array or Tensor
        Equal elements share the gradient equally, as for ``max``.

    Examples
    --------
    >>> from autograd import Tensor, quantile
    >>> x = Tensor([5.0, 1.0, 3.0])
    >>> quantile(x, 0.25).backward()
    >>> x.grad
    array([0. , 0.5, 0.5])
    """
    found: Numeric = _quantile(operand(x), _share(q, 1), axis, method, keepdims, skips=False)
    return found


@stands_for(np.percentile)
@reads_numbers
def _percentile(
    a: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    return _quantile(operand(a), _share(q, 100), axis, method, keepdims, skips=False)


@stands_for(np.nanmedian)
@reads_numbers
def _nanmedian(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    return _quantile(operand(a), np.float64(0.5), axis, "linear", keepdims, skips=True)


@stands_for(np.nanquantile)
@reads_numbers
def _nanquantile(
    a: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    return _quantile(operand(a), _share(q, 1), axis, method, keepdims, skips=True)


@stands_for(np.nanpercentile)
@reads_numbers
def _nanpercentile(
    a: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    return _quantile(operand(a), _share(q, 100), axis, method, keepdims, skips=True)


def _share(q: Any, whole: int) -> Any:
    if isinstance(q, Node):
        raise TypeError("a quantile's q isn't differentiated: give a plain number, q.data")
    shares = np.asarray(q, float) / whole
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(f"a quantile's q is from 0 to {whole}, got {q}")
    return shares


def _quantile(x: Any, q: Any, axis: Axis, method: str, keepdims: bool, *, skips: bool) -> Any:
    """Return quantiles of the ordered rows. A row with nan is nan, unless those are skipped."""
    rows = to_last(x, axis)
    if not rows.shape[-1]:
        raise ValueError(f"medians and quantiles are of elements, got none: shape {x.shape}")
    is_nan = raw(rows) != raw(rows)
    counts = (~is_nan).sum(-1)
    if skips and of_all_samples(is_nan).any():
        rows = where(is_nan, inf, rows)  # behind all others, where no place is asked for
    if q.ndim:  # an array of q has a precision, a number hasn't
        rows = astype(rows, np.result_type(raw(rows), q))
    found = _at_places(sort(rows, -1), q, counts, method)
    if skips and not of_all_samples(counts).all():
        found = where(np.broadcast_to(counts == 0, found.shape), nan, found)
    return reshape(found, (*q.shape, *kept_shape(x.shape, axis))) if keepdims else found


def _at_places(ordered: Any, q: Any, counts: Any, method: str) -> Any:
    """Return what is at the quantiles' places in each row, the axes of q first."""
    last = ordered.shape[-1] - 1
    numbers = raw(ordered)
    how: Any = method
    at: Any = np.zeros((q.size, *counts.shape))
    for count in np.unique(of_all_samples(counts)).tolist():
        # Of the numbers 0, 1, 2 … NumPy's quantile is the place between elements that it means.
        places = np.quantile(np.arange(count), q.ravel(), method=how) if count else q.ravel()
        at = np.where(counts == count, np.reshape(places, (-1, *(1,) * counts.ndim)), at)
    at = np.where(numbers[..., -1] != numbers[..., -1], last, at)  # a nan comes last
    low = np.floor(at).astype(np.intp)
    share = (at - low).astype(numbers.dtype)
    a = _picked(ordered, low)
    if of_all_samples(share).any():
        b = _picked(ordered, np.minimum(low + 1, last))
        ahead = b - a
        between = where(share < 0.5, a + ahead * share, b - ahead * (1 - share))
        a = where(share == 0, a, between)
    return reshape(a, (*q.shape, *counts.shape))


def _picked(ordered: Any, places: Any) -> Any:
    """Return each row's elements at its own places, which are along the first axis."""
    return moveaxis(take_along_axis(ordered, np.moveaxis(places, 0, -1)), -1, 0)
