"""Glassgrad beside its peers, on the same work, step by step in turn: writes RESULTS.md and a plot.

    make bench                              # in environments of its own, in .venv/bench
    python benchmarks/compare.py --only "digits 32" fit --output /tmp/some.md

Every contestant runs in a process of its own (``peers/worker.py``), on one thread. In each round
every contestant does the work a few times, one after another, so that whatever else the machine
does hits them alike. What is measured is in tasks.py, who takes part in contestants.py.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bars import bars
from contestants import HERE, ROOT, Contestants
from results import Entry, Work, list_of, processor, table
from tasks import ALONE, BATCHES, COMPARED, SIZES

ROUND = 0.2  # seconds for a contestant in a round
PATIENCE = 3.0  # seconds after which a slow contestant takes part in no more rounds

ABOUT = """\
Times of Glassgrad and of other engines, written by `make bench`: forward and backward, and an
update where the title says so, in float64 on one thread unless it says otherwise, the
contestants in turn. The losses say that they did the same work. Where something is compiled, it was
compiled anew: all caches were empty.

*First call*: from the data to the end of the first step, imports apart. What the contestant has
compiled for an earlier table is there.
"""


def run(work: Work, contestants: Contestants) -> None:
    """Do the work in rounds; a contestant does as much of it in a round as takes 0.2 s."""
    work.entries = [Entry(*each) for each in contestants.ways(work.task)]
    for entry in work.entries:
        measure(work, entry, contestants, 0 if work.unit else 1)
    if work.unit:
        return
    taken = {e.way: max(e.times) for e in work.entries if e.times}
    for entry in work.entries:
        entry.times.clear()
    for k in range(work.rounds):
        for entry in work.entries:
            if entry.way in taken and (k == 0 or k * taken[entry.way] < PATIENCE):
                count = max(1, min(200, int(ROUND / taken[entry.way])))
                measure(work, entry, contestants, count)


def measure(work: Work, entry: Entry, contestants: Contestants, count: int) -> None:
    asked = work.task, entry.way, work.settings, count
    answer = contestants.ask(entry.contestant, *asked)
    entry.times += answer.pop("times", [])
    for name, value in answer.items():
        setattr(entry, name, value)


def panels(works: dict[str, Work]) -> list[dict[str, Any]]:
    """What the plot shows: cost against size, cores and batch."""

    def curves(points: Iterable[tuple[Work, float]]) -> dict[str, list[tuple[float, float]]]:
        found: dict[str, list[tuple[float, float]]] = {}
        for work, x in points:
            for e in work.entries:
                if e.times:
                    name = e.way.replace("**", "")
                    found.setdefault(name, []).append((x, e.median))
        return found

    def measured(prefix: str, values: Iterable[int]) -> list[tuple[Work, float]]:
        keys = [(f"{prefix} {value}", value) for value in values]
        return [(works[key], value) for key, value in keys if key in works]

    lanes = {
        f"Glassgrad, {threads} thread" + "s" * (threads > 1): [
            (float(work.settings["count"]), e.median)
            for work in works.values()
            if work.task == "lanes" and work.settings["threads"] == threads
            for e in work.entries
            if e.times
        ]
        for threads in (1, 2)
    }
    made = [
        ("A random program", "operations", curves(measured("program", SIZES))),
        ("MLP 64-16-10 in lanes", "lanes", {k: points for k, points in lanes.items() if points}),
        ("MLP 64-64-32-10 in tensors", "batch", curves(measured("digits", BATCHES))),
    ]
    return [
        {"title": title, "x": x, "y": "seconds a step", "curves": found}
        for title, x, found in made
        if found
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", nargs="+", help="keys of tasks.py, or their first words")
    parser.add_argument("--environments", type=Path, default=ROOT / ".venv" / "bench")
    parser.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    given = parser.parse_args()

    def chosen(work: Work) -> bool:
        return not given.only or f"{work.key} ".startswith(tuple(f"{x} " for x in given.only))

    compared, alone = list(filter(chosen, COMPARED)), list(filter(chosen, ALONE))
    if not compared + alone:
        keys = ", ".join(work.key for work in [*COMPARED, *ALONE])
        parser.error(f"--only {' '.join(given.only)} chooses nothing of these: {keys}")
    contestants = Contestants(given.environments)
    begin = time.perf_counter()
    for work in [*compared, *alone]:
        sys.stderr.write(f"{time.perf_counter() - begin:4.0f} s  {work.key}\n")
        run(work, contestants)
    minutes = (time.perf_counter() - begin) / 60
    contestants.stop()
    works = {work.key: work for work in [*compared, *alone]}
    lines = [
        f"# Benchmarks\n\n{ABOUT}",
        f"- machine: {processor()}, {os.cpu_count()} cores, {platform.system()}; Python "
        f"{platform.python_version()}; {minutes:.1f} minutes",
        *(f"- `{name}`: {about}" for name, about in contestants.about.items()),
        "",
    ]
    if plotted := panels(works):
        picture = given.output.with_suffix(".png")
        subprocess.run(
            [contestants.python("with_glassgrad"), HERE / "plots.py", picture],
            input=json.dumps(plotted),
            text=True,
            check=True,
        )
        lines.append(f"![cost against size, cores and batch]({picture.name})\n")
    lines += [bars(works)] if not given.only else []
    lines += [*map(table, compared), "## Alone\n", list_of(alone)]
    given.output.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
