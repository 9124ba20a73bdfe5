"""Examples of every structural op: how it is called, and the NumPy that it should be equal to.

The NumPy is also run on dual numbers (``duals.py``), so what NumPy can't do with objects is
written out in elementary functions. An op that isn't in the table fails ``test_structural.py``.
"""

import numpy as np
from layer_cases import LAYERS
from matrix_cases import MATRICES
from structural_example import both, drawing, moving, of

import autograd as ag
from autograd import Tensor
from autograd.ops.softmax import cross_entropy
from autograd.rules.op_registry import get

normal = drawing(20240607)
A, B, C = normal(3, 4), normal(4), normal(2, 3, 4)
POSITIONS = np.array([2, 0, 2])
MASK = np.array([[True, False, True, True], [False] * 4, [True, True, False, False]])


def norm(x, p, axis=None):
    if p == 2:
        return np.sqrt((x * x).sum(axis=axis))
    return np.exp(np.log(np.exp(p * np.log(abs(x))).sum(axis=axis)) / p)


def across(u, r, axis=None):
    def total(x):
        return x.sum(axis=axis, keepdims=True)

    return u * total(r * r) - r * total(r * u)


def less_share(v, p, axis=-1):
    return v * p.sum(axis=axis, keepdims=True) - p * v.sum(axis=axis, keepdims=True)


def less_average(v, p, axis=-1):
    return v * p.sum(axis=axis, keepdims=True) - (p * v).sum(axis=axis, keepdims=True)


LABELS = np.array([3, 0, 3])


def cross_entropies(x):
    return -np.log(softmax(x))[[0, 1, 2], LABELS]


def softmax(x, axis=-1):
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)


def set_at(x, index, values):
    x = x.copy()
    x[index] = values
    return x


def add_at(x, index, values):
    x = x.copy()
    np.add.at(x, index, values)
    return x


def others(x):
    return np.stack([np.delete(x, k, -1).prod(axis=-1) for k in range(x.shape[-1])], axis=-1)


def recurrence(a, b):
    z = [b[..., 0]]
    for k in range(1, b.shape[-1]):
        z.append(a[..., k] * z[-1] + b[..., k])
    return np.stack(z, axis=-1)


def running_largest(x, axis=None):
    x, axis = (x.ravel(), 0) if axis is None else (x, axis)
    parts = [np.take(x, range(k + 1), axis).max(axis=axis) for k in range(x.shape[axis])]
    return np.stack(parts, axis=axis)


def place(x, shape, index):
    return add_at(np.zeros(shape, x.dtype), index, x)


SUMS = [
    both("sum", lambda x: x.sum(), A),
    both("sum", lambda x: np.sum(x, axis=(0, -1)), C),
    both("sum", lambda x: x.sum(axis=1, keepdims=True), A),
    both("mean", lambda x: x.mean(), A),
    both("mean", lambda x: np.mean(x, axis=(0, 2), keepdims=True), C),
    both("mean", lambda x: x.mean(axis=-1), A),
    both("cumsum", np.cumsum, A),
    both("cumsum", lambda x: x.cumsum(axis=1), C),
    both("prod", lambda x: x.prod(), A),
    both("prod", lambda x: np.prod(x, axis=1), A),
    both("prod", lambda x: x.prod(axis=(0, 2), keepdims=True), C),
    of("products_of_others", get("products_of_others"), others, A),
    both("cumprod", np.cumprod, A),
    both("cumprod", lambda x: np.cumprod(x, 1), C),
    of("recurrence", get("recurrence"), recurrence, A, -0.5 * A[::-1]),
    both("trace", np.trace, A),
    both("trace", lambda x: x.trace(1, 2, 0), C),
]

