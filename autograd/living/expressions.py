"""A Python expression as one of JavaScript that computes what Python does with floats.

Python's nan is true, comparisons chain, ``or`` returns an operand, True is 1. Integers are floats
here: a whole number has 53 bits, and an integer zero that is negated gets a sign. Expressions have
no side effects, so that an operand may be written, and computed, twice or not at all.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from autograd.living.known_functions import call_of
from autograd.living.terms import (
    AND,
    ATOM,
    CHOICE,
    EQUALITY,
    NUMBER,
    OR,
    OTHER,
    PRODUCT,
    SIGN,
    SUM,
    TRUTH,
    NotTranspilable,
    Term,
    literal,
)
from autograd.numbers import kinds
from autograd.numbers.words import with_article
from autograd.rules import chain_rule

_BINARY: dict[type[ast.AST], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.FloorDiv: operator.floordiv,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.eq,
    ast.IsNot: operator.ne,
}
_LOGICAL: dict[type[ast.AST], tuple[str, int]] = {
    ast.BitAnd: ("&&", AND),
    ast.BitOr: ("||", OR),
    ast.BitXor: ("!==", EQUALITY),
    ast.And: ("&&", AND),
    ast.Or: ("||", OR),
}
_SPELLED = [sign + word for sign in ("", "+", "-") for word in ("inf", "infinity", "nan")]
_CHOICES = (kinds.choose, chain_rule.choose, np.where)


class Calls(Protocol):
    """What writes the call of a function that a rule names, and sees that the page has it."""

    def call(self, function: Any, operands: list[Term], settings: dict[str, Term]) -> Term:
        """Return the call; NotTranspilable if JavaScript can't have the function."""


