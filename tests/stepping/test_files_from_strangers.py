"""Steps that a stranger's file holds: read quickly or refused, and never a way to other files."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import time
import tracemalloc
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Tensor, Value, record_source, steps
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
    secret.write_text("a line that is nobody's business\n", "utf-8")
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


# What is broken is refused, and quickly -----------------------------------------------------------


def with_value(value: Any) -> str:
    """Steps in which a node has a setting."""
    form = written()
    form["nodes"][1]["settings"] = {"setting": value}
    return json.dumps(form)


def with_data(value: Any) -> str:
    form = written()
    form["nodes"][0]["data"] = value
    return json.dumps(form)


def array(dtype: Any, shape: Any, elements: Any) -> dict[str, Any]:
    return {"array": {"dtype": dtype, "shape": shape, "elements": elements}}


def with_version(version: Any) -> str:
    return json.dumps({**written(), "version": version})


def nested(open_: str, close: str, depth: int) -> str:
    return with_value("HERE").replace('"HERE"', open_ * depth + "1" + close * depth)


BROKEN = {
    "a fraction with an exponent": lambda: with_data({"fraction": "1e9999999"}),
    "a fraction of a million digits": lambda: with_data({"fraction": "9" * 10**6}),
    "a fraction over zero": lambda: with_data({"fraction": "1/0"}),
    "a dtype of a gigabyte an element": lambda: with_value(array("<U1000000000", [1], ["a"])),
    "a dtype with a shape": lambda: with_value(array("(1000000,1000)f8", [1], [1])),
    "a dtype of records": lambda: with_value(array("f8," * 10**5, [1], [1])),
    "a dtype that is a list": lambda: with_value(array([["a", "<f8"]], [1], [1])),
    "a shape of other size": lambda: with_value(array("<f8", [10**6, 10**6], [1.0])),
    "a shape of -1": lambda: with_value(array("<f8", [-1], [1.0])),
    "a shape of huge numbers": lambda: with_value(array("<f8", [10**400], [])),
    "a shape of many dimensions": lambda: with_value(array("<f8", [1] * 10**5, [1.0])),
    "an element too large": lambda: with_value(array("<i8", [1], [10**400])),
    "an element that is a text": lambda: with_value(array("<f8", [1], ["1"])),
    "depth of lists": lambda: nested("[", "]", 10**6),
    "depth of values": lambda: nested('{"list": [', "]}", 3 * 10**4),
    "depth of dicts": lambda: nested('{"dict": {"a": ', "}}", 3 * 10**4),
    "a number of a million digits": lambda: with_data("HERE").replace('"HERE"', "9" * 10**6),
    "an mpf of nonsense": lambda: with_data({"mpf": ["7", "-1", "9" * 4000, "1"]}),
    "NaN, which is no JSON": lambda: with_data(float("nan")),
    "version true": lambda: with_version(True),
    "version -5": lambda: with_version(-5),
    "version 0": lambda: with_version(0),
    "version 1.0": lambda: with_version(1.0),
    "a version of a megabyte": lambda: with_version("1" * 10**6),
    "bytes that are no text": lambda: b"\xff\xfe\x00",
}


@pytest.mark.parametrize("make", BROKEN.values(), ids=BROKEN)
def test_broken_steps_are_refused_in_little_time_and_memory(make: Any) -> None:
    text = make()
    Steps.from_json(json.dumps(written()))  # what it imports is imported
    start = time.thread_time()  # of this thread alone, however busy the machine is
    with pytest.raises(ValueError, match="these steps are"):
        Steps.from_json(text)
    assert time.thread_time() - start < 1.0
    tracemalloc.start()
    with pytest.raises(ValueError, match="these steps are") as caught:
        Steps.from_json(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6
    assert len(str(caught.value)) < 400


def test_what_is_no_text_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="expected JSON text, got an int"):
        Steps.from_json(3)  # type: ignore[arg-type]


# Mutants of valid files ---------------------------------------------------------------------------


def places(form: Any) -> list[tuple[Any, Any]]:
    """Every container in JSON data with each of its keys or indices."""
    found, todo = [], [form]
    while todo:
        here = todo.pop()
        for key in list(here) if isinstance(here, dict) else range(len(here)):
            found.append((here, key))
            if isinstance(here[key], (dict, list)):
                todo.append(here[key])
    return found


def a_tensor() -> Any:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], label="x")
    return (x[:, ::-1] * x).sum(axis=0)[np.array([0, 1])].max()


def rows() -> Any:
    rows = [Value(Fraction(1, 3)), Value(2.0)], [Value(1 + 2j), Value(3.0)]
    return autograd.real(autograd.dot(*rows))


FORMS = [written(), *(json.loads(steps(make()).to_json()) for make in (a_tensor, rows))]
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 5),
    st.sampled_from([-(10**400), 10**400, 1e308, "", "mul", "relu", "1e9999999", [], {}, [[]]]),
    st.sampled_from([{"float": "nan"}, {"fraction": "2/3"}, {"tuple": [1]}, {"text": "a"}]),
    st.sampled_from([array("<f8", [2], [1, 2]), array("|O", [1], [3]), {"list": [{"dict": {}}]}]),
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_mutant_of_valid_steps_is_read_or_refused(data: st.DataObject) -> None:
    """And what is read can be written, and made a graph or not, with the documented error."""
    form = copy.deepcopy(data.draw(st.sampled_from(FORMS)))
    for _ in range(data.draw(st.integers(1, 3))):
        here, key = data.draw(st.sampled_from(places(form)))
        action = data.draw(st.sampled_from(["replace", "remove", "double"]))
        if action == "replace":
            here[key] = copy.deepcopy(data.draw(ANYTHING))  # it is changed in its turn
        elif action == "remove":
            del here[key]
        elif isinstance(here, list):
            here.append(copy.deepcopy(here[key]))
    try:
        read = Steps.from_json(json.dumps(form))
    except ValueError:
        return
    with contextlib.suppress(ValueError):
        read.graph()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_text_that_is_cut_or_changed_is_read_or_refused(data: st.DataObject) -> None:
    text = json.dumps(FORMS[0])
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(len(text), start + 50)))
    with contextlib.suppress(ValueError):
        Steps.from_json(text[:start] + data.draw(st.text(max_size=3)) + text[stop:])
