"""The earlier name of ``nn.diagnostics``: whatever is asked of it is looked up there."""

from typing import Any

from nn import diagnostics


def __getattr__(name: str) -> Any:
    return getattr(diagnostics, name)
