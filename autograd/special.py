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

from operator import index
from typing import Any

from autograd.ops.activation import logsigmoid as log_expit
from autograd.ops.activation import sigmoid as expit
from autograd.ops.arithmetic import floor, mod
from autograd.ops.bessel import i0
from autograd.ops.exponential import cbrt, erf, erfc, exp, exp2, expm1, log1p, xlogy
from autograd.ops.exponential import normal_cdf as ndtr
from autograd.ops.extremes import minimum
from autograd.ops.probability import digamma, erfinv, gamma, log_ndtr, logit, ndtri
from autograd.ops.probability import lgamma as gammaln
from autograd.ops.probability import polygamma as _polygamma
from autograd.ops.softmax import log_softmax, logsumexp, softmax
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
    magnitude = exp(betaln(a, b))  # which refuses what is no number, or too large for one
    # Γ is below 0 between −1 and 0, between −3 and −2, and so on: floor(x) is odd there.
    negative = mod(sum(floor(minimum(x, 0.0)) for x in (a, b, a + b)), 2.0)
    return (1.0 - 2.0 * negative) * magnitude


stands_for_scipy(
    beta=beta, betaln=betaln, cbrt=cbrt, digamma=digamma, erf=erf, erfc=erfc, erfinv=erfinv,
    exp2=exp2, expit=expit, expm1=expm1, gamma=gamma, gammaln=gammaln, i0=i0, log1p=log1p,
    log_expit=log_expit, log_ndtr=log_ndtr, logit=logit, ndtr=ndtr, ndtri=ndtri, psi=psi,
    xlogy=xlogy,
)  # fmt: skip

__all__ = [
    "beta", "betaln", "digamma", "erf", "erfc", "erfinv", "expit", "gamma", "gammaln", "log_expit",
    "log_ndtr", "log_softmax", "logit", "logsumexp", "ndtr", "ndtri", "polygamma", "psi", "softmax",
    "xlogy",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)
