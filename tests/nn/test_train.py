"""The training loop: what it goes through, in which order, and what it records."""

import sys
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, Value

X = np.arange(10.0)[:, None]


class Recorder(nn.Module):
    """A model that remembers the batches it was called on."""

    def __init__(self) -> None:
        self.weight: Any = Tensor([0.0])
        self.batches: list[tuple[bool, list[float]]] = []

    def forward(self, x: Any) -> Any:
        self.batches.append((self.training, x[:, 0].tolist()))
        return x * self.weight


def run(model: nn.Module, **settings: Any) -> list[nn.Epoch]:
    optimizer = nn.SGD(model.parameters(), lr=settings.pop("lr", 0.0))
    defaults: dict[str, Any] = {"epochs": 1, "loss": nn.mse, "rng": 0, "progress": False}
    return nn.fit(model, X, 2 * X, optimizer=optimizer, **defaults | settings)


def test_every_sample_comes_once_an_epoch() -> None:
    model = Recorder()
    run(model, batch_size=4)
    assert sorted(x for _, batch in model.batches for x in batch) == X[:, 0].tolist()


def test_batches_have_the_size_asked_for_and_the_last_has_what_is_left() -> None:
    model = Recorder()
    run(model, batch_size=4)
    assert [len(batch) for _, batch in model.batches] == [4, 4, 2]


def test_samples_are_shuffled_anew_before_every_epoch() -> None:
    model = Recorder()
    run(model, epochs=3, batch_size=10)
    orders = [tuple(batch) for _, batch in model.batches]
    assert len({tuple(X[:, 0]), *orders}) == 4


def test_a_seed_gives_the_same_training_again() -> None:
    first, second = Recorder(), Recorder()
    for model in (first, second):
        run(model, epochs=2, batch_size=3, lr=0.001)
    assert first.batches == second.batches
    assert first.weight.data.tolist() == second.weight.data.tolist()


def test_the_global_random_generator_is_left_alone() -> None:
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    run(Recorder())
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_a_step_follows_the_gradient_of_its_own_batch() -> None:
    """One batch, w = 0: ∂w = mean 2x(0 − 2x) = −4·28.5, so w = 0.01·114."""
    model = Recorder()
    run(model, batch_size=10, lr=0.01)
    assert model.weight.data == pytest.approx(1.14, rel=1e-14)


def test_the_loss_recorded_is_the_mean_over_samples() -> None:
    """With a rate of 0 the model stands still: mean (0 − 2x)² = 4·28.5, however it is batched."""
    (epoch,) = run(Recorder(), batch_size=4)
    assert epoch.loss == pytest.approx(114.0, rel=1e-14)


def test_history_counts_epochs_from_one() -> None:
    assert [epoch.number for epoch in run(Recorder(), epochs=3)] == [1, 2, 3]


def test_validation_data_are_measured_in_eval_mode_and_not_learnt_from() -> None:
    model = Recorder()
    model.eval()
    history = run(model, epochs=2, validation=([[1.0]], [[3.0]]), batch_size=10)
    assert [epoch.validation_loss for epoch in history] == [9.0, 9.0]
    batches = [(training, len(batch)) for training, batch in model.batches]
    assert batches == [(True, 10), (False, 1)] * 2


def test_without_validation_data_no_number_is_made_up() -> None:
    (epoch,) = run(Recorder())
    assert epoch.validation_loss is None


def test_training_can_be_stopped_after_any_epoch() -> None:
    model = Recorder()
    optimizer = nn.SGD(model.parameters(), lr=0.0)
    epochs = nn.train(model, X, X, epochs=9, loss=nn.mse, optimizer=optimizer, rng=0, batch_size=10)
    next(epochs)
    next(epochs)
    assert len(model.batches) == 2


def test_a_model_of_scalars_trains_as_the_tensors_do() -> None:
    tensors = nn.MLP([1, 3, 1], "tanh", seed=0)
    scalars = tensors.scalars()
    for model in (tensors, scalars):
        run(model, epochs=2, batch_size=4, lr=0.01)
    for name, expected in tensors.state_dict().items():
        np.testing.assert_allclose(scalars.state_dict()[name], expected, rtol=1e-12)


def test_a_single_value_can_be_fitted() -> None:
    """Least squares: y = 2x."""

    class Slope(nn.Module):
        def __init__(self) -> None:
            self.w = Value(0.0)

        def forward(self, x: Any) -> Any:
            return x * self.w

    model = Slope()
    run(model, epochs=30, lr=0.01)
    assert model.w.data == pytest.approx(2.0)


def test_a_progress_bar_shows_the_loss(capsys: pytest.CaptureFixture[str]) -> None:
    run(Recorder(), epochs=2, progress=True)
    shown = capsys.readouterr().err
    assert "2/2" in shown
    assert "loss=114.0000" in shown


def test_without_a_bar_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    run(Recorder(), epochs=2)
    assert capsys.readouterr() == ("", "")


def test_a_missing_tqdm_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    model = Recorder()
    with pytest.raises(ImportError, match=r"glassgrad\[notebook\].*progress=False"):
        run(model, progress=True)
    assert model.batches == []


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "epochs must be a positive integer, got 0"),
        ({"batch_size": 2.0}, TypeError, "batch_size must be a positive integer, got 2.0"),
        ({"rng": None}, TypeError, "rng must be"),
        ({"validation": ([[1.0]], [])}, ValueError, "one row for each sample"),
    ],
)
def test_bad_settings_are_refused_before_anything_is_changed(
    settings: Any, error: type[Exception], message: str
) -> None:
    model = Recorder()
    with pytest.raises(error, match=message):
        run(model, **settings)
    assert model.batches == []


@pytest.mark.parametrize(("x", "y"), [([], []), ([[1.0]], [1.0, 2.0]), (1.0, 1.0)])
def test_x_and_y_have_a_row_for_each_sample(x: Any, y: Any) -> None:
    model = Recorder()
    sgd = nn.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="one row for each sample, and at least one, got shapes"):
        nn.fit(model, x, y, epochs=1, loss=nn.mse, optimizer=sgd, rng=0)
