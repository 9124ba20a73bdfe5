"""Functions without a gradient: their results are positions, shapes or booleans, by NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.node.node import raw
from autograd.numbers.kinds import Rule, in_range
from autograd.ops.scalars import operand
from autograd.rules.op_registry import stands_for


@stands_for(np.argsort)
@in_range
def argsort(x: Any, axis: int | None = -1) -> Any:
    """Return the positions that sort ``x`` along ``axis``: a plain array of integers."""
    return np.argsort(raw(operand(x)), axis, kind="stable")


@stands_for(np.argmax)
@in_range
def argmax(x: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """Return the position of the first largest element: a plain integer or array of them."""
    return np.argmax(raw(operand(x)), axis, keepdims=keepdims)


@stands_for(np.argmin)
@in_range
def argmin(x: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """Return the position of the first smallest element: a plain integer or array of them."""
    return np.argmin(raw(operand(x)), axis, keepdims=keepdims)


def _plainly(function: Rule) -> Rule:
    """Return the NumPy function on the numbers behind nodes."""

    def answer(*args: Any, **kwargs: Any) -> Any:
        return function(*map(_bare, args), **{name: _bare(x) for name, x in kwargs.items()})

    return answer


def _bare(x: Any) -> Any:
    return type(x)(map(_bare, x)) if type(x) in (list, tuple) else raw(x)


for _function in (
    # shapes and types
    np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.iscomplexobj, np.isrealobj,
    np.may_share_memory, np.shares_memory, np.zeros_like, np.ones_like, np.empty_like,
    # truths
    np.all, np.any, np.allclose, np.isclose, np.array_equal, np.array_equiv, np.isin,
    # positions and counts
    np.argwhere, np.nonzero, np.flatnonzero, np.count_nonzero, np.searchsorted, np.digitize,
    np.argpartition, np.lexsort,
    # text
    np.array2string, np.array_repr, np.array_str,
):  # fmt: skip
    stands_for(_function)(_plainly(_function))
