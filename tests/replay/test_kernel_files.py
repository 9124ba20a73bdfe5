"""The files of compiled kernels: whatever happens to them, a replay gives the right numbers."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_disk import small_disk

ROOT = Path(__file__).resolve().parents[2]
KERNEL = """
import ctypes
from autograd.replay.native import native_kernel
kernel = native_kernel("def kernel(x):\\n    return 2 * x\\n", "int64(int64)")
print(ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(kernel.address)(2))
"""  # a file as a recording's, in a tenth of the time
RIGHT = "4"
JIT = "from autograd.replay import jit; print(jit(lambda x: x * x)(2.0))"
OF_JIT = "4.0"
WITHOUT_NUMBA = "import sys; sys.modules['numba'] = None\n"


pytestmark = pytest.mark.slow  # each test is a process of its own


def replayed(folder: Path, script: str = KERNEL) -> str:
    found = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "GLASSGRAD_CACHE_DIR": str(folder), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not found.returncode, found.stderr
    return found.stdout.strip()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of kernels that were compiled once."""
    folder = tmp_path_factory.mktemp("written")
    assert replayed(folder) == RIGHT
    return folder


def files(folder: Path) -> list[Path]:
    found = sorted((folder / "kernels").iterdir())
    assert found
    return found


def emptied(content: bytes) -> bytes:
    return b""


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    """One bit in the middle is another: of machine code, a wrong number or a crash."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0x80]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", [emptied, cut, flipped])
def test_a_damaged_file_heals(
    damage: Callable[[bytes], bytes], written: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(written, folder)
    (file,) = files(folder)
    damaged = damage(file.read_bytes())
    file.write_bytes(damaged)
    assert replayed(folder) == RIGHT
    assert file.read_bytes() != damaged
    assert replayed(folder, f"{WITHOUT_NUMBA}{KERNEL}") == RIGHT


def test_kernels_that_are_sound_are_loaded_and_not_written_again(written: Path) -> None:
    (file,) = files(written)
    before = file.stat().st_mtime_ns
    assert replayed(written) == RIGHT
    assert files(written) == [file]
    assert file.stat().st_mtime_ns == before


def test_a_process_whose_kernels_are_on_disk_does_not_import_numba(tmp_path: Path) -> None:
    assert replayed(tmp_path, JIT) == OF_JIT
    assert replayed(tmp_path, f"{WITHOUT_NUMBA}{JIT}") == OF_JIT


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path, kilobytes=64) as disk:
        yield disk


@pytest.mark.parametrize("left", [0, 4096])
def test_on_a_full_disk_kernels_are_compiled_all_the_same(left: int, full_disk: Path) -> None:
    (full_disk / "kernels").mkdir()
    (full_disk / "other").write_bytes(bytes(65536 - left))
    assert replayed(full_disk, JIT) == OF_JIT
    assert not [file for file in full_disk.rglob("*") if ".tmp" in file.name]


def test_machine_code_that_is_cut_short_does_no_harm(tmp_path: Path) -> None:
    """The system itself writes no file beyond a part of a page."""
    pytest.importorskip("resource", reason="Windows sets no limit to a file's size")
    limit = "import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (512, 512))\n"
    assert replayed(tmp_path, limit + KERNEL) == RIGHT
    assert list((tmp_path / "kernels").iterdir()) == []
    assert replayed(tmp_path) == RIGHT


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="modes and owners are POSIX's")
def test_the_folder_is_the_users_alone(written: Path) -> None:
    assert stat.S_IMODE((written / "kernels").stat().st_mode) == 0o700
    (written / "kernels").chmod(0o777)
    assert replayed(written) == RIGHT
    assert stat.S_IMODE((written / "kernels").stat().st_mode) == 0o700


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away"
)
def test_a_folder_of_another_user_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "kernels").mkdir()
    os.chown(tmp_path / "kernels", 12345, -1)
    assert replayed(tmp_path) == RIGHT
    assert not list((tmp_path / "kernels").iterdir())


def test_a_link_in_the_place_of_the_folder_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "kernels").symlink_to("elsewhere")
    assert replayed(tmp_path) == RIGHT
    assert not list((tmp_path / "elsewhere").iterdir())


HOMELESS = """
import pathlib
def home():
    raise RuntimeError("Could not determine home directory.")
pathlib.Path.home = home
"""


def test_without_a_home_every_process_compiles_and_leaves_nothing(tmp_path: Path) -> None:
    variables = ("GLASSGRAD_CACHE_DIR", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA")
    env = {name: value for name, value in os.environ.items() if name not in variables}
    found = subprocess.run(
        [sys.executable, "-c", f"{HOMELESS}{JIT}"],
        env={**env, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == f"{OF_JIT}\n"
    assert list(tmp_path.iterdir()) == []
