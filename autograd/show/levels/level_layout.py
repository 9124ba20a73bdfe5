"""The layout of a level's picture: one for all levels of the same shape.

Graphviz gets the sizes of the boxes alone, with ids in order, and no text: so the neurons of a
layer make the same request, and the answer to it is kept.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import lru_cache
from math import ceil

from autograd.reading import formatting
from autograd.show.boxes import room_for
from autograd.show.dot import POINTS, SIDES, clusters
from autograd.show.layout import Layout, Room, lay_out
from autograd.show.levels.natural_order import stem
from autograd.show.levels.wrapping import WIDTH, wrapped
from autograd.show.paint import CAPTION, HEADING, TEXT
from autograd.show.picture import Box, Kind, Picture
from autograd.show.sibling_order import siblings_in_order

GRID = 6.0  # pixels that sizes are rounded up to: more levels share a layout
SHORTEST = 7  # characters that the text of a line has room for
LONG = 9  # characters: a longer text doesn't find room beside its line
ZERO, CHIP = 5.5, 8.0  # how wide Graphviz takes a zero to be, and what is around a text
CROWDED = 2.5  # lines to a box: above it, they need room to spread
GAP = 12.0  # between the picture and what is written above and below


def level_layout(picture: Picture, direction: str = "LR", most: float = WIDTH) -> Layout:
    """Return where everything of a level's picture goes, in rows that are at most so wide."""
    found = _graph(picture, direction, most) if picture.lines else _grid(picture, most)
    return with_texts(picture, found)


def _graph(picture: Picture, direction: str, most: float) -> Layout:
    """Return where Graphviz puts boxes and lines.

    What comes in is on the left; in a picture of several rows, it is where it is used.
    """
    names = _Names(picture)
    found = _laid_out(_request(picture, direction, names, _sides(picture, names)))
    if direction == "LR" and found.width > most:
        found = wrapped(_laid_out(_request(picture, direction, names, [])), most)
    renamed = replace(
        found,
        boxes={name: found.boxes[short] for name, short in names.boxes.items()},
        routes={name: found.routes[short] for name, short in names.lines.items()},
    )
    return siblings_in_order(picture, renamed) if found.regions else renamed


class _Names:
    """The ids of a picture's boxes and lines in a request: the same in pictures of one shape."""

    def __init__(self, picture: Picture) -> None:
        self.boxes = {box.id: f"b{n}" for n, box in enumerate(picture.boxes)}
        self.lines = {line.id: f"l{n}" for n, line in enumerate(picture.lines)}


@lru_cache(maxsize=512)
def _laid_out(source: str) -> Layout:
    return lay_out(source)


def with_texts(picture: Picture, layout: Layout) -> Layout:
    """Return the layout with room for the heading above and for the caption below."""
    heading = formatting.width(picture.heading, HEADING) + 10 if picture.heading else 0.0
    caption = formatting.width(picture.caption, CAPTION) + 10 if picture.caption else 0.0
    down = HEADING * 1.5 + GAP if heading else 0.0
    up = CAPTION * 1.5 + GAP if caption else 0.0
    height = down + layout.height + up
    moved = _down(layout, down) if down else layout
    return replace(
        moved,
        width=max(layout.width, heading, caption),
        height=height,
        heading=(heading / 2, HEADING * 0.75) if heading else None,
        caption=(caption / 2, height - CAPTION * 0.75) if caption else None,
    )


def _down(layout: Layout, dy: float) -> Layout:
    def room(each: Room) -> Room:
        return replace(each, y=each.y + dy, slots=tuple(map(room, each.slots)))

    routes = {
        name: replace(
            route,
            points=tuple((x, y + dy) for x, y in route.points),
            tip=(route.tip[0], route.tip[1] + dy),
            text=(route.text[0], route.text[1] + dy) if route.text else None,
        )
        for name, route in layout.routes.items()
    }
    return replace(
        layout,
        boxes={name: room(each) for name, each in layout.boxes.items()},
        regions={name: room(each) for name, each in layout.regions.items()},
        routes=routes,
    )


# Sizes -------------------------------------------------------------------------------------------


def _sizes(picture: Picture, direction: str) -> dict[str, tuple[float, float]]:
    """Return the size of every box; like siblings have the same."""
    families: defaultdict[tuple[Kind, str, int], list[Box]] = defaultdict(list)
    for box in picture.boxes:
        families[box.kind, stem(box.symbol + box.name), len(box.slots)].append(box)
    found: dict[str, tuple[float, float]] = {}
    for family in families.values():
        sizes = [room_for(box, direction) for box in family]
        largest = max(w for w, _ in sizes), max(h for _, h in sizes)
        found.update(dict.fromkeys((box.id for box in family), largest))
    return {name: (GRID * ceil(w / GRID), GRID * ceil(h / GRID)) for name, (w, h) in found.items()}


