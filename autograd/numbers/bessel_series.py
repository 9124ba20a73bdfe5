"""The modified Bessel functions of the first kind, of whole orders: of floats and of arrays."""

from __future__ import annotations

import math
from typing import Any

from autograd.numbers.float_functions import one_by_one

_BEYOND = 714.0  # from here on I_n(x) is no float


def bessel_i(x: float, order: int) -> float:
    """I_n(x): its power series up to 30, then e^x/√(2πx) times a series in 1/x (DLMF 10.40.1)."""
    n, size = abs(order), abs(x)
    sign = -1.0 if x < 0 and n % 2 == 1 else 1.0
    if size != size:
        return x
    if size > _BEYOND:
        return sign * math.inf
    total = 1.0
    if size <= 30:
        for k in range(60, 0, -1):
            total = 1 + total * (x * x / 4) / (k * (k + n))
        for k in range(n, 0, -1):
            total *= x / 2 / k
        return total
    for k in range(30, 0, -1):
        total = 1 - total * (4 * n * n - (2 * k - 1) ** 2) / (8 * size * k)
    root = math.exp(size / 2)
    return sign * root * (root / math.sqrt(2 * math.pi * size)) * total


def bessel_i_of_arrays(x: Any, order: int) -> Any:
    """I_n of an array."""
    return one_by_one(lambda number: bessel_i(number, order))(x)
