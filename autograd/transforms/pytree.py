"""Pytrees: nested lists, tuples and dicts, taken apart into leaves and put together again.

An object array (of Values) is a container too. Dictionaries keep their class and the order of
their keys. None is a leaf; ``numbers`` leaves it out, and ``rebuild_numbers`` puts it back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

import numpy as np

from autograd.numbers.words import with_article


def is_container(tree: Any) -> bool:
    """Whether ``tree`` holds leaves and isn't one itself."""
    return isinstance(tree, (dict, list, tuple)) or _is_object_array(tree)


def paths(tree: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every leaf after its place: ``[0]['w']``.

    Examples
    --------
    >>> list(paths({"w": [1.0, 2.0], "b": 3.0}))
    [("['w'][0]", 1.0), ("['w'][1]", 2.0), ("['b']", 3.0)]
    """
    if not is_container(tree):
        yield at, tree
        return
    for key, child in children(tree):
        yield from paths(child, f"{at}[{key!r}]")


def leaves(tree: Any) -> list[Any]:
    """Return the leaves, in order."""
    if not is_container(tree):
        return [tree]
    return [leaf for _, child in children(tree) for leaf in leaves(child)]


def rebuild(tree: Any, leaves: Iterator[Any]) -> Any:
    """Return the containers of ``tree`` with other leaves.

    Examples
    --------
    >>> rebuild({"w": [1.0, 2.0], "b": 3.0}, iter("xyz"))
    {'w': ['x', 'y'], 'b': 'z'}
    """
    if not is_container(tree):
        return next(leaves)
    return _container_of([rebuild(child, leaves) for _, child in children(tree)], tree)


def numbers(tree: Any) -> list[Any]:
    """Return the leaves that aren't None, in order."""
    return [leaf for leaf in leaves(tree) if leaf is not None]


def rebuild_numbers(tree: Any, numbers: Iterator[Any]) -> Any:
    """Return the containers of ``tree`` and its Nones, with other numbers.

    Examples
    --------
    >>> rebuild_numbers({"w": [1.0, 2.0], "b": None}, iter("xy"))
    {'w': ['x', 'y'], 'b': None}
    """
    if not is_container(tree):
        return tree if tree is None else next(numbers)
    return _container_of([rebuild_numbers(child, numbers) for _, child in children(tree)], tree)


def map_leaves(function: Callable[[str, Any], Any], tree: Any, at: str = "") -> Any:
    """Return the containers of ``tree`` with ``function(place, leaf)`` for leaves."""
    if not is_container(tree):
        return function(at, tree)
    return rebuild(tree, iter([function(place, leaf) for place, leaf in paths(tree, at)]))


def aligned(tree: Any, given: Any, what: str) -> list[Any]:
    """Return the numbers in ``given``, which must be nested as ``tree`` is.

    Raises
    ------
    TypeError
        If it is nested otherwise: ``what`` says in the message what it is.
    """
    if not is_container(tree):
        if is_container(given) or (tree is None) != (given is None):
            raise TypeError(f"{what}: expected {_expected(tree)}, got {_described(given)}")
        return [] if tree is None else [given]
    if _described(tree) != _described(given):
        raise TypeError(f"{what}: expected {_described(tree)}, got {_described(given)}")
    parts = dict(children(given))
    return [
        leaf
        for key, child in children(tree)
        for leaf in aligned(child, parts[key], f"{what}[{key!r}]")
    ]


def _expected(leaf: Any) -> str:
    return "None" if leaf is None else "a number or an array"


def _is_object_array(tree: Any) -> bool:
    return isinstance(tree, np.ndarray) and tree.dtype == object


def children(tree: Any) -> list[tuple[Any, Any]]:
    """Return a container's children, each after its key or its number."""
    if isinstance(tree, dict):
        return list(tree.items())
    return list(enumerate(tree.flat if isinstance(tree, np.ndarray) else tree))


def _container_of(made: list[Any], tree: Any) -> Any:
    """Return a container of the class of ``tree``, of other children."""
    if type(tree) is dict:
        return dict(zip(tree, made, strict=True))
    if isinstance(tree, dict):
        return _dict_of(made, tree)
    if isinstance(tree, np.ndarray):
        return _array_of(made, tree.shape)
    if isinstance(tree, list):
        return made
    return type(tree)._make(made) if hasattr(tree, "_make") else tuple(made)  # a namedtuple


def _dict_of(made: list[Any], tree: dict[Any, Any]) -> Any:
    """Return a dict of the class of ``tree``, which may be an OrderedDict or a defaultdict."""
    found = copy(tree)
    for key, child in zip(tree, made, strict=True):
        found[key] = child
    return found


def _array_of(items: list[Any], shape: tuple[int, ...]) -> Any:
    if items and all(type(item) is float for item in items):
        return np.array(items).reshape(shape)
    made = np.empty(len(items), object)
    made[:] = items
    return made.reshape(shape)


def _described(tree: Any) -> str:
    if isinstance(tree, dict):
        return f"a dict with the keys {sorted(tree, key=str)}"
    if _is_object_array(tree):
        return f"an object array of shape {tree.shape}"
    if is_container(tree):
        return f"a {'list' if isinstance(tree, list) else 'tuple'} of {len(tree)}"
    return "None" if tree is None else with_article(tree)