def _grid(picture: Picture, most: float) -> Layout:
    """Return boxes without lines in columns, as in a table."""
    sizes = _sizes(picture, "LR")
    wide = max(w for w, _ in sizes.values()) + GAP
    high = max(h for _, h in sizes.values()) + GAP
    columns = max(1, min(ceil(len(sizes) ** 0.5), int(most // wide)))
    rooms = {
        box.id: Room(n % columns * wide, n // columns * high, *sizes[box.id])
        for n, box in enumerate(picture.boxes)
    }
    used = min(columns, len(rooms)) * wide - GAP
    return Layout(used, ceil(len(rooms) / columns) * high - GAP, rooms, {}, {}, None)


# The request -------------------------------------------------------------------------------------


def _request(picture: Picture, direction: str, names: _Names, sides: list[str]) -> str:
    """Return DOT text with the sizes of a picture's boxes, and its lines."""
    boxes, lines = names.boxes, names.lines
    crowded = len(picture.lines) > CROWDED * len(picture.boxes)
    separation = "1.6" if picture.dense else "1.2" if crowded else "0.5"
    splines = "line" if picture.dense or crowded else "spline"
    written = [
        "digraph level {",
        f"graph [rankdir={direction} nodesep=0.2 ranksep={separation} splines={splines}"
        " ordering=in]",
        "node [shape=record fixedsize=true margin=0]",
        "edge [arrowsize=0.6 fontsize=11]",
    ]
    sizes = _sizes(picture, direction)
    frames = clusters(picture)
    inside: defaultdict[str, list[str]] = defaultdict(list)
    for box in picture.boxes:
        width, height = (size / POINTS for size in sizes[box.id])
        label = _fields(box)
        at = f'label="{label}" width={width:.3f} height={height:.3f}'
        inside[box.region].append(f"{boxes[box.id]} [{at}]")
    written += inside[""]
    written += _frames(frames, inside)
    leave, enter = SIDES[direction]
    slots = {box.id for box in picture.boxes if box.slots}
    for line in picture.lines:
        port = f":s{line.slot}" if line.slot is not None and line.head in slots else ""
        ends = f"{boxes[line.tail]}:{leave} -> {boxes[line.head]}{port}:{enter}"
        written.append(f"{ends} [id={lines[line.id]}{_room_for_text(line.text, picture)}]")
    return "\n".join([*written, *sides, "}"])


def _sides(picture: Picture, names: _Names) -> list[str]:
    """Return what keeps the ports on their sides."""
    ports = [box for box in picture.boxes if box.kind is Kind.PORT]
    sides = {"min": [b for b in ports if not b.symbol], "max": [b for b in ports if b.symbol]}
    return [
        f"{{rank={side}; {'; '.join(names.boxes[box.id] for box in found)}}}"
        for side, found in sides.items()
        if found
    ]


def _frames(frames: dict[str, str], inside: dict[str, list[str]]) -> list[str]:
    """Return the regions that are frames, each within the one around it."""
    written: list[str] = []
    for path, name in frames.items():
        if "/" not in path:
            written += _frame(path, name, frames, inside)
    return written


def _frame(path: str, name: str, frames: dict[str, str], inside: dict[str, list[str]]) -> list[str]:
    title = "0" * len(path.rpartition("/")[2])
    written = [f'subgraph {name} {{ label="{title}" fontsize=11 labelloc=t labeljust=l margin=10']
    written += inside[path]
    for other, its_name in frames.items():
        if other.rpartition("/")[0] == path:
            written += _frame(other, its_name, frames, inside)
    return [*written, "}"]


def _fields(box: Box) -> str:
    """Return a record with a port for each operand slot."""
    if not box.slots:
        return " "
    slots = "|".join(f"<s{k}> " for k in range(len(box.slots)))
    return f"{{{{{slots}}}|{{ }}}}"


def _room_for_text(text: str, picture: Picture) -> str:
    if not text:
        return ""
    kind = "xlabel" if picture.dense else "label"
    zeros = len(text) if len(text) <= LONG else ceil((formatting.width(text, TEXT) + CHIP) / ZERO)
    return f' {kind}="{"0" * max(SHORTEST, zeros)}"'
