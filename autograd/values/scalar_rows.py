"""Sums, dot products and layers of Values: a neuron is one node, not a chain of additions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, overload

import numpy as np

from autograd.node.mode import Note, current_mode
from autograd.node.node import Node, raw
from autograd.numbers.kinds import Array
from autograd.numbers.per_sample import PerSample
from autograd.numbers.readonly import of_plain_kind
from autograd.numbers.sealed import Sealed
from autograd.ops import scalars
from autograd.ops.products import affine_op, check_layer, dot_arrays
from autograd.rules.op_registry import stands_for
from autograd.values.tensor import Tensor
from autograd.values.value import Value, as_row, linked


@overload
def total(values: Iterable[Value]) -> Value: ...
@overload
def total(values: Iterable[Any]) -> Any: ...
def total(values: Iterable[Any]) -> Any:
    """Return the sum of any number of Values as one node, with an operand slot for each.

    Parameters
    ----------
    values : iterable of Value and number
        Numbers of any kind; an array of any shape.

    Returns
    -------
    Value
        A plain number if none of them is a Value.

    Raises
    ------
    TypeError
        If there is a Tensor among them.

    Examples
    --------
    >>> from autograd import Value, total
    >>> a, b, c = Value(1.0), Value(2.0), Value(3.0)
    >>> total([a, b, c, a])
    Value(7.0)
    """
    return scalars.total(_row(values, "total", "autograd.sum or autograd.stack"))


@overload
def dot(x: Tensor, y: Any) -> Tensor: ...
@overload
def dot(x: Any, y: Tensor) -> Tensor: ...
@overload
def dot(x: Sequence[Value], y: Any) -> Value: ...
@overload
def dot(x: Any, y: Sequence[Value]) -> Value: ...
@overload
def dot(x: Any, y: Any) -> Any: ...
@stands_for(np.dot)
def dot(x: Any, y: Any) -> Any:
    """Return Σ x·y: of Values as one node with an operand slot each; of arrays as NumPy's ``dot``.

    Parameters
    ----------
    x, y : sequence of Value and number, of one length; or arrays or Tensors
        A sequence with a Value in it is a row of scalars.

    Returns
    -------
    Value, array or Tensor

    Raises
    ------
    ValueError
        If the lengths differ.

    Examples
    --------
    >>> from autograd import Value, dot
    >>> w = [Value(2.0), Value(3.0)]
    >>> y = dot(w, [10.0, 1.0])
    >>> y
    Value(23.0)
    >>> y.backward()
    >>> [wi.grad for wi in w]
    [10.0, 1.0]
    """
    if not (_is_row(x) or _is_row(y)):
        return dot_arrays(x, y)
    instead = "Tensors only, as in dot(w, x)"
    row, other = _row(x, "dot", instead), _row(y, "dot", instead)
    if len(row) != len(other):
        raise ValueError(f"dot needs two rows of one length, got {len(row)} and {len(other)}")
    return scalars.dot(row, other)


def _is_row(x: Any) -> bool:
    """Whether it is a vector of scalars with a Value among them."""
    if isinstance(x, np.ndarray):
        return x.dtype == object and x.ndim == 1
    return isinstance(x, Sequence) and any(isinstance(v, Node) and not v._rank for v in x)


def _row(values: Any, name: str, instead: str) -> tuple[Any, ...]:
    row = tuple(values.flat if isinstance(values, np.ndarray) else values)
    if any(isinstance(v, Node) and v._rank for v in row):
        raise TypeError(f"{name} of scalars takes Values and numbers, got a Tensor: use {instead}")
    return tuple(v.item() if isinstance(v, np.generic) else v for v in row)


@overload
def affine(x: Any, W: Tensor, b: Any = None) -> Tensor: ...
@overload
def affine(x: Any, W: Any, b: Any = None) -> Any: ...
def affine(x: Any, W: Any, b: Any = None) -> Any:
    """Return x Wᵀ + b, a layer of neurons: one node for Tensors, one for each neuron of Values.

    Parameters
    ----------
    x : array, Tensor or object array of Values, shape (..., in)
        The inputs; plain numbers are constants.
    W : array, Tensor or object array of Values, shape (out, in)
        The weights.
    b : array, Tensor or object array of Values, shape (out,), optional
        The biases.

    Returns
    -------
    array, Tensor or object array of Value, shape (..., out)
        Each Value is a node of its own region, ``neuron0``, ``neuron1`` … inside the current one,
        with the operands x₁ … xₙ, w₁ … wₙ, b.

    Raises
    ------
    ValueError
        If the shapes don't fit.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Value, affine
    >>> W = np.array([[Value(1.0), Value(2.0)]])
    >>> affine(np.array([3.0, 4.0]), W, np.array([Value(0.5)]))
    array([Value(11.5)], dtype=object)
    """
    given = (x, W) if b is None else (x, W, b)
    if type(x) is type(W) is type(given[-1]) is Tensor:
        return affine_op(*given)
    if all(isinstance(v, Tensor) for v in given):  # of other classes too
        return affine_op(*given)
    operands: list[Any] = [v if isinstance(v, Node) else _array(of_plain_kind(v)) for v in given]
    arrays = [_array(raw(v)) for v in operands]
    check_layer(*arrays)
    if "O" not in [array.dtype.kind for array in arrays]:
        return affine_op(*operands)
    if any(isinstance(v, Tensor) for v in operands[1:]):  # a tensor's layer
        tensors = (v if isinstance(v, Tensor) else Tensor.from_scalars(v) for v in operands)
        return affine_op(*tensors)
    return neurons(*(v.scalars() if isinstance(v, Tensor) else v for v in operands))


def _array(x: Any) -> Any:
    """Return an array, without a copy of one."""
    return x if isinstance(x, (np.ndarray, PerSample, Sealed)) else np.asarray(x)


def neurons(
    x: Any, W: Array, b: Array | None = None, *, unit: str = "neuron", first: int = 0
) -> Array:
    """Return x Wᵀ + b of Values: a node for each unit, in a region with its number."""
    op = scalars.dot if b is None else scalars.neuron
    columns = W if b is None else np.column_stack([W, b])
    weights = [row_of_nodes(row) for row in columns.tolist()]
    inputs = [row_of_nodes(row) for row in x.reshape((-1, x.shape[-1])).tolist()]
    mode = current_mode()
    notes = _notes(mode.note.region if mode.note else "", unit, first, len(weights))
    units = [(*weight, note) for weight, note in zip(weights, notes, strict=True)]
    compute = op.function
    made = []
    for xs, numbers, varies in inputs:
        for ws, weight, learns, note in units:
            z = compute(numbers, weight)
            if mode.recording and (learns or varies):
                made.append(linked(op, z, xs, ws, numbers, weight, None, note))
            else:
                if mode.tracer is not None:
                    mode.tracer.unrecorded((*xs, *ws))
                made.append(Value(z, requires_grad=False))
    if mode.watcher is not None:
        for node in made:
            if node.op is not None:
                mode.watcher(node)
    return np.fromiter(made, object, len(made)).reshape((*x.shape[:-1], len(weights)))


def row_of_nodes(values: list[Any]) -> tuple[tuple[Node, ...], tuple[Any, ...], bool]:
    """Return the row, its numbers, and whether any of them requires a gradient."""
    row = as_row(values)
    return row, tuple([v._data for v in row]), any(v.requires_grad for v in row)


@lru_cache(maxsize=1024)
def _notes(region: str, unit: str, first: int, count: int) -> tuple[Note, ...]:
    """Return nodes' notes: a layer's are made once and not for every sample."""
    prefix = f"{region}/" if region else ""
    return tuple(Note(region=f"{prefix}{unit}{j}") for j in range(first, first + count))
