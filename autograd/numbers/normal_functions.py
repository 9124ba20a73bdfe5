"""The inverses of the error function and of the normal distribution function, and its logarithm.

A function takes a float, unless its name ends in ``_of_arrays``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.numbers.float_functions import (
    erfc_of_arrays,
    gaussian,
    gaussian_of_arrays,
    in_float64,
    normal_cdf,
    normal_cdf_of_arrays,
    normal_pdf,
    normal_pdf_of_arrays,
    one_by_one,
)
from autograd.numbers.kinds import Array

_TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)
_HALF_SQRT_PI = math.sqrt(math.pi) / 2
_HALF_LOG_2PI = 0.9189385332046728
_WINITZKI = 0.147
_SQRT_2 = math.sqrt(2)
_SMALL = 1e-3  # probabilities below are found by their logarithms
_FLAT = 1e6  # far beyond where all derivatives are 0
_TAIL = -1.0  # below, the ratio of the density to the distribution function is a continued fraction

# The inverse of erf -------------------------------------------------------------------------------


def erfinv(x: float) -> Any:
    """The z of erf z = x: Halley's method from an approximation to three digits."""
    if abs(x) >= 1 or x != x:
        return x * math.inf if abs(x) == 1 else math.nan
    if abs(x) < 0.5:
        z = _series(x)
        for _ in range(2):
            step = (math.erf(z) - x) / (_TWO_OVER_SQRT_PI * math.exp(-z * z))
            z -= step / (1 + z * step)
        return z
    rest = 1 - abs(x)  # which is exact, and what erfc of the result should be
    z = _winitzki(math.log(rest * (1 + abs(x))))
    for _ in range(3):
        step = (rest - math.erfc(z)) / (_TWO_OVER_SQRT_PI * math.exp(-z * z))
        z -= step / (1 + z * step)
    return math.copysign(z, x)


def _series(x: Any) -> Any:
    """Taylor's, to the fifth order."""
    t = math.pi * x * x
    return _HALF_SQRT_PI * x * (1 + t / 12 * (1 + 7 * t / 40))


def _winitzki(log: Any) -> Any:
    """Winitzki (2008), A handy approximation for the error function and its inverse, eq. 7."""
    u = 2 / (math.pi * _WINITZKI) + log / 2
    return ((u * u - log / _WINITZKI) ** 0.5 - u) ** 0.5


def erfinv_slope(x: float) -> float:
    """√π/2 exp(z²) for z = erfinv x: beside ±1 the rounding of z is made good by erfc."""
    z = abs(erfinv(x))
    if abs(x) < 0.5 or not z < math.inf:
        return _HALF_SQRT_PI / gaussian(z) if abs(x) != 1 else math.inf
    return _HALF_SQRT_PI / gaussian(z) * (math.erfc(z) / (1 - abs(x)))


@in_float64
def erfinv_of_arrays(x: Array) -> Array:
    """The z of erf z = x, of an array."""
    size = np.abs(x)
    small = size < 0.5
    rest = 1 - size
    z = np.where(small, _series(size), _winitzki(np.log(rest * (1 + size))))
    for _ in range(3):
        off = np.where(small, erf_of_arrays(z) - size, rest - erfc_of_arrays(z))
        step = off / (_TWO_OVER_SQRT_PI * np.exp(-z * z))
        z = z - step / (1 + z * step)
    z = np.where(size < 1, z, np.where(size == 1, np.inf, np.nan))
    return np.copysign(z, x)


@in_float64
def erfinv_slope_of_arrays(x: Array) -> Array:
    """√π/2 exp(z²) for z = erfinv x, of an array."""
    z, size = np.abs(erfinv_of_arrays(x)), np.abs(x)
    found = _HALF_SQRT_PI / gaussian_of_arrays(z)
    found = np.where(size < 0.5, found, found * (erfc_of_arrays(z) / (1 - size)))
    return np.where(size == 1, np.inf, np.where(size < 1, found, np.nan))


erf_of_arrays = one_by_one(math.erf)

# The inverse of Φ ---------------------------------------------------------------------------------


def ndtri(x: float) -> Any:
    """The z of Φ(z) = x: Halley's method on Φ, or Newton's on log Φ."""
    if 0.25 < x < 0.75:
        return _SQRT_2 * erfinv(2 * x - 1)  # of which no digit is lost
    if not 0 < x < 1:
        return (x - 0.5) * math.inf if x in (0, 1) else math.nan
    low = min(x, 1 - x)
    z = -_SQRT_2 * _winitzki(math.log(4 * low) + math.log1p(-low))
    for _ in range(3):
        if low > _SMALL:
            step = (normal_cdf(z) - low) / normal_pdf(z)
            z -= step / (1 + z * step / 2)
        else:
            z -= (log_ndtr(z) - math.log(low)) / log_ndtr_derivative(z, 1)
    return z if x < 0.5 else -z


