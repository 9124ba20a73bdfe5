"""Pools: the largest or the average of each window along the last axes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from math import inf, nan, prod
from typing import Any

import numpy as np

from autograd.node.node import raw
from autograd.numbers.kinds import in_range
from autograd.numbers.protocols import Numeric
from autograd.ops.extremes import maximum
from autograd.ops.scalars import add_up, operand, total
from autograd.ops.shape import broadcast_to
from autograd.ops.wide import in_float32, pulled_in_float32
from autograd.ops.windows import (
    Lengths,
    Padding,
    PerAxis,
    Windows,
    by_window,
    fold,
    padded,
    paddings,
    per_axis,
    spread,
    spread_pairs,
    view_of,
    windows_of,
)
from autograd.rules.batch_rules import at_leading_axes
from autograd.rules.chain_rule import choose, times
from autograd.rules.define import structural
from autograd.rules.signatures import of_array


def _windows(
    of: str,
    x: Any,
    kernel: Lengths,
    *,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> Windows:
    """Return a pool's windows, which by default lie side by side."""
    steps = kernel if stride is None else stride
    return windows_of(of, x.shape[-len(kernel) :], kernel, steps, padding, dilation, ceil_mode)


def _fold_back(g: Any, windows: Windows) -> Any:
    """Add windows in at their places: the padding is then as ``ceil_mode`` needs it."""
    return fold(
        g,
        shape=windows.lengths,
        stride=windows.stride,
        padding=windows.padding,
        dilation=windows.dilation,
    )


# The largest -------------------------------------------------------------------------------------


def _largest(x: Any, *, kernel: Lengths, **how: Any) -> Any:
    windows = _windows("max_pool", x, kernel, **how)
    if x.dtype == object:
        return by_window(lambda row: reduce(maximum, row), x, windows)
    lowest = np.iinfo(x.dtype).min if x.dtype.kind in "iu" else -inf
    found = padded(x, windows, lowest)
    for axis in range(len(kernel)):  # the largest of a window is the largest of its lines'
        first, *others = _along(found, windows, axis)
        found = reduce(np.maximum, others, first)
    return np.array(found) if prod(kernel) == 1 else found


def _along(x: Any, windows: Windows, axis: int) -> Iterator[Any]:
    """Yield the first elements of all windows along a spatial axis, the second ones, and so on."""
    s, d, count = windows.stride[axis], windows.dilation[axis], windows.out[axis]
    rest = (slice(None),) * (len(windows.kernel) - axis - 1)
    for k in range(windows.kernel[axis]):
        yield x[(..., slice(k * d, k * d + (count - 1) * s + 1, s), *rest)]


def _share(g: Any, x: Any, z: Any, *, kernel: Lengths, **how: Any) -> tuple[Any]:
    """Share the cotangent equally between those of a window that equal its largest."""
    windows, largest = _windows("max_pool", x, kernel, **how), raw(z)
    view = view_of(padded(raw(x), windows, nan), windows)
    chosen = np.empty((*kernel, *largest.shape), bool)
    for place in np.ndindex(*kernel):
        chosen[place] = view[place] == largest
    flat = chosen.reshape((prod(kernel), *largest.shape))
    shares = choose(chosen, g / flat.sum(axis=0, dtype=largest.dtype), 0.0)
    unordered = largest != largest
    if np.any(unordered):
        shares = choose(unordered, times(g, nan), shares)
    return (_fold_back(shares, windows),)


_max_pool = structural(
    "max_pool",
    _largest,
    _share,
    settings={"stride": None, "padding": 0, "dilation": 1, "ceil_mode": False},
    symbol="max pool",
    latex=r"\operatorname{{maxpool}} {x}",
    doc="The largest of each window along the last axes.",
    batched=at_leading_axes,
)


