"""Training beyond the loop: records, metrics, validation, schedules, clipping."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from slope import Slope, X, run

import nn
from autograd import Tensor
from nn.training.run import Run

# What is recorded ---------------------------------------------------------------------------------


def test_an_epoch_records_the_rate_and_how_long_gradients_were() -> None:
    (epoch,) = run(Slope(), lr=1e-3)
    assert epoch.learning_rate == 1e-3
    assert epoch.gradient_norm == epoch.max_gradient_norm == pytest.approx(114, rel=1e-14)
    assert epoch.seconds > 0


def test_gradient_norms_are_the_mean_and_the_largest_over_steps() -> None:
    """Two batches, a model that stands still: the gradients are −4 mean x² of each, mean −114."""
    (epoch,) = run(Slope(), batch_size=5)
    assert epoch.gradient_norm == pytest.approx(114, rel=1e-14)
    assert epoch.max_gradient_norm > 114


def test_metrics_are_means_over_the_samples_however_they_are_batched() -> None:
    (epoch,) = run(Slope(), batch_size=4, metrics=[nn.mean_absolute_error])
    assert epoch.metrics == {"mean_absolute_error": pytest.approx(9.0)}  # the mean of 2x


def test_metrics_have_the_names_given_and_see_plain_arrays() -> None:
    def shape(outputs: Any, targets: Any) -> float:
        assert type(outputs) is type(targets) is np.ndarray
        return float(len(outputs))

    for model in (Slope(), Slope().scalars()):
        (epoch,) = run(model, metrics={"n": shape}, validation=([[1.0]] * 3, [[2.0]] * 3))
        assert (epoch.metrics, epoch.validation_metrics) == ({"n": 10.0}, {"n": 3.0})


def test_the_table_and_the_bar_show_metrics(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # an older tqdm cuts its line at the console's width
    monkeypatch.setenv("LINES", "50")
    history = run(Slope(), metrics=[nn.mean_absolute_error], validation=(X, X), progress=True)
    assert "mean_absolute_error=9.0000" in capsys.readouterr().err
    assert history.columns == (
        "epoch", "loss", "validation loss", "mean_absolute_error",
        "validation mean_absolute_error", "learning rate", "gradient norm", "seconds",
    )  # fmt: skip


def test_accuracy_is_the_share_of_labels_guessed() -> None:
    assert nn.accuracy([[0, 1], [1, 0], [2, 3]], [1, 1, 1]) == 2 / 3
    assert nn.accuracy([[1.0], [-1.0]], [[1], [1]]) == 0.5
    assert nn.accuracy([1.0, -1.0], [1, -1]) == 1.0


@pytest.mark.parametrize(("outputs", "labels"), [([1.0, 2.0], [1]), ([], []), ([[1, 2]], [[1]])])
def test_accuracy_of_what_does_not_fit_is_refused(outputs: Any, labels: Any) -> None:
    with pytest.raises(ValueError, match="accuracy compares outputs of shape"):
        nn.accuracy(outputs, labels)


# Validation ---------------------------------------------------------------------------------------


class Seen(Slope):
    """Remembers what it was called on in training, and what out of it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[bool, set[float]] = {True: set(), False: set()}

    def forward(self, x: Any) -> Any:
        self.seen[self.training] |= set(x[:, 0].tolist())
        return super().forward(x)


def test_a_share_is_held_out_and_never_learnt_from() -> None:
    model = Seen()
    run(model, epochs=5, validation=0.3, batch_size=2)
    learnt, held_out = model.seen[True], model.seen[False]
    assert (len(learnt), len(held_out)) == (7, 3)
    assert learnt | held_out == set(X[:, 0])


