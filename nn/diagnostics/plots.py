"""Plots of measurements and of theory: matplotlib figures, returned and never shown.

The figures don't go through pyplot, so nothing global is touched; a notebook displays the one that
a cell ends with. What they show is measured elsewhere, but for the phase diagram, which is theory.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from autograd.extend import raw
from init import theory
from init.theory import ActivationLike
from nn.diagnostics.decision_regions import decision_regions
from nn.diagnostics.layer_views import Array, read
from nn.diagnostics.precision import Precision
from nn.diagnostics.propagation import QUANTITIES, Propagation
from nn.diagnostics.weight_images import weights
from nn.modules.module import Module
from nn.support.figures import COLOURS, legend_below, logarithmic, new_figure, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "activations",
    "decision_regions",
    "float16",
    "phase_diagram",
    "propagation",
    "weight_variance_experiment",
    "weights",
]

BAND = "90 % of the networks"

_LEVELS = (0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.5, 2.0)


def weight_variance_experiment(
    measured: Mapping[float, Propagation],
    *,
    width: int = 100,
    of: Literal["output", "loss"] = "output",
) -> Figure:
    """Draw a weight-variance experiment: theory over measurement, forward and backward.

    Panels (a) and (b) are those of Figure 7.4 of Prince's "Understanding Deep Learning"; (c) shows
    the variance that keeps signals steady close up.

    Parameters
    ----------
    measured : mapping of float to Propagation
        From ``nn.lectures.weight_variance_experiment``.
    width : int
        Units in each of its layers.
    of : {"output", "loss"}
        Whose gradients were measured: see ``nn.lectures.weight_variance_experiment``.

    Returns
    -------
    matplotlib.figure.Figure
        Lines: the law, E[f²]. Dashed: the typical network, exp E[log f²], which is below. Dots:
        the mean logarithms measured; bands: 90 % of the networks.

    Examples
    --------
    >>> from nn.lectures import weight_variance_experiment as measure
    >>> measured = measure(variances=[0.2], seeds=2, depth=3, width=10)
    >>> figure = weight_variance_experiment(measured, width=10)
    >>> [panel.get_title() for panel in figure.axes]
    ['a) Forward', 'b) Backward', 'c) Forward, σ² = 0.2 close up']
    """
    figure = new_figure(14, 4.8)
    panels = figure.subplots(1, 3)
    colours = dict(zip(measured, _cycle(measured), strict=True))
    for variance, table in measured.items():
        colour = colours[variance]
        law = theory.relu_network_law(variance, depth=len(table) - 1, width=width, of=of)
        _law(panels[0], variance, table, "forward", law.forward, width, colour)
        _law(panels[1], variance, table, "backward", law.backward, width, colour)
    steady = min(measured, key=lambda variance: abs(math.log(variance * width / 2)))
    flat = theory.relu_network_law(steady, depth=len(measured[steady]) - 1, width=width).forward
    _law(panels[2], steady, measured[steady], "forward", flat, width, colours[steady])
    titles = ("a) Forward", "b) Backward", f"c) Forward, σ² = {steady:.3g} close up")
    quantities = ("E[f²]", "E[(∂y/∂f)²]" if of == "output" else "E[(∂l/∂f)²]", "E[f²]")
    for panel, title, quantity in zip(panels, titles, quantities, strict=True):
        panel.set(title=title, xlabel="layer", ylabel=quantity)
        logarithmic(panel)
        whole_numbers(panel.xaxis)
    legend_below(figure, {"typical network": "--", "measured": "o", BAND: "band"})
    return figure


figure_7_4 = weight_variance_experiment  # its earlier name


def _law(
    panel: Axes,
    variance: float,
    table: Propagation,
    name: str,
    expected: Array,
    width: int,
    colour: str,
) -> None:
    """Draw one quantity of one variance: the law, the typical network, and the measurement."""
    depth = len(table) - 1
    layers = np.arange(1, depth + 1)
    passed = layers - 1 if name == "forward" else depth + 1 - layers
    typical = expected * math.exp(theory.relu_log_ratio(width).mean) ** passed
    low, high = (edge[:depth] for edge in table.band(name))
    panel.plot(layers, expected, color=colour, label=f"σ² = {variance:.3g}: the law")
    panel.plot(layers, typical, "--", color=colour, linewidth=0.8)
    panel.plot(layers, table.measured(name)[:depth], ".", color=colour, markersize=4)
    panel.fill_between(layers, low, high, color=colour, alpha=0.2, linewidth=0)


def propagation(
    table: Propagation, quantities: Sequence[str] = ("forward", "backward", "correlation")
) -> Figure:
    """Draw quantities of a network by layer: predicted (lines) and measured (dots and bands).

    Parameters
    ----------
    table : Propagation
        From ``nn.diagnostics.propagate``.
    quantities : sequence of str
        Names in ``nn.diagnostics.QUANTITIES``; a panel for each.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(3.8 * len(quantities), 3.6)
    layers = np.arange(1, len(table) + 1)
    for panel, name in zip(_panels(figure, 1, len(quantities)), quantities, strict=True):
        low, high = table.band(name)
        if (high > low).any():  # one network has no band
            panel.fill_between(
                layers, low, high, color=COLOURS[0], alpha=0.2, linewidth=0, label=BAND
            )
        panel.plot(layers, table.predicted(name), color=COLOURS[4], label="predicted")
        panel.plot(layers, table.measured(name), ".", color=COLOURS[0], label="measured")
        panel.set(title=QUANTITIES[name], xlabel="layer")
        if (table.measured(name) > 0).all() and name in ("forward", "backward", "weight_gradient"):
            logarithmic(panel)
        whole_numbers(panel.xaxis)
    legend_below(figure)
    return figure


