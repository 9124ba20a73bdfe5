"""Worked examples of lectures: backpropagation by hand beside the result of the engine.

Each example is computed twice: by the formulas on the blackboard, in plain NumPy, and by recording
the computation and going backward. Both are returned, for a notebook to show and a test to compare.
"""

from nn.lectures.comparison import Comparison
from nn.lectures.composed_functions import ChainRule, WeightJacobian, chain_rule, weight_jacobian
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
from nn.lectures.matrix_formulas import (
    Jacobians,
    Path,
    ReluPass,
    jacobian_backprop,
    jacobian_paths,
    relu_backprop,
)
from nn.lectures.soft_and_hard import HardAndSoft, OutputStep, hard_and_soft_step
from nn.lectures.two_outputs import ErrorShares, error_shares
from nn.lectures.weight_variances import weight_variance_experiment

__all__ = [
    "Comparison",
    # one network and the delta rule
    "XOR_INPUTS",
    "XOR_TARGETS",
    "XOR_START",
    "Pass",
    "backpropagate",
    "one_step",
    "one_epoch",
    "learning_curve",
    "ErrorShares",
    "error_shares",
    "HardAndSoft",
    "OutputStep",
    "hard_and_soft_step",
    # in matrices
    "ChainRule",
    "chain_rule",
    "WeightJacobian",
    "weight_jacobian",
    "Jacobians",
    "jacobian_backprop",
    "Path",
    "jacobian_paths",
    "ReluPass",
    "relu_backprop",
    # deep networks
    "weight_variance_experiment",
    # what it costs
    "MultiplyAdds",
    "multiply_adds",
    "dense_multiply_adds",
]


def __dir__() -> list[str]:
    return sorted(__all__)
