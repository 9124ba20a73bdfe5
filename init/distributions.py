"""Distributions that weights are drawn from, each with mean 0 and a given variance.

To add one, add a row to ``DISTRIBUTIONS``. Which variance they get is up to the strategies.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["DISTRIBUTIONS", "TRUNCATED_STD", "Distribution", "Draw"]

Draw: TypeAlias = "Callable[[np.random.Generator, tuple[int, ...]], NDArray[np.float64]]"
"""Draws an array of a shape from a generator."""

TRUNCATED_STD = 0.8796256610342398
"""Standard deviation of a standard normal cut off at two standard deviations on each side.

Its square is 1 - 4 phi(2) / (2 Phi(2) - 1), with the normal density phi and distribution Phi.
"""


@dataclass(frozen=True)
class Distribution:
    """A family of distributions of mean 0, which is scaled to a given variance.

    Attributes
    ----------
    draw : callable
        ``draw(rng, shape)`` gives float64 values of variance 1/``precision``.
    precision : float
        One over the variance of what ``draw`` gives.
    limit : float
        The largest absolute value that ``draw`` can give.

    Examples
    --------
    >>> DISTRIBUTIONS["uniform"].bound(variance=3.0)
    3.0
    """

    draw: Draw
    precision: float
    limit: float

    def sample(
        self, rng: np.random.Generator, shape: tuple[int, ...], variance: float
    ) -> NDArray[np.float64]:
        """Draw an array of ``shape`` with mean 0 and the given variance."""
        return np.asarray(math.sqrt(variance * self.precision) * self.draw(rng, shape))

    def bound(self, variance: float) -> float:
        """Return the largest absolute value there can be at the given variance."""
        return math.sqrt(variance * self.precision) * self.limit if variance else 0.0


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.asarray(rng.standard_normal(shape))


def _uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.asarray(rng.uniform(-1, 1, shape))


def _truncated_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    z = np.array(rng.standard_normal(shape))
    outside = np.abs(z) > 2
    while outside.any():  # one normal in 22 falls outside, so this ends after a few rounds
        z[outside] = rng.standard_normal(int(outside.sum()))
        outside = np.abs(z) > 2
    return z


DISTRIBUTIONS: Mapping[str, Distribution] = MappingProxyType(
    {
        "normal": Distribution(_normal, precision=1.0, limit=math.inf),
        "uniform": Distribution(_uniform, precision=3.0, limit=1.0),
        "truncated_normal": Distribution(
            _truncated_normal, precision=1 / TRUNCATED_STD**2, limit=2.0
        ),
    }
)
"""The distributions that a strategy can use, by name."""
