"""The player: one page, whole in itself, that steps through a graph's events in any browser.

Python lays the picture out, and writes what each step says; the page's own scripts, in
``player/``, show it. They are put into the page as they are, so it works offline and for ever.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from autograd.node import Node
from autograd.op import ops
from autograd.show import words
from autograd.show.build import picture
from autograd.show.dot import dot
from autograd.show.layout import lay_out
from autograd.show.paint import scene
from autograd.show.picture import Picture
from autograd.show.scene import Scene
from autograd.show.svg import svg
from autograd.show.theme import DARK, LIGHT, NAMED, Theme, declarations
from autograd.show.twins import in_order
from autograd.watching import source_text

if TYPE_CHECKING:
    from autograd.stepping import Event, NodeRecord, Steps

SCRIPTS = ("latex.js", "picture.js", "panel.js", "player.js")
SHORTEST, TALLEST, AROUND = 460, 760, 260  # heights of the frame in a notebook, in pixels


def page(root: Node, steps: Steps, *, at: int = 0, direction: str = "LR") -> str:
    """Return the player as the text of an HTML file.

    Parameters
    ----------
    root : Node
        The result.
    steps : Steps
        Its events, as ``autograd.steps(root)`` gives them.
    at : int
        The step that it opens at, unless its address has another, as in ``#step=17``.
    direction : "LR" or "TB"
        From left to right, or from top to bottom.

    Raises
    ------
    RenderError
        If there is no Graphviz on this machine.
    """
    shown = picture(root, grads=_last_gradients(steps))
    drawn = svg(_without_stories(_scene(shown, direction, NAMED)))
    return _fill(drawn, _data(steps, shown, at))


def frame(root: Node, steps: Steps, *, at: int = 0, direction: str = "LR") -> str:
    """Return the player as HTML for a notebook: a frame of its own, upon a still picture.

    The picture is all that is left where frames are taken out: in a notebook that isn't trusted,
    and on sites that show notebooks.
    """
    shown = picture(root, grads=_last_gradients(steps))
    still = svg(_without_stories(_scene(shown, direction, LIGHT)))
    moving = _scene(shown, direction, NAMED)
    text = _fill(svg(_without_stories(moving)), _data(steps, shown, at))
    height = round(min(TALLEST, max(SHORTEST, moving.height + AROUND)))
    size = f"grid-area:1/1;width:100%;height:{height}px;border:0"
    picture_of = escape(f"Computation graph of {steps.root.name}")
    return (
        '<div style="display:grid">'
        f'<img alt="{picture_of}" src="data:image/svg+xml,{quote(still, safe=_KEPT)}" '
        f'style="{size};object-fit:contain">'
        f'<iframe title="{picture_of}, step by step" sandbox="allow-scripts" allow="" '
        f'height="{height}" style="{size};border-radius:8px" srcdoc="{escape(text)}"></iframe></div>'
    )


_KEPT = " =:/;,()[]!*'?@&+$"  # what a data: address may hold as it is


def _scene(shown: Picture, direction: str, theme: Theme) -> Scene:
    layout = in_order(shown, lay_out(dot(shown, direction)))
    return scene(shown, layout, direction, theme)


def _without_stories(drawn: Scene) -> Scene:
    return replace(drawn, parts=tuple(replace(part, story="") for part in drawn.parts))


def _last_gradients(steps: Sequence[Event]) -> dict[int, Any]:
    return {e.target.index: e.after for e in steps if e.phase == "backward"}


# The page ----------------------------------------------------------------------------------------


@cache
def _file(name: str) -> str:
    return files("autograd.show").joinpath("player", name).read_text(encoding="utf-8")


def _fill(drawn: str, data: dict[str, Any]) -> str:
    options = [
        f'<option value="{node["index"]}">{escape(_option(node))}</option>'
        for node in data["nodes"]
        if node["variable"]
    ]
    dark = f"@media(prefers-color-scheme:dark){{:root{{{declarations(DARK)}}}}}"
    parts = {
        "title": escape(data["title"]),
        "style": f":root{{{declarations(LIGHT)}}}{dark}\n{_file('player.css')}",
        "picture": drawn,
        "options": "".join(options),
        "data": _json(data),
        "script": "\n".join(map(_file, SCRIPTS)),
    }
    pieces = _file("page.html").split("@")  # text, name, text, name, …, text
    return "".join(parts[piece] if k % 2 else piece for k, piece in enumerate(pieces))


def _json(data: dict[str, Any]) -> str:
    """Return JSON that nothing in it can end: no ``</script>`` and no ``<!--``."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").encode("utf-8", "replace").decode()


def _option(node: dict[str, Any]) -> str:
    return " ".join(filter(None, (node["name"], node["symbol"] and f"({node['symbol']})")))


# What it says ------------------------------------------------------------------------------------


def _data(steps: Steps, shown: Picture, at: int) -> dict[str, Any]:
    box_of = {k: box.id for box in shown.boxes for k in box.members}
    lines = {(line.tail, line.head, line.slot): line.id for line in shown.lines}
    last_slots = {e.node.index: e.k for e in steps if e.kind == "contribute"}
    made = []
    for event in steps:
        tail, head = box_of[event.target.index], box_of[event.node.index]
        line = lines.get((tail, head, event.slot)) or lines.get((tail, head, None))
        made.append(_step(event) | {"line": line, "last": last_slots.get(event.node.index) == event.k})
    name = steps.root.name
    return {
        "title": f"Backpropagation of {name}",
        "root": name,
        "open": at,
        "start": "Nothing is computed yet: only the leaves hold numbers.",
        "nodes": [_node(node, box_of[node.index]) for node in steps.nodes],
        "steps": made,
    }


def _step(event: Event) -> dict[str, Any]:
    found = {
        "k": event.k,
        "kind": str(event.kind),
        "n": event.node.index,
        "t": event.target.index,
        "sentence": event.sentence,
        "formula": event.formula,
        "substituted": event.substituted,
        "flags": list(event.flags),
    }
    if event.kind == "compute":
        return found | {"after": _text(event.result)}
    found |= {
        "slot": event.slot,
        "contribution": _text(event.contribution),
        "before": _text(event.before),
        "after": _text(event.after),
        "first": event.before is None,
    }
    if event.kind == "contribute":
        found |= {
            "upstream": _text(event.upstream),
            "local": "Jacobian" if event.local is None else _text(event.local),
            "localFormula": event.local_formula,
        }
    return found


def _node(node: NodeRecord, box: str) -> dict[str, Any]:
    op = ops().get(node.op)
    return {
        "index": node.index,
        "box": box,
        "name": node.name,
        "symbol": words.clean(node.symbol),
        "doc": words.clean(f"{op.name}: {op.doc}" if op and op.doc else node.op),
        "settings": words.clean(words.settings(node.settings)),
        "shape": words.shape(node.shape) if node.shape is not None else "",
        "variable": node.requires_grad,
        "data": _text(node.data),
        "region": words.clean(node.region),
        "source": words.clean(node.source),
        "code": words.clean(source_text(node.source)),
    }


def _text(x: Any) -> str:
    """Return a number as text; of an array its smallest, mean and largest element, with tabs."""
    return "\t".join(words.spread(x)) if getattr(x, "size", 1) != 1 else words.number(x)
