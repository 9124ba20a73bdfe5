"""JAX's convolutions and pools, in ops of this engine: rows of the table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any

import numpy as np

from autograd.numbers.kinds import Rule
from autograd.ops.arithmetic import mul, neg
from autograd.ops.convolution import conv_op
from autograd.ops.indexing import set_at
from autograd.ops.pooling import avg_pool, max_pool
from autograd.ops.shape import transpose


def _convolution(equation: Any) -> Rule | None:
    settings = equation.params
    padding = tuple(tuple(pair) for pair in settings["padding"])
    if settings["batch_group_count"] != 1 or any(n < 0 for pair in padding for n in pair):
        return None
    of_x, of_w, of_z = settings["dimension_numbers"]
    back = tuple(np.argsort(of_z).tolist())
    between = settings["lhs_dilation"]
    convolved = partial(
        conv_op,
        stride=tuple(settings["window_strides"]),
        padding=padding,
        dilation=tuple(settings["rhs_dilation"]),
        groups=settings["feature_group_count"],
    )

    def rule(x: Any, w: Any) -> Any:
        x, w = transpose(x, tuple(of_x)), transpose(w, tuple(of_w))
        return transpose(convolved(_spread(x, between), w), back)

    return rule


def _spread(x: Any, between: Any) -> Any:
    """Return an input with zeros between its elements, as a transposed convolution has it."""
    if all(step == 1 for step in between):
        return x
    lengths = [(n - 1) * step + 1 for n, step in zip(x.shape[2:], between, strict=True)]
    places = (..., *(slice(None, None, step) for step in between))
    return set_at(np.zeros((*x.shape[:2], *lengths), x.dtype), places, x)


def _pooled(pool: Callable[..., Rule | None]) -> Callable[[Any], Rule | None]:
    def row(equation: Any) -> Rule | None:
        settings = equation.params
        padding = tuple(tuple(pair) for pair in settings["padding"])
        if any(n != 1 for n in settings["base_dilation"]):
            return None
        window, dilation = tuple(settings["window_dimensions"]), tuple(settings["window_dilation"])
        how = {"stride": tuple(settings["window_strides"]), "padding": padding}
        return pool(window, dilation, how)

    return row


def _largest(window: Any, dilation: Any, how: dict[str, Any]) -> Rule:
    return partial(max_pool, kernel=window, dilation=dilation, **how)


def _least(window: Any, dilation: Any, how: dict[str, Any]) -> Rule:
    return lambda x: neg(max_pool(neg(x), window, dilation=dilation, **how))


def _sum(window: Any, dilation: Any, how: dict[str, Any]) -> Rule | None:
    if any(n != 1 for n in dilation):
        return None
    return lambda x: mul(avg_pool(x, window, **how), float(prod(window)))


WINDOWS: dict[str, Callable[[Any], Rule | None]] = {
    "conv_general_dilated": _convolution,
    "reduce_window_max": _pooled(_largest),
    "reduce_window_min": _pooled(_least),
    "reduce_window_sum": _pooled(_sum),
}
