"""Functions of statistics: Γ, its derivatives, logit, and those of the normal distribution."""

from __future__ import annotations

from math import inf
from typing import Any

from autograd.numbers import gamma_functions, normal_functions
from autograd.numbers.kinds import Primitive, refuse_beyond_floats
from autograd.rules.define import elementwise
from autograd.rules.op import Edge

_POSITIVE = ((0.0, inf),)

# The gamma function, its logarithm and its derivatives --------------------------------------------


def _gamma_mp(mp: Any, x: Any) -> Any:
    refuse_beyond_floats(mp, x)
    if x <= 0 and mp.isint(x):
        return mp.nan if x else mp.inf
    return mp.gamma(x)


gamma = elementwise(
    "gamma",
    Primitive(gamma_functions.gamma, gamma_functions.gamma_of_arrays, _gamma_mp),
    "z * digamma(x)",
    symbol="Γ",
    latex=r"\Gamma({x})",
    domain=_POSITIVE,
    edges=(Edge((0.0,), (-inf,), "the one-sided limit"),),
    doc="the gamma function: (x − 1)! of a whole x",
    example=">>> autograd.special.gamma(5.0)  # 4!\n24.0",
)


def _lgamma_mp(mp: Any, x: Any) -> Any:
    refuse_beyond_floats(mp, x)
    return mp.inf if x <= 0 and mp.isint(x) else mp.re(mp.loggamma(x))


def _digamma_mp(mp: Any, x: Any) -> Any:
    refuse_beyond_floats(mp, x)
    return mp.digamma(x)


lgamma = elementwise(
    "lgamma",
    Primitive(gamma_functions.lgamma, gamma_functions.lgamma_of_arrays, _lgamma_mp),
    "digamma(x)",
    latex=r"\ln |\Gamma({x})|",
    domain=_POSITIVE,
    edges=(Edge((0.0,), (-inf,), "the one-sided limit"),),
    doc="the logarithm of the absolute value of the gamma function",
    example=">>> f\"{autograd.exp(autograd.lgamma(5.0)):.9f}\"  # 4!\n'24.000000000'",
)

digamma = elementwise(
    "digamma",
    Primitive(gamma_functions.digamma, gamma_functions.digamma_of_arrays, _digamma_mp),
    "polygamma(x, n=1)",
    symbol="ψ",
    latex=r"\psi({x})",
    domain=_POSITIVE,
    edges=(Edge((0.0,), (inf,), "the limit from both sides"),),
    doc="the derivative of lgamma",
    example=">>> f\"{autograd.digamma(1.0):.6f}\"  # −γ, Euler's constant\n'-0.577216'",
)


def _polygamma_mp(mp: Any, x: Any, n: int) -> Any:
    refuse_beyond_floats(mp, x)
    n = int(n)
    if x > 0 or x != x:
        return mp.psi(n, x)
    r = x - mp.nint(x)
    if r == 0:
        return mp.inf if n % 2 else mp.nan
    # mpmath would add up as many terms as x is large.
    pole = (-1) ** (n + 1) * mp.factorial(n) * r ** (-n - 1)
    return pole + mp.psi(n, 1 + r) + (-1) ** n * (mp.psi(n, 1 - x) - mp.psi(n, 1 - r))


_polygamma = Primitive(
    gamma_functions.polygamma, gamma_functions.polygamma_of_arrays, _polygamma_mp
)

polygamma = elementwise(
    "polygamma",
    lambda x, *, n=1: _polygamma(x, n),
    "polygamma(x, n=n + 1)",
    latex=r"\psi^{{(n)}}({x})",
    domain=_POSITIVE,
    doc="the n-th derivative of digamma, for a whole n from 1 on",
)

# Odds ---------------------------------------------------------------------------------------------

logit = elementwise(
    "logit",
    "choose(abs(x - half(x)) < 0.25, 2 * atanh(2 * x - 1), log(x / (1 - x)))",
    "1 / (x * (1 - x))",
    latex=r"\operatorname{{logit}} {x}",
    domain=((0.0, 1.0),),
    edges=(
        Edge((0.0,), (inf,), "the one-sided limit"),
        Edge((1.0,), (inf,), "the one-sided limit"),
    ),
    doc="log(x / (1 − x)): the inverse of sigmoid",
    example=">>> autograd.logit(0.5), autograd.grad(autograd.logit)(0.5)\n(0.0, 4.0)",
)

# The normal distribution --------------------------------------------------------------------------


def _erfinv_slope_mp(mp: Any, x: Any) -> Any:
    z = mp.erfinv(x)
    return mp.inf if mp.isinf(z) else mp.sqrt(mp.pi) / 2 * mp.exp(z * z)


