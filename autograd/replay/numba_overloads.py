"""Numba overloads: the functions of the rule book and of kernels that Numba doesn't know."""

from __future__ import annotations

import math
import operator
from functools import cache
from typing import Any

import numpy as np

from autograd.numbers import float_functions, kinds


def prefetch(pointer: Any, place: int) -> None:
    """Have ``pointer[place]`` brought into the cache, and don't wait for it: only when compiled."""


def _always(function: Any) -> Any:
    def chosen(x):  # type: ignore[no-untyped-def]
        return lambda x: function(x)  # noqa: PLW0108

    return chosen


def _fetch() -> Any:
    """Return ``prefetch`` for compiled code, as LLVM has it."""
    from llvmlite import ir  # type: ignore[import-untyped]
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def fetch(typing_context, pointer, place):  # type: ignore[no-untyped-def]
        def written(context, builder, signature, args):  # type: ignore[no-untyped-def]
            where = builder.bitcast(builder.gep(args[0], [args[1]]), ir.IntType(8).as_pointer())
            integer = ir.IntType(32)
            to_read, to_stay, is_data = integer(0), integer(3), integer(1)
            kind = ir.FunctionType(ir.VoidType(), [where.type, integer, integer, integer])
            instruction = builder.module.declare_intrinsic("llvm.prefetch", [where.type], kind)
            builder.call(instruction, [where, to_read, to_stay, is_data])
            return context.get_dummy_value()

        return types.void(pointer, types.intp), written

    return fetch


@cache
def known_to_numba() -> frozenset[Any]:
    """Extend Numba, once in a process; return the functions that it has learnt.

    ``cbrt``, ``fmod`` and ``remainder`` are those of the C library, as they are in Python.
    """
    from numba import types
    from numba.extending import overload

    unary, binary = types.float64(types.float64), types.float64(types.float64, types.float64)
    cbrt = types.ExternalFunction("cbrt", unary)
    fmod = types.ExternalFunction("fmod", binary)
    remainder = types.ExternalFunction("remainder", binary)
    strict: Any = {"error_model": "numpy"}

    @overload(math.cbrt, jit_options=strict)
    def _cbrt(x):  # type: ignore[no-untyped-def]
        return lambda x: cbrt(x)  # noqa: PLW0108

    @overload(math.remainder, jit_options=strict)
    def _remainder(x, y):  # type: ignore[no-untyped-def]
        return lambda x, y: remainder(x, y)  # noqa: PLW0108

    @overload(math.fmod, jit_options=strict)
    def _fmod(x, y):  # type: ignore[no-untyped-def]
        return lambda x, y: fmod(x, y)  # noqa: PLW0108

    @overload(operator.abs, jit_options=strict)
    def _abs(x):  # type: ignore[no-untyped-def]
        return lambda x: abs(x)  # noqa: PLW0108

    @overload(kinds.choose, jit_options=strict)
    def _choose(condition, x, y):  # type: ignore[no-untyped-def]
        return lambda condition, x, y: 1.0 * x if condition else 1.0 * y

    @overload(float, jit_options=strict)
    def _float(x):  # type: ignore[no-untyped-def]
        if isinstance(x, types.Boolean):
            return lambda x: 1.0 if x else 0.0
        return None

    # Of Python's roundings Numba makes 64-bit integers, which 1e300 is not.
    roundings = {
        float_functions.floor: np.floor,
        float_functions.ceil: np.ceil,
        float_functions.rint: np.rint,
        float_functions.trunc: np.trunc,
    }
    for ours, of_numpy in roundings.items():
        overload(ours, jit_options=strict)(_always(of_numpy))

    fetch = _fetch()

    @overload(prefetch, jit_options=strict)
    def _prefetch(pointer, place):  # type: ignore[no-untyped-def]
        return lambda pointer, place: fetch(pointer, place)  # noqa: PLW0108

    return frozenset(
        {math.cbrt, math.fmod, math.remainder, operator.abs, kinds.choose, float, *roundings}
    )
