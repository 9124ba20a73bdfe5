"""NumPy's functions that leave out nan: what they skip gets no gradient."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import numpy as np

from autograd.array_functions.masked import masked
from autograd.array_functions.reading import reads_numbers
from autograd.node.node import raw
from autograd.numbers.per_sample import of_all_samples
from autograd.ops.reduction import cumsum, max, min
from autograd.ops.running import cumprod
from autograd.ops.scalars import operand
from autograd.ops.selection import where
from autograd.ops.shape import Axis, own_axes
from autograd.rules.op_registry import stands_for

for _function in (np.nansum, np.nanprod, np.nanmean, np.nanvar, np.nanstd):
    _reduction = masked(_function)
    if _reduction is not None:
        stands_for(_function)(reads_numbers(_reduction))


def _largest(a: Any, axis: Axis, keepdims: bool, reduce: Any, beyond: float) -> Any:
    """Return an extreme of what is no nan: nan of none."""
    x = operand(a)
    is_nan = raw(x) != raw(x)
    found = reduce(where(is_nan, beyond, x), axis, keepdims=keepdims)
    nothing = is_nan.all(own_axes(x, axis), keepdims=keepdims)
    return where(nothing, nan, found) if of_all_samples(nothing).any() else found


@stands_for(np.nanmax)
@reads_numbers
def _nanmax(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    return _largest(a, axis, keepdims, max, -inf)


@stands_for(np.nanmin)
@reads_numbers
def _nanmin(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    return _largest(a, axis, keepdims, min, inf)


@stands_for(np.nancumsum)
@reads_numbers
def _nancumsum(a: Any, axis: int | None = None) -> Any:
    return cumsum(where(raw(operand(a)) != raw(operand(a)), 0.0, operand(a)), axis)


@stands_for(np.nancumprod)
@reads_numbers
def _nancumprod(a: Any, axis: int | None = None) -> Any:
    return cumprod(where(raw(operand(a)) != raw(operand(a)), 1.0, operand(a)), axis)
