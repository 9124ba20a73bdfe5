"""Functions that turn, cut, join and repeat arrays, written in reshape, transpose and slices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.node.node import raw
from autograd.ops.joining import concatenate, split, stack
from autograd.ops.reduction import sort
from autograd.ops.scalars import operand
from autograd.ops.shape import (
    along,
    broadcast_to,
    flip,
    moveaxis,
    reshape,
    roll,
    swapaxes,
)
from autograd.rules.op_registry import in_numpy, stands_for

# Turning -----------------------------------------------------------------------------------------


@stands_for(np.flipud)
def _flipud(m: Any) -> Any:
    return flip(m, 0)


@stands_for(np.fliplr)
def _fliplr(m: Any) -> Any:
    return flip(m, 1)


@stands_for(np.rot90)
def _rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    x = operand(m)
    first, second = (normalize_axis_index(axis, x.ndim) for axis in axes)
    if first == second:
        raise ValueError(f"rot90 turns in the plane of two axes, got {tuple(axes)}")
    if k % 4 == 2:
        return flip(flip(x, first), second)
    if k % 4 == 0:
        return x[...]
    if k % 4 == 1:
        return swapaxes(flip(x, second), first, second)
    return flip(swapaxes(x, first, second), second)


@stands_for(np.rollaxis)
def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    x = operand(a)
    axis = normalize_axis_index(axis, x.ndim)
    start = start + x.ndim if start < 0 else start
    return moveaxis(x, axis, start - 1 if axis < start else start)


@stands_for(*in_numpy("matrix_transpose", "linalg.matrix_transpose"))
def _matrix_transpose(x: Any, /) -> Any:
    return swapaxes(x, -1, -2)


def _halves(x: Any, axes: Any) -> tuple[tuple[int, ...], list[int]]:
    chosen = range(x.ndim) if axes is None else np.atleast_1d(axes).tolist()
    return tuple(chosen), [x.shape[axis] // 2 for axis in chosen]


@stands_for(np.fft.fftshift)
def _fftshift(x: Any, axes: Any = None) -> Any:
    x = operand(x)
    axes, halves = _halves(x, axes)
    return roll(x, halves, axes)


@stands_for(np.fft.ifftshift)
def _ifftshift(x: Any, axes: Any = None) -> Any:
    x = operand(x)
    axes, halves = _halves(x, axes)
    return roll(x, [-n for n in halves], axes)


# Cutting and joining -----------------------------------------------------------------------------


@stands_for(np.vsplit)
def _vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    return split(ary, indices_or_sections, 0)


@stands_for(np.hsplit)
def _hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    return split(ary, indices_or_sections, min(1, operand(ary).ndim - 1))


@stands_for(np.dsplit)
def _dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    return split(ary, indices_or_sections, 2)


@stands_for(np.dstack)
def _dstack(tup: Sequence[Any]) -> Any:
    return concatenate([np.atleast_3d(operand(x)) for x in tup], 2)


@stands_for(np.trim_zeros)
def _trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    x = operand(filt)
    numbers = raw(x)
    axes = range(x.ndim) if axis is None else np.atleast_1d(axis).tolist()
    for k in axes:
        others = tuple(j for j in range(x.ndim) if j != normalize_axis_index(k, x.ndim))
        kept = np.flatnonzero((numbers != 0).any(axis=others))
        start = kept[0] if kept.size and "f" in trim.lower() else 0
        stop = kept[-1] + 1 if kept.size and "b" in trim.lower() else numbers.shape[k]
        x = x[along(k, x.ndim, slice(start, stop if kept.size else 0))]
    return x


# Over and over ------------------------------------------------------------------------------------


@stands_for(np.broadcast_arrays)
def _broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    arrays = [operand(x) for x in args]
    shape = np.broadcast_shapes(*(x.shape for x in arrays))
    return tuple([broadcast_to(x, shape) for x in arrays])


@stands_for(np.meshgrid)
def _meshgrid(*xi: Any, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid's indexing is 'xy' or 'ij', got {indexing!r}")
    count = len(xi)
    order = list(range(count))
    if indexing == "xy" and count > 1:
        order[:2] = [1, 0]
    grids = []
    for x, place in zip(map(operand, xi), order, strict=True):
        grids.append(reshape(x, tuple(-1 if k == place else 1 for k in range(count))))
    return tuple(grids) if sparse else _broadcast_arrays(*grids)


@stands_for(np.ix_)
def _ix(*args: Any) -> tuple[Any, ...]:
    return _meshgrid(*args, sparse=True, indexing="ij")


@stands_for(np.apply_along_axis)
def _apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    x = moveaxis(arr, axis, -1)
    outside = x.shape[:-1]
    found = [operand(func1d(x[place], *args, **kwargs)) for place in np.ndindex(*outside)]
    if not found:
        raise ValueError("apply_along_axis needs an array with elements")
    inside = found[0].shape
    whole = reshape(stack(found), (*outside, *inside))
    places = normalize_axis_index(axis, x.ndim)
    source = range(len(outside), whole.ndim)
    return moveaxis(whole, tuple(source), tuple(range(places, places + len(inside))))


@stands_for(np.apply_over_axes)
def _apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    x = operand(a)
    for axis in np.atleast_1d(axes).tolist():
        found = func(x, axis)
        x = found if found.ndim == x.ndim else np.expand_dims(found, axis)
    return x


# Sets --------------------------------------------------------------------------------------------


@stands_for(*in_numpy("unique", "unique_values"))
def _unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """Return the different elements, ascending; equal ones share the gradient, as in ``sort``."""
    if axis is not None:
        raise ValueError("unique along an axis isn't here: only of the flattened array, axis=None")
    x = reshape(operand(ar), -1)
    _, counts = np.unique(raw(x), return_counts=True, equal_nan=equal_nan)
    found = sort(x)[np.cumsum(counts) - counts]
    wanted: Any = {"return_index": return_index, "return_inverse": return_inverse}
    wanted |= {"return_counts": return_counts, "equal_nan": equal_nan}
    others: Any = np.unique(raw(operand(ar)), **wanted)
    plain = others[1:] if isinstance(others, tuple) else ()
    return (found, *plain) if plain else found


@stands_for(np.union1d)
def _union1d(ar1: Any, ar2: Any) -> Any:
    return _unique(concatenate([operand(ar1), operand(ar2)], axis=None))


@stands_for(np.intersect1d)
def _intersect1d(ar1: Any, ar2: Any) -> Any:
    """Return the elements that are in both: they share the gradient."""
    both = _union1d(ar1, ar2)
    return both[_in(both, ar1) & _in(both, ar2)]


@stands_for(np.setdiff1d)
def _setdiff1d(ar1: Any, ar2: Any) -> Any:
    different = _unique(ar1)
    return different[~_in(different, ar2)]


@stands_for(np.setxor1d)
def _setxor1d(ar1: Any, ar2: Any) -> Any:
    both = _union1d(ar1, ar2)
    return both[_in(both, ar1) ^ _in(both, ar2)]


def _in(x: Any, others: Any) -> Any:
    return np.isin(raw(x), raw(operand(others)))
