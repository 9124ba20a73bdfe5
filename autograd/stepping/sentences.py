"""A step told in one sentence, for screens, screen readers and tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.reading.formatting import number, settings
from autograd.rules.op import Elementwise, Op
from autograd.stepping.holes import ELEMENTS, PRODUCTS, VALUES, bracketed, is_all, summed

if TYPE_CHECKING:
    from autograd.stepping.events import Event, NodeRecord

INFIX = frozenset("+−×÷")
MANY = 4  # operands: those of a longer list are left out in the middle


def sentence(event: Event) -> str:
    """Return a step as one plain sentence."""
    return _SENTENCES[event.kind](event)


def expression(
    node: NodeRecord, operands: Sequence[Any], written: Callable[[Any], str] = str
) -> str:
    """Return an op's computation as one would write it: ``a × b``, ``exp(a)``."""
    if len(operands) == 2 and node.symbol in INFIX:
        return f"{written(operands[0])} {node.symbol} {written(operands[1])}"
    shown = list(map(written, operands if len(operands) <= MANY else operands[: MANY - 1]))
    if len(operands) > MANY:
        shown += "…", written(operands[-1])
    return f"{op_name(node)}({', '.join(filter(None, (*shown, settings(node.settings))))})"


def op_name(node: NodeRecord) -> str:
    """Return the op's name; of a row of a Jacobian, the op's that it is of."""
    return str(node.settings.get("of", node.op)) if node.built_in == "linearised" else node.op


def _compute(event: Event) -> str:
    node = event.node
    written = bracketed if node.symbol in INFIX else number
    symbols = expression(node, node.operand_names)
    numbers = expression(node, node.values, written)
    return f"{node.name} = {symbols} = {numbers} = {_result(node)}"


def _result(node: NodeRecord) -> str:
    what = _added_up(node)
    return summed(node.data, what, lambda: addends(node)) if what else number(node.data)


def _added_up(node: NodeRecord) -> str:
    what = _SUMS.get(node.built_in, "")
    return "" if what == ELEMENTS and np.size(node.data) != 1 else what


def addends(node: NodeRecord) -> tuple[Any, ...]:
    """Return the numbers that an op adds up; none for an op that isn't a sum."""
    what = _added_up(node)
    return terms(what, node.values) if what else ()


def terms(what: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the numbers that an op adds up: its operands, their elements or their products."""
    if what == ELEMENTS:
        return tuple(np.ravel(values[0]))
    if what == VALUES or not all(type(x) is float for x in values):
        return values
    half = len(values) // 2
    products = [x * y for x, y in zip(values[:half], values[half:], strict=False)]
    return (*products, *values[2 * half :])


def _seed(event: Event) -> str:
    root, given = event.root.name, number(event.after)
    if is_all("a == 1", {"a": event.after}):
        return f"The backward pass starts at {root}, with ∂{root}/∂{root} = {given}"
    return f"The backward pass starts at {root}, with the cotangent that was given: {given}"


def _contribute(event: Event) -> str:
    root, node, target = event.root.name, event.node.name, event.target.name
    gradient = f"∂{root}/∂{target}"
    reason = _nothing(event)
    if reason:
        said = f"{node} depends on {target}, and passes nothing: {reason}"
        stays = "stays" if event.before is not None else "="
        return f"{said}. {gradient} {stays} {number(event.after)}"
    said = f"{node} depends on {target} through {_how(event)}"
    if event.before is None and event.node.index == event.root.index:
        return f"{said}, so {gradient} = {number(event.after)}"
    said += f". ∂{root}/∂{node} = {number(event.upstream)} passes on "
    if event.local is not None:
        said += f"{bracketed(event.upstream)} × {bracketed(event.local)} = "
    said += number(event.contribution)
    if event.before is None:
        return f"{said}. So {gradient} = {number(event.after)}"
    return f"{said}. So {gradient} = {added(event)}"


def _nothing(event: Event) -> str:
    """Return why a contribution is zero; empty where it isn't, or no factor is."""
    node, slot = event.node, event.slot or 0
    if not is_all("c == 0", {"c": event.contribution}):
        return ""
    if is_all("u == 0", {"u": event.upstream}):
        return f"∂{event.root.name}/∂{node.name} = 0"
    is_fixed = event.local is None or _is_constant(event)
    if is_fixed or not is_all("l == 0", {"l": event.local}):
        return ""
    if node.built_in == "relu":
        return "relu is off"
    if node.built_in == "mul":
        return _equation(node, 1 - slot)
    if node.built_in in _PAIRED:
        return _place(node, slot)
    if _is_choice(node.made_by):
        return f"{event.target.name} isn't chosen"
    return f"the slope of {op_name(node)} is 0"


def _is_choice(op: Op | None) -> bool:
    return isinstance(op, Elementwise) and op.selects and op.arity > 1


def _is_constant(event: Event) -> bool:
    """Whether the slope is the same for all numbers."""
    op = event.node.made_by
    if isinstance(op, Elementwise):
        slope = op.partials[event.slot or 0]
        return isinstance(slope, (int, float)) and slope != 0
    return event.node.built_in == "total"


def _accumulate(event: Event) -> str:
    return (
        f"{event.target.name}.grad was {number(event.before)} from an earlier backward(): "
        f"the new gradient is added, {added(event)}"
    )


def added(event: Event) -> str:
    """Return how a gradient adds up: ``2.0 + (−3.0) = −1.0``."""
    before, contribution = event.before, event.contribution
    after = summed(event.after, "b,c", lambda: (before, contribution))
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
SUMMED = (VALUES, PRODUCTS, ELEMENTS)
_SUMS = {
    "add": VALUES,
    "sub": VALUES,
    "total": VALUES,
    "sum": ELEMENTS,
    "dot": PRODUCTS,
    "neuron": PRODUCTS,
}


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
    """Return the factor of a row's operand, in words: the two rows follow each other."""
    half = len(node.operands) // 2
    if slot == 2 * half:
        return "as its bias"
    return f"multiplied by {_equation(node, (slot + half) % (2 * half))}"


def _equation(node: NodeRecord, slot: int) -> str:
    name, value = node.operand_names[slot], number(node.values[slot])
    return value if name == value else f"{name} = {value}"
