"""Linear algebra on arrays and Tensors: the functions of ``numpy.linalg``, by their names.

Of a Tensor t, ``numpy.linalg.inv(t)`` is ``autograd.linalg.inv(t)``. A matrix is the last two axes;
those before are a stack of matrices. Arrays of Values and of mpmath's numbers are taken too, and
``solve``, ``inv`` and ``det`` are exact on arrays of Fractions. An impossible matrix raises
``numpy.linalg.LinAlgError``.

Examples
--------
>>> import numpy as np
>>> from autograd import Tensor
>>> a = Tensor([[2.0, 0.0], [0.0, 4.0]])
>>> np.linalg.slogdet(a).logabsdet.backward()
>>> a.grad
array([[0.5 , 0.  ],
       [0.  , 0.25]])
"""

from numpy.linalg import LinAlgError

from autograd.ops.determinant import SlogdetResult, det, slogdet
from autograd.ops.diagonals import diagonal, trace
from autograd.ops.factoring import QRResult, cholesky, qr
from autograd.ops.matrix_functions import cond, expm, matrix_power, multi_dot
from autograd.ops.norm import matrix_norm, norm, vector_norm
from autograd.ops.products import matmul, outer, tensordot
from autograd.ops.singular_values import (
    LstsqResult,
    SVDResult,
    lstsq,
    matrix_rank,
    pinv,
    svd,
    svdvals,
)
from autograd.ops.solving import inv, solve, tensorinv, tensorsolve
from autograd.ops.spectral import EighResult, EigResult, eig, eigh, eigvals, eigvalsh

__all__ = [
    # equations and inverses
    "inv", "lstsq", "pinv", "solve", "tensorinv", "tensorsolve",
    # numbers of a matrix
    "cond", "det", "matrix_norm", "matrix_rank", "norm", "slogdet", "trace", "vector_norm",
    # decompositions
    "cholesky", "eig", "eigh", "eigvals", "eigvalsh", "qr", "svd", "svdvals",
    # products and powers
    "diagonal", "expm", "matmul", "matrix_power", "multi_dot", "outer", "tensordot",
    # what they return and raise
    "EigResult", "EighResult", "LinAlgError", "LstsqResult", "QRResult", "SVDResult",
    "SlogdetResult",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)
