"""Special functions, by SciPy's names: on numbers, arrays, Values and Tensors.

Of a node t, ``scipy.special.gammaln(t)`` is ``autograd.special.gammaln(t)``, and so for the others
that are ufuncs there. None of them needs SciPy.

Examples
--------
>>> from autograd import Value, special
>>> x = Value(2.0)
>>> special.gammaln(x).backward()
>>> round(x.grad, 12)
0.422784335098
"""

from __future__ import annotations

from math import inf, log, nan, pi
from operator import index
from typing import Any

import numpy as np

from autograd.node.node import Node, raw
from autograd.numbers.incomplete_gamma import LARGEST_SHAPE
from autograd.numbers.kinds import two_over_sqrt_pi
from autograd.numbers.words import with_article
from autograd.ops import gamma_distribution
from autograd.ops.activation import logsigmoid as log_expit
from autograd.ops.activation import sigmoid as expit
from autograd.ops.arithmetic import floor, mod
from autograd.ops.bessel import i0, i0e, i1, i1e, iv, ive, j0, j1, jv
from autograd.ops.entropies import entr, erfcinv, erfcx, kl_div, rel_entr, xlog1py
from autograd.ops.exponential import cbrt, erf, erfc, exp, exp2, expm1, log1p, xlogy
from autograd.ops.exponential import normal_cdf as ndtr
from autograd.ops.extremes import minimum
from autograd.ops.probability import (
    digamma,
    erfinv,
    gamma,
    log_ndtr,
    logit,
    ndtri,
)
from autograd.ops.probability import lgamma as gammaln
from autograd.ops.probability import polygamma as _polygamma
from autograd.ops.selection import where
from autograd.ops.softmax import log_softmax, logsumexp, softmax
from autograd.ops.trigonometric import sinc
from autograd.rules.op_registry import stands_for_scipy

psi = digamma


def polygamma(n: int, x: Any) -> Any:
    """Return the n-th derivative of digamma at ``x``: digamma itself for 0.

    Parameters
    ----------
    n : int
        The order of the derivative.
    x : number, array, Value or Tensor

    Raises
    ------
    ValueError
        If ``n`` is negative.

    Examples
    --------
    >>> from autograd import special
    >>> round(special.polygamma(1, 1.0), 12)  # π²/6
    1.644934066848
    """
    n = index(n)
    if n < 0:
        raise ValueError(f"polygamma needs an order of 0 or more, got {n}")
    return _polygamma(x, n=n) if n else digamma(x)


def multigammaln(a: Any, d: int) -> Any:
    """Return the logarithm of the gamma function of d dimensions, of the Wishart distribution.

    Parameters
    ----------
    a : number, array, Value or Tensor
        More than (d − 1)/2.
    d : int
        The dimension, from 1 on.

    Raises
    ------
    ValueError
        If ``d`` is below 1.

    Examples
    --------
    >>> from autograd import special
    >>> f"{special.multigammaln(1.5, 2):.6f}"  # log(√π Γ(3/2) Γ(1)), which is log(π/2)
    '0.451583'
    """
    d = index(d)
    if d < 1:
        raise ValueError(f"multigammaln needs a dimension of 1 or more, got {d}")
    return sum((gammaln(a - j / 2) for j in range(d)), d * (d - 1) / 4 * log(pi))


def rgamma(x: Any) -> Any:
    """Return 1/Γ(x), which is 0, with a slope, where Γ has its poles.

    Parameters
    ----------
    x : number, array, Value or Tensor

    Examples
    --------
    >>> from autograd import grad, special
    >>> special.rgamma(5.0) * 24, special.rgamma(-1.0), grad(special.rgamma)(-1.0)
    (1.0, 0.0, -1.0)
    """
    reflected, is_inf = x < 0.5, x == inf
    below = where(reflected, x, 0.0)  # 1/Γ(x) = Γ(1 − x) sin(πx)/π
    first, second, third = _gamma_in_factors(1 - below)
    of_reflected = below * sinc(below) * first * second * third
    found = _one_over_gamma(where(reflected | is_inf, 1.0, x))
    return where(reflected, of_reflected, where(is_inf, 0.0, found))


def _one_over_gamma(x: Any) -> Any:
    """Return 1/Γ(x) of x above 0.

    The slope of a quotient has the square of Γ(x), which overflows. So where Γ(x) is large the
    quotient is a constant, and the slope that of a factor e^(log Γ(x₀) − log Γ(x)), which is 1.
    """
    far = x > 5
    large = where(far, x, 6.0)
    first, second, third = _gamma_in_factors(_constant(large))
    logarithm = gammaln(large)
    one = exp(_constant(logarithm) - logarithm)
    return where(far, 1 / first / second / third * one, 1 / gamma(where(far, 1.0, x)))


def _constant(x: Any) -> Any:
    """Return the same number as a constant: a recording keeps what it is made of."""
    return getattr(x, "detach", lambda: x)()


def _gamma_in_factors(x: Any) -> tuple[Any, Any, Any]:
    """Return finite numbers whose product is Γ(x): none overflows where 1/Γ(x) is above 0.

    By Legendre's duplication formula, Γ(x) = 2^(x−2) (x − 1) Γ(x/2) Γ((x − 1)/2)/√π.
    """
    far = x > 5
    before = where(far, x - 1, 2.0)
    first, second = gamma(where(far, x / 2, x)), gamma(before / 2)
    third = where(far, exp2(before - 1) * before * (two_over_sqrt_pi(x) / 2), 1.0)
    largest = float(np.finfo(getattr(raw(x), "dtype", float)).max)
    first, second, third = (where(z == inf, largest, z) for z in (first, second, third))
    return first, second, third


