"""Running products and extremes along an axis, and the recurrence that their gradients are."""

from __future__ import annotations

import operator
from math import nan
from typing import Any

import numpy as np

from autograd.node.node import raw
from autograd.numbers.protocols import Numeric
from autograd.ops.joining import concatenate
from autograd.ops.reduction import cumsum
from autograd.ops.scalars import operand
from autograd.ops.shape import flip, moveaxis, with_axis
from autograd.ops.wide import in_float32, pulled_in_float32
from autograd.rules.batch_rules import along_axes, at_leading_axes
from autograd.rules.chain_rule import choose, times
from autograd.rules.define import structural
from autograd.rules.op import Structural
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_array


def _recur(a: Any, b: Any) -> Any:
    z = np.empty(b.shape, np.result_type(a, b))
    product = operator.mul if z.dtype == object else times
    if b.shape[-1]:
        z[..., 0] = b[..., 0]
    for k in range(1, b.shape[-1]):
        z[..., k] = product(z[..., k - 1], a[..., k]) + b[..., k]
    return z


def _shifted(x: Any, first: Any) -> Any:
    """Return ``x`` moved on by one along the last axis, with ``first`` in the gap."""
    gap = np.full((*x.shape[:-1], min(1, x.shape[-1])), first, raw(x).dtype)
    return concatenate([gap, x[..., :-1]], axis=-1)


def _backwards(a: Any, g: Any) -> Any:
    """Return t with t_k = g_k + a_{k+1} t_{k+1}: the recurrence's own transpose."""
    return flip(recurrence(_shifted(flip(a, -1), 0.0), flip(g, -1)), -1)


# z_k of it is linear in b, and in each a.
recurrence: Structural = structural(
    "recurrence",
    _recur,
    (
        lambda g, a, b, z: times(_backwards(a, g), _shifted(z, 0.0)),
        lambda g, a, b, z: _backwards(a, g),
    ),
    arity=2,
    doc="z_k = a_k z_{k−1} + b_k along the last axis, from z₀ = b₀.",
    batched=at_leading_axes,
)


# Products ----------------------------------------------------------------------------------------


def _cumprod_pullback(g: Any, x: Any, z: Any, *, axis: int) -> tuple[Any]:
    g, x, z = (moveaxis(each, axis, -1) for each in (g, x, z))
    return (moveaxis(times(_backwards(x, g), _shifted(z, 1.0)), -1, axis),)


_cumprod = structural(
    "cumprod",
    in_float32(lambda x, *, axis: x.cumprod(axis)),
    pulled_in_float32(_cumprod_pullback),
    doc="Running products along an axis.",
    batched=along_axes,
)


@stands_for(np.cumprod)
@of_array
def cumprod(x: Any, axis: int | None = None) -> Numeric:
    """Return the running products along ``axis``; of the flattened array for None.

    The gradient is right for any zeros: nothing is divided.

    Examples
    --------
    >>> from autograd import Tensor, cumprod
    >>> x = Tensor([2.0, 0.0, 3.0])
    >>> cumprod(x).sum().backward()
    >>> x.grad
    array([1., 8., 0.])
    """
    x, axis = with_axis(operand(x), axis)
    return _cumprod(x, axis=axis)


# Extremes ----------------------------------------------------------------------------------------


def _running_share(g: Any, x: Any, z: Any, *, axis: int) -> tuple[Any]:
    """Share each cotangent equally between the elements so far that equal the extreme.

    The slope is nan in every element that was compared with a nan.
    """
    numbers, extreme = (np.moveaxis(raw(each), axis, -1) for each in (x, z))
    g = moveaxis(g, axis, -1)
    chosen = numbers == extreme
    same = np.zeros(chosen.shape, bool)  # as the one before: no new extreme
    same[..., 1:] = extreme[..., 1:] == extreme[..., :-1]
    ties = _recur(same.astype(extreme.dtype), chosen.astype(extreme.dtype))
    unordered = extreme != extreme
    each = choose(unordered, 0.0, g / np.where(unordered, 1, ties))
    passed = choose(chosen, _backwards(same.astype(extreme.dtype), each), 0.0)
    if unordered.any():
        nans = choose(unordered, times(g, nan), 0.0)
        passed = passed + flip(cumsum(flip(nans, -1), -1), -1)
    return (moveaxis(passed, -1, axis),)


_cummax = structural(
    "cummax",
    lambda x, *, axis: np.maximum.accumulate(x, axis),
    _running_share,
    latex=r"\operatorname{{cummax}} {x}",
    doc="The largest so far, along an axis.",
    batched=along_axes,
)
_cummin = structural(
    "cummin",
    lambda x, *, axis: np.minimum.accumulate(x, axis),
    _running_share,
    latex=r"\operatorname{{cummin}} {x}",
    doc="The smallest so far, along an axis.",
    batched=along_axes,
)


@of_array
def cummax(x: Any, axis: int | None = None) -> Numeric:
    """Return the largest element so far along ``axis``; of the flattened array for None.

    Those so far that tie share the gradient equally. It is ``np.maximum.accumulate``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import cummax
    >>> print(cummax(np.array([1.0, 3.0, 2.0, 4.0])))
    [1. 3. 3. 4.]
    """
    x, axis = with_axis(operand(x), axis)
    return _cummax(x, axis=axis)


@of_array
def cummin(x: Any, axis: int | None = None) -> Numeric:
    """Return the smallest element so far along ``axis``; of the flattened array for None.

    Those so far that tie share the gradient equally. It is ``np.minimum.accumulate``.

    Examples
    --------
    >>> from autograd import cummin
    >>> cummin([3.0, 5.0, 1.0, 2.0])
    array([3., 3., 1., 1.])
    """
    x, axis = with_axis(operand(x), axis)
    return _cummin(x, axis=axis)
