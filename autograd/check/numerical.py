"""Numerical derivatives, each with an estimate of its error, for gradcheck to compare with.

The central difference D(h) of a smooth function errs by c₂h² + c₄h⁴ + … and by rounding.
Richardson's extrapolation from D(h), D(h/2) and D(h/4) removes the first two terms, and what its
last stage changed bounds what is left (Ridders 1982). The rounding of a result y costs about
ε|y|/h. Among several steps the best is taken, for each result by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[Any]  # all results of a function, in a row
Along = Callable[[Any], Column]  # the results as a function of one element of its inputs

_EXPONENTS = (5, 9, 13, 17, 21, 25, 30, 35)  # of the steps 2⁻ᵏ, beside a number of size 1
_HAD_SETTLED = 1e-2  # an error so small beside the derivative: at a jump it is three times as large
_ENOUGH = 2.0**-40  # an error so small beside the derivative needs no other step
_NEAR = (2.0**-44, 2.0**-32, 2.0**-22)  # distances between the points that show the noise
_DIFFERENCES = 5
_SIDEWAYS = (2.0**-14, 2.0**-17, 2.0**-20, 2.0**-23, 2.0**-26)  # steps to one side
_JUMP = 1e-3  # a share of the slopes to both sides
_ASIDE = 2.0**-19  # where the noise beside a kink is looked at
_ULPS = 32.0  # how well a function may be expected to round its results


@dataclass(frozen=True)
class Slope:
    """The derivative of every result by one element, and how far off it may be."""

    found: Column
    error: Column


def by_differences(along: Along, x: Any, direction: complex = 1) -> Slope:
    """Differentiate at ``x`` in floating point; in the complex plane, in a direction.

    Beside a small x there may be a pole or an end at zero, or a function that needs far larger
    steps: steps across zero are taken only if they agree with those that stay on one side.
    """
    size = abs(x)
    steps = _steps(size)
    with np.errstate(all="ignore"):
        near = _best(along, x, direction, [step for step in steps if step < size / 2])
        far = _best(along, x, direction, [step for step in steps if step >= size / 2])
        agree = np.abs(far.found - near.found) <= 16 * (far.error + near.error)
    use_far = (far.error < near.error) & (agree | np.isinf(near.error))
    return _where(use_far, far, near)


def _steps(size: float) -> list[float]:
    """Return the steps to try, from large to small, exact in binary, as x and as 1 ask for."""
    scales = {1.0, size} if 0 < size < 1 else {max(1.0, size)}
    powers = {int(np.ceil(np.log2(scale))) - k for scale in scales for k in _EXPONENTS}
    return [2.0**power for power in sorted(powers, reverse=True) if power > -1000]


def _best(along: Along, x: Any, direction: complex, steps: list[float]) -> Slope:
    best = Slope(np.array(np.nan), np.array(np.inf))
    for step in steps:
        slope = _extrapolated(along, x, step * direction)
        # All differences 0 where a larger step had settled on a slope: rounding swallows them.
        swallowed = (slope.found == 0) & (best.error < _HAD_SETTLED * np.abs(best.found))
        slope = Slope(slope.found, slope.error + np.where(swallowed, np.abs(best.found), 0))
        best = _where(slope.error < best.error, slope, best)
        if np.all(best.error <= _ENOUGH * np.abs(best.found)):
            break
    return best


def _where(condition: Column, one: Slope, other: Slope) -> Slope:
    return Slope(
        np.where(condition, one.found, other.found), np.where(condition, one.error, other.error)
    )


def _extrapolated(along: Along, x: Any, step: complex) -> Slope:
    coarse, middle, fine = (_difference(along, x, step / k) for k in (1, 2, 4))
    first, second = (4 * middle - coarse) / 3, (4 * fine - middle) / 3
    found = (16 * second - first) / 15
    y = along(x)
    eps = np.finfo(np.result_type(y, np.float32)).eps
    rounding = _ULPS * eps * np.abs(y) / abs(step)
    error = np.abs(found - second) + rounding
    return Slope(found, np.where(np.isfinite(error), error, np.inf))


def _difference(along: Along, x: Any, step: complex) -> Column:
    above, below = x + step, x - step
    found: Column = (along(above) - along(below)) / (above - below)
    return found


def by_other_differences(along: Along, x: Any, direction: complex = 1) -> Slope:
    """Differentiate with steps that have nothing to do with the first: a second opinion.

    They are the powers of two divided by 1.37, used beside the point on one side at a time where
    they would cross zero.
    """
    size = abs(x)
    steps = [step / 1.37 for step in _steps(size) if step / 1.37 < size / 2 or step < 1e-3]
    with np.errstate(all="ignore"):
        return _best(along, x, direction, steps)


def has_kink(along: Along, x: float) -> Column:
    """Return, for every result, whether its slopes to the left and to the right of x differ.

    Where a function is only curved, they come together as the step gets smaller; until rounding
    drives them apart. So the steps count whose jump is more than rounding makes.
    """
    size = max(1.0, abs(x))
    with np.errstate(all="ignore"):
        slopes = [_one_sided(along, x, step * size) for step in _SIDEWAYS]
    jumps = np.array([abs(right - left) for left, right in slopes])
    large = jumps > _JUMP * np.array([abs(left) + abs(right) for left, right in slopes])
    if not np.any(large):
        return np.zeros(large.shape[1:], bool)
    steps = np.reshape(_SIDEWAYS, (-1,) + (1,) * (jumps.ndim - 1)) * size
    rounding = noise(lambda t: along(x + size * (_ASIDE + t)))
    sure = np.logical_and.accumulate(jumps > _ULPS * rounding / steps)
    # Of a function that turns often a large step sees nothing: a jump must last to the smallest.
    lasts = np.all(4 * jumps[1:] > jumps[:-1], axis=0, where=sure[1:])
    finest = np.maximum(np.count_nonzero(sure, axis=0) - 1, 0)
    found: Column = np.take_along_axis(large, finest[np.newaxis], axis=0)[0]
    found = found & lasts & (finest > 0)
    return found


def _one_sided(along: Along, x: float, step: float) -> tuple[Column, Column]:
    here = along(x)
    return (here - along(x - step)) / step, (along(x + step) - here) / step


def noise(along: Along) -> Column:
    """Estimate how far rounding moves each result beside t = 0: its standard deviation.

    Over points so near one another that a smooth function is a straight line, fifth differences
    are made of rounding alone. That is done at three distances, for what happens inside may hide
    steps that are too small; the largest estimate counts.

    References
    ----------
    J. J. Moré and S. M. Wild (2011). Estimating computational noise. SIAM Journal on Scientific
    Computing 33 (3), 1292-1314.
    """
    with np.errstate(all="ignore"):
        estimates = [_noise(np.array([along(k * step) for k in range(-4, 5)])) for step in _NEAR]
    found: Column = np.max(np.nan_to_num(estimates, posinf=0.0), axis=0)
    return found


def _noise(values: Column) -> Column:
    differences = np.abs(np.diff(values, n=_DIFFERENCES, axis=0))
    gain = comb(2 * _DIFFERENCES, _DIFFERENCES)  # of the variance
    length = np.hypot.reduce(differences, axis=0)  # a sum of squares might underflow
    found: Column = length / np.sqrt(len(differences) * gain)
    return found


def slope_of(exact: list[Any]) -> Slope:
    """Return exact derivatives as slopes: they are off by their own rounding to floats alone."""
    found = np.array([float(g) for g in exact])
    return Slope(found, np.abs(found) * 2.0**-50 + 5e-324)
