"""JAX's primitives that move elements, in ops of this engine: rows of the table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograd.numbers.kinds import Rule
from autograd.ops.arithmetic import identity
from autograd.ops.indexing import getitem, set_at
from autograd.ops.joining import concatenate, stack
from autograd.ops.repeating import tile
from autograd.ops.shape import astype, broadcast_to, flip, reshape, transpose

_FLOATS = ("float16", "float32", "float64")


def _broadcast_in_dim(equation: Any) -> Rule:
    shape, axes = equation.params["shape"], equation.params["broadcast_dimensions"]
    lengths = [1] * len(shape)
    for axis, length in zip(axes, equation.invars[0].aval.shape, strict=True):
        lengths[axis] = length
    return lambda x, *_: broadcast_to(reshape(x, tuple(lengths)), tuple(shape))


def _reshaped(equation: Any) -> Rule:
    shape = tuple(equation.outvars[0].aval.shape)
    return lambda x, *_: reshape(x, shape)


def _transpose(equation: Any) -> Rule:
    return partial(transpose, axes=tuple(equation.params["permutation"]))


def _concatenate(equation: Any) -> Rule:
    axis = equation.params["dimension"]
    return lambda *xs: concatenate(xs, axis)


def _stack(equation: Any) -> Rule:
    axis = equation.params["axis"]
    return lambda *xs: stack(xs, axis)


def _slice(equation: Any) -> Rule:
    settings = equation.params
    strides = settings["strides"] or (1,) * len(settings["start_indices"])
    bounds = zip(settings["start_indices"], settings["limit_indices"], strides, strict=True)
    index = tuple(slice(*each) for each in bounds)
    return lambda x: getitem(x, index)


def _split(equation: Any) -> Rule:
    sizes = equation.params["sizes"]
    before = (slice(None),) * equation.params["axis"]
    ends = np.cumsum(sizes).tolist()
    places = [slice(end - size, end) for size, end in zip(sizes, ends, strict=True)]
    return lambda x: tuple(getitem(x, (*before, place)) for place in places)


def _rev(equation: Any) -> Rule:
    return partial(flip, axis=tuple(equation.params["dimensions"]))


def _pad(equation: Any) -> Rule:
    """Put the elements into an array of padding; a negative width cuts some off first."""
    shape = tuple(equation.outvars[0].aval.shape)
    lengths, widths = equation.invars[0].aval.shape, equation.params["padding_config"]
    each = [_kept(*axis) for axis in zip(shape, lengths, widths, strict=True)]
    taken, put = (tuple(slices) for slices in zip(*each, strict=True)) if each else ((), ())
    return lambda x, value: set_at(broadcast_to(value, shape), put, getitem(x, taken))


def _kept(size: int, length: int, width: tuple[int, int, int]) -> tuple[slice, slice]:
    """Return the slice to take along an axis, and the slice of an axis of ``size`` to put it in."""
    low, _, between = width
    places = low + np.arange(length) * (between + 1)
    inside = np.flatnonzero((places >= 0) & (places < size)).tolist()
    if not inside:
        return slice(0, 0), slice(0, 0)
    first, last = inside[0], inside[-1]
    return slice(first, last + 1), slice(int(places[first]), int(places[last]) + 1, between + 1)


def _convert_element_type(equation: Any) -> Rule | None:
    before, after = equation.invars[0].aval.dtype, equation.params["new_dtype"]
    if before == after:
        return identity
    if str(before) in _FLOATS and str(after) in _FLOATS:
        return partial(astype, dtype=np.dtype(after))
    # Whole numbers don't change; bfloat16 is widened here, and rounding to it is JAX's alone.
    return _as_floats(np.dtype(after)) if before.kind in "iub" and str(after) in _FLOATS else None


def _as_floats(dtype: Any) -> Rule:
    return lambda x: np.asarray(x).astype(dtype)


SHAPES: dict[str, Callable[[Any], Rule | None]] = {
    "broadcast_in_dim": _broadcast_in_dim,
    "concatenate": _concatenate,
    "convert_element_type": _convert_element_type,
    "expand_dims": _reshaped,
    "pad": _pad,
    "reshape": lambda equation: None if equation.params["dimensions"] else _reshaped(equation),
    "rev": _rev,
    "slice": _slice,
    "split": _split,
    "squeeze": _reshaped,
    "stack": _stack,
    "tile": lambda equation: partial(tile, reps=tuple(equation.params["reps"])),
    "transpose": _transpose,
}
