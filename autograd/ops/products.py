"""Products of matrices and vectors; ``einsum.py`` and ``scalars.py`` have the others."""

from __future__ import annotations

from itertools import islice
from math import prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.node.node import raw
from autograd.numbers.kinds import Rule, in_range
from autograd.numbers.per_sample import in_front
from autograd.numbers.protocols import Numeric
from autograd.ops.scalars import operand
from autograd.rules.batch_rules import Batch
from autograd.rules.chain_rule import choose, is_finite
from autograd.rules.define import structural
from autograd.rules.op_registry import built_in, stands_for
from autograd.rules.signatures import of_two_arrays


def contract(product: Rule, g: Any, *factors: Any) -> Any:
    """Return ``product(g, *factors)``, a sum of products, without the terms where g is zero.

    A zero cotangent passes nothing on, not even to a partial that is infinite or nan.
    """
    found = product(g, *factors)
    if is_finite(found):
        return found
    finite = [np.isfinite(raw(f)) for f in factors]
    reached = np.asarray(raw(g) != 0, float)
    # How many terms of each sum are reached by a cotangent, and how many of those are finite.
    terms = product(reached, *(np.ones(f.shape) for f in finite))
    wild = terms != product(reached, *(f.astype(float) for f in finite))
    tame = product(g, *(choose(f, x, 0.0) for f, x in zip(finite, factors, strict=True)))
    return choose(wild, found, tame)


def _product(x: Any, y: Any) -> Any:
    """Return x @ y, by ``dot`` if y is a matrix: small or thin ones take half the time.

    A batch of rows is one matrix to it: ``@`` takes 10 times as long for x of shape (197, 1, 768).
    Of stacks of columns and rows nothing is added up: ``@`` takes twice as long as ``*``.
    """
    if min(x.ndim, y.ndim) > 2 and x.shape[-1] == y.shape[-2] == 1:
        return x * y
    if y.ndim != 2 or x.ndim < 2:
        return x @ y
    return np.dot(x, y) if x.ndim == 2 else np.dot(_flat(x), y).reshape((*x.shape[:-1], y.shape[1]))


def _reversed_product(y: Any, x: Any) -> Any:
    return _product(x, y)


def _flat(x: Any) -> Any:
    return x if x.ndim == 2 else x.reshape((prod(x.shape[:-1]), x.shape[-1]))


def _matmul_left(g: Any, x: Any, y: Any, z: Any) -> Any:
    if y.ndim == 1:  # a column
        g, y = g[..., None], y[:, None]
    if x.ndim == 1:  # a row, over which the walk sums
        return contract(_product, g[..., None, :], y.swapaxes(-1, -2))[..., 0, :]
    return contract(_product, g, y.swapaxes(-1, -2))


def _matmul_right(g: Any, x: Any, y: Any, z: Any) -> Any:
    if y.ndim == 1:  # a column
        return _matmul_right(g[..., None], x, y[:, None], z)[..., 0]
    if x.ndim == 1:  # a row
        g, x = g[..., None, :], x[None, :]
    if y.ndim == 2:  # one matrix for the whole batch
        return contract(_reversed_product, _flat(g), _flat(x).T)
    return contract(_reversed_product, g, x.swapaxes(-1, -2))


def _matmul_all(batch: Batch) -> Any:
    x, y = batch.xs
    if not batch.mapped[1] and y.ndim == 2:
        return batch.apply(x, y)  # one matrix for all samples
    x, y = batch.fronts()
    row, column = x.ndim == 2, y.ndim == 2
    x = x[:, None, :] if row else x
    y = y[:, :, None] if column else y
    ndim = max(x.ndim, y.ndim) - 1
    z = batch.apply(in_front(x, ndim), in_front(y, ndim))
    if row or column:
        m, n = z.shape[-2:]
        z = z.reshape((*z.shape[:-2], *(() if row else (m,)), *(() if column else (n,))))
    return z


_matmul = structural(
    "matmul",
    _product,
    (_matmul_left, _matmul_right),
    arity=2,
    symbol="@",
    latex="{x} {y}",
    doc="Matrix product over the last two axes.",
    batched=_matmul_all,
)


