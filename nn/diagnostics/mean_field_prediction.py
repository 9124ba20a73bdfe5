"""Mean-field prediction of signals and gradients at each layer of a given network.

The weights enter by their second moments alone. The mathematics is in ``init.theory``; here it is
applied to a list of layers, of any widths and activations.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from init import theory
from init.theory import Activation
from nn.diagnostics.layer_views import Array

__all__ = ["LayerScales", "SATURATION", "predict", "steepest"]

SATURATION = 0.1
"""An activation is saturated where its slope is below this part of its steepest."""

_REACH = 8.0  # in standard deviations; the normal mass beyond is 1e-15


@dataclass(frozen=True)
class LayerScales:
    """The sizes and second moments of a layer, from which its signal is predicted.

    Attributes
    ----------
    fan_in, fan_out : int
        Its sizes.
    activation : init.theory.Activation
        What it applies.
    weight, bias : float
        E[W²] of one weight and E[b²] of one bias.
    chained : bool
        Whether its inputs are the outputs of the layer before in the list.
    branches : bool
        Whether its outputs go to more than one place.
    input_moment, input_cross : float
        E[x²] and E[x x'] of its inputs, x' in another sample, as measured.
    output_gradient : float
        E[∂f²] at its preactivations, as measured.
    """

    fan_in: int
    fan_out: int
    activation: Activation
    weight: float
    bias: float
    chained: bool
    branches: bool
    input_moment: float
    input_cross: float
    output_gradient: float


@dataclass(frozen=True)
class _State:
    """A layer's preactivations: variance, correlation of two samples, and E[x²] that made them."""

    q: float
    c: float
    input_moment: float


def predict(layers: Sequence[LayerScales], batch: int) -> list[dict[str, float]]:
    """Predict the signal at every layer, in the wide limit.

    Parameters
    ----------
    layers : sequence of LayerScales
        In the order of computation.
    batch : int
        How many samples there are: a unit is dead if it passes no gradient for any of them.

    Returns
    -------
    list of dict
        A number for each quantity of ``propagation.QUANTITIES`` and each layer; nan where theory
        has none (an activation without finite moments).

    References
    ----------
    Poole et al. 2016; Schoenholz et al. 2017; for the weight gradients Glorot & Bengio 2010, eq. 7.
    """
    states = list(_forward(layers))
    gradients = _backward(layers, states)
    found = [
        _at(layer, state, gradient, batch)
        for layer, state, gradient in zip(layers, states, gradients, strict=True)
    ]
    found[-1]["gradient_mean"] = math.nan  # it is what was sent back
    return found


@functools.lru_cache
def steepest(phi: Activation) -> float:
    """Return the largest slope of an activation in absolute value, on [-8, 8]."""
    return float(np.abs(_slope(phi, np.linspace(-8, 8, 4001))).max())


def _forward(layers: Iterable[LayerScales]) -> Iterable[_State]:
    before: tuple[LayerScales, _State] | None = None
    for layer in layers:
        if before is not None and layer.chained:
            moment, cross = _outputs(*before)
        else:
            moment, cross = layer.input_moment, layer.input_cross
        scale = layer.fan_in * layer.weight
        q = scale * moment + layer.bias
        c = (scale * cross + layer.bias) / q if q > 0 else math.nan
        state = _State(q, c, moment)
        yield state
        before = layer, state


def _outputs(layer: LayerScales, state: _State) -> tuple[float, float]:
    """Return E[h²] and E[h h'] of a layer's outputs."""
    phi = layer.activation
    if state.q == 0:  # every unit is at 0, for every sample
        return (moment := float(np.square(phi(np.zeros(1))[0]))), moment
    if not math.isfinite(state.q):
        return state.q, math.nan
    try:
        moment = theory.second_moment(phi, state.q)
        if math.isnan(state.c):  # a single sample
            return moment, math.nan
        c = min(1.0, max(-1.0, state.c))
        return moment, moment * theory.correlation_map(phi, c, sigma_w=1.0, q=state.q)
    except ValueError:  # no finite moments, or no signal
        return math.nan, math.nan


def _backward(layers: Sequence[LayerScales], states: Sequence[_State]) -> list[float]:
    """Return E[∂f²] at each layer; nan where it doesn't come from the next layer alone."""
    coming = layers[-1].output_gradient
    gradients = [coming]
    for k in range(len(layers) - 2, -1, -1):
        layer, after = layers[k], layers[k + 1]
        if after.chained and not layer.branches:
            passed = _slope_moment(layer.activation, states[k].q)
            coming = passed * after.fan_out * after.weight * coming
            gradients.append(coming)
        else:
            coming = layer.output_gradient
            gradients.append(math.nan)
    return gradients[::-1]


def _slope_moment(phi: Activation, q: float) -> float:
    try:
        return theory.slope_moment(phi, q)
    except ValueError:
        return math.nan


def _at(layer: LayerScales, state: _State, gradient: float, batch: int) -> dict[str, float]:
    phi, q = layer.activation, state.q
    found = {"forward": q, "backward": gradient, "correlation": state.c}
    found["weight_gradient"] = gradient * state.input_moment
    found["preactivation_mean"] = 0.0  # of weights and biases of mean 0
    found["gradient_mean"] = 0.0 * gradient  # nan where the gradient has no prediction
    if not (math.isfinite(q) and q > 0):
        return found | dict.fromkeys(("mean", "variance", "dead", "saturated"), math.nan)
    try:
        moment, mean = theory.second_moment(phi, q), theory.mean(phi, q)
        found["mean"] = mean if abs(mean) > 1e-12 * math.sqrt(moment) else 0.0  # an odd phi's
        found["variance"] = moment - found["mean"] ** 2
    except ValueError:
        found["mean"] = found["variance"] = math.nan
    found["saturated"] = _saturated(phi, q)
    found["dead"] = _dead(phi, q, state.c, batch)
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
