"""``draw``, and the drawing that it returns."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Any, Literal

import numpy as np

from autograd.files.console import printable
from autograd.files.opening import new_file, opened
from autograd.files.replacing import replacing
from autograd.node.node import Node
from autograd.reading.roots import refuse_no_node
from autograd.show.build import picture_of
from autograd.show.choice import shown_without_levels
from autograd.show.dot import SIDES, dot
from autograd.show.export import INCH, Bundle, beside_svg, export
from autograd.show.flow import View
from autograd.show.fold import LIMIT, fold
from autograd.show.fold_options import FoldFunction
from autograd.show.layout import Layout, lay_out
from autograd.show.levels.cutting import MOST as READABLE
from autograd.show.levels.level_layout import level_layout, with_texts
from autograd.show.levels.level_picture import level_picture
from autograd.show.levels.level_tree import LevelTree
from autograd.show.levels.wrapping import wrapped
from autograd.show.network.network_picture import textbook
from autograd.show.paint import scene
from autograd.show.picture import Picture
from autograd.show.scene import Scene
from autograd.show.sibling_order import siblings_in_order
from autograd.show.svg import svg
from autograd.show.text_tree import tree
from autograd.show.theme import NAMED, OWN_STYLE, THEMES, Theme


def draw(
    root: Node | Sequence[Node],
    *,
    at: str | None = None,
    depth: int | None = None,
    fold: Literal["auto", "layer", "neuron", "network"] | FoldFunction | None = "auto",
    around: Node | None = None,
    hops: int = 2,
    direction: str = "LR",
    theme: str = "light",
) -> Drawing:
    """Draw the graph that a node was computed from, as it is now.

    Every node is a box: its label and op, its data, and its gradient, "—" where none has arrived.
    Every operand is a line, with the local derivative on it after ``backward``; the more gradient
    flows back along it, the thicker it is and the redder.

    There are three kinds of picture: of all nodes, of a level, and of a network as in a textbook.
    A graph with regions of more than 48 nodes is drawn in levels. Each region is a box, and
    ``at="mlp/layer0"`` draws what is in it: on the left what comes in, on the right where it goes.
    A line into a closed box has the local derivative of the box's result, or if it has several
    results, what the line adds to the gradient (Σ). Without regions, what repeats in a graph of
    more than 150 nodes is one box. If little repeats, or there are more than 100,000 nodes, the
    picture is of what is near the result, as with ``around``; ``at=""`` draws the rest, cut into
    bands. The picture says how to open a box.

    Parameters
    ----------
    root : Node or sequence of Node
        The result: a Value or a Tensor; or several results in one picture.
    at : str, optional
        The path of the level to draw; ``""`` is the top. With ``fold="network"``, the path of a
        unit, as ``"mlp/layer0/neuron2"``: the picture is its card, with every product, their sum,
        the activation's curve and the gradients.
    depth : int, optional
        How many levels to show in one picture: with 2, a region at the top is a frame around what
        is in it.
    fold : "auto", "layer", "neuron", "network", callable or None
        What shares a box: by default whatever must for the picture to be readable; the regions
        that the layers or the neurons of ``nn`` are in; the nodes for which a function of the node
        returns the same name; or nothing. With "network" the picture is that of a textbook: each
        layer is a column of units, and each weight is a line or a dot of an image.
    around : Node, optional
        Show this node and what is near it, and nothing else.
    hops : int
        How many lines away from ``around`` a node may be.
    direction : "LR" or "TB"
        From left to right, or from top to bottom.
    theme : "light", "dark" or "auto"
        The colours; with "auto" an SVG follows what the reader's system asks for.

    Returns
    -------
    Drawing
        It shows itself in Jupyter, is a text tree in a terminal, and saves files.

    Raises
    ------
    TypeError
        If ``root`` or one of several, or ``around`` isn't a node.
    ValueError
        If an argument is none of the above, if two ask for different ways to show less, if there
        is no such level, if there would be more than 3,000 boxes, or if the graph isn't the
        network that ``fold`` asks for.

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

    >>> import nn
    >>> model = nn.MLP([2, 2, 1], "tanh", init="ones").scalars()
    >>> loss = nn.mse(model([0.5, -0.5]), [1.0])
    >>> loss.backward()
    >>> draw(loss, fold="network")
    inputs  2 numbers: 0.5 −0.5
    → layer0  2 units  tanh: 0.0 0.0
    → layer1  1 unit: 0.0
    → mse 1.0  grad 1.0
    >>> draw(loss, fold="network", at="mlp/layer0/neuron1")
    mlp/layer0, unit 1
    input     x    w   w·x  ∂L/∂w
    x0      0.5  1.0   0.5   −1.0
    x1     −0.5  1.0  −0.5    1.0
    bias         0.0   0.0   −2.0
    z                  0.0
    a = tanh = 0.0
    """
    roots = [root] if isinstance(root, Node) else _several(root)
    nearby = roots[0] if around is None else around
    for name, node in [*(("draw", each) for each in roots), ("draw(around=...)", nearby)]:
        refuse_no_node(name, node)
    _check(at, depth, fold, around, hops)
    view = View(*roots)
    if fold == "network":
        if len(roots) > 1:
            raise ValueError(f'fold="network" draws one result, got {len(roots)}')
        return _of_network(view, at, direction, theme)
    tree = LevelTree(view)
    asked = at is not None or depth is not None
    groups = None if asked else shown_without_levels(view, tree, fold, around, hops)
    if groups is not None:
        return Drawing(picture_of(view, *groups), direction, theme)
    drawn = level_picture(view, tree, at or "", depth or 1)
    return Drawing(drawn, direction, theme, arrange=level_layout)


def _several(roots: Any) -> list[Any]:
    if not isinstance(roots, Sequence) or isinstance(roots, str):
        refuse_no_node("draw", roots, "a Value or a Tensor, or a list of them")
    if not roots:
        raise ValueError("draw needs at least one Value or Tensor, got an empty list")
    return list(roots)


def _check(at: object, depth: object, fold: object, around: object, hops: object) -> None:
    in_network = fold == "network" and depth is None  # there, at is the path of a unit
    levels = (at is not None and not in_network) or depth is not None
    if sum([levels, fold != "auto", around is not None]) > 1:
        raise ValueError(
            "at and depth, fold, and around are three ways to show less: give one of them"
        )
    if at is not None and not isinstance(at, str):
        raise TypeError(f'at must be the path of a level, as "mlp/layer0", got {at!r}')
    for name, number, least in ("depth", depth, 1), ("hops", hops, 0):
        if number is not None and (type(number) is not int or number < least):
            raise ValueError(f"{name} must be an integer from {least} on, got {number!r}")


def _of_network(view: View, at: str | None, direction: str, theme: str) -> Drawing:
    if direction != "LR":
        raise ValueError(f'fold="network" is drawn from left to right, got {direction=}')
    paint, text = textbook(view, at)
    return Drawing(picture_of(view, *fold(view, LIMIT)), theme=theme, paint=paint, text=text)


def arranged(picture: Picture, direction: str) -> Layout:
    """Return where Graphviz puts everything; in rows, if there are many boxes side by side."""
    found = siblings_in_order(picture, lay_out(dot(picture, direction)))
    if direction != "LR" or len(picture.boxes) <= READABLE:
        return found
    rows = wrapped(found)
    return found if rows is found else with_texts(picture, rows)


@printable
class Drawing:
    """A picture of a graph as it was when it was drawn.

    Attributes
    ----------
    picture : Picture
        The boxes and lines, as plain data.
    direction : str
        "LR" or "TB".
    theme : str
        "light", "dark" or "auto".
    dot : str
        The picture in Graphviz's language.
    svg : str
        The picture as SVG; RenderError says what to install where that can't be made.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from autograd import Value, draw
    >>> drawing = draw(Value(2.0, label="a") * 3.0)
    >>> print(drawing)
    × 6.0  grad —
    ├─ a 2.0  grad —
    └─ 3.0
    >>> with TemporaryDirectory() as folder:
    ...     drawing.save(Path(folder) / "graph.svg").name
    'graph.svg'
    """

    def __init__(
        self,
        picture: Picture,
        direction: str = "LR",
        theme: str = "light",
        *,
        arrange: Callable[[Picture, str], Layout] = arranged,
        paint: Callable[[Theme], Scene] | None = None,
        text: str = "",
    ) -> None:
        for name, value, known in ("direction", direction, SIDES), ("theme", theme, THEMES):
            if value not in known:
                expected = " or ".join(f'"{each}"' for each in known)
                raise ValueError(f"{name} must be {expected}, got {value!r}")
        self.picture = picture
        self.direction = direction
        self.theme = theme
        self._arrange = arrange
        self._own_paint = paint
        self._text = text

    @cached_property
    def dot(self) -> str:
        return dot(self.picture, self.direction, self._fixed)

    @cached_property
    def svg(self) -> str:
        if self.theme != "auto":
            return svg(self._scene)
        return svg(self._paint(NAMED), style=OWN_STYLE)

    @property
    def _fixed(self) -> Theme:
        """The colours of a form that can't follow the reader's system."""
        return THEMES[self.theme]

    @cached_property
    def _layout(self) -> Layout:
        return self._arrange(self.picture, self.direction)

    @cached_property
    def _scene(self) -> Scene:
        return self._paint(self._fixed)

    def _paint(self, theme: Theme) -> Scene:
        if self._own_paint is not None:
            return self._own_paint(theme)
        return scene(self.picture, self._layout, self.direction, theme)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        scale: float | None = None,
        dpi: float | None = None,
    ) -> Path:
        """Write the picture to a file, in the form that the name's ending says.

        Parameters
        ----------
        path : str or path
            Ending in .svg, .png, .pdf or .dot.
        scale : float, optional
            How many dots of a .png a pixel of the picture has; 2 by default, less if it is large.
        dpi : float, optional
            The same in dots per inch: 96 times ``scale``.

        Returns
        -------
        Path
            Where it was written.

        Raises
        ------
        ValueError
            If it ends in anything else; if ``scale`` or ``dpi`` isn't a positive number, or both
            are given, or the file is no .png, or it would have more than 8,000 dots on a side.
        RenderError
            If this machine lacks what that form needs; the message says what to install.
        OSError
            If the file can't be written: then what was there is as it was.
        """
        path = Path(path)
        make = _FORMS.get(path.suffix.lower())
        if make is None:
            raise ValueError(
                f"a drawing can be saved as {', '.join(_FORMS)}, got {path.suffix or 'no ending'!r}"
                f" in {str(path)!r}"
            )
        content = make(self, _dots(path, scale, dpi))
        with replacing(path) as new:
            new.write_bytes(content)
        return path

    def show(self) -> Path:
        """Open the picture in the web browser, as from a script; a notebook shows it by itself.

        Returns
        -------
        Path
            Where it was written: a new file, ``graph.svg``, in a folder for temporary files. Where
            there is no browser, a warning says where it is.
        """
        return opened(self.save(new_file("graph.svg")))

    def __repr__(self) -> str:
        return self._text or tree(self.picture)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        try:
            shown = {"image/svg+xml": self.svg, "text/plain": repr(self)}
            others, sizes = self._others
        except Exception as error:  # a notebook would show a traceback in place of the text
            return {"text/plain": f"{self!r}\n\nNo picture: {error}"}, {}
        return shown | others, sizes

    def _repr_svg_(self) -> str | None:
        return self._repr_mimebundle_()[0].get("image/svg+xml")

    def _mime_(self) -> tuple[str, str]:
        """Return the picture as marimo takes it: of many forms it shows each on a tab."""
        shown = self._repr_mimebundle_()[0]
        form = "image/svg+xml" if "image/svg+xml" in shown else "text/plain"
        return form, shown[form]

    @cached_property
    def _others(self) -> Bundle:
        return beside_svg(svg(self._scene), (self._scene.width, self._scene.height))


def _dots(path: Path, scale: float | None, dpi: float | None) -> float | None:
    """Return how many dots a pixel is to have, if it was said."""
    said = {name: x for name, x in (("scale", scale), ("dpi", dpi)) if x is not None}
    for name, number in said.items():
        if path.suffix.lower() != ".png":
            raise ValueError(f"{name} is for .png, which has dots, got {path.name!r}")
        real = isinstance(number, (int, float, np.integer, np.floating))
        if not real or not 0 < number < inf:
            raise ValueError(f"{name} must be a positive number, got {number!r}")
    if len(said) == 2:
        raise ValueError(f"give scale or dpi, not both: dpi is {INCH} times the scale")
    return scale if dpi is None else dpi / INCH


def _exported(form: Literal["png", "pdf"]) -> Callable[[Drawing, float | None], bytes]:
    def make(drawing: Drawing, dots: float | None) -> bytes:
        scene = drawing._scene
        return export(svg(scene), (scene.width, scene.height), form, dots)

    return make


_FORMS: dict[str, Callable[[Drawing, float | None], bytes]] = {
    ".svg": lambda drawing, _: drawing.svg.encode(),
    ".png": _exported("png"),
    ".pdf": _exported("pdf"),
    ".dot": lambda drawing, _: drawing.dot.encode(),
}
