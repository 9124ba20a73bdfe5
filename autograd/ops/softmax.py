"""Softmax and its relatives along an axis: logsumexp, softmax, log_softmax, cross_entropy.

All take the largest element m out of the exponentials first, and compute with exp(x − m); but
cross_entropy takes out that of the label, as long as nothing overflows. Of an object array of
Values m is a constant, on which the results don't depend; and it is found without a branch, so that
a recording of these can be replayed for other numbers.
"""

from __future__ import annotations

from functools import reduce as fold
from math import prod
from typing import Any

import numpy as np

from autograd.node.node import raw
from autograd.numbers.protocols import Numeric
from autograd.ops.exponential import exp, log, logaddexp
from autograd.ops.extremes import maximum
from autograd.ops.indexing import take_along_axis
from autograd.ops.reduction import dropped, from_last, kept, kept_shape, to_last
from autograd.ops.scalars import operand, own_copy
from autograd.ops.shape import Axis, astype, own_axes
from autograd.ops.shares import (
    ahead_of_largest,
    balance,
    largest_in,
    less_average,
    less_share,
    one_is_nearly_all,
)
from autograd.ops.wide import in_float32, pulled_in_float32
from autograd.rules.batch_rules import Batch, along_axes
from autograd.rules.chain_rule import choose, is_finite, times
from autograd.rules.define import structural
from autograd.rules.op import Structural
from autograd.rules.signatures import of_array


def _fold(op: Any, x: Any, axis: Axis) -> Any:
    """Reduce an object array along ``axis`` by an op of two operands, and keep the axis."""
    rows = to_last(x, axis)
    found = fold(op, (rows[..., k : k + 1] for k in range(rows.shape[-1])))
    return found.reshape(kept_shape(x.shape, axis))


_detached = np.frompyfunc(lambda x: x if raw(x) is x else x.detach(), 1, 1)


def _below(x: Any, axis: Axis) -> tuple[Any, Any]:
    """Return the largest element m along ``axis`` and x − m, which is 0 for m, even if infinite."""
    if x.dtype == object:
        m = _fold(maximum, np.asanyarray(_detached(x)), axis)
        return m, np.asanyarray(x - m)  # of one number NumPy makes no array
    last = axis == -1 and x.ndim > 0
    m = x.take(largest_in(x))[..., None] if last else x.max(axis=axis, keepdims=True)
    below = x - m if x.ndim else np.asarray(x - m)
    return m, below if is_finite(m) else np.where(x == m, 0, below)


def _log_of_sum(below: Any, axis: Axis) -> Any:
    """Return log Σ exp(x − m), to full precision also where the sum is hardly more than 1."""
    if below.dtype == object:
        return _fold(logaddexp, below, axis)
    rows = to_last(below, axis)
    others = np.asarray(np.exp(rows))
    others.put(largest_in(rows), 0)
    found = np.log1p(others.sum(-1, keepdims=True))
    return found if rows is below else found.reshape(kept_shape(below.shape, axis))


