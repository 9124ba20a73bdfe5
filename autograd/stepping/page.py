"""The player: one HTML file that steps through a graph's events in any browser, offline.

Python lays the picture out, and writes what each step says; the page's own scripts, in
``player/``, show it. They are put into the page as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from autograd.node.node import Node
from autograd.reading import formatting
from autograd.reading.sources import source_name
from autograd.show.export import Bundle, png_for_notebooks
from autograd.show.flow import View
from autograd.show.svg import Classes, image, rules, svg
from autograd.show.theme import AUTO_STYLE, LIGHT
from autograd.stepping import latex
from autograd.stepping.flags import explained
from autograd.stepping.formula import quotient
from autograd.stepping.mathml import SLOT, mathml
from autograd.stepping.page_arrays import MARK, PageArrays
from autograd.stepping.page_levels import PagePictures, longest, shown_levels

if TYPE_CHECKING:
    from autograd.stepping import Event, NodeRecord, Steps

SCRIPTS = (
    "elements.js",
    "arrays.js",
    "recording.js",
    "level_picture.js",
    "viewport.js",
    "panel.js",
    "player.js",
)
LONGEST_FORMULA = 300  # characters of LaTeX: of larger arrays the tiles have the numbers
LONGEST = 10_000  # steps: the page of more would have 4 MB and more
FORMULAS = "formula", "localFormula", "substituted"  # of a step, in the page's data
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
    ValueError
        If there are more than 10,000 steps.
    RenderError
        If there is no Graphviz on this machine.
    """
    return _Page(root, steps, at, direction).text


def frame(root: Node, steps: Steps, *, at: int = 0, direction: str = "LR") -> str:
    """Return the player as HTML for a notebook: a frame of its own, upon a still picture.

    The picture is all that is left where frames are taken out: in a notebook that isn't trusted,
    and on sites that show notebooks.
    """
    return _frame(_Page(root, steps, at, direction))


def notebook_bundle(root: Node, steps: Steps, *, at: int = 0) -> Bundle:
    """Return the player for a notebook, and its picture as PNG for where there are no frames.

    The picture is no SVG of its own: the player has one, and nbconvert would want Inkscape for it.
    """
    made = _Page(root, steps, at, "LR")
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
        f'<iframe title="{escape(name)}, step by step" sandbox="allow-scripts" height="{height}" '
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

    def __init__(self, root: Node, steps: Steps, at: int, direction: str) -> None:
        if len(steps) > LONGEST:
            raise ValueError(
                f"a page of {len(steps):,} steps is too big for a browser, above {LONGEST:,}: go "
                "through them with .forward(), .run_until(...) and .table(), or step a smaller part"
            )
        self.steps = steps
        data = _data(steps, at)
        classes: Classes = {}
        gradients = {e.target.index: e.after for e in steps if e.phase == "backward"}
        least = longest([text for text in _texts(data["steps"]["after"]) if text[0] != MARK])
        levels = shown_levels(View(root, grads=gradients), direction, least)
        pictures = PagePictures(levels, classes)
        drawn = pictures.first.paint(LIGHT)
        quiet = replace(drawn, parts=tuple(replace(part, tooltip="") for part in drawn.parts))
        self.still, self.size = svg(quiet), (drawn.width, drawn.height)
        self.text = _fill(data | pictures.data, steps, classes)


# The page ----------------------------------------------------------------------------------------


@cache
def _file(name: str) -> str:
    return files("autograd.stepping").joinpath("player", name).read_text(encoding="utf-8")