def activations(model: Module, x: Any, *, bins: int = 60) -> Figure:
    """Draw histograms of every layer's outputs.

    Parameters
    ----------
    model : Module
        A network of ``Linear`` layers.
    x : array_like of shape (batch, features)
        What to call it on.
    bins : int
        In each histogram.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each layer, each with its own range, and its mean and standard deviation.
    """
    layers = read(model, x).layers
    columns = min(5, len(layers))
    rows = math.ceil(len(layers) / columns)
    figure = new_figure(2.6 * columns, 2.1 * rows)
    panels = _panels(figure, rows, columns)
    for panel, view in zip(panels, layers, strict=False):
        h = np.asarray(raw(view.h), np.float64).ravel()
        panel.hist(h[np.isfinite(h)], bins=bins, color=COLOURS[0])
        numbers = f"mean {h.mean():.2g}, std {h.std():.2g}"
        panel.set_title(f"{view.name}  {view.activation.name}\n{numbers}", fontsize=9)
        panel.ticklabel_format(axis="x", style="sci", scilimits=(-2, 3))
        panel.locator_params(axis="x", nbins=4)
        panel.set_yticks([])
    for panel in panels[len(layers) :]:
        panel.set_visible(False)
    return figure


def phase_diagram(
    activation: ActivationLike, *, sigma_w: float = 3.0, sigma_b: float = 1.0
) -> Figure:
    """Draw the plane of (sigma_w, sigma_b), with the critical line between order and chaos.

    Every point of a line of equal chi has a fixed point q: sigma_w² = chi / E[phi'(√q z)²] and
    sigma_b² = q - sigma_w² E[phi(√q z)²]. So each line is drawn by running through q, and none is
    searched for. Points that repel the variance are left out.

    Parameters
    ----------
    activation : str or callable
        phi, as ``init.theory`` takes it.
    sigma_w, sigma_b : float
        The largest to show.

    Returns
    -------
    matplotlib.figure.Figure

    References
    ----------
    Poole et al. 2016, figure 1; Schoenholz et al. 2017, figure 1.
    """
    phi = theory.as_activation(activation)
    q, moment, slope, turn = _moments(phi)
    figure = new_figure(6, 5)
    panel = figure.subplots()
    panel.set(
        xlim=(0, sigma_w), ylim=(-0.02 * sigma_b, sigma_b), xlabel="σ_w", ylabel="σ_b",
        title=f"{phi.name}: χ at the fixed point",
    )  # fmt: skip
    for k, chi in enumerate(_LEVELS):
        weight = chi / slope
        bias = q - weight * moment
        held = (bias >= -1e-6 * q) & (weight * turn <= 1 + 1e-6)
        w = np.where(held, np.sqrt(weight), np.nan)
        b = np.where(held, np.sqrt(np.maximum(bias, 0)), np.nan)
        _level(panel, w, b, chi, label_at=(k % 4 + 1) / 5)
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def _moments(phi: theory.Activation) -> tuple[Array, Array, Array, Array]:
    """Return q, E[phi²], E[phi'²] and dM/dq at sigma_w = 1: few integrals, finely interpolated."""
    knots = np.geomspace(1e-6, 1e3, 140)
    found = [
        (
            theory.second_moment(phi, each),
            theory.slope_moment(phi, each),
            theory.q_slope(phi, each, sigma_w=1.0),
        )
        for each in knots.tolist()
    ]
    q = np.geomspace(knots[0], knots[-1], 8000)
    moment, slope, turn = np.array(found).T
    at = np.log(q), np.log(knots)
    return q, q * np.interp(*at, moment / knots), np.interp(*at, slope), np.interp(*at, turn)


