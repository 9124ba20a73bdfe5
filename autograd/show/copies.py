"""Counts the copies of a part of a graph: a neuron has 100 in a batch of 100 examples."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from autograd.reading.numbered_graph import NumberedGraph


def count_copies(graph: NumberedGraph, members: Sequence[int]) -> int:
    """Return how many copies of one subgraph some nodes are; 1 if they aren't copies.

    A copy is connected by its operations. Copies may share leaves, such as weights.
    """
    piece: dict[int, int] = {}  # a forest: each operation's way to the first of its piece
    for k in members:
        if graph.parents[k]:
            piece[k] = k
            for p in graph.parents[k]:
                if p in piece:
                    piece[_first(piece, p)] = k
    ops: defaultdict[int, Counter[object]] = defaultdict(Counter)
    for k in piece:
        ops[_first(piece, k)][graph.nodes[k].op] += 1
    first, *others = list(ops.values()) or [Counter()]
    return len(ops) if others and all(each == first for each in others) else 1


def _first(piece: dict[int, int], k: int) -> int:
    while piece[k] != k:
        piece[k] = k = piece[piece[k]]
    return k
