"""Modules without units of their own: Dropout, LayerNorm, Residual, Flatten.

Layers of units are in ``layers.py``. All take Tensors, arrays, and object arrays of Values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

import autograd
import init as initialisation
from autograd.extend import Numeric, inside_vmap, uniform
from init.argument_checks import positive_integer
from nn.modules.activations import Function
from nn.modules.layers import Sequential
from nn.modules.module import Module
from nn.support.bounds import at_least_zero, below_one
from nn.support.coercion import as_operand

__all__ = ["Dropout", "Flatten", "LayerNorm", "Residual"]


class Dropout(Module):
    """In training, each element is 0 with probability p, and otherwise divided by 1 − p.

    So the mean stays what it was, and in ``eval()`` nothing is done at all.

    Parameters
    ----------
    p : float
        From 0, less than 1.
    rng : numpy.random.Generator or int
        Chooses the elements. ``train`` keeps where it is in its checkpoints.

    Raises
    ------
    TypeError, ValueError
        For a probability out of range, or what is no seed.

    References
    ----------
    N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting",
    JMLR 15, 2014, with the division in training ("inverted").

    Examples
    --------
    >>> dropout = Dropout(0.5, rng=0)
    >>> dropout(np.ones(6)).tolist()
    [2.0, 0.0, 0.0, 0.0, 2.0, 2.0]
    >>> dropout.eval()(np.ones(3)).tolist()
    [1.0, 1.0, 1.0]
    """

    def __init__(self, p: float = 0.5, *, rng: initialisation.Seed) -> None:
        self.p = float(below_one("p", p))
        self.generator = initialisation.as_generator(rng)

    def forward(self, x: Any) -> Numeric:
        """Drop some elements, in training; return what has the shape of ``x``."""
        z = as_operand(x)
        if self.training and self.p:
            if inside_vmap():
                raise ValueError(
                    "Dropout inside of vmap would drop the same elements of every sample: call "
                    "model.eval() first, or p=0"
                )
            kept = (uniform(self.generator, z.shape) >= self.p) / (1 - self.p)
            z = autograd.mul(z, kept.astype(z.dtype) if z.dtype.kind == "f" else kept)
        return cast(Numeric, z)

    def extra_repr(self) -> str:
        return f"{self.p:g}"


class LayerNorm(Module):
    """Make the mean of each example 0 and its variance 1, then scale and shift each element.

    Parameters
    ----------
    shape : int or sequence of int
        The last axes, over which the mean and the variance are taken.
    eps : float
        Added to the variance; at least 0.
    affine : bool
        Whether there are a ``weight``, which starts at 1, and a ``bias``, which starts at 0.
    dtype : dtype
        float64, float32 or float16.

    Attributes
    ----------
    weight, bias : Tensor of shape ``shape``, or None

    Raises
    ------
    TypeError, ValueError
        For sizes that aren't positive integers, or an eps that is negative or not finite.

    References
    ----------
    J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer normalization", 2016, eqs. 3 and 4.

    Examples
    --------
    >>> LayerNorm(2, eps=0)([[1.0, 3.0], [10.0, 50.0]]).data.tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """

    def __init__(
        self,
        shape: int | Sequence[int],
        *,
        eps: float = 1e-5,
        affine: bool = True,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        sizes = list(shape) if isinstance(shape, Sequence) else [shape]
        self.shape = tuple(positive_integer("a size of LayerNorm", size) for size in sizes)
        if not self.shape:
            raise ValueError("LayerNorm needs at least one size, of the last axis, got none")
        self.eps = float(at_least_zero("eps", eps))
        self.weight: Any = None
        self.bias: Any = None
        if affine:
            self.weight = autograd.Tensor(np.ones(self.shape, dtype), label="weight")
            self.bias = autograd.Tensor(np.zeros(self.shape, dtype), label="bias")

    def forward(self, x: Any) -> Numeric:
        """Normalise; return what has the shape of ``x``, (..., *shape)."""
        x = as_operand(x)
        if x.shape[-len(self.shape) :] != self.shape:
            raise ValueError(
                f"LayerNorm({self.extra_repr()}) expects inputs whose last axes are "
                f"{self.shape}, got shape {x.shape}"
            )
        axes = tuple(range(-len(self.shape), 0))
        z: Numeric = autograd.layer_norm(x, self.weight, self.bias, axis=axes, eps=self.eps)
        return z

    def extra_repr(self) -> str:
        plain = ", no weight" if self.weight is None else ""
        return " × ".join(map(str, self.shape)) + plain


class Residual(Module):
    """A residual block: its input plus the output of its parts, x + f(x).

    Parameters
    ----------
    *layers : Module, str or callable
        The parts of f, one after the other, as for ``Sequential``.

    Raises
    ------
    ValueError
        Without parts. On a call, if f(x) has another shape than x.

    References
    ----------
    K. He et al., "Deep residual learning for image recognition", CVPR 2016, eq. 1.

    Examples
    --------
    >>> import nn
    >>> Residual(nn.Linear(2, 2, init="zeros"), "tanh")([3.0, 4.0]).data.tolist()
    [3.0, 4.0]
    """

    def __init__(self, *layers: Module | str | Function) -> None:
        if not layers:
            raise ValueError("Residual needs at least one part, the f in x + f(x)")
        self.inner = Sequential(*layers)

    def forward(self, x: Any) -> Numeric:
        """Return x + f(x), of the shape of ``x``."""
        x = as_operand(x)
        y = self.inner(x)
        if y.shape != x.shape:
            raise ValueError(
                f"x + f(x) needs an f that keeps the shape: got {x.shape}, and {y.shape} after it"
            )
        added: Numeric = x + y
        return added


class Flatten(Module):
    """Make one axis of all axes from ``start_axis`` on.

    Parameters
    ----------
    start_axis : int
        1 by default: the first axis is that of the examples.

    Raises
    ------
    TypeError, ValueError
        If ``start_axis`` isn't an integer of at least 0. On a call, if ``x`` has no such axis.

    Examples
    --------
    >>> Flatten()(np.zeros((5, 8, 8))).shape
    (5, 64)
    """

    def __init__(self, start_axis: int = 1) -> None:
        self.start_axis = positive_integer("start_axis", start_axis) if start_axis != 0 else 0

    def forward(self, x: Any) -> Numeric:
        """Return ``x`` with the shape (..., size of all axes from ``start_axis`` on)."""
        x = as_operand(x)
        if len(x.shape) <= self.start_axis:
            raise ValueError(
                f"Flatten({self.extra_repr()}) expects more than {self.start_axis} axes, "
                f"got shape {x.shape}"
            )
        kept, rest = x.shape[: self.start_axis], x.shape[self.start_axis :]
        flat: Numeric = x.reshape((*kept, math.prod(rest)))
        return flat

    def extra_repr(self) -> str:
        return str(self.start_axis)
