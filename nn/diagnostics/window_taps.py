"""Inputs that random weights add up, in a layer of units or in the windows of a convolution.

At a border that is padded with zeros a window has fewer inputs, and two windows at different
borders have fewer in common. So the power of a signal isn't the same at every place, and what a
window gets depends on where it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.extend import Node, raw
from nn.diagnostics.layer_views import Array

__all__ = ["Taps", "taps_of"]


@dataclass(frozen=True, eq=False)
class Taps:
    """What the windows of a layer get of their inputs.

    Attributes
    ----------
    own : float
        How many inputs a unit has, on average over places, each counted with its power.
    common : float
        How many inputs two places have that meet the same weight, likewise.
    power : numpy.ndarray or None
        The inputs at each place, over their average; None for a layer without space.
    """

    own: float
    common: float
    power: Array | None = None


def taps_of(node: Node, power: Array | None = None) -> Taps:
    """Count the inputs of a layer.

    Parameters
    ----------
    node : Node
        Its operation, whose second operand is the weights.
    power : numpy.ndarray, optional
        E[x²] at each place of the inputs, over the average; by default 1 everywhere.
    """
    shape, weights = (np.shape(raw(parent)) for parent in node.parents[:2])
    space = len(weights) - 2
    if not space or node.op is None:
        return Taps(float(shape[-1]), float(shape[-1]))
    size = np.sqrt(np.ones(shape[-space:]) if power is None else power)
    window = math.prod(weights[2:])
    one_each: Any = np.eye(window).reshape(window, 1, *weights[2:])  # a channel for each tap
    if node.op.name == "conv_transpose":
        one_each = one_each.swapaxes(0, 1)
    params = node.params or {}
    how = {name: each for name, each in params.items() if name != "groups"}
    met = np.asarray(node.op(size[None, None], one_each, **how))[0]
    channels = shape[-space - 1] // params.get("groups", 1)
    found = np.sum(met**2, axis=0)
    own = float(channels * found.mean())
    together = _of_pairs(met) / pairs if (pairs := _of_pairs(size[None])) else 0.0
    return Taps(own, float(channels * together), found / found.mean() if own else None)


def _of_pairs(size: Array) -> float:
    """Return the mean product at two different places, added up over taps; 0 for one place."""
    rows = size.reshape(len(size), -1)
    places = rows.shape[1]
    total = float(np.sum(rows.sum(axis=1) ** 2) - np.sum(rows**2))
    return total / (places * (places - 1)) if places > 1 else 0.0
