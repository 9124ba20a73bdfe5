"""The curve of an activation, with the point where a unit is and the tangent there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import isfinite

import numpy as np

from autograd.show.network.bindings import Entry
from autograd.show.network.network import Floats
from autograd.show.network.strokes import straight
from autograd.show.scene import Curve, Part, Point, Rectangle, Shape
from autograd.show.theme import Theme

WIDTH, HEIGHT = 240.0, 150.0
SAMPLES = 121
DOT = 8.0


def activation_panel(
    curve: Callable[[float], float],
    z: float,
    slope: float,
    corner: Point,
    theme: Theme,
    nodes: tuple[int, ...] = (),
    ends: Sequence[Entry] = (),
) -> Part:
    """Return the panel: as many shapes for all numbers, without length where nothing is finite.

    ``ends`` are z and a in the graph.
    """
    reach = max(3.0, 1.3 * abs(z)) if isfinite(z) else 3.0
    at = np.unique(np.append(np.linspace(-reach, reach, SAMPLES), 0.0))
    heights = np.array([curve(float(v)) for v in at])
    fine = np.isfinite(heights)
    window = _Window(corner, reach, heights[fine])
    points = [window.point(v, h) for v, h in zip(at[fine], heights[fine], strict=True)]
    here = window.point(0.0, 0.0)
    tangent, dot = (here, here), 0.0
    if fine.any() and isfinite(z) and isfinite(height := curve(z)):
        here, dot = window.point(z, height), DOT
        tangent = window.tangent(z, height, slope) if isfinite(slope) else (here, here)
    x, y = here
    shapes: tuple[Shape, ...] = (
        Rectangle(*corner, WIDTH, HEIGHT, 6, theme.chip, theme.chip_stroke),
        *(straight(*ends, theme.constant_line, 0.8) for ends in window.axes()),
        _through(points or [here], theme.line),
        straight(*tangent, theme.weight_gradient, 2.0, dashed=True),
        Rectangle(x - dot / 2, y - dot / 2, dot, dot, DOT / 2, theme.ink, shows=window.shows(ends)),
    )
    story = "a against z, and the tangent at z"
    return Part("activation", "activation", shapes, story, nodes)


class _Window:
    """From numbers to pixels, with a margin."""

    def __init__(self, corner: Point, reach: float, heights: Floats) -> None:
        self.x, self.y, self.reach = *corner, reach
        low, high = float(heights.min(initial=0.0)), float(heights.max(initial=0.0))
        spare = 0.12 * (high - low or 1.0)
        self.low, self.high = low - spare, high + spare

    def shows(self, ends: Sequence[Entry]) -> str:
        """Return the numbers that the point shows, if both of its coordinates are nodes."""
        if not ends or any(entry.element is not None for entry in ends):
            return ""
        return f"point {' '.join(map(str, ends))} {self.reach:.5g} {self.low:.5g} {self.high:.5g}"

    def point(self, v: float, height: float) -> Point:
        across = (v + self.reach) / (2 * self.reach)
        up = (height - self.low) / (self.high - self.low)
        return self.x + across * WIDTH, self.y + (1 - up) * HEIGHT

    def axes(self) -> list[tuple[Point, Point]]:
        return [
            (self.point(-self.reach, 0.0), self.point(self.reach, 0.0)),
            (self.point(0.0, self.low), self.point(0.0, self.high)),
        ]

    def tangent(self, z: float, height: float, slope: float) -> tuple[Point, Point]:
        """Return the tangent's ends: so far that it stays inside the panel."""
        run = 0.45 * self.reach
        if slope:
            run = min(run, *(abs((edge - height) / slope) for edge in (self.low, self.high)))
        run = min(run, self.reach - abs(z))
        return (
            self.point(z - run, height - slope * run),
            self.point(z + run, height + slope * run),
        )


def _through(points: list[Point], ink: str) -> Curve:
    """Return straight pieces between points; one without length if there is only one."""
    path = [points[0]] if len(points) > 1 else [points[0]] * 4
    for (ax, ay), (bx, by) in pairwise(points):
        path += [(ax + (bx - ax) * t, ay + (by - ay) * t) for t in (1 / 3, 2 / 3, 1.0)]
    return Curve(tuple(path), ink, 2.0)
