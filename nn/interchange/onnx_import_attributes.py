"""The attributes of an ONNX node as plain values, with the defaults of its operator's schema."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from nn.interchange.onnx_import_arrays import array_of

_DIGITS = 6  # of a decimal that somebody wrote
_DENOMINATOR = 64  # of a fraction that somebody meant


def attributes_of(node: Any, schema: Any, folder: Path | None) -> dict[str, Any]:
    """Return the attributes of a node by name; those left out have their defaults.

    Raises
    ------
    ValueError
        For one that the operator doesn't have, has twice, or has of another type.
    """
    found: dict[str, Any] = {}
    for given in node.attribute:
        expected = schema.attributes.get(given.name)
        if expected is None or given.name in found:
            raise ValueError(f"it has no attribute {given.name[:200]!r}, or has it twice")
        if given.type != int(expected.type.value) or given.ref_attr_name:
            raise ValueError(f"its attribute {given.name!r} isn't of the type {expected.type.name}")
        found[given.name] = _value(given, folder)
    for name, expected in schema.attributes.items():
        if name not in found and expected.default_value.type:
            found[name] = _value(expected.default_value, folder)
        elif name not in found and expected.required:
            raise ValueError(f"its attribute {name!r} is missing")
    return found


def _value(attribute: Any, folder: Path | None) -> Any:
    from onnx import AttributeProto

    kind = AttributeProto.AttributeType.Name(attribute.type)
    if kind not in _READERS:
        raise ValueError(f"an attribute of the type {kind} isn't read: {attribute.name[:200]!r}")
    if kind == "TENSOR":
        return array_of(attribute.t, folder)
    field, read = _READERS[kind]
    held = getattr(attribute, field)
    return [read(each) for each in held] if kind.endswith("S") else read(held)


def as_written(number: float) -> float:
    """Return the number that somebody wrote, of its rounding to float32, in which ONNX keeps it.

    A decimal of six digits or a fraction such as 1/6 rounds to few float32 that any other does:
    a slope of 0.01 comes back as 0.01, and not as 0.009999999776. A number that nobody wrote, such
    as a weight, stays what it is.

    Examples
    --------
    >>> import numpy as np
    >>> as_written(float(np.float32(0.01))), as_written(float(np.float32(1 / 6))) == 1 / 6
    (0.01, True)
    """
    if not np.isfinite(number):
        return number
    single = np.float32(number)
    decimal = float(f"{number:.{_DIGITS}g}")
    if np.float32(decimal) == single:
        return decimal
    fraction = float(Fraction(number).limit_denominator(_DENOMINATOR))
    return fraction if np.float32(fraction) == single else number


def _text(held: bytes) -> str:
    try:
        return held.decode()
    except UnicodeDecodeError:
        raise ValueError(f"a text isn't UTF-8: {held[:50]!r}") from None


_READERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "FLOAT": ("f", as_written),
    "INT": ("i", int),
    "STRING": ("s", _text),
    "FLOATS": ("floats", as_written),
    "INTS": ("ints", int),
    "STRINGS": ("strings", _text),
    "TENSOR": ("t", array_of),
}
