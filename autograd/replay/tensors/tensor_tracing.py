"""Traced Tensors: what a function gets while it is recorded.

Their numbers are sealed (``autograd/numbers/sealed.py``), whatever is computed from them too, and
every op on them is in the graph. A comparison is a ``TensorCondition``: an operand of ``where``, or
a guard if Python asks for its truth.
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NoReturn

import numpy as np

from autograd.node.mode import PLAIN, current_mode, in_mode
from autograd.node.node import Node
from autograd.numbers.sealed import Sealed, SealedRead, unsealed
from autograd.replay.tensors.eager_call import called
from autograd.replay.tracer import CHOOSE, DETACH, RELATIONS, Condition, Tracer
from autograd.rules.op import Op
from autograd.rules.op_registry import built_in
from autograd.transforms.pytree import leaves
from autograd.values.tensor import Tensor, constant_beside
from autograd.values.value import Value, linked

_new = object.__new__


class TracedTensor(Tensor):
    """A Tensor whose numbers are sealed."""

    __slots__ = ()
    _rank = 2  # it decides what comes of an op on it and a plain Tensor

    def _apply(self, op: Op, operands: tuple[Any, ...], settings: dict[str, Any]) -> Node:
        parents = tuple([as_traced(x, self.dtype) for x in operands])
        plain = {name: unsealed(setting) for name, setting in settings.items()}
        with in_mode(PLAIN):
            z = op(*map(opened, parents), **plain)
        made: Node = traced(op, z, parents, settings)
        return made

    def __bool__(self) -> bool:
        return bool(self != 0.0)

    def __repr__(self) -> str:
        return f"<a Tensor of shape {self.shape}, {self.dtype}, that is being recorded>"

    def _plain(self, to: str) -> NoReturn:
        raise SealedRead(self._data, to)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        raise SealedRead(self._data, "an array made of a Tensor")

    def _read(self) -> NoReturn:
        raise SealedRead(self._data, "reading the numbers of a Tensor")

    def detach(self) -> Tensor:
        """Return a node of the same numbers that passes no gradient on."""
        made: Tensor = traced(DETACH, opened(self), (self,))
        return made

    def scalars(self) -> Any:
        """Return an array of Values, the elements of this tensor."""
        element = built_in["element"]
        return np.array([element(self, index=k) for k in range(self.size)], object).reshape(
            self.shape
        )


TracedTensor.__name__ = Tensor.__name__  # which messages say: users know no other


def sealed_leaf(array: Any) -> TracedTensor:
    """Return a traced leaf."""
    leaf = _new(TracedTensor)
    Tensor.__init__(leaf, 0.0)
    leaf._data = Sealed(array)
    return leaf


def as_traced(x: Any, dtype: Any) -> Node:
    """Return an operand as a node; a plain array becomes a sealed constant."""
    if isinstance(x, Node):
        return x
    if isinstance(x, Condition):
        return x.astype(dtype) if isinstance(x, TensorCondition) else x.node
    if type(x) is Sealed and x.dtype.kind == "f":  # read out of a Tensor: no argument, no constant
        raise SealedRead(x, "the numbers of a Tensor in an op")
    made = constant_beside(unsealed(x), dtype)
    if not made._rank:
        return made
    leaf = sealed_leaf(made._data)
    current_mode().tracer.arrays.append((leaf, x))
    return leaf


def opened(node: Any) -> Any:
    """Return a constant with the numbers of a node, for an op to compute on."""
    numbers = unsealed(node._data)
    if not node._rank:
        return Value(numbers, requires_grad=False)
    plain = Tensor(0.0, requires_grad=False)
    plain._data = numbers
    return plain


def traced(op: Any, z: Any, parents: Sequence[Node], settings: Any = None) -> Any:
    """Return the node of an op's result, sealed if it is an array."""
    mode = current_mode()
    (a, b), (x, y) = _slots(parents), _slots([p._data for p in parents])
    numbers = z._data if isinstance(z, Node) else np.asarray(z)
    cls: type[Any] = TracedTensor if getattr(z, "_rank", 1) else Value
    data = Sealed(numbers) if cls is TracedTensor else numbers
    node = linked(op, data, a, b, x, y, settings or None, mode.note, cls)
    mode.tracer.made.append(weakref.ref(node))
    return node


def _slots(operands: Sequence[Any]) -> tuple[Any, Any]:
    """Return operands as a node keeps them: one or two, or a row."""
    if len(operands) > 2:
        return tuple(operands), None
    return operands[0], operands[1] if len(operands) == 2 else None


