"""Modules for sequences of tokens: Embedding, MultiheadAttention."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd
import init as initialisation
from autograd.extend import Numeric
from init.argument_checks import positive_integer
from nn.modules.initialisation import generator_of
from nn.modules.layers import Linear
from nn.modules.module import Module
from nn.support.coercion import as_operand


class Embedding(Module):
    """A table with a vector for each token.

    Parameters
    ----------
    num_embeddings, embedding_dim : int
        How many tokens there are, and how long a vector is.
    padding_idx : int, optional
        A token that stands for none: its vector is 0 at first and gets no gradient.
    init : str, callable or dict, optional
        What draws the vectors, with a fan_in of 1, for of all tokens one is taken; by default the
        standard normal distribution.
    rng : numpy.random.Generator or int, optional
        What they are drawn from; by default a new generator.
    dtype : dtype
        float64, float32 or float16.

    Attributes
    ----------
    weight : Tensor of shape (num_embeddings, embedding_dim)
        In ``scalars()``, an object array of Values.

    Raises
    ------
    TypeError, ValueError
        For sizes that aren't positive integers, or an unknown initialisation. On a call, for tokens
        that aren't integers, or of which the table has no row (IndexError).

    Examples
    --------
    >>> import nn
    >>> nn.Embedding(100, 8, rng=0)([[1, 5, 2], [0, 0, 99]]).shape
    (2, 3, 8)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        init: initialisation.Spec | None = None,
        rng: initialisation.Seed | None = None,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        rows = positive_integer("num_embeddings", num_embeddings)
        length = positive_integer("embedding_dim", embedding_dim)
        padding_idx = None if padding_idx is None else index(padding_idx)
        if padding_idx is not None and not -rows <= padding_idx < rows:
            raise ValueError(
                f"padding_idx must be the number of one of {rows} rows, got {padding_idx}"
            )
        self.padding_idx = padding_idx
        draw = (
            initialisation.normal.with_options(std=1.0)
            if init is None
            else initialisation.get(init)
        )
        drawn = draw(
            (rows, length), rng=generator_of(rng), fan_in=1, fan_out=length, gain=1.0, dtype=dtype
        )
        weights = np.array(drawn)
        if padding_idx is not None:
            weights[padding_idx] = 0
        self.weight: Any = autograd.Tensor(weights, label="weight")

    def forward(self, tokens: Any) -> Numeric:
        """Return the vectors of tokens, which are integers of any shape: (..., embedding_dim)."""
        z: Numeric = autograd.embedding(self.weight, tokens, padding_idx=self.padding_idx)
        return z

    def extra_repr(self) -> str:
        rows, length = self.weight.shape
        return f"{rows} × {length}"


class MultiheadAttention(Module):
    """Attention by several heads, each with a part of the features; and a linear layer after them.

    Parameters
    ----------
    embed_dim : int
        How many features the queries and the result have.
    num_heads : int
        It divides ``embed_dim``.
    bias : bool
        Whether the four linear layers have biases.
    init, rng, dtype
        As for ``Linear``.

    Attributes
    ----------
    query, key, value, out : Linear
        PyTorch keeps the first three as one matrix, ``in_proj_weight``, in this order.

    Raises
    ------
    TypeError, ValueError
        For sizes that aren't positive integers, or heads that don't divide the features.

    References
    ----------
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017, §3.2.2.

    Examples
    --------
    >>> import nn
    >>> attention = nn.MultiheadAttention(8, 2, rng=0)
    >>> attention(np.ones((5, 3, 8)), is_causal=True).shape
    (5, 3, 8)
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        bias: bool = True,
        *,
        init: initialisation.Spec | None = None,
        rng: initialisation.Seed | None = None,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        width = positive_integer("embed_dim", embed_dim)
        self.num_heads = positive_integer("num_heads", num_heads)
        if width % self.num_heads:
            raise ValueError(f"num_heads must divide embed_dim: got {num_heads} and {embed_dim}")
        seeds = initialisation.spawn(generator_of(rng), 4)
        self.query, self.key, self.value, self.out = (
            Linear(width, width, bias, init=init, rng=each, dtype=dtype) for each in seeds
        )

    def forward(
        self,
        query: Any,
        key: Any = None,
        value: Any = None,
        *,
        mask: Any = None,
        is_causal: bool = False,
    ) -> Numeric:
        """Return the output for each query.

        Parameters
        ----------
        query : Tensor or array_like, shape (..., queries, embed_dim)
        key, value : Tensor or array_like, shape (..., keys, embed_dim), optional
            By default the queries, and the keys.
        mask, is_causal
            As for ``autograd.scaled_dot_product_attention``; a mask broadcasts to
            (..., heads, queries, keys).

        Returns
        -------
        Tensor, shape (..., queries, embed_dim)
        """
        query = as_operand(query)
        key = query if key is None else as_operand(key)
        value = key if value is None else as_operand(value)
        q, k, v = (
            self._heads(layer(x))
            for layer, x in ((self.query, query), (self.key, key), (self.value, value))
        )
        z: Any = autograd.scaled_dot_product_attention(q, k, v, mask=mask, is_causal=is_causal)
        z = autograd.swapaxes(z, -2, -3)
        found: Numeric = self.out(z.reshape((*z.shape[:-2], z.shape[-2] * z.shape[-1])))
        return found

    def _heads(self, x: Any) -> Any:
        """Return (..., tokens, features) as (..., heads, tokens, features of a head)."""
        parts = x.reshape((*x.shape[:-1], self.num_heads, x.shape[-1] // self.num_heads))
        return autograd.swapaxes(parts, -2, -3)

    def extra_repr(self) -> str:
        return f"{self.out.weight.shape[0]}, {self.num_heads} heads"
