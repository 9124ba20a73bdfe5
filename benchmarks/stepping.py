"""What it costs to record the steps of a graph, and to take one.

    python benchmarks/stepping.py

Times are the best of several: of ``steps(root)`` as a multiple of ``root.backward()``, and of a
step of the stepper, forward and back, in graphs of 10³ to 10⁵ events.
"""

import time
from collections.abc import Callable

import numpy as np

import nn
from autograd import Value, step, steps


def best(function: Callable[[], object], rounds: int = 7) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def chain(length: int) -> Value:
    y = w = Value(0.999)
    for _ in range(length):
        y = y * w
    return y


def network() -> Value:
    model = nn.MLP([64, 32, 10], seed=0).scalars()
    rng = np.random.default_rng(0)
    return nn.cross_entropy(model(rng.normal(size=(16, 64))), rng.integers(0, 10, 16))


def main() -> None:
    for name, root in (("a chain of 20,000 nodes", chain(20_000)), ("an MLP, 16 rows", network())):
        ratio = best(lambda root=root: steps(root)) / best(root.backward)
        print(f"steps() of {name}: {ratio:.1f} times backward(), {len(steps(root)):,} events")
    for length in (334, 3_340, 33_400):
        stepper = step(chain(length)).goto(-1)
        stepper.goto(len(stepper) // 2)
        each = best(lambda stepper=stepper: stepper.forward(20).back(20)) / 40
        print(f"a step in a graph of {len(stepper):,} events: {each * 1e6:.1f} µs")


if __name__ == "__main__":
    main()
