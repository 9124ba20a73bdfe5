"""Losses: one number that says how far predictions are from their targets.

Each takes Tensors, object arrays of Values or plain arrays. Shapes must be equal where they ought
to be: broadcasting (n, 1) against (n,) gives n² differences, and a model that learns nothing.

Those of numbers are in ``regression.py``, those of classes in ``classification.py``, what all
share in ``shared.py``.
"""

from nn.losses.classification import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge,
    kl_divergence,
    multi_margin,
    nll,
)
from nn.losses.regression import half_squared_error, mse, smooth_l1

__all__ = [
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "half_squared_error",
    "hinge",
    "kl_divergence",
    "mse",
    "multi_margin",
    "nll",
    "smooth_l1",
]
