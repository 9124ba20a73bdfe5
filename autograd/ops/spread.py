"""Variance and standard deviation over axes: what is made of deviations from the mean."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.node.node import raw
from autograd.numbers.protocols import Numeric
from autograd.ops.arithmetic import div
from autograd.ops.reduction import dropped, kept, length
from autograd.ops.scalars import operand
from autograd.ops.scaling import exponents, is_safe
from autograd.ops.shape import Axis, astype, own_axes
from autograd.ops.wide import in_float32, pulled_in_float32
from autograd.rules.batch_rules import along_axes
from autograd.rules.chain_rule import choose, is_finite, times
from autograd.rules.define import structural
from autograd.rules.op import Structural
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_array


def _deviations_function(x: Any, *, axis: Axis = None) -> Any:
    """Return x − mean, also where the sum overflows."""
    found = _less_mean(x, axis)
    if x.dtype == object or is_finite(found) or not np.isfinite(x).all():
        return found
    bits = length(x.shape, axis).bit_length() + 1
    return np.ldexp(_less_mean(np.ldexp(x, -bits), axis), bits)


def _less_mean(x: Any, axis: Axis) -> Any:
    """Return x − mean, computed from x − x₀: of equal numbers this is exactly 0."""
    ahead = x - _first(x, axis)
    if x.size:
        ahead -= ahead.mean(axis=axis, keepdims=True)
    return ahead


def _first(x: Any, axis: Axis) -> Any:
    reduced = range(x.ndim) if axis is None or not x.ndim else normalize_axis_tuple(axis, x.ndim)
    return x[tuple([slice(0, 1) if k in reduced else slice(None) for k in range(x.ndim)])]


# Its own transpose.
deviations: Structural = structural(
    "deviations",
    _deviations_function,
    lambda g, x, z, *, axis=None: (deviations(g, axis=axis),),
    linear=True,
    doc="Each element less the average over axes.",
    batched=along_axes,
)


def _variance(x: Any, *, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    d = _deviations_function(x, axis=axis)
    free = length(x.shape, axis) - ddof
    d *= d
    return div(d.sum(axis=axis, keepdims=keepdims), free if free > 0 else 0)


def _root_of_variance(x: Any, *, axis: Axis = None, keepdims: bool = False, **ddof: float) -> Any:
    """Return the standard deviation, also where the variance overflows or underflows."""
    variance = _variance(x, axis=axis, keepdims=keepdims, **ddof)
    if x.dtype == object or is_safe(variance):
        return np.sqrt(variance)
    exponent = exponents(x, axis)
    found = np.sqrt(_variance(np.ldexp(x, -exponent), axis=axis, keepdims=True, **ddof))
    found = np.ldexp(found, exponent)
    return found if keepdims else dropped(found, axis)


def _variance_pullback(
    g: Any, x: Any, z: Any, *, axis: Axis = None, ddof: float = 0, keepdims: bool = False
) -> tuple[Any]:
    factor = deviations(x, axis=axis) * (2 / _free(x, axis, ddof))
    return (times(kept(g, x, axis), factor),)


def _free(x: Any, axis: Axis, ddof: float) -> float:
    free = length(x.shape, axis) - ddof
    return float(free) if free > 0 else float("nan")


def _std_pullback(
    g: Any, x: Any, z: Any, *, axis: Axis = None, ddof: float = 0, keepdims: bool = False
) -> tuple[Any]:
    if raw(x).dtype == np.float16:  # in float32, and from a result that isn't rounded to float16
        g, x = astype(g, np.float32), astype(x, np.float32)
        z = _std(x, axis=axis, ddof=ddof, keepdims=keepdims)
    factor = deviations(x, axis=axis) / (_nonzero(kept(z, x, axis)) * _free(x, axis, ddof))
    return (times(kept(g, x, axis), factor),)


def _nonzero(z: Any) -> Any:
    """Return the divisor for a norm's gradient x/z: inf for 0, so that it and its own are 0."""
    zero = raw(z) == 0
    return choose(zero, inf, z) if np.any(zero) else z


_var = structural(
    "var",
    in_float32(_variance),
    pulled_in_float32(_variance_pullback),
    doc="The variance over axes.",
    batched=along_axes,
)

_std: Structural = structural(
    "std",
    in_float32(_root_of_variance),
    _std_pullback,
    settings={"axis": None, "ddof": 0, "keepdims": False},
    doc="The standard deviation over axes; of equal numbers its gradient is 0.",
    batched=along_axes,
)


@stands_for(np.var)
@of_array
def var(
    x: Any,
    axis: Axis = None,
    *,
    ddof: float = 0,
    correction: float | None = None,
    keepdims: bool = False,
) -> Numeric:
    """Return the variance over ``axis``: Σ(x − mean)² / (n − ddof); ``correction`` is ddof too.

    Parameters
    ----------
    x : array or Tensor
    axis : int, tuple of int or None
        The axes to reduce; None is all.
    ddof, correction : number
        What is subtracted from n: 1 for an estimate from a sample.
    keepdims : bool
        Whether the reduced axes stay, with length 1.

    Examples
    --------
    >>> from autograd import var
    >>> float(var([1.0, 3.0])), float(var([1.0, 3.0], ddof=1))
    (1.0, 2.0)
    """
    ddof = ddof if correction is None else correction
    return _var(x := operand(x), axis=own_axes(x, axis), ddof=ddof, keepdims=keepdims)


@stands_for(np.std)
@of_array
def std(
    x: Any,
    axis: Axis = None,
    *,
    ddof: float = 0,
    correction: float | None = None,
    keepdims: bool = False,
) -> Numeric:
    """Return the standard deviation over ``axis``; of equal numbers its gradient is 0.

    Parameters
    ----------
    x, axis, ddof, correction, keepdims
        As for ``var``: it is its root.

    Examples
    --------
    >>> from autograd import grad, std
    >>> float(std([1.0, 3.0])), grad(std)([5.0, 5.0])
    (1.0, [0.0, 0.0])
    """
    ddof = ddof if correction is None else correction
    return _std(x := operand(x), axis=own_axes(x, axis), ddof=ddof, keepdims=keepdims)
