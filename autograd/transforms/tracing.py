"""Tracing: a function is called on fresh variables, and every transform walks the graph it made.

The transforms themselves are in ``derivatives.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.node.mode import enable_grad, is_recording
from autograd.node.node import Node
from autograd.ops.arithmetic import identity
from autograd.transforms.pytree import leaves, map_leaves, rebuild
from autograd.values.tensor import Tensor
from autograd.values.value import Value, constant
from autograd.walk import forward
from autograd.walk.forward import zeros
from autograd.walk.order import descendants, topological_order
from autograd.walk.reverse import accumulate

Pytree = Any  # numbers, arrays and nodes, in nested lists, tuples and dicts


@dataclass(frozen=True)
class Trace:
    """A call of a function on fresh variables.

    Attributes
    ----------
    arguments, result : pytree of Node
        What the function was called on, and what it returned.
    inputs, outputs : list of Node
        Their leaves.
    order : list of Node
        The interior nodes in between, in topological order.
    is_open : bool
        Whether a variable from outside takes part, so that results have to be nodes.
    """

    arguments: tuple[Pytree, ...]
    result: Pytree
    inputs: list[Node]
    outputs: list[Node]
    order: list[Node]
    is_open: bool

    @classmethod
    def of(cls, f: Callable[[dict[int, Pytree]], Pytree], primals: dict[int, Pytree]) -> Trace:
        """Call ``f`` on variables in place of the primals, which it takes by their numbers."""
        outside = is_recording()
        variables = {
            k: map_leaves(lambda at, x: _variable(x, at, outside), x, f"argument {k}")
            for k, x in primals.items()
        }
        arguments = tuple(variables.values())
        inputs = leaves(arguments)
        passed = {k: map_leaves(lambda _, x: x, x) for k, x in variables.items()}
        with enable_grad():  # the function may change the lists and dicts that it is passed
            result = map_leaves(_output, f(passed), "its result")
        outputs = leaves(result)
        order = topological_order(*outputs, stop=inputs)
        is_open = outside and _has_others(order, inputs, outputs)
        return cls(arguments, result, inputs, outputs, order, is_open)

    @property
    def value(self) -> Pytree:
        """The result of the function."""
        return rebuild(self.result, iter(_finished(self.outputs, self.is_open)))

    def pull_back(self, seeds: list[Any]) -> list[Any]:
        """Return the inputs' cotangents from the outputs', of which some may be None."""
        record = self.is_open or any(map(is_variable, seeds))
        total: dict[Node, Any] = {}
        for node, seed in zip(self.outputs, seeds, strict=True):
            if seed is not None:
                total[node] = total[node] + seed if node in total else seed
        only = descendants(self.order, self.inputs) if record else None
        found = accumulate(self.order, total, create_graph=record, only=only)
        return _finished([found.get(x, zeros(x)) for x in self.inputs], record)

    def push_forward(self, seeds: list[Any]) -> list[Any]:
        """Return the outputs' tangents from the inputs', of which some may be None."""
        record = self.is_open or any(map(is_variable, seeds))
        given = zip(self.inputs, seeds, strict=True)
        total = {node: seed for node, seed in given if seed is not None}
        found = forward.tangents(self.order, total, create_graph=record)
        return _finished([found.get(y, zeros(y)) for y in self.outputs], record)

    def like_arguments(self, parts: list[Any]) -> tuple[Pytree, ...]:
        """Return the inputs' derivatives, nested as the arguments are."""
        found: tuple[Pytree, ...] = rebuild(self.arguments, iter(parts))
        return found


def _variable(x: Any, at: str, outside: bool) -> Node:
    """Return the variable that stands for one leaf of an argument."""
    if is_variable(x) and outside:
        made: Node = identity(x)
        return made
    data = x._data if isinstance(x, Node) else x
    try:
        return Tensor(data) if isinstance(data, np.ndarray) else Value(data)
    except TypeError as error:
        raise TypeError(f"cannot differentiate with respect to {at}: {error}") from None


def _output(at: str, y: Any) -> Node:
    try:
        return y if isinstance(y, Node) else constant(y)
    except TypeError:
        raise TypeError(
            f"a function to differentiate must return numbers, arrays or nodes; {at} is {y!r}"
        ) from None


def _has_others(order: list[Node], inputs: list[Node], outputs: list[Node]) -> bool:
    """Whether variables other than fresh inputs take part."""
    fresh = set(inputs)
    ends = (p for node in order for p in node.parents)
    return any(x.op is not None for x in inputs) or any(
        p.op is None and p.requires_grad and p not in fresh for p in (*ends, *outputs)
    )


def is_variable(x: Any) -> bool:
    """Whether ``x`` is a node that a gradient can flow to."""
    return isinstance(x, Node) and x.requires_grad


def _finished(parts: list[Any], record: bool) -> list[Any]:
    """Return the parts as nodes; or as plain numbers, and arrays that no graph holds on to."""
    if record:
        return [part if isinstance(part, Node) else constant(part) for part in parts]
    plain = (part._data if isinstance(part, Node) else part for part in parts)
    return [np.array(part) if isinstance(part, np.ndarray) else part for part in plain]
