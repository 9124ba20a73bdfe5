"""Mean-field prediction of signals and gradients at each layer of a given network.

The weights enter by their second moments alone. What each kind of layer does is in
``transfer_rules.py``; here a signal is followed through all of them, and back.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np

from autograd.extend import Node
from init.theory import Activation
from nn.diagnostics.layer_views import Array
from nn.diagnostics.signal_moments import Moments, sizes
from nn.diagnostics.signal_steps import SignalGraph
from nn.diagnostics.transfer_rules import RULES, State

__all__ = ["SATURATION", "Layer", "predict", "steepest"]

SATURATION = 0.1
"""An activation is saturated where its slope is below this part of its steepest."""

_REACH = 8.0  # in standard deviations; the normal mass beyond is 1e-15


@dataclass(frozen=True)
class _Course:
    """A signal on its way through a network: moments, and E[∂²] on the way back, by step."""

    states: Sequence[State]
    operands: Sequence[Sequence[State]]
    gradients: Sequence[float]


class Layer(Protocol):
    """What a prediction is about: a layer's preactivations and outputs, in the graph."""

    @property
    def z(self) -> Node | None: ...

    @property
    def h(self) -> Node | None: ...

    @property
    def activation(self) -> Activation: ...

    @property
    def weighs(self) -> bool:
        """Whether z are weighted sums of inputs, and so what is told of the weights is theirs."""
        ...


def predict(graph: SignalGraph, layers: Sequence[Layer]) -> list[dict[str, float]]:
    """Predict the signal at every layer, in the wide limit.

    Parameters
    ----------
    graph : SignalGraph
        The network, or the average of several.
    layers : sequence of Layer
        Of the first network.

    Returns
    -------
    list of dict
        For each layer a number for each quantity of ``propagation.QUANTITIES``; none, or nan, where
        theory has none (an activation without finite moments; the gradient before an attention).

    References
    ----------
    Those of ``transfer_rules.py``; for the weight gradients Glorot & Bengio 2010, eq. 7.
    """
    states, operands = _forward(graph)
    course = _Course(states, operands, _backward(graph, operands))
    found = [_at(layer, graph, course) for layer in layers]
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


def _at(layer: Layer, graph: SignalGraph, course: _Course) -> dict[str, float]:
    k = -1 if layer.z is None else graph.number.get(layer.z, -1)
    z = course.states[k] if k >= 0 else None
    if not isinstance(z, Moments):
        return {}
    step, gradient = graph.steps[k], course.gradients[k]
    samples, places, _ = sizes(step.shape, step.roles)
    q = z.square
    c = z.between_rows(samples, places) / q if q > 0 else math.nan
    found = {"forward": q, "backward": gradient, "correlation": c}
    found["preactivation_mean"] = z.mean
    found["gradient_mean"] = 0.0 * gradient  # nan where the gradient has no prediction
    if layer.weighs and (of_weights := _weights_of(k, graph)) is not None:
        x = cast(Moments, course.operands[of_weights][0])
        found["weight_gradient"] = gradient * x.square
    if not (math.isfinite(q) and q > 0):
        return found
    at = None if layer.h is None else graph.number.get(layer.h)
    h = None if at is None else course.states[at]
    if isinstance(h, Moments):
        found["mean"], found["variance"] = h.mean, h.square - h.mean**2
    found["saturated"] = _saturated(layer.activation, q)
    found["dead"] = _dead(layer.activation, q, c, samples * places)
    return found


def _weights_of(k: int, graph: SignalGraph) -> int | None:
    """Return the step of the weights whose sums, with biases and in another shape, step k has."""
    while (step := graph.steps[k]).rule in {"shape", "add"}:
        known = [parent for parent in step.parents if parent is not None]
        if len(known) > 1:
            return None
        k = known[0]
    return k if step.rule == "weights" else None


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
