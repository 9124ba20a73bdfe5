"""Where an equation belongs: its region, and the user's line that wrote it."""

from __future__ import annotations

import linecache
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from os.path import dirname, join
from typing import Any

from autograd.node.region_names import region_inside
from autograd.reading.sources import placed

# What is built on JAX: the user's line is the one that called it.
_LIBRARIES = ("jax", "jaxlib", "flax", "equinox", "optax", "haiku", "chex", "jaxtyping", "beartype")
_OURS = dirname(dirname(dirname(__file__)))
_OWN_RULES = ("custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr")
CALLS = ("jit", "pjit", "closed_call", "core_call", "remat2", "checkpoint", "remat", "composite")
_CONTROL = ("cond", "scan")
_PROGRAMS = (
    "jaxpr",
    "call_jaxpr",
    "fun_jaxpr",
)  # the parameters that hold the program of an equation


@dataclass(frozen=True, slots=True)
class Place:
    """A region, and the line of code in it."""

    region: str = ""
    source: str = ""
    code: str = ""

    def of(self, equation: Any) -> Place:
        """Return the place of an equation of the program that is in this place."""
        stack = equation.source_info.name_stack.stack
        scopes = (each.name for each in stack if type(each).__name__ == "Scope")
        source = _users_line(equation.source_info.traceback)
        return Place(
            region_inside(self.region, "/".join(scopes)),
            *((source, _code_of(source)) if source else (self.source, self.code)),
        )

    def inside(self, name: str) -> Place:
        """Return the place of a program that is called in this one."""
        return Place(region_inside(self.region, name), self.source, self.code)

    def told(self, what: str) -> str:
        """Return a name and this place, for messages."""
        return placed(what, self.region, self.source)


def program_of(equation: Any) -> Any:
    """Return the program that an equation calls, closed or open; None if it calls none."""
    return next((equation.params[name] for name in _PROGRAMS if name in equation.params), None)


def has_own_rule(equation: Any) -> bool:
    """Whether it calls a function that came with a gradient of its own."""
    return equation.primitive.name in _OWN_RULES


def called_name(program: Any) -> str:
    """Return the name of the function that a program was traced from; empty if it has none."""
    name, _ = _traced(program)
    return name if name.isidentifier() else ""


def is_from_library(program: Any) -> bool:
    """Whether a program was traced from a function of JAX or of a library on it."""
    return is_librarys(_traced(program)[1])


def function_name(equation: Any) -> str:
    """Return the name of the function that an equation calls: empty if it has none to show.

    A function of a library has a region of its own if it is public, and of some length.
    """
    kind: str = equation.primitive.name
    if kind in _CONTROL:
        return kind
    program = program_of(equation)
    if program is None:
        return ""
    name, file = _traced(program)
    name = equation.params.get("name") or name
    is_short = len(getattr(program, "jaxpr", program).eqns) < 2
    if not name.isidentifier() or (is_librarys(file) and (name[0] == "_" or is_short)):
        return ""
    return str(name)


def _traced(program: Any) -> tuple[str, str]:
    """Return the name and the file of the function that a program was traced from."""
    info = getattr(program, "jaxpr", program).debug_info
    text = getattr(info, "func_src_info", None) or ""  # relu at functions.py:71
    name, _, file = text.partition(" at ")
    return name, file


def numbered(names: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield the names of what is called in regions; a number tells repeats in one region apart.

    >>> list(numbered([("", "layer"), ("", "norm"), ("", "layer")]))
    ['layer0', 'norm', 'layer1']
    """
    often, met = Counter(names), Counter[tuple[str, str]]()
    for each in names:
        yield f"{each[1]}{met[each]}" if each[1] and often[each] > 1 else each[1]
        met[each] += 1


def _users_line(traceback: Any) -> str:
    """Return the innermost line that is neither a library's nor ours; empty if there is none."""
    for frame in traceback.frames if traceback is not None else ():
        if not is_librarys(frame.file_name):
            return f"{frame.file_name}:{frame.line_num}"
    return ""


def is_librarys(file: str) -> bool:
    """Whether a file is JAX's, of a library on it, or ours; or isn't known."""
    return not file or file.startswith(_folders())


@cache
def _folders() -> tuple[str, ...]:
    found = [sys.modules[name] for name in _LIBRARIES if name in sys.modules]
    files = [each.__file__ for each in found if each.__file__]
    return (*(join(dirname(file), "") for file in files), join(_OURS, ""), "<frozen")


def _code_of(source: str) -> str:
    file, _, line = source.rpartition(":")
    return linecache.getline(file, int(line)).strip()
