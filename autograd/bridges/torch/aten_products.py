"""Rules for aten's products of vectors, matrices and batches of them."""

from __future__ import annotations

from typing import Any

from autograd.bridges.torch.aten_rules import Rule
from autograd.ops.diagonals import tril, triu
from autograd.ops.indexing import getitem
from autograd.ops.products import matmul, outer
from autograd.ops.reduction import sum as total
from autograd.ops.shape import moveaxis, transpose
from autograd.rules.op_registry import get


def _plus(bias: Any, product: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """Return β·bias + α·product; where β is 0 the bias isn't looked at, be it nan."""
    product = product if alpha == 1 else alpha * product
    if beta == 0:
        return product
    return product + (bias if beta == 1 else beta * bias)


def _addmm(bias: Any, x: Any, y: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    if beta == alpha == 1 and bias.shape == y.shape[1:]:
        return get("affine")(x, transpose(y), bias)  # a layer, whose neurons are seen as such
    return _plus(bias, matmul(x, y), beta, alpha)


def _added(product: Rule) -> Rule:
    def rule(bias: Any, x: Any, y: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
        return _plus(bias, product(x, y), beta, alpha)

    return rule


def _cross(x: Any, y: Any, *, dim: int = -1) -> Any:
    x, y = moveaxis(x, dim, -1), moveaxis(y, dim, -1)
    (one, two) = ([1, 2, 0], [2, 0, 1])
    first = getitem(x, (..., one)) * getitem(y, (..., two))
    return moveaxis(first - getitem(x, (..., two)) * getitem(y, (..., one)), -1, dim)


RULES: dict[str, Rule] = {
    "mm": matmul,
    "bmm": matmul,
    "mv": matmul,
    "dot": matmul,
    "vdot": matmul,
    "addmm": _addmm,
    "addmv": _added(matmul),
    "addr": _added(outer),
    "baddbmm": _added(matmul),
    "addbmm": _added(lambda x, y: total(matmul(x, y), 0)),
    "linalg_cross": _cross,
    "tril": lambda x, diagonal=0: tril(x, diagonal),
    "triu": lambda x, diagonal=0: triu(x, diagonal),
}
