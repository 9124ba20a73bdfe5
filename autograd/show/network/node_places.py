"""Finds the place of each node in a network: a unit, an input, a weight, or the result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from autograd.reading.numbered_graph import NumberedGraph
from autograd.show.network.bindings import Bindings, Entry, Use, WeightNode
from autograd.show.network.column_numbers import Source
from autograd.show.network.weighted_sums import WeightedSum


class Call(NamedTuple):
    """One call of a layer for one example, its units in the order of the column's.

    Attributes
    ----------
    x : tuple of int
        The operands that its inputs are.
    heads, outputs : list of int
        The node of each unit's sum and of its activation; one of each for a tensor.
    sources : list of Source
        Where each input comes from.
    order : list of int
        Of each unit, the number that the sources of the next layer know it by.
    """

    x: tuple[int, ...]
    heads: list[int]
    outputs: list[int]
    sources: list[Source]
    order: list[int]


class NodePlaces:
    """The place of each node: the first that claims it has it.

    Parameters
    ----------
    graph : NumberedGraph
        The graph.
    sums : mapping
        Its weighted sums.
    examples : sequence
        For each example, the calls of all columns.
    """

    def __init__(
        self,
        graph: NumberedGraph,
        sums: Mapping[int, WeightedSum],
        examples: Sequence[Sequence[Call]],
    ) -> None:
        self.graph, self.sums, self.examples = graph, sums, examples
        self.taken: set[int] = set()
        self.units: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        self.inputs: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        self.joints: defaultdict[int, list[int]] = defaultdict(list)  # what joins inputs, by column
        for calls in examples:
            self._claim_sums(calls)
        for calls in examples:
            for n, call in enumerate(calls):
                self._claim_inputs(n, call, calls[n - 1] if n else None)
            for j, end in enumerate(calls[-1].outputs):
                self.units[len(calls) - 1, j] += self._claimed([end])

    def rest(self) -> tuple[int, ...]:
        """Return the nodes that have no place: they are the result's."""
        return tuple(k for k in range(len(self.graph.nodes)) if k not in self.taken)

    def last(self, width: int) -> tuple[tuple[Use, ...], ...]:
        """Return, for each of so many units of the last column, the result's operands it is."""
        n = len(self.examples[0]) - 1
        heads = self.examples[0][n].heads
        unit_of = {k: j for j in range(len(heads)) for k in self.units[n, j]}
        found: list[list[Use]] = [[] for _ in heads]
        for k in self.rest():
            for slot, p in enumerate(self.graph.parents[k]):
                if p in unit_of:
                    found[unit_of[p]].append((k, slot))
        return tuple(map(tuple, found)) * (width // len(heads))

    def bindings(self, n: int, width: int) -> Bindings:
        """Return the nodes and elements of the n-th column, of so many units."""
        call = self.examples[0][n]
        heads = range(len(call.heads))
        units = [(*self.units[n, j], *self.joints[n]) for j in heads]
        sums = [self._of_sum(n, j) for j in heads]
        after = [
            tuple(k for k in self.units[n, j] if k not in found)
            for j, found in zip(heads, sums, strict=True)
        ]
        repeats = width // len(heads)
        first_of = {s.node: i for i, s in reversed(list(enumerate(call.sources)))}
        return Bindings(
            units=tuple(units) * repeats,
            sums=tuple(map(tuple, sums)) * repeats,
            activations=tuple(after) * repeats,
            inputs=tuple(
                tuple(self.inputs[n, first_of[s.node]]) if s.layer < 0 else () for s in call.sources
            ),
            x=tuple(self._entry(s.node, s.element) for s in call.sources),
            z=self._entries(call.heads, width),
            a=self._entries(call.outputs, width),
            b=self._biases(call.heads, width),
            weights=tuple(self._weights(n, j) for j in heads),
        )

    def _of_sum(self, n: int, j: int) -> dict[int, None]:
        """Return the nodes of a unit that compute its sum."""
        found = [self.sums[calls[n].heads[j]] for calls in self.examples]
        return dict.fromkeys(k for each in found for k in (*each.nodes, *each.b))

    # Claims --------------------------------------------------------------------------------------

    def _claim_sums(self, calls: Sequence[Call]) -> None:
        for n, call in enumerate(calls):
            for j, head in enumerate(call.heads):
                found = self.sums[head]
                for product, w in zip(found.products, found.w, strict=True):
                    self.taken.update(self._parameter(product.node, product.w, w))
                own = [k for k in found.nodes if k not in self.taken]
                own += [k for k in found.b if k not in self.units[n, j]]  # all calls share it
                self.taken.update(own)
                self.units[n, j] += own

    def _claim_inputs(self, n: int, call: Call, before: Call | None) -> None:
        """Claim what inputs were computed from, back to the sums of the column before."""
        first_of: dict[int, int] = {}
        for i, source in enumerate(call.sources):
            if source.layer >= 0 and before is not None:
                unit = before.order.index(source.unit) if len(before.heads) > 1 else 0
                self.units[n - 1, unit] += self._claimed([source.node])
            else:
                first = first_of.setdefault(source.node, i)
                self.inputs[n, first] += self._claimed([source.node])
        self.joints[n] += self._claimed(call.x)

    def _claimed(self, starts: Iterable[int]) -> list[int]:
        """Take some nodes, and what they were computed from, as far as that has no place yet."""
        found: list[int] = []
        waiting = list(starts)
        while waiting:
            k = waiting.pop()
            if k not in self.taken:
                self.taken.add(k)
                found.append(k)
                waiting += self.graph.parents[k]
        return sorted(found)

    def _parameter(self, node: int, slot: int, w: int) -> tuple[int, ...]:
        """Return a parameter, and its transpose if that is what is used."""
        operand = self.graph.parents[node][slot]
        return (w,) if operand == w else (w, operand)

    # Numbers -------------------------------------------------------------------------------------

    def _entry(self, k: int, element: int) -> Entry:
        data = self.graph.nodes[k]._data
        return Entry(k, element, int(np.size(data))) if np.ndim(data) else Entry(k)

    def _entries(self, nodes: Sequence[int], width: int) -> tuple[Entry, ...]:
        elements = range(width) if len(nodes) < width else [0] * width
        return tuple(
            self._entry(k, element)
            for k, element in zip(list(nodes) * (width // len(nodes)), elements, strict=True)
        )

    def _biases(self, heads: Sequence[int], width: int) -> tuple[Entry | None, ...]:
        found = [self.sums[head].b for head in heads] * (width // len(heads))
        return tuple(
            self._entry(b[0], j if np.size(self.graph.nodes[b[0]]._data) > 1 else 0)
            if len(b) == 1
            else None
            for j, b in enumerate(found)
        )

    def _weights(self, n: int, j: int) -> tuple[WeightNode, ...]:
        sums = [self.sums[calls[n].heads[j]] for calls in self.examples]
        found: list[WeightNode] = []
        start = 0
        for m, w in enumerate(sums[0].w):
            data = self.graph.nodes[w]._data
            turned = bool(sums[0].turned) and sums[0].turned[m]
            strides: tuple[int, ...] = ()
            inputs = 1
            if np.ndim(data):
                inputs = data.shape[0 if turned else -1]
                strides = (1, data.shape[-1]) if turned else (inputs, 1)
            same = [(each, each.w.index(w)) for each in sums if w in each.w]
            uses = [use for each, at in same for use in self._uses(each, at)]
            joints = self.joints[n] if strides else []
            uses += [(k, slot) for k in joints for slot in range(len(self.graph.parents[k]))]
            first = sums[0].products[m]
            nodes = self._parameter(first.node, first.w, w)
            size = int(np.size(data))
            found.append(
                WeightNode(nodes, tuple(uses), (first.node, first.x), start, strides, size)
            )
            start += inputs
        return tuple(found)

    def _uses(self, found: WeightedSum, at: int) -> list[Use]:
        """Return the operands that carry a weight and its input."""
        node, x, w = found.products[at]
        _, *transpose = self._parameter(node, w, found.w[at])
        return [(node, x), (node, w), *((k, 0) for k in transpose)]
