"""Undoes broadcasting: a contribution comes back in the shape of the operand."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.node.node import Node
from autograd.ops import reduction, shape


def undo_broadcasting(x: Any, to: tuple[int, ...]) -> Any:
    """Sum over the axes that broadcasting repeated, and repeat along those that were reduced."""
    node = isinstance(x, Node)
    extra = x.ndim - len(to)
    if extra == 1 and to and x.shape[1:] == to and not node:  # what passes to a bias
        return x[0] if len(x) == 1 else np.add.reduce(x)
    axes = tuple([k for k, n in enumerate(x.shape) if n != 1 and (k < extra or to[k - extra] == 1)])
    if axes:
        add = reduction.sum if node else np.add.reduce
        x = add(x, axis=axes, keepdims=True)
    if extra > 0:
        x = x.reshape(x.shape[extra:])
    if x.shape == to:
        return x
    if node:
        return shape.broadcast_to(x, to)
    full = np.empty(to, x.dtype)
    full[...] = x
    return full
