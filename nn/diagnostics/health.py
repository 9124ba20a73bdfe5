"""A check for tests: that no layer of a network dies, explodes, vanishes or overflows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd.extend import cotangents
from init.argument_checks import number
from nn.diagnostics.layer_readings import LayerReading, dead_by_chance, readings, remedy
from nn.diagnostics.layer_views import Array, read, sent_back
from nn.diagnostics.torch_layers import is_torch_module, torch_readings
from nn.modules.module import Module

__all__ = ["assert_healthy", "read_layers"]

Fault: TypeAlias = tuple[int, str]
"""The number of a layer, and what is wrong there."""


def assert_healthy(
    model: Module | Any,
    x: Any,
    *,
    factor: float = 1e4,
    dead: float = 0.5,
    cotangent: Any = None,
) -> None:
    """Raise an AssertionError that names the first layer that dies, explodes or overflows.

    It is for a test of one's own: a network as it is initialised, on a batch of real data. The
    model is left as it is. ``nn.diagnose`` looks for more, and lists it.

    Parameters
    ----------
    model : Module, or torch.nn.Module
        With ``Linear`` layers or convolutions. Of PyTorch's, each module with weights is a layer.
    x : array_like or torch.Tensor, shape (batch, ...)
        The larger the batch, the fewer units look dead that aren't.
    factor : float
        By how much E[f²] of a hidden layer's preactivations may differ from that of the first
        hidden layer, and E[∂f²] from that of the last. A layer beyond it after which all others
        are too vanishes or explodes. By default 10⁴; more than 1.
    dead : float
        Up to which part of a hidden layer's units may pass no gradient for any sample, besides what
        may be chance in a small batch. By default half of them; from 0 to 1.
    cotangent : array of the outputs' shape, or callable, optional
        ∂loss/∂outputs, or a function of the outputs that gives it. By default 1 or -1 at random,
        always the same: of ones, a norm at the end would pass nothing on.

    Raises
    ------
    AssertionError
        With the layer, the numbers, and what to do. The first layer in the order of computation is
        named; a gradient that vanishes or explodes is looked for last, from the output back.
    TypeError, ValueError
        As :func:`nn.diagnostics.propagate`, and for a threshold out of range.

    Examples
    --------
    >>> import nn
    >>> x = np.random.default_rng(0).standard_normal((50, 20))
    >>> assert_healthy(nn.MLP([20, 40, 40, 40, 3], seed=0), x)
    >>> wide = {"name": "normal", "std": 5.0}
    >>> assert_healthy(nn.MLP([20, 40, 40, 40, 3], init=wide, seed=0), x)
    ... # doctest: +ELLIPSIS
    Traceback (most recent call last):
    AssertionError: layers.2 explodes: the mean square of its preactivations is 9.21e+07, ...
    """
    if number("factor", factor) <= 1:
        raise ValueError(f"factor must be more than 1, got {factor}: no layer is just like another")
    if not 0 <= number("dead", dead) <= 1:
        raise ValueError(f"dead must be a part of the units, from 0 to 1, got {dead}")
    layers = read_layers(model, x, _signs if cotangent is None else cotangent)
    with np.errstate(all="ignore"):
        found = _overflow(layers), _death(layers, dead), _drift(layers, factor)
        faults = [fault for fault in found if fault is not None]
        backwards = None if faults else _gradient_drift(layers, factor)
    fault = min(faults, key=lambda fault: fault[0]) if faults else backwards
    if fault is not None:
        raise AssertionError(f"{layers[fault[0]].layer} {fault[1]}")


def read_layers(model: Module | Any, x: Any, cotangent: Any = None) -> list[LayerReading]:
    """Run a network, ours or PyTorch's, and return the reading of each layer."""
    if is_torch_module(model):
        return torch_readings(model, x, cotangent)
    network = read(model, x)
    with np.errstate(all="ignore"):
        found = cotangents(network.y, sent_back(network.y, cotangent))
        return readings(network.layers, found)


def _signs(y: Array) -> Array:
    return np.random.default_rng(0).choice([-1.0, 1.0], y.shape)


def _overflow(layers: Sequence[LayerReading]) -> Fault | None:
    for k, layer in enumerate(layers):
        for what, array in (("preactivations", layer.z), ("outputs", layer.h)):
            bad = int((~np.isfinite(array)).sum())
            if bad:
                return k, (
                    f"overflows: {bad} of {array.size} {what} are inf or nan in {layer.dtype}; "
                    f"try {_remedy(layer)}"
                )
    return None


_ALIVE = "biases at 0, a larger batch, or an activation that is flat nowhere (leaky_relu, gelu)"


def _death(layers: Sequence[LayerReading], most: float) -> Fault | None:
    """Find a layer whose weights get no gradient, or too many of whose units pass none on."""
    if not layers[-1].gradient.any():  # a loss that is minimal sends nothing back
        return None
    for k, layer in enumerate(layers[:-1]):
        samples, units = layer.z.shape
        if not layer.z.any() and not layer.weight_gradient:
            return k, (
                "is dead: all preactivations are 0, and its weights get no gradient; draw the "
                "weights at random, and give it samples that are not all zeros"
            )
        if layer.dead > units * min(1 - 1e-9, most + dead_by_chance(samples, units)):
            return k, (
                f"is dead: {layer.dead} of {units} units pass no gradient for any of {samples} "
                f"samples, at most {most:.0%} may; try {_ALIVE}"
            )
        # Where the activation is only a function of torch's, its zeros are seen behind it.
        after = layers[k + 1]
        if not layer.gradient.any() and after.gradient.any() and not after.weight_gradient:
            return k, (
                f"is dead: it gets no gradient, and {after.layer} gets inputs that are all 0; try "
                f"{_ALIVE}"
            )
    return None


def _drift(layers: Sequence[LayerReading], factor: float) -> Fault | None:
    sizes = [(k, float(np.mean(layer.z**2))) for k, layer in enumerate(layers[:-1])]
    return _beyond(layers, sizes, factor, "{}: the mean square of its preactivations")


def _gradient_drift(layers: Sequence[LayerReading], factor: float) -> Fault | None:
    sizes = [(k, float(np.mean(layer.gradient**2))) for k, layer in enumerate(layers[:-1])]
    return _beyond(layers, sizes[::-1], factor, "has a gradient that {}: its mean square")


def _beyond(
    layers: Sequence[LayerReading], sizes: Sequence[tuple[int, float]], factor: float, what: str
) -> Fault | None:
    """Find the first layer beyond the factor after which all others are too.

    A layer of zeros is left out: a branch that starts at zero is no fault.
    """
    kept = [(k, size) for k, size in sizes if size]
    inside = [
        n for n, (_, size) in enumerate(kept) if kept[0][1] / factor <= size <= kept[0][1] * factor
    ]
    if not inside or inside[-1] == len(kept) - 1:  # the first may be nan, which is told of above
        return None
    (first, start), (k, size) = kept[0], kept[inside[-1] + 1]
    return k, (
        what.format("vanishes" if size < start else "explodes")
        + f" is {size:.3g}, {size / start:.3g} times that of {layers[first].layer}, more than a "
        f"factor of {factor:g}; try {_remedy(layers[k])}"
    )


def _remedy(layer: LayerReading) -> str:
    if layer.view is None:
        return "torch.nn.init.kaiming_normal_ on its weights, inputs of variance 1, or a norm"
    return remedy(layer.view)
