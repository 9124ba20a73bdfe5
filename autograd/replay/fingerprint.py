"""The fingerprint of a function: it changes with its code, so that old recordings aren't used."""

from __future__ import annotations

import hashlib
from types import CodeType, FunctionType
from typing import Any

from autograd.replay.kernel_rules import code_contents

_PLAIN = (bool, int, float, str, type(None))
_VERSIONED = ("autograd", "numpy")  # a recording has its version, and needs no code of NumPy's


def fingerprint(function: Any) -> str:
    """Return a digest of a function's code, and of that of Python functions it calls.

    Empty for a callable that is no plain function: what it does may be anywhere.
    """
    found: dict[FunctionType, Any] = {}
    stack = [function]
    while stack:
        f = stack.pop()
        if not isinstance(f, FunctionType) or f in found or _package(f) in _VERSIONED:
            continue
        outside = [f.__globals__.get(name) for name in sorted(_names(f.__code__))]
        outside += [cell.cell_contents for cell in f.__closure__ or ()]
        plain = [x for x in outside if isinstance(x, _PLAIN)]
        found[f] = code_contents(f.__code__), f.__defaults__, f.__kwdefaults__, plain
        stack += outside
    return hashlib.sha256(repr(list(found.values())).encode()).hexdigest() if found else ""


def _package(function: FunctionType) -> str:
    return (function.__module__ or "").partition(".")[0]


def _names(code: CodeType) -> set[str]:
    inner = (_names(c) for c in code.co_consts if isinstance(c, CodeType))
    return set(code.co_names).union(*inner)
