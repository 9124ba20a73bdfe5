"""Attention: an average of values, with the weights that queries and keys give."""

from __future__ import annotations

from math import inf, sqrt
from typing import Any, cast

import numpy as np

from autograd.node.node import raw
from autograd.numbers.per_sample import plain_array
from autograd.numbers.protocols import Numeric
from autograd.ops.arithmetic import add, mul
from autograd.ops.products import matmul
from autograd.ops.scalars import operand
from autograd.ops.selection import where
from autograd.ops.shape import swapaxes
from autograd.ops.softmax import softmax
from autograd.rules.signatures import of_two_arrays


@of_two_arrays
def scaled_dot_product_attention(
    q: Any,
    k: Any,
    v: Any,
    *,
    mask: Any = None,
    is_causal: bool = False,
    scale: float | None = None,
) -> Numeric:
    """Return softmax(q kᵀ · scale) v: for each query, the average of the values that it attends to.

    It is written in matmul, softmax and where, so that a picture shows each of them.

    Parameters
    ----------
    q : array or Tensor, shape (..., queries, d)
    k : array or Tensor, shape (..., keys, d)
    v : array or Tensor, shape (..., keys, values)
        The leading axes, such as those of examples and heads, broadcast.
    mask : array of bool, or array or Tensor of numbers, shape (..., queries, keys), optional
        Where it is False, a query doesn't see a key. Numbers are added to the products. A query
        that sees no key gets the mean of all values, as ``softmax`` of equals gives it.
    is_causal : bool
        Whether query i sees the keys 0 to i only.
    scale : float, optional
        1/√d by default.

    Returns
    -------
    array or Tensor, shape (..., queries, values)

    Raises
    ------
    ValueError
        If there are both a mask and ``is_causal``, or the shapes don't fit.

    References
    ----------
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017, eq. 1.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import scaled_dot_product_attention
    >>> x = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> scaled_dot_product_attention(x, x, x, is_causal=True).round(3)
    array([[1.  , 0.  ],
           [0.33, 0.67]])
    """
    q, k, v = operand(q), operand(k), operand(v)
    _check(q.shape, k.shape, v.shape)
    if is_causal and mask is not None:
        raise ValueError("attention takes a mask or is_causal=True, not both: put them in one mask")
    factor = 1 / sqrt(q.shape[-1]) if scale is None else scale
    products: Any = mul(matmul(q, swapaxes(k, -1, -2)), factor)
    if is_causal:
        mask = np.tri(*products.shape[-2:], dtype=bool)
    if mask is not None:
        plain = plain_array(raw(mask))
        _check_mask(plain.shape, *products.shape[-2:])
        products = where(plain, products, -inf) if plain.dtype == bool else add(products, mask)
    return cast(Numeric, matmul(softmax(products), v))


def _check(q: tuple[int, ...], k: tuple[int, ...], v: tuple[int, ...]) -> None:
    fit = min(map(len, (q, k, v))) >= 2 and q[-1] == k[-1] and k[-2] == v[-2] and q[-1] > 0
    if not fit:
        raise ValueError(
            "attention needs q of shape (..., queries, d), k of shape (..., keys, d) and v of "
            f"shape (..., keys, values), got {q}, {k} and {v}"
        )


def _check_mask(mask: tuple[int, ...], queries: int, keys: int) -> None:
    """Raise ValueError unless a mask's last axes are those of queries and keys, or of length 1."""
    pairs = zip(mask[::-1], (keys, queries), strict=False)
    if any(length not in (1, wanted) for length, wanted in pairs):
        raise ValueError(
            f"attention of {queries} queries to {keys} keys needs a mask of shape (..., {queries}, "
            f"{keys}), got {mask}"
        )
