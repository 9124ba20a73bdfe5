"""HIPS autograd, in an environment of its own: its import name is ours."""

from __future__ import annotations

from work import PENALTY, Step, deep, digits, moons

import autograd.numpy as np
from autograd import value_and_grad

PACKAGES = ("autograd", "numpy")


def forward(layers, x):
    for k, (W, b) in enumerate(layers):
        x = np.dot(x, W.T) + b
        x = np.maximum(x, 0) if k < len(layers) - 1 else x
    return x


def stepped(loss, layers) -> Step:
    fast = value_and_grad(loss)
    return lambda: fast(layers)[0]


def two_moons() -> Step:
    x, y, weights = moons()

    def loss(layers):
        data = np.mean(np.maximum(1 - y * forward(layers, x)[:, 0], 0))
        return data + PENALTY * sum(np.sum(a * a) for pair in layers for a in pair)

    return stepped(loss, weights)


def digits_tensors(hidden: list[int], batch: int) -> Step:
    x, labels, weights = digits(hidden, batch)
    rows = np.arange(batch)

    def loss(layers):
        logits = forward(layers, x)
        top = np.max(logits, axis=1)
        total = np.log(np.sum(np.exp(logits - top[:, None]), axis=1)) + top
        return np.mean(total - logits[rows, labels])

    return stepped(loss, weights)


def deep_net() -> Step:
    x, weights = deep()
    return stepped(lambda layers: np.mean(forward(layers, x) ** 2), weights)


TASKS = {task.__name__: {"HIPS autograd": task} for task in (two_moons, digits_tensors, deep_net)}
