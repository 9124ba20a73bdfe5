"""Topological order: all nodes that a result was computed from, parents before children.

Nothing here recurses, so a chain of a million nodes is as safe as one of ten.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from autograd.node.node import Node


def topological_order(*roots: Node, stop: Collection[Node] = ()) -> list[Node]:
    """Return the interior nodes that the roots were computed from, parents before children.

    It is the order in which a depth-first search leaves the nodes, first operands first. Leaves
    are not in it: they are the ``parents`` that have no op. Nodes in ``stop`` are taken for leaves.

    Examples
    --------
    >>> from autograd import Value
    >>> a = Value(2.0)
    >>> b = a * a
    >>> [node.op.name for node in topological_order(b + a)]
    ['mul', 'add']
    """
    order: list[Node] = []
    entered: set[Node] = set(stop)
    rows: set[int] = set()  # rows that have been seen: the nodes that share one go to it once
    stack: list[Any] = [root for root in roots if root.op is not None]
    push, pop = stack.append, stack.pop
    while stack:
        node = pop()
        if node is None:  # the node below has been left: all its parents are in the order
            order.append(pop())
            continue
        if node in entered:
            continue
        entered.add(node)
        push(node)
        push(None)
        a, b = node._a, node._b
        if type(a) is tuple:
            for row in (a,) if b is None else (b, a):
                if id(row) not in rows:
                    rows.add(id(row))
                    for p in reversed(row):
                        if p.op is not None and p not in entered:
                            push(p)
            continue
        if b is not None and b.op is not None and b not in entered:
            push(b)
        if a.op is not None and a not in entered:
            push(a)
    return order


def leaves(root: Node) -> list[Node]:
    """Return the leaves that ``root`` was computed from, variables and constants, once each.

    Parameters
    ----------
    root : Value or Tensor

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.extend import leaves
    >>> x, y = Value(2.0, label="x"), Value(3.0, label="y")
    >>> [leaf.label for leaf in leaves(x * y + x)]
    ['x', 'y']
    """
    if root.op is None:
        return [root]
    found = (p for node in topological_order(root) for p in node.parents if p.op is None)
    return list(dict.fromkeys(found))


def descendants(order: Iterable[Node], nodes: Iterable[Node]) -> set[Node]:
    """Return ``nodes`` and all those in ``order`` that were computed from them."""
    found = set(nodes)
    for node in order:
        if not found.isdisjoint(node.parents):
            found.add(node)
    return found
