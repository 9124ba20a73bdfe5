"""Examples of the ops on matrices, beside NumPy and ``matrix_definitions.py``."""

import matrix_definitions as defs
import numpy as np
from structural_example import drawing, of

from autograd import linalg
from autograd.rules.op_registry import get

normal = drawing(20262)


def below(w, v):
    return np.concatenate([w[None], v])


ROWS, COLUMNS = normal(3, 2), normal(2, 3)
SQUARE = normal(3, 3) + np.diag([2.5, -2.0, 3.0])
SYMMETRIC = SQUARE + SQUARE.T
POSITIVE = SQUARE @ SQUARE.T + np.eye(3)
REAL_ROOTS = np.triu(SQUARE) + 0.05 * normal(3, 3)  # eigenvalues near the diagonal
SINGULAR = np.arange(9.0).reshape(3, 3) / 8
STACK = np.stack([SQUARE, SQUARE.T - 1])


def solved(a, b):
    return defs.defined(np.linalg.solve, defs.solution)(a, b)


def svd(x):
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return np.concatenate([s[None], u, vh.T])


def by_qr(x):
    q, r = np.linalg.qr(x)
    return np.concatenate([q.T, r], 1)


def lapack(op, by_numpy, definition, *inputs, **more):
    """Our op itself, which packs what a decomposition returns in one array."""
    return of(op, get(op), defs.defined(by_numpy, definition), *inputs, **more)


MATRICES = [
    lapack("solve", np.linalg.solve, defs.solution, SQUARE, ROWS),
    of("solve", linalg.solve, lambda a, b: solved(a, b[:, None])[:, 0], SQUARE, normal(3)),
    lapack("inv", np.linalg.inv, defs.inverse, SQUARE),
    lapack("inv", np.linalg.inv, defs.of_stack(defs.inverse), STACK),
    lapack("det", np.linalg.det, defs.determinant, SQUARE),
    lapack("det", np.linalg.det, defs.of_stack(defs.determinant), STACK),
    lapack("det", np.linalg.det, defs.determinant, SINGULAR),
    of("slogdet", lambda x: linalg.slogdet(x).logabsdet,
       defs.defined(lambda x: np.linalg.slogdet(x)[1], lambda x: np.log(abs(defs.determinant(x)))),
       SQUARE),
    lapack("cholesky", np.linalg.cholesky, defs.lower_root, POSITIVE),
    lapack("qr", by_qr, defs.orthogonal, SQUARE),
    lapack("qr", by_qr, defs.orthogonal, ROWS),
    lapack("qr", by_qr, defs.orthogonal, COLUMNS),
    lapack("eigh", lambda x: below(*np.linalg.eigh(x)), defs.symmetric_eigenpairs, SYMMETRIC),
    lapack("eigvalsh", np.linalg.eigvalsh, lambda x: defs.symmetric_eigenpairs(x)[0], SYMMETRIC),
    lapack("eig", lambda x: below(*np.linalg.eig(x)).real, defs.general_eigenpairs, REAL_ROOTS),
    lapack("svd", svd, defs.singular_triples, SQUARE),
    lapack("svd", svd, defs.singular_triples, ROWS),
    lapack("svd", svd, defs.singular_triples, COLUMNS),
    lapack("svdvals", lambda x: np.linalg.svd(x)[1], lambda x: defs.singular_triples(x)[0], ROWS),
    lapack("pinv", np.linalg.pinv, defs.pseudo_inverse, ROWS),
    lapack("pinv", np.linalg.pinv, defs.pseudo_inverse, COLUMNS),
    lapack("lstsq", lambda a, b: np.linalg.lstsq(a, b)[0],
           lambda a, b: defs.pseudo_inverse(a).dot(b), ROWS, SQUARE),
    lapack("lstsq", lambda a, b: np.linalg.lstsq(a, b)[0],
           lambda a, b: defs.pseudo_inverse(a).dot(b), COLUMNS, normal(2, 2)),
    lapack("expm", defs.exponential_of_floats, defs.exponential, SQUARE),
]  # fmt: skip
