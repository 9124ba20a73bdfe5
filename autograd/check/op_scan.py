"""Checks of an elementwise op at many points: of all magnitudes, in arrays, in float32, twice.

They look where a few everyday points see nothing: in windows, far out, at sizes of arrays where
another path may be taken, and at what a pullback changes or remembers.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import inf, isfinite, nan
from typing import Any

import numpy as np

from autograd.check import blame
from autograd.check.precise import difference, to_mpf
from autograd.check.side_effects import wrong_slope
from autograd.numbers.kinds import MPF
from autograd.rules.compiling import OPERANDS
from autograd.rules.op import Elementwise
from autograd.values.tensor import Tensor
from autograd.values.value import Value

Point = tuple[float, ...]
Settings = dict[str, Any]

_WIDEST = 12.0  # to both sides of zero the line is scanned evenly
_EVEN = 120
_POWERS = range(-40, 41, 2)
_FAR = np.geomspace(12, 700, 24)  # where 1 − p cancels, and saturated slopes are not yet zero
_PAIRS = 240
_FINE = 1200  # points of the even grid for windows: a random one in each of its steps
_STEP = 1e-4  # of differences in floats, beside a number of size 1
_FIRST_LOOK = 1e-5  # a share of a partial, by which they may be off without a second look
_ROUNDING = 64 * float(np.finfo(float).eps)
_LOOKS = 16
_SMALL, _LARGE = 1e-4, 30.0  # between them float32 has digits to compare
_SUSPECT = 1e-6
_DIGITS = 40
_RTOL = {np.float64: 1e-11, np.float32: 1e-3}  # of arrays against numbers
_ATOL = {np.float64: 1e-290, np.float32: 1e-4}
_HUGE = {np.float64: inf, np.float32: 1e30}  # beyond, steps on the way may overflow
_GUARDS = (0.0, 1.0, -1.0, 2.0, 0.5, 1.5, 1e-15, 1e-8, 1.0 + 2.0**-52)
_MANY = 100  # elements: more than any short way takes


def scan_points(op: Elementwise) -> list[Point]:
    """Return points of the op's domain: an even grid, whole numbers, and powers of two."""
    rng = np.random.default_rng(0)
    axes = [_axis(lo, hi, op.kinks, rng) for lo, hi in op.domain]
    if op.arity == 1:
        return [(x,) for x in axes[0]]
    columns = [rng.choice(axis, _PAIRS).tolist() for axis in axes]
    small = product(*([x for x in (0.0, 1.0) if lo < x < hi] for lo, hi in op.domain))
    return [*zip(*columns, strict=True), *small]


def _axis(lo: float, hi: float, kinks: tuple[float, ...], rng: np.random.Generator) -> list[float]:
    least, most = max(lo, -_WIDEST), min(hi, _WIDEST)
    found: list[float] = [float(k) for k in range(-8, 9)]
    if least < most:
        step = (most - least) / _EVEN
        even = np.linspace(least, most, _EVEN, endpoint=False) + step * rng.random(_EVEN)
        found += even.tolist()
    found += [side * 2.0**k * rng.uniform(1, 2) for k in _POWERS for side in (-1, 1)]
    found += [side * x for x in _FAR.tolist() for side in (-1, 1)]
    ends = [end for end in (lo, hi) if isfinite(end)]
    found += [end + side * 2.0**-k for end in ends for side in (-1, 1) for k in (2, 5, 12, 24)]
    return [x for x in found if lo < x < hi and x not in kinks]


def fine_points(op: Elementwise) -> list[Point]:
    """Return a random point in each of 1,200 steps across the middle of a one-operand domain.

    For more operands they are as many random points of the same box.
    """
    rng = np.random.default_rng(1)
    columns = []
    for lo, hi in op.domain:
        least, most = max(lo, -_WIDEST), min(hi, _WIDEST)
        places = (np.arange(_FINE) + rng.random(_FINE)) / _FINE
        columns.append((least + (most - least) * places).tolist())
        if op.arity > 1:
            rng.shuffle(columns[-1])
    inside = [
        all(a < x < b for x, (a, b) in zip(p, op.domain, strict=True))
        for p in zip(*columns, strict=True)
    ]
    return [p for p, good in zip(zip(*columns, strict=True), inside, strict=True) if good]


