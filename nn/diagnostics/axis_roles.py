"""The roles of a signal's axes, followed through operations that move numbers.

``s`` is an axis of samples, ``u`` of units and ``p`` of places, as ``signal_moments.py`` tells; the
scores of an attention have queries, ``q``, and keys, ``k``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.extend import Node, raw

__all__ = ["MOVES", "axes_of", "fits", "roles_of_data"]


def axes_of(node: Node, ndim: int, *, all_axes: bool = False) -> tuple[int, ...]:
    """Return the axes that an operation goes over, by default the last one or all."""
    default = tuple(range(ndim)) if all_axes else -1
    axis = (node.params or {}).get("axis", default)
    return normalize_axis_tuple(default if axis is None else axis, ndim)


def roles_of_data(ndim: int, space: int) -> str:
    """Return what the axes are of what random weights are applied to."""
    before = ndim - space - 1
    return "s" * min(before, 1) + "p" * (before - 1) + "u" + "p" * space


def fits(roles: str, expected: str) -> bool:
    """Return whether the axis of units is where the weights need it, and there is no other."""
    return roles.count("u") == 1 and roles.index("u") == expected.index("u") and "k" not in roles


def _transposed(node: Node, roles: str) -> str:
    axes = (node.params or {}).get("axes") or range(len(roles))[::-1]
    return "".join(roles[axis] for axis in axes)


def _reshaped(node: Node, roles: str) -> str | None:
    """Follow axes that are split or merged; places that are merged with units become units."""
    old, new = list(np.shape(raw(node.parents[0]))), list(np.shape(raw(node)))
    found, i, k = "", 0, 0
    while i < len(old) or k < len(new):
        start, first = i, k
        i, k = min(i + 1, len(old)), min(k + 1, len(new))
        while math.prod(old[start:i]) != math.prod(new[first:k]):
            if math.prod(old[start:i]) < math.prod(new[first:k]):
                i += 1
            else:
                k += 1
        kinds = set(roles[start:i]) or {"p"}
        if len(kinds) > 1 and (k - first > 1 or "s" in kinds):
            return None
        found += ("u" if "u" in kinds else kinds.pop()) * (k - first)
    return found


def _selected(node: Node, roles: str) -> str | None:
    index = (node.params or {})["index"]
    items = index if isinstance(index, tuple) else (index,)
    arrays = [each for each in items if np.ndim(each) == 1]
    if len(items) > len(roles) or len(arrays) > 1:
        return None
    if not all(isinstance(each, int | slice) or np.ndim(each) == 1 for each in items):
        return None
    kept = (r for r, each in zip(roles, items, strict=False) if not isinstance(each, int))
    return "".join(kept) + roles[len(items) :]


MOVES: Mapping[str, Callable[[Node, str], str | None]] = {
    "reshape": _reshaped,
    "transpose": _transposed,
    "getitem": _selected,
}
"""Operations that move numbers: the roles of the result's axes; None if they can't be told."""
