"""What it costs to record the steps of a graph, to take one, and to draw.

    python benchmarks/stepping.py

Times are the best of several: of ``steps(root)`` as a multiple of ``root.backward()``, and of a
step of the stepper, forward and back, in graphs of 10³ to 10⁵ events; of a picture of a network of
10,000 nodes, for each way to fold it; and of the player's page for graphs of some 150
nodes, with the source line of each.
"""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import nn
from autograd import Value, draw, record_source, step, steps
from autograd.walk.order import topological_order


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


def by_hand() -> Value:
    x = [Value(0.5), Value(-1.0)]
    for _ in range(7):
        x = [(Value(0.3) * x[0] + Value(-0.2) * x[1] + 0.1).tanh() for _ in range(4)]
    return x[0] + x[1] + x[2] + x[3]


def small() -> Value:
    model = nn.MLP([4, 4, 1], activation="tanh", seed=0).scalars()
    return nn.mse(model(np.random.default_rng(0).normal(size=(7, 4))), np.zeros((7, 1)))


def main() -> None:
    for name, root in (("a chain of 20,000 nodes", chain(20_000)), ("an MLP, 16 rows", network())):
        ratio = best(lambda root=root: steps(root)) / best(root.backward)
        print(f"steps() of {name}: {ratio:.1f} times backward(), {len(steps(root)):,} events")
    for length in (334, 3_340, 33_400):
        stepper = step(chain(length)).goto(-1)
        stepper.goto(len(stepper) // 2)
        each = best(lambda stepper=stepper: stepper.forward(20).back(20)) / 40
        print(f"a step in a graph of {len(stepper):,} events: {each * 1e6:.1f} µs")
    large = nn.MLP([8, 16, 1], activation="tanh", seed=0).scalars()
    root = nn.mse(large(np.random.default_rng(0).normal(size=(290, 8))), np.zeros((290, 1)))
    root.backward()
    for fold in ("auto", "layer", "neuron"):
        seconds = best(lambda fold=fold: draw(root, fold=fold).svg, rounds=3)
        count = len(topological_order(root))
        print(f"a picture of {count:,} operations, fold={fold!r}: {seconds:.2f} s")
    with record_source():
        made = {"by hand": by_hand(), "of nn": small()}
    with TemporaryDirectory() as folder:
        path = Path(folder, "player.html")
        for name, root in made.items():
            seconds = best(lambda root=root: step(root).save(path), rounds=3)
            size, nodes = path.stat().st_size / 1000, len(steps(root).nodes)
            print(f"the player of {nodes} nodes {name}: {seconds:.2f} s, {size:.0f} kB")


if __name__ == "__main__":
    main()
