"""Arrays of an ONNX file, which may be a stranger's: sizes are checked before memory is taken."""

from __future__ import annotations

import math
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

# The number of each dtype in ONNX, and where its numbers are if they aren't bytes.
_DTYPES: dict[int, tuple[Any, str]] = {
    1: (np.float32, "float_data"),
    2: (np.uint8, "int32_data"),
    3: (np.int8, "int32_data"),
    4: (np.uint16, "int32_data"),
    5: (np.int16, "int32_data"),
    6: (np.int32, "int32_data"),
    7: (np.int64, "int64_data"),
    9: (np.bool_, "int32_data"),
    10: (np.float16, "int32_data"),
    11: (np.float64, "double_data"),
    12: (np.uint32, "uint64_data"),
    13: (np.uint64, "uint64_data"),
}
_MOST_AXES = 32
_EXTERNAL = 1  # TensorProto.EXTERNAL


def dtype_of(number: int) -> np.dtype[Any]:
    """Return NumPy's dtype for ONNX's number of one; ValueError if it has none."""
    if number in _DTYPES:
        found: np.dtype[Any] = np.dtype(_DTYPES[number][0])
        return found
    from onnx import TensorProto

    kinds = TensorProto.DataType
    name = kinds.Name(number) if number in kinds.values() else f"number {number}"
    raise ValueError(
        f"the dtype {name} isn't read: float16, float32, float64, integers and bool are"
    )


def array_of(tensor: Any, folder: Path | None = None) -> Array:
    """Return the array of a TensorProto; what it has outside of the file is in ``folder``.

    Raises
    ------
    ValueError
        If its dtype isn't NumPy's, its lengths don't go with what is there, or what is there
        isn't in the folder.
    """
    dtype, shape = dtype_of(tensor.data_type), _shape(tensor.dims)
    if tensor.HasField("segment"):
        raise ValueError("an array in segments isn't read")
    wanted = math.prod(shape) * dtype.itemsize
    if tensor.data_location == _EXTERNAL:
        found = _external(tensor, folder, wanted)
    elif tensor.HasField("raw_data"):
        found = tensor.raw_data
    else:
        return _of_numbers(tensor, dtype, shape)
    if len(found) != wanted:
        raise ValueError(_of_other_size(shape, dtype, f"{wanted} bytes", f"{len(found)}"))
    little = np.frombuffer(found, dtype.newbyteorder("<"))
    return little.astype(dtype).reshape(shape)


def _shape(lengths: Any) -> tuple[int, ...]:
    if len(lengths) > _MOST_AXES:
        raise ValueError(f"an array has at most {_MOST_AXES} axes here, got {len(lengths)}")
    if any(length < 0 for length in lengths):
        raise ValueError(f"lengths must be at least 0, got {list(lengths)}")
    return tuple(lengths)


def _of_numbers(tensor: Any, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
    numbers = getattr(tensor, _DTYPES[tensor.data_type][1])
    if len(numbers) != math.prod(shape):
        raise ValueError(_of_other_size(shape, dtype, f"{math.prod(shape)} numbers", len(numbers)))
    bits = np.uint16 if dtype == np.float16 else np.int32 if dtype.kind == "b" else dtype
    try:
        array = np.array(list(numbers), bits)
    except OverflowError as error:
        raise ValueError(f"a number isn't of {dtype}: {error}") from None
    array = array.view(dtype) if dtype == np.float16 else array.astype(dtype)
    return array.reshape(shape)


def _of_other_size(shape: tuple[int, ...], dtype: np.dtype[Any], wanted: str, got: Any) -> str:
    return f"an array of shape {shape} and {dtype} takes {wanted}, got {got}"


# Outside of the file ------------------------------------------------------------------------------


def _external(tensor: Any, folder: Path | None, wanted: int) -> bytes:
    """Return the bytes of an array that are in a file beside the model's."""
    if folder is None:
        raise ValueError("it is in a file beside the model's: give from_onnx the path of the model")
    said = {entry.key: entry.value for entry in tensor.external_data}
    file = _beside(folder, said.get("location", ""))
    offset = _count(said.get("offset", "0"), "offset")
    length = _count(said["length"], "length") if said.get("length") else wanted
    if length != wanted:
        shape, dtype = tuple(tensor.dims), dtype_of(tensor.data_type)
        raise ValueError(_of_other_size(shape, dtype, f"{wanted} bytes", f"a length of {length}"))
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, 2)
            if offset + wanted > size:
                raise ValueError(
                    f"{file.name!r} has {size} bytes, and {wanted} from {offset} on are asked of it"
                )
            stream.seek(offset)
            return stream.read(wanted)
    except OSError as error:
        raise ValueError(f"{file.name!r} can't be read: {error}") from error


def _beside(folder: Path, location: str) -> Path:
    """Return the file at a location; ValueError for one that isn't in the folder."""
    parts = PurePosixPath(location).parts
    windows = PureWindowsPath(location)
    absolute = location.startswith("/") or windows.drive or windows.root
    if not parts or absolute or ".." in parts or "\\" in location:
        raise ValueError(
            f"its location {location[:200]!r} must be a file beside the model's or in a folder "
            "there, by a relative path without '..'"
        )
    try:
        inside = folder.resolve(strict=True)
        file = inside.joinpath(*parts).resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a circle of links
        raise ValueError(f"its file {location[:200]!r} isn't there: {error}") from error
    if not file.is_relative_to(inside) or not file.is_file():
        raise ValueError(f"its location {location[:200]!r} leads out of the model's folder")
    return file


def _count(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise ValueError(f"its {name} must be a whole number, got {text[:50]!r}")
    return int(text)
