"""The data of a page: nodes, steps, and either their numbers or the tape that computes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from autograd.living.javascript import NotTranspilable, Script
from autograd.living.tape import Tape, script, tape
from autograd.node.node import Node
from autograd.reading import formatting
from autograd.reading.numbered_graph import NumberedGraph
from autograd.reading.sources import source_name
from autograd.rules.recorded_op import Recorded
from autograd.stepping import latex
from autograd.stepping.event_templates import AMOUNTS, Templates, templates
from autograd.stepping.flags import explained, is_finite
from autograd.stepping.mathml import SLOT, mathml
from autograd.stepping.page_arrays import PageArrays
from autograd.stepping.page_scalars import page_scalars

if TYPE_CHECKING:
    from autograd.stepping import Event, NodeRecord, Steps

Guards: TypeAlias = Iterable[tuple[Node, bool]]


@dataclass(frozen=True, slots=True)
class PageData:
    """What a page is made of beside its pictures.

    Attributes
    ----------
    data : dict
        Plain JSON.
    script : str
        The script that is made for this graph: the conditions of its texts, and the machine that
        computes it, if a page can.
    """

    data: dict[str, Any]
    script: str


def page_data(root: Node, steps: Steps, guards: Guards | None = None) -> PageData:
    """Return the data of the page of a graph and its steps.

    A page that computes has the tape, and no number of a step; a recording has all of them as text,
    and says in ``data["recording"]`` why it is one. A page that computes tensors has both: what was
    recorded is what it shows until a number is changed.

    Parameters
    ----------
    root : Node
    steps : Steps
        Of this root.
    guards : iterable of (Node, bool), optional
        Conditions that Python's branches asked for while the graph was recorded, and what they
        were; None if nobody noted them.
    """
    found = _computing(root, steps, guards)
    tensors = isinstance(found, _Computing) and found.tensors is not None
    is_recording = isinstance(found, str)
    arrays = PageArrays()
    texts = templates(steps, live=not (is_recording or tensors), arrays=tensors)
    nodes = [_node(node) for node in steps.nodes]
    data: dict[str, Any] = {
        "title": f"Backpropagation of {steps.root.name}",
        "root": steps.root.name,
        "names": {name: mathml(name) for name in dict.fromkeys(node["latex"] for node in nodes)},
        "words": texts.record(),
        "causes": _causes(steps),
    }
    numbered = [_step(event) for event in steps]
    data |= {"recording": found} if isinstance(found, str) else found.data() | {"old": _old(steps)}
    if is_recording or tensors:
        for record, node in zip(nodes, steps.nodes, strict=True):
            record |= {"operands": node.operands, "data": arrays.text(node.data)}
        numbered = [
            record | _amounts(event, arrays) | {"quiet": arrays.text(texts.quiet.get(k, 0.0))}
            for k, (record, event) in enumerate(zip(numbered, steps, strict=True))
        ]
    data |= {"nodes": _table(nodes), "steps": _table(numbered), "arrays": arrays.records}
    machine = "" if isinstance(found, str) else script(found.tape)
    return PageData(data, machine + _conditions(texts))


@dataclass(frozen=True, slots=True)
class _Computing:
    """What a page computes from: the tape, what its scalars are of tensors, guards in words."""

    tape: Tape
    tensors: dict[str, Any] | None
    guards: list[tuple[int, str]]

    def data(self) -> dict[str, Any]:
        tensors = {} if self.tensors is None else {"tensors": self.tensors}
        return {"tape": self.tape.data, "guards": self.guards, **tensors}


def _computing(root: Node, steps: Steps, guards: Guards | None) -> _Computing | str:
    """Return the tape that the page computes from; or a text that says why it can't."""
    seed = next(event for event in steps if event.kind == "seed").contribution
    if np.size(seed) != 1 or seed != 1:
        return f"it starts from the cotangent {formatting.number(seed)}"
    noted = list(guards or ())
    graph = NumberedGraph(root)
    for node in graph.nodes:
        if isinstance(node.op, Recorded) and not (node._rank and node.op.ours):
            return f"{node.op.name} was computed by another engine, and this one has no rule for it"
    try:
        if any(node._rank for node in graph.nodes):
            found = page_scalars(graph)
            return _Computing(found.tape, found.record, [])
        made = tape(NumberedGraph(*dict.fromkeys(node for node, _ in noted), root), root, noted)
    except NotTranspilable as error:
        return str(error)
    if guards is not None:
        made.data["fixed"] = []  # what decided them is guarded
    numbers = [number for number, _ in made.data["guards"]]
    words = [_condition(node) for node, _ in noted]
    return _Computing(made, None, list(zip(numbers, words, strict=True)))


