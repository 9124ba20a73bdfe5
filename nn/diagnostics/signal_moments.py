"""The moments of a signal: what mean-field theory follows through a network.

An axis of a signal is one of three: of samples (``s``), of units (``u``: features, channels, heads)
or of places (``p``: tokens, pixels). ``roles`` has a letter for each axis: ``"su"`` for a batch of
vectors, ``"spu"`` for tokens, ``"supp"`` for images. Units are alike; what tells samples and places
apart is how much two of them have in common.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from nn.diagnostics.layer_views import Array

__all__ = ["Moments", "measured", "over_the_average", "sizes"]


@dataclass(frozen=True, eq=False)
class Moments:
    """Averages over units, samples and places, of x and of products x x' of one unit.

    Attributes
    ----------
    mean, square : float
        E[x] and E[x²].
    near : float
        E[x x'] for x' at another place of the same sample; ``square`` if there is one place.
    cross : float
        E[x x'] for x' at the same place of another sample; nan if there is one sample.
    far : float
        E[x x'] for x' at another place of another sample; ``cross`` if there is one place.
    power : numpy.ndarray, optional
        E[x²] at each place of an image, over the average; None where all places are alike.
    """

    mean: float
    square: float
    near: float
    cross: float
    far: float
    power: Array | None = None

    @property
    def products(self) -> tuple[float, float, float, float]:
        """E[x x'] for the same, and for the three kinds of other x'."""
        return self.square, self.near, self.cross, self.far

    @classmethod
    def constant(cls, value: float) -> Self:
        """Return the moments of one number everywhere; of nan, those of what isn't known."""
        square = value * value
        return cls(value, square, square, square, square)

    @classmethod
    def of(cls, mean: float, function: Callable[..., Any], *signals: Moments) -> Self:
        """Return moments of which each product is a function of those of other signals."""
        square, near, cross, far = map(function, *(signal.products for signal in signals))
        if all(signal.power is None for signal in signals):
            return cls(mean, square, near, cross, far)
        at = function(*(s.square * (1.0 if s.power is None else s.power) for s in signals))
        return cls(mean, square, near, cross, far, over_the_average(at))

    @classmethod
    def average(cls, each: Sequence[Moments]) -> Self:
        """Return the averages over networks."""
        square, near, cross, far = np.mean([one.products for one in each], axis=0).tolist()
        powers = [one.power for one in each if one.power is not None]
        power = np.asarray(np.mean(powers, axis=0)) if powers else None
        return cls(float(np.mean([one.mean for one in each])), square, near, cross, far, power)

    def between_rows(self, samples: int, places: int) -> float:
        """Return E[x x'] for any other x', in another sample or at another place."""
        counts = np.array([places - 1, samples - 1, (samples - 1) * (places - 1)])
        kinds = np.array(self.products[1:])
        if not counts.sum():
            return math.nan
        return float(kinds[counts > 0] @ counts[counts > 0] / counts.sum())


def sizes(shape: Sequence[int], roles: str) -> tuple[int, int, int]:
    """Return how many samples, places and units there are."""
    samples, places, units = (
        math.prod(n for n, role in zip(shape, roles, strict=True) if role == kind) for kind in "spu"
    )
    return samples, places, units


def measured(signal: Any, roles: str) -> Moments:
    """Return the moments of an array."""
    array = np.asarray(signal, dtype=np.float64)
    order = [axis for kind in "spu" for axis, role in enumerate(roles) if role == kind]
    samples, places, units = sizes(array.shape, roles)
    x = array.transpose(order).reshape(samples, places, units)
    with np.errstate(all="ignore"):
        return Moments(float(x.mean()), *_products(x), power=_power(array, roles))


def _power(array: Array, roles: str) -> Array | None:
    """Return E[x²] at each place of an image over the average, None for what is no image."""
    if not roles.endswith("p") or "u" not in roles:
        return None
    over = tuple(axis for axis, role in enumerate(roles) if role != "p" or axis < roles.index("u"))
    return over_the_average(np.mean(array**2, axis=over))


def over_the_average(at: Any) -> Array | None:
    """Return E[x²] at each place over its average; None where that is no positive number."""
    average = float(np.mean(at))
    return np.asarray(at / average) if 0 < average < math.inf else None


def _products(x: Array) -> tuple[float, float, float, float]:
    """Return E[x x'], from squares of sums, which hold each pair twice and each square once."""
    samples, places, units = x.shape
    own = float(np.sum(x**2))
    by_sample, by_place, of_all = (float(np.sum(x.sum(axis=axes) ** 2)) for axes in (1, 0, (0, 1)))

    def mean(total: float, pairs: int) -> float:
        return total / (pairs * units) if pairs else math.nan

    square = mean(own, samples * places)
    cross = mean(by_place - own, places * samples * (samples - 1))
    if places == 1:
        return square, square, cross, cross
    near = mean(by_sample - own, samples * places * (places - 1))
    far = of_all - by_sample - by_place + own
    return square, near, cross, mean(far, samples * (samples - 1) * places * (places - 1))
