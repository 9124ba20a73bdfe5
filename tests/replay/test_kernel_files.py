"""The files of compiled kernels: whatever happens to them, a replay gives the right numbers."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KERNEL = """
from autograd.replay.kernels import load_module
text = "from numba import njit\\n@njit(cache=True)\\ndef twice(x):\\n    return 2.0 * x\\n"
print(load_module(text, {}).twice(2.0))
"""  # of the same files as a recording's, in a tenth of the time
RIGHT = "4.0"
JIT = "from autograd.replay import jit; print(jit(lambda x: x * x)(2.0))"


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


def files(folder: Path, ending: str) -> list[Path]:
    found = sorted((folder / "kernels").rglob(f"*{ending}"))
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
@pytest.mark.parametrize("ending", [".nbi", ".nbc", ".py", ".sha256"])
def test_a_damaged_file_heals(ending: str, damage: object, written: Path, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(written, folder)
    before = {file: file.read_bytes() for file in files(folder, ending)}
    for file, content in before.items():
        file.write_bytes(damage(content))  # type: ignore[operator]
    assert replayed(folder) == RIGHT
    healed = {file: file.read_bytes() for file in before}
    assert all(healed[file] != damage(content) for file, content in before.items())  # type: ignore[operator]


def test_kernels_that_are_sound_are_loaded_and_not_written_again(written: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in (written / "kernels").rglob("*")}
    assert replayed(written) == RIGHT
    after = {file: file.stat().st_mtime_ns for file in (written / "kernels").rglob("*")}
    unchanged = [file for file in before if file.is_file()]
    assert [after[file] for file in unchanged] == [before[file] for file in unchanged]
    assert not [file for file in after if file.suffix in (".tmp", ".pyc")]


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, check=False).returncode:
        pytest.skip("mounting a file system needs the rights of root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("left", [0, 4096])
def test_on_a_full_disk_kernels_are_compiled_all_the_same(left: int, full_disk: Path) -> None:
    """With one page left the text fits, and machine code doesn't."""
    (full_disk / "kernels" / "__pycache__").mkdir(parents=True)
    (full_disk / "other").write_bytes(bytes(65536 - left))
    assert replayed(full_disk) == RIGHT
    assert not [file for file in full_disk.rglob("*") if ".tmp" in file.name]


def test_machine_code_that_is_cut_short_does_no_harm(tmp_path: Path) -> None:
    """The system itself writes no file beyond a page: the text fits, and machine code doesn't."""
    pytest.importorskip("resource", reason="Windows sets no limit to a file's size")
    limit = "import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (4096, 4096))\n"
    for _ in range(2):
        assert replayed(tmp_path, limit + KERNEL) == RIGHT
    assert files(tmp_path, ".py")
    assert not [file for file in tmp_path.rglob("*") if ".tmp" in file.name]
    assert replayed(tmp_path) == RIGHT


def test_jit_goes_to_the_temporary_folder_on_a_full_disk(full_disk: Path) -> None:
    (full_disk / "other").write_bytes(bytes(65536))
    assert replayed(full_disk, JIT) == RIGHT
    assert [each.name for each in full_disk.rglob("*.*")] == []


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


@pytest.mark.parametrize("script", [KERNEL, JIT], ids=["kernel", "jit"])
def test_without_a_home_kernels_are_in_a_temporary_folder_that_is_removed(
    script: str, tmp_path: Path
) -> None:
    variables = ("GLASSGRAD_CACHE_DIR", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA")
    env = {name: value for name, value in os.environ.items() if name not in variables}
    seen = "import os; from autograd.replay.kernel_files import cache_directory\n"
    seen += "assert os.listdir(cache_directory())\nprint(cache_directory())"
    found = subprocess.run(
        [sys.executable, "-c", f"{HOMELESS}{script}\n{seen}"],
        env={**env, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    number, folder = found.stdout.split()
    assert number == "4.0"
    assert Path(folder).parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_a_forked_process_leaves_the_folder_of_its_parent(tmp_path: Path) -> None:
    script = """
import os, sys
from autograd.replay.kernel_files import _temporary_directory
folder = _temporary_directory()
if os.fork() == 0:
    sys.exit()
os.wait()
print(folder.is_dir())
"""
    found = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == "True\n"
    assert list(tmp_path.iterdir()) == []
