"""A graph whose nodes have numbers: drawings, steps and paths refer to nodes by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.node.node import Node
from autograd.numbers.kinds import quiet
from autograd.reading.leaf_paths import leaf_paths
from autograd.rules.op import Elementwise
from autograd.rules.recorded_op import Recorded
from autograd.walk.order import topological_order
from autograd.walk.reverse import contributions


class NumberedGraph:
    """The nodes that some roots were computed from, in topological order, with numbers.

    Attributes
    ----------
    nodes : list of Node
        All of them, leaves too, each after its operands; a single root is the last.
    parents : list of tuple of int
        The numbers of each node's operands, in order and with repeats.
    roots : frozenset of int
        The numbers of the roots.
    """

    __slots__ = ("_paths", "nodes", "parents", "roots")

    def __init__(self, *roots: Node) -> None:
        nodes: list[Node] = []
        parents: list[tuple[int, ...]] = []
        numbered: dict[Node, int] = {}
        for node in [*topological_order(*roots), *(root for root in roots if root.op is None)]:
            if node in numbered:  # a root that is a leaf, and was met as an operand
                continue
            operands = node.parents
            for parent in operands:
                if parent not in numbered:  # a leaf, met for the first time
                    numbered[parent] = len(nodes)
                    nodes.append(parent)
                    parents.append(())
            numbered[node] = len(nodes)
            nodes.append(node)
            parents.append(tuple([numbered[p] for p in operands]))
        self.nodes = nodes
        self.parents = parents
        self.roots = frozenset(numbered[root] for root in roots)
        self._paths: dict[int, str] | None = None

    def label(self, k: int) -> str:
        """Return a node's label: of a leaf whose label others have too, with its layer's name."""
        label = self.nodes[k].label
        if not label:
            return ""
        if self._paths is None:
            self._paths = leaf_paths(self.nodes, self.parents)
        return self._paths.get(k, label)

    def only_consumers(self) -> list[int]:
        """Return, for each node, the one node that it feeds; -1 where there are none or many."""
        found = [-1] * len(self.nodes)
        many = [False] * len(self.nodes)
        for k, operands in enumerate(self.parents):
            for p in operands:
                many[p] |= found[p] not in (-1, k)
                found[p] = k
        return [-1 if m else k for k, m in zip(found, many, strict=True)]


def local_derivatives(node: Node) -> Sequence[Any]:
    """Return ∂node/∂operand for each operand slot, by the op's own rule at the operands it had.

    It is None where either side is an array: such a derivative is a matrix, or more. So it is where
    another engine's pullback stayed behind.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.reading.numbered_graph import local_derivatives
    >>> list(local_derivatives(Value(3.0) * Value(4.0)))
    [4.0, 3.0]
    """
    return _of_floats(node) or _of_any(node)


def _of_floats(node: Node) -> Sequence[Any]:
    """Return local derivatives of the commonest nodes, as the fast walk does; none of others."""
    op, operands, z = node.op, node.operands, node._data
    if not (isinstance(op, Elementwise) and {*map(type, (z, *operands))} == {float}):
        return ()
    try:
        found: Sequence[Any] = op.vjp(1.0, *operands, z, **(node.params or {}))
    except (ArithmeticError, TypeError, ValueError):
        return ()
    return found if all(type(each) is float and each == each for each in found) else ()


@quiet
def _of_any(node: Node) -> Sequence[Any]:
    parents = node.parents
    behind = isinstance(node.op, Recorded) and node.op.pullback is None
    if behind or node._rank or any(p._rank for p in parents):
        return [None] * len(parents)
    one = type(node._data)(1)
    passed = contributions(node, one, node.operands)
    return [parent._unbroadcast(each) for parent, each in zip(parents, passed, strict=True)]


@quiet
def partials(node: Node) -> Sequence[Any]:
    """Return ∂node/∂operand for each slot; of an elementwise op on tensors, by element."""
    if node._rank and isinstance(node.op, Elementwise):
        return contributions(node, np.ones_like(node._data), node.operands)
    return local_derivatives(node)
