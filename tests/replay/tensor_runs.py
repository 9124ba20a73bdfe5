"""Runs of ``nn.fit`` on models of Tensors, replayed and eager: what their tests share."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

import nn

RNG = np.random.default_rng(0)
X = RNG.standard_normal((22, 3))
LABELS = RNG.integers(0, 3, 22)
MODEL = nn.MLP([3, 4, 3], "tanh", seed=1)


def adam(parameters: Any) -> nn.Optimizer:
    return nn.Adam(parameters, lr=0.02)


def run(
    jit: bool,
    model: Any = MODEL,
    x: Any = X,
    y: Any = LABELS,
    loss: Any = nn.cross_entropy,
    optimizer: Any = adam,
    **options: Any,
) -> tuple[nn.History, Any]:
    """Train a copy of a model; return the history and the copy."""
    model = copy.deepcopy(model)
    settings: dict[str, Any] = {"epochs": 3, "batch_size": 5, "rng": 2, "progress": False}
    history = nn.fit(
        model, x, y, loss=loss, optimizer=optimizer(model.parameters()), jit=jit,
        **settings | options,
    )  # fmt: skip
    return history, model


def flat(model: nn.Module) -> Any:
    return np.concatenate([np.ravel(array) for array in model.state_dict().values()])


def measured(history: Any) -> list[Any]:
    """Return all that the epochs say but how long they took."""
    found: list[Any] = []
    for epoch in history:
        found += [epoch.loss, epoch.validation_loss, epoch.learning_rate, epoch.gradient_norm]
        found += [epoch.max_gradient_norm, *epoch.metrics.values()]
        found += epoch.validation_metrics.values()
    return [-1.0 if x is None else x for x in found]


def assert_same(rtol: float = 1e-10, atol: float | None = None, **settings: Any) -> None:
    """Assert that a replayed run learns what an eager one does, but for the rounding of sums."""
    (history, model), (expected, eager) = run(True, **settings), run(False, **settings)
    assert len(history) == len(expected)
    np.testing.assert_allclose(measured(history), measured(expected), rtol=rtol)
    atol = rtol if atol is None else atol
    np.testing.assert_allclose(flat(model), flat(eager), rtol=rtol * 10, atol=atol)


def kept(fast: Any) -> int:
    """How many recordings a jitted function has."""
    return int(repr(fast).rpartition("recorded ")[2].split()[0])
