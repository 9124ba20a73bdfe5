"""Numerical derivatives with an estimate of their error: what gradcheck compares gradients with.

The central difference D(h) of a smooth function errs by c₂h² + c₄h⁴ + … and by rounding.
Richardson's extrapolation from D(h), D(h/2) and D(h/4) removes the first two terms, and what its
last stage changed bounds what is left (Ridders 1982). The rounding of a result y costs about
ε|y|/h. Among several steps the best is taken, for each result by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[Any]  # all results of a function, in a row
Along = Callable[[Any], Column]  # the results as a function of one element of its inputs

_EXPONENTS = (5, 9, 13, 17, 21, 25, 30, 35)  # of the steps 2⁻ᵏ, beside a number of size 1
_ENOUGH = 2.0**-40  # an error so small beside the derivative needs no other step
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
    rounding = _ULPS * np.finfo(float).eps * np.abs(along(x)) / abs(step)
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
    """Return, for every result, whether its slopes to the left and to the right of x differ."""
    step = 2.0**-20 * max(1.0, abs(x))
    left = (along(x) - along(x - step)) / step
    right = (along(x + step) - along(x)) / step
    found: Column = np.abs(right - left) > 1e-3 * (np.abs(left) + np.abs(right))
    return found
