"""From torch's graph to ours: follows ``grad_fn.next_functions`` from a tensor to the leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from autograd.bridges.torch.aten_ops import second_opinion
from autograd.bridges.torch.checkpoints import Recomputed, is_reentrant
from autograd.bridges.torch.makers import edges_of, maker_of, scope_of
from autograd.bridges.torch.names import Names
from autograd.bridges.torch.node_tensors import NodeTensors
from autograd.bridges.torch.tensor_numbers import dtype_of, without_modes
from autograd.bridges.torch.torch_lines import source_of
from autograd.bridges.torch.torch_pullback import Pullback, refuse_freed
from autograd.bridges.torch.trace import Edge, Kept, Trace, edge_of
from autograd.node.mode import Note
from autograd.node.node import Node
from autograd.numbers.kinds import Array
from autograd.numbers.unknown import unknown
from autograd.numbers.words import with_article
from autograd.values.recorded_node import recorded
from autograd.values.tensor import Tensor

_IN_PLACE = "changed_in_place"  # the name of what torch's graph doesn't know of


class Graph:
    """The nodes made so far of what one recording saw; those that somebody holds are shared."""

    def __init__(self, trace: Trace, names: Names) -> None:
        self._trace = trace
        self._names = names
        # Of variables by edge, and how often changed if not as made; of constants by tensor.
        self._nodes: dict[Any, Node] = {}
        self._tensors = NodeTensors()
        self._checkpoints: dict[Any, Recomputed] = {}

    def open(self, tensor: Any) -> Node:
        """Return the graph of a tensor that the program computed, or the leaf of one it used."""
        self._trace.index()
        edge = self._checked(tensor)
        if edge[1] < 0:
            if edge not in self._nodes:
                with without_modes():
                    self._nodes[edge] = self._made(edge, ())
            return self._nodes[edge]
        if edge not in self._trace.by_edge:  # a view that nothing used
            self._trace.keep(tensor)
        with without_modes():
            passes: dict[Any, list[Edge | None]] = {}
            order = self._order(edge, passes)
            refuse_freed(node for node, _ in reversed(order) if not self._is_hooked(node))
            for each in order:
                self._nodes[each] = self._made(each, passes.get(each[0], ()))
            root = self._as_used(self._trace.keep(tensor), edge)
        self._tensors[root] = tensor
        return root

    def _checked(self, tensor: Any) -> Edge:
        if not isinstance(tensor, torch.Tensor):
            raise TypeError(f"rec[...] takes a torch.Tensor, got {with_article(tensor)}")
        shape = tuple(tensor.shape)
        edge = edge_of(tensor)
        if edge is None:
            raise ValueError(
                f"the tensor of shape {shape} has no grad_fn, so that no graph leads to it: was it "
                "computed under no_grad(), detached, or from constants alone?"
            )
        if edge[1] < 0:
            if edge not in self._trace.by_edge:
                raise ValueError(
                    f"the tensor of shape {shape} is a leaf, and nothing that was computed inside "
                    "this with block used it"
                )
            return edge
        number, trace = edge[0]._sequence_nr(), self._trace
        if number < trace.begins or (trace.ends is not None and number >= trace.ends):
            raise ValueError(
                f"the tensor of shape {shape} ({edge[0].name()}) wasn't computed inside this "
                "with block: compute it there, the loss too"
            )
        return edge

    def _order(self, root: Edge, passes: dict[Any, list[Edge | None]]) -> list[Edge]:
        """Return the variables that one was computed from and that have no node yet.

        Each comes after its operands. ``passes`` gets what each node of torch's passes to.
        """
        order: list[Edge] = []
        done: set[Edge] = set(self._nodes)
        stack = [(root, False)]
        while stack:
            edge, is_ready = stack.pop()
            if is_ready:
                order.append(edge)
            elif edge not in done:
                done.add(edge)
                stack.append((edge, True))
                if edge[1] >= 0:
                    before = passes.get(edge[0])
                    if before is None:
                        before = passes[edge[0]] = self._passes(edge[0])
                    stack.extend([(each, False) for each in reversed(before) if each is not None])
        return order

    def _passes(self, node: Any) -> list[Edge | None]:
        """Return the variables that a node of torch's passes to: those of a checkpoint, too."""
        edges = edges_of(node, self._trace)
        if is_reentrant(node):
            if node not in self._checkpoints:
                modules = self._names.modules_around(scope_of(node, self._trace))
                self._checkpoints[node] = Recomputed(node, modules)
            leaves = self._checkpoints[node].leaves
            edges.extend(self._trace.edge_of_leaf(leaf) for leaf in leaves)
        return edges

    def _is_hooked(self, node: Any) -> bool:
        """Whether to read what a node saved would run code of others, as inside a checkpoint."""
        return isinstance(node, int) or any(
            self._trace.seen[k].is_hooked for k in self._trace.candidates(node)
        )

    # One node ------------------------------------------------------------------------------------

    def _made(self, edge: Edge, passes: Sequence[Edge | None]) -> Node:
        node, output_nr = edge
        kept = self._trace.by_edge.get(edge)
        if output_nr < 0 and kept:
            return self._leaf(kept[0], requires_grad=True)
        maker = maker_of(node, output_nr, passes, self._trace)
        operation, scope = maker.operation, maker.seen and maker.seen.scope
        source, code = source_of(maker.seen, operation.function)
        try:
            parents = list(map(self._operand, maker.operands, maker.slots))
            data = _data(kept[0]) if kept else _unknown_output(node, output_nr)
        except (TypeError, ValueError) as error:
            where = source or "an unknown line"
            raise type(error)(f"{operation.name} at {where}: {error}") from None
        disturbs = maker.seen is not None and (maker.seen.is_hooked or node in self._checkpoints)
        pullback = Pullback(
            node,
            output_nr,
            operation,
            maker.slots,
            source,
            self._tensors,
            maker.plain,
            self._checkpoints.get(node),
            self._names.modules_around(scope) if disturbs else None,
        )
        return recorded(
            operation.name,
            parents,
            data,
            pullback,
            settings=maker.settings,
            ours=second_opinion(operation, maker.plain),
            region=self._names.region(scope),
            source=source,
            code=code,
        )

    def _operand(self, operand: Kept | Edge, slot: int | None) -> Node:
        if not isinstance(operand, Kept):
            return self._nodes[operand]
        if slot is not None:
            return self._as_used(operand, operand.edge)
        key = id(operand.tensor), operand.version, None
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = self._leaf(operand, requires_grad=False)
        return node

    def _leaf(self, kept: Kept, *, requires_grad: bool) -> Node:
        leaf = Tensor(_data(kept), requires_grad=requires_grad)
        if label := self._names.label(kept.tensor):
            leaf.note = Note(label)
        self._tensors[leaf] = kept.tensor
        return leaf

    def _as_used(self, kept: Kept, edge: Any) -> Node:
        """Return the node of a variable with the numbers that it had when it was used.

        Under ``no_grad()`` they are changed in place without a trace in torch's graph, which passes
        gradients as if nothing had happened.
        """
        node, first = self._nodes[edge], self._trace.by_edge[edge][0]
        if kept.version == first.version:
            return node
        before, after = first.numbers(), kept.numbers()
        if before is not None and after is not None and _equal(before, after):
            return node
        key = (edge, kept.version)
        if key not in self._nodes:
            self._nodes[key] = recorded(_IN_PLACE, [node], _data(kept), _passes_all)
        return self._nodes[key]


def _data(kept: Kept) -> Array:
    numbers = kept.numbers()
    if numbers is None:
        return unknown(tuple(kept.tensor.shape), dtype_of(kept.tensor.dtype))
    return numbers


def _unknown_output(node: Any, output_nr: int) -> Array:
    of = node._input_metadata[output_nr]
    return unknown(tuple(of.shape), dtype_of(of.dtype))


def _equal(x: Array, y: Array) -> bool:
    return x.shape == y.shape and bool(np.array_equal(x, y, equal_nan=True))


def _passes_all(cotangent: Any) -> Sequence[Any]:
    return [cotangent]
