"""Convolutions, pools and windows, as copies and products of matrices.

In memory the channels come first, then the spatial axes, and the examples last: what is copied lies
there in long runs, and no result has to be moved before the next layer takes it.
"""

from __future__ import annotations

from math import inf, nan, prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd.ops.pooling import divisor_of
from autograd.ops.windows import Windows, windows_of
from autograd.replay.tensors import kernel_texts, window_kernels
from autograd.replay.tensors.memory_places import Place, memory_order
from autograd.replay.tensors.structural_lowering import batched_product
from autograd.replay.tensors.tensor_program import LETTERS, Program

_HOW = ("stride", "padding", "dilation")


def _windows(name: str, lengths: Any, kernel: Any, settings: Any) -> Windows:
    how = {key: settings[key] for key in (*_HOW, "ceil_mode") if key in settings}
    if name.endswith("pool") and how.get("stride") is None:
        how["stride"] = kernel
    return windows_of(name, tuple(lengths), tuple(kernel), **how)


def _bordered(program: Program, place: Place, windows: Windows, fill: float) -> Place:
    """Return a place, whose last axes are spatial, with a border that keeps its numbers."""
    if not any(map(any, windows.padding)):
        return place
    shape = (*place.shape[: -len(windows.kernel)], *windows.padded)

    def made() -> Place:
        order = memory_order(place)
        border = np.full([shape[k] for k in order], fill, place.dtype)
        whole = program.constant(border, alone=True).transposed(np.argsort(order))
        program.copied(place, Place(whole.storage, whole.view[windows.inner]))
        return whole

    return program.once((*place.described(), windows, str(fill)), made)


def _seen_through(place: Place, windows: Windows) -> Place:
    """Return all windows of the last axes, of shape (..., *kernel, *out)."""
    n = len(windows.kernel)
    *others, steps = (*place.view.strides[:-n], place.view.strides[-n:])
    within = map(int.__mul__, windows.dilation, steps)
    between = map(int.__mul__, windows.stride, steps)
    shape = (*place.shape[:-n], *windows.kernel, *windows.out)
    return Place(place.storage, as_strided(place.view, shape, (*others, *within, *between)))


def _examples_last(place: Place, n: int) -> Place:
    """Return (*examples, channels, *spatial) as (channels, *spatial, *examples)."""
    first = place.view.ndim - n - 1
    return place.transposed([*range(first, place.view.ndim), *range(first)])


def _examples_first(place: Place, n: int) -> Place:
    """Undo ``_examples_last``."""
    return place.transposed([*range(n + 1, place.view.ndim), *range(n + 1)])


def _columns(program: Program, x: Place, windows: Windows, groups: int) -> Place:
    """Return each window as a column, of shape (groups, in · kernel, out · examples)."""
    n = len(windows.kernel)
    x = program.contiguous(_examples_last(x, n))
    back = _examples_first(x, n)
    seen = _seen_through(_bordered(program, back, windows, 0.0), windows)
    columns = program.contiguous(_examples_last(seen, 2 * n))
    rows = x.shape[0] // groups * prod(windows.kernel)
    return columns.reshaped((groups, rows, -1))


