"""What holds a module's state: a leaf Tensor or Value, or an object array of leaf Values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import Tensor, Value
from autograd.extend import Node, raw

Array = npt.NDArray[Any]


def leaves_of(holder: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Yield the leaves of a holder with their index in it."""
    if isinstance(holder, Node):
        yield (), holder
    else:
        yield from np.ndenumerate(holder)


def numbers(holder: Any) -> Array:
    """Return a holder's numbers as a plain array."""
    if isinstance(holder, Node):
        return np.array(raw(holder))
    return np.array([raw(value) for value in holder.flat]).reshape(holder.shape)


def mismatch(name: str, holder: Any, array: Array) -> list[str]:
    """Return what is wrong with an array that is to go into a holder."""
    expected = np.shape(numbers(holder))
    if array.shape != expected:
        return [f"{name!r} has shape {array.shape}, expected {expected}"]
    if array.dtype.kind not in ("fiub" if isinstance(holder, Tensor) else "fiubcO"):
        return [f"{name!r} has dtype {array.dtype}, expected real numbers"]
    if array.dtype == object and not all(map(_is_number, array.flat)):
        return [f"{name!r} holds something that is no number"]
    return []


def _is_number(x: Any) -> bool:
    try:
        Value(x)
    except (TypeError, ValueError):
        return False
    return True


def assign(holder: Any, array: Array) -> None:
    """Give the leaves of a holder new data, from an array of its shape."""
    for index, leaf in leaves_of(holder):
        leaf.data = array[index]
