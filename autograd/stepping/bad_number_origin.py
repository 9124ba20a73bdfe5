"""Finds the node that made a nan or an infinity, and the nodes between it and the bad number."""

from __future__ import annotations

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