@of_array
@in_range
def max_pool(
    x: Any,
    kernel: Any,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Numeric:
    """Return the largest of each window along the last axes of ``x``.

    Those that tie in a window share the gradient equally, as for ``max``. In PyTorch the first of
    them gets all of it: after a relu, windows of zeros differ.

    Parameters
    ----------
    x : array, Tensor or object array of Values, shape (..., *spatial)
    kernel : tuple of int
        The lengths of a window, one for each spatial axis: (2, 2) for pictures.
    stride : int or tuple of int, optional
        The step from one window to the next; by default the kernel's lengths, so that windows lie
        side by side.
    padding : int, tuple of int or tuple of (int, int)
        How much the windows reach over the array at both sides of each spatial axis, or before and
        after it. What isn't in the array is never the largest.
    dilation : int or tuple of int
        The step from one element of a window to the next.
    ceil_mode : bool
        Whether there is one more window at the end of an axis where the windows leave some elements
        over.

    Returns
    -------
    array, Tensor or object array of Value, shape (..., *spatial)

    Raises
    ------
    TypeError, ValueError
        If a setting isn't a number as above, there is no room for a window, or one would have no
        element.

    Examples
    --------
    >>> from autograd import Tensor, max_pool
    >>> x = Tensor([[1.0, 4.0], [3.0, 2.0], [5.0, 5.0], [0.0, 5.0]])
    >>> max_pool(x, (2, 2)).sum().backward()
    >>> print(x.grad)
    [[0.         1.        ]
     [0.         0.        ]
     [0.33333333 0.33333333]
     [0.         0.33333333]]
    """
    x, kernel, how = _settings("max_pool", x, kernel, stride, padding, dilation)
    windows = _windows("max_pool", x, kernel, **how, ceil_mode=bool(ceil_mode))
    _check_reach("max_pool", windows)
    return _max_pool(x, kernel=kernel, **how, ceil_mode=bool(ceil_mode))


# The average -------------------------------------------------------------------------------------


def divisor_of(
    windows: Windows, padding: Padding, count_include_pad: bool, divisor: int | None, dtype: Any
) -> Any:
    """Return the divisor of each window's sum: a number, or one for each window.

    It counts the padding, but not what ``ceil_mode`` adds to it.
    """
    whole = prod(windows.kernel)
    if divisor is not None:
        return divisor
    declared = spread_pairs(padding if count_include_pad else 0, len(windows.kernel))
    if declared == windows.padding:
        return whole
    counts = [_counts(windows, k, *pair) for k, pair in enumerate(declared)]
    if all((n == k).all() for n, k in zip(counts, windows.kernel, strict=True)):
        return whole
    return reduce(np.multiply.outer, counts).astype(dtype)


def _counts(windows: Windows, axis: int, before: int, after: int) -> Any:
    """Return how many elements of each window are in the array and its declared padding."""
    starts = np.array(windows.starts(axis))
    ends = np.minimum(starts + windows.kernel[axis], windows.lengths[axis] + after)
    return ends - np.maximum(starts, -before)


@in_float32
def _average(
    x: Any,
    *,
    kernel: Lengths,
    count_include_pad: bool = True,
    divisor: int | None = None,
    **how: Any,
) -> Any:
    windows = _windows("avg_pool", x, kernel, **how)
    by = divisor_of(windows, how.get("padding", 0), count_include_pad, divisor, x.dtype)
    if x.dtype == object:
        return by_window(_sum, x, windows) / by
    view = view_of(padded(x, windows), windows)
    return view.sum(axis=tuple(range(len(kernel)))) / by


def _sum(row: list[Any]) -> Any:
    return total(tuple(row)) if len(row) > 1 else add_up(row)


@pulled_in_float32
def _average_pullback(
    g: Any,
    x: Any,
    z: Any,
    *,
    kernel: Lengths,
    count_include_pad: bool = True,
    divisor: int | None = None,
    **how: Any,
) -> tuple[Any]:
    windows = _windows("avg_pool", x, kernel, **how)
    each = g / divisor_of(windows, how.get("padding", 0), count_include_pad, divisor, x.dtype)
    return (_fold_back(broadcast_to(each, (*kernel, *g.shape)), windows),)


_avg_pool = structural(
    "avg_pool",
    _average,
    _average_pullback,
    settings={
        "kernel": (),
        "stride": None,
        "padding": 0,
        "ceil_mode": False,
        "count_include_pad": True,
        "divisor": None,
    },
    linear=True,
    symbol="avg pool",
    latex=r"\operatorname{{avgpool}} {x}",
    doc="The average of each window along the last axes.",
    batched=at_leading_axes,
)


@of_array
@in_range
def avg_pool(
    x: Any,
    kernel: Any,
    *,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor: int | None = None,
) -> Numeric:
    """Return the average of each window along the last axes of ``x``.

    Parameters
    ----------
    x : array, Tensor or object array of Values, shape (..., *spatial)
    kernel, stride, padding, ceil_mode
        As for ``max_pool``; here the padding is of zeros.
    count_include_pad : bool
        Whether the padding counts when a sum is divided.
    divisor : int, optional
        What to divide each sum by, in place of the number of elements.

    Returns
    -------
    array, Tensor or object array of Value, shape (..., *spatial)

    Raises
    ------
    TypeError, ValueError
        As for ``max_pool``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import avg_pool
    >>> avg_pool(np.array([1.0, 3.0, 5.0, 7.0]), (2,))
    array([2., 6.])
    >>> avg_pool(np.array([1.0, 3.0, 5.0]), (2,), padding=((1, 0),), count_include_pad=False)
    array([1., 4.])
    """
    x, kernel, how = _settings("avg_pool", x, kernel, stride, padding, 1)
    del how["dilation"]
    windows = _windows("avg_pool", x, kernel, **how, ceil_mode=bool(ceil_mode))
    if divisor is not None:
        divisor = spread(per_axis("avg_pool: divisor", divisor, 1), 1)[0]
    if not count_include_pad:
        _check_reach("avg_pool", windows)
    return _avg_pool(
        x,
        kernel=kernel,
        **how,
        ceil_mode=bool(ceil_mode),
        count_include_pad=bool(count_include_pad),
        divisor=divisor,
    )


# Checks ------------------------------------------------------------------------------------------


def _settings(
    of: str, x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any
) -> tuple[Any, Lengths, dict[str, Any]]:
    """Return the operand, the kernel's lengths and the other settings, in one form."""
    x = operand(x)
    if not np.ndim(kernel) or not len(kernel):
        raise TypeError(
            f"{of} takes one length for each spatial axis, as in (2, 2), got kernel={kernel!r}"
        )
    n = len(kernel)
    if x.ndim < n:
        raise ValueError(
            f"{of} with kernel={kernel!r} is over {n} spatial axes, got an input of shape {x.shape}"
        )
    lengths = spread(per_axis(f"{of}: kernel", kernel, n), n)
    steps = per_axis(f"{of}: stride", kernel if stride is None else stride, n)
    inside = per_axis(f"{of}: dilation", dilation, n)
    how = {
        "stride": None if spread(steps, n) == lengths else steps,
        "padding": paddings(of, padding, lengths, steps, inside),
        "dilation": inside,
    }
    return x, lengths, how


def _check_reach(of: str, windows: Windows) -> None:
    """Raise ValueError if a window is in the padding with all of its elements."""
    for k, pair in enumerate(windows.padding):
        if any(pair) and not all(windows.inside(k, start) for start in windows.starts(k)):
            raise ValueError(
                f"{of}: a padding of {pair} along spatial axis {k} leaves a window without an "
                f"element of the input, for a kernel of length {windows.kernel[k]}: pad less"
            )
