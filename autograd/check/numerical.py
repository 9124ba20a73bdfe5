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

EPS = float(np.finfo(float).eps)
_EXPONENTS = (
    5,
    7,
    9,
    11,
    13,
    15,
    17,
    19,
    21,
    23,
    25,
    30,
    35,
)  # of the steps 2⁻ᵏ, beside a number of size 1
_LARGER = (1, 3)  # for functions that round coarsely, as in float32
_COARSE = 2.0**-42  # a share of a result, from which on its rounding counts as coarse
_HAD_SETTLED = 1e-2  # an error so small beside the derivative: at a jump it is three times as large
_ENOUGH = 2.0**-40  # an error so small beside the derivative needs no other step
_NEAR = (2.0**-44, 2.0**-32, 2.0**-22)  # distances between the points that show the noise
_FARTHER = (*_NEAR, 2.0**-18)  # for a function that computes in float32 inside
_FAR = (2.0**-20, 2.0**-16, 2.0**-12, 2.0**-8)  # for inputs of float32
_STEADY = 3.0  # how many times noise may differ at two distances; beside a root it is 4 times
_DIFFERENCES = 5
_SIDEWAYS = (2.0**-14, 2.0**-17, 2.0**-20, 2.0**-23, 2.0**-26)  # steps to one side
_SIDEWAYS_COARSE = (2.0**-2, 2.0**-5, 2.0**-8, 2.0**-11, *_SIDEWAYS)
_JUMP = 1e-3  # a share of the slopes to both sides
_ASIDE = 2.0**-19  # where the noise beside a kink is looked at
_ULPS = 32.0  # how well a function may be expected to round its results
_SPREAD = 4.0  # how many standard deviations of its noise a result may be off


@dataclass(frozen=True)
class Slope:
    """The derivative of every result by one element, and how far off it may be."""

    found: Column
    error: Column


def rounding(y: Column, noise: Column, ulps: float = _ULPS) -> Column:
    """Return how far results may be off: some units in the last place, or what their noise says."""
    found: Column = np.maximum(ulps * EPS * np.abs(y), _SPREAD * noise)
    return found


def finest(y: Column, rounding: Column) -> Column:
    """Return the error of a difference over the largest step at a number of size 1."""
    found: Column = rounding * 2.0 ** (_LARGER if _is_coarse(y, rounding) else _EXPONENTS)[0]
    return found


def _is_coarse(y: Column, rounding: Column | None) -> bool:
    return rounding is not None and bool(np.any(rounding > _COARSE * np.abs(y)))


def by_differences(
    along: Along, x: Any, direction: complex = 1, rounding: Column | None = None
) -> Slope:
    """Differentiate at ``x`` in floating point; in the complex plane, in a direction.

    ``rounding`` says how far the results may be off, by default 32 units in the last place.
    Beside a small x there may be a pole or an end at zero, or a function that needs far larger
    steps: steps across zero are taken only if they agree with those that stay on one side.
    """
    size, y = abs(x), along(x)
    rounding = rounding if rounding is not None else _of_dtype(y)
    steps = _steps(size, _is_coarse(y, rounding))
    with np.errstate(all="ignore"):
        near = _best(along, x, direction, [h for h in steps if h < size / 2], rounding)
        far = _best(along, x, direction, [h for h in steps if h >= size / 2], rounding)
        agree = np.abs(far.found - near.found) <= 16 * (far.error + near.error)
    use_far = (far.error < near.error) & (agree | np.isinf(near.error))
    return _where(use_far, far, near)


def _of_dtype(y: Column) -> Column:
    """Return some units in the last place of the results."""
    found: Column = _ULPS * np.finfo(np.result_type(y, np.float32)).eps * np.abs(y)
    return found


def _steps(size: float, coarse: bool) -> list[float]:
    """Return the steps to try, from large to small, exact in binary, as x and as 1 ask for."""
    scales = {1.0, size} if 0 < size < 1 else {max(1.0, size)}
    exponents = (*_LARGER, *_EXPONENTS) if coarse else _EXPONENTS
    powers = {int(np.ceil(np.log2(scale))) - k for scale in scales for k in exponents}
    return [2.0**power for power in sorted(powers, reverse=True) if power > -1000]


