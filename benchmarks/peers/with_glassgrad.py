"""Glassgrad: the eager engine on Values and on Tensors, and replays by tape and in lanes."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from work import PENALTY, Step, deep, digits, mlp, moons, program

import autograd
from autograd import Tensor, Value, jit


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


def micrograd_demo() -> Step:
    """100 steps of gradient descent, with micrograd's schedule of rates, to full accuracy."""
    work = Moons()
    fast = jit(work.sample, parameters=work.parameters)
    start = numbers(work.parameters)

    def train() -> float:
        theta = start.copy()
        for k in range(100):
            _, gradient = fast.map_value_and_grad(theta, work.x, work.y, reduce="mean")
            theta -= (1.0 - 0.9 * k / 100) * gradient
        score = jit_score.map(theta, work.x)
        return float(np.mean((score > 0) == (work.y > 0)))

    jit_score = jit(lambda x: forward(work.layers, list(x))[0], parameters=work.parameters)
    return train


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


def digits_training(hidden: list[int], epochs: int) -> Step:
    """All in scalars: Adam in flat arrays, batches of 32; returns the accuracy on 360 images."""
    x, y = load_digits(return_X_y=True)
    x = x / 16.0
    order = np.random.default_rng(1).permutation(len(x))
    train, test = order[:1437], order[1437:]
    targets = np.eye(10)[y]
    work = Digits(hidden)
    fast = jit(work.loss, parameters=work.parameters)
    logits = jit(lambda x: forward(work.layers, list(x)), parameters=work.parameters)

    def run() -> float:
        rng = np.random.default_rng(0)
        theta = numbers(work.parameters)
        mean, square, k = np.zeros_like(theta), np.zeros_like(theta), 0
        for _ in range(epochs):
            shuffled = rng.permutation(train)
            for start in range(0, len(shuffled), 32):
                some = shuffled[start : start + 32]
                _, g = fast.map_value_and_grad(theta, x[some], targets[some], reduce="mean")
                k += 1
                mean += 0.1 * (g - mean)
                square += 0.001 * (g * g - square)
                rate = 0.003 * (1 - 0.999**k) ** 0.5 / (1 - 0.9**k)
                theta -= rate * mean / (np.sqrt(square) + 1e-8)
        found = np.argmax(np.stack(logits.map(theta, x[test]), axis=1), axis=1)
        return float(np.mean(found == y[test]))

    return run


def tensors(layers: Any) -> Any:
    return [tuple(Tensor(a) for a in pair) for pair in layers]


def on_tensors(layers: Any, x: Any) -> Any:
    for k, (W, b) in enumerate(layers):
        x = autograd.affine(x, W, b)
        x = autograd.relu(x) if k < len(layers) - 1 else x
    return x


def digits_tensors(hidden: list[int], batch: int) -> Step:
    import nn

    x, labels, weights = digits(hidden, batch)
    layers = tensors(weights)
    parameters = [a for pair in layers for a in pair]
    optimizer = nn.SGD(parameters, lr=0.0)
    X = Tensor(x, requires_grad=False)

    def step() -> float:
        optimizer.zero_grad()
        loss = nn.cross_entropy(on_tensors(layers, X), labels)
        loss.backward()
        optimizer.step()
        return float(loss.data)

    return step


def deep_net() -> Step:
    x, weights = deep()
    layers = tensors(weights)
    X = Tensor(x, requires_grad=False)

    def loss() -> Any:
        y = on_tensors(layers, X)
        return autograd.mean(y * y)

    return stepped(loss, [a for pair in layers for a in pair])


def random_program_eager(size: int) -> Step:
    x, run = program(size)
    xs = [Value(float(v)) for v in x]
    return stepped(lambda: run(xs), xs)


def random_program_tape(size: int) -> Step:
    x, run = program(size)
    fast = jit(run)
    return lambda: fast.value_and_grad(x)[0]


def lanes(count: int) -> Step:
    """Figure of cost against lanes: one sample of the digits MLP with 16 hidden units."""
    x, labels, weights = digits([16], 1437)
    work = Digits([16], weights)
    fast = jit(work.loss, parameters=work.parameters)
    theta = numbers(work.parameters)
    rng = np.random.default_rng(0)
    some = rng.integers(0, 1437, count)
    X, targets = x[some], np.eye(10)[labels[some]]
    return lambda: fast.map_value_and_grad(theta, X, targets, reduce="mean")[0]


def memory(kind: str) -> Step:
    """Bytes a node at the peak of a two-moons step, eager; or of a recording, without data."""
    work = Moons()

    def eager() -> float:
        X, Y = work.x.tolist(), work.y.tolist()
        inputs = [[Value(v) for v in x] for x in X]
        tracemalloc.start()
        loss = work.batch(inputs, Y)
        loss.backward()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak / len(autograd.graph.topological_order(loss))

    def recorded() -> float:
        fast = jit(work.batch, parameters=work.parameters)
        theta = numbers(work.parameters)
        fast.value_and_grad(theta, work.x, work.y)
        loss = work.batch(work.x.tolist(), work.y.tolist())
        nodes = len(autograd.graph.topological_order(loss))
        (entry,) = fast._entries.values()
        programs = sum(m._part.nbytes for m in entry._machines.values())
        return (fast.recording(theta, work.x, work.y).nbytes + programs) / nodes

    return eager if kind == "eager" else recorded


def recording_time(size: int) -> Step:
    """Seconds to record a random program and replay it once, with kernels from disk."""
    x, run = program(size)

    def step() -> float:
        start = time.perf_counter()
        jit(run).value_and_grad(x)
        return time.perf_counter() - start

    return step


TASKS = {
    function.__name__: function
    for function in (
        two_moons_eager, two_moons_tape, two_moons_lanes, micrograd_demo, digits_scalars_tape,
        digits_scalars_lanes, digits_training, digits_tensors, deep_net, random_program_eager,
        random_program_tape, lanes, memory, recording_time,
    )
}  # fmt: skip
