"""How often a part of a graph was run: a neuron of a batch of 100 examples has 100 like pieces."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from autograd.reading.numbered_graph import Wiring


def repeats(wiring: Wiring, members: Sequence[int]) -> int:
    """Return of how many pieces with the same operations some nodes are; 1 if they aren't.

    Pieces hang together by their operations: leaves, such as weights, may be shared between them.
    """
    piece: dict[int, int] = {}  # a forest: each operation's way to the first of its piece
    for k in members:
        if wiring.parents[k]:
            piece[k] = k
            for p in wiring.parents[k]:
                if p in piece:
                    piece[_first(piece, p)] = k
    ops: defaultdict[int, Counter[object]] = defaultdict(Counter)
    for k in piece:
        ops[_first(piece, k)][wiring.nodes[k].op] += 1
    first, *others = list(ops.values()) or [Counter()]
    return len(ops) if others and all(each == first for each in others) else 1


def _first(piece: dict[int, int], k: int) -> int:
    while piece[k] != k:
        piece[k] = k = piece[piece[k]]
    return k
