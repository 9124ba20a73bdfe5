"""An array of Values on which NumPy's sums and products are rows: one node for each element.

A rule that adds up an ordinary array of Values gives a chain of additions. On a ``ValueArray`` the
same rule gives ``total`` and ``dot``, as a layer of Values does (``scalar_rows.py``). So the
functions of the rule book run on scalars as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from operator import mul
from string import ascii_letters
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from autograd.node.mode import current_mode
from autograd.node.node import Node
from autograd.ops import scalars
from autograd.ops.reduction import kept_shape, to_last
from autograd.values.scalar_rows import row_of_nodes
from autograd.values.value import Value, linked

Objects: TypeAlias = npt.NDArray[np.object_]
RowOfNodes: TypeAlias = tuple[tuple[Node, ...], tuple[Any, ...], bool]


class ValueArray(np.ndarray[Any, np.dtype[Any]]):
    """An array of Values, for as long as a rule runs on it."""

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any
    ) -> Any:
        given = [as_plain(x) for x in inputs]
        if out is not None:
            kwargs["out"] = tuple(map(as_plain, out))
        rows = _IN_ROWS.get((ufunc, method))
        if rows is not None and np.dtype(object) in [getattr(x, "dtype", None) for x in given]:
            return of_values(rows(*given, **kwargs))
        try:
            return of_values(getattr(ufunc, method)(*given, **kwargs))
        except (AttributeError, TypeError):  # a plain number among them has no method ``sqrt``
            return of_values(getattr(ufunc, method)(*map(_constants, given), **kwargs))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        rows = _IN_ROWS.get((function, "__call__"))
        if rows is not None:
            return of_values(rows(*map(as_plain, args), **kwargs))
        return of_values(super().__array_function__(function, types, args, kwargs))


def of_values(found: Any) -> Any:
    """Return an array of objects as one of Values; anything else as it is."""
    is_array = isinstance(found, np.ndarray) and found.dtype == object
    return found.view(ValueArray) if is_array else found


def as_plain(x: Any) -> Any:
    """Return an array of Values as an ordinary array."""
    return x.view(np.ndarray) if isinstance(x, ValueArray) else x


def _constants(x: Any) -> Any:
    """Return an array of objects with constants in place of plain numbers."""
    return as_values(x) if isinstance(x, np.ndarray) and x.dtype == object else x


def as_values(found: Any) -> Objects:
    """Return nodes and plain numbers as an ordinary array of Values."""
    array = np.asarray(found, object) if isinstance(found, np.ndarray) else _box(found)
    flat = [x if isinstance(x, Node) else Value(x, requires_grad=False) for x in array.flat]
    return np.fromiter(flat, object, len(flat)).reshape(array.shape)


def _box(x: Any) -> Objects:
    box = np.empty((), object)
    box[()] = x
    return box


# Sums and products --------------------------------------------------------------------------------


def _sum(x: Any, axis: Any = 0, dtype: Any = None, keepdims: bool = False, **how: Any) -> Any:
    rows = to_last(x, axis)
    found = np.empty(rows.shape[:-1], object)
    for place in np.ndindex(found.shape):
        found[place] = _total(rows[place])
    return found.reshape(kept_shape(x.shape, axis)) if keepdims else found[()]


def _total(numbers: Iterable[Any]) -> Any:
    row = tuple(numbers)
    return row[0] if len(row) == 1 else scalars.total(row)


def _einsum(subscripts: str, *operands: Any, **how: Any) -> Any:
    inputs, out = subscripts.replace(" ", "").split("->")
    return _products(inputs.split(","), out, operands)


def _matmul(x: Any, y: Any, **how: Any) -> Any:
    """Return x @ y: the last axis of x against the last but one of y, the others broadcast."""
    many = [ascii_letters[: max(each.ndim - 2, 0)][::-1] for each in (x, y)]
    of_x, of_y = ("I" if x.ndim > 1 else ""), ("J" if y.ndim > 1 else "")
    out = f"{max(many, key=len)}{of_x}{of_y}"
    return _products([f"{many[0]}{of_x}K", f"{many[1]}K{of_y}"], out, (x, y))


def _dot(x: Any, y: Any, **how: Any) -> Any:
    if not (x.ndim and y.ndim):
        return x * y
    return _matmul(x, y) if y.ndim < 3 else _tensordot(x, y, (-1, -2))


def _tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    if isinstance(axes, int):
        axes = (range(x.ndim - axes, x.ndim), range(axes))
    left, right = list(ascii_letters[: x.ndim]), list(ascii_letters[x.ndim : x.ndim + y.ndim])
    pairs = zip(np.atleast_1d(axes[0]).tolist(), np.atleast_1d(axes[1]).tolist(), strict=True)
    summed = []
    for of_x, of_y in pairs:
        summed.append(left[of_x])
        right[of_y] = left[of_x]
    out = "".join(letter for letter in left + right if letter not in summed)
    return _products(["".join(left), "".join(right)], out, (x, y))


_IN_ROWS: dict[tuple[Any, str], Callable[..., Any]] = {
    (np.add, "reduce"): _sum,
    (np.matmul, "__call__"): _matmul,
    (np.dot, "__call__"): _dot,
    (np.einsum, "__call__"): _einsum,
    (np.tensordot, "__call__"): _tensordot,
}


def _products(terms: list[str], out: str, operands: tuple[Any, ...]) -> Any:
    """Return the sums of products with the indices that einsum's terms and output say.

    Each operand is an array of rows over the indices that are summed, one for each place of the
    output that it takes part in: those rows are shared.
    """
    lengths: dict[str, int] = {}
    for term, x in zip(terms, operands, strict=True):
        for letter, n in zip(term, x.shape, strict=True):
            lengths[letter] = n if lengths.get(letter, 1) == 1 else lengths[letter]
    summed = [letter for letter in lengths if letter not in out]
    rows = [_rows(np.asarray(x, object), t, out, summed, lengths)
            for x, t in zip(operands, terms, strict=True)]  # fmt: skip
    return np.frompyfunc(_sum_of_products, len(rows), 1)(*rows)


def _rows(x: Objects, term: str, out: str, summed: list[str], lengths: dict[str, int]) -> Objects:
    order = [letter for letter in (*out, *summed) if letter in term]
    x = x.transpose([term.index(letter) for letter in order])
    own = dict(zip(order, x.shape, strict=True))
    x = x.reshape([own.get(letter, 1) for letter in (*out, *summed)])
    shape = x.shape[: len(out)]
    x = np.broadcast_to(x, (*shape, *(lengths[letter] for letter in summed)))
    width = int(np.prod(x.shape[len(out) :], dtype=int))
    made = [row_of_nodes(row) for row in x.reshape((int(np.prod(shape)), width)).tolist()]
    return np.fromiter(made, object, len(made)).reshape(shape)


def _sum_of_products(*rows: RowOfNodes) -> Any:
    nodes = [row[0] for row in rows]
    if len(nodes[0]) == 1:
        return reduce(mul, (row[0] for row in nodes))
    if len(nodes) != 2:
        return _total(reduce(mul, factors) for factors in zip(*nodes, strict=True))
    (xs, of_xs, varies), (ys, of_ys, learns) = rows
    z = scalars.dot.function(of_xs, of_ys)
    if not (varies or learns):
        return Value(z, requires_grad=False)
    return linked(scalars.dot, z, xs, ys, of_xs, of_ys, None, current_mode().note)
