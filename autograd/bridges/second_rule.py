"""An operation's gradient by our own rules, in more digits than its engine has.

Its function in our ops is recorded once, as a graph; the graph is then run with other numbers, in
NumPy's extended precision. So the rounding of the reference plays no part in a comparison, and
what moving every operand by a last bit does to a gradient is known. On Windows and on Apple's
processors that precision is float64, and the reference rounds as much as a program in float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.node.mode import enable_grad
from autograd.node.node import Node
from autograd.numbers.kinds import Array
from autograd.rules.op import Elementwise
from autograd.values.tensor import Tensor
from autograd.values.unbroadcasting import undo_broadcasting
from autograd.walk.order import topological_order
from autograd.walk.reverse import rows_of

_WIDE_UP_TO = 20_000  # elements: what has more is computed in float64, which has fast products
_TRIES = 2


class SecondRule:
    """The gradient of one recorded node by our rules.

    Raises
    ------
    NoRule, or whatever a rule raises
        If there is none for these settings, or it doesn't compute with these operands.
    """

    def __init__(self, node: Node) -> None:
        of: Any = node.op
        self.leaves: list[Node] = [
            Tensor(np.array(p._data, float), requires_grad=p.requires_grad) for p in node.parents
        ]
        with enable_grad(), np.errstate(all="ignore"):
            self.root = of.ours(*self.leaves)
        self.order = topological_order(self.root) if isinstance(self.root, Node) else []
        size = sum(np.size(n._data) for n in [*self.order, *self.leaves])
        self.wide: Any = np.longdouble if size <= _WIDE_UP_TO else np.float64
        self.operands = [x._data.astype(self.wide) for x in self.leaves]
        self._values: dict[Node, Any] = {}

    def value(self) -> Array:
        """Return the result, in the precision of the reference."""
        return np.asarray(self._here()[self.root] if self.order else self._constant())

    def _here(self) -> dict[Node, Any]:
        """Return every node's value at the recorded operands, computed once."""
        if not self._values:
            self._values = self._run(self.operands)
        return self._values

    def _constant(self) -> Any:
        return self.root._data if isinstance(self.root, Node) else self.root

    def pullback(self, cotangent: Array, operands: Sequence[Array] | None = None) -> list[Array]:
        """Return a cotangent's contribution to each operand."""
        zeros = [np.zeros(x.shape, self.wide) for x in self.operands]
        if not isinstance(self.root, Node):
            return zeros
        values = self._here() if operands is None else self._run(operands)
        found = self._walk(np.asarray(cotangent, self.wide), values)
        pairs = zip(self.leaves, zeros, strict=True)
        return [np.asarray(found.get(leaf, zero)) + zero for leaf, zero in pairs]

    def moved(self, cotangent: Array, at: Sequence[Array], eps: float) -> list[Array]:
        """Return how far a last bit of the operands and the cotangent moves each contribution.

        They move at random; and the cotangent once so that a sum of it moves most.
        """
        rng = np.random.default_rng(0)
        g = np.asarray(cotangent, self.wide)
        there = [self.pullback(g * (1 + eps * np.sign(g)))]
        for _ in range(_TRIES if self.wide is np.longdouble else 1):
            operands = [x * (1 + eps * rng.uniform(-1, 1, x.shape)) for x in self.operands]
            there.append(self.pullback(g * (1 + eps * rng.uniform(-1, 1, g.shape)), operands))
        apart = [[np.abs(x - each[k]) for each in there] for k, x in enumerate(at)]
        return [np.fmax.reduce(each, axis=0) for each in apart]

    def _run(self, operands: Sequence[Array]) -> dict[Node, Any]:
        """Compute every node's value from operands."""
        found: dict[Node, Any] = dict(zip(self.leaves, operands, strict=True))
        with np.errstate(all="ignore"):
            for node in self.order:
                op: Any = node.op
                given = self._arguments(node, found)
                settings = node.params or {}
                if isinstance(op, Elementwise):
                    found[node] = np.asarray(op.compute(*given, **settings))
                else:
                    found[node] = np.asarray(op.function(*given, **settings))
        return found

    def _arguments(self, node: Node, values: dict[Node, Any]) -> Any:
        given = [values.get(p, p._data) for p in node.parents]
        given = [x.astype(self.wide) if isinstance(x, np.ndarray) else x for x in given]
        return rows_of(node, given) if node.op is not None and node.op.rows else given

    def _walk(self, cotangent: Array, values: dict[Node, Any]) -> dict[Node, Any]:
        found: dict[Node, Any] = {self.root: cotangent}
        with np.errstate(all="ignore"):
            for node in reversed(self.order):
                if node not in found or node.op is None:
                    continue
                passed = self._passed(node, found[node], values)
                for parent, each in zip(node.parents, passed, strict=True):
                    if parent.requires_grad:
                        own = undo_broadcasting(np.asarray(each), np.shape(parent._data))
                        found[parent] = found[parent] + own if parent in found else own
        return found

    def _passed(self, node: Node, cotangent: Array, values: dict[Node, Any]) -> Any:
        op: Any = node.op
        given = *self._arguments(node, values), values[node]
        settings = node.params or {}
        if op.vjps:
            vjps = op.vjps[: len(node.parents)]  # the last operand may be left out
            return [vjp(cotangent, *given, **settings) for vjp in vjps]
        passed = op.vjp(cotangent, *given, **settings)
        return [x for row in passed for x in row] if op.rows else passed
