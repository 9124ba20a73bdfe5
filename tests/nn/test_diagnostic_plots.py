"""The laboratory's pictures: figures that are returned, with what was measured in them."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

import nn
from init import theory
from nn.diagnostics import plots, precision, propagate
from nn.lectures import weight_variance_experiment
from nn.support.figures import logarithmic, new_figure

X = np.random.default_rng(0).standard_normal((30, 12))


def curve(panel, k):
    return panel.lines[k].get_xydata()


def named_below(figure):
    (legend,) = figure.legends
    return [text.get_text() for text in legend.get_texts()]


@pytest.mark.lecture("S33")
def test_the_plot_of_weight_variances_has_theory_over_measurement():
    measured = weight_variance_experiment(variances=[0.05, 0.2], seeds=3, depth=6, width=10)
    figure = plots.weight_variance_experiment(measured, width=10)
    forward, backward, _ = figure.axes
    law, typical, dots = (curve(forward, k) for k in range(3))
    assert law[:, 0].tolist() == [1, 2, 3, 4, 5, 6]
    assert law[:, 1] == pytest.approx(theory.relu_network_law(0.05, depth=6, width=10).forward)
    assert dots[:, 1] == pytest.approx(measured[0.05].measured("forward")[:6])
    assert (typical[1:, 1] < law[1:, 1]).all()
    assert curve(backward, 5)[:, 1] == pytest.approx(measured[0.2].measured("backward")[:6])
    assert forward.get_yscale() == backward.get_yscale() == "log"
    (law_in_legend, *_) = figure.legends[0].get_lines()
    assert law_in_legend.get_color() == forward.lines[0].get_color()
    assert named_below(figure) == [
        "σ² = 0.05: the law", "σ² = 0.2: the law", "typical network", "measured",
        "90 % of the networks",
    ]  # fmt: skip


@pytest.mark.lecture("S33")
def test_the_close_up_is_of_the_steady_variance():
    measured = weight_variance_experiment(variances=[0.05, 0.2, 0.8], seeds=2, depth=3, width=10)
    assert "σ² = 0.2" in plots.weight_variance_experiment(measured, width=10).axes[2].get_title()


def test_a_propagation_is_drawn_predicted_and_measured():
    table = propagate(nn.MLP([12, 20, 20, 1], "tanh", seed=0), X)
    figure = plots.propagation(table, ["forward", "dead"])
    assert [panel.get_title() for panel in figure.axes] == ["E[f²]", "dead"]
    assert curve(figure.axes[0], 0)[:, 1] == pytest.approx(table.predicted("forward"))
    assert curve(figure.axes[0], 1)[:, 1] == pytest.approx(table.measured("forward"))


def test_every_line_and_band_is_named_and_one_network_has_no_band():
    models = lambda seed: nn.MLP([12, 20, 20, 1], "tanh", seed=seed)  # noqa: E731
    one, many = propagate(models(0), X), propagate(models, X, seeds=3)
    assert named_below(plots.propagation(one)) == ["predicted", "measured"]
    figure = plots.propagation(many)
    assert named_below(figure) == ["90 % of the networks", "predicted", "measured"]
    assert all(tick == round(tick) for panel in figure.axes for tick in panel.get_xticks())


def test_an_axis_of_less_than_two_decades_has_plain_numbers():
    figure = new_figure(4, 3)
    wide, near, narrow = figure.subplots(1, 3)
    for panel, highest in ((wide, 1e6), (near, 30.0), (narrow, 1.2)):
        panel.plot([1.0, highest])
        logarithmic(panel)
    figure.draw_without_rendering()
    assert [panel.get_yscale() for panel in figure.axes] == ["log", "log", "linear"]
    low, high = near.get_ylim()
    ticks = [label for label in near.get_yticklabels() if low <= label.get_position()[1] <= high]
    assert [label.get_text() for label in ticks] == ["1", "2", "5", "10", "20"]


def test_histograms_have_every_activation_in_them():
    model = nn.MLP([12, 20, 7, 3], "tanh", seed=0)
    figure = plots.activations(model, X)
    panels = [panel for panel in figure.axes if panel.get_visible()]
    counts = [sum(bar.get_height() for bar in panel.patches) for panel in panels]
    assert counts == [30 * 20, 30 * 7, 30 * 3]
    assert "layers.0  tanh" in panels[0].get_title()


@pytest.mark.lecture("S35")
def test_the_phase_diagrams_critical_line_is_where_theory_has_it():
    """tanh: from (1, 0) up; each point is critical(sigma_b)."""
    figure = plots.phase_diagram("tanh")
    (line,) = (line for line in figure.axes[0].lines if line.get_label() == "critical: χ = 1")
    w, b = line.get_xydata()[~np.isnan(line.get_xydata()).any(axis=1)].T
    assert np.hypot(w - 1, b).min() < 1e-2
    for sigma_b in (0.2, 0.5, 0.9):
        nearest = np.argmin(np.abs(b - sigma_b))
        expected = theory.critical("tanh", sigma_b=float(b[nearest])).sigma_w
        assert w[nearest] == pytest.approx(expected, rel=1e-3)


@pytest.mark.lecture("S35")
def test_relus_critical_line_is_one_point():
    figure = plots.phase_diagram("relu", sigma_w=2.0)
    (dot,) = (line for line in figure.axes[0].lines if line.get_marker() == "o")
    assert dot.get_xydata()[0] == pytest.approx([2**0.5, 0])


@pytest.mark.lecture("S34")
def test_float16_curves_end_where_numbers_overflow():
    large = nn.MLP([12] * 21, init={"name": "normal", "std": 3.0}, seed=0)
    small = nn.MLP([12] * 21, init={"name": "normal", "std": 0.4}, seed=0)
    tables = {"large": precision(large, X), "small": precision(small, X)}
    figure = plots.float16(tables)
    (cross,) = (line for line in figure.axes[0].lines if line.get_marker() == "x")
    assert cross.get_xdata()[0] == tables["large"].overflow
    curve = next(line for line in figure.axes[0].lines if "large" in str(line.get_label()))
    assert curve.get_xdata()[-1] == tables["large"].overflow - 1
    assert named_below(figure) == [
        "large: largest |h|", "small: largest |h|", "median |h|", "overflows here",
    ]  # fmt: skip
    assert {text.get_text() for text in figure.axes[0].texts} == {
        "largest: 6.55e+04",
        "smallest normal: 6.1e-05",
    }


def test_figures_can_be_saved(tmp_path):
    figure = plots.activations(nn.MLP([12, 5, 1], seed=0), X)
    assert isinstance(figure, Figure)
    figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_drawing_touches_nothing_global_and_importing_nn_brings_no_matplotlib():
    script = (
        "import sys, nn; assert 'matplotlib' not in sys.modules; "
        "from nn.diagnostics import plots; assert 'matplotlib' not in sys.modules; "
        "plots.phase_diagram('relu'); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install 'glassgrad\[notebook\]'"):
        plots.activations(nn.MLP([12, 5, 1], seed=0), X)