@stands_for(np.matmul)
@of_two_arrays
def matmul(x: Any, y: Any) -> Numeric:
    """Return the matrix product ``x @ y`` of arrays of any rank but 0, as NumPy has it.

    Parameters
    ----------
    x : array or Tensor of shape (..., m, k) or (k,)
    y : array or Tensor of shape (..., k, n) or (k,)

    Raises
    ------
    ValueError
        If the shapes don't match.

    Examples
    --------
    >>> from autograd import Tensor, matmul
    >>> W, x = Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([5.0, 6.0])
    >>> matmul(W, x).sum().backward()
    >>> W.grad  # each row is x
    array([[5., 6.],
           [5., 6.]])
    """
    return _matmul(operand(x), operand(y))


def check_layer(x: Any, W: Any, b: Any = None) -> None:
    """Raise ValueError unless the arrays are inputs, weights and biases of one layer."""
    if not (W.ndim == 2 and x.shape[-1:] == W.shape[1:] and (b is None or b.shape == W.shape[:1])):
        raise ValueError(
            "affine needs x of shape (..., in), W of shape (out, in) and b of shape (out,), got "
            + ", ".join(str(v.shape) for v in (x, W, b) if v is not None)
        )


def _affine(x: Any, W: Any, b: Any = None) -> Any:
    check_layer(x, W, b)
    z = _product(x, W.T)
    if b is None:
        return z
    return np.add(z, b, z) if b.dtype is z.dtype else z + b


def _affine_all(batch: Batch) -> Any:
    """Return the layer of all samples: one for all, or each sample's own."""
    if not any(batch.mapped[1:]):
        return batch.apply(*batch.xs)
    check_layer(*(np.empty(batch.shape(k), np.void) for k in range(len(batch.xs))))
    x, W, *b = batch.fronts()
    rows = x.reshape((batch.size, prod(x.shape[1:-1]), x.shape[-1]))
    z = (rows @ W.swapaxes(-1, -2)).reshape((*x.shape[:-1], W.shape[1]))
    return z + in_front(b[0], batch.ndim(0)) if b else z


affine_op = structural(
    "affine",
    _affine,
    (
        lambda g, x, W, *_: contract(_product, g, W),
        lambda g, x, W, *_: contract(np.dot, _flat(g).T, _flat(x)),
        lambda g, x, W, *_: g,
    ),
    arity=None,
    symbol="xWᵀ + b",
    latex="{x} {y}^T + {u}",
    doc="A layer of neurons: x Wᵀ + b.",
    batched=_affine_all,
)


# Vectors -----------------------------------------------------------------------------------------


def _outer_all(batch: Batch) -> Any:
    x, y = (x.reshape((batch.size, prod(x.shape[1:]))) for x in batch.fronts())
    return x[:, :, None] * y[:, None, :]


_outer = structural(
    "outer",
    np.outer,
    lambda g, x, y, z: (
        contract(_product, g, y.reshape(-1)).reshape(x.shape),
        contract(_reversed_product, g, x.reshape(-1)).reshape(y.shape),
    ),
    arity=2,
    symbol="⊗",
    latex=r"{x} \otimes {y}",
    doc="Every product of an element of x and an element of y.",
    batched=_outer_all,
)


@stands_for(np.outer, np.linalg.outer)
@of_two_arrays
def outer(x: Any, y: Any) -> Numeric:
    """Return the matrix of all products x_i y_j, of flattened arrays.

    Examples
    --------
    >>> from autograd import outer
    >>> outer([1.0, 2.0], [10.0, 20.0])
    array([[10., 20.],
           [20., 40.]])
    """
    return _outer(operand(x), operand(y))


def _tensordot_pullback(g: Any, x: Any, y: Any, z: Any, *, axes: Any) -> tuple[Any, Any]:
    of_x, of_y = axes
    free_x = tuple(k for k in range(x.ndim) if k not in of_x)
    free_y = tuple(k for k in range(y.ndim) if k not in of_y)
    split = len(free_x)  # the axes of g are those of x that are free, then those of y
    left = contract(_summed(tuple(range(split, g.ndim)), free_y), g, y)
    right = contract(_summed(tuple(range(split)), free_x), g, x)
    # What is left of y's axes stands for the axes of x that they were summed with, and vice versa.
    order_x = free_x + tuple(of_x[of_y.index(k)] for k in sorted(of_y))
    order_y = free_y + tuple(of_y[of_x.index(k)] for k in sorted(of_x))
    return left.transpose(_inverse(order_x)), right.transpose(_inverse(order_y))