def _condition(node: Node) -> str:
    """Return a condition as Python has it, of the names of its operands."""
    names = [formatting.clean(p.label) or formatting.number(p._data) for p in node.parents]
    sign = _RELATIONS.get(node.op.name if node.op else "")
    return f" {sign} ".join(names) if sign and len(names) == 2 else " ".join(names)


_RELATIONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def _old(steps: Steps) -> dict[int, Any]:
    """Return the gradients that leaves had before, which this pass is added to."""
    old = {node.index: node.old_grad for node in steps.nodes if node.old_grad is not None}
    return {k: _plain(x) for k, x in old.items()}


def _plain(x: Any) -> Any:
    """Return a number as JSON has it, and an array as a list of its elements in C order."""
    if np.ndim(x):
        return [_plain(each) for each in np.ravel(x).tolist()]
    return float(x) if isfinite(x) else str(float(x))


def _conditions(texts: Templates) -> str:
    """Return the script of the conditions that decide between texts."""
    own = Script()
    bodies = [
        own.condition(each.text, {role: f'n("{role}")' for role in each.roles}, each.scope)
        for each in texts.conditions
    ]
    listed = "\n".join(f"(n) => {body}," for body in bodies)
    return f"const CONDITIONS = (() => {{\n{own.source()}\nreturn [{listed}];\n}})();\n"


def _causes(steps: Steps) -> dict[int, list[str]]:
    """Return the notes on causes of bad numbers, by the places of the steps that have some."""
    if all(is_finite(node.data) for node in steps.nodes) and all(
        is_finite(event.after) and is_finite(event.contribution) for event in steps
    ):
        return {}
    said = {k: list(explained(steps, e)[len(e.flags) :]) for k, e in enumerate(steps)}
    return {k: texts for k, texts in said.items() if texts}


# Nodes and steps ---------------------------------------------------------------------------------


def _table(records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return records as columns by name: without a name in each, less than half as long."""
    found = list(records)
    return {name: _column([each[name] for each in found]) for name in found[0]}


def _column(values: list[Any]) -> Any:
    """Return values; of texts that are mostly the same, each once, and which of them each is.

    Where all are the same, there is only how many. Which one it is of ten is a digit of a text.
    """
    texts = list(dict.fromkeys(values)) if isinstance(values[0], str) else values
    if 2 * len(texts) > len(values):
        return values
    if len(texts) == 1:
        return {"of": texts, "times": len(values)}
    place = {text: k for k, text in enumerate(texts)}
    places = [place[text] for text in values]
    return {"of": texts, "at": "".join(map(str, places)) if len(texts) <= 10 else places}


def _step(event: Event) -> dict[str, Any]:
    return {
        "kind": str(event.kind),
        "n": event.node.index,
        "t": event.target.index,
        "slot": -1 if event.slot is None else event.slot,
        "operand": event.operand,
    }


def _amounts(event: Event, arrays: PageArrays) -> dict[str, str]:
    found = {name: arrays.text(getattr(event, name)) for name in AMOUNTS.values()}
    if event.kind == "compute":
        found["after"] = arrays.text(event.result)
    return found


_PIECE = re.compile(rf"\d+(?:\.\d+)?|{SLOT}")


def _node(node: NodeRecord) -> dict[str, Any]:
    op = node.made_by
    name = latex.name(node.name).text
    pieces = _PIECE.findall(name)
    shared = pieces == _PIECE.findall(node.name)
    return {
        "name": _PIECE.sub(SLOT, node.name) if shared else node.name,
        "latex": _PIECE.sub(SLOT, name),  # with slots for its numbers: most share few patterns
        "pieces": "\t".join(pieces),
        "symbol": formatting.clean(node.symbol),
        "doc": formatting.clean(f"{op.name}: {op.doc}" if op and op.doc else node.op),
        "settings": formatting.clean(formatting.settings(node.settings)),
        "shape": formatting.shape(node.shape) if node.shape is not None else "",
        "variable": int(node.requires_grad),
        "region": formatting.clean(node.region),
        "source": formatting.clean(source_name(node.source)),
        "code": formatting.clean(node.code),
    }
