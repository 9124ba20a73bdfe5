"""The scalar node: one number. What it shares with tensors is in ``operators.py``."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import wraps
from itertools import chain, islice
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np

from autograd.node.mode import current_mode
from autograd.node.node import Node, as_flag, data_of, raw, slots, wants_gradient
from autograd.numbers.kinds import ARRAY, COMPLEX, FRACTION, MPF, Rule, kind, widest
from autograd.numbers.protocols import Numeric, Scalar
from autograd.ops import complex_parts, reduction, scalars
from autograd.ops.arithmetic import add, mul, neg, sub
from autograd.rules.op import Elementwise, Op
from autograd.rules.pullback import GAVE_NONE
from autograd.rules.settings import exactly
from autograd.values.complex_results import check_analytic
from autograd.values.float_arrays import unreal
from autograd.values.operators import Operators
from autograd.values.plain_numbers import as_number, with_exact_integers

_new = object.__new__
NodeType = TypeVar("NodeType", bound=Node)
Binary: TypeAlias = Callable[["Value", "Value | Scalar"], "Value"]


# An operator of ``Operators`` made short for two Values and for a Value and a float: that is most
# of what building a scalar graph costs.


def _shortened(general: Rule, op: Op, compute: Rule) -> Binary:
    """Return a binary operator of Values."""

    def shortened(self: Any, other: Any) -> Any:
        if type(other) is not Value:
            if type(other) is not float:
                return general(self, other)
            other = Value(other, requires_grad=False)
        x, y = self._data, other._data
        try:
            z = compute(x, y)
        except (TypeError, OverflowError):  # mpmath 1.3 refuses to subtract from a Fraction
            return general(self, other)
        mode = current_mode()
        if not (mode.recording and (self.requires_grad or other.requires_grad)):
            return _record(op, z, self, x, other, y)
        node = _new(Value)  # what ``_record`` does, without a call
        node._data = z
        node.grad = node.params = None
        node.op = op
        node._a = self
        node._b = other
        node._x = x
        node._y = y
        node.requires_grad = True
        node.note = mode.note
        if mode.watcher is not None:
            mode.watcher(node)
        return node

    return cast(Binary, wraps(general)(shortened))


def _reflected(general: Rule, operator: Rule) -> Binary:
    """Return the operator for a Value on the right."""

    def reflected(self: Any, other: Any) -> Any:
        if type(other) is float:
            return operator(Value(other, requires_grad=False), self)
        return general(self, other)

    return cast(Binary, wraps(general)(reflected))


class Value(Operators["Value | Scalar"]):
    """One number that remembers how it was computed.

    Parameters
    ----------
    data : float, int, Fraction, complex or mpmath number
        The number. An int or a NumPy number becomes a float; the other kinds are kept, and the
        same rules then give exact, complex or arbitrary-precision derivatives.
    requires_grad : bool
        Whether it is a variable, as by default, or a constant.
    label : str
        A name for pictures and messages.

    Raises
    ------
    TypeError
        If ``data`` isn't a single number, or ``requires_grad`` isn't a bool.
    ValueError
        If ``data`` is an integer too large for a float.

    Examples
    --------
    >>> from autograd import Value
    >>> a, b = Value(2.0), Value(-3.0)
    >>> c = a * b + a
    >>> c.backward()
    >>> c.data, a.grad, b.grad
    (-4.0, -2.0, 2.0)
    """

    __slots__ = ()

    def __init__(self, data: Any, *, requires_grad: bool = True, label: str = "") -> None:
        self._data = data if type(data) is float else as_number(data)
        self.op = self.params = self.grad = self.note = None
        self._a = self._b = self._x = self._y = None
        self.requires_grad = as_flag(requires_grad)
        if label:
            self.label = label

    @property
    def data(self) -> Any:
        """The number. A leaf's can be replaced; graphs made before then refuse to go backward."""
        if (tracer := current_mode().tracer) is not None:
            tracer.refuse("reading .data", "compute with the Value itself, or with x.detach()")
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        self._refuse_interior()
        self._data = as_number(data)

    def item(self) -> Any:
        """Return the plain number: it carries no gradient.

        Examples
        --------
        >>> from autograd import Value
        >>> type(Value(2).item())  # integers become floats
        <class 'float'>
        """
        return self.data

    def detach(self) -> Value:
        """Return a constant with the same number: what is computed from it gets no gradient.

        Examples
        --------
        >>> from autograd import Value
        >>> x = Value(3.0)
        >>> (x * x.detach()).backward()  # as x times 3
        >>> x.grad
        3.0
        """
        if (tracer := current_mode().tracer) is not None:
            detached: Value = tracer.detach(self)
            return detached
        return Value(self._data, requires_grad=False)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        grad = "" if self.grad is None else f", grad={raw(self.grad)!r}"
        constant = "" if self.requires_grad else ", requires_grad=False"
        return f"Value({self._data!r}{grad}{constant}{label})"

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def __bool__(self) -> bool:
        if (tracer := current_mode().tracer) is not None:
            return bool(tracer.compare(operator.ne, self, 0.0))
        return bool(self._data)

    __add__ = _shortened(Operators.__add__, add, operator.add)
    __sub__ = _shortened(Operators.__sub__, sub, operator.sub)
    __mul__ = _shortened(Operators.__mul__, mul, operator.mul)
    __radd__ = _reflected(Operators.__radd__, __add__)
    __rsub__ = _reflected(Operators.__rsub__, __sub__)
    __rmul__ = _reflected(Operators.__rmul__, __mul__)

    def __neg__(self) -> Value:
        x = self._data
        return _record(neg, -x, self, x)

    # What the walk and the ops ask of a node -------------------------------------------------

    def _replace_data(self, data: Any) -> None:
        self.data = data

    def _check_cotangent(self, cotangent: Any, word: str = "cotangent") -> Numeric | Node:
        if type(self._data) is not float:
            check_analytic(self)
        if cotangent is None:
            return cast(Numeric, type(self._data)(1))
        number = raw(cotangent)
        if isinstance(number, np.ndarray):
            if number.size != 1:
                raise ValueError(f"a {word} is one number, got an array of shape {number.shape}")
            number = number.item()
        number = as_number(number)
        if _is_complex(number) and not _is_complex(self._data):
            raise TypeError(
                f"a real Value needs a real {word}, got {number!r}: a complex Value, such as "
                "Value(1 + 0j), takes a complex one"
            )
        return cotangent if isinstance(cotangent, Node) else number

    def _unbroadcast(self, contribution: Numeric | Node | None) -> Numeric | Node:
        if isinstance(contribution, Node) and contribution._rank:
            return scalars.element(reduction.sum(contribution), index=0)
        if isinstance(contribution, (np.ndarray, np.generic)):
            return float(contribution.sum())
        if contribution is None:
            raise TypeError(GAVE_NONE)
        return contribution if type(contribution) is float else _in_kind(contribution, self._data)

    def _apply(self, op: Op, operands: tuple[Any, ...], settings: dict[str, Any]) -> Node:
        return apply(op, operands, settings)


