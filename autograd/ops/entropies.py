"""Functions of statistics that are written in others: the scaled error functions, and entropies."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from autograd.node.node import raw
from autograd.numbers.kinds import sqrt_2, sqrt_2_over_pi
from autograd.ops.arithmetic import div
from autograd.ops.exponential import exp, log1p, xlogy
from autograd.ops.extremes import clip
from autograd.ops.probability import log_ndtr_derivative, ndtri
from autograd.ops.selection import where
from autograd.ops.whole_parts import trunc


def erfcx(x: Any) -> Any:
    """Return e^(x²) erfc(x), which doesn't underflow.

    Parameters
    ----------
    x : number, array, Value or Tensor

    Examples
    --------
    >>> from autograd import special
    >>> f"{special.erfcx(1e4):.6e}"  # nearly 1/(x √π)
    '5.641896e-05'
    """
    size = where(x < 0, -x, x)  # whose slope at 0 is 1: it isn't a kink of the result
    far = sqrt_2_over_pi(x) / log_ndtr_derivative(-sqrt_2(x) * size, order=1)
    return where(x < 0, 2.0 * _exp_of_square(where(x < 0, x, 0.0)) - far, far)


def _exp_of_square(x: Any) -> Any:
    """Return e^(x²), with the digits that a rounded square loses, and the slope 2x e^(x²).

    1/e^(−x²) has the same value, but the square in its slope underflows.
    """
    near = trunc(16.0 * clip(x, -30.0, 30.0)) / 16.0  # its square is exact, and its slope is 0
    return exp(near * near) * exp((x - near) * (x + near))


def erfcinv(x: Any) -> Any:
    """Return the inverse of erfc, accurate near 0 too.

    Parameters
    ----------
    x : number, array, Value or Tensor
        From 0 to 2.

    Examples
    --------
    >>> from autograd import special
    >>> f"{special.erfcinv(special.erfc(5.0)):.12f}"
    '5.000000000000'
    """
    return -ndtri(x / 2) / sqrt_2(x)


def xlog1py(x: Any, y: Any) -> Any:
    """Return x log(1 + y), and 0 where x is 0.

    Parameters
    ----------
    x, y : number, array, Value or Tensor

    Examples
    --------
    >>> from autograd import special
    >>> special.xlog1py(0.0, -1.0), f"{special.xlog1py(2.0, 1e-20):.2e}"
    (0.0, '2.00e-20')
    """
    return x * log1p(where((x == 0) & ((y <= -1) | (y == inf)), 0.0, y))


def entr(x: Any) -> Any:
    """Return −x log x, of which an entropy is the sum: −∞ below 0.

    Parameters
    ----------
    x : number, array, Value or Tensor
        At 0 the value is 0, and so is the slope, as in ``xlogy``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import special
    >>> float(special.entr(np.array([0.5, 0.5, 0.0])).sum() / np.log(2))  # in bits
    1.0
    """
    return where(x < 0, -inf, -xlogy(x, x))


def rel_entr(x: Any, y: Any) -> Any:
    """Return x log(x/y), of which a relative entropy is the sum: 0 where x is 0, ∞ below 0.

    Parameters
    ----------
    x, y : number, array, Value or Tensor
        Where x is 0, the slope is 0 too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import special
    >>> p, q = np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.25, 0.5])
    >>> float(special.rel_entr(p, q).sum() / np.log(2))  # in bits
    1.0
    """
    is_0 = x == 0
    above, under = where(is_0, 1.0, x), where(is_0, 1.0, y + 0.0)  # 0 for -0.0
    ratio = div(above, under)
    finite = (above > 0) & (under > 0) & (above < inf) & (under < inf)
    apart = finite & (_has_left_range(ratio) | _has_left_range(div(ratio, under)))
    difference = xlogy(x, above) - xlogy(x, where(apart, under, 1.0))
    found = where(apart, difference, xlogy(x, where(apart, 1.0, ratio)))
    return where(_is_below_0(x, y), inf, found)


def _has_left_range(x: Any) -> Any:
    """Whether a positive quotient overflowed, or is too small for all its digits."""
    limits = np.finfo(getattr(raw(x), "dtype", float))
    return (x < float(limits.smallest_normal)) | (x > float(limits.max))


def _is_below_0(x: Any, y: Any) -> Any:
    """Whether one is below 0, and the other one no nan."""
    return ((x < 0) & (y == y)) | ((y < 0) & (x == x))


def kl_div(x: Any, y: Any) -> Any:
    """Return x log(x/y) − x + y, which is never below 0: ∞ where x or y is below 0.

    Parameters
    ----------
    x, y : number, array, Value or Tensor

    Examples
    --------
    >>> from autograd import special
    >>> special.kl_div(2.0, 2.0), special.kl_div(0.0, 3.0)
    (0.0, 3.0)
    """
    return where(_is_below_0(x, y), inf, rel_entr(x, y) - x + y)
