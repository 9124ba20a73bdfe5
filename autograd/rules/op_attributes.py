"""What the record of an op may be given, and what is said where it is given something else."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from inspect import get_annotations
from typing import Any

NONE: dict[str, Any] = {}  # the default of attributes that are dictionaries: nobody writes into it


@cache
def attributes_of(kind: type) -> frozenset[str]:
    """Return the names of what a kind of op may be given: the attributes that have a default."""
    names = {name for cls in kind.__mro__ for name in get_annotations(cls) if hasattr(kind, name)}
    return frozenset(names)


def refuse_unknown(name: str, given: Iterable[str], kind: type) -> None:
    """Raise TypeError if something that is given is no attribute of that kind of op."""
    known = attributes_of(kind)
    for attribute in given:
        if attribute not in known:
            raise TypeError(
                f"op {name!r} is given {attribute!r}, which is no attribute of its kind: expected "
                f"some of {', '.join(sorted(known))}"
            )
