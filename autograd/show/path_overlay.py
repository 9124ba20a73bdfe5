"""Draws the paths of ``why`` on the graph: a path that adds more to the gradient is stronger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograd.node.node import Node
from autograd.reading import formatting
from autograd.show.build import picture_of
from autograd.show.flow import View, largest, share
from autograd.show.fold import LIMIT, Group, fold, regions_of_nodes
from autograd.show.picture import Line, Picture
from autograd.walk.reverse import cotangents

CONTEXT = 60  # nodes: of a bigger graph, those on the paths are enough
LEADS_TO = "⇒"


@dataclass(frozen=True, slots=True)
class OverlaidPath:
    """One path: the numbers of its nodes, the slot that each feeds, and its product."""

    nodes: tuple[int, ...]
    slots: tuple[int, ...]
    product: Any


def picture_of_paths(root: Node, paths: Sequence[OverlaidPath], caption: str) -> Picture:
    """Return the picture of a graph with some of its paths marked.

    Each line of a path has its local derivative, and what the paths through it add up to.
    """
    found = cotangents(root, root._check_cotangent(None))
    view = View(root)
    view.grads = [found.get(node) for node in view.nodes]
    drawn = picture_of(view, *_shown(view, {k for path in paths for k in path.nodes}))
    box_of = {k: box.id for box in drawn.boxes for k in box.members}
    passing = _passing(drawn, paths, box_of)
    most = max((largest(path.product) for path in paths), default=0.0)
    marked = {box_of[k] for path in paths for k in path.nodes}
    return replace(
        drawn,
        boxes=tuple(replace(box, marked=box.id in marked) for box in drawn.boxes),
        lines=tuple(_line(line, passing.get(line.id, ()), most) for line in drawn.lines),
        caption="; ".join(filter(None, (caption, drawn.caption))),
    )


def _shown(view: View, on: set[int]) -> tuple[list[Group], str]:
    """Return what to draw: a small graph whole; else what is on the paths; else all, folded."""
    if len(view.nodes) <= CONTEXT or len(on) > LIMIT:
        return fold(view)
    regions = regions_of_nodes(view)
    left = formatting.count(len(view.nodes) - len(on), "node")
    groups = [Group([k], region=regions[k]) for k in sorted(on)]
    return groups, f"{left} off these paths not shown" if len(on) < len(view.nodes) else ""


def _passing(
    drawn: Picture, paths: Sequence[OverlaidPath], box_of: Mapping[int, str]
) -> dict[str, list[Any]]:
    """Return, by the id of a line, the products of the paths that go along it."""
    lines = {(line.tail, line.head, line.slot): line.id for line in drawn.lines}
    found: dict[str, dict[int, Any]] = {}
    for number, path in enumerate(paths):
        for start, end, slot in zip(path.nodes, path.nodes[1:], path.slots, strict=False):
            ends = box_of[start], box_of[end]
            line = lines.get((*ends, slot)) or lines.get((*ends, None))
            if line:  # else it is inside one box
                found.setdefault(line, {})[number] = path.product
    return {line: list(products.values()) for line, products in found.items()}


def _line(line: Line, products: Sequence[Any], most: float) -> Line:
    if not products:
        return replace(line, text="", flow=0.0)
    added = f"{LEADS_TO} {formatting.number(sum(products))}"
    local = line.text if line.derivative else ""
    return replace(
        line,
        text=f"{local} {added}".strip(),
        derivative=True,
        flow=share(max(map(largest, products)), most),
        tooltip="\n".join(filter(None, (line.tooltip, _told(products)))),
    )


def _told(products: Sequence[Any]) -> str:
    terms = [formatting.number(product) for product in products]
    total = formatting.number(sum(products))
    return f"{formatting.count(len(terms), 'path')}: {' + '.join(terms)} = {total}"
