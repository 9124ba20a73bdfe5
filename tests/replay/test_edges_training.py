"""``nn.fit(..., jit=True)`` where the eager engine would do something else if nobody looked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from training_runs import LABELS, MODEL, X, flat

import autograd
import nn
from autograd import Value


def trained(jit: bool, between: Callable[[int, Any, Any], None], frozen: bool = False) -> Any:
    """Train for four epochs, with something done after each."""
    model = MODEL.scalars()
    sgd = nn.SGD(model.parameters(), lr=0.1)
    first = list(model.layers[0].parameters())  # which leaves out those that are frozen
    for p in first:
        p.requires_grad = not frozen
    epochs = nn.train(
        model, X, LABELS, epochs=4, loss=nn.cross_entropy, optimizer=sgd, rng=2, batch_size=5,
        jit=jit,
    )  # fmt: skip
    for epoch in epochs:
        between(epoch.number, model, first)
    return flat(model)


@pytest.mark.parametrize("frozen", [False, True])
def test_what_is_frozen_or_freed_between_epochs_stays_or_moves(frozen: bool) -> None:
    def change(epoch: int, model: Any, first: Any) -> None:
        if epoch == 2:
            for p in first:
                p.requires_grad = frozen

    expected = trained(False, change, frozen)
    np.testing.assert_allclose(trained(True, change, frozen), expected, rtol=1e-9)
    assert np.abs(expected - trained(False, lambda *_: None, frozen)).max() > 0.01


def test_a_weight_that_is_put_in_another_ones_place_is_used() -> None:
    def change(epoch: int, model: Any, first: Any) -> None:
        if epoch == 2:
            model.layers[0].weight[0, 0] = Value(0.5, requires_grad=False)

    np.testing.assert_allclose(trained(True, change), trained(False, change), rtol=1e-9)


WEIGHTED = partial(nn.cross_entropy, weight=[1.0, 1.0, 5.0])


@pytest.mark.parametrize("seed", range(3))
def test_weights_of_classes_are_refused_whatever_labels_come_first(seed: int) -> None:
    """Two examples of one class have the same mean with weights as without."""
    with pytest.raises(ValueError, match="the loss isn't that: on 2 examples it is"):
        fit(MODEL.scalars(), WEIGHTED, rng=seed, batch_size=2)


def test_weights_of_a_class_that_comes_late_are_refused() -> None:
    x, labels = np.ones((80, 3)), np.repeat([0, 2], [79, 1])
    with pytest.raises(ValueError, match="the loss isn't that"):
        fit(MODEL.scalars(), WEIGHTED, x, labels, batch_size=4)


def fit(model: Any, loss: Any, x: Any = X, y: Any = LABELS, **options: Any) -> None:
    settings: dict[str, Any] = {"rng": 0, "batch_size": 1, "progress": False, "jit": True}
    sgd = nn.SGD(model.parameters())
    nn.fit(model, x, y, epochs=1, loss=loss, optimizer=sgd, **settings | options)


def test_a_loss_that_depends_on_no_parameter_is_refused() -> None:
    with (
        autograd.no_grad(),
        pytest.raises(ValueError, match="none of the optimiser's parameters"),
    ):
        fit(MODEL.scalars(), nn.cross_entropy)


def test_a_loss_of_other_parameters_for_each_label_is_refused() -> None:
    """A step moves those that have a gradient, and which do differs from step to step."""

    class Centres(nn.Module):
        def __init__(self) -> None:
            self.centre = nn.Linear(1, 3, rng=0)

        def forward(self, x: Any) -> Any:
            return x

    model = Centres().scalars()
    before = flat(model)

    def loss(z: Any, y: Any) -> Any:
        return autograd.total((z[0, 0] - model.centre.bias[int(k)]) ** 2 for k in y)

    with pytest.raises(ValueError, match="depends on others in another batch"):
        fit(model, loss)
    assert flat(model).tolist() == before.tolist()
