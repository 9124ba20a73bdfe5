"""Functions that choose by conditions: piecewise, and the counts of bincount with weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.node.node import Node, raw
from autograd.ops.indexing import add_at, set_at
from autograd.ops.scalars import operand
from autograd.rules.op_registry import stands_for


@stands_for(np.piecewise)
def _piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """Give each function the elements where its condition is the last that holds."""
    x = operand(x)
    conditions = np.asarray(condlist, bool)
    if conditions.ndim == x.ndim and len(conditions) != len(funclist) - 1 != 0:
        conditions = conditions[None]
    if conditions.ndim == 0 or conditions.shape == x.shape:
        conditions = conditions[None]
    functions: list[Callable[..., Any] | Any] = list(funclist)
    if len(functions) == len(conditions) + 1:  # the last is for where none holds
        conditions = np.concatenate([conditions, ~conditions.any(axis=0, keepdims=True)])
    if len(functions) != len(conditions):
        raise ValueError(
            f"piecewise takes a function for each condition, or one more, got {len(functions)} "
            f"for {len(conditions)}"
        )
    found: Any = np.zeros(x.shape, raw(x).dtype)
    for condition, function in zip(conditions, functions, strict=True):
        if condition.any():
            given = function(x[condition], *args, **kw) if callable(function) else function
            found = set_at(found, condition, given)
    return found


@stands_for(np.bincount)
def _bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """Return the sums of the weights that fall on each whole number."""
    if isinstance(x, Node):
        raise TypeError("bincount counts whole numbers, got a node: it is for the weights")
    places = np.asarray(x)
    counts = np.bincount(places, minlength=minlength)
    return add_at(np.zeros(counts.size), places, weights)
