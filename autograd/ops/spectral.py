"""Eigenvalues and eigenvectors.

A decomposition is one op. Its result has a column for each eigenvalue: the value, and below it the
vector.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd.files.users_line import warn
from autograd.node.node import Node, raw
from autograd.numbers import eigenpairs
from autograd.numbers.protocols import Numeric
from autograd.ops.diagonals import tril
from autograd.ops.matrices import mT, on_matrices, pulled_wide, symmetric
from autograd.ops.reduction import level
from autograd.ops.scalars import operand
from autograd.ops.solving import solve
from autograd.rules.batch_rules import of_stacks
from autograd.rules.chain_rule import times
from autograd.rules.define import structural
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_array

_FINITE = "give finite numbers; of objects none may be equal"


class EighResult(NamedTuple):
    """The eigenvalues of symmetric matrices in ascending order, and their vectors as columns.

    Attributes
    ----------
    eigenvalues : array or Tensor of shape (..., n)
    eigenvectors : array or Tensor of shape (..., n, n)
        Orthonormal, each a column.

    Examples
    --------
    >>> from autograd import linalg
    >>> found = linalg.eigh([[2.0, 0.0], [0.0, 1.0]])
    >>> found.eigenvalues, abs(found.eigenvectors)
    (array([1., 2.]), array([[0., 1.],
           [1., 0.]]))
    """

    eigenvalues: Any
    eigenvectors: Any


class EigResult(NamedTuple):
    """Eigenvalues, and their vectors as columns.

    Attributes
    ----------
    eigenvalues : array or Tensor of shape (..., n)
    eigenvectors : array or Tensor of shape (..., n, n)
        Of length 1, each a column.

    Examples
    --------
    >>> from autograd import linalg
    >>> found = linalg.eig([[2.0, 1.0], [0.0, 3.0]])  # a triangle: its diagonal
    >>> found.eigenvalues
    array([2., 3.])
    """

    eigenvalues: Any
    eigenvectors: Any


def over_gaps(turned: Any, w: Any) -> Any:
    """Return what turns vectors, over wⱼ − wᵢ: 0·∞ is 0 for equal ones, and that is told.

    What doesn't depend on the choice of their vectors passes 0, and rightly, as a projection onto
    all of them does; but so does a function whose slope there is a limit, as the root of a matrix.
    """
    gaps = w[..., None, :] - w[..., :, None]
    gaps = gaps + np.diag(np.full(w.shape[-1], np.inf, raw(w).dtype))
    if (raw(gaps) == 0).any():
        warn(
            "equal eigenvalues or singular values: their vectors may be any basis, and where they "
            "are differentiated 0 times inf is taken for 0, which may be wrong",
            RuntimeWarning,
        )
    return times(turned, 1 / gaps)


def diagonal_of(row: Any) -> Any:
    """Return matrices with the rows on their diagonals."""
    return row[..., None, :] * np.eye(row.shape[-1], dtype=raw(row).dtype)


def is_nothing(cotangent: Any) -> bool:
    """Whether a cotangent passes nothing on, nor does its derivative."""
    return not isinstance(cotangent, Node) and not cotangent.any()


def _columns(w: Any, v: Any) -> Any:
    return np.concatenate([w[..., None, :], v], -2)


# Symmetric ----------------------------------------------------------------------------------------


def _eigh_pullback(g: Any, x: Any, z: Any) -> tuple[Any]:
    w, v, of_w, of_v = z[..., 0, :], z[..., 1:, :], g[..., 0, :], g[..., 1:, :]
    inner = diagonal_of(level(of_w, raw(w), -1))
    if not is_nothing(of_v):
        turned = mT(v) @ of_v
        inner = inner + over_gaps(0.5 * (turned - mT(turned)), w)
    return (v @ inner @ mT(v),)


def _eigvalsh_pullback(g: Any, x: Any, z: Any) -> tuple[Any]:
    v: Any = _eigh(x)[..., 1:, :]  # type: ignore[index]
    return ((v * level(g, raw(z), -1)[..., None, :]) @ mT(v),)


_eigh = structural(
    "eigh",
    on_matrices(
        lambda x: _columns(*np.linalg.eigh(symmetric(x))),
        lambda x: eigenpairs.of_symmetric(symmetric(x)),
        advice=_FINITE,
    ),
    pulled_wide(_eigh_pullback),
    latex=r"\operatorname{{eigh}} {x}",
    doc="The eigenvalues of a symmetric matrix in ascending order, and below each its eigenvector.",
    batched=of_stacks,
)


_eigvalsh = structural(
    "eigvalsh",
    on_matrices(
        lambda x: np.linalg.eigvalsh(symmetric(x)),
        lambda x: eigenpairs.of_symmetric(symmetric(x))[..., 0, :],
        advice=_FINITE,
    ),
    pulled_wide(_eigvalsh_pullback),
    doc="The eigenvalues of a symmetric matrix in ascending order.",
    batched=of_stacks,
)


def _read(a: Any, uplo: str | None) -> Any:
    """Return symmetric matrices: as they are, or those that one triangle makes."""
    a = operand(a)
    if uplo is None:
        return a
    if uplo not in ("L", "U", "l", "u"):
        raise ValueError(f"UPLO must be 'L' or 'U', for the lower or upper triangle, got {uplo!r}")
    lower = a if uplo in "Ll" else mT(a)
    return tril(lower) + mT(tril(lower, -1))


@stands_for(np.linalg.eigh)
def eigh(a: Any, UPLO: str | None = None) -> EighResult:
    """Return ``(eigenvalues, eigenvectors)`` of symmetric matrices.

    Parameters
    ----------
    a : array or Tensor of shape (..., n, n)
        Its gradient is symmetric.
    UPLO : "L" or "U", optional
        The triangle to read, which then gets the whole gradient. By default both are read.

    Returns
    -------
    EighResult
        Equal eigenvalues share their gradients equally, as for ``sort``. Their eigenvectors may be
        any basis: what depends on the choice has no finite gradient, and 0·∞ is 0.

    Raises
    ------
    ValueError
        If a matrix isn't symmetric, and UPLO isn't given.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import linalg
    >>> a = np.array([[2.0, 1.0], [1.0, 2.0]])
    >>> w, v = linalg.eigh(a)
    >>> w.round(12), bool(np.allclose(a @ v, v * w))
    (array([1., 3.]), True)
    """
    found: Any = _eigh(_read(a, UPLO))
    return EighResult(found[..., 0, :], found[..., 1:, :])


@stands_for(np.linalg.eigvalsh)
@of_array
def eigvalsh(a: Any, UPLO: str | None = None) -> Numeric:
    """Return the eigenvalues of symmetric matrices in ascending order: see ``eigh``.

    Parameters
    ----------
    a : array or Tensor of shape (..., n, n)
    UPLO : {"L", "U"}, optional
        The triangle to read; by default the mean of both.

    Raises
    ------
    LinAlgError
        If a matrix isn't square.
    ValueError
        If its triangles differ, and ``UPLO`` isn't given.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad, linalg
    >>> largest = lambda a: linalg.eigvalsh(a)[-1]
    >>> grad(largest)(np.array([[2.0, 0.0], [0.0, 1.0]]))  # v vᵀ of its vector
    array([[1., 0.],
           [0., 0.]])
    """
    return _eigvalsh(_read(a, UPLO))


# Any ----------------------------------------------------------------------------------------------


def _eig_function(x: Any) -> Any:
    w, v = eigenpairs.eig(x)
    if np.iscomplexobj(w) and not np.iscomplexobj(x):
        raise ValueError(
            f"eigenvalues such as {w[w.imag != 0][0]:.4g} are complex, and a Tensor is real: for "
            "plain numbers use np.linalg.eig(x.data); of a symmetric matrix use eigh"
        )
    return _columns(w, v)


def _eig_pullback(g: Any, x: Any, z: Any) -> tuple[Any]:
    """Boeddeker et al. (2017), On the computation of complex-valued gradients, eq. 4.77."""
    w, v, of_w, of_v = z[..., 0, :], z[..., 1:, :], g[..., 0, :], g[..., 1:, :]
    inner = diagonal_of(of_w)
    if not is_nothing(of_v):
        turned = mT(v) @ of_v
        along = (v * of_v).sum(axis=-2)[..., None, :]  # vectors keep their length
        inner = inner + over_gaps(turned - (mT(v) @ v) * along, w)
    return (solve(mT(v), inner @ mT(v)),)


_eig = structural(
    "eig",
    on_matrices(_eig_function, eigenpairs.of_any, advice=_FINITE),
    pulled_wide(_eig_pullback),
    latex=r"\operatorname{{eig}} {x}",
    doc="The eigenvalues of a matrix that has real ones, and below each its eigenvector.",
    batched=of_stacks,
)


@stands_for(np.linalg.eig)
def eig(a: Any) -> EigResult:
    """Return ``(eigenvalues, eigenvectors)`` of matrices whose eigenvalues are all real.

    ValueError for complex ones, as a Tensor is real. Where eigenvalues are equal the gradient of
    their vectors isn't finite, nor that of a matrix without a basis of eigenvectors.

    Parameters
    ----------
    a : array or Tensor of shape (..., n, n)

    Raises
    ------
    LinAlgError
        If a matrix isn't square, or its numbers aren't finite.
    ValueError
        If an eigenvalue of a Tensor is complex.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import linalg
    >>> a = np.array([[0.9, 0.5], [0.1, 0.5]])  # a Markov chain: one eigenvalue is 1
    >>> w, v = linalg.eig(a)
    >>> sorted(w.round(12).tolist()), bool(np.allclose(a @ v, v * w))
    ([0.4, 1.0], True)
    """
    a = operand(a)
    if isinstance(a, np.ndarray) and a.dtype != object:
        return EigResult(*eigenpairs.eig(a))
    found: Any = _eig(a)
    return EigResult(found[..., 0, :], found[..., 1:, :])


@stands_for(np.linalg.eigvals)
@of_array
def eigvals(a: Any) -> Numeric:
    """Return the eigenvalues of matrices, all of which must be real: see ``eig``.

    Parameters
    ----------
    a : array or Tensor of shape (..., n, n)

    Returns
    -------
    array or Tensor of shape (..., n)

    Examples
    --------
    >>> from autograd import linalg
    >>> sorted(linalg.eigvals([[1.0, 2.0], [3.0, 2.0]]).round(12).tolist())  # x² − 3x − 4 = 0
    [-1.0, 4.0]
    """
    found: Numeric = eig(a).eigenvalues
    return found
