"""The legend of a network's picture: what lines and colours mean, and notes below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from autograd.reading import formatting
from autograd.reading.formatting import number
from autograd.show.network.number_maps import GRADIENTS, WEIGHTS, Colour, number_map
from autograd.show.scene import Curve, Image, Rectangle, Shape, Text, moved
from autograd.show.theme import Theme

TEXT = 11.0
ROW = 20.0
SWATCH = 34.0


@dataclass(frozen=True, slots=True)
class Legend:
    """What a legend says.

    Attributes
    ----------
    lines, gradient_lines : float or None
        The largest |weight| and |gradient| that are lines; None where there are no such lines.
    widest : float
        How wide the line of the largest weight is.
    maps : bool
        Whether numbers are shown by colours.
    gradients : bool
        Whether there are gradients.
    notes : list of str
        Sentences below it.
    """

    lines: float | None = None
    gradient_lines: float | None = None
    widest: float = 0.0
    maps: bool = False
    gradients: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PaintedLegend:
    """The shapes of a legend, from its own left upper corner, and its size."""

    shapes: tuple[Shape, ...]
    width: float
    height: float


def legend(content: Legend, theme: Theme, width: float) -> PaintedLegend:
    """Return a legend no wider than ``width``, as far as its texts can be broken."""
    shapes: list[Shape] = []
    x, y, widest = 0.0, ROW / 2, 0.0
    for swatch, text, ink in _entries(content, theme):
        room = formatting.width(text, TEXT)
        if x and x + SWATCH + 6 + room > width:
            x, y = 0.0, y + ROW
        shapes += [moved(shape, x, y) for shape in swatch]
        shapes.append(Text(x + SWATCH + 6, y + 4, text, TEXT, ink, room))
        x += SWATCH + 6 + room + 22
        widest = max(widest, x - 22)
    for note in content.notes:
        for line in _broken(note, width):
            y += ROW
            room = formatting.width(line, TEXT)
            shapes.append(Text(0.0, y + 4, line, TEXT, theme.ink, room))
            widest = max(widest, room)
    return PaintedLegend(tuple(shapes), widest, y + ROW / 2)


def _entries(content: Legend, theme: Theme) -> Iterator[tuple[list[Shape], str, str]]:
    """Yield swatches around the origin's right, what they mean, and the ink of the words."""
    if content.lines is not None:
        most = number(content.lines)
        yield [_line(theme.positive, content.widest)], "weight > 0", theme.ink
        yield (
            [_line(theme.negative, content.widest)],
            f"weight < 0 (widest: |w| = {most})",
            theme.ink,
        )
    if content.gradient_lines is not None:
        most = number(content.gradient_lines)
        dashes = _line(theme.weight_gradient, 2.5, dashed=True)
        yield [dashes], f"∂L/∂w (widest: {most})", theme.weight_gradient
    if content.maps:
        yield _scale(WEIGHTS, theme), "number, − to +", theme.ink
    if content.maps and content.gradients:
        yield _scale(GRADIENTS, theme), "gradient, − to +", theme.weight_gradient
    if content.gradients:
        room = formatting.width("∂", TEXT)
        mark = Text(SWATCH - room, 4, "∂", TEXT, theme.weight_gradient, room)
        yield [mark], "gradient of the result", theme.weight_gradient


def _line(ink: str, thickness: float, *, dashed: bool = False) -> Curve:
    points = tuple((SWATCH * t, 0.0) for t in (0.0, 1 / 3, 2 / 3, 1.0))
    return Curve(points, ink, thickness, dashed=dashed)


def _scale(colours: tuple[Colour, Colour], theme: Theme) -> list[Shape]:
    picture = number_map(np.linspace(-1, 1, 17)[None], colours, 1.0)
    frame = Rectangle(-0.5, -5.5, SWATCH + 1, 11, fill="#ffffff", stroke=theme.chip_stroke)
    return [frame, Image(0.0, -5.0, SWATCH, 10.0, picture)]


def _broken(sentence: str, width: float) -> Iterator[str]:
    """Yield the lines of a sentence."""
    line = ""
    for word in sentence.split():
        longer = f"{line} {word}".strip()
        if line and formatting.width(longer, TEXT) > width:
            yield line
            longer = word
        line = longer
    yield line
