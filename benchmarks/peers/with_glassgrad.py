"""Glassgrad: the eager engine on Values and on Tensors, and replays by tape and in lanes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from work import PENALTY, Step, deep, digits, mlp, moons, program

import autograd
import nn
from autograd import Tensor, Value, jit
from autograd.numbers import float_functions


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
    """``nn.fit`` in scalars, recording included; returns the accuracy on 360 images."""
    x, y = load_digits(return_X_y=True)
    x = x / 16.0
    order = np.random.default_rng(1).permutation(len(x))
    train, test = order[:1437], order[1437:]

    def run() -> float:
        model = nn.MLP([64, *hidden, 10], seed=0).scalars()
        history = nn.fit(
            model,
            x[train],
            y[train],
            epochs=epochs,
            loss=nn.cross_entropy,
            optimizer=nn.Adam(model.parameters(), lr=0.003),
            validation=(x[test], y[test]),
            metrics={"accuracy": nn.accuracy},
            rng=0,
            progress=False,
            jit=True,
        )
        return history[-1].validation_metrics["accuracy"]

    return run


def tensors(layers: Any) -> Any:
    return [tuple(Tensor(a) for a in pair) for pair in layers]


def on_tensors(layers: Any, x: Any) -> Any:
    for k, (W, b) in enumerate(layers):
        x = autograd.affine(x, W, b)
        x = autograd.relu(x) if k < len(layers) - 1 else x
    return x


def digits_tensors(hidden: list[int], batch: int) -> Step:
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
        return loss.item()

    return step


def deep_net() -> Step:
    x, weights = deep()
    layers = tensors(weights)
    X = Tensor(x, requires_grad=False)

    def loss() -> Any:
        y = on_tensors(layers, X)
        return autograd.mean(y * y)

    return stepped(loss, [a for pair in layers for a in pair])


def by_hand(op: str, y: Any) -> tuple[Any, Any, Any]:
    """An op on a Tensor, and the same functions of arrays: forward, and backward from (g, y, z)."""
    c, W, b = np.full(y.shape, 0.5), np.eye(y.size), np.zeros(y.size)
    constant, weights, biases = Tensor(c, requires_grad=False), Tensor(W), Tensor(b)
    return {
        "add": (lambda t: t + constant, lambda y: y + c, lambda g, y, z: g),
        "sub": (lambda t: constant - t, lambda y: c - y, lambda g, y, z: -g),
        "mul": (lambda t: t * constant, lambda y: y * c, lambda g, y, z: g * c),
        "relu": (
            autograd.relu,
            lambda y: np.maximum(y, 0.0),
            lambda g, y, z: np.where(y > 0, g, 0.0),
        ),
        "tanh": (
            autograd.tanh,
            np.tanh,
            lambda g, y, z: g * float_functions.tanh_slope_of_arrays(y),
        ),
        "affine": (
            lambda t: autograd.affine(t, weights, biases),
            lambda y: np.dot(y, W.T) + b,
            lambda g, y, z: (np.dot(g, W), np.dot(g.T, y), g.sum(0))[0],
        ),
    }[op]


def overhead(op: str, count: int = 100) -> Step:
    """Microseconds that a Tensor's op takes longer than NumPy, forward and backward, in a chain."""
    x = np.linspace(-1.0, 1.0, 10)[None, :]
    on_tensor, forward, backward = by_hand(op, x)
    leaf = Tensor(x)

    def ours() -> None:
        t = leaf
        for _ in range(count):
            t = on_tensor(t)
        leaf.grad = None
        t.backward(x)

    def numpy() -> None:
        ys = [x]
        for _ in range(count):
            ys.append(forward(ys[-1]))
        g = x
        for y, z in zip(ys[-2::-1], ys[:0:-1], strict=True):
            g = backward(g, y, z)

    def seconds(run: Any) -> float:
        start = time.perf_counter()
        run()
        return time.perf_counter() - start

    def step() -> float:
        differences = [seconds(ours) - seconds(numpy) for _ in range(300)]
        return statistics.median(differences) / count * 1e6

    return step


