"""Gaussian moments of an activation, and the gains that follow from them.

In a wide layer the preactivations are Gaussian, f = √q z with z ~ N(0, 1), so the size of a layer's
output and of its gradients are Gaussian expectations of phi and phi'. What follows for a deep
network is in ``init.theory.meanfield``.

An activation is a name, or a callable on NumPy arrays with attributes ``derivative`` and ``kinks``
(or those two as arguments): see ``init.theory.activation_functions``.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import numpy as np

from init import argument_checks
from init.gains import torch_gain
from init.theory import quadrature
from init.theory.activation_functions import Activation, ActivationLike, as_activation
from init.theory.quadrature import Array, ArrayFunction

__all__ = [
    "CONVENTIONS",
    "checked_variance",
    "expect",
    "gain",
    "known_slope",
    "mean",
    "second_moment",
    "slope_moment",
]


def mean(
    activation: ActivationLike,
    q: float = 1.0,
    *,
    derivative: ArrayFunction | None = None,
    kinks: Iterable[float] | None = None,
) -> float:
    """Return E[phi(√q z)] for z ~ N(0, 1).

    Parameters
    ----------
    activation : str or callable
        phi.
    q : float
        Variance of the preactivation, at least 0.
    derivative, kinks : optional
        As in :func:`init.theory.activation_functions.as_activation`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For a negative q, or an activation without finite Gaussian moments.

    Examples
    --------
    >>> round(mean("relu") * math.sqrt(2 * math.pi), 12)
    1.0
    """
    phi = as_activation(activation, derivative=derivative, kinks=kinks)
    return expect(phi, "E[phi]", phi, np.ones_like, q)


def second_moment(
    activation: ActivationLike,
    q: float = 1.0,
    *,
    derivative: ArrayFunction | None = None,
    kinks: Iterable[float] | None = None,
) -> float:
    """Return E[phi(√q z)²] for z ~ N(0, 1): the size of a layer's output.

    Parameters
    ----------
    activation : str or callable
        phi.
    q : float
        Variance of the preactivation, at least 0.
    derivative, kinks : optional
        As in :func:`init.theory.activation_functions.as_activation`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For a negative q, or an activation without finite Gaussian moments.

    Examples
    --------
    >>> round(second_moment("relu", q=3.0), 12)
    1.5
    """
    phi = as_activation(activation, derivative=derivative, kinks=kinks)
    return expect(phi, "E[phi^2]", phi, phi, q)


def slope_moment(
    activation: ActivationLike,
    q: float = 1.0,
    *,
    derivative: ArrayFunction | None = None,
    kinks: Iterable[float] | None = None,
) -> float:
    """Return E[phi'(√q z)²] for z ~ N(0, 1): how much of a gradient passes the activation.

    Parameters
    ----------
    activation : str or callable
        phi, with a known derivative.
    q : float
        Variance of the preactivation, at least 0; at 0 the limit from above is taken, which at a
        kink is the average over both sides.
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
        For a negative q, an activation that jumps (the mean is infinite then), or one without
        finite Gaussian moments.

    Examples
    --------
    >>> round(slope_moment("relu"), 12)
    0.5
    """
    phi = as_activation(activation, derivative=derivative, kinks=kinks)
    slope = known_slope(phi)
    if q == 0:
        both_sides = slope(np.array([-1e-150, 1e-150]))
        return float(np.mean(both_sides**2))
    return expect(phi, "E[phi'^2]", slope, slope, q)


def gain(
    activation: ActivationLike,
    *,
    convention: str = "moment",
    q: float = 1.0,
    derivative: ArrayFunction | None = None,
    kinks: Iterable[float] | None = None,
) -> float:
    """Return the gain: by how much to widen weights of variance 1/fan_in for this activation.

    Parameters
    ----------
    activation : str or callable
        phi.
    convention : {"moment", "centred", "torch"}
        ``moment``: 1/√E[phi²], which keeps E[f²], the right one for weights of mean 0.
        ``centred``: 1/√V[phi], as if the mean of phi were taken off first. ``torch``: the number
        in PyTorch's table (for activations that are in it; q plays no part).
    q : float
        Variance of the preactivation, above 0.
    derivative, kinks : optional
        As in :func:`init.theory.activation_functions.as_activation`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For an unknown convention, an activation whose moment is 0 or not finite, or one that
        PyTorch has no gain for.

    Examples
    --------
    >>> round(gain("relu"), 6), round(gain("tanh"), 6), round(gain("tanh", convention="torch"), 6)
    (1.414214, 1.592537, 1.666667)
    """
    phi = as_activation(activation, derivative=derivative, kinks=kinks)
    return argument_checks.choice("convention", convention, CONVENTIONS)(phi, q)


def checked_variance(what: str, value: float) -> float:
    """Return a variance as a float, or raise if it is negative or not finite."""
    return argument_checks.number(what, value, minimum=0, why="it is a variance")


def expect(
    phi: Activation,
    what: str,
    first: ArrayFunction,
    second: ArrayFunction,
    q: float,
    scale: float = 0.0,
) -> float:
    """Return E[first(√q z) second(√q z)], for two functions with the kinks of phi.

    ``what`` names it in messages; ``scale`` is as in :func:`quadrature.gaussian_integral`.
    """
    root_q = math.sqrt(checked_variance("q", q))
    if root_q == 0:
        origin = np.zeros(1)
        return float((first(origin) * second(origin))[0])

    def integrand(z: Array) -> Array:
        weight = quadrature.root_weight(z)
        x = root_q * z
        return (first(x) * weight) * (second(x) * weight)

    edges = quadrature.panels((kink / root_q for kink in phi.kinks), 1 / root_q)
    try:
        return quadrature.gaussian_integral(integrand, edges, scale)
    except ValueError as error:
        raise ValueError(
            f"{phi.name} has no finite Gaussian moment {what} at q = {q:g} in float64: {error}; "
            "use an activation that grows more slowly, or a smaller q"
        ) from None


def known_slope(phi: Activation) -> ArrayFunction:
    """Return phi', or raise if it isn't known or phi jumps."""
    if phi.derivative is None:
        raise TypeError(
            f"the derivative of {phi.name} must be known, got None: pass derivative=..., "
            "a function on arrays"
        )
    for kink in phi.kinks:
        jump = _jump(phi, kink)
        if jump:
            raise ValueError(
                f"{phi.name} jumps by {jump:g} at {kink:g}, so E[phi'^2] and chi are infinite: "
                "use a continuous activation"
            )
    return phi.derivative


def _jump(phi: Activation, kink: float) -> float:
    """Return by how much phi jumps at a kink: the part of a step that doesn't shrink with it."""
    steps = max(1.0, abs(kink)) * np.array([1e-6, 1e-12])
    far, near = phi(kink + steps) - phi(kink - steps)
    return float(near) if abs(near) > max(abs(far) / 2, 1e-9) else 0.0


def _reciprocal_root(phi: Activation, what: str, moment: float) -> float:
    if moment <= 0:
        raise ValueError(f"{phi.name} has no gain: {what} is {moment:g}, and no weights undo that")
    return 1 / math.sqrt(moment)


def _moment_gain(phi: Activation, q: float) -> float:
    return _reciprocal_root(phi, "E[phi^2]", second_moment(phi, q))


def _centred_gain(phi: Activation, q: float) -> float:
    middle = mean(phi, q)

    def centred(x: Array) -> Array:
        return phi(x) - middle

    rounding = 1e-16 * second_moment(phi, q)  # far above the square of a rounding error
    variance = expect(phi, "V[phi]", centred, centred, q, scale=rounding)
    return _reciprocal_root(phi, "V[phi]", variance if variance > 1e-12 * rounding else 0.0)


def _torch_gain(phi: Activation, q: float) -> float:
    return torch_gain(phi.name)


CONVENTIONS: Mapping[str, Callable[[Activation, float], float]] = MappingProxyType(
    {"moment": _moment_gain, "centred": _centred_gain, "torch": _torch_gain}
)
"""The meanings of "gain" that :func:`gain` knows."""
