"""Every package that users import from: what it exports, and what dir() and help() show of it."""

import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from doctest import DocTestFinder, DocTestParser, DocTestRunner
from functools import cache
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

import pytest

import autograd
import init
import nn
from autograd.extend import Op


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


# What help() says ---------------------------------------------------------------------------------

OURS = ("autograd", "init", "nn")
EXAMPLES = re.compile(r"^Examples\n--------\n(?=.*^ *>>> )", re.MULTILINE | re.DOTALL)
REFERENCE = re.compile(r"\bSee ``autograd\.(\w+)``")


def explained() -> Iterator[tuple[str, Any]]:
    """Every public function, class, op and module, once each, with its name."""
    seen: set[int] = set()
    for package in PUBLIC:
        for each in package.__all__:
            thing = getattr(package, each)
            if isinstance(thing, init.Strategy):  # a ready-made one has the help of its class
                thing = type(thing)
            if id(thing) not in seen and not is_data(thing):
                seen.add(id(thing))
                yield f"{name(package)}.{each}", thing


def is_data(thing: Any) -> bool:
    """Whether its help is that of its type: tables, and aliases of types."""
    kinds = (type, FunctionType, Op, ModuleType)
    return not (isinstance(thing, kinds) or inspect.ismethod(thing))


def members(kind: type) -> Iterator[tuple[str, Any]]:
    """A class's public methods and properties that it doesn't inherit from a class of others."""
    for each in dir(kind):
        owners = [base for base in ours(kind) if each in vars(base)]
        if owners and not each.startswith("_"):
            member = vars(owners[-1])[each]  # of the base: an override has the same help
            function = getattr(member, "fget", getattr(member, "__func__", member))
            if isinstance(function, FunctionType) and function.__name__ != "<lambda>":
                yield each, function


def ours(kind: type) -> list[type]:
    return [base for base in kind.__mro__ if base.__module__.partition(".")[0] in OURS]


def said(thing: Any) -> str:
    """The docstring; of what only refers to an op, such as a method of Value, the op's."""
    own = inspect.getdoc(thing) or ""
    found = REFERENCE.search(own)
    return (inspect.getdoc(getattr(autograd, found[1])) or "") if found else own


EXPLAINED = dict(explained())
CLASSES = {name: each for name, each in EXPLAINED.items() if inspect.isclass(each)}


@pytest.mark.parametrize("name", EXPLAINED)
def test_help_begins_with_a_sentence(name: str) -> None:
    first = (inspect.getdoc(EXPLAINED[name]) or "").partition("\n\n")[0]
    assert re.fullmatch(r"[^a-z\s].+\.", first, re.DOTALL), f"{name}: {first!r}"


@pytest.mark.parametrize("name", EXPLAINED)
def test_help_shows_an_example(name: str) -> None:
    thing = EXPLAINED[name]
    text = said(thing)
    assert EXAMPLES.search(text) or (isinstance(thing, ModuleType) and ">>> " in text)


@pytest.mark.parametrize("name", CLASSES)
def test_every_method_says_what_it_does(name: str) -> None:
    silent = [each for each, member in members(CLASSES[name]) if not inspect.getdoc(member)]
    assert silent == []


@pytest.mark.parametrize("name", CLASSES)
def test_every_method_is_shown_by_an_example_of_its_own_or_of_its_class(name: str) -> None:
    own = [said(member) for _, member in members(CLASSES[name])]
    of_the_class = [inspect.getdoc(base) or "" for base in ours(CLASSES[name])] + own
    shown = "\n".join(
        line
        for line in "\n".join(of_the_class).splitlines()
        if line.lstrip().startswith((">>> ", "... "))
    )
    missing = [
        each
        for each, member in members(CLASSES[name])
        if each != "show"  # it opens a browser
        and ">>> " not in said(member)
        and not re.search(rf"(\.|def ){each}\b", shown)
    ]
    assert missing == []


@cache
def run_by_pytest(module: str) -> set[str]:
    """The docstrings of a module whose examples ``--doctest-modules`` runs."""
    return {found.docstring for found in DocTestFinder().find(sys.modules[module], module)}


@pytest.mark.parametrize("name", EXPLAINED)
def test_the_examples_are_run(name: str) -> None:
    """Those of an op, whose help is written when it is asked for, are run here."""
    thing = EXPLAINED[name]
    if isinstance(thing, Op):
        example = DocTestParser().get_doctest(said(thing), {}, name, None, None)
        assert DocTestRunner().run(example).failed == 0
    elif not isinstance(thing, ModuleType):
        assert thing.__doc__ in run_by_pytest(thing.__module__)
