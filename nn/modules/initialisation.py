"""Initial weights of a layer: from a strategy, a generator and a dtype."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd
import init
from nn.modules.activations import Function, name_of


def strategy_for(
    spec: init.Spec | None, activation: Function | None
) -> tuple[init.Initializer, float]:
    """Return the strategy that draws the weights, and the gain to widen them by."""
    if spec is not None:
        strategy = init.get(spec)
        if isinstance(strategy, init.Strategy):
            strategy = strategy.for_activation(_with_derivative(activation))
        return strategy, 1.0
    if activation is None:
        return init.get(init.suits("linear")), 1.0
    try:
        return init.get(init.suits(name_of(activation))), 1.0
    except ValueError:  # not in the table: keep the second moment of the signal
        return init.lecun_normal, init.gain(activation)


def _with_derivative(activation: Function | None) -> init.theory.ActivationLike:
    """Return an activation as ``init.theory`` takes it; the engine knows every derivative."""
    if activation is None:
        return "linear"
    if hasattr(activation, "derivative"):
        return activation

    def derivative(x: npt.NDArray[Any]) -> npt.NDArray[Any]:
        leaf = autograd.Tensor(x)
        activation(leaf).backward(np.ones_like(x))
        return np.asarray(leaf.grad)

    return init.theory.Activation(name_of(activation), activation, derivative)


def fans_of(shape: tuple[int, ...], groups: int = 1) -> init.Fans:
    """Return the fans of weights of shape (out, in / groups, *kernel), of a stride of 1."""
    window = math.prod(shape[2:])
    return init.Fans(shape[1] * window, shape[0] // groups * window)


def draw_weights(
    shape: tuple[int, ...],
    strategy: init.Initializer,
    gain: float,
    *,
    rng: np.random.Generator,
    dtype: npt.DTypeLike,
    groups: int = 1,
) -> npt.NDArray[Any]:
    """Return new weights, checked: a strategy may be anyone's function.

    They are drawn as a matrix, with a row for each unit: some strategies draw nothing else.
    """
    fans = fans_of(shape, groups)
    matrix = (shape[0], fans.fan_in)
    weights = np.asarray(strategy(matrix, rng=rng, **fans._asdict(), gain=gain, dtype=dtype))
    if weights.shape != matrix or weights.dtype.kind != "f":
        raise ValueError(
            f"an initialisation must draw floating-point weights of shape {matrix}, (out, in); "
            f"{strategy!r} gave {weights.dtype} of shape {weights.shape}"
        )
    return weights.reshape(shape)


def draw_biases(
    strategy: init.Initializer, weights: npt.NDArray[Any], *, rng: np.random.Generator
) -> autograd.Tensor:
    """Return a new bias for each unit: zero, unless the strategy draws them too ("critical")."""
    std = getattr(strategy, "bias_std", 0.0)  # a plain function draws no biases
    biases = std * rng.standard_normal(len(weights)) if std else np.zeros(len(weights))
    return autograd.Tensor(biases.astype(weights.dtype), label="bias")


def generator_of(seed: init.Seed | None) -> np.random.Generator:
    """Return a generator; a new one, unlike any other, if there is no seed."""
    return np.random.default_rng() if seed is None else init.as_generator(seed)
