"""A run that is killed, at whatever moment, ends with the same bits as one that isn't."""

import errno
import importlib.util
import json
import os
import random
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn

SCRIPT = Path(__file__).with_name("killed_run.py")
ROOT = SCRIPT.parents[2]


def load_script() -> Any:
    spec = importlib.util.spec_from_file_location("killed_run", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=[False, True], ids=["eager", "replayed"])
def jit(request: Any) -> bool:
    found: bool = request.param
    return found


@pytest.fixture(scope="module")
def undisturbed(jit: bool) -> tuple[dict[str, Any], nn.History]:
    """Neither killed nor kept in checkpoints."""
    return load_script().run(None, jit=jit)


KILLS = 4


def ended(folder: Path, calls: int, jit: bool) -> int:
    """Return how a process ended that goes on from a folder's checkpoint: 0 is through."""
    more = [str(folder / "run"), str(folder / "weights.npz"), str(calls), *["jit"] * jit]
    command = [sys.executable, "-W", "ignore", str(SCRIPT), *more]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=env, check=False).returncode


@pytest.mark.slow
def test_a_run_killed_at_random_moments_ends_with_the_same_bits(
    tmp_path: Path, undisturbed: Any, jit: bool
) -> None:
    chance = random.Random(0)
    for _ in range(KILLS):
        assert abs(ended(tmp_path, chance.randrange(1, 300_000), jit)) == load_script().DEATH
    assert ended(tmp_path, 0, jit) == 0
    weights, history = undisturbed
    weights = weights | {"history": load_script().measured(history)}
    with np.load(tmp_path / "weights.npz") as found:
        assert {name: found[name].tobytes() for name in found} == {
            name: array.tobytes() for name, array in weights.items()
        }


def without_times(history: nn.History) -> list[Any]:
    return [{**epoch.cells(), "seconds": None} for epoch in history]


@pytest.mark.slow
def test_checkpoints_change_nothing_and_the_history_is_kept(
    tmp_path: Path, undisturbed: Any, jit: bool
) -> None:
    """Resumed when all is done: the whole history, the best weights, and nothing to do."""
    run = load_script().run
    for _ in range(2):
        weights, history = run(nn.Checkpoint(tmp_path / "run", every=5), jit)
        assert without_times(history) == without_times(undisturbed[1])
        for name, array in undisturbed[0].items():
            assert weights[name].tobytes() == array.tobytes()


# Every moment of a write -------------------------------------------------------------------------


class Killed(BaseException):
    pass


