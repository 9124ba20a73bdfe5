"""What the rule book uses and Numba doesn't know, told to Numba by its own means."""

from __future__ import annotations

import math
import operator
from functools import cache
from typing import Any

from autograd import number


@cache
def known_to_numba() -> frozenset[Any]:
    """Extend Numba, once in a process; return the functions that it has learnt.

    ``cbrt`` and ``remainder`` are those of the C library, as they are in Python.
    """
    from numba import types
    from numba.extending import overload

    unary, binary = types.float64(types.float64), types.float64(types.float64, types.float64)
    cbrt = types.ExternalFunction("cbrt", unary)
    remainder = types.ExternalFunction("remainder", binary)
    strict: Any = {"error_model": "numpy"}

    @overload(math.cbrt, jit_options=strict)
    def _cbrt(x):  # type: ignore[no-untyped-def]
        return lambda x: cbrt(x)  # noqa: PLW0108

    @overload(math.remainder, jit_options=strict)
    def _remainder(x, y):  # type: ignore[no-untyped-def]
        return lambda x, y: remainder(x, y)  # noqa: PLW0108

    @overload(operator.abs, jit_options=strict)
    def _abs(x):  # type: ignore[no-untyped-def]
        return lambda x: abs(x)  # noqa: PLW0108

    @overload(number.choose, jit_options=strict)
    def _choose(condition, x, y):  # type: ignore[no-untyped-def]
        return lambda condition, x, y: 1.0 * x if condition else 1.0 * y

    @overload(float, jit_options=strict)
    def _float(x):  # type: ignore[no-untyped-def]
        if isinstance(x, types.Boolean):
            return lambda x: 1.0 if x else 0.0
        return None

    return frozenset({math.cbrt, math.remainder, operator.abs, number.choose, float})
