"""Deep networks of an activation: the variance map, its fixed point, chi and criticality.

With weights of variance sigma_w²/fan_in and biases of variance sigma_b², preactivations of variance
q have, in a wide network's next layer, the variance

    M(q) = sigma_w² E[phi(√q z)²] + sigma_b²,

and a gradient's second moment is multiplied, on its way back, by chi = sigma_w² E[phi'(√q z)²].
This module follows one input; how two inputs keep apart is in ``init.theory.correlation``. The
expectations are from ``init.theory.expectations``.

References
----------
B. Poole et al., "Exponential expressivity in deep neural networks through transient chaos",
NeurIPS 2016; S. Schoenholz et al., "Deep information propagation", ICLR 2017.
"""

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from init import _checks
from init.theory import quadrature
from init.theory.activations import Activation, ActivationLike, as_activation
from init.theory.expectations import (
    checked_variance,
    expect,
    known_slope,
    second_moment,
    slope_moment,
)
from init.theory.quadrature import ArrayFunction

__all__ = ["Critical", "chi", "critical", "fixed_point", "q_map", "q_slope"]


def q_map(
    activation: ActivationLike,
    q: float,
    *,
    sigma_w: float,
    sigma_b: float = 0.0,
    derivative: ArrayFunction | None = None,
    kinks: Iterable[float] | None = None,
) -> float:
    """Return the next layer's variance, sigma_w² E[phi(√q z)²] + sigma_b².

    Parameters
    ----------
    activation : str or callable
        phi.
    q : float
        Variance of this layer's preactivations, at least 0.
    sigma_w, sigma_b : float
        Standard deviations: of the weights times √fan_in, and of the biases; at least 0.
    derivative, kinks : optional
        As in :func:`init.theory.activations.as_activation`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For a negative number, or an activation without finite Gaussian moments.

    Examples
    --------
    >>> round(q_map("relu", 3.0, sigma_w=math.sqrt(2), sigma_b=0.5), 12)
    3.25
    """
    phi = as_activation(activation, derivative=derivative, kinks=kinks)
    return _q_map(
        phi, checked_variance("q", q), _sigma("sigma_w", sigma_w), _sigma("sigma_b", sigma_b)
    )


def q_slope(
    activation: ActivationLike,
    q: float,
    *,
    sigma_w: float,
    derivative: ArrayFunction | None = None,
    kinks: Iterable[float] | None = None,
) -> float:
    """Return dM/dq = sigma_w² E[z phi(√q z) phi'(√q z)]/√q, the slope of :func:`q_map`.

    Below 1 in absolute value at a fixed point, that point attracts.

    Parameters
    ----------
    activation : str or callable
        phi, with a known derivative.
    q : float
        Variance of the preactivations, above 0.
    sigma_w : float
        Standard deviation of the weights times √fan_in, at least 0.
    derivative, kinks : optional
        As in :func:`init.theory.activations.as_activation`.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        As :func:`chi`, and for q = 0.

    Examples
    --------
    >>> round(q_slope("relu", 5.0, sigma_w=1.0), 12)
    0.5
    """
    phi = as_activation(activation, derivative=derivative, kinks=kinks)
    if checked_variance("q", q) == 0:
        raise ValueError("q must be above 0, got 0: the slope is a limit there, take a small q")
    return _sigma("sigma_w", sigma_w) ** 2 * _half_slope(phi, q)


def chi(
    activation: ActivationLike,
    *,
    sigma_w: float,
    q: float,
    derivative: ArrayFunction | None = None,
    kinks: Iterable[float] | None = None,
) -> float:
    """Return sigma_w² E[phi'(√q z)²]: what a layer multiplies a gradient's second moment by.

    Above 1 gradients explode and two close inputs part (chaos); below 1 gradients vanish and all
    inputs become alike (order); at 1 the network is critical.

    Parameters
    ----------
    activation : str or callable
        phi, with a known derivative.
    sigma_w : float
        Standard deviation of the weights times √fan_in, at least 0.
    q : float
        Variance of the preactivations, at least 0, as at :func:`fixed_point`.
    derivative, kinks : optional
        As in :func:`init.theory.activations.as_activation`.

    Returns
    -------
    float

    Raises
    ------
    TypeError
        If phi' isn't known.
    ValueError
        For a negative number, an activation that jumps (chi is infinite then), or one without
        finite Gaussian moments.

    References
    ----------
    Poole et al. 2016, eq. 5; Schoenholz et al. 2017, eq. 5.

    Examples
    --------
    >>> round(chi("relu", sigma_w=math.sqrt(2), q=7.0), 12)
    1.0
    """
    phi = as_activation(activation, derivative=derivative, kinks=kinks)
    return _sigma("sigma_w", sigma_w) ** 2 * slope_moment(phi, checked_variance("q", q))


