"""Losses for classification, of scores, logits or probabilities."""

from __future__ import annotations

from functools import reduce as fold
from typing import Any, cast

import numpy as np
import numpy.typing as npt

import autograd
from autograd.extend import Numeric, of_all_samples
from autograd.extend import cross_entropy as label_losses
from nn.losses.shared import (
    Array,
    Labels,
    Reduction,
    all_finite,
    below_classes,
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
    shape_of_labels,
    some,
    weighted,
)
from nn.support.bounds import at_least_zero, below_one, check_ignored
from nn.support.coercion import as_operand


@in_its_region
def binary_cross_entropy_with_logits(
    logits: Any,
    targets: npt.ArrayLike,
    *,
    pos_weight: float = 1.0,
    reduction: Reduction = "mean",
) -> Numeric:
    """Return the mean of −y log σ(z) − (1 − y) log(1 − σ(z)), without rounding σ(z) to 0 or 1.

    Parameters
    ----------
    logits : Tensor, array_like or Values
        z, of any size.
    targets : array_like of numbers from 0 to 1, of the same shape
        y, the probability of the class 1: 0 and 1 for certain labels.
    pos_weight : float
        Times the first term: what the class 1 weighs if the class 0 weighs 1.
    reduction : {"mean", "sum", "none"}
        What to make of the losses of all elements; "none" leaves them.

    Returns
    -------
    Tensor of shape (), or Value; with "none", of the shape of the logits

    Raises
    ------
    TypeError, ValueError
        If the shapes differ, there is nothing to compare, a target isn't a probability, the weight
        isn't a finite number of at least 0, or ``reduction`` is none.

    Examples
    --------
    >>> from autograd import Value
    >>> import nn
    >>> z = Value(40.0)
    >>> nn.binary_cross_entropy_with_logits(z, 1).backward()
    >>> z.grad  # -σ(-40), of which 1 - σ(40) keeps no digit
    -4.248354255291589e-18
    """
    check_reduction(reduction)
    positive = float(at_least_zero("pos_weight", pos_weight))
    z, y = as_operand(logits), numbers(targets)
    same_shape(z, y)
    every = of_all_samples(y)
    if not ((every >= 0) & (every <= 1)).all():
        wrong = every[~((every >= 0) & (every <= 1))]
        raise ValueError(f"targets are probabilities from 0 to 1, got {some(wrong)}")
    ones = y if positive == 1 else positive * y
    of_ones, of_zeros = autograd.softplus(-z), autograd.softplus(z)
    return reduce(weighted(of_ones, ones) + weighted(of_zeros, 1.0 - y), reduction)


