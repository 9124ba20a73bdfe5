"""Choosing between operands by a condition that is not differentiated."""

from __future__ import annotations

from math import inf
from typing import Any, TypeVar, overload

import numpy as np

from autograd.node.node import Node, raw
from autograd.numbers import kinds
from autograd.numbers.kinds import ANY_NUMBER, Array, in_range
from autograd.ops.scalars import own_copy
from autograd.rules.chain_rule import choose
from autograd.rules.define import elementwise
from autograd.rules.op_registry import stands_for

NodeType = TypeVar("NodeType", bound=Node)


def _where(x: Any, y: Any, *, condition: Any) -> Any:
    return kinds.choose(condition, x, y)


elementwise(
    "where",
    _where,
    ("choose(condition, 1, 0)", "choose(condition, 0, 1)"),
    numbers=ANY_NUMBER,
    selects=True,
    arrays=("condition",),
    latex=r"\operatorname{{where}}({x}, {y})",
    doc="x where the condition holds, else y.",
)


@overload
def where(condition: Any, x: NodeType, y: NodeType | float | Array) -> NodeType: ...
@overload
def where(condition: Any, x: float | Array, y: NodeType) -> NodeType: ...
@overload
def where(condition: Any, x: Any, y: Any) -> Any: ...
@stands_for(np.where)
@in_range
def where(condition: Any, x: Any, y: Any) -> Any:
    """Return x where the condition holds, else y: numbers, arrays, Values or Tensors.

    The one that isn't chosen gets a zero gradient, whatever its derivative is there.

    Parameters
    ----------
    condition : bool or array of bool
        What to choose by; broadcast with x and y.
    x, y : number, array or Node
        What to choose from.

    Returns
    -------
    number, array or Node

    Raises
    ------
    TypeError
        If the condition isn't boolean: compare first, as in ``where(x > 0, x, 0.0)``.

    Examples
    --------
    >>> from autograd import Value, log, where
    >>> x = Value(0.0)
    >>> where(x > 0, log(x), 0.0).backward()
    >>> x.grad
    0.0
    """
    if not isinstance(condition, (bool, np.bool_)):
        if hasattr(condition, "recorded_where"):  # a comparison, while replay records
            return condition.recorded_where(x, y)
        condition = own_copy(condition)  # which later changes don't reach
        if condition.dtype != bool:
            raise TypeError(
                f"the condition of where must be boolean, got {condition.dtype}: compare first, "
                "as in where(x > 0, x, 0.0)"
            )
        if not condition.ndim and isinstance(condition, np.ndarray):
            condition = bool(condition)
    return choose(condition, x, y)


@stands_for(np.nan_to_num)
def _nan_to_num(x: Any, *, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    largest = float(np.finfo(getattr(raw(x), "dtype", float)).max)
    bounded = where(x == -inf, -largest if neginf is None else neginf, x)
    return where(x != x, nan, where(x == inf, largest if posinf is None else posinf, bounded))
