"""Rules for aten's losses: of each element (reduction 0), their mean (1) or their sum (2)."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd.ops.activation as act
import autograd.ops.exponential as expo
from autograd.bridges.torch.aten_rules import Rule, plain
from autograd.ops.arithmetic import abs as size
from autograd.ops.arithmetic import square
from autograd.ops.extremes import maximum
from autograd.ops.indexing import getitem, take_along_axis
from autograd.ops.reduction import mean
from autograd.ops.reduction import sum as total
from autograd.ops.selection import where
from autograd.ops.shape import expand_dims, moveaxis, reshape

_LEAST_LOG = -100.0  # what binary_cross_entropy takes for log 0


def _reduced(losses: Any, reduction: int) -> Any:
    return (lambda x: x, mean, total)[reduction](losses)


def _mse(x: Any, target: Any, reduction: int = 1) -> Any:
    return _reduced(square(x - target), reduction)


def _smooth_l1(x: Any, target: Any, reduction: int = 1, beta: float = 1.0) -> Any:
    off = x - target
    if beta == 0:
        return _reduced(size(off), reduction)
    near = np.abs(plain(off)) < beta
    return _reduced(where(near, square(off) * (0.5 / beta), size(off) - beta / 2), reduction)


def _huber(x: Any, target: Any, reduction: int = 1, delta: float = 1.0) -> Any:
    off = x - target
    near = np.abs(plain(off)) <= delta
    return _reduced(where(near, square(off) / 2, delta * (size(off) - delta / 2)), reduction)


def _bce(x: Any, target: Any, weight: Any = None, reduction: int = 1) -> Any:
    yes, no = (maximum(expo.log(p), _LEAST_LOG) for p in (x, 1 - x))
    losses = -(target * yes + (1 - target) * no)
    return _reduced(losses if weight is None else losses * weight, reduction)


def _bce_with_logits(
    x: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: int = 1
) -> Any:
    positive = 1 if pos_weight is None else pos_weight
    against = 1 + (positive - 1) * target
    losses = (1 - target) * x + against * act.softplus(-x)
    return _reduced(losses if weight is None else losses * weight, reduction)


def _soft_margin(x: Any, target: Any, reduction: int = 1) -> Any:
    return _reduced(act.softplus(-target * x), reduction)


def _nll(
    x: Any, target: Any, weight: Any = None, reduction: int = 1, ignore_index: int = -100
) -> Any:
    """Return −x at each row's label, times the label's weight, and the weights' sum.

    The classes are the second axis: x is (N, C, …) or (C,), and the labels (N, …) or ().
    """
    labels = plain(target)
    rows = moveaxis(x, 1, -1) if x.ndim > 1 else x
    counted = labels != ignore_index
    known = np.where(counted, labels, 0)
    picked = reshape(take_along_axis(rows, known[..., np.newaxis], -1), labels.shape)
    weights = np.ones(labels.shape) if weight is None else getitem(weight, known)
    weights = where(counted, weights, 0.0)
    losses = where(counted, -picked, 0.0) * weights
    if reduction == 0:
        return losses, None
    return total(losses) / (total(weights) if reduction == 1 else 1), None


def _multi_margin(
    x: Any, target: Any, p: Any = 1, margin: Any = 1, weight: Any = None, reduction: int = 1
) -> Any:
    rows = reshape(x, (-1, x.shape[-1] if x.ndim else 1))
    labels = plain(target).reshape(-1, 1)
    behind = margin - take_along_axis(rows, labels, 1) + rows
    terms = where(plain(behind) > 0, behind, 0.0) ** int(p)
    terms = terms if weight is None else terms * getitem(weight, labels)
    others = np.arange(rows.shape[1]) != labels
    losses = total(where(others, terms, 0.0), 1) / rows.shape[1]
    return _reduced(losses if x.ndim > 1 else reshape(losses, ()), reduction)


def _multilabel_margin(x: Any, target: Any, reduction: int = 1) -> Any:
    """Return the margins between labels (up to the first −1) and all that are none."""
    shape = (-1, x.shape[-1] if x.ndim else 1)
    rows, labels = reshape(x, shape), plain(target).reshape(shape)
    counted = np.logical_and.accumulate(labels >= 0, 1)
    known = np.where(counted, labels, 0)
    is_label = np.zeros(rows.shape, bool)
    np.logical_or.at(is_label, (np.arange(len(rows))[:, np.newaxis], known), counted)
    behind = 1 - expand_dims(take_along_axis(rows, known, 1), 2) + expand_dims(rows, 1)
    paired = counted[:, :, np.newaxis] & ~is_label[:, np.newaxis, :] & (plain(behind) > 0)
    losses = total(where(paired, behind, 0.0), (1, 2)) / rows.shape[1]
    return _reduced(losses if x.ndim > 1 else reshape(losses, ()), reduction), None


RULES: dict[str, Rule] = {
    "mse_loss": _mse,
    "smooth_l1_loss": _smooth_l1,
    "huber_loss": _huber,
    "binary_cross_entropy": _bce,
    "binary_cross_entropy_with_logits": _bce_with_logits,
    "soft_margin_loss": _soft_margin,
    "nll_loss_forward": _nll,
    "nll_loss2d_forward": _nll,
    "multi_margin_loss": _multi_margin,
    "multilabel_margin_loss_forward": _multilabel_margin,
}
