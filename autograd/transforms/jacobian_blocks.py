"""Jacobians, an element at a time: backwards by rows, or forwards by columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np

from autograd.node.node import Node
from autograd.numbers.protocols import Numeric
from autograd.ops.joining import stack
from autograd.ops.shape import reshape
from autograd.transforms.tracing import Trace
from autograd.walk.forward import ones


def rows(trace: Trace) -> Iterator[list[Any]]:
    """Yield, for each output, its derivative by each input: going backwards."""
    inputs, outputs = trace.inputs, trace.outputs
    for k, y in enumerate(outputs):
        if not y._rank:
            y._check_cotangent(None)  # which refuses a complex result that has no gradient
        rows = [trace.pull_back(_at(k, unit, outputs)) for unit in _units(y)]
        yield [_joined([row[j] for row in rows], y, x, axis=0) for j, x in enumerate(inputs)]


def columns(trace: Trace) -> Iterator[list[Any]]:
    """Yield, for each output, its derivative by each input: going forwards."""
    inputs, outputs = trace.inputs, trace.outputs
    columns = [
        [trace.push_forward(_at(j, unit, inputs)) for unit in _units(x)]
        for j, x in enumerate(inputs)
    ]
    for k, y in enumerate(outputs):
        yield [
            _joined([column[k] for column in columns[j]], y, x, axis=-1)
            for j, x in enumerate(inputs)
        ]


def _units(node: Node) -> Iterator[Any]:
    """Yield the unit vectors in a node's shape and kind of number."""
    if not node._rank:
        yield ones(node)
        return
    for k in range(node._data.size):
        unit = np.zeros(node._data.shape, node._data.dtype)
        unit.flat[k] = 1
        yield unit


def _at(k: int, seed: Any, nodes: list[Node]) -> list[Any]:
    return [seed if j == k else None for j in range(len(nodes))]


def size(nodes: list[Node]) -> int:
    """Return how many elements the nodes have together."""
    return sum(np.size(node._data) for node in nodes)


def _joined(parts: list[Any], y: Node, x: Node, axis: int) -> Numeric:
    """Return the derivative of y by x from its rows (axis 0) or its columns (axis −1)."""
    if not (x._rank or y._rank):
        return cast(Numeric, parts[0])
    shape = np.shape(y._data) + np.shape(x._data)
    if any(isinstance(part, Node) for part in parts):
        return cast(Numeric, reshape(stack(parts, axis=axis), shape))
    return np.stack(parts, axis=axis).reshape(shape) if parts else np.zeros(shape)
