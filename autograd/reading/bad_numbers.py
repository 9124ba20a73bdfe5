"""Numbers that aren't finite: where they are in an array, and where 0·∞ was taken as 0."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from autograd.node.node import Node, raw
from autograd.numbers.kinds import quiet
from autograd.reading.numbered_graph import partials
from autograd.rules.op import Elementwise, Op
from autograd.walk.order import topological_order
from autograd.walk.reverse import accumulate

NOTE = "0 × ∞ taken as 0: the true slope is a limit and may differ"


def not_finite(array: Any) -> str:
    """Return as text the first element of an array that isn't finite, and its index.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.reading.bad_numbers import not_finite
    >>> not_finite(np.array([[0.0, 1.0], [np.inf, 2.0], [np.nan, 3.0]]))
    'inf at [1, 0] of (3, 2), and 1 more'
    """
    places = np.argwhere(~np.isfinite(array))
    first = tuple(places[0].tolist())
    more = f", and {len(places) - 1:,} more" if len(places) > 1 else ""
    where = f" at {list(first)} of {array.shape}" if array.ndim else ""
    return f"{array[first]!s}{where}{more}"


@quiet
def is_taken_as_zero(cotangent: Any, partial: Any) -> bool:
    """Whether one is zero and the other infinite, in some element.

    Examples
    --------
    >>> from math import inf, nan
    >>> from autograd.reading.bad_numbers import is_taken_as_zero
    >>> is_taken_as_zero(0.0, inf), is_taken_as_zero(inf, 0.0), is_taken_as_zero(0.0, nan)
    (True, True, False)
    """
    if cotangent is None or partial is None:
        return False
    g, p = raw(cotangent), raw(partial)
    return bool(np.any(((g == 0) & (abs(p) == inf)) | ((p == 0) & (abs(g) == inf))))


def chooses(op: Op | None) -> bool:
    """Whether an op's zero partials mean that an operand wasn't chosen, and are no slopes."""
    return isinstance(op, Elementwise) and op.selects and not op.compares


@quiet
def zero_times_infinity(root: Node, cotangent: Any = None) -> list[tuple[Node, int]]:
    """Return the nodes and operand slots at which a backward pass takes 0·∞ as 0.

    They are in the order of the walk. Sums of products (matmul, a norm of an array) aren't looked
    into: there 0·∞ is nan.

    Parameters
    ----------
    root : Node
        What is differentiated.
    cotangent : number or array, optional
        What to start from; ones by default.

    Examples
    --------
    >>> from autograd import Value, sqrt
    >>> from autograd.reading.bad_numbers import zero_times_infinity
    >>> [(node.op.name, slot) for node, slot in zero_times_infinity(sqrt(Value(0.0)) ** 2)]
    [('sqrt', 0)]
    """
    if cotangent is None:
        cotangent = np.ones_like(root._data) if root._rank else type(root._data)(1)
    order = topological_order(root)
    found = accumulate(order, {root: cotangent})
    return [
        (node, slot)
        for node in reversed(order)
        if node in found and not chooses(node.op)
        for slot, partial in enumerate(partials(node))
        if node.parents[slot].requires_grad and is_taken_as_zero(found[node], partial)
    ]
