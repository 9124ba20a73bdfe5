"""Structural ops that have kernels, each lowered to instructions.

``LOWERED`` says which. Each function takes a program, the op, the places of the operands, the
settings, and the result's shape and dtype; None says that this case has no kernel after all.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from autograd.replay.tensors import kernel_texts
from autograd.replay.tensors.memory_places import Place
from autograd.replay.tensors.tensor_program import LETTERS, Program


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
        found = batched_product(program, x, y, dtype)
    return Place(found.storage, found.view.reshape(shape))


def batched_product(program: Program, x: Place, y: Place, dtype: Any) -> Place:
    """Add the products of matrices in the last two axes."""
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
    "concatenate": _lower_joined,
    "stack": _lower_joined,
    "astype": _lower_cast,
    "reshape": lambda program, op, places, settings, shape, dtype: None,
}
