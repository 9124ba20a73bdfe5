"""Checks of arguments: each error says what was expected, what was given, and what to do.

Each check returns the value in the one form that the rest of the package uses, and raises before
anything has been drawn or changed. No mathematics lives here.
"""

import difflib
import math
import numbers
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar, cast

import numpy as np
from numpy.typing import DTypeLike

__all__ = [
    "choice",
    "close_matches",
    "float_dtype",
    "is_name",
    "number",
    "positive_integer",
    "same_name",
    "weight_shape",
]

Choice = TypeVar("Choice")


def is_name(value: object) -> bool:
    """Say whether ``value`` is a non-empty string."""
    return isinstance(value, str) and value != ""


def positive_integer(what: str, value: object, why: str = "") -> int:
    """Return ``value`` as an int, or raise; ``why`` ends the message for a value below one."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{what} must be a positive integer, got {value!r}")
    if value <= 0:
        reason = f": {why}" if why else ""
        raise ValueError(f"{what} must be a positive integer, got {value}{reason}")
    if int(value) >= 2**63:
        raise ValueError(f"{what} must be an integer of 64 bits, got one above 2**63 - 1")
    return int(value)


def number(what: str, value: object, *, minimum: float = -math.inf, why: str = "") -> float:
    """Return ``value`` as a finite float of at least ``minimum``, or raise."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{what} must be a real number, got {value!r}")
    try:
        result = float(value)
    except OverflowError:
        raise ValueError(f"{what} must be within the range of floats, got a larger one") from None
    reason = f": {why}" if why else ""
    if not math.isfinite(result):
        raise ValueError(f"{what} must be finite, got {result}{reason}")
    if result < minimum:
        raise ValueError(f"{what} must be at least {minimum:g}, got {result:g}{reason}")
    return result


def weight_shape(shape: object) -> tuple[int, ...]:
    """Return ``shape`` as a tuple of positive ints, or raise."""
    if isinstance(shape, str) or not isinstance(shape, Sequence):
        raise TypeError(f"shape must be a tuple of positive integers, got {shape!r}")
    why = "an array without entries holds no weights"
    return tuple(positive_integer(f"shape[{i}]", size, why) for i, size in enumerate(shape))


def float_dtype(dtype: DTypeLike) -> np.dtype[np.floating]:
    """Return ``dtype`` as a real floating-point dtype, or raise TypeError."""
    advice = "weights must be able to hold small real steps, use float64, float32 or float16"
    try:
        found = np.dtype(dtype)
    except TypeError:
        raise TypeError(f"dtype must be a floating-point dtype, got {dtype!r}: {advice}") from None
    if not np.issubdtype(found, np.floating):
        raise TypeError(f"dtype must be a floating-point dtype, got {found}: {advice}")
    return cast("np.dtype[np.floating]", found)


def close_matches(name: str, known: Collection[str]) -> str:
    """Return ``did you mean 'a' or 'b'? `` for the nearest known names, or nothing."""
    near = difflib.get_close_matches(name, known, n=3)
    return f"did you mean {' or '.join(map(repr, near))}? " if near else ""


def same_name(name: str, known: Collection[str]) -> str:
    """Return the only known name that differs in case, hyphens and inner underscores; else it."""
    if name in known:
        return name
    alike = [each for each in known if _squeezed(each) == _squeezed(name)]
    return alike[0] if len(alike) == 1 else name


def _squeezed(name: str) -> str:
    # An underscore at the end stays: PyTorch's normal_ and uniform_ are others than ours.
    kept = name.rstrip("_")
    return kept.lower().replace("_", "").replace("-", "") + name[len(kept) :]


def choice(what: str, value: object, table: Mapping[str, Choice]) -> Choice:
    """Return the row of ``table`` that ``value`` names, or raise with the names there are."""
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a string, one of {', '.join(table)}, got {value!r}")
    if value not in table:
        hint = close_matches(value, table)
        raise ValueError(
            f"{what} must be one of {', '.join(table)}, got {value!r}: {hint}".rstrip(": ")
        )
    return table[value]
