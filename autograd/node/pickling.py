"""Copies and pickles of graphs, made without recursion; shared nodes stay shared.

A leaf is pickled by itself. Interior nodes are pickled by the graph: a ``Snapshot`` holds all
those that one of them was computed from. A second root pickled in the same ``dumps`` refers to
the snapshot of the first, which the pickler keeps alive: so in ``pickle.dumps([h, loss])``, ``h``
is still the node inside the graph of ``loss``.

A pickle names the modules of what it holds (a class of node, ``Note``, the registry, this file) and
is read by a version that has them: to keep a model, save a checkpoint. Classes that say they are of
``autograd`` would mend one name of four, and hide where they are from ``inspect.getsource`` and
from doctest.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import deepcopy
from typing import Any
from weakref import ref

from autograd.node.mode import current_mode
from autograd.node.node import Node

_new = object.__new__
_SLOTS = tuple(name for name in Node.__slots__ if name != "__weakref__")
_PARENTS = ("_a", "_b")


def shallow_copy(node: Node) -> Node:
    """Return another node with the same data, history and ``grad``."""
    _not_in_a_recording()
    made = _new(type(node))
    for name, attribute in _attributes(node).items():
        setattr(made, name, attribute)
    return made


def deep_copy(node: Node, memo: dict[int, Any]) -> Node:
    """Return a copy of ``node`` and of the whole graph that it was computed from."""
    _not_in_a_recording()
    nodes = [found for found in _reachable(node) if id(found) not in memo]
    for found in nodes:
        memo[id(found)] = _new(type(found))
    for found in nodes:
        made = memo[id(found)]
        for name, attribute in _attributes(found).items():
            setattr(made, name, _deep(name, attribute, memo))
    copied: Node = memo[id(node)]
    return copied


def _not_in_a_recording() -> None:
    if (tracer := current_mode().tracer) is not None:
        tracer.refuse("a copy of a node", "use the node itself, or x.detach()")


def _attributes(node: Node) -> dict[str, Any]:
    """Return a node's attributes, with those that a user's subclass of a leaf adds."""
    state: tuple[dict[str, Any] | None, dict[str, Any]] = object.__getstate__(node)  # type: ignore[assignment]
    own, slots = state
    return {**slots, **(own or {})}


def _reachable(node: Node) -> list[Node]:
    found = {node: None}
    stack = [node]
    while stack:
        at = stack.pop()
        new = [parent for parent in at.parents if parent not in found]
        found.update(dict.fromkeys(new))
        stack.extend(new)
    return list(found)


def _deep(name: str, attribute: Any, memo: dict[int, Any]) -> Any:
    if attribute is None or type(attribute) is float or name in ("op", "note"):
        return attribute
    if name in _PARENTS:
        return _translated(attribute, lambda parent: memo[id(parent)], memo)
    return deepcopy(attribute, memo)


def _translated(parents: Any, translate: Callable[[Any], Any], made: dict[int, Any]) -> Any:
    """Translate what is in an operand slot: a parent, or a row of them, which nodes may share."""
    if type(parents) is not tuple:
        return translate(parents)
    if id(parents) not in made:
        made[id(parents)] = tuple(map(translate, parents))
    return made[id(parents)]


class Snapshot:
    """The interior nodes that one was computed from, but for those in a snapshot still alive.

    Pickled, it is made in two steps, empty nodes first, because a leaf's ``grad`` may be a node
    that depends on the leaf.
    """

    __slots__ = ("__weakref__", "index", "nodes", "owners")

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes
        self.index: dict[Node, int] = {}
        self.owners: dict[Node, ref[Snapshot]] = {}

    @classmethod
    def take(cls, root: Node, owners: dict[Node, ref[Snapshot]]) -> Snapshot:
        """Collect the nodes below ``root`` and enter them in ``owners`` for as long as it lives."""
        index = {root: 0}
        nodes = [root]
        for node in nodes:  # which grows
            for parent in node.parents:
                if parent.op is not None and parent not in index and parent not in owners:
                    index[parent] = len(nodes)
                    nodes.append(parent)
        snapshot = cls(nodes)
        snapshot.index, snapshot.owners = index, owners
        owners.update(dict.fromkeys(index, ref(snapshot)))
        return snapshot

    def __del__(self) -> None:
        for node in self.index:
            self.owners.pop(node, None)

    def __reduce__(self) -> tuple[Any, ...]:
        columns = {name: [getattr(n, name) for n in self.nodes] for name in _SLOTS}
        made: dict[int, Any] = {}
        for name in _PARENTS:
            columns[name] = [_translated(p, self._number, made) for p in columns[name]]
        return _empty, ([type(n) for n in self.nodes],), columns

    def _number(self, parent: Any) -> Any:
        """Return a parent's place in this snapshot; itself, if it is pickled on its own."""
        return self.index.get(parent, parent)

    def _parent(self, number: Any) -> Any:
        return self.nodes[number] if type(number) is int else number

    def __setstate__(self, columns: dict[str, list[Any]]) -> None:
        made: dict[int, Any] = {}
        for name in _PARENTS:
            columns[name] = [_translated(n, self._parent, made) for n in columns[name]]
        for name, column in columns.items():
            for node, attribute in zip(self.nodes, column, strict=True):
                setattr(node, name, attribute)


def reduced(node: Node) -> tuple[Any, ...]:
    """Return an interior node's form in a pickle: its snapshot, and its place there."""
    owners = _this_thread.owners
    alive = owners.get(node)
    snapshot = (alive and alive()) or Snapshot.take(node, owners)
    return _pick, (snapshot, snapshot.index[node])


class _Alive(threading.local):
    """The nodes that are in a snapshot; forgotten when the pickler that holds it is done."""

    def __init__(self) -> None:
        self.owners: dict[Node, ref[Snapshot]] = {}


_this_thread = _Alive()


def _empty(classes: list[type[Node]]) -> Snapshot:
    return Snapshot([_new(cls) for cls in classes])


def _pick(snapshot: Snapshot, k: int) -> Node:
    return snapshot.nodes[k]