class TensorTracer(Tracer):
    """Notes branches, constants and plain arrays while a function runs on traced Tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.arrays: list[tuple[Node, Any]] = []  # constants, and the plain arrays they are of
        self.made: list[weakref.ref[Node]] = []  # all nodes
        self.kept: list[tuple[Any, Any]] = []  # arrays that are settings, and the copies of them
        self.drawn: dict[int, tuple[Any, Any]] = {}  # generators, and their states before
        self._last_draw: Node = Value(0.0, requires_grad=False)

    def __call__(self, node: Node) -> None:
        """Seal a Tensor that something else than a traced Tensor made: a watcher is told of it."""
        self.made.append(weakref.ref(node))
        if type(node) is Tensor:
            node.__class__ = TracedTensor
            node._data = Sealed(node._data)

    def observer(self) -> None:
        """Watch no walk: a derivative inside the function is a part of its graph."""

    def pushing(self, node: Node, tangents: Sequence[Any]) -> None:
        """Note a derivative, likewise."""
        self.walked([node], True)

    def read(self, tensor: Node) -> None:
        """Note that numbers were read: a Tensor from outside is sealed in the next trace."""
        self.unrecorded((tensor,))

    def keep(self, array: Any, copy: Any) -> None:
        """Note an array or a list whose numbers are used: a replay must know if they change."""
        if isinstance(array, (np.ndarray, list)):
            self.kept.append((array, copy))

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Any:
        """Return a node of numbers that every replay draws anew; draws keep their order."""
        self.drawn.setdefault(id(generator), (generator, generator.bit_generator.state))
        numbers = generator.random(shape)
        node = traced(Draw(generator), numbers, (self._last_draw,))
        self._last_draw = node
        return node

    def rewind(self) -> None:
        """Give the generators back the states that they had before the function was traced."""
        for generator, state in self.drawn.values():
            generator.bit_generator.state = state

    def compare(self, relation: Callable[[Any, Any], Any], x: Any, y: Any) -> Any:
        """Return the condition of a comparison: of arrays one for all elements."""
        if y is None or isinstance(y, str):
            return NotImplemented
        operands = [_number(each) for each in (x, y)]
        if not any(map(_is_array, operands)):
            return super().compare(relation, *operands)
        dtype = next((each.dtype for each in operands if _rank(each)), np.dtype(float))
        parents = [as_traced(each, dtype) for each in operands]
        outcome = relation(*(unsealed(p._data) for p in parents))
        node = traced(RELATIONS[relation], outcome.astype(float), parents)
        node.requires_grad = False
        return TensorCondition(self, node)

    def called(self, function: Any, args: Any, kwargs: Any, why: SealedRead) -> Any:
        """Return what a function gives that each replay calls on its nodes' numbers."""
        if any(isinstance(each, (Sealed, Condition)) for each in leaves((args, kwargs))):
            raise why
        return called(function, args, kwargs, why.with_traceback(None))

    def choose(self, condition: Node, x: Any, y: Any) -> Any:
        """Return what a condition chooses: elements, or of two Values one."""
        operands = [condition, _number(x), _number(y)]
        if not any(map(_is_array, operands)):
            return super().choose(*operands)
        given = [each.dtype for each in operands[1:] if _rank(each)]
        parents = [as_traced(each, (given or [np.dtype(float)])[0]) for each in operands[1:]]
        dtypes = [p.dtype for p in parents if isinstance(p, Tensor)] or [np.dtype(float)]
        numbers = [unsealed(p._data) for p in (condition, *parents)]
        chosen = np.where(numbers[0] != 0, *numbers[1:])
        return traced(CHOOSE, chosen.astype(np.result_type(*dtypes)), (condition, *parents))

    def condition_of(self, node: Node) -> Any:
        """Return the condition that a node computes."""
        return TensorCondition(self, node) if node._rank else super().condition_of(node)

    def refuse(self, what: str, instead: str) -> NoReturn:
        """Raise SealedRead for what would take a number out of the graph."""
        try:
            super().refuse(what, instead)
        except TypeError as error:
            raise SealedRead(None, what, why=str(error)) from None

    def detach(self, x: Node) -> Any:
        """Return a node of the same number that passes no gradient on."""
        return x.detach() if isinstance(x, Tensor) else super().detach(x)


def _rank(x: Any) -> int:
    return x._rank if isinstance(x, Node) else 0


def _is_array(x: Any) -> bool:
    """Whether it is an array or a Tensor, and no array of Values."""
    of_values = isinstance(x, np.ndarray) and x.dtype.kind == "O"
    return not of_values and bool(_rank(x) or np.ndim(getattr(x, "_data", x)))


def _number(x: Any) -> Any:
    return x.node if isinstance(x, Condition) else x


def _on_numbers(operation: Any) -> Any:
    """Return a method of conditions: arithmetic on their zeros and ones, in the other's dtype."""

    def method(self: TensorCondition, other: Any) -> Any:
        other = _number(other)
        dtype = getattr(other, "dtype", np.dtype(float))
        return operation(self.astype(dtype if dtype.kind == "f" else float), other)

    return method


