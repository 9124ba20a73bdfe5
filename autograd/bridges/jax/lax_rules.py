"""The second opinion on an equation: what it computes, written in ops of this engine.

The rows for single primitives are in ``lax_table.py``. A function with a gradient of its own is
what its program computes: so a wrong ``custom_vjp`` is found out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from jax.extend.core import Literal

from autograd.bridges.jax.host_arrays import is_floating, on_host
from autograd.bridges.jax.lax_table import FUNCTIONS, RULES, SAME, SYMBOLS
from autograd.bridges.jax.places import (
    CALLS,
    called_name,
    has_own_rule,
    is_from_library,
    program_of,
)
from autograd.bridges.jax.pullbacks import run
from autograd.node.node import raw
from autograd.numbers.kinds import Rule
from autograd.ops.joining import concatenate, stack
from autograd.ops.shape import reshape, transpose
from autograd.ops.solving import solve

_MOST_UNKNOWNS = 64  # of a linear equation: its matrix has their square


def rule_of(equation: Any, values: Sequence[Any], results: Sequence[int]) -> Rule | None:
    """Return the second opinion on an equation, as a function of its operands; None without one.

    Integers and booleans among the operands are fixed. Several results come one after the other,
    in one flat array.
    """
    rule = _rule(equation)
    if rule is None:
        return None
    fixed = {k: on_host(x) for k, x in enumerate(values) if not is_floating(x)}
    return partial(_second_opinion, rule, fixed, tuple(results))


def form_of(equation: Any) -> tuple[str, str]:
    """Return the symbol and the formula of a primitive that is an op here; empty for others."""
    name = equation.primitive.name
    op: Any = SAME.get(name)
    return (op.symbol, op.latex) if hasattr(op, "symbol") else (SYMBOLS.get(name, ""), "")


def _second_opinion(
    rule: Rule, fixed: dict[int, Any], results: tuple[int, ...], *given: Any
) -> Any:
    found = rule(*(fixed.get(k, x) for k, x in enumerate(given)))
    if not isinstance(found, (tuple, list)):
        return found
    kept = [found[k] for k in results]
    return kept[0] if len(kept) == 1 else concatenate([reshape(each, -1) for each in kept])


def _rule(equation: Any) -> Rule | None:
    """Return a function of the operands of an equation, or None if there is none."""
    name, program = equation.primitive.name, program_of(equation)
    if name in SAME:
        return SAME[name]
    if name == "custom_linear_solve":
        return _linear_solve(equation)
    if name in RULES:
        return RULES[name](equation)
    if has_own_rule(equation) and is_from_library(program) and called_name(program) in FUNCTIONS:
        return FUNCTIONS[called_name(program)]
    return _of_program(program) if has_own_rule(equation) or name in CALLS else None


# Whole programs ----------------------------------------------------------------------------------


def _of_program(program: Any) -> Rule | None:
    """Return a program as a function in ops; None if one of its equations has no rule."""
    bare = getattr(program, "jaxpr", program)
    rules: list[Rule | None] = []
    for equation in bare.eqns:
        rule = _rule(equation)
        if rule is None and any(is_floating(to.aval) for to in equation.outvars):
            return None
        rules.append(rule)
    return partial(_run, bare, getattr(program, "consts", ()), rules)


def _run(bare: Any, constants: Sequence[Any], rules: Sequence[Rule | None], *given: Any) -> Any:
    """Run a program by rules of ours; what makes integers and booleans is run by JAX."""
    known: dict[Any, Any] = dict(zip(bare.invars, given, strict=True))
    known.update(zip(bare.constvars, map(on_host, constants), strict=True))

    def read(atom: Any) -> Any:
        return np.asarray(atom.val) if isinstance(atom, Literal) else known[atom]

    for equation, rule in zip(bare.eqns, rules, strict=True):
        operands = [read(x) for x in equation.invars]
        found = _by_jax(equation, operands) if rule is None else rule(*operands)
        several = found if isinstance(found, (tuple, list)) else [found]
        known.update(zip(equation.outvars, several, strict=True))
    results = tuple(read(x) for x in bare.outvars)
    return results if len(results) > 1 else results[0]


def _linear_solve(equation: Any) -> Rule | None:
    """Return the solution of a linear equation, of which JAX has the map as a program.

    The map is written out as a matrix, column by column: so there is none where that is large.
    """
    constants = equation.params["const_lengths"].matvec
    matvec = _of_program(equation.params["jaxprs"].matvec)
    size = equation.outvars[0].aval.size
    if matvec is None or len(equation.outvars) > 1 or not 0 < size <= _MOST_UNKNOWNS:
        return None

    def rule(*given: Any) -> Any:
        b = given[-1]
        basis = np.eye(size, dtype=raw(b).dtype).reshape(size, *b.shape)
        rows = [reshape(matvec(*given[:constants], each), -1) for each in basis]
        return reshape(solve(transpose(stack(rows)), reshape(b, -1)), b.shape)

    return rule


def _by_jax(equation: Any, operands: Sequence[Any]) -> list[Any]:
    avals = [x.aval for x in equation.invars]
    values = [np.asarray(raw(x), aval.dtype) for x, aval in zip(operands, avals, strict=True)]
    return [on_host(x) for x in run(equation, values)]
