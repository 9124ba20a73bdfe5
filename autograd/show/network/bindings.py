"""Which nodes and operands of the graph the units, inputs and weights of a column are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

Use = tuple[int, int]  # an operand: the number of the node that uses it, and the slot


class Entry(NamedTuple):
    """A number of the graph: a node's, or an element of a node that is an array.

    Examples
    --------
    >>> from autograd.show.network.bindings import Entry
    >>> f"d{Entry(12)}", f"g{Entry(12, 3, size=4)}"
    ('d12', 'g12.3')
    """

    node: int
    element: int | None = None
    size: int = 1  # how many elements the node has

    def __str__(self) -> str:
        return f"{self.node}" if self.element is None else f"{self.node}.{self.element}"


def shown(letter: str, entry: Entry | None) -> str:
    """Return the name of the number that a text shows: ``d`` and a node's number, or nothing."""
    return "" if entry is None else f"{letter}{entry}"


def whole(entries: Sequence[Entry]) -> Entry | None:
    """Return the array whose elements some numbers are, if they are all of it and in order."""
    node, _, size = entries[0]
    if size == len(entries) and all(e[:2] == (node, k) for k, e in enumerate(entries)):
        return Entry(node)
    return None


@dataclass(frozen=True, slots=True)
class WeightNode:
    """Weights of a column that are in one node: one number, or a matrix.

    Attributes
    ----------
    nodes : tuple of int
        The parameter, and its transpose if that is what is used.
    uses : tuple of tuple of int
        The operands that carry it and its inputs, in all examples.
    product : tuple of int
        The operand that its input is, in the first example.
    start : int
        The first of its inputs.
    strides : tuple of int
        How many elements it is to the next unit's weight, and to the next input's; empty for one
        number.
    size : int
        How many elements it has.
    """

    nodes: tuple[int, ...]
    uses: tuple[Use, ...]
    product: Use
    start: int
    strides: tuple[int, ...] = ()
    size: int = 1

    def entry(self, j: int, i: int) -> Entry:
        """Return the weight of a unit for an input."""
        if not self.strides:
            return Entry(self.nodes[0])
        unit, step = self.strides
        return Entry(self.nodes[0], j * unit + (i - self.start) * step, self.size)


@dataclass(frozen=True, slots=True, eq=False)
class Bindings:
    """What in the graph a column is.

    Attributes
    ----------
    units : tuple of tuple of int
        The nodes of each unit, in all examples: from its products to its activation, with the
        bias. The units of a tensor share theirs.
    sums, activations : tuple of tuple of int
        Those of them that compute z, and a from z.
    inputs : tuple of tuple of int
        For each input that comes in here, its node and those that it was computed from.
    x, z, a : tuple of Entry
        The numbers of the first example.
    b : tuple of Entry or None
        The bias of each unit, if it is one number.
    weights : tuple of tuple of WeightNode
        For each unit, or once for all of a tensor's: its weights in the order of the inputs.
    """

    units: tuple[tuple[int, ...], ...]
    sums: tuple[tuple[int, ...], ...]
    activations: tuple[tuple[int, ...], ...]
    inputs: tuple[tuple[int, ...], ...]
    x: tuple[Entry, ...]
    z: tuple[Entry, ...]
    a: tuple[Entry, ...]
    b: tuple[Entry | None, ...]
    weights: tuple[tuple[WeightNode, ...], ...]

    def weights_of(self, j: int) -> tuple[WeightNode, ...]:
        """Return where the weights of a unit are."""
        return self.weights[min(j, len(self.weights) - 1)]

    def weight(self, j: int, i: int) -> WeightNode:
        """Return where one weight is."""
        row = self.weights_of(j)
        return row[bisect_right(row, i, key=lambda each: each.start) - 1]

    def entry(self, j: int, i: int) -> Entry:
        """Return one weight."""
        return self.weight(j, i).entry(j, i)

    def to_input(self, j: int, i: int) -> str:
        """Return the contribution that a unit makes to an input's gradient, where it is a number.

        A tensor gives its inputs the sum over all its units.
        """
        found = self.weight(j, i)
        node, slot = found.product
        return "" if found.strides else f"c{node}.{slot}"

    @property
    def matrix(self) -> Entry | None:
        """The node that has all the weights in the order (unit, input), if there is one."""
        units, row = len(self.a), self.weights[0]
        if len(self.weights) > 1 or len(row) > 1 or not row[0].strides:
            return None
        inputs = len(self.x)
        in_order = row[0].strides[1] == 1 and (units == 1 or row[0].strides[0] == inputs)
        return Entry(row[0].nodes[0]) if in_order else None
