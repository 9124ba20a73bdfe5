"""Determinants, whose derivatives exist for singular matrices too, and their logarithms."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.linalg import LinAlgError

from autograd.node.node import raw
from autograd.numbers import elimination
from autograd.numbers.protocols import Numeric
from autograd.ops.arithmetic import abs, sign
from autograd.ops.exponential import log
from autograd.ops.matrices import column, mT, on_matrices, pulled_wide
from autograd.ops.scalars import operand
from autograd.ops.solving import inv
from autograd.ops.spectral import is_nothing
from autograd.rules.batch_rules import of_stacks
from autograd.rules.chain_rule import times
from autograd.rules.define import structural
from autograd.rules.op import Structural
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_array

# Where the condition is more than this, terms that cancel in the second derivative of det · inv are
# so many times as large as it is.
_CONDITION = 2.0**20


def cofactors(x: Any, determinant: Any) -> Any:
    """Return the matrix of cofactors, ∂det/∂x: also of singular matrices, to any order."""
    try:
        inverse = inv(x)
    except LinAlgError:
        return _cofactors_beside_singular(x)
    size = np.linalg.norm(raw(x), axis=(-2, -1)) * np.linalg.norm(raw(inverse), axis=(-2, -1))
    if (size > _CONDITION).any():
        return _cofactors_beside_singular(x)
    return column(determinant) * mT(inverse)


def _cofactors_beside_singular(x: Any) -> Any:
    """Return cofactors from a matrix b = x + u vᵀ of good condition, where u and v are constants.

    By Sylvester's identity det x = det b · det m with the small matrix m = 1 − vᵀ b⁻¹ u; what is
    here is its derivative by x.
    """
    floats = raw(x) if raw(x).dtype == np.float32 else np.asarray(raw(x), float)
    left, s, right = np.linalg.svd(floats)
    small = (s == 0) | (s * _CONDITION <= s[..., :1])
    rank = int(small.sum(-1).max())
    n = s.shape[-1]
    # They are made as large as the smallest of the others: b is then as good as those allow.
    size = np.where(small, np.inf, s).min(-1, keepdims=True)
    size[np.isinf(size)] = 1
    u = left[..., n - rank :] * (size * small)[..., None, n - rank :]
    v = mT(right)[..., n - rank :]
    b = x + u @ mT(v)
    inverse = inv(b)
    of_m, cofactors_of_m = _by_traces(np.eye(rank, dtype=s.dtype) - mT(v) @ inverse @ u)
    passed = mT(inverse)
    return column(det(b)) * (column(of_m) * passed + passed @ v @ cofactors_of_m @ mT(u) @ passed)


def _by_traces(m: Any) -> tuple[Any, Any]:
    """Return a determinant and the cofactors by Faddeev and LeVerrier: without a division by m."""
    n = m.shape[-1]
    identity = np.eye(n, dtype=raw(m).dtype)
    product, coefficient = identity, m[..., 0, 0] * 0 + 1
    for k in range(1, n + 1):
        last = product
        moved = m @ product
        coefficient = -(moved * identity).sum(axis=(-2, -1)) / k
        product = moved + column(coefficient) * identity
    even = 1 if n % 2 == 0 else -1
    return even * coefficient, -even * mT(last)


_det: Structural = structural(
    "det",
    on_matrices(np.linalg.det, elimination.determinant),
    pulled_wide(lambda g, x, z: (times(column(g), cofactors(x, z)),)),
    latex=r"\det {x}",
    doc="The determinant of a matrix; its gradient is the matrix of cofactors.",
    batched=of_stacks,
)


@stands_for(np.linalg.det)
@of_array
def det(a: Any) -> Numeric:
    """Return the determinants of square matrices; that of an array of Fractions is exact.

    Derivatives of every order are right for singular matrices too.

    Parameters
    ----------
    a : array or Tensor of shape (..., n, n)

    Raises
    ------
    LinAlgError
        If a matrix isn't square.

    Examples
    --------
    >>> from autograd import Tensor, linalg
    >>> x = Tensor([[1.0, 2.0], [2.0, 4.0]])
    >>> linalg.det(x).backward()
    >>> x.grad.round(12)
    array([[ 4., -2.],
           [-2.,  1.]])
    """
    return _det(operand(a))


class SlogdetResult(NamedTuple):
    """The sign of a determinant, and the logarithm of its absolute value.

    Attributes
    ----------
    sign : array or Tensor of shape (...)
        −1, 0 or 1: its gradient is 0.
    logabsdet : array or Tensor of shape (...)
        −inf of a singular matrix.

    Examples
    --------
    >>> from autograd import linalg
    >>> found = linalg.slogdet([[0.0, 1.0], [1.0, 0.0]])
    >>> float(found.sign), float(found.logabsdet)
    (-1.0, 0.0)
    """

    sign: Any
    logabsdet: Any


def _of_objects(x: Any) -> Any:
    found = elimination.determinant(x)
    return np.stack([np.asarray(sign(found), object), np.asarray(log(abs(found)), object)], -1)


def _slogdet_pullback(g: Any, x: Any, z: Any) -> tuple[Any]:
    slope = g[..., 1]
    if is_nothing(slope):
        return (np.zeros_like(raw(x)),)
    try:
        return (column(slope) * mT(inv(x)),)
    except LinAlgError:
        raise LinAlgError(
            "slogdet: a matrix is singular, where log|det| is -inf and has no gradient; det has one"
        ) from None


_slogdet = structural(
    "slogdet",
    on_matrices(lambda x: np.stack(np.linalg.slogdet(x), -1), _of_objects),
    pulled_wide(_slogdet_pullback),
    latex=r"(\operatorname{{sign}}, \ln |\cdot|) \det {x}",
    doc="The sign of the determinant and log|det|, along the last axis.",
    batched=of_stacks,
)


@stands_for(np.linalg.slogdet)
def slogdet(a: Any) -> SlogdetResult:
    """Return ``(sign, logabsdet)`` of determinants, which don't over- or underflow.

    The gradient of logabsdet is the transposed inverse; LinAlgError where there is none.

    Parameters
    ----------
    a : array or Tensor of shape (..., n, n)

    Raises
    ------
    LinAlgError
        If a matrix isn't square; in the backward pass, if one is singular.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import linalg
    >>> tiny = 1e-3 * np.eye(200)  # its determinant, 10⁻⁶⁰⁰, is 0 in floats
    >>> sign, logabsdet = linalg.slogdet(tiny)
    >>> float(sign), f"{logabsdet / np.log(10):.6f}"
    (1.0, '-600.000000')
    """
    found: Any = _slogdet(operand(a))
    return SlogdetResult(found[..., 0], found[..., 1])
