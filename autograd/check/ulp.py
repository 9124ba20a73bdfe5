"""Errors in units in the last place (ulp), and how many each op is allowed.

The one list of budgets: ``check_op`` keeps to it, and the tests of accuracy.
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

_CORRECT = """add sub mul div neg abs sign square reciprocal maximum minimum clip
    floor ceil round trunc mod fmod floor_divide copysign
    exp exp2 expm1 log log2 log10 log1p sqrt cbrt
    relu leaky_relu hardtanh heaviside threshold where identity"""
_NEARLY = "pow asin acos atan atan2 hypot asinh acosh atanh logaddexp logaddexp2 one_less_square"
_OF_VALUES = (
    dict.fromkeys(_CORRECT.split(), 1)
    | dict.fromkeys(_NEARLY.split(), 2)
    | dict.fromkeys(["sigmoid", "tanh", "silu", "softsign"], 3)
)
# Partials that take two roundings, such as −(x/y)/y: within 2 ulp for every argument.
_OF_PARTIALS = dict.fromkeys(
    ["div", "reciprocal", "exp2", "log2", "log10", "log1p", "sqrt", "cbrt"], 2
)
# Ops that are the slopes of others: their partials are second derivatives, in longer formulas.
SLOPES = {
    "power_slope", "sinc_slope", "sinc_derivative", "sigmoid_difference", "logaddexp2_slope",
    "log_ndtr_derivative", "gamma_density",
}  # fmt: skip
_THIRTEEN_DIGITS = 512
REST = 8  # of all other ops, and of yours


def budget(op: str, k: int | None = None) -> int:
    """Return how many ulp an op's value may be off, or its partial by operand ``k``.

    Examples
    --------
    >>> budget("exp"), budget("sqrt"), budget("sqrt", 0), budget("my_own")
    (1, 1, 2, 8)
    """
    if k is not None and op in SLOPES:
        return _THIRTEEN_DIGITS
    of_value = _OF_VALUES.get(op, REST)
    return of_value if k is None else _OF_PARTIALS.get(op, of_value)


def ulps(number: float, exact: Any, dtype: type = np.float64) -> float:
    """Return the error of ``number`` in units in the last place of the exact result, an mpf.

    What overflows counts as the next power of two; nan is infinitely wrong.
    """
    from mpmath import mp

    info = np.finfo(dtype)
    if number != number:
        return inf
    with mp.workdps(60):
        beyond = mp.mpf(2) ** int(info.maxexp)
        got = mp.sign(number) * beyond if abs(number) == inf else mp.mpf(float(number))
        exact = max(-beyond, min(beyond, exact))
        return float(abs(got - exact) / unit(exact, dtype))


def unit(exact: Any, dtype: type = np.float64) -> Any:
    """Return the distance between floats of a dtype around an exact number, an mpf."""
    from mpmath import mp

    info = np.finfo(dtype)
    bits = int(info.nmant)
    lowest = int(info.minexp) - bits
    if not exact:
        return mp.mpf(2) ** lowest
    return mp.mpf(2) ** max(min(int(mp.frexp(exact)[1]), int(info.maxexp)) - 1 - bits, lowest)
