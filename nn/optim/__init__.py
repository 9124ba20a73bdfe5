"""Optimisers: rules that move parameters against their gradients.

What all have in common is in ``optimizer.py``, each rule in a class of its own beside it. ``nn``
exports them too.
"""

from nn.optim.adaptive import Adagrad, Adam, AdamW, RMSprop
from nn.optim.optimizer import Optimizer
from nn.optim.sgd import SGD

__all__ = [
    "Adagrad",
    "Adam",
    "AdamW",
    "RMSprop",
    "Optimizer",
    "SGD",
]


def __dir__() -> list[str]:
    return sorted(__all__)
