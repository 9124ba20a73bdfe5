"""A column of numbers with the same decimals, so that they can be compared at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isfinite, log10

from autograd.reading.formatting import NONE, number

DIGITS = 4  # of the largest
LARGE, SMALL = 1e6, 1e-3  # the largest of a column, from where on powers of ten are written


def aligned(numbers: Sequence[float | None]) -> list[str]:
    """Return numbers as texts with the same decimals; an exact zero is ``0``.

    Examples
    --------
    >>> from autograd.show.network.aligned_numbers import aligned
    >>> aligned([12.5, -0.125, 0.0, None])
    ['12.50', '−0.12', '0', '—']
    >>> aligned([1.0, -2.0]), aligned([3e-7])
    (['1.0', '−2.0'], ['3.000e−07'])
    """
    sizes = [abs(x) for x in numbers if x is not None and isfinite(x) and x]
    largest = max(sizes, default=1.0)
    if not SMALL <= largest < LARGE:
        return [_text(x, f".{DIGITS - 1}e") for x in numbers]
    decimals = max(1, DIGITS - 1 - floor(log10(largest)))
    while decimals > 1 and all(round(x, decimals - 1) == x for x in sizes):
        decimals -= 1
    return [_text(x, f".{decimals}f") for x in numbers]


def _text(x: float | None, form: str) -> str:
    if x is None:
        return NONE
    if x == 0:
        return "0"
    return f"{x:{form}}".replace("-", "−") if isfinite(x) else number(x)
