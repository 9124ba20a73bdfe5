"""A step told in one sentence, for screens, screen readers and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.reading.formatting import number, settings, total

if TYPE_CHECKING:
    from autograd.stepping.events import Event, NodeRecord

INFIX = frozenset("+−×÷")
MANY = 4  # operands: those of a longer list are left out in the middle


def sentence(event: Event) -> str:
    """Return what happens at a step."""
    return _SENTENCES[event.kind](event)


def expression(node: NodeRecord, operands: tuple[str, ...]) -> str:
    """Return what an op computes, as one would write it: ``a × b``, ``exp(a)``."""
    if len(operands) == 2 and node.symbol in INFIX:
        return f"{operands[0]} {node.symbol} {operands[1]}"
    if len(operands) > MANY:
        operands = (*operands[: MANY - 1], "…", operands[-1])
    return f"{op_name(node)}({', '.join(filter(None, (*operands, settings(node.settings))))})"


def op_name(node: NodeRecord) -> str:
    """Return the op's name; of a row of a Jacobian, the op's that it is of."""
    return str(node.settings.get("of", node.op)) if node.built_in == "linearised" else node.op


def bracketed(x: Any) -> str:
    """Return a number as it stands behind a sign: in parentheses if it has a sign of its own."""
    text = number(x)
    return f"({text})" if text.startswith("−") or isinstance(x, complex) else text


def _compute(event: Event) -> str:
    node = event.node
    numbers = tuple(bracketed(x) if node.symbol in INFIX else number(x) for x in node.values)
    symbols = expression(node, node.operand_names)
    found = total(node.data, *_terms(node))
    return f"{node.name} = {symbols} = {expression(node, numbers)} = {found}"


def _terms(node: NodeRecord) -> tuple[Any, ...]:
    """Return the numbers that an op adds up; the result alone for an op that isn't a sum."""
    values, half = node.values, len(node.values) // 2
    if node.built_in in ("add", "sub", "total"):
        return values
    if node.built_in == "sum" and np.size(node.data) == 1:
        return tuple(np.ravel(values[0]))
    if node.built_in in _PAIRED and all(type(x) is float for x in values):
        products = [x * y for x, y in zip(values[:half], values[half:], strict=False)]
        return (*products, *values[2 * half :])
    return (node.data,)


def _seed(event: Event) -> str:
    root, given = event.root.name, number(event.after)
    if np.any(event.after != 1):
        return f"The backward pass starts at {root}, with the cotangent that was given: {given}"
    return f"The backward pass starts at {root}, with ∂{root}/∂{root} = {given}"


def _contribute(event: Event) -> str:
    root, node, target = event.root.name, event.node.name, event.target.name
    gradient = f"∂{root}/∂{target}"
    said = f"{node} depends on {target} through {_how(event)}"
    if event.before is None and event.node.index == event.root.index:
        return f"{said}, so {gradient} = {number(event.after)}"
    said += f", so ∂{root}/∂{node} = {number(event.upstream)} passes on "
    if event.local is not None:
        said += f"{bracketed(event.upstream)} × {bracketed(event.local)} = "
    said += number(event.contribution)
    if event.before is None:
        return f"{said}, and {gradient} = {number(event.after)}"
    return f"{said}, and {gradient} = {added(event)}"


def _accumulate(event: Event) -> str:
    return (
        f"{event.target.name}.grad was {number(event.before)} from an earlier backward(): "
        f"the new gradient is added, {added(event)}"
    )


def added(event: Event) -> str:
    """Return how a gradient adds up: ``2.0 + (−3.0) = −1.0``."""
    before, contribution = event.before, event.contribution
    after = total(event.after, before, contribution)
    return f"{number(before)} + {bracketed(contribution)} = {after}"


_SENTENCES = {
    "compute": _compute,
    "seed": _seed,
    "contribute": _contribute,
    "accumulate": _accumulate,
}

_THROUGH = {
    "add": "addition",
    "sub": "subtraction",
    "mul": "multiplication",
    "div": "division",
    "neg": "a change of sign",
    "total": "a sum",
    "dot": "a dot product",
    "neuron": "a neuron",
}
_PAIRED = ("dot", "neuron")


def _how(event: Event) -> str:
    node, slot = event.node, event.slot or 0
    what = _THROUGH.get(node.built_in, op_name(node))
    if node.built_in == "mul" or (node.built_in == "div" and slot == 0):
        return f"{what} by {_equation(node, 1 - slot)}"
    if node.built_in in _PAIRED:
        return f"{what}, {_place(node, slot)}"
    if node.built_in in _THROUGH or event.local is None:
        return what
    return f"{what}, of slope {number(event.local)}"


def _place(node: NodeRecord, slot: int) -> str:
    """Return what a row's operand is multiplied by: the two rows follow each other."""
    half = len(node.operands) // 2
    if slot == 2 * half:
        return "as its bias"
    return f"multiplied by {_equation(node, (slot + half) % (2 * half))}"


def _equation(node: NodeRecord, slot: int) -> str:
    name, value = node.operand_names[slot], number(node.values[slot])
    return value if name == value else f"{name} = {value}"
