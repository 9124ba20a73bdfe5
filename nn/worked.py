"""The earlier name of ``nn.lectures``: whatever is asked of it is looked up there."""

from typing import Any

from nn import lectures


def __getattr__(name: str) -> Any:
    return getattr(lectures, name)