def _is_complex(number: Any) -> bool:
    return kind(number) == COMPLEX


def _in_kind(contribution: Any, number: Any) -> Any:
    """Return the real part for a real number: the result is real, or ``backward`` refuses it."""
    if _is_complex(raw(contribution)) and not _is_complex(number):
        return complex_parts.real(contribution)
    return contribution


def apply(op: Op, operands: tuple[Any, ...], settings: dict[str, Any]) -> Node:
    """Compute an op on Values and plain numbers, and record it."""
    a = operands[0] if len(operands) == 1 and not settings else None
    if type(a) is Value and type(a._data) is float and isinstance(op, Elementwise):
        x = a._data
        try:
            z = op.on_float(x)
            if type(z) is not float:  # a rule may choose a whole number or a boolean
                z = float(z)
        except (ArithmeticError, ValueError):
            z = op.compute(x)
        return _record(op, z, a, x)
    if len(operands) == 2 and not settings and isinstance(op, Elementwise):
        a, b = (p if isinstance(p, Node) else constant(p) for p in operands)
        x, y = a._data, b._data
        if type(x) is float and type(y) is float:
            try:
                z = float(op.on_float(x, y))
            except (ArithmeticError, ValueError):
                z = op.compute(x, y)
            return _record(op, z, a, x, b, y)
    if op.rows:
        return _apply_to_rows(op, operands, settings)
    if any(isinstance(p, (int, np.integer)) for p in operands):
        operands = with_exact_integers(operands)
    parents = as_row(operands)
    numbers = tuple(map(data_of, parents))
    if isinstance(op, Elementwise) and (op.settings or op.on_complex):
        if (found := widest(numbers)) == COMPLEX and op.on_complex:
            return cast(Node, op.on_complex(*parents, **settings))
        settings = exactly(op, settings) if found == FRACTION else settings
    z = op.compute(*numbers, **settings)
    if isinstance(z, (np.ndarray, np.generic)) and not op.scalar:
        # Lazily, here and below: a Tensor opens into Values, so that its module imports this one.
        from autograd.values.tensor import Tensor

        z = np.asarray(z)
        if z.dtype.kind != "f":
            raise unreal(z, op, numbers)
        return record(_new(Tensor), op, z, parents, numbers, settings)
    if type(z) is not float and kind(z) == MPF:  # in a rule, 1 / y of a float y has 17 digits
        numbers = tuple(type(z)(n) if type(n) is float else n for n in numbers)
    return record(_new(Value), op, z, parents, numbers, settings)


