"""The roles of a signal's axes, followed through operations that move numbers.

``s`` is an axis of samples, ``u`` of units and ``p`` of places, as ``signal_moments.py`` tells; the
scores of an attention have queries, ``q``, and keys, ``k``. A reshape can merge axes of several
roles into one, as PyTorch does with samples and tokens before a product, and split them again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from math import prod
from typing import TypeAlias

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.extend import Node, raw

__all__ = [
    "MOVES",
    "Axis",
    "Layout",
    "axes_of",
    "fits",
    "layout_of",
    "lengths_of",
    "parts_of",
    "resized",
    "roles_of",
    "roles_of_data",
]

Axis: TypeAlias = tuple[tuple[str, int], ...]
"""An axis of an array: the role and the length of each part that it is merged from."""

Layout: TypeAlias = tuple[Axis, ...]
"""The axes of an array."""


def layout_of(roles: str, shape: Sequence[int]) -> Layout:
    """Return the layout of an array of which each axis has one role."""
    return tuple((part,) for part in zip(roles, shape, strict=True))


def roles_of(layout: Layout) -> str:
    """Return a letter for each part of each axis."""
    return "".join(role for axis in layout for role, _ in axis)


def lengths_of(layout: Layout) -> tuple[int, ...]:
    """Return the shape of the array with all merged axes split."""
    return tuple(n for axis in layout for _, n in axis)


def parts_of(layout: Layout, axes: Sequence[int]) -> tuple[int, ...]:
    """Return the numbers that the parts of some axes have among all parts."""
    starts = np.cumsum([0, *map(len, layout)])
    return tuple(k for axis in axes for k in range(starts[axis], starts[axis + 1]))


def resized(layout: Layout, shape: Sequence[int]) -> Layout | None:
    """Return the layout with other lengths of axes; None if a merged axis has another one."""
    if any(len(a) > 1 and n != prod(k for _, k in a) for a, n in zip(layout, shape, strict=True)):
        return None
    pairs = zip(layout, shape, strict=True)
    return tuple(axis if len(axis) > 1 else ((axis[0][0], n),) for axis, n in pairs)


def axes_of(node: Node, ndim: int, *, all_axes: bool = False) -> tuple[int, ...]:
    """Return the axes that an operation goes over, by default the last one or all."""
    default = tuple(range(ndim)) if all_axes else -1
    axis = (node.params or {}).get("axis", default)
    return normalize_axis_tuple(default if axis is None else axis, ndim)


def roles_of_data(ndim: int, space: int, first: str = "s") -> str:
    """Return what the axes are of what random weights are applied to.

    ``first`` is ``"ps"`` for tokens whose samples are the second axis.
    """
    before = ndim - space - 1
    return (first + "p" * before)[:before] + "u" + "p" * space


def fits(layout: Layout, expected: str) -> bool:
    """Return whether the units are where weights need them, and places where windows do.

    Places that are merged with units count as units.
    """
    kinds = ["".join(sorted({role for role, _ in axis})) for axis in layout]
    at, space = expected.index("u"), kinds[expected.index("u") + 1 :]
    return (
        len(kinds) == len(expected)
        and kinds[at] in {"u", "pu"}
        and not set("".join(kinds[:at])) & set("uqk")
        and set(space) <= {"p"}
    )


def _transposed(node: Node, layout: Layout) -> Layout:
    axes = (node.params or {}).get("axes") or range(len(layout))[::-1]
    return tuple(layout[axis] for axis in axes)


def _reshaped(node: Node, layout: Layout) -> Layout | None:
    """Deal the parts out to the new axes; neighbours of one role are one part, and can be split."""
    parts = [part for axis in layout for part in axis]
    left = [(role, prod(n for _, n in run)) for role, run in groupby(parts, lambda part: part[0])]
    found = []
    for length in np.shape(raw(node)):
        axis: list[tuple[str, int]] = []
        missing = length
        while left and (missing > 1 or (not axis and left[0][1] == 1)):
            role, n = left.pop(0)
            taken = min(n, missing)
            if n % taken or missing % taken:
                return None
            if taken < n:
                left.insert(0, (role, n // taken))
            missing //= taken
            if taken > 1 or length == 1:
                axis.append((role, taken))
        found.append(tuple(axis) or (("p", 1),))
    return tuple(found)


def _selected(node: Node, layout: Layout) -> Layout | None:
    index = (node.params or {})["index"]
    items = index if isinstance(index, tuple) else (index,)
    arrays = [each for each in items if np.ndim(each) == 1]
    if len(items) > len(layout) or len(arrays) > 1:
        return None
    if not all(isinstance(each, int | slice) or np.ndim(each) == 1 for each in items):
        return None
    kept = (a for a, each in zip(layout, items, strict=False) if not isinstance(each, int))
    return resized((*kept, *layout[len(items) :]), np.shape(raw(node)))


def _unmoved(node: Node, layout: Layout) -> Layout | None:
    return layout if np.shape(raw(node)) == np.shape(raw(node.parents[0])) else None


MOVES: Mapping[str, Callable[[Node, Layout], Layout | None]] = {
    "reshape": _reshaped,
    "transpose": _transposed,
    "getitem": _selected,
    "copy": _unmoved,
    "astype": _unmoved,
    "broadcast_to": _unmoved,
}
"""Operations that move numbers: the layout of the result; None if it can't be told."""
