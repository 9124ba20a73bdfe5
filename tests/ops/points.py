"""Where ops are tested: points in strata that plain random floats miss, drawn from an op's record.

Ends of the domain, kinks and their neighbours, roots of the op and of its derivative, huge, tiny
and subnormal numbers, and a few at random.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from math import inf, isfinite, nextafter

import numpy as np
from mpmath import mp
from oracles import Oracle, UndefinedError

from autograd.rules.op import Elementwise

Point = tuple[float, ...]

LARGEST, SMALLEST_NORMAL, SMALLEST = 1.7976931348623157e308, 2.2250738585072014e-308, 5e-324

MAGNITUDES = (
    SMALLEST, 3e-320, SMALLEST_NORMAL, 1e-300, 1e-160, 1e-20, 1e-8, 1e-3, 0.1, 0.25, 0.5, 0.7,
    1.0, 1.5, 2.0, 3.0, 5.5, 10.0, 20.0, 36.7, 37.5, 100.0, 700.0, 709.7, 744.4,
    1e4, 1e8, 1e20, 1e160, 1e300, LARGEST,
)  # fmt: skip
PAIRED = (SMALLEST, 1e-300, 1e-8, 0.3, 2.0, 36.7, 1e8, 1e300)
# Larger second operands take mpmath minutes; what is infinite there is in test_edges.py.
TRACTABLE = {"pow": 1e9, "power_slope": 1e9}
ORDINARY = (0.037, 0.31, 0.77, 1.21, 1.9, 2.6, 4.3)


def _between(lo: float, hi: float, numbers: Iterable[float]) -> list[float]:
    """Return the numbers inside an open interval, sorted, once each, zero left out."""
    return sorted({float(x) for x in numbers if lo < x < hi and isfinite(x) and x != 0.0})


def _around(center: float) -> Iterator[float]:
    for side in (-1.0, 1.0):
        yield nextafter(center, side * inf)
        yield from (center + side * 2.0**-k for k in (40, 20, 8, 3))


def _both_signs(magnitudes: Iterable[float]) -> list[float]:
    return [s * m for m in magnitudes for s in (-1.0, 1.0)]


def ordinary(op: Elementwise, oracle: Oracle) -> list[Point]:
    """Points of everyday size, at none of which there is a kink."""
    axes = [_between(lo, hi, _both_signs(ORDINARY)) for lo, hi in op.domain]
    points = list(product(*axes))
    return [p for p in points if not _kinked(oracle, p)]


def stratified(op: Elementwise, oracle: Oracle) -> list[Point]:
    """Points inside the op's domain, near everything that is special about it."""
    if op.arity > 1:
        return _pairs(op)
    [(lo, hi)] = op.domain
    settings = [x for x in oracle.settings.values() if not isinstance(x, str)]
    special = [end for end in (lo, hi, 0.0, *op.kinks, *settings) if isfinite(end)]
    numbers = _both_signs(MAGNITUDES) + [x for s in special for x in _around(s)]
    numbers += [x for r in roots(op, oracle) for x in (nextafter(r, -inf), r, nextafter(r, inf))]
    numbers += list(_random(1))
    return [(x,) for x in _between(lo, hi, numbers)]


def _pairs(op: Elementwise) -> list[Point]:
    limit = TRACTABLE.get(op.name, inf)
    axes = [_between(lo, hi, _both_signs(PAIRED)) for lo, hi in op.domain]
    points = list(product(*axes))
    points += list(zip(*(_random(k) for k in range(op.arity)), strict=True))
    near_ties = [(x, nextafter(x, inf)) for x in (1.0, 0.3, -7.3)] if op.arity == 2 else []
    points += near_ties
    inside = [
        p for p in points if all(_between(*d, (x,)) for d, x in zip(op.domain, p, strict=True))
    ]
    return [p for p in inside if max(map(abs, p[1:])) < limit]


def _random(seed: int, count: int = 24) -> list[float]:
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], count)
    sizes = np.where(
        rng.random(count) < 0.5, rng.uniform(0, 12, count), 10 ** rng.uniform(-6, 6, count)
    )
    return [float(x) for x in signs * sizes]


def roots(op: Elementwise, oracle: Oracle) -> list[float]:
    """Return the floats nearest to roots of a one-operand op and of its derivative, in ±6."""
    [(lo, hi)] = op.domain
    grid = _between(lo, hi, np.linspace(-6.05, 6.0, 25))
    found = []
    for f in (oracle.value, lambda x: oracle.derivative(0, x)):
        signs = [_sign(f, x) for x in grid]
        for a, b, s, t in zip(grid, grid[1:], signs, signs[1:], strict=False):
            if s * t < 0:
                found.append(_bisect(f, a, b, s))
    return found


def _sign(f, x: float) -> int:
    try:
        return int(mp.sign(f(x)))
    except UndefinedError:
        return 0


def _bisect(f, a: float, b: float, sign: int) -> float:
    while nextafter(a, b) < b:
        middle = 0.5 * (a + b)
        if middle in (a, b) or abs(middle) < 1e-12:  # zero is among the points anyway
            break
        a, b = (middle, b) if _sign(f, middle) == sign else (a, middle)
    return a


def _kinked(oracle: Oracle, point: Point) -> bool:
    return any(oracle.has_kink(k, *point) for k in range(len(point)))
