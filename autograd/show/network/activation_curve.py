"""What is between a weighted sum and its activation, as a function and its slope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.node.node import Node
from autograd.numbers.kinds import quiet
from autograd.reading.numbered_graph import NumberedGraph, partials
from autograd.rules.op import Elementwise


@quiet
def slope_between(graph: NumberedGraph, head: int, output: int) -> Any:
    """Return ∂output/∂head by the chain rule along one-operand ops; None if there is another op.

    ``output`` was computed from ``head`` alone.
    """
    slope: Any = np.ones(np.shape(graph.nodes[head]._data))
    at = output
    while at != head:
        node, operands = graph.nodes[at], graph.parents[at]
        if len(operands) > 1 or not isinstance(node.op, Elementwise):
            return None
        slope = slope * partials(node)[0]
        (at,) = operands
    return slope


def curve_of(steps: Sequence[Node]) -> Callable[[float], float] | None:
    """Return one-operand ops one after another as a function; None if there is another op."""
    if not all(isinstance(node.op, Elementwise) and len(node.parents) == 1 for node in steps):
        return None
    chain = [(node.op, node.params or {}) for node in steps if node.op is not None]
    if any(isinstance(x, np.ndarray) for _, settings in chain for x in settings.values()):
        return None

    def curve(x: float) -> float:
        for op, settings in chain:
            x = op.compute(x, **settings)
        return float(x)

    return curve
