"""The moments of a function of a Gaussian signal, with a mean or without."""

from __future__ import annotations

import math

import numpy as np

from init import theory
from init.theory import Activation
from nn.diagnostics.signal_moments import Moments

__all__ = ["about_the_mean", "activated", "slope_moment"]


def activated(phi: Activation, x: Moments) -> Moments:
    """Return the moments of φ(x), for a Gaussian x."""
    phi, q, removed = about_the_mean(phi, x)
    if q == 0:  # every unit is at one number
        value = float(phi(np.zeros(1))[0])
        return Moments.constant(value)
    if not math.isfinite(q):
        return Moments(math.nan, q, math.nan, math.nan, math.nan)
    try:
        mean, square = theory.mean(phi, q), theory.second_moment(phi, q)
    except ValueError:  # no finite moments
        return Moments.constant(math.nan)
    if abs(mean) <= 1e-12 * math.sqrt(square):
        mean = 0.0  # an odd phi's
    found = {x.square: square}

    def between(product: float) -> float:
        if product not in found:
            found[product] = _product(phi, q, product - removed, square)
        return found[product]

    near, cross, far = map(between, x.products[1:])
    return Moments(mean, square, near, cross, far, x.power)


def _product(phi: Activation, q: float, covariance: float, square: float) -> float:
    if math.isnan(covariance):  # there is no other sample
        return math.nan
    c = min(1.0, max(-1.0, covariance / q))
    try:
        return square * theory.correlation_map(phi, c, sigma_w=1.0, q=q)
    except ValueError:  # no signal
        return math.nan


def about_the_mean(phi: Activation, x: Moments) -> tuple[Activation, float, float]:
    """Return φ as a function of x less its mean, the variance of that, and the mean's square."""
    m = x.mean
    if m == 0 or not math.isfinite(m) or not math.isfinite(x.square):
        return phi, x.square, 0.0
    slope = phi.derivative
    moved = Activation(
        phi.name,
        lambda z: phi(z + m),
        None if slope is None else lambda z: slope(z + m),
        tuple(kink - m for kink in phi.kinks),
    )
    return moved, max(0.0, x.square - m * m), m * m


def slope_moment(phi: Activation, x: Moments) -> float:
    """Return E[φ'(x)²]."""
    phi, q, _ = about_the_mean(phi, x)
    try:
        return theory.slope_moment(phi, q) if math.isfinite(q) else math.nan
    except ValueError:
        return math.nan
