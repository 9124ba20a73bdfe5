"""Draws a failed check: the graph that was checked, with the line of the wrong rule in red."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

import numpy as np

from autograd.check.report import Blame
from autograd.node.node import Node
from autograd.reading import formatting
from autograd.show.build import picture_of
from autograd.show.drawing import Drawing
from autograd.show.flow import View
from autograd.show.fold import fold
from autograd.show.fold_options import near
from autograd.show.picture import Line, Picture
from autograd.show.svg import image
from autograd.walk.reverse import cotangents

CONTEXT = 40  # nodes: of a bigger graph, what is near the wrong line is enough
HOPS = 2
_BESIDE = "display:flex;flex-wrap:wrap;align-items:center;gap:1.5em"
_TEXT = "font:.85em/1.5 monospace;white-space:pre-wrap;word-break:normal;max-width:84ch;margin:0"


def html(text: str, blame: Blame) -> dict[str, str]:
    """Return a report's text and the drawing beside it, for a notebook; never raise."""
    try:
        drawing = draw_blame(blame)
        picture = image(drawing.svg, f"The graph that was checked: {blame}", "max-width:100%")
    except Exception as error:  # a notebook would show a traceback in place of the text
        return {"text/plain": f"{text}\n\nNo picture: {error}"}
    body = f'<div style="{_BESIDE}"><pre style="{_TEXT}">{escape(text)}</pre>{picture}</div>'
    return {"text/plain": text, "text/html": body}


def draw_blame(blame: Blame) -> Drawing:
    """Draw the graph that was checked, with the gradients that the engine gave it."""
    root = blame.root
    if root is None:
        raise ValueError("the blame has no graph: it can't be drawn")
    view = View(root)
    view.grads = _gradients(view, root)
    node = next((node for node in view.nodes if node is blame.node), None)
    far = node is not None and len(view.nodes) > CONTEXT
    groups = near(view, node, HOPS) if far and node is not None else fold(view)
    return Drawing(_marked(picture_of(view, *groups), view, blame))


def _gradients(view: View, root: Node) -> list[Any]:
    try:
        found = cotangents(
            root, np.ones_like(root._data) if root._rank else root._check_cotangent(None)
        )
    except Exception:  # a wrong rule may raise
        found = {}
    return [found.get(node) for node in view.nodes]


def _marked(picture: Picture, view: View, blame: Blame) -> Picture:
    number = {id(node): k for k, node in enumerate(view.nodes)}.get(id(blame.node))
    head = next((box.id for box in picture.boxes if number in box.members), "")

    def line(one: Line) -> Line:
        if one.head != head or one.slot != blame.argument:
            return replace(one, flow=0.0)
        return replace(one, flow=0.0, text=_said(blame), derivative=True, wrong=True)

    return replace(picture, lines=tuple(map(line, picture.lines)))


def _said(blame: Blame) -> str:
    where = f"at {blame.index} " if blame.index else ""
    found, exact = formatting.number(blame.found), formatting.number(blame.exact)
    if abs(blame.found - blame.exact) < 1e-3 * abs(blame.exact):  # digits that a drawing leaves out
        found, exact = _apart(float(blame.found), float(blame.exact))
    return f"{where}{found} ✗ exact {exact}"


def _apart(one: float, other: float) -> tuple[str, str]:
    """Return two numbers with as many digits as it takes to tell them apart."""
    for digits in range(4, 18):
        if f"{one:.{digits}g}" != f"{other:.{digits}g}":
            break
    return f"{one:.{digits}g}", f"{other:.{digits}g}"
