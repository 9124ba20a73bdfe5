"""tinygrad: whole steps by ``TinyJit``, compiled by Clang, one thread, float64."""

from __future__ import annotations

import os

os.environ |= {"DEV": "CPU", "THREADS": "0", "NUM_CPU_THREADS": "1", "DEFAULT_FLOAT": "float64"}

from tinygrad import Tensor, TinyJit
from work import PENALTY, RATE, Step, deep, digits, moons

PACKAGES = ("tinygrad",)
PRODUCTS = "its own, compiled by Clang"


def forward(layers, x):
    for k, (W, b) in enumerate(layers):
        x = x.linear(W.T, b)
        x = x.relu() if k < len(layers) - 1 else x
    return x


def stepped(loss_of, weights, *data) -> Step:
    layers = [tuple(Tensor(a).realize() for a in pair) for pair in weights]
    data = [Tensor(each).realize() for each in data]
    rate = Tensor([RATE]).realize()  # a constant of 0 would be simplified away

    @TinyJit
    def whole(rate, *data):
        parameters = [a for pair in layers for a in pair]
        loss = loss_of(layers, *data)
        gradients = loss.gradient(*parameters)
        for p, g in zip(parameters, gradients, strict=True):
            p.assign(p - rate * g)
        return loss.realize(*parameters)

    def step() -> float:
        return whole(rate, *data).item()

    step()  # the first call runs the operations, the second records and compiles
    return step


def two_moons() -> Step:
    x, y, weights = moons()

    def loss(layers, X, Y):
        data = (1 - Y * forward(layers, X)[:, 0]).relu().mean()
        return data + PENALTY * sum((a * a).sum() for pair in layers for a in pair)

    return stepped(loss, weights, x, y)


def digits_tensors(hidden: list[int], batch: int) -> Step:
    x, labels, weights = digits(hidden, batch)

    def loss(layers, X, Y):
        return forward(layers, X).sparse_categorical_crossentropy(Y)

    return stepped(loss, weights, x, labels)


def deep_net() -> Step:
    x, weights = deep()
    return stepped(lambda layers, X: forward(layers, X).square().mean(), weights, x)


TASKS = {
    "two_moons": {"tinygrad TinyJit": two_moons},
    "digits_scalars": {"tinygrad TinyJit": digits_tensors},
    "digits_tensors": {"tinygrad TinyJit": digits_tensors},
    "deep_net": {"tinygrad TinyJit": deep_net},
}
