"""The base class of the nodes of a graph.

The two kinds of node, ``Value`` and ``Tensor``, are in ``values/``; the walk is in ``walk/``.

A node has two operand slots instead of a tuple of parents, because a tuple is one more object
for Python's cyclic collector to visit. With a tuple per node, a training step of 65,000 scalar
nodes took twice as long in a prototype (the step of ``benchmarks/eager.py``). Operations with
three operands or more put a tuple in the first slot. An n-ary operation on scalars
(``total``, ``dot``) has a *row* in each: a tuple of operands that nodes share, as all neurons of a
layer share their inputs.
``Node.parents`` reads the same for all.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

from autograd.node.mode import Note, noted
from autograd.node.region_names import region_inside

if TYPE_CHECKING:
    from autograd.numbers.protocols import Numeric

    # Of a room above this one: no more than the type of an attribute.
    from autograd.rules.op import Op


class Node:
    """One number or array in a graph: its data, the op that made it, and its parents in order.

    Attributes
    ----------
    data : number or array
        What the forward pass computed; for a leaf, what it was given.
    grad : number, array, Node or None
        What the last ``backward`` left here; None until a gradient reaches the node.
    op : Op or None
        The record of the operation that made this node; None for a leaf.
    params : dict or None
        The operation's settings that are not differentiated (an axis, a slope, an index).
    requires_grad : bool
        Whether gradients are wanted here. True for an interior node.

    Examples
    --------
    >>> from autograd import Value, region
    >>> x = Value(3.0)
    >>> x.label = "x"
    >>> with region("layer0"):
    ...     y = x * x
    >>> y.op.name, y.parents == (x, x), y.operands, y.is_leaf, y.region, y.source
    ('mul', True, (3.0, 3.0), False, 'layer0', '')
    """

    __slots__ = (
        "__weakref__",
        "_a",
        "_b",
        "_data",
        "_x",
        "_y",
        "grad",
        "note",
        "op",
        "params",
        "requires_grad",
    )

    _rank: ClassVar[int] = 0  # a result is of the kind of its operand of the highest rank

    _data: Any
    _a: Any
    _b: Any
    _x: Any
    _y: Any
    grad: Any
    op: Op | None
    params: dict[str, Any] | None
    requires_grad: bool
    note: Note | None

    @property
    def parents(self) -> tuple[Node, ...]:
        """The operands, in order and with repeats: ``(a + a).parents`` is ``(a, a)``."""
        return () if self.op is None else slots(self._a, self._b)

    @property
    def operands(self) -> tuple[Any, ...]:
        """The numbers this node was computed from, as they were then."""
        return () if self.op is None else slots(self._x, self._y)

    @property
    def is_leaf(self) -> bool:
        """Whether no operation made this node."""
        return self.op is None

    @property
    def label(self) -> str:
        """The node's name in pictures and messages; empty unless given."""
        return "" if self.note is None else self.note.label

    @label.setter
    def label(self, label: str) -> None:
        self.note = noted(self.note, label=label)

    @property
    def region(self) -> str:
        """The part of the model that made this node, as a path: ``mlp/layer0/neuron3``."""
        return "" if self.note is None else self.note.region

    @region.setter
    def region(self, region: str) -> None:
        self.note = noted(self.note, region=region_inside("", region))

    @property
    def source(self) -> str:
        """Where the user's code made this node, ``file.py:12``, if ``record_source()`` was on."""
        return "" if self.note is None else self.note.source

    @source.setter
    def source(self, source: str) -> None:
        self.note = noted(self.note, source=source, code="")

    def _refuse_interior(self) -> None:
        """Raise TypeError unless this is a leaf, whose data can be replaced."""
        if self.op is not None:
            raise TypeError(
                f"the data of an interior node (here of {self.op.name!r}) follows from its "
                "operands: change a leaf's data and run the forward pass again"
            )

    def _unbroadcast(self, contribution: Any) -> Any:
        """Return a contribution in this node's own shape and kind of number."""
        raise NotImplementedError

    def _replace_data(self, data: Any) -> None:
        """Replace this leaf's data by new data, which nobody else holds: no need to copy it."""
        raise NotImplementedError

    def _check_cotangent(self, cotangent: Any, word: str = "cotangent") -> Numeric | Node:
        """Return the cotangent to start from, checked; one if none is given to a scalar.

        A tangent is checked alike: ``word`` is what an error calls it.
        """
        raise NotImplementedError

    def _accumulate(self, cotangent: Numeric | Node) -> Numeric | Node:
        """Return this leaf's next ``grad``."""
        if self.grad is None:
            return cotangent
        total: Numeric = self.grad + cotangent
        return total

    def _apply(self, op: Op, operands: tuple[Any, ...], settings: dict[str, Any]) -> Node:
        """Compute an op on nodes and plain numbers, and record it."""
        raise NotImplementedError

    # Copies and pickles: see ``pickling.py``.

    def __copy__(self) -> Node:
        # Lazily, here and below: it is about nodes, and most programs never need it.
        from autograd.node.pickling import shallow_copy

        return shallow_copy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Node:
        from autograd.node.pickling import deep_copy

        return deep_copy(self, memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        if self.op is None:
            return object.__reduce_ex__(self, max(protocol, 2))
        from autograd.node.pickling import reduced

        return reduced(self)

    # Nodes are equal to numbers by value, and keys of a dictionary by identity.
    __hash__ = object.__hash__


def slots(first: Any, second: Any) -> tuple[Any, ...]:
    """Return what is in a node's two slots as one tuple: operands, or their data."""
    if second is not None:
        return first + second if type(second) is tuple else (first, second)
    return first if type(first) is tuple else (first,)


# In place of comprehensions, each of which is a call in Python 3.11, where a graph is built.
data_of = attrgetter("_data")
wants_gradient = attrgetter("requires_grad")


def as_flag(requires_grad: Any) -> bool:
    """Return ``requires_grad`` if it is a bool; TypeError if it is anything else."""
    if type(requires_grad) is bool:
        return requires_grad
    raise TypeError(f"requires_grad must be True or False, got {requires_grad!r}")


def raw(x: Any) -> Any:
    """Return the number or array behind ``x``, which may be a node.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.extend import raw
    >>> raw(Value(2.0)), raw(3.0)
    (2.0, 3.0)
    """
    return x._data if isinstance(x, Node) else x
