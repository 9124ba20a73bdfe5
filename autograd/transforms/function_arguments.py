"""The function and the arguments that a transform is given: checked, and chosen by ``argnums``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.numbers.words import shown, with_article
from autograd.transforms.tracing import Pytree

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]


def check_function(f: Any, name: str) -> None:
    """Raise TypeError unless a transform is given a function."""
    if not callable(f):
        raise TypeError(f"{name} expects a function, got {with_article(f)}: {name}(f)(x)")


def positions(argnums: Argnums, args: tuple[Any, ...]) -> list[int]:
    """Return the positions that ``argnums`` names, counted from the front."""
    numbers = argnums if isinstance(argnums, tuple) else (argnums,)
    for n in numbers:
        if type(n) is not int:
            raise TypeError(f"argnums must be an int or a tuple of ints, got {shown(argnums)}")
        if not -len(args) <= n < len(args):
            raise ValueError(f"argnums {n} is out of range: got {len(args)} positional arguments")
    chosen = [n % len(args) for n in numbers]
    if len(set(chosen)) != len(chosen):
        raise ValueError(f"argnums must name each argument once, got {argnums!r}")
    return chosen


def restricted(
    f: Function, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Callable[[dict[int, Pytree]], Pytree]:
    """Return ``f`` as a function of some of its arguments, the others being fixed."""
    return lambda some: f(*(some.get(k, x) for k, x in enumerate(args)), **kwargs)


def applied(f: Function) -> Callable[[dict[int, Pytree]], Pytree]:
    """Return ``f`` as a function of all of its arguments, by position."""
    return lambda all_of_them: f(*all_of_them.values())


def one_or_all(gradients: tuple[Pytree, ...], argnums: Argnums) -> Pytree:
    """Return a tuple of gradients if ``argnums`` is a tuple; else the only one."""
    return gradients if isinstance(argnums, tuple) else gradients[0]


def as_arguments(given: Any, what: str) -> tuple[Pytree, ...]:
    """Return a tuple or a list of arguments as a tuple; TypeError for anything else."""
    if isinstance(given, (list, tuple)):
        return tuple(given)
    raise TypeError(f"{what} must be a tuple of arguments, got {with_article(given)}: (x,)")
