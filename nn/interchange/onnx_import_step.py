"""One operation of an ONNX file as plain data, and what all operators ask of their operands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.extend import raw

MOST_NUMBERS = 2**28  # in one result: 2 GB in float64. A small file can ask for any number of them.


@dataclass(frozen=True)
class Step:
    """An operation: its operator, its attributes, and the names of what goes in and comes out.

    An operand or a result without a name is left out. ``version`` is the set of operators in which
    the operator took its form, ``code`` the line of the program that the file says made it.
    """

    kind: str
    domain: str
    version: int
    attributes: dict[str, Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    name: str
    region: str = ""
    source: str = ""
    code: str = ""

    @property
    def place(self) -> str:
        """Which operation it is, in messages."""
        return place(self.kind, self.name, self.outputs)


def place(kind: str, name: str, outputs: Any) -> str:
    """Return the name of an operation in messages: its operator and its name."""
    named = name or next(iter(outputs), "")
    return f"{shown(kind)} ({shown(named)!r})"


def shown(text: str) -> str:
    """Return a text of a stranger's file without what would disturb a console, and not too long."""
    text = text[:120]
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else "?" for each in text)


# What operators ask of their operands -------------------------------------------------------------


def room(shape: Any) -> None:
    """Raise ValueError for a shape of too many numbers, before memory is taken for it."""
    if math.prod(shape) > MOST_NUMBERS:
        raise ValueError(
            f"its result would have the shape {tuple(map(int, shape))}: more than {MOST_NUMBERS} "
            "numbers"
        )


def room_beside(*operands: Any) -> None:
    """Raise ValueError if operands broadcast to a shape of too many numbers."""
    shapes = [np.shape(raw(each)) for each in operands]
    if len(set(shapes)) > 1:
        room(np.broadcast_shapes(*shapes))


def integers(x: Any) -> list[int]:
    """Return an operand that says lengths, axes or positions as a list."""
    array = np.asarray(raw(x))
    if array.dtype.kind not in "iu":
        raise ValueError(f"expected integers that say lengths or axes, got {array.dtype}")
    found: list[int] = array.ravel().tolist()
    return found


def numbers(x: Any) -> Any:
    """Return an operand that is a setting as a plain array: no gradient would reach it."""
    if getattr(x, "requires_grad", False):
        raise ValueError("no gradient passes to an operand that is a setting, and one should here")
    return np.asarray(raw(x))


def number(x: Any) -> Any:
    """Return a setting of one element as a plain number."""
    array = numbers(x)
    if array.size != 1:
        raise ValueError(f"expected one number, got shape {array.shape}")
    return array.item()


def axis_of(axis: int, ndim: int) -> int:
    """Return an axis counted from the first; ValueError if there is no such axis."""
    if not -ndim <= axis < ndim:
        raise ValueError(f"axis {axis} isn't one of {ndim} axes")
    return axis % ndim


def axes_of(step: Step, operand: Any) -> list[int] | None:
    """Return the axes that an attribute says, or an operand: newer sets of operators have those."""
    if operand is not None:
        return integers(operand)
    return step.attributes.get("axes")


def is_float(x: Any) -> bool:
    """Whether an operand is of floats, which may have a gradient."""
    return bool(np.asarray(raw(x)).dtype.kind == "f")
