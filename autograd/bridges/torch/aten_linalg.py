"""Rules for aten's linear algebra: equations, inverses, determinants and decompositions.

An eigenvector is one up to its sign, and torch's gradient of it is that of a matrix which needn't
be symmetric: so the values have a rule, and the vectors have none. Nor has what is left over of a
computation, such as an LU decomposition that torch keeps for its pullback.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from autograd.bridges.singular_vectors import with_signs_of
from autograd.bridges.torch.aten_rules import NoRule, Rule, plain
from autograd.ops.determinant import det, slogdet
from autograd.ops.diagonals import tril, triu
from autograd.ops.factoring import cholesky, qr
from autograd.ops.matrices import mT
from autograd.ops.matrix_functions import expm
from autograd.ops.products import matmul
from autograd.ops.singular_values import lstsq, pinv, svd, svdvals
from autograd.ops.solving import inv, solve
from autograd.ops.spectral import eigvalsh


def _by_columns(product: Rule, a: Any, b: Any) -> Any:
    """Call a function of matrices; torch takes a vector for each matrix of a stack as well."""
    if b.ndim == 1 or (b.ndim == a.ndim - 1 and b.shape == a.shape[:-1]):
        return product(a, b[..., None])[..., 0]
    return product(a, b)


def _solve(a: Any, b: Any, *, left: bool = True, check_errors: bool = False) -> Any:
    if left:
        return _by_columns(solve, a, b), None, None, None
    return mT(solve(mT(a), mT(b))), None, None, None


def _triangle(a: Any, upper: bool, has_ones: bool = False) -> Any:
    """Return the triangle that is read; with ones on its diagonal where that isn't read."""
    keep = triu if upper else tril
    if not has_ones:
        return keep(a, 0)
    return keep(a, 1 if upper else -1) + np.eye(a.shape[-1], dtype=plain(a).dtype)


def _solve_triangular(
    a: Any, b: Any, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Any:
    triangle = _triangle(a, upper, unitriangular)
    return solve(triangle, b) if left else mT(solve(mT(triangle), mT(b)))


def _triangular_solve(
    b: Any, a: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    triangle = _triangle(a, upper, unitriangular)
    return solve(mT(triangle) if transpose else triangle, b), None


def _squared(root: Any, upper: bool) -> Any:
    """Return the matrix that a triangle is the Cholesky root of."""
    triangle = _triangle(root, upper)
    return matmul(mT(triangle), triangle) if upper else matmul(triangle, mT(triangle))


def _symmetric(x: Any, upper: bool) -> Any:
    """Return the symmetric matrix of the triangle that torch reads; its gradient is of both."""
    half = _triangle(plain(x), upper)
    other = _triangle(plain(x), upper, has_ones=True) - np.eye(x.shape[-1], dtype=half.dtype)
    away = half + mT(other) - plain(x)
    return x + away if away.any() else x


def _cholesky(x: Any, upper: bool = False) -> Any:
    return cholesky(_symmetric(x, upper), upper=upper)


def _qr(a: Any, mode: str = "reduced") -> Any:
    if mode == "complete" and a.shape[-2] > a.shape[-1]:
        raise NoRule("the further columns of a complete Q may be any")
    found = qr(a, "r" if mode == "r" else "reduced")
    return (None, found) if mode == "r" else tuple(found)


def _pinv(a: Any, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Any:
    """Return the pseudo-inverse: its tolerance is the larger of two, of which one is relative."""
    array = plain(a)
    if rtol is None:
        no_other = atol is None or not np.any(plain(atol))
        rtol = max(array.shape[-2:]) * np.finfo(array.dtype).eps if no_other else 0.0
    if atol is not None and array.size:
        largest = np.linalg.norm(array, 2, axis=(-2, -1))
        rtol = np.maximum(plain(rtol), plain(atol) / np.where(largest, largest, 1))
    if hermitian and not np.array_equal(array, mT(array), equal_nan=True):
        raise NoRule("torch reads one triangle here, and its gradient takes the whole matrix")
    return pinv(a, rtol=plain(rtol))


def _lstsq(a: Any, b: Any, rcond: float | None = None, *, driver: str | None = None) -> Any:
    def solution(a: Any, b: Any) -> Any:
        return lstsq(a, b, rcond).x if a.ndim == 2 else matmul(pinv(a, rcond), b)

    return _by_columns(solution, a, b), None, None, None


def _svd(
    a: Any, full_matrices: bool = False, compute_uv: bool = True, *, driver: str | None = None
) -> Any:
    """Return the factors with torch's signs; of a complete one, the further columns may be any."""
    if not compute_uv or (full_matrices and a.shape[-2] != a.shape[-1]):
        return None, svdvals(a), None
    theirs = torch.linalg.svd(torch.from_numpy(plain(a).copy()), full_matrices=False, driver=driver)
    try:
        return with_signs_of(theirs.U.numpy(), svd(a, full_matrices=False))
    except NotImplementedError:
        return None, svdvals(a), None


RULES: dict[str, Rule] = {
    # equations and inverses
    "_linalg_solve_ex": _solve,
    "linalg_solve_triangular": _solve_triangular,
    "triangular_solve": _triangular_solve,
    "cholesky_solve": lambda b, root, upper=False: solve(_squared(root, upper), b),
    "cholesky_inverse": lambda root, upper=False: inv(_squared(root, upper)),
    "linalg_inv_ex": lambda a, *, check_errors=False: (inv(a), None),
    "linalg_pinv.atol_rtol_tensor": _pinv,
    "linalg_lstsq": _lstsq,
    # determinants
    "_linalg_det": lambda a: (det(a), None, None),
    "_linalg_slogdet": lambda a: (*slogdet(a), None, None),
    # decompositions
    "linalg_cholesky_ex": lambda a, *, upper=False, check_errors=False: (_cholesky(a, upper), None),
    "cholesky": _cholesky,
    "linalg_qr": _qr,
    "_linalg_eigh": lambda a, uplo="L", compute_v=True: (
        eigvalsh(_symmetric(a, uplo.upper() == "U")),
        None,
    ),
    "_linalg_svd": _svd,
    # functions
    "linalg_matrix_exp": expm,
}
