"""What was measured, and how it is written down in tables."""

from __future__ import annotations

import platform
import statistics
from dataclasses import dataclass, field
from math import isnan, nan
from pathlib import Path
from typing import Any


@dataclass
class Entry:
    """A contestant's way of doing a task, and what was measured of it."""

    contestant: str
    way: str
    times: list[float] = field(default_factory=list)
    first: float = nan
    result: float = nan
    nodes: int = 0
    note: str = ""
    failed: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.times) if self.times else nan

    @property
    def least(self) -> float:
        return min(self.times, default=nan)

    @property
    def each(self) -> str:
        """The median for one node."""
        return f"{self.median / self.nodes * 1e9:.3g} ns"

    @property
    def first_call(self) -> str:
        return duration(self.first) + (f" ({self.note})" if self.note else "")


@dataclass
class Work:
    """One task and who takes part.

    Ratios are taken to ``base``. ``title`` and ``note`` may speak of the entry: ``{e.nodes}``.
    With a ``unit``, what the work returns is the measurement, and not how long it takes.
    """

    key: str
    title: str
    task: str
    settings: dict[str, Any] = field(default_factory=dict)
    base: str = ""
    rounds: int = 5
    note: str = ""
    unit: str = ""
    entries: list[Entry] = field(default_factory=list)

    def entry(self, way: str) -> Entry:
        """Return what was measured of a way, or an empty entry."""
        return next((e for e in self.entries if e.way == way), Entry("", way))


def table(work: Work) -> str:
    """One task's results in Markdown, the fastest first."""
    base = work.entry(work.base).median
    lines = [
        f"## {work.title}\n",
        f"| program | median | least | times as fast as {work.base} | first call | loss |",
        "|---|---|---|---|---|---|",
    ]
    for e in sorted(work.entries, key=lambda e: (bool(e.failed), e.median)):
        if e.failed:
            lines.append(f"| {e.way} | {e.failed} | | | | |")
            continue
        ratio = "" if isnan(base) else rounded(base / e.median)
        loss = "—" if isnan(e.result) else f"{e.result:.9g}"
        times = f"{duration(e.median)} | {duration(e.least)}"
        lines.append(f"| {e.way} | {times} | {ratio} | {e.first_call} | {loss} |")
    return "\n".join(lines) + "\n"


def list_of(works: list[Work]) -> str:
    """A row for each task of one contestant."""
    lines = ["| what | median | least | first call | note |", "|---|---|---|---|---|"]
    for work in works:
        (e,) = work.entries
        title, note = work.title.format(e=e), work.note.format(e=e) if e.times else ""
        if e.failed:
            lines.append(f"| {title} | {e.failed} | | | |")
        elif work.unit:
            lines.append(f"| {title} | {e.result:.3g} {work.unit} | | | {note} |")
        else:
            times = f"{duration(e.median)} | {duration(e.least)}"
            lines.append(f"| {title} | {times} | {e.first_call} | {note} |")
    return "\n".join(lines) + "\n"


def rounded(x: float) -> str:
    return f"{x:,.0f}" if x >= 1000 else f"{x:.3g}"


def duration(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
