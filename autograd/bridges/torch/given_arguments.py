"""What two operations of one name are given beside variables: settings, and constants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.bridges.compared import size_of
from autograd.node.node import Node

_OF_PRECISION = {"half_to_float"}  # they are another one because the dtype is
_SHORT = (bool, int, float, str, type(None))
_NUMBERS = (bool, int, float, np.ndarray, np.generic)


def unlike_argument(one: Node, other: Node, allowed: float) -> str:
    """Say which setting or constant operand isn't the same: nothing, if all are.

    Leaves with a name are compared by it, elsewhere. ``allowed`` is how far floats may be apart, as
    a share of the largest.
    """
    settings = [node.params or {} for node in (one, other)]
    for name in dict.fromkeys([*settings[0], *settings[1]]):
        x, y = (each.get(name) for each in settings)
        if not name.startswith("_") and name not in _OF_PRECISION and not _alike(x, y, allowed):
            if isinstance(x, _SHORT) and isinstance(y, _SHORT):
                return f"{_shown(name, x)} in the first run, {_shown(name, y)} in the second"
            return f"another {name!r}"
    for k, (p, q) in enumerate(zip(one.parents, other.parents, strict=False)):
        if _is_constant(p) and _is_constant(q) and (off := apart(p._data, q._data)) > allowed:
            return f"operand {k}, a constant of shape {np.shape(p._data)}, apart by {off:.3g}"
    return ""


def named(leaves: Iterable[Node]) -> dict[tuple[str, int], Node]:
    """Return the leaves that have a name by it; of several with one name, each by its number."""
    seen: Counter[str] = Counter()
    found = {}
    for leaf in leaves:
        if leaf.label:
            found[leaf.label, seen[leaf.label]] = leaf
            seen[leaf.label] += 1
    return found


def apart(x: Any, y: Any) -> float:
    """Return how far two arrays are apart, as a share of the largest element."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.shape != y.shape:
        return np.inf
    off = np.where((x == y) | (np.isnan(x) & np.isnan(y)), 0, np.abs(x - y))
    if not np.isfinite(off).all():
        return np.inf
    size = max(size_of(x), size_of(y))
    return float(np.max(off, initial=0.0)) / size if size else 0.0


def _is_constant(node: Node) -> bool:
    return node.op is None and not node.requires_grad and not node.label


def _alike(x: Any, y: Any, allowed: float) -> bool:
    if isinstance(x, (tuple, list)) and isinstance(y, (tuple, list)):
        return len(x) == len(y) and all(map(_alike, x, y, [allowed] * len(x)))
    if isinstance(x, _NUMBERS) and isinstance(y, _NUMBERS):
        floats = "f" in (np.asarray(x).dtype.kind, np.asarray(y).dtype.kind)
        return apart(x, y) <= (allowed if floats else 0.0)
    if x is None or y is None or isinstance(x, str):
        return x is y or x == y
    return True  # what isn't plain data can't be told apart


def _shown(name: str, x: Any) -> str:
    return f"the default {name}" if x is None else f"{name}={x!r}"