def _apply_to_rows(op: Op, rows: tuple[Any, ...], settings: dict[str, Any]) -> Node:
    flat = tuple(chain.from_iterable(rows))
    if int in map(type, flat):
        exact = iter(with_exact_integers(flat))
        rows = tuple(tuple(islice(exact, len(row))) for row in rows)
    parents = tuple(map(as_row, rows))
    numbers = tuple([tuple(map(data_of, row)) for row in parents])
    z = op.compute(*numbers, **settings)
    if isinstance(z, np.ndarray):
        from autograd.values.tensor import Tensor

        return record(_new(Tensor), op, z, parents, numbers, settings)
    return record(_new(Value), op, z, parents, numbers, settings)


def as_row(operands: Iterable[Any]) -> tuple[Node, ...]:
    """Return operands with plain numbers made constants."""
    return tuple([p if isinstance(p, Node) else constant(p) for p in operands])


def linked(
    op: Op, z: Any, a: Any, b: Any, x: Any, y: Any, settings: Any, note: Any, cls: type[Any] = Value
) -> Any:
    """Return the result of an op as a recorded node: the caller knows that it is to be recorded.

    ``a`` and ``b`` are operands or rows of them, ``x`` and ``y`` their data.
    """
    node = _new(cls)
    node._data = z
    node.grad = None
    node.op = op
    node.params = settings
    node._a = a
    node._b = b
    node._x = x
    node._y = y
    node.requires_grad = True
    node.note = note
    return node


def record(
    node: NodeType,
    op: Op,
    z: Any,
    parents: tuple[Any, ...],
    numbers: tuple[Any, ...],
    settings: dict[str, Any],
) -> NodeType:
    """Fill in a new node: the result of an op on any number of operands, or on rows of them."""
    node._data = z
    node.grad = None
    mode = current_mode()
    operands = tuple(chain.from_iterable(parents)) if op.rows else parents
    if not (mode.recording and True in map(wants_gradient, operands)):
        _make_constant(node, *operands)
        return node
    node.op = op
    node.params = settings or None
    if len(parents) <= 2:
        node._a, node._x = parents[0], numbers[0]
        node._b, node._y = (parents[1], numbers[1]) if len(parents) == 2 else (None, None)
    else:
        node._a, node._x = parents, numbers
        node._b = node._y = None
    node.requires_grad = True
    node.note = mode.note
    if mode.watcher is not None:
        mode.watcher(node)
    return node


def constant(x: Any) -> Node:
    """Return a constant node for a plain number or array met in an expression."""
    if type(x) is float or kind(x) != ARRAY or not np.ndim(x):
        return Value(x, requires_grad=False)
    from autograd.values.tensor import Tensor

    return Tensor(x, requires_grad=False)


def _record(op: Op, z: Any, a: Node, x: Any, b: Node | None = None, y: Any = None) -> Value:
    node = _new(Value)
    node._data = z
    node.grad = node.params = None
    mode = current_mode()
    if mode.recording and (a.requires_grad or (b is not None and b.requires_grad)):
        node.op = op
        node._a = a
        node._b = b
        node._x = x
        node._y = y
        node.requires_grad = True
        node.note = mode.note
        if mode.watcher is not None:
            mode.watcher(node)
    else:
        _make_constant(node, *slots(a, b))
    return node


def _make_constant(node: Node, *operands: Node) -> None:
    if (tracer := current_mode().tracer) is not None:
        tracer.unrecorded(operands)
    node.op = node.params = node._a = node._b = node._x = node._y = node.note = None
    node.requires_grad = False
