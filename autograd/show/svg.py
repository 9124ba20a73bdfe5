"""A scene as SVG: elements with ids and classes, no scripts, no styles, nothing from outside."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from urllib.parse import quote

from autograd.show.paint import MARGIN
from autograd.show.scene import Curve, Image, Part, Point, Polygon, Rectangle, Scene, Shape, Text
from autograd.show.theme import FONT, OWN_CLASS

STRAIGHT = 0.1  # pixels that a straight line's points may be away from it
Classes = dict[str, str]  # a rule of a style sheet: the name of its class


def svg(scene: Scene, style: str = "", classes: Classes | None = None) -> str:
    """Return a scene as the text of an SVG file.

    Parameters
    ----------
    scene : Scene
        What to paint.
    style : str
        A style sheet for the class ``theme.OWN_CLASS``, where the scene's colours are names.
    classes : dict, optional
        To be filled in with classes for colours and pens, for a page that has ``rules(classes)`` in
        its style sheet. By default each shape says its own: the file is larger, and stands alone.
    """
    width, height = _n(scene.width), _n(scene.height)
    title = escape(scene.title)
    own = f'class="{OWN_CLASS}" ' if style else ""
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            f'{own}width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'font-family="{FONT}" aria-label="{title}">',
            f"<title>{title}</title>",
            *([f"<style>{style}</style>"] if style else []),
            f'<g transform="translate({_n(MARGIN)} {_n(MARGIN)})">',
            *(_part(part, classes) for part in scene.parts),
            "</g>",
            "</svg>",
        ]
    )


def rules(classes: Classes) -> str:
    """Return the classes of ``classes`` as CSS."""
    return "\n".join(f".{name}{{{rule}}}" for rule, name in classes.items())


def image(picture: str, name: str, style: str = "") -> str:
    """Return an SVG file as an image in HTML, which keeps its ids and colours to itself."""
    source = f"data:image/svg+xml,{quote(picture, safe=_KEPT)}"
    look = f' style="{style}"' if style else ""
    return f'<img alt="{escape(name)}" src="{source}"{look}>'


_KEPT = " =:/;,()[]!*'?@&+$"  # what a data: address may hold as it is


def _part(part: Part, classes: Classes | None) -> str:
    tooltip = f"<title>{escape(part.tooltip)}</title>" if part.tooltip else ""
    inside = "".join(_shape(shape, classes) for shape in part.shapes)
    return f'<g id="{part.id}" class="{part.role}">{tooltip}{inside}</g>'


def _shape(shape: Shape, classes: Classes | None) -> str:
    match shape:
        case Rectangle():
            radius = f' rx="{_n(shape.radius)}"' if shape.radius else ""
            look = {"fill": shape.fill, "fill-opacity": _unless(1, shape.opacity)}
            if shape.stroke != "none":
                look |= _pen(shape)
            return (
                f'<rect x="{_n(shape.x)}" y="{_n(shape.y)}" width="{_n(shape.width)}" '
                f'height="{_n(shape.height)}"{radius}{_attributes(look, classes)}'
                f"{_shows(shape, classes)}/>"
            )
        case Curve():
            look = {"fill": "none"} | _pen(shape)
            return f'<path d="{_path_data(shape.points)}"{_attributes(look, classes)}/>'
        case Polygon():
            points = " ".join(map(_at, shape.points))
            return f'<polygon points="{points}"{_attributes({"fill": shape.fill}, classes)}/>'
        case Image():
            place = f'x="{_n(shape.x)}" y="{_n(shape.y)}"'
            size = f'width="{_n(shape.width)}" height="{_n(shape.height)}"'
            source = f"data:image/png;base64,{b64encode(shape.png).decode()}"
            shows = _shows(shape, classes)
            return f'<image {place} {size}{shows} preserveAspectRatio="none" href="{source}"/>'
        case Text():
            look = {
                "font-size": f"{_n(shape.size)}px",
                "fill": shape.fill,
                "font-weight": "bold" if shape.bold else "",
                "text-anchor": _unless("start", shape.anchor),
            }
            place = f'x="{_n(shape.x)}" y="{_n(shape.y)}"'
            said = _attributes(look, classes, shape.role) + _shows(shape, classes)
            return f"<text {place}{said}>{escape(shape.text)}</text>"


def _shows(shape: Rectangle | Text | Image, classes: Classes | None) -> str:
    """Return which number a shape shows, for a page alone: a file has no steps to go through."""
    return f' data-shows="{shape.shows}"' if shape.shows and classes is not None else ""


def _pen(shape: Rectangle | Curve) -> dict[str, str]:
    dashes = "4 3" if shape.dashed else ""
    width = _n(shape.thickness)
    return {"stroke": shape.stroke, "stroke-width": width, "stroke-dasharray": dashes}


def _unless(default: object, found: object) -> str:
    return "" if found == default else str(found)


def _attributes(look: dict[str, str], classes: Classes | None, role: str = "") -> str:
    """Return attributes: each by itself, or one class for all, which is entered in ``classes``."""
    said = {name: value for name, value in look.items() if value}
    if classes is None:
        own = {"class": role} | said if role else said
        return "".join(f' {name}="{value}"' for name, value in own.items())
    rule = ";".join(f"{name}:{value}" for name, value in said.items())
    name = classes.setdefault(rule, f"s{len(classes)}")
    return f' class="{" ".join(filter(None, (role, name)))}"'


def _path_data(points: tuple[Point, ...]) -> str:
    """Return the path data of a curve; a straight one is one line, which is shorter."""
    start, *rest = points
    (x, y), (far_x, far_y) = start, points[-1]
    bends = (abs((far_x - x) * (b - y) - (far_y - y) * (a - x)) for a, b in rest[:-1])
    if max(bends) <= STRAIGHT * (abs(far_x - x) + abs(far_y - y)):
        return f"M{_at(start)}L{_at(points[-1])}"
    return f"M{_at(start)}C{' '.join(map(_at, rest))}"


def _at(point: Point) -> str:
    return f"{_n(point[0])},{_n(point[1])}"


def _n(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0")
