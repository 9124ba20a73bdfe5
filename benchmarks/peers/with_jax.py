"""JAX: ``jit`` on the CPU, float64. Whole steps get their parameters as donated buffers."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from work import HEADS, PENALTY, RATE, Step, deep, digits, moons, pictures, residual, sequences

PACKAGES = ("jax", "jaxlib", "numpy")
PRODUCTS = "XLA's own"
STEPS = 100  # of a scan

jax.config.update("jax_enable_x64", True)


def forward(layers, x):
    for k, (W, b) in enumerate(layers):
        x = x @ W.T + b
        x = jax.nn.relu(x) if k < len(layers) - 1 else x
    return x


def arrays(layers, *data):
    return [tuple(map(jnp.asarray, pair)) for pair in layers], *map(jnp.asarray, data)


def differentiated(loss, layers, *data) -> Step:
    fast = jax.jit(jax.value_and_grad(loss))
    layers, *data = arrays(layers, *data)

    def step() -> float:
        value, gradient = fast(layers, *data)
        jax.block_until_ready(gradient)
        return float(value)

    return step


def moved(loss, layers, rate, *data):
    value, gradient = jax.value_and_grad(loss)(layers, *data)
    return value, jax.tree.map(lambda p, g: p - rate * g, layers, gradient)


def trained(loss, layers, *data) -> Step:
    """Whole steps: the new parameters take the old ones' memory."""
    fast = jax.jit(partial(moved, loss), donate_argnums=0)
    layers, *data = arrays(layers, *data)

    def step() -> float:
        nonlocal layers
        value, layers = fast(layers, RATE, *data)
        jax.block_until_ready(layers)
        return float(value)

    return step


def scanned(loss, layers, *data) -> Step:
    """Many steps in one call, each with the examples that it is told to take."""

    def steps(layers, rates, order, *data):
        def one(layers, now):
            rate, rows = now
            value, layers = moved(loss, layers, rate, *(each[rows] for each in data))
            return layers, value

        return jax.lax.scan(one, layers, (rates, order))

    fast = jax.jit(steps, donate_argnums=0)
    layers, *data = arrays(layers, *data)
    order = jnp.tile(jnp.arange(len(data[0])), (STEPS, 1))
    rates = jnp.full(STEPS, RATE)

    def step() -> float:
        nonlocal layers
        layers, values = fast(layers, rates, order, *data)
        jax.block_until_ready(layers)
        return float(values[-1])

    step.count = STEPS
    return step


def two_moons() -> Step:
    x, y, weights = moons()

    def loss(layers, X, Y):
        data = jax.nn.relu(1 - Y * forward(layers, X)[:, 0]).mean()
        return data + PENALTY * sum((a * a).sum() for pair in layers for a in pair)

    return differentiated(loss, weights, x, y)


def cross_entropy(layers, X, Y):
    logits = forward(layers, X)
    chosen = jnp.take_along_axis(logits, Y[:, None], 1)[:, 0]
    return (jax.nn.logsumexp(logits, axis=1) - chosen).mean()


def digits_step(kind, hidden: list[int], batch: int) -> Step:
    x, labels, weights = digits(hidden, batch)
    return kind(cross_entropy, weights, x, labels)


def deep_net() -> Step:
    x, weights = deep()
    return differentiated(lambda layers, X: (forward(layers, X) ** 2).mean(), weights, x)


def picture_net() -> Step:
    x, labels, weights = pictures()

    def loss(layers, x, labels):
        *convolutions, (W, b) = layers
        for filters, shift in convolutions:
            x = jax.lax.conv(x, filters, (1, 1), "VALID") + shift[:, None, None]
            window = (1, 1, 2, 2)
            x = jax.lax.reduce_window(
                jax.nn.relu(x), -jnp.inf, jax.lax.max, window, window, "VALID"
            )
        return cross_entropy([(W, b)], x.reshape(len(labels), -1), labels)

    return differentiated(loss, weights, x, labels)


def normed(x, gain, shift):
    x = x - x.mean(axis=-1, keepdims=True)
    return x / jnp.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-5) * gain + shift


def residual_net() -> Step:
    x, weights = residual()

    def loss(layers, x):
        for norm, first, second in zip(layers[::3], layers[1::3], layers[2::3], strict=True):
            x = x + forward([first, second], normed(x, *norm))
        return (x * x).mean()

    return differentiated(loss, weights, x)


def attention_net() -> Step:
    x, weights = sequences()

    def loss(layers, x):
        norm, projection, out = layers
        parts = forward([projection], normed(x, *norm)).reshape(*x.shape[:2], 3, HEADS, -1)
        # Not jax.nn.dot_product_attention, whose softmax has a float32's digits.
        q, k, v = (parts[:, :, j] for j in range(3))
        odds = jax.nn.softmax(jnp.einsum("nqhd,nkhd->nhqk", q, k) / q.shape[-1] ** 0.5)
        found = jnp.einsum("nhqk,nkhd->nqhd", odds, v)
        x = x + forward([out], found.reshape(x.shape))
        return (x * x).mean()

    return differentiated(loss, weights, x)


TASKS = {
    "two_moons": {"JAX jit": two_moons},
    "digits_scalars": {"JAX jit": partial(digits_step, differentiated)},
    "digits_tensors": {
        "JAX jit": partial(digits_step, trained),
        "JAX jit, steps in a scan": partial(digits_step, scanned),
    },
    "deep_net": {"JAX jit": deep_net},
    "picture_net": {"JAX jit": picture_net},
    "residual_net": {"JAX jit": residual_net},
    "attention_net": {"JAX jit": attention_net},
}
