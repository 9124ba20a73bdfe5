"""Functions of each element alone that follow from ops: angles, parts of a number, scalings."""

from __future__ import annotations

from math import inf, pi
from typing import Any

import numpy as np

from autograd.array_functions.reading import reads_numbers
from autograd.node.mode import current_mode
from autograd.node.node import Node, raw
from autograd.ops.activation import heaviside
from autograd.ops.arithmetic import identity, mod, pow, sign
from autograd.ops.selection import where
from autograd.ops.shape import astype
from autograd.ops.whole_parts import copysign, floor_divide, fmod, trunc
from autograd.rules.op_registry import stands_for

# Angles ------------------------------------------------------------------------------------------


@stands_for(np.deg2rad, np.radians)
def _deg2rad(x: Any, /) -> Any:
    return x * (pi / 180)


@stands_for(np.rad2deg, np.degrees)
def _rad2deg(x: Any, /) -> Any:
    return x * (180 / pi)


@stands_for(np.unwrap)
@reads_numbers
def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * pi) -> Any:
    """Add whole periods, which have no gradient."""
    numbers = raw(p)
    turned = np.unwrap(numbers, discont, axis, period=period)
    return p + np.rint((turned - numbers) / period) * period


# Parts of a number -------------------------------------------------------------------------------

stands_for(np.fix)(trunc)


@stands_for(np.divmod)
def _divmod(x: Any, y: Any, /) -> tuple[Any, Any]:
    return floor_divide(x, y), mod(x, y)


@stands_for(np.modf)
def _modf(x: Any, /) -> tuple[Any, Any]:
    infinite = abs(x) == inf
    return where(infinite, copysign(0.0 * sign(x), x), fmod(x, 1.0)), trunc(x)


@stands_for(np.frexp)
def _frexp(x: Any, /) -> tuple[Any, Any]:
    """Return mantissas, and exponents, which are plain whole numbers."""
    if (tracer := current_mode().tracer) is not None:
        tracer.refuse("numpy.frexp", "divide by a power of two of your own")
    exponents = np.frexp(raw(x))[1]
    return _times_power_of_two(x, -exponents), exponents


@stands_for(np.ldexp)
def _ldexp(x: Any, exponent: Any, /) -> Any:
    if isinstance(exponent, Node):
        raise TypeError("ldexp's exponent is a whole number, got a node: use x * autograd.exp2(y)")
    return _times_power_of_two(x, np.asarray(exponent))


def _times_power_of_two(x: Any, exponent: Any) -> Any:
    """Multiply in two steps, for 2¹⁰⁷⁴ is no float."""
    first = exponent // 2
    for n in (first, exponent - first):
        factor = np.ldexp(np.ones((), getattr(raw(x), "dtype", float)), n)
        x = x * (factor if factor.ndim else factor.item())
    return x


# Others ------------------------------------------------------------------------------------------


@stands_for(np.heaviside)
def _heaviside(x: Any, h0: Any, /) -> Any:
    return where(x == 0, h0, heaviside(x))


@stands_for(np.float_power)
def _float_power(x: Any, y: Any, /) -> Any:
    """Return x to the power y in float64, as NumPy has it."""
    return pow(_widened(x), _widened(y))


def _widened(x: Any) -> Any:
    narrow = getattr(raw(x), "dtype", np.float64) in (np.float16, np.float32)
    return astype(x, np.float64) if narrow else x


# Real numbers as complex ones --------------------------------------------------------------------


@stands_for(np.real_if_close)
def _real_if_close(a: Any, tol: float = 100) -> Any:
    return identity(a)
