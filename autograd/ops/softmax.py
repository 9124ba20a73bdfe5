"""Averages by exponentials along axes: logsumexp, softmax, log_softmax.

All three take the largest element m out of the exponentials first, and compute with exp(x − m).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.op import Structural, structural
from autograd.ops.reduction import dropped, kept, kept_shape, to_last
from autograd.ops.scalars import operand
from autograd.ops.shape import Axis
from autograd.rule import times


def _below(x: Any, axis: Axis) -> tuple[Any, Any]:
    """Return the largest element m along ``axis`` and x − m, which is 0 for m, even if infinite."""
    m = x.max(axis=axis, keepdims=True)
    return m, x - m if x.dtype == object else np.where(x == m, 0, x - m)


def _log_of_sum(below: Any, axis: Axis) -> Any:
    """Return log Σ exp(x − m), to full precision also where the sum is hardly more than 1."""
    others = to_last(np.exp(below), axis)
    first = np.expand_dims(np.argmax(to_last(below, axis), -1), -1)
    np.put_along_axis(others, first, 0, -1)
    return np.log1p(others.sum(-1, keepdims=True)).reshape(kept_shape(below.shape, axis))


def _logsumexp_function(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    if not x.size:
        return np.log(np.exp(x).sum(axis=axis, keepdims=keepdims))
    m, below = _below(x, axis)
    z = m + _log_of_sum(below, axis)
    return z if keepdims else dropped(z, axis)


_logsumexp = structural(
    "logsumexp",
    _logsumexp_function,
    lambda g, x, z, *, axis=None, keepdims=False: (
        times(kept(g, x, axis), _softmax(x, axis=axis)),
    ),
    latex=r"\log \sum e^{{{x}}}",
    doc="log Σ exp(x) over axes, without overflow.",
)


def logsumexp(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Return log Σ exp(x) over ``axis``, without overflow.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import logsumexp
    >>> logsumexp(np.array([1000.0, 1000.0])) - 1000.0 < 0.7
    np.True_
    """
    return _logsumexp(operand(x), axis=axis, keepdims=keepdims)


def _softmax_function(x: Any, *, axis: Axis = -1) -> Any:
    if not x.size:
        return x
    e = np.exp(_below(x, axis)[1])
    return e / e.sum(axis=axis, keepdims=True)


def _softmax_pullback(g: Any, x: Any, z: Any, *, axis: Axis = -1) -> tuple[Any]:
    passed = times(g, z)
    return (passed - z * passed.sum(axis=axis, keepdims=True),)


_softmax: Structural = structural(
    "softmax",
    _softmax_function,
    _softmax_pullback,
    doc="exp(x) / Σ exp(x) along axes.",
)


def softmax(x: Any, axis: Axis = -1) -> Any:
    """Return exp(x) / Σ exp(x) along ``axis``: positive numbers that sum to 1."""
    return _softmax(operand(x), axis=axis)


def _log_softmax_function(x: Any, *, axis: Axis = -1) -> Any:
    if not x.size:
        return x
    below = _below(x, axis)[1]
    return below - _log_of_sum(below, axis)


_log_softmax: Structural = structural(
    "log_softmax",
    _log_softmax_function,
    lambda g, x, z, *, axis=-1: (g - _softmax(x, axis=axis) * g.sum(axis=axis, keepdims=True),),
    doc="log softmax(x) along axes.",
)


def log_softmax(x: Any, axis: Axis = -1) -> Any:
    """Return log(softmax(x)) along ``axis``, precise also where the softmax is near 0 or 1."""
    return _log_softmax(operand(x), axis=axis)
