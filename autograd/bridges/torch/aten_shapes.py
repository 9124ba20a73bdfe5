"""Rules for aten ops that give the same elements another shape, order or place."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd.ops.shape as shapes
from autograd.bridges.torch.aten_rules import NoRule, Rule, along, axes, plain
from autograd.ops import repeating
from autograd.ops.diagonals import diagonal
from autograd.ops.indexing import getitem, take
from autograd.ops.joining import concatenate, stack
from autograd.rules.op_registry import get


def _view(x: Any, size: Any) -> Any:
    if not isinstance(size, (list, tuple)):
        raise NoRule("a view of another dtype has no gradient")
    return shapes.reshape(x, tuple(size))


def _expand(x: Any, size: Any, *, implicit: bool = False) -> Any:
    own = (1,) * (len(size) - x.ndim) + x.shape
    lengths = (n if k == -1 else k for n, k in zip(own, size, strict=True))
    return shapes.broadcast_to(x, tuple(lengths))


def _transposed(x: Any, first: int, second: int) -> Any:
    return shapes.swapaxes(x, first, second) if x.ndim else x + 0.0


def _t(x: Any) -> Any:
    return shapes.transpose(x)


def _squeeze(x: Any, dim: Any = None) -> Any:
    if dim is None:
        return shapes.squeeze(x)
    chosen = (dim,) if isinstance(dim, int) else tuple(dim)
    gone = {k % x.ndim for k in chosen if x.ndim and x.shape[k] == 1}
    return shapes.reshape(x, tuple(n for k, n in enumerate(x.shape) if k not in gone))


def _select(x: Any, dim: int, index: int) -> Any:
    return getitem(x, along(dim, x.ndim, index))


def _slice(x: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    return getitem(x, along(dim, x.ndim, slice(start, end, step)))


def _as_strided(x: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """Return the elements that the steps reach, in an operand that lies as it is written."""
    steps = [np.arange(n) * step for n, step in zip(size, stride, strict=True)]
    places = sum(np.ix_(*steps), np.zeros((), int)) if steps else np.zeros((), int)
    places = np.asarray(places) + (storage_offset or 0)
    if places.size and places.max() >= x.size:
        raise NoRule("as_strided reaches beyond its operand, into what that is a view of")
    return take(shapes.ravel(x), places)


def _split(x: Any, size: Any, dim: int = 0) -> Any:
    length = x.shape[dim]
    sizes = size if isinstance(size, (list, tuple)) else [size] * -(-length // max(size, 1))
    ends = np.minimum(np.cumsum([0, *sizes]), length).tolist()
    pieces = map(slice, ends[:-1], ends[1:])
    return tuple([getitem(x, along(dim, x.ndim, piece)) for piece in pieces])


def _unbind(x: Any, dim: int = 0) -> Any:
    return tuple([_select(x, dim, k) for k in range(x.shape[dim])])


def _cat(tensors: Any, dim: int = 0) -> Any:
    if len({x.ndim for x in tensors}) > 1:  # torch leaves out what is empty and has one axis
        tensors = [x for x in tensors if x.shape != (0,)]
    return concatenate(tensors, dim)


def _pixel_shuffle(x: Any, r: int) -> Any:
    *batch, c, h, w = x.shape
    k = len(batch)
    parts = shapes.reshape(x, (*batch, c // (r * r), r, r, h, w))
    order = (*range(k), k, k + 3, k + 1, k + 4, k + 2)
    return shapes.reshape(shapes.transpose(parts, order), (*batch, c // (r * r), h * r, w * r))


def _pixel_unshuffle(x: Any, r: int) -> Any:
    *batch, c, h, w = x.shape
    k = len(batch)
    parts = shapes.reshape(x, (*batch, c, h // r, r, w // r, r))
    order = (*range(k), k, k + 2, k + 4, k + 1, k + 3)
    return shapes.reshape(shapes.transpose(parts, order), (*batch, c * r * r, h // r, w // r))


def _channel_shuffle(x: Any, groups: int) -> Any:
    n, c, *rest = x.shape
    parts = shapes.reshape(x, (n, groups, c // groups, *rest))
    return shapes.reshape(shapes.swapaxes(parts, 1, 2), x.shape)


def _windows(x: Any, dim: int, size: int, step: int) -> Any:
    """Return ``Tensor.unfold``: the windows along an axis, their elements as the last axis."""
    if not x.ndim:
        return shapes.reshape(x, (size,))
    starts = np.arange(0, x.shape[dim] - size + 1, step)
    places = starts[:, np.newaxis] + np.arange(size)
    found = getitem(x, along(dim, x.ndim, places))
    return shapes.moveaxis(found, dim % x.ndim + 1, -1)


def _pad(x: Any, pad: Any, value: Any = 0) -> Any:
    """Return ``x`` with a border; the pairs begin with the last axis, and negative ones cut."""
    pairs = [(0, 0)] * (x.ndim - len(pad) // 2)
    pairs += list(zip(pad[-2::-2], pad[::-2], strict=True))
    cut = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, pairs, strict=True))
    x = getitem(x, cut) if min(pad, default=0) < 0 else x
    widths = tuple((max(a, 0), max(b, 0)) for a, b in pairs)
    return repeating.pad(x, widths, constant_values=plain(value).item())


def _taken_border(place: Any) -> Rule:
    """Return the rule of a padding that repeats elements of its operand."""

    def rule(x: Any, padding: Any) -> Any:
        for k in range(len(padding) // 2):
            n, before, after = x.shape[-1 - k], padding[2 * k], padding[2 * k + 1]
            at = place(np.arange(-before, n + after), n)
            x = getitem(x, along(-1 - k, x.ndim, at))
        return x

    return rule


def _reflected(at: Any, n: int) -> Any:
    at = np.abs(at)
    return np.where(at >= n, 2 * (n - 1) - at, at)


def _diag_embed(x: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    n = x.shape[-1] + abs(offset)
    ndim = x.ndim + 1
    lengths = list(x.shape[:-1])
    for k in sorted((dim1 % ndim, dim2 % ndim)):
        lengths.insert(k, n)
    return get("from_diagonal")(
        x, shape=tuple(lengths), offset=offset, axis1=dim1 % ndim, axis2=dim2 % ndim
    )


RULES: dict[str, Rule] = {
    "view": _view,
    "_unsafe_view": _view,
    "expand": _expand,
    "permute": lambda x, dims: shapes.transpose(x, tuple(dims)),
    "transpose": _transposed,
    "t": _t,
    "unsqueeze": shapes.expand_dims,
    "squeeze": _squeeze,
    "select": _select,
    "slice": _slice,
    "as_strided": _as_strided,
    "split": _split,
    "unsafe_split": _split,
    "split_with_sizes": _split,
    "unsafe_split_with_sizes": _split,
    "unbind": _unbind,
    "cat": _cat,
    "stack": lambda tensors, dim=0: stack(tensors, dim),
    "repeat": lambda x, repeats: repeating.tile(x, tuple(repeats)),
    "flip": lambda x, dims: shapes.flip(x, tuple(k % x.ndim for k in dims)) if x.ndim else x + 0.0,
    "roll": lambda x, shifts, dims=(): shapes.roll(x, tuple(shifts), axes(x, dims)),
    "rot90": lambda x, k=1, dims=(0, 1): _turned(x, k % 4, *dims),
    "diagonal": lambda x, offset=0, dim1=0, dim2=1: diagonal(x, offset, dim1, dim2),
    "diag_embed": _diag_embed,
    "unfold": _windows,
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
    "channel_shuffle": _channel_shuffle,
    "constant_pad_nd": _pad,
    **{f"reflection_pad{d}d": _taken_border(_reflected) for d in (1, 2, 3)},
    **{
        f"replication_pad{d}d": _taken_border(lambda at, n: np.clip(at, 0, n - 1))
        for d in (1, 2, 3)
    },
}


def _turned(x: Any, k: int, first: int, second: int) -> Any:
    if k == 2:
        return shapes.flip(x, (first, second))
    if k == 0:
        return shapes.copy(x)
    turned = shapes.swapaxes(x, first, second)
    return shapes.flip(turned, first if k == 1 else second)
