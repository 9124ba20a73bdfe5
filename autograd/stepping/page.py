"""The player: one HTML file that steps through a graph's events in any browser, offline.

Python lays the picture out, and writes templates of what each step says; the page's own scripts,
in ``player/``, show it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from autograd.node.node import Node
from autograd.reading import formatting
from autograd.show.export import Bundle, png_for_notebooks
from autograd.show.flow import View
from autograd.show.sealed_html import framed, part, sealed
from autograd.show.svg import Classes, rules, svg
from autograd.show.theme import AUTO_STYLE, THEMES
from autograd.stepping.page_data import Guards, PageData, page_data
from autograd.stepping.page_levels import PagePictures, longest, shown_levels

if TYPE_CHECKING:
    from autograd.stepping import Steps

SCRIPTS = (
    "elements.js",
    "arrays.js",
    "words.js",
    "numbers.js",
    "live_arrays.js",
    "tensor_numbers.js",
    "recording.js",
    "rooms.js",
    "level_picture.js",
    "followers.js",
    "viewport.js",
    "panel.js",
    "learning_rate.js",
    "live.js",
    "curve.js",
    "element_table.js",
    "editor.js",
    "learning.js",
    "guess.js",
    "controls.js",
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
LONGEST = 10_000  # steps of a recording: one of more would have 4 MB and more, and has none
LONGEST_COMPUTED = 25_000  # steps of a page that computes: it has 2 MB
MOST = 1_000_000  # steps of a graph: levels of more would take minutes
SHORTEST, TALLEST, AROUND = 460, 760, 260  # heights of the frame in a notebook, in pixels


class Options(TypedDict, total=False):
    """How a page opens.

    Attributes
    ----------
    at : int
        The step that it opens at, unless its address has another, as in ``#step=17``.
    direction : "LR" or "TB"
        From left to right, or from top to bottom.
    theme : "auto", "light" or "dark"
        The colours; "auto" follows the reader's system, or a notebook that says what it has.
    guards : iterable of (Node, bool) or None
        Conditions that Python's branches asked for while the graph was recorded, and what they
        were. The page says when an edit would have taken another branch.
    chosen : Node or None
        The node whose story is told at first.
    """

    at: int
    direction: str
    theme: str
    guards: Guards | None
    chosen: Node | None


def page(root: Node, steps: Steps, **options: Unpack[Options]) -> str:
    """Return the player as the text of an HTML file.

    Parameters
    ----------
    root : Node
        The result.
    steps : Steps
        Its events, as ``autograd.steps(root)`` gives them.
    **options
        How it opens: see ``Options``.

    Raises
    ------
    ValueError
        If there are more than 1,000,000 steps (above 25,000, or 10,000 of a recording, the page
        has pictures of the graph as it is after the last step, and no steps), or there is no such
        theme, or no such node.
    RenderError
        If there is no Graphviz on this machine.
    """
    return _Page(root, steps, options).text


def frame(root: Node, steps: Steps, **options: Unpack[Options]) -> str:
    """Return the player as HTML for a notebook: a frame of its own, upon a still picture.

    The picture is all that is left where frames are taken out: in a notebook that isn't trusted,
    and on sites that show notebooks.
    """
    return _Page(root, steps, options).frame()


def notebook_bundle(root: Node, steps: Steps, **options: Unpack[Options]) -> Bundle:
    """Return the player for a notebook, and its picture as PNG for where there are no frames.

    The picture is no SVG of its own: the player has one, and nbconvert would want Inkscape for it.
    """
    made = _Page(root, steps, options)
    png, sizes = png_for_notebooks(made.still, made.size)
    return {"text/html": made.frame()} | png, sizes


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

    def __init__(self, root: Node, steps: Steps, options: Options) -> None:
        theme, chosen = options.get("theme", "auto"), options.get("chosen")
        if theme not in THEMES:
            raise ValueError(f'theme must be "auto", "light" or "dark", got {theme!r}')
        if len(steps) > MOST:
            raise ValueError(
                f"a page of {len(steps):,} steps is too big for a browser, above {MOST:,}: go "
                "through them with .forward(), .run_until(...) and .table(), or step a smaller part"
            )
        self.name = steps.root.name
        opening = {
            "open": options.get("at", 0),
            "chosen": None if chosen is None else steps.index_of(chosen),
        }
        told = _told(root, steps, options.get("guards"))
        classes: Classes = {}
        pictures = _pictures(root, steps, told.data, options.get("direction", "LR"), classes)
        drawn = pictures.first.paint(THEMES[theme])
        quiet = replace(drawn, parts=tuple(replace(part, tooltip="") for part in drawn.parts))
        self.still, self.size = svg(quiet), (drawn.width, drawn.height)
        self.text = sealed(
            _file("page.html"),
            title=told.data["title"],
            style=_in_theme(theme, "\n".join((AUTO_STYLE, rules(classes), *map(_file, STYLES)))),
            script=_script(told.script, tensors="tensors" in told.data),
            data=told.data | pictures.data | opening,
            scheme="light dark" if theme == "auto" else theme,
        )

    def frame(self) -> str:
        height = round(min(TALLEST, max(SHORTEST, self.size[1] + AROUND)))
        name = f"Computation graph of {self.name}"
        return framed(self.text, f"{name}, step by step", height, self.still, name)


def _pictures(
    root: Node, steps: Steps, told: dict[str, Any], direction: str, classes: Classes
) -> PagePictures:
    back = [event for event in steps if event.phase == "backward"]
    gradients = {event.target.index: event.after for event in back}
    least = longest([formatting.number(e.after) for e in back if e.target.shape is None])
    levels = shown_levels(View(root, grads=gradients), direction, least)
    computes = told.keys().isdisjoint({"recording", "tensors", "still"})
    return PagePictures(levels, classes, computes=computes, still="still" in told)


def _file(name: str) -> str:
    return part("autograd.stepping", "player", name)


def _told(root: Node, steps: Steps, guards: Guards | None) -> PageData:
    """Return the data of the page, with steps if they aren't too many."""
    if len(steps) > LONGEST_COMPUTED:
        return _without_steps(steps, LONGEST_COMPUTED)
    told = page_data(root, steps, guards)
    recorded = "recording" in told.data and len(steps) > LONGEST
    return _without_steps(steps, LONGEST) if recorded else told


def _without_steps(steps: Steps, most: int) -> PageData:
    """Return the data of a page of pictures alone, which says why there are no steps."""
    data: dict[str, Any] = {
        "title": f"Computation graph of {steps.root.name}",
        "root": steps.root.name,
        "still": f"This graph has {len(steps):,} steps, and a page goes through {most:,} at "
        "most. Its pictures show the numbers after the last step.",
        "nodes": {"name": []},
        "steps": {"kind": []},
        "arrays": [],
    }
    return PageData(data, "const CONDITIONS = [];\n")


def _script(own: str, *, tensors: bool) -> str:
    """Return the page's script, with what is made for this graph, ``own``, first."""
    shared = [name for name in SCRIPTS if tensors or name not in OF_TENSORS]
    return "\n".join(('"use strict";', own, *map(_file, shared)))


def _in_theme(theme: str, style: str) -> str:
    """Return a style sheet in one theme, in place of that of the reader's system."""
    if theme == "auto":
        return style
    return _DARK.sub(f"@media {'all' if theme == 'dark' else 'not all'}", style)


_DARK = re.compile(r"@media ?\(prefers-color-scheme: ?dark\)")
