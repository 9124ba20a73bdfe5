"""Every public function that writes a file writes it whole, or leaves all as it was."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_disk import small_disk

import autograd
import nn
from autograd import Value
from autograd.extend import replacing
from autograd.files import replacing as replacing_module

BIG = "a much longer name than that " * 200  # so that no first block of a file is all of it


def graph(label: str) -> Value:
    return Value(2.0, label=label) * 3.0


def square(config: Any, seed: int) -> str:
    return str(config) * 2000


WRITERS: dict[str, Callable[[Path, str], object]] = {
    "page.html": lambda path, text: autograd.step(graph(text)).save(path),
    "drawing.svg": lambda path, text: autograd.draw(graph(text)).save(path),
    "drawing.dot": lambda path, text: autograd.draw(graph(text)).save(path),
    "drawing.png": lambda path, text: autograd.draw(graph(text[:20])).save(path),
    "drawing.pdf": lambda path, text: autograd.draw(graph(text[:20])).save(path),
    "w.safetensors": lambda path, text: nn.save_weights(nn.MLP([40, len(text) % 7 + 9, 1]), path),
    "run.checkpoint": lambda path, text: nn.Checkpoint(path).save({"text": text}),
    "results.json": lambda path, text: nn.sweep(square, [text], path=path, progress=False),
}


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


class FullDisk(io.FileIO):
    """A file of which a disk takes the first 100 bytes."""

    def write(self, content: Any) -> int:
        if self.tell() + len(memoryview(content).cast("B")) <= 100:
            return super().write(content)
        super().write(bytes(content)[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(file: Any, mode: str = "r", *args: Any, **more: Any) -> Any:
        if "w" not in mode:
            return real(file, mode, *args, **more)
        raw = FullDisk(file, "w")
        return raw if "b" in mode else io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8")

    real = io.open
    monkeypatch.setattr(io, "open", opened)
    monkeypatch.setattr("safetensors.numpy.serialize_file", _serialized_on_a_full_disk)


def _serialized_on_a_full_disk(tensors: Any, path: Any, *args: Any, **more: Any) -> None:
    """Rust opens the file by itself: what it does on a full disk, of which a tmpfs tells."""
    import safetensors

    Path(os.fsdecode(path)).touch()
    raise safetensors.SafetensorError("Error while serializing: I/O error: No space left on device")


@pytest.mark.parametrize("name", WRITERS)
def test_on_a_full_disk_nothing_is_left(name: str, tmp_path: Path, full_disk: None) -> None:
    with pytest.raises(OSError, match="No space left"):
        WRITERS[name](tmp_path / name, BIG)
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("name", WRITERS)
def test_on_a_full_disk_what_was_there_stays(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    WRITERS[name](tmp_path / name, "first")
    before = contents(tmp_path)
    request.getfixturevalue("full_disk")
    with pytest.raises(OSError, match="No space left"):
        WRITERS[name](tmp_path / name, BIG)
    after = contents(tmp_path)
    assert set(after.values()) == set(before.values())
    assert not [each for each in after if each.endswith(".tmp")]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path, kilobytes=8) as disk:
        yield disk


@pytest.mark.parametrize("name", WRITERS)
def test_on_a_disk_that_is_really_full_nothing_is_left(name: str, tiny_disk: Path) -> None:
    (tiny_disk / "other").write_bytes(bytes(8192))
    with pytest.raises(OSError, match="No space left"):
        WRITERS[name](tiny_disk / name, BIG)
    assert [each.name for each in tiny_disk.iterdir()] == ["other"]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let the system write no file beyond a size: a real short write, without any rights."""
    resource = pytest.importorskip("resource", reason="Windows sets no limit to a file's size")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", WRITERS)
def test_a_write_that_the_system_cuts_short_leaves_what_was_there(
    name: str, tmp_path: Path
) -> None:
    WRITERS[name](tmp_path / name, "first")
    before = contents(tmp_path)
    with files_of_at_most(100), pytest.raises(OSError, match="File too large"):
        WRITERS[name](tmp_path / name, BIG)
    after = contents(tmp_path)
    assert set(after.values()) == set(before.values())
    assert not [each for each in after if each.endswith(".tmp")]


