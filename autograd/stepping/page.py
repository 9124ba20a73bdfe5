"""The player: one HTML file that steps through a graph's events in any browser, offline.

Python lays the picture out, and writes what each step says; the page's own scripts, in
``player/``, show it.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import replace
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from autograd.node.node import Node
from autograd.reading import formatting
from autograd.show.export import Bundle, png_for_notebooks
from autograd.show.flow import View
from autograd.show.svg import Classes, image, rules, svg
from autograd.show.theme import AUTO_STYLE, LIGHT
from autograd.stepping.page_data import Guards, page_data
from autograd.stepping.page_levels import PagePictures, longest, shown_levels

if TYPE_CHECKING:
    from autograd.stepping import NodeRecord, Steps

SCRIPTS = (
    "elements.js",
    "arrays.js",
    "words.js",
    "numbers.js",
    "live_arrays.js",
    "tensor_numbers.js",
    "recording.js",
    "level_picture.js",
    "viewport.js",
    "panel.js",
    "live.js",
    "curve.js",
    "element_table.js",
    "editor.js",
    "learning.js",
    "guess.js",
    "player.js",
    "toolbar.js",
    "search.js",
    "export.js",
    "help.js",
    "gestures.js",
    "code.js",
    "tools.js",
)
OF_TENSORS = {"live_arrays.js", "tensor_numbers.js", "element_table.js"}  # where it computes them
STYLES = "player.css", "tools.css"
LONGEST = 10_000  # steps: the page of more would have 4 MB and more
SHORTEST, TALLEST, AROUND = 460, 760, 260  # heights of the frame in a notebook, in pixels


def page(
    root: Node,
    steps: Steps,
    *,
    at: int = 0,
    direction: str = "LR",
    guards: Guards | None = None,
) -> str:
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
    guards : iterable of (Node, bool), optional
        Conditions that Python's branches asked for while the graph was recorded, and what they
        were. The page says when an edit would have taken another branch.

    Raises
    ------
    ValueError
        If there are more than 10,000 steps.
    RenderError
        If there is no Graphviz on this machine.
    """
    return _Page(root, steps, at, direction, guards).text


def frame(
    root: Node,
    steps: Steps,
    *,
    at: int = 0,
    direction: str = "LR",
    guards: Guards | None = None,
) -> str:
    """Return the player as HTML for a notebook: a frame of its own, upon a still picture.

    The picture is all that is left where frames are taken out: in a notebook that isn't trusted,
    and on sites that show notebooks.
    """
    return _frame(_Page(root, steps, at, direction, guards))


def notebook_bundle(
    root: Node, steps: Steps, *, at: int = 0, guards: Guards | None = None
) -> Bundle:
    """Return the player for a notebook, and its picture as PNG for where there are no frames.

    The picture is no SVG of its own: the player has one, and nbconvert would want Inkscape for it.
    """
    made = _Page(root, steps, at, "LR", guards)
    png, sizes = png_for_notebooks(made.still, made.size)
    return {"text/html": _frame(made)} | png, sizes


def _frame(made: _Page) -> str:
    """Return one line of HTML: where lines are joined or wrapped, the scripts live on.

    The frame lies on the picture wherever it stands in the box, also where a host wraps it.
    """
    height = round(min(TALLEST, max(SHORTEST, made.size[1] + AROUND)))
    size = f"width:100%;height:{height}px;border:0"
    name = f"Computation graph of {made.steps.root.name}"
    html = (
        f'<div style="position:relative;height:{height}px">'
        f"{image(made.still, name, f'{size};object-fit:scale-down')}"
        f'<iframe title="{escape(name)}, step by step" height="{height}" '
        'sandbox="allow-scripts allow-downloads" allow="fullscreen" '
        f'style="position:absolute;left:0;top:0;{size}" '
        f'srcdoc="{escape(made.text)}"></iframe></div>'
    )
    return html.replace("\n", "&#10;")


class _Page:
    """A page and the still picture that stands for it where scripts don't run.

    Attributes
    ----------
    text : str
        The HTML file.
    still : str
        The first picture as SVG.
    size : (float, float)
        Its width and height.
    """

    def __init__(
        self, root: Node, steps: Steps, at: int, direction: str, guards: Guards | None
    ) -> None:
        if len(steps) > LONGEST:
            raise ValueError(
                f"a page of {len(steps):,} steps is too big for a browser, above {LONGEST:,}: go "
                "through them with .forward(), .run_until(...) and .table(), or step a smaller part"
            )
        self.steps = steps
        told = page_data(root, steps, guards)
        classes: Classes = {}
        back = [event for event in steps if event.phase == "backward"]
        gradients = {event.target.index: event.after for event in back}
        least = longest([formatting.number(e.after) for e in back if e.target.shape is None])
        levels = shown_levels(View(root, grads=gradients), direction, least)
        computes = told.data.keys().isdisjoint({"recording", "tensors"})
        pictures = PagePictures(levels, classes, computes=computes)
        drawn = pictures.first.paint(LIGHT)
        quiet = replace(drawn, parts=tuple(replace(part, tooltip="") for part in drawn.parts))
        self.still, self.size = svg(quiet), (drawn.width, drawn.height)
        data = told.data | pictures.data | {"open": at}
        self.text = _fill(data, told.script, steps, classes)


# The page ----------------------------------------------------------------------------------------


@cache
def _file(name: str) -> str:
    """Return a file of the page without its comments and indents, which browsers don't need."""
    text = files("autograd.stepping").joinpath("player", name).read_text(encoding="utf-8")
    text = _COMMENT.sub("", text) if name.endswith(".js") else text
    return re.sub(r"^ +", "", text, flags=re.M)


_COMMENT = re.compile(r"^\s*//.*\n| // .*$", re.M)


def _fill(data: dict[str, Any], own: str, steps: Steps, classes: Classes) -> str:
    """Return the page: ``own`` is the script that is made for this graph."""
    options = [
        f'<option value="{node.index}">{escape(_option(node))}</option>'
        for node in steps.nodes
        if node.requires_grad
    ]
    scripts = [name for name in SCRIPTS if "tensors" in data or name not in OF_TENSORS]
    script = "\n".join(('"use strict";', own, *map(_file, scripts)))
    parts = {
        "title": escape(data["title"]),
        "style": "\n".join((AUTO_STYLE, rules(classes), *map(_file, STYLES))),
        "options": "".join(options),
        "data": _json(data),
        "script": script,
        "hash": b64encode(sha256(script.encode()).digest()).decode(),
    }
    pieces = _file("page.html").split("@")  # text, name, text, name, …, text
    return "".join(parts[piece] if k % 2 else piece for k, piece in enumerate(pieces))


def _json(data: dict[str, Any]) -> str:
    """Return JSON that nothing in it can end: no ``</script>`` and no ``<!--``."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").encode("utf-8", "replace").decode()


def _option(node: NodeRecord) -> str:
    return f"{node.name} ({formatting.clean(node.symbol)})" if node.symbol else node.name
