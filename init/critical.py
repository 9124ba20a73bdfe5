"""The strategy "critical": weights and biases on the critical line of an activation.

Which point that is comes from ``init.theory.critical``; here it becomes weights and biases to draw.
"""

import functools
from dataclasses import dataclass
from typing import Self

from init import argument_checks
from init.distributions import DISTRIBUTIONS, Distribution
from init.families import Scattered
from init.strategy import Fans
from init.theory import Critical, critical
from init.theory.activation_functions import ActivationLike, as_activation

__all__ = ["CriticalScaling"]


@dataclass(frozen=True, repr=False)
class CriticalScaling(Scattered):
    """Weights of variance sigma_w²/fan_in and biases of variance sigma_b², at criticality.

    There a gradient keeps its size from layer to layer, however many there are. Without options
    the biases are 0 if the activation has an attracting critical point there (ReLU, tanh); if not
    (gelu, silu), the smallest signal of variance 1, 2, 4, 8 or 16 that attracts is held.

    Attributes
    ----------
    activation : str, callable or None
        phi, as ``init.theory`` takes it. None: each layer's own, where a layer asks, else linear.
    sigma_b : float or None
        Standard deviation that the biases are to have, at least 0.
    q : float or None
        The variance of the preactivations to hold, above 0, in place of ``sigma_b``.
    distribution : str
        A key of ``init.distributions.DISTRIBUTIONS``.

    References
    ----------
    S. Schoenholz et al., "Deep information propagation", ICLR 2017; see
    :func:`init.theory.critical`.

    Examples
    --------
    >>> import init
    >>> tanh = init.get({"name": "critical", "activation": "tanh"})
    >>> tanh.variance(fan_in=100, fan_out=50), tanh.bias_std
    (0.01, 0.0)
    >>> gelu = init.critical.for_activation("gelu")
    >>> round(gelu.point.sigma_w, 4), round(gelu.bias_std, 4)
    (1.4057, 0.4317)
    """

    activation: ActivationLike | None = None
    sigma_b: float | None = None
    q: float | None = None
    distribution: str = "normal"

    def __post_init__(self) -> None:
        if self.activation is not None:
            as_activation(self.activation)
        if self.sigma_b is not None:
            argument_checks.number(
                "sigma_b", self.sigma_b, minimum=0, why="it is a standard deviation"
            )
        if self.q is not None:
            argument_checks.number("q", self.q, minimum=0, why="it is a variance")
        if self.sigma_b is not None and self.q is not None:
            raise TypeError(
                f"give sigma_b or q, not both: got sigma_b={self.sigma_b!r} and q={self.q!r}"
            )
        argument_checks.choice("distribution", self.distribution, DISTRIBUTIONS)

    @property
    def point(self) -> Critical:
        """The critical point: sigma_w (of the weights times √fan_in) and sigma_b.

        Raises
        ------
        ValueError
            If the activation has no such point.
        """
        return _point(self.activation or "linear", self.sigma_b, self.q)

    @property
    def bias_std(self) -> float:
        """Standard deviation of the biases that belong to these weights."""
        return self.point.sigma_b

    def for_activation(self, activation: ActivationLike) -> Self:
        """Return the strategy for a layer's activation, unless one was chosen already."""
        return self if self.activation else self.with_options(activation=activation)

    def _distribution(self) -> Distribution:
        return DISTRIBUTIONS[self.distribution]

    def _variance(self, fans: Fans) -> float:
        return self.point.sigma_w**2 / fans.fan_in


@functools.lru_cache  # the layers of a network mostly ask for the same point
def _point(phi: ActivationLike, sigma_b: float | None, q: float | None) -> Critical:
    return critical(phi, sigma_b=sigma_b, q=q)
