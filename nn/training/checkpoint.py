"""Checkpoints: files from which a training run that was killed goes on.

What is kept is plain data and arrays, never pickled objects. What a run keeps is up to ``run.py``.

A file is one line, which names the format, its version, and the length and SHA-256 of what follows:
an ``npz`` archive with a JSON text, in which ``{"$array": 3}`` stands for the archive's array 3.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from errno import EBADF, EINVAL, ENOTSUP
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd.extend import replacing, warn, with_article
from init.argument_checks import positive_integer

__all__ = ["Checkpoint", "CheckpointError", "CheckpointWarning"]

_MAGIC = b"glassgrad checkpoint"
_VERSION = 1
_HEADER = re.compile(_MAGIC + rb" (\d{1,9}) (\d{1,18}) ([0-9a-f]{64})\n")
_ARRAY = "$array"


class CheckpointError(ValueError):
    """A file is no checkpoint, is torn, or is of another run.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "run"
    ...     _ = file.write_text("something else")
    ...     try:
    ...         Checkpoint(file).load()
    ...     except CheckpointError as error:
    ...         print(str(error).partition("run")[2].partition(";")[0])
     is not a checkpoint
    """


class CheckpointWarning(UserWarning):
    """A checkpoint can't be used, and the one before it is.

    Examples
    --------
    >>> import tempfile, warnings
    >>> with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
    ...     warnings.simplefilter("error")
    ...     checkpoint = Checkpoint(Path(folder) / "run")
    ...     checkpoint.save({"step": 1})
    ...     checkpoint.save({"step": 2})
    ...     _ = checkpoint.path.write_bytes(b"torn")
    ...     try:
    ...         checkpoint.load()
    ...     except CheckpointWarning as warning:
    ...         print(str(warning).endswith("is used"))
    True
    """


class Checkpoint:
    """A file in which a run keeps all that it needs to go on, and beside it the one before.

    A file is written whole beside the old one, and then takes its place: whenever the process is
    killed, and whenever another one reads it, a sound file is there.

    Parameters
    ----------
    path : str or Path
        The file. The one before is kept under the same name with ``.previous`` after it; to start
        over, delete both.
    every : int, optional
        After how many steps ``train`` writes; by default, and always, after every epoch.

    Raises
    ------
    TypeError, ValueError
        If ``every`` isn't a positive integer.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     checkpoint = Checkpoint(Path(folder) / "run")
    ...     checkpoint.save({"step": 3, "weight": np.ones(2)})
    ...     checkpoint.load()
    {'step': 3, 'weight': array([1., 1.])}
    >>> checkpoint.previous.name
    'run.previous'
    """

    def __init__(self, path: str | os.PathLike[str], *, every: int | None = None) -> None:
        self.path = Path(path)
        self.every = None if every is None else positive_integer("every", every)
        self._is_sound = False  # whether what is at the path was written or read by this object

    @property
    def previous(self) -> Path:
        """The path of the checkpoint before the last."""
        return self._beside(".previous")

    def _beside(self, suffix: str) -> Path:
        """Return a path beside the file; of a link, beside what it points to."""
        file = Path(os.path.realpath(self.path)) if self.path.is_symlink() else self.path
        return file.with_name(file.name + suffix)

    def save(self, state: Mapping[str, Any]) -> None:
        """Write a state, so that at any moment a sound file is there.

        Parameters
        ----------
        state : mapping
            Strings, numbers, booleans, None and arrays, in lists and in dicts with string keys.

        Raises
        ------
        TypeError
            If there is something else in the state: nothing is written then.
        OSError
            If the file can't be written: the last one stays.
        """
        content = _packed(state)
        with replacing(self.path) as new:
            with new.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self._keep_the_one_before()
        _sync_folder(self.path.parent)
        self._is_sound = True

    def _keep_the_one_before(self) -> None:
        """Give what is at the path a second name; another process may do so at the same time.

        The path is never without a file, but where the file system has no hard links.
        """
        file = self._beside("")
        # What is torn or no checkpoint must not take the place of a previous one that is sound.
        sound = self._is_sound or not isinstance(_attempt(file), CheckpointError)
        kept = self._beside(".previous" if sound else ".refused")
        # Not by ``replacing``, which would give it, and so the file, the mode of the one before.
        second = kept.with_name(f".{os.urandom(8).hex()}.tmp")
        with suppress(FileNotFoundError):
            try:
                os.link(file, second)
                second.replace(kept)
            except (AttributeError, OSError):
                file.replace(kept)
            finally:  # POSIX renames nothing if both are names of one file already
                with suppress(OSError):
                    second.unlink(missing_ok=True)

    def load(self) -> dict[str, Any] | None:
        """Read the last state; if that can't be done, warn and read the one before.

        Returns
        -------
        dict or None
            None if there are no files.

        Raises
        ------
        CheckpointError
            If there are files, and neither is a sound checkpoint.

        Warns
        -----
        CheckpointWarning
            If the previous one is used, with the reason.
        """
        last = _attempt(self.path)
        if not isinstance(last, CheckpointError):
            self._is_sound = True
            if last is not None or not self.previous.exists():
                return last
        reason = f"{self.path} is missing" if last is None else str(last)
        before = _attempt(self.previous)
        if isinstance(before, CheckpointError):
            raise CheckpointError(f"{reason}; and {before}")
        if before is None:
            raise CheckpointError(
                f"{reason}; there is no {self.previous.name} to use in its place: "
                "give another path, or delete the file to start over"
            )
        warn(f"{reason}: the one before, {self.previous}, is used", CheckpointWarning)
        return before

    def __repr__(self) -> str:
        every = "" if self.every is None else f", every={self.every}"
        return f"Checkpoint({str(self.path)!r}{every})"


def _attempt(path: Path) -> dict[str, Any] | CheckpointError | None:
    """Return the state in a file, or what is wrong with it; None if there is none."""
    try:
        return _unpacked(path.read_bytes(), path)
    except FileNotFoundError:
        return None
    except CheckpointError as error:
        return error


# The format --------------------------------------------------------------------------------------


def _packed(state: Mapping[str, Any]) -> bytes:
    arrays: list[Any] = []
    text = json.dumps(_plain(state, arrays, "state"))
    box = io.BytesIO()
    named = {str(k): array for k, array in enumerate(arrays)}
    np.savez(box, text=np.frombuffer(text.encode(), np.uint8), **named)
    body = box.getvalue()
    digest = hashlib.sha256(body).hexdigest()
    return _MAGIC + f" {_VERSION} {len(body)} {digest}\n".encode() + body


def _unpacked(content: bytes, path: Path) -> dict[str, Any]:
    header = _HEADER.match(content)
    if header is None:
        torn = content == b"" or _MAGIC.startswith(content[: len(_MAGIC)])
        what = "is torn: its first line is not whole" if torn else "is not a checkpoint"
        raise CheckpointError(f"{path} {what}")
    version, length, digest = int(header[1]), int(header[2]), header[3].decode()
    if version != _VERSION:
        raise CheckpointError(
            f"{path} has version {version} of the format, and this glassgrad reads {_VERSION}"
        )
    body = content[header.end() :]
    if len(body) != length:
        raise CheckpointError(f"{path} is torn: it has {len(body)} of {length} bytes")
    if hashlib.sha256(body).hexdigest() != digest:
        raise CheckpointError(f"{path} is damaged: its SHA-256 is not what its first line says")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            arrays = {info.filename: _array(archive, info) for info in archive.infolist()}
        state = json.loads(arrays["text.npy"].tobytes().decode())
        return dict(_filled(state, arrays))
    except (zipfile.BadZipFile, LookupError, TypeError, ValueError, RecursionError) as error:
        raise CheckpointError(
            f"{path} is not a checkpoint that this library wrote: {type(error).__name__}: {error}"
        ) from error


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> npt.NDArray[Any]:
    """Return an array, which takes no more memory than its part of the file."""
    if info.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{info.filename} is compressed")
    content = io.BytesIO(archive.read(info))
    header = _HEADERS[np.lib.format.read_magic(content)]
    shape, in_columns, dtype = header(content)
    if dtype.hasobject:
        raise ValueError(f"{info.filename} holds Python objects")
    flat = np.frombuffer(content.read(), dtype).copy()
    return flat.reshape(shape, order="F" if in_columns else "C")


_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def _plain(found: Any, arrays: list[Any], where: str) -> Any:
    """Return plain data, with arrays put aside and numbered."""
    if isinstance(found, Mapping):
        if not all(isinstance(key, str) and key != _ARRAY for key in found):
            raise TypeError(f"{where} has keys that can't be kept: {list(found)}")
        return {key: _plain(item, arrays, f"{where}.{key}") for key, item in found.items()}
    if isinstance(found, (list, tuple)):
        return [_plain(item, arrays, f"{where}[{k}]") for k, item in enumerate(found)]
    if isinstance(found, (np.ndarray, np.generic)) and found.dtype != object:
        arrays.append(found)
        return {_ARRAY: len(arrays) - 1}
    if found is None or type(found) in (str, bool, int, float):
        return found
    kind = "an array of objects" if isinstance(found, np.ndarray) else with_article(found)
    raise TypeError(
        f"{where} is {kind}, which a checkpoint can't keep: it keeps strings, numbers, booleans, "
        "None and arrays, in lists and in dicts with string keys"
    )


def _filled(found: Any, arrays: Mapping[str, Any]) -> Any:
    if isinstance(found, dict):
        if _ARRAY in found:
            return arrays[f"{found[_ARRAY]}.npy"]
        return {key: _filled(item, arrays) for key, item in found.items()}
    return [_filled(item, arrays) for item in found] if isinstance(found, list) else found


def _sync_folder(folder: Path) -> None:
    """See to it that the names of files are on the disk too, where a system lets one."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:  # WebAssembly and some disks of a network can't do it to a folder
        if error.errno not in (EBADF, EINVAL, ENOTSUP):
            raise
    finally:
        os.close(handle)
