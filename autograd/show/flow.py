"""The gradient that flows back along each line, and a tensor's data, on scales from 0 to 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, log10
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.node.node import Node, raw
from autograd.reading.numbered_graph import NumberedGraph, local_derivatives

if TYPE_CHECKING:
    from autograd.show.network.network import Network

DECADES = 3  # below the largest gradient by so many, a line looks as if there were none
CELLS = 24  # of a heat strip


class View(NumberedGraph):
    """A graph and the gradients to show: those in ``.grad``, or others by the node's number.

    Attributes
    ----------
    grads : list of number, array or None
        The gradient of each node.
    network : Network or None
        The network that the graph is, once it was ``searched`` for.
    """

    __slots__ = ("_derivatives", "grads", "network", "searched")

    def __init__(self, *roots: Node, grads: Mapping[int, Any] | None = None) -> None:
        super().__init__(*roots)
        shown = dict(enumerate(node.grad for node in self.nodes)) if grads is None else grads
        self.grads = [raw(shown.get(k)) for k in range(len(self.nodes))]
        self._derivatives: dict[int, Sequence[Any]] = {}
        self.network: Network | None = None
        self.searched = False

    def derivative(self, k: int, slot: int) -> Any:
        """Return ∂node/∂operand for one operand slot; None where it is a matrix or more."""
        if k not in self._derivatives:
            self._derivatives[k] = local_derivatives(self.nodes[k])
        return self._derivatives[k][slot]


def flows(view: View, lines: Sequence[Sequence[tuple[int, int]]]) -> list[float]:
    """Return, for each line, how much gradient flows back along it, as a share of the most.

    A line is given by the operands that it stands for, each as a node and a slot. The shares are
    on a scale of logarithms; between arrays, what arrives at the operand is taken for what flows.
    """
    sizes = [max((_size(view, k, slot) for k, slot in line), default=0) for line in lines]
    most = max((size for size in sizes if isfinite(size)), default=0.0)
    return [share(size, most) for size in sizes]


def share(size: float, most: float) -> float:
    """Return a size as a share of the largest, on a scale of logarithms: 1 if it isn't finite."""
    if not isfinite(size):
        return 1.0
    if not size:
        return 0.0
    return max(0.0, 1 + (log10(size) - log10(most)) / DECADES)


def _size(view: View, k: int, slot: int) -> float:
    above, below = view.grads[k], view.grads[view.parents[k][slot]]
    if above is None or below is None:
        return 0.0
    derivative = view.derivative(k, slot)
    return largest(below if derivative is None else above * derivative)


def largest(x: Any) -> float:
    """Return the largest absolute value, as a float; inf where it is nan."""
    size = abs(x)
    found = float(size.max(initial=0.0)) if isinstance(size, np.ndarray) else float(size)
    return found if found == found else float("inf")


def heat(array: Any) -> tuple[float, ...]:
    """Return an array's elements in order, a few to a cell, as shares of the largest |element|.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.show.flow import heat
    >>> heat(np.array([1.0, -4.0, 2.0]))
    (0.25, -1.0, 0.5)
    """
    if not isinstance(array, np.ndarray) or array.size < 2:
        return ()
    flat = np.nan_to_num(array.ravel().astype(np.float64), posinf=0.0, neginf=0.0)
    scale = np.abs(flat).max()
    starts = np.linspace(0, flat.size, min(CELLS, flat.size), endpoint=False).astype(int)
    counts = np.diff([*starts, flat.size])
    means = np.add.reduceat(flat / (scale or 1.0), starts) / counts
    return tuple(float(x) for x in np.round(means, 2))
