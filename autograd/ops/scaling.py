"""Powers of floats that leave the range: computed of numbers scaled to about 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.ops.shape import Axis


def is_safe(sums: Any) -> bool:
    """Whether no term that matters can have left the range of normal numbers."""
    limits = np.finfo(sums.dtype)
    return bool(((limits.tiny / limits.eps < sums) & (sums < np.inf)).all())


def exponents(x: Any, axis: Axis) -> Any:
    """Return the exponent of the largest element over ``axis``, with the axes kept.

    ``np.ldexp(x, -exponent)`` is then below 1: a power of two as the scale rounds nothing.
    """
    top = np.abs(x).max(axis=axis, keepdims=True, initial=0)
    return np.frexp(np.where(np.isfinite(top), top, 0))[1]
