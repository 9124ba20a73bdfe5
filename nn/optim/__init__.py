"""Optimisers: how parameters move along their gradients.

What all have in common is in ``optimizer.py``, each rule in a class of its own beside it.
"""

from nn.optim.adaptive import Adagrad, Adam, AdamW, RMSprop
from nn.optim.optimizer import Optimizer
from nn.optim.sgd import SGD

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop"]
