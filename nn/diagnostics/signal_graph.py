"""The reading of the steps that a signal takes through a network, from the graph of one call.

What depends on no random weights is data, and is measured. An operation without a rule ends the
prediction there: what it gave is data again.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import or_
from typing import Any, cast

import numpy as np

from autograd.extend import Elementwise, Node, raw, topological_order
from nn.diagnostics.axis_roles import (
    MOVES,
    Axis,
    Layout,
    axes_of,
    fits,
    layout_of,
    lengths_of,
    parts_of,
    resized,
    roles_of,
    roles_of_data,
)
from nn.diagnostics.layer_views import LINEAR, Array, activation_of
from nn.diagnostics.signal_moments import Moments, measured
from nn.diagnostics.signal_steps import SignalGraph, Step, seen_of

__all__ = ["read_steps"]

_MAPS = {"affine", "conv", "conv_transpose"}
"""Operations whose second operand is random weights."""


def read_steps(
    y: Node, gradients: Mapping[Node, Any], *, x: Node | None = None, first: str = "s"
) -> SignalGraph:
    """Return the steps of a network, with the gradient at each as measured.

    Parameters
    ----------
    y : Node
        The outputs.
    gradients : mapping of Node to array
    x : Node, optional
        The inputs, where they are a variable.
    first : str
        What the first axes of inputs are: ``"ps"`` where the samples are the second one.
    """
    reader = _Reader(gradients, x, first)
    for node in topological_order(y):
        reader.read(node)
    return SignalGraph(
        tuple(reader.steps),
        reader.number,
        reader.number.get(y),
        frozenset(reader.ends),
        tuple(reader.afresh),
    )


Plan = tuple[str, Layout]
"""A rule and the layout of the result."""


class _Reader:
    """What is known of the nodes that were read so far."""

    def __init__(self, gradients: Mapping[Node, Any], x: Node | None, first: str) -> None:
        self.gradients = gradients
        self.first = first
        self.steps: list[Step] = []
        self.number: dict[Node, int] = {}
        self.ends: set[int] = set()
        self.afresh: dict[str, None] = {}  # in order
        self.lost: dict[Node, set[str]] = {}
        self.layouts: dict[Node, Layout] = {}  # of signals
        self.shares: set[Node] = set()  # a softmax of scores
        # The random weights that a node depends on, one bit each: two signals without a common one
        # are uncorrelated but for their means. Fresh weights make all that was before forgotten.
        self.sources: dict[Node, int] = {} if x is None else {x: 0}
        # The same, of weights that are part of it as data are, such as rows of a table.
        self.shown: dict[Node, int] = {}
        self.gaussian: set[Node] = set()
        # A function of each element of a Gaussian signal: that signal, and the operations since.
        self.family: dict[Node, tuple[Node, tuple[Node, ...]]] = {}

    def read(self, node: Node) -> None:
        for parent in node.parents:
            if parent not in self.sources:
                self.sources[parent] = int(parent.requires_grad) << len(self.sources)
            self.shown.setdefault(parent, self.sources[parent])
        for found in (self.sources, self.shown):
            found[node] = functools.reduce(or_, (found[p] for p in node.parents), 0)
        signals = [parent for parent in node.parents if parent in self.number]
        if self._is_map(node):
            if self.shown[node.parents[0]] & self.sources[node.parents[1]]:
                self._end(node, signals)  # a table's rows, times that table: they aren't random
            else:
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

    def _measured(self, node: Node, layout: Layout) -> Moments:
        """Return the moments of data, as part of an array with these axes."""
        self.afresh |= dict.fromkeys(sorted(self.lost.get(node, ())))
        shape = [math.prod(n for _, n in axis) for axis in layout]
        array = np.broadcast_to(np.asarray(raw(node)), shape).reshape(lengths_of(layout))
        return measured(array, roles_of(layout))

    def _is_map(self, node: Node) -> bool:
        """Return whether an operation applies random weights, its second operand."""
        name = _name(node)
        if name != "matmul":
            return name in _MAPS
        _, w = node.parents
        return w not in self.number and self.sources[w] != 0 and np.ndim(raw(w)) == 2

    # Random weights ----------------------------------------------------------------------------

    def _read_map(self, node: Node) -> None:
        x, w = node.parents[:2]
        weights = np.asarray(raw(w), np.float64)
        space = weights.ndim - 2
        expected = roles_of_data(np.ndim(raw(x)), space)
        known = x in self.number and fits(self.layouts[x], expected)
        if x in self.number and not known:  # the weights are along an axis that isn't one of units
            self._end(node, [x])
            self.lost[x] = self.lost[node]
        axes = self.layouts[x] if known else self._layout_of_data(x, space, expected)
        at = expected.index("u")
        unmerged = (*axes[:at], (("u", 1),), *axes[at + 1 :])
        layout = cast(Layout, resized(unmerged, np.shape(raw(node))))  # samples stay as they are
        bias = node.parents[2] if len(node.parents) > 2 else None
        self.sources[node], self.shown[node] = self.sources[w], 0
        self.gaussian.add(node)
        self.layouts[node] = layout
        self._append(
            Step(
                node,
                "weights",
                roles_of(layout),
                lengths_of(layout),
                (self.number[x] if known else None,),
                (lengths_of(axes),),
                (None if known else self._measured(x, axes),),
                roles_of(axes),
                weight=float(np.mean(weights**2)),
                bias=0.0 if bias is None else float(np.mean(np.square(raw(bias), dtype=float))),
            )
        )

    def _layout_of_data(self, x: Node, space: int, expected: str) -> Layout:
        """Return the axes of inputs: those before they were moved, and then as they moved."""
        moves = []
        base = x
        while base not in self.number and _name(base) in MOVES:
            moves.append(base)
            (base,) = base.parents
        ndim = np.ndim(raw(base))
        if ndim > space and base not in self.number:
            first = self.first if ndim - space > 2 else "s"
            roles = roles_of_data(ndim, space if base is x else 0, first)
            layout: Layout | None = layout_of(roles, np.shape(raw(base)))
            for move in reversed(moves):
                layout = None if layout is None else MOVES[_name(move)](move, layout)
            if layout is not None and fits(layout, expected):
                return layout
        return layout_of(expected, np.shape(raw(x)))

    # All others --------------------------------------------------------------------------------

    def _plan(self, node: Node, signals: list[Node]) -> Plan | None:
        name = _name(node)
        if isinstance(node.op, Elementwise):
            return self._plan_elementwise(node, name, signals)
        planner = _PLANNERS.get(name)
        return None if planner is None else planner(self, node)

    def _plan_elementwise(self, node: Node, name: str, signals: list[Node]) -> Plan | None:
        shape = np.shape(raw(node))
        alike = [self.layouts[p] for p in signals if np.shape(raw(p)) == shape]
        if not alike or len(set(map(roles_of, alike))) > 1:
            return None
        layout = alike[0]
        if "k" in roles_of(layout):
            return self._plan_on_scores(node, name, layout)
        bases = {self.family.get(parent, (parent, ()))[0] for parent in signals}
        others = [parent for parent in node.parents if parent not in self.number]
        if len(bases) == 1 and bases <= self.gaussian and all(map(_is_number, others)):
            base = bases.pop()
            steps = {step for each in signals for step in self.family.get(each, (base, ()))[1]}
            order = sorted(steps, key=self.number.__getitem__)
            self.family[node] = (base, (*order, node))
            return "activation", layout
        if name not in {"add", "sub", "mul", "div"} or len(node.parents) != 2:
            return None
        first, second = node.parents
        if first is second or self.sources[first] & self.sources[second]:
            # Of many units a mean is a constant, such as the size that an RMSNorm divides by.
            by_unit = [
                p in self.number and "u" in roles_of(self.layouts[p]) for p in (first, second)
            ]
            if all(by_unit) or name not in {"mul", "div"} or (name == "div" and by_unit[1]):
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
        return name, layout

    def _plan_on_scores(self, node: Node, name: str, layout: Layout) -> Plan | None:
        (scores, *more), others = (
            [parent for parent in node.parents if (parent in self.number) is known]
            for known in (True, False)
        )
        if more or (name == "div" and scores is not node.parents[0]):
            return None
        numbers = all(np.shape(raw(each)) == () for each in others)
        if name in {"mul", "div"} and numbers:
            return name + " scores", layout
        if name == "mul" and scores in self.shares:
            return "thin out", layout
        is_last = roles_of(layout[-2:]) == "qk"
        return ("mask", layout) if is_last and seen_of(node, scores) is not None else None

    def _add(self, node: Node, rule: str, layout: Layout) -> None:
        operands: Sequence[Node] = node.parents
        activation = LINEAR
        if rule in {"activation", "max_pool"}:
            reached = node if rule == "activation" else node.parents[0]
            base, steps = self.family.get(reached, (reached, ()))
            operands, activation = (base,), activation_of(base, steps)
        known = tuple(self.number.get(each) for each in operands)
        on_scores = "k" in roles_of(layout)  # then data are numbers, each on its own
        first = next(each for each in operands if each in self.number)
        before = self.layouts[first]
        axes = axes_of(node, len(before)) if rule == "standardize" else ()
        data = tuple(
            None
            if each in self.number
            else self._measured(each, layout_of("u" * np.ndim(raw(each)), np.shape(raw(each))))
            if on_scores
            else self._measured(each, layout)
            for each in operands
        )
        self.layouts[node] = layout
        self._append(
            Step(
                node,
                rule,
                roles_of(layout),
                lengths_of(layout),
                known,
                tuple(
                    lengths_of(self.layouts[each]) if each in self.number else np.shape(raw(each))
                    for each in operands
                ),
                data,
                roles_of(before),
                parts_of(before, axes),
                activation=activation,
                seen=np.ones((1, 1)) if rule != "mask" else cast(Array, seen_of(node, first)),
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
        if x in self.gaussian:
            self.gaussian.add(node)
        return rule, self.layouts[x]

    def plan_standardize(self, node: Node) -> Plan | None:
        rule, layout = self.plan_same(node, "standardize")
        roles = roles_of(layout)
        over = {roles[k] for k in parts_of(layout, axes_of(node, len(layout)))}
        return None if "k" in roles or (over == {"s"} and "p" in roles) else (rule, layout)

    def plan_shape(self, node: Node) -> Plan | None:
        """Plan an operation that moves numbers without changing them."""
        rule, old = self.plan_same(node, "shape")
        new = MOVES[_name(node)](node, old)
        if new is None or "k" not in roles_of(old):
            return None if new is None else (rule, new)
        if node.parents[0] in self.shares:
            self.shares.add(node)
        return "shape of scores", new

    def plan_average(self, node: Node) -> Plan | None:
        old = self.layouts[node.parents[0]]
        over = axes_of(node, len(old), all_axes=True)
        kinds = {role for axis in over for role, _ in old[axis]}
        if kinds not in ({"p"}, {"u"}, {"p", "u"}):
            return None
        self.gaussian.add(node)  # of many units it is a constant: a normal of variance 0
        keeps = (node.params or {}).get("keepdims", False)
        # An axis of length 1 is one of places: of one.
        one: Axis = (("p", 1),)
        left = (one if k in over else axis for k, axis in enumerate(old) if keeps or k not in over)
        return _name(node), tuple(left)

    def plan_pool(self, node: Node) -> Plan | None:
        x = node.parents[0]
        space = len((node.params or {})["kernel"])
        old = self.layouts[x]
        layout = resized(old, np.shape(raw(node)))
        if layout is None or roles_of(old[-space:]) != "p" * space:
            return None
        if _name(node) == "avg_pool":
            self.gaussian.add(node)
            return "avg_pool", layout
        base = self.family.get(x, (x, ()))[0]
        return ("max_pool", layout) if base in self.gaussian else None

    def plan_matmul(self, node: Node) -> Plan | None:
        left, right = node.parents
        if left not in self.number or right not in self.number:
            return None
        a, b = self.layouts[left], self.layouts[right]
        if roles_of(a[:-2]) != roles_of(b[:-2]):
            return None
        shape = np.shape(raw(node))
        ends = [roles_of((axis,)) for axis in (*a[-2:], *b[-2:])]
        if ends == ["p", "u", "u", "p"]:
            return "scores", (*a[:-2], (("q", shape[-2]),), (("k", shape[-1]),))
        if ends == ["q", "k", "p", "u"]:
            self.gaussian.add(node)
            return "attention", (*a[:-2], (("p", shape[-2]),), (("u", shape[-1]),))
        return None

    def plan_softmax(self, node: Node) -> Plan | None:
        layout = self.layouts[node.parents[0]]
        last = axes_of(node, len(layout)) == (len(layout) - 1,)
        if not last or not roles_of(layout).endswith("qk"):
            return None
        self.shares.add(node)
        return "softmax", layout


_PLANNERS: Mapping[str, Callable[[_Reader, Node], Plan | None]] = {
    "standardize": _Reader.plan_standardize,
    **dict.fromkeys(MOVES, _Reader.plan_shape),
    "mean": _Reader.plan_average,
    "sum": _Reader.plan_average,
    "avg_pool": _Reader.plan_pool,
    "max_pool": _Reader.plan_pool,
    "matmul": _Reader.plan_matmul,
    "softmax": _Reader.plan_softmax,
}


def _name(node: Node) -> str:
    return "" if node.op is None else node.op.name


def _is_number(node: Node) -> bool:
    return np.size(raw(node)) == 1 and not node.requires_grad


def _is_flat(node: Node) -> bool:
    """Return whether all elements are the same number: the scale of a norm that starts at 1."""
    array = np.asarray(raw(node))
    return bool((array == array.flat[0]).all())
