"""ONNX's operators on elements: arithmetic, activations, comparisons, casts. One row each.

A row computes with our ops on Tensors, and on plain arrays of integers or booleans with NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from math import inf
from typing import Any

import numpy as np

import autograd
from autograd.extend import Node, raw
from nn.interchange.onnx_import_arrays import dtype_of
from nn.interchange.onnx_import_step import Step, is_float, number, room_beside
from nn.interchange.onnx_names import EXTREMES, SAME, WITH

Row = Callable[..., Any]
"""What an operator computes, given its step and its operands: a result, or a tuple of them."""

_SELU = (1.6732632423543772, 1.0507009873554805)  # Klambauer et al. 2017, eqs. 2 and 14


def of(function: Callable[..., Any], **settings: str) -> Row:
    """Return the row of one of our functions; the settings are attributes: our name, and theirs."""

    def row(step: Step, *operands: Any) -> Any:
        room_beside(*operands)
        return function(*operands, **{ours: step.attributes[at] for ours, at in settings.items()})

    return row


def plainly(function: Callable[..., Any]) -> Row:
    """Return the row of a function of plain arrays: nothing passes a gradient through it."""

    def row(step: Step, *operands: Any) -> Any:
        room_beside(*operands)
        return function(*map(raw, operands))

    return row


def _div(step: Step, x: Any, y: Any) -> Any:
    room_beside(x, y)
    if is_float(x):
        return autograd.div(x, y)
    # As in C: towards zero.
    whole = np.floor_divide(np.abs(raw(x)), np.abs(raw(y))) * np.sign(raw(x)) * np.sign(raw(y))
    return whole.astype(raw(x).dtype)


def _pow(step: Step, x: Any, y: Any) -> Any:
    room_beside(x, y)
    exponent = raw(y)
    if not is_float(x):
        return np.power(raw(x), exponent).astype(raw(x).dtype)
    if exponent.size == 1 and not exponent.ndim and not getattr(y, "requires_grad", False):
        return x ** exponent.item()
    return autograd.pow(x, y if isinstance(y, Node) else exponent.astype(raw(x).dtype))


def _mod(step: Step, x: Any, y: Any) -> Any:
    room_beside(x, y)
    as_in_c = step.attributes["fmod"]  # with the sign of x, where Python's has that of y
    if not is_float(x):
        return np.fmod(raw(x), raw(y)) if as_in_c else np.mod(raw(x), raw(y))
    if not as_in_c:
        return autograd.mod(x, y)
    return autograd.mod(autograd.abs(x), autograd.abs(y)) * np.sign(raw(x))


def _variadic(function: Callable[..., Any], whole: Callable[..., Any]) -> Row:
    def row(step: Step, *operands: Any) -> Any:
        room_beside(*operands)
        if is_float(operands[0]):
            return reduce(function, operands)
        return reduce(whole, map(raw, operands))

    return row


def _mean(step: Step, *operands: Any) -> Any:
    room_beside(*operands)
    return reduce(autograd.add, operands) / len(operands)


def _relu(step: Step, x: Any) -> Any:
    return autograd.relu(x) if is_float(x) else np.maximum(raw(x), 0)


def _clip(step: Step, x: Any, *bounds: Any) -> Any:
    lo, hi = [*bounds, None, None][:2]
    if step.version < 11:
        lo, hi = step.attributes["min"], step.attributes["max"]
    if not is_float(x):
        return np.clip(raw(x), None if lo is None else raw(lo), None if hi is None else raw(hi))
    if getattr(lo, "requires_grad", False) or getattr(hi, "requires_grad", False):
        x = x if lo is None else autograd.maximum(x, lo)
        return x if hi is None else autograd.minimum(x, hi)
    lo = -inf if lo is None else number(lo)
    return autograd.clip(x, lo=lo, hi=inf if hi is None else number(hi))


def _selu(step: Step, x: Any) -> Any:
    alpha, gamma = step.attributes["alpha"], step.attributes["gamma"]
    if (np.float32(alpha), np.float32(gamma)) == tuple(map(np.float32, _SELU)):
        return autograd.selu(x)
    return autograd.elu(x, alpha=alpha) * gamma


def _hard_sigmoid(step: Step, x: Any) -> Any:
    return autograd.clip(x * step.attributes["alpha"] + step.attributes["beta"], lo=0.0, hi=1.0)


def _hard_swish(step: Step, x: Any) -> Any:
    return x * autograd.clip(x / 6 + 0.5, lo=0.0, hi=1.0)


def _swish(step: Step, x: Any) -> Any:
    alpha = step.attributes["alpha"]
    return autograd.silu(x) if alpha == 1 else x * autograd.sigmoid(x * alpha)


def _thresholded_relu(step: Step, x: Any) -> Any:
    return autograd.threshold(x, at=step.attributes["alpha"], value=0.0)


def _shrink(step: Step, x: Any) -> Any:
    bias, limit = step.attributes["bias"], step.attributes["lambd"]
    if not is_float(x):
        return np.where(raw(x) < -limit, raw(x) + bias, np.where(raw(x) > limit, raw(x) - bias, 0))
    zero = raw(x) * 0
    return autograd.where(raw(x) < -limit, x + bias, autograd.where(raw(x) > limit, x - bias, zero))


def _prelu(step: Step, x: Any, slope: Any) -> Any:
    room_beside(x, slope)
    if not is_float(x):
        return np.where(raw(x) < 0, raw(x) * raw(slope), raw(x))
    return autograd.where(raw(x) < 0, x * slope, x)


def _where(step: Step, condition: Any, x: Any, y: Any) -> Any:
    room_beside(condition, x, y)
    return autograd.where(raw(condition), x, y)


def _is_inf(step: Step, x: Any) -> Any:
    found = np.isposinf(raw(x)) & bool(step.attributes["detect_positive"])
    return found | (np.isneginf(raw(x)) & bool(step.attributes["detect_negative"]))


def _cast(step: Step, x: Any) -> Any:
    return _to(x, dtype_of(step.attributes["to"]))


def _cast_like(step: Step, x: Any, like: Any) -> Any:
    return _to(x, raw(like).dtype)


def _to(x: Any, dtype: np.dtype[Any]) -> Any:
    if raw(x).dtype == dtype:
        return x
    if dtype.kind == "f":
        return autograd.astype(x, dtype) if isinstance(x, Node) else raw(x).astype(dtype)
    with np.errstate(invalid="ignore"):  # nan as an integer is whatever it is
        return raw(x).astype(dtype)


def _dropout(step: Step, x: Any, ratio: Any = None, training: Any = None) -> Any:
    """Compute it as in use, where nothing is dropped."""
    if training is not None and bool(number(training)):
        raise ValueError("a Dropout that goes on in use isn't read: its training_mode is set")
    return x, np.ones(raw(x).shape, bool)


def _hardmax(step: Step, x: Any) -> Any:
    axis = step.attributes["axis"]
    flat = raw(x) if step.version >= 13 else raw(x).reshape(*_matrix(raw(x).shape, axis))
    axis = axis if step.version >= 13 else 1
    first = np.expand_dims(flat.argmax(axis), axis)
    out = np.zeros_like(flat)
    np.put_along_axis(out, first, 1, axis)
    return out.reshape(raw(x).shape)


def _matrix(shape: tuple[int, ...], axis: int) -> tuple[int, int]:
    rows = int(np.prod(shape[:axis], dtype=np.int64)) if axis else 1
    return rows, int(np.prod(shape, dtype=np.int64)) // max(rows, 1)


def _softmax(function: Callable[..., Any]) -> Row:
    """Return the row of softmax or its logarithm: before 13 it is over all axes from one on."""

    def row(step: Step, x: Any) -> Any:
        axis = step.attributes["axis"]
        if step.version < 13 and axis % x.ndim != x.ndim - 1:
            return function(x, axis=tuple(range(axis % x.ndim, x.ndim)))
        return function(x, axis=axis)

    return row


ELEMENTWISE: dict[str, Row] = {
    **{theirs: of(getattr(autograd, ours)) for ours, theirs in SAME.items()},
    **{
        theirs: of(getattr(autograd, ours), **settings) for ours, (theirs, settings) in WITH.items()
    },
    **{
        theirs: _variadic(getattr(autograd, ours), getattr(np, ours))
        for ours, theirs in EXTREMES.items()
    },
    "Identity": lambda step, x: x,
    "Div": _div,
    "Pow": _pow,
    "Mod": _mod,
    "Sum": _variadic(autograd.add, np.add),
    "Mean": _mean,
    "Relu": _relu,
    "Clip": _clip,
    "Softplus": of(autograd.softplus),
    "Celu": of(autograd.celu, alpha="alpha"),
    "Selu": _selu,
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": _hard_swish,
    "Swish": _swish,
    "ThresholdedRelu": _thresholded_relu,
    "Shrink": _shrink,
    "PRelu": _prelu,
    "Softmax": _softmax(autograd.softmax),
    "LogSoftmax": _softmax(autograd.log_softmax),
    "Hardmax": _hardmax,
    "Where": _where,
    "Equal": plainly(np.equal),
    "Less": plainly(np.less),
    "LessOrEqual": plainly(np.less_equal),
    "Greater": plainly(np.greater),
    "GreaterOrEqual": plainly(np.greater_equal),
    "And": plainly(np.logical_and),
    "Or": plainly(np.logical_or),
    "Xor": plainly(np.logical_xor),
    "Not": plainly(np.logical_not),
    "BitwiseAnd": plainly(np.bitwise_and),
    "BitwiseOr": plainly(np.bitwise_or),
    "BitwiseXor": plainly(np.bitwise_xor),
    "BitwiseNot": plainly(np.bitwise_not),
    "IsNaN": plainly(np.isnan),
    "IsInf": _is_inf,
    "Cast": _cast,
    "CastLike": _cast_like,
    "Dropout": _dropout,
}
