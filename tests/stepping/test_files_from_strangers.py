"""Steps that a stranger's file holds: read quickly or refused, and never a way to other files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import Value, record_source, steps
from autograd.stepping import Stepper, Steps


def written() -> dict[str, Any]:
    with record_source():
        root = autograd.log(Value(2.0, label="x")) * 3.0
    form: dict[str, Any] = json.loads(steps(root).to_json())
    return form


def naming(file: Path) -> Steps:
    """Steps in which every node says that it was made in a file."""
    form = written()
    for node in form["nodes"]:
        node["source"] = f"{file}:1"
    return Steps.from_json(json.dumps(form))


def everything_said(read: Steps, folder: Path) -> str:
    """What the terminal, the page and an error show of steps."""
    stepper = Stepper(read)
    pieces = [repr(stepper)] + [repr(stepper.goto(k)) for k in range(1, len(read) + 1)]
    pieces.append(stepper.save(folder / "page.html").read_text(encoding="utf-8"))
    root = read.graph()
    with autograd.detect_anomaly(), pytest.raises(autograd.AnomalyError) as caught:
        root.backward(1e308)
    return "\n".join([*pieces, str(caught.value)])


def test_a_source_is_a_text_and_no_file_is_opened_for_it(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a line that is nobody's business\n")
    said = everything_said(naming(secret), tmp_path)
    assert "secret.txt:1" in said
    assert "nobody" not in said


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX's")
def test_a_source_that_is_a_named_pipe_hangs_nothing(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "pipe:1" in everything_said(naming(pipe), tmp_path)


@pytest.mark.parametrize("source", ["no line", "f.py:", "f.py:x", ":", ":3", "f.py:-1", "\0:1"])
def test_a_source_may_be_any_text(source: str, tmp_path: Path) -> None:
    form = written()
    form["nodes"][1]["source"] = source
    Stepper(Steps.from_json(json.dumps(form))).save(tmp_path / "page.html")


def test_the_line_of_code_travels_in_the_file(tmp_path: Path) -> None:
    assert written()["nodes"][1]["code"] == 'root = autograd.log(Value(2.0, label="x")) * 3.0'
    read = Steps.from_json(json.dumps(written()))
    page = Stepper(read).save(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "root = autograd.log(Value(2.0" in page


def test_a_file_without_code_as_of_version_0_1_is_read() -> None:
    form = written()
    for node in form["nodes"]:
        del node["code"]
    assert {node.code for node in Steps.from_json(json.dumps(form)).nodes} == {""}
