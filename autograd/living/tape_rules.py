"""The rules of a tape as two functions of JavaScript: a value, and what is passed back.

Each is one ``switch`` over kinds of node: an op with those of its settings that are written into
its expressions. ``machine.js`` calls them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from autograd.living.javascript import NotTranspilable, Script
from autograd.living.terms import Term, literal
from autograd.ops.scalars import linearised
from autograd.rules.compiling import OPERANDS
from autograd.rules.op import Elementwise, Op, Structural
from autograd.rules.op_registry import built_in, is_built_in


@dataclass(frozen=True)
class Case:
    """One kind of node: JavaScript for its value and for its contributions.

    Attributes
    ----------
    value : str
        Statements that write the value.
    pull : str
        Statements that write a contribution for each operand slot.
    counts : tuple of (int, int)
        How many settings a node of the kind has on the tape: so many, and so many an operand.
    rows : int
        How many rows of operands it has.
    """

    value: str
    pull: str
    counts: tuple[int, int] = (0, 0)
    rows: int = 1


def case(
    script: Script, op: Op, arity: int, literals: dict[str, Any], numbers: tuple[str, ...]
) -> Case:
    """Return the case of an op with ``literals`` put in, and ``numbers`` read from the tape."""
    if is_recorded_where(op):
        op = built_in["where"]
    if isinstance(op, Elementwise):
        return _elementwise(script, op, arity, literals, numbers)
    if not isinstance(op, Structural):  # a comparison or a detached number: it passes nothing back
        names = list(OPERANDS[:arity])
        value = script.call(op.function, [Term(x) for x in names], {}).number
        return Case(f"{_operands(value.text, names)}D[i] = {value.text};", "")
    if op is linearised:
        return _LINEARISED
    if op.bilinear:
        return _BILINEAR
    if op.rows and op.linear and is_built_in(op):
        return _TOTAL
    raise NotTranspilable(
        f"the op {op.name!r} can't be computed in a page: it is structural, and has no rule in text"
    )


def is_recorded_where(op: Op | None) -> bool:
    """Whether an op of a recording chooses by its first operand, as the elementwise ``where``."""
    return op is not None and op.name == "where" and not isinstance(op, (Elementwise, Structural))


def _elementwise(
    script: Script, op: Elementwise, arity: int, literals: dict[str, Any], numbers: tuple[str, ...]
) -> Case:
    operands = OPERANDS[: op.arity]
    names = {x: x for x in (*operands, "z")}
    names |= {k: f"S[s + {n}]" if n else "S[s]" for n, k in enumerate(numbers)}
    slots = list(operands)
    if arity == op.arity + 1:  # a recorded ``where``, whose condition is an operand
        names["condition"] = "c"
        slots = ["c", *slots]
    rule = script.rule(op, names, literals)
    passed = {
        x: _contribution(op, partial) for x, partial in zip(operands, rule.partials, strict=True)
    }
    lines = "".join(
        f"out[{_plus('at', k)}] = {passed[x]}; " for k, x in enumerate(slots) if x in passed
    )
    return Case(
        f"{_operands(rule.function, slots)}D[i] = {rule.function};",
        f"{_operands(lines, slots)}{'const z = D[i]; ' if _names('z', lines) else ''}{lines}",
        (len(numbers), 0),
    )


def _contribution(op: Elementwise, partial: str | float) -> str:
    """Return cotangent times partial, as ``autograd/rules/compiling.py`` has it for numbers."""
    if not isinstance(partial, str):
        constant = {1: "g", -1: "-g", 0: "p_nothing(g)"}
        return constant.get(partial) or f"g * {literal(partial).within(0)}"  # type: ignore[call-overload]
    factor = f"z === z ? {partial} : NaN" if op.compares else partial
    return f"{'p_select' if op.selects else 'p_times'}(g, {factor})"


def _operands(text: str, slots: list[str]) -> str:
    read = [f"{x} = D[A[{_plus('a', k)}]]" for k, x in enumerate(slots) if _names(x, text)]
    return f"const {', '.join(read)}; " if read else ""


def _names(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w.$]){name}(?![\w$])", text) is not None


def _plus(name: str, k: int) -> str:
    return f"{name} + {k}" if k else name


_TOTAL = Case(
    "let t = 0; for (let k = 0; k < n; k++) t += D[A[a + k]]; D[i] = t;",
    "out.fill(g, at, at + n);",
)
_BILINEAR = Case(
    "let t = m > n ? D[A[b + n]] : 0; "
    "for (let k = 0; k < n; k++) t += D[A[a + k]] * D[A[b + k]]; D[i] = t;",
    "for (let k = 0; k < n; k++) { out[at + k] = p_times(g, D[A[b + k]]); "
    "out[at + n + k] = p_times(g, D[A[a + k]]); } if (m > n) out[at + 2 * n] = g;",
    rows=2,
)
_LINEARISED = Case(
    "let t = S[s]; for (let k = 0; k < n; k++) { const x = D[A[a + k]], c = S[s + 1 + k]; "
    "if (x !== c) t += S[s + 1 + n + k] * (x - c); } D[i] = t;",
    "for (let k = 0; k < n; k++) out[at + k] = p_times(g, S[s + 1 + n + k]);",
    (1, 2),
)


def switches(cases: list[Case]) -> str:
    """Return the functions ``compute`` and ``pull`` of a list of cases.

    They read and write arrays alone: a number that is passed or returned would be an object.
    """
    values = _switch([each.value for each in cases])
    pulls = _switch([each.pull for each in cases])
    return (
        f"function compute(kind, D, i, A, a, b, n, m, S, s) {{\n{values}\n}}\n"
        "function pull(kind, G, j, D, i, A, a, b, n, m, S, s, out, at) {\n"
        f"  const g = G[j];\n{pulls}\n}}"
    )


def _switch(bodies: list[str]) -> str:
    lines = [f"    case {k}: {{ {body.strip()} break; }}" for k, body in enumerate(bodies)]
    return "\n".join(["  switch (kind) {", *lines, "  }"])