def gammasgn(x: Any) -> Any:
    """Return the sign of Γ(x), and nan at its poles: it has no slope.

    Parameters
    ----------
    x : number, array, Value or Tensor

    Examples
    --------
    >>> from autograd import special
    >>> special.gammasgn(-0.5), special.gammasgn(2.0)
    (-1.0, 1.0)
    """
    below = minimum(x, 0.0)
    return where((x < 0) & (floor(x) == x), nan, 1.0 - 2.0 * mod(floor(below), 2.0))


# The gamma distribution ---------------------------------------------------------------------------


def gammainc(a: Any, x: Any) -> Any:
    """Return the regularised lower incomplete gamma function P(a, x).

    Parameters
    ----------
    a : number or array
        The shape, up to 10⁸. It isn't differentiated, nor is it by PyTorch.
    x : number, array, Value or Tensor
        From 0 on.

    Raises
    ------
    TypeError
        If ``a`` is a node.
    ValueError
        If ``a`` is above 10⁸, where the series has too many terms.

    Examples
    --------
    >>> from autograd import grad, special
    >>> p = lambda x: special.gammainc(2.0, x)
    >>> f"{p(1.0):.6f}, {grad(p)(1.0):.6f}"  # 1 − 2/e, and x e^(−x)
    '0.264241, 0.367879'
    """
    return gamma_distribution.gammainc(x, a=_shape("gammainc", a))


def gammaincc(a: Any, x: Any) -> Any:
    """Return the regularised upper incomplete gamma function Q(a, x) = 1 − P(a, x).

    Parameters
    ----------
    a : number or array
        The shape, up to 10⁸. It isn't differentiated, nor is it by PyTorch.
    x : number, array, Value or Tensor
        From 0 on.

    Raises
    ------
    TypeError, ValueError
        As :func:`gammainc`.

    Examples
    --------
    >>> from autograd import special
    >>> f"{special.gammaincc(2.0, 1.0):.6f}"  # 2/e
    '0.735759'
    """
    return gamma_distribution.gammaincc(x, a=_shape("gammaincc", a))


def _shape(name: str, a: Any) -> Any:
    if isinstance(a, Node):
        raise TypeError(
            f"{name} isn't differentiated by its shape a, got {with_article(a)}: give plain "
            "numbers, a.data"
        )
    if np.any(np.asarray(a) > LARGEST_SHAPE):
        raise ValueError(
            f"{name} takes a shape a up to 1e8, got {np.max(a)}: beyond, it is nearly the normal "
            "distribution's, special.ndtr((x - a) / a**0.5)"
        )
    return float(a) if np.ndim(a) == 0 else a


# Beta ---------------------------------------------------------------------------------------------


def betaln(a: Any, b: Any) -> Any:
    """Return log |B(a, b)|: the logarithm of the beta function, by three of gamma's.

    They cancel: of numbers that differ by a factor of 1000 it has some three digits less.

    Parameters
    ----------
    a, b : number, array, Value or Tensor

    Examples
    --------
    >>> from autograd import special
    >>> f"{special.betaln(1.0, 4.0):.6f}"  # B(1, b) is 1/b: −log 4
    '-1.386294'
    """
    return gammaln(a) + gammaln(b) - gammaln(a + b)


def beta(a: Any, b: Any) -> Any:
    """Return Euler's beta function B(a, b) = Γ(a) Γ(b)/Γ(a + b).

    Parameters
    ----------
    a, b : number, array, Value or Tensor

    Examples
    --------
    >>> from autograd import special
    >>> round(special.beta(2.0, 3.0), 12), round(special.beta(-0.5, 2.0), 12)
    (0.083333333333, -4.0)
    """
    size = exp(betaln(a, b))  # which refuses what is no number, or too large for one
    # Γ is below 0 between −1 and 0, between −3 and −2, and so on: floor(x) is odd there.
    negative = mod(sum(floor(minimum(x, 0.0)) for x in (a, b, a + b)), 2.0)
    return (1.0 - 2.0 * negative) * size


stands_for_scipy(
    beta=beta, betaln=betaln, cbrt=cbrt, digamma=digamma, entr=entr, erf=erf, erfc=erfc,
    erfcinv=erfcinv, erfcx=erfcx, erfinv=erfinv, exp2=exp2, expit=expit, expm1=expm1, gamma=gamma,
    gammainc=gammainc, gammaincc=gammaincc, gammaln=gammaln, gammasgn=gammasgn, i0=i0, i0e=i0e,
    i1=i1, i1e=i1e, iv=iv, ive=ive, j0=j0, j1=j1, jv=jv, kl_div=kl_div, log1p=log1p,
    log_expit=log_expit, log_ndtr=log_ndtr, logit=logit, ndtr=ndtr, ndtri=ndtri, psi=psi,
    rel_entr=rel_entr, rgamma=rgamma, xlog1py=xlog1py, xlogy=xlogy,
)  # fmt: skip

__all__ = [
    "beta", "betaln", "digamma", "entr", "erf", "erfc", "erfcinv", "erfcx", "erfinv", "expit",
    "gamma", "gammainc", "gammaincc", "gammaln", "gammasgn", "i0", "i0e", "i1", "i1e", "iv", "ive",
    "j0", "j1", "jv", "kl_div", "log_expit", "log_ndtr", "log_softmax", "logit", "logsumexp",
    "multigammaln", "ndtr", "ndtri", "polygamma", "psi", "rel_entr", "rgamma", "softmax", "xlog1py",
    "xlogy",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)
