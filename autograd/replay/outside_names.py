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
_MISSING = object()  # of an attribute: it is the class's
_LIBRARIES = frozenset({"autograd", "builtins", "numpy"})
_PLAIN = (bool, int, float, str)
Named = tuple[dict[str, Any], str, Any]  # where a name is, and what it stood for


class OutsideNames:
    """What the names in a function stood for when it was recorded.

    They are the names of its closure and of its module, and those of the functions of that module
    that it calls by such names; and the attributes that it names, of objects that these stand for.
    So it is with the methods that run when such an object is called, as a model is. Of a list or a
    dict the elements are looked at, of other objects whether they are the same. What the function
    itself changes while it is recorded is no change.

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
        self._named: list[Named] = []
        self._elements: list[tuple[Any, Any]] = []  # lists and dicts, and copies of them

    def look(self) -> None:
        """Note what all names stand for, and which ops there are."""
        self._edition = edition()
        self._cells, self._named = [], []
        seen: set[int] = set()
        stack: list[Any] = [self._function]
        home = getattr(_plain_function(self._function), "__globals__", None)
        while stack:
            holder = stack.pop()
            if id(holder) not in seen:
                seen.add(id(holder))
                stack += _elements_of(holder) or self._look_at(holder, home)
        self._elements = [
            (content, content.copy())
            for *_, content in (*self._cells, *self._named)
            if type(content) in (list, dict) and len(content) <= _MOST
        ]

    def _look_at(self, holder: Any, home: Any) -> list[Any]:
        """Note the names in a function, or in the methods of an object that is called."""
        found: list[Any] = []
        for f in _functions_of(holder):
            of_module, attributes = _names_in(f.__code__)
            is_own = f.__globals__ is home
            cells = [(cell, _content(cell)) for cell in f.__closure__ or () if is_own]
            named = [(home, name, home[name]) for name in of_module if is_own and name in home]
            contents = [content for *_, content in (*cells, *named)]
            self._cells += cells
            self._named += [each for each in named if not isinstance(each[-1], ModuleType)]
            of_objects = [*_attributes([*_bound(holder), holder, *contents], attributes)]
            self._named += of_objects
            found += [*contents, *(content for *_, content in of_objects)]
        return found

    def objects(self) -> list[Any]:
        """Return what the names stood for, and the elements of lists and dicts."""
        own = [content for *_, content in (*self._cells, *self._named)]
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
        for names, name, then in self._named:
            now = names.get(name, _MISSING)
            if now is not then and not _are_equal(now, then):
                return False
        return all(_have_same_elements(now, then) for now, then in self._elements)


def _plain_function(f: Any) -> Any:
    """Return the function behind a method, a partial or a jitted one; None if there is none."""
    while isinstance(f, partial):
        f = f.func
    if isinstance(f, MethodType):
        f = f.__func__
    elif not isinstance(f, FunctionType):
        f = vars(f).get("__wrapped__") if hasattr(f, "__dict__") else None
    return f if isinstance(f, FunctionType) else None


def _functions_of(holder: Any) -> list[Any]:
    """Return the function that something is, or those that run when an object is called."""
    f = _plain_function(holder)
    if f is not None:
        return [f]
    kind = type(holder)
    if kind.__module__.partition(".")[0] in _LIBRARIES or isinstance(holder, type):
        return []
    methods = [vars(k).get(name) for k in kind.__mro__ for name in ("__call__", "forward")]
    return [each for each in methods if isinstance(each, FunctionType)]


def _elements_of(holder: Any) -> list[Any]:
    """Return what is in a list, a tuple or a dict that isn't long."""
    if type(holder) is dict:
        holder = [*holder.values()]
    return [*holder] if type(holder) in (list, tuple) and len(holder) <= _MOST else []


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty
        return _MISSING


def _bound(f: Any) -> Iterator[Any]:
    """Yield the object of a method, and the arguments that a partial has."""
    while isinstance(f, partial):
        yield from (*f.args, *f.keywords.values())
        f = f.func
    if isinstance(f, MethodType):
        yield f.__self__


def _attributes(holders: list[Any], wanted: frozenset[str]) -> Iterator[Named]:
    """Yield the attributes of these names that objects have, and those of what these are."""
    seen: set[int] = set()
    while holders:
        holder = holders.pop()
        own = getattr(holder, "__dict__", None)
        if type(own) is dict and id(own) not in seen:
            seen.add(id(own))
            found = [
                (own, name, own.get(name, _MISSING))
                for name in wanted
                if name in own or isinstance(getattr(type(holder), name, None), _PLAIN)
            ]
            if isinstance(holder, ModuleType):  # of which the numbers may change, as of settings
                found = [each for each in found if isinstance(each[-1], _PLAIN)]
            yield from found
            holders += [content for *_, content in found]


@lru_cache(maxsize=256)
def _names_in(code: CodeType) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the names that code takes from its module, and attributes; of functions in it too."""
    steps = [(each.opname, each.argval) for each in dis.get_instructions(code)]
    own = [name for step, name in steps if step == "LOAD_GLOBAL"]
    loaded = {name for step, name in steps if step in ("LOAD_ATTR", "LOAD_METHOD")}
    attributes = {name for name in loaded if not name.startswith("__")}
    for inner in (c for c in code.co_consts if isinstance(c, CodeType)):
        more, others = _names_in(inner)
        own += more
        attributes |= others
    return tuple(dict.fromkeys(own)), frozenset(attributes)


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
