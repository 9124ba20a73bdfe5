"""``draw``, and the drawing that it returns."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from autograd.node import Node
from autograd.show.build import picture
from autograd.show.dot import SIDES, dot
from autograd.show.engine import RenderError, has_dot, run
from autograd.show.fold import LIMIT
from autograd.show.layout import lay_out
from autograd.show.paint import scene
from autograd.show.picture import Picture
from autograd.show.scene import Scene
from autograd.show.svg import svg
from autograd.show.tree import tree
from autograd.show.twins import in_order


def draw(root: Node, *, fold: str | None = "auto", direction: str = "LR") -> Drawing:
    """Draw the graph that a node was computed from, as it is now.

    Every node is a box: its label and op, its data, and its gradient, "—" where none has arrived.
    Every operand is a line, with the local derivative on it after ``backward``. Above 150 nodes
    the graph is folded: by region, the deepest first, and what is in no region by operation. The
    picture says what was folded.

    Parameters
    ----------
    root : Node
        The result: a Value or a Tensor.
    fold : "auto" or None
        Whether to fold what is too big; None gives every node a box.
    direction : "LR" or "TB"
        From left to right, or from top to bottom.

    Returns
    -------
    Drawing
        It shows itself in Jupyter, is a text tree in a terminal, and saves files.

    Raises
    ------
    TypeError
        If ``root`` isn't a node.
    ValueError
        If ``fold`` or ``direction`` is none of the above, or if there are more than 3,000 nodes
        and they aren't to be folded.

    Examples
    --------
    >>> from autograd import Value, draw
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b + a
    >>> c.backward()
    >>> draw(c)
    + −4.0  grad 1.0
    ├─ × −6.0  grad 1.0
    │  ├─ a 2.0  grad −2.0
    │  └─ b −3.0  grad 2.0
    └─ a ↑
    """
    if not isinstance(root, Node):
        raise TypeError(f"draw needs a Value or a Tensor, got {type(root).__name__}")
    if fold not in ("auto", None):
        raise ValueError(f'fold must be "auto" or None, got {fold!r}')
    if direction not in SIDES:
        raise ValueError(f'direction must be "LR" or "TB", got {direction!r}')
    return Drawing(picture(root, limit=LIMIT if fold else None), direction)


class Drawing:
    """A picture of a graph as it was when it was drawn.

    Attributes
    ----------
    picture : Picture
        The boxes and lines, as plain data.
    direction : str
        "LR" or "TB".
    dot : str
        The picture in Graphviz's language.
    svg : str
        The picture as SVG; RenderError says what to install where that can't be made.
    """

    def __init__(self, picture: Picture, direction: str = "LR") -> None:
        self.picture = picture
        self.direction = direction

    @cached_property
    def dot(self) -> str:
        return dot(self.picture, self.direction)

    @cached_property
    def svg(self) -> str:
        return svg(self._scene)

    @cached_property
    def _scene(self) -> Scene:
        return scene(self.picture, in_order(self.picture, lay_out(self.dot)), self.direction)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to a file, in the form that the name's ending says.

        Parameters
        ----------
        path : str or path
            Ending in .svg, .png, .pdf or .dot.

        Returns
        -------
        Path
            Where it was written.

        Raises
        ------
        ValueError
            If it ends in anything else.
        RenderError
            If this machine lacks what that form needs; the message says what to install.
        """
        path = Path(path)
        make = _FORMS.get(path.suffix.lower())
        if make is None:
            raise ValueError(
                f"a drawing can be saved as {', '.join(_FORMS)}, got {path.suffix or 'no ending'!r}"
                f" in {str(path)!r}"
            )
        path.write_bytes(make(self))
        return path

    def __repr__(self) -> str:
        return tree(self.picture)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            return {"image/svg+xml": self.svg, "text/plain": repr(self)}
        except Exception as error:  # a notebook would show a traceback in place of the text
            return {"text/plain": f"{self!r}\n\nNo picture: {error}"}

    def _repr_svg_(self) -> str | None:
        return self._repr_mimebundle_().get("image/svg+xml")


def _by_matplotlib(form: str) -> Callable[[Drawing], bytes]:
    def make(drawing: Drawing) -> bytes:
        try:
            from autograd.show.raster import render
        except ImportError as error:
            if has_dot():  # plainer, but a picture
                return run(drawing.dot, form)
            raise RenderError(
                f"a .{form} is painted by matplotlib ({error}): pip install 'glassgrad[notebook]', "
                "or install Graphviz so that its `dot` program is on the PATH"
            ) from error
        return render(drawing._scene, form)

    return make


_FORMS: dict[str, Callable[[Drawing], bytes]] = {
    ".svg": lambda drawing: drawing.svg.encode(),
    ".png": _by_matplotlib("png"),
    ".pdf": _by_matplotlib("pdf"),
    ".dot": lambda drawing: drawing.dot.encode(),
}
