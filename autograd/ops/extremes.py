"""Maximum and minimum of two numbers, and numbers clipped to bounds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.node.node import Node
from autograd.numbers.kinds import RATIONAL, Primitive, Rule
from autograd.numbers.protocols import Numeric
from autograd.ops.scalars import own_copy
from autograd.ops.selection import where
from autograd.rules.define import elementwise
from autograd.rules.op import Edge, Elementwise
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_elements


def _zeros_are_positive(of_arrays: Any) -> Rule:
    """Return NumPy's function, which takes one of two zeros by its place, with 0.0 for both."""

    def mended(x: Any, y: Any) -> Any:
        found = of_arrays(x, y)
        found += 0.0
        return found

    return mended


def _extreme(
    name: str, of_floats: Rule, of_arrays: Any, exact: Rule, wins: str, doc: str, example: str
) -> Elementwise:
    return elementwise(
        name,
        Primitive(of_floats, _zeros_are_positive(of_arrays), exact=exact),
        (
            f"choose(x == y, half(x), x {wins} y)",
            f"choose(x == y, half(y), y {wins} x)",
        ),
        latex=rf"\{name[:3]}({{x}}, {{y}})",
        numbers=RATIONAL,
        numpy=(of_arrays,),
        ties=True,
        selects=True,
        compares=True,
        edges=(Edge((0.0, 0.0), (0.5, 0.5), "a tie: half each, so that they total 1"),),
        doc=doc,
        example=example,
    )


maximum = _extreme(
    "maximum",
    lambda x, y: (x if x > y or x != x else y) + 0.0,
    np.maximum,
    max,
    ">",
    "the larger of x and y; nan where either is",
    (
        ">>> grads = autograd.grad(autograd.maximum, argnums=(0, 1))\n"
        ">>> grads(2.0, 5.0), grads(3.0, 3.0)\n((0.0, 1.0), (0.5, 0.5))"
    ),
)
minimum = _extreme(
    "minimum",
    lambda x, y: (x if x < y or x != x else y) + 0.0,
    np.minimum,
    min,
    "<",
    "the smaller of x and y; nan where either is",
    ">>> autograd.grad(autograd.minimum, argnums=(0, 1))(2.0, 5.0)\n(1.0, 0.0)",
)


@stands_for(np.fmax)
def _fmax(x: Any, y: Any) -> Any:
    """Return the larger of x and y, or the one that is no nan: what is skipped gets nothing."""
    return maximum(where(x != x, y, x), where(y != y, x, y))


@stands_for(np.fmin)
def _fmin(x: Any, y: Any) -> Any:
    return minimum(where(x != x, y, x), where(y != y, x, y))


_clip: Callable[..., Numeric] = elementwise(
    "clip",
    "choose((x < lo) | (lo != lo), lo, choose(x > hi, hi, x))",
    "(x > lo) & (x < hi)",
    settings={"lo": -math.inf, "hi": math.inf},
    numbers=RATIONAL,
    selects=True,
    compares=True,
    arrays=("lo", "hi"),
    doc="x held between lo and hi; at a bound the gradient is 0",
)


@of_elements
def clip(x: Any, lo: Any = None, hi: Any = None) -> Numeric:
    """Return x held between two bounds, which are not differentiated; None is no bound.

    As in NumPy it is ``minimum(maximum(x, lo), hi)``: hi if lo is above it, nan if a bound is nan.

    Raises
    ------
    TypeError
        If a bound is a node: use ``maximum`` and ``minimum``, which differentiate both operands.

    Examples
    --------
    >>> from autograd import Tensor, clip
    >>> x = Tensor([-5.0, 0.5, 5.0])
    >>> clip(x, -1.0, 1.0).sum().backward()
    >>> x.grad
    array([0., 1., 0.])
    """
    if isinstance(lo, Node) or isinstance(hi, Node):
        raise TypeError("clip's bounds are constants: use maximum(minimum(x, hi), lo) for nodes")
    hi = math.inf if hi is None else _bound(hi)
    return _clip(x, lo=_lower(-math.inf if lo is None else _bound(lo), hi), hi=hi)


def _bound(given: Any) -> Any:
    """Return a number as it is, and of an array or a list a copy that later changes don't reach."""
    return own_copy(given) if np.ndim(given) else given


def _lower(lo: Any, hi: Any) -> Any:
    """Return the lower bound, brought down to the upper one; nan if either is nan."""
    try:
        return lo if np.all(lo <= hi) else minimum(lo, hi)
    except TypeError:  # no numbers: which the op refuses
        return lo


@stands_for(np.clip)
def _clip_as_numpy(
    a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None
) -> Any:
    return clip(a, min if a_min is None else a_min, max if a_max is None else a_max)
