"""Measurements of signals and gradients in a network, compared with theory layer by layer.

``propagate`` measures every layer forward and backward, ``diagnose`` says what is wrong,
``precision`` tries float16, ``lsuv`` scales the layers on data; ``nn.diagnostics.plots`` draws (it
needs matplotlib and is imported on its own). The mathematics is in ``init.theory``.
"""

from nn.diagnostics.diagnosis import Finding, diagnose
from nn.diagnostics.health import assert_healthy
from nn.diagnostics.lsuv import Rescaled, lsuv
from nn.diagnostics.precision import LayerPrecision, Precision, precision
from nn.diagnostics.propagation import QUANTITIES, Compared, LayerSignal, Propagation, propagate

__all__ = [
    # measure
    "propagate",
    "Propagation",
    "LayerSignal",
    "Compared",
    "QUANTITIES",
    "precision",
    "Precision",
    "LayerPrecision",
    # judge
    "diagnose",
    "assert_healthy",
    "Finding",
    # change
    "lsuv",
    "Rescaled",
]


def __dir__() -> list[str]:
    return sorted(__all__)
