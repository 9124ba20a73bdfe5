"""Margin losses for classification: zero where a score is right by a margin."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import autograd
from autograd.extend import Numeric
from nn.losses.shared import (
    Reduction,
    check_labels,
    check_reduction,
    class_rows,
    class_weights,
    in_its_region,
    numbers,
    other_scores,
    own_scores,
    reduce,
    reduce_rows,
    same_shape,
    some,
    weighted,
)
from nn.support.bounds import at_least_zero
from nn.support.coercion import as_operand


@in_its_region
def hinge(scores: Any, labels: npt.ArrayLike, *, reduction: Reduction = "mean") -> Numeric:
    """Return the mean of max(0, 1 − y s): zero where a score is on its side by at least 1.

    Parameters
    ----------
    scores : Tensor, array_like or Values
        s.
    labels : array_like of −1 and +1, of the same shape
        y.
    reduction : {"mean", "sum", "none"}
        What to make of the losses of all elements; "none" leaves them.

    Returns
    -------
    Tensor of shape (), or Value; with "none", of the shape of the scores

    Raises
    ------
    ValueError
        If the shapes differ, there is nothing to compare, a label is neither −1 nor +1, or
        ``reduction`` is none.

    References
    ----------
    C. Cortes, V. Vapnik, "Support-vector networks", Machine Learning 20, 1995.

    Examples
    --------
    >>> import nn
    >>> float(nn.hinge([2.0, 0.5, -1.0], [1, 1, 1]))  # mean of 0, 0.5 and 2
    0.8333333333333334
    """
    check_reduction(reduction)
    s, y = as_operand(scores), numbers(labels)
    same_shape(s, y)
    if not np.isin(y, (-1, 1)).all():
        raise ValueError(
            f"the labels of hinge are -1 and +1, got {some(y[~np.isin(y, (-1, 1))])}: "
            "for labels 0 and 1 pass 2 * labels - 1"
        )
    return reduce(autograd.relu(1.0 - s * y), reduction)


@in_its_region
def multi_margin(
    scores: Any,
    labels: npt.ArrayLike,
    *,
    p: int = 1,
    margin: float = 1.0,
    weight: npt.ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Numeric:
    """Return the mean over rows of Σ max(0, margin − s_label + s_j)ᵖ / classes, over all others j.

    Parameters
    ----------
    scores : Tensor, array_like or Values, of shape (n, classes), (n, classes, d1, …) or (classes,)
        s.
    labels : array_like of int, of shape (n,), (n, d1, …) or ()
        From 0 to classes − 1.
    p : {1, 2}
        The power.
    margin : float
        By how much the label's score should be above the others; at least 0.
    weight : array_like of shape (classes,), optional
        Times the loss of a row, by its label. The mean is over rows all the same.
    reduction : {"mean", "sum", "none"}
        What to make of the losses of all rows; "none" leaves them.

    Returns
    -------
    Tensor of shape (), or Value; with "none", of the shape of the labels

    Raises
    ------
    TypeError, ValueError
        As for ``nll``, and for a power or a margin out of range.

    References
    ----------
    K. Crammer, Y. Singer, "On the algorithmic implementation of multiclass kernel-based vector
    machines", JMLR 2, 2001, with the sum over all others in place of the largest; over the number
    of classes, as in PyTorch.

    Examples
    --------
    >>> import nn
    >>> float(multi_margin([[3.0, 2.5, 1.0]], [0]))  # only 2.5 is nearer than 1
    0.16666666666666666
    """
    check_reduction(reduction)
    if p not in (1, 2):
        raise ValueError(f"the power p of multi_margin is 1 or 2, got {p!r}")
    gap = float(at_least_zero("margin", margin))
    z = as_operand(scores)
    rows, w = class_rows("scores", z), class_weights(weight, z)
    y = check_labels(numbers(labels), z).classes
    short = autograd.relu(other_scores(rows, y) - own_scores(rows, y)[:, None] + gap)
    losses = (short if p == 1 else autograd.square(short)).sum(axis=1) / rows.shape[1]
    return reduce_rows(losses if w is None else weighted(losses, w[y]), z, reduction)
