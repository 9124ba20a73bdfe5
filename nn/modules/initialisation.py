"""Initial weights of a layer: from a strategy, a generator and a dtype."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import autograd
import init
from nn.modules.activations import Function, name_of


def strategy_for(
    spec: init.Spec | None, activation: Function | None
) -> tuple[init.Initializer, float]:
    """Return what draws the weights, and by how much to widen them."""
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


def draw_weights(
    shape: tuple[int, int],
    strategy: init.Initializer,
    gain: float,
    *,
    rng: np.random.Generator,
    dtype: npt.DTypeLike,
) -> npt.NDArray[Any]:
    """Return new weights, checked: a strategy may be anyone's function."""
    fan_out, fan_in = shape
    weights = np.asarray(
        strategy(shape, rng=rng, fan_in=fan_in, fan_out=fan_out, gain=gain, dtype=dtype)
    )
    if weights.shape != shape or weights.dtype.kind != "f":
        raise ValueError(
            f"an initialisation must draw floating-point weights of shape {shape}, (out, in); "
            f"{strategy!r} gave {weights.dtype} of shape {weights.shape}"
        )
    return weights


def generator_of(seed: init.Seed | None) -> np.random.Generator:
    """Return a generator; a new one, unlike any other, if there is no seed."""
    return np.random.default_rng() if seed is None else init.as_generator(seed)
