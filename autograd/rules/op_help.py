"""What ``help`` says of an op, written from its record when it is asked for."""

from __future__ import annotations

import re
from inspect import cleandoc
from math import inf, isinf
from textwrap import fill
from typing import TYPE_CHECKING, Any

from autograd.numbers.kinds import COMPLEX, FRACTION, MPF
from autograd.rules.compiling import OPERANDS
from autograd.rules.op_texts import sentence

if TYPE_CHECKING:
    from autograd.rules.op import Elementwise, Op

WIDTH = 88  # of a line in a terminal, beside what pydoc indents


def help_of(op: Op) -> str:
    """Return the help of an op: its sentence, settings, rule, conventions and example."""
    parts = [sentence(op), _parameters(op), _notes(op), _examples(op)]
    return "\n\n".join(filter(None, parts))


def domain(op: Elementwise) -> str:
    """Return the domains of the operands: ``ℝ × (0, ∞)``."""
    intervals = [
        "ℝ" if (lo, hi) == (-inf, inf) else f"({number(lo)}, {number(hi)})" for lo, hi in op.domain
    ]
    return " × ".join(intervals)


def partials(op: Elementwise) -> list[tuple[str, str]]:
    """Return each operand with the text of its partial."""
    rules = [
        f"`{rule}`" if isinstance(rule, (str, int, float)) else "(a function)"
        for rule in op.partials
    ]
    return list(zip(OPERANDS, rules, strict=False))


def default(value: Any) -> str:
    """Return the default of a setting: … where it must be given."""
    return "…" if isinstance(value, type) or "no value" in repr(value) else repr(value)


def number(x: float) -> str:
    """Return a number as a reader would write it."""
    if isinf(x):
        return "∞" if x > 0 else "−∞"
    return f"{x:.6g}".replace("-", "−")


def _parameters(op: Op) -> str:
    also = {FRACTION: "Fraction", COMPLEX: "complex", MPF: "mpf"}
    kinds = ["number", *(word for kind, word in also.items() if kind in op.numbers)]
    operands = ", ".join(OPERANDS[: getattr(op, "arity", None) or 0])
    lines = [f"{operands} : {', '.join(kinds)}, array, Value or Tensor"] if operands else []
    for name, value in op.settings.items():
        words = f"{{{', '.join(map(repr, op.choices[name]))}}}, " if name in op.choices else ""
        lines.append(f"{name} : {words}default {default(value)}")
    if op.settings:
        lines.append("    By name. A setting isn't differentiated.")
    return "\n".join(["Parameters", "----------", *lines]) if lines else ""


def _notes(op: Op) -> str:
    if not hasattr(op, "partials"):
        return "Notes\n-----\nIt is linear: its own pushforward." if op.linear else ""
    record: Any = op
    rules = partials(record)
    lines = [f"∂z/∂{x} is {rule}." for x, rule in rules]
    if any(re.search(r"\bz\b", rule) for _, rule in rules):
        lines.append("In a partial, z is the result.")
    named = re.findall(r"\w+_\w+(?=\()", " ".join(rule for _, rule in rules))
    slopes = {name: getattr(op.scope.get(name), "doc", "") for name in dict.fromkeys(named)}
    lines += [f"`{name}`: {doc}." for name, doc in slopes.items() if doc]
    if any("choose(" in rule for _, rule in rules):
        lines.append("`choose(c, a, b)` is a where c holds, else b.")
    if record.domain != ((-inf, inf),) * record.arity:
        lines.append(f"Finite, and smooth but for kinks, on {domain(record)}.")
    if record.kinks:
        lines.append(f"No derivative at {', '.join(map(number, record.kinks))}.")
    if record.ties:
        lines.append("No derivative where the operands are equal.")
    for edge in record.edges:
        where = ", ".join(f"{x} = {number(at)}" for x, at in zip(OPERANDS, edge.at, strict=False))
        slope = ", ".join(map(number, edge.partials))
        lines.append(f"At {where} the slope is {slope} by convention: {edge.why}.")
    if record.selects:
        lines.append("An operand that isn't chosen gets no gradient, not even a nan.")
    if record.compares:
        lines.append("At nan the slope is nan.")
    wrapped = [fill(line, WIDTH, break_long_words=False, break_on_hyphens=False) for line in lines]
    return "\n".join(["Notes", "-----", *wrapped])


def _examples(op: Op) -> str:
    return f"Examples\n--------\n>>> import autograd\n{cleandoc(op.example)}" if op.example else ""