def random_program_eager(size: int) -> Step:
    x, run = program(size)
    xs = [Value(float(v)) for v in x]
    return stepped(lambda: run(xs), xs)


def random_program_tape(size: int, block: int = 0) -> Step:
    x, run = program(size, block)
    fast = jit(run)

    def step() -> float:
        return fast.value_and_grad(x)[0]

    step.nodes = nodes_of(run([Value(float(v)) for v in x]))
    return step


def nodes_of(root: Value) -> int:
    return len(autograd.walk.order.topological_order(root))


def lanes(count: int) -> Step:
    """One sample of the digits MLP with 16 hidden units in each lane."""
    x, labels, weights = digits([16], 1437)
    work = Digits([16], weights)
    fast = jit(work.loss, parameters=work.parameters)
    theta = numbers(work.parameters)
    rng = np.random.default_rng(0)
    some = rng.integers(0, 1437, count)
    X, targets = x[some], np.eye(10)[labels[some]]

    def step() -> float:
        return fast.map_value_and_grad(theta, X, targets, reduce="mean")[0]

    step.nodes = count * nodes_of(work.loss([Value(v) for v in X[0].tolist()], targets[0].tolist()))
    return step


def memory_eager() -> Step:
    """Bytes a node at the peak of a two-moons step."""
    work = Moons()

    def step() -> float:
        X, Y = work.x.tolist(), work.y.tolist()
        inputs = [[Value(v) for v in x] for x in X]
        tracemalloc.start()
        loss = work.batch(inputs, Y)
        loss.backward()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak / nodes_of(loss)

    return step


def memory_moons() -> Step:
    """Bytes a node that a recording of the two-moons step takes, without values and cotangents."""
    work = Moons()
    fast = jit(work.batch, parameters=work.parameters)
    nodes = nodes_of(work.batch(work.x.tolist(), work.y.tolist()))
    return recorded(fast, nodes, numbers(work.parameters), work.x, work.y)


def memory_program(size: int) -> Step:
    """Bytes a node that a recording of a random program takes, without values and cotangents."""
    x, run = program(size)
    return recorded(jit(run), nodes_of(run([Value(float(v)) for v in x])), x)


def recorded(fast: Any, nodes: int, *args: Any) -> Step:
    fast.value_and_grad(*args)
    (entry,) = fast._cache.values()
    programs = sum(machine._section.nbytes for machine in entry._machines.values())
    return lambda: (fast.recording(*args).nbytes + programs) / nodes


FIRST_REPLAY = """
import sys, time
sys.path[:0] = sys.argv[1:]
from work import program
import autograd
x, run = program(73_300)
start = time.perf_counter()
autograd.jit(run).value_and_grad(x)
print(time.perf_counter() - start)
"""


def first_replay(cached: bool) -> Step:
    """Seconds that recording 100,000 nodes and replaying them once takes in a new process.

    Numba's import is in them, and compiling if nothing is cached on disk; else the median of 5.
    """

    def once() -> float:
        with TemporaryDirectory() as folder:
            changed = {} if cached else {"GLASSGRAD_CACHE_DIR": folder}
            done = subprocess.run(
                [sys.executable, "-c", FIRST_REPLAY, *sys.path],
                env=os.environ | changed,
                capture_output=True,
                text=True,
                check=True,
            )
        return float(done.stdout)

    return lambda: statistics.median(once() for _ in range(5 if cached else 1))


TASKS = {
    function.__name__: function
    for function in (
        two_moons_eager, two_moons_tape, two_moons_lanes, micrograd_demo, digits_scalars_tape,
        digits_scalars_lanes, digits_training, digits_tensors, deep_net, random_program_eager,
        random_program_tape, lanes, memory_eager, memory_moons, memory_program, first_replay,
        overhead,
    )
}  # fmt: skip
