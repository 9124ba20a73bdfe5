"""The critical initialisation: the variances of weights and biases where chi = 1.

What a network of given weights and biases does is in ``init.theory.meanfield``; the strategy that
draws critical ones is in ``init.critical``.

References
----------
S. Schoenholz et al., "Deep information propagation", ICLR 2017.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple, cast

from init import argument_checks
from init.theory import quadrature
from init.theory.activation_functions import Activation, ActivationLike, as_activation
from init.theory.expectations import checked_variance, second_moment, slope_moment
from init.theory.meanfield import SAME, q_map, q_slope
from init.theory.quadrature import ArrayFunction

_FIXED_POINTS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""The sizes of signal to try for an activation that has no critical point without biases."""

__all__ = ["Critical", "critical"]


class Critical(NamedTuple):
    """A point on the critical line: standard deviations of weights (times √fan_in) and biases.

    Examples
    --------
    >>> from init import theory
    >>> point = theory.critical("relu")  # sigma_w² is 2
    >>> round(point.sigma_w**2, 9), point.sigma_b
    (2.0, 0.0)
    """

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
    :func:`init.theory.q_slope`). With neither it is the point without biases, if there is one that
    attracts; else, as for gelu, that with the smallest q* of 1, 2, 4, 8 and 16 that attracts.

    Parameters
    ----------
    activation : str or callable
        phi, with a known derivative.
    sigma_b : float, optional
        Standard deviation of the biases, at least 0.
    q : float, optional
        The fixed point, above 0.
    derivative, kinks : optional
        As in :func:`init.theory.activation_functions.as_activation`.

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
    >>> sigma_w, sigma_b = critical("gelu")
    >>> round(sigma_w, 4), round(sigma_b, 4)
    (1.4057, 0.4317)
    """
    phi = as_activation(activation, derivative=derivative, kinks=kinks)
    if q is None and sigma_b is None:
        return _without_biases_if_it_can(phi)
    if q is None:
        argument_checks.number("sigma_b", sigma_b, minimum=0, why="it is a standard deviation")
        return _critical_at_bias(phi, cast(float, sigma_b))
    if sigma_b is not None:
        raise TypeError(f"give sigma_b or q, not both: got sigma_b={sigma_b!r} and q={q!r}")
    if checked_variance("q", q) == 0:
        raise ValueError("q must be above 0, got 0: for the limit q = 0 give sigma_b=0")
    bias_variance = _bias_variance(phi, q)
    if bias_variance < -SAME * q:
        raise ValueError(
            f"{phi.name} has no critical point with q = {q:g}: chi = 1 there needs biases of "
            f"variance {bias_variance:.4g}, give another q"
        )
    return Critical(_sigma_w(phi, q), math.sqrt(max(bias_variance, 0.0)))


def _sigma_w(phi: Activation, q: float) -> float:
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
    return q - q_map(phi, q, sigma_w=_sigma_w(phi, q))


def _attracts(phi: Activation, q: float) -> bool:
    return abs(q_slope(phi, q, sigma_w=_sigma_w(phi, q))) <= 1 + 1e-9


def _without_biases_if_it_can(phi: Activation) -> Critical:
    try:
        return _critical_at_bias(phi, 0.0)
    except ValueError as error:
        for q in _FIXED_POINTS:
            bias_variance = _bias_variance(phi, q) if slope_moment(phi, q) > 0 else -1.0
            if bias_variance >= 0 and _attracts(phi, q):
                return Critical(_sigma_w(phi, q), math.sqrt(bias_variance))
        raise ValueError(str(error)) from None


def _critical_at_bias(phi: Activation, sigma_b: float) -> Critical:
    def excess(q: float) -> float:
        return _bias_variance(phi, q) - sigma_b**2

    if abs(excess(1.0)) <= SAME and _attracts(phi, 1.0):  # as every q for ReLU and its like
        return Critical(_sigma_w(phi, 1.0), sigma_b)
    if sigma_b == 0 and _dies_out_critically(phi):
        return Critical(_sigma_w(phi, 0.0), sigma_b)
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
                return Critical(_sigma_w(phi, q), sigma_b)
        low, below = high, above
    raise ValueError(
        f"{phi.name} has no attracting critical point with sigma_b = {sigma_b:g}: "
        "give another sigma_b, or the q to hold, as in critical(..., q=1.0)"
    )


def _dies_out_critically(phi: Activation) -> bool:
    """Say whether q = 0 is a fixed point that attracts when chi = 1 there."""
    if second_moment(phi, 0.0) != 0 or slope_moment(phi, 0.0) == 0:
        return False
    sigma_w = _sigma_w(phi, 0.0)
    return all(q_map(phi, q, sigma_w=sigma_w) <= q * (1 + SAME) for q in (1e-4, 1e-3, 1e-2))
