"""Rules that change what they are given, or that can't be differentiated: two more causes of blame.

Each looks at one node by itself, as ``blame.py`` does at the numbers that a rule gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import numpy as np

from autograd.check.precise import difference, to_mpf
from autograd.check.report import Blame
from autograd.node.node import Node
from autograd.numbers.kinds import MPF
from autograd.rules.compiling import OPERANDS
from autograd.rules.op import Elementwise
from autograd.transforms.derivatives import vjp

_OFF = 1e-6  # a share of a second derivative
_DIGITS = 60


def changing(node: Node) -> Blame | None:
    """Return the blame of a rule that changes an operand, the result or the cotangent in place."""
    op: Any = node.op
    if not node._rank or op.rows:
        return None
    given = [np.array(x) if isinstance(x, np.ndarray) else x for x in node.operands]
    z, settings = np.array(node._data), node.params or {}
    g = np.ones_like(z)
    before = [np.array(x) for x in (g, *given, z)]
    rules = op.vjps if isinstance(op, Elementwise) else (op.vjp,)
    try:
        with np.errstate(all="ignore"):
            for rule in rules:
                rule(g, *given, z, **settings)
    except (TypeError, ValueError, ArithmeticError):
        return None
    after = (g, *given, z)
    names = ("the cotangent", *(f"its operand {OPERANDS[k % 4]}" for k in range(len(given))), "z")
    for name, old, new in zip(names, before, after, strict=True):
        if not np.array_equal(old, new, equal_nan=True):
            return Blame(op.name, None, hint=f"changes {name} in place", node=node)
    return None


def no_second_order(nodes: Sequence[Node]) -> Blame | None:
    """Return the blame of the first rule that is right, and wrong when it is differentiated."""
    for node in nodes:
        op = node.op
        if isinstance(op, Elementwise) and MPF in op.numbers:
            columns = np.broadcast_arrays(*node.operands)
            point = tuple(np.ravel(column)[0].item() for column in columns if np.size(column))
            if len(point) == op.arity and all(map(isfinite, point)):
                found = wrong_slope(op, point, node)
                if found is not None:
                    return found
    return None


def _has_kink(along: Callable[[Any], Any], x: float, exact: Any) -> bool:
    """Whether the slopes to the left and to the right differ: then a convention counts.

    At a jump they grow with the digits.
    """
    left, right = (difference(along, to_mpf(x), _DIGITS, side) for side in (-1, 1))
    finer = difference(along, to_mpf(x), 2 * _DIGITS)
    return bool(max(abs(left - right), abs(finer - exact)) > _OFF * abs(exact) + _OFF**2)


def wrong_slope(op: Elementwise, point: tuple[float, ...], node: Node) -> Blame | None:
    """Return the blame of a partial that is wrong at a point when it is differentiated."""
    settings = node.params or {}
    for k in range(op.arity):

        def partial(*xs: Any, k: int = k) -> Any:
            return vjp(lambda *ys: op(*ys, **settings), *xs)[1](1.0)[k]

        slopes = vjp(partial, *point)[1](1.0)
        for j, slope in enumerate(slopes):

            def along(x: Any, k: int = k, j: int = j) -> Any:
                xs = [to_mpf(y) for y in point]
                xs[j] = x
                return op.partial(k, *xs, **settings)

            try:
                exact = difference(along, to_mpf(point[j]), _DIGITS)
                off = abs(float(slope) - exact) > _OFF * abs(exact) + _OFF**2
            except (ArithmeticError, ValueError, TypeError):
                continue
            if off and not _has_kink(along, point[j], exact):
                hint = ": its rule, differentiated; is it written in ops that can be?"
                return Blame(op.name, k, point, float(slope), float(exact), hint, node)
    return None
