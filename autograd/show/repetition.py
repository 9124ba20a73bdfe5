"""Finds repeated pieces of a graph, such as a loop makes, so that they can be drawn once.

A loss has one term for each example of a batch. The terms are connected only where they are added
up. The search goes from the leaves to the root, and joins the pieces that meet at each operation.
Pieces that meet are alike if they have the same operations on the same shared leaves. Then their
first operations share a box, their second operations share another, and so on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from autograd.reading.formatting import settings
from autograd.reading.numbered_graph import NumberedGraph

Places = dict[int, tuple[int, int]]  # a node: the first of the first piece like its, and its place


def repeated_pieces(
    graph: NumberedGraph, ends: Sequence[int], outside: Callable[[int], Hashable]
) -> Places:
    """Return the places of the nodes in repeated pieces: operations, and leaves that no other has.

    Parameters
    ----------
    graph : NumberedGraph
        The graph.
    ends : sequence of int
        The last node of the run that each node is in: a chain of additions is one sum.
    outside : callable
        What a node is that no piece may have inside, such as a region; None if a piece may.
    """
    return _Pieces(graph, ends, outside).found


class _Pieces:
    """A forest of the operations that hang together so far."""

    def __init__(
        self, graph: NumberedGraph, ends: Sequence[int], outside: Callable[[int], Hashable]
    ) -> None:
        self.nodes, self.parents, self.outside = graph.nodes, graph.parents, outside
        self.users = _users(graph)
        self.found: Places = {}
        self.piece: dict[int, list[int]] = {}  # the operations of an operation's piece
        runs: defaultdict[int, list[int]] = defaultdict(list)
        for k, operands in enumerate(self.parents):
            if operands and outside(k) is None:
                runs[ends[k]].append(k)
        for end, run in sorted(runs.items()):
            self._join(end, run)

    def _join(self, end: int, run: list[int]) -> None:
        """Match the pieces that meet in a run of operations, and join them."""
        meeting: dict[int, list[int]] = {}
        for k in run:
            for p in self.parents[k]:
                if p in self.piece:
                    meeting[id(self.piece[p])] = self.piece[p]
        pieces = list(meeting.values())
        self._match(end, pieces)
        whole = max(pieces, key=len, default=[])
        for piece in pieces:
            if piece is not whole:
                whole += piece
                self.piece.update(dict.fromkeys(piece, whole))
        whole += run
        self.piece.update(dict.fromkeys(run, whole))

    def _match(self, end: int, pieces: list[list[int]]) -> None:
        """Only pieces of one size are compared: so each operation is at most log₂ n times."""
        by_size: defaultdict[int, list[list[int]]] = defaultdict(list)
        for piece in pieces:
            by_size[len(piece)].append(piece)
        for same_size in by_size.values():
            alike: defaultdict[Hashable, list[list[int]]] = defaultdict(list)
            for piece in same_size if len(same_size) > 1 else ():
                piece.sort()
                form, own = self._form(piece)
                alike[form].append([*piece, *own])
            for pieces_alike in alike.values():
                if len(pieces_alike) > 1:
                    first = pieces_alike[0][0]
                    for whole in pieces_alike:
                        self.found.update((k, (first, place)) for place, k in enumerate(whole))

    def _form(self, piece: list[int]) -> tuple[Hashable, Iterable[int]]:
        """Return what an ascending piece has in common with those like it, and its own leaves."""
        place = {k: n for n, k in enumerate(piece)}
        own: dict[int, int] = {}
        form: list[Hashable] = []
        for k in piece:
            node = self.nodes[k]
            form += [node.op, settings(node.params), len(self.parents[k])]
            for p in self.parents[k]:
                if p in place:
                    form.append(place[p])
                elif self._is_shared(p, place):
                    where = self.outside(p)
                    form.append(("shared", p) if where is None else where)
                else:
                    form.append(("own", own.setdefault(p, len(own)), self.nodes[p].requires_grad))
        return tuple(form), own

    def _is_shared(self, p: int, place: dict[int, int]) -> bool:
        """Whether an operand that isn't in a piece is used by others too."""
        return self.parents[p] != () or any(user not in place for user in self.users.get(p, ()))


def _users(graph: NumberedGraph) -> dict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for k, operands in enumerate(graph.parents):
        for p in operands:
            if not graph.parents[p]:
                found[p].append(k)
    return found
