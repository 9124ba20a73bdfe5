"""Converts the argument of ``Value`` to the number that it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd.node.node import Node, raw
from autograd.numbers.foreign_numbers import to_take_numbers
from autograd.numbers.kinds import ARRAY, FLOAT, FRACTION, MPF, kind
from autograd.numbers.words import shown


def as_number(data: Any) -> Any:
    """Return the one number that a Value is given, in the kind that it keeps; or raise."""
    if isinstance(data, Node):
        raise TypeError("a Value of a node: use .detach() or .data for a new leaf with its number")
    if isinstance(data, (np.ndarray, np.generic)):
        if data.ndim:
            raise TypeError(
                f"a Value holds one number, got an array of shape {data.shape}: use Tensor"
            )
        data = data.item()
    try:
        found = kind(data)
    except TypeError:
        raise TypeError(
            "a Value holds one number (float, int, Fraction, complex or mpmath's), got "
            f"{shown(data)}{to_take_numbers(data) or _what_to_give(data)}"
        ) from None
    if found in (FLOAT, ARRAY):  # NumPy's longdouble is still its own after .item()
        return as_float(data)
    return +data if type(data).__name__ == "constant" else data  # mpmath.pi is not an mpf


def _what_to_give(data: Any) -> str:
    if isinstance(data, str) or hasattr(data, "__float__"):
        return ": convert it first, as in Value(float(x))"
    if isinstance(data, Iterable) and not isinstance(data, (bytes, Mapping)):
        return ": give the array of its numbers, numpy.array(list(x))"
    return ": give a number"


def as_float(data: Any) -> float:
    """Return a float; ValueError for a number that is too large for one."""
    try:
        return float(data)
    except OverflowError:
        raise ValueError(
            "a number too large for a float: use Value(Fraction(n)) or Value(mpmath.mpf(n))"
        ) from None


def with_exact_integers(operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """Keep an integer that meets a Fraction or an mpmath number exact."""
    exact = (type(n) for n in map(raw, operands) if kind(n) in (FRACTION, MPF))
    cls = next(exact, None)
    if cls is None:
        return operands
    return tuple(cls(int(n)) if isinstance(n, (int, np.integer)) else n for n in operands)
