"""Holes: what stands for a number or a name while the texts of a step are made for any numbers.

The code that makes sentences and formulas runs on them as on numbers. Each becomes one character
of a private area, and ``event_templates.py`` writes down which hole it is and how it is written.
A question about numbers (``x > 0``) is answered as the sheet says, where one may look it up.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

from autograd.numbers.kinds import quiet
from autograd.reading import formatting
from autograd.rules.op_registry import built_in

FIRST = 0xF0000  # of the private characters
BRACKETED = "!"  # behind a role: in parentheses if it has a sign of its own
LEVEL = "^"  # before how tightly a formula must hold together where the hole is
SUM = "+"  # before what is added up: says of rounding noise that it is no more
VALUES, PRODUCTS, ELEMENTS = "values", "products", "elements"  # what an op may add up


class Question(NamedTuple):
    """A condition in the language of rules, over roles of numbers.

    Attributes
    ----------
    text : str
        The condition, such as ``v0 > 0``.
    roles : tuple of str
        The roles that it names.
    scope : mapping
        What its other names mean: see ``autograd.rules.op_registry``.
    """

    text: str
    roles: tuple[str, ...]
    scope: Mapping[str, Any] = built_in

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Question):
            return NotImplemented
        return self.text == other.text and self.scope is other.scope

    def answer(self, number: Callable[[str], Any]) -> bool:
        """Return whether it holds of numbers; of arrays, of every element."""
        known = {role: number(role) for role in self.roles}
        return bool(np.all(evaluate(self.text, known, self.scope)))


class UnansweredError(Exception):
    """A question that has no answer yet."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.text)
        self.question = question


class Sheet:
    """The holes of one text, and the answers that it is written with.

    With ``arrays``, the page itself finds what is rounding noise in an array.
    """

    def __init__(self, answers: Mapping[Question, bool], *, arrays: bool = False) -> None:
        self.answers = answers
        self.arrays = arrays
        self.codes: list[str] = []
        self._characters: dict[str, str] = {}

    def character(self, code: str) -> str:
        """Return the character that stands for a hole, written in one way."""
        if code not in self._characters:
            self._characters[code] = chr(FIRST + len(self.codes))
            self.codes.append(code)
        return self._characters[code]

    def ask(self, question: Question) -> bool:
        """Return the answer, or raise ``UnansweredError``."""
        if question not in self.answers:
            raise UnansweredError(question)
        return self.answers[question]


class Hole:
    """A number that is yet to come.

    Attributes
    ----------
    sheet : Sheet
    role : str
        Which number of an event it is.
    like : number or array
        One such number, whose type and shape it shares.
    """

    def __init__(self, sheet: Sheet, role: str, like: Any) -> None:
        self.sheet, self.role, self.like = sheet, role, like

    @property
    def ndim(self) -> int:
        return np.ndim(self.like)

    @property
    def size(self) -> int:
        return np.size(self.like)

    def __str__(self) -> str:
        return self.sheet.character(self.role)

    def written(self, how: str) -> str:
        """Return the character for this number, written so: ``!``, or ``^`` and a level."""
        return self.sheet.character(self.role + how)


class NameHole(str):
    """The name of a node that is yet to come; as a text, a character."""

    sheet: Sheet
    role: str

    def __new__(cls, sheet: Sheet, role: str) -> NameHole:
        made = super().__new__(cls, sheet.character(role))
        made.sheet, made.role = sheet, role
        return made

    @property
    def formula(self) -> str:
        """The character for this name as a formula has it."""
        return self.sheet.character(f"{self.role}{LEVEL}")


def is_array(x: Any) -> bool:
    """Whether a number, or what a hole is for, is a NumPy array."""
    return isinstance(x.like if isinstance(x, Hole) else x, np.ndarray)


def bracketed(x: Any) -> str:
    """Return a number as it stands behind a sign: in parentheses if it has a sign of its own."""
    if isinstance(x, Hole):
        return x.written(BRACKETED)
    text = formatting.number(x)
    return f"({text})" if text.startswith("−") or isinstance(x, complex) else text


def summed(x: Any, what: str, terms: Callable[[], Iterable[Any]]) -> str:
    """Return a sum as text, which says of rounding noise that it is no more.

    Parameters
    ----------
    x : number, array or Hole
        The sum.
    what : str
        What is added up, for a page: ``VALUES`` and its kin, or roles with commas between.
    terms : callable
        Returns the terms themselves.
    """
    if not isinstance(x, Hole):
        return formatting.total(x, *terms())
    if not is_array(x) or x.sheet.arrays:
        return x.written(SUM + what)
    if not x.sheet.ask(Question(f"noisy({x.role}, {what})", (x.role, *what.split(",")), NOISE)):
        return str(x)
    quiet = "q" if x.ndim and x.size != 1 else x.role
    return x.sheet.character(quiet) + formatting.noise_note(x.like)


def _noisy(x: Any, *terms: Any) -> bool:
    if len(terms) == 1 and isinstance(terms[0], tuple):
        (terms,) = terms
    return formatting.is_noisy(x, terms)


NOISE = {"noisy": _noisy}


def is_all(condition: str, numbers: Mapping[str, Any]) -> bool:
    """Whether a condition in the language of rules holds of numbers; of every element of arrays."""
    asked = _asked(condition, numbers)
    return (
        Question(condition, tuple(numbers)).answer(numbers.__getitem__) if asked is None else asked
    )


def holds(
    condition: str, numbers: Mapping[str, Any], scope: Mapping[str, Any] = built_in
) -> bool | None:
    """Return whether a condition holds; None if that can't be told, as for arrays.

    Parameters
    ----------
    condition : str
        In the language of rules.
    numbers : mapping of str to number or Hole
        What its names stand for.
    scope : mapping
        What other names mean.
    """
    asked = _asked(condition, numbers, scope)
    if asked is not None:
        return asked
    try:
        found = evaluate(condition, numbers, scope)
    except Exception:  # a value isn't known
        return None
    return None if getattr(found, "shape", ()) else bool(found)


def _asked(
    condition: str, numbers: Mapping[str, Any], scope: Mapping[str, Any] = built_in
) -> bool | None:
    """Return the sheet's answer to a condition on holes; None if there is no hole in it."""
    if not any(isinstance(x, Hole) for x in numbers.values()):
        return None
    tree = ast.parse(condition, mode="eval")
    names = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
    known = {x: number for x, number in numbers.items() if x in names}
    holes = [x for x in known.values() if isinstance(x, Hole)]
    if not holes:
        return None
    roles = tuple(sorted({hole.role for hole in holes}))
    text = ast.unparse(_Renaming(known).visit(tree))
    return holes[0].sheet.ask(Question(text, roles, scope))


@quiet  # a limit such as 1e6 is infinity beside a float16
def evaluate(text: str, numbers: Mapping[str, Any], scope: Mapping[str, Any] = built_in) -> Any:
    """Return the value of a rule's text."""
    return eval(_compiled(text), {"__builtins__": {}, **scope}, dict(numbers))


@cache
def _compiled(text: str) -> CodeType:
    return compile(text, "<rule>", "eval")


class _Renaming(ast.NodeTransformer):
    """Writes roles for the names of operands, and numbers for the names of settings."""

    def __init__(self, numbers: Mapping[str, Any]) -> None:
        self.numbers = numbers

    def visit_Name(self, node: ast.Name) -> ast.expr:
        found = self.numbers.get(node.id)
        if isinstance(found, Hole):
            return ast.Name(found.role)
        return node if found is None else ast.Constant(found)
