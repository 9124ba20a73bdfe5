"""JavaScript expressions as text, with what a Python expression around one has to know of it."""

from __future__ import annotations

import json
import re
from math import copysign, isinf, isnan
from typing import Any, NamedTuple

import numpy as np

from autograd.numbers.words import with_article

# How tightly an expression's operator binds, as in JavaScript's grammar.
CHOICE, OR, AND, EQUALITY, RELATION, SUM, PRODUCT, SIGN, ATOM = range(9)

NUMBER, TRUTH, OTHER = "number", "truth", "other"


class NotTranspilable(TypeError):  # noqa: N818 (what it says of a rule, not what went wrong)
    """A rule that can't be said in JavaScript: the message names it and says why."""


class Term(NamedTuple):
    """An expression of JavaScript.

    ``kind`` is TRUTH for a boolean, which Python also computes with; NUMBER; or OTHER for what
    isn't known, may be a string, null or an array.
    """

    text: str
    kind: str = NUMBER
    binds: int = ATOM

    def within(self, binds: int) -> str:
        """Return the text, in parentheses if its operator binds less than asked for."""
        return self.text if self.binds >= binds else f"({self.text})"

    @property
    def number(self) -> Term:
        """The same with a boolean as the number that it is in Python."""
        return Term(f"+{self.within(ATOM)}", NUMBER, SIGN) if self.kind == TRUTH else self


def literal(value: Any) -> Term:
    r"""Return a plain Python object as a literal.

    Examples
    --------
    >>> from math import inf
    >>> from autograd.living.terms import literal
    >>> [literal(x).text for x in (True, -0.0, 3, inf, None, "</script>")]
    ['1', '-0.0', '3', 'Infinity', 'null', '"\\u003c/script\\u003e"']
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None:
        return Term("null", OTHER)
    if isinstance(value, str):
        return Term(quoted(value), OTHER)
    if isinstance(value, (tuple, list)):
        return Term(f"[{', '.join(literal(x).text for x in value)}]", OTHER)
    if not isinstance(value, (bool, int, float)):
        raise NotTranspilable(f"it uses {with_article(value)}, which JavaScript hasn't")
    number = float(value) if isinstance(value, float) else int(value)
    if isinstance(number, int) and abs(number) > 2**53:
        number = _as_float(number)
    negative = copysign(1, number) < 0
    size = abs(number)
    text = "NaN" if isnan(number) else "Infinity" if isinf(number) else repr(size)
    text = text.replace("e+", "e")
    return Term(f"-{text}", NUMBER, SIGN) if negative and not isnan(number) else Term(text)


def _as_float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        raise NotTranspilable("it uses an integer that no float is") from None


def quoted(text: str) -> str:
    """Return a string as a literal that neither ends a script nor a CDATA section."""
    plain = json.dumps(text)  # of ASCII alone
    return re.sub("[<>&]", lambda found: f"\\u{ord(found[0]):04x}", plain)


def identifier(prefix: str, name: str) -> str:
    """Return a name of JavaScript for one of Python; a prefix keeps it from being a keyword."""
    return f"{prefix}_" + re.sub("[^A-Za-z0-9_]", lambda found: f"${ord(found[0]):x}", name)
