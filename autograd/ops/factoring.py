"""Factors of matrices: Cholesky's, and those of QR."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.linalg import LinAlgError

from autograd.node.node import raw
from autograd.numbers import elimination
from autograd.numbers.protocols import Numeric
from autograd.ops.diagonals import tril
from autograd.ops.joining import concatenate
from autograd.ops.matrices import mT, on_matrices, pulled_wide, symmetric
from autograd.ops.scalars import operand
from autograd.ops.shape import swapaxes
from autograd.ops.solving import solve
from autograd.rules.batch_rules import of_stacks
from autograd.rules.define import structural
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_array

# Cholesky -----------------------------------------------------------------------------------------


def _cholesky_pullback(g: Any, x: Any, z: Any) -> tuple[Any]:
    """Iain Murray (2016), Differentiation of the Cholesky decomposition, eq. 10."""
    half = tril(mT(z) @ g) * (1 - 0.5 * np.eye(x.shape[-1], dtype=raw(z).dtype))
    upper = mT(z)
    found = solve(upper, mT(solve(upper, mT(half))))
    return (0.5 * (found + mT(found)),)


_cholesky = structural(
    "cholesky",
    on_matrices(
        lambda x: np.linalg.cholesky(symmetric(x)),
        lambda x: elimination.lower_root(symmetric(x)),
        advice="its eigenvalues must be positive; see autograd.linalg.eigvalsh",
    ),
    pulled_wide(_cholesky_pullback),
    latex=r"\operatorname{{chol}} {x}",
    doc="The lower triangle L of L Lᵀ = x, for a symmetric positive definite x.",
    batched=of_stacks,
)


@stands_for(np.linalg.cholesky)
@of_array
def cholesky(a: Any, /, *, upper: bool = False) -> Numeric:
    """Return the lower triangular L with L Lᵀ = a, for symmetric positive definite matrices.

    Parameters
    ----------
    a : array or Tensor of shape (..., n, n)
        Its gradient is symmetric.
    upper : bool
        Whether to return Lᵀ.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a matrix isn't positive definite.
    ValueError
        If it isn't symmetric.

    Examples
    --------
    >>> from autograd import linalg
    >>> linalg.cholesky([[4.0, 2.0], [2.0, 10.0]])
    array([[2., 0.],
           [1., 3.]])
    """
    found = _cholesky(operand(a))
    return swapaxes(found, -1, -2) if upper else found


# QR -----------------------------------------------------------------------------------------------


class QRResult(NamedTuple):
    """Orthonormal columns, and the triangle that makes the matrix of them.

    Attributes
    ----------
    Q : array or Tensor of shape (..., m, k)
        k is min(m, n).
    R : array or Tensor of shape (..., k, n)

    Examples
    --------
    >>> from autograd import linalg
    >>> found = linalg.qr([[0.0, 1.0], [2.0, 0.0]])
    >>> abs(found.Q), abs(found.R)
    (array([[0., 1.],
           [1., 0.]]), array([[2., 0.],
           [0., 1.]]))
    """

    Q: Any
    R: Any


def _qr_function(x: Any) -> Any:
    q, r = np.linalg.qr(x)
    return np.concatenate([mT(q), r], -1)


def _qr_pullback(g: Any, x: Any, z: Any) -> tuple[Any]:
    """Walter and Lehmann (2010); what is right of a square of R is Qᵀ times what is there of x."""
    rows, columns = x.shape[-2:]
    k = min(rows, columns)
    q, r = mT(z[..., :rows]), z[..., rows : rows + k]
    of_q, of_r, of_rest = mT(g[..., :rows]), g[..., rows : rows + k], g[..., rows + k :]
    if columns > k:
        of_q = of_q + x[..., k:] @ mT(of_rest)
    inner = tril(r @ mT(of_r) - mT(of_q) @ q)
    both = inner + mT(tril(inner, -1))
    try:
        found = mT(solve(r, mT(of_q + q @ both)))
    except LinAlgError:
        raise LinAlgError(
            "qr: the first columns of a matrix depend on one another, and so Q and R have no "
            "derivative there"
        ) from None
    if columns > k:
        found = concatenate([found, q @ of_rest], -1)
    return (found,)


_qr = structural(
    "qr",
    on_matrices(_qr_function, elimination.reflected),
    pulled_wide(_qr_pullback),
    latex=r"\operatorname{{qr}} {x}",
    doc="Qᵀ and R of the QR decomposition, side by side.",
    batched=of_stacks,
)


@stands_for(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """Return ``(Q, R)``: orthonormal columns Q and a triangular R with Q R = a.

    Parameters
    ----------
    a : array or Tensor of shape (..., m, n)
        Its first min(m, n) columns must be independent to be differentiated.
    mode : str
        "reduced", or "r" for R alone. "complete" is the same where m ≤ n.

    Returns
    -------
    QRResult, or array or Tensor

    Raises
    ------
    ValueError
        For "complete" where m > n, as further columns of Q may be any basis, and for "raw".

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import linalg
    >>> a = np.array([[3.0, 1.0], [4.0, 2.0]])
    >>> Q, R = linalg.qr(a)
    >>> bool(np.allclose(Q @ R, a)), bool(np.allclose(Q.T @ Q, np.eye(2))), f"{abs(R[0, 0]):.3f}"
    (True, True, '5.000')
    """
    a = operand(a)
    if mode == "complete" and a.ndim > 1 and a.shape[-2] <= a.shape[-1]:
        mode = "reduced"
    if mode not in ("reduced", "r"):
        raise ValueError(
            f"qr has no mode {mode!r} here for shape {a.shape}: expected 'reduced' or 'r'; "
            "the further columns of a complete Q may be any, and have no derivative"
        )
    found: Any = _qr(a)
    rows = a.shape[-2]
    r = found[..., rows:]
    return r if mode == "r" else QRResult(mT(found[..., :rows]), r)
