"""The numbers of one layer in one run: its signal and gradient, in a network of any engine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import init
from autograd.extend import Node, raw
from init.theory import Activation
from nn.diagnostics.layer_views import Array, LayerView, TorchWeights, rows
from nn.diagnostics.mean_field_prediction import SATURATION, steepest

__all__ = [
    "LayerReading",
    "dead_by_chance",
    "drawing",
    "readings",
    "remedy",
    "rescaling",
    "saturation",
    "weight_gradient",
]


@dataclass(frozen=True, eq=False)
class LayerReading:
    """One layer, with f its preactivations and h its outputs.

    Attributes
    ----------
    layer, activation : str
        Names.
    z, h : numpy.ndarray, shape (samples and places, units)
        f and h.
    gradient, of_outputs : numpy.ndarray, of the same shape
        The derivatives by f and by h of the outputs times the cotangent.
    weight_gradient : float
        E[∂W²] of one weight, one sample and one place.
    dead : int
        How many units pass no gradient for any row.
    saturated : float
        The part of activations where φ' is small; nan if φ' isn't known.
    dtype : str
        What it was computed in.
    view : LayerView or None
        The layer in its graph; None for a module of PyTorch's.
    """

    layer: str
    activation: str
    z: Array
    h: Array
    gradient: Array
    of_outputs: Array
    weight_gradient: float
    dead: int
    saturated: float
    dtype: str
    view: LayerView | None = None

    def quantities(self) -> dict[str, float]:
        """Return what is measured, by the names in ``propagation.QUANTITIES``."""
        return {
            "preactivation_mean": float(self.z.mean()),
            "gradient_mean": float(self.of_outputs.mean()),
            "mean": float(self.h.mean()),
            "variance": float(self.h.var()),
            "forward": float(np.mean(self.z**2)),
            "backward": float(np.mean(self.gradient**2)),
            "weight_gradient": self.weight_gradient,
            "dead": self.dead / self.z.shape[1],
            "saturated": self.saturated,
            "correlation": _correlation(self.z),
        }


def readings(layers: Sequence[LayerView], found: Mapping[Node, Any]) -> list[LayerReading]:
    """Return the readings of a network of ours, from the cotangents of its nodes."""
    return [_reading(view, found) for view in layers]


def _reading(view: LayerView, found: Mapping[Node, Any]) -> LayerReading:
    z, h = view.rows(raw(view.z)), view.rows(raw(view.h))
    gradient, of_outputs = (
        view.rows(found[node] if node in found else np.zeros(np.shape(raw(node))))
        for node in (view.z, view.h)
    )
    phi = view.activation
    slope = _slopes(phi, z)
    return LayerReading(
        view.name,
        phi.name,
        z,
        h,
        gradient,
        of_outputs,
        weight_gradient(view.rows(raw(view.x)), gradient, len(np.asarray(raw(view.z)))),
        dead=int((slope == 0).all(axis=0).sum()),
        saturated=saturation(phi, z),
        dtype=str(np.asarray(raw(view.z)).dtype),
        view=view,
    )


def _slopes(phi: Activation, z: Array) -> Array:
    return np.ones_like(z) if phi.derivative is None else np.abs(rows(phi.derivative(z)))


def saturation(phi: Activation, z: Array) -> float:
    """Return in what part of the preactivations an activation's slope is small."""
    return float((_slopes(phi, z) < SATURATION * steepest(phi)).mean())


def weight_gradient(x: Array, gradient: Array, samples: int) -> float:
    """Return E[∂W²] of one weight, from rows of the inputs and of the preactivations' gradient."""
    x, by_row = np.mean(x**2, axis=1), np.mean(gradient**2, axis=1)
    if len(x) != len(by_row):  # a window makes one place of several, or several of one
        x, by_row = (each.reshape(samples, -1).mean(axis=1) for each in (x, by_row))
    return float(np.mean(by_row * x))


def _correlation(signal: Array) -> float:
    """Return E[f f'] / E[f²], of numbers of any size; nan where there is no signal."""
    largest = np.abs(signal).max()
    n, units = signal.shape
    if n < 2 or not 0 < largest < math.inf:
        return math.nan
    scaled = signal / largest  # whose squares don't all underflow
    pairs = float(np.sum(scaled.sum(axis=0) ** 2) - np.sum(scaled**2))
    return float(pairs / (n * (n - 1) * units * np.mean(scaled**2)))


def dead_by_chance(samples: int, units: int) -> float:
    """Return up to what part of a layer's units may be silent by chance, in few samples.

    A unit in order is silent for half of the samples, and for all n of them with chance 2⁻ⁿ.
    """
    chance = 0.5**samples
    return float(chance + 2 * math.sqrt(chance * (1 - chance) / units))


def remedy(view: LayerView) -> str:
    """Say which weights a layer should have."""
    now = float(np.mean(np.square(view.weight, dtype=np.float64)))
    try:
        sigma_w, sigma_b = init.critical.for_activation(view.activation).point
    except (ValueError, TypeError):
        return rescaling(view)
    variance = sigma_w**2 / view.fan_in
    biases = f" and biases of variance {sigma_b**2:.3g}" if sigma_b else ""
    how = (
        f"torch.nn.init.normal_(weight, std={math.sqrt(variance):.3g}), or a norm"
        if isinstance(view.module, TorchWeights)
        else "init='critical', or nn.lsuv(model, x)"
    )
    return (
        f"weights of variance {sigma_w**2:.3g}/fan_in = {variance:.3g}{biases} (now {now:.3g}): "
        + how
    )


def rescaling(view: LayerView) -> str:
    """Say what brings the signal of layers to one size."""
    if isinstance(view.module, TorchWeights):
        return "a torch.nn.LayerNorm between layers"
    return "nn.lsuv(model, x), which scales every layer on the data; or a LayerNorm between layers"


def drawing(view: LayerView) -> str:
    """Say how the weights of a layer are drawn at random."""
    if isinstance(view.module, TorchWeights):
        return "torch.nn.init.kaiming_normal_"
    return "init='he_normal'"
