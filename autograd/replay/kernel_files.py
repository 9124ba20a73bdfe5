"""Files of kernels: the folder that they are in; damaged ones are compiled again.

Machine code that is loaded is run. So the folder is the user's alone, and a file that doesn't have
the digest it begins with, by a bad disk, is compiled anew. The digest is no signature: who can
write to the folder can run code.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from autograd.files.replacing import replacing

_DIGEST = hashlib.sha256(b"").digest_size


def kept_file(name: str) -> bytes | None:
    """Return a file's content; None if it isn't there, or isn't as it was written."""
    if (folder := cache_directory()) is not None:
        with suppress(OSError):
            content = (folder / name).read_bytes()
            if content[:_DIGEST] == hashlib.sha256(content[_DIGEST:]).digest():
                return content[_DIGEST:]
    return None


def keep_file(name: str, content: bytes) -> None:
    """Write a file with its digest; on a full disk nothing: this process has it all the same."""
    if (folder := cache_directory()) is not None:
        with suppress(OSError), replacing(folder / name) as new:
            new.write_bytes(hashlib.sha256(content).digest() + content)


@cache
def cache_directory() -> Path | None:
    """Return where kernels are kept: ``kernels`` in GLASSGRAD_CACHE_DIR or the user's cache.

    It is the user's alone. If that can't be had, it is None, and every process compiles anew.
    """
    try:
        return _users_own(_users_cache() / "kernels")
    except (OSError, RuntimeError):  # RuntimeError: there is no home directory
        return None


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
    return path
