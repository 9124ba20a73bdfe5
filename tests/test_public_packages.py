"""Every package that users import from: what it exports, and what dir() shows of it."""

import pkgutil
from importlib import import_module
from types import ModuleType

import pytest

import autograd
import init
import nn


def packages(top: ModuleType) -> list[ModuleType]:
    """A package and those inside it that state their public names."""
    inside = pkgutil.walk_packages(top.__path__, f"{top.__name__}.")
    found = [import_module(each.name) for each in inside if each.ispkg]
    return [top, *(each for each in found if hasattr(each, "__all__"))]


PACKAGES = [*packages(autograd), *packages(init), *packages(nn)]
PACKAGES.remove(import_module("autograd.ops"))  # users import its names from autograd
MODULES = ("autograd.extend", "autograd.linalg", "autograd.special", "nn.schedules")  # of one file
PUBLIC = [*PACKAGES, *map(import_module, MODULES)]
ROOMS = [import_module(f"nn.{name}") for name in ("losses", "modules", "optim", "training")]


def name(module: ModuleType) -> str:
    return module.__name__


def test_the_public_packages_are_found() -> None:
    assert {"autograd.check", "autograd.show", "init.theory", "nn.optim"} <= set(map(name, PUBLIC))


@pytest.mark.parametrize("package", PUBLIC, ids=name)
def test_dir_shows_public_names_and_nothing_else(package: ModuleType) -> None:
    """Beside the names in ``__all__``, only packages that users import from, and the estimators."""
    shown = set(dir(package))
    assert shown >= set(package.__all__)
    inside = {each for each in shown if f"{package.__name__}.{each}" in set(map(name, PUBLIC))}
    # The bridges are packages themselves, in one that has no names of its own.
    others = {"__version__", "bridges"} if package is autograd else set()
    if package is nn:
        others |= set(nn.estimators.__all__)
    assert shown - set(package.__all__) - inside == others


@pytest.mark.parametrize("package", PUBLIC, ids=name)
def test_every_public_name_is_there_and_stated_once(package: ModuleType) -> None:
    assert [each for each in package.__all__ if not hasattr(package, each)] == []
    assert len(set(package.__all__)) == len(package.__all__)


@pytest.mark.parametrize("room", ROOMS, ids=name)
def test_a_room_of_nn_exports_what_nn_has_from_it(room: ModuleType) -> None:
    """``from nn.optim import SGD`` gives what ``nn.SGD`` is, and nothing is in one place alone."""
    of_nn = {each: getattr(nn, each) for each in nn.__all__}
    made_here = {
        each
        for each, thing in of_nn.items()
        if getattr(thing, "__module__", "").startswith(f"{room.__name__}.")
    }
    assert set(room.__all__) == made_here
    assert all(getattr(room, each) is of_nn[each] for each in room.__all__)
