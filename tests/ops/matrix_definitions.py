"""What functions of matrices are, on numbers of any kind: the definitions that tests compare with.

Determinants are Leibniz's sum, solutions Cramer's rule. Eigenvectors are NumPy's, improved by
Newton's method until 50 digits are right, so that they have NumPy's signs; on dual numbers their
derivatives come with them. Arrays of floats go to NumPy itself.
"""

from collections.abc import Callable
from itertools import permutations
from math import factorial

import numpy as np
from duals import Dual
from mpmath import mp


def defined(by_numpy: Callable, definition: Callable) -> Callable:
    """A function that is NumPy's on floats, and the definition on other numbers."""

    def function(*xs):
        floats = all(np.asarray(x).dtype.kind == "f" for x in xs)
        return (by_numpy if floats else definition)(*xs)

    return function


def numbers(x):
    """The floats nearest to an array of any numbers."""

    def plain(number):
        return plain(number.a) if isinstance(number, Dual) else float(number)

    return np.frompyfunc(plain, 1, 1)(x).astype(float)


def identity(n):
    return np.eye(n, dtype=int).astype(object)


def determinant(x):
    total = 0
    for order in permutations(range(len(x))):
        inversions = sum(a > b for k, a in enumerate(order) for b in order[k + 1 :])
        product = (-1) ** inversions
        for row, column in enumerate(order):
            product = x[row, column] * product
        total = total + product
    return total


def solution(a, b):
    """Cramer's rule."""
    whole = determinant(a)
    found = np.empty(b.shape, object)
    for row, column in np.ndindex(b.shape):
        other = a.copy()
        other[:, row] = b[:, column]
        found[row, column] = determinant(other) / whole
    return found


def eliminated(a, b):
    """Gauss and Jordan's, for more equations than Cramer's rule is quick for."""
    rows = np.concatenate([a, b[:, None]], 1)
    for k in range(len(rows)):
        best = k + int(np.argmax(abs(numbers(rows[k:, k]))))
        rows[[k, best]] = rows[[best, k]]
        rows[k] = rows[k] / rows[k, k]
        for i in range(len(rows)):
            if i != k:
                rows[i] = rows[i] - rows[k] * rows[i, k]
    return rows[:, -1]


def inverse(x):
    return solution(x, identity(len(x)))


def of_stack(function):
    def stacked(x):
        if x.ndim == 2:
            return function(x)
        return np.stack([np.asarray(stacked(each), object) for each in x])

    return stacked


def mean_with_transpose(x):
    return (x + x.swapaxes(-1, -2)) / 2


def lower_root(x):
    """Cholesky's, column by column."""
    x = mean_with_transpose(x)
    root = 0 * x
    for j in range(len(x)):
        for i in range(j, len(x)):
            left = x[i, j] - (root[i, :j] * root[j, :j]).sum() if j else x[i, j]
            root[i, j] = np.sqrt(np.array([left]))[0] if i == j else left / root[j, j]
    return root


def orthogonal(x):
    """Qᵀ and R side by side, from the Cholesky factor of the first columns' products."""
    k = min(x.shape)
    first = x[:, :k]
    signs = np.sign(np.diagonal(np.linalg.qr(numbers(x)).R)).astype(int).astype(object)
    r = signs[:, None] * lower_root(first.T.dot(first)).T
    q = first.dot(inverse(r))
    return np.concatenate([q.T, q.T.dot(x)], 1)


def eigenpairs(x, w, v):
    """Newton's method for x v = w v and v·v = 1, from each column of v."""
    n = len(x)
    values, vectors = [], []
    for k in range(n):
        value, vector = w[k], v[:, k].astype(object)
        for _ in range(5):
            above = np.concatenate([x - identity(n) * value, -vector[:, None]], 1)
            jacobian = np.concatenate([above, np.append(2 * vector, 0)[None]])
            off = np.append(x.dot(vector) - vector * value, vector.dot(vector) - 1)
            step = eliminated(jacobian, off)
            vector, value = vector - step[:n], value - step[n]
        values.append(value)
        vectors.append(vector)
    return np.array(values, object), np.stack(vectors, 1)


def symmetric_eigenpairs(x):
    x = mean_with_transpose(x)
    w, v = eigenpairs(x, *np.linalg.eigh(numbers(x)))
    return np.concatenate([w[None], v])


def general_eigenpairs(x):
    w, v = np.linalg.eig(numbers(x))  # complex ones since NumPy 2.5
    w, v = eigenpairs(x, w.real, v.real)
    return np.concatenate([w[None], v])


def singular_triples(x):
    """Singular values, left and right vectors, from the eigenvectors of xᵀx or xxᵀ."""
    tall = x.shape[0] >= x.shape[1]
    u, s, vh = np.linalg.svd(numbers(x), full_matrices=False)
    squares = x.T.dot(x) if tall else x.dot(x.T)
    w, vectors = eigenpairs(squares, s * s, vh.T if tall else u)
    s = np.sqrt(w)
    others = (x.dot(vectors) if tall else x.T.dot(vectors)) / s
    return np.concatenate([s[None], *((others, vectors) if tall else (vectors, others))])


def pseudo_inverse(x):
    if x.shape[0] >= x.shape[1]:
        return inverse(x.T.dot(x)).dot(x.T)
    return x.T.dot(inverse(x.dot(x.T)))


def exponential(x):
    """The power series."""
    power, total = identity(len(x)), identity(len(x))
    for k in range(1, 70):
        power = power.dot(x)
        total = total + power / factorial(k)
    return total


def exponential_of_floats(x):
    with mp.workdps(40):
        return np.array(mp.expm(mp.matrix(x.tolist())).tolist(), float)
