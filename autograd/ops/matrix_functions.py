"""Powers, products and the exponential of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial
from operator import index
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from autograd.numbers import eigenpairs
from autograd.numbers.protocols import Numeric
from autograd.ops.joining import concatenate
from autograd.ops.matrices import mT, on_matrices, pulled_wide
from autograd.ops.norm import norm
from autograd.ops.products import matmul
from autograd.ops.scalars import operand
from autograd.ops.shape import copy
from autograd.ops.singular_values import svdvals
from autograd.ops.solving import inv
from autograd.rules.batch_rules import of_stacks
from autograd.rules.define import structural
from autograd.rules.op import Structural
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_array, of_arrays


@stands_for(np.linalg.matrix_power)
@of_array
def matrix_power(a: Any, n: int) -> Numeric:
    """Return square matrices times themselves, ``n`` times; inverses for a negative ``n``.

    Parameters
    ----------
    a : array or Tensor of shape (..., n, n)
    n : int

    Raises
    ------
    LinAlgError
        If a matrix isn't square; for a negative ``n``, if one is singular.

    Examples
    --------
    >>> from autograd import linalg
    >>> linalg.matrix_power([[1.0, 1.0], [1.0, 0.0]], 10)  # Fibonacci's numbers
    array([[89., 55.],
           [55., 34.]])
    """
    a, n = operand(a), index(n)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise LinAlgError(f"matrix_power needs square matrices, got shape {a.shape}")
    if n == 0:
        one: Numeric = a * 0 + np.eye(a.shape[-1], dtype=int).astype(a.dtype)
        return one
    base, n = (inv(a), -n) if n < 0 else (a, n)
    found: Any = None
    while True:
        n, odd = divmod(n, 2)
        if odd:
            found = base if found is None else matmul(found, base)
        if not n:
            product: Numeric = copy(a) if found is a else found
            return product
        base = matmul(base, base)


@stands_for(np.linalg.multi_dot)
@of_arrays
def multi_dot(arrays: Sequence[Any]) -> Numeric:
    """Return the product of matrices, in the order that takes the fewest multiplications.

    The first may be a row and the last a column, of one axis.

    Parameters
    ----------
    arrays : sequence of array or Tensor
        Two or more matrices; the first and the last may be vectors.

    Raises
    ------
    ValueError
        If there are fewer than two, or shapes don't match.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import linalg
    >>> factors = np.ones((2, 100)), np.ones((100, 3)), np.ones((3, 1))
    >>> linalg.multi_dot(factors)
    array([[300.],
           [300.]])
    """
    xs = [operand(x) for x in arrays]
    if len(xs) < 2:
        raise ValueError(f"multi_dot needs two arrays or more, got {len(xs)}")
    ranks = [x.ndim for x in xs]
    if any(n != 2 for n in ranks[1:-1]) or not {ranks[0], ranks[-1]} <= {1, 2}:
        raise LinAlgError(
            f"multi_dot takes matrices, but at its ends vectors too, got {ranks} axes"
        )
    lengths = [1 if ranks[0] == 1 else xs[0].shape[0], *(x.shape[-1] for x in xs[:-1])]
    lengths.append(1 if ranks[-1] == 1 else xs[-1].shape[-1])
    product: Numeric = _multiplied(xs, _splits(lengths), 0, len(xs) - 1)
    return product


def _splits(lengths: list[int]) -> dict[tuple[int, int], int]:
    """Return where each run of matrices is best cut in two (Cormen et al. 2009, section 15.2)."""
    count = len(lengths) - 1
    cost = {(i, i): 0 for i in range(count)}
    best: dict[tuple[int, int], int] = {}
    for width in range(1, count):
        for i in range(count - width):
            j = i + width
            costs = [
                cost[i, k] + cost[k + 1, j] + lengths[i] * lengths[k + 1] * lengths[j + 1]
                for k in range(i, j)
            ]
            cost[i, j] = min(costs)
            best[i, j] = i + costs.index(cost[i, j])
    return best


def _multiplied(xs: list[Any], best: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return xs[i]
    k = best[i, j]
    return matmul(_multiplied(xs, best, i, k), _multiplied(xs, best, k + 1, j))


@stands_for(np.linalg.cond)
@of_array
def cond(x: Any, p: Any = None) -> Numeric:
    """Return the condition numbers of matrices: |x| |x⁻¹| in the norm ``p``, 2 by default.

    Parameters
    ----------
    x : array or Tensor of shape (..., m, n)
    p : {None, 2, -2, 1, -1, inf, -inf, "fro", "nuc"}
        The norm. But for 2 and −2 the matrices must be square.

    Raises
    ------
    ValueError
        For another ``p``.

    Examples
    --------
    >>> from autograd import linalg
    >>> float(linalg.cond([[100.0, 0.0], [0.0, 0.5]]))  # the largest stretch by the smallest
    200.0
    """
    x = operand(x)
    if p in (None, 2, -2):
        s: Any = svdvals(x)
        first, last = s[..., 0], s[..., -1]
        found: Numeric = last / first if p == -2 else first / last
        return found
    axes = (x.ndim - 2, x.ndim - 1)
    product: Numeric = norm(x, p, axes) * norm(inv(x), p, axes)
    return product


# The exponential ----------------------------------------------------------------------------------

_DEGREE = 13
_LARGEST = 5.371920351148152  # the 1-norm for which that approximant is exact to float64
_COEFFICIENTS = [
    factorial(2 * _DEGREE - k)
    * factorial(_DEGREE)
    / (factorial(2 * _DEGREE) * factorial(k) * factorial(_DEGREE - k))
    for k in range(_DEGREE + 1)
]


def _exponential(x: Any) -> Any:
    """Higham (2005), The scaling and squaring method for the matrix exponential revisited."""
    if x.shape[-1] != x.shape[-2]:
        raise LinAlgError(f"a square matrix is needed, got shape {x.shape}")
    if not np.isfinite(x).all():
        return np.where(np.isfinite(x).all(axis=(-2, -1), keepdims=True), _finite(x), np.nan)
    return _finite(x)


def _finite(x: Any) -> Any:
    x = np.where(np.isfinite(x), x, 0)
    size = np.abs(x).sum(axis=-2).max(axis=-1, initial=0)
    times = np.maximum(np.frexp(size / _LARGEST)[1], 0)[..., None, None]
    x = np.ldexp(x, -times)
    power = np.eye(x.shape[-1], dtype=x.dtype)
    even = odd = np.zeros_like(power)
    square = x @ x
    for k in range(0, _DEGREE, 2):
        even = even + _COEFFICIENTS[k] * power
        odd = odd + _COEFFICIENTS[k + 1] * power
        power = power @ square
    odd = x @ odd
    found = np.linalg.solve(even - odd, even + odd)
    for k in range(times.max(initial=0)):
        found = np.where(k < times, found @ found, found)
    return found


def _expm_pullback(g: Any, x: Any, z: Any) -> tuple[Any]:
    """Najfeld and Havel (1995), theorem 4: a block of the exponential of a larger matrix."""
    n = x.shape[-1]
    return (_expm(_blocks(mT(x), g))[..., :n, n:],)  # type: ignore[index]


def _blocks(x: Any, g: Any) -> Any:
    upper = concatenate([x, g], -1)
    lower = concatenate([x * 0, x], -1)
    return concatenate([upper, lower], -2)


_expm: Structural = structural(
    "expm",
    on_matrices(_exponential, eigenpairs.exponential),
    pulled_wide(_expm_pullback),
    latex="e^{{{x}}}",
    doc="The exponential of a matrix: Σ xᵏ/k!.",
    batched=of_stacks,
)


@of_array
def expm(a: Any) -> Numeric:
    """Return the exponentials Σ aᵏ/k! of square matrices.

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
    >>> x = Tensor([[0.0, 1.0], [0.0, 0.0]])
    >>> linalg.expm(x).data
    array([[1., 1.],
           [0., 1.]])
    """
    return _expm(operand(a))
