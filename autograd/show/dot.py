"""A picture as DOT, Graphviz's language: for its layout, and for whoever wants the text."""

from __future__ import annotations

from autograd.reading import formatting
from autograd.show.boxes import room_for
from autograd.show.picture import Box, Line, Picture
from autograd.show.sibling_order import sibling_groups
from autograd.show.theme import LIGHT, Theme

POINTS = 72  # to the inch, in which Graphviz takes sizes
FONT = "Helvetica,Arial,sans-serif"
SIDES = {"LR": ("e", "w"), "TB": ("s", "n")}  # where lines leave a box, and where they enter one

# What means something to Graphviz in a label or a record's fields means nothing as an entity;
# but for the backslash, for entities are read before escapes.
_ESCAPES = str.maketrans({"\\": r"\\", **{c: f"&#{ord(c)};" for c in '{}|<>&"'}})


def dot(picture: Picture, direction: str = "LR", theme: Theme = LIGHT) -> str:
    """Return a picture as DOT text: records for boxes, with a port for each operand slot."""
    import graphviz

    graph = graphviz.Digraph("autograd")
    graph.attr(rankdir=direction, nodesep="0.22", ranksep="0.4", bgcolor="transparent")
    if picture.dense:
        graph.attr(ranksep="1.6", splines="line")
    if picture.caption:
        graph.attr(label=escape(picture.caption), labelloc="b", labeljust="l", fontname=FONT)
    graph.attr(
        "node",
        shape="record",
        style="rounded,filled",
        margin="0.06,0.02",
        fontname=FONT,
        fontsize="11",
    )
    graph.attr("edge", fontname=FONT, fontsize="11", arrowsize="0.6")
    drawn = {"": graph}
    for path, name in clusters(picture).items():
        drawn[path] = graphviz.Digraph(name)
        label = escape(path.rpartition("/")[2])
        drawn[path].attr(label=label, labelloc="t", labeljust="l", style="rounded", margin="10")
        drawn[path].attr(color=theme.region, fontcolor=theme.region, fontname=FONT, fontsize="11")
    rooms = _rooms(picture, direction)
    for box in picture.boxes:
        drawn[box.region].node(box.id, **_node(box, direction, rooms[box.id], theme))
    for path in sorted(drawn, key=lambda path: -path.count("/")):
        if path:
            drawn[path.rpartition("/")[0]].subgraph(drawn[path])
    leave, enter = SIDES[direction]
    with_slots = {box.id for box in picture.boxes if box.slots}
    for line in picture.lines:
        port = f":s{line.slot}" if line.slot is not None and line.head in with_slots else ""
        ends = f"{line.tail}:{leave}", f"{line.head}{port}:{enter}"
        graph.edge(*ends, **_edge(line, picture, theme))
    return str(graph.source)


def clusters(picture: Picture) -> dict[str, str]:
    """Return a name for every region that boxes are drawn in, and for every region around one."""
    paths: dict[str, None] = {}
    for box in picture.boxes:
        steps = box.region.split("/") if box.region else []
        paths.update({"/".join(steps[:k]): None for k in range(1, len(steps) + 1)})
    return {path: f"cluster_{k}" for k, path in enumerate(paths)}


def escape(text: str) -> str:
    """Return text that Graphviz shows as it is, whatever is in it."""
    return formatting.clean(text).translate(_ESCAPES)


def _rooms(picture: Picture, direction: str) -> dict[str, tuple[float, float]]:
    """Return the width and height of every box: the same for siblings, which change places."""
    rooms = {box.id: room_for(box, direction) for box in picture.boxes}
    for siblings in sibling_groups(picture):
        widths, heights = zip(*(rooms[box.id] for box in siblings), strict=True)
        rooms.update(dict.fromkeys((box.id for box in siblings), (max(widths), max(heights))))
    return rooms


def _node(box: Box, direction: str, room: tuple[float, float], theme: Theme) -> dict[str, str]:
    width, height = room
    look = theme.looks[box.kind]
    return {
        "label": _record(box, direction),
        "id": box.id,
        "width": f"{width / POINTS:.3f}",
        "height": f"{height / POINTS:.3f}",
        "color": theme.gradient if box.marked else look.stroke,
        "fillcolor": look.fill,
        "fontcolor": theme.ink,
        "penwidth": "2" if box.root else "1",
    }


def _record(box: Box, direction: str) -> str:
    """Return a record's label: its fields one below the other, the operand slots before them."""
    heading = " ".join(filter(None, (box.symbol, box.name, box.remark)))
    lines = [heading, *(" ".join((row.tag, *row.cells)) for row in box.rows)]
    fields = "|".join(escape(line) for line in lines if line)
    if not box.slots:
        return f"{{{fields}}}" if direction == "TB" else fields
    slots = "|".join(f"<s{k}> {escape(name)}" for k, name in enumerate(box.slots))
    return f"{{{{{slots}}}|{fields}}}" if direction == "TB" else f"{{{{{slots}}}|{{{fields}}}}}"


def _edge(line: Line, picture: Picture, theme: Theme) -> dict[str, str]:
    found = {"id": line.id, "color": theme.line if line.variable else theme.constant_line}
    if line.text:
        # Where there are many lines, the room for a label on each would fill the picture.
        found["xlabel" if picture.dense else "label"] = escape(line.text)
        found["fontcolor"] = theme.gradient if line.derivative else theme.faint
    if line.wrong:
        found |= {"color": theme.wrong, "fontcolor": theme.wrong, "penwidth": "2.5"}
    if not line.variable:
        found["style"] = "dashed"
    return found