def fixed_point(
    activation: ActivationLike,
    *,
    sigma_w: float,
    sigma_b: float = 0.0,
    start: float = 1.0,
    derivative: ArrayFunction | None = None,
    kinks: Iterable[float] | None = None,
) -> float:
    """Return q*, the variance that a deep network started at ``start`` settles on.

    That is the next solution of M(q) = q on the side to which M moves ``start``; ``start`` itself
    if it doesn't move (every q is a fixed point of a critical ReLU network).

    Parameters
    ----------
    activation : str or callable
        phi.
    sigma_w, sigma_b : float
        Standard deviations: of the weights times √fan_in, and of the biases; at least 0.
    start : float
        Variance of the first layer's preactivations, above 0.
    derivative, kinks : optional
        As in :func:`init.theory.activations.as_activation`.

    Returns
    -------
    float
        At least 0; exactly 0 if the signal dies out.

    Raises
    ------
    ValueError
        If the variance grows without end, or the activation has no finite Gaussian moments.

    Examples
    --------
    >>> round(fixed_point("relu", sigma_w=1.0, sigma_b=1.0), 12)
    2.0
    >>> fixed_point("tanh", sigma_w=0.9)
    0.0
    """
    phi = as_activation(activation, derivative=derivative, kinks=kinks)
    w, b = _sigma("sigma_w", sigma_w), _sigma("sigma_b", sigma_b)
    q = checked_variance("start", start)
    if q == 0:
        raise ValueError(
            "start must be above 0, got 0: a network without a signal has none to keep"
        )
    return _fixed_point(phi, w, b, q)


class Critical(NamedTuple):
    """A point on the critical line: standard deviations of weights (times √fan_in) and biases."""

    sigma_w: float
    sigma_b: float


def critical(
    activation: ActivationLike,
    *,
    sigma_b: float | None = None,
    q: float | None = None,
    derivative: ArrayFunction | None = None,
    kinks: Iterable[float] | None = None,
) -> Critical:
    """Return the (sigma_w, sigma_b) at which gradients keep their size in a deep network.

    There chi = 1 at a fixed point q* of the variance. Either give ``sigma_b``, and get the
    critical point with the smallest q* that attracts (or is passed on unchanged); or give ``q``,
    the q* to have, and get the one critical point that has it, attracting or not (see
    :func:`q_slope`).

    Parameters
    ----------
    activation : str or callable
        phi, with a known derivative.
    sigma_b : float, optional
        Standard deviation of the biases, at least 0. 0 if neither is given.
    q : float, optional
        The fixed point, above 0.
    derivative, kinks : optional
        As in :func:`init.theory.activations.as_activation`.

    Returns
    -------
    Critical
        ``(sigma_w, sigma_b)``: draw weights with variance sigma_w²/fan_in, biases with sigma_b².

    Raises
    ------
    TypeError
        If both are given, or phi' isn't known.
    ValueError
        If there is no such point, the activation jumps, or it has no finite Gaussian moments.

    References
    ----------
    Schoenholz et al. 2017, figure 1; D. Roberts, S. Yaida and B. Hanin, "The Principles of Deep
    Learning Theory", 2022, section 5.3, for activations like gelu, which have attracting critical
    points only above a certain sigma_b.

    Examples
    --------
    >>> sigma_w, sigma_b = critical("relu")
    >>> round(sigma_w**2, 12), sigma_b
    (2.0, 0.0)
    >>> critical("tanh")
    Critical(sigma_w=1.0, sigma_b=0.0)
    """
    phi = as_activation(activation, derivative=derivative, kinks=kinks)
    if q is None:
        return _critical_at_bias(phi, _sigma("sigma_b", 0.0 if sigma_b is None else sigma_b))
    if sigma_b is not None:
        raise TypeError(f"give sigma_b or q, not both: got sigma_b={sigma_b!r} and q={q!r}")
    if checked_variance("q", q) == 0:
        raise ValueError("q must be above 0, got 0: for the limit q = 0 give sigma_b=0")
    bias_variance = _bias_variance(phi, q)
    if bias_variance < -_SAME * q:
        raise ValueError(
            f"{phi.name} has no critical point with q = {q:g}: chi = 1 there needs biases of "
            f"variance {bias_variance:.4g}, give another q"
        )
    return Critical(_critical_sigma_w(phi, q), math.sqrt(max(bias_variance, 0.0)))


