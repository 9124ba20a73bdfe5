"""A Python function of numbers as a function of JavaScript, statement by statement."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import count
from types import FunctionType
from typing import Any

from autograd.living.expressions import Calls, Expressions, constant
from autograd.living.python_source import syntax_of
from autograd.living.terms import (
    ATOM,
    OTHER,
    NotTranspilable,
    Term,
    identifier,
    literal,
)


def translated(function: FunctionType, name: str, calls: Calls) -> str:
    """Return the definition, under a new name; NotTranspilable for what isn't arithmetic.

    Parameters may be given in any way in Python; here they are positional, with their defaults.
    """
    syntax = syntax_of(function)
    if syntax is None:
        raise NotTranspilable(f"the source of {_called(function)} isn't there to be read")
    if syntax.args.vararg or syntax.args.kwarg:
        raise NotTranspilable(f"{_called(function)} takes any number of arguments")
    if inspect.isgeneratorfunction(function):
        raise NotTranspilable(f"{_called(function)} is a generator")
    parameters = inspect.signature(function).parameters.values()
    body: list[ast.stmt] = (
        [ast.Return(syntax.body)] if isinstance(syntax, ast.Lambda) else syntax.body
    )
    local = [*function.__code__.co_varnames, *function.__code__.co_cellvars]
    names = {each: Term(identifier("v", each), OTHER) for each in local}
    writer = _Statements(Expressions(names, _Outside(function).find, calls))
    taken = ", ".join(_parameter(each) for each in parameters)
    own = [names[each].text for each in local if each not in {p.name for p in parameters}]
    lines = [f"let {', '.join(own)};"] if own else []
    lines += writer.block(body)
    inside = "\n".join(f"  {line}" for line in lines)
    return f"function {name}({taken}) {{\n{inside}\n}}"


def _called(function: Any) -> str:
    return f"the function {getattr(function, '__qualname__', function)!s}"


def _parameter(parameter: inspect.Parameter) -> str:
    name = identifier("v", parameter.name)
    missing = parameter.default is inspect.Parameter.empty
    return name if missing else f"{name} = {literal(parameter.default).text}"


class _Outside:
    """The names that a function takes from around it."""

    def __init__(self, function: FunctionType) -> None:
        found = inspect.getclosurevars(function)
        self._known = {**found.builtins, **found.globals, **found.nonlocals}
        self._all = function.__globals__

    def find(self, name: str) -> Any:
        """Return the object of a name."""
        try:
            return self._known[name] if name in self._known else self._all[name]
        except KeyError:
            raise NotTranspilable(f"it uses {name!r}, which isn't defined") from None


class _Statements:
    def __init__(self, expressions: Expressions) -> None:
        self.expressions = expressions
        self._fresh = count(1)

    def block(self, statements: list[ast.stmt]) -> list[str]:
        return [line for each in statements for line in self._statement(each)]

    def _statement(self, node: ast.stmt) -> Iterator[str]:
        write = getattr(self, f"_{type(node).__name__.lower()}", None)
        if write is None:
            first = ast.unparse(node).splitlines()[0]
            raise NotTranspilable(f"it has the statement {first!r}, for which there is no rule")
        yield from write(node)

    def _pass(self, node: ast.Pass) -> Iterator[str]:
        return iter(())

    def _expr(self, node: ast.Expr) -> Iterator[str]:
        if not isinstance(node.value, ast.Constant):  # a docstring
            yield f"{self.expressions.value(node.value).text};"

    def _return(self, node: ast.Return) -> Iterator[str]:
        found = self.expressions.value(node.value or ast.Constant(None))
        yield f"return {found.number.text};"

    def _assign(self, node: ast.Assign) -> Iterator[str]:
        targets = " = ".join(map(self._target, node.targets))
        yield f"{targets} = {self.expressions.value(node.value).number.text};"

    def _target(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return self.expressions.names[node.id].text
        if isinstance(node, (ast.Tuple, ast.List)):
            return f"[{', '.join(map(self._target, node.elts))}]"
        raise NotTranspilable(f"it assigns to {ast.unparse(node)!r}: only to names is there a rule")

    def _annassign(self, node: ast.AnnAssign) -> Iterator[str]:
        if node.value is not None:
            yield from self._assign(ast.Assign([node.target], node.value))

    def _augassign(self, node: ast.AugAssign) -> Iterator[str]:
        target = ast.parse(ast.unparse(node.target), mode="eval").body
        yield from self._assign(ast.Assign([node.target], ast.BinOp(target, node.op, node.value)))

    def _if(self, node: ast.If) -> Iterator[str]:
        yield f"if ({self.expressions.truth(node.test).text}) {{"
        yield from _indented(self.block(node.body))
        if node.orelse:
            yield "} else {"
            yield from _indented(self.block(node.orelse))
        yield "}"

    def _while(self, node: ast.While) -> Iterator[str]:
        self._without_else(node)
        yield f"while ({self.expressions.truth(node.test).text}) {{"
        yield from _indented(self.block(node.body))
        yield "}"

    def _break(self, node: ast.Break) -> Iterator[str]:
        yield "break;"

    def _continue(self, node: ast.Continue) -> Iterator[str]:
        yield "continue;"

    def _for(self, node: ast.For) -> Iterator[str]:
        self._without_else(node)
        k = next(self._fresh)
        yield self._head(node.iter, f"i{k}", f"e{k}")
        yield f"  {self._target(node.target)} = i{k};"
        yield from _indented(self.block(node.body))
        yield "}"

    def _head(self, over: ast.expr, i: str, end: str) -> str:
        if not (isinstance(over, ast.Call) and ast.unparse(over.func) == "range"):
            return f"for (const {i} of {self.expressions.value(over).within(ATOM)}) {{"
        limits = [self.expressions.value(x).number for x in over.args]
        start, stop = (literal(0), *limits)[-2:] if len(limits) == 1 else limits[:2]
        step = constant(over.args[2]) if len(limits) == 3 else 1
        if type(step) is not int or not step:
            raise NotTranspilable(f"it has {ast.unparse(over)!r}: a step must be a plain integer")
        return (
            f"for (let {i} = {start.text}, {end} = {stop.text}; "
            f"{i} {'<' if step > 0 else '>'} {end}; {i} += {literal(step).text}) {{"
        )

    def _without_else(self, node: ast.For | ast.While) -> None:
        if node.orelse:
            raise NotTranspilable("it has an 'else' after a loop, for which there is no rule")


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
