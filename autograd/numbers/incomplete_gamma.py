"""The incomplete gamma functions and the density that is their slope, of floats and of arrays.

A function takes a float and the shape ``a``, unless its name ends in ``_of_arrays``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.numbers.float_functions import in_float64
from autograd.numbers.gamma_functions import around_2, gamma, lgamma, quietly, stirling
from autograd.numbers.kinds import Array

LARGEST_SHAPE = 1e8  # the series has some 9 √a terms
_FAR = 10.0  # from here on Stirling's series gives Γ
_OVERFLOWS = 140.0  # Γ is not far from the largest float
_NOTHING = 2000.0  # of which e^(−x) is no float, times x^10 neither
_ENOUGH = 1e-17
_SQRT_2PI = math.sqrt(2 * math.pi)
_SMALLEST = 1e-300


def gamma_density(x: float, a: float) -> Any:
    """x^(a − 1) e^(−x)/Γ(a): for a ≤ 0, where 1/Γ has zeros, too."""
    if x != x or a != a or x < 0:
        return math.nan
    if x == math.inf or (a <= 0 and a == math.floor(a)):
        return 0.0
    if x == 0:
        return 1.0 if a == 1 else 0.0 if a > 1 else math.copysign(math.inf, gamma(a))
    if a >= _FAR:
        return _weight(x, a) / x
    if x > _NOTHING:
        return 0.0
    root = math.exp(-x / 2)
    return x ** (a - 1) * root / gamma(a) * root


def _weight(x: float, a: float) -> Any:
    """x^a e^(−x)/Γ(a) for a > 0: where the factors overflow, and near x = a, by Loader (2000)."""
    if a < _FAR and x > _NOTHING:
        return 0.0
    u = (x - a) / a
    if a < _FAR or (abs(u) > 0.3 and a < _OVERFLOWS and abs(a * math.log(x)) < 600):
        root = math.exp(-x / 2)  # which doesn't underflow before the product does
        one_over_gamma = a / math.exp(_lgamma_of_1_and(a)) if a < 0.5 else 1 / gamma(a)
        return x**a * root * one_over_gamma * root
    if abs(u) < 0.5:
        r = u / (2 + u)
        y = r * r
        total = 0.0
        for k in range(31, 1, -2):
            total = total * y + 1 / k
        distance = u * r - 2 * r * y * total  # u − log(1 + u), without what cancels
    else:
        distance = u - (math.log(x) - math.log(a))
    root = math.exp(-a * distance / 2)
    return math.sqrt(a) / _SQRT_2PI * math.exp(-stirling(a)) * root * root


def _lgamma_of_1_and(a: float) -> Any:
    return a * around_2(a) - math.log1p(a) if a < 0.5 else lgamma(1 + a)


def gammainc(x: float, a: float) -> Any:
    """P(a, x), the share of the gamma distribution below x."""
    if x != x or a != a or x < 0 or a < 0 or (a == 0 and x == 0):
        return math.nan
    if x == 0:
        return 0.0
    if a == 0 or x == math.inf:
        return 1.0
    return 1 - _fraction(x, a) if _is_far(x, a) else _series(x, a)


def gammaincc(x: float, a: float) -> Any:
    """Q(a, x) = 1 − P(a, x)."""
    if x != x or a != a or x < 0 or a < 0 or (a == 0 and x == 0):
        return math.nan
    if x == 0:
        return 1.0
    if a == 0 or x == math.inf:
        return 0.0
    if _is_far(x, a):
        return _fraction(x, a)
    if a >= 1:
        return 1 - _series(x, a)
    # 1 − x^a/Γ(1 + a), and what the rest of the series of P takes away.
    power = a * math.log(x) - _lgamma_of_1_and(a)
    term = 1.0
    total = 0.0
    for n in range(1, 30):
        term *= -x / n
        total += term * a / (a + n)
    return -math.expm1(power) - math.exp(power) * total


def _is_far(x: float, a: float) -> bool:
    return x >= max(a, 1.0)


def _series(x: float, a: float) -> Any:
    """P: x^a e^(−x)/Γ(a + 1) times Σ x^n/((a + 1) … (a + n)) (DLMF 8.11.4)."""
    term = 1.0
    total = 1.0
    n = 0.0
    while term > _ENOUGH * total:
        n += 1
        term *= x / (a + n)
        total += term
    return _weight(x, a) / a * total


def _fraction(x: float, a: float) -> Any:
    """Q: x^a e^(−x)/Γ(a) times a continued fraction (DLMF 8.9.2)."""
    if a <= 40 and x < 600:  # from Q(a − k, x), a − k up to 1: all terms are positive
        term = _weight(x, a) / x
        total = 0.0
        while a > 1:
            total += term
            a -= 1
            term *= a / x
        below = 0.0
        for n in range(20 + int(180 / x), 0, -1):
            below = (n - a) / (1 + n / (x + below))
        return total + term * x / (x + below)
    b = x + 1 - a
    c = 1 / _SMALLEST
    d = 1 / b
    found = d
    factor = 0.0
    count = 0.0
    while abs(factor - 1) > 2e-16 and count < 1e6:  # Lentz's method
        count += 1
        top = count * (a - count)
        b += 2
        d = 1 / (top * d + b)
        c = b + top / c
        factor = c * d
        found *= factor
    return _weight(x, a) * found


def _of_arrays(function: Callable[[float, float], float]) -> Callable[[Any, Any], Any]:
    def on_arrays(x: Any, a: Any) -> Any:
        def on_floats(numbers: Array) -> Array:
            at, shapes = np.broadcast_arrays(numbers, np.asarray(a, float))
            pairs = zip(at.ravel().tolist(), shapes.ravel().tolist(), strict=True)
            found = (quietly(function, *pair) for pair in pairs)
            return np.fromiter(found, float, at.size).reshape(at.shape)

        return in_float64(on_floats)(x)

    return on_arrays


gamma_density_of_arrays = _of_arrays(gamma_density)
gammainc_of_arrays = _of_arrays(gammainc)
gammaincc_of_arrays = _of_arrays(gammaincc)
