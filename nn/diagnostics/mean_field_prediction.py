"""Mean-field prediction of signals and gradients at each layer of a given network.

The weights enter by their second moments alone. What each kind of layer does is in
``transfer_rules.py``; here a signal is followed through all of them, and back.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograd.extend import with_article
from init.theory import Activation
from nn.diagnostics.layer_views import Array, LayerView
from nn.diagnostics.signal_moments import Moments, sizes
from nn.diagnostics.signal_steps import SignalGraph
from nn.diagnostics.transfer_rules import RULES, State

__all__ = ["SATURATION", "predict", "steepest"]

SATURATION = 0.1
"""An activation is saturated where its slope is below this part of its steepest."""

_REACH = 8.0  # in standard deviations; the normal mass beyond is 1e-15


@dataclass(frozen=True)
class _Course:
    """A signal on its way through a network: moments, and E[∂²] on the way back, by step."""

    states: Sequence[State]
    operands: Sequence[Sequence[State]]
    gradients: Sequence[float]


def predict(graph: SignalGraph, layers: Sequence[LayerView]) -> list[dict[str, float]]:
    """Predict the signal at every layer, in the wide limit.

    Parameters
    ----------
    graph : SignalGraph
        The network, or the average of several.
    layers : sequence of LayerView
        Of the first network.

    Returns
    -------
    list of dict
        A number for each quantity of ``propagation.QUANTITIES`` and each layer; nan where theory
        has none (an activation without finite moments; the gradient before an attention).

    References
    ----------
    Those of ``transfer_rules.py``; for the weight gradients Glorot & Bengio 2010, eq. 7.
    """
    states, operands = _forward(graph)
    course = _Course(states, operands, _backward(graph, operands))
    found = [_at(view, graph, course) for view in layers]
    found[-1]["gradient_mean"] = math.nan  # it is what was sent back
    return found


@functools.lru_cache
def steepest(phi: Activation) -> float:
    """Return the largest slope of an activation in absolute value, on [-8, 8]."""
    return float(np.abs(_slope(phi, np.linspace(-8, 8, 4001))).max())


def _forward(graph: SignalGraph) -> tuple[list[State], list[list[State]]]:
    states: list[State] = []
    operands: list[list[State]] = []
    for step in graph.steps:
        given = zip(step.parents, step.operands, strict=True)
        arrived = [states[k] if k is not None else data for k, data in given]
        operands.append([each for each in arrived if each is not None])
        states.append(RULES[step.rule].forward(step, operands[-1]))
    return states, operands


def _backward(graph: SignalGraph, operands: Sequence[Sequence[State]]) -> list[float]:
    """Return E[∂²] at each step; nan where a part of it comes from what has no rule.

    Before such a step the gradient starts anew, from what was measured there.
    """
    found = [math.nan if k in graph.ends else 0.0 for k in range(len(graph.steps))]
    if graph.output is not None:
        found[graph.output] = graph.steps[graph.output].gradient
    for k in reversed(range(len(graph.steps))):
        step = graph.steps[k]
        coming = step.gradient if math.isnan(found[k]) else found[k]
        parts = RULES[step.rule].backward(step, operands[k], coming)
        for parent, part in zip(step.parents, parts, strict=True):
            if parent is not None:
                found[parent] += part
    return found


def _at(view: LayerView, graph: SignalGraph, course: _Course) -> dict[str, float]:
    k = graph.number[view.z]
    step, z, gradient = graph.steps[k], course.states[k], course.gradients[k]
    x = course.operands[k][0]
    if not isinstance(z, Moments) or not isinstance(x, Moments):
        raise TypeError(f"{view.name} gives a signal, and not {with_article(z)}")
    samples, places, _ = sizes(step.shape, step.roles)
    q = z.square
    c = z.between_rows(samples, places) / q if q > 0 else math.nan
    found = {"forward": q, "backward": gradient, "correlation": c}
    found["weight_gradient"] = gradient * x.square
    found["preactivation_mean"] = 0.0  # of weights and biases of mean 0
    found["gradient_mean"] = 0.0 * gradient  # nan where the gradient has no prediction
    if not (math.isfinite(q) and q > 0):
        return found | dict.fromkeys(("mean", "variance", "dead", "saturated"), math.nan)
    h = course.states[graph.number[view.h]] if view.h in graph.number else None
    found["mean"], found["variance"] = math.nan, math.nan
    if isinstance(h, Moments):
        found["mean"], found["variance"] = h.mean, h.square - h.mean**2
    found["saturated"] = _saturated(view.activation, q)
    found["dead"] = _dead(view.activation, q, c, samples * places)
    return found


def _slope(phi: Activation, x: Array) -> Array:
    if phi.derivative is None:
        raise TypeError(f"the derivative of {phi.name} must be known")
    return np.asarray(phi.derivative(x))


def _normal_grid(points: int) -> tuple[Array, Array]:
    """Return midpoints and probabilities of small cells of a standard normal."""
    z = (np.arange(points) + 0.5) / points * 2 * _REACH - _REACH
    weight = np.exp(-(z**2) / 2)
    return z, weight / weight.sum()


def _saturated(phi: Activation, q: float) -> float:
    z, weight = _normal_grid(8000)
    flat = np.abs(_slope(phi, math.sqrt(q) * z)) < SATURATION * steepest(phi)
    return float(weight @ flat)


def _dead(phi: Activation, q: float, c: float, batch: int) -> float:
    """Return P(phi' = 0 for every sample), for samples of equal pairwise correlation c."""
    z, weight = _normal_grid(8000)
    flat = _slope(phi, math.sqrt(q) * z) == 0
    if batch == 1 or not flat.any():
        return float(weight @ flat)
    c = min(1.0, max(0.0, c))
    shared, of_shared = _normal_grid(200)
    own, of_own = _normal_grid(400)
    x = math.sqrt(q) * (math.sqrt(c) * shared[:, None] + math.sqrt(1 - c) * own)
    one_flat = (_slope(phi, x) == 0) @ of_own
    return float(of_shared @ one_flat**batch)
