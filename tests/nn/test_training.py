"""Training beyond the loop: records, metrics, schedules, clipping, early stopping, divergence."""

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor

X = np.arange(10.0)[:, None]


class Slope(nn.Module):
    """ŷ = w x: for y = 2x, and all examples in a batch, the gradient is 57 (w − 2)."""

    def __init__(self, w: float = 0.0) -> None:
        self.w = Tensor(w)

    def forward(self, x: Any) -> Any:
        return x * self.w


def run(model: nn.Module, lr: float = 0.0, **settings: Any) -> nn.History:
    optimizer = nn.SGD(model.parameters(), lr=lr)
    defaults: dict[str, Any] = {
        "epochs": 1, "loss": nn.mse, "rng": 0, "progress": False, "batch_size": 10,
        "optimizer": optimizer,
    }  # fmt: skip
    return nn.fit(model, X, 2 * X, **defaults | settings)


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


def test_the_table_and_the_bar_show_metrics(capsys: pytest.CaptureFixture[str]) -> None:
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


# Early stopping -----------------------------------------------------------------------------------


def test_training_stops_when_it_no_longer_helps_and_the_best_weights_are_back() -> None:
    """The validation data want w = 1, the training data 2: on the way there 1 is passed."""
    model = Slope()
    history = run(model, lr=1e-3, epochs=99, validation=([[1.0]], [[1.0]]), patience=3)
    assert len(history) == history.best.number + 3
    twin = Slope()
    run(twin, lr=1e-3, epochs=history.best.number)
    assert model.w.data == twin.w.data
    assert history.stopped.startswith("stopped: no better loss in 3 epochs")
    assert str(history).startswith("stopped: no better")


def test_of_equally_good_weights_the_first_are_kept() -> None:
    """At x = 0 every slope is right."""
    model, twin = Slope(), Slope()
    run(model, lr=1e-3, epochs=9, validation=([[0.0]], [[0.0]]), patience=2)
    run(twin, lr=1e-3)
    assert model.w.data == twin.w.data != 0.0


def test_without_patience_it_goes_to_the_end() -> None:
    history = run(Slope(), epochs=7)
    assert (len(history), history.stopped) == (7, "")


def test_a_loss_must_fall_by_more_than_min_delta() -> None:
    assert len(run(Slope(), lr=1e-4, epochs=9, patience=2, min_delta=1e9)) == 3
    assert len(run(Slope(), lr=1e-4, epochs=9, patience=2)) == 9


# Divergence ---------------------------------------------------------------------------------------


def test_a_loss_that_is_not_finite_stops_training_with_the_last_good_weights() -> None:
    """At this rate w − 2 is multiplied by −56 in each step, until its square overflows."""
    model = Slope()
    seen = []
    optimizer = nn.SGD(model.parameters(), lr=1.0)
    epochs = nn.train(
        model, X, 2 * X, epochs=999, loss=nn.mse, optimizer=optimizer, rng=0, batch_size=10
    )
    with pytest.raises(nn.Diverged, match=r"in epoch \d+, batch 1: the loss is inf") as caught:
        seen.extend(float(model.w.data) for _ in epochs)
    assert float(model.w.data) == seen[-2]  # the loss of the last was inf
    assert math.isfinite(nn.mse(model(X), 2 * X).data)
    assert len(caught.value.history) == len(seen)
    assert caught.value.history.stopped == "the loss is inf"


def test_a_nan_in_the_data_stops_training_before_the_first_step() -> None:
    model = Slope(1.0)
    sgd = nn.SGD(model.parameters(), lr=0.1)
    with pytest.raises(nn.Diverged, match=r"in epoch 1, batch 1: the loss is nan.*as they were"):
        nn.fit(
            model, [[math.nan]], [[1.0]], epochs=1, loss=nn.mse, optimizer=sgd, rng=0,
            progress=False,
        )  # fmt: skip
    assert model.w.data == 1.0


def test_a_gradient_that_is_not_finite_stops_training() -> None:
    """The loss √w at 0 is 0, and its slope infinite."""
    model = Slope(0.0)
    with pytest.raises(nn.Diverged, match="the gradient is inf long"):
        run(model, lr=0.1, loss=lambda outputs, y: model.w**0.5)
    assert model.w.data == 0.0


