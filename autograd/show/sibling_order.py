"""Puts siblings, folded boxes with the same neighbours, in the order of their names.

The neurons of a layer are siblings. Graphviz places them in any order. Two siblings can change
places and no line changes its course, so they are sorted after the layout.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from autograd.show.layout import Layout
from autograd.show.levels.natural_order import natural
from autograd.show.picture import Box, Kind, Picture


def siblings_in_order(picture: Picture, layout: Layout) -> Layout:
    """Return the layout with siblings in the order of their names: from top left."""
    place_of: dict[str, str] = {}
    for siblings in sibling_groups(picture):
        rooms = {box.id: layout.boxes[box.id] for box in siblings}
        places = sorted(rooms, key=lambda name: (rooms[name].y, rooms[name].x))
        place_of.update(zip((box.id for box in siblings), places, strict=True))
    between = {(line.tail, line.head): line.id for line in picture.lines}
    routes = dict(layout.routes)
    for line in picture.lines:
        if line.tail in place_of or line.head in place_of:
            ends = place_of.get(line.tail, line.tail), place_of.get(line.head, line.head)
            routes[line.id] = layout.routes[between[ends]]
    boxes = {name: layout.boxes[place_of.get(name, name)] for name in layout.boxes}
    return replace(layout, boxes=boxes, routes=routes)


def sibling_groups(picture: Picture) -> list[list[Box]]:
    """Return the folded boxes of one region that have the same neighbours, each in order."""
    feeds: defaultdict[str, set[str]] = defaultdict(set)
    fed_by: defaultdict[str, set[str]] = defaultdict(set)
    for line in picture.lines:
        feeds[line.tail].add(line.head)
        fed_by[line.head].add(line.tail)
    found: defaultdict[object, list[Box]] = defaultdict(list)
    for box in picture.boxes:
        if box.kind is Kind.FOLD:
            found[box.region, frozenset(feeds[box.id]), frozenset(fed_by[box.id])].append(box)
    return [
        sorted(siblings, key=lambda box: natural(box.name))
        for siblings in found.values()
        if len(siblings) > 1
    ]
