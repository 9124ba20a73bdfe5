"""Rules for aten ops that take or replace elements by their positions or by a mask."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.bridges.torch.aten_rules import NoRule, Rule, along, plain
from autograd.ops.embedding import embedding
from autograd.ops.indexing import add_at, getitem, set_at, take
from autograd.ops.reduction import sum as total
from autograd.ops.selection import where
from autograd.ops.shape import broadcast_to, expand_dims, moveaxis, ravel, reshape


def _index(x: Any, indices: Any) -> Any:
    return getitem(x, _places(indices))


def _places(indices: Any) -> tuple[Any, ...]:
    """Return torch's list of index tensors as NumPy's index: None is all of an axis."""
    return tuple([slice(None) if place is None else plain(place) for place in indices])


def _index_put(x: Any, indices: Any, values: Any, accumulate: bool = False, *more: Any) -> Any:
    change = add_at if accumulate else set_at
    return change(x, _places(indices), values)


def _index_select(x: Any, dim: int, index: Any) -> Any:
    if not x.ndim:
        return x + 0.0
    return getitem(x, along(dim, x.ndim, plain(index).reshape(-1)))


def _lines(dim: int, index: Any) -> tuple[Any, ...]:
    """Return NumPy's index for torch's gather and scatter: the index's own place, but in one axis.

    The index may be shorter than the operand along the other axes.
    """
    index = plain(index)
    open_mesh = np.ogrid[tuple(slice(n) for n in index.shape)]
    return tuple(index if k == dim % index.ndim else line for k, line in enumerate(open_mesh))


def _gather(x: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    index = plain(index)
    if not x.ndim:
        return broadcast_to(x, index.shape)
    return getitem(x, _lines(dim, index)) if index.ndim and index.size else take(ravel(x), index)


def _written(src: Any, index: Any) -> Any:
    """Return the part of ``src`` that is as long as the index along every axis."""
    return getitem(src, tuple([slice(n) for n in plain(index).shape])) if src.ndim else src


def _scatter(x: Any, dim: int, index: Any, src: Any, *, reduce: str | None = None) -> Any:
    if reduce not in (None, "add"):
        raise NoRule(f"scatter that takes the {reduce}")
    src = _written(src, index) if np.ndim(src) else src
    change = set_at if reduce is None else add_at
    if not x.ndim:
        src = reshape(src, (-1,)) if np.ndim(src) else src
        return reshape(change(reshape(x, (1,)), plain(index).reshape(-1), src), ())
    return change(x, _lines(dim, index), src)


def _scatter_add(x: Any, dim: int, index: Any, src: Any) -> Any:
    return _scatter(x, dim, index, src, reduce="add")


def _scatter_reduce(
    x: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True
) -> Any:
    if reduce not in ("sum", "mean") or not x.ndim:
        raise NoRule(f"scatter_reduce that takes the {reduce}")
    places = _lines(dim, index)
    start = x if include_self else set_at(x, places, 0.0)
    found = add_at(start, places, _written(src, index))
    if reduce == "sum":
        return found
    count = add_at(np.full(x.shape, float(include_self)), places, 1.0)
    return found / np.maximum(plain(count), 1.0)


def _index_add(x: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    source = source if alpha == 1 else alpha * source
    if not x.ndim:
        return x + total(source)
    return add_at(x, along(dim, x.ndim, plain(index).reshape(-1)), source)


def _index_copy(x: Any, dim: int, index: Any, source: Any) -> Any:
    if not x.ndim:
        return reshape(source, ()) + 0.0
    return set_at(x, along(dim, x.ndim, plain(index).reshape(-1)), source)


def _index_fill(x: Any, dim: int, index: Any, value: Any) -> Any:
    if not x.ndim:
        return broadcast_to(value, ())
    return set_at(x, along(dim, x.ndim, plain(index).reshape(-1)), value)


def _masked_select(x: Any, mask: Any) -> Any:
    shape = np.broadcast_shapes(x.shape, plain(mask).shape)
    return getitem(broadcast_to(x, shape), np.broadcast_to(plain(mask), shape))


def _masked_scatter(x: Any, mask: Any, source: Any) -> Any:
    shape = np.broadcast_shapes(x.shape, plain(mask).shape)
    mask, x = np.broadcast_to(plain(mask), shape), broadcast_to(x, shape)
    return set_at(x, mask, getitem(ravel(source), slice(int(mask.sum()))))


def _take(x: Any, index: Any) -> Any:
    return take(ravel(x), plain(index))


def _put(x: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    change = add_at if accumulate else set_at
    places = plain(index).reshape(-1)
    return reshape(change(ravel(x), places, ravel(source)), x.shape)


def _select_scatter(x: Any, src: Any, dim: int, index: int) -> Any:
    return set_at(x, along(dim, x.ndim, index), src)


def _slice_scatter(
    x: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Any:
    return set_at(x, along(dim, x.ndim, slice(start, end, step)), src)


def _diagonal_scatter(x: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    places = np.arange(x.size).reshape(x.shape).diagonal(offset, dim1, dim2)
    return reshape(set_at(ravel(x), places, src), x.shape)


def _embedding(weight: Any, indices: Any, padding_idx: int = -1, *more: Any) -> Any:
    if more and more[0]:
        raise NoRule("an embedding whose gradient is divided by how often a row is taken")
    return embedding(weight, plain(indices), padding_idx=None if padding_idx < 0 else padding_idx)


def _embedding_bag(
    weight: Any, indices: Any, offsets: Any, by_frequency: bool = False, mode: int = 0,
    sparse: bool = False, weights: Any = None, include_last_offset: bool = False,
    padding_idx: int = -1,
) -> Any:  # fmt: skip
    """Return the sums (mode 0) or averages (mode 1) of rows, each bag's first index by offset."""
    if mode > 1 or padding_idx >= 0:
        raise NoRule("an embedding bag of maxima, or with padding")
    starts, indices = plain(offsets), plain(indices)
    starts = starts[:-1] if include_last_offset else starts
    lengths = np.diff(np.append(starts, len(indices)))
    rows = getitem(weight, indices)
    rows = rows if weights is None else rows * expand_dims(weights, -1)
    bags = np.repeat(np.arange(len(starts)), lengths)
    found = add_at(np.zeros((len(starts), weight.shape[1]), plain(weight).dtype), bags, rows)
    return (found if mode == 0 else found / np.maximum(lengths, 1)[:, np.newaxis],)


