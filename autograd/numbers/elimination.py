"""Elimination on matrices of objects: Fractions stay exact, and Values are differentiated.

LAPACK knows floats alone. Here are the field's operations only, so that any kind of number works.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from autograd.numbers.kinds import Array

SINGULAR = "Singular matrix"
MOST_OPERATIONS = 2_000_000


def refuse_unless_affordable(operations: int) -> None:
    """Raise ValueError for what would take minutes with numbers one by one."""
    if operations > MOST_OPERATIONS:
        raise ValueError(
            f"some {operations:,} operations on objects are more than {MOST_OPERATIONS:,}: "
            "use an array of floats, or Tensor.from_scalars(values)"
        )


def identity(n: int) -> Array:
    """Return the identity in whole numbers, which take any kind of number."""
    return np.eye(n, dtype=int).astype(object)


def _sqrt(x: Any) -> Any:
    return x.sqrt() if hasattr(x, "sqrt") else x**0.5


def of_each(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function of matrices work on stacks of them, which broadcast."""

    def of_stacks(*stacks: Array) -> Any:
        shape = np.broadcast_shapes(*(x.shape[:-2] for x in stacks))
        if not shape:
            return function(*stacks)
        wide = [np.broadcast_to(x, shape + x.shape[-2:]) for x in stacks]
        found = [np.asarray(function(*(x[k] for x in wide)), object) for k in np.ndindex(shape)]
        if not found:
            raise ValueError("a stack of no matrices of objects: give an array of floats")
        out = np.empty(shape + found[0].shape, object)
        for place, each in zip(np.ndindex(shape), found, strict=True):
            out[place] = each[()]
        return out

    return of_stacks


def refuse_unless_square(x: Array) -> None:
    """Raise LinAlgError, as NumPy does, for what isn't a stack of square matrices."""
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise LinAlgError(f"a square matrix is needed, got shape {x.shape}")


@of_each
def solved(a: Array, b: Array) -> Array:
    """Return the solution of a x = b, by elimination with the largest number of a column."""
    refuse_unless_square(a)
    if len(a) != len(b):
        raise ValueError(f"a of shape {a.shape} needs b of as many rows, got {b.shape}")
    rows = np.concatenate([a, b], 1).astype(object)
    n = len(rows)
    refuse_unless_affordable(n * n * rows.shape[1])
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(rows[i, k]))
        if rows[best, k] == 0:
            raise LinAlgError(SINGULAR)
        rows[[k, best]] = rows[[best, k]]
        rows[k, k:] = rows[k, k:] / rows[k, k]
        for i in range(n):
            if i != k:
                rows[i, k:] = rows[i, k:] - rows[i, k] * rows[k, k:]
    return rows[:, n:]


@of_each
def lower_root(x: Array) -> Array:
    """Return Cholesky's factor of a symmetric matrix: its numbers have a method ``sqrt``."""
    refuse_unless_square(x)
    refuse_unless_affordable(x.size * len(x))
    root = np.full(x.shape, 0, object)
    for j in range(len(x)):
        left = x[j, j] - sum(root[j, :j] * root[j, :j])
        if not left > 0:
            raise LinAlgError("Matrix is not positive definite")
        root[j, j] = _sqrt(left)
        for i in range(j + 1, len(x)):
            root[i, j] = (x[i, j] - sum(root[i, :j] * root[j, :j])) / root[j, j]
    return root


@of_each
def reflected(x: Array) -> Array:
    """Return Qᵀ and R of the QR decomposition side by side, by Householder's reflections.

    The diagonal of R has the signs of LAPACK's: each is opposite to the number reflected.
    """
    rows, columns = x.shape
    k = min(rows, columns)
    refuse_unless_affordable(rows * columns * (rows + columns))
    q, r = identity(rows), x.astype(object)
    for j in range(k):
        below = r[j:, j]
        if j == rows - 1 or all(number == 0 for number in below[1:]):
            continue  # as LAPACK has it: nothing to reflect
        norm = _sqrt(sum(below * below))
        v = below.copy()
        v[0] = below[0] + norm if below[0] >= 0 else below[0] - norm
        for each in (q, r):
            each[j:] = each[j:] - np.outer(v, v.dot(each[j:])) * 2 / sum(v * v)
    for j in range(k):
        r[j + 1 :, j] = 0
    return np.concatenate([q[:k], r[:k]], 1)


@of_each
def determinant(x: Array) -> Any:
    """Return the determinant, whose derivatives of every order are right for a singular matrix too.

    The largest number of all is eliminated with; what is left in the end is a matrix of zeros,
    whose determinant is made without a division by them.
    """
    refuse_unless_square(x)
    refuse_unless_affordable(x.size * len(x))
    left, product = x.astype(object), 1
    while len(left):
        rows, columns = left.shape
        places = ((i, j) for i in range(rows) for j in range(columns))
        i, j = max(places, key=lambda at: abs(left[at]))
        pivot = left[i, j]
        if pivot == 0:
            return product * _by_traces(left)
        product = product * pivot * (-1) ** (i + j)
        row, column = left[i] / pivot, left[:, j]
        left = np.delete(np.delete(left - np.outer(column, row), i, 0), j, 1)
    return product


def _by_traces(x: Array) -> Any:
    """Faddeev and LeVerrier's determinant: products of matrices, and division by whole numbers."""
    n = len(x)
    product, coefficient = identity(n), 1
    for k in range(1, n + 1):
        moved = x.dot(product)
        coefficient = -sum(moved.diagonal()) / k
        product = moved + identity(n) * coefficient
    return coefficient * (-1) ** n
