"""The names that a function takes from outside: where one is given another object, it is recorded
again.
"""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from autograd.rules.op_registry import edition

_MOST = 64  # elements of a list or a dict that are looked at
_MISSING = object()
_PLAIN = (bool, int, float, str)


class OutsideNames:
    """What the names in a function stood for when it was recorded.

    They are the names of its closure and of its module, and those of the functions of that module
    that it calls by such names. Of a list or a dict the elements are looked at, of other objects
    whether they are the same. What the function itself changes while it is recorded is no change.

    Examples
    --------
    >>> scale = 2.0
    >>> names = OutsideNames(lambda x: scale * x)
    >>> names.look()
    >>> names.are_same()
    True
    >>> scale = 3.0
    >>> names.are_same()
    False
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._edition = edition()
        self._cells: list[tuple[Any, Any]] = []
        self._globals: list[tuple[dict[str, Any], str, Any]] = []
        self._elements: list[tuple[Any, Any]] = []  # lists and dicts, and copies of them

    def look(self) -> None:
        """Note what all names stand for, and which ops there are."""
        self._edition = edition()
        cells, names = [], []
        seen: set[Any] = set()
        stack: list[Any] = [self._function]
        home = getattr(_plain_function(self._function), "__globals__", None)
        while stack:
            f = _plain_function(stack.pop())
            if f is None or f in seen or f.__globals__ is not home:
                continue
            seen.add(f)
            cells += [(cell, _content(cell)) for cell in f.__closure__ or ()]
            names += [(home, n, home[n]) for n in _global_names(f.__code__) if n in home]
            stack += [content for *_, content in (*cells, *names)]
        self._cells = cells
        self._globals = [each for each in names if not isinstance(each[-1], ModuleType)]
        self._elements = [
            (content, content.copy())
            for *_, content in (*self._cells, *self._globals)
            if type(content) in (list, dict) and len(content) <= _MOST
        ]

    def objects(self) -> list[Any]:
        """Return what the names stood for, and the elements of lists and dicts."""
        own = [content for *_, content in (*self._cells, *self._globals)]
        elements = [
            each
            for _, then in self._elements
            for each in ([*then, *then.values()] if isinstance(then, dict) else then)
        ]
        return own + elements

    def are_same(self) -> bool:
        """Whether all names stand for what they stood for, and all ops are the same."""
        if self._edition != edition():
            return False
        for cell, then in self._cells:
            now = _content(cell)
            if now is not then and not _are_equal(now, then):
                return False
        for names, name, then in self._globals:
            now = names.get(name)
            if now is not then and not _are_equal(now, then):
                return False
        return all(_have_same_elements(now, then) for now, then in self._elements)


def _plain_function(f: Any) -> Any:
    """Return the function behind a method, a partial or a jitted one; None if there is none."""
    if isinstance(f, partial):
        f = f.func
    if isinstance(f, MethodType):
        f = f.__func__
    elif not isinstance(f, FunctionType):
        f = vars(f).get("__wrapped__") if hasattr(f, "__dict__") else None
    return f if isinstance(f, FunctionType) else None


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty
        return _MISSING


@lru_cache(maxsize=256)
def _global_names(code: CodeType) -> tuple[str, ...]:
    """Return the names that code takes from its module, and the functions in it too."""
    own = [each.argval for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"]
    inner = [name for c in code.co_consts if isinstance(c, CodeType) for name in _global_names(c)]
    return tuple(dict.fromkeys([*own, *inner]))


def _are_equal(now: Any, then: Any) -> bool:
    """Whether two objects are the same plain number or text: nan is nan, and 0.0 isn't -0.0."""
    is_plain = type(now) is type(then) and isinstance(now, _PLAIN)
    return is_plain and repr(now) == repr(then)


def _have_same_elements(now: Any, then: Any) -> bool:
    if len(now) != len(then):
        return False
    pairs: Iterator[tuple[Any, Any]] = (
        zip(now, then, strict=True)
        if isinstance(now, list)
        else ((x, then.get(name, _MISSING)) for name, x in now.items())
    )
    return all(x is y or _are_equal(x, y) for x, y in pairs)
