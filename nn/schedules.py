"""Learning-rate schedules: the learning rate as a function of time.

A schedule is called with the time that has passed, in whatever unit one counts in, and remembers
nothing: it can be plotted, asked twice and stopped. ``train`` counts in epochs, and moves on by a
fraction of one with every batch.

>>> import nn
>>> schedule = nn.schedules.Warmup(nn.schedules.Cosine(0.1, length=8), length=2, start=0.5)
>>> [round(schedule(t), 3) for t in range(11)]
[0.05, 0.075, 0.1, 0.096, 0.085, 0.069, 0.05, 0.031, 0.015, 0.004, 0.0]
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from nn.support.bounds import at_least_zero

__all__ = [
    "Constant",
    "Cosine",
    "Exponential",
    "OneCycle",
    "ReduceOnPlateau",
    "RobbinsMonro",
    "Schedule",
    "Step",
    "Warmup",
]


def __dir__() -> list[str]:
    return sorted(__all__)


@dataclass(frozen=True)
class Schedule:
    """The base class of schedules. A subclass states its formula, in ``_rate``.

    Raises
    ------
    TypeError, ValueError
        For settings that aren't numbers, or are negative or not finite; lengths must be above 0.

    Examples
    --------
    >>> @dataclass(frozen=True)
    ... class Halving(Schedule):
    ...     lr: float
    ...     def _rate(self, time, losses):
    ...         return self.lr / 2**time
    >>> Halving(0.5)(2)
    0.125
    """

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Schedule):
                continue
            at_least_zero(field.name, value)
            if field.name in _ABOVE_ZERO and not value > 0:
                raise ValueError(f"{field.name} must be above 0, got {value}")

    def __call__(self, time: float, losses: Sequence[float] = ()) -> float:
        """Return the learning rate.

        Parameters
        ----------
        time : float
            How much has passed, at least 0.
        losses : sequence of float
            What was measured so far, for schedules that wait for it.

        Returns
        -------
        float
        """
        if not time >= 0:
            raise ValueError(f"time starts at 0, got {time}")
        return float(self._rate(time, losses))

    def _rate(self, time: float, losses: Sequence[float]) -> float:
        raise NotImplementedError


_ABOVE_ZERO = {"length", "tau", "every", "divisor", "final_divisor"}


@dataclass(frozen=True)
class Constant(Schedule):
    """The same rate for ever.

    Examples
    --------
    >>> Constant(0.1)(99)
    0.1
    """

    lr: float

    def _rate(self, time: float, losses: Sequence[float]) -> float:
        return self.lr


@dataclass(frozen=True)
class RobbinsMonro(Schedule):
    """The rate lr / (1 + t/τ): the sum of all rates is infinite, that of their squares isn't.

    References
    ----------
    H. Robbins, S. Monro, "A stochastic approximation method", 1951, eq. 26.

    Examples
    --------
    >>> [RobbinsMonro(1.0, tau=2)(t) for t in (0, 2, 6)]
    [1.0, 0.5, 0.25]
    """

    lr: float
    tau: float = 1.0

    def _rate(self, time: float, losses: Sequence[float]) -> float:
        return self.lr / (1 + time / self.tau)


@dataclass(frozen=True)
class Step(Schedule):
    """The rate lr · factor^⌊t / every⌋: multiplied by ``factor`` at every multiple of ``every``.

    Times are meant as decimals: 0.3 is three times 0.1, though the floats' quotient is below 3.

    Examples
    --------
    >>> [Step(1.0, every=2, factor=0.5)(t) for t in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    lr: float
    every: float
    factor: float = 0.1

    def _rate(self, time: float, losses: Sequence[float]) -> float:
        return self.lr * self.factor ** _whole(time / self.every)


@dataclass(frozen=True)
class Exponential(Schedule):
    """The rate lr · factorᵗ.

    Examples
    --------
    >>> [Exponential(1.0, factor=0.5)(t) for t in range(3)]
    [1.0, 0.5, 0.25]
    """

    lr: float
    factor: float

    def _rate(self, time: float, losses: Sequence[float]) -> float:
        return math.pow(self.factor, time) * self.lr


@dataclass(frozen=True)
class Cosine(Schedule):
    """A fall from ``lr`` to ``end`` along half a cosine wave; then ``end`` for ever.

    References
    ----------
    I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017,
    eq. 5.

    Examples
    --------
    >>> [round(Cosine(1.0, length=4)(t), 6) for t in (0, 1, 2, 4, 9)]
    [1.0, 0.853553, 0.5, 0.0, 0.0]
    """

    lr: float
    length: float
    end: float = 0.0

    def _rate(self, time: float, losses: Sequence[float]) -> float:
        return _wave(self.lr, self.end, time / self.length)


@dataclass(frozen=True)
class Warmup(Schedule):
    """A linear rise from a share of another schedule's first rate to that rate; then that schedule.

    ``then`` starts its own time when the warm-up ends, after ``length``; ``start`` is the share.

    References
    ----------
    P. Goyal et al., "Accurate, large minibatch SGD", 2017, section 2.2.

    Examples
    --------
    >>> [Warmup(Step(1.0, every=1, factor=0.5), length=2, start=0.5)(t) for t in range(5)]
    [0.5, 0.75, 1.0, 0.5, 0.25]
    """

    then: Schedule
    length: float
    start: float = 1 / 3

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.then, Schedule):
            raise TypeError(f"a warm-up leads to a schedule, got {self.then!r}: try Constant(0.1)")

    def _rate(self, time: float, losses: Sequence[float]) -> float:
        if time >= self.length:
            return self.then(time - self.length, losses)
        return self.then(0.0, losses) * (self.start + (1 - self.start) * time / self.length)


