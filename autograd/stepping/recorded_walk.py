"""The walk behind ``steps``: its results, of which each event is made when it is read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import chain, compress
from typing import Any

import numpy as np

from autograd.node.mode import Note
from autograd.node.node import Node, raw
from autograd.numbers.kinds import quiet
from autograd.numbers.readonly import read_only
from autograd.ops.scalars import Scattered
from autograd.reading import formatting
from autograd.reading.leaf_paths import leaf_paths
from autograd.reading.numbered_graph import NumberedGraph, partials
from autograd.stepping.events import Event, Kind, NodeRecord, Phase
from autograd.walk.reverse import accumulate, contributions

_NOTHING_SAID = Note()


class RecordedWalk:
    """The results of one walk; each event is made of them when it is read.

    The walk gives the cotangent of every node. What each passes on follows from that, the numbers
    that the node was computed from and its op, none of which change any more.
    """

    def __init__(self, root: Node, seed: Any) -> None:
        graph = NumberedGraph(root)
        self.nodes, self.parents = graph.nodes, graph.parents
        self.index = {node: k for k, node in enumerate(self.nodes)}
        self.data = [node._data for node in self.nodes]
        self.notes = [node.note or _NOTHING_SAID for node in self.nodes]
        self.order = [node for node in self.nodes if node.op is not None]
        self.made: list[NodeRecord | None] = [None] * len(self.nodes)
        self.locals: tuple[Node | None, Sequence[Any]] = (None, ())
        self.cotangents = accumulate(self.order, {root: seed})
        self.seed = seed
        self.old = {
            leaf: _kept(leaf.grad)
            for leaf in self.cotangents
            if leaf.op is None and leaf.grad is not None
        }
        self.leaves = list(self.old)
        self.passing = self._passing()
        self.count = len(self.order) + 1 + self.passing + len(self.leaves)

    def _passing(self) -> int:
        """Return how many contributions there are."""
        reached = [node in self.cotangents for node in self.nodes]
        used = chain.from_iterable(compress(self.parents, reached))
        return sum(map(reached.__getitem__, used))

    @cached_property
    @quiet
    def passed(self) -> tuple[list[Any], ...]:
        """All contributions in the order of the walk, in columns.

        They are node, slot, operand, contribution, and the operand's gradient before and after.
        """
        columns: tuple[list[Any], ...] = tuple([] for _ in range(6))
        nodes, slots, operands, fitted, befores, afters = columns
        totals: dict[Node, Any] = {self.nodes[-1]: self.seed}
        for node in reversed(self.order):
            if node not in self.cotangents:
                continue
            passed = contributions(node, self.cotangents[node], node.operands)
            for slot, (parent, contribution) in enumerate(zip(node.parents, passed, strict=True)):
                if parent in self.cotangents:
                    own = parent._unbroadcast(contribution)
                    before = totals.get(parent)
                    totals[parent] = after = own if before is None else before + own
                    nodes.append(node)
                    slots.append(slot)
                    operands.append(parent)
                    fitted.append(own)
                    befores.append(before)
                    afters.append(after)
        return columns

    def node(self, k: int) -> NodeRecord:
        found = self.made[k]
        if found is None:
            found = self.made[k] = self._node(k)
        return found

    def _node(self, k: int) -> NodeRecord:
        node, note, op = self.nodes[k], self.notes[k], self.nodes[k].op
        return NodeRecord(
            k,
            self.name(k),
            label=note.label,
            op=op.name if op else "",
            symbol=formatting.symbol(op, node.params),
            settings=formatting.shown(node.params),
            made_by=op,
            region=note.region,
            source=note.source,
            code=note.code,
            requires_grad=node.requires_grad,
            data=_shown(self.data[k]),
            shape=self.data[k].shape if node._rank else None,
            operands=self.parents[k],
            operand_names=tuple(map(self.name, self.parents[k])),
            values=tuple(map(_shown, node.operands)),
            old_grad=_shown(self.old.get(node)),
        )

    @cached_property
    def paths(self) -> dict[int, str]:
        """The names of leaves whose labels others have too."""
        return leaf_paths(self.nodes, self.parents)

    def name(self, k: int) -> str:
        node, note = self.nodes[k], self.notes[k]
        if note.label:
            return formatting.clean(self.paths.get(k, note.label))
        plain = node.op is None and not node.requires_grad and not node._rank
        return formatting.number(self.data[k]) if plain else f"v{k}"

    def event(self, place: int) -> Event:
        """Return the event at a place, counted from 0."""
        position = place + 1, self.count
        root = self.node(len(self.nodes) - 1)
        if place < len(self.order):
            node = self.node(self.index[self.order[place]])
            return Event(*position, Phase.FORWARD, Kind.COMPUTE, node, root, node)
        place -= len(self.order)
        if place == 0:
            seed = _shown(self.seed)
            seeded = {"contribution": seed, "after": seed}
            return Event(*position, Phase.BACKWARD, Kind.SEED, root, root, root, **seeded)
        if place <= self.passing:
            return self._contribution(position, root, *(c[place - 1] for c in self.passed))
        leaf = self.leaves[place - 1 - self.passing]
        old, total = self.old[leaf], self.cotangents[leaf]
        record = self.node(self.index[leaf])
        return Event(
            *position,
            Phase.BACKWARD,
            Kind.ACCUMULATE,
            record,
            root,
            record,
            contribution=_shown(total),
            before=_shown(old),
            after=_shown(old + total),
        )

    def _contribution(
        self, position: tuple[int, int], root: NodeRecord, node: Node, slot: int, *amounts: Any
    ) -> Event:
        parent, contribution, before, after = amounts
        return Event(
            *position,
            Phase.BACKWARD,
            Kind.CONTRIBUTE,
            self.node(self.index[node]),
            root,
            self.node(self.index[parent]),
            slot=slot,
            upstream=_shown(self.cotangents[node]),
            local=_shown(self._local(node)[slot]),
            contribution=_shown(contribution),
            before=_shown(before),
            after=_shown(after),
        )

    def _local(self, node: Node) -> Sequence[Any]:
        if self.locals[0] is not node:
            self.locals = node, partials(node)
        return self.locals[1]


def _kept(grad: Any) -> Any:
    """Return a ``.grad`` that a user may change in place, as it is now."""
    found = raw(grad)
    return found.copy() if isinstance(found, np.ndarray) else found


def _shown(x: Any) -> Any:
    """Return a number, or an array that can't be written to."""
    if isinstance(x, (Scattered, np.generic)):
        x = np.asarray(x)
    return read_only(x) if isinstance(x, np.ndarray) else x
