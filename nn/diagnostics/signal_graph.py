"""The reading of the steps that a signal takes through a network, from the graph of one call.

What depends on no random weights is data, and is measured. An operation without a rule ends the
prediction there: what it gave is data again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import or_
from typing import Any

import numpy as np

from autograd.extend import Elementwise, Node, raw, topological_order
from nn.diagnostics.axis_roles import MOVES, axes_of, fits, roles_of_data
from nn.diagnostics.layer_views import LINEAR, Network, activation_of
from nn.diagnostics.signal_moments import Moments, measured
from nn.diagnostics.signal_steps import SignalGraph, Step

__all__ = ["read_steps"]

_MAPS = {"affine", "conv", "conv_transpose"}
"""Operations whose second operand is random weights."""


def read_steps(network: Network, gradients: Mapping[Node, Any]) -> SignalGraph:
    """Return the steps of a network, with the gradient at each as measured."""
    reader = _Reader(gradients)
    for node in topological_order(network.y):
        reader.read(node)
    return SignalGraph(
        tuple(reader.steps),
        reader.number,
        reader.number.get(network.y),
        frozenset(reader.ends),
        tuple(reader.afresh),
    )


Plan = tuple[str, str]
"""A rule and the roles of the result."""


class _Reader:
    """What is known of the nodes that were read so far."""

    def __init__(self, gradients: Mapping[Node, Any]) -> None:
        self.gradients = gradients
        self.steps: list[Step] = []
        self.number: dict[Node, int] = {}
        self.ends: set[int] = set()
        self.afresh: dict[str, None] = {}  # in order
        self.lost: dict[Node, set[str]] = {}
        # The random weights that a node depends on, one bit each: two signals without a common one
        # are uncorrelated but for their means. Fresh weights make all that was before forgotten.
        self.sources: dict[Node, int] = {}
        self.gaussian: set[Node] = set()
        # A function of each element of a Gaussian signal: that signal, and the operations since.
        self.family: dict[Node, tuple[Node, tuple[Node, ...]]] = {}

    def read(self, node: Node) -> None:
        for parent in node.parents:
            if parent not in self.sources:
                self.sources[parent] = int(parent.requires_grad) << len(self.sources)
        self.sources[node] = functools.reduce(or_, (self.sources[p] for p in node.parents), 0)
        signals = [parent for parent in node.parents if parent in self.number]
        if _is_map(node):
            self._read_map(node)
        elif signals and (plan := self._plan(node, signals)) is not None:
            self._add(node, *plan)
        else:
            self._end(node, signals)

    def _end(self, node: Node, signals: Sequence[Node]) -> None:
        """Take what a node gives as data; signals that went into it end there."""
        where = f"{_name(node)} in {node.region}" if node.region else _name(node)
        lost = {where} if signals else set()
        self.lost[node] = lost.union(*(self.lost.get(parent, ()) for parent in node.parents))
        self.ends.update(self.number[parent] for parent in signals)

    def _measured(self, node: Node, roles: str, shape: Sequence[int]) -> Moments:
        """Return the moments of data, as part of an array of a shape."""
        self.afresh |= dict.fromkeys(sorted(self.lost.get(node, ())))
        return measured(np.broadcast_to(np.asarray(raw(node)), shape), roles)

    # Random weights ----------------------------------------------------------------------------

    def _read_map(self, node: Node) -> None:
        x, w = node.parents[:2]
        shape, weights = np.shape(raw(x)), np.asarray(raw(w), np.float64)
        roles = roles_of_data(len(shape), weights.ndim - 2)
        known = x in self.number and fits(self._roles(x), roles)
        if known:
            roles = self._roles(x)
        elif x in self.number:  # the weights are along an axis that isn't one of units
            self._end(node, [x])
            self.lost[x] = self.lost[node]
        bias = node.parents[2] if len(node.parents) > 2 else None
        self.sources[node] = self.sources[w]
        self.gaussian.add(node)
        self._append(
            Step(
                node,
                "weights",
                roles,
                (self.number[x] if known else None,),
                (shape,),
                (None if known else self._measured(x, roles, shape),),
                roles,
                weight=float(np.mean(weights**2)),
                bias=0.0 if bias is None else float(np.mean(np.square(raw(bias), dtype=float))),
            )
        )

    # All others --------------------------------------------------------------------------------

    def _roles(self, node: Node) -> str:
        return self.steps[self.number[node]].roles

    def _plan(self, node: Node, signals: list[Node]) -> Plan | None:
        name = _name(node)
        if isinstance(node.op, Elementwise):
            return self._plan_elementwise(node, name, signals)
        planner = _PLANNERS.get(name)
        return None if planner is None else planner(self, node)

    def _plan_elementwise(self, node: Node, name: str, signals: list[Node]) -> Plan | None:
        shape = np.shape(raw(node))
        alike = [parent for parent in signals if np.shape(raw(parent)) == shape]
        if not alike:
            return None
        roles = self._roles(alike[0])
        if "k" in roles:
            return self._plan_on_scores(node, name, roles)
        bases = {self.family.get(parent, (parent, ()))[0] for parent in signals}
        others = [parent for parent in node.parents if parent not in self.number]
        if len(bases) == 1 and bases <= self.gaussian and all(map(_is_number, others)):
            base = bases.pop()
            steps = {step for each in signals for step in self.family.get(each, (base, ()))[1]}
            order = sorted(steps, key=self.number.__getitem__)
            self.family[node] = (base, (*order, node))
            return "activation", roles
        if name not in {"add", "sub", "mul", "div"} or len(node.parents) != 2:
            return None
        first, second = node.parents
        if first is second or self.sources[first] & self.sources[second]:
            concentrated = "u" not in self._roles(second) if second in self.number else True
            if name != "div" or not concentrated:
                return None
        if name == "div" and first not in self.number:
            return None
        gaussian = any(parent in self.gaussian for parent in signals)
        if name in {"add", "sub"}:
            gaussian |= len(signals) == 2  # a sum of many, or on its way to be one
        elif name == "mul":
            gaussian &= len(others) == 1 and _is_flat(others[0])
        if gaussian:
            self.gaussian.add(node)
        return name, roles

    def _plan_on_scores(self, node: Node, name: str, roles: str) -> Plan | None:
        scores, *others = node.parents
        if scores not in self.number or not all(np.shape(raw(each)) == () for each in others):
            return None
        if name in {"mul", "div"}:
            return name + " scores", roles
        condition = (node.params or {}).get("condition")
        if name == "where" and condition is not None and _is_table(np.shape(condition)):
            return "mask", roles
        return None

    def _add(self, node: Node, rule: str, roles: str) -> None:
        operands: Sequence[Node] = node.parents
        activation = LINEAR
        if rule in {"activation", "max_pool"}:
            reached = node if rule == "activation" else node.parents[0]
            base, steps = self.family.get(reached, (reached, ()))
            operands, activation = (base,), activation_of(base, steps)
        known = tuple(self.number.get(each) for each in operands)
        shapes = tuple(tuple(np.shape(raw(each))) for each in operands)
        on_scores = "k" in roles  # then what is data is a number
        shape, kinds = ((), "") if on_scores else (np.shape(raw(node)), roles)
        data = tuple(
            self._measured(each, kinds, shape) if k is None else None
            for k, each in zip(known, operands, strict=True)
        )
        first = next(k for k in known if k is not None)
        self._append(
            Step(
                node,
                rule,
                roles,
                known,
                shapes,
                data,
                self.steps[first].roles,
                activation=activation,
            )
        )

    def _append(self, step: Step) -> None:
        found = self.gradients.get(step.node)
        size = 0.0 if found is None else float(np.mean(np.square(found, dtype=float)))
        self.number[step.node] = len(self.steps)
        self.steps.append(replace(step, gradient=size))

    # Rules for what isn't elementwise -----------------------------------------------------------

    def plan_same(self, node: Node, rule: str) -> Plan:
        """Plan an operation whose result has the axes of its operand."""
        x = node.parents[0]
        if rule in {"standardize", "shape"} and x in self.gaussian:
            self.gaussian.add(node)
        return rule, self._roles(x)

    def plan_standardize(self, node: Node) -> Plan | None:
        rule, roles = self.plan_same(node, "standardize")
        over = {roles[axis] for axis in axes_of(node, len(roles))}
        return None if "k" in roles or (over == {"s"} and "p" in roles) else (rule, roles)

    def plan_shape(self, node: Node) -> Plan | None:
        """Plan an operation that moves numbers without changing them."""
        rule, old = self.plan_same(node, "shape")
        roles = MOVES[_name(node)](node, old)
        return None if roles is None or "k" in old else (rule, roles)

    def plan_average(self, node: Node) -> Plan | None:
        old = self._roles(node.parents[0])
        over = axes_of(node, len(old), all_axes=True)
        kinds = {old[axis] for axis in over}
        if kinds not in ({"p"}, {"u"}):
            return None
        self.gaussian.add(node)  # of many units it is a constant: a normal of variance 0
        keeps = (node.params or {}).get("keepdims", False)
        # An axis of length 1 is one of places: of one.
        left = (r if k not in over else "p" for k, r in enumerate(old) if keeps or k not in over)
        return _name(node), "".join(left)

    def plan_pool(self, node: Node) -> Plan | None:
        x = node.parents[0]
        roles = self._roles(x)
        if not roles.endswith("p" * len((node.params or {})["kernel"])):
            return None
        if _name(node) == "avg_pool":
            self.gaussian.add(node)
            return "avg_pool", roles
        base = self.family.get(x, (x, ()))[0]
        return ("max_pool", roles) if base in self.gaussian else None

    def plan_matmul(self, node: Node) -> Plan | None:
        left, right = node.parents
        if left not in self.number or right not in self.number:
            return None
        a, b = self._roles(left), self._roles(right)
        if a.endswith("pu") and b.endswith("up") and a[:-2] == b[:-2]:
            return "scores", a[:-2] + "qk"
        if a.endswith("qk") and b.endswith("pu") and a[:-2] == b[:-2]:
            self.gaussian.add(node)
            return "attention", b
        return None

    def plan_softmax(self, node: Node) -> Plan | None:
        roles = self._roles(node.parents[0])
        axis = (node.params or {}).get("axis", -1)
        return ("softmax", roles) if roles.endswith("qk") and axis in (-1, len(roles) - 1) else None


_PLANNERS: Mapping[str, Callable[[_Reader, Node], Plan | None]] = {
    "standardize": _Reader.plan_standardize,
    "reshape": _Reader.plan_shape,
    "transpose": _Reader.plan_shape,
    "getitem": _Reader.plan_shape,
    "mean": _Reader.plan_average,
    "sum": _Reader.plan_average,
    "avg_pool": _Reader.plan_pool,
    "max_pool": _Reader.plan_pool,
    "matmul": _Reader.plan_matmul,
    "softmax": _Reader.plan_softmax,
}


def _name(node: Node) -> str:
    return "" if node.op is None else node.op.name


def _is_map(node: Node) -> bool:
    """Return whether an operation applies random weights, its second operand."""
    name = _name(node)
    return name in _MAPS or (name == "matmul" and _is_weight(node.parents[1]))


def _is_weight(node: Node) -> bool:
    """Return whether a node is a matrix of parameters, or the transpose of one."""
    while len(node.parents) == 1 and _name(node) in MOVES:
        node = node.parents[0]
    return node.op is None and node.requires_grad and len(np.shape(raw(node))) == 2


def _is_number(node: Node) -> bool:
    return np.size(raw(node)) == 1 and not node.requires_grad


def _is_flat(node: Node) -> bool:
    """Return whether all elements are the same number: the scale of a norm that starts at 1."""
    array = np.asarray(raw(node))
    return bool((array == array.flat[0]).all())


def _is_table(shape: Sequence[int]) -> bool:
    return all(n == 1 for n in shape[:-2])
