"""Reductions of NumPy with ``where=`` and ``initial=``: what the mask leaves out gets nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from math import inf
from typing import Any

import numpy as np

from autograd.node.node import Node, raw
from autograd.numbers.per_sample import of_all_samples, plain_array
from autograd.ops.arithmetic import add, mul
from autograd.ops.extremes import maximum, minimum
from autograd.ops.norm import norm
from autograd.ops.reduction import kept_shape, max, min, prod, sum, to_last
from autograd.ops.scalars import operand
from autograd.ops.selection import where as choose_where
from autograd.ops.shape import Axis, broadcast_to, own_axes, reshape

Reduction = Callable[..., Any]

# What stands for an element that is left out, and how a start is put to the result.
_FOLDS: dict[Any, tuple[float, Any, Any]] = {
    np.sum: (0.0, sum, add),
    np.prod: (1.0, prod, mul),
    np.max: (-inf, max, maximum),
    np.min: (inf, min, minimum),
}
_SAME = {np.amax: np.max, np.amin: np.min}


def masked(function: Any) -> Reduction | None:
    """Return the reduction that takes ``where=`` and ``initial=``; None for any other function."""
    function = _SAME.get(function, function)
    if function in _FOLDS:
        return _fold(*_FOLDS[function])
    return {np.mean: _mean, np.var: _var, np.std: _std}.get(function) or _skipping(function)


def _skipping(function: Any) -> Reduction | None:
    """Return such a reduction for a function that skips nan: nan is left out as by ``where=``."""
    plain = {np.nansum: np.sum, np.nanprod: np.prod, np.nanmax: np.max, np.nanmin: np.min,
             np.nanmean: np.mean, np.nanvar: np.var, np.nanstd: np.std}.get(function)  # fmt: skip
    reduction = masked(plain)
    if reduction is None:
        return None

    @wraps(reduction)  # its keywords are what NumPy's are compared with
    def skipping(a: Any, axis: Axis = None, *, where: Any = True, **how: Any) -> Any:
        there = raw(operand(a)) == raw(operand(a))
        return reduction(a, axis, where=_mask(where) & there, **how)

    return skipping


def _mask(where: Any) -> Any:
    if isinstance(where, Node):
        raise TypeError("where= takes booleans, got a node: compare first, as in where=x > 0")
    return plain_array(where).astype(bool, copy=False)


def _kept(x: Any, where: Any, otherwise: float) -> Any:
    mask = _mask(where)
    if of_all_samples(mask).all():
        return x
    return choose_where(np.broadcast_to(mask, x.shape), x, otherwise)


def _fold(neutral: float, reduce: Reduction, join: Any) -> Reduction:
    def reduction(
        a: Any, axis: Axis = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
    ) -> Any:
        x = operand(a)
        if initial is None and abs(neutral) == inf and not of_all_samples(_mask(where)).all():
            raise ValueError("max and min with where= need initial=: all may be left out")
        if not x.size and initial is not None:
            shape = np.sum(np.empty(x.shape), axis, keepdims=keepdims).shape
            return broadcast_to(operand(initial), shape)
        found = reduce(_kept(x, where, neutral), axis, keepdims=keepdims)
        return found if initial is None else join(found, initial)

    return reduction


def _count(x: Any, axis: Axis, where: Any, keepdims: bool) -> Any:
    mask = np.broadcast_to(_mask(where), x.shape)
    return mask.sum(own_axes(x, axis), keepdims=keepdims).astype(raw(x).dtype)


def _mean(a: Any, axis: Axis = None, *, keepdims: bool = False, where: Any = True) -> Any:
    x = operand(a)
    return sum(_kept(x, where, 0.0), axis, keepdims=keepdims) / _count(x, axis, where, keepdims)


def _deviations(x: Any, axis: Axis, where: Any) -> Any:
    middle = _mean(x, axis, keepdims=True, where=where)
    return _kept(x - middle, where, 0.0)


def _free(x: Any, axis: Axis, where: Any, keepdims: bool, ddof: float) -> Any:
    free = _count(x, axis, where, keepdims) - ddof
    return np.where(free > 0, free, np.nan)


def _var(
    a: Any, axis: Axis = None, *, ddof: float = 0, correction: float | None = None,
    keepdims: bool = False, where: Any = True,
) -> Any:  # fmt: skip
    x, ddof = operand(a), ddof if correction is None else correction
    ahead = _deviations(x, axis, where)
    return sum(ahead * ahead, axis, keepdims=keepdims) / _free(x, axis, where, keepdims, ddof)


def _std(
    a: Any, axis: Axis = None, *, ddof: float = 0, correction: float | None = None,
    keepdims: bool = False, where: Any = True,
) -> Any:  # fmt: skip
    x, ddof = operand(a), ddof if correction is None else correction
    free = _free(x, axis, where, keepdims, ddof)
    ahead = _deviations(x, axis, where)
    found = norm(to_last(ahead, axis), axis=-1)
    root = np.sqrt(free)
    return (reshape(found, kept_shape(x.shape, axis)) if keepdims else found) / root
