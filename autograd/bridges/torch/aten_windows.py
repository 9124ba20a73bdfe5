"""Rules for aten ops that go over windows of an image: convolutions and pools."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograd.bridges.torch.aten_rules import NoRule, Rule, by_matrices, each
from autograd.ops.indexing import getitem
from autograd.ops.joining import stack
from autograd.ops.pooling import avg_pool, max_pool
from autograd.ops.reduction import max as largest
from autograd.ops.shape import reshape
from autograd.values.filters import conv, conv_transpose


def _convolution(
    x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any,
    transposed: bool, output_padding: Any, groups: int,
) -> Any:  # fmt: skip
    d = weight.ndim - 2
    how: dict[str, Any] = {
        "stride": each(stride, d),
        "padding": each(padding, d),
        "dilation": each(dilation, d),
    }
    if transposed:
        how["output_padding"] = each(output_padding, d)
        if any(np.array(how["output_padding"]) >= how["stride"]):
            raise NoRule("a transposed convolution with an output padding beyond its stride")
    return (conv_transpose if transposed else conv)(x, weight, bias, groups=groups, **how)


def _max_pool(
    x: Any, kernel: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, *, d: int,
) -> Any:  # fmt: skip
    how: dict[str, Any] = {
        "padding": each(padding, d),
        "dilation": each(dilation, d),
        "ceil_mode": ceil_mode,
    }
    kernel = each(kernel, d)
    return max_pool(x, kernel, stride=each(stride, d) or kernel, **how), None


def _avg_pool(
    x: Any, kernel: Any, stride: Any = (), padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: Any = None, *, d: int,
) -> Any:  # fmt: skip
    kernel = each(kernel, d)
    how: dict[str, Any] = {"padding": each(padding, d), "ceil_mode": ceil_mode}
    how |= {"stride": each(stride, d) or kernel, "count_include_pad": count_include_pad}
    if divisor_override is None:
        return avg_pool(x, kernel, **how)
    return avg_pool(x, kernel, divisor=1, **how) / divisor_override


# Pools that adapt their windows -----------------------------------------------------------------


def _parts(size: int, out: int) -> list[slice]:
    return [slice(k * size // out, -(-(k + 1) * size // out)) for k in range(out)]


def _averages(size: int, out: int) -> Any:
    matrix = np.zeros((out, size))
    for k, window in enumerate(_parts(size, out)):
        matrix[k, window] = 1 / (window.stop - window.start)
    return matrix


def _adaptive_averages(x: Any, output_size: Any) -> Any:
    size = tuple(output_size)
    lengths = x.shape[-len(size) :]
    return by_matrices(x, [_averages(n, out) for n, out in zip(lengths, size, strict=True)])


def _adaptive_maxima(x: Any, output_size: Any) -> Any:
    size = tuple(output_size)
    axes = tuple(range(-len(size), 0))
    every = [_parts(n, out) for n, out in zip(x.shape[-len(size) :], size, strict=True)]
    found = [
        largest(getitem(x, (..., *[w[i] for w, i in zip(every, at, strict=True)])), axes)
        for at in np.ndindex(*size)
    ]
    rows = stack(found, -1)
    return reshape(rows, (*rows.shape[:-1], *size)), None


RULES: dict[str, Rule] = {
    "convolution": _convolution,
    **{f"max_pool{d}d_with_indices": partial(_max_pool, d=d) for d in (2, 3)},
    **{f"avg_pool{d}d": partial(_avg_pool, d=d) for d in (2, 3)},
    "_adaptive_avg_pool2d": _adaptive_averages,
    "_adaptive_avg_pool3d": _adaptive_averages,
    "adaptive_max_pool2d": _adaptive_maxima,
    "adaptive_max_pool3d": _adaptive_maxima,
}