@dataclass(frozen=True)
class OneCycle(Schedule):
    """A rise to ``lr``, then a fall to almost 0, each along half a cosine wave.

    From lr / divisor to lr in the share ``rising`` of the length, and then down to
    lr / divisor / final_divisor, where it stays.

    References
    ----------
    L. N. Smith, N. Topin, "Super-convergence: very fast training of neural networks using large
    learning rates", 2018; with cosines, and these factors, in PyTorch's OneCycleLR.

    Examples
    --------
    >>> [round(OneCycle(1.0, length=10)(t), 6) for t in (0, 3, 6.5, 10)]
    [0.04, 1.0, 0.500002, 4e-06]
    """

    lr: float
    length: float
    rising: float = 0.3
    divisor: float = 25.0
    final_divisor: float = 1e4

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.rising < 1:
            raise ValueError(f"rising is a share of the length, between 0 and 1, got {self.rising}")

    def _rate(self, time: float, losses: Sequence[float]) -> float:
        first = self.lr / self.divisor
        peak = self.rising * self.length
        if time < peak:
            return _wave(first, self.lr, time / peak)
        return _wave(self.lr, first / self.final_divisor, (time - peak) / (self.length - peak))


@dataclass(frozen=True)
class ReduceOnPlateau(Schedule):
    """The rate is multiplied by ``factor`` after more than ``patience`` losses without improvement.

    An improvement is a loss below the best so far, by more than the share ``threshold`` of its
    absolute value. After a reduction ``cooldown`` losses aren't counted. The rate never falls below
    ``end``. A function of the losses alone: ``train`` gives it those on the validation data, or
    else on the training data.

    Examples
    --------
    >>> schedule = ReduceOnPlateau(1.0, factor=0.5, patience=1)
    >>> losses = [3.0, 2.0, 2.0, 2.0, 1.0]
    >>> [schedule(t, losses[:t]) for t in range(6)]
    [1.0, 1.0, 1.0, 1.0, 0.5, 0.5]
    """

    lr: float
    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    cooldown: int = 0
    end: float = 0.0

    def _rate(self, time: float, losses: Sequence[float]) -> float:
        rate, best, waited, cooling = self.lr, math.inf, 0, 0
        for loss in losses:
            margin = self.threshold * abs(best) if math.isfinite(best) else 0.0
            if loss < best - margin:
                best, waited = loss, 0
            else:
                waited += 1
            if cooling:
                cooling, waited = cooling - 1, 0
            if waited > self.patience:
                rate, waited, cooling = max(rate * self.factor, self.end), 0, self.cooldown
        return rate


def _whole(quotient: float) -> int:
    """Return the integer that a quotient is but for rounding, or else the one below it."""
    nearest = round(quotient)
    near = math.isclose(quotient, nearest, rel_tol=_ROUNDING)
    return nearest if near else math.floor(quotient)


_ROUNDING = 1e-12
"""How far, relatively, rounding may move a time that was summed up or is late in a run."""


def _wave(start: float, end: float, share: float) -> float:
    """Return a rate between two rates, along half a wave of a cosine."""
    if share >= 1:
        return end
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
