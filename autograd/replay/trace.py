"""Running a function on Values while noting what a graph doesn't hold: its branches.

A comparison of Values is a plain boolean in the eager engine, and the graph knows nothing of it.
While a function is recorded it is a ``Condition``: Python's ``if`` makes it a guard, which every
replay checks, and ``where`` takes it as an operand, which every replay computes.
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, NoReturn

import numpy as np

from autograd.node import Mode, Node, _in_mode
from autograd.number import FLOAT, kind
from autograd.op import Op
from autograd.registry import get
from autograd.value import Value, constant

MAX_BRANCHES = 1_000_000

# What a recording computes besides ops. They are in no registry: a user can't call them.
RELATIONS: dict[Any, Op] = {
    getattr(operator, name): Op(name, getattr(operator, name))
    for name in ("lt", "le", "gt", "ge", "eq", "ne")
}
DETACH = Op("detach", lambda x: x)
_UFUNCS: dict[Any, Any] = {
    np.less: operator.lt,
    np.less_equal: operator.le,
    np.greater: operator.gt,
    np.greater_equal: operator.ge,
    np.equal: operator.eq,
    np.not_equal: operator.ne,
}


class Guard(NamedTuple):
    """A condition that a Python branch asked for, and what it was."""

    node: Node
    outcome: bool


class Tracer:
    """Takes note of comparisons, and refuses what would bake a number into the recording."""

    def __init__(self) -> None:
        self.guards: list[Guard] = []
        self.constants: list[weakref.ref[Node]] = []

    def compare(self, relation: Callable[[Any, Any], Any], x: Any, y: Any) -> Condition:
        """Return what stands for a comparison of two numbers."""
        operands = tuple(_scalar(operand) for operand in (x, y))
        numbers = tuple(p._data for p in operands)
        node = _node(RELATIONS[relation], float(relation(*numbers)), operands)
        return Condition(self, node)

    def predicate(self, ufunc: Any, *inputs: Any) -> Any:
        """Return what stands for a NumPy function that gives a boolean."""
        if ufunc in _UFUNCS:
            return self.compare(_UFUNCS[ufunc], *inputs)
        (x,) = inputs
        if ufunc is np.isnan:
            return self.compare(operator.ne, x, x)
        if ufunc is np.isfinite:
            return self.compare(operator.eq, x - x, 0.0)
        self.refuse(f"numpy.{ufunc.__name__}", "use a comparison")

    def detach(self, x: Node) -> Value:
        """Return a node of the same number that passes no gradient on."""
        return _node(DETACH, x._data, (x,))

    def unrecorded(self, operands: Iterable[Node]) -> None:
        """Note what a constant was computed from: it is in no graph."""
        self.constants += map(weakref.ref, operands)

    def branch(self, condition: Condition) -> bool:
        """Note that Python went one of two ways."""
        if len(self.guards) >= MAX_BRANCHES:
            raise ValueError(
                f"the function took more than {MAX_BRANCHES:,} branches on Values while it was "
                "recorded: a loop whose end depends on a Value can't be replayed if it may go on "
                "without bound"
            )
        outcome = bool(condition.node._data)
        self.guards.append(Guard(condition.node, outcome))
        return outcome

    def refuse(self, what: str, instead: str) -> NoReturn:
        """Raise TypeError for what would take a number out of the graph."""
        raise TypeError(
            f"{what} inside a function that is being recorded would fix today's number in the "
            f"recording, and every replay would use it: {instead}"
        )


class Condition:
    """A comparison inside a recorded function: ask it, or hand it to ``autograd.where``."""

    __slots__ = ("node", "tracer")
    __array_ufunc__ = None

    def __init__(self, tracer: Tracer, node: Node) -> None:
        self.tracer = tracer
        self.node = node

    def __bool__(self) -> bool:
        return self.tracer.branch(self)

    def recorded_where(self, x: Any, y: Any) -> Any:
        """Choose on every replay anew."""
        if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
            return np.frompyfunc(self.recorded_where, 2, 1)(x, y)
        operands = (self.node, _scalar(x), _scalar(y))
        chosen = operands[1] if self.node._data else operands[2]
        return _node(get("where"), chosen._data, operands)

    # As a number or in boolean algebra it is what a plain boolean is, and a branch.

    def __float__(self) -> float:
        return float(bool(self))

    def __index__(self) -> int:
        return int(bool(self))

    def __hash__(self) -> int:
        return hash(bool(self))

    def __eq__(self, other: object) -> Any:
        return bool(self) == other

    def __ne__(self, other: object) -> Any:
        return bool(self) != other

    def __and__(self, other: Any) -> Any:
        return bool(self) & other

    def __or__(self, other: Any) -> Any:
        return bool(self) | other

    def __xor__(self, other: Any) -> Any:
        return bool(self) ^ other

    def __mul__(self, other: Any) -> Any:
        return bool(self) * other

    def __add__(self, other: Any) -> Any:
        return bool(self) + other

    def __sub__(self, other: Any) -> Any:
        return bool(self) - other

    def __rsub__(self, other: Any) -> Any:
        return other - bool(self)

    __rand__, __ror__, __rxor__, __rmul__, __radd__ = __and__, __or__, __xor__, __mul__, __add__


def traced(function: Callable[..., Any], arguments: list[Any]) -> tuple[Any, Tracer]:
    """Run a function with its comparisons noted; return its result and what was noted."""
    tracer = Tracer()
    with _in_mode(Mode(tracer=tracer)):
        result = function(*arguments)
    return result, tracer


def _node(op: Op, z: Any, operands: tuple[Node, ...]) -> Value:
    node = Value(z)
    node.op = op
    node._a, node._x = operands, tuple(p._data for p in operands)
    return node


def _scalar(x: Any) -> Node:
    node = x if isinstance(x, Node) else constant(x)
    if node._rank or kind(node._data) != FLOAT:
        what = "Tensor" if node._rank else type(node._data).__name__
        raise TypeError(
            f"only Values of floats can be recorded for replay, got a {what}: "
            "model.scalars() makes Values of a model's Tensors"
        )
    return node