erfinv = elementwise(
    "erfinv",
    Primitive(normal_functions.erfinv, normal_functions.erfinv_of_arrays, "erfinv"),
    "erfinv_slope(x)",
    latex=r"\operatorname{{erf}}^{{-1}}({x})",
    domain=((-1.0, 1.0),),
    edges=(
        Edge((-1.0,), (inf,), "the one-sided limit"),
        Edge((1.0,), (inf,), "the one-sided limit"),
    ),
    doc="the inverse of the error function",
    example=">>> f\"{autograd.erfinv(autograd.erf(0.3)):.12f}\"\n'0.300000000000'",
)

erfinv_slope = elementwise(
    "erfinv_slope",
    Primitive(
        normal_functions.erfinv_slope, normal_functions.erfinv_slope_of_arrays, _erfinv_slope_mp
    ),
    "2 * erfinv(x) * square(z)",
    latex=r"\frac{{\sqrt \pi}}{{2}} e^{{\operatorname{{erf}}^{{-1}}({x})^2}}",
    domain=((-1.0, 1.0),),
    doc="the slope of erfinv",
)


def _ndtri_mp(mp: Any, x: Any) -> Any:
    """The z of Φ(z) = x: Halley's method from the float's."""
    if not 0 < x < 1:
        return -mp.inf if x == 0 else mp.inf if x == 1 else mp.nan
    if x > 0.5:
        return -_ndtri_mp(mp, 1 - x)
    if x > 0.25:
        return mp.sqrt(2) * mp.erfinv(2 * x - 1)
    refuse_beyond_floats(mp, 1 / x)
    z = mp.mpf(normal_functions.ndtri(float(x)))
    for _ in range(2 + mp.prec.bit_length()):
        step = (mp.erfc(-z / mp.sqrt(2)) / 2 - x) / mp.npdf(z)
        z -= step / (1 + z * step / 2)
    return z


# Φ(z) is x, so 1/φ(z) is 1/(x m(z)) with m = φ/Φ, which loses no digits to a rounded z.
ndtri = elementwise(
    "ndtri",
    Primitive(normal_functions.ndtri, normal_functions.ndtri_of_arrays, _ndtri_mp),
    "choose(x < half(x), 1 / (x * log_ndtr_derivative(maximum(z, -39), order=1)), "
    "1 / ((1 - x) * log_ndtr_derivative(maximum(-z, -39), order=1)))",
    latex=r"\Phi^{{-1}}({x})",
    domain=((0.0, 1.0),),
    edges=(
        Edge((0.0,), (inf,), "the one-sided limit"),
        Edge((1.0,), (inf,), "the one-sided limit"),
    ),
    doc="the inverse of the normal distribution function",
    example=(
        ">>> autograd.special.ndtri(0.5), f\"{autograd.special.ndtri(0.975):.3f}\"\n(0.0, '1.960')"
    ),
)


def _log_ndtr_mp(mp: Any, x: Any) -> Any:
    refuse_beyond_floats(mp, x)
    if x > 0:
        return mp.log1p(-mp.erfc(x / mp.sqrt(2)) / 2)
    if x > -8:
        return mp.log(mp.erfc(-x / mp.sqrt(2)) / 2)
    ratio = _derivative_mp(mp, x, 1)
    return -x * x / 2 - mp.log(2 * mp.pi) / 2 - mp.log(ratio)


def _derivative_mp(mp: Any, x: Any, order: int) -> Any:
    refuse_beyond_floats(mp, x)
    if x == mp.inf:
        return mp.mpf(0)
    if x < -8:
        levels = 24 + int((mp.prec / x) ** 2 / 4)
        return normal_functions.derivative_in_tail(
            -x, normal_functions.fraction(-x, levels), int(order)
        )
    with mp.extraprec(16 * int(order)):
        ratio = 2 * mp.npdf(x) / mp.erfc(-x / mp.sqrt(2))
        found = normal_functions.derivative_in_centre(x, ratio, int(order))
    return +found


log_ndtr = elementwise(
    "log_ndtr",
    Primitive(normal_functions.log_ndtr, normal_functions.log_ndtr_of_arrays, _log_ndtr_mp),
    "log_ndtr_derivative(x, order=1)",
    latex=r"\ln \Phi({x})",
    doc="the logarithm of the normal distribution function, accurate also near its ends",
    example=(
        '>>> f"{autograd.log_ndtr(-40.0):.4f}"  # the distribution function is 0 in floats\n'
        "'-804.6084'"
    ),
)

_log_ndtr_derivative = Primitive(
    normal_functions.log_ndtr_derivative,
    normal_functions.log_ndtr_derivative_of_arrays,
    _derivative_mp,
)

# An op with all orders in it: each taken from a text of the last cancels in the tail.
log_ndtr_derivative = elementwise(
    "log_ndtr_derivative",
    lambda x, *, order=1: _log_ndtr_derivative(x, order),
    "log_ndtr_derivative(x, order=order + 1)",
    latex=r"(\ln \Phi)^{{(n)}}({x})",
    doc="a derivative of log_ndtr, up to the fourth; nan beyond",
)
