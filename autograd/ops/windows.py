"""Windows of an array along its last axes: what convolutions and pools go over.

Windows are described as in PyTorch: by the kernel's lengths, the stride from one window to the
next, the padding around the array, and the dilation, which is the step inside a window. Each is one
number for all spatial axes, or one for each; the padding may be a pair for each, before and after.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from operator import index
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd.ops.wide import in_float32, pulled_in_float32
from autograd.rules.batch_rules import Batch
from autograd.rules.define import structural
from autograd.rules.op import Structural

Lengths = tuple[int, ...]
PerAxis = int | Lengths  # one for all spatial axes, or one for each
Pairs = tuple[tuple[int, int], ...]
Padding = PerAxis | Pairs


class Windows(NamedTuple):
    """Where the windows of an array are, for each of its spatial axes."""

    kernel: Lengths
    stride: Lengths
    padding: Pairs
    dilation: Lengths
    lengths: Lengths  # of the array, without the padding
    out: Lengths  # how many windows there are

    @property
    def padded(self) -> Lengths:
        return tuple(n + a + b for n, (a, b) in zip(self.lengths, self.padding, strict=True))

    @property
    def inner(self) -> tuple[Any, ...]:
        """The index of the array in the padded array."""
        pairs = zip(self.lengths, self.padding, strict=True)
        return (..., *(slice(a, a + n) for n, (a, _) in pairs))

    @property
    def apart(self) -> bool:
        """Whether no two windows have an element in common."""
        return all(map(int.__ge__, self.stride, map(extent, self.kernel, self.dilation)))

    def starts(self, axis: int) -> range:
        """Return where the windows begin along a spatial axis: below 0 in the padding."""
        first, step = self.padding[axis][0], self.stride[axis]
        return range(-first, self.out[axis] * step - first, step)

    def inside(self, axis: int, start: int) -> range:
        """Return which of a window's places, counted from 0, aren't in the padding."""
        d, k = self.dilation[axis], self.kernel[axis]
        first = max(0, -(start // d))
        return range(first, min(k, max(first, -((start - self.lengths[axis]) // d))))


def extent(kernel: int, dilation: int) -> int:
    """Return how many elements a window reaches over, those that it leaves out too."""
    return dilation * (kernel - 1) + 1


# What is said of windows, in one form ------------------------------------------------------------


def per_axis(what: str, given: Any, count: int, least: int = 1) -> PerAxis:
    """Return a setting as one number if it is the same for all spatial axes, else as a tuple."""
    try:
        found = tuple(map(index, given if np.ndim(given) else (given,) * count))
    except (TypeError, ValueError):
        found = ()
    if len(found) != count or min(found, default=0) < least:
        kind = TypeError if not found else ValueError
        raise kind(
            f"{what} must be an integer of at least {least}, or {count} of them, one for each "
            f"spatial axis, got {given!r}"
        )
    return found[0] if len(set(found)) == 1 else found


def paddings(of: str, given: Any, kernel: Lengths, stride: PerAxis, dilation: PerAxis) -> Padding:
    """Return a padding as short as it can be written: a number, one for each axis, or pairs."""
    count = len(kernel)
    if isinstance(given, str):
        given = _by_word(of, given, kernel, stride, dilation)
    if np.ndim(given) < 2:
        return per_axis(f"{of}: padding", given, count, 0)
    sides = [per_axis(f"{of}: padding", pair, 2, 0) for pair in given]
    if len(sides) != count:
        raise ValueError(
            f"{of}: padding must be one pair for each of {count} spatial axes, got {given!r}"
        )
    pairs: Any = tuple(spread(each, 2) for each in sides)
    same = all(a == b for a, b in pairs)
    return per_axis(f"{of}: padding", [a for a, _ in pairs], count, 0) if same else pairs


def _by_word(of: str, word: str, kernel: Lengths, stride: PerAxis, dilation: PerAxis) -> Any:
    if word == "valid":
        return 0
    if word != "same":
        raise ValueError(f"{of}: padding is a number, 'valid' or 'same', got {word!r}")
    if stride != 1:
        raise ValueError(f"{of}: padding='same' is for a stride of 1, got {stride}: give numbers")
    steps = spread(dilation, len(kernel))
    more = [extent(k, d) - 1 for k, d in zip(kernel, steps, strict=True)]
    return [(n // 2, n - n // 2) for n in more]


def spread(given: Any, count: int) -> Lengths:
    """Return one number for each axis."""
    return given if isinstance(given, tuple) else (given,) * count


def spread_pairs(padding: Padding, count: int) -> Pairs:
    """Return a pair for each axis: what to add before and after."""
    each: Any = padding if isinstance(padding, tuple) else (padding,) * count
    return tuple(pair if isinstance(pair, tuple) else (pair, pair) for pair in each)


@lru_cache(maxsize=512)
def windows_of(
    of: str,
    lengths: Lengths,
    kernel: Lengths,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> Windows:
    """Return where the windows are in an array; ValueError if there is no room for one.

    ``ceil_mode`` has one more window at the end, where some of its elements are in the array. It
    pads as far as that one reaches.
    """
    n = len(kernel)
    steps, pairs, inside = spread(stride, n), spread_pairs(padding, n), spread(dilation, n)
    out, padded = [], []
    for k, (length, (before, after)) in enumerate(zip(lengths, pairs, strict=True)):
        reach = extent(kernel[k], inside[k])
        room = length + before + after - reach
        count = (room + (steps[k] - 1 if ceil_mode else 0)) // steps[k] + 1
        count -= ceil_mode and (count - 1) * steps[k] >= length + before
        if count < 1:
            dilated = f", dilated to {reach}," if inside[k] > 1 else ""
            raise ValueError(
                f"{of}: a kernel of length {kernel[k]}{dilated} is longer than the padded input, "
                f"{length + before + after}, along spatial axis {k}: pad, or take a smaller one"
            )
        out.append(count)
        padded.append((before, after + max(0, (count - 1) * steps[k] - room)))
    return Windows(kernel, steps, tuple(padded), inside, lengths, tuple(out))


# Windows of arrays -------------------------------------------------------------------------------


def padded(x: Any, windows: Windows, fill: Any = 0) -> Any:
    """Return an array with a border."""
    if not any(map(any, windows.padding)):
        return x
    found = np.full_like(x, fill, shape=(*x.shape[: -len(windows.kernel)], *windows.padded))
    found[windows.inner] = x
    return found


def view_of(x: Any, windows: Windows, *, writeable: bool = False) -> Any:
    """Return a view of all windows of a padded array, of shape (*kernel, ..., *out)."""
    n = len(windows.kernel)
    steps = x.strides[-n:]
    within = map(int.__mul__, windows.dilation, steps)
    between = map(int.__mul__, windows.stride, steps)
    shape = (*windows.kernel, *x.shape[:-n], *windows.out)
    strides = (*within, *x.strides[:-n], *between)
    return as_strided(x, shape, strides, subok=True, writeable=writeable)


def add_windows(g: Any, windows: Windows) -> Any:
    """Return the sum of windows of shape (*kernel, ..., *out), each added in at its place."""
    n = len(windows.kernel)
    found = np.zeros((*g.shape[n:-n], *windows.padded), g.dtype)
    if found.size and g.size:
        places = view_of(found, windows, writeable=True)
        if windows.apart:
            places[...] = g
        else:
            for place in np.ndindex(*windows.kernel):
                places[place] += g[place]
    return found[windows.inner]


def each_inside(windows: Windows) -> Iterator[tuple[Lengths, list[range], list[list[int]]]]:
    """Yield for each window its place, which of its elements are in the array, and where."""
    axes = range(len(windows.kernel))
    starts = [windows.starts(k) for k in axes]
    for place in product(*map(range, windows.out)):
        first = [start[at] for start, at in zip(starts, place, strict=True)]
        inside = [windows.inside(k, first[k]) for k in axes]
        where = [[first[k] + windows.dilation[k] * j for j in inside[k]] for k in axes]
        yield place, inside, where


def by_window(function: Any, x: Any, windows: Windows) -> Any:
    """Apply a function of a list to each window of an array of objects, without the padding."""
    batch = x.shape[: -len(windows.kernel)]
    found = np.empty((*batch, *windows.out), object)
    for place, _, where in each_inside(windows):
        for row in np.ndindex(*batch):
            found[(*row, *place)] = function(x[row][np.ix_(*where)].ravel().tolist())
    return found


# As ops ------------------------------------------------------------------------------------------


def _unfold(
    x: Any, *, kernel: Lengths, stride: PerAxis = 1, padding: Padding = 0, dilation: PerAxis = 1
) -> Any:
    lengths = x.shape[-len(kernel) :]
    windows = windows_of("unfold", lengths, kernel, stride, padding, dilation)
    return np.array(view_of(padded(x, windows), windows), subok=True)


def _unfold_all(batch: Batch) -> Any:
    n = len(batch.setting("kernel"))
    z = batch.apply(batch.front(0))  # with the samples behind the axes of the kernel
    return z.transpose((n, *range(n), *range(n + 1, z.ndim)))


def _fold_all(batch: Batch) -> Any:
    n, g = len(batch.setting("shape")), batch.front(0)
    return batch.apply(g.transpose((*range(1, n + 1), 0, *range(n + 1, g.ndim))))


unfold: Structural = structural(
    "unfold",
    _unfold,
    lambda g, x, z, *, kernel, **how: (fold(g, shape=x.shape[-len(kernel) :], **how),),
    linear=True,
    moves=True,
    doc="All windows of an array along its last axes, of shape (*kernel, ..., *windows).",
    batched=_unfold_all,
)


@in_float32
def _fold(
    g: Any, *, shape: Lengths, stride: PerAxis = 1, padding: Padding = 0, dilation: PerAxis = 1
) -> Any:
    kernel = g.shape[: len(shape)]
    return add_windows(g, windows_of("fold", shape, kernel, stride, padding, dilation))


fold: Structural = structural(
    "fold",
    _fold,
    pulled_in_float32(
        lambda g, x, z, *, shape, **how: (unfold(g, kernel=x.shape[: len(shape)], **how),)
    ),
    linear=True,
    doc="Windows added in at their places: the transpose of unfold.",
    batched=_fold_all,
)
