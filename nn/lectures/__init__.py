"""Backpropagation by hand, beside what the engine says: the worked examples of a first lecture.

Each example is computed twice: by the formulas on the blackboard, in plain NumPy, and by recording
the computation and going backward. Both are returned, for a notebook to show and a test to compare.
"""

from nn.lectures.cost import MultiplyAdds, dense_multiply_adds, multiply_adds
from nn.lectures.delta_rule import (
    XOR_INPUTS,
    XOR_START,
    XOR_TARGETS,
    Pass,
    backpropagate,
    learning_curve,
    one_epoch,
    one_step,
)
from nn.lectures.figures import figure_7_4
from nn.lectures.matrix_formulas import (
    ChainRule,
    Jacobians,
    Path,
    ReluPass,
    chain_rule,
    jacobian_backprop,
    jacobian_paths,
    relu_backprop,
)
from nn.lectures.two_ways import Twice

__all__ = [
    "Twice",
    # one network and the delta rule
    "XOR_INPUTS",
    "XOR_TARGETS",
    "XOR_START",
    "Pass",
    "backpropagate",
    "one_step",
    "one_epoch",
    "learning_curve",
    # in matrices
    "ChainRule",
    "chain_rule",
    "Jacobians",
    "jacobian_backprop",
    "Path",
    "jacobian_paths",
    "ReluPass",
    "relu_backprop",
    # deep networks
    "figure_7_4",
    # what it costs
    "MultiplyAdds",
    "multiply_adds",
    "dense_multiply_adds",
]