def _by_channel(program: Program, g: Place, n: int, groups: int) -> Place:
    """Return an output's channels as rows, of shape (groups, out, places · examples)."""
    g = program.contiguous(_examples_last(g, n))
    return g.reshaped((groups, g.shape[0] // groups, -1))


def _rows(program: Program, w: Place, groups: int) -> Place:
    """Return each kernel as a row, of shape (groups, out, in · kernel)."""
    return program.contiguous(w).reshaped((groups, w.shape[0] // groups, prod(w.shape[1:])))


def lower_conv(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add a convolution."""
    if any(p.dtype != dtype for p in places):
        return None
    x, w, *bias = places
    n, groups = w.view.ndim - 2, settings.get("groups", 1)
    windows = _windows("conv", x.shape[-n:], w.shape[2:], settings)
    columns = _columns(program, x, windows, groups)
    found = batched_product(program, _rows(program, w, groups), columns, dtype)
    if bias:
        each = program.contiguous(bias[0]).reshaped((groups, -1, 1))
        book, text, _, used = kernel_texts.expression_of(("add", ()), None)
        found = program.elementwise("add", text, used, [found, each], book, found.shape, dtype)
    return _examples_first(found.reshaped((w.shape[0], *windows.out, *x.shape[: -n - 1])), n)


def lower_transpose(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add the transpose of a convolution in its input."""
    g, w = places
    lengths, groups = settings["shape"], settings.get("groups", 1)
    n, examples = len(lengths), g.shape[: -len(lengths) - 1]
    windows = _windows("conv_transpose", lengths, w.shape[2:], settings)
    if g.dtype != dtype or w.dtype != dtype:
        return None
    rows = _rows(program, w, groups).transposed((0, 2, 1))
    columns = batched_product(program, rows, _by_channel(program, g, n, groups), dtype)
    channels = groups * w.shape[1]
    each = columns.reshaped((channels, *windows.kernel, *windows.out, *examples))
    back = [*range(1 + 2 * n, each.view.ndim), *range(1 + 2 * n)]
    return _added_in(program, each.transposed(back), windows, examples_last=True)


def _added_in(
    program: Program, each: Place, windows: Windows, *, examples_last: bool = False
) -> Place:
    """Return windows of shape (..., *kernel, *out), each added in at its place."""
    n = len(windows.kernel)
    others = each.shape[: each.view.ndim - 2 * n]
    shape = (*others, *windows.padded)
    if examples_last:
        last = len(others) - 1
        turned = program.zeros((*shape[last:], *shape[:last]), each.dtype)
        whole = _examples_first(turned, n)
    else:
        whole = program.zeros(shape, each.dtype)
    program.copied(each, _seen_through(whole, windows), add=True)
    return Place(whole.storage, whole.view[windows.inner])


def lower_kernel(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add the gradient of a convolution's kernel."""
    if any(p.dtype != dtype for p in places):
        return None
    g, x = places
    kernel, groups = settings["kernel"], settings.get("groups", 1)
    n = len(kernel)
    windows = _windows("conv_kernel", x.shape[-n:], kernel, settings)
    columns = _columns(program, x, windows, groups)
    channels = _by_channel(program, g, n, groups)
    return batched_product(program, channels, columns.transposed((0, 2, 1)), dtype).reshaped(shape)


# Windows as they are ------------------------------------------------------------------------------


def lower_unfold(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Return a view of all windows, of shape (*kernel, ..., *out)."""
    n = len(settings["kernel"])
    windows = _windows("unfold", places[0].shape[-n:], settings["kernel"], settings)
    seen = _seen_through(_bordered(program, places[0], windows, 0.0), windows)
    first = seen.view.ndim - 2 * n
    ahead, behind = range(first, first + n), range(first + n, seen.view.ndim)
    return seen.transposed([*ahead, *range(first), *behind])


def lower_fold(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add windows in at their places."""
    g, n = places[0], len(settings["shape"])
    if g.dtype != dtype:
        return None
    windows = _windows("fold", settings["shape"], g.shape[:n], settings)
    behind = g.view.ndim - n
    return _added_in(
        program, g.transposed([*range(n, behind), *range(n), *range(behind, g.view.ndim)]), windows
    )


# Pools --------------------------------------------------------------------------------------------


def lower_pool(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add the largest of each window, or its average."""
    x, largest = _dense(program, places[0]), op.name == "max_pool"
    windows = _pool_windows(op.name, x, settings)
    order = memory_order(x)
    whole = _bordered(program, x, windows, -inf if largest else 0.0)
    out = program.new([shape[k] for k in order], dtype)
    numbers = [*_tables(program, whole, windows, order), whole, out]
    kernel = window_kernels.pool_kernel(LETTERS[dtype.name], largest=largest)
    found = program.emit(op.name, kernel, numbers, [whole], out).transposed(np.argsort(order))
    if largest:
        return found
    padding, counted = settings.get("padding", 0), settings.get("count_include_pad", True)
    divisor = divisor_of(windows, padding, counted, settings.get("divisor"), dtype)
    by = program.constant(np.asarray(divisor, dtype))
    book, text, _, used = kernel_texts.expression_of(("div", ()), None)
    return program.elementwise("div", text, used, [found, by], book, shape, dtype)


def lower_pull_of_max(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add what is passed to the largest of each window."""
    g, x, z = places
    x = _dense(program, x)
    windows = _pool_windows("max_pool", x, settings)
    order = memory_order(x)
    back = np.argsort(order)
    whole = _bordered(program, x, windows, nan)
    target = program.zeros([whole.shape[k] for k in order], dtype)
    tables = _tables(program, whole, windows, order)
    own = [program.contiguous(p.transposed(order)) for p in (g, z)]
    kernel = window_kernels.pool_pullback_kernel(LETTERS[dtype.name])
    program.emit(op.name, kernel, [*tables, whole, target, *own], [whole, *own, target], target)
    return Place(target.storage, target.view.transpose(back)[windows.inner])


def _dense(program: Program, x: Place) -> Place:
    """Return a place whose elements are all the elements of a piece of memory, in some order."""
    return x if x.transposed(memory_order(x)).is_contiguous else program.contiguous(x)


def _pool_windows(name: str, x: Place, settings: Any) -> Windows:
    kernel = settings["kernel"]
    return _windows(name, x.shape[-len(kernel) :], kernel, settings)


def _tables(
    program: Program, whole: Place, windows: Windows, order: list[int]
) -> list[int | Place]:
    """Return the tables of its windows that a pool's kernel gets.

    That is how many rows there are, their length and step, how many places a window has, and where
    rows begin and these places are. A row is along that axis whose elements are neighbours.
    """
    n = len(windows.kernel)
    steps = whole.strides[-n:]
    shape = (*whole.shape[:-n], *windows.out)
    each = (*whole.strides[:-n], *map(int.__mul__, windows.stride, steps))
    *outer, last = order
    starts = _sums([np.arange(shape[k]) * each[k] for k in outer])
    within = map(int.__mul__, windows.dilation, steps)
    places = _sums([np.arange(k) * s for k, s in zip(windows.kernel, within, strict=True)])
    tables = map(program.constant, (starts, places))
    return [starts.size, shape[last], each[last], places.size, *tables]


def _sums(parts: list[Any]) -> Any:
    found = np.zeros(1, np.int64)
    for part in parts:
        found = (found[:, None] + part).ravel()
    return found


LOWERED = {
    "conv": lower_conv,
    "conv_transpose": lower_transpose,
    "conv_kernel": lower_kernel,
    "unfold": lower_unfold,
    "fold": lower_fold,
    "max_pool": lower_pool,
    "avg_pool": lower_pool,
}
PULLED = {"max_pool": lower_pull_of_max}
