"""The gamma function, its logarithm and its derivatives, to a few units in the last place.

The library's ``lgamma`` and SciPy's lose all digits beside 1 and 2, where it is 0. Here it is
(x − 2) times a series around 2, from which the others follow by Γ(x + 1) = x Γ(x); above 10 it is
Stirling's. A function takes a float, unless its name ends in ``_of_arrays``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.numbers.float_functions import in_float64
from autograd.numbers.kinds import Array

# (−1)^k (ζ(k) − 1)/k for k from 29 to 2, and 1 − γ: log Γ(2 + d) is d times this polynomial in d.
_AROUND_2 = [
    -6.4229645638381e-11, 1.330476437424449e-10, -2.7595228851242334e-10, 5.731367241678862e-10,
    -1.1921401405860912e-09, 2.4836745438024785e-09, -5.183475041970047e-09,
    1.0838659214896955e-08, -2.2711094608943164e-08, 4.7698101693639804e-08,
    -1.0043224823968099e-07, 2.1207184805554665e-07, -4.492469198764566e-07,
    9.55141213040742e-07, -2.039215753801366e-06, 4.374866789907488e-06, -9.439488275268397e-06,
    2.050721277567069e-05, -4.492623673813314e-05, 9.945751278180853e-05, -0.00022315475845357939,
    0.0005096695247430425, -0.001192753911703261, 0.0028905103307415234, -0.007385551028673986,
    0.020580808427784546, -0.0673523010531981, 0.3224670334241132, 0.42278433509846713,
]  # fmt: skip
_SLOPE_AROUND_2 = [(29 - k) * c for k, c in enumerate(_AROUND_2)]
# The root of the digamma function is the sum of these; ψ⁽ᵏ⁾/k! there, from the 30th to the first.
_ROOT, _ROOT_REST = 1.4616321449683622, 9.549995429965697e-17
_AROUND_ROOT = [
    -7.762817668462094e-06, 1.134638458466385e-05, -1.6584242271854135e-05, 2.424006611860132e-05,
    -3.5430070947659604e-05, 5.178575795222081e-05, -7.569179582195066e-05, 0.0001106337276874741,
    -0.00016170622091974803, 0.00023635601564027053, -0.0003454680251063077, 0.000504953265834602,
    -0.0007380709389960052, 0.0010788252019162967, -0.0015769367714301972, 0.002305126326734928,
    -0.003369801655439328, 0.004926781395729853, -0.007204534386356869, 0.010538791616612175,
    -0.01542476590494896, 0.022597648232218104, -0.03316112647484736, 0.04880428816414311,
    -0.07219956125645471, 0.10782405069126237, -0.16394270544240652, 0.258499760955651,
    -0.4427631689835921, 0.9676722454476212,
]  # fmt: skip
# Bernoulli's numbers B₂ₖ: over 2k(2k − 1), over 2k, and over (2k)!; the first two from the tenth.
_STIRLING = [
    -1.3924322169059011, 0.17964437236883057, -0.029550653594771242, 0.00641025641025641,
    -0.0019175269175269176, 0.0008417508417508417, -0.0005952380952380953, 0.0007936507936507937,
    -0.002777777777777778, 0.08333333333333333,
]  # fmt: skip
_SLOPE_OF_STIRLING = [(19 - 2 * k) * c for k, c in enumerate(_STIRLING)]
_EULER_MACLAURIN = [
    0.08333333333333333, -0.001388888888888889, 3.306878306878307e-05, -8.267195767195768e-07,
    2.08767569878681e-08, -5.284190138687493e-10, 1.3382536530684679e-11, -3.3896802963225827e-13,
    8.586062056277845e-15, -2.174868698558062e-16, 5.5090028283602295e-18, -1.3954464685812522e-19,
]  # fmt: skip
_HALF_LOG_2PI = 0.9189385332046728
_SQRT_2PI = 2.5066282746310002
_FAR = 10.0  # from here on Stirling's series has ten terms of use


def around_2(d: Any) -> Any:
    """Log Γ(2 + d), over d: for |d| up to ½."""
    total = 0.0
    for c in _AROUND_2:
        total = total * d + c
    return total


def _slope_around_2(d: Any) -> Any:
    total = 0.0
    for c in _SLOPE_AROUND_2:
        total = total * d + c
    return total


def _around_root(x: Any) -> Any:
    d = (x - _ROOT) - _ROOT_REST
    total = 0.0
    for c in _AROUND_ROOT:
        total = total * d + c
    return total * d


def stirling(x: Any) -> Any:
    """What is left of log Γ(x) beyond (x − ½) log x − x + ½ log 2π."""
    y = 1 / (x * x)
    total = 0.0
    for c in _STIRLING:
        total = total * y + c
    return total / x


def _slope_of_stirling(x: Any) -> Any:
    y = 1 / (x * x)
    total = 0.0
    for c in _SLOPE_OF_STIRLING:
        total = total * y + c
    return 0.5 / x + total * y


# Γ ------------------------------------------------------------------------------------------------


def gamma(x: float) -> Any:
    """Γ(x): infinite at 0, and nan at negative whole numbers."""
    if x > 0 or x != x:
        p, q = _factors(x)
        return p * q
    r = math.remainder(x, 1.0) if x > -math.inf else 0.0
    if r == 0:
        return math.copysign(math.inf, x) if x == 0 else math.nan
    p, q = _factors(1 - x)
    found = math.pi / math.sin(math.pi * r) / p / q
    return -found if round(x - r) % 2 else found


def _factors(x: float) -> tuple[Any, Any]:
    """Two factors of Γ(x) for x > 0: neither overflows before Γ does, nor where 1/Γ underflows."""
    if x < 0.5:
        return math.exp(x * around_2(x)) / (1 + x), 1 / x
    if x < 1.4:
        return math.exp((x - 1) * around_2(x - 1)), 1 / x
    product = 1.0
    if x < _FAR:
        while x >= 2.5:
            x -= 1
            product *= x
        return math.exp((x - 2) * around_2(x - 2)), product
    if not x < 200:  # or nan
        return x, math.inf
    root = x ** (0.5 * x - 0.25)
    return root, root * (_SQRT_2PI * math.exp(-x) * math.exp(stirling(x)))


# log Γ --------------------------------------------------------------------------------------------


def lgamma(x: float) -> Any:
    """Log |Γ(x)|: infinite at 0 and at negative whole numbers."""
    if x != x or abs(x) == math.inf:
        return abs(x)
    if x > 0:
        return _lgamma_of_positive(x)
    r = math.remainder(x, 1.0)
    if r == 0:
        return math.inf
    if abs(r) < 1e-9:  # sin πr is πr, which may underflow
        return -math.log(abs(r)) - _lgamma_of_positive(1 - x)
    return math.log(math.pi) - math.log(abs(math.sin(math.pi * r))) - _lgamma_of_positive(1 - x)


def _lgamma_of_positive(x: float) -> Any:
    if x < 0.5:
        return x * around_2(x) - math.log(x) - math.log1p(x)
    if x < 1.4:
        return (x - 1) * around_2(x - 1) - math.log1p(x - 1)
    product = 1.0
    if x < _FAR:
        while x >= 2.5:
            x -= 1
            product *= x
        return (x - 2) * around_2(x - 2) + math.log(product)
    return (x - 0.5) * (math.log(x) - 1) + (_HALF_LOG_2PI - 0.5 + stirling(x))


# Derivatives --------------------------------------------------------------------------------------


def digamma(x: float) -> Any:
    """The derivative of log Γ: −∞ at 0, and nan at negative whole numbers."""
    if x > 0:
        return _digamma_of_positive(x)
    if x == 0:
        return math.copysign(math.inf, -x)
    r = math.remainder(x, 1.0) if x > -math.inf else 0.0
    if r == 0 or x != x:
        return math.nan
    return _digamma_of_positive(1 - x) - math.pi / math.tan(math.pi * r)


def _digamma_of_positive(x: float) -> Any:
    if x < 0.5:
        return _slope_around_2(x) - 1 / (1 + x) - 1 / x
    if x < 1.06:
        return _slope_around_2(x - 1) - 1 / x
    if x < 1.86:
        return _around_root(x)
    total = 0.0
    if x < _FAR:
        while x >= 2.5:
            x -= 1
            total += 1 / x
        return _slope_around_2(x - 2) + total
    return math.log(x) - _slope_of_stirling(x)


def polygamma(x: float, n: int) -> Any:
    """The n-th derivative of digamma, from n = 1 on: by Hurwitz's zeta function of n + 1."""
    if x != x:
        return x
    sign = 1.0 if n % 2 else -1.0
    if x > 0:
        found = hurwitz(x, n + 1)
    else:
        r = math.remainder(x, 1.0) if x > -math.inf else 0.0
        if r == 0:
            return math.inf if n % 2 else math.nan
        # The sum over all whole numbers, less that over those below x.
        others = hurwitz(1 - r, n + 1) - hurwitz(1 - x, n + 1)
        pole = 1.0
        for _ in range(n + 1):
            pole /= r  # infinite where a power would raise OverflowError
        found = pole + hurwitz(1 + r, n + 1) + sign * others
    for k in range(1, n + 1):
        found *= k
    return sign * found


