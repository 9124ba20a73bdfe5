"""``nn.fit(..., jit=True)`` learns what the eager engine learns.

The eager run is the oracle here: it has its own in tests/nn. What can't be replayed is in
``test_training_refused.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_runs import LABELS, MODEL, X, assert_same, flat, run

import autograd
import nn

RNG = np.random.default_rng(1)
NUMBERS = np.tanh(X[:, :1] - X[:, 1:2])

OPTIMIZERS: dict[str, Callable[[Any], nn.Optimizer]] = {
    "SGD": lambda p: nn.SGD(p, lr=0.1),
    "momentum": lambda p: nn.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
    "Adam": lambda p: nn.Adam(p, lr=0.02, weight_decay=0.01, amsgrad=True),
    "AdamW": lambda p: nn.AdamW(p, lr=0.02),
    "RMSprop": lambda p: nn.RMSprop(p, lr=0.02, momentum=0.5, centered=True),
    "Adagrad": lambda p: nn.Adagrad(p, lr=0.1, lr_decay=0.1),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimiser_learns_the_same(name: str) -> None:
    assert_same(optimizer=OPTIMIZERS[name])


OPTIONS: dict[str, dict[str, Any]] = {
    "a schedule": {"schedule": nn.schedules.Cosine(0.05, 0.001, 3)},
    "clipping by norm": {"clip_norm": 0.05},
    "clipping by value": {"clip_value": 0.01},
    "metrics": {"metrics": {"accuracy": nn.accuracy}},
    "validation": {"validation": 0.3, "metrics": [nn.accuracy]},
    "early stopping": {"validation": 0.3, "epochs": 30, "patience": 1, "min_delta": 0.05},
    "one batch": {"batch_size": 100},
    "numbers to learn": {
        "y": NUMBERS, "loss": nn.mse, "model": nn.MLP([3, 2, 1], "relu", seed=0)
    },
    "rows of numbers": {
        "y": RNG.standard_normal((22, 4)), "loss": nn.smooth_l1,
        "model": nn.MLP([3, 4], seed=0),
    },
    "signs": {
        "y": np.sign(X[:, 0]), "loss": nn.hinge, "model": nn.Neuron(3, None, init="zeros"),
    },
    "probabilities": {"y": np.eye(3)[LABELS]},
    "smoothing": {"loss": lambda z, y: nn.cross_entropy(z, y, label_smoothing=0.1)},
    "layers that normalise": {
        "model": nn.Sequential(
            nn.Linear(3, 4, rng=0), nn.LayerNorm(4), "gelu", nn.Linear(4, 3, rng=1)
        )
    },
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_does_the_same(name: str) -> None:
    assert_same(**OPTIONS[name])


def test_a_penalty_on_the_parameters_counts_once() -> None:
    def run_with_penalty(jit: bool) -> Any:
        model = MODEL.scalars()

        def loss(z: Any, y: Any) -> Any:
            return nn.cross_entropy(z, y) + 0.01 * autograd.total(p * p for p in model.parameters())

        sgd = nn.SGD(model.parameters(), lr=0.1)
        nn.fit(model, X, LABELS, epochs=2, loss=loss, optimizer=sgd, rng=0, progress=False, jit=jit)
        return flat(model)

    np.testing.assert_allclose(run_with_penalty(True), run_with_penalty(False), rtol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SGD", "momentum", "Adam", "RMSprop", "Adagrad"])
def test_with_one_example_a_step_nothing_is_rounded_differently(name: str) -> None:
    """The order of operations is the eager engine's, so the bits are.

    But with labels: those of the other examples are in the recording too, and the walk's order with
    them.
    """
    settings: dict[str, Any] = {"batch_size": 1, "optimizer": OPTIMIZERS[name], "epochs": 2}
    settings |= {"y": NUMBERS, "loss": nn.mse, "model": nn.MLP([3, 4, 3, 1], "tanh", seed=0)}
    (history, model), (expected, eager) = run(True, **settings), run(False, **settings)
    assert flat(model).tolist() == flat(eager).tolist()
    assert [epoch.loss for epoch in history] == [epoch.loss for epoch in expected]


def test_what_no_loss_reaches_is_not_moved_by_decay() -> None:
    class WithIdlePart(nn.Module):
        def __init__(self) -> None:
            self.used, self.idle = nn.Linear(3, 3, rng=0), nn.Linear(3, 3, rng=1)

        def forward(self, x: Any) -> Any:
            return self.used(x)

    assert_same(model=WithIdlePart(), optimizer=lambda p: nn.SGD(p, lr=0.1, weight_decay=0.5))


def test_a_frozen_part_stays_and_is_used() -> None:
    class OnTop(nn.Module):
        def __init__(self) -> None:
            self.base, self.top = nn.Linear(3, 3, rng=0), nn.Linear(3, 3, rng=1)

        def forward(self, x: Any) -> Any:
            return self.top(autograd.tanh(self.base(x)))

    def trained(jit: bool) -> Any:
        model = OnTop().scalars()
        sgd = nn.SGD(model.top.parameters(), lr=0.1)
        options: Any = {"epochs": 2, "loss": nn.cross_entropy, "rng": 0, "progress": False}
        nn.fit(model, X, LABELS, optimizer=sgd, jit=jit, **options)
        return flat(model)

    np.testing.assert_allclose(trained(True), trained(False), rtol=1e-10)


def test_between_epochs_the_model_and_the_optimiser_have_what_was_learnt() -> None:
    """Whoever changes them there goes on from the change."""

    def trained(jit: bool) -> Any:
        model = MODEL.scalars()
        adam = nn.Adam(model.parameters(), lr=0.02)
        epochs = nn.train(
            model, X, LABELS, epochs=3, loss=nn.cross_entropy, optimizer=adam, rng=0, jit=jit
        )
        seen = []
        for _ in epochs:
            adam.lr *= 0.5
            adam.params[0].data += 0.125
            memory = [number for each in adam.state_dict()["memory"] for number in each.values()]
            seen.append([*memory, *(p.grad for p in adam.params), *flat(model)])
        return seen

    np.testing.assert_allclose(trained(True), trained(False), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("every", [None, 2])
def test_a_checkpoint_goes_on_to_the_bit(every: int | None, tmp_path: Path) -> None:
    whole, model = run(True, epochs=4)
    for epochs in (2, 4):
        path = nn.Checkpoint(tmp_path / "run", every=every)
        parts, resumed = run(True, epochs=epochs, checkpoint=path)
    assert flat(resumed).tolist() == flat(model).tolist()
    assert [e.loss for e in parts] == [e.loss for e in whole]


def test_an_interrupted_epoch_goes_on_from_its_last_checkpoint_to_the_bit(tmp_path: Path) -> None:
    class InterruptError(Exception):
        pass

    calls = []

    def interrupting(outputs: Any, targets: Any) -> float:
        calls.append(1)
        if len(calls) == 8:
            raise InterruptError
        return 0.0

    settings: dict[str, Any] = {"metrics": {"metric": interrupting}, "epochs": 3}
    checkpoint = nn.Checkpoint(tmp_path / "run", every=1)
    with pytest.raises(InterruptError):
        run(True, checkpoint=checkpoint, **settings)
    _, resumed = run(True, checkpoint=checkpoint, **settings)
    _, model = run(True, **settings)
    assert flat(resumed).tolist() == flat(model).tolist()


def test_a_replayed_run_can_go_on_in_the_eager_engine(tmp_path: Path) -> None:
    run(True, epochs=2, checkpoint=tmp_path / "run")
    history, model = run(False, epochs=3, checkpoint=tmp_path / "run")
    _, eager = run(False, epochs=3)
    assert len(history) == 3
    np.testing.assert_allclose(flat(model), flat(eager), rtol=1e-9)


def test_divergence_is_noticed_and_leaves_the_last_good_weights() -> None:
    x = X.copy()
    x[7] = [1e308, -1e308, 1e308]
    found = []
    for jit in (True, False):
        model = nn.MLP([3, 3], seed=0).scalars()
        sgd = nn.SGD(model.parameters(), lr=10.0)
        divergence = pytest.raises(nn.Diverged, match=r"epoch 1, batch \d: the loss is (nan|inf)")
        with np.errstate(all="ignore"), divergence:
            nn.fit(
                model, x, LABELS, epochs=2, batch_size=2, loss=nn.cross_entropy, optimizer=sgd,
                rng=1, progress=False, jit=jit,
            )  # fmt: skip
        found.append(flat(model))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-10)
    assert np.isfinite(found[0]).all()


def test_the_graph_of_a_step_that_was_replayed_can_be_opened() -> None:
    """Its loss and gradients are the replay's: for the player, drawings, why and a hunt for nan."""
    model = MODEL.scalars()
    sgd = nn.SGD(model.parameters(), lr=0.0)
    (epoch,) = nn.train(
        model, X, LABELS, epochs=1, batch_size=22, loss=nn.cross_entropy, optimizer=sgd, rng=0,
        jit=True,
    )  # fmt: skip
    replayed = [p.grad for p in model.parameters()]
    model.zero_grad()
    loss = nn.cross_entropy(model(X), LABELS)
    loss.backward()
    assert loss.data == pytest.approx(epoch.loss, rel=1e-14)
    assert [p.grad for p in model.parameters()] == pytest.approx(replayed, rel=1e-12, abs=1e-15)
    steps = autograd.step(loss)
    assert steps.steps  # it can be stepped through


@pytest.mark.slow
def test_the_documentation_runs() -> None:
    page = Path(autograd.__file__).parent.parent / "docs" / "jit.md"
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    code = "\n".join(blocks).replace("epochs=20", "epochs=2, progress=False")
    x, labels = RNG.random((20, 64)), RNG.integers(0, 10, 20)
    names: dict[str, Any] = {"x": x, "y": labels, "batches": [(x, np.eye(10)[labels])] * 3}
    exec(compile(code, str(page), "exec"), names)
    assert len(blocks) == 7
    assert names["root"].data == pytest.approx(
        names["fast"].map(names["theta"], x[:2], np.eye(10)[labels[:2]]).mean(), rel=1e-12
    )
