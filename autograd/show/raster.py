"""A scene as PNG or PDF, painted by matplotlib, which brings its own fonts."""

from __future__ import annotations

import io
import warnings
from functools import cache
from typing import Any, Literal

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.patches import BoxStyle, FancyBboxPatch, PathPatch
from matplotlib.path import Path
from matplotlib.text import Text as Label
from matplotlib.textpath import text_to_path

from autograd.reading import formatting
from autograd.show.paint import MARGIN
from autograd.show.scene import Curve, Polygon, Rectangle, Scene, Shape, Text

POINTS = 72.0  # to the inch; a pixel of the scene is a point here
DPI = 192
LARGEST = 8_000  # dots on a side: few viewers take more
FAMILIES = ("Helvetica", "Arial", "Liberation Sans", "DejaVu Sans")
_ANCHORS: dict[str, Literal["left", "center", "right"]] = {
    "start": "left",
    "middle": "center",
    "end": "right",
}


def render(scene: Scene, form: str) -> bytes:
    """Return a scene as the contents of a ``png`` or ``pdf`` file."""
    with warnings.catch_warnings():  # a script that no font here has comes out as boxes
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        figure = _figure(scene)
        inches = max(scene.width, scene.height) / POINTS
        file = io.BytesIO()
        figure.savefig(file, format=form, dpi=min(DPI, LARGEST / inches))
    return file.getvalue()


def _figure(scene: Scene) -> Figure:
    figure = Figure(figsize=(scene.width / POINTS, scene.height / POINTS), facecolor="none")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(-MARGIN, scene.width - MARGIN)
    axes.set_ylim(scene.height - MARGIN, -MARGIN)
    shapes = [shape for part in scene.parts for shape in part.shapes]
    for level, shape in enumerate(shapes):
        artist = _artist(shape)
        artist.set_zorder(level)
        axes.add_artist(artist)
    return figure


def _artist(shape: Shape) -> Artist:
    match shape:
        case Rectangle():
            return _rectangle(shape)
        case Curve():
            codes = [Path.MOVETO] + [Path.CURVE4] * (len(shape.points) - 1)
            pen = _pen(shape.stroke, shape.thickness, shape.dashed)
            return PathPatch(Path(shape.points, codes), facecolor="none", **pen)
        case Polygon():
            path = Path((*shape.points, shape.points[0]), closed=True)
            return PathPatch(path, facecolor=shape.fill, linewidth=0)
        case Text():
            return _text(shape)


def _rectangle(shape: Rectangle) -> Artist:
    pen = _pen(shape.stroke, shape.thickness, shape.dashed)
    return FancyBboxPatch(
        (shape.x, shape.y),
        shape.width,
        shape.height,
        boxstyle=BoxStyle.Round(pad=0, rounding_size=shape.radius),
        facecolor=(shape.fill, shape.opacity) if shape.fill != "none" else "none",
        **pen,
    )


def _pen(stroke: str, thickness: float, dashed: bool) -> dict[str, Any]:
    if stroke == "none":
        return {"linewidth": 0}
    return {
        "edgecolor": stroke,
        "linewidth": thickness,
        "linestyle": (0, (4 / thickness, 3 / thickness)) if dashed else "solid",
    }


def _text(shape: Text) -> Artist:
    font = _font(shape.bold).copy()
    size = shape.size * _scale(shape.bold)
    wide = _width(shape.text, font, size)
    font.set_size(size * min(1.0, shape.width / wide) if wide else size)
    return Label(
        shape.x,
        shape.y,
        shape.text,
        color=shape.fill,
        fontproperties=font,
        horizontalalignment=_ANCHORS[shape.anchor],
        verticalalignment="baseline",
        parse_math=False,
    )


def _width(text: str, font: FontProperties, size: float) -> float:
    font.set_size(size)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


@cache
def _scale(bold: bool) -> float:
    """Return what to make type smaller by, where the fonts here are wider than the layout's."""
    sample = "data −0.123456789 grad"
    return min(
        1.0, formatting.width(sample, 10, bold=bold) / _width(sample, _font(bold).copy(), 10)
    )


@cache
def _font(bold: bool) -> FontProperties:
    here = set(fontManager.get_font_names())
    families = [family for family in FAMILIES if family in here]
    return FontProperties(family=families, weight="bold" if bold else "normal")
