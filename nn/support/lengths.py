"""Settings of layers with spatial axes: one number for all of them, or one for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from init.argument_checks import choice, positive_integer

PerAxis = int | Sequence[int]
Sides = tuple[int, ...] | tuple[tuple[int, int], ...]


def one_each(what: str, given: Any, count: int, *, least: int = 1) -> tuple[int, ...]:
    """Return a number for each axis; TypeError or ValueError for anything else."""
    each = list(given) if np.iterable(given) and not isinstance(given, str) else [given] * count
    if len(each) != count:
        raise ValueError(f"{what} must be one number or {count}, one for each axis, got {given!r}")
    return tuple(positive_integer(what, n) if n != 0 or least else 0 for n in each)


def sides(
    padding: Any, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> Sides:
    """Return how much to pad at both sides of each axis, or before and after it."""
    if isinstance(padding, str):
        choice("padding", padding, {"valid": 0, "same": 1})
        if padding == "valid":
            return (0,) * len(kernel)
        if set(stride) != {1}:
            raise ValueError(f"padding='same' is for a stride of 1, got {stride}: give numbers")
        more = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        padding = [(n // 2, n - n // 2) for n in more]
    if np.iterable(padding) and any(map(np.iterable, padding)):
        pairs = [one_each("padding", pair, 2, least=0) for pair in padding]
    else:
        pairs = [(n, n) for n in one_each("padding", padding, len(kernel), least=0)]
    if len(pairs) != len(kernel):
        raise ValueError(
            f"padding must be one pair for each of {len(kernel)} axes, got {padding!r}"
        )
    if all(before == after for before, after in pairs):
        return tuple(before for before, _ in pairs)
    return tuple((before, after) for before, after in pairs)


def short(each: Any) -> str:
    """Return ``2`` for (2, 2), ``2×3`` for (2, 3) and ``1+0`` for a pair of sides."""
    if not isinstance(each, tuple):
        return str(each)
    if len(set(each)) == 1:
        return short(each[0])
    return "×".join(map(short, each))
