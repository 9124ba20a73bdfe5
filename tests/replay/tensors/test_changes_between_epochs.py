"""What a user changes between the epochs of a replayed run is learnt with, as without replaying."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from tests.replay.tensor_runs import LABELS, MODEL, X, flat


class Scaled(nn.Module):
    """A network whose outputs are multiplied by what users may change: numbers and an array."""

    def __init__(self) -> None:
        self.network = copy.deepcopy(MODEL)
        self.factor, self.factors, self.each = 1.0, [1.0, 2.0], np.ones(3)

    def forward(self, x: Any) -> Any:
        return self.network(x) * self.factor * self.factors[0] * self.each


class Smoothed:
    """A loss that has a setting."""

    def __init__(self) -> None:
        self.smoothing = 0.0

    def __call__(self, outputs: Any, y: Any) -> Any:
        return nn.cross_entropy(outputs, y, label_smoothing=self.smoothing)


def learnt(jit: bool, change: Callable[[Any], object], **settings: Any) -> Any:
    """Return the weights after four epochs, with a change of the run's parts after the second."""
    parts = copy.deepcopy(
        {"model": MODEL, "x": X, "y": LABELS, "loss": nn.cross_entropy} | settings
    )
    make = parts.pop("optimizer", nn.Adam)
    parts["optimizer"] = optimizer = make(parts["model"].parameters(), lr=0.02)
    model, x, y, loss = (parts[name] for name in ("model", "x", "y", "loss"))
    for epoch in nn.train(
        model, x, y, epochs=4, loss=loss, optimizer=optimizer, rng=2, batch_size=5, jit=jit
    ):
        if epoch.number == 2:
            change(parts)
    return flat(model)


def halve(array: Any) -> None:
    array *= 0.5


def dropping() -> nn.Module:
    return nn.Sequential(nn.Layer(3, 8, rng=0), nn.Dropout(0.3, rng=3), nn.Linear(8, 3, rng=1))


CHANGES: dict[str, tuple[dict[str, Any], Callable[[Any], object]]] = {
    "weight decay": ({}, lambda run: setattr(run["optimizer"], "weight_decay", 0.5)),
    "betas": ({}, lambda run: setattr(run["optimizer"], "betas", (0.5, 0.9))),
    "momentum": (
        {"optimizer": lambda parameters, lr: nn.SGD(parameters, lr=lr, momentum=0.9)},
        lambda run: setattr(run["optimizer"], "momentum", 0.1),
    ),
    "the share dropped": (
        {"model": dropping()},
        lambda run: setattr([*run["model"]][1], "p", 0.8),
    ),
    "a module's number": ({"model": Scaled()}, lambda run: setattr(run["model"], "factor", 0.5)),
    "a module's list": ({"model": Scaled()}, lambda run: run["model"].factors.__setitem__(0, 3.0)),
    "a module's array": (
        {"model": Scaled()},
        lambda run: setattr(run["model"], "each", np.array([1.0, 2.0, 3.0])),
    ),
    "a module's array in place": ({"model": Scaled()}, lambda run: halve(run["model"].each)),
    "a loss's setting": ({"loss": Smoothed()}, lambda run: setattr(run["loss"], "smoothing", 0.3)),
    "examples": ({}, lambda run: halve(run["x"])),
    "labels": ({}, lambda run: run["y"].fill(0)),
    "labels of int32": ({"y": LABELS.astype(np.int32)}, lambda run: run["y"].fill(0)),
    "examples not in C order": ({"x": np.asfortranarray(X)}, lambda run: halve(run["x"])),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_between_epochs_is_learnt_with(name: str) -> None:
    settings, change = CHANGES[name]
    found, expected = (learnt(jit, change, **settings) for jit in (True, False))
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    assert not np.allclose(expected, learnt(False, lambda run: None, **settings), rtol=1e-3)


@pytest.mark.parametrize("name", ["a module's number", "a loss's setting", "labels"])
def test_a_change_between_epochs_is_learnt_with_by_models_of_scalars(name: str) -> None:
    settings, change = CHANGES[name]
    settings = {"model": MODEL} | settings
    settings["model"] = settings["model"].scalars()
    found, expected = (learnt(jit, change, **settings) for jit in (True, False))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", [">f8", ">f4", "<f8"])
def test_examples_may_have_another_order_of_bytes(dtype: str) -> None:
    found, expected = (learnt(jit, lambda run: None, x=X.astype(dtype)) for jit in (True, False))
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


strength: Any = 1.0


def of_the_module(outputs: Any, y: Any) -> Any:
    return nn.mse(outputs, y) * strength


class Stretched(nn.Module):
    """A network whose outputs are multiplied by a number of this module."""

    def __init__(self) -> None:
        self.network = nn.MLP([3, 2], seed=0)

    def forward(self, x: Any) -> Any:
        return self.network(x) * strength


@pytest.mark.parametrize("kind", ["Tensors", "Values"])
@pytest.mark.parametrize("where", ["closure", "module", "forward"])
def test_a_name_that_stands_for_another_number_is_learnt_with(
    kind: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a loss that is twice as large each epoch, by the eager engine too."""
    targets = X[:, :2] ** 2

    def losses(jit: bool) -> list[float]:
        factor = 1.0
        model: Any = Stretched() if where == "forward" else nn.MLP([3, 2], seed=0)
        if kind == "Values":
            model = model.scalars()
        loss: Any = nn.mse
        if where == "module":
            loss = of_the_module
        elif where == "closure":
            loss = lambda outputs, y: nn.mse(outputs, y) * factor  # noqa: E731
        sgd = nn.SGD(model.parameters(), lr=0.01)
        found = []
        for epoch in nn.train(
            model, X, targets, epochs=3, loss=loss, optimizer=sgd, rng=0, batch_size=5, jit=jit
        ):
            found.append(epoch.loss)
            factor *= 2.0
            monkeypatch.setitem(globals(), "strength", factor)
        monkeypatch.setitem(globals(), "strength", 1.0)
        return found

    eager = losses(False)
    np.testing.assert_allclose(losses(True), eager, rtol=1e-12)
    assert eager[2] > 1.3 * eager[1] > 1.3 * 1.3 * eager[0]
