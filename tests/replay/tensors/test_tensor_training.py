"""``nn.fit(..., jit=True)`` on Tensors learns what the eager engine learns.

The eager run is the oracle: it has its own in tests/nn. A step adds sums up in another order, and
later steps go on from that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tensor_runs import LABELS, X, adam, assert_same, flat, measured, run

import autograd
import nn
from autograd.extend import gradients, record_loop
from nn.training.run import Run

RNG = np.random.default_rng(1)
NUMBERS = np.tanh(X[:, :1] - X[:, 1:2])
OPTIMIZERS: dict[str, Any] = {
    "SGD": lambda p: nn.SGD(p, lr=0.1),
    "weight decay": lambda p: nn.SGD(p, lr=0.1, weight_decay=0.01),
    "momentum": lambda p: nn.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda p: nn.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "Adam": adam,
    "amsgrad": lambda p: nn.Adam(p, lr=0.02, weight_decay=0.01, amsgrad=True),
    "AdamW": lambda p: nn.AdamW(p, lr=0.02),
    "RMSprop": lambda p: nn.RMSprop(p, lr=0.02),
    "centered": lambda p: nn.RMSprop(p, lr=0.02, momentum=0.5, centered=True),
    "Adagrad": lambda p: nn.Adagrad(p, lr=0.1, lr_decay=0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimiser_learns_the_same(name: str) -> None:
    assert_same(optimizer=OPTIMIZERS[name])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimiser_learns_the_same_in_float32(name: str) -> None:
    model = nn.MLP([3, 4, 3], "tanh", seed=1, dtype=np.float32)
    assert_same(1e-4, model=model, x=X.astype(np.float32), optimizer=OPTIMIZERS[name])


def test_float32_stays_float32() -> None:
    _, model = run(True, nn.MLP([3, 4, 3], "tanh", seed=1, dtype=np.float32), X.astype(np.float32))
    assert {p.data.dtype for p in model.parameters()} == {np.dtype(np.float32)}


@pytest.mark.parametrize(("name", "first"), [("SGD", 0), ("Adam", 1), ("nesterov", 1)])
def test_only_an_optimisers_first_step_is_the_eager_engines(
    name: str, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It remembers more after it than before."""
    eager: list[Any] = []
    step = Run._step
    monkeypatch.setattr(Run, "_step", lambda *args: (eager.append(args), step(*args)))
    run(True, optimizer=OPTIMIZERS[name])
    assert len(eager) == first


