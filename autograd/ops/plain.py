"""Functions without a gradient: their results are positions, shapes or booleans, by NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.node.mode import current_mode
from autograd.node.node import Node, raw
from autograd.numbers.kinds import Rule, in_range
from autograd.numbers.sealed import OF_SHAPES
from autograd.ops.scalars import operand
from autograd.rules.op_registry import plainly


@plainly(np.argsort)
@in_range
def argsort(x: Any, axis: int | None = -1) -> Any:
    """Return the positions that sort ``x`` along ``axis``: a plain array of integers.

    Examples
    --------
    >>> from autograd import argsort
    >>> argsort([30.0, 10.0, 20.0])
    array([1, 2, 0])
    """
    return np.argsort(_read(operand(x)), axis, kind="stable")


@plainly(np.argmax)
@in_range
def argmax(x: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """Return the position of the first largest element: a plain integer or array of them.

    Examples
    --------
    >>> from autograd import argmax
    >>> argmax([[1.0, 9.0, 9.0], [7.0, 2.0, 3.0]], axis=1)  # a classifier's answers
    array([1, 0])
    """
    return np.argmax(_read(operand(x)), axis, keepdims=keepdims)


@plainly(np.argmin)
@in_range
def argmin(x: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """Return the position of the first smallest element: a plain integer or array of them.

    Examples
    --------
    >>> from autograd import argmin
    >>> int(argmin([3.0, 1.0, 1.0]))
    1
    """
    return np.argmin(_read(operand(x)), axis, keepdims=keepdims)


def _read(x: Any) -> Any:
    """Return the numbers of an operand; while a function is recorded, that is noted."""
    if isinstance(x, Node) and (tracer := current_mode().tracer) is not None:
        tracer.read(x)
    return raw(x)


def on_numbers(function: Rule) -> Rule:
    """Return the NumPy function on the numbers behind nodes."""

    def answer(*args: Any, **kwargs: Any) -> Any:
        if (tracer := current_mode().tracer) is not None and function not in OF_SHAPES:
            tracer.refuse(f"numpy.{function.__name__}", "compare Values with ==, < and >")
        return function(*map(bare, args), **{name: bare(x) for name, x in kwargs.items()})

    return answer


def bare(x: Any) -> Any:
    """Return the number or array behind a node; of a list, that of each."""
    return type(x)(map(bare, x)) if type(x) in (list, tuple) else raw(x)


_PLAIN: tuple[Any, ...] = (
    *OF_SHAPES - {np.full_like},  # which has a rule of its own
    # comparisons
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.isfinite, np.isinf, np.isnan, np.signbit,
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not,
    # truths
    np.all, np.any, np.allclose, np.isclose, np.array_equal, np.array_equiv, np.isin,
    # positions and counts
    np.argwhere, np.nonzero, np.flatnonzero, np.count_nonzero, np.searchsorted, np.digitize,
    np.argpartition, np.lexsort,
    # text
    np.array2string, np.array_repr, np.array_str,
)  # fmt: skip

for _function in _PLAIN:
    plainly(_function)(on_numbers(_function))