class Expressions:
    """Writes expressions in some names.

    Attributes
    ----------
    names : mapping of str to Term
        Operands, settings and variables.
    outside : callable
        Returns the object that any other name stands for; NameError if there is none.
    """

    def __init__(
        self, names: Mapping[str, Term], outside: Callable[[str], Any], calls: Calls
    ) -> None:
        self.names = names
        self.outside = outside
        self.calls = calls

    def value(self, node: ast.expr) -> Term:
        """Return the JavaScript of an expression's value."""
        write = getattr(self, f"_{type(node).__name__.lower()}", None)
        if write is None:
            raise NotTranspilable(f"it has {ast.unparse(node)!r}, for which there is no rule here")
        found: Term = write(node)
        return found

    def truth(self, node: ast.expr) -> Term:
        """Return whether an expression is true, in Python's sense."""
        if isinstance(node, ast.BoolOp):
            return _joined(node.op, [self.truth(each) for each in node.values])
        found = self.value(node)
        if found.kind == TRUTH:
            return found
        if found.kind == NUMBER:
            return Term(f"{found.within(EQUALITY + 1)} !== 0", TRUTH, EQUALITY)
        return Term(f"p_truth({found.text})", TRUTH)

    def choice(self, condition: Term, x: Term, y: Term) -> Term:
        """Return x where the condition holds, else y."""
        kind = TRUTH
        if not x.kind == y.kind == TRUTH:
            x, y = x.number, y.number
            kind = NUMBER if x.kind == y.kind == NUMBER else OTHER
        text = f"{condition.within(OR)} ? {x.within(OR)} : {y.within(CHOICE)}"
        return Term(text, kind, CHOICE)

    def _constant(self, node: ast.Constant) -> Term:
        return literal(node.value)

    def _name(self, node: ast.Name) -> Term:
        if node.id in self.names:
            return self.names[node.id]
        return self._as_literal(self._object(node), node)

    def _attribute(self, node: ast.Attribute) -> Term:
        return self._as_literal(self._object(node), node)

    def _as_literal(self, found: Any, node: ast.expr) -> Term:
        try:
            return literal(found)
        except NotTranspilable:
            raise NotTranspilable(
                f"it uses {ast.unparse(node)!r}, {with_article(found)} from outside"
            ) from None

    def _object(self, node: ast.expr) -> Any:
        """Return the object that a name, or an attribute of a module, stands for."""
        if isinstance(node, ast.Name) and node.id not in self.names:
            return self.outside(node.id)
        if isinstance(node, ast.Attribute):
            try:
                return getattr(self._object(node.value), node.attr)
            except AttributeError as error:
                raise NotTranspilable(f"it uses {ast.unparse(node)!r}: {error}") from None
        raise NotTranspilable(f"it calls or reads {ast.unparse(node)!r}, which it computed")

    def _unaryop(self, node: ast.UnaryOp) -> Term:
        if isinstance(node.op, ast.Not):
            return Term(f"!{self.truth(node.operand).within(ATOM)}", TRUTH, SIGN)
        if isinstance(node.op, ast.Invert):
            raise NotTranspilable(f"it has {ast.unparse(node)!r}: write 'not'")
        operand = self.value(node.operand)
        if isinstance(node.op, ast.USub) and operand.kind == TRUTH:  # −False is 0, without a sign
            return Term(f"0 - {operand.number.within(PRODUCT)}", NUMBER, SUM)
        return self._known(node.op, [operand], node)

    def _binop(self, node: ast.BinOp) -> Term:
        sides = [self.value(node.left), self.value(node.right)]
        if type(node.op) in _LOGICAL:
            if any(side.kind != TRUTH for side in sides):
                raise NotTranspilable(f"it takes the bits of numbers in {ast.unparse(node)!r}")
            return _joined(node.op, sides)
        return self._known(node.op, sides, node)

    def _known(self, how: ast.AST, operands: list[Term], node: ast.expr) -> Term:
        found = type(how) in _BINARY and call_of(_BINARY[type(how)], operands)
        if not found:
            raise NotTranspilable(f"it has {ast.unparse(node)!r}, for which there is no rule here")
        return found

    def _boolop(self, node: ast.BoolOp) -> Term:
        values = [self.value(each) for each in node.values]
        if all(each.kind == TRUTH for each in values):
            return _joined(node.op, values)
        name = "p_or" if isinstance(node.op, ast.Or) else "p_and"
        *before, last = [each.number for each in values]
        kind = NUMBER if all(each.kind == NUMBER for each in (*before, last)) else OTHER
        for each in reversed(before):
            last = Term(f"{name}({each.text}, {last.text})", kind)
        return last

    def _compare(self, node: ast.Compare) -> Term:
        sides = [node.left, *node.comparators]
        links = [
            self._comparison(how, left, right, node)
            for how, left, right in zip(node.ops, sides, sides[1:], strict=False)
        ]
        return _joined(ast.And(), links)

    def _comparison(self, how: ast.cmpop, x: ast.expr, y: ast.expr, node: ast.expr) -> Term:
        if isinstance(how, (ast.In, ast.NotIn)):
            if not isinstance(y, (ast.Tuple, ast.List)):
                raise NotTranspilable(f"it looks into what isn't written out: {ast.unparse(node)}")
            equals = [self._comparison(ast.Eq(), x, each, node) for each in y.elts]
            found = _joined(ast.Or(), equals or [Term("false", TRUTH)])
            return found if isinstance(how, ast.In) else Term(f"!({found.text})", TRUTH, SIGN)
        if isinstance(how, (ast.Is, ast.IsNot)) and "None" not in map(ast.unparse, (x, y)):
            raise NotTranspilable(f"it asks for identity in {ast.unparse(node)!r}")
        return self._known(how, [self.value(x), self.value(y)], node)

    def _ifexp(self, node: ast.IfExp) -> Term:
        return self.choice(self.truth(node.test), self.value(node.body), self.value(node.orelse))

    def _tuple(self, node: ast.Tuple) -> Term:
        return Term(f"[{', '.join(self.value(x).number.text for x in node.elts)}]", OTHER)

    _list = _tuple

    def _subscript(self, node: ast.Subscript) -> Term:
        place = constant(node.slice)
        if type(place) is not int:
            raise NotTranspilable(f"it has {ast.unparse(node)!r}: an index must be a plain integer")
        index = f".at({place})" if place < 0 else f"[{place}]"
        return Term(f"{self.value(node.value).within(ATOM)}{index}")

    def _call(self, node: ast.Call) -> Term:
        if any(isinstance(x, ast.Starred) for x in node.args) or any(
            x.arg is None for x in node.keywords
        ):
            raise NotTranspilable(f"it has a starred argument in {ast.unparse(node)!r}")
        function = self._object(node.func)
        if any(function is each for each in _CHOICES) and len(node.args) == 3:
            condition, x, y = node.args
            return self.choice(self.truth(condition), self.value(x), self.value(y))
        if function is bool and len(node.args) == 1:
            return self.truth(node.args[0])
        if function is float and node.args and isinstance(text := constant(node.args[0]), str):
            if text not in _SPELLED:
                raise NotTranspilable(f"it has {ast.unparse(node)!r}: write the number")
            return literal(float(text))
        operands = [self.value(x).number for x in node.args]
        settings = {x.arg: self.value(x.value).number for x in node.keywords if x.arg}
        return self.calls.call(function, operands, settings)


def constant(node: ast.expr) -> Any:
    """Return the object that an expression of literals is; None for any other."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _joined(how: ast.AST, terms: list[Term]) -> Term:
    if len(terms) == 1:
        return terms[0]
    sign, binds = _LOGICAL[type(how)]
    inside = OR + 1 if sign == "&&" else binds + (sign != "||")
    texts = [x.within(max(inside, binds)) for x in terms]
    return Term(f" {sign} ".join(texts), TRUTH, binds)
