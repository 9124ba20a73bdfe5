"""Glassgrad beside its peers, on the same work, step by step in turn: writes RESULTS.md and a plot.

    make bench                              # in environments of its own, .venv/peers and .venv/hips
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
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

from results import OPS, Entry, Work, bars, duration, plot, processor, table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

PEERS = ["micrograd==0.1.0", "casadi==3.8.2", "torch==2.13.0", "jax==0.10.2", "matplotlib"]
HIPS = ["autograd==1.9.1", "numpy", "scikit-learn"]


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
        entry.loss, entry.nodes = answer["loss"], answer["nodes"]
        entry.preparation = answer["preparation"]

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
    if work.rounds == 1:
        return
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


def own(contestants: Contestants, quick: bool) -> tuple[str, dict[str, Entry]]:
    """Measure Glassgrad alone; return a table in Markdown, and what is in it by name."""
    lines = ["### Alone\n", "| what | median | min–max | |", "|---|---|---|---|"]
    found: dict[str, Entry] = {}

    def measured(name: str, task: str, rounds: int = 3, **settings: Any) -> Entry:
        sys.stderr.write(f"{name}\n")
        work = Work(task, settings, [glassgrad(task, task)], rounds=rounds)
        run(work, contestants)
        found[name] = work.entries[0]
        return found[name]

    def add(what: str, e: Entry, note: str) -> None:
        spread = f"{duration(min(e.times))}–{duration(max(e.times))}"
        lines.append(f"| {what} | {duration(e.median)} | {spread} | {note} |")

    for size in [10**k for k in range(2, 5 if quick else 7)]:
        e = measured(f"nodes {size}", "random_program_tape", size=size)
        add(f"replay of a random program, {e.nodes:,} nodes", e, f"{e.each} a node")
    for size in (10**4,) if quick else (10**5, 10**6):
        e = measured(f"blocks {size}", "random_program_tape", size=size, block=1000)
        add(f"the same in blocks of 1,000 operations, {e.nodes:,} nodes", e, f"{e.each} a node")
    for count in [4**k for k in range(4 if quick else 7)]:
        e = measured(f"lanes {count}", "lanes", count=count)
        add(f"MLP 64-16-10 in {count:,} lanes", e, f"{e.each} a scalar operation")
    e = measured("micrograd_demo", "micrograd_demo")
    add("micrograd's demo, 100 steps of replay", e, f"accuracy {e.loss:.1%}")
    epochs = 2 if quick else 20
    e = measured("digits_training", "digits_training", rounds=1, hidden=[64, 32], epochs=epochs)
    what = f"`nn.fit(…, jit=True)`: digits 64-64-32-10 in scalars, {epochs} epochs, with recording"
    add(what, e, f"accuracy {e.loss:.1%} on 360 images held out")
    for cached, when in ((True, "kernels on disk"), (False, "the first time ever")):
        e = measured(f"first_replay {cached}", "first_replay", rounds=1, cached=cached)
        e.times = [e.loss]  # the process says it, without its start
        add(f"recording 100,000 nodes and replaying once in a new process, {when}", e, "")
    lines += [
        "\n| a Tensor's op on 10 numbers, forward + backward | µs more than NumPy |",
        "|---|---|",
    ]
    for op in OPS:
        e = measured(f"overhead {op}", "overhead", rounds=1, op=op)
        lines.append(f"| {op} | {e.loss:.2f} |")
    lines += ["\n| memory | bytes a node |", "|---|---|"]
    size = 10**4 if quick else 10**5
    for task, settings, what in (
        ("memory_eager", {}, "peak of an eager step, two moons"),
        ("memory_moons", {}, "a recording and its program, two moons"),
        ("memory_program", {"size": size}, f"a recording and its program, {size:,} operations"),
    ):
        e = measured(task, task, rounds=1, **settings)
        lines.append(f"| {what} | {e.loss:.1f} |")
    lines.append("| besides, for each instruction of a tape: a value and a cotangent | 16 |")
    return "\n".join(lines) + "\n", found


def environment(folder: Path, packages: list[str]) -> str:
    """Return the Python of an environment with packages, made if it isn't there."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = folder / "packages.txt"  # written when all are installed
    if done.exists() and done.read_text(encoding="utf-8") == "\n".join(packages):
        return str(python)
    venv.create(folder, with_pip=True, clear=True)
    pip = [str(python), "-m", "pip", "install", "--quiet"]
    # PyPI's PyTorch comes with gigabytes of CUDA. It will do where this index can't be reached.
    for torch in (name for name in packages if name.startswith("torch")):
        index = "--index-url=https://download.pytorch.org/whl/cpu"
        subprocess.run([*pip, "--retries=0", index, torch], stderr=subprocess.DEVNULL, check=False)
    subprocess.run([*pip, *packages], check=True)
    done.write_text("\n".join(packages), encoding="utf-8")
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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer and smaller tasks")
    parser.add_argument("--python", help="an environment that has the peers already")
    parser.add_argument("--hips", help="an environment that has HIPS autograd already")
    parser.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    given = parser.parse_args()
    ours = [f"glassgrad[jit,sklearn] @ {ROOT.as_uri()}", *PEERS]
    contestants = Contestants(
        given.python or environment(ROOT / ".venv" / "peers", ours),
        given.hips or environment(ROOT / ".venv" / "hips", HIPS),
    )
    works = comparisons(given.quick)
    for work in works:
        sys.stderr.write(f"{work.title}\n")
        run(work, contestants)
    alone, found = own(contestants, given.quick)
    plot(found, given.output.with_suffix(".png"), contestants.python)
    given.output.write_text(
        "# Benchmarks\n\n"
        "Written by `make bench`; forward, backward and update, one thread each, the contestants "
        "in turn.\nThe losses say that they did the same work.\n\n"
        f"- machine: {processor()}, {os.cpu_count()} cores, {platform.system()}\n"
        f"- Python {platform.python_version()}; {versions(contestants)}\n\n"
        + "\n".join([bars(works, found), *map(table, works), alone])
        + f"\n![cost against size]({given.output.with_suffix('.png').name})\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    sys.exit(main())
