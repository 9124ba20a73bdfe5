"""What a recorded step takes for fixed, though a user may change it between epochs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Settings = list[list[Any]]


def settings_of(holders: Iterable[Any], *but: str) -> Settings:
    """Return the attributes of some objects, and the elements of those that are containers.

    Parameters
    ----------
    holders : iterable
        Modules, an optimiser, a loss. A function has no attributes.
    *but : str
        Attributes that a recording doesn't take for fixed.
    """
    found: Settings = []
    for holder in holders:
        own = {k: x for k, x in getattr(holder, "__dict__", {}).items() if k not in but}
        found.append([type(holder), *own])
        for each in own.values():
            is_dict = isinstance(each, dict)
            parts = [*each, *each.values()] if is_dict else each
            found.append([*parts] if is_dict or isinstance(each, (list, tuple)) else [each])
    return found


def are_same(before: Settings, now: Settings) -> bool:
    """Whether two lists of settings have the same objects; equal numbers and texts are the same."""
    return [*map(len, before)] == [*map(len, now)] and all(
        x is y or (type(x) is type(y) and isinstance(x, (int, float, str)) and x == y)
        for then, here in zip(before, now, strict=True)
        for x, y in zip(then, here, strict=True)
    )
