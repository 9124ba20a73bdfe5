"""Eigenvectors and singular vectors of matrices of objects, and their exponentials.

LAPACK's are improved by Newton's method on x v = w v and v·v = 1: numbers of more digits get all
of them. Values get their derivatives, the n-th after n steps, by the implicit function theorem.
"""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from autograd.numbers.elimination import identity, of_each, refuse_unless_affordable, solved
from autograd.numbers.kinds import Array

_STEPS = 3  # at least; then as long as they get smaller
_TERMS = 400


def _floats(x: Array) -> Array:
    """Return the floats nearest to numbers, or to those of nodes."""
    return np.array([float(getattr(y, "_data", y)) for y in x.flat]).reshape(x.shape)


def eig(x: Array) -> tuple[Array, Array]:
    """Return NumPy's, real where all eigenvalues are: from NumPy 2.5 on they are always complex."""
    w, v = np.linalg.eig(x)
    return (w, v) if np.iscomplexobj(x) or w.imag.any() else (w.real, v.real)


def _improved(x: Array, w: Array, v: Array) -> tuple[Array, Array]:
    n = len(x)
    refuse_unless_affordable(_STEPS * len(w) * (n + 1) ** 3)
    pairs = [_newton(x, w[k], v[:, k].astype(object)) for k in range(len(w))]
    values = np.fromiter([value for value, _ in pairs], object, len(pairs))
    return values, np.stack([vector for _, vector in pairs], 1)


def _with(row: Array, last: Any) -> Array:
    return np.fromiter([*row, last], object, len(row) + 1)


def _newton(x: Array, value: Any, vector: Array) -> tuple[Any, Array]:
    n = len(x)
    last = np.inf
    for k in range(64):
        above = np.concatenate([x - identity(n) * value, -vector[:, None]], 1)
        jacobian = np.concatenate([above, _with(2 * vector, 0)[None]])
        off = _with(x @ vector - vector * value, vector @ vector - 1)
        try:
            step = solved(jacobian, off[:, None])[:, 0]
        except LinAlgError:
            raise LinAlgError("Equal eigenvalues or singular values") from None
        vector, value = vector - step[:n], value - step[n]
        size = max(abs(_floats(step)))
        if k + 1 >= _STEPS and not size < last / 2:
            break
        last = size
    return value, vector


@of_each
def of_symmetric(x: Array) -> Array:
    """Return the eigenvalues of a symmetric matrix, and below each its eigenvector."""
    w, v = _improved(x, *np.linalg.eigh(_floats(x)))
    return np.concatenate([w[None], v])


@of_each
def of_any(x: Array) -> Array:
    """Return the real eigenvalues of a matrix, and below each its eigenvector."""
    w, v = eig(_floats(x))
    if np.iscomplexobj(w):
        raise ValueError("a matrix of objects needs real eigenvalues, got complex ones")
    w, v = _improved(x, w, v)
    return np.concatenate([w[None], v])


@of_each
def singular_triples(x: Array) -> Array:
    """Return the singular values, and below each its left and then its right vector.

    Such a pair is an eigenvector of the symmetric matrix that has x and its transpose off the
    diagonal.
    """
    rows, columns = x.shape
    u, s, vh = np.linalg.svd(_floats(x), full_matrices=False)
    both = np.full((rows + columns,) * 2, 0, object)
    both[:rows, rows:] = x
    both[rows:, :rows] = x.T
    s, pairs = _improved(both, s, np.concatenate([u, vh.T]) / np.sqrt(2))
    root = (s[:1] * 0 + 2) ** 0.5  # of as many digits as the numbers have
    return np.concatenate([s[None], pairs * root])


@of_each
def exponential(x: Array) -> Array:
    """Return Σ xᵏ/k!, of the matrix over a power of two, squared as often."""
    n = len(x)
    size = max(abs(_floats(x)).sum(0), default=0)
    halvings = max(0, int(np.frexp(size)[1]) + 3)
    refuse_unless_affordable((20 + halvings) * n**3)
    small = x / 2**halvings
    power = total = identity(n)
    for k in range(1, _TERMS):
        power = power @ small
        larger = total + power / factorial(k)
        if (larger == total).all():
            break
        total = larger
    for _ in range(halvings):
        total = total @ total
    return total
