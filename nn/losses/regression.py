"""Losses for regression, of predicted numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd.extend import Numeric
from nn.losses.shared import Reduction, check_reduction, in_its_region, reduce, same_shape
from nn.support.bounds import at_least_zero
from nn.support.coercion import as_operand, total


@in_its_region
def mse(prediction: Any, target: Any, *, reduction: Reduction = "mean") -> Numeric:
    """Return the mean squared error: the mean of (ŷ − y)² over all elements.

    Parameters
    ----------
    prediction, target : Tensor, array_like or Values, of one shape
        ŷ and y.
    reduction : {"mean", "sum", "none"}
        What to make of the squares; "none" leaves them.

    Returns
    -------
    Tensor of shape (), or Value; with "none", of the shape of the predictions

    Raises
    ------
    ValueError
        If the shapes differ, there is nothing to compare, or ``reduction`` is none.

    Examples
    --------
    >>> from autograd import Tensor
    >>> import nn
    >>> prediction = Tensor([1.0, 4.0])
    >>> loss = nn.mse(prediction, [0.0, 2.0])
    >>> loss.backward()
    >>> float(loss.data), prediction.grad.tolist()
    (2.5, [1.0, 2.0])
    """
    check_reduction(reduction)
    return reduce(autograd.square(_difference(prediction, target)), reduction)


@in_its_region
def half_squared_error(prediction: Any, target: Any, *, reduction: Reduction = "sum") -> Numeric:
    """Return ½ Σ (ŷ − y)², the error that the delta rule is derived from.

    Parameters
    ----------
    prediction, target : Tensor, array_like or Values, of one shape
        ŷ and y.
    reduction : {"sum", "mean", "none"}
        "mean" is the mean over the examples, along the first axis, of each one's ½ Σ (ŷ − y)²: the
        loss of a mini-batch. "none" leaves ½(ŷ − y)² of each element.

    Returns
    -------
    Tensor of shape (), or Value; with "none", of the shape of the predictions

    Raises
    ------
    ValueError
        If the shapes differ, there is nothing to compare, or ``reduction`` is none.

    References
    ----------
    D. E. Rumelhart, G. E. Hinton, R. J. Williams, "Learning representations by back-propagating
    errors", Nature 323, 1986, eq. 3.

    Examples
    --------
    >>> from autograd import Value
    >>> import nn
    >>> prediction = Value(3.0)
    >>> nn.half_squared_error(prediction, 1.0).backward()
    >>> prediction.grad
    2.0
    """
    check_reduction(reduction)
    squares = autograd.square(_difference(prediction, target))
    if reduction == "none":
        return reduce(squares / 2, "none")
    examples = np.shape(squares)[0] if reduction == "mean" and np.ndim(squares) else 1
    halved: Numeric = total(squares) / (2 * examples)
    return halved


@in_its_region
def smooth_l1(
    prediction: Any, target: Any, *, beta: float = 1.0, reduction: Reduction = "mean"
) -> Numeric:
    """Return the mean of d²/2β where the distance d = |ŷ − y| is below β, and of d − β/2 beyond.

    Parameters
    ----------
    prediction, target : Tensor, array_like or Values, of one shape
        ŷ and y.
    beta : float
        β, where the parabola becomes a line; at least 0, which is all line.
    reduction : {"mean", "sum", "none"}
        As for ``mse``.

    Returns
    -------
    Tensor of shape (), or Value; with "none", of the shape of the predictions

    Raises
    ------
    TypeError, ValueError
        As for ``mse``, and for a beta that is no number, or negative or not finite.

    References
    ----------
    P. J. Huber, "Robust estimation of a location parameter", 1964, over β; R. Girshick, "Fast
    R-CNN", ICCV 2015, eq. 3.

    Examples
    --------
    >>> from autograd import Tensor
    >>> import nn
    >>> prediction = Tensor([0.5, 3.0])
    >>> loss = nn.smooth_l1(prediction, [0.0, 0.0], reduction="sum")
    >>> loss.backward()
    >>> float(loss.data), prediction.grad.tolist()
    (2.625, [0.5, 1.0])
    """
    check_reduction(reduction)
    bend = float(at_least_zero("beta", beta))
    distance = autograd.abs(_difference(prediction, target))
    if not bend:
        return reduce(distance, reduction)
    short = autograd.minimum(distance, bend)
    return reduce(short * (distance - short / 2) / bend, reduction)


def _difference(prediction: Any, target: Any) -> Numeric:
    prediction, target = as_operand(prediction), as_operand(target)
    same_shape(prediction, target)
    difference: Numeric = prediction - target
    return difference
