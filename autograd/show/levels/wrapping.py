"""Wraps a layout that is too wide: it is cut between its boxes, and goes on in the row below.

A line that is cut goes on in a gutter between the rows, as text does from line to line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from autograd.show.layout import Layout, Room, Route
from autograd.show.scene import Point

WIDTH = 1080.0  # pixels: wider, and text is under 11 px high where the picture is 1280 px wide
LANE = 9.0  # between lines in a gutter, if there are few
GUTTER = 72.0  # what all lines in a gutter take at most
PAD = 12.0  # above and below the lines of a gutter
TURN = 8.0  # how far the corners of a line are round
ATTEMPTS = 4  # to find rows that are narrow enough with the lines beside them
HALVINGS = 30  # until the point where a curve is cut is known


def wrapped(layout: Layout, most: float = WIDTH) -> Layout:
    """Return a layout in rows that are at most so wide, if it can be cut between boxes.

    How much room the lines beside the rows take is known only when the rows are, so a second and
    a third attempt have narrower rows.
    """
    if layout.width <= most:
        return layout
    found = layout
    width = most
    for _ in range(ATTEMPTS):
        rows = _rows(layout, width)
        if len(rows) < 2:
            return found
        found = _Wrapping(layout, rows).layout()
        if found.width <= most:
            return found
        width = max(end - start for start, end in rows) - (found.width - most)
    return found


def _rows(layout: Layout, most: float) -> list[tuple[float, float]]:
    """Return from where to where each row goes: as few rows as there must be, of like widths."""
    gaps = _gaps(layout)
    fewest = len(_greedy(gaps, layout.width, most))
    width = layout.width / fewest
    while len(_greedy(gaps, layout.width, width)) > fewest:
        width *= 1.02
    return _greedy(gaps, layout.width, width)


def _gaps(layout: Layout) -> list[float]:
    """Return the middles of the upright strips that neither boxes nor regions are in."""
    found: list[float] = []
    end = 0.0
    for room in sorted((*layout.boxes.values(), *layout.regions.values()), key=lambda r: r.x):
        if room.x > end > 0:
            found.append((end + room.x) / 2)
        end = max(end, room.x + room.width)
    return found


def _greedy(gaps: Sequence[float], width: float, most: float) -> list[tuple[float, float]]:
    rows: list[tuple[float, float]] = []
    start = 0.0
    while width - start > most:
        fitting = [gap for gap in gaps if start < gap <= start + most]
        later = [gap for gap in gaps if gap > start]
        cut = fitting[-1] if fitting else later[0] if later else width
        if cut >= width:
            break
        rows.append((start, cut))
        start = cut
    return [*rows, (start, width)]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a line in one row, in the coordinates of the layout that is cut."""

    row: int
    points: tuple[Point, ...]