@pytest.mark.parametrize("name", WRITERS)
def test_two_writers_of_one_file_do_not_disturb_each_other(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: WRITERS[name](path, "one text"), range(8)))
    assert path.stat().st_size > 0
    assert not list(tmp_path.glob("*.tmp"))
    assert not list(tmp_path.glob(".*"))


def test_a_file_that_another_process_moves_away_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at its mode and the question whether it may be written to."""
    path = tmp_path / "run"
    path.write_text("first", "utf-8")
    look = replacing_module._mode

    def look_and_lose(file: Path) -> int | None:
        mode = look(file)
        file.unlink()
        return mode

    monkeypatch.setattr(replacing_module, "_mode", look_and_lose)
    with replacing(path) as new:
        new.write_text("second", "utf-8")
    assert path.read_text("utf-8") == "second"


def test_a_second_name_of_the_same_file_leaves_nothing(tmp_path: Path) -> None:
    """As when two processes keep the same checkpoint as the one before."""
    (tmp_path / "run").write_text("text", "utf-8")
    os.link(tmp_path / "run", tmp_path / "run.previous")
    with replacing(tmp_path / "run.previous") as new:
        os.link(tmp_path / "run", new)
    assert contents(tmp_path) == {"run": b"text", "run.previous": b"text"}


def test_many_processes_keep_one_checkpoint(tmp_path: Path) -> None:
    script = (
        "import sys, nn\n"
        "for k in range(60): nn.Checkpoint(sys.argv[1]).save({'k': k})\n"
        "assert nn.Checkpoint(sys.argv[1]).load() is not None"
    )
    command = [sys.executable, "-W", "ignore", "-c", script, str(tmp_path / "run")]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    assert [(each.communicate()[1], each.returncode) for each in running] == [(b"", 0)] * 2
    assert nn.Checkpoint(tmp_path / "run").load() == {"k": 59}
    assert {each.name for each in tmp_path.iterdir()} == {"run", "run.previous"}


# The helper itself --------------------------------------------------------------------------------


def test_a_link_stays_a_link_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old", "utf-8")
    (tmp_path / "link").symlink_to("file")
    with replacing(tmp_path / "link") as new:
        new.write_text("new", "utf-8")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text("utf-8") == "new"


def test_a_checkpoint_by_a_link_is_kept_with_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to("elsewhere/real")
    checkpoint = nn.Checkpoint(tmp_path / "run")
    for k in range(3):
        checkpoint.save({"k": k, "w": np.ones(2)})
    found = nn.Checkpoint(tmp_path / "run").load()
    assert found is not None
    assert found["k"] == 2
    assert {each.name for each in (tmp_path / "elsewhere").iterdir()} == {"real", "real.previous"}


def test_modes_are_those_that_open_would_give_or_were_there(tmp_path: Path) -> None:
    plain, private = tmp_path / "plain", tmp_path / "private"
    (tmp_path / "model").touch()
    private.touch(0o600)
    for file in (plain, private):
        with replacing(file) as new:
            new.write_text("text", "utf-8")
    assert plain.stat().st_mode == (tmp_path / "model").stat().st_mode
    assert private.stat().st_mode & 0o777 == 0o600


def test_a_device_is_written_to_and_not_replaced() -> None:
    with replacing(os.devnull) as new:
        new.write_text("gone", "utf-8")
    assert not Path(os.devnull).is_file()
    if Path("/dev/full").exists():
        with pytest.raises(OSError, match="No space left"), replacing("/dev/full") as new:
            new.write_text("text", "utf-8")
        assert Path("/dev/full").is_char_device()


def half_a_file(path: Path) -> None:
    with replacing(path) as new:
        new.write_text("half", "utf-8")
        raise KeyboardInterrupt


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        half_a_file(tmp_path / "file")
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    """And not the name that the file has while it is written."""
    with pytest.raises(FileNotFoundError, match=r"^no folder .*missing to .*: make it first$"):
        WRITERS[name](tmp_path / "missing" / name, "a")
