"""micrograd 0.1.0."""

from __future__ import annotations

import math
import sys

from micrograd.engine import Value
from work import PENALTY, NotDone, Step, digits, moons, program

PACKAGES = ("micrograd",)
PRODUCTS = "none"

sys.setrecursionlimit(10**7)  # its backward() recurses


def layers_of(layers):
    return [
        [[Value(float(w)) for w in (*row, b)] for row, b in zip(W, B, strict=False)]
        for W, B in layers
    ]


def forward(layers, x):
    for k, layer in enumerate(layers):
        x = [sum((w * xi for w, xi in zip(ws, x, strict=False)), ws[-1]) for ws in layer]
        x = [xi.relu() for xi in x] if k < len(layers) - 1 else x
    return x


def stepped(loss_of, parameters, rate=0.0) -> Step:
    def step() -> float:
        loss = loss_of()
        for p in parameters:
            p.grad = 0
        loss.backward()
        for p in parameters:
            p.data -= rate * p.grad
        return loss.data

    return step


def two_moons() -> Step:
    x, y, weights = moons()
    layers = layers_of(weights)
    parameters = [w for layer in layers for ws in layer for w in ws]

    def loss():
        scores = [forward(layers, list(map(Value, row)))[0] for row in x]
        losses = [(1 + -float(yi) * s).relu() for yi, s in zip(y, scores, strict=False)]
        return sum(losses) * (1.0 / len(losses)) + PENALTY * sum(p * p for p in parameters)

    return stepped(loss, parameters)


def exp(x: Value) -> Value:
    out = Value(math.exp(x.data), (x,), "exp")

    def backward() -> None:
        x.grad += out.data * out.grad

    out._backward = backward
    return out


def log(x: Value) -> Value:
    out = Value(math.log(x.data), (x,), "log")

    def backward() -> None:
        x.grad += out.grad / x.data

    out._backward = backward
    return out


def digits_scalars(hidden: list[int], batch: int) -> Step:
    x, labels, weights = digits(hidden, batch)
    layers = layers_of(weights)
    parameters = [w for layer in layers for ws in layer for w in ws]

    def loss():
        total = 0
        for row, label in zip(x, labels, strict=False):
            logits = forward(layers, [float(v) for v in row])
            total = total + log(sum(map(exp, logits))) - logits[label]
        return total * (1.0 / batch)

    return stepped(loss, parameters)


def random_program(size: int) -> Step:
    if size > 10**5:
        raise NotDone("not run: half a minute a step")
    x, run = program(size)
    xs = [Value(float(v)) for v in x]
    return stepped(lambda: run(xs), xs)


TASKS = {task.__name__: {"micrograd": task} for task in (two_moons, digits_scalars, random_program)}