class _Wrapping:
    def __init__(self, old: Layout, rows: list[tuple[float, float]]) -> None:
        self.old, self.rows = old, rows
        self.pieces = {name: self._cut(route) for name, route in old.routes.items()}
        self.lanes = [self._crossing(k) for k in range(len(rows) - 1)]
        most = max(map(len, self.lanes))
        self.lane = min(LANE, GUTTER / most) if most else LANE
        self.margin = TURN + self.lane * most
        self.offsets = self._offsets()
        self.width = max(end - start for start, end in rows) + 2 * self.margin

    def layout(self) -> Layout:
        return replace(
            self.old,
            width=self.width,
            height=self.height,
            boxes={name: self._moved(room) for name, room in self.old.boxes.items()},
            regions={name: self._moved(room) for name, room in self.old.regions.items()},
            routes={name: self._route(name) for name in self.old.routes},
        )

    def _row_of(self, x: float) -> int:
        return next((k for k, (_, end) in enumerate(self.rows) if x < end), len(self.rows) - 1)

    def _offsets(self) -> list[Point]:
        """Return how far each row is moved."""
        found: list[Point] = []
        y = 0.0
        for k, (start, _) in enumerate(self.rows):
            top, bottom = self._extent(k)
            found.append((self.margin - start, y - top))
            y += bottom - top
            if k < len(self.lanes):
                y += 2 * PAD + self.lane * max(0, len(self.lanes[k]) - 1)
        self.height = y
        return found

    def _extent(self, row: int) -> tuple[float, float]:
        rooms = (*self.old.boxes.values(), *self.old.regions.values())
        here = [room for room in rooms if self._row_of(room.x + room.width / 2) == row]
        ys = [y for room in here for y in (room.y, room.y + room.height)]
        pieces = (piece for each in self.pieces.values() for piece in each if piece.row == row)
        ys += [y for piece in pieces for _, y in piece.points]
        texts = (route.text for route in self.old.routes.values())
        ys += [
            text[1] + side
            for text in texts
            if text and self._row_of(text[0]) == row
            for side in (-8.0, 8.0)
        ]
        return min(ys, default=0.0), max(ys, default=0.0)

    # Lines ---------------------------------------------------------------------------------------

    def _cut(self, route: Route) -> list[_Piece]:
        """Return the pieces of a line, one for each row that it goes through."""
        row, last = self._row_of(route.points[0][0]), self._row_of(route.tip[0])
        points, found = route.points, []
        while row < last:
            before, points = _split(points, self.rows[row][1])
            found.append(_Piece(row, before))
            row += 1
        return [*found, _Piece(row, points)]

    def _crossing(self, row: int) -> list[str]:
        """Return the lines that are cut after a row, from top to bottom."""
        found = {
            name: piece.points[-1][1]
            for name, pieces in self.pieces.items()
            for piece in pieces[:-1]
            if piece.row == row
        }
        return sorted(found, key=lambda name: found[name])

    def _route(self, name: str) -> Route:
        old, pieces = self.old.routes[name], self.pieces[name]
        points: list[Point] = []
        for k, piece in enumerate(pieces):
            moved = [self._shift(point, piece.row) for point in piece.points]
            if points:
                points += self._return(name, pieces[k - 1].row, points[-1], moved[0])
                moved = moved[1:]
            points += moved
        text = self._shift(old.text, self._row_of(old.text[0])) if old.text else None
        return Route(tuple(points), self._shift(old.tip, pieces[-1].row), text)

    def _return(self, name: str, row: int, start: Point, end: Point) -> list[Point]:
        """Return the points of a line from the end of a row to the start of the next.

        The upper of two lines turns farther out on the right and farther in on the left, so that
        they don't cross.
        """
        lanes = self.lanes[row]
        place = lanes.index(name)
        outer, inner = len(lanes) - 1 - place, place
        _, bottom = self._extent(row)
        y = bottom + self.offsets[row][1] + PAD + self.lane * outer
        right = start[0] + self.lane * outer + TURN
        left = end[0] - self.lane * inner - TURN
        corners = [(right, start[1]), (right, y), (left, y), (left, end[1])]
        return _rounded(start, corners, end)

    def _shift(self, point: Point, row: int) -> Point:
        dx, dy = self.offsets[row]
        return point[0] + dx, point[1] + dy

    def _moved(self, room: Room) -> Room:
        row = self._row_of(room.x + room.width / 2)

        def move(each: Room) -> Room:
            x, y = self._shift((each.x, each.y), row)
            return replace(each, x=x, y=y, slots=tuple(map(move, each.slots)))

        return move(room)


def _rounded(start: Point, corners: Sequence[Point], end: Point) -> list[Point]:
    """Return Bézier points, without the start's, of a line with round corners."""
    found: list[Point] = []
    at = start
    for corner, after in zip(corners, (*corners[1:], end), strict=True):
        enter, leave = _toward(corner, at), _toward(corner, after)
        found += [*_straight(at, enter), corner, corner, leave]
        at = leave
    return [*found, *_straight(at, end)]


def _toward(corner: Point, other: Point) -> Point:
    """Return the point of the way from a corner at which the corner's bend ends."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    share = min(TURN, length / 2) / length if length else 0.0
    return corner[0] + dx * share, corner[1] + dy * share


def _straight(start: Point, end: Point) -> list[Point]:
    return [_mix(start, end, 1 / 3), _mix(start, end, 2 / 3), end]


def _split(points: tuple[Point, ...], x: float) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """Return the parts of a Bézier curve from left to right before and after it passes ``x``."""
    for k in range(0, len(points) - 3, 3):
        if points[k + 3][0] >= x:
            before, after = _halves(points[k : k + 4], _parameter(points[k : k + 4], x))
            return (*points[:k], *before), (*after, *points[k + 4 :])
    end = points[-1]
    return points, (end, end, end, end)  # the arrow's head alone is beyond


def _parameter(control: Sequence[Point], x: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _halves(control, middle)[0][-1][0] < x:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _halves(control: Sequence[Point], t: float) -> tuple[list[Point], list[Point]]:
    """Return the two parts of a cubic curve, cut by de Casteljau's construction."""
    rows = [list(control)]
    while len(rows[-1]) > 1:
        rows.append([_mix(a, b, t) for a, b in zip(rows[-1], rows[-1][1:], strict=False)])
    return [row[0] for row in rows], [row[-1] for row in reversed(rows)]


def _mix(a: Point, b: Point, t: float) -> Point:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t
