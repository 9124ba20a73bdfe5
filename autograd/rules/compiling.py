"""From the text of a rule to a function, and the arithmetic that pullbacks share.

A partial is stated as text, ``"1 / x"``, in the operands x, y, u, v, the result z and the op's
settings, with the ops themselves as functions. It is compiled once, for numbers into one function
that multiplies a cotangent into all the partials: a call less per operand and per step than a
function for each. For arrays, which take longer than a call, it is a function for each operand, so
that nothing is computed for constants. The same text is what a picture's edge or a formula shows,
and what a replay kernel is made from; and it runs on floats, Fractions, mpmath numbers, complex
numbers, arrays and nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.node.node import Node, raw
from autograd.numbers import kinds
from autograd.numbers.kinds import Rule
from autograd.rules.op_registry import built_in, define_names

if TYPE_CHECKING:
    from autograd.rules.op import Elementwise

OPERANDS = ("x", "y", "u", "v")
_COTANGENT, _TIMES = "_g", "_times"  # in compiled functions: no setting is named so


def choose(condition: Any, x: Any, y: Any) -> Any:
    """Return x where the condition holds, else y: numbers, arrays or nodes."""
    if isinstance(x, Node) or isinstance(y, Node):
        return built_in["where"](x, y, condition=condition)
    return kinds.choose(condition, x, y)


define_names(choose=choose, inf=inf, nan=nan)
define_names(**{name: getattr(kinds, name) for name in kinds.CONSTANTS})


_unchecked: list[tuple[Elementwise, tuple[Any, ...]]] | None = None


@contextmanager
def forward_references() -> Iterator[None]:
    """Let the ops defined inside name one another: their names are checked on leaving."""
    global _unchecked  # noqa: PLW0603
    waiting = _unchecked = []
    try:
        yield
    finally:
        _unchecked = None
    for op, rules in waiting:
        check_names(op, rules)


def check_names(op: Elementwise, rules: tuple[Any, ...]) -> None:
    """Refuse a rule that names what is neither an operand, a setting nor a registered op."""
    if _unchecked is not None:
        _unchecked.append((op, rules))
        return
    known = {*OPERANDS, "z", *op.settings, *op.scope}
    for rule in rules:
        for name in names_in(op, rule) if isinstance(rule, str) else ():
            if name not in known:
                raise ValueError(
                    f"op {op.name!r}: the rule {rule!r} uses the unknown name {name!r}; it may use "
                    "the operands, z, the settings and registered ops"
                )


def names_in(op: Elementwise, rule: str) -> tuple[str, ...]:
    """Return the names in a rule's text; ValueError if that isn't an expression."""
    try:
        return compile(rule, f"<op {op.name}>", "eval").co_names
    except SyntaxError as error:
        raise ValueError(f"op {op.name!r}: the rule {rule!r} is not an expression") from error


def compile_function(op: Elementwise) -> Rule:
    """Return the function that an op's text states."""
    names_in(op, op.text)
    operands = OPERANDS[: op.arity]
    return _compile(op, operands, _term(op, 0, op.text, operands))


def compile_vjp(op: Elementwise, k: int | None = None) -> Rule:
    """Return the function that multiplies a cotangent into the partials.

    Of numbers, into all of them, as a tuple; of arrays, into that of operand ``k`` alone.
    """
    free = {f"_p{j}": rule for j, rule in enumerate(op.partials)}
    arguments = (_COTANGENT, *OPERANDS[: op.arity], "z")
    if k is not None:
        free[_TIMES] = _select_array if op.selects else times
        return _compile(op, arguments, _product(op, k, _TIMES), **free)
    free[_TIMES] = _select
    name = _TIMES if op.selects else ""
    terms = ", ".join(_product(op, j, name) for j in range(op.arity))
    return _compile(op, arguments, f"({terms},)", **free)


def _product(op: Elementwise, k: int, times: str) -> str:
    """Return the source text of cotangent times partial, for operand ``k``."""
    rule = op.partials[k]
    if not isinstance(rule, str) and not callable(rule):
        g = _COTANGENT
        return {1: g, -1: f"-{g}", 0: f"{g} * 0"}.get(rule, f"{g} * {rule!r}")
    factor = _term(op, k, rule, (*OPERANDS[: op.arity], "z"))
    return f"{times}({_COTANGENT}, {factor})" if times else f"{_COTANGENT} * {factor}"


def _term(op: Elementwise, k: int, rule: Any, arguments: tuple[str, ...]) -> str:
    """Return the source text of one rule."""
    if not isinstance(rule, str):
        settings = "".join(f", {s}={s}" for s in op.settings)
        return f"_p{k}({', '.join(arguments)}{settings})"
    return f"({rule})"


def _compile(op: Elementwise, arguments: tuple[str, ...], body: str, **free: Any) -> Rule:
    settings = "".join(f", {s}={s}" for s in op.settings)
    star = ", *" if settings else ""
    source = (
        f"def make({', '.join((*op.settings, *free))}):\n"
        f"    def rule({', '.join(arguments)}{star}{settings}):\n"
        f"        return {body}\n"
        f"    return rule"
    )
    made: dict[str, Any] = {}
    exec(compile(source, f"<op {op.name}>", "exec"), op.scope, made)
    function: Rule = made["make"](**op.settings, **free)
    return function


def times(cotangent: Any, partial: Any) -> Any:
    """Multiply arrays; where the cotangent is zero nothing passes, not even 0 times infinity."""
    product = cotangent * partial
    return product if is_finite(product) else _keep(product, cotangent)


def _select(cotangent: Any, partial: Any) -> Any:
    if partial:
        return cotangent * partial
    return 0.0 if type(cotangent) is float else cotangent * 0  # infinity times 0 is nan


def _select_array(cotangent: Any, partial: Any) -> Any:
    if type(partial) is np.ndarray and partial.dtype.kind == "b":
        return (choose if isinstance(cotangent, Node) else np.where)(partial, cotangent, 0.0)
    product = cotangent * partial
    return product if is_finite(product) else _keep(_keep(product, cotangent), partial)


def is_finite(product: Any) -> bool:
    """Whether an array's elements are all finite; False also where their squares overflow."""
    numbers = product if type(product) is np.ndarray else raw(product)
    return isfinite(np.vdot(numbers, numbers).real)  # three times as fast as np.isfinite(...).all()


def _keep(product: Any, factor: Any) -> Any:
    return choose(raw(factor) != 0, product, 0.0)
