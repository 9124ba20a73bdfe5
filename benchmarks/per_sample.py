"""How much faster ``nn.per_sample_grads`` is than a loop over the samples: an MLP.

Run: ``python benchmarks/per_sample.py``
"""

from __future__ import annotations

from itertools import product
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

import nn

NETS = ([8, 16, 16, 2], [64, 128, 128, 10])


def by_loop(model: nn.Module, X: Any, y: Any) -> dict[str, Any]:
    """Return the gradients of one batch of one after the other."""
    names, parameters = zip(*model.named_parameters(), strict=True)
    rows = []
    for k in range(len(X)):
        for parameter in parameters:
            parameter.grad = None
        nn.cross_entropy(model(X[k : k + 1]), y[k : k + 1]).backward()
        rows.append([parameter.grad for parameter in parameters])
    return {
        name: np.stack(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }


def seconds(function: Any, *args: Any) -> float:
    """Return the median time of a call."""
    times = []
    for _ in range(9):
        start = perf_counter()
        function(*args)
        times.append(perf_counter() - start)
    return median(times)


def main() -> None:
    rng = np.random.default_rng(0)
    for sizes, count in product(NETS, (32, 256)):
        model = nn.MLP(sizes, "tanh", seed=0)
        X, y = rng.normal(size=(count, sizes[0])), rng.integers(0, sizes[-1], count)
        looped = seconds(by_loop, model, X, y)
        mapped = seconds(nn.per_sample_grads, model, nn.cross_entropy, X, y)
        print(
            f"{count} samples of an MLP {sizes}: loop {looped * 1e3:.1f} ms, "
            f"per_sample_grads {mapped * 1e3:.1f} ms: {looped / mapped:.1f} times as fast"
        )


if __name__ == "__main__":
    main()
