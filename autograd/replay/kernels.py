"""Kernels: modules of machine code that are generated from the rule book and kept on disk.

Their text is put together in ``templates.py``.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from threading import Lock
from types import ModuleType
from typing import Any, NamedTuple

from autograd.replay.fuse import InstructionKind
from autograd.replay.kernel_files import CheckedCache, source_file
from autograd.replay.kernel_rules import compile_function
from autograd.replay.native import numba_module
from autograd.replay.numba_overloads import known_to_numba
from autograd.replay.templates import Template, kernel_source
from autograd.rules.op_registry import OWN, edition


class Kernels(NamedTuple):
    """A module of kernels, and what each code of an instruction stands for in it."""

    kinds: tuple[InstructionKind, ...]
    module: ModuleType
    edition: int  # of the ops that they were made of

    def have(self, wanted: Iterable[InstructionKind]) -> bool:
        """Whether they have some kinds."""
        return set(self.kinds).issuperset(wanted)

    @property
    def is_current(self) -> bool:
        """Whether the names in the rules still mean what they meant: in built-in rules, always."""
        return self.edition == edition() or not any(k[0].startswith(OWN) for k in self.kinds)


def kernels(kinds: Iterable[InstructionKind], template: Template) -> Kernels:
    """Return kernels for some kinds of instruction: loaded ones, or from disk, or compiled.

    They have the most common kinds besides, so that most recordings share a module.
    """
    wanted = {*kinds, *template.common}
    with _lock:
        _loaded[:] = [each for each in _loaded if each[1].is_current]
        for found in _loaded:
            if found[0] is template and found[1].have(wanted):
                return found[1]
        made = _compiled_kernels(tuple(sorted(wanted, key=repr)), template)
        _loaded.append((template, made))
        return made


# Modules live as long as the process; a second copy would be compiled code twice.
_loaded: list[tuple[Template, Kernels]] = []
_lock = Lock()


def _compiled_kernels(kinds: tuple[InstructionKind, ...], template: Template) -> Kernels:
    made_of = edition()
    text, book = kernel_source(kinds, template)
    module = load_module(text, book.given)
    from numba.core.errors import NumbaError

    try:
        module.forward.compile(template.forward_types)
        module.backward.compile(template.backward_types)
    except NumbaError as error:
        suspects = sorted({name.partition("_")[2].removeprefix("own_") for name in book.given})
        raise TypeError(
            "Numba can't compile the rules of this recording"
            + (
                f"; those stated as Python functions are of {', '.join(suspects)}"
                if suspects
                else ""
            )
            + ": state a rule as text, or with what Numba knows of Python and math"
        ) from error
    return Kernels(kinds, module, made_of)


def load_module(text: str, given: dict[str, Any]) -> ModuleType:
    """Write a module's text to the cache and import it; its machine code is kept beside it."""
    numba = numba_module()
    from numba.core.caching import FunctionCache

    known_to_numba()
    versions = f"{numba.__version__} {sys.version}"
    stem = "kernels_" + hashlib.sha256(f"{versions}\n{text}".encode()).hexdigest()[:16]
    path = source_file(f"{stem}.py", text)
    module = ModuleType(f"glassgrad_{stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # Numba looks it up
    scalar = numba.njit(error_model="numpy", nogil=True)
    for name, function in given.items():
        setattr(module, name, compile_function(function, scalar))
    exec(compile(text, path, "exec"), vars(module))  # a bytecode file could be damaged too
    for name, function in vars(module).items():
        if isinstance(getattr(function, "_cache", None), FunctionCache):
            function._cache = CheckedCache(function._cache, f"{stem}.{name}-")
    return module
