"""Where the texts of a scene are, and which of its rooms lie on one another."""

from __future__ import annotations

from autograd.reading import formatting
from autograd.show.scene import Text

Room = tuple[float, float, float, float]  # left, top, right, bottom


def bounds(text: Text) -> Room:
    width = formatting.width(text.text, text.size, bold=text.bold)
    left = text.x - {"start": 0, "middle": width / 2, "end": width}[text.anchor]
    return left, text.y - 0.75 * text.size, left + width, text.y + 0.2 * text.size


def overlap(a: Room, b: Room) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
