"""The tracer: runs a function on Values, and notes its branches, which no graph holds.

A comparison of Values is a plain boolean in the eager engine, and the graph knows nothing of it.
While a function is traced it is a ``Condition``: Python's ``if`` makes it a guard, which every
replay checks, and ``where`` takes it as an operand, which every replay computes.
"""

from __future__ import annotations

import gc
import operator
import weakref
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from math import inf
from typing import Any, NamedTuple, NoReturn

import numpy as np

from autograd.node.mode import Mode, current_mode, in_mode
from autograd.node.node import Node
from autograd.numbers.kinds import FLOAT, kind
from autograd.numbers.sealed import SealedRead, unsealed
from autograd.numbers.words import with_article
from autograd.rules.op import Op
from autograd.values.value import Value, constant
from autograd.walk.order import leaves

MAX_BRANCHES = 1_000_000


class OfRecordings(Op):
    """What a recording computes besides ops. It is in no registry: a user can't call it."""

    def __init__(self, name: str, function: Any, vjp: Callable[..., list[Any]]) -> None:
        super().__init__(name, function)
        self.vjp, self.vjps = vjp, ()


def _nothing(g: Any, *given: Any) -> list[Any]:
    return [0.0] * (len(given) - 1)


def _to_the_chosen(g: Any, condition: Node, *_: Any) -> list[Any]:
    chosen = current_mode().tracer.condition_of(condition).recorded_where
    return [None, chosen(g, 0.0), chosen(0.0, g)]


_RELATIONS = (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)
RELATIONS: dict[Any, Op] = {
    relation: OfRecordings(relation.__name__, relation, _nothing) for relation in _RELATIONS
}
DETACH = OfRecordings("detach", lambda x: x, _nothing)
# Its operands are a condition, and what that chooses between.
CHOOSE = OfRecordings("where", lambda condition, x, y: x if condition else y, _to_the_chosen)
_OF_NUMPY = (np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)
_UFUNCS: dict[Any, Any] = dict(zip(_OF_NUMPY, _RELATIONS, strict=True))
_ARITHMETIC = (operator.add, operator.sub, operator.mul, operator.truediv)
_WHOLE = (operator.floordiv, operator.mod, operator.pow)
_ALGEBRA = (operator.and_, operator.or_, operator.xor)


class Guard(NamedTuple):
    """A condition that a Python branch asked for, and what it was."""

    node: Node
    outcome: bool


class Tracer:
    """Notes comparisons, and refuses what would fix today's number in the recording."""

    def __init__(self) -> None:
        self.guards: list[Guard] = []
        self.constants: list[weakref.ref[Node]] = []
        self.reads: list[weakref.ref[Node]] = []
        self.derives = False  # whether there is a derivative inside the function

    def compare(self, relation: Callable[[Any, Any], Any], x: Any, y: Any) -> Any:
        """Return the Condition of a comparison of two numbers."""
        if y is None or isinstance(y, str):
            return relation(x._data, y)  # whatever the number is
        operands = tuple(_scalar(operand) for operand in (x, y))
        numbers = tuple(p._data for p in operands)
        node = _node(RELATIONS[relation], float(relation(*numbers)), operands)
        node.requires_grad = False
        return Condition(self, node)

    def predicate(self, ufunc: Any, *inputs: Any) -> Any:
        """Return the Condition of a NumPy function that gives a boolean."""
        if ufunc in _UFUNCS:
            return self.compare(_UFUNCS[ufunc], *inputs)
        x = inputs[0]
        if ufunc is np.isnan:
            return self.compare(operator.ne, x, x)
        if ufunc is np.isfinite:
            return self.compare(operator.eq, x - x, 0.0)
        if ufunc is np.isinf:
            return self.compare(operator.eq, abs(x), inf)
        self.refuse(f"numpy.{ufunc.__name__}", "use a comparison")

    def detach(self, x: Node) -> Value:
        """Return a node of the same number that passes no gradient on."""
        return _node(DETACH, x._data, (x,))

    def unrecorded(self, operands: Iterable[Node]) -> None:
        """Note what a constant was computed from: it is in no graph."""
        self.constants += map(weakref.ref, operands)

    def read(self, tensor: Node) -> None:
        """Note that the numbers of a Tensor were read, and of which leaves it was computed."""
        self.reads += map(weakref.ref, (tensor, *leaves(tensor)))

    def refuse_reads(self) -> None:
        """Raise TypeError if a Tensor whose numbers were read outlives the trace: it may change.

        One that the function makes itself is gone.
        """
        if any(each() is not None for each in self.reads):
            gc.collect()  # a function that calls itself keeps what it closes over until then
        if any(each() is not None for each in self.reads):
            self.refuse(
                "reading the numbers of a Tensor from outside",
                "pass them as an argument, or compute them from a plain array",
            )

    def keep(self, array: Any, copy: Any) -> None:
        """Note that an op keeps a copy of an array of numbers, as a setting."""

    def walked(self, order: Iterable[Node], create_graph: bool) -> None:
        """Note a derivative inside the function; TypeError for one that can't be recorded."""
        if not create_graph:
            self.refuse(
                "backward(), or a derivative by a plain number,",
                "use value_and_grad of the recorded function",
            )
        self.derives = True

    def looked_at(self, node: Node, cotangent: Any, wanted: Sequence[bool]) -> list[Any] | None:
        """Return what a node passes on, where its rule reads numbers; None if that is refused."""
        return None

    def called(self, function: Any, args: Any, kwargs: Any, why: SealedRead) -> Any:
        """Return what a function that reads numbers gives; raise ``why`` if it can't be known."""
        raise why

    def choose(self, condition: Node, x: Any, y: Any) -> Any:
        """Return what a condition chooses, as a node; of arrays of Values, of each."""
        if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
            return np.frompyfunc(partial(self.choose, condition), 2, 1)(x, y)
        operands = (condition, _scalar(x), _scalar(y))
        chosen = operands[1] if condition._data else operands[2]
        return _node(CHOOSE, chosen._data, operands)

    def condition_of(self, node: Node) -> Any:
        """Return the condition that a node computes."""
        return Condition(self, node)

    def branch(self, condition: Condition) -> bool:
        """Note that Python went one of two ways."""
        if len(self.guards) >= MAX_BRANCHES:
            raise ValueError(
                f"the function took more than {MAX_BRANCHES:,} branches on Values while it was "
                "recorded: a loop whose end depends on a Value can't be replayed if it may go on "
                "without bound"
            )
        outcome = bool(unsealed(condition.node._data))
        self.guards.append(Guard(condition.node, outcome))
        return outcome

    def refuse(self, what: str, instead: str) -> NoReturn:
        """Raise TypeError for what would take a number out of the graph."""
        raise TypeError(
            f"{what} inside a function that is being recorded would fix today's number in the "
            f"recording, and every replay would use it: {instead}"
        )


