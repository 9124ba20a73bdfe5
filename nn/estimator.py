"""The earlier name of ``nn.estimators``: whatever is asked of it is looked up there."""

from typing import Any

from nn import estimators


def __getattr__(name: str) -> Any:
    if name == "__path__":  # else its files would be imported twice, under two names
        raise AttributeError("nn.estimator is a module, and no package")
    return getattr(estimators, name)


def __dir__() -> list[str]:
    return dir(estimators)
