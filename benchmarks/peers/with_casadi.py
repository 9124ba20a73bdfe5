"""CasADi's SX: scalar expressions, run by its virtual machine."""

from __future__ import annotations

import casadi as ca
import numpy as np
from work import PENALTY, Step, digits, moons, program


def layers_of(layers):
    return [
        (ca.SX.sym(f"W{k}", *W.shape), ca.SX.sym(f"b{k}", W.shape[0]))
        for k, (W, _) in enumerate(layers)
    ]


def flat(weights):
    return np.concatenate([np.ravel(a, order="F") for pair in weights for a in pair])


def forward(layers, x):
    for k, (W, b) in enumerate(layers):
        x = ca.mtimes(W, x) + b
        x = ca.fmax(x, 0) if k < len(layers) - 1 else x
    return x


def compiled(symbols, weights, loss, arguments=(), given=()) -> Step:
    theta = ca.vertcat(*(ca.vec(s) for pair in symbols for s in pair))
    f = ca.Function("f", [theta, *arguments], [loss, ca.gradient(loss, theta)])
    numbers = [flat(weights), *given]
    buffer, evaluate = f.buffer()  # no conversion of arguments: the virtual machine alone
    kept = [np.ascontiguousarray(n, dtype=float) for n in numbers]
    value, gradient = np.zeros(1), np.zeros(theta.numel())
    for k, n in enumerate(kept):
        buffer.set_arg(k, memoryview(n.ravel()))
    buffer.set_res(0, memoryview(value))
    buffer.set_res(1, memoryview(gradient))

    def step() -> float:
        evaluate()
        return value[0]

    step.keep = (f, buffer, kept, gradient)
    return step


def two_moons() -> Step:
    x, y, weights = moons()
    layers = layers_of(weights)
    losses = [
        ca.fmax(1 - float(yi) * forward(layers, ca.SX(row)), 0)
        for row, yi in zip(x, y, strict=False)
    ]
    squares = sum(ca.sumsqr(a) for pair in layers for a in pair)
    return compiled(layers, weights, sum(losses) / len(losses) + PENALTY * squares)


def digits_scalars(hidden: list[int], batch: int) -> Step:
    x, labels, weights = digits(hidden, batch)
    layers = layers_of(weights)
    total = 0
    for row, label in zip(x, labels, strict=False):
        logits = forward(layers, ca.SX(row))
        total += ca.log(ca.sum1(ca.exp(logits))) - logits[int(label)]
    return compiled(layers, weights, total / batch)


def random_program(size: int) -> Step:
    x, run = program(size)
    xs = ca.SX.sym("x", 100)
    loss = run([xs[k] for k in range(100)])
    return compiled([(xs,)], [(x,)], loss)


TASKS = {
    "two_moons": two_moons,
    "digits_scalars": digits_scalars,
    "random_program": random_program,
}
