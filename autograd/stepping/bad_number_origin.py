"""Finds where a nan or an infinity was made or came in, and the nodes that it spread through."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from autograd.stepping.events import Kind, NodeRecord
from autograd.stepping.flags import is_finite

if TYPE_CHECKING:
    from autograd.stepping.recorded_steps import Steps


def of_data(steps: Steps, node: int) -> list[NodeRecord]:
    """Return the nodes from one with bad data back to the first that has bad data."""
    chain = [steps.nodes[node]]
    while bad := _bad_operands(steps, chain[-1]):
        chain.append(steps.nodes[bad[0]])
    return chain


def of_gradient(steps: Steps, node: int) -> list[NodeRecord]:
    """Return the nodes from one with a bad gradient back to the one that made it bad."""
    chain = [steps.nodes[node]]
    while event := steps._spoilt.get(chain[-1].index):
        if event.kind is not Kind.CONTRIBUTE or is_finite(event.contribution):
            break  # it was given, or the sum overflowed
        chain.append(event.node)
        if is_finite(event.upstream):
            if _bad_operands(steps, event.node):
                chain += of_data(steps, event.node.index)[1:]
            break
    return chain


def _bad_operands(steps: Steps, node: NodeRecord) -> list[int]:
    return [k for k in node.operands if not is_finite(steps.nodes[k].data)]


def came_in(steps: Steps) -> dict[int, tuple[int, ...]]:
    """Return the leaves whose bad numbers reached the result or a gradient, and on which path.

    The path is of the nodes after the leaf: to the root, or to the node whose rule passed a bad
    gradient on because of it. What spreads no further, as the −inf of a mask, isn't among them.
    """
    after: dict[int, int] = {}  # of each node that spread something bad, the next one
    queue = deque([] if is_finite(steps.root.data) else [steps.root.index])
    for event in steps._spoilt.values():
        if event.kind is Kind.CONTRIBUTE and is_finite(event.upstream):
            queue.append(event.node.index)
    while queue:
        k = queue.popleft()
        for p in _bad_operands(steps, steps.nodes[k]):
            if p not in after:
                after[p] = k
                queue.append(p)
    return {k: _followed(k, after) for k in sorted(after) if not steps.nodes[k].op}


def _followed(k: int, after: dict[int, int]) -> tuple[int, ...]:
    path = []
    while k in after:
        k = after[k]
        path.append(k)
    return tuple(path)
