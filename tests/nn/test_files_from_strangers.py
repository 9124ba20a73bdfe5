"""Checkpoints, weights and results of sweeps that are damaged or forged are refused."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nn


def checkpoint(body: bytes) -> bytes:
    """A checkpoint of anything, with the digest that belongs to it."""
    digest = hashlib.sha256(body).hexdigest()
    return f"glassgrad checkpoint 1 {len(body)} {digest}\n".encode() + body


def archive(text: bytes, compression: int = zipfile.ZIP_STORED, **others: bytes) -> bytes:
    box, array = io.BytesIO(), io.BytesIO()
    np.save(array, np.frombuffer(text, np.uint8))
    with zipfile.ZipFile(box, "w", compression) as file:
        file.writestr("text.npy", array.getvalue())
        for name, content in others.items():
            file.writestr(f"{name}.npy", content)
    return box.getvalue()


def array_file(header: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()


HUGE = "{'descr': '<f8', 'fortran_order': False, 'shape': (700000000,), }\n"
OBJECTS = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n"
FORGED: dict[str, Callable[[], bytes]] = {
    "no archive": lambda: b"anything",
    "an archive that is cut": lambda: archive(b"{}")[:40],
    "no JSON": lambda: archive(b"{"),
    "a list": lambda: archive(b"[1]"),
    "depth": lambda: archive(b"[" * 10**5),
    "an array that isn't there": lambda: archive(b'{"a": {"$array": 7}}'),
    "an array of 5.6 GB": lambda: archive(b'{"a": {"$array": 0}}', **{"0": array_file(HUGE)}),
    "Python objects": lambda: archive(b'{"a": {"$array": 0}}', **{"0": array_file(OBJECTS) + b"x"}),
    "a bomb": lambda: archive(b" " * 10**8, zipfile.ZIP_DEFLATED),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_forged_checkpoint_is_refused_in_little_time_and_memory(
    forged: Callable[[], bytes], tmp_path: Path
) -> None:
    nn.Checkpoint(tmp_path / "sound").save({"a": np.ones(2)})
    nn.Checkpoint(tmp_path / "sound").load()  # what it imports is imported
    (tmp_path / "run").write_bytes(checkpoint(forged()))
    start = time.thread_time()  # of this thread alone, however busy the machine is
    tracemalloc.start()
    with pytest.raises(nn.CheckpointError):
        nn.Checkpoint(tmp_path / "run").load()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.thread_time() - start < 1.0
    assert peak < 100e6


def test_a_length_of_a_thousand_digits_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").write_bytes(b"glassgrad checkpoint 1 " + b"9" * 5000 + b" " + b"0" * 64)
    with pytest.raises(nn.CheckpointError):
        nn.Checkpoint(tmp_path / "run").load()


def run(config: Any, seed: int) -> float:
    return float(config + seed)


def test_a_mutant_of_the_results_of_a_sweep_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    nn.sweep(run, [1, 2], path=path, progress=False)
    text = path.read_text(encoding="utf-8")
    anything = st.sampled_from([None, True, "a", [], {}, 10**400, [[1]], {"a": 1}])

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data: st.DataObject) -> None:
        form = json.loads(text)
        here = data.draw(st.sampled_from([form, *form["trials"]]))
        here[data.draw(st.sampled_from([*here, "other"]))] = data.draw(anything)
        path.write_text(json.dumps(form), encoding="utf-8")
        with contextlib.suppress(ValueError):
            str(nn.sweep(run, [1, 2], path=path, progress=False))

    check()


@pytest.mark.parametrize("content", [b"", b"[" * 10**5, b"\xff", b'{"format": 1}', b"[]"])
def test_what_is_no_file_of_results_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_bytes(content)
    with pytest.raises(ValueError, match="nothing was run"):
        nn.sweep(run, [1], path=tmp_path / "results.json", progress=False)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_mutant_of_weights_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    model, path = nn.MLP([2, 3, 1], seed=0), tmp_path / "w.safetensors"
    content = bytearray(nn.save_weights(model, path).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with contextlib.suppress(ValueError):
        nn.load_weights(model, path)