SPREAD = [
    both("max", lambda x: x.max(), A),
    both("max", lambda x: np.max(x, axis=(0, -1)), C),
    both("min", lambda x: x.min(axis=0, keepdims=True), A),
    both("min", lambda x: np.min(x, axis=1), C),
    both("sort", np.sort, A),
    both("sort", lambda x: np.sort(x, axis=0), C),
    both("sort", lambda x: np.sort(x, axis=None), A),
    of("cummax", ag.cummax, running_largest, A),
    of("cummax", lambda x: ag.cummax(x, 1), lambda x: running_largest(x, 1), C),
    of("cummin", lambda x: ag.cummin(x, 0), lambda x: -running_largest(-x, 0), A),
    of("deviations", get("deviations"), lambda x: x - x.sum() / x.size, A),
    of("var", ag.var, lambda x: x.var(), A),
    of(
        "var",
        lambda x: ag.var(x, axis=(0, 1), ddof=1, keepdims=True),
        lambda x: np.var(x, axis=(0, 1), ddof=1, keepdims=True),
        C,
    ),
    of("std", lambda x: ag.std(x, axis=1), lambda x: np.std(x, axis=1), A),
    of("std", lambda x: ag.std(x, ddof=1.5), lambda x: x.std(ddof=1.5), C),
    of("norm", np.linalg.norm, lambda x: norm(x, 2), A),
    of("norm", lambda x: ag.norm(x, axis=1), lambda x: norm(x, 2, 1), A),
    of("norm", lambda x: ag.norm(x, 3, axis=0), lambda x: norm(x, 3, 0), A),
    of("norm", lambda x: ag.norm(x, 0.5), lambda x: norm(x, 0.5), B),
    of("norm", lambda x: ag.norm(x, -1), lambda x: norm(x, -1), B),
    of("norm", lambda x: ag.norm(x, 1), lambda x: abs(x).sum(), B),
    of("norm", lambda x: ag.norm(x, np.inf, -1), lambda x: abs(x).max(axis=-1), C),
    of("norm", lambda x: ag.norm(x, -np.inf), lambda x: abs(x).min(), B),
    of("norm", lambda x: ag.norm(x, "fro"), lambda x: norm(x, 2), A),
    of("norm", lambda x: ag.norm(x, 1), lambda x: abs(x).sum(axis=0).max(), A),
    of("norm", lambda x: ag.norm(x, np.inf), lambda x: abs(x).sum(axis=1).max(), A),
    of("norm", lambda x: ag.norm(x, -1, (2, 0)), lambda x: abs(x).sum(axis=2).min(axis=0), C),
]

EXPONENTIAL = [
    of("logsumexp", ag.logsumexp, lambda x: np.log(np.exp(x).sum()), A),
    of(
        "logsumexp",
        lambda x: ag.logsumexp(x, axis=(0, 2), keepdims=True),
        lambda x: np.log(np.exp(x).sum(axis=(0, 2), keepdims=True)),
        C,
    ),
    of("direction", get("direction"), lambda x: x / norm(x, 2), A),
    of(
        "direction",
        lambda x: get("direction")(x, axis=(0, 2)),
        lambda x: x / np.sqrt((x * x).sum(axis=(0, 2), keepdims=True)),
        C,
    ),
    of("across", get("across"), across, A, -0.5 * A[::-1]),
    of(
        "across",
        lambda u, r: get("across")(u, r, axis=(0, 2)),
        lambda u, r: across(u, r, (0, 2)),
        C,
        C[::-1] + 0.25,
    ),
    of("less_share", get("less_share"), less_share, A, -0.5 * A[::-1]),
    of(
        "less_share",
        lambda v, p: get("less_share")(v, p, axis=(0, 2)),
        lambda v, p: less_share(v, p, (0, 2)),
        C,
        C * C,
    ),
    of("less_average", get("less_average"), less_average, A, -0.5 * A[::-1]),
    of(
        "less_average",
        lambda v, p: get("less_average")(v, p, axis=0),
        lambda v, p: less_average(v, p, 0),
        A,
        A * A,
    ),
    of("softmax", ag.softmax, softmax, A),
    of("softmax", lambda x: ag.softmax(x, (0, 1)), lambda x: softmax(x, (0, 1)), C),
    of("log_softmax", ag.log_softmax, lambda x: np.log(softmax(x)), A),
    of("log_softmax", lambda x: ag.log_softmax(x, 0), lambda x: np.log(softmax(x, 0)), A),
    of("cross_entropy", lambda x: cross_entropy(x, LABELS), cross_entropies, A),
    of(
        "cross_entropy",
        lambda x: cross_entropy(x, LABELS, mean=True),
        lambda x: cross_entropies(x).sum() / 3,
        A,
    ),
    of("cross_entropy", lambda x: cross_entropy(x, 2), lambda x: -np.log(softmax(x))[2], B),
    of(
        "cross_entropy_slope",
        lambda x: get("cross_entropy_slope")(x, labels=LABELS),
        lambda x: softmax(x) - np.eye(4)[LABELS],
        A,
    ),
]

