"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd.extend import Numeric
from nn.optim.optimizer import Memory, Optimizer, less
from nn.support.bounds import at_least_zero


class SGD(Optimizer):
    """Stochastic gradient descent: θ ← θ − lr · v, where v = momentum · v + (1 − dampening) · ∂θ.

    Parameters
    ----------
    params : iterable of Tensor or Value
        What to move: ``model.parameters()``.
    lr : float
        The learning rate, at least 0.
    momentum : float
        How much of the previous v is kept; at least 0.
    dampening : float
        How much of ∂θ doesn't enter v, but at the first step, where v = ∂θ.
    weight_decay : float
        Times θ, added to ∂θ: the gradient of an L2 penalty of weight_decay/2 · Σθ².
    nesterov : bool
        Whether to look one step of momentum ahead: θ ← θ − lr · (∂θ + momentum · v).

    Raises
    ------
    TypeError, ValueError
        As for ``Optimizer``; also for a negative momentum, dampening or weight decay, and for
        ``nesterov`` without momentum or with dampening.

    References
    ----------
    H. Robbins, S. Monro, "A stochastic approximation method", 1951; I. Sutskever et al., "On the
    importance of initialization and momentum in deep learning", 2013, in PyTorch's form, where
    the learning rate multiplies v and not the gradient in it.

    Examples
    --------
    >>> from autograd import Value
    >>> import nn
    >>> x = Value(1.0)
    >>> optimizer = nn.SGD([x], lr=0.25)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x.data
    0.5
    """

    _settings = ("lr", "momentum", "dampening", "weight_decay", "nesterov")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        *,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(params, lr)
        self.momentum = at_least_zero("momentum", momentum)
        self.dampening = at_least_zero("dampening", dampening)
        self.weight_decay = at_least_zero("weight_decay", weight_decay)
        self.nesterov = nesterov
        if nesterov and not self.momentum:
            raise ValueError("nesterov=True looks ahead along the momentum: give one above 0")
        if nesterov and self.dampening:
            raise ValueError("nesterov=True is for a momentum without dampening: leave it at 0")

    def _rule(self, data: Any, grad: Any, memory: Memory) -> tuple[Numeric, Memory]:
        if self.weight_decay:
            grad = grad + self.weight_decay * data
        if not self.momentum:
            return less(data, self.lr * grad), {}
        velocity = grad
        if memory:
            velocity = self.momentum * memory["velocity"] + (1 - self.dampening) * grad
        step = grad + self.momentum * velocity if self.nesterov else velocity
        return less(data, self.lr * step), {"velocity": velocity}
