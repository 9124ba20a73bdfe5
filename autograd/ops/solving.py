"""Linear equations and inverses."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.numbers import elimination
from autograd.numbers.kinds import in_range
from autograd.numbers.per_sample import in_front
from autograd.numbers.protocols import Numeric
from autograd.ops.matrices import mT, on_matrices, pulled_wide
from autograd.ops.scalars import operand
from autograd.rules.batch_rules import Batch, of_stacks
from autograd.rules.define import structural
from autograd.rules.op import Structural
from autograd.rules.op_registry import stands_for
from autograd.rules.signatures import of_array, of_two_arrays


def _solve_pullback(g: Any, a: Any, b: Any, z: Any) -> tuple[Any, Any]:
    passed = _solve(mT(a), g)
    return -(passed @ mT(z)), passed


def _solve_all(batch: Batch) -> Any:
    a, b = batch.fronts()
    vector = batch.ndim(1) == 1
    b = b[..., None] if vector else b
    ndim = max(a.ndim, b.ndim) - 1
    z = batch.apply(in_front(a, ndim), in_front(b, ndim))
    return z[..., 0] if vector else z


_solve: Structural = structural(
    "solve",
    on_matrices(
        np.linalg.solve,
        elimination.solved,
        advice="it has no solution, or many; autograd.linalg.lstsq finds that of least squares",
    ),
    pulled_wide(_solve_pullback),
    arity=2,
    latex="{x}^{{-1}} {y}",
    doc="The solution z of x z = y.",
    batched=_solve_all,
)


@stands_for(np.linalg.solve)
@of_two_arrays
def solve(a: Any, b: Any) -> Numeric:
    """Return the solution x of the linear equations a x = b.

    Parameters
    ----------
    a : array or Tensor of shape (..., n, n)
        The coefficients. An array of Fractions is solved exactly.
    b : array or Tensor of shape (n,) or (..., n, k)
        A vector if it has one axis, else matrices.

    Returns
    -------
    array or Tensor

    Raises
    ------
    numpy.linalg.LinAlgError
        If a matrix is singular.

    Examples
    --------
    >>> from autograd import Tensor, linalg
    >>> b = Tensor([2.0, 3.0])
    >>> linalg.solve([[2.0, 0.0], [1.0, 1.0]], b).sum().backward()
    >>> b.grad
    array([0., 1.])
    """
    a, b = operand(a), operand(b)
    if b.ndim != 1:
        return _solve(a, b)
    found: Numeric = _solve(a, b[:, None])[..., 0]  # type: ignore[index]
    return found


def _inverse_of_objects(x: Any) -> Any:
    return elimination.solved(x, elimination.identity(x.shape[-1]))


_inv: Structural = structural(
    "inv",
    on_matrices(
        np.linalg.inv,
        _inverse_of_objects,
        advice="it has no inverse; autograd.linalg.pinv finds the pseudo-inverse",
    ),
    pulled_wide(lambda g, x, z: (-(mT(z) @ g @ mT(z)),)),
    latex="{x}^{{-1}}",
    doc="The inverse of a matrix.",
    batched=of_stacks,
)


@stands_for(np.linalg.inv)
@of_array
def inv(a: Any) -> Numeric:
    """Return the inverses of square matrices; that of an array of Fractions is exact.

    LinAlgError if a matrix is singular.

    Parameters
    ----------
    a : array or Tensor of shape (..., n, n)

    Raises
    ------
    LinAlgError
        If a matrix isn't square, or is singular.

    Examples
    --------
    >>> from autograd import linalg
    >>> linalg.inv([[2.0, 0.0], [0.0, 4.0]])
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    return _inv(operand(a))


@stands_for(np.linalg.tensorsolve)
@of_two_arrays
@in_range
def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Numeric:
    """Return x with tensordot(a, x, x.ndim) equal to b; ``axes`` of a are moved to the end.

    Parameters
    ----------
    a : array or Tensor
        Its last axes, as many elements as ``b`` has, are those of the solution.
    b : array or Tensor
    axes : sequence of int, optional
        Axes of ``a`` that belong to the solution, where they aren't the last.

    Raises
    ------
    LinAlgError
        If there is no solution, or more than one.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import linalg
    >>> a = 2 * np.eye(6).reshape(2, 3, 6)  # doubles six numbers, and makes two rows of them
    >>> linalg.tensorsolve(a, [[2.0, 4.0, 6.0], [8.0, 10.0, 12.0]])
    array([1., 2., 3., 4., 5., 6.])
    """
    a, b = operand(a), operand(b)
    if axes is not None:
        moved = normalize_axis_tuple(axes, a.ndim)
        a = a.transpose((*(k for k in range(a.ndim) if k not in moved), *moved))
    shape = a.shape[b.ndim :]
    found: Numeric = solve(a.reshape((b.size, prod(shape))), b.reshape(-1)).reshape(shape)
    return found


@stands_for(np.linalg.tensorinv)
@of_array
def tensorinv(a: Any, ind: int = 2) -> Numeric:
    """Return the inverse of the linear map that tensordot(a, ·, ind) is.

    Parameters
    ----------
    a : array or Tensor
        Its first ``ind`` axes have as many elements together as the others.
    ind : int
        The number of axes of what the map gives.

    Raises
    ------
    LinAlgError
        If the map has no inverse.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import linalg
    >>> a = 2 * np.eye(6).reshape(6, 2, 3)
    >>> linalg.tensorinv(a, ind=1).shape
    (2, 3, 6)
    """
    a = operand(a)
    if ind <= 0:
        raise ValueError(f"ind must be positive, got {ind}: it counts the first axes of a")
    before, after = a.shape[:ind], a.shape[ind:]
    found: Numeric = inv(a.reshape((prod(before), prod(after)))).reshape(after + before)
    return found
