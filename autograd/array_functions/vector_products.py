"""Products of vectors and matrices that follow from others: kron, cross, vdot, matvec, convolve."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np

from autograd.ops.convolution import conv_op
from autograd.ops.diagonals import diagonal
from autograd.ops.products import dot_arrays, matmul, tensordot
from autograd.ops.scalars import operand
from autograd.ops.shape import flip, moveaxis, reshape
from autograd.rules.op_registry import in_numpy, stands_for


@stands_for(np.kron)
def _kron(a: Any, b: Any) -> Any:
    x, y = operand(a), operand(b)
    rank = max(x.ndim, y.ndim)
    of_x = (1,) * (rank - x.ndim) + x.shape
    of_y = (1,) * (rank - y.ndim) + y.shape
    blocks = reshape(x, tuple(chain.from_iterable((n, 1) for n in of_x)))
    inside = reshape(y, tuple(chain.from_iterable((1, n) for n in of_y)))
    return reshape(blocks * inside, tuple(n * m for n, m in zip(of_x, of_y, strict=True)))


@stands_for(*in_numpy("cross"))
def _cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = moveaxis(operand(a), axisa, -1), moveaxis(operand(b), axisb, -1)
    if x.shape[-1] != 3 or y.shape[-1] != 3:
        raise ValueError(
            f"cross is of vectors of 3 elements, got {x.shape[-1]} and {y.shape[-1]}: of 2, write "
            "x[..., 0] * y[..., 1] - x[..., 1] * y[..., 0]"
        )
    later, latest = [1, 2, 0], [2, 0, 1]
    found = x[..., later] * y[..., latest] - x[..., latest] * y[..., later]
    return moveaxis(found, -1, axisc)


@stands_for(*in_numpy("linalg.cross"))
def _cross_of_linalg(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return _cross(x1, x2, axis=axis)


@stands_for(np.vdot)
def _vdot(a: Any, b: Any, /) -> Any:
    return dot_arrays(reshape(operand(a), -1), reshape(operand(b), -1))


@stands_for(*in_numpy("matvec"))
def _matvec(x1: Any, x2: Any, /) -> Any:
    return matmul(x1, operand(x2)[..., None])[..., 0]


@stands_for(*in_numpy("vecmat"))
def _vecmat(x1: Any, x2: Any, /) -> Any:
    return matmul(operand(x1)[..., None, :], x2)[..., 0, :]


stands_for(*in_numpy("linalg.matmul"))(matmul)
stands_for(*in_numpy("linalg.tensordot"))(tensordot)


@stands_for(*in_numpy("linalg.diagonal"))
def _diagonal_of_the_last_axes(x: Any, /, *, offset: int = 0) -> Any:
    x = operand(x)
    return diagonal(x, offset, x.ndim - 2, x.ndim - 1)


# Convolution -------------------------------------------------------------------------------------


@stands_for(np.convolve)
def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Return Σ_j a_j v_{k−j}, the product of polynomials with these coefficients."""
    x, y = (_vector(each) for each in (a, v))
    longer, shorter = (x, y) if x.size >= y.size else (y, x)
    n, m = longer.size, shorter.size
    ends = {"full": (0, n + m - 1), "same": ((m - 1) // 2, (m - 1) // 2 + n), "valid": (m - 1, n)}
    if mode not in ends:
        raise ValueError(f"the mode is 'full', 'same' or 'valid', got {mode!r}")
    start, stop = ends[mode]
    return _sums_of_products(longer, shorter)[start:stop]


def _sums_of_products(longer: Any, shorter: Any) -> Any:
    m = shorter.size
    kernel = reshape(flip(shorter), (1, 1, m))
    channels: Any = conv_op(reshape(longer, (1, longer.size)), kernel, padding=m - 1)
    return channels[0]


def _vector(given: Any) -> Any:
    x = operand(given)
    if x.ndim > 1 or not x.size:
        raise ValueError(
            f"convolve and correlate take vectors with elements, got shape {x.shape}: for more "
            "axes there is autograd.conv"
        )
    return reshape(x, -1)


@stands_for(np.correlate)
def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """Return Σ_j a_{j+k} v_j: the convolution of the longer with the shorter reversed."""
    x, y = _vector(a), _vector(v)
    return _convolve(x, flip(y), mode) if x.size >= y.size else flip(_convolve(y, flip(x), mode))
