"""A scene: the shapes of a picture, in pixels from the top left corner."""

from __future__ import annotations

from dataclasses import dataclass, replace

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle with round corners.

    ``shows`` is for a page whose numbers change. Of a bar it is ``bar``, how long the longest is,
    and the number as in a text; or of a product ``p12x7``, and ``o9`` for what all other bars
    leave of node 9. Of a point on a curve it is ``point``, the nodes of its two coordinates, and
    of the window the reach to both sides, the lowest and the highest height.
    """

    x: float
    y: float
    width: float
    height: float
    radius: float = 0.0
    fill: str = "none"
    stroke: str = "none"
    thickness: float = 1.0
    dashed: bool = False
    opacity: float = 1.0
    shows: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """Cubic Bézier curves end to end: a start, and three points for each."""

    points: tuple[Point, ...]
    stroke: str
    thickness: float = 1.0
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled polygon."""

    points: tuple[Point, ...]
    fill: str


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; ``x`` and ``y`` are where its baseline starts, has its middle or ends.

    ``width`` is what there is room for. ``shows`` names the number that it is, for a page that goes
    through steps: ``d12`` is the data of node 12, ``g12`` its gradient, ``d12.3`` an element of it,
    ``l12.0`` the local derivative at operand 0 of node 12, and ``c12.0`` the contribution to it. Of
    texts in one part that show the same array, each is one element, or min, mean and max, in order.
    """

    x: float
    y: float
    text: str
    size: float
    fill: str
    width: float
    bold: bool = False
    anchor: str = "start"
    role: str = ""
    shows: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """Dots of colour, as the contents of a PNG file."""

    x: float
    y: float
    width: float
    height: float
    png: bytes
    shows: str = ""


Shape = Rectangle | Curve | Polygon | Text | Image


@dataclass(frozen=True, slots=True)
class Part:
    """Shapes that belong together: a box, a line, a region.

    Attributes
    ----------
    id, role : str
        What it is called, and what it is.
    shapes : tuple of Shape
        From the bottom to the top.
    tooltip : str
        What there is to know of it.
    nodes : tuple of int
        The numbers of the nodes that it stands for.
    uses : tuple of tuple of int
        The operands that it stands for: the number of the node that uses each, and the slot.
    ends : tuple of (str, str, int or None), or None
        In place of ``uses``: the ids of the parts that a line goes from and to, and which slot of
        the second it is; None for all operands between them.
    opens : str or None
        The path of the level that it is opened as.
    """

    id: str
    role: str
    shapes: tuple[Shape, ...]
    tooltip: str = ""
    nodes: tuple[int, ...] = ()
    uses: tuple[tuple[int, int], ...] = ()
    ends: tuple[str, str, int | None] | None = None
    opens: str | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """All there is to paint, from the bottom to the top."""

    width: float
    height: float
    parts: tuple[Part, ...]
    title: str = ""


def moved(shape: Shape, right: float, down: float) -> Shape:
    """Return a shape at another place."""
    if isinstance(shape, Curve | Polygon):
        return replace(shape, points=tuple((x + right, y + down) for x, y in shape.points))
    return replace(shape, x=shape.x + right, y=shape.y + down)
