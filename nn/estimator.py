"""The earlier name of ``nn.estimators``: whatever is asked of it is looked up there."""

from typing import Any

from nn import estimators


def __getattr__(name: str) -> Any:
    return getattr(estimators, name)
