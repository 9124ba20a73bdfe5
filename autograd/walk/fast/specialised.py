"""The reverse walk for the commonest nodes, in a quarter of the time: nothing here but speed.

``reverse.py`` is the walk to read; this one computes the same bits. A node of floats, of arrays
or of rows of floats is passed in code that is written for it. Any other node, and any of those
with something unusual about it (changed data, a rule that raises or returns another kind of
number), is left to the ``visit`` of ``reverse.py``, before anything is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.node.node import Node, slots
from autograd.numbers.kinds import quiet
from autograd.walk.fast.rows import Pending, Rows

Found = dict[Node, Any]
Visit = Callable[[Node, Found], None]
_ERRORS = (ArithmeticError, TypeError, ValueError)  # of a rule: ``visit`` handles or explains them


@quiet  # once for all nodes
def walk(order: Sequence[Node], found: Found, visit: Visit) -> None:
    """Visit every node that has a cotangent, children before parents."""
    rows: Rows | None = None  # made if there is one
    for node in reversed(order):
        cotangent = found.get(node)
        if cotangent is None:
            continue
        op: Any = node.op
        if type(cotangent) is np.ndarray and node._rank and op.vjps:
            pass_arrays(node, cotangent, found, visit)
            continue
        if type(cotangent) is Pending:
            cotangent = cotangent.settle()
        if type(cotangent) is float and not op.scalar:
            if node._b is None and type(node._a) is not tuple:
                pass_to_one(node, cotangent, found, visit)
                continue
            if node.params is None and type(node._a) is not tuple:
                pass_to_two(node, cotangent, found, visit)
                continue
            if op.bilinear and node.params is None and type(node._data) is float:
                rows = rows or Rows(found)
                if rows.add(node, cotangent):
                    continue
        visit(node, found)
    if rows is not None:
        rows.close_all()


def pass_to_two(node: Node, cotangent: float, found: Found, visit: Visit) -> None:
    """Pass a float on to two operands.

    That is most of a scalar graph. Without a tuple and a loop it takes two thirds of the time.
    """
    a, b, x, y = node._a, node._b, node._x, node._y
    op: Any = node.op
    if cotangent:
        try:
            to_a, to_b = op.vjp(cotangent, x, y, node._data)
        except _ERRORS:
            return visit(node, found)
        if not (type(to_a) is float is type(to_b)) or to_a != to_a or to_b != to_b:
            return visit(node, found)  # nan may be 0·∞
    else:
        to_a = to_b = cotangent
    if (a._data is not x and a._data != x) or (b._data is not y and b._data != y):
        return visit(node, found)
    if a.requires_grad:
        found[a] = found[a] + to_a if a in found else to_a
    if b.requires_grad:
        found[b] = found[b] + to_b if b in found else to_b
    return None


def pass_to_one(node: Node, cotangent: float, found: Found, visit: Visit) -> None:
    """Pass a float on to the only operand."""
    a, x = node._a, node._x
    op: Any = node.op
    try:
        if not cotangent:
            to_a = cotangent
        elif node.params is None:
            (to_a,) = op.vjp(cotangent, x, node._data)
        else:
            (to_a,) = op.vjp(cotangent, x, node._data, **node.params)
    except _ERRORS:
        return visit(node, found)
    if type(to_a) is not float or to_a != to_a or (a._data is not x and a._data != x):
        return visit(node, found)  # nan may be 0·∞
    found[a] = found[a] + to_a if a in found else to_a
    return None


def pass_arrays(node: Node, cotangent: Any, found: Found, visit: Visit) -> None:
    """Pass an array on to operands that are arrays, where there is a rule for each of them."""
    parents, operands = slots(node._a, node._b), slots(node._x, node._y)
    op: Any = node.op
    if len(op.vjps) < len(parents):
        return visit(node, found)
    settings = node.params or {}
    passed = []
    try:
        for vjp, parent, operand in zip(op.vjps, parents, operands, strict=False):
            if not parent.requires_grad:
                continue
            if parent._data is not operand:
                return visit(node, found)
            contribution = vjp(cotangent, *operands, node._data, **settings)
            if not (
                np.ndarray is type(contribution) is type(operand)
                and contribution.dtype is operand.dtype
                and contribution.shape == operand.shape
            ):
                contribution = parent._unbroadcast(contribution)
            passed.append((parent, contribution))
    except _ERRORS:
        return visit(node, found)
    for parent, contribution in passed:
        found[parent] = found[parent] + contribution if parent in found else contribution
    return None
