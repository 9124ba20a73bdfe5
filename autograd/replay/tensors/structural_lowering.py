"""Structural ops that have kernels, each lowered to instructions.

``LOWERED`` says which. Each function takes a program, the op, the places of the operands, the
settings, and the result's shape and dtype; None says that this case has no kernel after all.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.numbers.sealed import Sealed
from autograd.replay.tensors import kernel_texts, row_kernels
from autograd.replay.tensors.memory_places import Place
from autograd.replay.tensors.tensor_program import LETTERS, Program


def has_sealed(settings: Any) -> bool:
    """Whether some setting has an array whose numbers differ in every replay."""
    return any(
        isinstance(each, Sealed)
        for setting in settings.values()
        for each in (setting if type(setting) is tuple else (setting,))
    )


def _matrix(program: Program, place: Place) -> tuple[Place, bool]:
    """Return a matrix as BLAS takes it, and whether it lies in memory as its transpose."""
    view = place.view
    if view.flags.c_contiguous:
        return place, False
    if view.flags.f_contiguous:
        return place, True
    return program.contiguous(place), False


def _product(program: Program, x: Place, y: Place, shape: Any, dtype: Any) -> Place:
    x, turned = _matrix(program, x)
    y, y_turned = _matrix(program, y)
    out = program.new(shape, dtype)
    (m, k), n = x.shape, y.shape[1]
    kernel = kernel_texts.product_kernel(LETTERS[dtype.name], turned, y_turned)
    program.emit("matmul", kernel, [m, k, n, x, y, out, 1, 0, 0, 0], [x, y], out)
    return out


def _lower_matmul(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    x, y = places
    if not (x.dtype == y.dtype == dtype):
        return None
    if x.view.ndim == 1 or y.view.ndim == 1:
        x = Place(x.storage, x.view[None, :]) if x.view.ndim == 1 else x
        y = Place(y.storage, y.view[:, None]) if y.view.ndim == 1 else y
    if y.view.ndim == 2:
        x = _flat_rows(program, x)
        found = _product(program, x, y, (x.shape[0], y.shape[1]), dtype)
    else:
        found = _batched(program, x, y, dtype)
    return Place(found.storage, found.view.reshape(shape))


def _batched(program: Program, x: Place, y: Place, dtype: Any) -> Place:
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    turned, whole = [], []
    for place in (x, y):
        swapped = place.view.swapaxes(-1, -2)
        is_turned = not place.is_contiguous and swapped.flags.c_contiguous
        own = place if is_turned else program.contiguous(place)
        if own.shape[:-2] != batch and prod(own.shape[:-2]) != 1:
            view = np.broadcast_to(own.view, (*batch, *own.shape[-2:]))
            own, is_turned = program.contiguous(Place(own.storage, view)), False
        turned.append(is_turned)
        whole.append(own)
    x, y = whole
    m, k, n = *x.shape[-2:], y.shape[-1]
    out = program.new((*batch, m, n), dtype)
    steps = [0 if prod(p.shape[:-2]) == 1 else p.shape[-2] * p.shape[-1] for p in (x, y)]
    kernel = kernel_texts.product_kernel(LETTERS[dtype.name], *turned)
    numbers: list[int | Place] = [m, k, n, x, y, out, prod(batch), *steps, m * n]
    return program.emit("matmul", kernel, numbers, [x, y], out)


def _flat_rows(program: Program, x: Place) -> Place:
    if x.view.ndim == 2:
        return x
    x = program.contiguous(x)
    return Place(x.storage, x.view.reshape((-1, x.shape[-1])))


def _lower_affine(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    x, W, *bias = places
    if any(p.dtype != dtype for p in places):
        return None
    if x.view.ndim == 1:
        x = Place(x.storage, x.view[None, :])
    x = _flat_rows(program, x)
    turned = Place(W.storage, W.view.T)
    found = _product(program, x, turned, (x.shape[0], W.shape[0]), dtype)
    if bias:
        book, text, _, used = kernel_texts.expression_of(("add", ()), None)
        given = [found, bias[0]]
        found = program.elementwise("add", text, used, given, book, found.shape, dtype)
    return Place(found.storage, found.view.reshape(shape))


def _lower_sum(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    x = places[0]
    axis = settings.get("axis")
    ndim = x.view.ndim
    axes = tuple(range(ndim)) if axis is None else normalize_axis_tuple(axis, ndim)
    others = [k for k in range(ndim) if k not in axes]
    together = not axes or sorted(axes) == list(range(min(axes), max(axes) + 1))
    if together and x.is_contiguous:
        before = prod(x.shape[: min(axes)]) if axes else x.view.size
        a, r = before, prod(x.shape[k] for k in axes)
        b = x.view.size // (a * r)
    else:
        x = program.contiguous(Place(x.storage, x.view.transpose([*others, *axes])))
        r = prod(places[0].shape[k] for k in axes)
        a, b = x.view.size // r, 1
    out = program.new(shape, dtype)
    dtypes = LETTERS[x.dtype.name] + LETTERS[dtype.name]
    kernel = row_kernels.sum_kernel(dtypes, divide=op.name == "mean")
    return program.emit(op.name, kernel, [x, out, a, r, b], [x], out)


def _lower_rows(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    x = places[0]
    ndim = x.view.ndim
    axis = settings.get("axis", None if op.name == "logsumexp" else -1)
    axes = tuple(range(ndim)) if axis is None else normalize_axis_tuple(axis, ndim)
    if not ndim or any(p.shape != x.shape for p in places):
        return None
    others = [k for k in range(ndim) if k not in axes]
    order = [*others, *axes]
    n = prod(x.shape[k] for k in axes)
    rows = [program.contiguous(Place(p.storage, p.view.transpose(order))) for p in places]
    dtypes = "".join(LETTERS[p.dtype.name] for p in rows)
    kernel = row_kernels.rows_kernel(op.name, dtypes + LETTERS[dtype.name])
    keeps = op.name != "logsumexp"
    out = program.new([x.shape[k] for k in order] if keeps else shape, dtype)
    numbers: list[int | Place] = [rows[0], out, x.view.size // n, n, rows[-1]]
    program.emit(op.name, kernel, numbers, rows, out)
    return Place(out.storage, out.view.transpose(np.argsort(order))) if keeps else out


def _lower_labels(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    x = program.contiguous(places[0])
    labels = program.contiguous(program.place_of(settings["labels"]))
    if labels.view.size * x.shape[-1] != x.view.size:
        return None
    out = program.new(shape, dtype)
    kernel = row_kernels.rows_kernel(
        op.name, LETTERS[x.dtype.name] + LETTERS[dtype.name], bool(settings.get("mean"))
    )
    numbers: list[int | Place] = [x, out, labels.view.size, x.shape[-1], labels]
    return program.emit(op.name, kernel, numbers, [x, labels], out)


def _rows_taken(program: Program, index: Any) -> Place | None:
    """Return the place of an index that takes rows by their numbers; None for another index."""
    if type(index) is tuple and len(index) == 1:
        index = index[0]
    kind = getattr(getattr(index, "dtype", None), "kind", "")
    is_rows = isinstance(index, (np.ndarray, Sealed)) and kind in "iu"
    return program.contiguous(program.place_of(index)) if is_rows else None


def _lower_getitem(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    by_number = op.name == "embedding"
    index = _rows_taken(program, settings["indices" if by_number else "index"])
    if index is None or dtype != places[0].dtype:
        return None
    table = program.contiguous(places[0])
    out = program.new(shape, dtype)
    length = prod(table.shape[1:])
    kernel = row_kernels.take_kernel(LETTERS[dtype.name], back=False, from_end=not by_number)
    numbers: list[int | Place] = [table, out, index, index.view.size, length, table.shape[0]]
    return program.emit(op.name, kernel, numbers, [table, index], out)


def _lower_scatter(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    g, place = places[0], settings["index"]
    index = _rows_taken(program, place)
    if index is None and not _is_basic(place):
        return None
    out = program.zeros(shape, dtype)
    if index is not None:
        rows = program.contiguous(g)
        length = prod(shape[1:])
        kernel = row_kernels.take_kernel(LETTERS[dtype.name], back=True)
        numbers = [out, rows, index, index.view.size, length, shape[0]]
        return program.emit("scatter", kernel, numbers, [rows, index, out], out)
    places_of_axes = place if type(place) is tuple else (place,)
    if Ellipsis not in places_of_axes:
        places_of_axes = (*places_of_axes, Ellipsis)  # a view also where it takes one element
    part = Place(out.storage, out.view[places_of_axes])
    program.copied(Place(g.storage, np.broadcast_to(g.view, part.shape)), part)
    return out


def _is_basic(index: Any) -> bool:
    """Whether an index is of numbers, slices and new axes: what it takes is a view."""
    return all(
        each is None or each is Ellipsis or isinstance(each, (int, slice, np.integer))
        for each in (index if type(index) is tuple else (index,))
    )


def _lower_joined(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    out = program.new(shape, dtype)
    axis = settings.get("axis", 0)
    view = np.moveaxis(out.view, axis, 0)
    begin = 0
    for place in places:
        own = place.view[None] if op.name == "stack" else np.moveaxis(place.view, axis, 0)
        part = view[begin : begin + len(own)]
        begin += len(own)
        program.copied(Place(place.storage, own), Place(out.storage, part))
    return out


def _lower_cast(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    return program.contiguous(places[0], dtype)


LOWERED: dict[str, Callable[..., Place | None]] = {
    "matmul": _lower_matmul,
    "affine": _lower_affine,
    "sum": _lower_sum,
    "mean": _lower_sum,
    "getitem": _lower_getitem,
    "embedding": _lower_getitem,
    "scatter": _lower_scatter,
    "concatenate": _lower_joined,
    "stack": _lower_joined,
    "astype": _lower_cast,
    "reshape": lambda program, op, places, settings, shape, dtype: None,
    "cross_entropy": _lower_labels,
    "cross_entropy_slope": _lower_labels,
    **dict.fromkeys(
        ("softmax", "log_softmax", "logsumexp", "less_share", "less_average"), _lower_rows
    ),
}