def _of_bool(operation: Any) -> Any:
    return lambda self, *others: operation(bool(self), *others)


def _with_bool(operation: Any) -> Any:
    return lambda self, other: operation(other, bool(self))


class Condition:
    """A comparison inside a traced function: a branch if it is asked, an operand of ``where``."""

    __slots__ = ("node", "tracer")

    def __init__(self, tracer: Tracer, node: Node) -> None:
        self.tracer = tracer
        self.node = node

    def __bool__(self) -> bool:
        return self.tracer.branch(self)

    def recorded_where(self, x: Any, y: Any) -> Any:
        """Choose on every replay anew."""
        return self.tracer.choose(self.node, x, y)

    # In all else it is the boolean that it stands for, and a branch.

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **settings: Any) -> Any:
        plain = (bool(x) if isinstance(x, Condition) else x for x in inputs)
        return getattr(ufunc, method)(*plain, **settings)

    __float__, __int__, __index__, __hash__ = map(_of_bool, (float, int, int, hash))
    __neg__, __pos__, __abs__ = map(_of_bool, (operator.neg, operator.pos, abs))
    __eq__, __ne__, __lt__, __le__, __gt__, __ge__ = map(_of_bool, _RELATIONS)
    __add__, __sub__, __mul__, __truediv__ = map(_of_bool, _ARITHMETIC)
    __radd__, __rsub__, __rmul__, __rtruediv__ = map(_with_bool, _ARITHMETIC)
    __floordiv__, __mod__, __pow__ = map(_of_bool, _WHOLE)
    __rfloordiv__, __rmod__, __rpow__ = map(_with_bool, _WHOLE)
    __and__, __or__, __xor__ = map(_of_bool, _ALGEBRA)
    __rand__, __ror__, __rxor__ = map(_with_bool, _ALGEBRA)


def trace(function: Callable[..., Any], arguments: list[Any]) -> tuple[Any, Tracer]:
    """Run a function with its comparisons noted; return its result and what was noted."""
    tracer = Tracer()
    with in_mode(Mode(tracer=tracer)):
        result = function(*arguments)
    return result, tracer


def _node(op: Op, z: Any, operands: tuple[Node, ...]) -> Value:
    node = Value(z)
    node.op = op
    node._a, node._x = operands, tuple(p._data for p in operands)
    return node


def _scalar(x: Any) -> Node:
    if isinstance(x, Condition):
        x = bool(x)
    node = x if isinstance(x, Node) else constant(x)
    check_float(node)
    return node


def check_float(node: Node) -> None:
    """Raise TypeError unless a node is a Value of a float."""
    if node._rank:
        raise TypeError(
            "only Values can be recorded for replay, and this function computes with a Tensor (a "
            "Value times an array of numbers is one): put Values into arrays, and of a model of "
            "Tensors take model.scalars()"
        )
    if kind(node._data) != FLOAT:
        raise TypeError(
            "only Values of floats can be recorded for replay, and this function computes with "
            f"{with_article(node._data)}: make it a float"
        )
