"""Gaussian expectations: E[f(z)] for z ~ N(0, 1), by adaptive Gauss-Legendre quadrature.

The range is cut into panels at the kinks of the integrand and at the edges of a grid; a panel on
which two rules disagree is halved until they agree. So smooth pieces converge fast, and what the
caller didn't know about the function costs time and not accuracy. What the functions mean is the
matter of ``init.theory.meanfield``.
"""

import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["REACH", "Array", "ArrayFunction", "gaussian_integral", "panels", "root", "root_weight"]

Array: TypeAlias = NDArray[np.float64]
ArrayFunction: TypeAlias = Callable[[Array], Array]

REACH = 38.0
"""The range of integration: the density at 38 is 1e-314, the last that float64 can hold."""

_AGREEMENT = 1e-12  # of the coarse rule with the fine one, whose own error is far smaller
_ROUNDS = 200  # of halving: a jump needs about 40, an integrable pole at 0 more
_MOST_PANELS = 100_000  # at a time: an integrand that is mere noise would double them for ever


@cache
def legendre(n: int) -> tuple[Array, Array]:
    """Return the nodes and the weights of Gauss's rule with n points on [-1, 1]."""
    from numpy.polynomial.legendre import leggauss  # slow to load

    nodes, weights = leggauss(n)
    return nodes, weights


def root_weight(z: Array) -> Array:
    """Return the square root of the normal density.

    The integrand of E[f g] is computed as (f root_weight)(g root_weight), so that exp(3z)², say,
    doesn't overflow where the density would have made it small.
    """
    return np.asarray(np.exp(-(z**2) / 4) / (2 * math.pi) ** 0.25)


def panels(kinks: Iterable[float], scale: float, reach: float = REACH) -> Array:
    """Return the edges to start from, ascending from ``-reach`` to ``reach`` (a whole number).

    They are a grid of step 1, 0 and the kinks, and points at distances scale/8, scale/4, ...
    around each of those: a function of x = z/scale whose features have a size of about 1 in x is
    seen, however small ``scale`` is.

    Parameters
    ----------
    kinks : iterable of float
        Where the integrand isn't smooth, in z.
    scale : float
        The size of the integrand's features, in z; above 0.
    reach : float
        How far to integrate, in z.
    """
    centres = np.array([0.0, *kinks])
    octaves = max(0, math.ceil(math.log2(1 / scale))) + 3
    distances = scale * 2.0 ** np.arange(-3, octaves - 2)
    offsets = np.concatenate([-distances, [0.0], distances])
    edges = np.concatenate([np.arange(-reach, reach + 1), *(centres[:, None] + offsets)])
    return np.unique(edges[np.abs(edges) <= reach])


def gaussian_integral(integrand: ArrayFunction, edges: Array, scale: float = 0.0) -> float:
    """Integrate a function that has the normal density in it already.

    Parameters
    ----------
    integrand : callable
        Maps an array of z to an array of the same shape.
    edges : numpy.ndarray
        Ascending, from :func:`panels`.
    scale : float
        What the error is measured against where the integral of the absolute value is smaller.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the integral doesn't exist, or is too large for float64: the integrand isn't finite,
        hasn't decayed at the ends of the range, or doesn't converge.
    """
    left, right = edges[:-1], edges[1:]
    done = 0.0
    size = scale
    for _ in range(_ROUNDS):
        fine = _rule(integrand, left, right, *legendre(24))
        difference = np.abs(fine - _rule(integrand, left, right, *legendre(12)))
        size = max(size, abs(done) + float(np.abs(fine).sum()))
        open_ = difference > _AGREEMENT * size
        done += float(fine[~open_].sum())
        if not open_.any():
            _check_decay(integrand, edges[[0, -1]], size)
            return done
        if open_.sum() > _MOST_PANELS:
            break
        left, right = left[open_], right[open_]
        middle = (left + right) / 2
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
    raise ValueError("the integral does not converge")


def _rule(
    integrand: ArrayFunction,
    left: Array,
    right: Array,
    nodes: Array,
    weights: Array,
) -> Array:
    """Return the integral over each panel [left, right] by one Gauss-Legendre rule."""
    half = (right - left) / 2
    with np.errstate(all="ignore"):  # what overflows is refused below
        values = integrand(((left + right) / 2)[:, None] + half[:, None] * nodes)
    if not np.isfinite(values).all():
        raise ValueError("the integrand is not finite everywhere")
    return np.asarray(half * (values @ weights))


def _check_decay(integrand: ArrayFunction, ends: Array, size: float) -> None:
    with np.errstate(all="ignore"):
        at_the_ends = float(np.abs(integrand(ends)).max())
    if not at_the_ends <= 1e-12 * size:
        raise ValueError("the integrand does not decay")


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Find where a continuous function crosses zero between two points of opposite sign.

    The Illinois form of false position: it keeps the bracket and converges faster than linearly.

    Parameters
    ----------
    function : callable
        A float to a float.
    low, high : float
        The bracket: ``function`` has opposite signs there, or is 0 at one of them.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the function has the same sign at both ends.

    References
    ----------
    M. Dowell and P. Jarratt, "A modified regula falsi method for computing the root of an
    equation", BIT 11, 1971.

    Examples
    --------
    >>> round(root(lambda x: x**2 - 2, 0.0, 2.0), 12)
    1.414213562373
    """
    f_low, f_high = function(low), function(high)
    if min(f_low, f_high) > 0 or max(f_low, f_high) < 0:
        raise ValueError(
            f"a bracket needs values of opposite sign at its ends, got {f_low:g} at {low:g} and "
            f"{f_high:g} at {high:g}"
        )
    side = 0
    for _ in range(200):
        if f_low == 0 or f_high == 0 or abs(high - low) <= 4e-16 * max(abs(low), abs(high)):
            break
        middle = high - f_high * (high - low) / (f_high - f_low)
        if not min(low, high) < middle < max(low, high):
            middle = (low + high) / 2
        f_middle = function(middle)
        if (f_middle > 0) == (f_high > 0):
            high, f_high = middle, f_middle
            f_low = f_low / 2 if side == 1 else f_low
            side = 1
        else:
            low, f_low = middle, f_middle
            f_high = f_high / 2 if side == -1 else f_high
            side = -1
    return low if abs(f_low) < abs(f_high) else high
