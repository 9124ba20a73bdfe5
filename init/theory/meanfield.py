"""Mean-field theory of a deep network: the variance map, its fixed point and chi.

With weights of variance sigma_w²/fan_in and biases of variance sigma_b², preactivations of variance
q have, in a wide network's next layer, the variance

    M(q) = sigma_w² E[phi(√q z)²] + sigma_b²,

and a gradient's second moment is multiplied, on its way back, by chi = sigma_w² E[phi'(√q z)²].
This module follows one input through given weights; which weights make a network critical is in
``init.theory.criticality``, how two inputs keep apart in ``init.theory.correlation``. The
expectations are from ``init.theory.expectations``.

References
----------
B. Poole et al., "Exponential expressivity in deep neural networks through transient chaos",
NeurIPS 2016; S. Schoenholz et al., "Deep information propagation", ICLR 2017.
"""

from collections.abc import Callable, Iterable

from init import argument_checks
from init.theory import quadrature
from init.theory.activation_functions import Activation, ActivationLike, as_activation
from init.theory.expectations import (
    checked_variance,
    expect,
    known_slope,
    second_moment,
    slope_moment,
)
from init.theory.quadrature import ArrayFunction

__all__ = ["chi", "fixed_point", "q_map", "q_slope"]


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
        As in :func:`init.theory.activation_functions.as_activation`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For a negative number, or an activation without finite Gaussian moments.

    Examples
    --------
    >>> round(q_map("relu", 3.0, sigma_w=2**0.5, sigma_b=0.5), 12)
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
        As in :func:`init.theory.activation_functions.as_activation`.

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
    slope = known_slope(phi)  # an integration by parts has freed the formula of phi''
    moment = expect(phi, "E[x phi phi']", phi, lambda x: x * slope(x), q)
    return _sigma("sigma_w", sigma_w) ** 2 * moment / q


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
        As in :func:`init.theory.activation_functions.as_activation`.

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
    >>> round(chi("relu", sigma_w=2**0.5, q=7.0), 12)
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
        As in :func:`init.theory.activation_functions.as_activation`.

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


SAME = 1e-12
"""Two numbers this close, relatively, are the same: well above the quadrature's error."""

_LARGEST_Q = 1e30
_SMALLEST_Q = 1e-24


def _sigma(what: str, value: float) -> float:
    return argument_checks.number(what, value, minimum=0, why="it is a standard deviation")


def _q_map(phi: Activation, q: float, sigma_w: float, sigma_b: float) -> float:
    return sigma_w**2 * second_moment(phi, q) + sigma_b**2


def _fixed_point(phi: Activation, sigma_w: float, sigma_b: float, start: float) -> float:
    def growth(q: float) -> float:
        return _q_map(phi, q, sigma_w, sigma_b) - q

    first = growth(start)
    if abs(first) <= SAME * start:
        return start
    if first > 0:
        return _fixed_point_above(phi, growth, start, f"sigma_w={sigma_w:g}, sigma_b={sigma_b:g}")
    q = start
    while q > _SMALLEST_Q:
        low = q / 2
        if growth(low) > SAME * low:
            # What is lost at q may be no more than rounding: then q itself is the fixed point.
            return quadrature.root(growth, low, q) if growth(q) < 0 else q
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
