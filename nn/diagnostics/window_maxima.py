"""The largest of a window of places: the moments of what a max pool gives.

The places of a window are Gaussian and have one correlation c: x = √q (√c s + √(1-c) z), with s the
same in all of them. Then the largest x is where the largest z is, and so is the largest φ(x) of a φ
that doesn't fall.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from init.theory import Activation
from nn.diagnostics.activation_moments import about_the_mean
from nn.diagnostics.layer_views import Array
from nn.diagnostics.signal_moments import Moments

__all__ = ["largest", "slope_of_largest"]


def largest(phi: Activation, x: Moments, n: int) -> Moments:
    """Return the moments of the largest φ(x) of n places; nan for a φ that falls somewhere."""
    window = _Window(phi, x, n)
    if not window.rises:
        return Moments.constant(math.nan)
    cross = x.far if math.isnan(x.cross) else (x.cross + (n - 1) * x.far) / n
    return Moments(
        window.mean(window.phi),
        window.mean(lambda z: window.phi(z) ** 2),
        window.product(x.near),
        window.product(cross),
        window.product(x.far),
    )


def slope_of_largest(phi: Activation, x: Moments, n: int) -> float:
    """Return E[φ'²] at the largest of n places."""
    window = _Window(phi, x, n)
    slope = window.phi.derivative
    return math.nan if slope is None else window.mean(lambda z: slope(z) ** 2)


class _Window:
    """A window of n places, and the grids over which its averages are taken."""

    def __init__(self, phi: Activation, x: Moments, n: int) -> None:
        self.phi, self.q, self.removed = about_the_mean(phi, x)
        self.known = math.isfinite(self.q) and self.q > 0
        self.common = self._correlation(x.near) if self.known else math.nan
        self.z, self.of_z = _largest_of(n, 400)
        self.s, self.of_s = _largest_of(1, 120)

    @property
    def rises(self) -> bool:
        reach = np.linspace(-6, 6, 601)
        return self.known and bool((np.diff(self.phi(math.sqrt(self.q) * reach)) >= 0).all())

    def _correlation(self, product: float) -> float:
        return min(1.0, max(0.0, (product - self.removed) / self.q))

    def _at(self, level: Array, function: Callable[[Array], Array]) -> Array:
        """Return the mean of a function of the largest x, given what the places share."""
        x = math.sqrt(self.q) * (level[..., None] + math.sqrt(1 - self.common) * self.z)
        return np.asarray(function(x) @ self.of_z)

    def mean(self, function: Callable[[Array], Array]) -> float:
        """Return the mean of a function of the largest x; nan without a signal."""
        if not self.known:
            return math.nan
        return float(self.of_s @ self._at(math.sqrt(self.common) * self.s, function))

    def product(self, product: float) -> float:
        """Return E[φ φ'] of two windows, which share a part of what the places of each share."""
        if math.isnan(product):
            return math.nan
        c = min(self.common, self._correlation(product))
        own = math.sqrt(self.common - c) * self.s
        levels = math.sqrt(c) * self.s[:, None] + own
        return float(self.of_s @ (self._at(levels, self.phi) @ self.of_s) ** 2)


def _largest_of(n: int, points: int) -> tuple[Array, Array]:
    """Return points and probabilities of the largest of n standard normals."""
    z = (np.arange(points) + 0.5) / points * 16 - 8
    weight = np.exp(-(z**2) / 2)
    below = (np.cumsum(weight) - weight / 2) / weight.sum()
    density = weight * below ** (n - 1)
    return z, density / density.sum()
