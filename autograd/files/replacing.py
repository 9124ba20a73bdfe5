"""``replacing``: the one way in which this library writes a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IMODE, S_ISREG

Named = str | os.PathLike[str]


@contextmanager
def replacing(path: Named) -> Iterator[Path]:
    """Write a file whole or not at all: what is written takes its place when the block ends.

    If the block raises, as on a full disk, what was there is as it was, and nothing else is left.
    Two that write the same file don't disturb each other: the last one stays.

    Parameters
    ----------
    path : str or path
        The file to be. Of a link, what it points to; a device or a pipe is written to directly.

    Yields
    ------
    Path
        Where to write: a new name beside the file.

    Raises
    ------
    OSError
        If that can't be written, or the file that is there may not be changed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from autograd.extend import replacing
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "loss.txt")
    ...     with replacing(file) as new:
    ...         _ = new.write_text("0.5")
    ...     file.read_text()
    '0.5'
    """
    file = Path(os.path.realpath(path))
    if not file.parent.is_dir():
        raise FileNotFoundError(f"no folder {file.parent} to write {file.name} to: make it first")
    mode = _mode(file)
    if mode is not None and not S_ISREG(mode):
        yield file
        return
    if mode is not None and not _is_writable(file):
        raise PermissionError(f"{os.fspath(path)!r} is there and may not be written to")
    new = file.with_name(f".{os.urandom(8).hex()}.tmp")
    try:
        yield new
        if mode is not None:
            with suppress(OSError):  # some file systems have no modes
                new.chmod(S_IMODE(mode))
        new.replace(file)
    finally:  # POSIX renames nothing, and says nothing, if both names are of one file already
        with suppress(OSError):
            new.unlink(missing_ok=True)


def _mode(file: Path) -> int | None:
    """Return the mode of a file that is there."""
    try:
        return file.stat().st_mode
    except FileNotFoundError:
        return None


def _is_writable(file: Path) -> bool:
    """Whether a file may be written to: one that another process has just moved away may be."""
    try:
        os.close(os.open(file, os.O_WRONLY))
    except PermissionError:
        return False
    except OSError:  # gone, or a program that runs: it can be replaced
        pass
    return True
