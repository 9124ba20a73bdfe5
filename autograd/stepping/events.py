"""An event: one step of the forward or backward pass, as plain immutable data.

``recorded_walk.py`` makes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from autograd.files.console import ConsoleText, printable
from autograd.reading.operand_names import slot_names
from autograd.rules.op import Op
from autograd.rules.op_registry import is_built_in
from autograd.stepping import flags, formula, sentences


class Phase(StrEnum):
    """The pass that an event belongs to: forward or backward."""

    FORWARD = "forward"
    BACKWARD = "backward"


class Kind(StrEnum):
    """The kind of a step."""

    COMPUTE = "compute"  # an operation computed its result
    SEED = "seed"  # the root got its cotangent
    CONTRIBUTE = "contribute"  # an operation passed a contribution to one operand slot
    ACCUMULATE = "accumulate"  # the total was added to a .grad that an earlier backward() left


@printable
@dataclass(frozen=True, slots=True)
class NodeRecord:
    """One node, as it was when the steps were recorded.

    Attributes
    ----------
    index : int
        Its place in the topological order, leaves included: every operand comes before.
    name : str
        The label; the number, for a constant without one; else ``v`` and the index.
    label, region, source : str
        As on the node; empty where there is none.
    code : str
        The line of code that ``source`` names, as it was when the node was made.
    op : str
        The name of the op that made it; empty for a leaf.
    symbol : str
        The op's symbol.
    settings : dict
        The op's settings that differ from their defaults.
    made_by : Op or None
        The op itself, whatever became of its name. None for a leaf, and for an op that isn't
        registered where steps were read from JSON.
    requires_grad : bool
        Whether a gradient is wanted here.
    data : number or array
        What the node holds.
    shape : tuple of int or None
        A tensor's shape; None for a scalar.
    operands : tuple of int
        The indices of its operands, in order and with repeats.
    operand_names : tuple of str
        Their names.
    values : tuple of number or array
        Their data, as the op used it.
    old_grad : number, array or None
        The ``.grad`` of a leaf before this pass.

    Examples
    --------
    >>> from autograd import Value, steps
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> node = steps(a * b)[0].node
    >>> node.index, node.name, node.op, node.data, node.operand_names, node.values, node.built_in
    (2, 'v2', 'mul', -6.0, ('a', 'b'), (2.0, -3.0), 'mul')
    """

    index: int
    name: str
    label: str = ""
    op: str = ""
    symbol: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    made_by: Op | None = None
    region: str = ""
    source: str = ""
    code: str = ""
    requires_grad: bool = True
    data: Any = None
    shape: tuple[int, ...] | None = None
    operands: tuple[int, ...] = ()
    operand_names: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    old_grad: Any = None

    @property
    def built_in(self) -> str:
        """The name of the op if it is the engine's own, and not a user's of that name; else ''."""
        return self.op if is_built_in(self.made_by) else ""

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    def __hash__(self) -> int:
        return hash((self.index, self.name, self.op))


@printable
@dataclass(frozen=True, slots=True)
class Event:
    r"""One step: an operation's result, or what it passes back to one of its operand slots.

    Attributes
    ----------
    k, n : int
        Its position, from 1 to ``n``.
    phase : Phase
        "forward" or "backward".
    kind : Kind
        "compute", "seed", "contribute" or "accumulate".
    node : NodeRecord
        The node at work: what is computed, or what passes its cotangent on; the root for a seed,
        the leaf for what is accumulated.
    root : NodeRecord
        What is differentiated.
    target : NodeRecord
        Whose data or gradient changes: ``node`` but for a contribution, which goes to an operand.
    slot : int or None
        Which operand of ``node`` a contribution goes to.
    upstream : number, array or None
        The cotangent of ``node``, ∂root/∂node.
    local : number, array or None
        The local derivative ∂node/∂operand: for an elementwise op on tensors, its elements. None
        where it is a matrix or more.
    contribution : number, array or None
        What is added to the gradient of ``target``.
    before, after : number, array or None
        The gradient of ``target`` before and after, as this pass adds it up: None before anything
        arrived. It is in ``.grad`` after a ``backward()``. Only where a leaf has a ``.grad``
        already, the total is added to that in the end, in an event of its own.

    Examples
    --------
    >>> from autograd import Value, steps
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> computed, _, to_a, _ = steps(a * b)
    >>> computed.values, computed.result
    ((2.0, -3.0), -6.0)
    >>> print(computed.formula, computed.substituted, sep=" is ")
    v_{2} = a \cdot b is -6.0 = 2.0 \cdot \left(-3.0\right)
    >>> to_a.operand, to_a.upstream, to_a.local, to_a.contribution, to_a.after, to_a.flags
    ('x', 1.0, -3.0, -3.0, -3.0, ())
    >>> print(to_a.local_formula, to_a.accumulation, sep="; the sum is ")
    \frac{\partial v_{2}}{\partial a} = b; the sum is -3.0
    >>> to_a.sentence
    'v2 depends on a through multiplication by b = −3.0, so ∂v2/∂a = −3.0'
    """

    k: int
    n: int
    phase: Phase
    kind: Kind
    node: NodeRecord
    root: NodeRecord
    target: NodeRecord
    slot: int | None = None
    upstream: Any = None
    local: Any = None
    contribution: Any = None
    before: Any = None
    after: Any = None

    @property
    def result(self) -> Any:
        """The number that the op of ``node`` computed."""
        return self.node.data

    @property
    def values(self) -> tuple[Any, ...]:
        """The numbers that ``node`` was computed from."""
        return self.node.values

    @property
    def operand(self) -> str:
        """The op's name for the operand slot that a contribution goes to: ``x``, ``w₁``, ``b``."""
        op = self.node.made_by
        if self.slot is None:
            return ""
        return slot_names(op, len(self.node.operands))[self.slot] if op else str(self.slot)

    @property
    def formula(self) -> str:
        r"""The step in symbols, as LaTeX: ``c = a \cdot b``."""
        return formula.symbolic(self)

    @property
    def substituted(self) -> str:
        r"""The step in numbers, as LaTeX: ``-6.0 = 2.0 \cdot (-3.0)``."""
        return formula.substituted(self)

    @property
    def local_formula(self) -> str:
        r"""The local derivative in symbols, as LaTeX: ``\frac{\partial c}{\partial a} = b``."""
        return formula.local(self)

    @property
    def accumulation(self) -> str:
        """The sum of a gradient, as LaTeX: ``2.0 + (-3.0) = -1.0``; empty in the forward pass."""
        return formula.accumulation(self)

    @property
    def sentence(self) -> str:
        """The step in one plain sentence."""
        return ConsoleText(sentences.sentence(self))

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags of the step, such as ``"ReLU off"``: see ``autograd.stepping.flags``."""
        return flags.flags(self)

    def __repr__(self) -> str:
        return f"<{self.k}/{self.n} {self.phase}: {self.sentence}>"

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    def __hash__(self) -> int:
        return hash((self.k, self.n, self.kind, self.node.index, self.slot))


def _fields(x: Any) -> list[Any]:
    return [getattr(x, name) for name in x.__slots__]


def same(x: Any, y: Any) -> bool:
    """Whether two records hold the same: numbers to the bit, nan equal to nan, arrays by element.

    Examples
    --------
    >>> from autograd.stepping.events import same
    >>> same(float("nan"), float("nan")), same(0.0, -0.0), same(1.0, 1)
    (True, False, False)
    """
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        return bool(x.dtype == y.dtype and x.shape == y.shape) and same(x.tolist(), y.tolist())
    if type(x) is not type(y):
        return False
    if isinstance(x, (list, tuple)):
        return len(x) == len(y) and all(map(same, x, y))
    if isinstance(x, dict):
        return x.keys() == y.keys() and all(same(x[key], y[key]) for key in x)
    if isinstance(x, (NodeRecord, Event)):
        return same(_fields(x), _fields(y))
    return repr(x) == repr(y) if isinstance(x, (float, complex)) else bool(x == y)