def test_parameters_that_overflow_in_the_last_step_are_noticed() -> None:
    model = Slope(1.0)
    with pytest.raises(nn.Diverged, match="a parameter is nan or inf"):
        run(model, lr=1e300, loss=lambda outputs, y: model.w * 1e300)
    assert model.w.data == 1.0


def test_a_validation_loss_that_is_nan_stops_training() -> None:
    with pytest.raises(nn.Diverged, match="the validation loss is nan"):
        run(Slope(), validation=([[math.nan]], [[1.0]]))


# History ------------------------------------------------------------------------------------------


def test_the_plot_has_a_panel_for_each_quantity_and_shows_its_numbers() -> None:
    history = run(Slope(), lr=1e-3, epochs=3, validation=0.2, metrics=[nn.mean_absolute_error])
    axes = history.plot().axes
    assert [axis.get_title() for axis in axes] == [
        "loss", "mean_absolute_error", "learning rate", "gradient norm",
    ]  # fmt: skip
    training, validation = axes[0].lines[:2]
    assert list(training.get_xdata()) == [1, 2, 3]
    assert list(training.get_ydata()) == [epoch.loss for epoch in history]
    assert list(validation.get_ydata()) == [epoch.validation_loss for epoch in history]
    assert [text.get_text() for text in axes[0].get_legend().get_texts()] == [
        "training",
        "validation",
    ]
    assert set(axes[0].lines[2].get_xdata()) == {history.best.number}


def test_the_best_epoch_is_the_first_with_the_lowest_loss_and_never_one_that_is_nan() -> None:
    losses = [math.nan, 2.0, 1.0, 1.0]
    history = nn.History(nn.Epoch(k, x, None, 0, 0, 0, 0) for k, x in enumerate(losses, 1))
    assert history.best.number == 3


def test_an_empty_history_has_no_best_and_no_plot() -> None:
    for what in (lambda: nn.History([]).best, nn.History([]).plot):
        with pytest.raises(ValueError, match="without epochs"):
            what()


def test_a_plot_without_matplotlib_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    history = run(Slope())
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"glassgrad\[notebook\]"):
        history.plot()


# Going on from a checkpoint -----------------------------------------------------------------------


def test_training_goes_on_to_more_epochs(tmp_path: Path) -> None:
    whole, part = Slope(), Slope()
    expected = run(whole, lr=1e-3, epochs=5, batch_size=3)
    run(part, lr=1e-3, epochs=2, batch_size=3, checkpoint=tmp_path / "run")
    resumed = Slope(99.0)
    history = run(resumed, lr=1e-3, epochs=5, batch_size=3, checkpoint=str(tmp_path / "run"))
    assert resumed.w.data == whole.w.data
    assert [epoch.loss for epoch in history] == [epoch.loss for epoch in expected]


def test_the_generator_yields_what_is_still_to_do(tmp_path: Path) -> None:
    model = Slope()
    sgd = nn.SGD(model.parameters(), lr=1e-3)
    numbers = [
        [e.number for e in nn.train(
            model, X, X, epochs=n, loss=nn.mse, optimizer=sgd, rng=0, checkpoint=tmp_path / "run"
        )]
        for n in (2, 2, 5)
    ]  # fmt: skip
    assert numbers == [[1, 2], [], [3, 4, 5]]


@pytest.mark.parametrize("kind", ["PCG64", "MT19937", "Philox", "SFC64"])
def test_any_kind_of_generator_can_go_on(tmp_path: Path, kind: str) -> None:
    def train(epochs: int, path: Path) -> Any:
        model = Slope()
        rng = np.random.Generator(getattr(np.random, kind)(5))
        run(model, lr=1e-3, epochs=epochs, batch_size=3, rng=rng, checkpoint=path)
        return model.w.data

    train(2, tmp_path / "a")
    assert train(4, tmp_path / "a") == train(4, tmp_path / "b")


