"""When training stops by itself: when it no longer helps, and when it diverges."""

import math

import pytest
from slope import Slope, X, run

import nn

# Early stopping -----------------------------------------------------------------------------------


@pytest.mark.lecture("S19")
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


def test_a_loss_that_is_nan_at_first_stops_training_before_the_first_step() -> None:
    model = Slope(1.0)
    with pytest.raises(nn.Diverged, match=r"in epoch 1, batch 1: the loss is nan.*as they were"):
        run(model, lr=0.1, loss=lambda outputs, y: nn.mse(outputs, y) * math.nan)
    assert model.w.data == 1.0


def test_targets_that_are_not_finite_are_what_is_named() -> None:
    y = 2 * X
    y[-1] = math.nan
    model = Slope()
    with pytest.raises(nn.Diverged, match=r"the loss is nan.*\. y has nan or inf: drop or fill in"):
        nn.fit(
            model, X, y, epochs=1, loss=nn.mse, optimizer=nn.SGD(model.parameters()), rng=0,
            progress=False,
        )  # fmt: skip
    with pytest.raises(nn.Diverged, match=r"\. y of validation has nan or inf"):
        run(Slope(), validation=([[1.0]], [[math.nan]]))


def test_at_the_first_loss_no_smaller_learning_rate_is_advised() -> None:
    with pytest.raises(nn.Diverged, match="Try another initialisation, or find the operation by"):
        run(Slope(1.0), lr=0.1, loss=lambda outputs, y: nn.mse(outputs, y) * math.nan)


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
        run(Slope(), validation=([[1.0]], [[math.nan]]))
