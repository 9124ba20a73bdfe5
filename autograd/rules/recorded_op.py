"""The op of a node that another engine recorded: a name, and that engine's own pullback.

It belongs to one node and is in no registry: what it computes isn't known here, only what it gave.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Never, TypeAlias

import numpy as np

from autograd.node.node import Node
from autograd.rules.op import Op

Pullback: TypeAlias = Callable[[Any], Sequence[Any]]


class Recorded(Op):
    """The op of one node, as another engine recorded it.

    Attributes
    ----------
    pullback : callable or None
        The cotangent → one contribution for each operand, None where nothing passes. None where it
        stayed behind: in what was pickled or read from a file.
    ours : callable or None
        A function of the operands, written with ops, that computes the same: the second opinion.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.extend import Recorded, recorded
    >>> x = Value(3.0)
    >>> y = recorded("squared", [x], 9.0, lambda g: (6.0 * g,))
    >>> y.backward()
    >>> isinstance(y.op, Recorded), y.op.name, x.grad
    (True, 'squared', 6.0)
    """

    pullback: Pullback | None = None
    ours: Callable[..., Any] | None = None

    def __init__(self, name: str, **attributes: Any) -> None:
        # A text as its function: no signature is read, which takes longer than all the rest.
        super().__init__(name, "", **attributes)
        self.function = partial(_refuse_computing, self.name)
        self.latex = self.latex or rf"\operatorname{{{self.name}}}".replace("_", r"\_")
        self.on_array = self.function
        self.vjps = ()
        self.vjp = partial(_passed, self.name, self.pullback)

    def __call__(self, *operands: Any, **settings: Any) -> Never:
        _refuse_computing(self.name)

    def compute(self, /, *operands: Any, **settings: Any) -> Never:
        """Raise TypeError: what another engine computed can't be computed again here."""
        _refuse_computing(self.name)

    def __eq__(self, other: object) -> bool:
        """Whether it is the same operation there; each node's has a pullback of its own."""
        return isinstance(other, Recorded) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __reduce__(self) -> tuple[Any, ...]:
        return _left_behind, (self.name, self.symbol, self.latex, self.doc)


def _left_behind(name: str, symbol: str, latex: str, doc: str) -> Recorded:
    return Recorded(name, symbol=symbol, latex=latex, doc=doc)


def _refuse_computing(name: str, /, *_: Any, **__: Any) -> Never:
    raise TypeError(
        f"{name!r} was computed by another engine, which this graph records: it can't be "
        "computed again here; run the program there and record it again"
    )


def _passed(name: str, pullback: Pullback | None, cotangent: Any, /, *given: Any, **_: Any) -> Any:
    """Return a contribution for each operand; ``given`` are the operands and the result."""
    if isinstance(cotangent, Node) or any(isinstance(x, Node) for x in given):
        raise TypeError(
            f"{name!r} has the pullback of another engine, which gives numbers alone: no "
            "derivative of it can be taken here, and it can't be run forwards. Use first "
            "derivatives in reverse mode, or scalars(root), which is written in ops of this engine"
        )
    if pullback is None:
        raise ValueError(
            f"{name!r} was recorded by another engine, and its pullback stayed there when the "
            "graph was pickled or written to a file: record the program again to differentiate it"
        )
    operands = given[:-1]
    passed = pullback(cotangent)
    if not isinstance(passed, (tuple, list)) or len(passed) != len(operands):
        return passed  # which the walk refuses, and says why
    return [_zero(x) if each is None else each for each, x in zip(passed, operands, strict=True)]


def _zero(operand: Any) -> Any:
    """Return a zero of an operand's kind, which broadcasts to its shape."""
    return operand.dtype.type(0) if isinstance(operand, np.ndarray) else type(operand)(0)
