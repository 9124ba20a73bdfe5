"""Rows of the table for JAX's linear algebra.

``eigh`` has no row: JAX's gradient of an eigenvector is that of any matrix, symmetric or not. Nor
has ``lu``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.bridges.jax.pullbacks import run
from autograd.bridges.singular_vectors import with_signs_of
from autograd.node.node import raw
from autograd.numbers.kinds import Rule
from autograd.ops.diagonals import tril, triu
from autograd.ops.factoring import cholesky, qr
from autograd.ops.matrices import mT
from autograd.ops.products import matmul
from autograd.ops.singular_values import svd, svdvals
from autograd.ops.solving import inv, solve


def _cholesky(equation: Any) -> Rule | None:
    def rule(x: Any) -> Any:
        """JAX's slope reads the lower triangle of L⁻¹ dx L⁻ᵀ, so here that is what is decomposed.

        Above the diagonal the primitive leaves its operand as it is.
        """
        array = raw(x)
        root = cholesky(np.tril(array) + mT(np.tril(array, -1)))
        inverse = inv(root)
        inner = tril(matmul(matmul(inverse, x), mT(inverse)))
        inner = inner + mT(tril(inner, -1))
        return matmul(root, cholesky(inner)) + np.triu(array, 1)

    return rule


def _qr(equation: Any) -> Rule | None:
    rows, columns = equation.invars[0].aval.shape[-2:]
    params = equation.params
    if params["pivoting"] or (params["full_matrices"] and rows > columns):
        return None
    return lambda x: tuple(qr(x))


def _svd(equation: Any) -> Rule | None:
    """JAX gives s, then u and vᵀ."""
    [operand] = equation.invars
    rows, columns = operand.aval.shape[-2:]
    params = equation.params
    if params["subset_by_index"]:
        return None
    if not params["compute_uv"]:
        return svdvals
    if params["full_matrices"] and rows != columns:
        return None

    def rule(a: Any) -> Any:
        _, theirs, _ = run(equation, [np.asarray(raw(a), operand.aval.dtype)])
        u, s, vt = with_signs_of(np.asarray(theirs), svd(a, full_matrices=False))
        return s, u, vt

    return rule


def _triangular_solve(equation: Any) -> Rule:
    params = equation.params

    def rule(a: Any, b: Any) -> Any:
        keep, first = (tril, -1) if params["lower"] else (triu, 1)
        if params["unit_diagonal"]:
            a = keep(a, first) + np.eye(a.shape[-1], dtype=raw(a).dtype)
        else:
            a = keep(a, 0)
        a = mT(a) if params["transpose_a"] else a
        return solve(a, b) if params["left_side"] else mT(solve(mT(a), mT(b)))

    return rule


LINALG: dict[str, Callable[[Any], Rule | None]] = {
    "cholesky": _cholesky,
    "qr": _qr,
    "svd": _svd,
    "triangular_solve": _triangular_solve,
}
