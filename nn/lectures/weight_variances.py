"""An experiment: fifty ReLU layers drawn with five weight variances, measured by layer.

It is Figure 7.4 of S. Prince, "Understanding Deep Learning", 2023. Every network is an ``nn.MLP``,
and every number comes from the engine's own passes. Theory's prediction is
``init.theory.relu_network_law``; ``nn.diagnostics.plots.weight_variance_experiment`` draws both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Literal

import numpy as np

from init.argument_checks import choice, number
from init.theory import WEIGHT_VARIANCES
from nn.diagnostics.layer_views import Array
from nn.diagnostics.propagation import Propagation, propagate
from nn.modules.layers import MLP

__all__ = ["weight_variance_experiment"]

Cotangent = Callable[[Array], Array]


def weight_variance_experiment(
    *,
    variances: Iterable[float] = WEIGHT_VARIANCES,
    seeds: int = 100,
    depth: int = 50,
    width: int = 100,
    of: Literal["output", "loss"] = "output",
) -> dict[float, Propagation]:
    """Measure ReLU networks of several weight variances: both panels of Figure 7.4 of UDL.

    Each network has its own weights from N(0, variance), zero biases, one linear output, and one
    input from N(0, I).

    Parameters
    ----------
    variances : iterable of float
        Of the weights.
    seeds : int
        How many networks for each variance.
    depth, width : int
        Hidden layers, and the units in each (and in the input).
    of : {"output", "loss"}
        Whose gradients: those of the output, ∂y/∂f; or those of the least-squares loss with
        target 0, l = y², of the figure's caption: ∂l/∂f = 2y ∂y/∂f.

    Returns
    -------
    dict of float to Propagation
        For each variance a table with ``depth`` + 1 rows: the hidden layers and the output.

    References
    ----------
    S. Prince, "Understanding Deep Learning", 2023, figure 7.4.

    Examples
    --------
    >>> measured = weight_variance_experiment(variances=[0.2], seeds=3, depth=4, width=10)
    >>> measured[0.2].samples["forward"].shape
    (3, 5)
    """
    cotangent = choice("of", of, _COTANGENTS)
    if not isinstance(variances, Iterable):
        raise TypeError(f"variances must be a list of numbers, got {variances!r}: [{variances!r}]")
    checked = [number("a variance", each, minimum=0.0) for each in variances]
    return {
        variance: _measured(variance, k, seeds, depth, width, cotangent)
        for k, variance in enumerate(checked)
    }


def _measured(
    variance: float, k: int, seeds: int, depth: int, width: int, cotangent: Cotangent
) -> Propagation:
    normal = {"name": "normal", "std": math.sqrt(variance)}

    def model(seed: int) -> MLP:
        rng = np.random.default_rng((seed, k, 0))
        return MLP([width] * (depth + 1) + [1], "relu", init=normal, seed=rng)

    def x(seed: int) -> Array:
        return np.random.default_rng((seed, k, 1)).standard_normal((1, width))

    return propagate(model, x, seeds=seeds, cotangent=cotangent)


_COTANGENTS: dict[str, Cotangent] = {
    "output": np.ones_like,
    "loss": lambda y: 2 * y,  # of l = y²
}