def hurwitz(x: Any, s: int) -> Any:
    """Σ (x + k)^(−s) over k ≥ 0: some terms, and Euler and Maclaurin's formula for the rest."""
    count = max(0, math.ceil(_FAR + s - min(x, _FAR + s)))
    return _hurwitz(x, s, count)


def _hurwitz(x: Any, s: int, count: int) -> Any:
    y = x + count
    inverse = 1 / y
    total = 0.5
    factor = s * inverse
    step = s
    for c in _EULER_MACLAURIN:
        total += c * factor
        factor *= (step + 1) * (step + 2) * inverse * inverse
        step += 2
    total = (total * inverse + 1 / (s - 1)) * y ** (1.0 - s)
    for k in range(count - 1, -1, -1):
        total += (x + k) ** -float(s)
    return total


# Of arrays ----------------------------------------------------------------------------------------


def in_regions(function: Callable[..., float], *regions: tuple[float, float, Any]) -> Any:
    """Return a function of arrays: formulas from one number to another; else one by one."""

    def on_array(x: Array, *settings: Any) -> Array:
        found = np.empty_like(x)
        left = np.ones(x.shape, bool)
        for first, end, formula in regions:
            here = (first <= x) & (x < end)
            if here.any():
                found[here] = formula(x[here], *settings)
                left &= ~here
        found[left] = [quietly(function, y, *settings) for y in x[left].tolist()]
        return found

    return on_array


