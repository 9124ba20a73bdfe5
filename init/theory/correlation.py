"""The correlation map of two inputs in a deep network, its fixed point, and depth scales.

Two inputs whose preactivations have variance q and correlation c have, a layer on, correlation

    C(c) = (sigma_w² E[phi(u) phi(v)] + sigma_b²) / M(q),   u, v ~ N(0, q) with correlation c.

C(1) = 1, and the slope there is chi. The variance map M and chi are in ``init.theory.meanfield``.

References
----------
Poole et al. 2016, eq. 4 and 5; Schoenholz et al. 2017, eq. 6-9.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from init import argument_checks
from init.theory import meanfield, quadrature
from init.theory.activation_functions import Activation, ActivationLike, as_activation
from init.theory.expectations import expect
from init.theory.quadrature import Array, ArrayFunction

__all__ = ["DepthScale", "correlation_fixed_point", "correlation_map", "depth_scale"]


def correlation_map(
    activation: ActivationLike,
    c: float,
    *,
    sigma_w: float,
    sigma_b: float = 0.0,
    q: float | None = None,
    derivative: ArrayFunction | None = None,
    kinks: Iterable[float] | None = None,
) -> float:
    """Return the correlation of two inputs one layer on.

    Parameters
    ----------
    activation : str or callable
        phi.
    c : float
        Their correlation at this layer, in [-1, 1].
    sigma_w, sigma_b : float
        Standard deviations: of the weights times √fan_in, and of the biases; at least 0.
    q : float, optional
        The variance of both, above 0; the fixed point if it isn't given.
    derivative, kinks : optional
        As in :func:`init.theory.activation_functions.as_activation`.

    Returns
    -------
    float
        In [-1, 1].

    Raises
    ------
    ValueError
        For c outside [-1, 1], or where there is no signal (q = 0, or weights and biases 0).

    Examples
    --------
    >>> round(correlation_map("relu", 0.0, sigma_w=math.sqrt(2)) * math.pi, 12)
    1.0
    """
    phi = as_activation(activation, derivative=derivative, kinks=kinks)
    if abs(argument_checks.number("c", c)) > 1:
        raise ValueError(f"c must be a correlation, in [-1, 1], got {c:g}")
    held = meanfield.fixed_point(phi, sigma_w=sigma_w, sigma_b=sigma_b) if q is None else q
    return _correlation(phi, c, sigma_w, sigma_b, held)


def correlation_fixed_point(
    activation: ActivationLike,
    *,
    sigma_w: float,
    sigma_b: float = 0.0,
    derivative: ArrayFunction | None = None,
    kinks: Iterable[float] | None = None,
) -> float:
    """Return c*, the correlation that two different inputs settle on in a deep network.

    1 where chi <= 1 (order: all inputs become alike), and below 1 in chaos.

    Parameters
    ----------
    activation : str or callable
        phi, with a known derivative.
    sigma_w, sigma_b : float
        Standard deviations: of the weights times √fan_in, and of the biases; at least 0.
    derivative, kinks : optional
        As in :func:`init.theory.activation_functions.as_activation`.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    TypeError, ValueError
        As :func:`init.theory.meanfield.fixed_point` and :func:`init.theory.meanfield.chi`.

    Examples
    --------
    >>> correlation_fixed_point("tanh", sigma_w=0.9, sigma_b=0.1)
    1.0
    >>> correlation_fixed_point("tanh", sigma_w=2.0)
    0.0
    """
    phi = as_activation(activation, derivative=derivative, kinks=kinks)
    q = meanfield.fixed_point(phi, sigma_w=sigma_w, sigma_b=sigma_b)
    return _correlation_fixed_point(phi, sigma_w, sigma_b, q)


class DepthScale(NamedTuple):
    """Over how many layers a difference shrinks by a factor e, once it is small.

    Attributes
    ----------
    variance : float
        For the difference of a signal's variance from q*: -1/log |dM/dq|.
    correlation : float
        For the difference of two inputs' correlation from c*: -1/log |dC/dc|. Networks can be
        trained to a depth of a few times this; it is infinite at criticality.

    Examples
    --------
    >>> from init import theory
    >>> found = theory.depth_scale("tanh", sigma_w=1.0 / 2**0.5)
    >>> round(found.correlation, 4)  # −1 / log ½: at q* = 0 the slope of tanh is 1
    1.4427
    """

    variance: float
    correlation: float


def depth_scale(
    activation: ActivationLike,
    *,
    sigma_w: float,
    sigma_b: float = 0.0,
    derivative: ArrayFunction | None = None,
    kinks: Iterable[float] | None = None,
) -> DepthScale:
    """Return the depth scales of a signal's size and of the difference of two inputs.

    Parameters
    ----------
    activation : str or callable
        phi, with a known derivative.
    sigma_w, sigma_b : float
        Standard deviations: of the weights times √fan_in, and of the biases; at least 0.
    derivative, kinks : optional
        As in :func:`init.theory.activation_functions.as_activation`.

    Returns
    -------
    DepthScale
        In layers; ``inf`` where a difference is kept for ever (or falls more slowly than
        exponentially), 0 where one layer removes it.

    Raises
    ------
    TypeError, ValueError
        As :func:`init.theory.meanfield.fixed_point` and :func:`init.theory.meanfield.chi`.

    References
    ----------
    Schoenholz et al. 2017, eq. 8 and 9.

    Examples
    --------
    >>> scale = depth_scale("relu", sigma_w=1.0, sigma_b=1.0)
    >>> round(scale.correlation * math.log(2), 12)
    1.0
    """
    phi = as_activation(activation, derivative=derivative, kinks=kinks)
    q = meanfield.fixed_point(phi, sigma_w=sigma_w, sigma_b=sigma_b)
    at_one = meanfield.chi(phi, sigma_w=sigma_w, q=q)
    if q == 0:  # phi is linear for a vanishing signal, so both rates are the same
        return DepthScale(_layers(at_one), _layers(at_one))
    variance = _layers(meanfield.q_slope(phi, q, sigma_w=sigma_w))
    c = _correlation_fixed_point(phi, sigma_w, sigma_b, q)
    if c == 1 or phi.derivative is None:
        return DepthScale(variance, _layers(at_one))
    return DepthScale(variance, _layers(sigma_w**2 * _pair(phi, phi.derivative, q, c)))


def _layers(rate: float) -> float:
    """Return the depth over which rateˡ falls by a factor e."""
    if rate == 0:
        return 0.0
    return math.inf if abs(rate) >= 1 - 1e-12 else -1 / math.log(abs(rate))


def _correlation(phi: Activation, c: float, sigma_w: float, sigma_b: float, q: float) -> float:
    size = meanfield.q_map(phi, q, sigma_w=sigma_w, sigma_b=sigma_b)
    if q <= 0 or size == 0:
        raise ValueError(
            f"{phi.name} has no correlation map at q = {q:g}, sigma_w = {sigma_w:g}, "
            f"sigma_b = {sigma_b:g}: there is no signal to correlate"
        )
    ratio = (sigma_w**2 * _pair(phi, phi, q, c) + sigma_b**2) / size
    return min(1.0, max(-1.0, ratio))


def _correlation_fixed_point(phi: Activation, sigma_w: float, sigma_b: float, q: float) -> float:
    if meanfield.chi(phi, sigma_w=sigma_w, q=q) <= 1 + 1e-9:
        return 1.0

    def growth(c: float) -> float:
        return _correlation(phi, c, sigma_w, sigma_b, q) - c

    if growth(0.0) <= 1e-14:
        return 0.0
    for gap in 10.0 ** -np.arange(1, 11):  # C is convex on [0, 1], so it is below c just before 1
        if growth(1 - gap) < 0:
            return quadrature.root(growth, 0.0, 1 - gap)
    return 1.0


_REACH = 12.0
_NODES = 16  # of a panel
_WIDE, _WIDEST = 30.0, 1e3  # standard deviations beyond which panels of one width are too many
_AT_ONCE = 2**18  # numbers: with all at once, a signal of size 1,000 took 7 GB


def _pair(phi: Activation, function: ArrayFunction, q: float, c: float) -> float:
    """Return E[f(u) f(v)] for u, v ~ N(0, q) with correlation c; f has the kinks of phi.

    u = √q (√|c| s + √(1-|c|) z) and v = √q (±√|c| s + √(1-|c|) z') share s alone. Averaging over
    z first, to G, leaves E[G(s) G(±s)]: two simple integrals in place of a double one.
    """
    shared, own = math.sqrt(q * abs(c)), math.sqrt(q * (1 - abs(c)))
    if shared == 0:
        middle = _smoothed(phi, function, np.zeros(1), own)
        return float(middle[0] ** 2)
    alike = expect(phi, "E[f^2]", function, function, q)  # the result is at most this

    def integrand(s: Array) -> Array:
        weight = quadrature.root_weight(s)
        left = _smoothed(phi, function, shared * s, own)
        right = left if c > 0 else _smoothed(phi, function, -shared * s, own)
        return (left * weight) * (right * weight)

    finest = min(1.0, max(own, 1e-8 * shared))  # G is smooth over ``own``, f over 1, in x
    kinks = [kink / shared for k in phi.kinks for kink in (k, -k)]
    edges = quadrature.panels(kinks, min(1.0, finest / shared), _REACH)
    try:
        return quadrature.gaussian_integral(integrand, edges, scale=alike)
    except ValueError as error:
        raise ValueError(
            f"{phi.name} has no finite Gaussian moment at q = {q:g}, c = {c:g}: {error}"
        ) from None


def _smoothed(phi: Activation, function: ArrayFunction, middle: Array, width: float) -> Array:
    """Return E[f(m + width z)] for each m in ``middle``, each split at its own kinks."""
    if width == 0:
        return function(middle)
    if width > _WIDE:  # far from 0 most activations are smooth: panels grow with the distance
        distances = 2.0 ** np.arange(-3, math.log2(4 * _REACH * width))
        places = (*phi.kinks, 0.0, *distances, *-distances)
        grid = np.arange(-_REACH, _REACH + 1)
        found = _in_parts(function, places, middle, width, grid, _NODES)
        error = np.abs(found - _in_parts(function, places, middle, width, grid, _NODES - 4))
        if (error <= 1e-9 * np.abs(found).max()).all():
            return found
    if width > _WIDEST:
        raise ValueError(f"it varies too fast for a signal of standard deviation {width:g}")
    panel_count = math.ceil(2 * _REACH * max(1.0, width / 1.5))
    grid = np.linspace(-_REACH, _REACH, panel_count + 1)
    return _in_parts(function, phi.kinks, middle, width, grid, _NODES)


def _in_parts(
    function: ArrayFunction, kinks: tuple[float, ...], middle: Array, width: float, grid: Array,
    nodes: int,
) -> Array:  # fmt: skip
    rows = max(1, _AT_ONCE // ((grid.size + len(kinks)) * nodes))
    parts = [
        _averaged(function, kinks, middle.ravel()[k : k + rows, None], width, grid, nodes)
        for k in range(0, middle.size, rows)
    ]
    return np.concatenate(parts).reshape(middle.shape)


def _averaged(
    function: ArrayFunction, kinks: tuple[float, ...], m: Array, width: float, grid: Array,
    count: int,
) -> Array:  # fmt: skip
    places = np.clip((np.array(kinks) - m) / width, -_REACH, _REACH)
    edges = np.sort(np.concatenate([np.broadcast_to(grid, (m.size, grid.size)), places], axis=1))
    nodes, weights = quadrature.legendre(count)
    half = (edges[:, 1:] - edges[:, :-1])[..., None] / 2
    z = (edges[:, 1:] + edges[:, :-1])[..., None] / 2 + half * nodes
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    values = function(m[..., None] + width * z) * density * half
    return np.asarray((values @ weights).sum(axis=1))
