"""The initialisation laboratory: what happens to a signal in a network, measured beside theory.

``propagate`` measures every layer forward and backward, ``diagnose`` says what is wrong,
``precision`` tries float16, ``lsuv`` scales the layers on data, ``figure_7_4`` measures a
well-known figure; ``nn.signal.plots`` draws (it needs matplotlib and is imported on its own). The
mathematics is in ``init.theory``.
"""

from nn.signal.diagnosis import Finding, diagnose
from nn.signal.figures import figure_7_4
from nn.signal.lsuv import Rescaled, lsuv
from nn.signal.precision import LayerPrecision, Precision, precision
from nn.signal.propagation import QUANTITIES, Compared, LayerSignal, Propagation, propagate

__all__ = [
    # measure
    "propagate",
    "Propagation",
    "LayerSignal",
    "Compared",
    "QUANTITIES",
    "figure_7_4",
    "precision",
    "Precision",
    "LayerPrecision",
    # judge
    "diagnose",
    "Finding",
    # change
    "lsuv",
    "Rescaled",
]
