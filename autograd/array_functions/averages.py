"""Averages with weights, ranges, covariances and correlations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.array_functions.reading import reads_numbers
from autograd.node.node import raw
from autograd.ops.diagonals import diagonal
from autograd.ops.exponential import sqrt
from autograd.ops.extremes import clip
from autograd.ops.joining import concatenate
from autograd.ops.products import dot_arrays
from autograd.ops.reduction import max, mean, min, sum
from autograd.ops.scalars import operand
from autograd.ops.shape import Axis, broadcast_to, reshape, transpose
from autograd.rules.op_registry import stands_for


@stands_for(np.ptp)
def _ptp(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    return max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims)


@stands_for(np.average)
@reads_numbers
def _average(
    a: Any, axis: Axis = None, weights: Any = None, returned: bool = False, *,
    keepdims: bool = False,
) -> Any:  # fmt: skip
    x = operand(a)
    if weights is None:
        found = mean(x, axis, keepdims=keepdims)
        count = raw(x).size / np.maximum(np.size(raw(found)), 1)
        return (found, np.full(found.shape, count)) if returned else found
    w = _weights_like(operand(weights), x, axis)
    total = sum(w, axis, keepdims=keepdims)
    if np.any(raw(total) == 0):
        raise ZeroDivisionError("average: the weights sum to 0")
    found = sum(x * w, axis, keepdims=keepdims) / total
    return (found, broadcast_to(total, found.shape)) if returned else found


def _weights_like(w: Any, x: Any, axis: Axis) -> Any:
    """Return weights with as many axes as x has: given along the axes that are averaged over."""
    if w.shape == x.shape:
        return w
    if axis is None:
        raise TypeError(f"average takes an axis for weights of shape {w.shape} of {x.shape}")
    axes = normalize_axis_tuple(axis, x.ndim)
    if w.shape != tuple(x.shape[k] for k in axes):
        raise ValueError(f"average: weights of shape {w.shape} don't fit axes {axes} of {x.shape}")
    in_order = transpose(w, np.argsort(axes).tolist())
    whole = reshape(in_order, tuple(n if k in axes else 1 for k, n in enumerate(x.shape)))
    return broadcast_to(whole, x.shape)


# Covariance --------------------------------------------------------------------------------------


@stands_for(np.cov)
def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
) -> Any:
    x = _in_rows(m, rowvar)
    if y is not None:
        x = concatenate([x, _in_rows(y, rowvar or np.shape(raw(y))[:1] == (1,))])
    free = (0 if bias else 1) if ddof is None else ddof
    w, fact = _weights(fweights, aweights, x.shape[1], free)
    if w is None:
        ahead = weighted = x - mean(x, 1, keepdims=True)
    else:
        ahead = x - sum(x * w, 1, keepdims=True) / np.sum(w)
        weighted = ahead * w
    found = dot_arrays(ahead, transpose(weighted)) / fact
    return reshape(found, ()) if found.size == 1 else found


def _in_rows(m: Any, rowvar: bool) -> Any:
    x = operand(m)
    if x.ndim > 2:
        raise ValueError(f"cov takes one variable or rows of them, got {x.ndim} axes")
    if x.ndim < 2:
        return reshape(x, (1, x.size))
    return x if rowvar else transpose(x)


def _weights(fweights: Any, aweights: Any, count: int, free: int) -> tuple[Any, Any]:
    """Return the weights, and what the sums of products are divided by (NumPy's ``cov``)."""
    w: Any = None
    for given in (fweights, aweights):
        if given is not None:
            each = np.asarray(given, float)
            if each.shape != (count,) or (each < 0).any():
                raise ValueError(f"cov takes {count} weights, from 0 on, got {given!r}")
            w = each if w is None else w * each
    if w is None:
        fact = count - free
    elif free == 0:
        fact = w.sum()
    elif aweights is None:
        fact = w.sum() - free
    else:
        fact = w.sum() - free * (w * np.asarray(aweights, float)).sum() / w.sum()
    return w, np.float64(np.maximum(fact, 0))


@stands_for(np.corrcoef)
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    c = _cov(x, y, rowvar)
    if not c.ndim:
        return c / c
    deviations = sqrt(diagonal(c))
    found = c / reshape(deviations, (-1, 1)) / reshape(deviations, (1, -1))
    return clip(found, -1.0, 1.0)
