"""Examples of the ops of layers: convolutions, pools, normalisation, embedding.

What they should be equal to is written in loops over single elements, by the definitions that
PyTorch's documentation gives. Nothing here knows of windows as arrays.
"""

from itertools import product

import numpy as np
from structural_example import drawing, moving, of

import autograd as ag
from autograd.rules.op_registry import get

normal = drawing(20261)
A5 = normal(2, 5)


def each(setting, count):
    return setting if isinstance(setting, tuple) else (setting,) * count


def pairs(padding, count):
    return [p if isinstance(p, tuple) else (p, p) for p in each(padding, count)]


def taps(lengths, kernel, stride, padding, dilation, out):
    """Yield (place of the output, place in the kernel, place of the input) that go together."""
    n = len(kernel)
    stride, dilation, before = each(stride, n), each(dilation, n), pairs(padding, n)
    for p in product(*map(range, out)):
        for k in product(*map(range, kernel)):
            q = tuple(p[i] * stride[i] - before[i][0] + k[i] * dilation[i] for i in range(n))
            if all(0 <= at < length for at, length in zip(q, lengths, strict=True)):
                yield p, k, q


def outs(lengths, kernel, stride, padding, dilation):
    n = len(kernel)
    rows = zip(lengths, kernel, each(stride, n), pairs(padding, n), each(dilation, n), strict=True)
    return tuple((m + a + b - d * (k - 1) - 1) // s + 1 for m, k, s, (a, b), d in rows)


def conv(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    kernel, lengths = w.shape[2:], x.shape[2 - w.ndim :]
    out = outs(lengths, kernel, stride, padding, dilation)
    z = np.zeros((*x.shape[: 1 - w.ndim], len(w), *out), x.dtype)
    for o in range(len(w)):
        first = o // (len(w) // groups) * w.shape[1]
        for p, k, q in taps(lengths, kernel, stride, padding, dilation, out):
            for c in range(w.shape[1]):
                z[(..., o, *p)] += x[(..., first + c, *q)] * w[(o, c, *k)]
        if b is not None:
            z[(..., o, *(slice(None),) * len(out))] += b[o]
    return z


def conv_transpose(g, w, shape, stride=1, padding=0, dilation=1, groups=1):
    z = np.zeros((*g.shape[: 1 - w.ndim], w.shape[1] * groups, *shape), g.dtype)
    for o in range(len(w)):
        first = o // (len(w) // groups) * w.shape[1]
        for p, k, q in taps(shape, w.shape[2:], stride, padding, dilation, g.shape[2 - w.ndim :]):
            for c in range(w.shape[1]):
                z[(..., first + c, *q)] += g[(..., o, *p)] * w[(o, c, *k)]
    return z


def conv_kernel(g, x, kernel, stride=1, padding=0, dilation=1, groups=1):
    n = len(kernel)
    outs_of, ins = g.shape[-n - 1], x.shape[-n - 1] // groups
    z = np.zeros((outs_of, ins, *kernel), g.dtype)
    for o in range(outs_of):
        first = o // (outs_of // groups) * ins
        for p, k, q in taps(x.shape[-n:], kernel, stride, padding, dilation, g.shape[-n:]):
            for c in range(ins):
                z[(o, c, *k)] += np.sum(g[(..., o, *p)] * x[(..., first + c, *q)])
    return z


def pooled(f, x, kernel, stride=None, padding=0, dilation=1):
    """Apply f to the elements of each window that are in the array."""
    n = len(kernel)
    stride = kernel if stride is None else stride
    out = outs(x.shape[-n:], kernel, stride, padding, dilation)
    found = {}
    for p, _, q in taps(x.shape[-n:], kernel, stride, padding, dilation, out):
        found.setdefault(p, []).append(x[(..., *q)])
    z = np.zeros((*x.shape[:-n], *out), x.dtype)
    for p, windows in found.items():
        z[(..., *p)] = f(np.stack(windows))
    return z


def largest(windows):
    return windows.max(axis=0)


def average(windows):
    return windows.sum(axis=0) / len(windows)


def unfold(x, kernel, stride=1, padding=0, dilation=1):
    n = len(kernel)
    out = outs(x.shape[-n:], kernel, stride, padding, dilation)
    z = np.zeros((*kernel, *x.shape[:-n], *out), x.dtype)
    for p, k, q in taps(x.shape[-n:], kernel, stride, padding, dilation, out):
        z[(*k, ..., *p)] = x[(..., *q)]
    return z


def fold(g, shape, stride=1, padding=0, dilation=1):
    n = len(shape)
    z = np.zeros((*g.shape[n:-n], *shape), g.dtype)
    for p, k, q in taps(shape, g.shape[:n], stride, padding, dilation, g.shape[-n:]):
        z[(..., *q)] += g[(*k, ..., *p)]
    return z


def standardized(x, axis, eps):
    d = x - x.mean(axis=axis, keepdims=True)
    return d / np.sqrt((d * d).mean(axis=axis, keepdims=True) + eps)


def as_set(name, function, settings, *inputs, ours=None):
    """An example of an op with settings that its definition takes by the same names."""
    ours = ours or get(name)
    return of(
        name, lambda *xs: ours(*xs, **settings), lambda *xs: function(*xs, **settings), *inputs
    )


CONVOLUTIONS = [
    as_set("conv", conv, {}, normal(2, 5), normal(3, 2, 2), normal(3)),
    as_set("conv", conv, {"padding": 1, "stride": 2}, normal(2, 1, 4), normal(1, 1, 3), normal(1)),
    as_set("conv", conv, {"padding": ((2, 0),)}, normal(1, 3), normal(2, 1, 2)),
    as_set("conv", conv, {"dilation": 2}, normal(2, 1, 3, 4), normal(2, 1, 2, 2), normal(2)),
    as_set("conv", conv, {"groups": 2, "stride": (1, 2)}, normal(4, 2, 3), normal(2, 2, 2, 1)),
    as_set("conv", conv, {"padding": 1}, normal(2, 1, 1, 2, 3), normal(1, 1, 2, 2), normal(1)),
    as_set("conv", conv, {"padding": (0, 1, 0)}, normal(1, 2, 1, 3), normal(1, 1, 2, 1, 2)),
    as_set("conv_transpose", conv_transpose, {"shape": (5,)}, normal(2, 4), normal(2, 1, 2)),
    as_set("conv_transpose", conv_transpose, {"shape": (4, 5), "stride": 2, "padding": (1, 0),
           "groups": 2}, normal(2, 2, 2), normal(2, 1, 3, 3)),
    as_set("conv_transpose", conv_transpose, {"shape": (2, 4), "dilation": (1, 2)},
           normal(2, 1, 1, 2), normal(1, 2, 2, 2)),
    of("conv_transpose",
       lambda x, w, b: ag.conv_transpose(x, w, b, stride=2, output_padding=1),
       lambda x, w, b: conv_transpose(x, w, (6,), stride=2) + b[:, None],
       normal(1, 2), normal(1, 2, 3), normal(2)),
    as_set("conv_kernel", conv_kernel, {"kernel": (2,)}, normal(2, 2, 3), normal(2, 1, 4)),
    as_set("conv_kernel", conv_kernel, {"kernel": (2, 1), "stride": (1, 2), "padding": 1,
           "groups": 2}, normal(2, 4, 3), normal(2, 3, 3)),
    as_set("conv_kernel", conv_kernel, {"kernel": (2, 2), "dilation": 2},
           normal(1, 1, 2), normal(2, 3, 4)),
]  # fmt: skip

POOLS = [
    as_set("unfold", unfold, {"kernel": (2,)}, normal(2, 4)),
    as_set("unfold", unfold, {"kernel": (2, 2), "stride": (2, 1), "padding": ((1, 0), (0, 0)),
           "dilation": (1, 2)}, normal(2, 3, 4)),
    as_set("fold", fold, {"shape": (4,)}, normal(2, 2, 3)),
    as_set("fold", fold, {"shape": (4,), "stride": 2}, normal(2, 2, 2)),
    as_set("fold", fold, {"shape": (3, 4), "padding": ((1, 0), (0, 0)), "stride": (2, 1),
           "dilation": (1, 2)}, normal(2, 2, 2, 2, 2)),
    moving("max_pool", lambda x: ag.max_pool(x, (2,)), lambda x: pooled(largest, x, (2,)), A5),
    moving("max_pool", lambda x: ag.max_pool(x, (2, 3), stride=1, padding=1),
           lambda x: pooled(largest, x, (2, 3), 1, 1), normal(2, 3, 4)),
    moving("max_pool", lambda x: ag.max_pool(x, (2,), stride=2, ceil_mode=True, dilation=2),
           lambda x: pooled(largest, x, (2,), 2, ((0, 2),), 2), normal(2, 6)),
    moving("max_pool", lambda x: ag.max_pool(x, (2, 1, 2)),
           lambda x: pooled(largest, x, (2, 1, 2)), normal(2, 3, 2)),
    of("avg_pool", lambda x: ag.avg_pool(x, (2,)), lambda x: pooled(average, x, (2,)), A5),
    of("avg_pool", lambda x: ag.avg_pool(x, (2, 2), stride=1, padding=1, count_include_pad=False),
       lambda x: pooled(average, x, (2, 2), 1, 1), normal(2, 2, 3)),
    of("avg_pool", lambda x: ag.avg_pool(x, (2, 2), stride=1, padding=((1, 0), (0, 1))),
       lambda x: pooled(average, np.pad(x, ((1, 0), (0, 1))), (2, 2), 1), normal(2, 3)),
    of("avg_pool", lambda x: ag.avg_pool(x, (3,), ceil_mode=True),
       lambda x: pooled(average, x, (3,), 3, ((0, 1),)), A5),
    of("avg_pool", lambda x: ag.avg_pool(x, (2, 1, 3), divisor=4),
       lambda x: pooled(average, x, (2, 1, 3)) * 6 / 4, normal(2, 1, 3)),
]  # fmt: skip

NORMS = [
    as_set("standardize", standardized, {"axis": -1, "eps": 1e-5}, normal(2, 4)),
    as_set("standardize", standardized, {"axis": (0, 2), "eps": 0.5}, normal(3, 2, 2)),
    of("standardize", lambda x, w, b: ag.layer_norm(x, w, b, axis=(-2, -1), eps=0.25),
       lambda x, w, b: standardized(x, (-2, -1), 0.25) * w + b, normal(2, 2, 3), normal(2, 3),
       normal(2, 3)),
    of("standardize", ag.batch_norm,
       lambda x, w, b: standardized(x, (0, 2), 1e-5) * w[:, None] + b[:, None],
       normal(3, 2, 2), normal(2), normal(2)),
    of("standardize", lambda x, w: ag.group_norm(x, 2, w),
       lambda x, w: standardized(x.reshape(2, 2, 4), -1, 1e-5).reshape(2, 4, 2) * w[:, None],
       normal(2, 4, 2), normal(4)),
]  # fmt: skip

TABLES = [
    moving("embedding", lambda x: ag.embedding(x, [2, 0, 2]), lambda x: x[[2, 0, 2]], normal(3, 2)),
    moving("embedding", lambda x: ag.embedding(x, [[1], [2]]), lambda x: x[[[1], [2]]], normal(4)),
]

LAYERS = [*CONVOLUTIONS, *POOLS, *NORMS, *TABLES]