@in_float64
def ndtri_of_arrays(x: Array) -> Array:
    """The z of Φ(z) = x, of an array."""
    middle = _SQRT_2 * erfinv_of_arrays(np.clip(2 * x - 1, -0.5, 0.5))
    low = np.clip(np.where(x > 0.5, 1 - x, x), 5e-324, 0.25)
    z = -_SQRT_2 * _winitzki(np.log(4 * low) + np.log1p(-low))
    for _ in range(3):
        step = (normal_cdf_of_arrays(z) - low) / normal_pdf_of_arrays(z)
        in_tail = (log_ndtr_of_arrays(z) - np.log(low)) / log_ndtr_derivative_of_arrays(z, 1)
        z = z - np.where(low > _SMALL, step / (1 + z * step / 2), in_tail)
    z = np.where((x > 0.25) & (x < 0.75), middle, np.where(x > 0.5, -z, z))
    z = np.where((x == 0) | (x == 1), (x - 0.5) * np.inf, z)
    return np.where((x >= 0) & (x <= 1), z, np.nan)


# log Φ and its derivatives ------------------------------------------------------------------------


def log_ndtr(x: float) -> float:
    """Log Φ(x), also where Φ(x) is nearly 1 or underflows."""
    if x > 0:
        return math.log1p(-normal_cdf(-x))
    if x > -5:
        return math.log(normal_cdf(x))
    # Φ(−t) is the density over t plus a continued fraction.
    return (
        -x * x / 2 - _HALF_LOG_2PI - math.log(derivative_in_tail(-x, fraction(-x, levels(-x)), 1))
    )


def log_ndtr_derivative(x: float, order: int) -> Any:
    """The derivative of log Φ(x) of an order from 1 to 4; nan for a higher one."""
    if x < _TAIL:
        return derivative_in_tail(-x, fraction(-x, levels(-x)), order)
    return derivative_in_centre(min(x, _FLAT), normal_pdf(x) / normal_cdf(x), order)


def levels(t: float) -> int:
    """How many levels of the fraction are enough for a float."""
    return 24 + int(min(480.0, 480 / (t * t)))  # also of nan


def fraction(t: Any, levels: int) -> Any:
    """5/(t + 6/(t + …)): the ratio of the 5th to the 4th moment of exp(−ts − s²/2) over s > 0."""
    found = 0.0
    for k in range(levels, 4, -1):
        found = k / (t + found)
    return found


def derivative_in_tail(t: Any, fifth: Any, order: int) -> Any:
    """From the cumulants of that density, which have no terms that cancel in the differences e."""
    r4 = 4 / (t + fifth)
    r3 = 3 / (t + r4)
    r2 = 2 / (t + r3)
    r1 = 1 / (t + r2)
    e2, e3, e4 = r2 - r1, r3 - r2, r4 - r3
    if order == 1:
        return t + r1
    if order == 2:
        return r1 * e2 - 1
    third = e2 * (e2 + e3) + r1 * (e3 - e2)
    if order == 3:
        return r1 * third
    of_e2, of_e3 = r1 * e2 - r2 * e3, r2 * e3 - r3 * e4
    slope = of_e2 * (2 * e2 + e3 - r1) + of_e3 * (e2 + r1) - r1 * e2 * (e3 - e2)
    return r1 * (e2 * third - slope) if order == 4 else math.nan


def derivative_in_centre(x: Any, ratio: Any, order: int) -> Any:
    """By Leibniz's rule for m′ = −m (x + m), where m is the ratio φ/Φ."""
    if order == 1:
        return ratio
    second = -ratio * (x + ratio)
    if order == 2:
        return second
    third = -(x + 2 * ratio) * second - ratio
    if order == 3:
        return third
    fourth = -(x + 2 * ratio) * third - 2 * second * (1 + second)
    return fourth if order == 4 else math.nan


def _fractions(t: Array) -> Any:
    return fraction(t, levels(t.min(initial=math.inf)))


@in_float64
def log_ndtr_of_arrays(x: Array) -> Any:
    """Log Φ(x) of an array."""
    low = np.minimum(x, -5.0)
    in_tail = -low * low / 2 - _HALF_LOG_2PI - np.log(derivative_in_tail(-low, _fractions(-low), 1))
    cdf = normal_cdf_of_arrays(-np.abs(x))
    return np.where(x > 0, np.log1p(-cdf), np.where(x > -5, np.log(cdf), in_tail))


def log_ndtr_derivative_of_arrays(x: Any, order: int) -> Any:
    """The derivative of log Φ(x) of an order, of an array."""

    def derivative(x: Array) -> Any:
        low, high = np.minimum(x, _TAIL), np.clip(x, _TAIL, _FLAT)
        ratio = normal_pdf_of_arrays(high) / normal_cdf_of_arrays(high)
        in_tail = derivative_in_tail(-low, _fractions(-low), order)
        return np.where(x < _TAIL, in_tail, derivative_in_centre(high, ratio, order))

    return in_float64(derivative)(x)
