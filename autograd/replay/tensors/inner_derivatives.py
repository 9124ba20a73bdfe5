"""Derivatives inside a recorded function, of ops whose rules look at numbers.

What such a rule passes to an operand is an op of its own, which each replay calls on arrays. Its
derivative is that of the rule, run in the eager engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.node.node import Node, raw
from autograd.replay.tensors.gradient_graph import Pull, computed, row_lengths
from autograd.replay.tensors.tensor_tracing import TensorTracer
from autograd.rules.op import Structural
from autograd.transforms.derivatives import vjp


class FunctionTracer(TensorTracer):
    """Traces a function that may have derivatives inside."""

    def looked_at(self, node: Node, cotangent: Any, wanted: Sequence[bool]) -> list[Any] | None:
        """Return what a node passes on, where its rule can't be a part of the graph."""
        operands = (cotangent, *node.parents, node)
        return [
            _passing(node, slot)(*operands, **(node.params or {})) if want else None
            for slot, want in enumerate(wanted)
        ]


def _passing(node: Node, slot: int) -> Structural:
    """Return an op on (cotangent, operands…, result): what is passed to one operand."""
    op: Any = node.op
    pull = Pull(op, slot, row_lengths(node))

    def forward(*numbers: Any, **settings: Any) -> Any:
        return np.asarray(raw(computed(pull, numbers, settings)))

    def pullback(h: Any, *given: Any, **settings: Any) -> Any:
        def passed(*operands: Any) -> Any:
            return pull.compute(*operands, **settings)

        return vjp(passed, *given[:-1])[1](h)

    return Structural(
        f"derivative_of_{op.name}",
        forward,
        pullback=pullback,
        arity=len(node.parents) + 2,
        settings=dict.fromkeys(node.params or (), ...),
    )