@in_its_region
def cross_entropy(
    logits: Any,
    targets: npt.ArrayLike,
    *,
    weight: npt.ArrayLike | None = None,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    reduction: Reduction = "mean",
) -> Numeric:
    """Return the mean of −log p(target), where p = softmax(logits) over the classes.

    Exact however sure the model is: a label's loss is softplus(logsumexp(others) − own), whose
    gradient at the label's own logit is −Σ others / Σ all, and not the difference p − 1. A class
    whose target or weight is 0 adds nothing, not even at a logit of −inf.

    Parameters
    ----------
    logits : Tensor, array_like or Values, of shape (n, classes), (n, classes, d1, …) or (classes,)
        The classes are along the second axis, as in PyTorch: for those of each word of a sentence,
        or of each pixel, pass (n, classes, words) or (n, classes, height, width).
    targets : array_like
        Integer labels from 0 to classes − 1, of shape (n,), (n, d1, …) or (); or probabilities of
        all classes, of the shape of the logits.
    weight : array_like of shape (classes,), optional
        Times the loss of each class. With labels, the mean is then over the weights of the labels;
        it is 0 if all of these are 0.
    ignore_index : int, optional
        A label, inside or outside of the classes, whose rows are left out: their losses and
        gradients are 0, and the mean is over the others. If all are left out, it is nan, and the
        gradients are 0; the sum is 0: all as in PyTorch, where −100 is ignored unless it is told
        otherwise. Here nothing is, unless it is asked for.
    label_smoothing : float
        ε, from 0, less than 1: what is learnt is (1 − ε) · target + ε / classes.
    reduction : {"mean", "sum", "none"}
        What to make of the losses of all rows, which are as many as labels; "none" leaves them.

    Returns
    -------
    Tensor of shape (), or Value; with "none", of the shape of the labels

    Raises
    ------
    TypeError
        If the targets are of neither kind.
    TypeError, ValueError
        For fewer than two classes, shapes that don't match, labels outside the classes, or
        probabilities that are negative or don't add up to 1; for weights that are negative or of
        another shape, an ignored label that is no integer or comes with probabilities, a smoothing
        out of range, or what is no reduction.

    References
    ----------
    Smoothing: C. Szegedy et al., "Rethinking the Inception architecture for computer vision",
    CVPR 2016, section 7.

    Examples
    --------
    >>> from autograd import Tensor
    >>> import nn
    >>> logits = Tensor([[0.0, 40.0], [0.0, 0.0]])
    >>> nn.cross_entropy(logits, [1, 0]).backward()
    >>> print(logits.grad)
    [[ 2.12417713e-18 -2.12417713e-18]
     [-2.50000000e-01  2.50000000e-01]]

    Two sentences of three words, each word of one of four classes; the second sentence is padded:

    >>> logits = np.zeros((2, 4, 3))
    >>> labels = [[0, 1, 3], [2, -100, -100]]
    >>> bool(nn.cross_entropy(logits, labels, ignore_index=-100) == np.log(4))
    True
    """
    check_reduction(reduction)
    ignored = check_ignored(ignore_index)
    smoothing = float(below_one("label_smoothing", label_smoothing))
    z, y = as_operand(logits), numbers(targets)
    rows, w = class_rows("logits", z), class_weights(weight, z)
    of_label = shape_of_labels(z)
    if y.dtype.kind in "iu" and y.shape == of_label:
        labels = below_classes(y, rows.shape[1], ignored)
        weights = labels.weights(w, rows)
        if weights is None and not smoothing and reduction == "mean" and rows.dtype.kind != "O":
            return cast(Numeric, label_losses(rows, labels.classes, mean=True))  # one node
        losses = _of_labels(rows, labels, w, smoothing)
        return reduce_rows(losses, z, reduction, weights, labels.kept)
    if y.dtype.kind == "f" and y.shape == z.shape:
        if ignored is not None:
            raise ValueError(
                f"ignore_index={ignored} is a label, and the targets are probabilities of all "
                "classes: pass labels, or leave those rows out"
            )
        losses = _of_probabilities(rows, class_rows("targets", y), w, smoothing)
        return reduce_rows(losses, z, reduction)
    raise (TypeError if y.shape in (z.shape, of_label) else ValueError)(
        f"for logits of shape {z.shape} targets must be integer labels of shape {of_label} or "
        f"probabilities of shape {z.shape}, got {y.dtype} of shape {y.shape}"
        + _as_labels(y, of_label)
    )


def _as_labels(y: Array, shape: tuple[int, ...]) -> str:
    """Return how labels are made of texts, of floats and of a column."""
    if y.dtype.kind in "USO":
        return ": number the classes, labels = numpy.unique(y, return_inverse=True)[1]"
    if y.shape == (*shape, 1):
        return ": y[..., 0] is the column of labels"
    return ": y.astype(int) makes labels of whole numbers" if y.dtype.kind == "f" else ""


@in_its_region
def nll(
    log_probabilities: Any,
    labels: npt.ArrayLike,
    *,
    weight: npt.ArrayLike | None = None,
    ignore_index: int | None = None,
    reduction: Reduction = "mean",
) -> Numeric:
    """Return the mean of −log p(label), from logarithms: the negative log-likelihood.

    From logits, ``cross_entropy`` is exact where the logarithm of a softmax would be rounded.

    Parameters
    ----------
    log_probabilities : Tensor, array_like or Values
        Of shape (n, classes), (n, classes, d1, …) or (classes,), as ``autograd.log_softmax`` over
        the axis of the classes gives them.
    labels : array_like of int, of shape (n,), (n, d1, …) or ()
        From 0 to classes − 1.
    weight, ignore_index, reduction
        As for ``cross_entropy``.

    Returns
    -------
    Tensor of shape (), or Value; with "none", of the shape of the labels

    Raises
    ------
    TypeError, ValueError
        As for ``cross_entropy``.

    Examples
    --------
    >>> import nn
    >>> round(float(nll(np.log([[0.5, 0.5], [0.75, 0.25]]), [0, 1])), 6)  # (log 2 + log 4) / 2
    1.039721
    """
    check_reduction(reduction)
    z = as_operand(log_probabilities)
    rows, w = class_rows("log-probabilities", z), class_weights(weight, z)
    y = check_labels(numbers(labels), z, check_ignored(ignore_index))
    own, weights = -own_scores(rows, y.classes), y.weights(w, rows)
    own = own if weights is None else weighted(own, weights)
    return reduce_rows(own, z, reduction, weights, y.kept)


