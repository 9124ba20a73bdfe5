"""Pullbacks of structural ops that cancel: what floats give is compared with many digits.

A difference that cancels (1 − p where p is nearly 1) loses digits that the result still has. How
many digits a result can have is seen by moving its operands by a little: where it hardly moves and
floats are far off, the rule is to blame.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.check.report import Blame
from autograd.node.node import Node
from autograd.rules.op import Structural
from autograd.values.unbroadcasting import undo_broadcasting

_DIGITS = 60
_MOVED = 1e-20  # a share of each number, by which operands and cotangents are moved
_LOST = 1e-10  # a share of a result that floats may be off
_MANY = 1e3  # times what the rounding of the operands would cost
_SMALLEST = 1e-290  # below, floats have fewer digits
_LOOKED_AT = 64  # elements, at most: larger arrays take too long
_EPS = float(np.finfo(float).eps)


def loses_digits(node: Node) -> Blame | None:
    """Return the blame of a pullback that is far off in floats, where it needn't be."""
    op: Any = node.op
    given = node.operands
    if not isinstance(op, Structural) or not node._rank or op.rows:
        return None
    if sum(map(np.size, (*given, node._data))) > _LOOKED_AT:
        return None
    if not all(np.all(np.isfinite(np.asarray(x, float))) for x in (*given, node._data)):
        return None
    try:
        from mpmath import mp
    except ImportError:
        return None
    with mp.workdps(_DIGITS):
        for g in _units(node._data):
            found = _passed(node, g, [np.array(x) for x in given])
            if op.linear and not all(np.all(np.isfinite(each)) for each in found):
                return Blame(
                    op.name, hint="passes on what isn't finite, of finite numbers", node=node
                )
            exact = _passed(node, _precise(g), [_precise(x) for x in given])
            moved = _passed(node, _precise(g, 1), [_precise(x, 2 + k) for k, x in enumerate(given)])
            for k in range(len(given)):
                blame = _compared(node, k, found[k], exact[k], moved[k])
                if blame is not None:
                    return blame
    return None


def _units(z: Any) -> Iterator[Any]:
    """Yield cotangents with a one at the first, the largest and the smallest element."""
    for index in dict.fromkeys((0, int(np.argmax(z)), int(np.argmin(z))) if np.size(z) else ()):
        g = np.zeros(np.shape(z))
        g.flat[index] = 1.0
        yield g


def _precise(x: Any, seed: int = 0) -> Any:
    """Return an array of mpmath's numbers; with a seed, each moved by a little."""
    from mpmath import mp

    rng = np.random.default_rng(seed)
    shares = rng.uniform(0.5, 1, np.shape(x)) * rng.choice([-1, 1], np.shape(x)) * bool(seed)
    move = np.frompyfunc(lambda y, share: mp.mpf(float(y)) * (1 + mp.mpf(share) * _MOVED), 2, 1)
    return np.array(move(x, shares))


def _passed(node: Node, g: Any, operands: list[Any]) -> list[Any]:
    op: Any = node.op
    settings = node.params or {}
    z = np.asarray(op.function(*operands, **settings))
    passed = op.vjp(np.array(g), *operands, z, **settings)  # a rule may change what it is given
    return [
        undo_broadcasting(np.asarray(each), np.shape(x))
        for each, x in zip(passed, operands, strict=True)
    ]


def _compared(node: Node, k: int, found: Any, exact: Any, moved: Any) -> Blame | None:
    op: Any = node.op
    for index in np.ndindex(np.shape(found)):
        a, e = found[index], exact[index]
        if not abs(e) > _SMALLEST:
            continue
        share = abs(moved[index] - e) / abs(e) / _MOVED  # how many times a change is magnified
        if not abs(a - e) <= abs(e) * (_LOST + _MANY * _EPS * share):
            hint = ": in floats alone; does it subtract numbers that are nearly equal?"
            return Blame(op.name, k, (), float(a), float(e), hint, node, index)
    return None
