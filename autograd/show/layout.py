"""The layout of a picture: the positions that Graphviz computes, read from its JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from autograd.show.graphviz_engine import RenderError, layout_json
from autograd.show.scene import Point

POINTS = 72.0
ARROW = 6.0  # how long an arrow's head is


@dataclass(frozen=True, slots=True)
class Room:
    """A rectangle that something is drawn in, from its top left corner."""

    x: float
    y: float
    width: float
    height: float
    slots: tuple[Room, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """The course of a line: Bézier points, the tip of its arrow, and the middle of its text."""

    points: tuple[Point, ...]
    tip: Point
    text: Point | None


@dataclass(frozen=True, slots=True)
class Layout:
    """The rooms of boxes and regions by id, the routes of lines by id, and the middles of texts."""

    width: float
    height: float
    boxes: dict[str, Room]
    regions: dict[str, Room]
    routes: dict[str, Route]
    caption: Point | None
    heading: Point | None = None


def lay_out(source: str) -> Layout:
    """Lay out DOT text.

    Raises
    ------
    RenderError
        If there is no Graphviz on this machine, or the engine that was given makes something else.
    """
    found = _read(layout_json(source))
    _, _, width, height = _numbers(found["bb"])
    boxes, regions = {}, {}
    for each in found.get("objects", ()):
        if "bb" in each:
            regions[each["name"]] = _rectangle(_numbers(each["bb"]), height)
        elif "pos" in each:
            boxes[each["name"]] = _room(each, height)
    names = {each["_gvid"]: each["name"] for each in found.get("objects", ())}
    routes = {}
    for edge in found.get("edges", ()):
        ends = boxes[names[edge["tail"]]], boxes[names[edge["head"]]]
        routes[edge["id"]] = _route(edge, height) or _direct(edge, *ends, found["rankdir"])
    return Layout(width, height, boxes, regions, routes, _point(found.get("lp"), height))


def _read(made: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(made, strict=False)
    except (TypeError, ValueError):
        found = None
    if not isinstance(found, dict) or not {"bb", "rankdir"} <= found.keys():
        raise RenderError(
            "a layout engine must return the JSON of `dot -Tjson0`, with all attributes, got "
            f"{repr(made)[:60]}"
        )
    return found


def _numbers(text: str) -> list[float]:
    return [float(x) for x in text.split(",")]


def _rectangle(corners: list[float], height: float) -> Room:
    left, bottom, right, top = corners
    return Room(left, height - top, right - left, top - bottom)


def _room(node: dict[str, Any], height: float) -> Room:
    x, y = _numbers(node["pos"])
    wide, high = float(node["width"]) * POINTS, float(node["height"]) * POINTS
    fields = [_rectangle(_numbers(each), height) for each in node.get("rects", "").split()]
    return Room(x - wide / 2, height - y - high / 2, wide, high, tuple(fields))


def _route(edge: dict[str, Any], height: float) -> Route | None:
    """Read ``e,x,y x,y x,y ...``: the arrow's tip, then the spline's points."""
    if "pos" not in edge:
        return None
    end, *points = edge["pos"].split()
    tip = _point(end.removeprefix("e,"), height) or (0.0, 0.0)
    found = [_point(each, height) for each in points]
    return Route(tuple(p for p in found if p), tip, _point(edge.get("lp"), height))


def _direct(edge: dict[str, Any], tail: Room, head: Room, direction: str) -> Route:
    """Return a curve from box to box, for an edge that Graphviz could not route.

    It loses one now and then, where a line to a port leaves a cluster.
    """
    port = re.fullmatch(r"s(\d+):.", edge.get("headport", ""))
    entry = head.slots[int(port[1])] if port else head
    if direction == "LR":
        start = tail.x + tail.width, tail.y + tail.height / 2
        tip = head.x, entry.y + entry.height / 2
        base = tip[0] - ARROW, tip[1]
        bend = (base[0] - start[0]) / 2
        points = start, (start[0] + bend, start[1]), (base[0] - bend, base[1]), base
    else:
        start = tail.x + tail.width / 2, tail.y + tail.height
        tip = entry.x + entry.width / 2, head.y
        base = tip[0], tip[1] - ARROW
        bend = (base[1] - start[1]) / 2
        points = start, (start[0], start[1] + bend), (base[0], base[1] - bend), base
    return Route(points, tip, None)


def _point(text: str | None, height: float) -> Point | None:
    if not text:
        return None
    x, y = _numbers(text)
    return x, height - y
