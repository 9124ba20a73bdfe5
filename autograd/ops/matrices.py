"""What the ops on matrices share: their dtypes, their errors, and the symmetry that some expect.

As in NumPy, a matrix is the last two axes, and the axes before are a stack of matrices.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from autograd.node.node import raw
from autograd.numbers.kinds import Rule
from autograd.ops.shape import astype

# NumPy reads one triangle of what it takes for symmetric, and doesn't look at the other.
_ASYMMETRY = 1e-3
_LONG = {np.dtype(np.longdouble)} - {np.dtype(float)}


def mT(x: Any) -> Any:  # noqa: N802 - NumPy's name for it
    """Return the matrices transposed."""
    return x.swapaxes(-1, -2)


def column(x: Any) -> Any:
    """Return numbers, one a matrix, as matrices of one element, which broadcast."""
    return x[..., None, None]


def on_matrices(function: Rule, objects: Rule, *, advice: str = "") -> Rule:
    """Return a function of LAPACK's as the function of an op.

    float16 is computed in float32; arrays of objects, and floats of more digits than LAPACK knows,
    by ``objects``. An error says which matrix of a stack it is of, and what to do.
    """

    @wraps(function)
    def on_arrays(*xs: Any, **settings: Any) -> Any:
        dtype = np.result_type(*xs)
        one_by_one = dtype.kind == "O" or dtype in _LONG
        run = objects if one_by_one else function
        given = [x.astype(object) if one_by_one else _wide(x) for x in xs]
        try:
            found = run(*given, **settings)
        except LinAlgError as error:
            if not advice or "dimension" in str(error):
                raise
            raise LinAlgError(f"{error}{_which(run, given, settings)}: {advice}") from None
        narrow = dtype == np.float16 or dtype in _LONG
        return np.asarray(found, dtype) if narrow else found

    return on_arrays


def _wide(x: Any) -> Any:
    return x.astype(np.float32) if x.dtype == np.float16 else x


def _which(function: Rule, xs: list[Any], settings: dict[str, Any]) -> str:
    """Return the place of the first matrix of a stack that a function refuses."""
    first, *others = xs
    if first.ndim < 3 or any(x.ndim > 2 for x in others):
        return ""
    for place in np.ndindex(first.shape[:-2]):
        try:
            function(first[place], *others, **settings)
        except LinAlgError:
            return f" at {', '.join(map(str, place))} of the stack"
    return ""


def pulled_wide(pullback: Rule) -> Rule:
    """Let a pullback compute with float32 where an operand is of float16."""

    @wraps(pullback)
    def on_cotangent(g: Any, *given: Any, **settings: Any) -> Any:
        if not any(raw(x).dtype == np.float16 for x in given):
            return pullback(g, *given, **settings)
        return pullback(*(_as_wide(x) for x in (g, *given)), **settings)

    return on_cotangent


def _as_wide(x: Any) -> Any:
    return astype(x, np.float32) if raw(x).dtype == np.float16 else x


def symmetric(x: Any) -> Any:
    """Return the mean of matrices and their transposes; ValueError if they are far apart.

    So the gradient is symmetric, the one of smallest norm, and differences of elements agree.
    """
    if x.dtype.kind == "c":
        raise TypeError("complex matrices aren't computed with here: use numpy.linalg for them")
    if x.ndim < 2:
        return x
    other = mT(x)
    if x.dtype == object:
        return (x + other) / 2
    if x.shape != other.shape or (x == other).all():
        return x
    apart = np.abs(x - other)
    if (apart > _ASYMMETRY * np.abs(x).max(axis=(-2, -1), keepdims=True)).any():
        *_, i, j = np.unravel_index(np.argmax(apart), x.shape)
        raise ValueError(
            f"a symmetric matrix is needed, got x[{i}, {j}] and x[{j}, {i}] {apart.max():.3g} "
            "apart, and NumPy would read one triangle: give (x + x.mT) / 2, or for the lower one "
            "x.tril() + x.tril(-1).mT"
        )
    return 0.5 * x + 0.5 * other
