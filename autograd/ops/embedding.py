"""Embedding: rows of a table by their numbers."""

from __future__ import annotations

from operator import index
from typing import Any, cast

import numpy as np

from autograd.node.node import Node
from autograd.numbers.protocols import Numeric
from autograd.numbers.sealed import Sealed
from autograd.numbers.words import with_article
from autograd.ops.indexing import scatter
from autograd.ops.scalars import operand, own_copy
from autograd.ops.selection import where
from autograd.rules.batch_rules import Batch, samples_behind
from autograd.rules.define import structural
from autograd.rules.signatures import of_array


def _embedding_all(batch: Batch) -> Any:
    indices = batch.setting("indices")
    if batch.mapped[0]:  # each sample has its own table
        index = samples_behind((indices,), batch)
        return batch.front(0)[index]
    return batch.apply(batch.xs[0], indices=batch.own(indices))


_embedding = structural(
    "embedding",
    lambda x, *, indices: x[indices],
    lambda g, x, z, *, indices: (scatter(g, shape=x.shape, index=indices),),
    linear=True,
    moves=True,
    latex="{x}_{{i}}",
    doc="Rows of a table by their numbers: a row that is taken twice gets both gradients.",
    batched=_embedding_all,
    arrays=("indices",),
)


@of_array
def embedding(weight: Any, indices: Any, *, padding_idx: int | None = None) -> Numeric:
    """Return the rows of a table at ``indices``.

    Parameters
    ----------
    weight : array or Tensor, shape (rows, ...)
        The table: a vector for each token.
    indices : array of int, any shape
        From 0 to rows − 1; what counts from the end, as −1 does in NumPy, is refused.
    padding_idx : int, optional
        A row that stands for no token: it gets no gradient.

    Returns
    -------
    array or Tensor, shape (*indices.shape, ...)

    Raises
    ------
    TypeError
        If the indices aren't integers.
    IndexError
        If one isn't the number of a row.

    Examples
    --------
    >>> from autograd import Tensor, embedding
    >>> table = Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> embedding(table, [2, 0, 2]).sum().backward()
    >>> table.grad
    array([[1., 1.],
           [0., 0.],
           [2., 2.]])
    """
    weight = operand(weight)
    places = _places(weight, indices)
    rows = _embedding(weight, indices=places)
    if padding_idx is None:
        return rows
    row = index(padding_idx)
    if not -len(weight) <= row < len(weight):
        raise IndexError(
            f"embedding: padding_idx={row} is not the number of one of {len(weight)} rows"
        )
    blank = (places == row % len(weight)).reshape((*places.shape, *(1,) * (weight.ndim - 1)))
    constant = cast(Any, rows).detach() if isinstance(rows, Node) else rows
    return cast(Numeric, where(blank, constant, rows))


def _places(weight: Any, indices: Any) -> Any:
    """Return a copy of the indices, checked."""
    if isinstance(indices, Node):
        raise TypeError(
            f"embedding takes its indices as plain integers, got {with_article(indices)}: they "
            "are positions, which have no gradient"
        )
    places = own_copy(indices)
    if places.dtype.kind not in "iu" and places.size:
        raise TypeError(f"embedding takes integers as indices, got {places.dtype}")
    if not weight.ndim:
        raise ValueError("embedding needs a table with rows, got an array of shape ()")
    if type(places) is Sealed:
        return places  # a replay checks them
    outside = (places < 0) | (places >= len(weight))
    if outside.any():
        raise IndexError(
            f"embedding: the index {places[outside].flat[0]} is outside of a table of "
            f"{len(weight)} rows, numbered from 0"
        )
    return places.astype(np.intp)
