"""Formatting of numbers, arrays and names as short text, for all pictures, tables and messages."""

from __future__ import annotations

import sys
import unicodedata
from fractions import Fraction
from typing import Any

import numpy as np

from autograd.node.node import Node
from autograd.numbers.unknown import is_unknown
from autograd.rules.op import Op
from autograd.rules.op_registry import ops

NONE = "—"  # what stands where there is no gradient: never a 0
UNKNOWN = "unknown"  # what stands for numbers that another engine kept to itself
DIGITS = 4
EPS = 2.0**-52  # the relative distance from one float to the next
FINE = 1e-3  # a distance from a whole number that is told in three digits, and not in one
SMALL = 64  # elements: a larger array isn't shown in full
SHORT = 8  # elements of a setting

# Widths in units of the font's size, a little generous: those of Helvetica, by classes.
_NARROW = frozenset("ijl|'.,:;!/\\ ft[]()I`")
_WIDE = frozenset("mMwW@%—∂Σ")
_SIGNS = frozenset("−+×÷=≈∞")


def number(x: Any) -> str:
    """Return a number in about four significant digits, with a true minus sign.

    Where these would make a whole number of one that is none, there are as many more as it takes.
    A small array is written in full, of a larger one its shape.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.reading.formatting import number
    >>> number(-6.0), number(1 / 3), number(float("inf")), number(None)
    ('−6.0', '0.3333', '∞', '—')
    >>> number(np.tanh(-6.0)), number(0.7 + 0.2 + 0.1)
    ('−0.9999877', '≈ 1.0')
    >>> number(np.array([[1.0, -2.0], [0.0, 0.5]])), number(np.zeros((64, 10)))
    ('[[1.0, −2.0], [0.0, 0.5]]', 'array (64, 10)')
    """
    if x is None:
        return NONE
    if isinstance(x, Node):
        x = x._data
    if is_unknown(x):
        return UNKNOWN
    if isinstance(x, (np.ndarray, np.generic)):
        if x.size != 1:
            return nested(x, "[{}]", ", ") if is_small(x) else _large(x)
        text = _plain(x.item())
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
        return _rounded(x)
    return repr(x)


def _rounded(x: float) -> str:
    """Return a float in four digits, or in as many as tell it from a whole number nearby."""
    text = f"{x:.{DIGITS}g}"
    if "." in text or "e" in text or not abs(x) < 10**DIGITS / 10:
        return text
    off = abs(x - float(text))
    if off <= 4 * EPS * abs(x):  # by rounding: 0.1 + 0.2 + 0.7
        return f"≈ {float(text)!r}"
    places = -int(f"{off:.16e}".partition("e")[2])
    return f"{x:.{places + (2 if off < FINE else 0)}f}".rstrip("0")


def total(x: Any, *terms: Any) -> str:
    """Return a sum of terms as text, which says of rounding noise that it is no more.

    Examples
    --------
    >>> from autograd.reading.formatting import total
    >>> total(0.1 + 0.2 - 0.3, 0.1, 0.2, -0.3)
    '5.551e−17 (rounding noise)'
    """
    if not is_noisy(x, terms):
        return number(x)
    return number(quieted(x, terms)) + noise_note(x)


def noise_note(x: Any) -> str:
    """Return the note on a number that is rounding noise, or on an array with some in it."""
    return " (rounding noise)" if np.size(x) == 1 else ", but for rounding noise"


def is_noisy(x: Any, terms: tuple[Any, ...]) -> bool:
    """Whether a sum of terms, or some element of it, is no more than what rounding left."""
    return bool(np.any(_is_noise(x, terms)))


def quieted(x: Any, terms: tuple[Any, ...]) -> Any:
    """Return a sum as it is shown: of an array, rounding noise as zeros."""
    return x if np.size(x) == 1 else np.where(_is_noise(x, terms), 0.0, x)


def _is_noise(x: Any, terms: tuple[Any, ...]) -> Any:
    """Whether a number is what rounding left of terms that cancel; of an array, by element."""
    if not all(map(_is_float, (x, *terms))):
        return False
    size = sum(map(abs, terms))
    eps = max(float(np.finfo(getattr(each, "dtype", float)).eps) for each in (x, *terms))
    return (abs(x) <= (len(terms) + 2) * eps * size) & (x != 0) & (x - x == 0)


def _is_float(x: Any) -> bool:
    return isinstance(x, float) or (hasattr(x, "dtype") and x.dtype.kind == "f")


def is_small(array: Any) -> bool:
    """Whether an array is shown in full: one with at most 64 elements."""
    return bool(0 < array.size <= SMALL)


def nested(array: Any, brackets: str, between: str) -> str:
    """Return the numbers of an array as text, with brackets around each axis."""
    if not array.ndim:
        return number(array)
    return brackets.format(between.join(nested(part, brackets, between) for part in array))


def _large(array: Any) -> str:
    """Return the short text of a larger array: its shape."""
    return f"array ({', '.join(map(str, array.shape))})"


def spread(array: Any) -> tuple[str, str, str]:
    """Return the smallest, the mean and the largest element of an array as text.

    A mean that is rounding noise, as of gradients that add up to 0, is written as ≈ 0.
    """
    if array is None or not array.size:
        return (NONE,) * 3
    if is_unknown(array):
        return (UNKNOWN,) * 3
    with np.errstate(all="ignore"):
        least, mean, most = array.min(), array.mean(dtype=np.float64), array.max()
        size = np.abs(array).max()
        noise = _is_float(array) and 0 < abs(mean) <= 4 * np.finfo(array.dtype).eps * size
    return number(least), "≈ 0" if noise else number(mean), number(most)


def shape(lengths: tuple[int, ...]) -> str:
    """Return a shape as Python writes it: ``(64, 10)``."""
    return repr(tuple(int(n) for n in lengths))


def count(n: int, thing: str) -> str:
    """Return ``n`` of a thing: ``1 node``, ``7,013 nodes``."""
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}{'es' if thing.endswith('x') else 's'}"


def settings(params: dict[str, Any] | None) -> str:
    """Return an op's settings as a call shows them: ``axis=1, keepdims=True``."""
    if params and "slopes" in params:  # a row of a Jacobian: each slot says its own
        return ""
    return ", ".join(f"{name}={_setting(value)}" for name, value in shown(params).items())


def shown(params: dict[str, Any] | None) -> dict[str, Any]:
    """Return the settings that are shown: a name that begins with an underscore keeps its own."""
    return {name: value for name, value in (params or {}).items() if not name.startswith("_")}


def symbol(op: Op | None, params: dict[str, Any] | None) -> str:
    """Return an op's symbol; of a row of a Jacobian, that of the op that it is of."""
    if op is None:
        return ""
    if op.name != "linearised":
        return clean(op.symbol)
    name = str((params or {}).get("of", op.name))
    origin = ops().get(name)
    return clean(origin.symbol if origin is not None else name)


def _setting(value: Any) -> str:
    match value:
        case np.ndarray():
            full = value.size <= SHORT
            return str(value.tolist()) if full else _large(value)
        case slice():
            ends = ("" if end is None else repr(end) for end in (value.start, value.stop))
            return ":".join((*ends, *([] if value.step is None else [repr(value.step)])))
        case tuple() if len(value) > SHORT:
            return f"({len(value)} numbers)"
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
    if not line.isprintable():  # which is asked first because most text is
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
