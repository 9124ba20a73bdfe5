"""One box of a drawing: the size that it needs, and the shapes that it is painted with."""

from __future__ import annotations

from dataclasses import replace

from autograd.reading import formatting
from autograd.show import array_images
from autograd.show.layout import Room
from autograd.show.picture import Box, Kind, Row
from autograd.show.scene import Rectangle, Shape, Text
from autograd.show.theme import Theme

PAD = 9.0
HEADER = 21.0
ROW = 16.0
STRIP = 15.0  # how thick the strip of operand slots is
SLOT = 17.0  # how long one slot is at least
GAP = 7.0
HEAT = 10.0  # how high a heat strip is, with the space below it
NAME, SYMBOL, SMALL, NUMBER = 12.0, 14.0, 11.0, 11.5  # sizes of type


def room_for(box: Box, direction: str) -> tuple[float, float]:
    """Return the width and height that a box needs."""
    columns = _columns(box.rows, box.least)
    width = max(_header_width(box), _tag_width(box.rows) + sum(w + GAP for w in columns))
    width += 2 * PAD
    height = _header_height(box) + ROW * len(box.rows) + 8 + _foot(box)
    if box.heat:
        width = max(width, 72)
    if box.images:
        width = max(width, array_images.room_for(box.images)[0] + 2 * PAD)
    if box.slots and direction == "LR":
        return max(width + STRIP, 62), max(height, SLOT * len(box.slots))
    if box.slots:
        return max(width, 1.3 * SLOT * len(box.slots)), height + STRIP
    return max(width, 46), height


def shapes(box: Box, room: Room, theme: Theme, direction: str) -> list[Shape]:
    """Return the shapes of a box in its room."""
    return frame(box, room, theme) + contents(box, room, theme, direction)


def contents(box: Box, room: Room, theme: Theme, direction: str) -> list[Shape]:
    """Return the text in a box."""
    found: list[Shape] = []
    x, y, right = room.x, room.y, room.x + room.width
    if box.slots:
        found += _slots(box, room, theme, direction)
        x, y = (x + STRIP, y) if direction == "LR" else (x, y + STRIP)
    bottom = room.y + room.height - _foot(box)
    if box.heat:
        found += _heat(box, x + PAD, bottom, right - x - 2 * PAD, theme)
    if box.images:
        found += array_images.shapes(box.images, x + PAD, bottom, theme)
    taken = _header_height(box) + ROW * len(box.rows) + _foot(box)
    spare = room.y + room.height - y - taken
    if _header_height(box):
        found += _header(box, x, y, right, theme)
        y += _header_height(box)
    return found + _rows(box, x + PAD, y + spare / 2, right - PAD, theme)


def _foot(box: Box) -> float:
    """Return how high what is below the rows is, with the space below it."""
    if box.images:
        return array_images.room_for(box.images)[1] + 5
    return HEAT if box.heat else 0.0


# The header: symbol, name, remark ---------------------------------------------------------------


def _header_height(box: Box) -> float:
    return HEADER if box.symbol or box.name or box.remark else 0.0


def _header_texts(box: Box) -> list[tuple[str, str, float, bool]]:
    texts = [
        ("symbol", box.symbol, SYMBOL if len(box.symbol) == 1 else NAME, True),
        ("name", box.name, NAME, True),
        ("remark", box.remark, SMALL, False),
    ]
    return [each for each in texts if each[1]]


def _header_width(box: Box) -> float:
    texts = _header_texts(box)
    return sum(formatting.width(text, size, bold=bold) + GAP for _, text, size, bold in texts)


def _header(box: Box, x: float, y: float, right: float, theme: Theme) -> list[Shape]:
    found: list[Shape] = []
    at = x + PAD
    for role, text, size, bold in _header_texts(box):
        room = formatting.width(text, size, bold=bold)
        ink = theme.faint if role == "remark" else theme.ink
        found.append(Text(at, y + 16, text, size, ink, room, bold=bold, role=role))
        at += room + GAP
    line = theme.looks[box.kind].strip
    found.append(Rectangle(x + PAD / 2, y + HEADER, right - x - PAD, 1, fill=line))
    return found


