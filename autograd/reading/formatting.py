"""Formatting of numbers, arrays and names as short text, for all pictures, tables and messages."""

from __future__ import annotations

import sys
import unicodedata
from fractions import Fraction
from typing import Any

import numpy as np

from autograd.node.node import Node

NONE = "—"  # what stands where there is no gradient: never a 0
DIGITS = 4

# Widths in units of the font's size, a little generous: those of Helvetica, by classes.
_NARROW = frozenset("ijl|'.,:;!/\\ ft[]()I`")
_WIDE = frozenset("mMwW@%—∂Σ")
_SIGNS = frozenset("−+×÷=≈∞")


def number(x: Any) -> str:
    """Return a number in about four significant digits, with a true minus sign.

    Of an array, it is the shape.

    Examples
    --------
    >>> from autograd.reading.formatting import number
    >>> number(-6.0), number(1 / 3), number(float("inf")), number(None)
    ('−6.0', '0.3333', '∞', '—')
    """
    if x is None:
        return NONE
    if isinstance(x, Node):
        x = x._data
    if isinstance(x, (np.ndarray, np.generic)):
        text = _plain(x.item()) if x.size == 1 else f"array{shape(x.shape)}"
    elif isinstance(x, (Fraction, complex, float, int)):
        text = _plain(x)
    elif "mpmath" in sys.modules and type(x).__module__.startswith("mpmath"):
        text = str(sys.modules["mpmath"].nstr(x, 6))
    else:
        text = clean(str(x), 12)
    return text.replace("-", "−").replace("inf", "∞")


def _plain(x: Any) -> str:
    if isinstance(x, Fraction):
        exact = str(x)
        return exact if len(exact) <= 12 else f"≈ {float(x):.{DIGITS}g}"
    if isinstance(x, complex):
        return f"{_plain(x.real)}{x.imag:+.{DIGITS}g}i"
    if isinstance(x, float) and len(repr(x)) > DIGITS + 2:
        return f"{x:.{DIGITS}g}"
    return repr(x)


def spread(array: Any) -> tuple[str, str, str]:
    """Return the smallest, the mean and the largest element of an array as text."""
    if array is None or not array.size:
        return (NONE,) * 3
    with np.errstate(all="ignore"):
        found = array.min(), array.mean(dtype=np.float64), array.max()
    return number(found[0]), number(found[1]), number(found[2])


def shape(lengths: tuple[int, ...]) -> str:
    """Return a shape as Python writes it: ``(64, 10)``."""
    return repr(tuple(int(n) for n in lengths))


def count(n: int, thing: str) -> str:
    """Return ``n`` of a thing: ``1 node``, ``7,013 nodes``."""
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}{'es' if thing.endswith('x') else 's'}"


def settings(params: dict[str, Any] | None) -> str:
    """Return an op's settings as a call shows them: ``axis=1, keepdims=True``."""
    pairs = (f"{name}={_setting(value)}" for name, value in (params or {}).items())
    return ", ".join(pairs)


def _setting(value: Any) -> str:
    match value:
        case np.ndarray():
            return f"array{shape(value.shape)}"
        case slice():
            ends = ("" if end is None else repr(end) for end in (value.start, value.stop))
            return ":".join((*ends, *([] if value.step is None else [repr(value.step)])))
        case tuple():
            return f"({', '.join(map(_setting, value))})"
        case float():
            return number(value)
        case _:
            return "…" if value is ... else clean(repr(value), 24)


def clean(text: str, longest: int = 0) -> str:
    """Return text on one line, without what a picture can't hold, cut to ``longest`` characters.

    Control characters and lone surrogates can't stand in XML and become U+FFFD.
    """
    line = " ".join(text.split())
    line = "".join("\ufffd" if _unprintable(c) else c for c in line)
    return f"{line[: longest - 1]}…" if longest and len(line) > longest else line


def _unprintable(c: str) -> bool:
    return unicodedata.category(c) in {"Cc", "Cs"} or c in "\ufffe\uffff"


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide a text is, in the unit of ``size``."""
    ems = sum(_ems(c) for c in text)
    return ems * size * (1.07 if bold else 1.0)


def _ems(c: str) -> float:
    if c in _NARROW:
        return 0.31
    if c in _WIDE:
        return 0.9
    if c in _SIGNS:
        return 0.76
    if unicodedata.east_asian_width(c) in "WF":
        return 1.05
    return 0.72 if c.isupper() else 0.59
