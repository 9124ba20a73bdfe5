"""What a hand does in a page that computes, for the tests of pages."""

from __future__ import annotations

from typing import Any


def settled(shown: Any) -> None:
    """Wait until the picture has the numbers of the machine: for two frames."""
    frames = "(done) => requestAnimationFrame(() => requestAnimationFrame(done))"
    shown.evaluate(f"new Promise({frames})")


def drag(shown: Any, cell: Any) -> None:
    """Drag a number 40 pixels to the right."""
    cell.scroll_into_view_if_needed()
    place = cell.bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    shown.mouse.move(x, y)
    shown.mouse.down()
    shown.mouse.move(x + 40, y, steps=4)
    shown.mouse.up()
    settled(shown)