def quietly(function: Callable[..., float], x: float, *settings: Any) -> float:
    """Call a function of a float: where it raises an error, for what IEEE 754 has there."""
    try:
        return function(x, *settings)
    except ArithmeticError:  # as IEEE 754 has it
        return function(np.float64(x), *settings)


def _stepped_down(x: Array) -> Iterator[tuple[Array, Array]]:
    """Yield arrays one less, and where: until none is above 2.5."""
    while (above := x >= 2.5).any():
        x = np.where(above, x - 1, x)
        yield x, above


def _lgamma_to_10(x: Array) -> Any:
    product = np.ones_like(x)
    for x, above in _stepped_down(x):  # noqa: B020 - down to there
        product = np.where(above, product * x, product)
    return (x - 2) * around_2(x - 2) + np.log(product)


def _digamma_to_10(x: Array) -> Any:
    total = np.zeros_like(x)
    for x, above in _stepped_down(x):  # noqa: B020
        total = np.where(above, total + 1 / x, total)
    return _slope_around_2(x - 2) + total


def _gamma_to_10(x: Array) -> Any:
    product = np.ones_like(x)
    for x, above in _stepped_down(x):  # noqa: B020
        product = np.where(above, product * x, product)
    return np.exp((x - 2) * around_2(x - 2)) * product


def _gamma_from_10(x: Array) -> Any:
    root = x ** (0.5 * x - 0.25)
    return root * (root * (_SQRT_2PI * np.exp(-x) * np.exp(stirling(x))))


gamma_of_arrays = in_float64(
    in_regions(
        gamma,
        (5e-324, 0.5, lambda x: np.exp(x * around_2(x)) / (1 + x) * (1 / x)),
        (0.5, 1.4, lambda x: np.exp((x - 1) * around_2(x - 1)) * (1 / x)),
        (1.4, _FAR, _gamma_to_10),
        (_FAR, 200.0, _gamma_from_10),
    )
)

lgamma_of_arrays = in_float64(
    in_regions(
        lgamma,
        (5e-324, 0.5, lambda x: x * around_2(x) - np.log(x) - np.log1p(x)),
        (0.5, 1.4, lambda x: (x - 1) * around_2(x - 1) - np.log1p(x - 1)),
        (1.4, _FAR, _lgamma_to_10),
        (_FAR, math.inf, lambda x: (x - 0.5) * (np.log(x) - 1)
         + (_HALF_LOG_2PI - 0.5 + stirling(x))),
    )
)  # fmt: skip

digamma_of_arrays = in_float64(
    in_regions(
        digamma,
        (5e-324, 0.5, lambda x: _slope_around_2(x) - 1 / (1 + x) - 1 / x),
        (0.5, 1.06, lambda x: _slope_around_2(x - 1) - 1 / x),
        (1.06, 1.86, _around_root),
        (1.86, _FAR, _digamma_to_10),
        (_FAR, math.inf, lambda x: np.log(x) - _slope_of_stirling(x)),
    )
)


def _polygamma_of_positive(x: Array, n: int) -> Any:
    count = math.ceil(_FAR + n + 1)
    found = _hurwitz(x, n + 1, count) * np.prod(np.arange(1.0, n + 1))
    return found if n % 2 else -found


_polygamma_of_floats = in_regions(polygamma, (5e-324, math.inf, _polygamma_of_positive))


def polygamma_of_arrays(x: Any, n: int) -> Any:
    """The n-th derivative of digamma, of an array."""
    return in_float64(lambda numbers: _polygamma_of_floats(numbers, n))(x)