def test_the_seed_chooses_what_is_held_out() -> None:
    found = []
    for rng in (1, 1, 2):
        model = Seen()
        run(model, validation=0.3, rng=rng)
        found.append(model.seen[False])
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize(
    ("share", "error", "message"),
    [
        (1.0, ValueError, "between 0 and 1, got 1.0"),
        (0.99, ValueError, "leaves none to learn from"),
        (3, TypeError, "a pair .* or a share"),
    ],
)
def test_a_share_that_makes_no_sense_is_refused(share: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        run(Slope(), validation=share)


# Schedules and clipping ---------------------------------------------------------------------------


def test_a_schedule_sets_the_rate_before_every_step_in_epochs() -> None:
    rates: list[float] = []

    class Noting(nn.SGD):
        def step(self) -> None:
            rates.append(float(self.lr))
            super().step()

    model = Slope()
    history = run(
        model, epochs=2, batch_size=5, optimizer=Noting(model.parameters()),
        schedule=nn.schedules.Exponential(1e-3, factor=0.25),
    )  # fmt: skip
    assert rates == pytest.approx([1e-3, 0.5e-3, 0.25e-3, 0.125e-3], rel=1e-14)
    assert [epoch.learning_rate for epoch in history] == rates[1::2]


def test_a_plateau_is_seen_on_the_validation_data() -> None:
    """A model that stands still gets no better: with patience 1 it takes three epochs to see."""
    schedule = nn.schedules.ReduceOnPlateau(0.0, patience=1)
    model = Slope()
    seen: list[list[float]] = []

    class Noting(nn.schedules.Schedule):
        def _rate(self, time: float, losses: Any) -> float:
            seen.append(list(losses))
            return schedule(time, losses)

    run(model, epochs=3, validation=([[1.0]], [[3.0]]), schedule=Noting())
    assert seen == [[], [9.0], [9.0, 9.0]]


def test_a_gradient_is_clipped_to_a_norm_and_recorded_as_it_was() -> None:
    model = Slope()
    (epoch,) = run(model, lr=0.5, clip_norm=1.0)
    assert model.w.data == pytest.approx(0.5, rel=1e-14)
    assert epoch.gradient_norm == pytest.approx(114, rel=1e-14)


def test_a_gradient_is_clipped_to_a_value() -> None:
    model = Slope()
    run(model, lr=0.5, clip_value=0.5)
    assert model.w.data == 0.25


# What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"patience": 0}, ValueError, "patience must be a positive integer"),
        ({"min_delta": -1}, ValueError, "min_delta must be"),
        ({"clip_norm": -1.0}, ValueError, "clip_norm must be finite and at least 0"),
        ({"clip_value": "1"}, TypeError, "clip_value must be a number"),
        ({"metrics": [0.5]}, TypeError, "a metric is a function"),
        ({"metrics": nn.accuracy}, TypeError, "metrics are functions of outputs and targets in a"),
        ({"metrics": "accuracy"}, TypeError, r"a mapping, got 'accuracy': try \[nn.accuracy\]"),
        ({"optimizer": "adam"}, TypeError, r"an nn.Optimizer, got 'adam': try nn.Adam\(model.para"),
        ({"schedule": 0.1}, TypeError, "schedule must be one of nn.schedules, got 0.1"),
        ({"loss": "mse"}, TypeError, "loss must be a function of outputs and targets, got 'mse'"),
        ({"validation": ([[np.nan]], [[1.0]])}, ValueError, "x must be finite"),
        ({"schedules": None}, TypeError, "schedules"),
    ],
)
def test_bad_settings_are_refused(settings: Any, error: type[Exception], message: str) -> None:
    model = Slope()
    with pytest.raises(error, match=message):
        run(model, lr=0.1, **settings)
    assert model.w.data == 0.0


def test_data_that_are_not_finite_are_refused_before_any_step() -> None:
    """The nan is in the last of ten batches."""
    model = Slope()
    sgd = nn.SGD(model.parameters(), lr=0.1)
    x = np.append(np.arange(9.0), np.nan)[:, None]
    with pytest.raises(ValueError, match="x must be finite, and has nan or inf"):
        nn.fit(model, x, x, epochs=1, loss=nn.mse, optimizer=sgd, rng=0, batch_size=1)
    assert model.w.data == 0.0


def test_an_optimiser_of_another_model_is_refused() -> None:
    """Else the loss would stay where it is, without a word."""
    with pytest.raises(ValueError, match="has none of the model's parameters"):
        run(Slope(), optimizer=nn.SGD(Slope().parameters(), lr=0.1))


@pytest.mark.parametrize("wrong", ["label", "validation", "metric"])
def test_an_epoch_in_which_something_raises_is_undone(wrong: str) -> None:
    """A label outside the classes, in one batch of ten; wrong widths, or a metric that raises."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)), np.arange(20) % 2
    model = nn.Sequential(nn.Linear(3, 2, rng=0), nn.Dropout(0.5, rng=1))
    adam = nn.Adam(model.parameters())
    options: dict[str, Any] = {
        "validation": (x[:, :2], y) if wrong == "validation" else (x, y),
        "metrics": {"m": lambda outputs, labels: 1 / (wrong != "metric")},
    }

    def state() -> str:
        generators = [each.bit_generator.state for each in (rng, model[1].generator)]
        grads = [p.grad for p in model.parameters()]
        return repr((model.state_dict(), adam.state_dict(), generators, grads))

    before = state()
    labels = np.where(np.arange(20) == 7, 2, y) if wrong == "label" else y
    with pytest.raises((ValueError, ZeroDivisionError)):
        nn.fit(
            model, x, labels, epochs=1, loss=nn.cross_entropy, optimizer=adam, rng=rng,
            batch_size=2, progress=False, **options,
        )  # fmt: skip
    assert state() == before


def test_an_epoch_that_cannot_be_kept_is_undone(tmp_path: Path) -> None:
    """The disk is full: what isn't in the checkpoint has not happened."""

    class Full(nn.Checkpoint):
        def save(self, state: Any) -> None:
            if state["history"]:
                raise OSError("no space left on device")

    model = Slope()
    training = Run(
        model, X, 2 * X, loss=nn.mse, optimizer=nn.SGD(model.parameters(), lr=1e-3), rng=0,
        checkpoint=Full(tmp_path / "run"),
    )  # fmt: skip
    with pytest.raises(OSError, match="no space left"):
        next(training.epochs(1))
    assert (model.w.data, training.history) == (0.0, [])


def test_a_training_step_leaves_numpys_warnings_as_they_were() -> None:
    with np.errstate(all="raise"):
        x = Tensor([[0.0, 1e308]])
        optimizer = nn.SGD([x], lr=1e308)
        nn.cross_entropy(x * 1e308 / 0.0, [0]).backward()
        optimizer.step()
        assert set(np.geterr().values()) == {"raise"}
