"""The pictures of a page: the levels of a graph, each shape once and only what differs beside it.

Levels of one shape, such as the neurons of a layer, have SVG files of the same elements. The page
gets that SVG once, with slots for what isn't the same in all, and for each level what is in them.
Which nodes the parts of a picture stand for comes from the scene, whatever kind of picture it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any

from autograd.reading import formatting
from autograd.show.boxes import NUMBER
from autograd.show.build import picture_of
from autograd.show.flow import View
from autograd.show.fold import fold
from autograd.show.layout import Layout
from autograd.show.levels.cutting import MOST as READABLE
from autograd.show.levels.level import LevelKind
from autograd.show.levels.level_layout import level_layout
from autograd.show.levels.level_picture import ROOM, level_picture
from autograd.show.levels.level_tree import LevelTree
from autograd.show.network.network import Network
from autograd.show.network.network_level import network_of, units
from autograd.show.network.network_scene import network_scene
from autograd.show.network.neuron_card import neuron_scene
from autograd.show.paint import scene
from autograd.show.picture import Box, Kind, Picture
from autograd.show.scene import Image, Part, Scene, Shape, Text
from autograd.show.svg import Classes, svg
from autograd.show.theme import NAMED, Theme
from autograd.stepping.fragments import shortened

BUDGET = 450_000  # characters of pictures in a page
HIGH = 600.0
ENDLESS = 1e9  # pixels: one row
TURNING = 1.6  # screens of rows are as good as one in a line
WIDE = 790.0  # pixels that a picture has beside the panel, where the window has 1280
BROAD = 1.25  # how much wider a picture with frames may be, which can't be broken into rows
SLOT = "\t"  # between the pieces of a shape, and between what goes in between


@dataclass(frozen=True, slots=True)
class ShownLevel:
    """A picture of one level: as boxes and lines, or as a textbook draws it.

    Attributes
    ----------
    path : str
        The level's.
    parent : str or None
        The path of the level above.
    title : str
        What it is called; empty for the top.
    kind : LevelKind
        What is drawn: several pictures of one level are of different kinds.
    paint : callable
        Its scene in the colours of a theme.
    """

    path: str
    parent: str | None
    title: str
    kind: LevelKind
    paint: Callable[[Theme], Scene]


def shown_levels(view: View, direction: str, least: float) -> Iterator[ShownLevel]:
    """Yield the pictures of a graph, the most important first: from the top, level by level.

    A graph that can be read as a whole has one picture, if that isn't too wide.

    Parameters
    ----------
    view : View
        The graph and its gradients.
    direction : "LR" or "TB"
        From left to right, or from top to bottom.
    least : float
        How wide a column of numbers is at least: for the longest that a step shows.
    """
    network = network_of(view)
    if network is not None and not _is_textbook(view, network):
        network = None
    whole = None
    if len(view.nodes) <= READABLE and (network is None or bool(view.nodes[-1]._rank)):
        drawn = picture_of(view, *fold(view, None))
        whole = _graph("", None, "", LevelKind.GRAPH, drawn, direction, least)
        if LevelTree(view).structured and whole.paint(NAMED).width > BROAD * WIDE:
            whole = None
    if whole:
        yield whole
    if network is not None:
        paint = partial(network_scene, network, most=WIDE)
        yield ShownLevel("", None, "", LevelKind.NETWORK, paint)
    cards = dict(_cards(network)) if network else {}
    if whole:
        yield from cards.values()
        return
    tree = LevelTree(view)
    for level in tree.levels():
        if level.path in cards:
            yield replace(cards.pop(level.path), parent=level.parent)
        drawn = replace(level_picture(view, tree, level.path), heading="", caption="")
        title = level.crumbs[-1] if level.crumbs else ""
        yield _graph(level.path, level.parent, title, level.kind, drawn, direction, least)
    yield from cards.values()  # of units that have no region of their own


def _is_textbook(view: View, network: Network) -> bool:
    """Whether a network is one to its reader: not any expression is, though it has that form."""
    columns = [len(column.a) for column in network.columns]
    return sum(columns) > 1 and (max(columns) > 1 or any(node.region for node in view.nodes))


def _cards(network: Network) -> Iterator[tuple[str, ShownLevel]]:
    for path, column, j in units(network):
        paint, title = partial(neuron_scene, network, column, j, most=WIDE), path.rpartition("/")[2]
        yield path, ShownLevel(path, "", title, LevelKind.CARD, paint)


def _graph(
    path: str,
    parent: str | None,
    title: str,
    kind: LevelKind,
    drawn: Picture,
    direction: str,
    least: float,
) -> ShownLevel:
    lines = (replace(line, text="") if drawn.dense else line for line in drawn.lines)
    boxes = (replace(_named(box), least=max(ROOM, least)) for box in drawn.boxes)
    roomy = replace(drawn, boxes=tuple(boxes), lines=tuple(lines))
    layout = min((level_layout(roomy, direction, most) for most in (WIDE, ENDLESS)), key=_screens)
    return ShownLevel(path, parent, title, kind, partial(scene, roomy, layout, direction))


def _screens(layout: Layout) -> float:
    """Return how many screens a layout takes; in rows, with lines that turn back, more count."""
    screens = max(1.0, layout.width / WIDE) * max(1.0, layout.height / HIGH)
    return screens if layout.width > WIDE else screens * TURNING


def _named(box: Box) -> Box:
    """Return a box with the name that sentences have for its node, where it has no label."""
    if box.shows is None or box.opens is not None or box.name or box.kind is not Kind.OPERATION:
        return box
    return replace(box, name=f"v{box.shows}")


def longest(texts: Sequence[str]) -> float:
    """Return how wide the widest of some numbers is in a box."""
    return max((formatting.width(text, NUMBER) for text in texts), default=0.0)


# For the page ------------------------------------------------------------------------------------


class PagePictures:
    """The pictures of a page as plain data.

    Parameters
    ----------
    levels : iterable of ShownLevel
        The pictures; as many from the first on as there is room for are taken.
    classes : dict
        To be filled in with the style sheet's classes.
    computes : bool
        Whether the page has the numbers from elsewhere: then they are left out here.
    still : bool
        Whether there are no steps: then no number changes, and each part has its tooltip.

    Attributes
    ----------
    data : dict
        The ``shapes``: of each the ``svg`` with its slots, and letters that stand for the
        ``fragments`` of all; the ``parts``, which of its groups stand for nodes; and its ``lines``:
        the place of the group, those of the parts from and to, and the slot. The ``levels``: of
        each its path, title and kind, the place of its ``parent``, which ``shape`` it has and what
        is in the ``slots``; for each part the ``nodes``, as how many are left out and how many
        follow, again and again; for some the place of the level that it ``opens`` as, or the path
        of one that isn't there; and the ``uses`` of parts that are operands, as how far a
        node is from the last, the first slot and how many.
    first : ShownLevel
        What the page opens with.
    """

    def __init__(
        self,
        levels: Iterator[ShownLevel],
        classes: Classes,
        *,
        computes: bool,
        still: bool = False,
    ) -> None:
        self._computes, self._still = computes, still
        self._forms: dict[Any, tuple[int, list[list[str]]]] = {}
        self._shapes: list[dict[str, Any]] = []
        self._levels: list[dict[str, Any]] = []
        self._rows: list[list[str]] = []
        self._pieces: list[list[str]] = []
        self.first = next(levels)
        spent = 0
        for level in chain([self.first], levels):
            spent += self._add(level, classes)
            if spent > BUDGET:
                break
        self._fill()
        texts, fragments = shortened([shape["svg"] for shape in self._shapes])
        for shape, text in zip(self._shapes, texts, strict=True):
            shape["svg"] = text
        self.data = {"shapes": self._shapes, "levels": self._levels, "fragments": fragments}

    def _add(self, level: ShownLevel, classes: Classes) -> int:
        """Take a level in, and return how many characters it takes."""
        drawn = level.paint(NAMED)
        if self._still:
            drawn = replace(drawn, parts=tuple(map(_fixed, drawn.parts)))
        shown = replace(drawn, parts=tuple(map(self._bare, drawn.parts)))
        text = svg(shown, classes=classes).replace(SLOT, " ")
        pieces, values = _split(text)
        places = [k for k, part in enumerate(drawn.parts) if part.nodes or part.opens or part.uses]
        parts = [drawn.parts[k] for k in places]
        place_of = {part.id: k for k, part in enumerate(parts)}
        lines = [(k, *_ends(part, place_of)) for k, part in enumerate(drawn.parts) if part.ends]
        form = drawn.width, drawn.height, "".join(pieces), tuple(places), tuple(lines)
        new = form not in self._forms
        if new:
            self._forms[form] = len(self._shapes), []
            self._shapes.append({"parts": places, "lines": lines})
            self._pieces.append(pieces)
        shape, rows = self._forms[form]
        rows.append(values)
        self._rows.append(values)
        self._levels.append(
            {
                "path": level.path,
                "parent": level.parent,
                "title": formatting.clean(level.title),
                "kind": str(level.kind),
                "shape": shape,
                "nodes": [_runs(part.nodes) for part in parts],
                "opens": {k: part.opens for k, part in enumerate(parts) if part.opens is not None},
                "uses": {k: _slot_runs(part.uses) for k, part in enumerate(parts) if part.uses},
            }
        )
        return len(text) if new else 8 * len(parts) + sum(map(len, values)) // 2

    def _bare(self, part: Part) -> Part:
        """Return a part without what the page has otherwise: its tooltip, and the numbers."""
        if self._still:
            return part
        return replace(part, tooltip="", shapes=tuple(self._short(part, s) for s in part.shapes))

    def _short(self, part: Part, shape: Shape) -> Shape:
        if not isinstance(shape, Text) or not shape.shows:
            return shape
        own = part.nodes and shape.shows[1:] == str(part.nodes[-1])
        shows = shape.shows[0] if own else shape.shows
        return replace(shape, shows=shows, text="" if self._computes else shape.text)

    def _fill(self) -> None:
        """Write what all levels of a shape share into the shape, and the rest beside the level."""
        apart: list[list[int]] = []
        for shape, rows in self._forms.values():
            pieces, values = self._pieces[shape], rows[0]
            places = [k for k, column in enumerate(zip(*rows, strict=True)) if len({*column}) > 1]
            apart.append(places)
            slots = set(places)
            said = [pieces[0]]
            for k, (value, piece) in enumerate(zip(values, pieces[1:], strict=True)):
                said += [SLOT if k in slots else value, piece]
            self._shapes[shape]["svg"] = "".join(said)
        placed = {level["path"]: k for k, level in enumerate(self._levels)}
        for level, values in zip(self._levels, self._rows, strict=True):
            level["slots"] = SLOT.join(values[k] for k in apart[level["shape"]])
            level["opens"] = {k: placed.get(path, path) for k, path in level["opens"].items()}
            level["parent"] = placed.get(level["parent"])


def _fixed(part: Part) -> Part:
    """Return a part that stands for no node, so that its numbers stay as they are."""
    shapes = (replace(s, shows="") if isinstance(s, Text | Image) else s for s in part.shapes)
    return replace(part, shapes=tuple(shapes), nodes=(), uses=(), ends=None)


# What may differ between levels of one shape: an attribute's value, or a text.
_VALUE = re.compile(r'="(?P<value>[^"]*)"|>(?P<text>[^<\n]+)(?=<)')


def _split(text: str) -> tuple[list[str], list[str]]:
    """Return what SVG files of one shape share, and what stands in between."""
    pieces, values, at = [], [], 0
    for found in _VALUE.finditer(text):
        start, end = found.span("text" if found["value"] is None else "value")
        pieces.append(text[at:start])
        values.append(text[start:end])
        at = end
    return [*pieces, text[at:]], values


def _runs(nodes: Sequence[int]) -> list[int]:
    """Return numbers as runs of neighbours: how many are left out before each, and how many."""
    found: list[int] = []
    end = 0
    for k in nodes:
        if found and end == k:
            found[-1] += 1
        else:
            found += [k - end, 1]
        end = k + 1
    return found


def _ends(part: Part, place_of: Mapping[str, int]) -> tuple[int | None, int | None, int | None]:
    """Return the places of the parts that a line goes from and to, and the slot."""
    tail, head, slot = part.ends or ("", "", None)
    return place_of.get(tail), place_of.get(head), slot


def _slot_runs(uses: Sequence[tuple[int, int]]) -> list[int]:
    """Return operands as how far a node is from the last, the first slot and how many."""
    found: list[int] = []
    last = after = 0
    for k, slot in sorted(uses):
        if found and last == k and after == slot:
            found[-1] += 1
        else:
            found += [k - last, slot, 1]
        last, after = k, slot + 1
    return found
