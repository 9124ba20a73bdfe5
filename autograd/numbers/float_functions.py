"""Functions of floats and arrays that the standard library and NumPy lack, or round badly.

The ops in ``ops/`` refer to them; nothing here knows of ops or graphs. A function takes a float,
unless its name ends in ``_of_arrays``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.numbers.kinds import Array

_SPLITTER = 134217729.0  # 2^27 + 1: x·s − (x·s − x) keeps the upper 26 bits of x (Dekker 1971)
_SQRT_HALF = (0.7071067811865476, -4.833646656726457e-17)  # 1/√2 = their sum, to 107 bits
_LN2 = math.log(2)
_SMALLEST_NORMAL = 2.0**-1022
_TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)
_ONE_OVER_SQRT_2PI = 1 / math.sqrt(2 * math.pi)
# ±38.6: beyond it exp(−x²/2) is zero in float64, and squares or splits need not be taken.
_GAUSSIAN_END = 39.0


def in_float64(function: Any) -> Any:
    """Let a function of float64 arrays take any real array; the dtype is kept."""

    def on_array(x: Any) -> Any:
        x = np.asarray(x)
        if x.dtype.kind == "c":
            raise TypeError(f"not defined for complex numbers, got an array of {x.dtype}")
        return function(x.astype(np.float64, copy=False)).astype(x.dtype, copy=False)

    return on_array


def one_by_one(function: Any) -> Any:
    """Return a function of arrays that applies a function of a float."""

    def on_array(x: Array) -> Array:
        numbers = x.ravel().tolist()  # Python's floats take a third of the time of NumPy's
        return np.fromiter(map(function, numbers), np.float64, x.size).reshape(x.shape)

    return in_float64(on_array)


def cbrt(x: float) -> float:
    """∛x to half an ulp or a little more: the library's, corrected once by Newton's method."""
    z = math.cbrt(x)
    if x == 0 or not math.isfinite(z):
        return z
    # The residual z³ − x is taken exactly: doubles split into 26 bits multiply without rounding.
    exponent = math.frexp(x)[1]
    shift = exponent - exponent % 3
    m = math.ldexp(x, -shift)  # in [1/8, 8), so that nothing over- or underflows
    w = math.ldexp(z, -shift // 3)
    square, low = _product(w, w)
    cube, lower = _product(square, w)
    residual = (cube - m) + lower + low * w
    return math.ldexp(w - residual / (3 * square), shift // 3)


def _product(a: Any, b: Any) -> tuple[Any, Any]:
    """a·b as the sum of two floats, exactly (Dekker 1971): floats or arrays."""
    high, low = _split(a)
    other_high, other_low = _split(b)
    p = a * b
    return p, ((high * other_high - p) + high * other_low + low * other_high) + low * other_low


def _split(x: Any) -> tuple[Any, Any]:
    t = x * _SPLITTER
    high = t - (t - x)
    return high, x - high


def difference(x: Any, y: Any) -> tuple[Any, Any]:
    """X − y and what its rounding lost, exactly (Knuth's TwoSum): floats or arrays."""
    d = x - y
    back = d - x
    return d, (x - (d - back)) - (y + back)


def normal_pdf(x: float) -> float:
    """exp(−x²/2)/√(2π): the square is split, for its rounding would be multiplied by x²/2."""
    if not abs(x) < _GAUSSIAN_END:
        return x if math.isnan(x) else 0.0
    high = _split(x)[0]
    tail = (x - high) * (x + high) / 2
    return _ONE_OVER_SQRT_2PI * math.exp(-high * high / 2) * math.exp(-tail)


def gaussian(x: float) -> float:
    """exp(−x²), split likewise."""
    if not abs(x) < _GAUSSIAN_END:
        return x if math.isnan(x) else 0.0
    high = _split(x)[0]
    return math.exp(-high * high) * math.exp(-(x - high) * (x + high))


@in_float64
def normal_pdf_of_arrays(x: Array) -> Array:
    """exp(−x²/2)/√(2π) of an array."""
    x = np.clip(x, -_GAUSSIAN_END, _GAUSSIAN_END)
    high = _split(x)[0]
    tail = (x - high) * (x + high) / 2
    found: Array = _ONE_OVER_SQRT_2PI * np.exp(-high * high / 2) * np.exp(-tail)
    return found


@in_float64
def gaussian_of_arrays(x: Array) -> Array:
    """exp(−x²) of an array."""
    x = np.clip(x, -_GAUSSIAN_END, _GAUSSIAN_END)
    high = _split(x)[0]
    found: Array = np.exp(-high * high) * np.exp(-(x - high) * (x + high))
    return found


erfc_of_arrays = one_by_one(math.erfc)


def normal_cdf(x: float) -> float:
    """½ erfc(−x/√2): what −x/√2 loses in rounding is made good by the derivative of erfc."""
    if not abs(x) < _GAUSSIAN_END:
        return x if math.isnan(x) else float(x > 0)
    t = -x * _SQRT_HALF[0]
    rest = -_product(x, _SQRT_HALF[0])[1] - x * _SQRT_HALF[1]
    return float(0.5 * (math.erfc(t) - _TWO_OVER_SQRT_PI * gaussian(t) * rest))


@in_float64
def normal_cdf_of_arrays(x: Array) -> Array:
    """½ erfc(−x/√2) of an array."""
    x = np.clip(x, -_GAUSSIAN_END, _GAUSSIAN_END)
    t = -x * _SQRT_HALF[0]
    rest = -_product(x, _SQRT_HALF[0])[1] - x * _SQRT_HALF[1]
    found: Array = 0.5 * (erfc_of_arrays(t) - _TWO_OVER_SQRT_PI * gaussian_of_arrays(t) * rest)
    return found


def tanh_slope(x: float) -> float:
    """1 − tanh²x, without the cancellation: 4t/(1+t)² with t = e^(−2|x|)."""
    t = math.exp(-2 * abs(x))
    return 4 * t / ((1 + t) * (1 + t))


def tanh_slope_of_arrays(x: Array) -> Array:
    """1 − tanh²x of an array."""
    t = np.exp(-2 * np.abs(x))
    found: Array = 4 * t / np.square(1 + t)
    return found


def sigmoid(x: float) -> float:
    """1/(1 + e^(−x)); e^x/(1 + e^x) below zero, where e^(−x) is large."""
    t = math.exp(-abs(x))
    return (1 if x >= 0 else t) / (1 + t)


def sigmoid_of_arrays(x: Array) -> Array:
    """1/(1 + e^(−x)) of an array.

    Where no e^(−x) overflows there is nothing to choose: a fifth of the time.
    """
    if x.dtype.kind == "f" and x.size and x.min() > -math.log(np.finfo(x.dtype).max):
        found: Array = 1 / (1 + np.exp(-x))
        return found
    t = np.exp(-np.abs(x))
    found = np.where(x < 0, t, 1) / (1 + t)
    return found


def sigmoid_slope(x: float) -> float:
    """σ(x)(1 − σ(x)), without the cancellation: t/(1+t)² with t = e^(−|x|)."""
    t = math.exp(-abs(x))
    return t / ((1 + t) * (1 + t))


def sigmoid_slope_of_arrays(x: Array) -> Array:
    """σ(x)(1 − σ(x)) of an array."""
    t = np.exp(-np.abs(x))
    found: Array = t / np.square(1 + t)
    return found


# Roundings to a float, which keep the sign of −0.0 as NumPy does: Python's own give an int.


def floor(x: float) -> float:
    """⌊x⌋."""
    return math.copysign(math.floor(x), x)


def ceil(x: float) -> float:
    """⌈x⌉."""
    return math.copysign(math.ceil(x), x)


def rint(x: float) -> float:
    """The nearest whole number; halves go to the even one."""
    return math.copysign(round(x), x)


def trunc(x: float) -> float:
    """The nearest whole number towards 0."""
    return math.copysign(math.trunc(x), x)


def logaddexp(x: float, y: float) -> float:
    """log(e^x + e^y); what the difference loses in rounding is made good."""
    if x != x or y != y:
        return x + y
    if x == y or math.isinf(x) or math.isinf(y):
        return x + math.log(2) if x == y else max(x, y) + 0.0
    d, lost = difference(min(x, y), max(x, y))
    return max(x, y) + math.log1p(math.exp(d) * (1 + lost))


def sigmoid_difference(x: float, y: float) -> float:
    """σ(x − y), likewise."""
    if x == y:  # infinities among them
        return 0.5
    d, lost = difference(x, y)
    s = sigmoid(d)
    return s * (1 + lost * (1 - s)) if math.isfinite(lost) else s


def sigmoid_difference_of_arrays(x: Array, y: Array) -> Array:
    """σ(x − y) of arrays."""
    d, lost = difference(x, y)
    s = sigmoid_of_arrays(d)
    s = np.where(np.isfinite(lost), s * (1 + lost * (1 - s)), s)
    return np.where(x == y, 0.5, s)


def logaddexp2(x: float, y: float) -> float:
    """log₂(2^x + 2^y); what the difference loses in rounding is made good."""
    if x != x or y != y:
        return x + y
    if x == y or math.isinf(x) or math.isinf(y):
        return x + 1.0 if x == y else max(x, y) + 0.0
    d, lost = difference(min(x, y), max(x, y))
    return max(x, y) + math.log1p(math.exp2(d) * (1 + lost * _LN2)) / _LN2


def logaddexp2_slope(x: float, y: float) -> float:
    """2^x/(2^x + 2^y), likewise."""
    if x == y:  # infinities among them
        return 0.5
    d, lost = difference(x, y)
    t = math.exp2(-abs(d))
    s = (1 if d > 0 else t) / (1 + t)
    return s * (1 + lost * _LN2 * (1 - s)) if math.isfinite(lost) else s


def logaddexp2_slope_of_arrays(x: Array, y: Array) -> Array:
    """2^x/(2^x + 2^y) of arrays."""
    d, lost = difference(x, y)
    t = np.exp2(-np.abs(d))
    s = np.where(d > 0, 1, t) / (1 + t)
    s = np.where(np.isfinite(lost), s * (1 + lost * _LN2 * (1 - s)), s)
    return np.where(x == y, 0.5, s)


def atan2_slope(x: float, y: float) -> float:
    """y/(x² + y²), without overflow; 0 at (0, 0)."""
    if abs(y) >= abs(x):
        return 1 / (y + x * (x / y)) if y else 0.0
    return (y / x) / (x + y * (y / x))


def atan2_slope_of_arrays(x: Array, y: Array) -> Array:
    """y/(x² + y²) of arrays."""
    upper = 1 / (y + x * (x / y))
    lower = (y / x) / (x + y * (y / x))
    found = np.where(np.abs(y) >= np.abs(x), upper, lower)
    return np.where((x == 0) & (y == 0), 0, found)


def hypot_slope(x: float, y: float) -> float:
    """x/√(x² + y²), by operands of about 1, which lose nothing by a power of two; 0 at (0, 0)."""
    if math.isinf(x):
        return math.copysign(1.0, x) if y == y else y
    exponent = math.frexp(max(abs(x), abs(y)))[1] if math.isfinite(y) else 0
    x, y = math.ldexp(x, -exponent), math.ldexp(y, -exponent)
    return x / math.hypot(x, y) if x or y else 0.0


def hypot_slope_of_arrays(x: Array, y: Array) -> Array:
    """x/√(x² + y²) of arrays."""
    largest = np.maximum(np.abs(x), np.abs(y))
    exponent = -np.frexp(np.where(np.isfinite(largest), largest, 0))[1]
    p, q = np.ldexp(x, exponent), np.ldexp(y, exponent)
    found = np.where((x == 0) & (y == 0), 0, p / np.hypot(p, q))
    return np.where(np.isinf(x) & (y == y), np.sign(x), found)


def sinc(x: float) -> float:
    """sin(πx)/(πx), 1 at 0; x is reduced by whole turns before it meets a rounded π."""
    if x == 0 or not math.isfinite(x):
        return math.nan if x else 1.0
    r = math.remainder(x, 2.0)
    if abs(r) > 0.5:
        r = math.copysign(1.0, r) - r
    return math.sin(math.pi * r) / (math.pi * x)


def sinc_slope(x: float) -> float:
    """(cos πx − sinc x)/x; its Taylor series near 0, where the two cancel."""
    if not math.isfinite(x):
        return math.nan
    if abs(x) >= 0.5:
        r = abs(math.remainder(x, 2.0))
        return (math.sin(math.pi * (0.5 - r)) - sinc(x)) / x  # sin is exact where cos πx is 0
    t = math.pi * math.pi * x * x
    total = 0.0
    for coefficient in _SINC_SLOPE:
        total = total * t + coefficient
    return total * math.pi * math.pi * x


def sinc_derivative(x: float, order: int) -> float:
    """The derivative of sinc of an order: its Taylor series beside 0, else by the one before it."""
    if not math.isfinite(x):
        return math.nan
    if abs(x) < max(0.75, order / 4):
        return _sinc_series(math.pi * x, order)
    found = sinc(x)
    r = math.remainder(x, 2.0)
    folded = r if abs(r) <= 0.5 else math.copysign(1.0, r) - r
    sine, cosine = math.sin(math.pi * folded), math.sin(math.pi * (0.5 - abs(r)))
    for n in range(1, order + 1):
        turned = cosine if n % 2 else sine
        found = (math.pi ** (n - 1) * turned * (-1) ** (n // 2) - n * found) / x
    return found


def _sinc_series(t: float, order: int) -> float:
    """π^order Σ (−1)^k t^(2k − order) / ((2k + 1) (2k − order)!), the k from order/2 on."""
    first, total = (order + 1) // 2, 0.0
    for k in range(first + 14 + order, first - 1, -1):
        j = 2 * k - order
        total = (-1) ** k / (2 * k + 1) + total * t * t / ((j + 1) * (j + 2))
    return math.pi**order * total * (t if order % 2 else 1)


def sinc_derivative_of_arrays(x: Any, order: int) -> Any:
    """The derivative of sinc of an order, of an array."""
    return one_by_one(lambda number: sinc_derivative(number, order))(x)


# d/dx sinc x = π²x Σ (−1)^k 2k t^(k−1)/(2k+1)!, t = (πx)²: twelve terms for |x| < 1/2.
_SINC_SLOPE = [(-1) ** k * 2 * k / math.factorial(2 * k + 1) for k in range(12, 0, -1)]


def power_slope_of_arrays(x: Any, y: Any) -> Any:
    """y·x^(y − 1) of arrays, with the rounding of y − 1 made good."""
    exponent, lost = difference(y, 1)
    power = np.power(x, exponent)
    with np.errstate(all="ignore"):
        correction = lost * np.log(np.abs(x))
        slope = y * np.where(np.isfinite(correction), power * (1 + correction), power)
        slope = np.where((y == 0) | ((power == 0) & np.isinf(y)), 0, slope)
        # A small y can bring back what a subnormal x lets overflow.
        return np.where(np.isinf(slope) & (x != 0) & (np.abs(y) < 1), y * x**y / x, slope)


def power_slope(x: float, y: float) -> float:
    """y·x^(y − 1), with the rounding of y − 1 made good; OverflowError where that overflows."""
    if y == 0:
        return 0.0
    if abs(y) < 1 and 0 < abs(x) < _SMALLEST_NORMAL:  # x**(y − 1) may overflow, and y·x**y/x not
        return y * math.pow(x, y) / x
    exponent, lost = difference(y, 1.0)
    power = math.pow(x, exponent)
    if lost and x and math.isfinite(lost) and math.isfinite(x):
        power *= 1 + lost * math.log(abs(x))
    return 0.0 if power == 0 and math.isinf(y) else y * power
