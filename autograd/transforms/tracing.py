"""Tracing: a function is called on fresh variables, and every transform walks the graph it made.

The transforms themselves are in ``derivatives.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.node.bound_variables import bind, is_free
from autograd.node.mode import enable_grad, is_recording
from autograd.node.node import Node, raw
from autograd.numbers.per_sample import PerSample
from autograd.numbers.words import shown
from autograd.ops.arithmetic import identity
from autograd.transforms.pytree import map_leaves, numbers, rebuild_numbers
from autograd.values.batched import grounded, lifted, sharing, sizes_in_force
from autograd.values.tensor import Tensor
from autograd.values.value import Value
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
        Their leaves that aren't None.
    starts, ends : list of Node
        The same as the graph has them: inside of ``vmap`` for all samples, each of which has its
        own; else the inputs and outputs themselves.
    order : list of Node
        The interior nodes in between, in topological order.
    is_open : bool
        Whether a variable from outside takes part, so that results have to be nodes.
    aux : pytree
        What else the function returned, if it returns a pair; made plain unless it is open.
    """

    arguments: tuple[Pytree, ...]
    result: Pytree
    inputs: list[Node]
    outputs: list[Node]
    starts: list[Node]
    ends: list[Node]
    order: list[Node]
    is_open: bool
    aux: Pytree = None

    @classmethod
    def of(
        cls,
        f: Callable[[dict[int, Pytree]], Pytree],
        primals: dict[int, Pytree],
        *,
        has_aux: bool = False,
    ) -> Trace:
        """Call ``f`` on variables in place of the primals, which it takes by their numbers."""
        outside = is_recording()
        variables = {
            k: map_leaves(lambda at, x: _variable(x, at, outside), x, f"argument {k}")
            for k, x in primals.items()
        }
        arguments = tuple(variables.values())
        inputs = numbers(arguments)
        passed = {k: map_leaves(lambda _, x: x, x) for k, x in variables.items()}
        with enable_grad():  # the function may change the lists and dicts that it is passed
            returned, aux = _pair(f(passed)) if has_aux else (f(passed), None)
        result = map_leaves(_output, returned, "its result")
        outputs = numbers(result)
        if returned is None:
            raise TypeError(_NO_NUMBER.format("its result", shown(None)))
        starts, ends = _in_graph(inputs), _in_graph(outputs)
        order = topological_order(*ends, stop=starts)
        is_open = outside and _has_others(order, starts, ends)
        if has_aux:
            aux = map_leaves(lambda _, x: _plain_unless_open(x, starts, outside), aux)
        for x in starts:
            if x.op is None:
                bind(x)
        return cls(arguments, result, inputs, outputs, starts, ends, order, is_open, aux)

    @property
    def value(self) -> Pytree:
        """The result of the function."""
        found = _finished(self.ends, self.ends, self.is_open)
        return rebuild_numbers(self.result, iter(found))

    def pull_back(self, seeds: list[Any]) -> list[Any]:
        """Return the inputs' cotangents from the outputs', of which some may be None."""
        seeds = _in_graph(seeds)
        record = self.is_open or any(map(is_variable, seeds))
        total: dict[Node, Any] = {}
        for node, seed in zip(self.ends, seeds, strict=True):
            if seed is not None:
                total[node] = total[node] + seed if node in total else seed
        only = descendants(self.order, self.starts) if record else None
        found = accumulate(self.order, total, create_graph=record, only=only)
        return _finished(self.starts, _found(found, self.starts), record)

    def push_forward(self, seeds: list[Any]) -> list[Any]:
        """Return the outputs' tangents from the inputs', of which some may be None."""
        seeds = _in_graph(seeds)
        record = self.is_open or any(map(is_variable, seeds))
        given = zip(self.starts, seeds, strict=True)
        total = {node: seed for node, seed in given if seed is not None}
        found = forward.tangents(self.order, total, create_graph=record)
        return _finished(self.ends, _found(found, self.ends), record)

    def like_arguments(self, parts: list[Any]) -> tuple[Pytree, ...]:
        """Return the inputs' derivatives, nested as the arguments are."""
        found: tuple[Pytree, ...] = rebuild_numbers(self.arguments, iter(parts))
        return found


_NO_NUMBER = "a function to differentiate must return numbers, arrays or nodes; {} is {}"


