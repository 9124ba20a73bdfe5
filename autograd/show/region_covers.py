"""Folded boxes that are drawn over their regions, so that a page can show either.

In a picture with a box for every node, a cover fills the frame of its region. A page hides the
cover to open the region, and shows it to fold the region. Nothing else moves, and the graph is laid
out once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from autograd.show.boxes import contents, frame, room_for
from autograd.show.dot import clusters
from autograd.show.layout import Layout, Room
from autograd.show.picture import Box, Picture
from autograd.show.scene import Part
from autograd.show.theme import Theme


@dataclass(frozen=True, slots=True)
class RegionCover:
    """A folded box, and the frame of the region that it covers."""

    box: Box
    region: str

    @property
    def id(self) -> str:
        """The id of the shapes that it is made of."""
        return f"{self.region}-cover"


def region_covers(folded: Picture, opened: Picture) -> tuple[RegionCover, ...]:
    """Return a cover for each box of ``folded`` that is the whole of a region of ``opened``."""
    inside: dict[str, set[int]] = {path: set() for path in clusters(opened)}
    for box in opened.boxes:
        steps = box.region.split("/") if box.region else []
        for k in range(len(steps)):
            inside["/".join(steps[: k + 1])].update(box.members)
    frames: dict[frozenset[int], str] = {}
    for path, name in clusters(opened).items():  # of two frames around the same, the outer one
        frames.setdefault(frozenset(inside[path]), name)
    found = ((box, frames.get(frozenset(box.members))) for box in folded.boxes if box.nodes > 1)
    return tuple(RegionCover(box, frame) for box, frame in found if frame)


def paint_cover(cover: RegionCover, layout: Layout, direction: str, theme: Theme) -> Part:
    """Return a cover as shapes."""
    room = layout.regions[cover.region]
    box = _fitting(cover.box, room, direction)
    width, height = room_for(box, direction)
    x, y = room.x + (room.width - width) / 2, room.y + (room.height - height) / 2
    written = contents(box, Room(x, y, width, height), theme, direction)
    return Part(cover.id, f"box {box.kind} cover", (*frame(box, room, theme), *written))


def _fitting(box: Box, room: Room, direction: str) -> Box:
    """Return a box that says no more than there is room for."""
    brief = replace(box, remark="")
    found = (each for each in (box, brief) if _fits(each, room, direction))
    return next(found, replace(brief, rows=()))


def _fits(box: Box, room: Room, direction: str) -> bool:
    width, height = room_for(box, direction)
    return width <= room.width and height <= room.height
