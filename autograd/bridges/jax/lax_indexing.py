"""JAX's primitives that gather and scatter, in ops of this engine: rows of the table.

JAX itself is asked which elements they move: the primitive runs on the positions of the elements
in place of the elements.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from autograd.bridges.jax.pullbacks import run
from autograd.node.node import raw
from autograd.numbers.kinds import Rule
from autograd.ops.indexing import add_at, getitem, set_at
from autograd.ops.selection import where
from autograd.ops.shape import reshape

_MOST = 2**24  # float32 holds every whole number up to here


def _gathered(equation: Any) -> Rule | None:
    """Take the elements at the positions that JAX takes, and what it fills in outside."""
    operand, shape = equation.invars[0].aval, tuple(equation.outvars[0].aval.shape)
    fill = equation.params.get("fill_value")
    settings = equation.params | ({"fill_value": -1} if "fill_value" in equation.params else {})
    asked = equation.replace(params=settings)

    def rule(x: Any, *indices: Any) -> Any:
        numbers = np.arange(operand.size, dtype=np.int32).reshape(operand.shape)
        places = np.asarray(run(asked, [numbers, *indices])[0])
        found = reshape(getitem(reshape(x, -1), np.maximum(places, 0).ravel()), shape)
        outside = places < 0
        return where(outside, np.nan if fill is None else fill, found) if outside.any() else found

    return rule


def _scattered(put: Callable[..., Any], *, indices_first: bool) -> Callable[[Any], Rule | None]:
    """Put the updates where JAX puts them: what its pullback takes of a cotangent of positions."""

    def row(equation: Any) -> Rule | None:
        operand = equation.invars[0].aval
        if operand.size > _MOST:
            return None

        def rule(x: Any, *others: Any) -> Any:
            indices, updates = (others[:1], others[1]) if indices_first else (others[1:], others[0])
            places = _places(equation, operand, indices, np.shape(raw(updates)), indices_first)
            kept = np.flatnonzero(places >= 0)
            values = getitem(reshape(updates, -1), kept)
            return reshape(put(reshape(x, -1), places[kept], values), tuple(operand.shape))

        return rule

    return row


def _places(
    equation: Any, operand: Any, indices: Any, shape: tuple[int, ...], indices_first: bool
) -> Any:
    """Return for each update its position in the flat operand; −1 for one that isn't kept."""
    zeros = np.zeros(operand.shape, np.float32)

    def put(updates: Any) -> Any:
        order = (*indices, updates) if indices_first else (updates, *indices)
        return run(equation, [zeros, *order])[0]

    _, pullback = jax.vjp(put, np.zeros(shape, np.float32))
    numbers = np.arange(1, operand.size + 1, dtype=np.float32).reshape(operand.shape)
    return np.asarray(pullback(numbers)[0]).astype(np.intp).ravel() - 1


INDEXING: dict[str, Callable[[Any], Rule | None]] = {
    "dynamic_slice": _gathered,
    "dynamic_update_slice": _scattered(set_at, indices_first=False),
    "gather": _gathered,
    "scatter": _scattered(set_at, indices_first=True),
    "scatter-add": _scattered(add_at, indices_first=True),
    "scatter_add": _scattered(add_at, indices_first=True),
}
