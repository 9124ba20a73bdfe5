"""The page ``nn.md``: the layers, losses, optimisers, schedules and strategies there are."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import init
import nn
from init.activation_names import OTHER_NAMES
from init.strategy_registry import default
from nn.modules.activations import Named
from nn.schedules import Schedule

PAGE = """\
# Layers, losses, optimisers, schedules, strategies

<!-- Written by docs/generate.py from the docstrings: don't edit this page. -->

All parts of `nn` in tables. [The reference](reference/nn.md) has each with an example.

## Layers

A layer is an `nn.Module`: it takes Tensors and arrays, and `model.scalars()` takes Values.

{layers}

## Activations

Each is also the op of the same name in `autograd`; `activation=` takes the op's name, in any case
and with any hyphens or underscores inside, and these: {others}.

{activations}

## Losses

Each takes predictions and targets and gives one number.

{losses}

## Optimisers

Each moves `params`, an iterable of Tensors or Values such as `model.parameters()`.

{optimisers}

## Schedules

These are in `nn.schedules`; a run takes one as `schedule=`.

{schedules}

## Strategies of initialisation

`init=` takes a name, in any case (`"HeNormal"`); a dict has settings too, such as
`{{"name": "he_normal", "mode": "fan_out"}}`.

{strategies}
"""


def library_page(table: Callable[[list[str], list[list[str]]], str]) -> str:
    """Return the text of the page; ``table`` makes a Markdown table of columns and rows."""
    classes, functions = _exported(inspect.isclass), _exported(inspect.isfunction)
    modules = [each for each in classes if issubclass(each, nn.Module)]
    found: dict[str, list[Any]] = {
        "layers": [each for each in modules if not issubclass(each, Named)],
        "activations": [each for each in modules if issubclass(each, Named)],
        "losses": [each for each in functions if each.__module__.startswith("nn.losses.")],
        "optimisers": [each for each in classes if issubclass(each, nn.Optimizer)],
        "schedules": [
            each
            for each in vars(nn.schedules).values()
            if inspect.isclass(each) and issubclass(each, Schedule) and each is not Schedule
        ],
    }
    rows = {kind: [_row(each) for each in each_kind] for kind, each_kind in found.items()}
    rows["strategies"] = [
        [f"`{name}`", f"`{init.get(name)!r}`", _aliases(name)] for name in init.available()
    ]
    heads = {kind: ["name", "settings", "what it is"] for kind in found}
    heads["strategies"] = ["name", "strategy", "also"]
    tables = {kind: table(heads[kind], sorted(rows[kind])) for kind in rows}
    others = ", ".join(f"`{other}` for `{ours}`" for other, ours in OTHER_NAMES.items())
    return PAGE.format(others=others, **tables)


def _exported(of_kind: Callable[[Any], bool]) -> list[Any]:
    return [each for name in nn.__all__ if of_kind(each := getattr(nn, name))]


def _row(thing: Any) -> list[str]:
    said = (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")
    return [f"`{thing.__name__}`", _settings(_parameters(thing)), said]


def _parameters(thing: Any) -> Iterable[inspect.Parameter]:
    if inspect.isclass(thing) and issubclass(thing, Named):
        return [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value)
            for name, value in thing.op.settings.items()
        ]
    return inspect.signature(thing).parameters.values()


def _settings(parameters: Iterable[inspect.Parameter]) -> str:
    """Return what is given by name or has a default."""
    return ", ".join(
        f"`{each.name}`" if each.default is each.empty else f"`{each.name}={_short(each.default)}`"
        for each in parameters
        if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    )


def _short(default: Any) -> str:
    return getattr(default, "__name__", None) or repr(default)


def _aliases(name: str) -> str:
    return ", ".join(sorted(f"`{alias}`" for alias, of in default.aliases.items() if of == name))
