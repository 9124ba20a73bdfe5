"""PNG and PDF files of an SVG picture: dots are made by resvg, pages by Typst."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from importlib.resources import files
from math import sqrt
from typing import Any, Literal

from autograd.show.graphviz_engine import RenderError

DOTS = 2.0  # of a PNG to a pixel of the picture
LARGEST = 8_000  # dots on a side: few viewers take more
IN_A_NOTEBOOK = 1e6  # dots of a PNG that is made whenever a cell is run, and kept with it
INCH = 96  # pixels
OWN_FAMILY = "Source Sans Pro"  # as wide as Helvetica at most: texts fit into their boxes
OWN_FONTS = "SourceSansPro-Regular.ttf", "SourceSansPro-Bold.ttf"
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
        If what makes that form isn't installed, or it fails.
    ValueError
        If a PNG would have more than 8,000 dots on a side.
    """
    if form == "pdf":
        return _pdf(svg)
    most = LARGEST / max(size)
    if dots is not None and dots > most:
        raise ValueError(
            f"a PNG of this picture, {size[0]:.0f} by {size[1]:.0f} pixels, would have more than "
            f"{LARGEST:,} dots on a side: the largest scale is {most:.3g} (dpi={most * INCH:.0f})"
        )
    return _png(svg, dots or min(DOTS, most))


def _png(svg: str, dots: float) -> bytes:
    """Return dots, with text in the machine's fonts; what they lack is in the font of the extra."""
    try:
        import resvg_py

        folder = files("font_source_sans_pro").joinpath("files")
    except ImportError as error:
        raise _missing("png", "resvg", "show", error) from error
    try:
        made = resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=dots,
            font_files=[str(folder.joinpath(name)) for name in OWN_FONTS],
            sans_serif_family=OWN_FAMILY,
        )
    except ValueError as error:
        raise RenderError(f"resvg failed: {error}") from error
    return bytes(made)


def _pdf(svg: str) -> bytes:
    """Return curves and text; Typst brings its own fonts."""
    try:
        import typst
    except ImportError as error:
        raise _missing("pdf", "Typst", "pdf", error) from error
    pages: Any = {"main.typ": PAGE, "picture.svg": svg.encode()}  # its types forget this form
    try:
        made: bytes = typst.compile(pages, format="pdf")
    except typst.TypstError as error:
        raise RenderError(f"Typst failed: {error}") from error
    return made


def _missing(form: str, maker: str, extra: str, error: ImportError) -> RenderError:
    return RenderError(
        f"a .{form} is made by {maker} ({error}): pip install 'glassgrad[{extra}]', "
        "or save the picture as .svg"
    )


def beside_svg(svg: str, size: Size) -> Bundle:
    """Return a PNG and a PDF as Jupyter takes them, and the PNG's size: those that can be made.

    nbconvert makes PDF of an SVG for LaTeX, and needs Inkscape, unless there is one already.
    """
    others, sizes = png_for_notebooks(svg, size)
    with suppress(RenderError):
        others["application/pdf"] = b64encode(export(svg, size, "pdf")).decode()
    return others, sizes


def png_for_notebooks(svg: str, size: Size) -> Bundle:
    """Return a PNG as Jupyter takes it, and the size to show it in; nothing without resvg.

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