@in_its_region
def kl_divergence(
    log_probabilities: Any, targets: npt.ArrayLike, *, reduction: Reduction = "mean"
) -> Numeric:
    """Return the mean over rows of KL(p ‖ q) = Σ p (log p − log q).

    Parameters
    ----------
    log_probabilities : Tensor, array_like or Values
        log q, of the model, of shape (n, classes), (n, classes, d1, …) or (classes,): as
        ``autograd.log_softmax`` over the axis of the classes gives them.
    targets : array_like of the same shape
        p, the probabilities to learn; where one is 0, its term is 0.
    reduction : {"mean", "sum", "none"}
        What to make of the divergences of all rows. The mean is over rows; of (n, classes) PyTorch
        calls it "batchmean", and its "mean", over all elements, is no divergence.

    Returns
    -------
    Tensor of shape (), or Value; with "none", of the shape of the labels

    Raises
    ------
    ValueError
        For shapes that differ or aren't rows of at least two classes, probabilities that are
        negative or don't add up to 1, or what is no reduction.

    References
    ----------
    S. Kullback, R. A. Leibler, "On information and sufficiency", 1951, eq. 2.4.

    Examples
    --------
    >>> import nn
    >>> round(float(kl_divergence(np.log([0.25, 0.75]), [1.0, 0.0])), 6)  # log 4
    1.386294
    """
    check_reduction(reduction)
    z, p = as_operand(log_probabilities), numbers(targets)
    same_shape(z, p)
    rows = class_rows("log-probabilities", z)
    p = _probabilities(class_rows("targets", p))
    known = np.where(p > 0, p, 1).astype(p.dtype)
    rows = autograd.where(p > 0, rows, 0.0)  # 0 · log 0 is 0, and its gradient too
    return reduce_rows((p * (np.log(known) - rows)).sum(axis=1), z, reduction)


def _of_labels(z: Any, labels: Labels, weight: Array | None, smoothing: float) -> Any:
    losses, own = _label_losses(z, labels.classes), labels.weights(weight, z)
    losses = losses if own is None else weighted(losses, own)
    if not smoothing:
        return losses
    classes = _class_losses(z)
    every = (classes if weight is None else weighted(classes, weight)).sum(axis=1) / z.shape[1]
    kept = labels.weights(None, z)
    every = every if kept is None else weighted(every, kept)
    return losses * (1 - smoothing) + every * smoothing


def _of_probabilities(z: Any, p: Array, weight: Array | None, smoothing: float) -> Any:
    targets = _probabilities(p)
    if smoothing:
        targets = targets * (1 - smoothing) + smoothing / z.shape[1]
    if weight is not None:
        targets = targets * weight
    return weighted(_class_losses(z), targets).sum(axis=1)


def _class_losses(z: Any) -> Any:
    """Return −log p of every class, of the shape of the logits."""
    if all_finite(z):
        return _logsumexp(z)[:, None] - z if z.dtype.kind == "O" else -autograd.log_softmax(z)
    # The other classes tell of a logit of inf: inf − inf doesn't.
    n, classes = z.shape
    columns = [_label_losses(z, np.full(n, k)) for k in range(classes)]
    return autograd.stack(columns, axis=1) if z.dtype.kind != "O" else np.stack(columns, axis=1)


def _label_losses(z: Any, labels: Array) -> Any:
    """Return −log p of a label, by row."""
    if z.dtype.kind == "O":
        return autograd.softplus(_logsumexp(other_scores(z, labels)) - own_scores(z, labels))
    return label_losses(z, labels)


def _probabilities(p: Array) -> Array:
    """Return probabilities of classes, checked."""
    every = of_all_samples(p)
    sums = every.sum(axis=-1)
    if not ((every >= 0).all() and np.allclose(sums, 1, rtol=0, atol=1e-3)):
        raise ValueError(
            "probabilities must be at least 0 and add up to 1 over the classes, "
            f"got {some(every[every < 0]) or some(sums)}"
        )
    return p


def _logsumexp(z: Any) -> Any:
    """Return log Σ exp(z) of each row."""
    if isinstance(z, np.ndarray) and z.dtype == object:
        return fold(autograd.logaddexp, z.T)
    return autograd.logsumexp(z, axis=1)
