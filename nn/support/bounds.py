"""Checks of settings: numbers that have bounds, such as a learning rate, and flags."""

from __future__ import annotations

import math
from fractions import Fraction
from numbers import Integral, Real


def at_least_zero(what: str, value: object) -> float | Fraction:
    """Return a setting as a finite number that isn't negative, or raise."""
    if isinstance(value, bool) or not isinstance(value, (float, Real)):
        raise TypeError(f"{what} must be a number, got {value!r}")
    try:
        number = value if isinstance(value, Fraction) else float(value)
        float(number)
    except OverflowError:
        raise ValueError(f"{what} must be within the range of floats, got a larger one") from None
    if not 0 <= number < math.inf:
        raise ValueError(f"{what} must be finite and at least 0, got {value}")
    return number


def flag(what: str, value: object) -> bool:
    """Return a setting that is True or False, or raise TypeError."""
    if type(value) is not bool:
        raise TypeError(f"{what} must be True or False, got {value!r}")
    return value


def below_one(what: str, value: object) -> float | Fraction:
    """Return the decay of a running mean: at least 0, less than 1; or raise."""
    number = at_least_zero(what, value)
    if number >= 1:
        raise ValueError(f"{what} must be at least 0 and less than 1, got {value}")
    return number


def check_ignored(ignore_index: object) -> int | None:
    """Return the label that is left out, as an int or None; raise TypeError for anything else."""
    if ignore_index is None:
        return None
    if isinstance(ignore_index, bool) or not isinstance(ignore_index, Integral):
        raise TypeError(f"ignore_index must be an integer or None, got {ignore_index!r}")
    return int(ignore_index)
