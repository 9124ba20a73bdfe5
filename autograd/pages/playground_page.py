"""The playground: one HTML file in which a model of two features learns its samples.

The page has the tape of one sample's graph. It puts in one sample after the other, walks forward
and back, and adds up the gradients of the parameters: what it computes is what the rule book says.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from autograd.files.opening import new_file, opened
from autograd.files.replacing import replacing
from autograd.living.javascript import NotTranspilable
from autograd.living.tape import script, tape
from autograd.node.node import Node
from autograd.reading import formatting
from autograd.reading.numbered_graph import NumberedGraph
from autograd.show.flow import View
from autograd.show.network.network import Column, Network, NotANetworkError
from autograd.show.network.network_scene import network_scene
from autograd.show.network.network_search import find_network
from autograd.show.sealed_html import framed, part, sealed
from autograd.show.svg import svg
from autograd.show.theme import AUTO_STYLE, LIGHT

if TYPE_CHECKING:
    from autograd.show.export import Bundle

Array = npt.NDArray[Any]
Limits = tuple[tuple[float, float], tuple[float, float]]

MOST_UNITS = 16  # in a layer
MOST_COLUMNS = 6
HEIGHT = 800  # of the frame in a notebook, in pixels

_PLAYER = "autograd.stepping", "player"
_OWN = "autograd.pages", "playground"
_SCRIPTS = (
    (*_PLAYER, "elements.js"),
    (*_PLAYER, "numbers.js"),
    (*_PLAYER, "words.js"),
    (*_PLAYER, "learning_rate.js"),
    (*_OWN, "learner.js"),
    (*_OWN, "plane.js"),
    (*_OWN, "network_view.js"),
    (*_OWN, "unit_card.js"),
    (*_OWN, "playground.js"),
)
_STYLES = ((*_PLAYER, "player.css"), (*_OWN, "playground.css"))


@dataclass(frozen=True, slots=True)
class Sample:
    """The graph of one sample.

    Attributes
    ----------
    inputs : tuple of two Value
        Its features: leaves.
    outputs : tuple of Value
        What the model makes of them.
    losses : tuple of Value
        The loss for each class that the sample may have; of a regression, one.
    targets : tuple of Value
        Of a regression, the leaf that is the number to be learnt.
    parameters : tuple of Value
        What is learnt: leaves.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.pages import Sample
    >>> x0, x1, w, target = Value(1.0), Value(2.0), Value(0.5), Value(3.0)
    >>> output = w * (x0 + x1)
    >>> sample = Sample((x0, x1), (output,), ((output - target) ** 2,), (target,), (w,))
    >>> sample.losses[0].data
    2.25
    """

    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    losses: tuple[Node, ...]
    targets: tuple[Node, ...]
    parameters: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Samples:
    """The data that a playground learns.

    Attributes
    ----------
    x : array of shape (n, 2)
        The features.
    y : array of shape (n,)
        The number of each sample's class; of a regression, what is to be learnt.
    classes : sequence of str
        What the classes are called; empty for a regression.
    features : pair of str
        What the features are called.
    limits : ((low, high), (low, high))
        The part of the plane that is shown.
    total : int
        How many samples there were before these were drawn from them.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.pages import Samples
    >>> x = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> limits = ((-1.0, 2.0), (-1.0, 2.0))
    >>> samples = Samples(x, np.array([0, 1]), ("no", "yes"), ("height", "width"), limits, total=2)
    >>> samples.classes[samples.y[1]]
    'yes'
    """

    x: Array
    y: Array
    classes: Sequence[str]
    features: Sequence[str]
    limits: Limits
    total: int


class Playground:
    """A model on its data, as a page in which it learns; a notebook shows it by itself.

    Parameters
    ----------
    sample : Sample
    samples : Samples
    lr : float, optional
        The rate that the page begins with; by default it chooses one.
    batch_size : int
        How many samples to a step, at first.
    seed : int
        Of the order of the samples.
    colours : sequence of str
        A colour for each class, as ``#rrggbb``; two have those of the theme.

    Raises
    ------
    ValueError
        If the model can't live in a page; the message says why.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> import nn
    >>> points = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    >>> model = nn.MLP([2, 3, 1], activation="tanh", seed=0)
    >>> playground = nn.playground(model, points, points.prod(axis=1) > 0)
    >>> with TemporaryDirectory() as folder:
    ...     playground.save(f"{folder}/xor.html").name
    'xor.html'
    """

    def __init__(
        self,
        sample: Sample,
        samples: Samples,
        *,
        lr: float | None,
        batch_size: int,
        seed: int,
        colours: Sequence[str],
    ) -> None:
        graph = NumberedGraph(*sample.losses)
        try:
            made = tape(graph, sample.losses[0])
        except NotTranspilable as error:
            raise ValueError(f"this model can't live in a page: {error}") from None
        self.network, self._view = _network(sample)
        self.samples = samples
        self._script = script(made)
        places = _Places(graph, self._view)
        self._data: dict[str, Any] = {
            "title": self._title(),
            "tape": made.data,
            **{name: places.of(getattr(sample, name)) for name in ("inputs", "targets", "outputs")},
            "losses": places.of(sample.losses),
            "parameters": places.of(sample.parameters),
            "columns": [places.column(each) for each in self.network.columns],
            "x": samples.x.tolist(),
            "y": samples.y.tolist(),
            "classes": [formatting.clean(each, 40) for each in samples.classes],
            "features": [formatting.clean(each, 40) for each in samples.features],
            "limits": samples.limits,
            "total": samples.total,
            "rate": lr,
            "batch": min(batch_size, len(samples.x)),
            "seed": seed,
            "colours": list(colours),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page: one HTML file that computes in any browser, offline.

        Parameters
        ----------
        path : str or path
            Ending in .html.

        Returns
        -------
        Path
            Where it was written.

        Raises
        ------
        ValueError
            If it ends in anything else.
        OSError
            If the file can't be written: then what was there is as it was.
        """
        file = Path(path)
        if file.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"the playground is saved as .html, got {str(path)!r}")
        with replacing(file) as new:
            new.write_bytes(self._text().encode())
        return file

    def show(self) -> Path:
        """Open the page in the web browser, as from a script; return where it was written."""
        return opened(self.save(new_file("playground.html")))

    def _text(self) -> str:
        return sealed(
            part(*_OWN, "playground.html"),
            title=self._data["title"],
            style="\n".join((AUTO_STYLE, *(part(*each) for each in _STYLES))),
            script="\n".join(('"use strict";', self._script, *(part(*each) for each in _SCRIPTS))),
            data=self._data,
        )

    def _title(self) -> str:
        sizes = [2, *(len(column.a) for column in self.network.columns)]
        kind = f"{len(self.samples.classes)} classes" if self.samples.classes else "a number"
        return f"Playground: a {'-'.join(map(str, sizes))} network learns {kind}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        from autograd.show.export import png_for_notebooks  # it brings a rasteriser with it

        scene = network_scene(self.network, LIGHT)
        still, size = svg(scene), (scene.width, scene.height)
        name = "Computation graph of a network"
        html = framed(self._text(), self._data["title"], HEIGHT, still, name)
        shown, sizes = png_for_notebooks(still, size)
        return {"text/html": html} | shown | {"text/plain": repr(self)}, sizes

    def __repr__(self) -> str:
        count = formatting.count(len(self.samples.x), "sample")
        some = f" of {self.samples.total:,}" if self.samples.total > len(self.samples.x) else ""
        return f"{self._data['title']}, on {count}{some}\n.save(path) writes the page"