PRODUCTS = [
    both("matmul", lambda x, y: x @ y, normal(2, 3), normal(3, 2)),
    both("matmul", lambda x, y: x @ y, normal(3), normal(3)),
    both("matmul", lambda x, y: x @ y, normal(3), normal(3, 2)),
    both("matmul", np.matmul, normal(2, 3), normal(3)),
    both("matmul", lambda x, y: x @ y, normal(3), normal(2, 3, 2)),
    both("matmul", lambda x, y: x @ y, normal(2, 2, 3), normal(3)),
    both("matmul", lambda x, y: x @ y, normal(2, 2, 3), normal(3, 2)),
    both("matmul", lambda x, y: x @ y, normal(2, 3), normal(2, 3, 1)),
    both("matmul", lambda x, y: x @ y, normal(2, 1, 1, 3), normal(2, 3, 2)),
    both("matmul", np.dot, normal(2, 3), normal(3, 2)),
    of("affine", ag.affine, lambda x, W, b: x @ W.T + b, normal(3), normal(2, 3), normal(2)),
    of("affine", ag.affine, lambda x, W, b: x @ W.T + b, normal(2, 3), normal(2, 3), normal(2)),
    of("affine", ag.affine, lambda x, W, b: x @ W.T + b, normal(2, 1, 3), normal(2, 3), normal(2)),
    of("affine", ag.affine, lambda x, W: x @ W.T, normal(2, 2, 3), normal(2, 3)),
    both("outer", np.outer, normal(3), normal(2)),
    both("outer", np.outer, normal(2, 2), normal(1, 2)),
    both("tensordot", lambda x, y: np.tensordot(x, y, 1), normal(2, 3), normal(3, 2)),
    both("tensordot", lambda x, y: np.tensordot(x, y, 0), normal(2), normal(2)),
    both(
        "tensordot",
        lambda x, y: np.tensordot(x, y, ((0, 2), (2, 0))),
        normal(2, 2, 3),
        normal(3, 1, 2),
    ),
    both("tensordot", lambda x, y: np.tensordot(x, y, ((1, 0), (0, 1))), A, normal(4, 3)),
    both("tensordot", np.inner, normal(2, 3), normal(2, 3)),
    both("tensordot", np.dot, normal(2, 3), normal(1, 3, 2)),
    both("einsum", lambda x, y: np.einsum("ij,jk", x, y), normal(2, 3), normal(3, 2)),
    both("einsum", lambda x, y: np.einsum("ij,kj->ik", x, y), normal(2, 3), normal(2, 3)),
    both("einsum", lambda x: np.einsum("ij->j", x), A),
    both("einsum", lambda x: np.einsum("ij->", x), A),
    both("einsum", lambda x: np.einsum("ba", x), A),
    both("einsum", lambda x: np.einsum("ii", x), normal(3, 3)),
    both("einsum", lambda x: np.einsum("ii->i", x), normal(3, 3)),
    both("einsum", lambda x: np.einsum("iji->j", x), normal(2, 3, 2)),
    both("einsum", lambda x: np.einsum("iii->i", x), normal(2, 2, 2)),
    both("einsum", lambda x: np.einsum("...ij->...ji", x), normal(2, 1, 3)),
    both("einsum", lambda x: np.einsum("i...", x), A),
    both("einsum", lambda x, y: np.einsum("...i,...i", x, y), normal(2, 1, 3), normal(2, 3)),
    both("einsum", lambda x, y: np.einsum("...ij,jk", x, y), normal(2, 2, 2), normal(2, 2)),
    both("einsum", lambda x, y: np.einsum("i,j->ij", x, y), normal(2), normal(3)),
    both("einsum", lambda x, y: np.einsum("i,i", x, y), normal(3), normal(3)),
    both("einsum", lambda x, y: np.einsum("ij,k->j", x, y), normal(2, 2), normal(2)),
    both(
        "einsum",
        lambda x, y, w: np.einsum("ij,jk,k->i", x, y, w, optimize=True),
        normal(2, 2), normal(2, 2), normal(2),
    ),
    both("einsum", lambda x, y: np.einsum("ij,ij->ij", x, y), normal(2, 1), normal(2, 3)),
]  # fmt: skip