@in_float32
def _logsumexp_function(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    if not x.size:
        return np.log(np.exp(x).sum(axis=axis, keepdims=keepdims))
    if x.dtype == object:
        z = np.asarray(_fold(logaddexp, x, axis))
    else:
        m, below = _below(x, axis)
        z = np.asarray(m + _log_of_sum(below, axis))
    return z if keepdims else dropped(z, axis)


_logsumexp = structural(
    "logsumexp",
    _logsumexp_function,
    pulled_in_float32(
        lambda g, x, z, *, axis=None, keepdims=False: (
            times(kept(g, x, axis), _softmax(x, axis=axis)),
        )
    ),
    latex=r"\log \sum e^{{{x}}}",
    doc="log Σ exp(x) over axes, without overflow.",
    batched=along_axes,
)


@of_array
def logsumexp(x: Any, axis: Axis = None, *, b: Any = None, keepdims: bool = False) -> Numeric:
    """Return log Σ exp(x) over ``axis``, without overflow; with weights, log Σ b·exp(x).

    For the logarithm of a share, write ``log_softmax(x)[k]`` and not ``x[k] - logsumexp(x)``. The
    gradient of that adds 1 and −p from two nodes, and where p is nearly 1 no digit is left.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import logsumexp
    >>> logsumexp(np.array([1000.0, 1000.0])) - 1000.0 < 0.7
    np.True_
    """
    x = operand(x)
    axis = own_axes(x, axis)
    if b is not None:
        return _weighted(x, operand(b), axis, keepdims)
    return _logsumexp(x, axis=axis, keepdims=keepdims)


def _weighted(x: Any, b: Any, axis: Axis, keepdims: bool) -> Numeric:
    """Return log Σ b·exp(x), of which the largest element with a weight is taken out."""
    numbers = np.where(raw(b) == 0, -np.inf, raw(x))
    largest = numbers.max(axis=axis, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(largest), largest, 0)
    too_large = raw(x) - m > np.log(np.finfo(raw(x).dtype).max)  # what has no weight may be
    below = choose((raw(b) == 0) & too_large, 0.0, x - m)
    weighted = (b * exp(below)).sum(axis=axis, keepdims=True)
    found: Numeric = log(weighted) + m
    return found if keepdims else dropped(found, axis)


@in_float32
def _softmax_function(x: Any, *, axis: Axis = -1) -> Any:
    if not x.size:
        return x
    below = _below(x, axis)[1]
    if x.dtype == object:
        e = np.asanyarray(exp(below))
        return e / e.sum(axis=axis, keepdims=True)
    e = np.exp(below, below)
    e /= e.sum(axis=axis, keepdims=True)
    return e


def _softmax_pullback(g: Any, x: Any, z: Any, *, axis: Axis = -1) -> tuple[Any]:
    if raw(z).dtype == np.float16:  # in float32, and from shares that aren't rounded to float16
        g, x = astype(g, np.float32), astype(x, np.float32)
        z = _softmax(x, axis=axis)
    if type(g) is not np.ndarray or type(z) is not np.ndarray:
        return (times(less_average(g, z, axis=axis), z),)
    passed = g * z
    if not is_finite(passed):
        passed = times(g, z)
    elif one_is_nearly_all(z):
        # The slope is the same for a shifted cotangent: with 0 at the largest share, that share
        # isn't taken from 1.
        rows, shares = to_last(g, axis), to_last(z, axis)
        passed = from_last(ahead_of_largest(rows, shares) * shares, z.shape, axis)
    return (passed - z * passed.sum(axis=axis, keepdims=True),)


_softmax: Structural = structural(
    "softmax",
    _softmax_function,
    _softmax_pullback,
    doc="exp(x) / Σ exp(x) along axes.",
    batched=along_axes,
)


@of_array
def softmax(x: Any, axis: Axis = -1) -> Numeric:
    """Return exp(x) / Σ exp(x) along ``axis``: positive numbers that sum to 1.

    Parameters
    ----------
    x : array or Tensor
        Scores, of any size.
    axis : int, tuple of int or None

    Examples
    --------
    >>> from autograd import softmax
    >>> softmax([1000.0, 1000.0])
    array([0.5, 0.5])
    """
    return _softmax(x := operand(x), axis=own_axes(x, axis))


@in_float32
def _log_softmax_function(x: Any, *, axis: Axis = -1) -> Any:
    if not x.size:
        return x
    below = _below(x, axis)[1]
    below -= _log_of_sum(below, axis)
    return below


@pulled_in_float32
def _log_softmax_pullback(g: Any, x: Any, z: Any, *, axis: Axis = -1) -> tuple[Any]:
    if type(g) is not np.ndarray or type(x) is not np.ndarray:
        return (less_share(g, _softmax(x, axis=axis), axis=axis),)
    shares = _softmax_function(x, axis=axis)
    found = g - shares * g.sum(axis=axis, keepdims=True)
    if one_is_nearly_all(shares) and is_finite(found):
        rows = balance(to_last(found, axis), largest_in(to_last(shares, axis)))
        found = from_last(rows, x.shape, axis)
    return (found,)


_log_softmax: Structural = structural(
    "log_softmax",
    _log_softmax_function,
    _log_softmax_pullback,
    doc="log softmax(x) along axes.",
    batched=along_axes,
)


@of_array
def log_softmax(x: Any, axis: Axis = -1) -> Numeric:
    """Return log(softmax(x)) along ``axis``, precise also where the softmax is near 0 or 1.

    Examples
    --------
    >>> from autograd import log_softmax
    >>> log_softmax([0.0, 1000.0])  # the softmax is 0 and 1 in floats
    array([-1000.,     0.])
    """
    return _log_softmax(x := operand(x), axis=own_axes(x, axis))


# Of labels: one class in each row --------------------------------------------------------------


def _ahead_of_own(x: Any, labels: Any) -> tuple[Any, Any]:
    """Return x − the label's element, and the labels' places in C order."""
    own = np.arange(0, x.size, x.shape[-1]).reshape(labels.shape) + labels
    return x - x.take(own[..., None]), own


def _odds(ahead: Any, own: Any) -> tuple[Any, Any]:
    """Return the odds against a label, exp(ahead) and 0 for the label itself, and their sum.

    log(1 + sum) is the loss, however sure the row is of its label: nothing is taken from 1. The
    sum isn't finite if the label is so far behind that its own share is nothing, or for a nan.
    """
    odds = np.exp(ahead)
    odds.put(own, ahead.take(own))  # 0, or nan
    return odds, odds.sum(-1, keepdims=True)


def _cross_entropy_function(x: Any, *, labels: Any, mean: bool = False) -> Any:
    ahead, own = _ahead_of_own(x, labels)
    if x.dtype == object:
        ahead.put(own, 0.0)
        losses = _fold(logaddexp, ahead, -1)[..., 0]
    else:
        against = _odds(ahead, own)[1]
        losses = np.log1p(against)[..., 0]
        if not is_finite(against):
            finite = np.isfinite(against[..., 0])
            losses = np.where(finite, losses, -_log_softmax_function(x).take(own))
    return losses.sum() / labels.size if mean else losses


def _cross_entropy_pull(g: Any, x: Any, z: Any, *, labels: Any, mean: bool = False) -> Any:
    slope = _cross_entropy_slope_function if type(x) is np.ndarray else _cross_entropy_slope
    each = g / labels.size if mean else g[..., None]
    return times(each, slope(x, labels=labels))


def _cross_entropy_slope_function(x: Any, *, labels: Any) -> Any:
    ahead, own = _ahead_of_own(x, labels)
    if x.dtype == object:
        shares = _softmax_function(x)
        shares.put(own, 0.0)
        shares.put(own, -shares.sum(-1))
        return shares
    odds, against = _odds(ahead, own)
    odds.put(own, -against)
    odds /= 1 + against
    if not is_finite(against):
        shares = _softmax_function(x)
        shares.put(own, shares.take(own) - 1)
        odds = np.where(np.isfinite(against), odds, shares)
    return odds


def _cross_entropy_slope_pullback(g: Any, x: Any, z: Any, *, labels: Any) -> tuple[Any]:
    # The gradients of a row of probabilities, which sum to 1, may all be shifted by one number. If
    # the label's is 0, its own large probability needn't be taken from 1.
    own = np.expand_dims(labels, -1)
    return _softmax_pullback(g - take_along_axis(g, own), x, _softmax(x))


def _with_labels(batch: Batch) -> tuple[Any, Any]:
    """Return the scores of all samples, and their labels."""
    x = batch.front(0)
    return x, np.broadcast_to(batch.own(batch.setting("labels")), x.shape[:-1])


def _slope_all(batch: Batch) -> Any:
    x, labels = _with_labels(batch)
    return batch.apply(x, labels=labels)


def _cross_entropy_all(batch: Batch) -> Any:
    x, labels = _with_labels(batch)
    losses = batch.apply(x, labels=labels, mean=False)
    if not batch.setting("mean"):
        return losses
    return losses.reshape((batch.size, prod(losses.shape[1:]))).mean(axis=1)


_cross_entropy_slope = structural(
    "cross_entropy_slope",
    _cross_entropy_slope_function,
    _cross_entropy_slope_pullback,
    latex=r"\operatorname{{softmax}}({x}) - e_i",
    doc="softmax(x) less 1 at each row's label, without cancellation: cross_entropy's slope.",
    batched=_slope_all,
    arrays=("labels",),
)

_cross_entropy: Structural = structural(
    "cross_entropy",
    _cross_entropy_function,
    (_cross_entropy_pull,),
    latex=r"-\log \operatorname{{softmax}}({x})_i",
    doc="−log softmax(x) at each row's label, or the mean of that.",
    batched=_cross_entropy_all,
    arrays=("labels",),
)


@of_array
def cross_entropy(x: Any, labels: Any, *, mean: bool = False) -> Numeric:
    """Return −log softmax(x) at a label for each row, exact however sure the row is of it.

    The gradient at the label's own element is −Σ others / Σ all, and not the difference p − 1.

    Parameters
    ----------
    x : array or Tensor, shape (..., classes)
    labels : array of int, shape (...,)
        From 0 to classes − 1, which is not checked here.
    mean : bool
        Whether to return the mean over all rows.

    Returns
    -------
    array or Tensor, shape (...,), or () for the mean

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor
    >>> from autograd.ops.softmax import cross_entropy
    >>> x = Tensor([[0.0, 40.0]])
    >>> cross_entropy(x, np.array([1])).backward(np.array([1.0]))
    >>> print(x.grad)
    [[ 4.24835426e-18 -4.24835426e-18]]
    """
    return _cross_entropy(operand(x), labels=own_copy(labels), mean=mean)
