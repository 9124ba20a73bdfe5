"""The history of a training: its best epoch and its picture."""

import math
import sys

import pytest
from slope import Slope, run

import nn


def test_the_plot_has_a_panel_for_each_quantity_and_shows_its_numbers() -> None:
    history = run(Slope(), lr=1e-3, epochs=3, validation=0.2, metrics=[nn.mean_absolute_error])
    figure = history.plot()
    axes = figure.axes
    assert [axis.get_title() for axis in axes] == [
        "loss", "mean_absolute_error", "learning rate", "gradient norm",
    ]  # fmt: skip
    training, validation = axes[0].lines[:2]
    assert list(training.get_xdata()) == [1, 2, 3]
    assert list(training.get_ydata()) == [epoch.loss for epoch in history]
    assert list(validation.get_ydata()) == [epoch.validation_loss for epoch in history]
    (legend,) = figure.legends
    named = [text.get_text() for text in legend.get_texts()]
    assert named == ["training", "validation", "best epoch"]
    assert set(axes[0].lines[2].get_xdata()) == {history.best.number}


def test_what_has_no_number_has_no_panel_and_epochs_are_whole() -> None:
    nan = math.nan
    epochs = [nn.Epoch(k, 1 / k, None, 0.1, 0.01, nan, nan, {"hits": nan}) for k in (1, 2)]
    axes = nn.History(epochs).plot().axes
    assert [axis.get_title() for axis in axes] == ["loss", "learning rate"]
    ticks = axes[0].get_xticks()
    assert [tick for tick in ticks if tick != round(tick)] == []
    nothing = nn.History([nn.Epoch(1, nan, None, 0.1, nan, nan, nan)])
    assert nothing.plot().axes == []


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
