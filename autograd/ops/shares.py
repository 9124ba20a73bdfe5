"""Differences from averages: what the gradients of softmax and log_softmax are made of.

Beside shares p that sum to 1, v − p Σ v and v − Σ p v cancel where a share is nearly 1. The two ops
here take nothing from 1: they are Σ_j (p_j v_i − p_i v_j) and Σ_j p_j (v_i − v_j). Both are linear
in each operand, for any p, and each is the other's transpose.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.ops.reduction import from_last, to_last
from autograd.ops.shape import Axis
from autograd.rules.batch_rules import along_axes
from autograd.rules.define import structural
from autograd.rules.op import Structural

_NEARLY_ALL = 0.875  # from here on 1 − p loses three bits and more


def one_is_nearly_all(shares: Any) -> bool:
    """Whether any share is so near 1 that 1 − p would lose digits."""
    return bool(shares.size) and bool(shares.item(shares.argmax()) > _NEARLY_ALL)


def largest_in(rows: Any) -> Any:
    """Return where the largest element of each row is, counted in C order over all rows."""
    found = rows.argmax(-1)
    if rows.ndim == 1:
        return found
    return found + np.arange(0, rows.size, rows.shape[-1]).reshape(found.shape)


def balance(rows: Any, at: Any) -> Any:
    """Write minus the sum of all others at one place of each row, where the sum of all is 0."""
    rows.put(at, 0)
    rows.put(at, -rows.sum(-1))
    return rows


def ahead_of_largest(rows: Any, shares: Any) -> Any:
    """Return v − v_m, with m the place of the largest share."""
    return rows - rows.take(largest_in(shares))[..., None]


def _less_share_function(v: Any, p: Any, *, axis: Axis = -1) -> Any:
    if not v.size:
        return v * p
    rows, shares = to_last(v, axis), to_last(p, axis)
    found = rows * shares.sum(-1, keepdims=True) - shares * rows.sum(-1, keepdims=True)
    if found.shape[-1] > 1:  # of one, it is 0 or nan as it is
        found = balance(found, largest_in(np.abs(shares)))
    return from_last(found, v.shape, axis)


def _less_average_function(v: Any, p: Any, *, axis: Axis = -1) -> Any:
    if not v.size:
        return v * p
    shares = to_last(p, axis)
    ahead = ahead_of_largest(to_last(v, axis), np.abs(shares))
    found = ahead * shares.sum(-1, keepdims=True) - (shares * ahead).sum(-1, keepdims=True)
    return from_last(found, v.shape, axis)


less_share: Structural = structural(
    "less_share",
    _less_share_function,
    (
        lambda g, v, p, z, *, axis=-1: less_average(g, p, axis=axis),
        lambda g, v, p, z, *, axis=-1: -less_average(g, v, axis=axis),
    ),
    arity=2,
    doc="v Σp − p Σv along axes: for shares p, v less its share of the sum, without cancellation.",
    batched=along_axes,
)

less_average: Structural = structural(
    "less_average",
    _less_average_function,
    (
        lambda g, v, p, z, *, axis=-1: less_share(g, p, axis=axis),
        lambda g, v, p, z, *, axis=-1: -less_average(v, g, axis=axis),
    ),
    arity=2,
    doc="v Σp − Σ p v along axes: for shares p, v less its average, without cancellation.",
    batched=along_axes,
)
