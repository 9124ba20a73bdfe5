"""Adaptive optimisers: each parameter's step is divided by the size of its past gradients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.extend import Numeric
from nn.optim.optimizer import Memory, Optimizer, less
from nn.support.bounds import at_least_zero, below_one


class Adam(Optimizer):
    """Adam: θ ← θ − lr · m / (√v + eps), m and v the means of ∂θ and ∂θ² over the last steps.

    Parameters
    ----------
    params : iterable of Tensor or Value
        What to move: ``model.parameters()``.
    lr : float
        The learning rate, at least 0: about how far an element moves in a step.
    betas : tuple of two float
        How much of m and of v is kept from step to step; from 0, less than 1. Both means start at
        zero, which is corrected for by dividing them by 1 − βᵗ.
    eps : float
        Keeps the quotient finite; at least 0.
    weight_decay : float
        Times θ, added to ∂θ: an L2 penalty, which m and v then measure too. ``AdamW`` decays apart.
    amsgrad : bool
        Whether to divide by the largest v so far.

    Raises
    ------
    TypeError, ValueError
        As for ``Optimizer``; also for settings out of the ranges above.

    References
    ----------
    D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1;
    S. J. Reddi, S. Kale, S. Kumar, "On the convergence of Adam and beyond", ICLR 2018.

    Examples
    --------
    >>> from autograd import Value
    >>> import nn
    >>> x = Value(1.0)
    >>> optimizer = nn.Adam([x], lr=0.25)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)  # the first step is of lr, whatever the gradient
    0.75
    """

    _settings = ("lr", "betas", "eps", "weight_decay", "amsgrad")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(params, lr)
        if len(betas) != 2:
            raise ValueError(
                f"betas must be two, of the gradient and of its square, got {len(betas)}"
            )
        self.betas = (below_one("betas[0]", betas[0]), below_one("betas[1]", betas[1]))
        self.eps = at_least_zero("eps", eps)
        self.weight_decay = at_least_zero("weight_decay", weight_decay)
        self.amsgrad = amsgrad

    def _rule(self, data: Any, grad: Any, memory: Memory) -> tuple[Numeric, Memory]:
        if self.weight_decay:
            grad = grad + self.weight_decay * data
        return self._move(data, grad, memory)

    def _move(self, data: Any, grad: Any, memory: Memory) -> tuple[Numeric, Memory]:
        """Return the next data and memory for a gradient that has any decay in it already."""
        step = memory.get("step", 0) + 1
        kept, kept_square = self.betas
        mean = kept * memory.get("mean", 0.0) + (1 - kept) * grad
        square = kept_square * memory.get("square", 0.0) + _share_of_square(1 - kept_square, grad)
        found = {"step": step, "mean": mean, "square": square}
        if self.amsgrad:
            square = found["largest"] = _larger(square, memory.get("largest", square))
        scale = _root(square) / (1 - kept_square**step) ** 0.5 + self.eps
        return less(data, self.lr / (1 - kept**step) * autograd.div(mean, scale)), found


class AdamW(Adam):
    """Adam with the weight decay apart: θ ← (1 − lr · weight_decay) · θ, then Adam's step.

    Parameters
    ----------
    params : iterable of Tensor or Value
        What to move: ``model.parameters()``.
    lr : float
        The learning rate, at least 0.
    betas, eps, amsgrad
        As for ``Adam``.
    weight_decay : float
        By which share θ shrinks in a step, over lr.

    Raises
    ------
    TypeError, ValueError
        As for ``Adam``.

    References
    ----------
    I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2, in
    PyTorch's form, where lr multiplies the decay too.

    Examples
    --------
    >>> from autograd import Value
    >>> import nn
    >>> x = Value(1.0)
    >>> optimizer = nn.AdamW([x], lr=0.25, weight_decay=0.4)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)  # 1 − 0.1 for the decay, and − 0.25
    0.65
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(
            params, lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad
        )

    def _rule(self, data: Any, grad: Any, memory: Memory) -> tuple[Numeric, Memory]:
        return self._move(data * (1 - self.lr * self.weight_decay), grad, memory)


