"""Ops between scalars and arrays, and ops on any number of scalars.

``autograd/values/scalar_rows.py`` builds the graphs; here are the records of the ops.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import add, mul
from typing import Any

import numpy as np

from autograd.node.mode import current_mode
from autograd.node.node import Node
from autograd.numbers.kinds import ANY_NUMBER, DTypeLike
from autograd.numbers.per_sample import PerSample
from autograd.numbers.readonly import as_array
from autograd.numbers.sealed import Sealed
from autograd.numbers.words import with_article
from autograd.rules.batch_rules import at_leading_axes
from autograd.rules.chain_rule import times
from autograd.rules.define import structural
from autograd.rules.op_registry import built_in

Row = tuple[Any, ...]


class Scattered:
    """Contributions to single elements of a tensor, written down and not yet added up.

    A tensor of n elements gets n of them from its ``scalars()``. Each would be an array of zeros
    but for one element, and adding those takes n² additions; a list takes n.

    Sums share one list, of which each knows how much is its own: ``a + b`` takes no time that
    depends on ``a``, and leaves ``a`` as it was.
    """

    __slots__ = ("_count", "_terms", "dtype", "shape")
    __array_ufunc__ = None  # array + scattered is for __radd__

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any], terms: Any, count: int = 1):
        self.shape = shape
        self.dtype = dtype
        self._terms: list[tuple[int, Any]] = terms
        self._count = count

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Scattered):
            return self.total() + other
        terms = self._terms
        if len(terms) > self._count:  # another sum went on from here
            terms = terms[: self._count]
        terms.extend(other._terms[: other._count])
        return Scattered(self.shape, self.dtype, terms, self._count + other._count)

    __radd__ = __add__

    def total(self) -> Any:
        """Return the sum: an array, or a node if the contributions are nodes."""
        index, parts = zip(*self._terms[: self._count], strict=True)
        if any(isinstance(part, Node) for part in parts):
            column = from_scalars(parts, shape=(len(parts),))
            found: Any = scatter_flat(column, shape=self.shape, index=np.array(index))
            is_own = found.dtype == self.dtype  # Values are float64
            return found if is_own else built_in["astype"](found, dtype=self.dtype)
        column = np.array(parts, self.dtype)
        return _scatter_flat(column, shape=self.shape, index=np.array(index))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Any:
        return np.asarray(self.total(), dtype)

    def __repr__(self) -> str:
        return repr(self.total())


def add_into(out: Any, index: Any, values: Any) -> None:
    """Add values to the elements of ``out`` at an index, in place; repeats add up.

    NumPy's ``add.at`` reads beyond its values where they have to broadcast to an index array of
    two axes (2.0 to 2.4), so they are broadcast before. The shape is that of a view of one byte.
    """
    if type(index) is np.ndarray and index.dtype != bool:
        shape = index.shape + out.shape[1:]
    else:
        shape = np.broadcast_to(np.int8(0), out.shape)[index].shape
    np.add.at(out, index, values if np.shape(values) == shape else np.broadcast_to(values, shape))


def _scatter_flat(x: Any, *, shape: tuple[int, ...], index: Any) -> Any:
    out = np.zeros(int(np.prod(shape)), x.dtype)
    add_into(out, index, x)
    return out.reshape(shape)


scatter_flat = structural(
    "scatter_flat",
    _scatter_flat,
    lambda g, x, z, *, shape, index: (g.reshape(-1)[index],),
    linear=True,
    doc="Zeros of a shape, with elements added in at positions counted in C order.",
)

# The tensor here must be an interior node, such as what ``unstack`` makes of a leaf: the walk
# adds up a node's contributions when it gets there, and it doesn't go to leaves.
element = structural(
    "element",
    lambda x, *, index: x.item(index),
    lambda g, x, z, *, index: (Scattered(x.shape, x.dtype, [(index, g)]),),
    linear=True,
    scalar=True,
    moves=True,
    latex=r"{{{x}}}_i",
    doc="One element of a tensor as a Value, by its position in C order.",
)

unstack = structural(
    "unstack",
    lambda x: x,
    lambda g, x, z: (g,),
    linear=True,
    moves=True,
    doc="The tensor that a tensor's scalars are the elements of.",
    batched=at_leading_axes,
)

from_scalars = structural(
    "from_scalars",
    lambda row, *, shape: np.array([float(x) for x in row]).reshape(shape),
    lambda g, row, z, *, shape: (elements(g),),
    rows=True,
    arity=1,
    linear=True,
    moves=True,
    doc="A tensor made of Values.",
)


def elements(x: Any) -> Row:
    """Return the elements of an array or a Tensor as numbers or Values, in C order."""
    plain = isinstance(x, (np.ndarray, np.generic))
    return tuple(x.ravel().tolist() if plain else x.scalars().flat)


def own_copy(x: Any) -> Any:
    """Return a copy of an array for an op to keep, which later changes of ``x`` don't reach.

    While a function is recorded, the tracer is told: a replay must notice such changes.
    """
    if type(x) is Sealed or isinstance(x, PerSample):
        return x
    copy = as_array(x, np.array)
    if (tracer := current_mode().tracer) is not None:
        tracer.keep(x, copy)
    return copy


def operand(x: Any) -> Any:
    """Return what an op on arrays computes with: an array or a Tensor; a Value becomes 0-d."""
    if type(x) is np.ndarray:
        return x
    if isinstance(x, Node):
        return x if x._rank else from_scalars((x,), shape=())
    if isinstance(x, PerSample):
        return x
    found = as_array(x)
    if not found.ndim and found.dtype == object and (x is None or isinstance(x, Iterable)):
        of_sum = "; Python's own sum, which takes it, is hidden by import * from autograd"
        raise TypeError(
            f"expected a number, an array or a list of numbers, got {with_article(x)}: make a "
            "list or an array of it; of Tensors, numpy.stack makes one"
            + (of_sum if isinstance(x, Iterator) else "")
        )
    return found


# A neuron is one node in a picture, not a chain of additions. Rules are on rows ----------------


def _one_by_one(numbers: Any, start: Any = 0) -> Any:
    return reduce(add, numbers, start)


# From Python 3.12 on ``sum`` corrects for the rounding of floats, and gives other last bits than a
# chain of additions does, a replay kernel's among them. Before, it is the fastest such chain.
_compensates = sum((1.0, 1e100, -1e100)) == 1.0
add_up: Any = _one_by_one if _compensates else sum

total = structural(
    "total",
    add_up,
    lambda g, xs, z: ((g,) * len(xs),),
    rows=True,
    arity=1,
    linear=True,
    moves=True,
    numbers=ANY_NUMBER,
    symbol="Σ",
    latex=r"\sum_i {x}_i",
    doc="The sum of any number of Values.",
)

dot = structural(
    "dot",
    lambda xs, ys: add_up(map(mul, xs, ys)),
    lambda g, xs, ys, z: ([times(g, y) for y in ys], [times(g, x) for x in xs]),
    rows=True,
    bilinear=True,
    arity=2,
    moves=True,
    numbers=ANY_NUMBER,
    symbol="·",
    latex=r"\sum_i {x}_i {y}_i",
    doc="Σ x·y over two rows of Values.",
)

# The second row is the weights and then the bias: ``map`` and ``zip`` stop at the shorter row.
neuron = structural(
    "neuron",
    lambda xs, ws: add_up(map(mul, xs, ws), ws[-1]),
    lambda g, xs, ws, z: (
        [times(g, w) for _, w in zip(xs, ws, strict=False)],
        [*[times(g, x) for x in xs], g],
    ),
    rows=True,
    bilinear=True,
    arity=2,
    moves=True,
    numbers=ANY_NUMBER,
    symbol="w·x + b",
    latex=r"\sum_i {y}_i {x}_i + b",
    doc="Σ w·x + b: the preactivation of one neuron.",
)


def _on_tangent(xs: Row, *, of: str, at: Row, value: float, slopes: Row) -> Any:
    moved = [
        (s, x - there)
        for s, x, there in zip(slopes, xs, at, strict=True)
        if x != there and (x == x or there == there)  # nan that was there hasn't moved
    ]
    return sum((s * by for s, by in moved), start=value)


# What an op without a form in scalars gave at some point, and its tangent there.
linearised = structural(
    "linearised",
    _on_tangent,
    lambda g, xs, z, *, of, at, value, slopes: ([times(g, slope) for slope in slopes],),
    rows=True,
    arity=1,
    moves=True,
    symbol="∂",
    latex=r"\operatorname{{linearised}}({x})",
    doc="One element of an op's result as recorded, with its tangent: its row of the Jacobian.",
)
