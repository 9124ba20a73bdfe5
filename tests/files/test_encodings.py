"""Text is written and read as UTF-8 on every system: Windows' own encoding may be another."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("autograd", "nn", "init", "tests", "docs", "benchmarks", ".ci")

# A call, and how many positional arguments it has where the last is the encoding.
READERS = {"read_text": 1, "write_text": 2}


def leaves_the_encoding_open(call: ast.Call) -> bool:
    name = getattr(call.func, "attr", None) or getattr(call.func, "id", None)
    if any(keyword.arg == "encoding" for keyword in call.keywords):
        return False
    if name in READERS:
        return len(call.args) < READERS[name]
    given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    words: list[Any] = [x.value for x in given if isinstance(x, ast.Constant)]
    modes = [x for x in words if re.fullmatch(r"[rwax]\+?t?", str(x))]
    if isinstance(call.func, ast.Name):
        return name == "open" and not any(re.fullmatch(r"[rwax+]*b[rwax+]*", str(x)) for x in words)
    return name == "open" and (bool(modes) or not (call.args or call.keywords))


def opened_as_it_comes(source: str) -> list[int]:
    """Return the lines that open text without saying its encoding."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [call.lineno for call in calls if leaves_the_encoding_open(call)]


@pytest.mark.slow
def test_every_text_is_opened_with_its_encoding() -> None:
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    assert len(files) > 500
    found = {path: opened_as_it_comes(path.read_text(encoding="utf-8")) for path in files}
    assert [f"{path}:{line}" for path, lines in found.items() for line in lines] == []


@pytest.mark.slow
def test_the_library_writes_text_as_bytes() -> None:
    """``write_text`` writes other line ends on Windows: a page would not be the same."""
    files = [path for folder in FOLDERS[:3] for path in (ROOT / folder).rglob("*.py")]
    used = {
        (node.attr, path.name)
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
    }
    assert ("write_bytes", "stepper.py") in used
    assert [file for name, file in used if name == "write_text"] == []


@pytest.mark.parametrize(
    "line",
    [
        "open(file)", "open(file, 'w')", "file.open('w')", "file.open(mode='a')", "file.open()",
        "file.read_text()", "file.write_text(text)",
    ],
)  # fmt: skip
def test_a_text_opened_without_is_found(line: str) -> None:
    assert opened_as_it_comes(line) == [1]


@pytest.mark.parametrize(
    "line",
    [
        "open(file, 'rb')", "open(file, encoding='utf-8')", "file.open('wb')", "bridge.open(f, x)",
        "file.read_text('utf-8')", "file.write_text(text, 'utf-8')", "os.open(file, os.O_RDONLY)",
    ],
)  # fmt: skip
def test_what_says_its_encoding_or_opens_no_text_is_left_alone(line: str) -> None:
    assert opened_as_it_comes(line) == []
