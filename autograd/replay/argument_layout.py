"""The layout of a call's arguments: their structure, and the range of inputs of each leaf."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd.node.node import Node
from autograd.numbers.foreign_numbers import to_take_numbers
from autograd.numbers.readonly import of_plain_kind
from autograd.numbers.words import with_article

# The structure of a pytree; it can be compared, hashed and pickled.
#   ("number",) | ("array", shape) | ("static", object) | (type, keys or shape, structures)
Structure = tuple[Any, ...]
NUMBER: Structure = ("number",)


class NodeArgumentError(TypeError):
    """A node that can't be recorded: a Tensor, or a Value of another kind than float."""


def flatten(given: Any, leaves: list[Any]) -> Structure:
    """Append a pytree's leaves to a list, in the order of ``pytree.leaves``; return its structure.

    Raises
    ------
    TypeError
        If a leaf is no number, array or Value, nor a setting (a bool, str or None).
    """
    cls = type(given)
    if cls is float or cls is int:
        leaves.append(given)
        return NUMBER
    if isinstance(given, np.ndarray) and given.dtype != object:
        of_plain_kind(given)
        if given.dtype.kind not in "fiub":
            raise TypeError(
                f"an argument must be made of real numbers, got an array of {given.dtype}"
            )
        leaves.append(given)
        return ("array", given.shape, given.dtype.str)
    if isinstance(given, (dict, list, tuple, np.ndarray)):
        keys = tuple(given) if isinstance(given, dict) else getattr(given, "shape", None)
        children = given.values() if isinstance(given, dict) else _items(given)
        return (cls, keys, tuple(flatten(child, leaves) for child in children))
    leaves.append(given)
    if isinstance(given, Node):
        if given._rank or type(given._data) is not float:
            raise NodeArgumentError(
                "an argument of a recorded function is a number, an array or a Value of a float, "
                f"got {given!r}: pass tensor.data, and Values of floats"
            )
        return NUMBER
    if given is None or isinstance(given, (bool, str)):
        return ("static", given)
    if isinstance(given, (np.floating, np.integer, np.bool_)):
        return NUMBER
    raise TypeError(
        f"an argument must be made of numbers, arrays and Values, got {with_article(given)}"
        + to_take_numbers(given)
    )


def _items(given: Any) -> Any:
    return given.flat if isinstance(given, np.ndarray) else given


class InputRange(NamedTuple):
    """The inputs that a leaf's numbers go to, and its shape; None if it is one number."""

    start: int
    stop: int
    shape: tuple[int, ...] | None


def input_ranges(structure: Structure) -> list[InputRange]:
    """Return the inputs of each leaf; the leaves' numbers follow one another."""
    found: list[InputRange] = []
    start, stack = 0, [structure]
    while stack:
        what, *rest = stack.pop()
        if what == "static":
            found.append(InputRange(start, start, None))
        elif what == "number":
            found.append(InputRange(start, start + 1, None))
        elif what == "array":
            found.append(InputRange(start, start + int(np.prod(rest[0])), rest[0]))
        else:
            stack.extend(reversed(rest[1]))
            continue
        start = found[-1].stop
    return found
