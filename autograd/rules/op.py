"""Operations as data: the record of an op, with its function and its rules.

The ops themselves are in ``ops/``, one file a family. An *elementwise* op states its function and
its textbook partial derivatives; a *structural* op (sum, matmul, an index) states its pullback.
Everything else follows from the record, here and in the files that read it: ``compiling.py``
compiles the text of the partials, ``define.py`` makes records, ``op_registry.py`` holds them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import chain
from math import inf
from typing import Any, TypeVar, cast, overload

import numpy as np

from autograd.node.node import Node
from autograd.numbers.kinds import (
    ARRAY,
    COMPLEX,
    FLOAT,
    FRACTION,
    MPF,
    Array,
    Primitive,
    Rule,
    as_kind,
    ieee,
    quietly,
    too_large,
    widest,
    without_floats,
    without_fraction,
)
from autograd.numbers.per_sample import found_in
from autograd.numbers.protocols import Numeric
from autograd.numbers.words import article
from autograd.rules.base_op import Edge as Edge
from autograd.rules.base_op import Op as Op
from autograd.rules.compiling import OPERANDS, compile_function, compile_vjp, refuse_reserved
from autograd.rules.object_arrays import element_by_element
from autograd.rules.op_docstring import helpful
from autograd.rules.op_texts import latex_call, wrong_arity
from autograd.rules.pullback import only_one, together
from autograd.rules.settings import Settings, exactly, one_for_all

STRUCTURAL = ("linear", "scalar", "rows", "bilinear", "moves")  # what only those ops can be

NodeType = TypeVar("NodeType", bound=Node)


@helpful
class Elementwise(Op):
    """An op that acts on each element alone, with its partial derivatives.

    Attributes
    ----------
    partials : tuple
        ∂z/∂operand for each operand: text in the operands, the result z and the settings; or a
        function of (operands…, z, **settings); or a number where it is constant.
    domain : tuple of (float, float)
        For each operand, the interval where the op is finite and smooth, but for the kinks.
    kinks : tuple of float
        Where a one-operand op has no derivative.
    ties : bool
        Whether a two-operand op has no derivative where its operands are equal.
    selects : bool
        Whether a zero partial means that it wasn't chosen: then nothing passes, not even a nan.
    compares : bool
        Whether the slope depends on the side that an operand is on: then it is nan in each operand
        where the op compared a nan, which is where the result is nan.
    edges : tuple of Edge
        The conventions at kinks and ends of the domain, tested and printed in the documentation.
    on_complex : callable, optional
        What it is on complex numbers, written in other ops, where it isn't analytic.

    Examples
    --------
    >>> from autograd import leaky_relu, mul
    >>> mul.compute(2.0, 3.0), mul.partial(0, 2.0, 3.0)  # ∂(x·y)/∂x is y
    (6.0, 3.0)
    >>> leaky_relu.derivative(-1.0, slope=0.5), leaky_relu.own_settings({"slope": 0.2})
    (0.5, {'slope': 0.2})
    """

    partials: tuple[Any, ...] = ()
    domain: tuple[tuple[float, float], ...] = ()
    kinks: tuple[float, ...] = ()
    ties: bool = False
    selects: bool = False
    compares: bool = False
    edges: tuple[Edge, ...] = ()
    on_complex: Rule | None = None
    on_float: Rule
    arity: int
    text: str  # of the function, where that was given as text

    def __init__(self, name: Any, function: Any, **attributes: Any) -> None:
        super().__init__(name, function, **attributes)
        if flags := [flag for flag in STRUCTURAL if getattr(self, flag)]:
            raise TypeError(f"elementwise op {self.name!r} can't be {flags[0]}: use structural()")
        self.arity = len(self.partials)
        if not 1 <= self.arity <= len(OPERANDS):
            raise ValueError(
                f"elementwise op {self.name!r} has {self.arity} partials: expected one for each "
                f"operand, at most {len(OPERANDS)}"
            )
        self.domain = self.domain or ((-inf, inf),) * self.arity
        if len(self.domain) != self.arity:
            raise ValueError(
                f"elementwise op {self.name!r} has {self.arity} partials and {len(self.domain)} "
                "domains: expected one of each for each operand, as in domain=((0, 1),)"
            )
        refuse_reserved(self)
        self.latex = self.latex or latex_call(self.name, OPERANDS[: self.arity])
        self.text = function if isinstance(function, str) else ""
        if self.text:
            del self.function  # until it is asked for
        else:
            self._compute_by(function)

    def __getattr__(self, name: str) -> Any:
        """Compile a text when it is first asked for: compiling all would slow the import."""
        if name == "vjp":
            self.vjp = compile_vjp(self)
        elif name == "vjps":
            self.vjps = tuple([compile_vjp(self, k) for k in range(self.arity)])
        elif name in {"function", "on_float", "on_array"} and self.__dict__.get("text"):
            self._compute_by(compile_function(self))
        else:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self.__dict__[name]

    def _compute_by(self, function: Any) -> None:
        by_kind = isinstance(function, Primitive)
        self.function = function
        self.on_float = function.real if by_kind else function
        self.on_array = function.array if by_kind else function
        if ARRAY not in self.numbers:
            self.on_array = self.compute  # which refuses

    def own_settings(self, settings: Settings) -> dict[str, Any]:
        """Return those of ``settings`` that differ from their defaults; TypeError for others."""
        return one_for_all(self, super().own_settings(settings), self.arrays)

    def partial(self, k: int, /, *operands: Any, **settings: Any) -> Any:
        """Return ∂z/∂operand ``k`` at raw numbers or arrays."""
        if widest(operands) == FRACTION:
            settings = exactly(self, settings)
        z = self.compute(*operands, **settings)
        with np.errstate(all="ignore"):
            if widest(operands) == ARRAY:
                ones = np.ones(np.broadcast_shapes(*map(np.shape, operands)))
                return self.vjps[k](ones, *without_floats(operands), z, **settings)
            try:
                return self.vjp(1, *operands, z, **settings)[k]
            except ArithmeticError:
                return ieee(self.vjp, (1, *operands, z), settings)[k]

    def derivative(self, x: Any, /, **settings: Any) -> Any:
        """Return the derivative of a one-operand op at raw numbers or arrays."""
        if self.arity != 1:
            raise TypeError(f"{self.name} has {self.arity} operands: ask for a partial")
        return self.partial(0, x, **settings)

    @overload
    def __call__(self, x: float, *others: float, **settings: Any) -> float: ...
    @overload
    def __call__(
        self, x: NodeType, *others: NodeType | float | Array, **settings: Any
    ) -> NodeType: ...
    @overload
    def __call__(
        self, x: float | Array, y: NodeType, *others: NodeType | float | Array, **settings: Any
    ) -> NodeType: ...
    @overload
    def __call__(self, x: Array | float, *others: Array | float, **settings: Any) -> Array: ...
    @overload
    def __call__(self, *operands: Any, **settings: Any) -> Any: ...
    def __call__(self, *operands: Any, **settings: Any) -> Any:
        if len(operands) != self.arity:
            raise TypeError(wrong_arity(self, self.arity, len(operands)))
        if settings:
            settings = self.own_settings(settings)
            if self.arrays and (samples := found_in(settings, self.arrays)) is not None:
                return samples.apply(self, operands, settings)
        elif self.arity == 1:  # the short way for what rules and networks call most
            x = operands[0]
            if type(x) is float:
                try:
                    return float(self.on_float(x))
                except (ArithmeticError, ValueError):
                    return ieee(self.function, operands, settings)
            if isinstance(x, Node):
                return x._apply(self, operands, settings)
            if type(x) is np.ndarray and x.dtype.kind == "f":
                return quietly(self.on_array, x)
        node = None
        for x in operands:
            if isinstance(x, Node):
                if node is None or x._rank > node._rank:
                    node = x
            elif isinstance(x, np.ndarray) and x.dtype.kind == "O":
                return element_by_element(self, operands, settings)
        if node is not None:
            return node._apply(self, operands, settings)
        return self.compute(*operands, **settings)

    def compute(self, /, *operands: Any, **settings: Any) -> Any:
        """Compute on raw numbers or arrays, as IEEE 754 has it: 1/0 is inf and log(-1) is nan.

        Raises
        ------
        TypeError
            If the op isn't defined for this kind of number.
        """
        found = ARRAY if type(operands[0]) is np.ndarray else widest(operands)
        if found not in self.numbers:
            if found == COMPLEX and self.on_complex is not None:
                return self.on_complex(*operands, **settings)
            raise TypeError(
                f"{self.name} is not defined for {article(found)} {found}: it takes "
                + ", ".join(sorted(self.numbers))
                + ("; use Value(float(x)) or an mpmath number" if found == FRACTION else "")
            )
        if found == ARRAY or (self.arrays and np.ndarray in map(type, settings.values())):
            return quietly(self.on_array, *operands, **settings)
        if found == FLOAT:
            try:
                operands = tuple(float(x) for x in operands)
            except OverflowError as error:
                raise too_large(error, f"{self.name}: an operand") from None
        elif found == FRACTION:
            settings = exactly(self, settings)
        elif found == MPF:
            operands = tuple(map(without_fraction, operands))
        try:
            return as_kind(self.function(*operands, **settings), found)
        except (ArithmeticError, ValueError):
            return ieee(self.function, operands, settings)


@helpful
class Structural(Op):
    """An op on whole arrays, or on any number of scalars, with its pullback.

    Attributes
    ----------
    pullback : callable, or tuple of callable
        ``(cotangent, *operands, z, **settings)`` → one contribution for each operand, written
        with ops, so that it runs on arrays and on nodes. Or such a function for each operand,
        which returns its contribution: then constants among the operands cost nothing.
    arity : int or None
        The number of operands; None for any number.
    linear : bool
        Whether the op is linear in its operands together: then it is its own pushforward.
    scalar : bool
        Whether the result is a Value even where operands are Tensors.
    rows : bool
        Whether the operands are rows: tuples of any number of scalars. The pullback then takes
        rows and returns a row of contributions for each.
    bilinear : bool
        Whether it is Σ xₖyₖ over two rows, plus what is left of the second: then each row is the
        other's partial derivatives, which the walk uses to go fast.
    moves : bool
        Whether the op only moves elements about, so that no floating-point warning can arise.
    batched : callable, optional
        How it goes over all samples of ``vmap`` at once (``batch_rules.py``); else one by one.

    Examples
    --------
    >>> from autograd.extend import get_op
    >>> op = get_op("sum")
    >>> op.linear, op.settings
    (True, {'axis': None, 'keepdims': False})
    """

    pullback: Any = staticmethod(lambda *_: ())
    arity: int | None = 1
    batched: Rule | None = None

    def __init__(self, name: Any, function: Any, **attributes: Any) -> None:
        super().__init__(name, function, **attributes)
        self.latex = self.latex or latex_call(self.name, OPERANDS[: self.arity or 1])
        self.vjps = ()
        if isinstance(self.pullback, tuple):
            self.vjps = () if self.rows else self.pullback  # which are for one operand, not a row
            self.pullback = together(self.pullback)
        elif self.arity == 1 and not self.rows:
            self.vjps = (partial(only_one, self),)
        self.vjp = self.pullback
        self.on_array = self.function

    def __call__(self, *operands: Any, **settings: Any) -> Numeric:
        if self.arity is not None and len(operands) != self.arity:
            raise TypeError(wrong_arity(self, self.arity, len(operands)))
        if settings:
            settings = self.own_settings(settings)
            if self.arrays and (samples := found_in(settings, self.arrays)) is not None:
                return cast(Numeric, samples.apply(self, operands, settings))
        node = _most_general(chain.from_iterable(operands) if self.rows else operands)
        if node is not None:
            return cast(Numeric, node._apply(self, operands, settings))
        result: Numeric = self.compute(*operands, **settings)
        return result

    def compute(self, /, *operands: Any, **settings: Any) -> Any:
        """Compute on raw numbers or arrays."""
        if not self.moves:
            return quietly(self.function, *operands, **settings)
        try:
            return self.function(*operands, **settings)
        except OverflowError as error:
            raise too_large(error, f"{self.name}: a number") from None


def _most_general(operands: Iterable[Any]) -> Node | None:
    """Return the operand that decides what kind of node comes out: a Tensor before a Value."""
    found = None
    for x in operands:
        if isinstance(x, Node) and (found is None or x._rank > found._rank):
            found = x
    return found
