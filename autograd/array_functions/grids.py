"""Evenly spaced numbers between two that may be nodes: linspace, logspace, geomspace."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.array_functions.reading import reads_numbers
from autograd.node.node import Node, raw
from autograd.ops.arithmetic import pow
from autograd.ops.exponential import log10
from autograd.ops.indexing import set_at
from autograd.ops.scalars import operand
from autograd.ops.shape import astype, moveaxis
from autograd.rules.op_registry import stands_for


@stands_for(np.linspace)
def _linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    *,
    axis: int = 0,
) -> Any:
    if num < 0:
        raise ValueError(f"linspace takes a number of samples from 0 on, got {num}")
    start, stop = _ends(start, stop)
    gaps = num - 1 if endpoint else num
    step = (stop - start) / gaps if gaps > 0 else (stop - start) * np.nan
    rank = np.broadcast_shapes(start.shape, stop.shape)
    counts = np.arange(num, dtype=raw(step).dtype).reshape((num, *[1] * len(rank)))
    found = counts * step + start if gaps > 0 else counts * (stop - start) + start
    if endpoint and num > 1:
        found = set_at(found, -1, stop)
    found = moveaxis(found, 0, axis) if axis != 0 else found
    return (found, step) if retstep else found


def _ends(start: Any, stop: Any) -> tuple[Any, Any]:
    """Return two ends in one precision, which one number, plain or a Value's, doesn't widen."""
    double = np.dtype(float)
    given = (x for x in map(raw, (start, stop)) if not isinstance(x, int | float))
    dtypes = (getattr(x, "dtype", double) for x in given)
    known = [each if each.kind == "f" else double for each in dtypes]
    dtype = np.result_type(*known) if known else double
    first, last = (
        x if isinstance(x, Node) and x._rank else operand(x).astype(dtype) for x in (start, stop)
    )
    return first, last


@stands_for(np.logspace)
def _logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, *, axis: int = 0
) -> Any:
    return pow(base, _linspace(start, stop, num, endpoint, axis=axis))


@stands_for(np.geomspace)
@reads_numbers
def _geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, *, axis: int = 0
) -> Any:
    start, stop = (astype(operand(x), np.float64) for x in (start, stop))  # as NumPy has it
    sign = np.sign(raw(start))
    if np.any(raw(start) == 0) or np.any(sign * raw(stop) <= 0):
        raise ValueError("geomspace needs two numbers of one sign, and not 0")
    first, last = sign * start, sign * stop
    found = pow(10.0, _linspace(log10(first), log10(last), num, endpoint))
    if num > 0:
        found = set_at(found, 0, first)
        if endpoint and num > 1:
            found = set_at(found, -1, last)
    found = sign * found
    return moveaxis(found, 0, axis) if axis != 0 else found
