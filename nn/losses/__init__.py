"""Losses: functions that measure how far predictions are from targets, as one number.

Each takes Tensors, object arrays of Values or plain arrays. Shapes must be equal where they ought
to be: broadcasting (n, 1) against (n,) gives n² differences, and a model that learns nothing.

Those of numbers are in ``regression.py``, those of classes in ``classification.py`` and
``margin_losses.py``, what all share in ``shared.py``. ``nn`` exports them too.
"""

from nn.losses.classification import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    kl_divergence,
    nll,
)
from nn.losses.margin_losses import hinge, multi_margin
from nn.losses.regression import half_squared_error, mse, smooth_l1

__all__ = [
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "kl_divergence",
    "nll",
    "hinge",
    "multi_margin",
    "half_squared_error",
    "mse",
    "smooth_l1",
]


def __dir__() -> list[str]:
    return sorted(__all__)
