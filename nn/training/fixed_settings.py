"""What a recorded step takes for fixed, though a user may change it between epochs."""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType
from typing import Any

from autograd.extend import outside_objects

Settings = list[list[Any]]


def settings_of(holders: Iterable[Any], *but: str) -> Settings:
    """Return the attributes of some objects, and what the names in their functions stand for.

    Of containers there are the elements.

    Parameters
    ----------
    holders : iterable
        Modules, an optimiser, a loss.
    *but : str
        Attributes that a recording doesn't take for fixed.
    """
    found: Settings = []
    functions: dict[FunctionType, None] = {}
    for holder in holders:
        own = {k: x for k, x in getattr(holder, "__dict__", {}).items() if k not in but}
        found.append([type(holder), *own])
        for each in own.values():
            is_dict = isinstance(each, dict)
            parts = [*each, *each.values()] if is_dict else each
            found.append([*parts] if is_dict or isinstance(each, (list, tuple)) else [each])
        methods = [getattr(type(holder), name, None) for name in ("forward", "__call__")]
        called = (f for f in (holder, *methods) if isinstance(f, FunctionType))
        functions |= {f: None for f in called if not _is_ours(f)}
    return found + [outside_objects(f) for f in functions]


def _is_ours(function: FunctionType) -> bool:
    return function.__module__.partition(".")[0] == __name__.partition(".")[0]


def are_same(before: Settings, now: Settings) -> bool:
    """Whether two lists of settings have the same objects; equal numbers and texts are the same."""
    return [*map(len, before)] == [*map(len, now)] and all(
        x is y or (type(x) is type(y) and isinstance(x, (int, float, str)) and x == y)
        for then, here in zip(before, now, strict=True)
        for x, y in zip(then, here, strict=True)
    )
