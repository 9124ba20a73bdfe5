"""Files of kernels: the folder that they are in; damaged ones are compiled again.

Machine code that is loaded is run. So the folder is the user's alone, and a file whose digest isn't
that beside it, by a bad disk or a process that was killed, is deleted: it is compiled anew. The
digest is no signature: who can write to the folder can run code.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from autograd.files.replacing import replacing

_DIGEST = ".sha256"


def source_file(name: str, text: str) -> Path:
    """Return the file of a module, with its text in it; on a full disk, one in a temporary folder.

    A file that is damaged is written anew.
    """
    try:
        return _written(cache_directory() / name, text.encode())
    except OSError:
        return _written(_temporary_directory() / name, text.encode())


def _written(path: Path, content: bytes) -> Path:
    if not path.is_file() or path.read_bytes() != content:
        with replacing(path) as new:
            new.write_bytes(content)
    return path


@cache
def cache_directory() -> Path:
    """Return where kernels are kept: ``kernels`` in GLASSGRAD_CACHE_DIR or the user's cache.

    It is the user's alone. If that can't be had, or can't be written to, it is a new temporary
    directory, and kernels are compiled anew in every process.
    """
    try:
        return _users_own(_users_cache() / "kernels")
    except (OSError, RuntimeError):  # RuntimeError: there is no home directory
        return _temporary_directory()


def _users_cache() -> Path:
    if given := os.environ.get("GLASSGRAD_CACHE_DIR"):
        return Path(given)
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local or Path.home() / "AppData/Local") / "glassgrad"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/glassgrad"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "glassgrad"


def _users_own(path: Path) -> Path:
    """Make a folder that nobody else can write to or read; OSError if it is another's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink() or (hasattr(os, "geteuid") and path.lstat().st_uid != os.geteuid()):
        raise PermissionError(f"{path} belongs to another user, who could put code into it")
    path.chmod(0o700)
    with tempfile.TemporaryFile(dir=path):
        return path


@cache
def _temporary_directory() -> Path:
    """Make a folder for this process, which removes it when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="glassgrad-"))  # of mode 700
    atexit.register(_remove_folder, folder, os.getpid())
    return folder


def _remove_folder(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # and no process that was forked from it
        shutil.rmtree(folder, ignore_errors=True)


class CheckedCache:
    """Numba's cache of one function, which damage and a full disk do no harm.

    Parameters
    ----------
    cached : numba.core.caching.FunctionCache
        What finds and writes the files.
    stem : str
        What the names of the function's files begin with.
    """

    def __init__(self, cached: Any, stem: str) -> None:
        self._cached = cached
        self._stem = stem

    def load_overload(self, signature: Any, context: Any) -> Any:
        """Return machine code that is as it was saved, or None."""
        for file in self._files():
            if not _is_sound(file):
                _remove(file)
        try:
            return self._cached.load_overload(signature, context)
        except Exception:  # what of another make raises in Numba has no bounds
            for file in self._files():
                _remove(file)
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Save machine code; if the disk is full, this process has it all the same."""
        with suppress(OSError):
            self._cached.save_overload(signature, compiled)
            for file in self._files():
                with replacing(_beside(file)) as new:
                    new.write_text(_digest(file))

    def _files(self) -> Iterator[Path]:
        for file in Path(self._cached.cache_path).glob(f"{self._stem}*"):
            if file.suffix in (".nbi", ".nbc"):
                yield file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cached, name)


def _beside(file: Path) -> Path:
    return file.with_name(file.name + _DIGEST)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _is_sound(file: Path) -> bool:
    try:
        return _beside(file).read_bytes() == _digest(file).encode()
    except OSError:
        return False


def _remove(file: Path) -> None:
    with suppress(OSError):
        file.unlink(missing_ok=True)