SHAPES = [
    moving("reshape", lambda x: x.reshape(2, -1), lambda x: x.reshape(2, -1), A),
    moving("reshape", lambda x: np.reshape(x, (4, 3)), lambda x: np.reshape(x, (4, 3)), A),
    moving("reshape", np.ravel, np.ravel, A),
    moving("reshape", lambda x: x.flatten(), np.ravel, C),
    moving("reshape", np.squeeze, np.squeeze, normal(1, 3, 1)),
    moving("reshape", lambda x: x.squeeze(-1), lambda x: x.squeeze(-1), normal(1, 3, 1)),
    moving("reshape", lambda x: np.expand_dims(x, (0, -1)), lambda x: x[None, ..., None], A),
    moving("broadcast_to", lambda x: np.broadcast_to(x, (2, 3, 4)), lambda x: x + 0 * C, B),
    moving("broadcast_to", lambda x: ag.broadcast_to(x, (2, 3)), lambda x: x + 0 * C[0, :2, :3],
           normal(2, 1)),
    moving("astype", lambda x: x.astype("f8"), lambda x: x, A.astype("f4")),
    moving("copy", np.copy, lambda x: x, A),
    moving("real", ag.real, lambda x: x, A),
    moving("imag", ag.imag, lambda x: 0 * x, A),
    moving("conj", ag.conj, lambda x: x, A),
    moving("copy", ag.copy, lambda x: x, A),
    moving("transpose", lambda x: x.T, lambda x: x.T, C),
    moving("transpose", lambda x: x.transpose(1, 2, 0), lambda x: x.transpose(1, 2, 0), C),
    moving("transpose", lambda x: np.transpose(x, (2, 0, 1)), lambda x: x.transpose(2, 0, 1), C),
    moving("transpose", lambda x: np.moveaxis(x, 0, -1), lambda x: np.moveaxis(x, 0, -1), C),
    moving("transpose", lambda x: np.moveaxis(x, (0, 1), (1, 2)),
           lambda x: np.moveaxis(x, (0, 1), (1, 2)), C),
    moving("transpose", lambda x: x.swapaxes(0, -1), lambda x: x.swapaxes(0, -1), C),
    moving("transpose", lambda x: x.mT, lambda x: x.swapaxes(-1, -2), C),
    moving("flip", np.flip, np.flip, A),
    moving("flip", lambda x: np.flip(x, (0, 2)), lambda x: np.flip(x, (0, 2)), C),
    moving("roll", lambda x: np.roll(x, 2), lambda x: np.roll(x, 2), A),
    moving("roll", lambda x: np.roll(x, (1, -2), (0, 1)), lambda x: np.roll(x, (1, -2), (0, 1)), A),
    moving("concatenate", lambda x, y: np.concatenate([x, y, x], -1),
           lambda x, y: np.concatenate([x, y, x], -1), normal(2, 1), normal(2, 2)),
    moving("concatenate", lambda x, y: np.concatenate([x, y], None),
           lambda x, y: np.concatenate([x, y], None), normal(2, 1), normal(3)),
    moving("concatenate", lambda x, y: np.vstack([x, y]), lambda x, y: np.vstack([x, y]),
           normal(2), normal(1, 2)),
    moving("concatenate", lambda x, y: np.hstack([x, y]), lambda x, y: np.hstack([x, y]),
           normal(2), normal(3)),
    moving("concatenate", lambda x, y: np.hstack([x, y]), lambda x, y: np.hstack([x, y]),
           normal(2, 1), normal(2, 2)),
    moving("stack", lambda x, y: np.stack([x, y, x]), lambda x, y: np.stack([x, y, x]), B, B[::-1]),
    moving("stack", lambda x, y: np.stack([x, y], axis=1), lambda x, y: np.stack([x, y], axis=1),
           normal(2, 2), normal(2, 2)),
    moving("tile", lambda x: np.tile(x, 2), lambda x: np.tile(x, 2), normal(2, 2)),
    moving("tile", lambda x: np.tile(x, (2, 1, 3)), lambda x: np.tile(x, (2, 1, 3)), normal(2, 2)),
    moving("tile", lambda x: np.tile(x, (2,)), lambda x: np.tile(x, (2,)), normal(2, 1, 2)),
    moving("pad", lambda x: np.pad(x, 1), lambda x: np.pad(x, 1), normal(2, 2)),
    moving("pad", lambda x: np.pad(x, ((0, 2), (1, 0)), constant_values=3.0),
           lambda x: np.pad(x, ((0, 2), (1, 0)), constant_values=3.0), normal(2, 2)),
    moving("tril", lambda x: np.tril(x, -1), lambda x: x * np.tril(np.ones((3, 4)), -1), A),
    moving("triu", lambda x: ag.triu(x, 1), lambda x: x * np.triu(np.ones((3, 4)), 1), C),
]  # fmt: skip

