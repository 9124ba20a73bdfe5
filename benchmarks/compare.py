"""Glassgrad beside its peers, on the same work, step by step in turn: writes RESULTS.md and a plot.

    python benchmarks/compare.py            # makes .venv/peers and .venv/hips; half an hour
    python benchmarks/compare.py --quick    # fewer and smaller tasks

Every contestant runs in a process of its own (``peers/worker.py``), on one thread. In each round
every contestant does the work a few times, one after another, so that whatever else the machine
does hits them alike. HIPS autograd has an environment of its own: its import name is ours.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

PEERS = ["micrograd==0.1.0", "casadi", "torch", "jax", "matplotlib"]
HIPS = ["autograd", "numpy", "scikit-learn"]
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
    preparation: float = float("nan")

    def __post_init__(self) -> None:
        self.name = self.name or SHOWN[self.contestant]

    @property
    def median(self) -> float:
        return statistics.median(self.times)


@dataclass
class Work:
    """One task, who takes part, and whom the ratios are taken to."""

    title: str
    settings: dict[str, Any]
    entries: list[Entry]
    base: str = ""
    rounds: int = 7


class Contestants:
    """The processes, started when they are first needed."""

    def __init__(self, python: str, hips: str) -> None:
        self.python, self.hips = python, hips
        self._running: dict[str, subprocess.Popen[str]] = {}

    def time(self, entry: Entry, settings: dict[str, Any], repetitions: int) -> None:
        process = self._running.get(entry.contestant)
        if process is None:
            process = self._running[entry.contestant] = self._start(entry.contestant)
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a worker has pipes")
        process.stdin.write(json.dumps([entry.task, settings, repetitions]) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{entry.contestant} stopped at {entry.task} {settings}: see above")
        answer = json.loads(line)
        entry.times += answer["times"]
        entry.loss, entry.preparation = answer["loss"], answer["preparation"]

    def _start(self, contestant: str) -> subprocess.Popen[str]:
        python = self.hips if contestant == "with_hips" else self.python
        environment = dict(os.environ)
        if contestant != "with_hips":
            environment["PYTHONPATH"] = str(ROOT)
        return subprocess.Popen(
            [python, "worker.py", contestant],
            cwd=HERE / "peers",
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


def run(work: Work, contestants: Contestants) -> None:
    """Do the work in rounds; a contestant does as much of it in a round as takes 0.2 s."""
    for entry in work.entries:
        contestants.time(entry, work.settings, 1)
    enough = {e.name: max(1, min(200, int(0.2 / max(e.times)))) for e in work.entries}
    for entry in work.entries:
        entry.times.clear()
    for _ in range(work.rounds):
        for entry in work.entries:
            contestants.time(entry, work.settings, enough[entry.name])


def glassgrad(task: str, name: str) -> Entry:
    return Entry("with_glassgrad", task, f"**Glassgrad {name}**")


def peers(task: str, *names: str) -> list[Entry]:
    return [Entry(f"with_{name}", task) for name in names]


def comparisons(quick: bool) -> list[Work]:
    """The tasks in which others take part."""
    moons = Work(
        "Two moons: MLP 2-16-16-1 on 100 points, hinge loss and L2 (65,818 scalar nodes)",
        {},
        [
            glassgrad("two_moons_lanes", "replay, lanes"),
            glassgrad("two_moons_tape", "replay, tape"),
            glassgrad("two_moons_eager", "eager Values"),
            *peers("two_moons", "micrograd", "casadi", "torch", "jax", "hips"),
        ],
        "micrograd",
    )
    scalars = Work(
        "Digits in scalars: MLP 64-16-10, batch 32 (PyTorch and JAX: tensors)",
        {"hidden": [16], "batch": 32},
        [
            glassgrad("digits_scalars_lanes", "replay, lanes"),
            glassgrad("digits_scalars_tape", "replay, tape"),
            *peers("digits_scalars", "micrograd", "casadi", "torch", "jax"),
        ],
        "micrograd",
        rounds=3,
    )
    tensors = [
        Work(
            f"Digits in tensors: MLP 64-64-32-10, float64, batch {batch}, with SGD",
            {"hidden": [64, 32], "batch": batch},
            [
                glassgrad("digits_tensors", "eager Tensors"),
                *peers("digits_tensors", "torch", "jax", "hips"),
            ],
            "PyTorch eager",
        )
        for batch in (1, 32, 256)
    ]
    deep = Work(
        "Figure 7.4: 50 hidden layers of 100 ReLUs, batch 100",
        {},
        [glassgrad("deep_net", "eager Tensors"), *peers("deep_net", "torch", "jax", "hips")],
        "PyTorch eager",
    )
    programs = [
        Work(
            f"A random program of {size:,} elementwise operations",
            {"size": size},
            [
                glassgrad("random_program_tape", "replay, tape"),
                *([glassgrad("random_program_eager", "eager Values")] if size <= 10**5 else []),
                *(peers("random_program", "micrograd", "casadi") if size <= 10**5 else []),
            ],
            "micrograd" if size <= 10**5 else "",
            rounds=3,
        )
        for size in ((10**3, 10**4) if quick else (10**3, 10**4, 10**5, 10**6))
    ]
    return [moons, scalars, *tensors, deep, *programs]


def alone(task: str, settings: dict[str, Any], rounds: int = 3) -> Work:
    return Work(task, settings, [glassgrad(task, task)], rounds=rounds)


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


def own(contestants: Contestants, quick: bool) -> tuple[str, dict[str, list[tuple[int, float]]]]:
    """What is measured of Glassgrad alone: in Markdown, and the points of the plot."""
    sizes = [10**k for k in range(2, 5 if quick else 7)]
    counts = [4**k for k in range(4 if quick else 7)]
    lines = ["### Alone\n", "| what | result |", "|---|---|"]
    points: dict[str, list[tuple[int, float]]] = {"nodes": [], "lanes": []}

    def measured(task: str, **settings: Any) -> Entry:
        work = alone(task, settings)
        run(work, contestants)
        return work.entries[0]

    for size in sizes:
        e = measured("random_program_tape", size=size)
        points["nodes"].append((size, e.median))
        lines.append(f"| replay of {size:,} operations | {e.median / size * 1e9:.2f} ns each |")
    for count in counts:
        e = measured("lanes", count=count)
        points["lanes"].append((count, e.median))
        lines.append(f"| MLP 64-16-10 in {count:,} lanes | {duration(e.median / count)} a lane |")
    e = measured("micrograd_demo")
    lines.append(f"| micrograd's demo, 100 steps | {duration(e.median)}, accuracy {e.loss:.1%} |")
    e = measured("digits_training", hidden=[64, 32], epochs=2 if quick else 20)
    lines.append(
        f"| digits 64-64-32-10 in scalars, 20 epochs | {duration(e.median)}, {e.loss:.1%} |"
    )
    for kind, what in (("eager", "peak memory of an eager step"), ("recorded", "a recording")):
        e = measured("memory", kind=kind)
        lines.append(f"| {what} | {e.loss:.1f} bytes a node |")
    e = measured("recording_time", size=10**4 if quick else 10**5)
    lines.append(f"| recording 10⁵ operations and replaying once | {duration(e.median)} |")
    return "\n".join(lines) + "\n", points


def plot(points: dict[str, list[tuple[int, float]]], path: Path, python: str) -> None:
    """Draw cost against size: in the environment that has Matplotlib."""
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


def environment(folder: Path, packages: list[str]) -> str:
    """Return the Python of an environment with packages, made if it isn't there."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
        # Without this index pip would fetch gigabytes of CUDA with PyTorch.
        index = "--extra-index-url=https://download.pytorch.org/whl/cpu"
        subprocess.run([str(python), "-m", "pip", "install", "-q", index, *packages], check=True)
    return str(python)


