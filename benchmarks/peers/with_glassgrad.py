"""Glassgrad: the eager engine on Values and on Tensors, and replays by tape and in lanes."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from work import (
    HEADS,
    PENALTY,
    RATE,
    NotDone,
    Step,
    aside,
    deep,
    digits,
    mlp,
    moons,
    pictures,
    program,
    residual,
    sequences,
)

import autograd
import nn
from autograd import Tensor, Value, jit
from autograd.extend import gradients, record_loop

PACKAGES = ("numpy", "numba", "llvmlite")
STEPS = 100  # of a loop


def values(layers: Any) -> Any:
    return [
        [[Value(float(w)) for w in (*row, b)] for row, b in zip(W, B, strict=True)]
        for W, B in layers
    ]


def forward(layers: Any, x: Any) -> Any:
    for k, layer in enumerate(layers):
        x = [sum((w * xi for w, xi in zip(ws, x, strict=False)), ws[-1]) for ws in layer]
        x = [xi.relu() for xi in x] if k < len(layers) - 1 else x
    return x


def flat(layers: Any) -> list[Value]:
    return [w for layer in layers for ws in layer for w in ws]


def numbers(parameters: list[Value]) -> Any:
    return np.array([p.data for p in parameters])


def stepped(loss_of: Any, parameters: list[Any]) -> Step:
    def step() -> float:
        loss = loss_of()
        for p in parameters:
            p.grad = None
        loss.backward()
        return float(loss.data)

    return step


class Moons:
    def __init__(self) -> None:
        self.x, self.y, weights = moons()
        self.layers = values(weights)
        self.parameters = flat(self.layers)

    def penalty(self) -> Any:
        return PENALTY * sum(p * p for p in self.parameters)

    def hinge(self, x: Any, y: Any) -> Any:
        return (1 + -y * forward(self.layers, list(x))[0]).relu()

    def sample(self, x: Any, y: Any) -> Any:
        return self.hinge(x, y) + self.penalty()

    def batch(self, X: Any, Y: Any) -> Any:
        losses = [self.hinge(x, y) for x, y in zip(X, Y, strict=True)]
        return sum(losses) * (1.0 / len(losses)) + self.penalty()


def two_moons_eager() -> Step:
    work = Moons()
    X, Y = work.x.tolist(), work.y.tolist()
    return stepped(lambda: work.batch([[Value(v) for v in x] for x in X], Y), work.parameters)


def two_moons_tape() -> Step:
    work = Moons()
    fast = jit(work.batch, parameters=work.parameters)
    theta = numbers(work.parameters)
    return lambda: fast.value_and_grad(theta, work.x, work.y)[0]


def two_moons_lanes() -> Step:
    work = Moons()
    fast = jit(work.sample, parameters=work.parameters)
    theta = numbers(work.parameters)
    return lambda: fast.map_value_and_grad(theta, work.x, work.y, reduce="mean")[0]


class Digits:
    def __init__(self, hidden: list[int], weights: Any = None) -> None:
        self.layers = values(mlp([64, *hidden, 10]) if weights is None else weights)
        self.parameters = flat(self.layers)

    def loss(self, x: Any, target: Any) -> Any:
        """The cross-entropy with a one-hot target, shifted by the mean so that exp stays finite."""
        logits = forward(self.layers, list(x))
        middle = sum(logits) * (1.0 / len(logits))
        shifted = [z - middle for z in logits]
        chosen = sum(z * t for z, t in zip(shifted, target, strict=True))
        return autograd.log(sum(map(autograd.exp, shifted))) - chosen


def digits_scalars_tape(hidden: list[int], batch: int) -> Step:
    x, labels, weights = digits(hidden, batch)
    work = Digits(hidden, weights)

    def loss(X: Any) -> Any:
        total: Any = 0.0
        for row, label in zip(X, labels, strict=True):
            logits = forward(work.layers, list(row))
            total = total + (autograd.log(sum(map(autograd.exp, logits))) - logits[label])
        return total * (1.0 / batch)

    fast = jit(loss, parameters=work.parameters)
    theta = numbers(work.parameters)
    return lambda: fast.value_and_grad(theta, x)[0]


def digits_scalars_lanes(hidden: list[int], batch: int) -> Step:
    x, labels, weights = digits(hidden, batch)
    work = Digits(hidden, weights)
    fast = jit(work.loss, parameters=work.parameters)
    theta, targets = numbers(work.parameters), np.eye(10)[labels]
    return lambda: fast.map_value_and_grad(theta, x, targets, reduce="mean")[0]


def tensors(layers: Any) -> Any:
    return [tuple(Tensor(a) for a in pair) for pair in layers]


def on_tensors(layers: Any, x: Any) -> Any:
    for k, (W, b) in enumerate(layers):
        x = autograd.affine(x, W, b)
        x = autograd.relu(x) if k < len(layers) - 1 else x
    return x


def flat_arrays(layers: Any) -> Any:
    return np.concatenate([a.ravel() for pair in layers for a in pair])


def digits_loss(layers: Any, x: Any, labels: Any) -> Any:
    return nn.cross_entropy(on_tensors(layers, x), labels)


def deep_loss(layers: Any, x: Any) -> Any:
    y = on_tensors(layers, x)
    return autograd.mean(y * y)


def tensors_eager(loss_of: Any, weights: Any, *data: Any) -> Step:
    layers = tensors(weights)
    optimizer = nn.SGD([a for pair in layers for a in pair], lr=RATE)

    def step() -> float:
        optimizer.zero_grad()
        loss = loss_of(layers, *data)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def tensors_replay(loss_of: Any, weights: Any, *data: Any) -> Step:
    """A replay for each step, and the update in NumPy."""
    layers = tensors(weights)
    fast = jit(partial(loss_of, layers), parameters=[a for pair in layers for a in pair])
    theta = flat_arrays(weights)

    def step() -> float:
        nonlocal theta
        value, gradient = fast.value_and_grad(theta, *data)
        theta -= RATE * gradient
        return value

    return step


def tensors_loop(loss_of: Any, weights: Any, *data: Any) -> Step:
    """Many whole steps in one call, as in ``nn.fit(jit=True)``."""
    layers = tensors(weights)
    parameters = [a for pair in layers for a in pair]

    def one(memory: Any, rows: Any, numbers: Any) -> Any:
        loss = loss_of(layers, *rows)
        found = gradients(loss, parameters)
        nexts = [p - numbers[0] * g for p, g in zip(parameters, found, strict=True)]
        return nexts, memory, loss, [], []

    loop = record_loop(one, parameters, [], data, len(data[0]), numbers=1)
    state = [a for pair in weights for a in pair]
    order, rates = np.tile(np.arange(len(data[0])), (STEPS, 1)), np.full((STEPS, 1), RATE)

    def step() -> float:
        return float(loop.run(state, [], order, rates).watched[-1])

    step.count = STEPS
    return step


def digits_tensors(kind: Any, hidden: list[int], batch: int) -> Step:
    x, labels, weights = digits(hidden, batch)
    return kind(digits_loss, weights, x, labels)


def deep_net(kind: Any) -> Step:
    x, weights = deep()
    return kind(deep_loss, weights, x)


def picture_loss(layers: Any, x: Any, labels: Any) -> Any:
    *convolutions, (W, b) = layers
    for filters, shift in convolutions:
        x = autograd.conv(x, filters) + shift.reshape(-1, 1, 1)
        x = autograd.max_pool(autograd.relu(x), (2, 2))
    return nn.cross_entropy(autograd.affine(x.reshape(len(labels), -1), W, b), labels)


def residual_loss(layers: Any, x: Any) -> Any:
    for norm, first, second in zip(layers[::3], layers[1::3], layers[2::3], strict=True):
        inside = autograd.affine(autograd.layer_norm(x, *norm), *first)
        x = x + autograd.affine(autograd.relu(inside), *second)
    return autograd.mean(x * x)


def attention_loss(layers: Any, x: Any) -> Any:
    norm, projection, out = layers
    n, length, width = x.shape
    together = autograd.affine(autograd.layer_norm(x, *norm), *projection)
    parts = together.reshape(n, length, 3, HEADS, width // HEADS).transpose(2, 0, 3, 1, 4)
    found = autograd.scaled_dot_product_attention(parts[0], parts[1], parts[2])
    x = x + autograd.affine(found.transpose(0, 2, 1, 3).reshape(n, length, width), *out)
    return autograd.mean(x * x)


def picture_net(kind: Any) -> Step:
    x, labels, weights = pictures()
    return kind(picture_loss, weights, x, labels)


def residual_net(kind: Any) -> Step:
    x, weights = residual()
    return kind(residual_loss, weights, x)


def attention_net(kind: Any) -> Step:
    x, weights = sequences()
    return kind(attention_loss, weights, x)


def random_program_eager(size: int) -> Step:
    if size > 10**5:
        raise NotDone("not run: some 10 seconds a step")
    x, run = program(size)
    xs = [Value(float(v)) for v in x]
    return stepped(lambda: run(xs), xs)


def random_program_tape(size: int, block: int = 0) -> Step:
    x, run = program(size, block)
    fast = jit(run)

    def step() -> float:
        return fast.value_and_grad(x)[0]

    with aside():
        step.nodes = nodes_of(run([Value(float(v)) for v in x]))
    return step


def random_program_recorded(size: int) -> Step:
    """From the call of a function that wasn't recorded to its first gradient."""
    if size > 10**5:
        raise NotDone("not run: some 20 seconds")
    x, run = program(size)
    return lambda: jit(run).value_and_grad(x)[0]


