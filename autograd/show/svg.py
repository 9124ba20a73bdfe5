"""A scene as SVG: elements with ids and classes, no scripts, no styles, nothing from outside."""

from __future__ import annotations

from html import escape

from autograd.show.paint import MARGIN
from autograd.show.scene import Curve, Part, Point, Polygon, Rectangle, Scene, Shape, Text
from autograd.show.theme import FONT


def svg(scene: Scene, style: str = "") -> str:
    """Return a scene as the text of an SVG file, with a style sheet where its colours are names."""
    width, height = _n(scene.width), _n(scene.height)
    title = escape(scene.title)
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'font-family="{FONT}" aria-label="{title}">',
            f"<title>{title}</title>",
            *([f"<style>{style}</style>"] if style else []),
            f'<g transform="translate({_n(MARGIN)} {_n(MARGIN)})">',
            *(_part(part) for part in scene.parts),
            "</g>",
            "</svg>",
        ]
    )


def _part(part: Part) -> str:
    story = f"<title>{escape(part.story)}</title>" if part.story else ""
    inside = "".join(_shape(shape) for shape in part.shapes)
    return f'<g id="{part.id}" class="{part.role}">{story}{inside}</g>'


def _shape(shape: Shape) -> str:
    match shape:
        case Rectangle():
            return _rectangle(shape)
        case Curve():
            start, *rest = shape.points
            return (
                f'<path d="M{_at(start)}C{" ".join(map(_at, rest))}" fill="none" '
                f"{_pen(shape.stroke, shape.thickness, shape.dashed)}/>"
            )
        case Polygon():
            return f'<polygon points="{" ".join(map(_at, shape.points))}" fill="{shape.fill}"/>'
        case Text():
            return _text(shape)


def _rectangle(shape: Rectangle) -> str:
    opacity = f' fill-opacity="{shape.opacity}"' if shape.opacity < 1 else ""
    radius = f' rx="{_n(shape.radius)}"' if shape.radius else ""
    pen = f" {_pen(shape.stroke, shape.thickness, shape.dashed)}" if shape.stroke != "none" else ""
    return (
        f'<rect x="{_n(shape.x)}" y="{_n(shape.y)}" width="{_n(shape.width)}" '
        f'height="{_n(shape.height)}"{radius} fill="{shape.fill}"{opacity}{pen}/>'
    )


def _text(shape: Text) -> str:
    bold = ' font-weight="bold"' if shape.bold else ""
    anchor = f' text-anchor="{shape.anchor}"' if shape.anchor != "start" else ""
    role = f' class="{shape.role}"' if shape.role else ""
    return (
        f'<text x="{_n(shape.x)}" y="{_n(shape.y)}" font-size="{_n(shape.size)}" '
        f'fill="{shape.fill}"{bold}{anchor}{role}>{escape(shape.text)}</text>'
    )


def _pen(stroke: str, thickness: float, dashed: bool) -> str:
    dashes = ' stroke-dasharray="4 3"' if dashed else ""
    return f'stroke="{stroke}" stroke-width="{_n(thickness)}"{dashes}'


def _at(point: Point) -> str:
    return f"{_n(point[0])},{_n(point[1])}"


def _n(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0")