def _fill(data: dict[str, Any], steps: Steps, classes: Classes) -> str:
    options = [
        f'<option value="{node.index}">{escape(_option(node))}</option>'
        for node in steps.nodes
        if node.requires_grad
    ]
    parts = {
        "title": escape(data["title"]),
        "style": "\n".join((AUTO_STYLE, rules(classes), _file("player.css"))),
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


def _option(node: NodeRecord) -> str:
    return f"{node.name} ({formatting.clean(node.symbol)})" if node.symbol else node.name


# What it says ------------------------------------------------------------------------------------


def _data(steps: Steps, at: int) -> dict[str, Any]:
    name, arrays = steps.root.name, PageArrays()
    said = [_step(e, arrays) | {"flags": explained(steps, e)} for e in steps]
    nodes = [_node(node, arrays) for node in steps.nodes]
    patterns = dict.fromkeys(each[key] for each in said for key in FORMULAS)
    patterns |= dict.fromkeys(node["latex"] for node in nodes)
    return {
        "title": f"Backpropagation of {name}",
        "root": name,
        "open": at,
        "nodes": _table(nodes),
        "steps": _table(said),
        "arrays": arrays.records,
        "mathml": {pattern: mathml(pattern) for pattern in patterns if pattern},
    }


def _table(records: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return records as columns by name: without a name in each, less than half as long."""
    found = list(records)
    return {name: _column([each[name] for each in found]) for name in found[0]}


def _column(values: list[Any]) -> Any:
    """Return values; of texts that are mostly the same, each once, and which of them each is."""
    texts = list(dict.fromkeys(values)) if isinstance(values[0], str) else values
    if 2 * len(texts) > len(values):
        return values
    place = {text: k for k, text in enumerate(texts)}
    return {"of": texts, "at": [place[text] for text in values]}


def _texts(column: Any) -> list[str]:
    return list(column["of"] if isinstance(column, dict) else column)


def _step(event: Event, arrays: PageArrays) -> dict[str, Any]:
    passes = event.kind == "contribute"
    symbols = _shortened(event.formula, event), _shortened(event.local_formula, event)
    substituted = event.substituted
    formulas = *symbols, substituted if len(substituted) <= LONGEST_FORMULA else ""
    patterns, pieces = zip(*map(_pattern, formulas), strict=True)
    return {
        "kind": str(event.kind),
        "n": event.node.index,
        "t": event.target.index,
        "slot": -1 if event.slot is None else event.slot,
        "operand": event.operand,
        "sentence": arrays.quoted(event.sentence, event),
        **dict(zip(FORMULAS, patterns, strict=True)),
        "pieces": "\t".join(sum(pieces, ())),
        "upstream": arrays.text(event.upstream) if passes else "",
        "local": ("Jacobian" if event.local is None else arrays.text(event.local))
        if passes
        else "",
        "contribution": arrays.text(event.contribution),
        "before": arrays.text(event.before),
        "after": arrays.text(event.result if event.kind == "compute" else event.after),
    }


def _shortened(formula: str, event: Event) -> str:
    r"""Return LaTeX with ``\D{4}{1}`` for ∂z/∂x of nodes 4 and 1, which the page writes out."""
    root, node, target = event.root, event.node, event.target
    for z, x in (root, target), (root, node), (node, target):
        formula = formula.replace(quotient(z.name, x.name).text, rf"\D{{{z.index}}}{{{x.index}}}")
    return formula


_PIECE = re.compile(rf"\\D\{{(\d+)\}}\{{(\d+)\}}|\d+(?:\.\d+)?|{SLOT}")


def _pattern(latex: str) -> tuple[str, tuple[str, ...]]:
    r"""Return LaTeX with slots for its numbers and for ∂z/∂x, and the pieces to be put in them.

    Most steps share few patterns, and the page has the MathML of each of these once.
    """
    pieces = tuple(
        f"{each[1]}/{each[2]}" if each[1] else each[0] for each in _PIECE.finditer(latex)
    )
    return _PIECE.sub(lambda each: r"\D{}" if each[1] else SLOT, latex), pieces


def _node(node: NodeRecord, arrays: PageArrays) -> dict[str, Any]:
    op = node.made_by
    pattern, pieces = _pattern(latex.name(node.name).text)
    return {
        "name": node.name,
        "latex": pattern,
        "pieces": "\t".join(pieces),
        "symbol": formatting.clean(node.symbol),
        "doc": formatting.clean(f"{op.name}: {op.doc}" if op and op.doc else node.op),
        "settings": formatting.clean(formatting.settings(node.settings)),
        "shape": formatting.shape(node.shape) if node.shape is not None else "",
        "variable": node.requires_grad,
        "data": arrays.text(node.data),
        "region": formatting.clean(node.region),
        "source": formatting.clean(source_name(node.source)),
        "code": formatting.clean(node.code),
    }
