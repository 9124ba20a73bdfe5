"""docs/reading.md: its examples run, and what it asks to be read exists and is short."""

import ast
import doctest
import os
import re
import sys
from collections import defaultdict
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import autograd
from autograd.walk import reverse
from autograd.walk.fast import specialised

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reading.md"
ROW = re.compile(r"^\| \d \| \[`(.+?)`\]\(.+?\) \| (.+?) \| .+ \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE.read_text("utf-8"))
EXAMPLE = re.findall(r"^(\w[\w, ]* = .+)$", (ROOT / "README.md").read_text("utf-8"), re.M)[:4]


def lines_of(file: str, names: list[str]) -> int:
    """The number of lines of a file, or of what is named in it."""
    text = (ROOT / file).read_text("utf-8")
    if not names:
        return len(text.splitlines())
    sizes: dict[str, int] = {}
    for node in ast.parse(text).body:
        name = getattr(node, "name", None)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        if name in names:
            decorators = [each.lineno for each in getattr(node, "decorator_list", [])]
            sizes[name] = (node.end_lineno or 0) - min([node.lineno, *decorators]) + 1
    assert sorted(sizes) == sorted(names), f"{file} has not all of {names}"
    return sum(sizes.values())


def test_the_examples_do_what_the_page_says() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert tried > 20
    assert failed == 0


def test_what_is_to_be_read_is_there_and_has_at_most_1300_lines() -> None:
    sizes = [lines_of(file, re.findall(r"`(\w+)`", what)) for file, what in ROWS]
    assert len(sizes) == 10
    assert sum(sizes) <= 1300


def test_files_and_functions_named_in_the_text_exist() -> None:
    text = PAGE.read_text("utf-8")
    for path in re.findall(r"`((?:autograd|tests)/[\w/.]+)`", text):
        assert (ROOT / path).exists(), path
    source = "".join((ROOT / file).read_text("utf-8") for file, _ in ROWS)
    for name in ("walk", "visit", "contributions", "fitted", "refuse_stale", "_unbroadcast"):
        assert f"`{name}`" in text
        assert f"def {name}(" in source, name


def test_the_walk_to_be_read_is_short() -> None:
    names = ["walk", "visit", "contributions", "_wanted_only", "rows_of"]
    assert lines_of("autograd/walk/reverse.py", ["walk", "visit"]) < 50
    assert lines_of("autograd/walk/reverse.py", names) < 110


def test_backward_of_the_readmes_example_runs_few_lines_of_few_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On the walk that is to be read. Rules are compiled before, by another graph of this kind."""
    monkeypatch.setattr(specialised, "walk", reverse.walk)
    built()["L"].backward()
    names = built()
    met = traced(names["L"].backward)
    assert (names["a"].grad, names["b"].grad) == (6.0, -4.0)
    walked = {"walk/reverse.py", "walk/order.py", "node/node.py", "values/value.py"}
    assert set(met) == walked | {"rules/chain_rule.py"}
    assert sum(map(len, met.values())) <= 150


def built() -> dict[str, Any]:
    names: dict[str, Any] = {"Value": autograd.Value}
    exec("\n".join(EXAMPLE), names)
    return names


def traced(function: Any) -> dict[str, set[int]]:
    """The lines of the library that a call runs, by file."""
    library = f"{Path(autograd.__file__).parent}{os.sep}"
    met: dict[str, set[int]] = defaultdict(set)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(library):
            return None
        if event == "line":
            met[Path(file).relative_to(library).as_posix()].add(frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(before)
    return met
