"""Compiles the text of a rule to a function.

A partial is stated as text, ``"1 / x"``, in the operands x, y, u, v, the result z and the op's
settings, with the ops themselves as functions. It is compiled once, for numbers into one function
that multiplies a cotangent into all the partials: a call less per operand and per step than a
function for each. For arrays, which take longer than a call, it is a function for each operand, so
that nothing is computed for constants. The same text is what a picture's edge or a formula shows,
and what a replay kernel is made from; and it runs on floats, Fractions, mpmath numbers, complex
numbers, arrays and nodes.
"""

from __future__ import annotations

import ast
from math import inf, nan
from typing import TYPE_CHECKING, Any

from autograd.numbers import kinds
from autograd.numbers.kinds import ARRAY, Rule
from autograd.rules.chain_rule import choose, nothing, select, times, unless_nan
from autograd.rules.op_registry import define_helpers

if TYPE_CHECKING:
    from autograd.rules.op import Elementwise

OPERANDS = ("x", "y", "u", "v")
_MODULES = ("np", "numpy", "math", "autograd", "torch", "jnp", "jax", "scipy", "mpmath")
# In compiled functions: no setting is named so.
_COTANGENT, _TIMES, _NOTHING, _UNLESS, _NAN = "_g", "_times", "_nothing", "_unless_nan", "_nan"

define_helpers(choose=choose, inf=inf, nan=nan)
define_helpers(**{name: getattr(kinds, name) for name in kinds.CONSTANTS})


def check_names(op: Elementwise, rules: tuple[Any, ...]) -> None:
    """Refuse a rule that names what is neither an operand, a setting nor a registered op.

    Refused is also a choice in Python of an operand, which could not choose for each element.
    """
    known = {*OPERANDS[: op.arity], "z", *op.settings, *op.scope}
    for rule in rules:
        for name in names_in(op, rule) if isinstance(rule, str) else ():
            if name not in known:
                raise ValueError(f"op {op.name!r}: the rule {rule!r} {_unknown(op, name)}")
        if isinstance(rule, str) and ARRAY in op.numbers and _chooses(op, rule):
            raise ValueError(
                f"op {op.name!r}: the rule {rule!r} chooses by an operand with if, and, or, not: "
                "Python can't do that for each element of an array; write choose(x > 0, a, b)"
            )


def _unknown(op: Elementwise, name: str) -> str:
    """Say what is wrong with a name, and which there are."""
    if name in OPERANDS:
        return (
            f"uses {name}, and the op has {op.arity} operand{'s' * (op.arity > 1)}, one for each "
            f"partial: give a partial for {name}, too"
        )
    if name in _MODULES:
        return f"uses the unknown name {name!r}; functions are written without a module: sin(x)"
    operands = ", ".join(OPERANDS[: op.arity])
    settings = f"the settings {', '.join(op.settings)}, " if op.settings else ""
    return (
        f"uses the unknown name {name!r}; it may use its operands, which are called {operands}, "
        f"the result z, {settings}and registered ops"
    )


def _chooses(op: Elementwise, rule: str) -> bool:
    """Whether a rule has a choice of Python's that depends on an operand or on the result."""
    tree = ast.parse(rule.strip(), mode="eval")
    conditions = [
        node.test if isinstance(node, ast.IfExp) else node
        for node in ast.walk(tree)
        if isinstance(node, (ast.IfExp, ast.BoolOp))
        or (isinstance(node, ast.Compare) and len(node.ops) > 1)
    ]
    return any(
        isinstance(node, ast.Name) and node.id in (*OPERANDS[: op.arity], "z")
        for condition in conditions
        for node in ast.walk(condition)
    )


def refuse_reserved(op: Elementwise) -> None:
    """Refuse a setting with the name of an operand, of the result, or of what this file adds.

    Calls of an op are methods, so ``self`` is taken too.
    """
    for name in op.settings:
        if name == "self":
            raise ValueError(
                f"op {op.name!r} can't have a setting named 'self': Python takes that name for the "
                "op itself when it is called; give the setting another name"
            )
        if name in (*OPERANDS[: op.arity], "z") or name.startswith("_"):
            raise ValueError(
                f"op {op.name!r} can't have a setting named {name!r}: in rules, the operands are "
                f"{', '.join(OPERANDS[: op.arity])} and the result is z, and names that begin with "
                "_ are the engine's; give the setting another name"
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
    """Return the function that multiplies a cotangent into the partial of operand ``k``.

    Without ``k``, into all of them: a tuple for numbers, in plain multiplications. That is for
    speed: where one of them may be 0·∞, ask the function for an operand.
    """
    free = {f"_p{j}": rule for j, rule in enumerate(op.partials)}
    arguments = (_COTANGENT, *OPERANDS[: op.arity], "z")
    if k is not None:
        free |= {_TIMES: select if op.selects else times, _NOTHING: nothing, _UNLESS: unless_nan}
        return _compile(op, arguments, _product(op, k), **free)
    free |= {_TIMES: _select_number, _NAN: nan}
    terms = ", ".join(_product_of_numbers(op, j) for j in range(op.arity))
    return _compile(op, arguments, f"({terms},)", **free)


def _product(op: Elementwise, k: int) -> str:
    """Return the source text of cotangent times partial, for operand ``k``."""
    rule = op.partials[k]
    if _is_constant(rule):
        return _by_constant(rule, f"{_NOTHING}({_COTANGENT})")
    factor = _term(op, k, rule, (*OPERANDS[: op.arity], "z"))
    return f"{_TIMES}({_COTANGENT}, {f'{_UNLESS}({factor}, z)' if op.compares else factor})"


def _product_of_numbers(op: Elementwise, k: int) -> str:
    """Return that product in plain multiplications, for speed."""
    rule = op.partials[k]
    if _is_constant(rule):
        return _by_constant(rule, f"{_COTANGENT} * 0")
    factor = _term(op, k, rule, (*OPERANDS[: op.arity], "z"))
    if op.compares:
        factor = f"({factor} if z == z else {_NAN})"
    return f"{_TIMES}({_COTANGENT}, {factor})" if op.selects else f"{_COTANGENT} * {factor}"


def _is_constant(rule: Any) -> bool:
    return not isinstance(rule, str) and not callable(rule)


def _by_constant(rule: Any, by_zero: str) -> str:
    g = _COTANGENT
    return {1: g, -1: f"-{g}", 0: by_zero}.get(rule, f"{g} * {rule!r}")


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


def _select_number(cotangent: Any, partial: Any) -> Any:
    if partial:
        return cotangent * partial
    return 0.0 if type(cotangent) is float else nothing(cotangent)