def _variable(x: Any, at: str, outside: bool) -> Node | None:
    """Return the variable that stands for one leaf of an argument; None in a nest has none."""
    if x is None and at.endswith("]"):
        return None
    if sizes_in_force():
        return _variable_for_each_sample(x, at, outside)
    if is_variable(x) and outside:
        made: Node = identity(x)
        return made
    data = x._data if isinstance(x, Node) else x
    try:
        return Tensor(data) if isinstance(data, np.ndarray) else Value(data)
    except TypeError as error:
        raise TypeError(f"cannot differentiate with respect to {at}: {error}") from None


def _variable_for_each_sample(x: Any, at: str, outside: bool) -> Node:
    """Return a variable inside of ``vmap``: every sample has its own, and its own gradient."""
    try:
        full = grounded(_as_node(x))
    except TypeError as error:
        raise TypeError(f"cannot differentiate with respect to {at}: {error}") from None
    own = is_variable(full) and outside
    made: Node = lifted(identity(full) if own else sharing(raw(full), requires_grad=True))
    return made


def _as_node(x: Any) -> Node:
    if isinstance(x, PerSample):
        made: Node = x.constant()
        return made
    return x if isinstance(x, Node) else Tensor(x, requires_grad=False)


def _in_graph(nodes: list[Any]) -> list[Any]:
    """Return nodes, or cotangents, as the graph has them: inside of ``vmap`` for all samples."""
    if not sizes_in_force():
        return nodes
    return [None if x is None else grounded(x) for x in nodes]


def _output(at: str, y: Any) -> Node | None:
    if y is None or (isinstance(y, Node) and not sizes_in_force()):
        return y
    if _is_boolean_or_index(y):
        raise TypeError(f"{_NO_NUMBER.format(at, shown(y))}: booleans and indices have no slope")
    try:
        return lifted(grounded(_as_node(y))) if sizes_in_force() else _constant(y)
    except TypeError:
        raise TypeError(_NO_NUMBER.format(at, shown(y))) from None


def _is_boolean_or_index(y: Any) -> bool:
    return isinstance(y, bool) or (
        isinstance(y, (np.ndarray, np.generic, PerSample)) and y.dtype.kind in "biu"
    )


def _pair(returned: Any) -> tuple[Pytree, Pytree]:
    if isinstance(returned, (tuple, list)) and len(returned) == 2:
        result, aux = returned
        return result, aux
    raise TypeError(
        "with has_aux=True a function must return a pair, the result to differentiate and "
        f"anything else, got {returned!r}"
    )


def _plain_unless_open(x: Any, inputs: list[Node], outside: bool) -> Any:
    """Return a leaf of a function's aux, without the graph that is inside the transform."""
    if not isinstance(x, Node):
        return x
    x = grounded(x)
    order = topological_order(x, stop=inputs)
    (found,) = _finished([x], [x], outside and _has_others(order, inputs, [x]))
    return found


def _has_others(order: list[Node], inputs: list[Node], outputs: list[Node]) -> bool:
    """Whether variables from outside take part: neither fresh inputs, nor an inner transform's."""
    fresh = set(inputs)
    ends = (p for node in order for p in node.parents)
    return any(x.op is not None for x in inputs) or any(
        p.op is None and p not in fresh and is_free(p) for p in (*ends, *outputs)
    )


def is_variable(x: Any) -> bool:
    """Whether ``x`` is a node that a gradient can flow to."""
    return isinstance(x, Node) and x.requires_grad


def _found(parts: dict[Node, Any], nodes: list[Node]) -> list[Any]:
    """Return the cotangent or tangent found for each node, or zeros."""
    return [parts[node] if node in parts else zeros(node) for node in nodes]


def _finished(nodes: list[Node], parts: list[Any], record: bool) -> list[Any]:
    """Return nodes' derivatives as nodes; or as plain numbers, and arrays of their own."""
    pairs = zip(nodes, parts, strict=True)
    if sizes_in_force():
        return [lifted(part if record else raw(part)) for _, part in pairs]
    if not record:
        return [_plain(node, part) for node, part in pairs]
    return [
        part if isinstance(part, Node) else _constant(_plain(node, part)) for node, part in pairs
    ]


def _constant(x: Any) -> Node:
    make = Tensor if isinstance(x, np.ndarray) else Value
    return make(x, requires_grad=False)


def _plain(node: Node, part: Any) -> Any:
    """Return a number, or a new array: a sum of arrays without axes is a NumPy number."""
    return np.array(raw(part)) if node._rank else raw(part)
