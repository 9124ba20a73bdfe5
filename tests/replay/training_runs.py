"""Runs of ``nn.fit``, replayed and eager: what the tests of training share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

import nn

RNG = np.random.default_rng(0)
X = RNG.standard_normal((22, 3))
LABELS = RNG.integers(0, 3, 22)
MODEL = nn.MLP([3, 4, 3], "tanh", seed=1)


def run(
    jit: bool,
    model: Any = None,
    y: Any = LABELS,
    loss: Any = nn.cross_entropy,
    optimizer: Callable[[Iterable[Any]], nn.Optimizer] = lambda p: nn.Adam(p, lr=0.02),
    **options: Any,
) -> tuple[nn.History, Any]:
    model = MODEL.scalars() if model is None else model.scalars()
    settings: dict[str, Any] = {"epochs": 3, "batch_size": 5, "rng": 2, "progress": False}
    history = nn.fit(
        model, X, y, loss=loss, optimizer=optimizer(model.parameters()), jit=jit,
        **settings | options,
    )  # fmt: skip
    return history, model


def flat(model: nn.Module) -> Any:
    return np.concatenate([np.ravel(array) for array in model.state_dict().values()])


def measured(epoch: nn.Epoch) -> list[Any]:
    found = [epoch.loss, epoch.validation_loss, epoch.learning_rate, epoch.gradient_norm]
    numbers = [*found, epoch.max_gradient_norm, *epoch.metrics.values()]
    return [-1.0 if x is None else x for x in (*numbers, *epoch.validation_metrics.values())]


def assert_same(**settings: Any) -> None:
    """Within rounding: the terms of a batch are added up in another order, in every step."""
    (history, model), (expected, eager) = run(True, **settings), run(False, **settings)
    assert len(history) == len(expected)
    for epoch, other in zip(history, expected, strict=True):
        assert measured(epoch) == pytest.approx(measured(other), rel=1e-10)
    np.testing.assert_allclose(flat(model), flat(eager), rtol=1e-9, atol=1e-12)
