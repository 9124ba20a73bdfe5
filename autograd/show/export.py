"""PNG and PDF files of an SVG picture, made by Typst, which brings its own fonts."""

from __future__ import annotations

from base64 import b64encode
from math import sqrt
from typing import Any, Literal

from autograd.show.graphviz_engine import RenderError

DOTS = 2.0  # of a PNG to a pixel of the picture
LARGEST = 8_000  # dots on a side: few viewers take more
IN_A_NOTEBOOK = 1e6  # dots of a PNG that is made whenever a cell is run, and kept with it
INCH = 96  # pixels
PAGE = b'#set page(width: auto, height: auto, margin: 0pt, fill: none)\n#image("picture.svg")'

Size = tuple[float, float]
Bundle = tuple[dict[str, str], dict[str, dict[str, int]]]  # contents, and what is said of them


def export(svg: str, size: Size, form: Literal["png", "pdf"], dots: float | None = None) -> bytes:
    """Return the contents of a file with one picture on a page of its size.

    Parameters
    ----------
    svg : str
        The picture.
    size : tuple of float
        Its width and height in pixels.
    form : "png" or "pdf"
        What to make: dots on a transparent ground, or curves and text.
    dots : float, optional
        How many dots of a PNG a pixel has; by default 2, or fewer if the picture is large.

    Raises
    ------
    RenderError
        If Typst isn't installed, or it fails.
    ValueError
        If a PNG would have more than 8,000 dots on a side.
    """
    try:
        import typst
    except ImportError as error:
        raise RenderError(
            f"a .{form} is made by Typst ({error}): pip install 'glassgrad[show]', "
            "or save the picture as .svg"
        ) from error
    most = LARGEST / max(size)
    if dots is not None and dots > most:
        raise ValueError(
            f"a PNG of this picture, {size[0]:.0f} by {size[1]:.0f} pixels, would have more than "
            f"{LARGEST:,} dots on a side: the largest scale is {most:.3g} (dpi={most * INCH:.0f})"
        )
    files: Any = {"main.typ": PAGE, "picture.svg": svg.encode()}  # its types forget this form
    try:
        ppi = (dots or min(DOTS, most)) * INCH
        made: bytes = typst.compile(files, format=form, ppi=ppi)
    except typst.TypstError as error:
        raise RenderError(f"Typst failed: {error}") from error
    return made


def beside_svg(svg: str, size: Size) -> Bundle:
    """Return a PNG and a PDF as Jupyter takes them, and the PNG's size; nothing without Typst.

    nbconvert makes PDF of an SVG for LaTeX, and needs Inkscape, unless there is one already.
    """
    png, sizes = png_for_notebooks(svg, size)
    if png:
        png["application/pdf"] = b64encode(export(svg, size, "pdf")).decode()
    return png, sizes


def png_for_notebooks(svg: str, size: Size) -> Bundle:
    """Return a PNG as Jupyter takes it, and the size to show it in; nothing without Typst.

    It is for places that show no SVG and no frames: notebooks that aren't trusted, sites that show
    notebooks, and files made of them. It has up to a million dots, at most one to a pixel: a
    notebook with twenty pictures is still one that such sites show.
    """
    width, height = size
    dots = min(1.0, sqrt(IN_A_NOTEBOOK / (width * height)), LARGEST / max(size))
    try:
        made = b64encode(export(svg, size, "png", dots)).decode()
    except RenderError:
        return {}, {}
    return {"image/png": made}, {"image/png": {"width": round(width), "height": round(height)}}