def _summed(*axes: tuple[int, ...]) -> Rule:
    return lambda g, x: _tensordot(g, x, axes=axes)


def _inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(np.argsort(order).tolist())


def _tensordot_all(batch: Batch) -> Any:
    """Return Einstein's summation that it is, with one more index."""
    from string import ascii_letters  # for a batch of tensordots alone

    of_x, of_y = batch.setting("axes")
    letters = iter(ascii_letters)
    samples, x = next(letters), "".join(islice(letters, batch.ndim(0)))
    y = [next(letters) for _ in range(batch.ndim(1))]
    for k, j in zip(of_x, of_y, strict=True):
        y[j] = x[k]
    summed = {x[k] for k in of_x}
    out = "".join(c for c in (*x, *y) if c not in summed)
    terms = (samples * at + "".join(term) for at, term in zip(batch.mapped, (x, y), strict=True))
    return built_in["einsum"](*batch.xs, subscripts=f"{','.join(terms)}->{samples}{out}")


_tensordot = structural(
    "tensordot",
    lambda x, y, *, axes: np.tensordot(x, y, axes),
    _tensordot_pullback,
    arity=2,
    doc="The sum of products over chosen axes.",
    batched=_tensordot_all,
)


@stands_for(np.tensordot)
@of_two_arrays
@in_range
def tensordot(x: Any, y: Any, axes: Any = 2) -> Numeric:
    """Return the sum of products of ``x`` and ``y`` over axes.

    Parameters
    ----------
    x, y : array or Tensor
    axes : int or (sequence, sequence)
        The axes of ``x`` and of ``y`` to sum over, in pairs; or how many: the last of ``x`` with
        the first of ``y``.

    Returns
    -------
    array or Tensor
        With the other axes of ``x``, then those of ``y``.

    Raises
    ------
    ValueError
        If ``axes`` is neither a count nor two sequences, or the lengths of a pair differ.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import tensordot
    >>> x, y = np.ones((2, 3, 4)), np.ones((3, 4, 5))
    >>> tensordot(x, y).shape, float(tensordot(x, y)[0, 0])  # over the axes of 3 and 4
    ((2, 5), 12.0)
    """
    x, y = operand(x), operand(y)
    if isinstance(axes, int):
        axes = (tuple(range(x.ndim - axes, x.ndim)), tuple(range(axes)))
    if not (isinstance(axes, (tuple, list, np.ndarray)) and len(axes) == 2):
        raise ValueError(f"tensordot takes how many axes, or two sequences of them, got {axes!r}")
    pair = normalize_axis_tuple(axes[0], x.ndim), normalize_axis_tuple(axes[1], y.ndim)
    return _tensordot(x, y, axes=pair)


@stands_for(np.vecdot, np.linalg.vecdot)
def _vecdot_as_numpy(x: Any, y: Any, *, axis: int = -1) -> Any:
    return (operand(x) * operand(y)).sum(axis=axis)


@stands_for(np.inner)
@of_two_arrays
def inner(x: Any, y: Any) -> Numeric:
    """Return the sums of products over the last axes of ``x`` and ``y``.

    Examples
    --------
    >>> from autograd import inner
    >>> inner([[1.0, 2.0], [3.0, 4.0]], [10.0, 1.0])  # each row by the vector
    array([12., 34.])
    """
    x, y = operand(x), operand(y)
    products: Numeric = tensordot(x, y, (-1, -1)) if x.ndim and y.ndim else x * y
    return products


@of_two_arrays
@in_range
def dot_arrays(x: Any, y: Any) -> Numeric:
    """Return NumPy's ``dot``: over the last axis of ``x`` and the last but one of ``y``.

    Examples
    --------
    >>> from autograd import Tensor
    >>> Tensor([1.0, 2.0]).dot([3.0, 4.0]).item()
    11.0
    """
    x, y = operand(x), operand(y)
    products: Numeric
    if not (x.ndim and y.ndim):
        products = x * y
    elif y.ndim == 1 or x.ndim <= 2 == y.ndim:
        products = _matmul(x, y)
    else:
        products = tensordot(x, y, (-1, -2))
    return products
