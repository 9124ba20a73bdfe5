"""The rule book in JavaScript: expressions from the text of rules, functions from their source.

A rule's text is written anew for JavaScript, and so are the short Python functions that stand
behind an op's ``Primitive``. What an expression calls is defined once, in a ``Script``; its
``source()`` goes into the page.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from types import FunctionType
from typing import Any

from autograd.living.expressions import Expressions
from autograd.living.known_functions import call_of, primitives_of
from autograd.living.statements import translated
from autograd.living.terms import NUMBER, OTHER, NotTranspilable, Term, identifier, literal
from autograd.numbers import kinds
from autograd.numbers.kinds import CONSTANTS, Primitive
from autograd.rules.compiling import OPERANDS
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import built_in, is_built_in
from autograd.rules.settled import settled

__all__ = ["NotTranspilable", "PageRule", "Script", "expression"]


@dataclass(frozen=True)
class PageRule:
    """One op, with settings, as expressions of JavaScript.

    Attributes
    ----------
    function : str
        The result, in the names that were given for the operands and settings.
    partials : tuple of str or number
        ∂z/∂operand for each operand, in these and z; a number where the rule has one.
    """

    function: str
    partials: tuple[str | float, ...]


class Script:
    """The functions that the rules of one page call.

    Examples
    --------
    >>> from autograd.living.javascript import Script
    >>> script = Script()
    >>> script.expression("x * log1p(y)", {"x": "a", "y": "b"})
    'a * Math.log1p(b)'
    >>> script.source()
    ''
    """

    def __init__(self) -> None:
        self._named: dict[str, Any] = {}  # what has a name in the page
        self._defined: list[str] = []
        self._written: list[str] = []  # what is in the page beside these

    def expression(
        self, text: str, names: Mapping[str, str], scope: Mapping[str, Any] = built_in
    ) -> str:
        """Return an expression in JavaScript: a number where Python has a number or a boolean.

        Parameters
        ----------
        text : str
            An expression as the rules of ops are: in some names, ops and constants.
        names : mapping of str to str
            What stands in JavaScript for each name: itself an operand, such as ``h[3]``.
        scope : mapping
            What other names stand for; by default the ops and helpers of built-in rules.

        Raises
        ------
        NotTranspilable
            If the text has what JavaScript can't compute as Python does.
        """
        terms = {name: Term(given, NUMBER) for name, given in names.items()}
        body = ast.parse(text, mode="eval").body
        return self._handed_out(self._written_out(body, terms, scope).number)

    def condition(
        self, text: str, names: Mapping[str, str], scope: Mapping[str, Any] = built_in
    ) -> str:
        """Return an expression that is true in JavaScript where the text is true in Python."""
        terms = {name: Term(given, NUMBER) for name, given in names.items()}
        body = ast.parse(text, mode="eval").body
        return self._handed_out(Expressions(terms, _finder(scope), self).truth(body))

    def rule(self, op: Elementwise, names: Mapping[str, str], settings: dict[str, Any]) -> PageRule:
        """Return an op's rule for some settings.

        Parameters
        ----------
        op : Elementwise
            The op.
        names : mapping of str to str
            What stands in JavaScript for x, y, u, v and z, and for each setting that is no literal.
        settings : dict
            The settings that are literals, where they differ from their defaults.

        Raises
        ------
        NotTranspilable
            With the op's name, if one of its rules can't be said in JavaScript.
        """
        literals = {k: v for k, v in (op.settings | settings).items() if k not in names}
        terms = {name: Term(given, NUMBER) for name, given in names.items()}
        operands = OPERANDS[: op.arity]
        try:
            function = self._rule(op, op.text or op.function, operands, terms, literals)
            partials = tuple(
                self._handed_out(self._rule(op, rule, (*operands, "z"), terms, literals))
                if isinstance(rule, str) or callable(rule)
                else rule
                for rule in op.partials
            )
        except NotTranspilable as error:
            raise _of(op, error) from None
        return PageRule(self._handed_out(function), partials)

    def uses(self, text: str) -> None:
        """Note a text of the page beside these expressions, whose primitives it needs too."""
        self._written.append(text)

    def source(self) -> str:
        """Return the definitions of all that was called, each once: plain text of a script."""
        own = "\n".join(self._defined)
        return "\n".join(filter(None, [primitives_of("\n".join([own, *self._written])), own]))

    def call(self, function: Any, operands: list[Term], settings: dict[str, Term]) -> Term:
        """Return the call of an op, a constant of rules or a Python function."""
        for name in CONSTANTS:
            if function is getattr(kinds, name):
                return literal(function(1.0))
        if isinstance(function, Primitive):
            function, settings = function.real, {}  # settings are for its partials
        if isinstance(function, Elementwise):
            return self._call_op(function, operands, settings)
        known = None if settings else call_of(function, operands)
        if known is not None:
            return known
        if not isinstance(function, FunctionType):
            raise NotTranspilable(
                f"it calls {_name_of(function)}, which isn't a function of Python with a source"
            )
        given = _in_order(function, operands, settings)
        name = self._name(function, identifier("py", function.__name__.strip("<>")))
        return Term(f"{name}({', '.join(given)})")

    def _call_op(self, op: Elementwise, operands: list[Term], settings: dict[str, Term]) -> Term:
        if not op.text:
            given = {k: settings.get(k) or literal(_default(op, k)) for k in op.settings}
            return self.call(op.function, operands, given)
        name = self._name(op, identifier("f" if is_built_in(op) else "own", op.name))
        rest = [settings.get(k) or literal(_default(op, k)) for k in op.settings]
        while rest and len(rest) > _last_given(op, settings):
            rest.pop()
        return Term(f"{name}({', '.join(x.text for x in [*operands, *rest])})")

    def _rule(
        self,
        op: Elementwise,
        rule: Any,
        operands: tuple[str, ...],
        names: dict[str, Term],
        literals: dict[str, Any],
    ) -> Term:
        if isinstance(rule, str):
            body = settled(ast.parse(rule, mode="eval").body, literals)
            return self._written_out(body, names, op.scope).number
        given = {k: names[k] if k in names else literal(literals[k]) for k in op.settings}
        return self.call(rule, [names[x] for x in operands], given).number

    def _written_out(
        self, body: ast.expr, names: Mapping[str, Term], scope: Mapping[str, Any]
    ) -> Term:
        return Expressions(names, _finder(scope), self).value(body)

    def _handed_out(self, term: Term) -> str:
        self.uses(term.text)
        return term.text

    def _name(self, thing: Elementwise | FunctionType, wanted: str) -> str:
        """Return the name of an op or a function in the page; define it if it is new."""
        for name, known in self._named.items():
            if known is thing:
                return name
        name, k = wanted, 2
        while name in self._named:
            name, k = f"{wanted}{k}", k + 1
        self._named[name] = thing
        try:
            written = (
                self._define(thing, name)
                if isinstance(thing, Elementwise)
                else translated(thing, name, self)
            )
        except NotTranspilable as error:
            del self._named[name]
            raise _of(thing, error) from None
        self._defined.append(written)
        return name

    def _define(self, op: Elementwise, name: str) -> str:
        names = {x: Term(x) for x in OPERANDS[: op.arity]}
        settings = {
            k: Term(identifier("v", k), NUMBER if isinstance(v, (int, float)) else OTHER)
            for k, v in op.settings.items()
        }
        body = self._rule(op, op.text or op.function, tuple(names), names | settings, {})
        defaults = [
            f"{settings[k].text} = {literal(v).text}" if v is not Parameter.empty
            else settings[k].text
            for k, v in op.settings.items()
        ]  # fmt: skip
        return f"function {name}({', '.join([*names, *defaults])}) {{\n  return {body.text};\n}}"


def expression(text: str, names: Mapping[str, str], script: Script | None = None) -> str:
    """Return a rule's text as an expression of JavaScript: see ``Script.expression``.

    ``script`` defines in the page what the expression calls beside ``Math``; without one, none of
    that may be in it.

    Examples
    --------
    >>> from autograd.living.javascript import expression
    >>> expression("choose(x > 0, x, slope * x)", {"x": "h[0]", "slope": "h[1]"})
    'h[0] > 0 ? h[0] : h[1] * h[0]'
    """
    own = Script()
    found = (script or own).expression(text, names)
    if own.source():
        raise NotTranspilable(f"{text!r} calls functions, which a Script would define: pass one")
    return found


def _finder(scope: Mapping[str, Any]) -> Any:
    def find(name: str) -> Any:
        try:
            return scope[name]
        except KeyError:
            raise NotTranspilable(f"it uses {name!r}, which no rule may name") from None

    return find


def _of(thing: Any, error: NotTranspilable) -> NotTranspilable:
    """Return an error that says of which op or function it is."""
    message = str(error)
    if isinstance(thing, Elementwise):
        return NotTranspilable(f"the op {thing.name!r} can't be computed in a page: {message}")
    return NotTranspilable(f"{message} (in the function {thing.__name__!r})")


def _name_of(function: Any) -> str:
    return repr(getattr(function, "__qualname__", None) or type(function).__name__)


def _default(op: Elementwise, setting: str) -> Any:
    value = op.settings[setting]
    if value is Parameter.empty:
        raise NotTranspilable(f"it calls {op.name!r} without {setting}=")
    return value


def _last_given(op: Elementwise, settings: Mapping[str, Term]) -> int:
    return max([k + 1 for k, name in enumerate(op.settings) if name in settings], default=0)


def _in_order(function: FunctionType, operands: list[Term], settings: dict[str, Term]) -> list[str]:
    """Return the arguments of a call by place, as the function's signature orders them."""
    try:
        bound = signature(function).bind(*operands, **settings)
    except TypeError as error:
        raise NotTranspilable(
            f"it calls {function.__name__!r} with other arguments: {error}"
        ) from None
    found = []
    for name, parameter in signature(function).parameters.items():
        if name in bound.arguments:
            given = bound.arguments[name]
        else:
            given = literal(parameter.default)
        if not isinstance(given, Term):
            raise NotTranspilable(
                f"the function {function.__name__!r} takes any number of arguments"
            )
        found.append(given.text)
    return found
