"""Glassgrad alone: what it costs to record, open, draw and check, memory, and whole trainings."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from with_glassgrad import (
    PACKAGES,
    Digits,
    Moons,
    forward,
    nodes_of,
    numbers,
    random_program_tape,
)
from work import NotDone, Step, aside, digits, program

import autograd
import nn
from autograd import Tensor, Value, jit
from autograd.numbers import float_functions

__all__ = ["PACKAGES", "TASKS"]


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


def tensor_training(epochs: int, jit: bool, dtype: str) -> Step:
    """``nn.fit`` on tensors, recording included; returns the accuracy on 360 images."""
    x, y = load_digits(return_X_y=True)
    x = (x / 16.0).astype(dtype)
    order = np.random.default_rng(1).permutation(len(x))
    train, test = order[:1437], order[1437:]

    def run() -> float:
        model = nn.MLP([64, 64, 32, 10], seed=0, dtype=dtype)
        sgd = nn.SGD(model.parameters(), lr=0.1)
        nn.fit(
            model, x[train], y[train], epochs=epochs, batch_size=32, loss=nn.cross_entropy,
            optimizer=sgd, rng=0, progress=False, jit=jit,
        )  # fmt: skip
        return float(nn.accuracy(model(x[test]).data, y[test]))

    return run


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


def lanes(count: int, threads: int = 1) -> Step:
    """One sample of the digits MLP with 16 hidden units in each lane."""
    options = {"threads": threads} if "threads" in signature(jit).parameters else {}
    if threads > 1 and not options:
        raise NotDone("no `threads=` in this version")
    x, labels, weights = digits([16], 1437)
    work = Digits([16], weights)
    fast = jit(work.loss, parameters=work.parameters, **options)
    theta = numbers(work.parameters)
    rng = np.random.default_rng(0)
    some = rng.integers(0, 1437, count)
    X, targets = x[some], np.eye(10)[labels[some]]

    def step() -> float:
        return fast.map_value_and_grad(theta, X, targets, reduce="mean")[0]

    with aside():
        sample = work.loss([Value(v) for v in X[0].tolist()], targets[0].tolist())
        step.nodes = count * nodes_of(sample)
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


FIRST = """
import sys, time
sys.path[:0] = sys.argv[2:]
import work
from with_glassgrad import TASKS
task, way, settings = eval(sys.argv[1])
start = time.perf_counter()
step = TASKS[task][way](**settings)
step()
print(time.perf_counter() - start - work.ASIDE[0])
"""


def blocks(size: int, block: int) -> Step:
    """Each block of operations uses its own results, as in a loss of many samples."""
    return random_program_tape(size, block)


def first_call(task: str, way: str, settings: dict[str, Any], cached: bool) -> Step:
    """Seconds of a task's first call in a new process, Numba's import with it."""

    def once() -> float:
        with TemporaryDirectory() as folder:
            changed = {} if cached else {"GLASSGRAD_CACHE_DIR": folder}
            done = subprocess.run(
                [sys.executable, "-c", FIRST, repr((task, way, settings)), *sys.path],
                env=os.environ | changed,
                capture_output=True,
                text=True,
                check=True,
            )
        return float(done.stdout)

    return lambda: statistics.median(once() for _ in range(3 if cached else 1))


def opening(samples: int) -> Step:
    """The eager graph of a step of two moons, with its gradients."""
    work = Moons()
    fast = jit(work.sample, parameters=work.parameters)
    theta, x, y = numbers(work.parameters), work.x[:samples], work.y[:samples]

    def step() -> float:
        return fast.open(theta, x, y, in_axes=(None, 0, 0), reduce="mean").data

    with aside():
        step.nodes = nodes_of(fast.open(theta, x, y, in_axes=(None, 0, 0), reduce="mean"))
    return step


def graph(rows: int) -> Value:
    """The error of a network 4-4-1 on some rows."""
    model = nn.MLP([4, 4, 1], activation="tanh", seed=0).scalars()
    return nn.mse(model(np.random.default_rng(0).normal(size=(rows, 4))), np.zeros((rows, 1)))


def drawing(rows: int) -> Step:
    root = graph(rows)
    return counted(lambda: float(len(autograd.draw(root).svg)), root)


def player(rows: int) -> Step:
    root, folder = graph(rows), TemporaryDirectory()
    path = Path(folder.name, "player.html")

    def step() -> float:
        autograd.step(root).save(path)
        return float(path.stat().st_size)

    step.folder = folder
    return counted(step, root)


def counted(step: Any, root: Value) -> Step:
    with aside():
        step.nodes = len(autograd.steps(root).nodes)
    return step


def checking(inputs: int) -> Step:
    x = np.random.default_rng(0).normal(size=inputs)

    def function(w: Any) -> Any:
        return autograd.tanh(w[1:] * w[:-1]).sum() + (w * w).sum()

    return lambda: float(bool(autograd.gradcheck(function, x)))


TASKS = {
    task.__name__: {"Glassgrad": task}
    for task in (
        micrograd_demo, digits_training, tensor_training, overhead, lanes,
        blocks, memory_eager, memory_moons, memory_program, first_call, opening, drawing,
        player, checking,
    )
}  # fmt: skip