def _best(along: Along, x: Any, direction: complex, steps: list[float], rounding: Column) -> Slope:
    best = Slope(np.array(np.nan), np.array(np.inf))
    known: dict[complex, Column] = {}  # one step shares points with the next

    def difference(step: complex) -> Column:
        if step not in known:
            known[step] = _difference(along, x, step)
        return known[step]

    for step in steps:
        if np.all(rounding >= best.error * step):
            break  # over smaller steps, rounding alone costs more
        slope = _extrapolated(difference, step * direction, rounding)
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


def _extrapolated(difference: Along, step: complex, rounding: Column) -> Slope:
    coarse, middle, fine = (difference(step / k) for k in (1, 2, 4))
    first, second = (4 * middle - coarse) / 3, (4 * fine - middle) / 3
    found = (16 * second - first) / 15
    error = np.abs(found - second) + rounding / abs(step)
    return Slope(found, np.where(np.isfinite(error), error, np.inf))


def _difference(along: Along, x: Any, step: complex) -> Column:
    above, below = x + step, x - step
    found: Column = (along(above) - along(below)) / (above - below)
    return found


def by_other_differences(
    along: Along, x: Any, direction: complex = 1, rounding: Column | None = None
) -> Slope:
    """Differentiate with steps that have nothing to do with the first: a second opinion.

    They are the powers of two divided by 1.37, used beside the point on one side at a time where
    they would cross zero.
    """
    size, y = abs(x), along(x)
    rounding = rounding if rounding is not None else _of_dtype(y)
    coarse = _is_coarse(y, rounding)
    beside = np.inf if coarse else 1e-3
    steps = [h / 1.37 for h in _steps(size, coarse) if h / 1.37 < size / 2 or h < beside]
    with np.errstate(all="ignore"):
        return _best(along, x, direction, steps, rounding)


def has_kink(along: Along, x: float, rounding: Column | None = None) -> Column:
    """Return, for every result, whether its slopes to the left and to the right of x differ.

    Where a function is only curved, they come together as the step gets smaller; until rounding
    drives them apart. So the steps count whose jump is more than rounding makes.
    """
    size = max(1.0, abs(x))
    here = along(x)
    coarse = _is_coarse(here, rounding)
    sideways = _SIDEWAYS_COARSE if coarse else _SIDEWAYS
    with np.errstate(all="ignore"):
        slopes = [_one_sided(along, x, here, step * size) for step in sideways]
    jumps = np.array([abs(right - left) for left, right in slopes])
    large = jumps > _JUMP * np.array([abs(left) + abs(right) for left, right in slopes])
    if not np.any(large):
        return np.zeros(large.shape[1:], bool)
    steps = np.reshape(sideways, (-1,) + (1,) * (jumps.ndim - 1)) * size
    if coarse:
        off = _ULPS / _SPREAD * np.asarray(rounding)
    else:
        off = _ULPS * noise(lambda t: along(x + size * (_ASIDE + t)))
    sure = np.logical_and.accumulate(jumps > off / steps)
    # Of a function that turns often a large step sees nothing: a jump must last to the smallest.
    lasts = np.all(4 * jumps[1:] > jumps[:-1], axis=0, where=sure[1:])
    finest = np.maximum(np.count_nonzero(sure, axis=0) - 1, 0)
    found: Column = np.take_along_axis(large, finest[np.newaxis], axis=0)[0]
    found = found & lasts & (finest > 0)
    return found


def _one_sided(along: Along, x: float, here: Column, step: float) -> tuple[Column, Column]:
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


def steady_noise(along: Along, coarse: bool) -> Column:
    """Estimate the noise of each result beside t = 0, whatever dtype a function computes in.

    It counts where two distances between the points, of which one is 16 times as large, show
    about the same: a kink shows as many times more over the larger one, a root four times.
    """
    with np.errstate(all="ignore"):
        found = np.array(
            [
                _noise(np.array([along(k * step) for k in range(-4, 5)]))
                for step in (_FAR if coarse else _FARTHER)
            ]
        )
    found = np.nan_to_num(found, posinf=0.0)
    one, other = found[:-1], found[1:]
    steady = (one <= _STEADY * other) & (other <= _STEADY * one)
    noise: Column = np.max(np.where(steady, np.maximum(one, other), 0.0), axis=0)
    return noise


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
