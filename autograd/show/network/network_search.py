"""Finds the network in a graph: columns of units, each of which feeds the next."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np

from autograd.ops import activation, trigonometric
from autograd.reading.formatting import clean, count
from autograd.rules.op import Elementwise
from autograd.show.flow import View
from autograd.show.network.activation_curve import curve_of, slope_between
from autograd.show.network.column_numbers import (
    Numbers,
    Reading,
    Source,
    first,
    scalar_numbers,
    tensor_numbers,
    total,
)
from autograd.show.network.network import (
    Column,
    Floats,
    Network,
    NotANetworkError,
    layer_path,
)
from autograd.show.network.node_places import Call, NodePlaces
from autograd.show.network.weighted_sums import weighted_sums

ACTIVATIONS = {
    trigonometric.tanh,
    *(op for op in vars(activation).values() if type(op) is Elementwise),
}
PRODUCTS = {"neuron", "dot", "affine", "matmul", "einsum", "tensordot", "inner", "outer"}
NOTHING, MANY = -1, -2  # what a node depends on, in place of the one weighted sum that it does


def find_network(view: View) -> Network:
    """Return the network that a graph is.

    Raises
    ------
    NotANetworkError
        If it has no layers, or they aren't a chain.

    Examples
    --------
    >>> import nn
    >>> from autograd.show.flow import View
    >>> from autograd.show.network.network_search import find_network
    >>> loss = nn.mse(nn.MLP([2, 3, 1], "tanh", seed=0).scalars()([0.5, -1.0]), [1.0])
    >>> network = find_network(View(loss))
    >>> [(column.path, column.W.shape, column.activation) for column in network.columns]
    [('mlp/layer0', (3, 2), 'tanh'), ('mlp/layer1', (1, 3), '')]
    """
    return _Search(view).network()


class _Layer(NamedTuple):
    """The units that share their inputs, and whence these come."""

    path: str
    x: tuple[int, ...]
    heads: list[int]


class _Search:
    def __init__(self, view: View) -> None:
        self.view, self.nodes, self.parents = view, view.nodes, view.parents
        self.sums = weighted_sums(view)
        if not self.sums:
            raise NotANetworkError(
                "it has no layers: no neuron, affine or matmul whose weights are variables"
            )
        self.consumers = view.only_consumers()
        self.behind = self._behind()
        self.layers = self._layers()
        self.sources = self._all_sources()

    def network(self) -> Network:
        chains = self._chains()
        self.orders = self._orders(chains)
        examples = [[self._call(chain, place) for place in range(len(chain))] for chain in chains]
        places = NodePlaces(self.view, self.sums, examples)
        weights = [self._weights(n) for n in chains[0]]
        columns = tuple(
            self._column(n, place, examples[0][place], places, weights)
            for place, n in enumerate(chains[0])
        )
        return self._with_result(columns, chains, places)

    # What each node depends on ------------------------------------------------------------------

    def _behind(self) -> list[int]:
        """Return, for each node, the one weighted sum that it was computed from."""
        found: list[int] = []
        for k, operands in enumerate(self.parents):
            if k in self.sums:
                found.append(k)
                continue
            sums = {found[p] for p in operands} - {NOTHING}
            array = any(self.nodes[n]._rank for n in (k, *operands))
            mixes = len(sums) > 1 or (sums and array and not self._by_element(k))
            found.append(MANY if mixes else next(iter(sums), NOTHING))
        return found

    def _by_element(self, k: int) -> bool:
        shapes = {self.nodes[p]._data.shape for p in self.parents[k] if self.nodes[p]._rank}
        return isinstance(self.nodes[k].op, Elementwise) and self.nodes[k]._data.shape in shapes

    def _layers(self) -> list[_Layer]:
        groups: defaultdict[tuple[str, tuple[int, ...]], list[int]] = defaultdict(list)
        for k, found in self.sums.items():
            if self.nodes[k]._rank:
                groups[f"{k}", found.x].append(k)  # a tensor's layer is alone
            else:
                groups[layer_path(self.nodes[k].region), found.x].append(k)
        return [
            _Layer(layer_path(self.nodes[heads[0]].region), x, heads)
            for (_, x), heads in groups.items()
            if self._has_numbers(heads[0])
        ]

    def _has_numbers(self, head: int) -> bool:
        if self.sums[head].x and np.size(self.nodes[head]._data):
            return True
        raise NotANetworkError("a layer has no inputs, or was computed for no example")

    def _width(self, heads: list[int]) -> int:
        """Return how many units there are: a tensor's are one node."""
        first, (w, *_) = self.nodes[heads[0]], self.sums[heads[0]].w
        if not first._rank:
            return len(heads)
        return 1 if self.nodes[w]._data.ndim == 1 else int(first._data.shape[-1])

    def _weights(self, n: int) -> tuple[tuple[int, ...], ...]:
        """Return the weights of each unit, the same for all calls of a layer."""
        return tuple(sorted(tuple(sorted(self.sums[head].w)) for head in self.layers[n].heads))

    # What feeds what ----------------------------------------------------------------------------

    def _all_sources(self) -> list[list[Source]]:
        place = {
            head: (n, unit)
            for n, layer in enumerate(self.layers)
            for unit, head in enumerate(layer.heads)
        }
        found = []
        for n, layer in enumerate(self.layers):
            pieces = [piece for x in layer.x for piece in self._pieces(x)]
            found.append([each for k in pieces for each in self._source(k, place)])
            before = {each.layer for each in found[-1]} - {-1}
            if len(before) > 1:
                names = " and ".join(sorted(self._name(m) for m in before))
                raise NotANetworkError(f"{self._name(n)} takes the outputs of {names}")
        return found

    def _pieces(self, x: int) -> list[int]:
        """Return what was joined into a tensor along its last axis, or the node itself."""
        node = self.nodes[x]
        if node.op is None or node.op.name != "concatenate" or self.behind[x] == NOTHING:
            return [x]
        axis = (node.params or {}).get("axis", 0)
        if axis not in (-1, node._data.ndim - 1):
            return [x]
        return [piece for p in self.parents[x] for piece in self._pieces(p)]

    def _source(self, k: int, place: dict[int, tuple[int, int]]) -> list[Source]:
        node, head = self.nodes[k], self.behind[k]
        if head == MANY:
            op = node.op.name if node.op is not None else "a leaf"
            raise NotANetworkError(f"{op} mixes the outputs of several units before the next layer")
        if not node._rank:
            layer, unit = place[head] if head >= 0 else (-1, -1)
            return [Source(k, layer, unit, 0)]
        layer = place[head][0] if head >= 0 else -1
        if head >= 0 and node._data.shape[-1] != self._width([head]):
            raise NotANetworkError("a layer's inputs aren't the units of the one before it")
        return [Source(k, layer, j if head >= 0 else -1, j) for j in range(node._data.shape[-1])]

    def _chains(self) -> list[list[int]]:
        """Return the layers of each example, in order of computation."""
        before = [next((s.layer for s in each if s.layer >= 0), -1) for each in self.sources]
        chains = []
        for last in sorted(set(range(len(self.layers))) - set(before)):
            chain = [last]
            while before[chain[-1]] >= 0:
                chain.append(before[chain[-1]])
            chains.append(chain[::-1])
        used = [n for chain in chains for n in chain]
        first, *others = [[self._weights(n) for n in chain] for chain in chains]
        if len(used) > len(set(used)) or any(other != first for other in others):
            ends = sorted({self._name(chain[-1]) for chain in chains})
            raise NotANetworkError(
                f"its layers aren't one chain: there are {len(chains)}, which end in "
                + " and ".join(ends[:3])
            )
        return chains

    def _name(self, n: int) -> str:
        path = self.layers[n].path
        return (
            clean(path, 40)
            if path
            else f"a layer of {count(self._width(self.layers[n].heads), 'unit')}"
        )

    # One column ---------------------------------------------------------------------------------

    def _orders(self, chains: list[list[int]]) -> dict[int, list[int]]:
        """Return the order of each layer's units: the same in all examples."""
        first = chains[0]
        orders = {n: self._in_order(first, place) for place, n in enumerate(first)}
        for chain in chains[1:]:
            for n, like in zip(chain, first, strict=True):
                units: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
                for j, head in enumerate(self.layers[n].heads):
                    units[tuple(sorted(self.sums[head].w))].append(j)
                heads = [self.layers[like].heads[j] for j in orders[like]]
                orders[n] = [units[tuple(sorted(self.sums[head].w))].pop(0) for head in heads]
        return orders

    def _in_order(self, chain: list[int], place: int) -> list[int]:
        """Return the units in their own order: their numbers, or the order they are used in."""
        heads = self.layers[chain[place]].heads
        numbers = [self._number(head) for head in heads]
        if None not in numbers and len(set(numbers)) == len(numbers):
            return sorted(range(len(heads)), key=lambda j: numbers[j] or 0)
        used = self._used(chain, place)
        rank = {unit: place for place, unit in reversed(list(enumerate(used)))}
        return sorted(range(len(heads)), key=lambda j: rank.get(j, len(heads) + j))

    def _number(self, head: int) -> int | None:
        step = self.nodes[head].region.rpartition("/")[2].removeprefix("neuron")
        return int(step) if step.isdecimal() else None

    def _used(self, chain: list[int], place: int) -> dict[int, int]:
        """Return the units that the next layer takes, and the node that it takes of each."""
        after = self.sources[chain[place + 1]] if place + 1 < len(chain) else []
        return {s.unit: s.node for s in after if s.layer == chain[place]}

    def _call(self, chain: list[int], place: int) -> Call:
        n = chain[place]
        layer, order, used = self.layers[n], self.orders[n], self._used(chain, place)
        heads = [layer.heads[j] for j in order]
        outputs = [used.get(j, self._end(head)) for j, head in zip(order, heads, strict=True)]
        return Call(layer.x, heads, outputs, self.sources[n], order)

    def _column(
        self, n: int, place: int, found: Call, places: NodePlaces, weights: list[Any]
    ) -> Column:
        heads, outputs = found.heads, found.outputs
        call = weights[:place].count(weights[place])
        steps = self._activation(heads[0], outputs[0])
        data = self._read(_data(self.view), heads, outputs, self.sources[n])
        grads = self._read(_grads(self.view), heads, outputs, self.sources[n])
        if data.W is None or data.z is None or data.a is None:  # it can't be: data is never None
            raise NotANetworkError(f"{self._name(n)} has no numbers")
        return Column(
            path=self.layers[n].path or f"layer{place - call}",
            nodes=tuple(heads),
            outputs=tuple(outputs),
            names=tuple(self._input_name(i, s) for i, s in enumerate(self.sources[n])),
            x=np.array(data.x, np.float64),
            W=data.W,
            b=data.b,
            z=data.z,
            a=data.a,
            x_grad=grads.x,
            W_grad=grads.W,
            b_grad=grads.b,
            z_grad=grads.z,
            a_grad=grads.a,
            activation=", ".join(op.name for k in steps if (op := self.nodes[k].op) is not None),
            curve=curve_of([self.nodes[k] for k in steps]),
            slopes=self._slopes(heads, outputs),
            sources=tuple(map(self._place, self.sources[n])),
            call=call,
            calls=weights.count(weights[place]),
            bindings=places.bindings(place, self._width(heads)),
        )

    def _read(
        self, reading: Reading, heads: list[int], outputs: list[int], sources: list[Source]
    ) -> Numbers:
        if self.nodes[heads[0]]._rank:
            ends = heads[0], outputs[0]
            return tensor_numbers(reading, self.sums[heads[0]], ends, self._width(heads), sources)
        return scalar_numbers(reading, [self.sums[k] for k in heads], heads, outputs, sources)

    def _end(self, head: int) -> int:
        """Return the activation of a unit that no layer takes: what its region does to it alone."""
        at, region = head, self.nodes[head].region
        while (after := self.consumers[at]) >= 0:
            node = self.nodes[after]
            alone = len(self.parents[after]) == 1 and isinstance(node.op, Elementwise)
            if not alone or node.region != region:
                break
            if not region and (at != head or node.op not in ACTIVATIONS):
                break  # no region says where the unit ends
            at = after
        return at

    def _activation(self, head: int, output: int) -> list[int]:
        """Return the operations from a sum to its activation, in order."""
        steps = []
        waiting = [output]
        while waiting:
            k = waiting.pop()
            if k == head or k in steps:
                continue
            if self.behind[k] == head:
                steps.append(k)
                waiting += self.parents[k]
            elif self.parents[k] or any(k in layer.x for layer in self.layers):
                raise NotANetworkError("something passes by a layer, as in a residual network")
        return sorted(steps)

    def _slopes(self, heads: list[int], outputs: list[int]) -> Floats | None:
        found = [slope_between(self.view, *ends) for ends in zip(heads, outputs, strict=True)]
        if any(slope is None for slope in found):
            return None
        slopes = np.array(found, np.float64).reshape(len(heads), -1)
        return slopes.ravel()[: self._width(heads)]

    def _place(self, source: Source) -> int:
        if source.layer < 0 or self.nodes[source.node]._rank:
            return source.unit
        return self.orders[source.layer].index(source.unit)

    def _input_name(self, i: int, source: Source) -> str:
        """Return the name of an input: its label, or x and its place."""
        label = clean(self.nodes[source.node].label, 24)
        if self.nodes[source.node]._rank and label:
            return f"{label}[{source.element}]"
        return label or f"x{i}"

    # What comes after ---------------------------------------------------------------------------

    def _with_result(
        self, columns: tuple[Column, ...], chains: list[list[int]], places: NodePlaces
    ) -> Network:
        root = len(self.nodes) - 1
        ends = {self._end(head) for chain in chains for head in self.layers[chain[-1]].heads}
        after = self._computed_from(ends)
        if other := sorted({op.name for k in after if (op := self.nodes[k].op)} & PRODUCTS):
            raise NotANetworkError(f"{other[0]} comes after the last layer, and is none")
        node = self.nodes[root]
        last = columns[-1]
        rows = (
            np.size(self.nodes[last.nodes[0]]._data) // len(last.z) if len(last.nodes) == 1 else 1
        )
        return Network(
            columns=columns,
            examples=len(chains) * rows,
            nodes=len(self.nodes),
            root=None if root in ends else root,
            result=self._result_name(root),
            value=_one_number(node._data),
            grad=_one_number(self.view.grads[root]),
            after=len(after),
            rest=places.rest(),
            last=places.last(len(last.a)),
        )

    def _computed_from(self, ends: set[int]) -> set[int]:
        """Return the operations that come after these nodes."""
        reached = set(ends)
        for k, operands in enumerate(self.parents):
            if any(p in reached for p in operands):
                reached.add(k)
        return reached - ends

    def _result_name(self, root: int) -> str:
        node = self.nodes[root]
        op = node.op.name if node.op is not None else ""
        return clean(node.label or node.region.rpartition("/")[2] or op, 24)


def _data(view: View) -> Reading:
    return Reading(lambda k: view.nodes[k]._data, total)


def _grads(view: View) -> Reading:
    return Reading(lambda k: view.grads[k], first)


def _one_number(x: Any) -> float | None:
    """Return the one real number that something is; None if it is none, or many."""
    if x is None or np.size(x) != 1 or np.iscomplexobj(x):
        return None
    return float(np.asarray(x).item())
