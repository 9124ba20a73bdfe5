"""Singular vectors as another engine has them: each is one up to its sign."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.node.node import raw
from autograd.numbers.kinds import Array


def with_signs_of(theirs: Array, ours: Any) -> tuple[Any, Any, Any]:
    """Return our factors u, s, vᵀ with the signs of their left singular vectors.

    Raises
    ------
    NotImplementedError
        If theirs are others, as they may be where singular values are equal or 0.
    """
    u, s, vt = ours
    along = np.sum(np.asarray(raw(u)) * theirs, axis=-2)
    if not np.all(np.abs(np.abs(along) - 1) < 1e-3):
        raise NotImplementedError("of equal singular values, the vectors may be any basis")
    signs = np.sign(along).astype(theirs.dtype)
    return u * signs[..., None, :], s, vt * signs[..., :, None]
