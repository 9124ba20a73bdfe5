"""float16 in reductions: computed in float32 and given back as float16."""

from __future__ import annotations

from functools import wraps
from typing import Any

import numpy as np

from autograd.node.node import raw
from autograd.numbers.kinds import Rule
from autograd.ops.shape import astype


def in_float32(function: Rule) -> Rule:
    """Let a function of an array compute with float32 where it is given float16."""

    @wraps(function)
    def on_array(x: Any, **settings: Any) -> Any:
        if x.dtype != np.float16:
            return function(x, **settings)
        return function(x.astype(np.float32), **settings).astype(np.float16)

    return on_array


def pulled_in_float32(pullback: Rule) -> Rule:
    """Let a pullback of one operand compute with float32 there; the walk gives back float16."""

    @wraps(pullback)
    def on_cotangent(g: Any, x: Any, z: Any, **settings: Any) -> Any:
        if raw(x).dtype != np.float16:
            return pullback(g, x, z, **settings)
        return pullback(*(astype(each, np.float32) for each in (g, x, z)), **settings)

    return on_cotangent
