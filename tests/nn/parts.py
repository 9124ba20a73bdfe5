"""Every layer, activation, loss, optimiser and schedule that nn's files define, found by reading.

What is found here must be exported, have a row in its table of tests and be on its page; see
test_every_part.py. So a new one can't be forgotten.
"""

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import nn
import nn.losses
import nn.modules
import nn.optim
from nn.modules.activations import Named
from nn.schedules import Schedule


def defined_in(package: ModuleType) -> Iterator[Any]:
    """Yield the public functions and classes that a module, or a package's own files, define."""
    files = pkgutil.iter_modules(getattr(package, "__path__", ()), f"{package.__name__}.")
    for module in [package, *(import_module(found.name) for found in files)]:
        for name, thing in vars(module).items():
            own = getattr(thing, "__module__", None) == module.__name__
            if own and not name.startswith("_"):
                yield thing


def _classes(package: ModuleType, base: type, but: set[type]) -> list[Any]:
    found = (each for each in defined_in(package) if inspect.isclass(each))
    return [each for each in found if issubclass(each, base) and each not in but]


def _is_loss(thing: Any) -> bool:
    helper = thing.__module__ == "nn.losses.shared"
    return inspect.isfunction(thing) and not helper


MODULES = _classes(nn.modules, nn.Module, {nn.Module, Named})
LAYERS = [each for each in MODULES if not issubclass(each, Named)]
ACTIVATIONS = [each for each in MODULES if issubclass(each, Named)]
LOSSES: list[Callable[..., Any]] = [each for each in defined_in(nn.losses) if _is_loss(each)]
OPTIMISERS = _classes(nn.optim, nn.Optimizer, {nn.Optimizer})
SCHEDULES = _classes(import_module("nn.schedules"), Schedule, {Schedule})


def names(things: list[Any]) -> set[str]:
    return {thing.__name__ for thing in things}