class RMSprop(Optimizer):
    """RMSprop: θ ← θ − lr · ∂θ / (√v + eps), with v the mean of ∂θ² over the last steps.

    Parameters
    ----------
    params : iterable of Tensor or Value
        What to move: ``model.parameters()``.
    lr : float
        The learning rate, at least 0.
    alpha : float
        How much of v is kept from step to step; from 0, less than 1.
    eps : float
        Keeps the quotient finite; at least 0.
    weight_decay : float
        Times θ, added to ∂θ.
    momentum : float
        How much of the previous move is kept; at least 0.
    centered : bool
        Whether to divide by the standard deviation of ∂θ, and not by its root mean square.

    Raises
    ------
    TypeError, ValueError
        As for ``Optimizer``; also for settings out of the ranges above.

    References
    ----------
    T. Tieleman, G. Hinton, "Lecture 6.5: RMSProp", Coursera, 2012; centred: A. Graves, "Generating
    sequences with recurrent neural networks", 2013, eqs. 38-45.

    Examples
    --------
    >>> from autograd import Value
    >>> import nn
    >>> x = Value(1.0)
    >>> optimizer = nn.RMSprop([x], lr=0.01, alpha=0.75)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)  # the first v is ¼ ∂θ²
    0.98
    """

    _settings = ("lr", "alpha", "eps", "weight_decay", "momentum", "centered")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        super().__init__(params, lr)
        self.alpha = below_one("alpha", alpha)
        self.eps = at_least_zero("eps", eps)
        self.weight_decay = at_least_zero("weight_decay", weight_decay)
        self.momentum = at_least_zero("momentum", momentum)
        self.centered = centered

    def _rule(self, data: Any, grad: Any, memory: Memory) -> tuple[Numeric, Memory]:
        if self.weight_decay:
            grad = grad + self.weight_decay * data
        square = self.alpha * memory.get("square", 0.0) + (1 - self.alpha) * (grad * grad)
        found = {"square": square}
        if self.centered:
            mean = self.alpha * memory.get("mean", 0.0) + (1 - self.alpha) * grad
            found["mean"] = mean
            square = _larger(square - mean * mean, 0.0)  # a variance, but for rounding
        move = autograd.div(grad, _root(square) + self.eps)
        if self.momentum:
            move = found["move"] = self.momentum * memory.get("move", 0.0) + move
        return less(data, self.lr * move), found


class Adagrad(Optimizer):
    """Adagrad: θ ← θ − lr · ∂θ / (√s + eps), with s the sum of all ∂θ² so far.

    Parameters
    ----------
    params : iterable of Tensor or Value
        What to move: ``model.parameters()``.
    lr : float
        The learning rate, at least 0.
    lr_decay : float
        After t steps the rate is lr / (1 + t · lr_decay); at least 0.
    weight_decay : float
        Times θ, added to ∂θ.
    initial_accumulator_value : float
        What s starts with; at least 0.
    eps : float
        Keeps the quotient finite; at least 0.

    Raises
    ------
    TypeError, ValueError
        As for ``Optimizer``; also for settings out of the ranges above.

    References
    ----------
    J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", JMLR 12, 2011.

    Examples
    --------
    >>> from autograd import Value
    >>> import nn
    >>> x = Value(1.0)
    >>> optimizer = nn.Adagrad([x], lr=0.25)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)
    0.75
    """

    _settings = ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        *,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
    ) -> None:
        super().__init__(params, lr)
        self.lr_decay = at_least_zero("lr_decay", lr_decay)
        self.weight_decay = at_least_zero("weight_decay", weight_decay)
        self.initial_accumulator_value = at_least_zero(
            "initial_accumulator_value", initial_accumulator_value
        )
        self.eps = at_least_zero("eps", eps)

    def _rule(self, data: Any, grad: Any, memory: Memory) -> tuple[Numeric, Memory]:
        if self.weight_decay:
            grad = grad + self.weight_decay * data
        steps = memory.get("step", 0)
        total = memory.get("sum", self.initial_accumulator_value) + grad * grad
        rate = self.lr / (1 + steps * self.lr_decay)
        move = autograd.div(grad, _root(total) + self.eps)
        return less(data, rate * move), {"step": steps + 1, "sum": total}


def _root(x: Any) -> Numeric:
    """Return √x of a number or an array, without a node and without NumPy's warnings."""
    return np.sqrt(x) if isinstance(x, (np.ndarray, np.generic)) else autograd.sqrt(x)


def _larger(x: Any, y: Any) -> Numeric:
    if isinstance(x, Tensor):  # while a step is recorded
        recorded: Numeric = autograd.maximum(x, y)
        return recorded
    larger: Numeric = np.maximum(x, y) if isinstance(x, (np.ndarray, np.generic)) else max(x, y)
    return larger


def _share_of_square(share: Any, grad: Any) -> Any:
    """Return a share of grad², also where grad² overflows and its share doesn't."""
    found = share * (grad * grad)
    floats = isinstance(found, (float, np.ndarray, np.generic))
    return share * grad * grad if floats and not np.isfinite(found).all() else found