OPTIONS: dict[str, dict[str, Any]] = {
    "a schedule": {"schedule": nn.schedules.Cosine(0.05, 0.001, 3)},
    "a schedule that goes by losses": {"schedule": nn.schedules.ReduceOnPlateau(0.05, patience=1)},
    "clipping by norm": {"clip_norm": 0.05},
    "clipping by value": {"clip_value": 0.01},
    "both": {"clip_value": 0.02, "clip_norm": 0.03},
    "a bound of 0": {"clip_norm": 0.0},
    "metrics": {"metrics": {"accuracy": nn.accuracy}},
    "validation": {"validation": 0.3, "metrics": [nn.accuracy]},
    "examples to validate with": {"validation": (X[:4], LABELS[:4])},
    "early stopping": {"validation": 0.3, "epochs": 30, "patience": 1, "min_delta": 0.05},
    "one batch": {"batch_size": 100},
    "one example a batch": {"batch_size": 1},
    "a last batch of one": {"batch_size": 7},
    "no shuffling": {"shuffle": False},
    "small whole numbers as labels": {"y": LABELS.astype(np.uint8)},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_does_what_it_does_without_jit(name: str) -> None:
    assert_same(**OPTIONS[name])


def rows(loss: Any, **settings: Any) -> dict[str, Any]:
    """Return a loss of rows of three numbers."""
    return {"loss": loss, "y": RNG.standard_normal((22, 3)), **settings}


SIGNS = np.sign(X[:, 0])
HALVES = {"y": (X[:, 0] > 0).astype(float), "model": nn.Neuron(3, None, seed=0)}
LOSSES: dict[str, dict[str, Any]] = {
    "mse": rows(nn.mse),
    "half squared error": rows(nn.half_squared_error),
    "smooth l1": rows(nn.smooth_l1),
    "sum": rows(lambda p, y: nn.mse(p, y, reduction="sum")),
    "whole numbers": {"loss": nn.mse, "y": RNG.integers(-2, 3, (22, 3))},
    "hinge": {"loss": nn.hinge, "y": SIGNS, "model": nn.Neuron(3, None, seed=0)},
    "multi margin": {"loss": nn.multi_margin},
    "binary cross entropy": {"loss": nn.binary_cross_entropy_with_logits, **HALVES},
    "cross entropy of rows": {"y": np.eye(3)[LABELS]},
    "class weights": {"loss": lambda z, y: nn.cross_entropy(z, y, weight=[1.0, 2.0, 0.5])},
    "label smoothing": {"loss": lambda z, y: nn.cross_entropy(z, y, label_smoothing=0.1)},
    "ignored labels": {
        "loss": lambda z, y: nn.cross_entropy(z, y, ignore_index=2), "batch_size": 11
    },
    "nll": {"loss": lambda z, y: nn.nll(autograd.log_softmax(z), y)},
    "kl divergence": {
        "loss": lambda z, y: nn.kl_divergence(autograd.log_softmax(z), y),
        "y": np.exp(X) / np.exp(X).sum(1, keepdims=True),
    },
    "one of one's own": {"loss": lambda z, y: ((z - y) ** 4).sum() / len(z), "y": X[:, ::-1]},
    "one that branches": {
        "loss": lambda z, y: nn.mse(z, y) if z.sum() < 1e9 else nn.smooth_l1(z, y), "y": X
    },
    "one that looks at labels": {
        "loss": lambda z, y: (z[:, 0] * np.where(y > 1, 1.0, -1.0)).sum() + (z * z).sum()
    },
}  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_learnt_with(name: str) -> None:
    assert_same(**LOSSES[name])


class Recurrent(nn.Module):
    """A loop over time, with shared weights."""

    def __init__(self) -> None:
        self.inward, self.again = nn.Linear(1, 4, rng=0), nn.Linear(4, 4, rng=1)
        self.out = nn.Linear(4, 3, rng=2)

    def forward(self, x: Any) -> Any:
        h = autograd.tanh(self.inward(x[:, :1]))
        for k in range(1, x.shape[1]):
            h = autograd.tanh(self.inward(x[:, k : k + 1]) + self.again(h))
        return self.out(h)


class Words(nn.Module):
    """Positions to vectors, which attend to one another."""

    def __init__(self) -> None:
        self.table = nn.Embedding(7, 4, rng=0)
        self.attention = nn.MultiheadAttention(4, 2, rng=1)
        self.out = nn.Linear(4, 3, rng=2)

    def forward(self, x: Any) -> Any:
        h = self.table(x)
        return self.out(self.attention(h, h, h).mean(axis=1))


IMAGES = RNG.standard_normal((22, 1, 6, 6))
CONVOLUTIONS = nn.Sequential(
    nn.Conv2d(1, 2, 3, rng=0), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3, rng=1)
)
MODELS: dict[str, dict[str, Any]] = {
    "residual": {
        "model": nn.Sequential(
            nn.Linear(3, 4, rng=0), nn.Residual(nn.Layer(4, 4, "gelu", rng=1)),
            nn.LayerNorm(4), nn.Linear(4, 3, rng=2),
        )
    },
    "convolutions": {"model": CONVOLUTIONS, "x": IMAGES},
    "a loop": {"model": Recurrent()},
    "words": {"model": Words(), "x": RNG.integers(0, 7, (22, 5))},
    "pixels as whole numbers": {"x": RNG.integers(0, 16, (22, 3))},
    "relu": {"model": nn.MLP([3, 8, 8, 3], "relu", seed=0)},
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_every_kind_of_model_is_learnt(name: str) -> None:
    assert_same(1e-9, **MODELS[name])


def test_dropout_draws_the_same_stream() -> None:
    model = nn.Sequential(nn.Linear(3, 8, rng=0), nn.Dropout(0.5, rng=3), nn.Linear(8, 3, rng=1))
    assert_same(model=model)


def test_dropouts_generator_goes_on_where_the_eager_one_does() -> None:
    model = nn.Sequential(nn.Linear(3, 8, rng=0), nn.Dropout(0.5, rng=3), nn.Linear(8, 3, rng=1))
    states = [
        next(each for _, each in run(jit, model)[1].named_generators()).bit_generator.state
        for jit in (True, False)
    ]
    assert states[0] == states[1]


def test_shared_parameters_get_both_gradients() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            self.first, self.out = nn.Layer(3, 3, "tanh", rng=0), nn.Linear(3, 3, rng=1)

        def forward(self, x: Any) -> Any:
            return self.out(self.first(self.first(x)))

    assert_same(model=Twice())


@pytest.mark.parametrize("jit", [True, False])
def test_frozen_parameters_stay_and_learn_again_when_freed(jit: bool) -> None:
    model = nn.MLP([3, 4, 3], "tanh", seed=1)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    frozen = model.layers[0].weight
    before, found = frozen.data.copy(), []
    frozen.requires_grad = False
    epochs = nn.train(
        model, X, LABELS, epochs=3, loss=nn.cross_entropy, rng=0, jit=jit, batch_size=5,
        optimizer=optimizer,
    )  # fmt: skip
    for _ in epochs:
        found.append(np.array_equal(frozen.data, before))
        frozen.requires_grad = True
    assert found == [True, False, False]


def test_between_epochs_the_model_is_the_eager_one() -> None:
    model = nn.MLP([3, 4, 3], "tanh", seed=1)
    epochs = nn.train(
        model, X, LABELS, epochs=1, loss=nn.cross_entropy, rng=0, jit=True, batch_size=22,
        optimizer=nn.SGD(model.parameters(), lr=0.0),
    )  # fmt: skip
    epoch = next(epochs)
    loss = nn.cross_entropy(model(X), LABELS)
    loss.backward()
    assert loss.item() == pytest.approx(epoch.loss, rel=1e-14)
    assert all(type(p) is autograd.Tensor for p in model.parameters())


@pytest.mark.parametrize("jit", [True, False])
def test_a_penalty_on_the_models_own_parameters_is_learnt_with(jit: bool) -> None:
    """With SGD alone, w − lr (∂loss/∂w + 2 λ w) is weight decay of 2 λ."""
    found = []
    for penalty in (0.05, 0.0):
        model = nn.MLP([3, 4, 3], "tanh", seed=1)
        parameters = list(model.parameters())
        nn.fit(
            model, X, LABELS, epochs=2, rng=0, batch_size=5, progress=False, jit=jit,
            optimizer=nn.SGD(parameters, lr=0.1, weight_decay=0.0 if penalty else 0.1),
            loss=lambda z, y, p=parameters, k=penalty: nn.cross_entropy(z, y)
            + k * sum((w * w).sum() for w in p),
        )  # fmt: skip
        found.append(flat(model))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)