# The rows: a tag, and a number in each column ---------------------------------------------------


def _columns(rows: tuple[Row, ...], least: float = 0.0) -> list[float]:
    count = max((len(row.cells) for row in rows), default=0)
    cells = [[row.cells[k] for row in rows if k < len(row.cells)] for k in range(count)]
    return [max(least, *(formatting.width(cell, NUMBER) for cell in column)) for column in cells]


def _tag_width(rows: tuple[Row, ...]) -> float:
    return max((formatting.width(row.tag, SMALL) for row in rows), default=0.0)


def _rows(box: Box, x: float, y: float, right: float, theme: Theme) -> list[Shape]:
    found: list[Shape] = []
    rows, columns = box.rows, _columns(box.rows, box.least)
    inks = dict.fromkeys(("data", "ops", "variables"), theme.ink) | {"grad": theme.gradient}
    ends = [right - sum(columns[k:]) - GAP * (len(columns) - k) for k in range(1, len(columns) + 1)]
    for k, row in enumerate(rows):
        baseline = y + 12 + k * ROW
        if row.tag:
            room = formatting.width(row.tag, SMALL)
            found.append(Text(x, baseline, row.tag, SMALL, theme.faint, room, role="tag"))
        role = row.tag.rpartition(" ")[2].strip("|")  # of "largest |grad|", grad
        roles = row.roles or (role,) * len(row.cells)
        for cell, role, end, room in zip(row.cells, roles, ends, columns, strict=False):
            if cell:
                ink = inks.get(role, theme.faint) if cell != formatting.NONE else theme.faint
                size = NUMBER if role else SMALL
                text = Text(end, baseline, cell, size, ink, room, anchor="end", role=role)
                found.append(replace(text, shows=_shows(box, role)))
    return found


def _shows(box: Box, role: str) -> str:
    letter = {"data": "d", "grad": "g"}.get(role)
    return f"{letter}{box.shows}" if letter and box.shows is not None else ""


def _heat(box: Box, x: float, y: float, wide: float, theme: Theme) -> list[Shape]:
    """Return a strip with a cell for every few elements of an array."""
    cell = wide / len(box.heat)
    found: list[Shape] = [Rectangle(x, y, wide, HEAT - 4, fill=theme.chip)]
    for k, share in enumerate(box.heat):
        if share:
            place = (x + k * cell, y, cell, HEAT - 4)
            found.append(array_images.of_share(place, share, theme))
    return found


# The frame and the operand slots ----------------------------------------------------------------


def frame(box: Box, room: Room, theme: Theme) -> list[Shape]:
    """Return the sheets that a box is written on: three for a folded one."""
    look = theme.looks[box.kind]

    def sheet(offset: float) -> Rectangle:
        return Rectangle(
            room.x + offset,
            room.y - offset,
            room.width,
            room.height,
            radius=11 if box.kind is Kind.PORT else 6,
            fill=look.fill,
            stroke=theme.gradient if box.marked else look.stroke,
            thickness=2.4 if box.root else 1.8 if box.marked else 1.2,
            dashed=box.kind is Kind.CONSTANT,
        )

    return [sheet(5), sheet(2.5), sheet(0)] if box.kind is Kind.FOLD else [sheet(0)]


def _slots(box: Box, room: Room, theme: Theme, direction: str) -> list[Shape]:
    strip = theme.looks[box.kind].strip
    found: list[Shape] = []
    for name, slot in zip(box.slots, room.slots, strict=False):
        if direction == "LR":
            x, y, width, height = room.x + 3, slot.y + 2, STRIP - 3, slot.height - 4
        else:
            x, y, width, height = slot.x + 2, room.y + 3, slot.width - 4, STRIP - 3
        found.append(Rectangle(x, y, width, height, radius=3, fill=strip))
        at = (x + width / 2, y + height / 2 + 3.2)
        found.append(Text(*at, name, SMALL, theme.faint, width, anchor="middle", role="slot"))
    return found