_SAME = 1e-12
"""Two numbers this close, relatively, are the same: well above the quadrature's error."""

_LARGEST_Q = 1e30
_SMALLEST_Q = 1e-24


def _sigma(what: str, value: float) -> float:
    return _checks.number(what, value, minimum=0, why="it is a standard deviation")


def _half_slope(phi: Activation, q: float) -> float:
    """Return dM/dq for sigma_w = 1 (an integration by parts frees it of phi'')."""
    slope = known_slope(phi)
    return expect(phi, "E[x phi phi']", phi, lambda x: x * slope(x), q) / q


def _q_map(phi: Activation, q: float, sigma_w: float, sigma_b: float) -> float:
    return sigma_w**2 * second_moment(phi, q) + sigma_b**2


def _fixed_point(phi: Activation, sigma_w: float, sigma_b: float, start: float) -> float:
    def growth(q: float) -> float:
        return _q_map(phi, q, sigma_w, sigma_b) - q

    first = growth(start)
    if abs(first) <= _SAME * start:
        return start
    if first > 0:
        return _fixed_point_above(phi, growth, start, f"sigma_w={sigma_w:g}, sigma_b={sigma_b:g}")
    q = start
    while q > _SMALLEST_Q:
        low = q / 2
        if growth(low) > _SAME * low:
            return quadrature.root(growth, low, q)
        q = low
    return 0.0


def _fixed_point_above(
    phi: Activation, growth: Callable[[float], float], start: float, where: str
) -> float:
    problem = f"{phi.name} has no fixed point at {where}: the variance grows without end"
    q = start
    while q < _LARGEST_Q:
        try:
            grows = growth(2 * q) > 0
        except ValueError as error:
            raise ValueError(f"{problem} ({error})") from None
        if not grows:
            return quadrature.root(growth, q, 2 * q)
        q *= 2
    raise ValueError(f"{problem}, use smaller weights")


def _critical_sigma_w(phi: Activation, q: float) -> float:
    """Return the sigma_w for which chi = 1 at q."""
    moment = slope_moment(phi, q)
    if moment <= 0:
        raise ValueError(
            f"{phi.name} has no critical point with q = {q:g}: its slope is 0 wherever the signal "
            "goes, so chi is 0 for all weights"
        )
    return 1 / math.sqrt(moment)


def _bias_variance(phi: Activation, q: float) -> float:
    """Return the sigma_b² for which q is a fixed point when chi = 1 there; negative if none."""
    return q - _critical_sigma_w(phi, q) ** 2 * second_moment(phi, q)


def _attracts(phi: Activation, q: float) -> bool:
    return abs(_critical_sigma_w(phi, q) ** 2 * _half_slope(phi, q)) <= 1 + 1e-9


def _critical_at_bias(phi: Activation, sigma_b: float) -> Critical:
    def excess(q: float) -> float:
        return _bias_variance(phi, q) - sigma_b**2

    if abs(excess(1.0)) <= _SAME and _attracts(phi, 1.0):  # as every q for ReLU and its like
        return Critical(_critical_sigma_w(phi, 1.0), sigma_b)
    if sigma_b == 0 and _dies_out_critically(phi):
        return Critical(_critical_sigma_w(phi, 0.0), sigma_b)
    low, below = 1e-8, excess(1e-8)
    while low < 1e8:
        high = 2 * low
        try:
            above = excess(high)
        except ValueError:  # the moments are beyond float64 from here on
            break
        if (below > 0) != (above > 0):
            q = quadrature.root(excess, low, high)
            if _attracts(phi, q):
                return Critical(_critical_sigma_w(phi, q), sigma_b)
        low, below = high, above
    raise ValueError(
        f"{phi.name} has no attracting critical point with sigma_b = {sigma_b:g}: "
        "give another sigma_b, or the q to hold, as in critical(..., q=1.0)"
    )


def _dies_out_critically(phi: Activation) -> bool:
    """Say whether q = 0 is a fixed point that attracts when chi = 1 there."""
    if second_moment(phi, 0.0) != 0 or slope_moment(phi, 0.0) == 0:
        return False
    sigma_w = _critical_sigma_w(phi, 0.0)
    return all(_q_map(phi, q, sigma_w, 0.0) <= q * (1 + _SAME) for q in (1e-4, 1e-3, 1e-2))
