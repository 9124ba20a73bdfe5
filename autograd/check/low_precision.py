"""Rules of structural ops in the inputs' own dtype: each is run once, and compared loosely.

``gradcheck`` computes in float64. A rule may do something else in float32 or float16.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.check.blame import graph_of
from autograd.check.report import Blame, Comparison, GradientMismatch
from autograd.node.node import Node
from autograd.rules.op import Structural
from autograd.transforms.pytree import leaves, map_leaves
from autograd.values.tensor import Tensor
from autograd.values.unbroadcasting import undo_broadcasting
from autograd.walk.reverse import rows_of

_LOW = (np.dtype(np.float16), np.dtype(np.float32))
_SHARE = {2: 0.02, 4: 2e-3}  # of the largest contribution, by bytes: rounding of a few steps
_MOVES = 16.0  # how many times what a last bit of the operands moves a contribution
_TRIES = 3
_MODERATE = {2: 1e2, 4: 1e12}  # beyond such operands, steps on the way may overflow


def refuse_low_precision(f: Callable[..., Any], inputs: Any) -> None:
    """Raise GradientMismatch at a structural rule that is wrong in the inputs' dtype alone."""
    found = _first_wrong(f, inputs)
    if found is not None:
        where = f"operand {found.operand}" + (f" at index {found.index}" if found.index else "")
        name = f"{found.op!r} alone"
        numbers = found.found, found.exact, _SHARE[4] * abs(found.exact)
        raise GradientMismatch(Comparison(1, where, name, *numbers, "float64"), "", found)


def _first_wrong(f: Callable[..., Any], inputs: Any) -> Blame | None:
    """Return the blame of a structural rule that is wrong in float32 or float16 alone."""
    if not any(_dtype(x) in _LOW for x in leaves(inputs)):
        return None
    try:
        nodes = graph_of(f, map_leaves(lambda _, x: _variable(x), inputs))
        return next(filter(None, map(_wrong, nodes)), None)
    except Exception:  # whatever a function does to numbers that it isn't made for
        return None


def _dtype(x: Any) -> Any:
    return getattr(getattr(x, "_data", x), "dtype", None)


def _variable(x: Any) -> Any:
    return Tensor(np.array(getattr(x, "_data", x))) if np.ndim(x) else x


def _wrong(node: Node) -> Blame | None:
    op, dtype = node.op, _dtype(node)
    if not isinstance(op, Structural) or dtype not in _LOW:
        return None
    largest = max(np.max(np.abs(x), initial=0.0) for x in (*node.operands, node._data))
    if not largest < _MODERATE[dtype.itemsize]:
        return None
    rng = np.random.default_rng(0)
    g = rng.choice([-1.0, -0.5, 0.5, 1.0], np.shape(node._data))
    found = _contributions(node, list(node.operands), g.astype(dtype))
    wide = [np.asarray(x, float) if _dtype(x) in _LOW else x for x in node.operands]
    exact = _contributions(node, wide, g)
    moved = [_contributions(node, [_moved(x, dtype, rng) for x in wide], g) for _ in range(_TRIES)]
    for k, (one, other) in enumerate(zip(found, exact, strict=True)):
        size = float(np.max(np.abs(other), initial=0.0))
        rounding = max(float(np.max(np.abs(m[k] - other), initial=0.0)) for m in moved)
        allowed = _SHARE[dtype.itemsize] * size + _MOVES * rounding
        off = np.abs(one - other)
        if np.isfinite(allowed) and not np.all(off <= allowed):
            index = np.unravel_index(int(np.argmax(np.nan_to_num(off, nan=np.inf))), off.shape)
            hint = f": in {dtype} alone"
            at = tuple(map(int, index))
            return Blame(op.name, k, (), float(one[at]), float(other[at]), hint, node, at)
    return None


def _contributions(node: Node, operands: list[Any], g: Any) -> list[Any]:
    """Return the pullback's contributions in float64, each in its operand's shape."""
    op: Any = node.op
    given = rows_of(node, operands) if op.rows else operands
    settings = node.params or {}
    with np.errstate(all="ignore"):
        z = np.asarray(op.function(*given, **settings))
        passed = op.vjp(g, *given, z, **settings)
    flat = [each for row in passed for each in row] if op.rows else passed
    return [
        undo_broadcasting(np.asarray(each, float), np.shape(x))
        for each, x in zip(flat, operands, strict=True)
    ]


def _moved(x: Any, dtype: Any, rng: np.random.Generator) -> Any:
    """Return an operand with each element moved by up to a last bit of its dtype."""
    if np.asarray(x).dtype.kind != "f":
        return x
    return x * (1 + np.finfo(dtype).eps * rng.uniform(-1, 1, np.shape(x)))
