"""Norms of vectors and of matrices."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.node.node import Node, raw
from autograd.numbers.kinds import in_range
from autograd.numbers.protocols import Numeric
from autograd.ops.reduction import _share, dropped, from_last, kept, kept_shape, sum, to_last
from autograd.ops.reduction import max as largest
from autograd.ops.reduction import min as smallest
from autograd.ops.scalars import operand
from autograd.ops.scaling import exponents, is_safe
from autograd.ops.shape import Axis, astype, moveaxis, reshape
from autograd.ops.shares import largest_in
from autograd.ops.spread import _nonzero
from autograd.ops.wide import in_float32
from autograd.rules.batch_rules import along_axes
from autograd.rules.chain_rule import choose, times
from autograd.rules.define import structural
from autograd.rules.op import Structural
from autograd.rules.op_registry import in_numpy, stands_for
from autograd.rules.signatures import of_array


def _vector_norm(x: Any, *, ord: float = 2, axis: Axis = None, keepdims: bool = False) -> Any:
    x = abs(x)
    if ord == inf:
        return x.max(axis=axis, keepdims=keepdims)
    if ord == -inf:
        return x.min(axis=axis, keepdims=keepdims)
    if ord == 0:
        return (x != 0).sum(axis=axis, keepdims=keepdims, dtype=x.dtype)
    if ord == 1:
        return x.sum(axis=axis, keepdims=keepdims)
    sums = _sum_of_powers(x, ord, axis)
    if x.dtype == object or is_safe(sums):
        z = _root(sums, ord)
    else:
        exponent = exponents(x, axis)
        z = np.ldexp(_root(_sum_of_powers(np.ldexp(x, -exponent), ord, axis), ord), exponent)
    return z if keepdims else dropped(z, axis)


def _sum_of_powers(x: Any, ord: float, axis: Axis) -> Any:
    return (x * x if ord == 2 else x**ord).sum(axis=axis, keepdims=True)


def _root(sums: Any, ord: float) -> Any:
    return np.sqrt(sums) if ord == 2 else sums ** (1 / ord)


def _across_function(u: Any, r: Any, *, axis: Axis = None) -> Any:
    """At the largest r the two terms cancel: there it is what makes Σ r z zero."""
    if not u.size:
        return u * r
    rows, unit = to_last(u, axis), to_last(r, axis)
    found = rows * (unit * unit).sum(-1, keepdims=True)
    found = found - unit * (unit * rows).sum(-1, keepdims=True)
    at = largest_in(np.abs(unit))
    largest_of_row = unit.take(at)
    found.put(at, 0)
    found.put(at, -(found * unit).sum(-1) / np.where(largest_of_row == 0, 1, largest_of_row))
    return from_last(found, u.shape, axis)


def _across_pullback_of_r(g: Any, u: Any, r: Any, z: Any, *, axis: Axis = None) -> Any:
    def product(a: Any, b: Any) -> Any:
        return sum(a * b, axis=axis, keepdims=True)

    return 2 * r * product(g, u) - g * product(r, u) - u * product(g, r)


across: Structural = structural(
    "across",
    _across_function,
    (
        lambda g, u, r, z, *, axis=None: across(g, r, axis=axis),
        _across_pullback_of_r,
    ),
    arity=2,
    doc="u Σr² − r Σru along axes: for a unit vector r, u less its part along it, no digit lost.",
    batched=along_axes,
)


def _direction_pullback(g: Any, x: Any, z: Any, *, axis: Axis = None) -> tuple[Any]:
    return (across(g, z, axis=axis) / _nonzero(_norm(x, axis=axis, keepdims=True)),)


_direction: Structural = structural(
    "direction",
    lambda x, *, axis=None: x / _nonzero(_vector_norm(x, axis=axis, keepdims=True)),
    _direction_pullback,
    doc="x over its norm along axes: the gradient of the norm. Of zeros it is 0.",
    batched=along_axes,
)


def _norm_pullback(
    g: Any, x: Any, z: Any, *, ord: float = 2, axis: Axis = None, keepdims: bool = False
) -> tuple[Any]:
    if raw(x).dtype == np.float16:  # in float32, and from a norm that isn't rounded to float16
        g, x = astype(g, np.float32), astype(x, np.float32)
        z = _norm(x, ord=ord, axis=axis, keepdims=keepdims)
    if ord == 2 and isinstance(x, Node):  # a second derivative may follow
        return (times(kept(g, x, axis), _direction(x, axis=axis)),)
    sign = np.sign(raw(x))
    if abs(ord) == inf:
        (shared,) = _share(g, x * sign, z, axis=axis)
        return (shared * sign,)
    g = kept(g, x, axis)
    if ord == 0:
        return (g * 0,)
    if ord == 1:
        return (g * sign,)
    ratio = x / _nonzero(kept(z, x, axis))
    if ord != 2:
        ratio = choose(sign == 0, 0.0, sign * (sign * ratio) ** (ord - 1))
    return (times(g, ratio),)


_norm: Structural = structural(
    "norm",
    in_float32(_vector_norm),
    _norm_pullback,
    symbol="‖ ‖",
    latex=r"\lVert {x} \rVert",
    doc="The p-norm over axes; of zeros its gradient is 0.",
    batched=along_axes,
)


@stands_for(np.linalg.norm)
@of_array
@in_range
def norm(x: Any, ord: Any = None, axis: Axis = None, *, keepdims: bool = False) -> Numeric:
    """Return a norm of a vector or a matrix.

    Parameters
    ----------
    x : array or Tensor
    ord : float, inf, -inf, "fro", "nuc" or None
        None is the Euclidean norm of all elements, as is "fro" for a matrix. A number p is
        (Σ|x|^p)^(1/p) of a vector; 1, −1, inf and −inf of a matrix are the largest and smallest
        sums of its columns and of its rows; 2, −2 and "nuc" its largest and smallest singular
        value and their sum.
    axis : int, (int, int) or None
        The axis of vectors, or the axes of matrices. None takes the whole of ``x``.
    keepdims : bool
        Whether the axes stay, with length 1.

    Returns
    -------
    array or Tensor
        The gradient at zero is zero, the subgradient of smallest norm.

    Raises
    ------
    ValueError
        For a matrix norm of another ``ord``, or for more than two axes.

    Examples
    --------
    >>> from autograd import Tensor, norm
    >>> x = Tensor([3.0, 4.0])
    >>> norm(x).backward()
    >>> x.grad
    array([0.6, 0.8])
    """
    x = operand(x)
    if axis is None and ord is None:
        return _norm(x, keepdims=keepdims)
    axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim)
    if len(axes) == 1:
        if isinstance(ord, str):
            raise ValueError(f"the norm {ord!r} is of matrices, got the one axis {axes[0]}")
        return _norm(x, ord=2 if ord is None else ord, axis=axes, keepdims=keepdims)
    if len(axes) != 2:
        raise ValueError(f"norm takes one axis or two, got {len(axes)}: use norm(x.ravel(), ord)")
    return _matrix_norm(x, ord, axes, keepdims)


def _matrix_norm(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Numeric:
    if ord in (None, "fro"):
        return _norm(x, axis=axes, keepdims=keepdims)
    if ord in _OF_SINGULAR_VALUES:
        from autograd.ops.singular_values import svdvals  # the decompositions load where used

        s = svdvals(moveaxis(x, axes, (-2, -1)))
        found: Numeric = _OF_SINGULAR_VALUES[ord](s, axis=-1)
        return reshape(found, kept_shape(x.shape, axes)) if keepdims else found
    if ord not in (1, -1, inf, -inf):
        raise ValueError(
            f"norm of a matrix has no ord={ord!r}: expected None, 'fro', 'nuc', 1, -1, 2, -2, inf "
            "or -inf; for a norm of its elements use norm(x.ravel(), ord)"
        )
    row, column = axes
    summed = row if abs(ord) == 1 else column
    sums = _norm(x, ord=1, axis=(summed,), keepdims=True)
    norm_of_sums: Numeric = (largest if ord > 0 else smallest)(sums, axis=axes, keepdims=keepdims)
    return norm_of_sums


_OF_SINGULAR_VALUES: dict[Any, Any] = {2: largest, -2: smallest, "nuc": sum}


@stands_for(*in_numpy("linalg.vector_norm"))
@of_array
@in_range
def vector_norm(x: Any, *, axis: Axis = None, keepdims: bool = False, ord: float = 2) -> Numeric:
    """Return the p-norm of vectors along ``axis``; of all elements for None: see ``norm``.

    Parameters
    ----------
    x : array or Tensor
    axis : int, tuple of int or None
    keepdims : bool
        Whether the axis stays, with length 1.
    ord : number
        p; inf and −inf are the largest and the smallest absolute value.

    Examples
    --------
    >>> from autograd import linalg
    >>> linalg.vector_norm([[3.0, 4.0], [5.0, 12.0]], axis=1)
    array([ 5., 13.])
    """
    x = operand(x)
    if axis is not None:
        axis = normalize_axis_tuple(axis, x.ndim)
    return _norm(x, ord=ord, axis=axis, keepdims=keepdims)


@stands_for(*in_numpy("linalg.matrix_norm"))
@of_array
def matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Numeric:
    """Return a norm of the matrices of the last two axes: see ``norm``.

    Parameters
    ----------
    x : array or Tensor of shape (..., m, n)
    keepdims : bool
        Whether the axes stay, with length 1.
    ord : {"fro", "nuc", 1, -1, 2, -2, inf, -inf}

    Raises
    ------
    ValueError
        For another ``ord``.

    Examples
    --------
    >>> from autograd import linalg
    >>> float(linalg.matrix_norm([[1.0, 2.0], [2.0, 4.0]]))  # √(1 + 4 + 4 + 16)
    5.0
    """
    found: Numeric = norm(x, ord, (-2, -1), keepdims=keepdims)
    return found
