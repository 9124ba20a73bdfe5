"""How fast the eager engine is, side by side with micrograd in one process.

    python benchmarks/eager.py

The step is micrograd's own demonstration: an MLP 2-16-16-1 on 100 points of two moons, hinge loss
and L2, forward, backward and update. Steps of the contestants are interleaved and the medians
compared. Python's cyclic collector is on; it runs before every timed step too, because micrograd
leaves cycles, and whoever runs next would pay for them.
"""

import gc
import importlib
import inspect
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
import types
from collections.abc import Callable, Iterator

import micrograd.engine
import micrograd.nn
import numpy as np
from sklearn.datasets import make_moons

import autograd
import nn

Step = Callable[[], float]  # returns the loss

X, LABELS = make_moons(100, noise=0.1, random_state=1)
Y = LABELS * 2 - 1
RATE, PENALTY = 0.01, 1e-4


def micrograd_nn(value: type) -> types.ModuleType:
    """The nn of micrograd, its source unchanged but for the Value that it computes with."""
    source = inspect.getsource(micrograd.nn).replace("from micrograd.engine import Value", "")
    module = types.ModuleType("micrograd_nn")
    module.Value = value
    exec(compile(source, "micrograd/nn.py", "exec"), module.__dict__)
    return module


def micrograd_model(value: type) -> object:
    random.seed(1337)
    return micrograd_nn(value).MLP(2, [16, 16, 1])


def micrograd_step(value: type) -> Step:
    """The step of micrograd's demo.ipynb."""
    model = micrograd_model(value)

    def step() -> float:
        inputs = [list(map(value, row)) for row in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * score).relu() for yi, score in zip(Y, scores, strict=True)]
        loss = sum(losses) * (1.0 / len(losses)) + PENALTY * sum(p * p for p in model.parameters())
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= RATE * p.grad
        return float(loss.data)

    return step


def our_model() -> nn.Module:
    """Our MLP with the weights of micrograd's."""
    theirs = micrograd_model(micrograd.engine.Value)
    model = nn.MLP([2, 16, 16, 1])
    for layer, its in zip(model.layers, theirs.layers, strict=True):
        layer.weight.data = [[w.data for w in neuron.w] for neuron in its.neurons]
        layer.bias.data = [float(neuron.b.data) for neuron in its.neurons]
    return model


def scalar_step() -> Step:
    model = our_model().scalars()
    parameters = list(model.parameters())

    def step() -> float:
        loss = nn.hinge(model(X)[:, 0], Y) + PENALTY * autograd.dot(parameters, parameters)
        model.zero_grad()
        loss.backward()
        for p in parameters:
            p.data -= RATE * p.grad
        return loss.data

    return step


def tensor_step() -> Step:
    model = our_model()
    parameters = list(model.parameters())

    def step() -> float:
        penalty = sum((p * p).sum() for p in parameters)
        loss = nn.hinge(model(X)[:, 0], Y) + PENALTY * penalty
        model.zero_grad()
        loss.backward()
        for p in parameters:
            p.data -= RATE * p.grad
        return float(loss.data)

    return step


def medians(steps: dict[str, Step], rounds: int = 9) -> dict[str, float]:
    """Return the median time of each step, after one to warm up; they must agree on the loss."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for k in range(rounds + 1):
        losses = []
        for name, step in steps.items():
            gc.collect()
            start = time.perf_counter()
            losses.append(step())
            if k:
                times[name].append(time.perf_counter() - start)
        np.testing.assert_allclose(losses, losses[0], rtol=1e-9)
    return {name: statistics.median(found) for name, found in times.items()}


def speed() -> Iterator[str]:
    theirs = "micrograd"
    found = medians(
        {
            theirs: micrograd_step(micrograd.engine.Value),
            "micrograd's nn on our Value": micrograd_step(autograd.Value),
            "our nn in scalars": scalar_step(),
            "our nn in tensors": tensor_step(),
        }
    )
    bars = {"micrograd's nn on our Value": 8, "our nn in scalars": 50}
    for name, seconds in found.items():
        bar = f"  (bar: {bars[name]}x)" if name in bars else ""
        yield f"{name:30} {seconds * 1e3:9.2f} ms {found[theirs] / seconds:9.1f}x{bar}"


def chain(length: int) -> autograd.Value:
    one = autograd.Value(1.0, requires_grad=False)
    x = autograd.Value(0.5)
    for _ in range(length):
        x = x + one
    return x


def linearity() -> Iterator[str]:
    for length in (10**3, 10**4, 10**5, 10**6):
        gc.collect()
        marks = [time.perf_counter()]
        root = chain(length)
        marks.append(time.perf_counter())
        root.backward()
        marks.append(time.perf_counter())
        del root
        marks.append(time.perf_counter())
        per_node = ", ".join(
            f"{what} {(end - start) / length * 1e9:5.0f} ns"
            for what, start, end in zip(
                ("forward", "backward", "deletion"), marks, marks[1:], strict=False
            )
        )
        yield f"a chain of {length:>9,} nodes: {per_node} a node"


def memory(length: int = 100_000) -> str:
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    root = chain(length)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    beyond = (after - before) / length - sys.getsizeof(root.data)
    return f"{beyond:.0f} bytes a node beyond its float (bar: 200)"


def import_times(rounds: int = 15) -> str:
    """Compare imports in fresh interpreters, with bytecode cached, as an installed package has.

    Seconds of the processor, the least of the rounds in turn: what else the machine does only adds.
    """
    names = ("numpy", "autograd")
    times: dict[str, list[float]] = {name: [] for name in names}

    def cpu() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        here = os.path.dirname(os.path.dirname(importlib.import_module("autograd").__file__))
        for k in range(rounds + 1):
            for name in names:
                start = cpu()
                subprocess.run(
                    [sys.executable, "-c", f"import {name}"], check=True, env=environment, cwd=here
                )
                if k:
                    times[name].append(cpu() - start)
    ours, theirs = (min(times[name]) for name in reversed(names))
    return (
        f"import autograd {ours * 1e3:.0f} ms, import numpy {theirs * 1e3:.0f} ms: "
        f"{ours / theirs:.2f}x (bar: 1.3x)"
    )


def main() -> None:
    for line in speed():
        print(line)
    for line in linearity():
        print(line)
    print(memory())
    print(import_times())


if __name__ == "__main__":
    main()
