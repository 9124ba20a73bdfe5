"""What was measured, and how it is written down: tables, bars, a plot."""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SHOWN = {
    "with_micrograd": "micrograd",
    "with_casadi": "CasADi SX",
    "with_torch": "PyTorch eager",
    "with_jax": "JAX jit",
    "with_hips": "HIPS autograd",
}


@dataclass
class Entry:
    """A contestant's way of doing a task."""

    contestant: str
    task: str
    name: str = ""
    times: list[float] = field(default_factory=list)
    loss: float = float("nan")
    nodes: int = 0
    preparation: float = float("nan")

    def __post_init__(self) -> None:
        self.name = self.name or SHOWN[self.contestant]

    @property
    def median(self) -> float:
        return statistics.median(self.times) if self.times else float("nan")

    @property
    def each(self) -> str:
        """The median for one node."""
        return f"{self.measure('ns each'):.2f} ns"

    def measure(self, unit: str) -> float:
        """Return the median in seconds, or in nanoseconds a node, or what the work returned."""
        if unit == "result":
            return self.loss
        return self.median if unit == "s" else self.median / self.nodes * 1e9


@dataclass
class Work:
    """One task, who takes part, and whom the ratios are taken to."""

    title: str
    settings: dict[str, Any]
    entries: list[Entry]
    base: str = ""
    rounds: int = 7

    def named(self, name: str) -> float:
        """Return the median of a contestant."""
        return next(entry.median for entry in self.entries if entry.name == name)


def table(work: Work) -> str:
    """One task's results in Markdown."""
    base = next((e.median for e in work.entries if e.name == work.base), None)
    lines = [
        f"### {work.title}\n",
        "| | median | min–max | " + (f"times as fast as {work.base} | " if base else "") + "loss |",
        "|---|---|---|" + ("---|" if base else "") + "---|",
    ]
    for e in sorted(work.entries, key=lambda e: e.median):
        ratio = f" {base / e.median:,.1f} |" if base else ""
        spread = f"{duration(min(e.times))}–{duration(max(e.times))}"
        lines.append(f"| {e.name} | {duration(e.median)} | {spread} |{ratio} {e.loss:.9g} |")
    return "\n".join(lines) + "\n"


def duration(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def bars(works: Iterable[Work], own: dict[str, Entry]) -> str:
    """Return what was aimed at, beside what was measured."""
    moons, _, *rest = works
    tensors, ours = rest[:3], moons.named("**Glassgrad replay, lanes**")
    rows = [
        (f"two moons, replayed, times as fast as {peer}", at_least, moons.named(peer) / ours)
        for peer, at_least in (("micrograd", 4000), ("CasADi SX", 5), ("PyTorch eager", 3))
    ]
    for work, batch in zip(tensors, (1, 32, 256), strict=True):
        eager = work.named("**Glassgrad eager Tensors**")
        what = f"digits in tensors, batch {batch}, times as fast as PyTorch eager"
        rows.append((what, 1, work.named("PyTorch eager") / eager))
    hips = tensors[0].named("HIPS autograd") / tensors[0].named("**Glassgrad eager Tensors**")
    rows.append(("digits in tensors, batch 1, times as fast as HIPS autograd", 6, hips))
    lines = ["### Bars\n", "| | at least | measured | |", "|---|---|---|---|"]
    lines += [f"| {what} | {bar:,} | {x:,.2f} | {_met(x >= bar)} |" for what, bar, x in rows]
    lines += ["\n| | at most | measured | |", "|---|---|---|---|"]
    lines += [
        f"| {what} | {bar} | {own[key].measure(unit):.3g} | {_met(own[key].measure(unit) <= bar)} |"
        for what, bar, key, unit in AT_MOST
        if key in own
    ]
    return "\n".join(lines) + "\n"


OPS = ("add", "sub", "mul", "relu", "tanh", "affine")

# What is measured of Glassgrad alone: the bar, and in what the measurement is read.
AT_MOST = (
    ("scalar tape of 10⁵ operations, ns a node", 4.0, "nodes 100000", "ns each"),
    ("scalar tape of 10⁶ operations, ns a node", 4.0, "nodes 1000000", "ns each"),
    ("256 lanes, ns a scalar operation", 0.8, "lanes 256", "ns each"),
    ("4,096 lanes, ns a scalar operation", 0.8, "lanes 4096", "ns each"),
    ("micrograd's demo, 100 steps of replay, s", 0.1, "micrograd_demo", "s"),
    ("digits in scalars, 20 epochs by nn.fit, with recording, s", 10.0, "digits_training", "s"),
    ("recording 10⁵ nodes and replaying, kernels on disk, s", 1.5, "first_replay True", "s"),
    ("recording 10⁵ nodes and replaying, the first time ever, s", 15.0, "first_replay False", "s"),
    ("memory of a recording, two moons, bytes a node", 48, "memory_moons", "result"),
    ("memory of a recording, random program, bytes a node", 48, "memory_program", "result"),
    *((f"{op} of a Tensor, µs more than in NumPy", 3.0, f"overhead {op}", "result") for op in OPS),
)


def _met(met: bool) -> str:
    return "met" if met else "**not met**"


def plot(own: dict[str, Entry], path: Path, python: str) -> None:
    """Draw cost against size: in the environment that has Matplotlib."""
    points: dict[str, list[tuple[int, float]]] = {"nodes": [], "lanes": []}
    for name, entry in own.items():
        what, _, size = name.partition(" ")
        if what in points:
            points[what].append((entry.nodes if what == "nodes" else int(size), entry.median))
    code = (
        "import json, sys, matplotlib; matplotlib.use('Agg'); import matplotlib.pyplot as plt\n"
        "points = json.loads(sys.argv[1]); fig, axes = plt.subplots(1, 2, figsize=(9, 3.5))\n"
        "for ax, (name, xy) in zip(axes, points.items()):\n"
        "    x, y = zip(*xy); ax.loglog(x, y, 'o-', label='measured')\n"
        "    ax.loglog(x, [y[-1] * v / x[-1] for v in x], ':', label='linear')\n"
        "    ax.set(xlabel=name, ylabel='seconds, forward + backward'); ax.legend()\n"
        "fig.tight_layout(); fig.savefig(sys.argv[2], dpi=120)\n"
    )
    subprocess.run([python, "-c", code, json.dumps(points), str(path)], check=True)


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