def versions(contestants: Contestants) -> str:
    code = (
        "import importlib.metadata as m\n"
        "for n in ('numpy','numba','llvmlite','micrograd','casadi','torch','jax','autograd'):\n"
        "    try: print(n, m.version(n), end='; ')\n"
        "    except m.PackageNotFoundError: pass\n"
    )
    found = [
        subprocess.run([p, "-c", code], capture_output=True, text=True, check=True).stdout
        for p in (contestants.python, contestants.hips)
    ]
    return f"{found[0]}in the environment of HIPS: {found[1]}".rstrip("; ")


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer and smaller tasks")
    parser.add_argument("--python", help="an environment that has the peers already")
    parser.add_argument("--hips", help="an environment that has HIPS autograd already")
    parser.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    given = parser.parse_args()
    ours = [f"{ROOT}[jit,sklearn]", *PEERS]
    contestants = Contestants(
        given.python or environment(ROOT / ".venv" / "peers", ours),
        given.hips or environment(ROOT / ".venv" / "hips", HIPS),
    )
    sections = []
    for work in comparisons(given.quick):
        sys.stderr.write(f"{work.title}\n")
        run(work, contestants)
        sections.append(table(work))
    text, points = own(contestants, given.quick)
    plot(points, given.output.with_suffix(".png"), contestants.python)
    given.output.write_text(
        "# Benchmarks\n\n"
        "Written by `make bench`; forward, backward and update, one thread each, the contestants "
        "in turn.\nThe losses say that they did the same work.\n\n"
        f"- machine: {processor()}, {os.cpu_count()} cores, {platform.system()}\n"
        f"- Python {platform.python_version()}; {versions(contestants)}\n\n"
        + "\n".join([*sections, text])
        + f"\n![cost against size]({given.output.with_suffix('.png').name})\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    sys.exit(main())