class OpScan:
    """The checks of one op at many points; each yields what is wrong, or an empty string."""

    def __init__(self, op: Elementwise, settings: Settings) -> None:
        self.op, self.settings = op, settings
        self.points = [p for p in scan_points(op) if self._is_smooth(p)]

    def _is_smooth(self, point: Point) -> bool:
        z = self.op.compute(*point, **self.settings)
        if not isfinite(z) or (self.op.ties and len(set(point)) < len(point)):
            return False
        return not blame.is_at_kink(self.op(*map(Value, point), **self.settings))

    def everywhere(self) -> Iterator[str]:
        """A partial in floats is near a difference with many digits; else its rule is looked at."""
        for point in self.points if MPF in self.op.numbers else ():
            suspect = any(self._is_off(point, k) for k in range(self.op.arity))
            found = blame.wrong_partial(self._node(point)) if suspect else None
            yield f"{found}{self._kink(point[0])}" if found else ""

    def _kink(self, x: float) -> str:
        """Say that a kink should be declared, where the slopes to both sides of a point differ."""
        if self.op.arity > 1:
            return ""
        try:
            left, right = (
                float(blame.one_sided(self.op, 0, (x,), self.settings, side)) for side in (-1, 1)
            )
        except (ArithmeticError, ValueError, TypeError):
            return ""
        if not abs(left - right) > _SUSPECT * (abs(left) + abs(right)):
            return ""
        return (
            f". To the left its slope is {left:.4g}, to the right {right:.4g}: declare the kink, "
            f"kinks=({x},)"
        )

    def _node(self, point: Point) -> Any:
        return self.op(*map(Value, point), **self.settings)

    def _is_off(self, point: Point, k: int) -> bool:
        from mpmath import mp

        def along(x: Any) -> Any:
            xs = [to_mpf(y) for y in point]
            xs[k] = x
            return self.op.compute(*xs, **self.settings)

        found = self.op.partial(k, *point, **self.settings)
        try:
            exact = difference(along, to_mpf(point[k]), _DIGITS)
        except (ArithmeticError, ValueError, TypeError):
            return False
        if isinstance(exact, mp.mpc) or not mp.isfinite(exact):
            return False
        return not abs(found - exact) <= _SUSPECT * abs(exact) + 1e-300

    def windows(self) -> Iterator[str]:
        """Between those points a difference in floats takes a first look at each partial."""
        if MPF not in self.op.numbers:
            return
        ratios = {point: self._first_look(point) for point in fine_points(self.op)}
        suspects = sorted((p for p in ratios if ratios[p] > 1), key=ratios.__getitem__)
        for point in suspects[-_LOOKS:]:
            if self._is_smooth(point) and any(self._is_off(point, k) for k in range(self.op.arity)):
                yield str(blame.wrong_partial(self._node(point)) or "")
        yield from ("" for _ in range(len(ratios) - len(suspects)))

    def _first_look(self, point: Point) -> float:
        """Return how far the partials are off in floats, as a multiple of what may be."""
        worst = 0.0
        for k, x in enumerate(point):
            h = _STEP * min(1.0, abs(x))
            ends = [[*point[:k], x + side * h, *point[k + 1 :]] for side in (1, -1)]
            above, below = (self.op.compute(*end, **self.settings) for end in ends)
            slope = (above - below) / (ends[0][k] - ends[1][k]) if h else nan
            if isfinite(slope):
                off = abs(self.op.partial(k, *point, **self.settings) - slope)
                allowed = _FIRST_LOOK * abs(slope) + _ROUNDING * abs(above) / h
                worst = inf if off != off else max(worst, off / (allowed or 1e-300))
        return worst

    def guards(self) -> Iterator[str]:
        """Each partial can be differentiated where texts have guards: at 0, ±1 and beside them."""
        axes = [[x for x in _GUARDS if lo < x < hi] for lo, hi in self.op.domain]
        for point in product(*axes) if MPF in self.op.numbers else ():
            if self._is_smooth(point):
                found = wrong_slope(self.op, point, self._node(point))
                yield str(found) if found else ""

    def arrays(self) -> Iterator[str]:
        """Arrays of 0, 1, 2, 65 and 100 elements get what each number gets by itself."""
        if not self.points:
            return
        for size in (0, 1, 2, 65, _MANY):
            chosen = [self.points[k % len(self.points)] for k in range(size)]
            columns = np.array(chosen, float).reshape(size, self.op.arity).T
            yield self._differ(columns, chosen, np.float64)

    def float32(self) -> Iterator[str]:
        """Gradients in float32 are those in float64, to the digits that float32 has."""
        fit = [p for p in self.points if all(x == 0 or _SMALL < abs(x) < _LARGE for x in p)]
        columns = np.array(fit, np.float32).reshape(len(fit), self.op.arity).T
        if fit:
            rounded = [tuple(map(float, p)) for p in columns.T]
            kept = [k for k, p in enumerate(rounded) if self._is_smooth(p)]
            yield self._differ(columns[:, kept], [rounded[k] for k in kept], np.float32)

    def _differ(self, columns: Any, points: list[Point], dtype: Any) -> str:
        tensors = [Tensor(np.array(column, dtype)) for column in columns]
        z = self.op(*tensors, **self.settings)
        try:
            z.backward(np.ones(z.shape, z._data.dtype))
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            return f"an array of {len(points)} elements raises {type(error).__name__}: {error}"
        if len(points) and not np.all(np.isfinite(z._data)):
            return ""
        for k, t in enumerate(tensors):
            alone = np.array([self.op.partial(k, *p, **self.settings) for p in points], float)
            if t.grad.shape != t.shape:
                return f"an array of shape {t.shape} gets a gradient of shape {t.grad.shape}"
            compared = abs(alone) < _HUGE[dtype]
            off = compared & ~(abs(t.grad - alone) <= _RTOL[dtype] * abs(alone) + _ATOL[dtype])
            if np.any(off):
                j = int(np.argmax(off))
                return (
                    f"in an array of {len(points)} elements of {np.dtype(dtype)} the gradient by "
                    f"operand {OPERANDS[k]} at {points[j]} is {t.grad[j]!r}, "
                    f"of a number {alone[j]!r}"
                )
        return ""

    def state(self) -> Iterator[str]:
        """A pullback changes no operand, and gives the same when it is called again."""
        for point in self.points[:: max(1, len(self.points) // 4)]:
            yield self._changes(point)

    def _changes(self, point: Point) -> str:
        arrays = [np.array([x, x, x]) for x in point]
        z = self.op.compute(*arrays, **self.settings)
        found = []
        for _ in range(3):
            with np.errstate(all="ignore"):
                parts = [vjp(np.ones(3), *arrays, z, **self.settings) for vjp in self.op.vjps]
            found.append([np.array(part, copy=True) for part in parts])
            found[-1] += [np.asarray(part) for part in self._of_numbers(point)]
        for x, array in zip(point, arrays, strict=True):
            if not np.array_equal(array, [x, x, x]):
                return f"at {point} the pullback changes its operand, from {x!r} to {array[0]!r}"
        same = all(
            np.array_equal(a, b, equal_nan=True)
            for f in found
            for a, b in zip(found[0], f, strict=True)
        )
        return "" if same else f"at {point} the pullback gives another result when called again"

    def _of_numbers(self, point: Point) -> list[Any]:
        return [self.op.partial(k, *point, **self.settings) for k in range(self.op.arity)]

    def repeated(self) -> Iterator[str]:
        """``f(x, x)`` has the derivative of the function along both, not only of its own rule."""
        if self.op.arity < 2 or self.op.ties or MPF not in self.op.numbers:
            return
        for x in sorted({p[0] for p in self.points})[:: max(1, len(self.points) // 24)]:
            same = (x,) * self.op.arity
            if all(lo < x < hi for lo, hi in self.op.domain) and self._is_smooth(same):
                yield self._repeated_at(x)

    def _repeated_at(self, x: float) -> str:
        from mpmath import mp

        try:
            exact = difference(
                lambda t: self.op.compute(*(t,) * self.op.arity, **self.settings),
                to_mpf(x),
                _DIGITS,
            )
        except (ArithmeticError, ValueError, TypeError):
            return ""
        if isinstance(exact, mp.mpc) or not mp.isfinite(exact):
            return ""
        terms = sum(
            abs(self.op.partial(k, x, *(x,) * (self.op.arity - 1), **self.settings))
            for k in range(self.op.arity)
        )
        for one in (Value(x), Tensor(x)):
            self.op(*(one,) * self.op.arity, **self.settings).backward()
            off = abs(float(one.grad) - exact)
            if not off <= _SUSPECT * max(abs(exact), terms if isfinite(terms) else 0) + 1e-300:
                return f"at ({x}, {x}) the gradient is {one.grad!r}, exact is {float(exact)!r}"
        return ""
