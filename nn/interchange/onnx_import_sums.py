"""ONNX's products, sums over axes and choices of the largest. One row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from autograd.extend import Node, raw
from nn.interchange.onnx_import_elementwise import Row
from nn.interchange.onnx_import_step import (
    Step,
    axes_of,
    axis_of,
    is_float,
    number,
    room,
)
from nn.interchange.onnx_names import REDUCTIONS


def _matmul(step: Step, x: Any, y: Any) -> Any:
    first, second = raw(x).shape, raw(y).shape
    if first and second:
        room((*np.broadcast_shapes(first[:-2], second[:-2]), *first[-2:-1], *second[1:][-1:]))
    return autograd.matmul(x, y)


def _gemm(step: Step, a: Any, b: Any, c: Any = None) -> Any:
    alpha, beta = step.attributes["alpha"], step.attributes["beta"]
    if raw(a).ndim != 2 or raw(b).ndim != 2:
        raise ValueError(f"it multiplies matrices, got shapes {raw(a).shape} and {raw(b).shape}")
    if step.attributes["transA"]:
        a = autograd.transpose(a)
    plain = alpha == 1 and (c is None or beta == 1)
    out = raw(b).shape[0 if step.attributes["transB"] else 1]
    if plain and step.attributes["transB"] and (c is None or raw(c).shape == (out,)):
        return autograd.affine(a, b, c)
    if step.attributes["transB"]:
        b = autograd.transpose(b)
    room((raw(a).shape[0], out))
    product = autograd.matmul(a, b)
    product = product if alpha == 1 else _times(product, alpha)
    if c is None or beta == 0:
        return product
    return product + (c if beta == 1 else _times(c, beta))


def _times(x: Any, factor: float) -> Any:
    return (x * factor).astype(x.dtype) if isinstance(x, np.ndarray) else x * factor


def _einsum(step: Step, *operands: Any) -> Any:
    terms = step.attributes["equation"].replace(" ", "")
    lengths = _lengths(terms, operands)
    room([lengths[each] for each in dict.fromkeys(terms.partition("->")[2]) if each in lengths])
    return autograd.einsum(terms, *operands)


def _lengths(terms: str, operands: Any) -> dict[str, int]:
    """Return the length that each index of an einsum has; ``...`` counts as one index."""
    found: dict[str, int] = {}
    for term, operand in zip(terms.partition("->")[0].split(","), operands, strict=True):
        shape, letters = raw(operand).shape, term.replace("...", "")
        if "..." in term:
            more = max(len(shape) - len(letters), 0)
            found["."] = max(found.get(".", 1), raw(operand).size or 1) if more else 1
            before = term.index("...")
            shape = (*shape[:before], *shape[before + more :])
        for letter, length in zip(letters, shape, strict=False):
            found[letter] = max(found.get(letter, 0), length)
    return found


# Over axes ----------------------------------------------------------------------------------------


def _over(function: Callable[..., Any]) -> Row:
    """Return the row of a reduction: over all axes, unless some are said."""

    def row(step: Step, x: Any, axes: Any = None) -> Any:
        found = axes_of(step, axes)
        keep = bool(step.attributes["keepdims"])
        if not found and step.attributes.get("noop_with_empty_axes"):
            return function(x, (), keep)
        over = range(raw(x).ndim) if not found else [axis_of(k, raw(x).ndim) for k in found]
        return function(x, tuple(over), keep)

    return row


def _ours(name: str) -> Row:
    """Return the row of a reduction of ours; over nothing it is the operand."""
    ours: Callable[..., Any] = getattr(autograd, name)
    in_numpy: Callable[..., Any] = getattr(np, name, ours)

    def function(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
        if is_float(x):
            if name in ("max", "min") and 0 in raw(x).shape:
                lowest = -np.inf if name == "max" else np.inf
                return in_numpy(raw(x), axis=axis, keepdims=keepdims, initial=lowest)
            return ours(x, axis=axis, keepdims=keepdims)
        if raw(x).dtype == bool:
            return (np.any if name == "max" else np.all)(raw(x), axis=axis, keepdims=keepdims)
        found = in_numpy(raw(x), axis=axis, keepdims=keepdims)
        return np.asarray(found).astype(raw(x).dtype)

    return _over(function)


def _norm1(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    if is_float(x) and len(axis) == 1:
        return autograd.norm(x, 1, axis[0], keepdims=keepdims)
    return autograd.sum(autograd.abs(x), axis=axis, keepdims=keepdims)


def _norm2(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """Return the Euclidean norm: its gradient at zero is zero."""
    if is_float(x) and len(axis) == 1:
        return autograd.norm(x, 2, axis[0], keepdims=keepdims)
    return autograd.sqrt(_squares(x, axis, keepdims))


def _squares(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    return autograd.sum(x * x, axis=axis, keepdims=keepdims)


def _log_sum(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    return autograd.log(autograd.sum(x, axis=axis, keepdims=keepdims))


def _position(function: Callable[..., Any]) -> Row:
    """Return the row of the position of an extreme; of equals it is the first, or the last."""

    def row(step: Step, x: Any) -> Any:
        axis, array = step.attributes["axis"], raw(x)
        if step.attributes.get("select_last_index"):
            found = array.shape[axis] - 1 - function(np.flip(array, axis), axis)
        else:
            found = function(array, axis)
        found = np.asarray(found).astype(np.int64)
        return np.expand_dims(found, axis) if step.attributes["keepdims"] else found

    return row


def _top_k(step: Step, x: Any, k: Any = None) -> Any:
    count = step.attributes["k"] if k is None else int(number(k))
    axis = axis_of(step.attributes["axis"], raw(x).ndim)
    if not 0 <= count <= raw(x).shape[axis]:
        raise ValueError(f"{count} elements of an axis of length {raw(x).shape[axis]}")
    sign = -1 if step.attributes.get("largest", 1) else 1
    array = raw(x) if raw(x).dtype.kind == "f" else raw(x).astype(object)
    order = np.argsort(sign * array, axis, kind="stable")
    order = order.take(np.arange(count), axis)
    values = autograd.take_along_axis(x, order, axis)
    return values, order.astype(np.int64)


def _cumsum(step: Step, x: Any, axis: Any) -> Any:
    along, array = axis_of(int(number(axis)), raw(x).ndim), raw(x)
    backwards, before = step.attributes["reverse"], step.attributes["exclusive"]
    x = autograd.flip(x, axis=along) if backwards else x
    summed = autograd.cumsum(x, axis=along)
    if not isinstance(summed, Node):
        summed = summed.astype(array.dtype)
    if before:  # those before each: a zero comes in, and the last goes
        widths = [(int(k == along), 0) for k in range(array.ndim)]
        summed = autograd.pad(summed, widths)[tuple(slice(0, n) for n in array.shape)]
    return autograd.flip(summed, axis=along) if backwards else summed


SUMS: dict[str, Row] = {
    "MatMul": _matmul,
    "Gemm": _gemm,
    "Einsum": _einsum,
    **{theirs: _ours(ours) for ours, theirs in REDUCTIONS.items()},
    "ReduceL1": _over(_norm1),
    "ReduceL2": _over(_norm2),
    "ReduceSumSquare": _over(_squares),
    "ReduceLogSum": _over(_log_sum),
    "ArgMax": _position(np.argmax),
    "ArgMin": _position(np.argmin),
    "TopK": _top_k,
    "CumSum": _cumsum,
}
