"""The earlier name of ``nn.lectures``: whatever is asked of it is looked up there."""

from typing import Any

from nn import lectures


def __getattr__(name: str) -> Any:
    if name == "__path__":  # else its files would be imported twice, under two names
        raise AttributeError("nn.worked is a module, and no package any more")
    return getattr(lectures, name)


def __dir__() -> list[str]:
    return dir(lectures)