def _grid_sample(x: Any, grid: Any, mode: int = 0, padding: int = 0, corners: bool = False) -> Any:
    """Return samples of images at points, between the four elements around each."""
    if mode or padding:
        raise NoRule("grid_sampler other than bilinear with zeros around")
    h, w = x.shape[-2:]
    moved = moveaxis(grid, -1, 0)
    scale = [(n - 1) / 2 if corners else n / 2 for n in (w, h)]
    shift = [(n - 1) / 2 for n in (w, h)]
    right, down = (moved[k] * scale[k] + shift[k] for k in (0, 1))
    left_of, above = np.floor(plain(right)), np.floor(plain(down))
    return sum(
        _sampled(x, above + j, left_of + k)
        * expand_dims(_nearness(down, above, j) * _nearness(right, left_of, k), 1)
        for j in (0, 1)
        for k in (0, 1)
    )


def _nearness(at: Any, start: Any, side: int) -> Any:
    return at - start if side else (start + 1) - at


def _sampled(x: Any, row: Any, column: Any) -> Any:
    h, w = x.shape[-2:]
    inside = (row >= 0) & (row < h) & (column >= 0) & (column < w)
    rows = np.clip(row, 0, h - 1).astype(int)
    columns = np.clip(column, 0, w - 1).astype(int)
    batch = np.arange(x.shape[0])[:, np.newaxis, np.newaxis]
    found = moveaxis(getitem(x, (batch, slice(None), rows, columns)), -1, 1)
    return where(inside[:, np.newaxis], found, 0.0)


RULES: dict[str, Rule] = {
    "index": _index,
    "_unsafe_index": _index,
    "index_put": _index_put,
    "_unsafe_index_put": _index_put,
    "_index_put_impl": _index_put,
    "index_select": _index_select,
    "index_add": _index_add,
    "index_copy": _index_copy,
    "index_fill": _index_fill,
    "gather": _gather,
    "scatter": _scatter,
    "scatter_add": _scatter_add,
    "scatter_reduce": _scatter_reduce,
    "masked_select": _masked_select,
    "masked_scatter": _masked_scatter,
    "take": _take,
    "put": _put,
    "select_scatter": _select_scatter,
    "slice_scatter": _slice_scatter,
    "diagonal_scatter": _diagonal_scatter,
    "embedding": _embedding,
    "_embedding_bag": _embedding_bag,
    "grid_sampler_2d": _grid_sample,
}