def _compared(relation: Any) -> Any:
    return lambda self, other: self.tracer.compare(relation, self, other)


class TensorCondition(Condition):
    """A comparison of arrays: one bool for each element."""

    __slots__ = ()

    @property
    def _ones(self) -> Any:
        """A node of ones and zeros."""
        return self.node

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        found: tuple[int, ...] = self._ones.shape
        return found

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return prod(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the elements, as in the eager engine."""
        return np.dtype(bool)

    def __len__(self) -> int:
        return len(self._ones)

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(
                f"the truth of a comparison of shape {self.shape} is ambiguous: use .any() or "
                ".all(), or where"
            )
        return self.tracer.branch(self)

    def recorded_where(self, x: Any, y: Any) -> Any:
        """Choose on every replay anew."""
        return self.tracer.choose(self.node, x, y)

    def astype(self, dtype: Any) -> Any:
        """Return it as a Tensor of zeros and ones."""
        return built_in["astype"](self.node, dtype=np.dtype(dtype))

    def any(self, axis: Any = None, out: None = None, *, keepdims: bool = False) -> Any:
        """Return whether any element holds; NumPy's function gives ``out``."""
        return self.sum(axis, keepdims=keepdims) > 0

    def all(self, axis: Any = None, out: None = None, *, keepdims: bool = False) -> Any:
        """Return whether all elements hold."""
        return (~self).sum(axis, keepdims=keepdims) == 0

    def sum(self, axis: Any = None, *, keepdims: bool = False) -> Any:
        """Return how many elements hold, as a Tensor."""
        return built_in["sum"](self.node, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, *, keepdims: bool = False) -> Any:
        """Return the share of elements that hold, as a Tensor."""
        return built_in["mean"](self.node, axis=axis, keepdims=keepdims)

    def __getitem__(self, index: Any) -> TensorCondition:
        return TensorCondition(self.tracer, self._ones[index])

    def __invert__(self) -> Any:
        return self.tracer.compare(operator.eq, self, 0.0)

    def __and__(self, other: Any) -> Any:
        return self._count(other) == 2.0

    def __or__(self, other: Any) -> Any:
        return self._count(other) > 0.0

    def __xor__(self, other: Any) -> Any:
        return self._count(other) == 1.0

    def _count(self, other: Any) -> Any:
        """Return in how many of two each element holds."""
        return self._ones + (
            other.node if isinstance(other, Condition) else np.asarray(other, bool)
        )

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        self.tracer.refuse(
            "a comparison of Tensors in a NumPy function", "use where, &, |, ~, .any() or .all()"
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **settings: Any) -> Any:
        if method != "__call__" or settings or ufunc not in _OF_CONDITIONS:
            self.__array__()
        x, *others = inputs
        swapped = not isinstance(x, TensorCondition)  # an array is the first operand
        return _OF_CONDITIONS[ufunc](*others, x) if swapped else _OF_CONDITIONS[ufunc](*inputs)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__
    __mul__ = __rmul__ = _on_numbers(operator.mul)
    __add__ = __radd__ = _on_numbers(operator.add)
    __sub__, __truediv__ = _on_numbers(operator.sub), _on_numbers(operator.truediv)
    __rsub__ = _on_numbers(lambda x, y: y - x)
    __neg__ = __pos__ = __abs__ = __array__
    __eq__, __ne__ = _compared(operator.eq), _compared(operator.ne)
    __lt__, __le__ = _compared(operator.lt), _compared(operator.le)
    __gt__, __ge__ = _compared(operator.gt), _compared(operator.ge)
    __hash__ = object.__hash__


_OF_CONDITIONS: dict[Any, Any] = {  # functions that don't mind which of two operands is the first
    np.logical_and: TensorCondition.__and__,
    np.bitwise_and: TensorCondition.__and__,
    np.logical_or: TensorCondition.__or__,
    np.bitwise_or: TensorCondition.__or__,
    np.logical_xor: TensorCondition.__xor__,
    np.bitwise_xor: TensorCondition.__xor__,
    np.logical_not: TensorCondition.__invert__,
    np.invert: TensorCondition.__invert__,
    np.multiply: TensorCondition.__mul__,
    np.add: TensorCondition.__add__,
}


@dataclass(frozen=True)
class Draw:
    """Numbers from [0, 1), drawn from a generator as its ``random`` does; the operand is unused."""

    generator: np.random.Generator
    name = "uniform"
    scalar = moves = rows = False


def uniform(generator: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Return ``generator.random(shape)``: see ``autograd.extend.uniform``."""
    tracer = current_mode().tracer
    is_recorded = isinstance(tracer, TensorTracer)
    return tracer.draw(generator, shape) if is_recorded else generator.random(shape)
