"""Kernels: one of machine code for each kind of instruction, made from the rule book.

Their text is put together in ``templates.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from autograd.replay.instruction_kinds import InstructionKind
from autograd.replay.native import NativeKernel, native_kernel
from autograd.replay.templates import Template, kernel_source
from autograd.rules.op_registry import OWN, edition

# With the edition of the ops: names in users' rules may come to mean something else.
_kernels: dict[tuple[InstructionKind, Template, int], NativeKernel] = {}


def kernels(kinds: Sequence[InstructionKind], template: Template) -> npt.NDArray[np.uint64]:
    """Return the addresses of the kernels of some kinds: known ones, or from disk, or compiled."""
    return np.array([_kernel(kind, template).address for kind in kinds], np.uint64)


def _kernel(kind: InstructionKind, template: Template) -> NativeKernel:
    known = kind, template, edition() if kind[0].startswith(OWN) else 0
    if known not in _kernels:
        _kernels[known] = _native(kind, template)
    return _kernels[known]


def _native(kind: InstructionKind, template: Template) -> NativeKernel:
    text, book = kernel_source(kind, template)
    try:
        return native_kernel(text, f"void({template.types})", given=book.given)
    except Exception as error:
        if not _is_of_numba(error):
            raise
        name = kind[0].removeprefix(OWN)
        raise TypeError(
            f"Numba can't compile the rules of {name!r}, which this recording uses: state a rule "
            "as text, or with what Numba knows of Python and math"
        ) from error


def _is_of_numba(error: Exception) -> bool:
    from numba.core.errors import NumbaError  # only where something was compiled

    return isinstance(error, NumbaError)
