"""Division into whole steps, and signs taken from another number: trunc, floor_divide, fmod."""

from __future__ import annotations

import math
import operator
from fractions import Fraction
from typing import Any

import numpy as np

from autograd.numbers import float_functions
from autograd.numbers.kinds import RATIONAL, Primitive
from autograd.rules.define import elementwise
from autograd.rules.op import Edge

trunc = elementwise(
    "trunc",
    Primitive(
        float_functions.trunc,
        np.trunc,
        lambda mp, x: mp.sign(x) * mp.floor(abs(x)),
        exact=lambda x: Fraction(math.trunc(x)),
    ),
    0,
    latex=r"\operatorname{{trunc}}({x})",
    numbers=RATIONAL,
    numpy=(np.trunc,),
    edges=(Edge((1.0,), (0.0,), "flat on both sides of a jump"),),
    doc="x without its fraction: the nearest whole number towards 0",
    example=">>> autograd.trunc(-1.5), autograd.trunc(1.5)\n(-1.0, 1.0)",
)

floor_divide = elementwise(
    "floor_divide",
    Primitive(
        operator.floordiv,
        np.floor_divide,
        lambda mp, x, y: mp.floor(mp.mpf(x) / y),
        exact=lambda x, y: Fraction(x // y),
    ),
    (0, 0),
    symbol="//",
    latex=r"\left\lfloor \frac{{{x}}}{{{y}}} \right\rfloor",
    numbers=RATIONAL,
    numpy=(np.floor_divide,),
    edges=(Edge((2.0, 1.0), (0.0, 0.0), "flat on both sides of a jump"),),
    doc="the quotient x / y rounded down: x is y · floor_divide(x, y) + mod(x, y)",
    example=">>> autograd.floor_divide(-7.0, 2.0)\n-4.0",
)


def _exact_rest(x: Fraction, y: Fraction) -> Fraction:
    return Fraction(x) - y * math.trunc(Fraction(x) / y)


fmod = elementwise(
    "fmod",
    Primitive(
        math.fmod,
        np.fmod,
        lambda mp, x, y: mp.sign(x) * mp.fmod(abs(x), abs(y)),
        exact=_exact_rest,
    ),
    (1, "-round((x - z) / y)"),
    symbol="fmod",
    latex=r"{x} \operatorname{{fmod}} {y}",
    numbers=RATIONAL,
    numpy=(np.fmod,),
    doc="the remainder of x / y, with the sign of x",
    example=">>> autograd.fmod(-7.0, 2.0), autograd.mod(-7.0, 2.0)\n(-1.0, 1.0)",
)


def _exact_copysign(x: Any, y: Any) -> Any:
    return abs(x) if y >= 0 else -abs(x)


copysign = elementwise(
    "copysign",
    Primitive(math.copysign, np.copysign, lambda mp, x, y: _exact_copysign(x, y),
              exact=_exact_copysign),
    ("sign(x) * sign(z)", 0),
    latex=r"\left|{x}\right| \operatorname{{sgn}} {y}",
    numbers=RATIONAL,
    numpy=(np.copysign,),
    edges=(Edge((0.0, -1.0), (0.0, 0.0), "the smallest of the slopes from −1 to 1"),),
    doc="|x| with the sign of y, that of a zero too",
    example=">>> autograd.copysign(3.0, -0.0)\n-3.0",
)  # fmt: skip
