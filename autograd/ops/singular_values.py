"""Singular values and vectors, and what is made of them: the pseudo-inverse, least squares.

A decomposition is one op. Its result has a column for each singular value: the value, below it the
left and then the right vector.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.linalg import LinAlgError

from autograd.node.node import raw
from autograd.numbers import eigenpairs, elimination
from autograd.numbers.per_sample import PerSample
from autograd.numbers.protocols import Numeric
from autograd.ops.matrices import mT, on_matrices, pulled_wide
from autograd.ops.reduction import level
from autograd.ops.scalars import operand
from autograd.ops.spectral import diagonal_of, is_nothing, over_gaps
from autograd.rules.batch_rules import of_stacks
from autograd.rules.chain_rule import times
from autograd.rules.define import structural
from autograd.rules.op import Structural
from autograd.rules.op_registry import in_numpy, stands_for
from autograd.rules.signatures import of_array

_FINITE = "give finite numbers; of objects none may be equal"


class SVDResult(NamedTuple):
    """Left singular vectors as columns, singular values, and right vectors as rows.

    Attributes
    ----------
    U : array or Tensor of shape (..., m, k)
        k is min(m, n).
    S : array or Tensor of shape (..., k)
        Descending.
    Vh : array or Tensor of shape (..., k, n)

    Examples
    --------
    >>> from autograd import linalg
    >>> found = linalg.svd([[3.0, 0.0], [0.0, 2.0]])
    >>> found.S, found.U.shape, found.Vh.shape
    (array([3., 2.]), (2, 2), (2, 2))
    """

    U: Any
    S: Any
    Vh: Any


def _svd_function(x: Any) -> Any:
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return np.concatenate([s[..., None, :], u, mT(vh)], -2)


def _svd_pullback(g: Any, x: Any, z: Any) -> tuple[Any]:
    """Townsend (2016), Differentiating the singular value decomposition, eq. 25."""
    rows, columns = x.shape[-2:]
    s, u, v = _parts(z, rows)
    of_s, of_u, of_v = _parts(g, rows)
    inner = diagonal_of(_slopes(of_s, s))
    if is_nothing(of_u) and is_nothing(of_v):
        return (u @ inner @ mT(v),)
    turned_u, turned_v = mT(u) @ of_u, mT(v) @ of_v
    skew_u, skew_v = turned_u - mT(turned_u), turned_v - mT(turned_v)
    sums = s[..., None, :] + s[..., :, None]
    turned = over_gaps(skew_u + skew_v, s) + times(skew_u - skew_v, 1 / sums)
    found = u @ (inner + 0.5 * turned) @ mT(v)
    inverse = 1 / s[..., None, :]
    if rows > columns:
        return (found + times(of_u - u @ turned_u, inverse) @ mT(v),)
    if columns > rows:
        return (found + u @ mT(times(of_v - v @ turned_v, inverse)),)
    return (found,)


def _parts(columns: Any, rows: int) -> tuple[Any, Any, Any]:
    """Return singular values, left and right vectors, or their cotangents."""
    return columns[..., 0, :], columns[..., 1 : rows + 1, :], columns[..., rows + 1 :, :]


def _slopes(of_s: Any, s: Any) -> Any:
    """Return the cotangent of singular values where they tie, and at 0, which is a kink."""
    return level(of_s, raw(s), -1) * np.sign(raw(s))


_svd = structural(
    "svd",
    on_matrices(_svd_function, eigenpairs.singular_triples, advice=_FINITE),
    pulled_wide(_svd_pullback),
    latex=r"\operatorname{{svd}} {x}",
    doc="The singular values, and below each its left and then its right singular vector.",
    batched=of_stacks,
)


def _svdvals_pullback(g: Any, x: Any, z: Any) -> tuple[Any]:
    _, u, v = _parts(_svd(x), x.shape[-2])
    return ((u * _slopes(g, z)[..., None, :]) @ mT(v),)


_svdvals = structural(
    "svdvals",
    on_matrices(
        lambda x: np.linalg.svd(x, compute_uv=False),
        lambda x: eigenpairs.singular_triples(x)[..., 0, :],
        advice=_FINITE,
    ),
    pulled_wide(_svdvals_pullback),
    latex=r"\sigma({x})",
    doc="The singular values in descending order; that of 0 has the gradient 0.",
    batched=of_stacks,
)


@stands_for(*in_numpy("linalg.svdvals"))
@of_array
def svdvals(x: Any) -> Numeric:
    """Return the singular values of matrices in descending order.

    Equal ones share their gradients equally, as for ``sort``. At 0, a kink, the gradient is 0.

    Parameters
    ----------
    x : array or Tensor of shape (..., m, n)

    Returns
    -------
    array or Tensor of shape (..., min(m, n))

    Raises
    ------
    LinAlgError
        If the numbers aren't finite.

    Examples
    --------
    >>> from autograd import linalg
    >>> linalg.svdvals([[0.0, 2.0], [-3.0, 0.0]])
    array([3., 2.])
    """
    return _svdvals(operand(x))


@stands_for(np.linalg.svd)
def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """Return ``(U, S, Vh)`` with U diag(S) Vh = a: the singular value decomposition.

    Parameters
    ----------
    a : array or Tensor of shape (..., m, n)
    full_matrices : bool
        False for min(m, n) vectors; True is for square matrices, where that is the same.
    compute_uv : bool
        False for the singular values alone.
    hermitian : bool
        False: of symmetric matrices use ``eigh``.

    Returns
    -------
    SVDResult, or array or Tensor
        Equal singular values are treated as equal eigenvalues are: see ``eigh``.

    Raises
    ------
    ValueError
        For ``full_matrices`` where m ≠ n: further vectors may be any basis, and have no derivative.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import linalg
    >>> a = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> U, S, Vh = linalg.svd(a, full_matrices=False)
    >>> bool(np.allclose(U * S @ Vh, a))
    True
    """
    _refuse_hermitian("svd", hermitian)
    a = operand(a)
    if not compute_uv:
        return svdvals(a)
    if full_matrices and a.ndim > 1 and a.shape[-1] != a.shape[-2]:
        raise ValueError(
            f"svd of shape {a.shape} needs full_matrices=False here: the further singular vectors "
            "may be any basis, and have no derivative"
        )
    s, u, v = _parts(_svd(a), a.shape[-2])
    return SVDResult(u, s, mT(v))


def _refuse_hermitian(name: str, hermitian: bool) -> None:
    if hermitian:
        raise ValueError(
            f"{name} has no hermitian=True here: leave it out, which gives the same of a symmetric "
            "matrix, or use eigh"
        )


@stands_for(np.linalg.matrix_rank)
def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """Return how many singular values aren't negligible: plain integers.

    Parameters
    ----------
    A : array or Tensor of shape (..., m, n)
    tol : number, optional
        The largest singular value that is negligible.
    hermitian : bool
        Whether the matrices are symmetric.
    rtol : number, optional
        The same as a fraction of the largest singular value; by default max(m, n) · eps.

    Examples
    --------
    >>> from autograd import linalg
    >>> int(linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]]))  # one row is twice the other
    1
    """
    return np.linalg.matrix_rank(raw(operand(A)), tol, hermitian, rtol=rtol)


# The pseudo-inverse -------------------------------------------------------------------------------


def _pinv_of_objects(x: Any, *, rcond: Any = None) -> Any:
    """By the normal equations: of full rank alone."""
    if x.shape[-2] < x.shape[-1]:
        return mT(_pinv_of_objects(mT(x)))
    return elimination.solved(mT(x) @ x, mT(x))


def _pinv_pullback(g: Any, x: Any, z: Any, *, rcond: Any = None) -> tuple[Any]:
    """Golub and Pereyra (1973), eq. 4.12."""
    of_rows = mT(g) - x @ (z @ mT(g))  # what the range of x leaves out
    of_columns = mT(g) - (mT(g) @ z) @ x  # and what its null space has
    return (of_rows @ z @ mT(z) + mT(z) @ z @ of_columns - mT(z) @ g @ mT(z),)


_pinv: Structural = structural(
    "pinv",
    on_matrices(
        lambda x, *, rcond=None: np.linalg.pinv(x, rcond),
        _pinv_of_objects,
        advice=_FINITE,
    ),
    pulled_wide(_pinv_pullback),
    settings={"rcond": None},
    latex="{x}^+",
    doc="The pseudo-inverse; its gradient is that among matrices of the same rank.",
    batched=of_stacks,
)


@stands_for(np.linalg.pinv)
@of_array
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Numeric:
    """Return the pseudo-inverses of matrices of any shape.

    Parameters
    ----------
    a : array or Tensor of shape (..., m, n)
        Arrays of Fractions are exact, and must have full rank.
    rcond, rtol : float or array, optional
        Singular values up to this share of the largest are taken for 0.
    hermitian : bool
        False: leave it out.

    Returns
    -------
    array or Tensor of shape (..., n, m)
        Where the rank could grow it has no derivative: the gradient is that along matrices of the
        same rank. So what ``rcond`` leaves out counts as 0 in it; of values that are far from 0,
        it isn't the slope of the truncated inverse (nor is PyTorch's).

    Examples
    --------
    >>> from autograd import Tensor, linalg
    >>> x = Tensor([[2.0], [0.0]])
    >>> linalg.pinv(x).tolist()
    [[0.5, 0.0]]
    >>> linalg.pinv(x)[0, 0].backward()
    >>> x.grad.tolist()  # the slope of 1/x at 2
    [[-0.25], [0.0]]
    """
    _refuse_hermitian("pinv", hermitian)
    given = rcond if rtol is None else rtol
    return _pinv(operand(a)) if given is None else _pinv(operand(a), rcond=given)


# Least squares ------------------------------------------------------------------------------------


class LstsqResult(NamedTuple):
    """The solution, the sums of squared residuals, the rank and the singular values.

    Attributes
    ----------
    x : array or Tensor of shape (n,) or (n, k)
    residuals : array or Tensor of shape (1,) or (k,); or (0,)
    rank : int
    s : array or Tensor of shape (min(m, n),)

    Examples
    --------
    >>> from autograd import linalg
    >>> found = linalg.lstsq([[1.0], [1.0]], [1.0, 3.0])  # the constant nearest to 1 and 3
    >>> found.x.round(12), found.residuals.round(12), int(found.rank)
    (array([2.]), array([2.]), 1)
    """

    x: Any
    residuals: Any
    rank: Any
    s: Any


def _lstsq_pullback(g: Any, a: Any, b: Any, z: Any, *, rcond: Any = None) -> tuple[Any, Any]:
    """That of pinv(a) @ b, with the small products first."""
    inverse = _pinv(a, rcond=_tolerance(a, rcond))
    of_b = mT(inverse) @ g
    along = g - inverse @ (a @ g)  # what the null space of a has
    of_a = (b - a @ z) @ mT(inverse @ of_b) + (mT(inverse) @ z) @ mT(along) - of_b @ mT(z)
    return of_a, of_b


def _tolerance(a: Any, rcond: Any) -> Any:
    return np.finfo(raw(a).dtype).eps * max(a.shape) if rcond is None else rcond


_lstsq = structural(
    "lstsq",
    on_matrices(
        lambda a, b, *, rcond=None: np.linalg.lstsq(a, b, rcond)[0],
        lambda a, b, *, rcond=None: _pinv_of_objects(a) @ b,
        advice=_FINITE,
    ),
    pulled_wide(_lstsq_pullback),
    arity=2,
    settings={"rcond": None},
    latex="{x}^+ {y}",
    doc="The z of least norm among those of least squares |x z − y|².",
)


@stands_for(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> LstsqResult:
    """Return the solution of least squares |a x − b|², with residuals, rank and singular values.

    Parameters
    ----------
    a : array or Tensor of shape (m, n)
    b : array or Tensor of shape (m,) or (m, k)
    rcond : float, optional
        Singular values up to this share of the largest are taken for 0.

    Returns
    -------
    LstsqResult
        ``x`` is that of least norm. As in NumPy, ``residuals`` is empty unless the rank is n < m.
        The rank is a plain integer; inside of ``vmap``, one for each sample.
        ``rcond`` is to the gradient what it is to that of :func:`pinv`: right where what is left
        out is nearly 0. JAX's is the slope of the truncated solution for larger ones too.

    Raises
    ------
    numpy.linalg.LinAlgError
        If ``a`` isn't one matrix.

    Examples
    --------
    >>> from autograd import Tensor, linalg
    >>> a, b = [[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], Tensor([1.0, 3.0, 5.0])
    >>> found = linalg.lstsq(a, b).x  # the line 1 + 2 t
    >>> [round(x, 12) for x in found.tolist()]
    [1.0, 2.0]
    """
    a, b = operand(a), operand(b)
    if a.ndim != 2:
        raise LinAlgError(f"lstsq takes one matrix, got shape {a.shape}: use pinv(a) @ b for more")
    columns = b[:, None] if b.ndim == 1 else b
    x: Any = _lstsq(a, columns) if rcond is None else _lstsq(a, columns, rcond=rcond)
    s = svdvals(a)
    rank = (raw(s) > _tolerance(a, rcond) * raw(s).max(initial=0)).sum()
    off = a @ x - columns
    residuals = (off * off).sum(axis=0)
    if a.shape[0] <= a.shape[1] or rank < a.shape[1]:
        residuals = residuals[:0]
    whole = rank if isinstance(rank, PerSample) else int(rank)
    return LstsqResult(x[:, 0] if b.ndim == 1 else x, residuals, whole, s)