def test_a_model_of_scalars_can_go_on(tmp_path: Path) -> None:
    def train(epochs: int, path: Path) -> list[float]:
        model = nn.MLP([1, 2, 1], "tanh", seed=0).scalars()
        optimizer = nn.Adam(model.parameters(), amsgrad=True)
        run(model, optimizer=optimizer, epochs=epochs, batch_size=3, checkpoint=path)
        return [parameter.data for parameter in model.parameters()]

    train(2, tmp_path / "a")
    assert train(3, tmp_path / "a") == train(3, tmp_path / "b")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lr": 0.5}, "its optimizer is SGD with {'lr': 0.001"),
        ({"batch_size": 3}, "its batch_size is 10, and here it is 3"),
        ({"validation": 0.2}, "its validation is None, and here it is 0.2"),
        ({"schedule": nn.schedules.Constant(1.0)}, "its schedule is None, and here it is Constant"),
        ({"clip_norm": 1.0}, "its clip_norm is None, and here it is 1.0"),
        ({"loss": nn.half_squared_error}, "its loss is mse, and here it is half_squared_error"),
        ({"metrics": [nn.accuracy]}, r"its metrics is \[\], and here it is \['accuracy'\]"),
        (
            {"rng": np.random.Generator(np.random.MT19937(0))},
            r"its generators is \['PCG64'\], and here it is \['MT19937'\]",
        ),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_and_nothing_is_changed(
    tmp_path: Path, change: Any, message: str
) -> None:
    run(Slope(), lr=1e-3, checkpoint=tmp_path / "run")
    before = (tmp_path / "run").read_bytes()
    model = Slope(7.0)
    with pytest.raises(nn.CheckpointError, match=f"is of another run.*{message}"):
        run(model, **{"lr": 1e-3, "epochs": 2, "checkpoint": tmp_path / "run", **change})
    assert model.w.data == 7.0
    assert (tmp_path / "run").read_bytes() == before


def test_a_checkpoint_of_other_data_or_another_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run"
    run(Slope(), checkpoint=path)
    with pytest.raises(nn.CheckpointError, match="its model is"):
        run(nn.MLP([1, 1]), checkpoint=path)
    model = Slope()
    with pytest.raises(nn.CheckpointError, match="its data is"):
        nn.fit(
            model, X, 3 * X, epochs=1, loss=nn.mse, rng=0, progress=False, batch_size=10,
            optimizer=nn.SGD(model.parameters(), lr=0.0), checkpoint=path,
        )  # fmt: skip


def test_what_cannot_be_kept_is_found_out_before_anything_is_learnt(tmp_path: Path) -> None:
    from fractions import Fraction

    model = Slope().scalars()
    model.w.data = Fraction(1, 3)
    with pytest.raises(TypeError, match="which a checkpoint can't keep"):
        run(model, lr=0.1, checkpoint=tmp_path / "run")
    assert model.w.data == Fraction(1, 3)


def test_a_torn_checkpoint_is_refused_and_training_goes_on_from_the_previous(
    tmp_path: Path,
) -> None:
    whole, again = Slope(), Slope()
    run(whole, lr=1e-3, epochs=4, batch_size=3)
    run(Slope(), lr=1e-3, epochs=3, batch_size=3, checkpoint=tmp_path / "run")
    (tmp_path / "run").write_bytes((tmp_path / "run").read_bytes()[:-9])
    with pytest.warns(nn.CheckpointWarning, match="is torn.*the one before"):
        run(again, lr=1e-3, epochs=4, batch_size=3, checkpoint=tmp_path / "run")
    assert again.w.data == whole.w.data


# What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"patience": 0}, ValueError, "patience must be a positive integer"),
        ({"min_delta": -1}, ValueError, "min_delta must be"),
        ({"clip_norm": -1.0}, ValueError, "clip_norm must be finite and at least 0"),
        ({"clip_value": "1"}, TypeError, "clip_value must be a number"),
        ({"metrics": [0.5]}, TypeError, "a metric is a function"),
        ({"schedules": None}, TypeError, "schedules"),
    ],
)
def test_bad_settings_are_refused(settings: Any, error: type[Exception], message: str) -> None:
    model = Slope()
    with pytest.raises(error, match=message):
        run(model, lr=0.1, **settings)
    assert model.w.data == 0.0
