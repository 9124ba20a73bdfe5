"""Convolutions over any number of spatial axes, and their transposes.

There is one sum of products, Σ g[o, p] w[o, c, k] x[c, stride·p + dilation·k], of three arrays: the
input x, the kernel w, and g, which weights the output. Each op here leaves one of them out of the
sum, so that the pullbacks of each are the two others, to any order. As in all libraries of
networks, the kernel isn't flipped: in mathematics that is a cross-correlation.
"""

from __future__ import annotations

from functools import partial, wraps
from math import prod
from typing import Any

import numpy as np

from autograd.numbers.kinds import Rule
from autograd.ops.products import contract
from autograd.ops.windows import (
    Lengths,
    Padding,
    PerAxis,
    Windows,
    add_windows,
    padded,
    view_of,
    windows_of,
)
from autograd.rules.batch_rules import Batch
from autograd.rules.define import structural
from autograd.rules.op import Structural


def _wide(function: Rule) -> Rule:
    """Let a function of arrays compute with float32 where they are float16."""

    @wraps(function)
    def on_arrays(*arrays: Any, **settings: Any) -> Any:
        if any(x.dtype != np.float16 for x in arrays):
            return function(*arrays, **settings)
        return function(*(x.astype(np.float32) for x in arrays), **settings).astype(np.float16)

    return on_arrays


# Sums of products of three arrays, each laid out as matrices, one for each group ------------------


