"""How large and how fast a page's rules and machine are, in Chromium.

    python benchmarks/living.py

The graph is the loss of a 2-16-16-1 network, built as micrograd builds it from single
multiplications and additions, on a few samples.
"""

import json
from itertools import pairwise
from shutil import which

import numpy as np
from playwright.sync_api import sync_playwright

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


def measure(graph: NumberedGraph) -> None:
    """Print the size of a graph's page, and the time of its passes."""
    made = tape(graph)
    data = json.dumps(made.data, separators=(",", ":"))
    slots = sum(map(len, graph.parents))
    print(f"{len(graph.nodes):,} nodes, {slots:,} operand slots: rules {len(made.rules):,} bytes, "
          f"script {len(script(made)):,}, data {len(data):,}")  # fmt: skip
    program = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        tab = browser.new_page()
        tab.set_content(f"<script>{script(made)}\nconst machine = new Machine({data});</script>")
        times = tab.evaluate(ROUNDS)
        print(f"forward and backward: {times[0]:.2f} ms at best, median {times[7]:.2f} ms")
        browser.close()


if __name__ == "__main__":
    main()
