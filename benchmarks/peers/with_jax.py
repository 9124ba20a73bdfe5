"""JAX: ``jit(value_and_grad)`` on the CPU, float64."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from work import PENALTY, Step, deep, digits, moons

jax.config.update("jax_enable_x64", True)


def forward(layers, x):
    for k, (W, b) in enumerate(layers):
        x = x @ W.T + b
        x = jax.nn.relu(x) if k < len(layers) - 1 else x
    return x


def stepped(loss, layers, *data) -> Step:
    fast = jax.jit(jax.value_and_grad(loss))
    layers = [tuple(map(jnp.asarray, pair)) for pair in layers]
    data = tuple(map(jnp.asarray, data))

    def step() -> float:
        value, gradient = fast(layers, *data)
        jax.block_until_ready(gradient)
        return float(value)

    return step


def two_moons() -> Step:
    x, y, weights = moons()

    def loss(layers, X, Y):
        data = jax.nn.relu(1 - Y * forward(layers, X)[:, 0]).mean()
        return data + PENALTY * sum((a * a).sum() for pair in layers for a in pair)

    return stepped(loss, weights, x, y)


def digits_tensors(hidden: list[int], batch: int) -> Step:
    x, labels, weights = digits(hidden, batch)

    def loss(layers, X, Y):
        logits = forward(layers, X)
        chosen = jnp.take_along_axis(logits, Y[:, None], 1)[:, 0]
        return (jax.nn.logsumexp(logits, axis=1) - chosen).mean()

    return stepped(loss, weights, x, labels)


def deep_net() -> Step:
    x, weights = deep()
    return stepped(lambda layers, X: (forward(layers, X) ** 2).mean(), weights, x)


TASKS = {
    "two_moons": two_moons,
    "digits_scalars": digits_tensors,
    "digits_tensors": digits_tensors,
    "deep_net": deep_net,
}