def _columns(x: Any, windows: Windows, groups: int) -> Any:
    """Return each window of the input as a column, of shape (groups, in · kernel, batch · out)."""
    n = len(windows.kernel)
    x = np.moveaxis(padded(x, windows), -n - 1, 0)
    x = x.reshape((groups, x.shape[0] // groups, *x.shape[1:]))
    view = view_of(x, windows)
    rows, columns = prod(view.shape[:n]) * x.shape[1], prod(view.shape[n + 2 :])
    order = (n, n + 1, *range(n), *range(n + 2, view.ndim))
    return view.transpose(order).reshape((groups, rows, columns))


def _by_channel(g: Any, count: int, groups: int) -> Any:
    """Return an output's channels as rows, of shape (groups, out, batch · out)."""
    g = np.moveaxis(g, -count - 1, 0)
    return g.reshape((groups, g.shape[0] // groups, prod(g.shape[1:])))


def _rows(w: Any, groups: int) -> Any:
    """Return each kernel as a row, of shape (groups, out, in · kernel)."""
    return w.reshape((groups, w.shape[0] // groups, prod(w.shape[1:])))


def _channels_back(z: Any, count: int) -> Any:
    """Return an array with its channels, which come first, before the spatial axes."""
    return np.ascontiguousarray(np.moveaxis(z, 0, -count - 1))


def _product(x: Any, y: Any) -> Any:
    """Return the products of the groups' matrices: of one pair by ``dot``, in half the time."""
    return np.dot(x[0], y[0])[None] if len(x) == 1 else np.matmul(x, y)


@_wide
def _conv_function(
    x: Any,
    w: Any,
    b: Any = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Any:
    n = w.ndim - 2
    windows = windows_of("conv", x.shape[-n:], w.shape[2:], stride, padding, dilation)
    z = _product(_rows(w, groups), _columns(x, windows, groups))
    if b is not None:
        z = z + b.reshape((groups, -1, 1))
    z = z.reshape((w.shape[0], *x.shape[: -n - 1], *windows.out))
    return _channels_back(z, n)


@_wide
def _transpose_function(
    g: Any,
    w: Any,
    *,
    shape: Lengths,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Any:
    n = len(shape)
    windows = windows_of("conv_transpose", shape, w.shape[2:], stride, padding, dilation)
    columns = _product(_rows(w, groups).swapaxes(-1, -2), _by_channel(g, n, groups))
    columns = columns.reshape(
        (groups * w.shape[1], *windows.kernel, *g.shape[: -n - 1], *windows.out)
    )
    return _channels_back(add_windows(np.moveaxis(columns, 0, n), windows), n)


@_wide
def _kernel_function(
    g: Any,
    x: Any,
    *,
    kernel: Lengths,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Any:
    n = len(kernel)
    windows = windows_of("conv_kernel", x.shape[-n:], kernel, stride, padding, dilation)
    columns = _columns(x, windows, groups).swapaxes(-1, -2)
    found = _product(_by_channel(g, n, groups), columns)
    return found.reshape((g.shape[-n - 1], x.shape[-n - 1] // groups, *kernel))


# The ops, each of which has the two others for its pullbacks -------------------------------------


def _to_input(g: Any, w: Any, shape: Lengths, how: dict[str, Any]) -> Any:
    return contract(partial(transposed, shape=shape, **how), g, w)


def _to_kernel(g: Any, x: Any, kernel: Lengths, how: dict[str, Any]) -> Any:
    return contract(partial(_kernel, kernel=kernel, **how), g, x)


def _over_places(g: Any, x: Any, w: Any, *_: Any, **how: Any) -> Any:
    """Return a cotangent added up over all but the channels: that of the bias."""
    channel = g.ndim - w.ndim + 1
    return g.sum(axis=tuple(k for k in range(g.ndim) if k != channel))


# With kernels of its own, each sample is a set of groups: of its channels, and of its kernels.


def _channels_of_all(x: Any, n: int) -> Any:
    """Return an input with the samples' channels along one axis: (..., samples · in, *spatial)."""
    k = x.ndim - n - 1  # that of the channels
    x = x.transpose((*range(1, k), 0, *range(k, x.ndim)))
    return x.reshape((*x.shape[: k - 1], x.shape[k - 1] * x.shape[k], *x.shape[k + 1 :]))


def _channels_of_each(z: Any, n: int, size: int) -> Any:
    """Undo ``_channels_of_all``."""
    k = z.ndim - n - 1
    z = z.reshape((*z.shape[:k], size, z.shape[k] // size, *z.shape[k + 1 :]))
    return z.transpose((k, *range(k), *range(k + 1, z.ndim)))


def _conv_all(batch: Batch) -> Any:
    if not any(batch.mapped[1:]):
        return batch.apply(*batch.xs)
    n, size = batch.ndim(1) - 2, batch.size
    x, *kernels = batch.fronts()
    flat = (w.reshape((size * w.shape[1], *w.shape[2:])) for w in kernels)
    z = batch.apply(_channels_of_all(x, n), *flat, groups=size * batch.setting("groups"))
    return _channels_of_each(z, n, size)


def _kernel_all(batch: Batch) -> Any:
    n, size = len(batch.setting("kernel")), batch.size
    g, x = (_channels_of_all(each, n) for each in batch.fronts())
    z = batch.apply(g, x, groups=size * batch.setting("groups"))
    return z.reshape((size, z.shape[0] // size, *z.shape[1:]))


conv_op: Structural = structural(
    "conv",
    _conv_function,
    (
        lambda g, x, w, *_, **how: _to_input(g, w, x.shape[2 - w.ndim :], how),
        lambda g, x, w, *_, **how: _to_kernel(g, x, w.shape[2:], how),
        _over_places,
    ),
    arity=None,
    symbol="x ∗ W + b",
    latex="{x} * {y} + {u}",
    doc="A convolution over spatial axes, with a bias: kernels slide over all channels of a group.",
    batched=_conv_all,
)

transposed: Structural = structural(
    "conv_transpose",
    _transpose_function,
    (
        lambda u, g, w, z, *, shape, **how: contract(partial(conv_op, **how), u, w),
        lambda u, g, w, z, *, shape, **how: contract(
            lambda u, g: _kernel(g, u, kernel=w.shape[2:], **how), u, g
        ),
    ),
    arity=2,
    symbol="x ∗ᵀ W",
    latex="{x} *^T {y}",
    doc="The transpose of a convolution in its input: each element adds its kernel to the result.",
    batched=_conv_all,
)

_kernel: Structural = structural(
    "conv_kernel",
    _kernel_function,
    (
        lambda v, g, x, z, *, kernel, **how: contract(lambda v, x: conv_op(x, v, **how), v, x),
        lambda v, g, x, z, *, kernel, **how: contract(
            lambda v, g: transposed(g, v, shape=x.shape[-len(kernel) :], **how), v, g
        ),
    ),
    arity=2,
    doc="Each window of the input, weighted by its place of the output: the kernel's gradient.",
    batched=_kernel_all,
)
