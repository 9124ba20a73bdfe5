"""Paints a picture: turns it and its layout into a scene of shapes."""

from __future__ import annotations

from math import hypot, log10

from autograd.reading import formatting
from autograd.show import boxes
from autograd.show.dot import clusters
from autograd.show.layout import Layout, Room, Route
from autograd.show.picture import Line, Picture
from autograd.show.scene import Curve, Part, Point, Polygon, Rectangle, Scene, Shape, Text
from autograd.show.theme import LIGHT, Theme
from autograd.walk.reverse import BACKWARD

MARGIN = 8.0
TEXT = 11.0  # size of type on lines
CAPTION, HEADING = 11.0, 13.0  # sizes of type below and above
STEPS = 8  # points looked at on each piece of a line
ARROW = 3.2  # half the width of an arrow's head


def scene(picture: Picture, layout: Layout, direction: str = "LR", theme: Theme = LIGHT) -> Scene:
    """Return the scene: regions at the bottom, then lines, then boxes, then what lines say."""
    parts = [
        _region(name, path.rpartition("/")[2], layout.regions[name], theme)
        for path, name in clusters(picture).items()
    ]
    pen = 0.7 if picture.dense else 1.3
    parts += [_line(line, layout.routes[line.id], pen, theme) for line in picture.lines]
    for box in picture.boxes:
        found = boxes.shapes(box, layout.boxes[box.id], theme, direction)
        role = f"box {box.kind}"
        parts.append(Part(box.id, role, tuple(found), box.tooltip, box.members, opens=box.opens))
    for line in picture.lines:
        if line.text:
            half = formatting.width(line.text, TEXT) / 2 + 4
            x, y = _nearest(layout.routes[line.id], half + 4)
            where = max(half, min(x, layout.width - half)), y
            ink = theme.gradient if line.derivative else theme.faint
            colours = ink, theme.chip, theme.chip_stroke
            if line.wrong:
                colours = theme.wrong, theme.chip, theme.wrong
            chip = _chip(line.text, where, TEXT, *colours)
            role = "line-text derivative" if line.derivative else "line-text"
            parts.append(Part(f"{line.id}-text", role, tuple(chip), line.tooltip))
    if picture.caption and layout.caption:
        colours = theme.ink, theme.caption, theme.caption_stroke
        chip = _chip(picture.caption, layout.caption, CAPTION, *colours)
        parts.append(Part("caption", "caption", tuple(chip)))
    if picture.heading and layout.heading:
        colours = theme.ink, theme.chip, theme.chip_stroke
        chip = _chip(picture.heading, layout.heading, HEADING, *colours)
        parts.append(Part("heading", "heading", tuple(chip)))
    title = f"Computation graph: {formatting.count(picture.nodes, 'node')}"
    if picture.heading:
        title = f"{title} in {picture.heading}"
    return Scene(layout.width + 2 * MARGIN, layout.height + 2 * MARGIN, tuple(parts), title)


def _region(name: str, step: str, room: Room, theme: Theme) -> Part:
    label, ink = formatting.clean(step), theme.gradient if step == BACKWARD else theme.region
    frame = Rectangle(
        room.x,
        room.y,
        room.width,
        room.height,
        radius=8,
        fill=ink,
        stroke=ink,
        thickness=0.5,
        opacity=0.07,
    )
    width = formatting.width(label, 11, bold=True)
    text = Text(room.x + 9, room.y + 15, label, 11, ink, width, bold=True)
    return Part(name, "region", (frame, text))


def _line(line: Line, route: Route, pen: float, theme: Theme) -> Part:
    ink = theme.flowing(line.flow) if line.variable else theme.constant_line
    thickness = pen * (1 + 0.4 * log10(line.operands) + 1.3 * line.flow)
    if line.wrong:
        ink, thickness = theme.wrong, 2.5 * pen
    curve = Curve(route.points, ink, thickness, dashed=not line.variable)
    head = Polygon(_arrow(route.points[-1], route.tip), ink)
    ends = line.tail, line.head, line.slot
    return Part(line.id, "line", (curve, head), line.tooltip, ends=ends)


def _nearest(route: Route, clear: float) -> Point:
    """Return the point of a line that is nearest to where there is room for its text.

    It is at least ``clear`` away from the line's ends; of a line that is too short for that, it is
    beside it.
    """
    x, y = route.text or _middle(route)
    ends = route.points[0], route.tip
    points = [
        _bezier(route.points[k : k + 4], t / STEPS)
        for k in range(0, len(route.points) - 1, 3)
        for t in range(STEPS + 1)
    ]
    inner = [p for p in points if all(hypot(p[0] - e[0], p[1] - e[1]) > clear for e in ends)]
    if not inner and route.text:
        return x, y
    return min(inner or points, key=lambda p: hypot(p[0] - x, p[1] - y))


def _middle(route: Route) -> Point:
    (ax, ay), (bx, by) = route.points[0], route.tip
    return (ax + bx) / 2, (ay + by) / 2


def _bezier(control: tuple[Point, ...], t: float) -> Point:
    s = 1 - t
    weights = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
    x, y = (sum(w * p[k] for w, p in zip(weights, control, strict=True)) for k in (0, 1))
    return x, y


def _arrow(base: Point, tip: Point) -> tuple[Point, ...]:
    dx, dy = tip[0] - base[0], tip[1] - base[1]
    length = hypot(dx, dy) or 1.0
    across = -dy / length * ARROW, dx / length * ARROW
    return (
        tip,
        (base[0] + across[0], base[1] + across[1]),
        (base[0] - across[0], base[1] - across[1]),
    )


def _chip(text: str, middle: Point, size: float, ink: str, fill: str, stroke: str) -> list[Shape]:
    """Return text on a fill of its own, around a point."""
    width = formatting.width(text, size)
    x, y = middle
    back = Rectangle(
        x - width / 2 - 4,
        y - size * 0.75,
        width + 8,
        size * 1.5,
        radius=size * 0.45,
        fill=fill,
        stroke=stroke,
        thickness=0.6,
    )
    return [back, Text(x, y + size * 0.35, text, size, ink, width, anchor="middle")]
