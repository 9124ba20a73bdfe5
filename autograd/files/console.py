"""Texts for a console that lacks signs such as −, × or ∞: in cp1252, say, printing them raises."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

_Class = TypeVar("_Class", bound=type)

# What stands for a sign where it is missing; others are written as Python escapes them.
_PLAIN = {
    "−": "-", "—": "-", "–": "-", "×": "x", "·": "*", "∞": "inf", "≈": "~", "…": "...",
    "→": "->", "←": "<-", "↑": "^", "∂": "d", "≤": "<=", "≥": ">=", "²": "^2", "½": "1/2",
    "─": "-", "│": "|", "└": "`", "├": "|", "φ": "phi", "Φ": "Phi", "σ": "sigma", "ᵀ": "^T",
    "Σ": "sum", "Π": "prod", "√": "sqrt", "∛": "cbrt", "‖": "||", "⊗": "(x)", "∗": "*",
    "ˣ": "^x", "ʸ": "^y", "ⁿ": "^n", "δ": "delta", "θ": "theta", "λ": "lambda", "η": "eta",
    **{chr(0x2080 + digit): f"_{digit}" for digit in range(10)},
}  # fmt: skip


def for_console(text: str) -> str:
    """Return a text as the console can show it: as it is, if the console has all of its signs.

    Examples
    --------
    >>> for_console("∂L/∂x = −2 · ∞")  # here
    '∂L/∂x = −2 · ∞'
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if text.isascii() or _has(encoding, text):
        return text
    plain = "".join(c if _has(encoding, c) else _PLAIN.get(c, c) for c in text)
    return plain.encode(encoding, "backslashreplace").decode(encoding)


class ConsoleText(str):
    """A text that is printed as the console can show it, and is itself in all else.

    Examples
    --------
    >>> text = ConsoleText("x − 1")  # in ASCII its str() is "x - 1"
    >>> text == "x − 1", f"{text:>6}"
    (True, ' x − 1')
    """

    __slots__ = ()

    def __str__(self) -> str:
        return for_console(str.__str__(self))

    def __repr__(self) -> str:
        return for_console(str.__repr__(self))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


def _has(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    except LookupError:  # an encoding that this Python doesn't know: no console of ours
        return True
    return True


def printable(cls: _Class) -> _Class:
    """Make what a class's ``str`` and ``repr`` say printable on any console.

    Examples
    --------
    >>> from autograd.extend import printable
    >>> @printable
    ... class Slope:
    ...     def __repr__(self):
    ...         return "∂L/∂x"  # on a console without the sign: dL/dx
    >>> Slope()
    ∂L/∂x
    """
    for name in ("__str__", "__repr__"):
        if name in vars(cls) or issubclass(cls, BaseException):
            setattr(cls, name, _shown(getattr(cls, name)))
    return cls


def _shown(say: Callable[[object], str]) -> Callable[[object], str]:
    @wraps(say)
    def shown(self: object) -> str:
        return for_console(say(self))

    return shown
