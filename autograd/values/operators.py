"""The base class of Value and Tensor: operators, comparisons, NumPy's protocols, ``backward``.

Methods named after elementwise ops are in ``element_methods.py``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, ClassVar, Generic, NoReturn, Self, TypeVar, overload

import numpy as np

from autograd.node.mode import current_mode
from autograd.node.node import Node, raw
from autograd.numbers.kinds import Rule, kind, too_large
from autograd.numbers.per_sample import PerSample
from autograd.ops import arithmetic, whole_parts
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import for_numpy, is_plain
from autograd.values.element_methods import ElementMethods
from autograd.values.numpy_calls import call, call_ufunc
from autograd.walk import reverse

NodeType = TypeVar("NodeType", bound=Node)
Other = TypeVar("Other", contravariant=True)


def _compare(relation: Rule, x: Node, y: Any) -> Any:
    tracer = current_mode().tracer
    if tracer is not None:
        return tracer.compare(relation, x, y)
    try:
        return relation(x._data, raw(y))
    except OverflowError as error:  # NumPy's, of an array and 10**400
        raise too_large(error) from None


@overload
def _operate(op: Callable[[Any, Any], Any], x: NodeType, y: object) -> NodeType: ...
@overload
def _operate(op: Callable[[Any, Any], Any], x: object, y: NodeType) -> NodeType: ...
def _operate(op: Callable[[Any, Any], Any], x: Any, y: Any) -> Any:
    """Apply a binary operator; NotImplemented where an operand is no number, as Python wants."""
    plain, node = (y, x) if isinstance(x, Node) else (x, y)
    if isinstance(plain, Node):
        if 0 < node._rank >= plain._rank and type(op) is Elementwise:  # what the op finds out
            return node._apply(op, (x, y), {})
        return op(x, y)
    if isinstance(plain, PerSample):
        plain = plain.constant()
        return op(*((node, plain) if node is x else (plain, node)))
    if not (node._rank and isinstance(plain, list)):
        try:
            kind(plain)
        except TypeError:
            if not hasattr(type(plain), "__pandas_priority__"):
                return NotImplemented
            numbers = np.asarray(plain)  # of a column or a table
            return op(*((node, numbers) if node is x else (numbers, node)))
    return op(x, y)


class Operators(ElementMethods, Generic[Other]):
    """A node with operators and methods.

    ``Other`` is what it can be added to without becoming a node of another kind.
    """

    __slots__ = ()
    __pandas_priority__: ClassVar = 5000  # higher than a table's: what adds them is above

    # Operators ------------------------------------------------------------------------------

    def __add__(self, other: Other) -> Self:
        return _operate(arithmetic.add, self, other)

    def __radd__(self, other: Other) -> Self:
        return _operate(arithmetic.add, other, self)

    def __sub__(self, other: Other) -> Self:
        return _operate(arithmetic.sub, self, other)

    def __rsub__(self, other: Other) -> Self:
        return _operate(arithmetic.sub, other, self)

    def __mul__(self, other: Other) -> Self:
        return _operate(arithmetic.mul, self, other)

    def __rmul__(self, other: Other) -> Self:
        return _operate(arithmetic.mul, other, self)

    def __truediv__(self, other: Other) -> Self:
        return _operate(arithmetic.div, self, other)

    def __rtruediv__(self, other: Other) -> Self:
        return _operate(arithmetic.div, other, self)

    def __neg__(self) -> Self:
        return arithmetic.neg(self)

    def __pos__(self) -> Self:
        return self

    def __pow__(self, other: Other) -> Self:
        return _operate(arithmetic.pow, self, other)

    def __rpow__(self, other: Other) -> Self:
        return _operate(arithmetic.pow, other, self)

    def __mod__(self, other: Other) -> Self:
        return _operate(arithmetic.mod, self, other)

    def __rmod__(self, other: Other) -> Self:
        return _operate(arithmetic.mod, other, self)

    def __abs__(self) -> Self:
        return arithmetic.abs(self)

    def __floor__(self) -> Self:
        return arithmetic.floor(self)

    def __ceil__(self) -> Self:
        return arithmetic.ceil(self)

    def __round__(self, ndigits: int | None = None) -> Self:
        rounded: Self = arithmetic.round_to(self, ndigits or 0)
        return rounded

    def __trunc__(self) -> Self:
        return whole_parts.trunc(self)

    def __floordiv__(self, other: Other) -> Self:
        return _operate(whole_parts.floor_divide, self, other)

    def __rfloordiv__(self, other: Other) -> Self:
        return _operate(whole_parts.floor_divide, other, self)

    def __divmod__(self, other: Other) -> tuple[Self, Self]:
        return self // other, self % other

    def __rdivmod__(self, other: Other) -> tuple[Self, Self]:
        return other // self, other % self

    # Comparisons: plain booleans -------------------------------------------------------------

    def __eq__(self, other: object) -> Any:
        return _compare(operator.eq, self, other)

    def __ne__(self, other: object) -> Any:
        return _compare(operator.ne, self, other)

    def __lt__(self, other: Any) -> Any:
        return _compare(operator.lt, self, other)

    def __le__(self, other: Any) -> Any:
        return _compare(operator.le, self, other)

    def __gt__(self, other: Any) -> Any:
        return _compare(operator.gt, self, other)

    def __ge__(self, other: Any) -> Any:
        return _compare(operator.ge, self, other)

    __hash__ = Node.__hash__

    # Numbers are not taken out of a graph silently -------------------------------------------

    def __float__(self) -> float:
        return float(self._plain("float"))

    def __int__(self) -> int:
        return int(self._plain("int"))

    def __complex__(self) -> complex:
        return complex(self._plain("complex"))

    def __index__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} is no count and no index, for it may change: take "
            "int(x.data); jit and live make variables of all numbers that a function is given, so "
            "write a count into it, as in jit(lambda x: f(x, 5))"
        )

    def _plain(self, to: str) -> Any:
        if (tracer := current_mode().tracer) is not None:
            tracer.refuse(f"{to}() of a Value", "use functions of autograd")
        if self.requires_grad:
            raise TypeError(
                f"{to}() of a variable would lose its gradient: use .data or .detach() for the "
                "plain number, or a function of autograd (autograd.exp, not math.exp) to go on"
            )
        return self._data

    @property
    def _mask(self) -> NoReturn:
        """What NumPy asks the operands of a masked array for, after their ``_data``."""
        raise TypeError(
            "a masked array would lose the node's gradient: fill it first, as in x.filled(0.0)"
        )

    def __dir__(self) -> list[str]:  # without it, for tools that ask for all that is here
        return [name for name in super().__dir__() if name != "_mask"]

    # NumPy's protocols (NEP 13, NEP 18) ------------------------------------------------------

    def __array_ufunc__(self, ufunc: Rule, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs:
            return call_ufunc(ufunc, method, inputs, kwargs)
        if (tracer := current_mode().tracer) is not None and is_plain(ufunc):
            return tracer.predicate(ufunc, *inputs)
        return for_numpy(ufunc)(*inputs)

    def __array_function__(
        self, function: Rule, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        return call(function, args, kwargs)

    # Differentiation -------------------------------------------------------------------------

    backward = reverse.backward
