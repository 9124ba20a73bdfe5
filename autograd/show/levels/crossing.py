"""What crosses the border of a closed region: the gradient that it sends back to one operand.

It is the sum of cotangent · local derivative over all operands that cross. If the region has one
result, that sum is also the result's gradient times the slope of the result, by the chain rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.numbers.kinds import quiet
from autograd.rules.chain_rule import times
from autograd.show.flow import View


@quiet
def contribution(view: View, uses: Sequence[tuple[int, int]]) -> Any:
    """Return what some operands add to the gradient of the number that they are, or None."""
    added: Any = None
    for k, slot in uses:
        passed = _passed(view, view.grads[k], k, slot)
        if passed is None:
            return None
        added = passed if added is None else added + passed
    return added


@quiet
def slopes(view: View, members: Sequence[int], result: int) -> dict[int, Any]:
    """Return ∂result/∂operand for the operands of a region from outside; empty for arrays.

    It is a reverse sweep inside of the region that begins with 1 at its one result.
    """
    inside = set(members)
    data = view.nodes[result]._data
    if view.nodes[result]._rank:
        return {}
    found: dict[int, Any] = {result: type(data)(1)}
    for k in reversed(members):
        if k not in found:
            continue
        for slot, p in enumerate(view.parents[k]):
            if not view.nodes[p].requires_grad:
                continue
            passed = _passed(view, found[k], k, slot)
            if passed is None:
                return {}
            found[p] = found[p] + passed if p in found else passed
    return {p: slope for p, slope in found.items() if p not in inside}


def _passed(view: View, upstream: Any, k: int, slot: int) -> Any:
    derivative = view.derivative(k, slot)
    return None if upstream is None or derivative is None else times(upstream, derivative)