def test_gradients_of_the_last_step_are_left_as_without_jit() -> None:
    found = [
        np.concatenate([p.grad.ravel() for p in run(jit, clip_value=0.01)[1].parameters()])
        for jit in (True, False)
    ]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9, atol=1e-15)


def test_a_parameter_that_the_loss_doesnt_reach_stays_and_has_no_gradient() -> None:
    class Partly(nn.Module):
        def __init__(self) -> None:
            self.used, self.unused = nn.Linear(3, 3, rng=0), nn.Linear(3, 3, rng=1)

        def forward(self, x: Any) -> Any:
            return self.used(x)

    assert_same(model=Partly())
    _, model = run(True, Partly())
    assert model.unused.weight.grad is None
    np.testing.assert_array_equal(model.unused.weight.data, Partly().unused.weight.data)


def test_examples_of_float64_and_a_model_of_float32() -> None:
    assert_same(1e-4, model=nn.MLP([3, 4, 3], "tanh", seed=1, dtype=np.float32))


def test_a_module_that_counts_its_calls_is_refused_and_nothing_is_changed() -> None:
    class Counting(nn.Module):
        def __init__(self) -> None:
            self.out, self.calls = nn.Linear(3, 3, rng=0), 0

        def forward(self, x: Any) -> Any:
            self.calls += 1
            return self.out(x) / self.calls

    model = Counting()
    before = flat(model)
    with pytest.raises(ValueError, match="something that changes between calls"):
        nn.fit(
            model, X, LABELS, epochs=1, loss=nn.cross_entropy, rng=0, jit=True, progress=False,
            optimizer=nn.SGD(model.parameters(), lr=0.1),
        )  # fmt: skip
    np.testing.assert_array_equal(flat(model), before)


