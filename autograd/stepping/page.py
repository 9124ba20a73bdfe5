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
from autograd.show.theme import AUTO_STYLE, THEMES
from autograd.stepping.page_data import PageData, page_data
from autograd.stepping.page_levels import PagePictures, longest, shown_levels

if TYPE_CHECKING:
    from autograd.stepping import Steps

SCRIPTS = (
    "elements.js",
    "arrays.js",
    "words.js",
    "recording.js",
    "rooms.js",
    "level_picture.js",
    "followers.js",
    "viewport.js",
    "panel.js",
    "live.js",
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
STYLES = "player.css", "tools.css"
LONGEST = 10_000  # steps: the page of more would have 4 MB and more, and has none
MOST = 1_000_000  # steps of a graph: levels of more would take minutes
SHORTEST, TALLEST, AROUND = 460, 760, 260  # heights of the frame in a notebook, in pixels


def page(
    root: Node, steps: Steps, *, at: int = 0, direction: str = "LR", theme: str = "auto"
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
    theme : "auto", "light" or "dark"
        The colours; "auto" follows the reader's system, or a notebook that says what it has.

    Raises
    ------
    ValueError
        If there are more than 1,000,000 steps (above 10,000, the page has pictures of the graph as
        it is after the last step, and no steps), or there is no such theme.
    RenderError
        If there is no Graphviz on this machine.
    """
    return _Page(root, steps, at, direction, theme).text


def frame(
    root: Node, steps: Steps, *, at: int = 0, direction: str = "LR", theme: str = "auto"
) -> str:
    """Return the player as HTML for a notebook: a frame of its own, upon a still picture.

    The picture is all that is left where frames are taken out: in a notebook that isn't trusted,
    and on sites that show notebooks.
    """
    return _frame(_Page(root, steps, at, direction, theme))


def notebook_bundle(root: Node, steps: Steps, *, at: int = 0, theme: str = "auto") -> Bundle:
    """Return the player for a notebook, and its picture as PNG for where there are no frames.

    The picture is no SVG of its own: the player has one, and nbconvert would want Inkscape for it.
    """
    made = _Page(root, steps, at, "LR", theme)
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
        f'<div style="position:relative;height:{height}px;text-align:center">'
        f"{image(made.still, name, f'max-width:100%;max-height:{height}px')}"
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

    def __init__(self, root: Node, steps: Steps, at: int, direction: str, theme: str) -> None:
        if theme not in THEMES:
            raise ValueError(f'theme must be "auto", "light" or "dark", got {theme!r}')
        if len(steps) > MOST:
            raise ValueError(
                f"a page of {len(steps):,} steps is too big for a browser, above {MOST:,}: go "
                "through them with .forward(), .run_until(...) and .table(), or step a smaller part"
            )
        self.steps = steps
        still = len(steps) > LONGEST
        told = _without_steps(steps) if still else page_data(root, steps)
        classes: Classes = {}
        back = [event for event in steps if event.phase == "backward"]
        gradients = {event.target.index: event.after for event in back}
        least = longest([formatting.number(e.after) for e in back if e.target.shape is None])
        levels = shown_levels(View(root, grads=gradients), direction, least)
        pictures = PagePictures(levels, classes, computes="tape" in told.data, still=still)
        drawn = pictures.first.paint(THEMES[theme])
        quiet = replace(drawn, parts=tuple(replace(part, tooltip="") for part in drawn.parts))
        self.still, self.size = svg(quiet), (drawn.width, drawn.height)
        data = told.data | pictures.data | {"open": at}
        self.text = _in_theme(theme, _fill(data, told.script, classes))


# The page ----------------------------------------------------------------------------------------


@cache
def _file(name: str) -> str:
    """Return a file of the page without its comments and indents, which browsers don't need."""
    text = files("autograd.stepping").joinpath("player", name).read_text(encoding="utf-8")
    if name.endswith(".css"):
        return _CSS_SPACE.sub(r"\1\2", _CSS_COMMENT.sub("", text))
    if name.endswith(".js"):
        text = re.sub(r"^\s+", "", _COMMENT.sub("", text), flags=re.M)
        return _LINE_END.sub(r"\1", text)
    return re.sub(r"^\s+", "", text, flags=re.M)


_COMMENT = re.compile(r"^\s*//.*\n| // .*$", re.M)
_LINE_END = re.compile(r"([{(\[,;])\n|\n(?=[})\]])")  # which a script doesn't need
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_CSS_SPACE = re.compile(r"\s*([{};])\s*|([:,]) +")


def _without_steps(steps: Steps) -> PageData:
    """Return the data of a page of pictures alone, which says why there are no steps."""
    data: dict[str, Any] = {
        "title": f"Computation graph of {steps.root.name}",
        "root": steps.root.name,
        "still": f"This graph has {len(steps):,} steps, and a page goes through {LONGEST:,} at "
        "most. Its pictures show the numbers after the last step.",
        "nodes": {"name": []},
        "steps": {"kind": []},
        "arrays": [],
    }
    return PageData(data, "const CONDITIONS = [];\n")


def _fill(data: dict[str, Any], own: str, classes: Classes) -> str:
    """Return the page: ``own`` is the script that is made for this graph."""
    script = "\n".join(('"use strict";', own, *map(_file, SCRIPTS)))
    parts = {
        "title": escape(data["title"]),
        "style": "\n".join((AUTO_STYLE, rules(classes), *map(_file, STYLES))),
        "data": _json(data),
        "script": script,
        "hash": b64encode(sha256(script.encode()).digest()).decode(),
    }
    pieces = _file("page.html").split("@")  # text, name, text, name, …, text
    return "".join(parts[piece] if k % 2 else piece for k, piece in enumerate(pieces))


def _in_theme(theme: str, text: str) -> str:
    """Return the page in one theme, in place of that of the reader's system."""
    if theme == "auto":
        return text
    text = text.replace(
        'name="color-scheme" content="light dark"', f'name="color-scheme" content="{theme}"'
    )
    return _DARK.sub(f"@media {'all' if theme == 'dark' else 'not all'}", text)


_DARK = re.compile(r"@media ?\(prefers-color-scheme: ?dark\)")


def _json(data: dict[str, Any]) -> str:
    """Return JSON that nothing in it can end: no ``</script>`` and no ``<!--``."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").encode("utf-8", "replace").decode()
