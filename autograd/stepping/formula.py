r"""The formulas of a step, as LaTeX: in symbols, and in numbers.

They follow from the op's record: its template, and the text of its partials (``latex.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from autograd.reading import formatting
from autograd.rules.compiling import OPERANDS
from autograd.rules.op import Elementwise
from autograd.stepping import latex
from autograd.stepping.holes import is_array
from autograd.stepping.latex import Term

if TYPE_CHECKING:
    from autograd.stepping.events import Event, NodeRecord

LINEARISED = "linearised"  # a row of a Jacobian
MANY = 4  # operands or terms: those of a longer list are left out in the middle

Item = TypeVar("Item")


def symbolic(event: Event) -> str:
    """Return the step's formula in symbols."""
    node, target = event.node, event.target
    if event.kind == "compute":
        return f"{latex.name(node.name).text} = {_result(node, partial(_named, node)).text}"
    gradient = _gradient(event, target.name)
    if event.kind == "seed":
        return f"{gradient.text} = {latex.number(event.after).text}"
    if event.kind == "accumulate":
        return rf"{latex.name(target.name).text}\text{{.grad}} \mathrel{{+}}= {gradient.text}"
    sign = "=" if event.before is None else r"\mathrel{+}="
    upstream = _gradient(event, node.name)
    slope = _partial(event)
    if slope is None:
        jacobian = rf"\left({quotient(node.name, target.name).text}\right)^{{\top}}"
        return f"{gradient.text} {sign} {jacobian} {upstream.text}"
    multiply = latex.times_by_element if np.ndim(event.local) else latex.mul
    return f"{gradient.text} {sign} {multiply(upstream, _iverson(slope)).text}"


def substituted(event: Event) -> str:
    """Return the step's formula with the numbers in."""
    if event.kind == "compute":
        result = _result(event.node, lambda slot: latex.number(event.values[slot]))
        return f"{latex.number(event.result).text} = {result.text}"
    if event.kind != "contribute":
        return accumulation(event)
    contribution = latex.number(event.contribution)
    if event.local is None:
        return contribution.text if np.size(event.contribution) <= formatting.SMALL else ""
    multiply = latex.times_by_element if np.ndim(event.local) else latex.mul
    product = multiply(latex.number(event.upstream), latex.number(event.local))
    return f"{product.text} = {contribution.text}"


def local(event: Event) -> str:
    """Return the local derivative in symbols; empty where there is none, or it is a matrix."""
    slope = _partial(event) if event.kind == "contribute" else None
    if slope is None:
        return ""
    return f"{quotient(event.node.name, event.target.name).text} = {_iverson(slope).text}"


def accumulation(event: Event) -> str:
    """Return how the gradient of the target adds up."""
    if event.kind == "compute":
        return ""
    after = latex.number(event.after).text
    if event.before is None:
        return after
    total = latex.add(latex.number(event.before), latex.number(event.contribution))
    return f"{total.text} = {after}"


def _gradient(event: Event, of: str) -> Term:
    return quotient(event.root.name, of)


def quotient(z: str, x: str) -> Term:
    """Return ∂z/∂x, of the names of two nodes."""
    above, below = latex.name(z).text, latex.name(x).text
    return Term(rf"\frac{{\partial {above}}}{{\partial {below}}}")


def _iverson(term: Term) -> Term:
    """Return a condition as the number 1 or 0: in Iverson's brackets."""
    return Term(f"[{term.text}]") if term.level == latex.RELATION else term


# What an op computes, and its partials ------------------------------------------------------------


def _named(node: NodeRecord, slot: int) -> Term:
    """Return an operand by its name; a number without one, as a number."""
    name, value = node.operand_names[slot], node.values[slot]
    plain = np.size(value) == 1 and name == formatting.number(value)
    return latex.number(value) if plain else latex.name(name)


def _result(node: NodeRecord, operand: Callable[[int], Term]) -> Term:
    """Return the formula of an op's result; of many operands or terms, those at both ends."""
    slots = range(len(node.operands))
    if node.built_in == LINEARISED:
        arguments = ", ".join(x.text for x in _shown(slots, operand))
        name = latex.escape(str(node.settings.get("of", node.op)))
        return Term(rf"\operatorname{{{name}}}({arguments})")
    pairs = _pairs(node)
    if pairs is None:
        return latex.call(node.made_by or node.op, tuple(_shown(slots, operand)), node.settings)
    terms = _shown(pairs, lambda pair: _product([operand(k) for k in pair]))
    total = terms[0] if terms else Term("0")
    for term in terms[1:]:
        total = latex.add(total, term)
    return total


def _shown(items: Sequence[Item], term: Callable[[Item], Term]) -> list[Term]:
    if len(items) <= MANY:
        return list(map(term, items))
    return [*map(term, items[: MANY - 1]), Term(r"\dots"), term(items[-1])]


def _product(factors: list[Term]) -> Term:
    return factors[0] if len(factors) == 1 else latex.mul(*factors)


def _pairs(node: NodeRecord) -> list[tuple[int, ...]] | None:
    """Return the slots that are multiplied and then added up, for the ops on rows of scalars."""
    count = len(node.operands)
    half = count // 2
    pairs: list[tuple[int, ...]] = [(k + half, k) for k in range(half)]
    if node.built_in == "total":
        return [(k,) for k in range(count)]
    if node.built_in == "dot":
        return pairs
    return [*pairs, (count - 1,)] if node.built_in == "neuron" else None


def _partial(event: Event) -> Term | None:
    """Return the local derivative in symbols; None where it is a matrix or more."""
    node, slot = event.node, event.slot
    for pair in _pairs(node) or ():
        if slot in pair:
            others = [_named(node, k) for k in pair if k != slot]
            return _product(others) if others else Term("1")
    if node.built_in == LINEARISED and slot is not None:
        return latex.number(event.local)
    record = node.made_by
    if not isinstance(record, Elementwise) or slot is None:
        return None
    rule = record.partials[slot]
    if not isinstance(rule, str):
        return None if callable(rule) else latex.number(rule)
    operands = {x: _named(node, k) for k, x in enumerate(OPERANDS[: len(node.values)])}
    names_of = {**operands, "z": latex.name(node.name)}
    return latex.rule(rule, names_of, _known(node, record), record.scope)


def _known(node: NodeRecord, record: Elementwise) -> dict[str, Any]:
    """Return the settings, and the operands where they are plain numbers."""
    known = {**record.settings, **node.settings}
    numbers = dict(
        zip((*OPERANDS[: len(node.values)], "z"), (*node.values, node.data), strict=True)
    )
    if not any(map(is_array, numbers.values())):
        known |= numbers
    return known
