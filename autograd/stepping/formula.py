r"""The formulas of a step, as LaTeX: in symbols, and in numbers.

They follow from the op's record: its template, and the text of its partials (``latex.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.reading import formatting
from autograd.rules.compiling import OPERANDS
from autograd.rules.op import Elementwise
from autograd.stepping import latex
from autograd.stepping.latex import Term

if TYPE_CHECKING:
    from autograd.stepping.events import Event, NodeRecord

LINEARISED = "linearised"  # a row of a Jacobian
MANY = 4  # operands of a row: the terms of a longer sum are left out in the middle


def symbolic(event: Event) -> str:
    """Return what happens, in symbols."""
    node, target = event.node, event.target
    if event.kind == "compute":
        names = tuple(map(latex.name, node.operand_names))
        return f"{latex.name(node.name).text} = {_result(node, names).text}"
    gradient = _gradient(event, target.name)
    if event.kind == "seed":
        return f"{gradient.text} = {latex.number(event.after).text}"
    if event.kind == "accumulate":
        return rf"\text{{{latex.escape(target.name)}.grad}} \mathrel{{+}}= {gradient.text}"
    sign = "=" if event.before is None else r"\mathrel{+}="
    upstream = _gradient(event, node.name)
    partial = _partial(event)
    if partial is None:
        jacobian = rf"\left({quotient(node.name, target.name).text}\right)^{{\top}}"
        return f"{gradient.text} {sign} {jacobian} {upstream.text}"
    multiply = latex.times_by_element if np.ndim(event.local) else latex.mul
    return f"{gradient.text} {sign} {multiply(upstream, _iverson(partial)).text}"


def substituted(event: Event) -> str:
    """Return what happens, with the numbers in."""
    if event.kind == "compute":
        numbers = tuple(map(latex.number, event.node.values))
        return f"{latex.number(event.result).text} = {_result(event.node, numbers).text}"
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
    partial = _partial(event) if event.kind == "contribute" else None
    if partial is None:
        return ""
    return f"{quotient(event.node.name, event.target.name).text} = {_iverson(partial).text}"


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


def _result(node: NodeRecord, operands: tuple[Term, ...]) -> Term:
    if node.built_in == LINEARISED:
        shown = operands if len(operands) <= MANY else (*operands[:MANY], Term(r"\dots"))
        arguments = ", ".join(x.text for x in shown)
        name = latex.escape(str(node.settings.get("of", node.op)))
        return Term(rf"\operatorname{{{name}}}({arguments})")
    pairs = _pairs(node)
    if pairs is None:
        return latex.call(node.made_by or node.op, operands, node.settings)
    terms = [_product([operands[k] for k in pair]) for pair in pairs]
    if len(terms) > MANY:
        terms = [*terms[: MANY - 1], Term(r"\dots"), terms[-1]]
    total = terms[0] if terms else Term("0")
    for term in terms[1:]:
        total = latex.add(total, term)
    return total


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
    names = tuple(map(latex.name, node.operand_names))
    for pair in _pairs(node) or ():
        if slot in pair:
            others = [names[k] for k in pair if k != slot]
            return _product(others) if others else Term("1")
    if node.built_in == LINEARISED and slot is not None:
        return latex.number(event.local)
    record = node.made_by
    if not isinstance(record, Elementwise) or slot is None:
        return None
    partial = record.partials[slot]
    if not isinstance(partial, str):
        return None if callable(partial) else latex.number(partial)
    operands = dict(zip(OPERANDS, names, strict=False))
    names_of = {**operands, "z": latex.name(node.name)}
    return latex.rule(partial, names_of, _known(node, record), record.scope)


def _known(node: NodeRecord, record: Elementwise) -> dict[str, Any]:
    """Return the settings, and the operands where they are plain numbers."""
    known = {**record.settings, **node.settings}
    numbers = dict(
        zip((*OPERANDS[: len(node.values)], "z"), (*node.values, node.data), strict=True)
    )
    if not any(isinstance(x, np.ndarray) for x in numbers.values()):
        known |= numbers
    return known
