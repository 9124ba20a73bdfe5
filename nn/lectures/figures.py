"""Figure 7.4 of "Understanding Deep Learning", measured: fifty ReLU layers, five weight variances.

Every network is an ``nn.MLP`` and every number comes from the engine's own passes; what theory
predicts is ``init.theory.figure_7_4``, and the picture is ``nn.diagnostics.plots.figure_7_4``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from init.theory import FIGURE_7_4_VARIANCES
from nn.diagnostics.layer_views import Array
from nn.diagnostics.propagation import Propagation, propagate
from nn.modules.layers import MLP

__all__ = ["figure_7_4"]


def figure_7_4(
    *,
    variances: Iterable[float] = FIGURE_7_4_VARIANCES,
    seeds: int = 100,
    depth: int = 50,
    width: int = 100,
) -> dict[float, Propagation]:
    """Measure both panels of figure 7.4.

    Each network has its own weights from N(0, variance), zero biases, one linear output, and one
    input from N(0, I). The gradients are those of the output y, as in the figure's caption
    ∂y/∂f (those of the loss y² are 2y times as large).

    Parameters
    ----------
    variances : iterable of float
        Of the weights.
    seeds : int
        How many networks for each variance.
    depth, width : int
        Hidden layers, and the units in each (and in the input).

    Returns
    -------
    dict of float to Propagation
        For each variance a table with ``depth`` + 1 rows: the hidden layers and the output.

    References
    ----------
    S. Prince, "Understanding Deep Learning", 2023, figure 7.4.

    Examples
    --------
    >>> measured = figure_7_4(variances=[0.2], seeds=3, depth=4, width=10)
    >>> measured[0.2].samples["forward"].shape
    (3, 5)
    """
    return {
        variance: _measured(variance, k, seeds, depth, width)
        for k, variance in enumerate(variances)
    }


def _measured(variance: float, k: int, seeds: int, depth: int, width: int) -> Propagation:
    normal = {"name": "normal", "std": math.sqrt(variance)}

    def model(seed: int) -> MLP:
        rng = np.random.default_rng((seed, k, 0))
        return MLP([width] * (depth + 1) + [1], "relu", init=normal, seed=rng)

    def x(seed: int) -> Array:
        return np.random.default_rng((seed, k, 1)).standard_normal((1, width))

    return propagate(model, x, seeds=seeds)
