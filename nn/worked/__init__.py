"""Backpropagation by hand, beside what the engine says: the worked examples of a first lecture.

Each example is computed twice: by the formulas on the blackboard, in plain NumPy, and by recording
the computation and going backward. Both are returned, for a notebook to show and a test to compare.
"""

from nn.worked.cost import MultiplyAdds, dense_multiply_adds, multiply_adds
from nn.worked.delta import (
    XOR_INPUTS,
    XOR_START,
    XOR_TARGETS,
    Pass,
    backpropagate,
    learning_curve,
    one_epoch,
    one_step,
)
from nn.worked.matrices import (
    ChainRule,
    Jacobians,
    Path,
    ReluPass,
    chain_rule,
    jacobian_backprop,
    jacobian_paths,
    relu_backprop,
)
from nn.worked.twice import Twice

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
    # what it costs
    "MultiplyAdds",
    "multiply_adds",
    "dense_multiply_adds",
]
