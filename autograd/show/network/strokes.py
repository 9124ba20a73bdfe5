"""What the painters of a network share: straight lines, and images of numbers on paper."""

from __future__ import annotations

from autograd.show.network.bindings import Use
from autograd.show.network.network import Floats
from autograd.show.network.number_maps import GRADIENTS, Colour, number_map
from autograd.show.paint import MARGIN
from autograd.show.scene import Curve, Image, Part, Point, Rectangle, Shape
from autograd.show.theme import Theme

Colours = tuple[Colour, Colour]


def ground(width: float, height: float, theme: Theme) -> Part:
    """Return the sheet that all is on: so it can be read on white and on black."""
    return Part("ground", "ground", (Rectangle(-MARGIN, -MARGIN, width, height, 6, theme.chip),))


def neutral(start: Point, end: Point, theme: Theme, uses: tuple[Use, ...] = ()) -> Part:
    """Return a line that says only what feeds what."""
    return Part("", "line", (straight(start, end, theme.line, 1.0),), uses=uses)


def straight(
    start: Point, end: Point, ink: str, thickness: float, *, dashed: bool = False
) -> Curve:
    """Return a straight line."""
    (ax, ay), (bx, by) = start, end
    between = tuple((ax + (bx - ax) * t, ay + (by - ay) * t) for t in (1 / 3, 2 / 3))
    return Curve((start, *between, end), ink, thickness, dashed=dashed)


def ink_of(colours: Colours, theme: Theme) -> str:
    """Return the ink of words about numbers in these colours."""
    return theme.weight_gradient if colours is GRADIENTS else theme.ink


def paper(
    x: float,
    y: float,
    wide: float,
    matrix: Floats,
    colours: Colours,
    largest: float,
    theme: Theme,
    high: float | None = None,
    shows: str = "",
) -> list[Shape]:
    """Return a matrix as an image on white paper, in all themes."""
    high = wide * matrix.shape[0] / matrix.shape[1] if high is None else high
    frame = Rectangle(x - 1, y - 1, wide + 2, high + 2, fill="#ffffff", stroke=theme.chip_stroke)
    return [frame, Image(x, y, wide, high, number_map(matrix, colours, largest), shows)]
