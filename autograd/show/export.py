"""PNG and PDF files of an SVG picture, made by Typst, which brings its own fonts."""

from __future__ import annotations

from typing import Any, Literal

from autograd.show.graphviz_engine import RenderError

DOTS = 2.0  # of a PNG to a pixel of the picture
LARGEST = 8_000  # dots on a side: few viewers take more
INCH = 96  # pixels
PAGE = b'#set page(width: auto, height: auto, margin: 0pt, fill: none)\n#image("picture.svg")'


def export(svg: str, size: tuple[float, float], form: Literal["png", "pdf"]) -> bytes:
    """Return the contents of a file with one picture on a page of its size.

    Parameters
    ----------
    svg : str
        The picture.
    size : tuple of float
        Its width and height in pixels.
    form : "png" or "pdf"
        What to make: dots on a transparent ground, or curves and text.

    Raises
    ------
    RenderError
        If Typst isn't installed, or it fails.
    """
    try:
        import typst
    except ImportError as error:
        raise RenderError(
            f"a .{form} is made by Typst ({error}): pip install 'glassgrad[show]', "
            "or save the picture as .svg"
        ) from error
    dots = min(DOTS, LARGEST / max(size))
    files: Any = {"main.typ": PAGE, "picture.svg": svg.encode()}  # its types forget this form
    try:
        made: bytes = typst.compile(files, format=form, ppi=dots * INCH)
    except typst.TypstError as error:
        raise RenderError(f"Typst failed: {error}") from error
    return made