def nodes_of(root: Value) -> int:
    return len(autograd.walk.order.topological_order(root))


LANES, TAPE = "**Glassgrad replay, lanes**", "**Glassgrad replay, tape**"
VALUES, TENSORS = "**Glassgrad eager Values**", "**Glassgrad eager Tensors**"
LOOP, REPLAY = "**Glassgrad replay, steps in a loop**", "**Glassgrad replay, step by step**"
SINGLE = {REPLAY: tensors_replay, TENSORS: tensors_eager}
KINDS = {LOOP: tensors_loop, **SINGLE}
TASKS = {
    "two_moons": {LANES: two_moons_lanes, TAPE: two_moons_tape, VALUES: two_moons_eager},
    "digits_scalars": {LANES: digits_scalars_lanes, TAPE: digits_scalars_tape},
    "digits_tensors": {name: partial(digits_tensors, kind) for name, kind in KINDS.items()},
    "deep_net": {name: partial(deep_net, kind) for name, kind in KINDS.items()},
    "picture_net": {name: partial(picture_net, kind) for name, kind in SINGLE.items()},
    "residual_net": {name: partial(residual_net, kind) for name, kind in SINGLE.items()},
    "attention_net": {name: partial(attention_net, kind) for name, kind in SINGLE.items()},
    "random_program": {
        TAPE: random_program_tape,
        "**Glassgrad recorded anew**": random_program_recorded,
        VALUES: random_program_eager,
    },
}
