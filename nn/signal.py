"""The earlier name of ``nn.diagnostics``: whatever is asked of it is looked up there."""

from importlib import import_module
from typing import Any

from nn import diagnostics


def __getattr__(name: str) -> Any:
    if name == "__path__":  # else its files would be imported twice, under two names
        raise AttributeError("nn.signal is a module, and no package any more")
    if name == "figure_7_4":
        return import_module("nn.lectures").weight_variance_experiment
    return import_module("nn.diagnostics.plots") if name == "plots" else getattr(diagnostics, name)


def __dir__() -> list[str]:
    return dir(diagnostics)
