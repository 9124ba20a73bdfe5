"""Classes of strategies: variance scaling, fixed distributions, constants, orthogonal, sparse.

Each states how it draws, its variance and its bound, for gain 1. Named settings of them are in
``init.built_in``.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from init import argument_checks
from init.distributions import DISTRIBUTIONS, Distribution
from init.strategy import Fans, Strategy

__all__ = [
    "MODES",
    "Constant",
    "Identity",
    "Normal",
    "Orthogonal",
    "Sparse",
    "Scattered",
    "TruncatedNormal",
    "Uniform",
    "VarianceScaling",
]

MODES: Mapping[str, Callable[[Fans], float]] = MappingProxyType(
    {
        "fan_in": lambda fans: float(fans.fan_in),
        "fan_out": lambda fans: float(fans.fan_out),
        "fan_avg": lambda fans: (fans.fan_in + fans.fan_out) / 2,
    }
)
"""The divisor of the variance by mode: which signal keeps its size (forward, backward, both)."""


class Scattered(Strategy):
    """A strategy that spreads its weights about 0 by a distribution and a variance."""

    @abstractmethod
    def _distribution(self) -> Distribution:
        """Return the shape of the randomness."""

    def _draw(
        self, rng: np.random.Generator, shape: tuple[int, ...], fans: Fans
    ) -> NDArray[np.float64]:
        return self._distribution().sample(rng, shape, self._variance(fans))

    def _bound(self, fans: Fans) -> float:
        return self._distribution().bound(self._variance(fans))


@dataclass(frozen=True, repr=False)
class VarianceScaling(Scattered):
    """Weights with mean 0 and variance scale / n, where ``mode`` says which fan n is.

    The core that LeCun, Xavier, He and their kin are settings of; see :func:`variance_scaling`.

    Attributes
    ----------
    scale : float
        The variance a unit would get if n were 1; at least 0.
    mode : str
        A key of ``MODES``: ``fan_in``, ``fan_out`` or ``fan_avg``.
    distribution : str
        A key of ``DISTRIBUTIONS``: ``normal``, ``uniform`` or ``truncated_normal``.

    Examples
    --------
    >>> import init
    >>> init.he_normal
    he_normal(scale=2.0, mode='fan_in', distribution='normal')
    >>> init.xavier_uniform.variance(fan_in=30, fan_out=10)  # 2 / (30 + 10)
    0.05
    """

    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "normal"

    def __post_init__(self) -> None:
        argument_checks.number("scale", self.scale, minimum=0, why="it is a variance")
        argument_checks.choice("mode", self.mode, MODES)
        argument_checks.choice("distribution", self.distribution, DISTRIBUTIONS)

    def _distribution(self) -> Distribution:
        return DISTRIBUTIONS[self.distribution]

    def _variance(self, fans: Fans) -> float:
        return self.scale / MODES[self.mode](fans)


@dataclass(frozen=True, repr=False)
class Normal(Scattered):
    """Weights from N(0, std²), whatever the fans are.

    Attributes
    ----------
    std : float
        Standard deviation (not the variance), at least 0.

    Examples
    --------
    >>> import init
    >>> init.normal.with_options(std=0.5).variance(fan_in=100, fan_out=100)
    0.25
    """

    std: float = 0.01

    def __post_init__(self) -> None:
        argument_checks.number("std", self.std, minimum=0, why="it is a standard deviation")

    def _distribution(self) -> Distribution:
        return DISTRIBUTIONS["normal"]

    def _variance(self, fans: Fans) -> float:
        return self.std**2


@dataclass(frozen=True, repr=False)
class TruncatedNormal(Scattered):
    """Weights from a normal cut at two of its standard deviations, of variance std².

    Attributes
    ----------
    std : float
        Standard deviation of the weights, *after* the cut; at least 0.

    Examples
    --------
    >>> import init
    >>> strategy = init.truncated_normal.with_options(std=1.0)
    >>> strategy.variance(fan_in=9, fan_out=9), round(strategy.bound(fan_in=9, fan_out=9), 4)
    (1.0, 2.2737)
    """

    std: float = 0.01

    def __post_init__(self) -> None:
        argument_checks.number("std", self.std, minimum=0, why="it is a standard deviation")

    def _distribution(self) -> Distribution:
        return DISTRIBUTIONS["truncated_normal"]

    def _variance(self, fans: Fans) -> float:
        return self.std**2


@dataclass(frozen=True, repr=False)
class Uniform(Scattered):
    """Weights from U[-limit, limit], whatever the fans are: variance limit²/3.

    Attributes
    ----------
    limit : float
        The largest absolute value, at least 0.

    Examples
    --------
    >>> import init
    >>> strategy = init.uniform.with_options(limit=3.0)
    >>> strategy.variance(fan_in=9, fan_out=9)  # limit² / 3
    3.0
    """

    limit: float = 0.05

    def __post_init__(self) -> None:
        argument_checks.number("limit", self.limit, minimum=0, why="it is an absolute value")

    def _distribution(self) -> Distribution:
        return DISTRIBUTIONS["uniform"]

    def _variance(self, fans: Fans) -> float:
        return self.limit**2 / 3


@dataclass(frozen=True, repr=False)
class Constant(Strategy):
    """Every weight the same.

    Right for biases and for logistic regression; in a hidden layer all units then compute the
    same and stay the same for ever.

    Attributes
    ----------
    value : float
        The weight, of any sign.

    Examples
    --------
    >>> import init
    >>> init.constant.with_options(value=0.1)((2, 2), rng=0, fan_in=2, fan_out=2)
    array([[0.1, 0.1],
           [0.1, 0.1]])
    """

    value: float = 0.0

    def __post_init__(self) -> None:
        argument_checks.number("value", self.value)

    def _draw(
        self, rng: np.random.Generator, shape: tuple[int, ...], fans: Fans
    ) -> NDArray[np.float64]:
        return np.full(shape, float(self.value))

    def _variance(self, fans: Fans) -> float:
        return 0.0

    def _bound(self, fans: Fans) -> float:
        return abs(float(self.value))


@dataclass(frozen=True, repr=False)
class Orthogonal(Strategy):
    """A random matrix with orthonormal rows or columns, whichever are fewer.

    Drawn evenly over all of them (Haar): the QR factors of a normal matrix, with the signs that
    make the diagonal of R positive. One weight of shape (fan_out, fan_in) has mean 0 and variance
    1/max(fan_in, fan_out).

    References
    ----------
    A. Saxe, J. McClelland and S. Ganguli, "Exact solutions to the nonlinear dynamics of learning
    in deep linear neural networks", ICLR 2014; F. Mezzadri, "How to generate random matrices from
    the classical compact groups", Notices of the AMS 54, 2007, section 5 (the signs).

    Examples
    --------
    >>> import numpy as np
    >>> import init
    >>> W = init.orthogonal((3, 5), rng=0, fan_in=5, fan_out=3)
    >>> bool(np.allclose(W @ W.T, np.eye(3)))
    True
    """

    ndim: ClassVar[int | None] = 2

    def _draw(
        self, rng: np.random.Generator, shape: tuple[int, ...], fans: Fans
    ) -> NDArray[np.float64]:
        tall = DISTRIBUTIONS["normal"].sample(rng, (max(shape), min(shape)), 1.0)
        q, r = np.linalg.qr(tall)
        columns = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        return columns if shape[0] >= shape[1] else columns.T

    def _variance(self, fans: Fans) -> float:
        return 1 / max(fans)

    def _bound(self, fans: Fans) -> float:
        return 1.0


@dataclass(frozen=True, repr=False)
class Identity(Strategy):
    """Ones on the diagonal and zeros elsewhere: the layer passes on as many inputs as it can.

    References
    ----------
    Q. Le, N. Jaitly and G. Hinton, "A simple way to initialize recurrent networks of rectified
    linear units", 2015.

    Examples
    --------
    >>> import init
    >>> init.identity((2, 3), rng=0, fan_in=3, fan_out=2)
    array([[1., 0., 0.],
           [0., 1., 0.]])
    """

    ndim: ClassVar[int | None] = 2

    def _draw(
        self, rng: np.random.Generator, shape: tuple[int, ...], fans: Fans
    ) -> NDArray[np.float64]:
        return np.eye(shape[0], shape[1])

    def _variance(self, fans: Fans) -> float:
        return 0.0

    def _bound(self, fans: Fans) -> float:
        return 1.0


@dataclass(frozen=True, repr=False)
class Sparse(Strategy):
    """Each unit (row) gets a few normal weights, at random inputs, and zeros elsewhere.

    The number of zeros in a row is ``sparsity`` times the inputs, rounded, and at least one input
    stays. (PyTorch counts the zeros of each column, so a unit can lose all of its inputs.)

    Attributes
    ----------
    sparsity : float
        The part of each unit's inputs that gets the weight zero, in [0, 1).
    std : float
        Standard deviation of the other weights, at least 0.

    References
    ----------
    J. Martens, "Deep learning via Hessian-free optimization", ICML 2010, section 5.

    Examples
    --------
    >>> import init
    >>> W = init.sparse.with_options(sparsity=0.75)((5, 8), rng=0, fan_in=8, fan_out=5)
    >>> (W != 0).sum(axis=1)  # each unit sees a quarter of its inputs
    array([2, 2, 2, 2, 2])
    """

    ndim: ClassVar[int | None] = 2
    sparsity: float = 0.9
    std: float = 0.01

    def __post_init__(self) -> None:
        why = "every unit must keep an input"
        if argument_checks.number("sparsity", self.sparsity, minimum=0, why=why) >= 1:
            raise ValueError(f"sparsity must be below 1, got {self.sparsity:g}: {why}")
        argument_checks.number("std", self.std, minimum=0, why="it is a standard deviation")

    def _draw(
        self, rng: np.random.Generator, shape: tuple[int, ...], fans: Fans
    ) -> NDArray[np.float64]:
        weights = DISTRIBUTIONS["normal"].sample(rng, shape, self.std**2)
        order = rng.permuted(np.broadcast_to(np.arange(shape[1]), shape), axis=1)
        return np.where(order < self._zeros(shape[1]), 0.0, weights)

    def _variance(self, fans: Fans) -> float:
        return self.std**2 * (fans.fan_in - self._zeros(fans.fan_in)) / fans.fan_in

    def _bound(self, fans: Fans) -> float:
        return math.inf if self.std else 0.0

    def _zeros(self, inputs: int) -> int:
        return min(round(self.sparsity * inputs), inputs - 1)
