"""One-sided limits: the derivative where a domain ends, and where 0 · ∞ was taken as 0.

The engine takes 0 · ∞ as 0, by convention. What the true slope is there, a limit says: difference
quotients over ever smaller steps, on the side where the function is defined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from autograd.check.numerical import Along, Slope
from autograd.check.precise import Unsettled, to_mpf
from autograd.check.report import Inconclusive
from autograd.check.watched import LostDigits
from autograd.node.node import Node
from autograd.reading.bad_numbers import zero_times_infinity
from autograd.reading.numbered_graph import NumberedGraph

_STEPS = 6
_SETTLED = 1e-6  # how little the last step may change a slope, as a share of it
_FALLS = 0.25  # the share that is left of a slope, step by step, if it goes to zero
_ULPS = 32.0  # how well a function may be expected to round its results
_DIGITS = 200
_LOST = 1e-100  # a slope that isn't so small doesn't fall to zero in a step


def reason(root: Node) -> str:
    """Return where 0 · ∞ was taken as 0, by the numbers of the steps; empty if nowhere."""
    numbers = {node: k for k, node in enumerate(NumberedGraph(root).nodes)}
    first = next(iter(zero_times_infinity(root)), None)
    if first is None:
        return ""
    node, _ = first
    return f"0 × ∞ at v{numbers[node]} ({node.op.name if node.op else ''})"


# Limits -------------------------------------------------------------------------------------------


def limit(slopes: Sequence[float]) -> tuple[float, float]:
    """Return the limit of slopes over ever smaller steps, and its error: ∞ where there is no limit.

    Examples
    --------
    >>> limit([1e-3, 1e-6, 1e-9])
    (0.0, 1e-09)
    >>> limit([1.0, 10.0, 100.0])[0]
    inf
    """
    last = slopes[-1]
    if any(a and not b and abs(a) > _LOST for a, b in pairwise(slopes)):
        return np.nan, np.inf  # rounding has swallowed the steps
    if all(abs(b) <= _FALLS * abs(a) for a, b in pairwise(slopes)):
        return 0.0, abs(last)
    if all(a * b > 0 and abs(a) <= _FALLS * abs(b) for a, b in pairwise(slopes)):
        return float(np.copysign(np.inf, last)), 0.0
    changes = [abs(b - a) for a, b in pairwise(slopes)]
    # Where rounding sets in, slopes that had settled are lost again.
    if changes[-1] <= _SETTLED * abs(last) and changes[-1] <= 2 * min(changes) + 1e-12 * abs(last):
        return float(last), changes[-1]
    return np.nan, np.inf


def side_of_domain(along: Along, x: float) -> int:
    """Return on which side of x alone a function is defined: 1 or −1; 0 if on both."""
    h = 2.0**-30 * (abs(x) or 1.0)
    with np.errstate(all="ignore"):
        left, right = (bool(np.all(np.isfinite(along(x + side * h)))) for side in (-1, 1))
    return right - left


def one_sided(along: Along, x: float, side: int) -> Slope:
    """Differentiate towards one side in floating point, where the function ends at x."""
    powers = range(20, 20 * (_STEPS + 1), 20) if x == 0 else range(12, 30, 3)
    steps = [side * 2.0**-k * (abs(x) or 1.0) for k in powers]
    here = along(x)
    with np.errstate(all="ignore"):
        there = [along(x + h) for h in steps]
        slopes = np.array([(y - here) / h for y, h in zip(there, steps, strict=True)])
        eps = np.finfo(float).eps
        rounding = _ULPS * eps * (abs(there[-1]) + abs(here)) / abs(steps[-1])
    limits = [limit(list(column)) for column in slopes.T]
    return Slope(
        np.array([found for found, _ in limits]),
        np.array([error for _, error in limits]) + np.where(np.isfinite(rounding), rounding, 0),
    )


def precise_limit(f: Callable[[Any], Any], x: Any) -> tuple[float, float]:
    """Return the slope where the domain ends at x, or on both sides if they agree, from mpmath.

    Raises
    ------
    Inconclusive
        If the slopes to both sides are of two kinds, or no limit can be told.
    """
    found = [one for side in (1, -1) if (one := _towards(f, x, side)) is not None]
    known = [(slope, error) for slope, error in found if slope == slope]
    if not known or len(known) < len(found):
        raise Inconclusive("no limit of the slope can be told there")
    (slope, error), *other = known
    if other and not _meet(known[0], other[0]):
        raise Inconclusive("the slopes to both sides differ")
    return slope, error


def is_end(f: Callable[[Any], Any], x: Any) -> bool:
    """Return whether the domain ends at x: f is defined, in mpmath's numbers, on one side only."""
    left, right = (_towards(f, x, side) is not None for side in (-1, 1))
    return left != right


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two limits, each with its error, are the same."""
    (slope, error), (again, off) = one, other
    apart = abs(again - slope)
    return slope == again or (apart < np.inf and apart <= error + off + _SETTLED * abs(slope))


def _towards(f: Callable[[Any], Any], x: Any, side: int) -> tuple[float, float] | None:
    """Return the limit of the slopes on one side; None where f isn't defined there."""
    from mpmath import mp

    with mp.workdps(_DIGITS):
        here, at = f(to_mpf(x)), to_mpf(x)
        slopes = []
        for k in range(1, _STEPS + 1):
            h = side * mp.mpf(10) ** (-10 * k)
            try:
                y = f(at + h)
            except LostDigits:
                raise
            except (ArithmeticError, ValueError, TypeError, Unsettled):
                return None
            if isinstance(y, mp.mpc) or not mp.isfinite(y):
                return None
            slopes.append(float((y - here) / h))
        return limit(slopes)
