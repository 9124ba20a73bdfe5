"""Rolling: what a loop made over and over is found without a name, and drawn once.

The terms of a loss, one for each example of a batch, are pieces of the graph that hang together
only where they are added up. Going through the graph from the leaves on, pieces are joined at each
operation; those that meet there and are made by the same operations, of the same shared leaves, are
like each other, and so are their first operations, their second ones, and so on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from autograd.reading.formatting import settings
from autograd.reading.numbered_graph import Wiring

Rolls = dict[int, tuple[int, int]]  # a node: the first of the first piece like its, and its place


def rolls(wiring: Wiring, ends: Sequence[int], outside: Callable[[int], Hashable]) -> Rolls:
    """Return the places of the nodes of like pieces: of operations, and of leaves of their own.

    Parameters
    ----------
    wiring : Wiring
        The graph.
    ends : sequence of int
        The last node of the run that each node is in: a chain of additions is one sum.
    outside : callable
        What a node is that no piece may have inside, such as a region; None if a piece may.
    """
    return _Pieces(wiring, ends, outside).found


class _Pieces:
    """A forest of the operations that hang together so far."""

    def __init__(
        self, wiring: Wiring, ends: Sequence[int], outside: Callable[[int], Hashable]
    ) -> None:
        self.nodes, self.parents, self.outside = wiring.nodes, wiring.parents, outside
        self.users = _users(wiring)
        self.found: Rolls = {}
        self.piece: dict[int, list[int]] = {}  # the operations of an operation's piece
        runs: defaultdict[int, list[int]] = defaultdict(list)
        for k, operands in enumerate(self.parents):
            if operands and outside(k) is None:
                runs[ends[k]].append(k)
        for end, run in sorted(runs.items()):
            self._join(end, run)

    def _join(self, end: int, run: list[int]) -> None:
        """Join the pieces that meet in a run of operations, and roll those that are alike."""
        meeting: dict[int, list[int]] = {}
        for k in run:
            for p in self.parents[k]:
                if p in self.piece:
                    meeting[id(self.piece[p])] = self.piece[p]
        pieces = list(meeting.values())
        self._roll(end, pieces)
        whole = max(pieces, key=len, default=[])
        for piece in pieces:
            if piece is not whole:
                whole += piece
                self.piece.update(dict.fromkeys(piece, whole))
        whole += run
        self.piece.update(dict.fromkeys(run, whole))

    def _roll(self, end: int, pieces: list[list[int]]) -> None:
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


def _users(wiring: Wiring) -> dict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for k, operands in enumerate(wiring.parents):
        for p in operands:
            if not wiring.parents[p]:
                found[p].append(k)
    return found