def _level(panel: Axes, w: Array, b: Array, chi: float, label_at: float) -> None:
    """Draw a line of equal chi; if all of it is one point, as the critical line of ReLU, a dot."""
    name, colour, width = ("order: χ < 1", COLOURS[0], 0.8)
    if chi >= 1:
        name, colour, width = ("chaos: χ > 1", COLOURS[4], 0.8)
    if chi == 1:
        name, colour, width = ("critical: χ = 1", "black", 2.0)
    inside = np.flatnonzero((w < panel.get_xlim()[1]) & (b < panel.get_ylim()[1]))
    if not inside.size:
        return
    named = any(line.get_label() == name for line in panel.lines)
    panel.plot(w, b, color=colour, linewidth=width, label=f"_{name}" if named else name)
    at = inside[np.argmin(np.abs(b[inside] - label_at * b[inside].max()))]
    lift = 0
    if np.nanmax(b) < 1e-2:
        panel.plot(w[at], 0, "o", color=colour, clip_on=False)
        lift = 10
    text = panel.annotate(
        f"{chi:g}", (w[at], b[at]), (0, lift), textcoords="offset points", color=colour,
        fontsize=8, ha="center",
    )  # fmt: skip
    text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})


def float16(tables: Mapping[str, Precision]) -> Figure:
    """Draw the size of every layer's outputs in a low precision, between its limits.

    Parameters
    ----------
    tables : mapping of str to Precision
        From ``nn.diagnostics.precision``, with a label for each.

    Returns
    -------
    matplotlib.figure.Figure
        A curve ends before the first layer that overflows. A cross at the upper edge stands there.
    """
    figure = new_figure(7, 4.4)
    panel = figure.subplots()
    for colour, (label, table) in zip(_cycle(tables), tables.items(), strict=True):
        largest = np.array([row.largest for row in table])
        typical = np.array([row.typical for row in table])
        layers = np.arange(1, len(table) + 1)
        fine = layers < (table.overflow or math.inf)
        panel.plot(layers[fine], largest[fine], color=colour, label=f"{label}: largest |h|")
        panel.plot(layers[fine], typical[fine], ":", color=colour)
        if table.overflow is not None:  # at the edge: inf has no place on the scale
            edge = panel.get_xaxis_transform()
            panel.plot(table.overflow, 0.97, "x", color=colour, transform=edge)
    limits = np.finfo(next(iter(tables.values())).dtype)
    for limit, name in ((limits.max, "largest"), (limits.tiny, "smallest normal")):
        panel.axhline(float(limit), color="black", linewidth=0.8)
        panel.annotate(f"{name}: {float(limit):.3g}", (0.99, float(limit)), ha="right", va="bottom",
                       xycoords=("axes fraction", "data"), fontsize=8)  # fmt: skip
    panel.set(yscale="log", xlabel="layer", ylabel="|h|")
    whole_numbers(panel.xaxis)
    legend_below(figure, {"median |h|": ":", "overflows here": "x"})
    return figure


def _panels(figure: Figure, rows: int, columns: int) -> list[Axes]:
    return list(figure.subplots(rows, columns, squeeze=False).flat)


def _cycle(items: Iterable[object]) -> list[str]:
    return [COLOURS[k % len(COLOURS)] for k, _ in enumerate(items)]
