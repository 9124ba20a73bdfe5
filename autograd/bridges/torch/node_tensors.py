"""The tensors that nodes are: a dictionary by nodes that keeps none of them alive."""

from __future__ import annotations

from typing import Any
from weakref import ref

from autograd.node.node import Node


class NodeTensors:
    """A weak dictionary from nodes to tensors.

    ``weakref.WeakKeyDictionary`` compares its keys, and nodes are equal by their numbers.
    """

    def __init__(self) -> None:
        self._found: dict[int, tuple[ref[Node], Any]] = {}

    def __setitem__(self, node: Node, tensor: Any) -> None:
        key, found = id(node), self._found
        self._found[key] = ref(node, lambda _: found.pop(key, None)), tensor

    def __getitem__(self, node: Node) -> Any:
        if node not in self:
            raise KeyError(node)
        return self._found[id(node)][1]

    def __contains__(self, node: Node) -> bool:
        found = self._found.get(id(node))
        return found is not None and found[0]() is node
