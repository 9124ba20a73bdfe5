"""Differences, slopes and integrals of sampled functions: diff, gradient, trapezoid, interp."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.array_functions.reading import reads_numbers
from autograd.node.node import raw
from autograd.ops.indexing import getitem
from autograd.ops.joining import concatenate
from autograd.ops.reduction import cumsum, sum
from autograd.ops.running import cumprod
from autograd.ops.scalars import operand
from autograd.ops.selection import where
from autograd.ops.shape import along, astype, broadcast_to, reshape
from autograd.rules.op_registry import in_numpy, stands_for


def differences(x: Any, axis: int = -1) -> Any:
    """Return each element less the one before, along an axis."""
    later, earlier = slice(1, None), slice(None, -1)
    return x[along(axis, x.ndim, later)] - x[along(axis, x.ndim, earlier)]


def _as_slice(given: Any, x: Any, axis: int) -> Any:
    """Return the slice that goes before or after ``x``; a number is broadcast to its shape."""
    part = operand(given)
    if part.ndim:
        return part
    shape = list(x.shape)
    shape[axis] = 1
    return broadcast_to(part, tuple(shape))


@stands_for(np.diff)
def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    if n < 0:
        raise ValueError(f"diff takes differences of order 0 or more, got {n}")
    x = operand(a)
    before = [] if prepend is None or prepend is np._NoValue else [_as_slice(prepend, x, axis)]
    after = [] if append is None or append is np._NoValue else [_as_slice(append, x, axis)]
    if before or after:
        x = concatenate([*before, x, *after], axis)
    for _ in range(n):
        x = differences(x, axis)
    return x


@stands_for(np.ediff1d)
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    found = differences(reshape(operand(ary), -1))
    parts = [None if x is None else reshape(operand(x), -1) for x in (to_begin, found, to_end)]
    whole = concatenate([x for x in parts if x is not None])
    return astype(whole, raw(found).dtype)


def _running(whole: Any, x: Any, axis: int | None, include_initial: bool, first: float) -> Any:
    x = operand(x)
    if axis is None and x.ndim > 1:
        raise ValueError(f"expected an axis for an array of {x.ndim} axes")
    along_axis = 0 if axis is None else axis
    found = whole(x, along_axis)
    if not include_initial:
        return found
    start = _as_slice(np.asarray(first, raw(x).dtype), x, along_axis)
    return concatenate([start, found], along_axis)


@stands_for(*in_numpy("cumulative_sum"))
def _cumulative_sum(x: Any, /, *, axis: int | None = None, include_initial: bool = False) -> Any:
    return _running(cumsum, x, axis, include_initial, 0.0)


@stands_for(*in_numpy("cumulative_prod"))
def _cumulative_prod(x: Any, /, *, axis: int | None = None, include_initial: bool = False) -> Any:
    return _running(cumprod, x, axis, include_initial, 1.0)


@stands_for(*in_numpy("trapezoid", "trapz"))
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = operand(y)
    steps = dx
    if x is not None:
        x = operand(x)
        steps = differences(x, axis if x.ndim > 1 else -1)
        if x.ndim == 1:
            lengths = [1] * y.ndim
            lengths[axis] = -1
            steps = reshape(steps, tuple(lengths))
    later, earlier = y[along(axis, y.ndim, slice(1, None))], y[along(axis, y.ndim, slice(-1))]
    return sum(steps * (later + earlier) / 2.0, axis)


# Slopes ------------------------------------------------------------------------------------------


@stands_for(np.gradient)
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    f = operand(f)
    axes = tuple(range(f.ndim)) if axis is None else normalize_axis_tuple(axis, f.ndim)
    spacings = [h if isinstance(h, (int, float)) else operand(h) for h in varargs] or [1.0]
    if len(spacings) == 1 and not np.ndim(raw(spacings[0])):
        spacings *= len(axes)
    if len(spacings) != len(axes):
        raise TypeError(f"gradient takes one spacing or one for each axis, got {len(varargs)}")
    if edge_order not in (1, 2):
        raise ValueError(f"gradient's edge_order is 1 or 2, got {edge_order}")
    if any(f.shape[k] < edge_order + 1 for k in axes):
        raise ValueError(f"gradient needs {edge_order + 1} elements along each axis")
    found = [_slope(f, k, h, edge_order) for k, h in zip(axes, spacings, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def _slope(f: Any, axis: int, spacing: Any, edge_order: int) -> Any:
    """Return the slopes along an axis: inside of second order, at the ends as is said."""
    n = f.shape[axis]
    steps = _steps(f, axis, spacing)

    def at(start: int, stop: int | None = None) -> Any:
        return f[along(axis, f.ndim, slice(start, stop))]

    def step(start: int, stop: int | None = None) -> Any:
        return steps[along(axis, steps.ndim, slice(start, stop))]

    if not np.ndim(raw(spacing)):
        inside = (at(2, n) - at(0, n - 2)) / (2.0 * spacing)
    else:
        left, right = step(0, n - 2), step(1, n - 1)
        inside = (
            -right / (left * (left + right)) * at(0, n - 2)
            + (right - left) / (left * right) * at(1, n - 1)
            + left / (right * (left + right)) * at(2, n)
        )
    if edge_order == 1:
        first = (at(1, 2) - at(0, 1)) / step(0, 1)
        last = (at(n - 1) - at(n - 2, n - 1)) / step(n - 2)
        return concatenate([first, inside, last], axis)
    a, b = step(0, 1), step(1, 2)
    first = (
        -(2.0 * a + b) / (a * (a + b)) * at(0, 1)
        + (a + b) / (a * b) * at(1, 2)
        - a / (b * (a + b)) * at(2, 3)
    )
    a, b = step(n - 3, n - 2), step(n - 2)
    last = (
        b / (a * (a + b)) * at(n - 3, n - 2)
        - (b + a) / (a * b) * at(n - 2, n - 1)
        + (2.0 * b + a) / (b * (a + b)) * at(n - 1)
    )
    return concatenate([first, inside, last], axis)


def _steps(f: Any, axis: int, spacing: Any) -> Any:
    """Return the distances between the samples, as an array along the axis."""
    lengths = [1] * f.ndim
    lengths[axis] = f.shape[axis] - 1
    if not np.ndim(raw(spacing)):
        return broadcast_to(spacing * np.ones((), raw(f).dtype), tuple(lengths))
    if spacing.shape != (f.shape[axis],):
        raise ValueError(
            f"gradient takes a place for each sample, {f.shape[axis]} along axis {axis}, got "
            f"{spacing.shape}"
        )
    return reshape(differences(spacing), tuple(lengths))


# Interpolation -----------------------------------------------------------------------------------


@stands_for(np.interp)
@reads_numbers
def _interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """Interpolate linearly: at a given place the slope is that of the piece to its right."""
    x, xp, fp = (astype(operand(each), np.float64) for each in (x, xp, fp))  # as in NumPy
    if xp.ndim != 1 or not xp.size or fp.shape != xp.shape:
        raise ValueError(
            "interp takes a vector of places, and a value at each of them, got shapes "
            f"{xp.shape} and {fp.shape}"
        )
    if period is not None:
        x, xp, fp = _over_one_period(x, xp, fp, float(period))
        left = right = None
    places = raw(xp)
    if len(places) == 1:
        found = broadcast_to(fp, (*x.shape, 1))[..., 0] if x.ndim else fp[0]
    else:
        k = np.clip(np.searchsorted(places, raw(x), side="right") - 1, 0, len(places) - 2)
        x0, x1, f0, f1 = (getitem(of, at) for of in (xp, fp) for at in (k, k + 1))
        found = (f1 - f0) / (x1 - x0) * (x - x0) + f0
        found = where(raw(x) == places[-1], fp[-1], found)
    found = where(raw(x) < places[0], fp[0] if left is None else left, found)
    return where(raw(x) > places[-1], fp[-1] if right is None else right, found)


def _over_one_period(x: Any, xp: Any, fp: Any, period: float) -> tuple[Any, Any, Any]:
    if not period:
        raise ValueError("interp's period must not be 0")
    period = abs(period)
    x, xp = np.mod(x, period), np.mod(xp, period)
    order = np.argsort(raw(xp))
    xp, fp = getitem(xp, order), getitem(fp, order)
    xp = concatenate([xp[-1:] - period, xp, xp[:1] + period])
    return x, xp, concatenate([fp[-1:], fp, fp[:1]])
