"""Gradient clipping: gradients that are too large are made smaller before a step."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.extend import Node, quiet, raw, with_article
from nn.support.bounds import at_least_zero

__all__ = ["clip_grad_norm", "clip_grad_value", "grad_norm"]


def grad_norm(params: Iterable[Any]) -> float:
    """Return the length of all gradients as one vector: √Σ (∂θ)², without overflow on the way.

    Parameters
    ----------
    params : iterable of Tensor or Value
        Those without a gradient don't count.

    Returns
    -------
    float
        nan if a gradient has a nan, else inf if one has an inf.

    Examples
    --------
    >>> from autograd import Value
    >>> x, y = Value(3.0), Value(4.0)
    >>> (x * x * 0.5 + y * y * 0.5).backward()
    >>> grad_norm([x, y])
    5.0
    """
    lengths = [_length(p.grad) for p in _nodes(params) if p.grad is not None]
    return math.nan if any(map(math.isnan, lengths)) else math.hypot(*lengths)


def clip_grad_norm(params: Iterable[Any], max_norm: float) -> float:
    """Make all gradients together at most ``max_norm`` long; their direction stays.

    Parameters
    ----------
    params : iterable of Tensor or Value
        Their ``.grad`` is replaced, if it has to be.
    max_norm : float
        At least 0.

    Returns
    -------
    float
        How long they were.

    Raises
    ------
    TypeError, ValueError
        For a ``max_norm`` that is no number, or negative or not finite; and if the gradients have a
        nan or inf, which has no direction. Nothing is changed then.

    References
    ----------
    R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks",
    ICML 2013, algorithm 1.

    Examples
    --------
    >>> from autograd import Tensor
    >>> x = Tensor([3.0, 4.0])
    >>> (x * x).sum().backward()
    >>> clip_grad_norm([x], max_norm=1.0), x.grad.tolist()
    (10.0, [0.6000000000000001, 0.8])
    """
    largest = at_least_zero("max_norm", max_norm)
    found = list(params)
    norm = grad_norm(found)
    _finite(norm)
    if norm > largest:
        share = largest / norm
        _replace(found, lambda grad: grad * share)
    return norm


def clip_grad_value(params: Iterable[Any], clip_value: float) -> float:
    """Make every element of every gradient at least ``-clip_value`` and at most ``clip_value``.

    Parameters
    ----------
    params : iterable of Tensor or Value
        Their ``.grad`` is replaced.
    clip_value : float
        At least 0.

    Returns
    -------
    float
        How long the gradients were together, as ``grad_norm`` gives it.

    Raises
    ------
    TypeError, ValueError
        For a ``clip_value`` that is no number, or negative or not finite; and if the gradients
        have a nan. Nothing is changed then.

    Examples
    --------
    >>> from autograd import Tensor
    >>> x = Tensor([3.0, -0.2])
    >>> (x * x).sum().backward()
    >>> norm = clip_grad_value([x], 1.0)
    >>> x.grad.tolist()
    [1.0, -0.4]
    """
    bound = float(at_least_zero("clip_value", clip_value))
    found = list(params)
    norm = grad_norm(found)
    if math.isnan(norm):
        _finite(norm)
    _replace(found, lambda grad: _between(grad, bound))
    return norm


def _nodes(params: Iterable[Any]) -> Iterable[Any]:
    for p in params:
        if not isinstance(p, Node):
            raise TypeError(f"parameters are Tensors or Values, got {with_article(p)}: {p!r}")
        yield p


_SMALL = 1e-200  # a sum of squares above it has lost nothing to underflow that counts


@quiet  # squares that overflow are not taken
def _length(grad: Any) -> float:
    numbers = raw(grad)
    if not isinstance(numbers, np.ndarray):
        return abs(float(numbers)) if not isinstance(numbers, complex) else abs(numbers)
    elements = numbers.astype(float, copy=False).ravel()
    squared = float(elements.dot(elements))
    if _SMALL < squared < math.inf:
        return math.sqrt(squared)
    largest = float(np.abs(elements).max(initial=0.0))
    if not 0 < largest < math.inf:  # nan too
        return largest
    return largest * float(np.linalg.norm(elements / largest))


def _replace(params: list[Any], clipped: Any) -> None:
    for parameter in params:
        if parameter.grad is not None:
            parameter.grad = clipped(parameter.grad)


def _between(grad: Any, bound: float) -> Any:
    if isinstance(grad, np.ndarray):
        return np.clip(grad, -bound, bound)
    return min(max(grad, -bound), bound)


def _finite(norm: float) -> None:
    if not math.isfinite(norm):
        raise ValueError(
            f"the gradients are {norm} long, so that they have no direction to keep: nothing was "
            "clipped; look for the step that made them so, or lower the learning rate"
        )
