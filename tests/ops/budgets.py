"""The error that each elementwise op is allowed at a point, in ulps of the exact result."""

from collections.abc import Callable
from typing import Any

from mpmath import mp
from oracles import Oracle
from points import SMALLEST_NORMAL, Point

from autograd.check import ulp
from autograd.check.ulp import SLOPES, unit


# At a root of these, the sum that cancels: (op, operand) -> its summands; operand None for the op.
def _normal_density(x: Any) -> Any:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def _density_over_distribution(x: Any) -> Any:
    """In the centre, times what it is multiplied by; in the tail nothing cancels."""
    if x < -1:
        return mp.mpf(0)
    return _normal_density(x) / (mp.erfc(-x / mp.sqrt(2)) / 2) * (2 + x * x) ** 2


def _wave(x: Any) -> Any:
    """The size that a Bessel function has between its roots; twice, for two make a slope."""
    return 2 / mp.sqrt(1 + mp.pi / 2 * abs(x))


CANCELLING: dict[tuple[str, int | None], Callable[..., Any]] = {
    ("gelu", 0): lambda x: x * _normal_density(x),
    ("silu", 0): lambda x: 1 / (1 + mp.exp(-x)),
    ("mish", 0): lambda x: mp.tanh(mp.log1p(mp.exp(x))),
    ("sinc", 0): lambda x: mp.sincpi(x) / x,
    ("sinc_slope", None): lambda x: mp.sincpi(x) / x,
    ("sinc_slope", 0): lambda x: mp.pi**2 * mp.sincpi(x),
    ("sinc_derivative", None): lambda x: mp.pi**2 / max(1, mp.pi * abs(x)),
    ("sinc_derivative", 0): lambda x: mp.pi**3 / max(1, mp.pi * abs(x)),
    ("power_slope", 1): lambda x, y: mp.power(x, y - 1),
    ("logaddexp", None): lambda x, y: max(abs(x), abs(y)),
    ("logaddexp2", None): lambda x, y: max(abs(x), abs(y)),
    ("bessel_j", None): _wave,
    ("bessel_j", 0): _wave,
    ("bessel_ie", 0): lambda x: 1 / mp.sqrt(1 + 2 * mp.pi * abs(x)),
    ("gamma_density", 0): lambda x: 1 / mp.sqrt(2 * mp.pi * x),
    ("log_ndtr_derivative", None): _density_over_distribution,
    ("log_ndtr_derivative", 0): _density_over_distribution,
}

# An exponential multiplies the rounding of its argument by the argument: half an ulp, or a few
# where the argument is a product of several factors.
ROUNDED_ARGUMENT: dict[str, Callable[..., float]] = {
    "celu": lambda x, alpha: abs(x / alpha) if alpha != 1 else 0,
    "softplus": lambda x, beta: abs(beta * x) if beta != 1 else 0,
    "gelu": lambda x, approximate: (
        6 * abs(0.8 * x + 0.036 * x * x * x) if approximate == "tanh" else 0
    ),
}


def budget(oracle: Oracle, k: int | None, point: Point, exact: Any) -> float:
    """Return the error allowed, in ulps of the exact result."""
    allowed: float = ulp.budget(oracle.name, k)
    if oracle.name in ROUNDED_ARGUMENT and point[0] < 0:
        allowed += ROUNDED_ARGUMENT[oracle.name](*point, **oracle.settings)
    if abs(exact) < SMALLEST_NORMAL:
        allowed += max(map(abs, point))  # that an operand was multiplied into a subnormal number
    if (oracle.name, k) in CANCELLING:
        summand = abs(CANCELLING[oracle.name, k](*map(mp.mpf, point)))
        if abs(exact) < summand / 8:
            number = 4 if oracle.name in SLOPES or "tanh" in oracle.settings.values() else 2
            allowed += float(number * unit(summand) / unit(exact))
    return allowed
