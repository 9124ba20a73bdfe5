"""How large and how fast a page's rules and machine are, in Chromium.

    python benchmarks/living.py

The graph is the loss of a 2-16-16-1 network, built as micrograd builds it from single
multiplications and additions, on a few samples. The playground has 4,000 samples and a 2-8-8-1
network.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

import nn
from autograd import Value, tanh
from autograd.living.javascript import Script
from autograd.living.tape import script, tape
from autograd.reading.numbered_graph import NumberedGraph
from autograd.rules.compiling import OPERANDS
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import ops

SAMPLES = (6, 40)
ROUNDS = """(() => {
  const round = () => {
    const start = performance.now();
    for (let k = 0; k < 200; k++) {
      machine.set(machine.leaves[0], Math.sin(k));
      machine.forward();
      machine.backward();
    }
    return (performance.now() - start) / 200;
  };
  return Array.from({length: 15}, round).sort((x, y) => x - y);
})()"""

PLAYGROUND = """(() => {
  const { learner, grid, plane, view, data } = playground;
  const tasks = {
    "the loss of all samples": () => learner.measure(),
    "its gradient": () => learner.differentiate(learner.order),
    "a step on 32 samples": () => learner.step(0.01, 32, 0),
    "40 × 40 points of the plane": () => grid.compute(40),
    "drawing": () => { plane.draw(grid, null); view.drawUnits(grid); view.drawLines(); },
  };
  const time = (task) => {
    const start = performance.now();
    task();
    return performance.now() - start;
  };
  const median = (task) => Array.from({ length: 15 }, () => time(task)).sort((x, y) => x - y)[7];
  const told = ([name, task]) => `${name} ${median(task).toFixed(1)} ms`;
  const found = Object.entries(tasks).map(told);
  return `${data.tape.kind.length} nodes; ${found.join(", ")}`;
})()"""


def loss(samples: int) -> Value:
    """The squared error of a network on a few samples."""
    rng = np.random.default_rng(0)
    sizes = [2, 16, 16, 1]
    layers = [
        [[Value(float(w)) for w in rng.normal(size=n + 1)] for _ in range(m)]
        for n, m in pairwise(sizes)
    ]
    total = Value(0.0, requires_grad=False)
    for _ in range(samples):
        x = [Value(float(v), requires_grad=False) for v in rng.normal(size=2)]
        for layer in layers:
            x = [tanh(sum((w * v for w, v in zip(ws, x, strict=False)), ws[-1])) for ws in layer]
        total = total + (x[0] - 1.0) ** 2
    return total


def rule_sizes() -> dict[str, int]:
    """How many bytes each op's rules take in a page where it is the only one."""
    found = {}
    for name, op in ops().items():
        if isinstance(op, Elementwise):
            own = Script()
            names = {x: x for x in (*OPERANDS[: op.arity], "z", *op.settings)}
            rule = own.rule(op, names, {})
            found[name] = (
                len(own.source()) + len(rule.function) + sum(map(len, map(str, rule.partials)))
            )
    return found


def main() -> None:
    """Print sizes and times."""
    sizes = rule_sizes()
    largest = sorted(sizes, key=lambda name: -sizes[name])[:3]
    print(f"rules of an op: median {int(np.median(list(sizes.values())))} bytes; largest "
          + ", ".join(f"{name} {sizes[name]:,}" for name in largest))  # fmt: skip
    everything = Script()
    for name in sizes:
        op = ops()[name]
        everything.rule(op, {x: x for x in (*OPERANDS[: op.arity], "z", *op.settings)}, {})
    print(f"functions of all {len(sizes)} ops together: {len(everything.source()):,} bytes")
    for samples in SAMPLES:
        measure(NumberedGraph(loss(samples)))
    playground()


def measure(graph: NumberedGraph) -> None:
    """Print the size of a graph's page, and the time of its passes."""
    made = tape(graph)
    data = json.dumps(made.data, separators=(",", ":"))
    slots = sum(map(len, graph.parents))
    print(f"{len(graph.nodes):,} nodes, {slots:,} operand slots: rules {len(made.rules):,} bytes, "
          f"script {len(script(made)):,}, data {len(data):,}")  # fmt: skip
    with new_tab() as tab:
        tab.set_content(f"<script>{script(made)}\nconst machine = new Machine({data});</script>")
        times = tab.evaluate(ROUNDS)
        print(f"forward and backward: {times[0]:.2f} ms at best, median {times[7]:.2f} ms")


def playground() -> None:
    """Print the size of a playground's page, and the time of its parts."""
    x = np.random.default_rng(0).normal(size=(4_000, 2))
    made = nn.playground(nn.MLP([2, 8, 8, 1], "tanh", seed=0), x, x.prod(axis=1) > 0)
    with tempfile.TemporaryDirectory() as folder, new_tab() as tab:
        file = made.save(Path(folder, "playground.html"))
        tab.goto(file.as_uri())
        print(f"playground of 4,000 samples: {file.stat().st_size:,} bytes")
        print(tab.evaluate(PLAYGROUND))


@contextmanager
def new_tab() -> Iterator[Any]:
    """Give a tab of Chromium."""
    program = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


if __name__ == "__main__":
    main()
