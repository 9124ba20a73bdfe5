"""Diagonals and triangles of matrices, and the trace."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.numbers.protocols import Numeric
from autograd.ops.scalars import operand
from autograd.rules.batch_rules import of_stacks, of_two_axes
from autograd.rules.define import structural
from autograd.rules.op import Structural
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_array

_diagonal = structural(
    "diagonal",
    lambda x, *, offset=0, axis1=0, axis2=1: x.diagonal(offset, axis1, axis2),
    lambda g, x, z, *, offset=0, axis1=0, axis2=1: (
        _from_diagonal(g, shape=x.shape, offset=offset, axis1=axis1, axis2=axis2),
    ),
    linear=True,
    moves=True,
    doc="The diagonal of two axes, as the last axis.",
    batched=of_two_axes,
)


def _put_on_diagonal(
    g: Any, *, shape: tuple[int, ...], offset: int = 0, axis1: int = 0, axis2: int = 1
) -> Any:
    out = np.zeros(shape, g.dtype)
    np.einsum("...ii->...i", _square(np.moveaxis(out, (axis1, axis2), (-2, -1)), offset))[...] = g
    return out


def _square(matrices: Any, offset: int) -> Any:
    """Return the view of the largest square whose main diagonal is the diagonal at ``offset``."""
    matrices = matrices[..., max(-offset, 0) :, max(offset, 0) :]
    n = min(matrices.shape[-2:])
    return matrices[..., :n, :n]


_from_diagonal: Structural = structural(
    "from_diagonal",
    _put_on_diagonal,
    lambda g, x, z, *, shape, offset=0, axis1=0, axis2=1: (
        _diagonal(g, offset=offset, axis1=axis1, axis2=axis2),
    ),
    linear=True,
    moves=True,
    doc="Zeros of a shape with the operand on a diagonal.",
    batched=of_two_axes,
)


@stands_for(np.diagonal)
@of_array
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Numeric:
    """Return the diagonal of the axes ``axis1`` and ``axis2``, as the last axis.

    Examples
    --------
    >>> from autograd import Tensor, diagonal
    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> diagonal(x, offset=1).sum().backward()
    >>> x.grad
    array([[0., 1.],
           [0., 0.]])
    """
    return _diagonal(operand(x), offset=offset, axis1=axis1, axis2=axis2)


@stands_for(np.diag)
@of_array
def diag(x: Any, k: int = 0) -> Numeric:
    """Return a matrix's diagonal ``k``, or the square matrix with a vector on diagonal ``k``.

    Examples
    --------
    >>> from autograd import diag
    >>> diag([[1.0, 2.0], [3.0, 4.0]])
    array([1., 4.])
    >>> diag([5.0, 6.0])
    array([[5., 0.],
           [0., 6.]])
    """
    x = operand(x)
    if x.ndim != 1:
        return _diagonal(x, offset=k)
    n = x.size + abs(k)
    return _from_diagonal(x, shape=(n, n), offset=k)


@stands_for(np.trace)
@of_array
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Numeric:
    """Return the sum along a diagonal.

    Examples
    --------
    >>> from autograd import grad, trace
    >>> grad(trace)([[1.0, 2.0], [3.0, 4.0]])  # the identity
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return _trace(operand(x), offset=offset, axis1=axis1, axis2=axis2)


@stands_for(np.linalg.trace)
def _trace_of_the_last_axes(x: Any, *, offset: int = 0) -> Any:
    return trace(x, offset, x.ndim - 2, x.ndim - 1)


_trace = structural(
    "trace",
    lambda x, *, offset=0, axis1=0, axis2=1: x.trace(offset, axis1, axis2),
    lambda g, x, z, *, offset=0, axis1=0, axis2=1: (
        _from_diagonal(g[..., None], shape=x.shape, offset=offset, axis1=axis1, axis2=axis2),
    ),
    linear=True,
    latex=r"\operatorname{{tr}} {x}",
    doc="The sum along a diagonal.",
    batched=of_two_axes,
)

_tril: Structural = structural(
    "tril",
    lambda x, *, k=0: np.tril(x, k),
    lambda g, x, z, *, k=0: (_tril(g, k=k),),
    linear=True,
    moves=True,
    doc="Zero above a diagonal.",
    batched=of_stacks,
)


@stands_for(np.tril)
@of_array
def tril(x: Any, k: int = 0) -> Numeric:
    """Return ``x`` with zeros above diagonal ``k`` of its last two axes.

    Examples
    --------
    >>> from autograd import tril
    >>> tril([[1.0, 2.0], [3.0, 4.0]])
    array([[1., 0.],
           [3., 4.]])
    """
    return _tril(operand(x), k=k)


_triu: Structural = structural(
    "triu",
    lambda x, *, k=0: np.triu(x, k),
    lambda g, x, z, *, k=0: (_triu(g, k=k),),
    linear=True,
    moves=True,
    doc="Zero below a diagonal.",
    batched=of_stacks,
)


@stands_for(np.triu)
@of_array
def triu(x: Any, k: int = 0) -> Numeric:
    """Return ``x`` with zeros below diagonal ``k`` of its last two axes.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import triu
    >>> triu(np.ones((3, 3)), k=1)  # strictly above the main diagonal
    array([[0., 1., 1.],
           [0., 0., 1.],
           [0., 0., 0.]])
    """
    return _triu(operand(x), k=k)
