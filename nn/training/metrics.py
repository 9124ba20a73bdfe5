"""Metrics: numbers that measure predictions, reported and not differentiated."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["accuracy", "mean_absolute_error"]

Metric: TypeAlias = Callable[[npt.NDArray[Any], npt.NDArray[Any]], float]
Metrics: TypeAlias = Mapping[str, Metric] | Iterable[Metric]
"""Functions of outputs and targets, both plain arrays; by name, or named as they are."""


def accuracy(
    outputs: npt.ArrayLike, labels: npt.ArrayLike, *, ignore_index: int | None = None
) -> float:
    """Return the share of labels that are guessed right; where a score is nan, none is.

    Parameters
    ----------
    outputs : array_like of shape (n, classes), (n, classes, d1, …), or of the shape of the labels
        Logits, of which the largest counts; or one for each label, which counts as 1 if it is
        above 0.
    labels : array_like of shape (n,), (n, d1, …), or (n, 1)
        From 0 to classes − 1; 0 and 1 for single logits, where −1 does for 0 too.
    ignore_index : int, optional
        A label that doesn't count, as in ``cross_entropy``.

    Returns
    -------
    float
        nan if no label counts.

    Raises
    ------
    ValueError
        If the shapes don't fit, or there is nothing to compare.

    Examples
    --------
    >>> accuracy([[0.1, 2.0], [0.3, -0.5], [1.0, 1.5]], [1, 0, 0]) == 2 / 3
    True
    >>> accuracy([2.0, -1.0], [1, 0])
    1.0
    """
    guesses, truth = np.asarray(outputs), np.asarray(labels)
    if guesses.shape == truth.shape and truth.size:
        is_number = (guesses == guesses) & (truth == truth)
        right = ((guesses > 0) == (truth > 0)) & is_number
    elif guesses.ndim and truth.size and truth.shape == _without_classes(guesses.shape):
        axis = min(1, guesses.ndim - 1)
        is_number = (guesses == guesses).all(axis=axis)
        right = (guesses.argmax(axis=axis) == truth) & is_number
    else:
        raise ValueError(
            "accuracy compares outputs of shape (n, classes), (n, classes, d1, ...) or (n,) with "
            "labels of shape (n,) or (n, d1, ...), at least one; "
            f"got outputs of shape {guesses.shape} and labels of shape {truth.shape}"
        )
    if ignore_index is not None:
        right = right[truth != ignore_index]
    return float(right.mean()) if right.size else math.nan


def _without_classes(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[:1] + shape[2:] if len(shape) > 1 else ()


def mean_absolute_error(outputs: npt.ArrayLike, targets: npt.ArrayLike) -> float:
    """Return the mean of the absolute values of ŷ − y.

    Parameters
    ----------
    outputs, targets : array_like, of one shape

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the shapes differ, or there is nothing to compare.

    Examples
    --------
    >>> mean_absolute_error([1.0, 4.0], [0.0, 1.0])
    2.0
    """
    found, expected = np.asarray(outputs), np.asarray(targets)
    if found.shape != expected.shape or not found.size:
        raise ValueError(
            "outputs and targets must have one shape, with at least one element, "
            f"got {found.shape} and {expected.shape}"
        )
    with np.errstate(all="ignore"):  # the mean of what has inf or nan is one of them
        return float(np.mean(np.abs(found - expected)))


def by_name(metrics: Metrics) -> dict[str, Metric]:
    """Return metrics by name, or raise TypeError."""
    given: object = metrics
    if not isinstance(given, Iterable) or isinstance(given, str):
        raise TypeError(
            "metrics are functions of outputs and targets in a list or a mapping, "
            f"got {metrics!r}: try [nn.accuracy]"
        )
    found = metrics if isinstance(metrics, Mapping) else {_name(each): each for each in metrics}
    for name, metric in found.items():
        if not callable(metric):
            raise TypeError(
                f"a metric is a function of outputs and targets, got {name}={metric!r}: "
                "try nn.accuracy"
            )
    return dict(found)


def _name(metric: Any) -> str:
    return getattr(metric, "__name__", None) or type(metric).__name__
