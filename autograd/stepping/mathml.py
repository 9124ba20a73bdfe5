r"""Translates the LaTeX of steps to MathML, for the player: ``x^2`` → ``<msup>…</msup>``.

It knows what our formulas use; of a command that it doesn't know, it shows the name.
"""

from __future__ import annotations

import re
from html import escape

from autograd.stepping.holes import FIRST

# fmt: off
SYMBOLS = {
    "cdot": "·", "times": "×", "partial": "∂", "infty": "∞", "pi": "π", "sigma": "σ",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "mu": "μ", "varphi": "φ", "Phi": "Φ",
    "leq": "≤", "geq": "≥", "neq": "≠", "wedge": "∧", "vee": "∨", "sum": "∑", "prod": "∏",
    "quad": "\u2003", "ldots": "…", "dots": "…", "cdots": "⋯", "to": "→", "leftarrow": "←",
    "lVert": "‖", "rVert": "‖", "lvert": "|", "rvert": "|", "lfloor": "⌊", "rfloor": "⌋",
    "lceil": "⌈", "rceil": "⌉", "odot": "⊙", "top": "⊤", "textbackslash": "\\", "approx": "≈",
    "textasciitilde": "~", "textasciicircum": "^", "pm": "±", "mapsto": "↦", "lambda": "λ",
    "in": "∈", "mathrel{+}=": "+=",
}
LETTERS = {
    "pi", "sigma", "alpha", "beta", "gamma", "delta", "lambda", "mu", "varphi", "Phi", "infty",
}
SKIPPED = {
    "left", "right", ",", ";", "!", " ", "displaystyle", "big", "Big", "mathrel", "mathbin",
}
# fmt: on
WORDS = {"text", "mathrm", "operatorname"}
BUILT = {*WORDS, "frac", "sqrt", "begin", "D"}
TOKEN = re.compile(r"\\mathrel\{\+\}=|\\[A-Za-z]+|\\[^A-Za-z]|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
SLOT = "\ue000"  # of the private use area
HOLES = chr(FIRST)  # and all characters behind it
SIGN = re.compile(r"[-=+({\[,<>&]|\\[A-Za-z]+|\\\\")  # after it, a minus belongs to a number
FENCES = {"(", ")", "[", "]", "|"}


def mathml(latex: str) -> str:
    r"""Return LaTeX as MathML, without the ``math`` element around it.

    ``SLOT`` stands for a number, and ``\D{}`` for the ∂z/∂x of two nodes: the page fills them in.

    Examples
    --------
    >>> from autograd.stepping.mathml import mathml
    >>> mathml(r"\frac{1}{x}")
    '<mfrac><mn>1</mn><mi>x</mi></mfrac>'
    """
    return _row(_Reader(latex).until(None))


def _tag(name: str, inside: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{inside}</{name}>"


def _row(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else _tag("mrow", "".join(parts))


def _is_function(token: str) -> bool:
    name = token[1:]
    known = name in SYMBOLS or name in SKIPPED or name in BUILT
    return token.startswith("\\") and name.isalpha() and not known


class _Reader:
    """A place among the tokens of LaTeX; what is broken ends early, and nothing is raised."""

    def __init__(self, latex: str) -> None:
        # Spaces count within \text{…} only, so they stay on the tokens' list.
        self.tokens = TOKEN.findall(latex)
        self.at = 0

    def peek(self) -> str:
        """Return the next token but for spaces; an empty one at the end."""
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def until(self, close: str | None) -> list[str]:
        """Return all up to a closing token, which is taken too."""
        parts = []
        while (token := self.peek()) and token != close:
            parts.append(self.scripted())
        self.at += bool(token)
        return parts

    def scripted(self) -> str:
        """Return one thing with what is below and above it; a function, with a little space."""
        is_function = _is_function(self.peek())
        made = self.with_scripts(self.atom())
        if not is_function or self.peek() in ("", "(", r"\left"):
            return made
        return _tag("mrow", made + '<mspace width="0.17em"></mspace>')

    def with_scripts(self, base: str) -> str:
        below = above = ""
        while (sign := self.peek()) in ("_", "^"):
            self.at += 1
            if sign == "_":
                below = self.atom()
            else:
                above = self.atom()
        name = "m" + "sub" * bool(below) + "sup" * bool(above)
        return _tag(name, base + below + above) if below or above else base

    def atom(self) -> str:
        token = self.take()
        if not token:
            return _tag("mrow", "")
        if token == "{":
            return _row(self.until("}"))
        if token.startswith("\\"):
            return self.command(token[1:])
        if token >= HOLES:
            return token
        if token[0].isdecimal() or token == SLOT:
            return _tag("mn", token)
        if token.isalpha():
            return _tag("mi", token)
        if token == "-":
            return _tag("mo", "−", ' form="prefix"' * self.is_sign())
        return _tag("mo", escape(token), ' stretchy="false"' * (token in FENCES))

    def is_sign(self) -> bool:
        """Whether a minus that was just taken belongs to a number, and stands close to it."""
        before = [token for token in self.tokens[: self.at - 1] if not token.isspace()]
        if not before:
            return True
        return before[-1][1:] not in LETTERS and SIGN.fullmatch(before[-1]) is not None

    def command(self, name: str) -> str:
        if name in SKIPPED:
            return _tag("mrow", "")
        if name == "D":
            self.argument()
            return r"\D{}"
        if name == "frac":
            return _tag("mfrac", self.atom() + self.atom())
        if name == "sqrt":
            return self.root()
        if name in WORDS:
            return self.word(name)
        if name == "begin":
            return self.table()
        symbol = name in SYMBOLS and name not in LETTERS
        kind = "mo" if symbol or not name.isalpha() else "mi"
        return _tag(kind, escape(SYMBOLS.get(name, name)))

    def argument(self) -> str:
        """Return what is in braces, as it is written."""
        self.take()
        start = self.at
        while self.take() not in ("}", ""):
            pass
        return "".join(self.tokens[start : self.at - 1])

    def root(self) -> str:
        if self.peek() != "[":
            return _tag("msqrt", self.atom())
        self.at += 1
        degree = _row(self.until("]"))
        return _tag("mroot", self.atom() + degree)

    def word(self, name: str) -> str:
        self.take()
        text, depth = "", 1
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            depth += (token == "{") - (token == "}")
            if not depth:
                break
            if token not in ("{", "}"):
                bare = token.removeprefix("\\")
                text += SYMBOLS.get(bare, bare) if token != bare else token
        if name == "text":  # spaces at its ends would be lost
            return _tag("mtext", escape(re.sub("^ | $", "\u00a0", text)))
        return _tag("mi", escape(text), ' mathvariant="normal"')

    def table(self) -> str:
        """Return the cases of a choice, or a matrix."""
        is_matrix = self.argument() == "bmatrix"
        rows: list[list[list[str]]] = [[[]]]
        while (token := self.peek()) and token != r"\end":
            if token not in ("&", r"\\"):
                rows[-1][-1].append(self.scripted())
                continue
            self.at += 1
            if token == "&":
                rows[-1].append([])
            else:
                rows.append([[]])
        self.at += bool(token)
        self.argument()
        cell = "" if is_matrix else ' style="text-align:left"'
        made = ["".join(_tag("mtd", _row(parts), cell) for parts in cells) for cells in rows]
        kind = ' class="matrix"' * is_matrix  # the page has its numbers at the right
        table = _tag("mtable", "".join(_tag("mtr", each) for each in made), kind)
        left, right = _fence("[" if is_matrix else "{"), _fence("]") * is_matrix
        return _tag("mrow", left + table + right)


def _fence(sign: str) -> str:
    return _tag("mo", sign, ' stretchy="true"')