def _network(sample: Sample) -> tuple[Network, View]:
    view = View(sample.losses[0])
    try:
        network = find_network(view)
    except NotANetworkError as error:
        raise ValueError(f"a playground needs a model that is a chain of layers: {error}") from None
    widest = max(len(column.a) for column in network.columns)
    if widest > MOST_UNITS or len(network.columns) > MOST_COLUMNS:
        raise ValueError(
            f"a playground is for a small model, of at most {MOST_COLUMNS} layers of at most "
            f"{MOST_UNITS} units, got {len(network.columns)} of at most {widest}: draw(loss) and "
            "step(loss) show larger ones"
        )
    if [view.nodes[k] for k in network.columns[-1].outputs] != list(sample.outputs):
        raise ValueError(
            "a playground needs a model that is a chain of layers: this one computes something "
            "beside or after them, which the picture would leave out"
        )
    return network, view


class _Places:
    """Numbers of nodes on the tape, of nodes and of what a picture's view calls them."""

    def __init__(self, graph: NumberedGraph, view: View) -> None:
        self._numbers = {node: k for k, node in enumerate(graph.nodes)}
        self._view = view

    def of(self, nodes: Sequence[Node]) -> list[int]:
        return [self._numbers[node] for node in nodes if node in self._numbers]

    def column(self, column: Column) -> dict[str, Any]:
        """Return a layer as the page has it: where its numbers are on the tape."""
        units, inputs = column.W.shape
        found = column.bindings
        return {
            "title": formatting.clean(column.title, 40),
            "activation": formatting.clean(column.activation, 40),
            "sources": [
                unit if unit >= 0 else column.entering.index(i)
                for i, unit in enumerate(column.sources)
            ],
            "z": [self._place(entry.node) for entry in found.z],
            "a": [self._place(entry.node) for entry in found.a],
            "b": [None if entry is None else self._place(entry.node) for entry in found.b],
            "w": [
                [self._place(found.entry(j, i).node) for i in range(inputs)] for j in range(units)
            ],
        }

    def _place(self, k: int) -> int:
        return self._numbers[self._view.nodes[k]]
