"""The base class of strategies: a frozen record that draws weights and describes them.

The checks of arguments, the generator, the gain and the dtype are dealt with here, once; the kinds
of strategy are in ``init.families`` and their named settings in ``init.built_in``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from init import argument_checks
from init.seeding import Seed, as_generator

__all__ = ["Fans", "Strategy"]


class Fans(NamedTuple):
    """The number of inputs of each unit, and the number of units that each input goes to.

    Examples
    --------
    >>> from init import Fans
    >>> fans = Fans(fan_in=100, fan_out=64)  # a layer of 64 units on 100 inputs
    >>> 2 / fans.fan_in
    0.02
    """

    fan_in: int
    fan_out: int


def _checked_fans(fan_in: int, fan_out: int) -> Fans:
    return Fans(
        argument_checks.positive_integer(
            "fan_in", fan_in, "a layer with no inputs has no variance to preserve"
        ),
        argument_checks.positive_integer(
            "fan_out", fan_out, "a layer with no outputs has no gradient to preserve"
        ),
    )


def _checked_gain(gain: float) -> float:
    return argument_checks.number("gain", gain, minimum=0, why="it multiplies a standard deviation")


@dataclass(frozen=True, repr=False)
class Strategy(ABC):
    """A way to fill a weight array: callable, and able to describe what it draws.

    Subclasses state three things for gain 1: how to draw, the variance and the bound. The rest
    (checks, generator, gain, dtype) is here, once.

    Attributes
    ----------
    name : str
        What the strategy is called in the registry.
    ndim : int or None
        The number of dimensions that the strategy can fill, if not any.

    Examples
    --------
    >>> import init
    >>> he = init.get("he_normal")
    >>> he((2, 3), rng=0, fan_in=3, fan_out=2).round(3)
    array([[ 0.103, -0.108,  0.523],
           [ 0.086, -0.437,  0.295]])
    >>> he.variance(fan_in=50, fan_out=10)
    0.04
    >>> he.with_options(mode="fan_out").variance(fan_in=50, fan_out=10)
    0.2
    """

    ndim: ClassVar[int | None] = None
    name: str

    def __call__(
        self,
        shape: tuple[int, ...],
        *,
        rng: Seed,
        fan_in: int,
        fan_out: int,
        gain: float = 1.0,
        dtype: DTypeLike = np.float64,
    ) -> NDArray[np.floating]:
        """Draw weights.

        Everything is drawn in float64 and rounded at the end, so a seed gives the same weights,
        up to rounding, in every dtype.

        Parameters
        ----------
        shape : tuple of int
            The shape of the result, (out, in) for a dense layer.
        rng : numpy.random.Generator or int
            A generator, or a seed to make one from.
        fan_in, fan_out : int
            How many inputs each unit sums over, and how many units each input goes to.
        gain : float
            Multiplies every weight; at least 0.
        dtype : dtype
            A floating-point dtype.

        Returns
        -------
        numpy.ndarray
            A new array of ``shape`` and ``dtype``.

        Raises
        ------
        TypeError, ValueError
            For a bad argument, before anything is drawn.
        """
        fans = _checked_fans(fan_in, fan_out)
        size = argument_checks.weight_shape(shape)
        factor = _checked_gain(gain)
        kind = argument_checks.float_dtype(dtype)
        if self.ndim not in (None, len(size)):
            raise ValueError(
                f"initialisation {self.name!r} needs a shape of {self.ndim} dimensions, "
                f"(out, in), got {size}: draw a matrix and reshape it"
            )
        return np.asarray(factor * self._draw(as_generator(rng), size, fans)).astype(kind)

    def variance(self, *, fan_in: int, fan_out: int, gain: float = 1.0) -> float:
        """Return the variance of one weight over the draws, without drawing.

        Parameters
        ----------
        fan_in, fan_out : int
            The layer's fans.
        gain : float
            As in the call.

        Returns
        -------
        float
            In the weights' unit squared; 0 for a strategy that draws nothing.

        Raises
        ------
        TypeError, ValueError
            If a fan isn't a positive integer, or the gain isn't a finite number.

        Examples
        --------
        >>> import init
        >>> init.xavier_uniform.variance(fan_in=30, fan_out=10)
        0.05
        >>> init.ones.variance(fan_in=30, fan_out=10)
        0.0
        """
        return _checked_gain(gain) ** 2 * self._variance(_checked_fans(fan_in, fan_out))

    def bound(self, *, fan_in: int, fan_out: int, gain: float = 1.0) -> float:
        """Return the largest absolute value a weight can have, without drawing.

        Parameters
        ----------
        fan_in, fan_out : int
            The layer's fans.
        gain : float
            As in the call.

        Returns
        -------
        float
            In the weights' unit; ``inf`` for a strategy without a bound (the normal ones).

        Examples
        --------
        >>> import init
        >>> init.uniform_fan_in.bound(fan_in=16, fan_out=10)
        0.25
        >>> init.he_normal.bound(fan_in=16, fan_out=10)
        inf
        """
        factor = _checked_gain(gain)
        bound = self._bound(_checked_fans(fan_in, fan_out))
        return factor * bound if factor else 0.0

    def with_options(self, **options: Any) -> Self:
        """Return the same strategy with some options changed.

        Parameters
        ----------
        **options
            New values for the strategy's fields (or for ``name``).

        Returns
        -------
        Strategy

        Raises
        ------
        TypeError
            For an option that this strategy doesn't have.
        ValueError
            For a value that it can't take.

        Examples
        --------
        >>> import init
        >>> init.normal.with_options(std=0.1)
        normal(std=0.1)
        """
        known = [field.name for field in fields(self)]
        unknown = sorted(set(options) - set(known))
        if unknown:
            raise TypeError(
                f"initialisation {self.name!r} has no option {', '.join(map(repr, unknown))}: "
                f"expected some of {', '.join(known)}"
            )
        changed: Self = replace(self, **options)
        return changed

    def __repr__(self) -> str:
        options = (f for f in fields(self) if f.name != "name")
        return f"{self.name}({', '.join(f'{f.name}={getattr(self, f.name)!r}' for f in options)})"

    @property
    def bias_std(self) -> float:
        """Standard deviation of the biases that belong to these weights: 0 for most strategies.

        Examples
        --------
        >>> import init
        >>> init.he_normal.bias_std
        0.0
        """
        return 0.0

    def for_activation(self, activation: Any) -> Strategy:
        """Return the strategy for a layer's activation: this one, unless it has to know.

        Parameters
        ----------
        activation : str or callable
            As ``init.theory`` takes it.

        Returns
        -------
        Strategy

        Examples
        --------
        >>> import init
        >>> init.he_normal.for_activation("tanh") is init.he_normal
        True
        >>> init.critical.for_activation("tanh") is init.critical
        False
        """
        return self

    @abstractmethod
    def _draw(
        self, rng: np.random.Generator, shape: tuple[int, ...], fans: Fans
    ) -> NDArray[np.float64]:
        """Draw for gain 1."""

    @abstractmethod
    def _variance(self, fans: Fans) -> float:
        """Return the variance for gain 1."""

    @abstractmethod
    def _bound(self, fans: Fans) -> float:
        """Return the bound for gain 1."""
