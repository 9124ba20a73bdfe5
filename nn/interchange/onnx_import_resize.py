"""ONNX's Resize: each length of the result is made of the nearest 1, 2 or 4 of the operand."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.extend import raw
from nn.interchange.onnx_import_elementwise import Row
from nn.interchange.onnx_import_step import Step, axis_of, integers, is_float, numbers, room

Array = np.ndarray[Any, Any]


def _resize(step: Step, x: Any, *more: Any) -> Any:
    if step.version < 11:  # without a region of interest
        more = (None, *more)
    _, scales, sizes = [*more, None, None, None][:3]
    said, own = step.attributes, raw(x).shape
    scales = said.get("scales") if scales is None else numbers(scales)
    _check(step)
    axes = [axis_of(k, len(own)) for k in said.get("axes") or range(len(own))]
    if sizes is not None and raw(sizes).size:
        wanted = integers(sizes)
        factors = [n / own[k] for k, n in zip(axes, wanted, strict=True)]
    else:
        factors = np.asarray(scales, float).ravel().tolist()
        wanted = [int(own[k] * f) for k, f in zip(axes, factors, strict=True)]
    if min(wanted, default=1) < 1 or min(factors, default=1) <= 0:
        raise ValueError(f"a shape {own} can't be resized to {wanted}")
    lengths = dict(zip(axes, wanted, strict=True))
    room([max(n, lengths.get(k, n)) for k, n in enumerate(own)])
    for axis, factor in zip(axes, factors, strict=True):
        if factor != 1 or lengths[axis] != own[axis]:
            x = _along_axis(step, x, axis, lengths[axis], factor)
    return x


def _check(step: Step) -> None:
    """Raise ValueError for what isn't read of it."""
    said = step.attributes
    coordinates = said.get("coordinate_transformation_mode", "asymmetric")
    if coordinates not in _COORDINATES:
        raise ValueError(f"the coordinates {coordinates!r} aren't read")
    if said["mode"] not in _TAPS:
        raise ValueError(f"the mode {said['mode']!r} isn't read")
    if said.get("antialias") or said.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise ValueError("resizing that smooths or keeps the ratio of lengths isn't read")


def _along_axis(step: Step, x: Any, axis: int, length: int, factor: float) -> Any:
    """Return ``x`` with another length of an axis: weighted sums of its elements."""
    own = raw(x).shape[axis]
    where = _COORDINATES[step.attributes.get("coordinate_transformation_mode", "asymmetric")]
    at = where(np.arange(length), own, length, factor)
    total: Any = 0
    for places, weights in _TAPS[step.attributes["mode"]](step, at, own):
        part = x[(*[slice(None)] * axis, np.clip(places, 0, own - 1))]
        if (weights == 1).all():
            return part
        column = weights.reshape((-1, *[1] * (raw(x).ndim - axis - 1)))
        total = total + part * (column.astype(raw(x).dtype) if is_float(x) else column)
    return total if is_float(x) else raw(total).astype(raw(x).dtype)


# Where in the operand a place of the result is: from its place, the two lengths, and the factor
_COORDINATES: dict[str, Any] = {
    "asymmetric": lambda k, n, m, f: k / f,
    "half_pixel": lambda k, n, m, f: (k + 0.5) / f - 0.5,
    "pytorch_half_pixel": lambda k, n, m, f: (k + 0.5) / f - 0.5 if m > 1 else 0.0 * k,
    "align_corners": lambda k, n, m, f: k * ((n - 1) / (f * n - 1)) if f * n > 1 else 0.0 * k,
    "half_pixel_symmetric": lambda k, n, m, f: n / 2 * (1 - m / (f * n)) + (k + 0.5) / f - 0.5,
}

_ROUNDED: dict[str, Any] = {
    "round_prefer_floor": lambda at: np.ceil(at - 0.5),
    "round_prefer_ceil": lambda at: np.floor(at + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}

Taps = list[tuple[Array, Array]]


def _nearest(step: Step, at: Array, own: int) -> Taps:
    how = step.attributes.get("nearest_mode", "floor")
    if how not in _ROUNDED:
        raise ValueError(f"the nearest_mode {how!r} isn't read")
    return [(_ROUNDED[how](at).astype(int), np.ones(len(at)))]


def _linear(step: Step, at: Array, own: int) -> Taps:
    first = np.floor(at).astype(int)
    return [(first, 1 - (at - first)), (first + 1, at - first)]


def _cubic(step: Step, at: Array, own: int) -> Taps:
    """Keys 1981, eq. 4, with ONNX's coefficient."""
    a, first = step.attributes["cubic_coeff_a"], np.floor(at).astype(int)
    taps = []
    for k in range(-1, 3):
        d = np.abs(at - (first + k))
        near = ((a + 2) * d - (a + 3)) * d * d + 1
        far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
        taps.append((first + k, np.where(d <= 1, near, far)))
    if not step.attributes["exclude_outside"]:
        return taps
    inside = [(k, np.where((k >= 0) & (k < own), w, 0.0)) for k, w in taps]
    total = sum(w for _, w in inside)
    return [(k, w / total) for k, w in inside]


_TAPS: dict[str, Any] = {
    "nearest": _nearest,
    "linear": _linear,
    "cubic": _cubic,
}

RESIZE: dict[str, Row] = {"Resize": _resize, "Upsample": _resize}
