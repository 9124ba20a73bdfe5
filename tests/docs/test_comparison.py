"""docs/comparison.md: its table says what libraries answer, its times are measured."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "comparison.md").read_text("utf-8")
RESULTS = (ROOT / "benchmarks" / "RESULTS.md").read_text("utf-8")


def rows(text: str) -> list[list[str]]:
    """The cells of a table's rows."""
    return [[cell.strip() for cell in row.split("|")[1:-1]] for row in text.strip().splitlines()]


@pytest.mark.slow
def test_the_libraries_that_are_here_answer_as_the_page_says() -> None:
    names = ["glassgrad", "micrograd", "torch", "jax"]
    run = [sys.executable, ROOT / "benchmarks" / "probes.py", *names]
    here = {**os.environ, "PYTHONPATH": str(ROOT)}
    printed = subprocess.run(run, check=True, capture_output=True, text=True, env=here).stdout
    section = PAGE.partition("## Small questions")[2].partition("\n|")[2].partition("\n\n")[0]
    written = rows(f"|{section}")[2:]
    assert [row[:5] for row in written] == rows(printed)[1:]


def test_the_times_of_the_page_are_those_of_the_benchmarks() -> None:
    section = PAGE.partition("## Where they are faster")[2].partition("\n## ")[0]
    times = re.findall(r"[\d.]+ [mµ]s", section)
    assert len(times) > 12
    assert [time for time in times if f"| {time} |" not in RESULTS] == []
