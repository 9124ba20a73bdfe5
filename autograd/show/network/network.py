"""A network as plain data: the columns of units that a graph's weighted sums form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import takewhile

import numpy as np
import numpy.typing as npt

from autograd.reading.formatting import clean
from autograd.show.network.bindings import Bindings, Use

Floats = npt.NDArray[np.float64]


class NotANetworkError(ValueError):
    """A graph isn't a chain of layers; the message says what stands against it."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One call of a layer, for one example: n inputs, m units.

    Attributes
    ----------
    path : str
        The region of the layer; where it has none, ``layer`` and its place in the network.
    nodes : tuple of int
        The node of each unit's preactivation, or one node for all of a tensor's.
    outputs : tuple of int
        The node of each unit's activation, or one for all.
    names : tuple of str
        What each input is called.
    x : array of shape (n,)
        The inputs.
    x_grad : tuple of float or None
        A gradient for each. Here and below, it is None where none has arrived.
    W, W_grad : array of shape (m, n)
        The weights; the gradients are of all examples and all calls together.
    b, b_grad : array of shape (m,), or None
        The biases.
    z, z_grad, a, a_grad : array of shape (m,)
        The preactivations and the activations.
    activation : str
        What is between z and a: names of ops; empty for nothing.
    curve : callable or None
        The activation as a function of a float, if it is one.
    slopes : array of shape (m,), or None
        ∂a/∂z of each unit; None if a isn't a function of z alone.
    sources : tuple of int
        For each input, which unit of the column before it is; -1 for one that comes in here.
    bindings : Bindings
        The nodes and operands that all of these are.
    call, calls : int
        The how manieth call of this layer it is, from 0, and how many there are.
    """

    path: str
    nodes: tuple[int, ...]
    outputs: tuple[int, ...]
    names: tuple[str, ...]
    x: Floats
    W: Floats
    b: Floats | None
    z: Floats
    a: Floats
    x_grad: tuple[float | None, ...]
    W_grad: Floats | None
    b_grad: Floats | None
    z_grad: Floats | None
    a_grad: Floats | None
    activation: str
    curve: Callable[[float], float] | None
    slopes: Floats | None
    sources: tuple[int, ...]
    bindings: Bindings
    call: int = 0
    calls: int = 1

    @property
    def entering(self) -> list[int]:
        """The inputs that don't come from the column before."""
        return [i for i, unit in enumerate(self.sources) if unit < 0]

    @property
    def title(self) -> str:
        """The last name of the path, and which call it is where there are several."""
        name = self.path.rpartition("/")[2]
        return f"{name}, call {self.call + 1}" if self.calls > 1 else name

    @property
    def call_path(self) -> str:
        """The path with the title in place of the last name."""
        return f"{self.path.rpartition('/')[0]}/{self.title}".strip("/")


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A chain of columns in order of computation, and what is computed from the last one.

    Attributes
    ----------
    columns : tuple of Column
        The layers' calls.
    examples : int
        How many examples the graph was computed for: the columns are the first one's.
    nodes : int
        How many nodes the graph has.
    root : int or None
        The number of the root, if it isn't one of the outputs.
    result : str
        What the root is called: a label, the end of a region, or an op.
    value, grad : float or None
        The root's, if it is one number.
    after : int
        How many nodes there are after the outputs of all examples.
    rest : tuple of int
        The nodes that have no place in a column: the result's.
    last : tuple of tuple of tuple of int
        For each unit of the last column, the operands of the result that it is.
    """

    columns: tuple[Column, ...]
    examples: int
    nodes: int
    root: int | None
    result: str
    value: float | None
    grad: float | None
    after: int
    rest: tuple[int, ...]
    last: tuple[tuple[Use, ...], ...]

    @property
    def paths(self) -> list[str]:
        """A path for each column, which no other has: of a layer's first call, the layer's."""
        found: list[str] = []
        for k, column in enumerate(self.columns):
            names = (column.path, column.call_path, f"{column.path}, column {k + 1}")
            found.append(next(name for name in names if name not in found))
        return found

    def unit(self, path: str) -> tuple[Column, int]:
        """Return the layer and the number of a unit, from a path as ``mlp/layer0/neuron2``.

        Of a layer that is called several times, ``layer/neuron2`` is of the first call, and
        ``layer, call 3/neuron2`` of the third.

        Raises
        ------
        ValueError
            If there is no such unit.
        """
        layer, _, name = path.rpartition("/")
        paths = {
            **{column.call_path: column for column in self.columns},
            **dict(zip(self.paths, self.columns, strict=True)),
        }
        number = name.removeprefix("neuron")
        column = paths.get(layer, self.columns[0])
        if layer not in paths:
            near = get_close_matches(layer, paths, n=1, cutoff=0.0)
            raise ValueError(
                f'at must be a unit as "mlp/layer0/neuron2", got {clean(path, 60)!r}: the layers '
                f"are {', '.join(list(paths)[:6])}{', ...' if len(paths) > 6 else ''}"
                + (f"; {near[0]} is the nearest" if len(paths) > 6 and near else "")
            )
        if not (number.isdecimal() and int(number) < len(column.a)):
            raise ValueError(
                f"at must be a unit of {layer}, from {layer}/neuron0 to "
                f"{layer}/neuron{len(column.a) - 1}, got {clean(path, 60)!r}"
            )
        return column, int(number)


def unit_path(layer: str, j: int) -> str:
    """Return the path of a unit from that of its layer, as ``Network.unit`` reads it."""
    return f"{layer}/neuron{j}"


def layer_path(region: str) -> str:
    """Return a region without its neuron.

    Examples
    --------
    >>> from autograd.show.network.network import layer_path
    >>> layer_path("mlp/layer0/neuron3")
    'mlp/layer0'
    """
    return "/".join(takewhile(lambda step: not step.startswith("neuron"), region.split("/")))
