"""The mathematics of initialisation: variances of signals and gradients, layer by layer.

``rules`` has the arithmetic of means and variances, ``laws`` the forward, backward and
weight-gradient laws, ``expectations`` an activation's Gaussian moments and gains, ``meanfield``,
``criticality`` and ``correlation`` what they mean for a deep network. Nothing here draws a number
or measures a model.

>>> from init import theory
>>> round(theory.gain("relu"), 6)  # √2: half of the signal is cut off
1.414214
"""

from init.theory.activation_functions import ACTIVATIONS, Activation, ActivationLike, as_activation
from init.theory.correlation import (
    DepthScale,
    correlation_fixed_point,
    correlation_map,
    depth_scale,
)
from init.theory.criticality import Critical, critical
from init.theory.expectations import gain, mean, second_moment, slope_moment
from init.theory.laws import (
    WEIGHT_VARIANCES,
    Signal,
    backward_law,
    forward_law,
    relu_log_ratio,
    relu_network_law,
    weight_gradient_law,
)
from init.theory.meanfield import chi, fixed_point, q_map, q_slope
from init.theory.rules import (
    MeanVariance,
    Moments,
    correlated_sum,
    independent_product,
    independent_sum,
    moments,
)

__all__ = [
    # means and variances
    "MeanVariance",
    "Moments",
    "correlated_sum",
    "independent_product",
    "independent_sum",
    "moments",
    # laws of deep networks
    "WEIGHT_VARIANCES",
    "Signal",
    "backward_law",
    "forward_law",
    "relu_log_ratio",
    "relu_network_law",
    "weight_gradient_law",
    # activations
    "ACTIVATIONS",
    "Activation",
    "ActivationLike",
    "as_activation",
    "gain",
    "mean",
    "second_moment",
    "slope_moment",
    # deep networks of an activation
    "Critical",
    "DepthScale",
    "chi",
    "correlation_fixed_point",
    "correlation_map",
    "critical",
    "depth_scale",
    "fixed_point",
    "q_map",
    "q_slope",
]


def __dir__() -> list[str]:
    return sorted(__all__)
