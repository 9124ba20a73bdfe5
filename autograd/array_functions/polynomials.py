"""Polynomials by their coefficients, the highest power first, as NumPy's older functions have them.

The functions of ``numpy.polynomial`` are no part of NumPy's protocols.
"""

from __future__ import annotations

from functools import reduce
from operator import index
from typing import Any

import numpy as np

from autograd.array_functions.reading import reads_numbers
from autograd.array_functions.vector_products import _convolve
from autograd.files.users_line import warn
from autograd.node.node import raw
from autograd.numbers.per_sample import of_all_samples
from autograd.ops.exponential import sqrt
from autograd.ops.joining import concatenate, stack
from autograd.ops.scalars import operand
from autograd.ops.shape import astype, flip, reshape
from autograd.ops.singular_values import lstsq
from autograd.rules.op_registry import stands_for


def _coefficients(p: Any) -> Any:
    x = operand(p)
    if x.ndim > 1:
        raise ValueError(f"a polynomial's coefficients are a vector, got shape {x.shape}")
    return reshape(x, -1)


@stands_for(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    """Return the polynomial's value at x, by Horner's rule."""
    coefficients = _coefficients(p)
    point = operand(x)
    found = np.zeros_like(raw(point)) + 0.0
    for k in range(coefficients.size):
        found = found * point + coefficients[k]
    return found


def _padded(p: Any, length: int) -> Any:
    zeros = np.zeros(length - p.size, raw(p).dtype)
    return concatenate([zeros, p]) if zeros.size else p


@stands_for(np.polyadd)
def _polyadd(a1: Any, a2: Any) -> Any:
    p, q = _coefficients(a1), _coefficients(a2)
    n = max(p.size, q.size)
    return _padded(p, n) + _padded(q, n)


@stands_for(np.polysub)
def _polysub(a1: Any, a2: Any) -> Any:
    p, q = _coefficients(a1), _coefficients(a2)
    n = max(p.size, q.size)
    return _padded(p, n) - _padded(q, n)


@stands_for(np.polymul)
def _polymul(a1: Any, a2: Any) -> Any:
    return _convolve(*(_without_leading_zeros(_coefficients(p)) for p in (a1, a2)))


def _without_leading_zeros(p: Any) -> Any:
    nonzero = np.flatnonzero(raw(p))
    return p[nonzero[0] :] if nonzero.size else p[-1:]


@stands_for(np.polydiv)
def _polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """Return quotient and remainder, by long division."""
    rest, divisor = _coefficients(u) + 0.0, _coefficients(v) + 0.0
    m = divisor.size
    quotient = []
    for _ in range(rest.size - m + 1):
        q = rest[0] / divisor[0]
        quotient.append(q)
        rest = concatenate([rest[1:m] - q * divisor[1:], rest[m:]])
    found = stack(quotient) if quotient else np.zeros(1)
    close = np.isclose(raw(rest), 0, rtol=1e-14)  # as NumPy takes them off
    first = int(np.argmin(close)) if not close.all() else close.size - 1
    return found, rest[first:] if rest.size else np.zeros(1)


@stands_for(np.polyder)
def _polyder(p: Any, m: int = 1) -> Any:
    if m < 0:
        raise ValueError(f"polyder takes an order from 0 on, got {m}")
    x = _coefficients(p)
    for _ in range(m):
        x = x[:-1] * np.arange(x.size - 1, 0, -1.0)
    return x


@stands_for(np.polyint)
def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    if m < 0:
        raise ValueError(f"polyint takes an order from 0 on, got {m}")
    constants = reshape(operand(0.0 if k is None else k), -1)
    if constants.size not in (1, m):
        raise ValueError(f"polyint takes one constant for each of {m} orders, got {constants.size}")
    x = _coefficients(p)
    for n in range(m):
        place = n if constants.size == m else 0
        x = concatenate([x / np.arange(x.size, 0, -1.0), constants[place : place + 1]])
    return x


@stands_for(np.poly)
def _poly(seq_of_zeros: Any) -> Any:
    """Return the coefficients of the polynomial with these roots."""
    roots = operand(seq_of_zeros)
    if roots.ndim != 1:
        raise ValueError(f"poly takes a vector of roots here, got shape {roots.shape}")
    ones = np.ones(1, raw(roots).dtype)
    factors = [concatenate([ones, -roots[k : k + 1]]) for k in range(roots.size)]
    return reduce(_convolve, factors, ones)


@stands_for(np.vander)
def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    x = _coefficients(x)
    x = astype(x, np.promote_types(raw(x).dtype, int))
    n = x.size if N is None else N
    columns: list[Any] = [np.ones(x.shape, raw(x).dtype)]
    for _ in range(n - 1):
        columns.append(columns[-1] * x)
    powers = stack(columns[:n], 1) if n else x[:, None][:, :0]
    return powers if increasing else flip(powers, 1)


@stands_for(np.polyfit)
@reads_numbers
def _polyfit(
    x: Any,
    y: Any,
    deg: int,
    rcond: float | None = None,
    full: bool = False,
    w: Any = None,
    cov: bool | str = False,
) -> Any:
    """Return the coefficients of the polynomial of least squares, of each column of y."""
    if full or cov:
        given = "full=True" if full else f"cov={cov!r}"
        raise ValueError(
            f"polyfit with {given} isn't differentiable here: it gives the coefficients alone; "
            "numpy.linalg.lstsq(numpy.vander(x, deg + 1), y) has residuals, rank and singular "
            "values too"
        )
    points, values = operand(x) + 0.0, operand(y) + 0.0
    degree = index(deg)
    if degree < 0 or points.ndim != 1 or not points.size or values.ndim not in (1, 2):
        raise ValueError(
            "polyfit takes a degree from 0 on, a vector of points that isn't empty, and a vector "
            f"or columns of values, got deg={degree} and shapes {points.shape} and {values.shape}"
        )
    if len(points) != len(values):
        raise ValueError(
            f"polyfit takes a value for each point, got {len(points)} points and {len(values)} "
            "values"
        )
    powers = _vander(points, degree + 1)
    if w is not None:
        weights = operand(w) + 0.0
        if weights.shape != points.shape:
            raise ValueError(
                f"polyfit takes a weight for each of {len(points)} points, got shape "
                f"{weights.shape}"
            )
        powers = powers * weights[:, None]
        values = values * (weights if values.ndim == 1 else weights[:, None])
    if rcond is None:
        rcond = len(points) * np.finfo(raw(points).dtype).eps
    scale = sqrt((powers * powers).sum(axis=0))  # columns of one length are solved for better
    found = lstsq(powers / scale, values, rcond)
    if np.any(of_all_samples(found.rank) != degree + 1):
        warn(
            f"polyfit: {len(points)} points don't determine {degree + 1} coefficients well, which "
            "are those of least norm: give a lower degree, or more points",
            np.exceptions.RankWarning,
        )
    return found.x / (scale if values.ndim == 1 else scale[:, None])
