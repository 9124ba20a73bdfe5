"""The player: one HTML file that steps through a graph's events in any browser, offline.

Python lays the picture out, and writes what each step says; the page's own scripts, in
``player/``, show it. They are put into the page as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from autograd.node.node import Node
from autograd.reading import formatting
from autograd.reading.sources import source_name
from autograd.show.build import picture
from autograd.show.dot import dot
from autograd.show.export import Bundle, Size, png_for_notebooks
from autograd.show.layout import Layout, lay_out
from autograd.show.paint import MARGIN, scene
from autograd.show.picture import Picture
from autograd.show.region_covers import RegionCover, paint_cover, region_covers
from autograd.show.sibling_order import siblings_in_order
from autograd.show.svg import Classes, image, rules, svg
from autograd.show.theme import AUTO_STYLE, LIGHT, NAMED, Theme
from autograd.stepping import latex
from autograd.stepping.flags import explained
from autograd.stepping.formula import quotient
from autograd.stepping.mathml import SLOT, mathml
from autograd.stepping.page_arrays import PageArrays

if TYPE_CHECKING:
    from autograd.stepping import Event, NodeRecord, Steps

SCRIPTS = ("picture.js", "panel.js", "player.js")
OPENED = 600  # nodes: the page of a bigger graph has the folded picture alone
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
    return _fill(steps, _pictures(root, steps, direction), at)


def frame(root: Node, steps: Steps, *, at: int = 0, direction: str = "LR") -> str:
    """Return the player as HTML for a notebook: a frame of its own, upon a still picture.

    The picture is all that is left where frames are taken out: in a notebook that isn't trusted,
    and on sites that show notebooks.
    """
    return _frame(steps, _pictures(root, steps, direction), at)


def notebook_bundle(root: Node, steps: Steps, *, at: int = 0) -> Bundle:
    """Return the player for a notebook, and its picture as PNG for where there are no frames.

    The picture is no SVG of its own: the player has one, and nbconvert would want Inkscape for it.
    """
    pictures = _pictures(root, steps, "LR")
    png, sizes = png_for_notebooks(pictures[0].svg(LIGHT), pictures[0].size)
    return {"text/html": _frame(steps, pictures, at)} | png, sizes


def _frame(steps: Steps, pictures: Sequence[_Picture], at: int) -> str:
    """Return one line of HTML: where lines are joined or wrapped, the scripts live on.

    The frame lies on the picture wherever it stands in the box, also where a host wraps it.
    """
    height = round(min(TALLEST, max(SHORTEST, pictures[0].layout.height + AROUND)))
    size = f"width:100%;height:{height}px;border:0"
    name = f"Computation graph of {steps.root.name}"
    html = (
        f'<div style="position:relative;height:{height}px">'
        f"{image(pictures[0].svg(LIGHT), name, f'{size};object-fit:scale-down')}"
        f'<iframe title="{escape(name)}, step by step" sandbox="allow-scripts" height="{height}" '
        f'style="position:absolute;left:0;top:0;{size}" '
        f'srcdoc="{escape(_fill(steps, pictures, at))}"></iframe></div>'
    )
    return html.replace("\n", "&#10;")


@dataclass(frozen=True)
class _Picture:
    """A picture and where its parts go, to be painted in any colours."""

    picture: Picture
    layout: Layout
    direction: str
    covers: tuple[RegionCover, ...] = ()

    @property
    def size(self) -> Size:
        return self.layout.width + 2 * MARGIN, self.layout.height + 2 * MARGIN

    def svg(self, theme: Theme, classes: Classes | None = None) -> str:
        drawn = scene(self.picture, self.layout, self.direction, theme)
        covers = (paint_cover(cover, self.layout, self.direction, theme) for cover in self.covers)
        parts = tuple(replace(part, tooltip="") for part in (*drawn.parts, *covers))
        return svg(replace(drawn, parts=parts), classes=classes)


def _pictures(root: Node, steps: Steps, direction: str) -> list[_Picture]:
    """Return the picture; if something is folded in it and it isn't too big, one that is open.

    The open one has a cover for each region that is folded in the first.
    """
    if len(steps) > LONGEST:
        raise ValueError(
            f"a page of {len(steps):,} steps is too big for a browser, above {LONGEST:,}: go "
            "through them with .forward(), .run_until(...) and .table(), or step a smaller part"
        )
    gradients = {e.target.index: e.after for e in steps if e.phase == "backward"}
    found = [picture(root, grads=gradients)]
    if found[0].hidden and found[0].nodes <= OPENED:
        found.append(picture(root, limit=None, grads=gradients))
    return [
        _Picture(
            shown,
            siblings_in_order(shown, lay_out(dot(shown, direction))),
            direction,
            region_covers(found[0], shown) if k else (),
        )
        for k, shown in enumerate(map(_quiet, found))
    ]


def _quiet(shown: Picture) -> Picture:
    """Return a picture without texts on its lines if there are many: the panel says them."""
    lines = (replace(line, text="") if shown.dense else line for line in shown.lines)
    return replace(shown, lines=tuple(lines))


# The page ----------------------------------------------------------------------------------------


@cache
def _file(name: str) -> str:
    return files("autograd.stepping").joinpath("player", name).read_text(encoding="utf-8")


def _fill(steps: Steps, pictures: Sequence[_Picture], at: int) -> str:
    data = _data(steps, at) | {"layouts": [_ids(each, steps) for each in pictures]}
    classes: Classes = {}
    first, *others = [each.svg(NAMED, classes) for each in pictures]
    options = [
        f'<option value="{node.index}">{escape(_option(node))}</option>'
        for node in steps.nodes
        if node.requires_grad
    ]
    parts = {
        "title": escape(data["title"]),
        "style": "\n".join((AUTO_STYLE, rules(classes), _file("player.css"))),
        "pictures": first + "".join(f"<svg hidden {each.removeprefix('<svg ')}" for each in others),
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
    patterns = dict.fromkeys(each[key] for each in said for key in FORMULAS)
    return {
        "title": f"Backpropagation of {name}",
        "root": name,
        "open": at,
        "start": "Nothing is computed yet: only the leaves hold numbers.",
        "nodes": _table(_node(node, arrays) for node in steps.nodes),
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


def _ids(shown: _Picture, steps: Steps) -> dict[str, Any]:
    """Return the id of each node's box in a picture, of each step's line, and the covers."""
    boxes = {k: box.id for box in shown.picture.boxes for k in box.members}
    lines = {(line.tail, line.head, line.slot): line.id for line in shown.picture.lines}
    ends = [(boxes[e.target.index], boxes[e.node.index], e.slot) for e in steps]
    return {
        "boxes": [boxes[k] for k in range(len(boxes))],
        "lines": [lines.get(each) or lines.get((*each[:2], None)) for each in ends],
        "covers": [
            {"id": cover.id, "region": cover.region, "members": cover.box.members}
            for cover in shown.covers
        ],
    }


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
    op, name = node.made_by, latex.name(node.name).text
    return {
        "name": node.name,
        "latex": name,
        "math": mathml(name),
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
