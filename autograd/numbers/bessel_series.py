"""Bessel functions of whole orders: of floats and of arrays.

A function takes a float and the order, unless its name ends in ``_of_arrays``.
"""

from __future__ import annotations

import math
from typing import Any

from autograd.numbers.float_functions import one_by_one

_BEYOND = 1400.0  # from here on I_n(x) is no float, unless n is as large
_FAR = 30.0  # from here on the series in 1/x have terms of use

# The modified ones --------------------------------------------------------------------------------


def bessel_i(x: float, order: int) -> float:
    """I_n(x): its power series up to 30, then e^x/√(2πx) times a series in 1/x (DLMF 10.40.1)."""
    size = abs(x)
    if size != size:
        return x
    if size > _BEYOND:
        return -math.inf if x < 0 and order % 2 == 1 else math.inf
    if size <= _FAR:
        return _power_series(x, order)
    root = math.exp(size / 2)
    return root * (root * bessel_ie(x, order, 0))


def bessel_ie(x: float, order: int, derivative: int) -> float:
    """A derivative of e^(−|x|) I_n(x), which doesn't overflow: at 0 the mean of both sides."""
    size, n = abs(x), abs(order)
    if size != size:
        return x
    flips = (n + derivative) % 2 == 1
    if size == 0 and flips:
        return 0.0
    if size > max(_FAR, float(n * n)):
        found = _far_from_0(size, n, derivative)
    else:
        found = _difference(size, n, derivative)
    return -found if x < 0 and flips else found


def _difference(x: float, n: int, derivative: int) -> float:
    """A derivative for x ≥ 0 as a difference over orders: f_n′ is (f_(n−1) − 2 f_n + f_(n+1))/2."""
    total, weight = 0.0, 1.0
    for j in range(2 * derivative + 1):
        total += weight * _near_0(x, abs(n + derivative - j))
        weight *= -(2 * derivative - j) / (j + 1)
    return math.ldexp(total, -derivative)


def _near_0(x: float, n: int) -> float:
    """e^(−x) I_n(x) for x ≥ 0."""
    return math.exp(-x) * _power_series(x, n) if x <= 2 else _down(x, n)


def _down(x: float, n: int) -> float:
    """Miller's recurrence: I_(k−1) = (2k/x) I_k + I_(k+1), of which I₀ + 2 Σ I_k is e^x."""
    above, here = 0.0, 1e-300
    total, found = 0.0, 0.0
    for k in range(_first(x, n) + 20, 0, -1):
        below = 2 * k / x * here + above
        above = here
        here = below
        if k - 1 == n:
            found = here
        total += here if k == 1 else 2 * here
        if here > 1e250:
            above *= 1e-250
            here *= 1e-250
            total *= 1e-250
            found *= 1e-250
    return found / total


def _power_series(x: float, order: int) -> float:
    n = abs(order)
    total = 1.0
    for k in range(60, 0, -1):
        total = 1 + total * (x * x / 4) / (k * (k + n))
    for k in range(n, 0, -1):
        total *= x / 2 / k
    return total


def _far_from_0(x: float, n: int, derivative: int) -> float:
    """A derivative of e^(−x) I_n(x) for large x: of each term of the series in 1/x."""
    total = 1.0
    for k in range(30, 0, -1):
        of_power = (k - 0.5 + derivative) / (k - 0.5)
        total = 1 - total * (4 * n * n - (2 * k - 1) ** 2) / (8 * x * k) * of_power
    found = total / (math.sqrt(2 * math.pi) * math.sqrt(x))
    for k in range(derivative):
        found *= -(k + 0.5) / x
    return found


# The ordinary ones --------------------------------------------------------------------------------


def bessel_j(x: float, order: int) -> float:
    """J_n(x): its power series, Hankel's expansion (DLMF 10.17.3), or Miller's recurrence."""
    n, size = abs(order), abs(x)
    if size != size:
        return x
    sign = -1.0 if n % 2 == 1 and (x < 0) != (order < 0) else 1.0
    if size == math.inf:
        return 0.0
    if size * size <= 2 * (n + 1):
        total = 1.0
        for k in range(20, 0, -1):
            total = 1 - total * (size * size / 4) / (k * (k + n))
        for k in range(n, 0, -1):
            total *= size / 2 / k
        return sign * total
    if size >= _FAR and size >= n * n:
        return sign * _hankel(size, n)
    return sign * _miller(size, n)


def _hankel(x: float, n: int) -> float:
    """√(2/πx) (P cos χ − Q sin χ) with χ = x − nπ/2 − π/4, of which x alone is rounded."""
    even = 1.0
    odd = 0.0
    term = 1.0
    for k in range(1, 31):
        term *= (4 * n * n - (2 * k - 1) ** 2) / (8 * x * k)
        if k % 4 == 1:
            odd += term
        elif k % 4 == 2:
            even -= term
        elif k % 4 == 3:
            odd -= term
        else:
            even += term
    c, s = math.cos(x), math.sin(x)
    cosine, sine = c + s, s - c  # √2 times those of x − π/4
    quarter = n % 4
    if quarter == 1:
        cosine, sine = sine, -cosine
    elif quarter == 2:
        cosine, sine = -cosine, -sine
    elif quarter == 3:
        cosine, sine = -sine, cosine
    return (even * cosine - odd * sine) / (math.sqrt(math.pi) * math.sqrt(x))


def _miller(x: float, n: int) -> float:
    """Down from an order where J is nothing: J_(k−1) = (2k/x) J_k − J_(k+1), J₀² + 2 Σ J_k² = 1.

    The sum of squares has no terms that cancel; J₀ + 2 Σ J_2k, which is 1 too, has the sign.
    """
    above, here = 0.0, 1e-100
    total, squares, found = 0.0, 0.0, 0.0
    for k in range(_first(x, n), 0, -1):
        below = 2 * k / x * here - above
        above = here
        here = below
        if k - 1 == n:
            found = here
        if k % 2 == 1:
            total += here if k == 1 else 2 * here
        squares += here * here if k == 1 else 2 * here * here
        if abs(here) > 1e100:
            above *= 1e-100
            here *= 1e-100
            total *= 1e-100
            found *= 1e-100
            squares *= 1e-200
    return math.copysign(found / math.sqrt(squares), found * total)


def _first(x: float, n: int) -> int:
    """An order from which on the functions of x are less than 10⁻¹⁷ of those up to n."""
    most = max(x, float(n))
    return int(most + 14 * most ** (1 / 3)) + 10


# Of arrays ----------------------------------------------------------------------------------------


def bessel_i_of_arrays(x: Any, order: int) -> Any:
    """I_n of an array."""
    return one_by_one(lambda number: bessel_i(number, order))(x)


def bessel_ie_of_arrays(x: Any, order: int, derivative: int) -> Any:
    """A derivative of e^(−|x|) I_n of an array."""
    return one_by_one(lambda number: bessel_ie(number, order, derivative))(x)


def bessel_j_of_arrays(x: Any, order: int) -> Any:
    """J_n of an array."""
    return one_by_one(lambda number: bessel_j(number, order))(x)
