"""Coercion of inputs to Tensors or arrays, and their sum and mean."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd.extend import Node, Numeric, plain_array, watched


def as_operand(x: Any) -> Any:
    """Return a Tensor or an array; of objects, and with no axes, for Values."""
    if isinstance(x, (autograd.Tensor, np.ndarray)):
        return x
    if isinstance(x, Node):
        return _objects(x, ())
    if isinstance(x, (list, tuple)) and any(map(_has_nodes, x)):
        rows = [as_operand(item) for item in x]
        return _objects(rows, ()) if not rows else np.stack(rows)
    return plain_array(watched(x))


def total(x: Any) -> Numeric:
    """Return the sum of all elements: one node, whatever there is to add up."""
    if isinstance(x, autograd.Value):  # what arithmetic leaves of an object array without axes
        return x
    if isinstance(x, np.ndarray) and x.dtype == object:
        only: Numeric = x.item() if x.size == 1 else autograd.total(x.ravel().tolist())
        return only
    summed: Numeric = autograd.sum(x)
    return summed


def mean(x: Any) -> Numeric:
    """Return the mean of all elements."""
    if isinstance(x, autograd.Tensor):
        return autograd.mean(x)
    count = getattr(x, "size", 1)
    return total(x) / count if count > 1 else total(x)


def _has_nodes(item: Any) -> bool:
    return isinstance(item, (Node, list, tuple)) and (
        isinstance(item, Node) or any(map(_has_nodes, item))
    )


def _objects(item: Any, shape: tuple[int, ...]) -> Any:
    box = np.empty(shape, object)
    box[()] = item
    return box
