"""Ops that go along axes: reductions, softmax, norms; and their pullbacks that read numbers."""

from __future__ import annotations

from math import inf, nan, prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.replay.tensors import row_kernels
from autograd.replay.tensors.memory_places import Place, memory_order
from autograd.replay.tensors.tensor_program import LETTERS, Program

_BY_LABEL = ("cross_entropy", "cross_entropy_slope")
_NORMS: dict[float, str] = {2: "norm", 1: "norm of 1", inf: "norm of inf"}


def lower_sum(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add the sum or the mean over axes."""
    out = program.new(shape, dtype)
    return summed(program, places[0], settings.get("axis"), out, divide=op.name == "mean")


def summed(program: Program, x: Place, axis: Any, out: Place, *, divide: bool = False) -> Place:
    """Add a sum over axes."""
    ndim = x.view.ndim
    if not ndim:  # of one number NumPy takes axis 0 and -1 too
        axis = None
    axes = tuple(range(ndim)) if axis is None else normalize_axis_tuple(axis, ndim)
    others = [k for k in range(ndim) if k not in axes]
    together = [k for k in memory_order(x) if k in axes]  # in whatever order these are added
    r = prod(x.shape[k] for k in axes)
    for before in range(len(others), -1, -1):  # how many of the others come first
        order = [*others[:before], *together, *others[before:]]
        moved = x.transposed(order)
        if moved.is_contiguous:
            break
    else:
        before = len(others)
        moved = x.transposed([*others, *axes])
    moved = program.contiguous(moved)
    a = prod(x.shape[k] for k in others[:before])
    dtypes = LETTERS[x.dtype.name] + LETTERS[out.dtype.name]
    kernel = row_kernels.sum_kernel(dtypes, divide=divide)
    name = "mean" if divide else "sum"
    return program.emit(name, kernel, [moved, out, a, r, x.view.size // (a * r)], [moved], out)


def lower_rows(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add an op, or the pullback of one, that is a ``Row``; None if there is none."""
    name = _name(op, settings)
    if name not in row_kernels.ROWS:
        return None
    rule = row_kernels.ROWS[name]
    x = places[rule.operands.index("v")]
    ndim = x.view.ndim
    if not ndim:
        return None
    axis = settings.get("axis", rule.axis)
    axes = tuple(range(ndim)) if axis is None else normalize_axis_tuple(axis, ndim)
    n = prod(x.shape[k] for k in axes)
    order = [*(k for k in range(ndim) if k not in axes), *axes]
    if any(p.shape != x.shape for o, p in zip(rule.operands, places, strict=False) if o.islower()):
        return None
    given = [
        program.contiguous(p if o.isupper() else p.transposed(order))
        for o, p in zip(rule.operands, places, strict=False)
    ]
    for setting in rule.operands[len(places) :]:
        number = _number(setting, n, settings, pulled=name.startswith("pull"))
        given.append(program.constant(number))
    kernel = row_kernels.rows_kernel(
        name, "".join(LETTERS[p.dtype.name] for p in given) + LETTERS[dtype.name]
    )
    out = program.new(shape if rule.reduces else [x.shape[k] for k in order], dtype)
    program.emit(op.name, kernel, [x.view.size // n, n, out, *given], given, out)
    return out if rule.reduces else out.transposed(np.argsort(order))


def _name(op: Any, settings: Any) -> str:
    own = getattr(op, "op", op)
    name = _NORMS.get(settings.get("ord", 2), "") if own.name == "norm" else own.name
    return name if own is op else f"pull of {name}"


def _number(operand: str, n: int, settings: Any, *, pulled: bool) -> float:
    """Return a setting as kernels take it."""
    if operand == "eps_":
        return float(settings.get("eps", 1e-5))
    free = float(n - settings.get("ddof", 0))
    return free if free > 0 else nan if pulled else 0.0


def lower_labels(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add what a row becomes by its label."""
    x = program.contiguous(places[0])
    labels = program.contiguous(program.place_of(settings["labels"]))
    rows, n = labels.view.size, x.shape[-1]
    if rows * n != x.view.size:
        return None
    out = program.new(shape, dtype)
    dtypes = LETTERS[x.dtype.name] + "i" + LETTERS[dtype.name]
    kernel = row_kernels.rows_kernel(op.name, dtypes, bool(settings.get("mean")))
    return program.emit(op.name, kernel, [rows, n, out, x, labels], [x, labels], out)


LOWERED = {
    "sum": lower_sum,
    "mean": lower_sum,
    **dict.fromkeys(_BY_LABEL, lower_labels),
    **dict.fromkeys(set(row_kernels.ROWS) - {*_BY_LABEL}, lower_rows),
}
PULLED = dict.fromkeys(("std", "max", "min", "norm"), lower_rows)
