"""The backward pass as a part of the graph: the ops' own rules, run on traced Tensors.

What an elementwise op passes to an operand is one instruction, whose kernel is made of the op's
partial. The pullback of a structural op is written in ops, and these are recorded. One that reads
numbers, which are sealed, is an instruction of its own: a replay calls it on arrays, as the walk
does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from autograd.node.mode import PLAIN, Mode, in_mode
from autograd.node.node import Node
from autograd.numbers.sealed import SealedRead, unsealed
from autograd.ops.scalars import Scattered
from autograd.replay.kernel_rules import NO_PARTIALS
from autograd.replay.tensors.tensor_tracing import TensorTracer, opened, sealed_leaf, traced
from autograd.rules.op import Elementwise, Op
from autograd.values.value import Value
from autograd.walk.order import descendants, topological_order
from autograd.walk.reverse import contributions, fitted, rows_of


@dataclass(frozen=True)
class Pull:
    """What an op passes to one operand: an instruction on (cotangent, operands…, result)."""

    op: Op
    slot: int
    rows: tuple[int, ...] = ()  # the lengths of the op's rows, if it takes rows
    scalar = False
    moves = False

    @property
    def name(self) -> str:
        """A name for messages."""
        return f"the pullback of {self.op.name}"

    def compute(self, g: Any, *given: Any, **settings: Any) -> Any:
        """Compute it on plain numbers and arrays, as the walk does."""
        *operands, z = given
        if self.rows:
            ends = np.cumsum((0, *self.rows)).tolist()
            operands = [tuple(operands[a:b]) for a, b in pairwise(ends)]
        if self.op.vjps:
            found = self.op.vjps[self.slot](g, *operands, z, **settings)
        else:
            passed: Any = self.op.vjp(g, *operands, z, **settings)
            if self.rows:
                passed = [each for row in passed for each in row]
            found = passed[self.slot]
        return found.total() if isinstance(found, Scattered) else found


def gradient_graph(root: Node, wanted: Sequence[Node]) -> list[Any]:
    """Return the nodes of the gradients of one number; None where nothing comes to.

    Parameters
    ----------
    root : Tensor or Value
        Of one element.
    wanted : sequence of Node
        The leaves.
    """
    order = topological_order(root)
    between = descendants(order, wanted)
    seed = sealed_leaf(np.ones(root._data.shape, root._data.dtype)) if root._rank else Value(1.0)
    found: dict[Node, Any] = {root: seed}
    tracer = TensorTracer()
    with in_mode(Mode(tracer=tracer, watcher=tracer)):
        for node in reversed(order):
            if node in found and node in between:
                _pass_on(node, found, between)
    return [_settled(found.get(leaf)) for leaf in wanted]


def _settled(cotangent: Any) -> Any:
    return cotangent.total() if isinstance(cotangent, Scattered) else cotangent


def _pass_on(node: Node, found: dict[Node, Any], between: set[Node]) -> None:
    cotangent = found[node] = _settled(found[node])
    op: Any = node.op
    if op.name in NO_PARTIALS:
        return
    parents = node.parents
    wanted = [p in between for p in parents]
    if isinstance(op, Elementwise):
        passed: Sequence[Any] = [
            _elementwise(node, k, cotangent) if want else None for k, want in enumerate(wanted)
        ]
    else:
        try:
            passed = contributions(node, cotangent, parents, wanted)
        except (SealedRead, AttributeError, TypeError, ValueError):
            passed = [
                _numeric(node, k, cotangent) if want else None for k, want in enumerate(wanted)
            ]
    for slot, (parent, contribution) in enumerate(zip(parents, passed, strict=True)):
        if wanted[slot] and contribution is not None:
            own = fitted(node, slot, parent, contribution)
            found[parent] = found[parent] + own if parent in found else own


def _elementwise(node: Node, slot: int, cotangent: Any) -> Any:
    op: Any = node.op
    partial = op.partials[slot]
    if not isinstance(partial, str) and not callable(partial) and partial == 1:
        return cotangent
    return _pull(node, slot, cotangent)


def _numeric(node: Node, slot: int, cotangent: Any) -> Any:
    return _pull(node, slot, cotangent)


def _pull(node: Node, slot: int, cotangent: Any) -> Any:
    """Return the node of what is passed to an operand, computed once to know its shape."""
    op: Any = node.op
    pull = Pull(op, slot, row_lengths(node))
    parents = (cotangent, *node.parents, node)
    numbers = [unsealed(p._data) for p in parents]
    settings = {name: unsealed(each) for name, each in (node.params or {}).items()}
    with np.errstate(all="ignore"), in_mode(PLAIN):
        z = computed(pull, numbers, settings)
    return traced(pull, z, parents, node.params)


def row_lengths(node: Node) -> tuple[int, ...]:
    """Return the lengths of a node's rows of operands; none if its op doesn't take rows."""
    op: Any = node.op
    return tuple(len(row) for row in rows_of(node, node.parents)) if op.rows else ()


def computed(pull: Pull, numbers: Sequence[Any], settings: dict[str, Any]) -> Any:
    """Return a pullback's result on plain numbers: an array, or a Value for one number."""
    found = pull.compute(*numbers, **settings)
    if isinstance(found, Node):
        return opened(found)
    dtype = getattr(numbers[0], "dtype", None)
    if np.ndim(found) or np.ndim(numbers[0]) or isinstance(numbers[0], np.ndarray):
        return np.asarray(found, dtype if dtype is not None and dtype.kind == "f" else None)
    return Value(float(found), requires_grad=False)
