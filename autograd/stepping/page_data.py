"""The data of a page: nodes, steps, and either their numbers or the tape that computes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from autograd.living.javascript import NotTranspilable, Script
from autograd.living.tape import Tape, script, tape
from autograd.node.node import Node
from autograd.reading import formatting
from autograd.reading.numbered_graph import NumberedGraph
from autograd.reading.sources import source_name
from autograd.stepping import latex
from autograd.stepping.event_templates import AMOUNTS, Templates, templates
from autograd.stepping.flags import explained, is_finite
from autograd.stepping.mathml import SLOT, mathml
from autograd.stepping.page_arrays import PageArrays

if TYPE_CHECKING:
    from autograd.stepping import Event, NodeRecord, Steps


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


def page_data(root: Node, steps: Steps) -> PageData:
    """Return the data of the page of a graph and its steps.

    A page that computes has the tape, and no number of a step; a recording has all of them as text,
    and says in ``data["recording"]`` why it is one.
    """
    made, why = _tape(root, steps)
    arrays = PageArrays()
    texts = templates(steps, live=made is not None)
    nodes = [_node(node) for node in steps.nodes]
    data: dict[str, Any] = {
        "title": f"Backpropagation of {steps.root.name}",
        "root": steps.root.name,
        "names": {name: mathml(name) for name in dict.fromkeys(node["latex"] for node in nodes)},
        "words": texts.record(),
        "causes": _causes(steps),
    }
    numbered = [_step(event) for event in steps]
    if made is not None:
        data |= {"tape": made.data, "old": _old(steps)}
    else:
        data["recording"] = why
        for record, node in zip(nodes, steps.nodes, strict=True):
            record |= {"operands": node.operands, "data": arrays.text(node.data)}
        numbered = [
            record | _amounts(event, arrays) | {"quiet": arrays.text(texts.quiet.get(k, 0.0))}
            for k, (record, event) in enumerate(zip(numbered, steps, strict=True))
        ]
    data |= {"nodes": _table(nodes), "steps": _table(numbered), "arrays": arrays.records}
    machine = script(made) if made is not None else ""
    return PageData(data, machine + _conditions(texts))


def _tape(root: Node, steps: Steps) -> tuple[Tape | None, str]:
    """Return the tape; or None and why there is none."""
    try:
        made = tape(NumberedGraph(root))
    except NotTranspilable as error:
        return None, str(error)
    seed = next(event for event in steps if event.kind == "seed").contribution
    return (made, "") if seed == 1 else (None, f"it starts from the cotangent {seed}")


def _old(steps: Steps) -> dict[int, Any]:
    """Return the gradients that leaves had before, which this pass is added to."""
    old = {node.index: node.old_grad for node in steps.nodes if node.old_grad is not None}
    return {k: x if isfinite(x) else str(x) for k, x in old.items()}


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
    """Return what is to be said of the causes of bad numbers, for the places of some steps."""
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

    Where all are the same, there is only how many.
    """
    texts = list(dict.fromkeys(values)) if isinstance(values[0], str) else values
    if 2 * len(texts) > len(values):
        return values
    if len(texts) == 1:
        return {"of": texts, "times": len(values)}
    place = {text: k for k, text in enumerate(texts)}
    return {"of": texts, "at": [place[text] for text in values]}


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
    return {
        "name": node.name,
        "latex": _PIECE.sub(SLOT, name),  # with slots for its numbers: most share few patterns
        "pieces": "\t".join(_PIECE.findall(name)),
        "symbol": formatting.clean(node.symbol),
        "doc": formatting.clean(f"{op.name}: {op.doc}" if op and op.doc else node.op),
        "settings": formatting.clean(formatting.settings(node.settings)),
        "shape": formatting.shape(node.shape) if node.shape is not None else "",
        "variable": int(node.requires_grad),
        "region": formatting.clean(node.region),
        "source": formatting.clean(source_name(node.source)),
        "code": formatting.clean(node.code),
    }
