"""The product of the chain rule: a cotangent, or a tangent, times a partial derivative.

There is one rule for 0·∞, forwards and backwards: in this product it is 0, whichever factor is the
zero. A cotangent that is exactly zero passes nothing on, not even to a partial that is nan. A
partial that is zero passes a nan on, unless the op selects: what it didn't choose gets nothing. All
else is IEEE 754's arithmetic. The functions here take numbers of any kind, arrays and nodes.
"""

from __future__ import annotations

from math import inf, isfinite, nan
from typing import Any

import numpy as np

from autograd.node.node import Node, raw
from autograd.numbers import kinds
from autograd.numbers.sealed import Sealed
from autograd.rules.op_registry import built_in

_THREADED = 10_000  # elements: of more, OpenBLAS shares a product among threads, and waits for them


def times(cotangent: Any, partial: Any) -> Any:
    """Return cotangent · partial, where 0·∞ is 0 and a zero cotangent passes nothing on.

    Examples
    --------
    >>> from math import inf, nan
    >>> from autograd.rules.chain_rule import times
    >>> times(0.0, inf), times(inf, 0.0), times(0.0, nan), times(nan, 0.0), times(2.0, inf)
    (0.0, 0.0, 0.0, nan, inf)
    """
    product = cotangent * partial
    if is_finite(product):
        return product
    g, p = raw(cotangent), raw(partial)
    return choose((g != 0) & ((p != 0) | (abs(g) != inf)), product, 0.0)


def select(cotangent: Any, partial: Any) -> Any:
    """Return cotangent · partial, where a partial of zero passes nothing on, not even a nan."""
    if type(partial) is not np.ndarray and hasattr(partial, "recorded_where"):  # replay records
        return partial.recorded_where(cotangent, 0.0)
    p = raw(partial)
    if isinstance(p, np.ndarray) and p.dtype.kind == "b":
        return choose(p, cotangent, 0.0)
    if not isinstance(p, (np.ndarray, Sealed)) and not p:
        return 0.0 if type(cotangent) is float else nothing(cotangent)
    product = cotangent * partial
    return product if is_finite(product) else choose((raw(cotangent) != 0) & (p != 0), product, 0.0)


def nothing(cotangent: Any) -> Any:
    """Return a zero in the cotangent's shape and kind of number: a constant partial of 0."""
    return cotangent * 0 if is_finite(cotangent) else choose(False, cotangent, 0.0)


def unless_nan(partial: Any, z: Any) -> Any:
    """Return the partial of an op that compares, with nan where it compared a nan.

    The result z is nan just there.
    """
    numbers = raw(z)
    return partial if is_finite(numbers) else choose(numbers == numbers, partial, nan)


def choose(condition: Any, x: Any, y: Any) -> Any:
    """Return x where the condition holds, else y: numbers, arrays or nodes."""
    if type(condition) is not np.ndarray and hasattr(condition, "recorded_where"):
        return condition.recorded_where(x, y)
    if isinstance(x, Node) or isinstance(y, Node):
        return built_in["where"](x, y, condition=condition)
    return kinds.choose(condition, x, y)


def is_finite(product: Any) -> bool:
    """Whether numbers are all finite; False also for an array whose squares overflow."""
    numbers = product if type(product) is np.ndarray else raw(product)
    if isinstance(numbers, np.ndarray):
        if numbers.size > _THREADED and numbers.dtype.kind in "fc":
            return bool(np.isfinite(numbers).all())
        # Three times as fast as np.isfinite(...).all().
        return isfinite(np.vdot(numbers, numbers).real)
    if type(numbers) is Sealed:
        return True  # what a replay finds that isn't finite is computed again by the walk
    return bool(numbers - numbers == 0)
