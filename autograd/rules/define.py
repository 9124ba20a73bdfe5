"""``elementwise`` and ``structural`` for the built-in families; users' are in ``users_ops.py``.

Families are loaded one by one, and their rules name one another. So the names in a rule are checked
by a test, where those of a user's op are checked when it is defined.
"""

from __future__ import annotations

from typing import Any

from autograd.numbers.kinds import Rule
from autograd.rules.op import Elementwise, Structural
from autograd.rules.op_registry import register


def elementwise(name: str, function: Any, partials: Any, **attributes: Any) -> Elementwise:
    """Define and register a built-in op that acts on each element alone."""
    partials = tuple(partials) if isinstance(partials, (tuple, list)) else (partials,)
    return register(Elementwise(name, function, partials=partials, **attributes))


def structural(name: str, function: Rule, pullback: Any, **attributes: Any) -> Structural:
    """Define and register a built-in op on whole arrays, or on any number of scalars."""
    return register(Structural(name, function, pullback=pullback, **attributes))