def moments(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Raise at the ``at``-th thing that a write does to the disk, before it is done."""
    steps = iter(range(at))

    def interrupted(function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if next(steps, None) is None:
                raise Killed
            return function(*args, **kwargs)

        return call

    monkeypatch.setattr(os, "fsync", interrupted(os.fsync))
    monkeypatch.setattr(os, "link", interrupted(os.link))
    monkeypatch.setattr(Path, "replace", interrupted(Path.replace))
    monkeypatch.setattr(Path, "open", interrupted(Path.open))


@pytest.mark.parametrize("at", range(6))
def test_a_write_cut_off_at_any_step_leaves_the_last_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """At the path itself: ``load`` would warn otherwise, which is an error here."""
    cut_off(tmp_path, monkeypatch, at)


@pytest.mark.parametrize("at", range(6))
@pytest.mark.parametrize("error", [OSError(errno.EPERM, "no links"), AttributeError("link")])
@pytest.mark.filterwarnings("ignore::nn.CheckpointWarning")
def test_without_hard_links_it_leaves_one_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, at: int
) -> None:
    def no_link(*names: Any) -> None:
        raise error

    monkeypatch.setattr(os, "link", no_link)
    cut_off(tmp_path, monkeypatch, at)


def cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    nn.Checkpoint(tmp_path / "run").save({"step": 1})
    nn.Checkpoint(tmp_path / "run").save({"step": 2})
    assert nn.Checkpoint(tmp_path / "run.previous").load() == {"step": 1}
    with monkeypatch.context() as patch:
        moments(patch, at)
        with pytest.raises(Killed):
            nn.Checkpoint(tmp_path / "run").save({"step": 3})
    assert nn.Checkpoint(tmp_path / "run").load() in ({"step": 2}, {"step": 3})
    nn.Checkpoint(tmp_path / "run").save({"step": 4})
    assert nn.Checkpoint(tmp_path / "run").load() == {"step": 4}


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_checkpoint_that_was_made_private_is_private_as_the_one_before_too(
    tmp_path: Path,
) -> None:
    run, previous = tmp_path / "run", tmp_path / "run.previous"
    for step in range(2):
        nn.Checkpoint(run).save({"step": step})
    previous.chmod(0o644)
    run.chmod(0o600)
    nn.Checkpoint(run).save({"step": 2})
    assert [stat.S_IMODE(file.stat().st_mode) for file in (run, previous)] == [0o600, 0o600]


def folders_fail_with(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    fsync = os.fsync

    def failing(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(code, os.strerror(code))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", failing)


@pytest.mark.skipif(os.name != "posix", reason="Windows opens no folder")
@pytest.mark.parametrize("code", [errno.EBADF, errno.EINVAL, errno.ENOTSUP])
def test_a_system_that_cannot_sync_a_folder_keeps_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    folders_fail_with(code, monkeypatch)
    nn.Checkpoint(tmp_path / "run").save({"step": 1})
    assert nn.Checkpoint(tmp_path / "run").load() == {"step": 1}


@pytest.mark.skipif(os.name != "posix", reason="Windows opens no folder")
def test_a_folder_on_a_broken_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders_fail_with(errno.EIO, monkeypatch)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        nn.Checkpoint(tmp_path / "run").save({"step": 1})


# Torn and foreign files ---------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path: Path) -> nn.Checkpoint:
    checkpoint = nn.Checkpoint(tmp_path / "run")
    checkpoint.save({"step": 1, "weight": np.arange(3.0)})
    checkpoint.save({"step": 2, "weight": np.arange(3.0)})
    return nn.Checkpoint(checkpoint.path)


def damage() -> Iterator[Any]:
    def put(name: str, change: Any, message: str) -> Any:
        return pytest.param(change, message, id=name)

    yield put("cut", lambda b: b[:-100], r"is torn: it has \d+ of \d+ bytes")
    yield put("cut in the first line", lambda b: b[:30], "is torn: its first line is not whole")
    yield put("empty", lambda b: b"", "is torn: its first line is not whole")
    yield put("a bit", lambda b: b[:-40] + bytes([b[-40] ^ 1]) + b[-39:], "is damaged: its SHA-256")
    yield put("longer", lambda b: b + b"x", "is torn: it has")
    yield put("foreign", lambda b: b"PK\x03\x04 a zip", "is not a checkpoint")
    yield put(
        "version", lambda b: b.replace(b"checkpoint 1 ", b"checkpoint 2 ", 1), "has version 2 of"
    )


@pytest.mark.parametrize(("change", "message"), list(damage()))
def test_what_is_torn_or_foreign_is_refused_and_the_previous_is_used(
    saved: nn.Checkpoint, change: Any, message: str
) -> None:
    saved.path.write_bytes(change(saved.path.read_bytes()))
    with pytest.warns(nn.CheckpointWarning, match=f"{message}.*: the one before, .*, is used"):
        state = saved.load()
    assert state is not None
    assert state["step"] == 1


@pytest.mark.parametrize(("change", "message"), list(damage()))
def test_without_a_previous_one_it_is_an_error_and_the_file_stays(
    saved: nn.Checkpoint, change: Any, message: str
) -> None:
    saved.previous.unlink()
    saved.path.write_bytes(bad := change(saved.path.read_bytes()))
    with pytest.raises(nn.CheckpointError, match=f"{message}.*there is no run.previous"):
        saved.load()
    assert saved.path.read_bytes() == bad


def test_two_bad_files_are_both_named(saved: nn.Checkpoint) -> None:
    for path in (saved.path, saved.previous):
        path.write_bytes(b"hello")
    with pytest.raises(nn.CheckpointError, match=r"run is not a checkpoint; and .*run.previous is"):
        saved.load()


def test_a_bad_file_does_not_take_the_place_of_a_good_previous_one(saved: nn.Checkpoint) -> None:
    """And is not lost either: it may be someone's."""
    saved.path.write_bytes(b"a letter")
    saved.save({"step": 3})
    assert saved.path.with_name("run.refused").read_bytes() == b"a letter"
    saved.path.unlink()
    with pytest.warns(nn.CheckpointWarning, match="run is missing: the one before"):
        state = nn.Checkpoint(saved.path).load()
    assert state is not None
    assert state["step"] == 1


def test_without_files_there_is_no_state(tmp_path: Path) -> None:
    assert nn.Checkpoint(tmp_path / "run").load() is None


# What can be kept ---------------------------------------------------------------------------------


def test_plain_data_and_arrays_come_back_as_they_were(tmp_path: Path) -> None:
    state = {
        "numbers": [1, 2.5, 10**40, float("inf"), -0.0, 0.1], "text": "σ",
        "none": None, "yes": True,
        "nested": [{"a": [np.float32(0.1), np.arange(6, dtype=np.int8).reshape(2, 3)]}],
        "columns": np.asfortranarray(np.ones((2, 3))),
    }  # fmt: skip
    checkpoint = nn.Checkpoint(tmp_path / "run")
    checkpoint.save(state)
    found = checkpoint.load()
    assert found is not None
    assert json.dumps(found["numbers"]) == json.dumps(state["numbers"])
    assert (found["text"], found["none"], found["yes"]) == ("σ", None, True)
    number, array = found["nested"][0]["a"]
    assert (number, number.dtype) == (np.float32(0.1), np.float32)
    assert (array.tolist(), array.dtype) == ([[0, 1, 2], [3, 4, 5]], np.int8)
    assert found["columns"].flags.f_contiguous


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"a": [object()]}, r"state.a\[0\] is an object"),
        ({"a": np.array([object()])}, "state.a is an array of objects"),
        ({"a": {1: 2}}, "state.a has keys that can't be kept"),
        ({"a": 1j}, "state.a is a complex"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_the_file_stays(
    saved: nn.Checkpoint, state: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        saved.save(state)
    kept = saved.load()
    assert kept is not None
    assert kept["step"] == 2


def test_every_is_a_positive_integer(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="every must be a positive integer, got 0"):
        nn.Checkpoint(tmp_path / "run", every=0)
    assert repr(nn.Checkpoint("run", every=3)) == "Checkpoint('run', every=3)"
