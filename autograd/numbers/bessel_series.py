"""Bessel functions of whole orders: of floats and of arrays.

A function takes a float and the order, unless its name ends in ``_of_arrays``.
"""

from __future__ import annotations

import math
from typing import Any

from autograd.numbers.float_functions import one_by_one

_BEYOND = 714.0  # from here on I_n(x) is no float
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
    return root * (root * _far_from_0(x, order))


def bessel_ie(x: float, order: int) -> float:
    """e^(−|x|) I_n(x): it doesn't overflow."""
    size = abs(x)
    if size != size:
        return x
    if size <= 2:
        return math.exp(-size) * _power_series(x, order)
    if size > _FAR:
        return _far_from_0(x, order)
    found = _down(size, abs(order))
    return -found if x < 0 and order % 2 == 1 else found


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


def _far_from_0(x: float, order: int) -> float:
    """e^(−|x|) I_n(x)."""
    size = abs(x)
    total = 1.0
    for k in range(30, 0, -1):
        total = 1 - total * (4 * order * order - (2 * k - 1) ** 2) / (8 * size * k)
    sign = -1.0 if x < 0 and order % 2 == 1 else 1.0
    return sign / (math.sqrt(2 * math.pi) * math.sqrt(size)) * total


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


def bessel_ie_of_arrays(x: Any, order: int) -> Any:
    """e^(−|x|) I_n of an array."""
    return one_by_one(lambda number: bessel_ie(number, order))(x)


def bessel_j_of_arrays(x: Any, order: int) -> Any:
    """J_n of an array."""
    return one_by_one(lambda number: bessel_j(number, order))(x)
