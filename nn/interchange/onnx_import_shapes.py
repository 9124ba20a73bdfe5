"""ONNX's operators on shapes and positions: Reshape, Slice, Gather, Pad and the like. One row each.

What says lengths, axes or positions is plain integers; what is moved may be a Tensor.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

import autograd
from autograd.extend import Node, raw
from nn.interchange.onnx_import_elementwise import Row
from nn.interchange.onnx_import_step import (
    Step,
    axes_of,
    axis_of,
    integers,
    is_float,
    number,
    room,
)


def shaped(x: Any, shape: Any) -> Any:
    """Return ``x`` in another shape; itself, if that is its own."""
    return x if tuple(shape) == raw(x).shape else autograd.reshape(x, tuple(shape))


def _shape(step: Step, x: Any) -> Any:
    start, end = step.attributes.get("start", 0), step.attributes.get("end")
    return np.array(raw(x).shape[slice(start, end)], np.int64)


def _reshape(step: Step, x: Any, shape: Any) -> Any:
    lengths = integers(shape)
    if not step.attributes.get("allowzero", 0):
        own = raw(x).shape
        lengths = [own[k] if length == 0 else length for k, length in enumerate(lengths)]
    if -1 in lengths:
        rest = prod(length for length in lengths if length != -1)
        lengths[lengths.index(-1)] = raw(x).size // rest if rest else 0
    return shaped(x, lengths)


def _flatten(step: Step, x: Any) -> Any:
    shape, axis = raw(x).shape, step.attributes["axis"]
    axis = axis + len(shape) if axis < 0 else axis
    if not 0 <= axis <= len(shape):
        raise ValueError(f"axis {axis} isn't one of {len(shape)} axes")
    return shaped(x, (prod(shape[:axis]), prod(shape[axis:])))


def _squeeze(step: Step, x: Any, axes: Any = None) -> Any:
    own = raw(x).shape
    found = axes_of(step, axes)
    if found is None:
        found = [k for k, length in enumerate(own) if length == 1]
    gone = {axis_of(axis, len(own)) for axis in found}
    if any(own[axis] != 1 for axis in gone):
        raise ValueError(f"axes {sorted(gone)} of shape {own} don't all have the length 1")
    return shaped(x, [length for k, length in enumerate(own) if k not in gone])


def _unsqueeze(step: Step, x: Any, axes: Any = None) -> Any:
    new = axes_of(step, axes) or []
    rank = raw(x).ndim + len(new)
    places = {axis_of(axis, rank) for axis in new}
    if len(places) != len(new):
        raise ValueError(f"an axis is there twice: {new}")
    own = iter(raw(x).shape)
    return shaped(x, [1 if k in places else next(own) for k in range(rank)])


def _transpose(step: Step, x: Any) -> Any:
    order = step.attributes.get("perm")
    if order is not None and sorted(order) != list(range(raw(x).ndim)):
        raise ValueError(f"perm {order} isn't an order of {raw(x).ndim} axes")
    return autograd.transpose(x, axes=order)


def _concat(step: Step, *parts: Any) -> Any:
    room([sum(raw(part).size for part in parts)])
    return autograd.concatenate(parts, axis=step.attributes["axis"])


def _split(step: Step, x: Any, lengths: Any = None) -> Any:
    axis = axis_of(step.attributes["axis"], raw(x).ndim)
    given = step.attributes.get("split") if lengths is None else integers(lengths)
    count, own = len(step.outputs), raw(x).shape[axis]
    if given is None:
        most = -(-own // count)
        given = [max(0, min(most, own - k * most)) for k in range(count)]
    if len(given) != count or sum(given) != own or min(given) < 0:
        raise ValueError(f"{given} doesn't split a length of {own} into {count} parts")
    ends = np.cumsum(given)
    return tuple(x[_along(axis, slice(end - n, end))] for n, end in zip(given, ends, strict=True))


def _along(axis: int, place: Any) -> tuple[Any, ...]:
    return (*[slice(None)] * axis, place)


def _slice(step: Step, x: Any, *more: Any) -> Any:
    own = raw(x).shape
    if step.version < 10:
        starts, ends = step.attributes["starts"], step.attributes["ends"]
        axes, steps = step.attributes.get("axes"), None
    else:
        starts, ends, axes, steps = (
            None if each is None else integers(each) for each in [*more, None, None][:4]
        )
    axes = list(range(len(starts))) if axes is None else [axis_of(k, len(own)) for k in axes]
    steps = [1] * len(starts) if steps is None else steps
    if not len(starts) == len(ends) == len(axes) == len(set(axes)) == len(steps) <= len(own):
        raise ValueError(
            f"{len(starts)} starts, {len(ends)} ends and axes {axes} don't go together"
        )
    if 0 in steps:
        raise ValueError("a step of 0")
    cuts = {
        axis: _cut(own[axis], *bounds)
        for axis, *bounds in zip(axes, starts, ends, steps, strict=True)
    }
    whole = {axis: slice(0, own[axis], 1) for axis in cuts}
    if cuts == whole:
        return x
    return x[tuple(cuts.get(axis, slice(None)) for axis in range(len(own)))]


def _cut(length: int, start: int, end: int, step: int) -> slice:
    """Return a slice with what ONNX takes for bounds: they are clamped to the axis."""
    start, end = (k + length if k < 0 else k for k in (start, end))
    if step > 0:
        return slice(min(max(start, 0), length), min(max(end, 0), length), step)
    start = min(max(start, 0 if length else -1), length - 1)
    end = min(max(end, -1), length - 1)
    return slice(start, None if end < 0 else end, step) if start >= 0 else slice(0, 0, 1)


def _gather(step: Step, x: Any, positions: Any) -> Any:
    own, axis = raw(x).shape, axis_of(step.attributes["axis"], raw(x).ndim)
    found = _positions(positions, own[axis])
    room((*own[:axis], *found.shape, *own[axis + 1 :]))
    if isinstance(x, Node) and not axis and len(own) == 2 and found.ndim and (found >= 0).all():
        return autograd.embedding(x, found)
    return x[_along(axis, found if found.ndim else int(found))]


def _positions(positions: Any, length: int) -> Any:
    """Return positions in an axis, checked; those from the end are negative."""
    found = np.asarray(raw(positions))
    if found.dtype.kind not in "iu":
        raise ValueError(f"positions must be integers, got {found.dtype}")
    if found.size and not (-length <= found.min() and found.max() < length):
        raise ValueError(
            f"positions from {found.min()} to {found.max()} aren't all in a length of {length}"
        )
    return found


def _lines(x: Any, positions: Any, axis: int) -> tuple[Any, ...]:
    """Return the index that takes, at each place of ``positions``, that element of an axis."""
    found = _positions(positions, raw(x).shape[axis])
    if found.ndim != raw(x).ndim:
        raise ValueError(f"positions have {found.ndim} axes, and what they are in {raw(x).ndim}")
    grid = np.ogrid[tuple(slice(n) for n in found.shape)]
    return tuple(found if k == axis else line for k, line in enumerate(grid))


def _gather_elements(step: Step, x: Any, positions: Any) -> Any:
    return x[_lines(x, positions, axis_of(step.attributes["axis"], raw(x).ndim))]


def _table(x: Any, positions: Any, shared: int = 0) -> tuple[Any, ...]:
    """Return the index whose last axis of ``positions`` is a place in the axes after the shared."""
    found = np.asarray(raw(positions))
    own = raw(x).shape
    if not 0 < found.shape[-1] + shared <= len(own) or found.shape[:shared] != own[:shared]:
        raise ValueError(f"positions of shape {found.shape} aren't places in shape {own}")
    columns = [_positions(found[..., k], own[shared + k]) for k in range(found.shape[-1])]
    grid = np.ogrid[tuple(slice(n) for n in found.shape[:-1])] if shared else []
    return (*grid[:shared], *columns)


def _gather_nd(step: Step, x: Any, positions: Any) -> Any:
    index = _table(x, positions, step.attributes.get("batch_dims", 0))
    room((*np.broadcast_shapes(*(each.shape for each in index)), *raw(x).shape[len(index) :]))
    return x[index]


def _scatter_elements(step: Step, x: Any, positions: Any, values: Any) -> Any:
    return _put(
        step, x, _lines(x, positions, axis_of(step.attributes["axis"], raw(x).ndim)), values
    )


def _scatter_nd(step: Step, x: Any, positions: Any, values: Any) -> Any:
    return _put(step, x, _table(x, positions), values)


def _put(step: Step, x: Any, index: tuple[Any, ...], values: Any) -> Any:
    reduction = step.attributes.get("reduction", "none")
    if reduction not in ("none", "add"):
        raise ValueError(f"the reduction {reduction!r} isn't read: 'none' and 'add' are")
    place = autograd.set_at if reduction == "none" else autograd.add_at
    if is_float(x):
        return place(x, index, values)
    out = raw(x).copy()
    if reduction == "none":
        out[index] = raw(values)
    else:
        np.add.at(out, index, raw(values))
    return out


def _expand(step: Step, x: Any, shape: Any) -> Any:
    lengths = np.broadcast_shapes(raw(x).shape, tuple(integers(shape)))
    room(lengths)
    return x if lengths == raw(x).shape else autograd.broadcast_to(x, lengths)


def _tile(step: Step, x: Any, times: Any) -> Any:
    found = integers(times)
    if len(found) != raw(x).ndim or min(found, default=0) < 0:
        raise ValueError(f"{found} doesn't say how often to repeat {raw(x).ndim} axes")
    room([n * k for n, k in zip(raw(x).shape, found, strict=True)])
    return autograd.tile(x, found)


_MODES = {"constant": "constant", "reflect": "reflect", "edge": "edge", "wrap": "wrap"}


def _pad(step: Step, x: Any, *more: Any) -> Any:
    widths, value, axes = [*more, None, None, None][:3]
    lengths = step.attributes["pads"] if step.version < 11 else integers(widths)
    fill = step.attributes["value"] if step.version < 11 else 0 if value is None else number(value)
    own = raw(x).shape
    where = range(len(own)) if axes is None else [axis_of(k, len(own)) for k in integers(axes)]
    if len(lengths) != 2 * len(where) or len(set(where)) != len(where):
        raise ValueError(f"{lengths} doesn't pad {len(where)} axes on both sides")
    pairs = dict(
        zip(where, zip(lengths[: len(where)], lengths[len(where) :], strict=True), strict=True)
    )
    both = [pairs.get(axis, (0, 0)) for axis in range(len(own))]
    room([n + max(a, 0) + max(b, 0) for n, (a, b) in zip(own, both, strict=True)])
    x = x[
        tuple(
            slice(max(-a, 0), max(n - max(-b, 0), 0)) for n, (a, b) in zip(own, both, strict=True)
        )
    ]
    grown = [(max(a, 0), max(b, 0)) for a, b in both]
    mode = step.attributes["mode"]
    if mode == "constant":
        return autograd.pad(x, grown, constant_values=fill)
    if mode not in ("reflect", "edge", "wrap"):
        raise ValueError(f"the mode {mode!r} isn't read")
    for axis, (a, b) in enumerate(grown):
        if a or b:
            x = x[_along(axis, np.pad(np.arange(raw(x).shape[axis]), (a, b), mode))]
    return x


def _trilu(step: Step, x: Any, k: Any = None) -> Any:
    part = autograd.triu if step.attributes["upper"] else autograd.tril
    return part(x, k=0 if k is None else number(k))


def _one_hot(step: Step, positions: Any, depth: Any, values: Any) -> Any:
    count = int(number(depth))
    off, on = values[0], values[1]
    found = np.asarray(raw(positions)).astype(np.int64)
    axis = axis_of(step.attributes["axis"], found.ndim + 1)
    room((*found.shape, count))
    found = np.where(found < 0, found + count, found)
    hot = np.expand_dims(found, axis) == np.arange(count).reshape(
        [-1 if k == axis else 1 for k in range(found.ndim + 1)]
    )
    return autograd.where(hot, on, off)


def _eye_like(step: Step, x: Any) -> Any:
    from nn.interchange.onnx_import_arrays import dtype_of

    said = step.attributes.get("dtype")
    rows, columns = raw(x).shape
    return np.eye(rows, columns, step.attributes["k"], dtype_of(said) if said else raw(x).dtype)


def _range(step: Step, start: Any, limit: Any, delta: Any) -> Any:
    first, last, step_ = map(number, (start, limit, delta))
    if not step_:
        raise ValueError("a step of 0")
    count = max(-int(-(last - first) // step_), 0)
    room([count])
    dtype = raw(start).dtype
    return (np.arange(count) * raw(delta).astype(dtype) + raw(start)).astype(dtype)


def _constant_of_shape(step: Step, shape: Any) -> Any:
    lengths = integers(shape)
    if min(lengths, default=0) < 0:
        raise ValueError(f"lengths must be at least 0, got {lengths}")
    room(lengths)
    value = step.attributes.get("value")
    fill = np.float32(0) if value is None else np.asarray(value).reshape(-1)[0]
    return np.full(lengths, fill)


def _depth_to_space(step: Step, x: Any) -> Any:
    n, channels, *lengths = raw(x).shape
    size = step.attributes["blocksize"]
    parts = channels // size ** len(lengths)
    axes = range(len(lengths))
    blocks = [size] * len(lengths)
    if step.attributes["mode"] == "DCR":
        x = shaped(x, (n, *blocks, parts, *lengths))
        order = [0, 1 + len(lengths), *(k for j in axes for k in (2 + len(lengths) + j, 1 + j))]
    else:
        x = shaped(x, (n, parts, *blocks, *lengths))
        order = [0, 1, *(k for j in axes for k in (2 + len(lengths) + j, 2 + j))]
    return shaped(autograd.transpose(x, axes=order), (n, parts, *(size * k for k in lengths)))


def _space_to_depth(step: Step, x: Any) -> Any:
    n, channels, *lengths = raw(x).shape
    size, axes = step.attributes["blocksize"], range(len(lengths))
    x = shaped(x, (n, channels, *(k for length in lengths for k in (length // size, size))))
    inside, outside = [3 + 2 * j for j in axes], [2 + 2 * j for j in axes]
    by_block = step.attributes.get("mode", "DCR") == "DCR"
    order = [0, *inside, 1, *outside] if by_block else [0, 1, *inside, *outside]
    blocks = channels * size ** len(lengths)
    return shaped(autograd.transpose(x, axes=order), (n, blocks, *(k // size for k in lengths)))


SHAPES: dict[str, Row] = {
    "Shape": _shape,
    "Size": lambda step, x: np.array(raw(x).size, np.int64),
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Transpose": _transpose,
    "Concat": _concat,
    "Split": _split,
    "Slice": _slice,
    "Gather": _gather,
    "GatherElements": _gather_elements,
    "GatherND": _gather_nd,
    "ScatterElements": _scatter_elements,
    "ScatterND": _scatter_nd,
    "Expand": _expand,
    "Tile": _tile,
    "Pad": _pad,
    "Trilu": _trilu,
    "OneHot": _one_hot,
    "EyeLike": _eye_like,
    "Range": _range,
    "ConstantOfShape": _constant_of_shape,
    "DepthToSpace": _depth_to_space,
    "SpaceToDepth": _space_to_depth,
}