INDICES = [
    *[
        moving("getitem", lambda x, i=i: x[i], lambda x, i=i: x[i], C)
        for i in (
            0, -1, (1, 2), (1, 2, 3), ..., (..., 0), slice(None, None, -1),
            (slice(None), slice(1, 3)), None, (0, None, slice(2), ..., None), POSITIONS % 2,
            (slice(None), POSITIONS),
            (POSITIONS % 2, slice(None), POSITIONS), (0, POSITIONS, slice(1, 3)),
            (POSITIONS[:, None] % 2, POSITIONS), (slice(None), MASK), MASK[:2, :3],
            (0, MASK[:, 0]), (MASK[:2, 0], ..., POSITIONS[:1]), [0, 0, 1], (..., [3, 3]),
        )
    ],
    moving("getitem", lambda x: x[MASK], lambda x: x[MASK], A),
    moving("getitem", lambda x: np.take(x, POSITIONS, 1), lambda x: np.take(x, POSITIONS, 1), A),
    moving("getitem", lambda x: x.take([5, 5, 0]), lambda x: x.ravel()[[5, 5, 0]], A),
    moving("getitem", lambda x: np.take_along_axis(x, np.argsort(x, 0), 0),
           lambda x: np.sort(x, 0), A),
    moving("getitem", lambda x: ag.take_along_axis(x, np.array([[1, 1, 0]]), 1),
           lambda x: x[:, [1, 1, 0]], A),
    moving("getitem", lambda x: np.concatenate(np.split(x, [1, 3], 1)[::-1], 1),
           lambda x: x[:, [3, 1, 2, 0]], A),
    moving("getitem", lambda x: np.array_split(x, 3, 1)[1], lambda x: x[:, 2:3], A),
    moving("scatter", lambda x: get("scatter")(x, shape=(3, 2), index=(POSITIONS, 1)),
           lambda x: place(x, (3, 2), (POSITIONS, 1)), normal(3)),
    moving("scatter", lambda x: get("scatter")(x, shape=(5,), index=slice(0, 5, 2)),
           lambda x: place(x, (5,), slice(0, 5, 2)), normal(3)),
    moving("scatter_flat",
           lambda x: get("scatter_flat")(x, shape=(2, 2), index=np.array([3, 0, 3])),
           lambda x: place(x, 4, np.array([3, 0, 3])).reshape(2, 2), normal(3)),
    moving("set_at", lambda x, v: ag.set_at(x, (0, slice(1, 3)), v),
           lambda x, v: set_at(x, (0, slice(1, 3)), v), A, normal(2)),
    moving("set_at", lambda x, v: ag.set_at(x, 1, v), lambda x, v: set_at(x, 1, v), A, normal(1)),
    moving("set_at", lambda x, v: ag.set_at(x, MASK, v), lambda x, v: set_at(x, MASK, v),
           A, normal(5)),
    moving("set_at", lambda x, v: ag.set_at(x, POSITIONS, v),
           lambda x, v: set_at(x, POSITIONS, v), normal(4), normal(3)),
    moving("set_at", lambda x, v: ag.set_at(x, POSITIONS, v),
           lambda x, v: set_at(x, POSITIONS, v), normal(4, 2), normal(2)),
    both("add_at", lambda x, v: (ag.add_at if isinstance(x, Tensor) else add_at)(x, POSITIONS, v),
         normal(4), normal(3)),
    both("add_at", lambda x, v: (ag.add_at if isinstance(x, Tensor) else add_at)(x, (..., 0), v),
         A, normal(1)),
    moving("repeat", lambda x: np.repeat(x, 2), lambda x: np.repeat(x, 2), A),
    moving("repeat", lambda x: x.repeat([2, 0, 1], axis=0), lambda x: x[[0, 0, 2]], A),
    moving("diagonal", np.diagonal, np.diagonal, A),
    moving("diagonal", lambda x: x.diagonal(-1, 2, 1), lambda x: x.diagonal(-1, 2, 1), C),
    moving("diagonal", lambda x: np.diag(x, 2), lambda x: np.diag(x, 2), A),
    moving("from_diagonal", np.diag, np.diag, B),
    moving("from_diagonal", lambda x: ag.diag(x, -2), lambda x: np.diag(x, -2), normal(2)),
]  # fmt: skip