def test_a_module_that_keeps_a_running_mean_is_refused_and_stays_usable() -> None:
    class Centred(nn.Module):
        def __init__(self) -> None:
            self.out, self.mean = nn.Linear(3, 3, rng=0), np.zeros(3)

        def forward(self, x: Any) -> Any:
            h = self.out(x)
            self.mean = 0.9 * self.mean + 0.1 * h.mean(0)
            return h - self.mean

    model = Centred()
    with pytest.raises(TypeError, match="return it instead"):
        nn.fit(
            model, X, LABELS, epochs=1, loss=nn.cross_entropy, rng=0, jit=True, progress=False,
            optimizer=nn.SGD(model.parameters(), lr=0.1),
        )  # fmt: skip
    assert np.isfinite(model(X).data).all()


def test_an_epoch_of_many_steps_is_a_few_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole epoch doesn't come back to Python but for its last step."""
    from autograd.replay.tensors.tensor_loop import TensorLoop

    steps: list[int] = []
    before = TensorLoop.run
    monkeypatch.setattr(
        TensorLoop, "run",
        lambda self, v, m, order, n=None: (
            steps.append(len(order)), before(self, v, m, order, n)
        )[1],
    )  # fmt: skip
    run(True, epochs=1, batch_size=1, optimizer=OPTIMIZERS["SGD"])
    assert steps == [21, 1]


@pytest.mark.parametrize("every", [1, 2, 3])
def test_a_run_that_is_resumed_has_the_same_bits(every: int, tmp_path: Any) -> None:
    whole, expected = run(True, epochs=4)
    path = tmp_path / "run"
    run(True, epochs=2, checkpoint=nn.Checkpoint(path, every=every))
    history, model = run(True, epochs=4, checkpoint=nn.Checkpoint(path, every=every))
    assert flat(model).tobytes() == flat(expected).tobytes()
    assert measured(history) == measured(whole)


def test_a_run_that_fails_in_an_epoch_goes_on_from_its_last_checkpoint(tmp_path: Any) -> None:
    whole, expected = run(True, epochs=4)
    settings = {"epochs": 4, "checkpoint": nn.Checkpoint(tmp_path / "run", every=1)}
    calls = []

    class StoppedError(Exception):
        pass

    def stopping(outputs: Any, targets: Any) -> float:
        calls.append(1)
        if len(calls) == 9:
            raise StoppedError
        return 0.0

    with pytest.raises(StoppedError):
        run(True, metrics={"m": stopping}, **settings)
    history, model = run(True, metrics={"m": lambda *_: 0.0}, **settings)
    assert flat(model).tobytes() == flat(expected).tobytes()
    assert [e.loss for e in history] == [e.loss for e in whole]


def test_a_run_that_diverges_says_so_and_leaves_the_same_weights() -> None:
    said, left = [], []
    for jit in (True, False):
        model = nn.MLP([3, 4, 3], "linear", seed=1)
        with pytest.raises(nn.Diverged) as caught:
            nn.fit(
                model, X * 1e3, X * 1e3, epochs=50, loss=nn.mse, rng=0, progress=False, jit=jit,
                optimizer=nn.SGD(model.parameters(), lr=1e3), batch_size=5,
            )  # fmt: skip
        said.append(str(caught.value))
        left.append(flat(model))
    assert said[0] == said[1]
    np.testing.assert_allclose(left[0], left[1], rtol=1e-8)


def test_a_run_with_dropout_that_diverges_stops_at_the_same_step() -> None:
    """The steps before it are done again, with the same random numbers."""
    found = []
    for jit in (True, False):
        model = nn.Sequential(
            nn.Linear(3, 8, rng=0), nn.Dropout(0.5, rng=3), nn.Linear(8, 3, rng=1)
        )
        with pytest.raises(nn.Diverged) as caught:
            nn.fit(
                model, X, X, epochs=50, loss=nn.mse, rng=0, progress=False, jit=jit, batch_size=2,
                optimizer=nn.SGD(model.parameters(), lr=4.0),
            )  # fmt: skip
        found.append((str(caught.value), flat(model)))
    assert found[0][0] == found[1][0]
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-6)


