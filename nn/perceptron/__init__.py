"""The perceptron: its learning rule, the margin of its data, and pictures of its boundary."""

from nn.perceptron.boundary import draw_boundaries
from nn.perceptron.learning_rule import (
    History,
    PerceptronRun,
    ThresholdUnit,
    Update,
    XorPass,
    perceptron_step,
    stack_linear,
    train_perceptron,
    xor_network,
)
from nn.perceptron.margins import Separator, largest_margin, margin, update_bound

__all__ = [
    "History",
    "PerceptronRun",
    "Separator",
    "ThresholdUnit",
    "Update",
    "XorPass",
    "draw_boundaries",
    "largest_margin",
    "margin",
    "perceptron_step",
    "stack_linear",
    "train_perceptron",
    "update_bound",
    "xor_network",
]


def __dir__() -> list[str]:
    return sorted(__all__)