def by(function):
    """A function of arrays of Values, as one of Tensors."""
    return lambda *xs: Tensor.from_scalars(function(*(x.scalars() for x in xs)))


SLOPES = (2.0, -0.5, 0.0, 1.5)


def linear(x):
    return (x * np.array(SLOPES)).sum()


def linearised(values):
    at = tuple(x.data for x in values)
    settings = {"of": "linear", "at": at, "value": float(linear(np.array(at))), "slopes": SLOPES}
    return get("linearised")(tuple(values), **settings)


SCALARS = [
    of("linearised", by(linearised), linear, B, scalars=True),
    of("element", by(lambda x: x), lambda x: x, A, scalars=True),
    of("unstack", by(lambda x: x.T), lambda x: x.T, A, scalars=True),
    of("from_scalars", by(lambda x: x * x), lambda x: x * x, A, scalars=True),
    of("total", by(ag.total), np.sum, B, scalars=True),
    of("dot", by(ag.dot), lambda x, y: (x * y).sum(), B, normal(4), scalars=True),
    of("dot", by(lambda x: ag.dot(x, x)), lambda x: (x * x).sum(), B, scalars=True),
    of("dot", by(ag.affine), lambda x, W: x @ W.T, normal(2, 2), normal(3, 2), scalars=True),
    of("neuron", by(ag.affine), lambda x, W, b: x @ W.T + b, normal(2, 3), normal(2, 3), normal(2),
       scalars=True),
    of("neuron", by(lambda x, W, b: ag.affine(ag.affine(x, W, b), W, b)),
       lambda x, W, b: (x @ W.T + b) @ W.T + b, normal(2, 2), normal(2, 2), normal(2),
       scalars=True),
]  # fmt: skip

EXAMPLES = [
    *SUMS,
    *SPREAD,
    *EXPONENTIAL,
    *PRODUCTS,
    *SHAPES,
    *INDICES,
    *LAYERS,
    *MATRICES,
    *SCALARS,
]
