"""NumPy: of a network's step, the products of matrices alone. No step can be faster by BLAS."""

from __future__ import annotations

import numpy as np
from work import Step, deep

PACKAGES = ("numpy",)


def products() -> Step:
    """Forward x @ W.T; backward g.T @ x in every layer, and g @ W in all but the first."""
    x, layers = deep()
    steps = []
    for k, (W, _) in enumerate(layers):
        y = np.empty((len(x), len(W)))
        steps.append((x, W.T, y))
        steps.append((np.ones_like(y).T, x, np.empty_like(W)))
        if k:
            steps.append((np.ones_like(y), W, np.empty_like(x)))
        x = y

    def step() -> float:
        for a, b, out in steps:
            np.dot(a, b, out)
        return float("nan")

    return step


TASKS = {"deep_net": {"its products of matrices alone, NumPy": products}}