def test_an_optimiser_may_exchange_what_it_remembers() -> None:
    class Exchanging(nn.SGD):
        def _initial(self, data: Any) -> Any:
            return {"a": data * 0.0 + 1.0, "b": data * 0.0 + 2.0}

        def _rule(self, data: Any, grad: Any, memory: Any) -> Any:
            moved = data - self.lr * memory["a"] * grad
            return moved, {"a": memory["b"], "b": memory["a"]}

    def exchanging(parameters: Any) -> nn.Optimizer:
        made = Exchanging(parameters, lr=0.1)
        made._memory = [made._initial(p.data) for p in made.params]
        return made

    assert_same(optimizer=exchanging)


def test_a_loop_that_stopped_at_a_label_goes_on_with_others() -> None:
    weight = autograd.Tensor(np.zeros(3))

    def step(memory: Any, rows: Any, numbers: Any) -> Any:
        loss = nn.cross_entropy(rows[0] + weight, rows[1])
        (found,) = gradients(loss, [weight])
        return [weight - 0.1 * found], memory, loss, [loss], [found]

    labels = LABELS.copy()
    labels[-1] = 5
    loop = record_loop(step, [weight], [], [X, labels], 2)
    order = np.array([[0, 1], [2, 21], [3, 4]])
    assert loop.run([np.zeros(3)], [], order).steps == 1
    assert loop.run([np.zeros(3)], [], order[::2]).steps == 2


def test_a_label_that_is_no_class_undoes_the_epoch_and_is_named() -> None:
    model = nn.MLP([3, 4, 3], "tanh", seed=1)
    before = flat(model)
    with pytest.raises(ValueError, match="labels must be from 0 to 2, got 3"):
        nn.fit(
            model, X, np.where(np.arange(22) == 20, 3, LABELS), epochs=1, rng=0, shuffle=False,
            loss=nn.cross_entropy, optimizer=nn.SGD(model.parameters(), lr=0.1), jit=True,
            progress=False, batch_size=5,
        )  # fmt: skip
    assert np.array_equal(flat(model), before)


def test_weights_of_the_loss_that_are_changed_in_place_are_read_anew() -> None:
    found = []
    for jit in (True, False):
        weight = np.ones(3)
        model = nn.MLP([3, 4, 3], "tanh", seed=1)
        epochs = nn.train(
            model,
            X,
            X,
            epochs=3,
            rng=0,
            jit=jit,
            optimizer=nn.SGD(model.parameters(), lr=0.1),
            loss=lambda z, y, weight=weight: (((z - y) * weight) ** 2).mean(),
        )
        for _ in epochs:
            weight *= 2.0
        found.append(flat(model))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)


def test_numbers_of_another_kind_are_refused_before_anything_is_changed() -> None:
    model = nn.MLP([3, 4, 3], "tanh", seed=1, dtype=np.float16)
    before = flat(model)
    with pytest.raises(TypeError, match="Tensors of float32 or float64"):
        nn.fit(
            model, X, LABELS, epochs=1, loss=nn.cross_entropy, rng=0, jit=True, progress=False,
            optimizer=nn.SGD(model.parameters(), lr=0.1),
        )  # fmt: skip
    assert np.array_equal(flat(model), before)


def test_an_optimiser_with_a_step_of_its_own_is_refused() -> None:
    class Own(nn.SGD):
        def step(self) -> None:
            super().step()

    with pytest.raises(TypeError, match="state its rule"):
        run(True, optimizer=lambda p: Own(p, lr=0.1))


def test_a_model_that_reads_its_numbers_is_refused_and_nothing_is_changed() -> None:
    class Reads(nn.Module):
        def __init__(self) -> None:
            self.out = nn.Linear(3, 3, rng=0)

        def forward(self, x: Any) -> Any:
            return self.out(x) * float(np.asarray(x)[0, 0])

    model = Reads()
    before = flat(model)
    with pytest.raises(TypeError, match="compute with Tensors"):
        nn.fit(
            model, X, LABELS, epochs=1, loss=nn.cross_entropy, rng=0, jit=True, progress=False,
            optimizer=nn.SGD(model.parameters(), lr=0.1),
        )  # fmt: skip
    assert np.array_equal(flat(model), before)
