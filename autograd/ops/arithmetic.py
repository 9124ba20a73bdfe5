"""Sums, products, powers, signs and roundings. Extremes are in ``extremes.py``."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from autograd.node.node import Node
from autograd.numbers import float_functions
from autograd.numbers.kinds import (
    ANALYTIC,
    ANY_NUMBER,
    ARRAY,
    FLOAT,
    FRACTION,
    RATIONAL,
    Primitive,
    Rule,
    kind,
)
from autograd.numbers.protocols import Numeric
from autograd.rules.define import elementwise
from autograd.rules.op import Edge, Elementwise
from autograd.rules.op_registry import built_in, stands_for
from autograd.rules.signatures import of_elements, of_two_elements

add = elementwise(
    "add",
    operator.add,
    (1, 1),
    symbol="+",
    latex="{x} + {y}",
    numbers=ANY_NUMBER,
    numpy=(np.add,),
    doc="x + y",
    example=">>> autograd.add(2.0, 3.0)\n5.0",
)

sub = elementwise(
    "sub",
    operator.sub,
    (1, -1),
    symbol="−",
    latex="{x} - {y}",
    numbers=ANY_NUMBER,
    numpy=(np.subtract,),
    doc="x − y",
    example=">>> autograd.grad(autograd.sub, argnums=(0, 1))(2.0, 3.0)\n(1.0, -1.0)",
)

mul = elementwise(
    "mul",
    operator.mul,
    ("y", "x"),
    symbol="×",
    latex=r"{x} \cdot {y}",
    numbers=ANY_NUMBER,
    numpy=(np.multiply,),
    doc="x · y",
    example=">>> autograd.grad(autograd.mul, argnums=(0, 1))(2.0, 3.0)\n(3.0, 2.0)",
)

div = elementwise(
    "div",
    operator.truediv,
    ("1 / y", "-z / y"),
    symbol="÷",
    latex=r"\frac{{{x}}}{{{y}}}",
    numbers=ANY_NUMBER,
    numpy=(np.divide,),
    doc="x / y",
    example=">>> autograd.grad(autograd.div, argnums=(0, 1))(6.0, 2.0)\n(0.5, -1.5)",
)

neg = elementwise(
    "neg",
    operator.neg,
    -1,
    symbol="−",
    latex="-{x}",
    numbers=ANY_NUMBER,
    numpy=(np.negative,),
    doc="−x",
    example=">>> autograd.neg(2.0)\n-2.0",
)

square = elementwise(
    "square",
    "x * x",
    "2 * x",
    symbol="x²",
    latex="{x}^2",
    numbers=ANY_NUMBER,
    numpy=(np.square,),
    doc="x²",
    example=">>> autograd.value_and_grad(autograd.square)(3.0)\n(9.0, 6.0)",
)

reciprocal = elementwise(
    "reciprocal",
    "1 / x",
    "-z / x",
    symbol="1/x",
    latex=r"\frac{{1}}{{{x}}}",
    numbers=ANY_NUMBER,
    numpy=(np.reciprocal,),
    doc="1 / x",
    example=">>> autograd.value_and_grad(autograd.reciprocal)(2.0)\n(0.5, -0.25)",
)


# Powers -----------------------------------------------------------------------------------------


def _exact_power(x: Fraction, y: Fraction | float) -> Fraction | float:
    """A power of a Fraction: exact for a whole exponent, a float for any other."""
    if y == int(y):
        return Fraction(x) ** int(y)
    return math.pow(x, y)


_power = Primitive(math.pow, np.power, "power", operator.pow, _exact_power)

# Its own op, because the rounding of y − 1 counts where log x is large: at x = 1e300 and y = 0.1
# the plain x**(y − 1) would be wrong in the 14th digit.
power_slope = elementwise(
    "power_slope",
    Primitive(
        float_functions.power_slope,
        float_functions.power_slope_of_arrays,
        lambda mp, x, y: y * mp.power(x, mp.mpf(y) - 1) if y else mp.mpf(0),
        lambda x, y: y * x ** (y - 1) if y else 0 * x,
    ),
    (
        "choose((x == 0) & (y == 0) | ((y == inf) | (y == -inf)) & (z == 0), 0,"
        " choose((x == 0) | (z - z != 0), y * power_slope(x, y - 1), (y - 1) * z / x))",
        "choose((x == 0) | ((x == inf) | (y == inf) | (y == -inf)) & (z == 0), 0,"
        " pow(x, y - 1) * (1 + y * log(x)))",
    ),
    latex=r"{y} \, {x}^{{{y} - 1}}",
    numbers=ANALYTIC,
    domain=((0, math.inf), (-math.inf, math.inf)),
    doc="y·x^(y − 1), with the rounding of y − 1 made good: the slope of a power",
)

_pow: Callable[[Any, Any], Numeric] = elementwise(
    "pow",
    _power,
    (
        "power_slope(x, y)",
        "choose((x == 0) & (y == 0) | ((x == 0) | (x == inf)) & (z == 0), 0, z * log(x))",
    ),
    symbol="xʸ",
    latex=r"{{{x}}}^{{{y}}}",
    numbers=ANALYTIC,
    domain=((0, math.inf), (-math.inf, math.inf)),
    edges=(
        Edge((0.0, 0.0), (0.0, 0.0), "0⁰ is 1 whichever operand is held there"),
        Edge((0.0, 2.0), (0.0, 0.0), "0 to a positive power stays 0"),
        Edge((-2.0, 3.0), (12.0, math.nan), "a negative base has no real power nearby"),
    ),
    doc="x to the power y",
)

power: Callable[..., Numeric] = elementwise(
    "power",
    lambda x, *, exponent: _power(x, exponent),
    "0 if exponent == 0 else exponent * power(x, exponent=exponent - 1)"
    " if exponent - 1 + 1 == exponent else power_slope(x, exponent)",
    symbol="xⁿ",
    latex="{{{x}}}^{{n}}",
    numbers=ANY_NUMBER,
    domain=((0, math.inf),),
    doc="x to a constant power",
)


@stands_for(np.power)
@of_two_elements
def pow(x: Any, y: Any) -> Numeric | Node:
    """Return x to the power y; where y is one plain number, it is a setting and not an operand.

    A whole power of a Fraction is exact. A negative base has a real power only where y is whole;
    elsewhere the result is nan, as in NumPy.

    Examples
    --------
    >>> from autograd import Value, pow
    >>> x, y = Value(2.0), Value(3.0)
    >>> pow(x, y).backward()
    >>> x.grad, f"{y.grad:.4f}"
    (12.0, '5.5452')
    """
    if isinstance(y, Node) or np.ndim(y) or not isinstance(x, Node):
        return _pow(x, y)
    if isinstance(y, (np.ndarray, np.generic)):
        y = y.item()
    if kind(y) == FRACTION and x._rank:  # arrays have no exact powers
        y = float(y)
    if type(y) is int and kind(x._data) in (FLOAT, ARRAY):
        try:
            float(y)
        except OverflowError:
            raise ValueError("the exponent is an integer too large for a float") from None
    return power(x, exponent=y)


# Signs ------------------------------------------------------------------------------------------


def _modulus(z: Any) -> Any:
    return built_in["hypot"](built_in["real"](z), built_in["imag"](z))


abs = elementwise(
    "abs",
    Primitive(operator.abs, np.abs, "fabs", exact=operator.abs),
    "sign(x)",
    symbol="|x|",
    latex=r"\left|{x}\right|",
    numbers=RATIONAL,
    numpy=(np.absolute, np.fabs),
    kinks=(0.0,),
    selects=True,
    compares=True,
    on_complex=_modulus,
    edges=(Edge((0.0,), (0.0,), "the smallest of the slopes from −1 to 1"),),
    doc="the absolute value |x|, the modulus of a complex number",
    example=(
        ">>> autograd.abs(3 + 4j)\n5.0\n"
        ">>> [autograd.grad(autograd.abs)(x) for x in (-2.0, 0.0, 2.0)]\n[-1.0, 0.0, 1.0]"
    ),
)


def _sign(x: Any) -> Any:
    return x - x if x == 0 or x != x else (1 if x > 0 else -1)


sign = elementwise(
    "sign",
    Primitive(_sign, np.sign, "sign", exact=_sign),
    0,
    numbers=RATIONAL,
    numpy=(np.sign,),
    kinks=(0.0,),
    edges=(Edge((0.0,), (0.0,), "flat on both sides of the jump"),),
    doc="−1, 0 or 1, as x is negative, zero or positive",
    example=">>> [autograd.sign(x) for x in (-2.5, 0.0, 7.0)]\n[-1.0, 0.0, 1.0]",
)


# Roundings --------------------------------------------------------------------------------------


def _rounding(
    name: str,
    of_floats: Rule,
    to_whole: Rule,
    of_arrays: Rule,
    mpmath: str,
    latex: str,
    at: str,
    doc: str,
    example: str,
) -> Elementwise:
    return elementwise(
        name,
        Primitive(of_floats, of_arrays, mpmath, exact=lambda x: Fraction(to_whole(x))),
        0,
        latex=latex,
        numbers=RATIONAL,
        numpy=(of_arrays,),
        edges=(Edge((0.0,) if at == "0" else (0.5,), (0.0,), "flat on both sides of a jump"),),
        doc=doc,
        example=example,
    )


floor = _rounding(
    "floor",
    float_functions.floor,
    math.floor,
    np.floor,
    "floor",
    r"\lfloor {x} \rfloor",
    "0",
    "the largest whole number not above x",
    ">>> autograd.floor(-1.5), autograd.grad(autograd.floor)(-1.5)\n(-2.0, 0.0)",
)
ceil = _rounding(
    "ceil",
    float_functions.ceil,
    math.ceil,
    np.ceil,
    "ceil",
    r"\lceil {x} \rceil",
    "0",
    "the smallest whole number not below x",
    ">>> autograd.ceil(-1.5)\n-1.0",
)
round = _rounding(
    "round",
    float_functions.rint,
    round,
    np.rint,
    "nint",
    r"\operatorname{{round}}({x})",
    "½",
    "the nearest whole number; halves go to the even one",
    ">>> [autograd.round(x) for x in (0.5, 1.5, 2.5)]\n[0.0, 2.0, 2.0]",
)


@stands_for(np.round, np.around)
@of_elements
def round_to(a: Any, decimals: int = 0) -> Any:
    """Return ``a`` rounded to so many decimals, as NumPy does; of a negative number, to tens."""
    if not decimals:
        return round(a)
    if decimals < 0:
        scale = 10**-decimals  # an integer, which leaves a Fraction or an mpf exact
        return round(a / scale) * scale
    scale = 10**decimals
    return round(a * scale) / scale


mod = elementwise(
    "mod",
    operator.mod,
    (1, "choose(abs(z) == inf, 1, -round((x - z) / y))"),
    symbol="mod",
    latex=r"{x} \bmod {y}",
    numbers=RATIONAL,
    numpy=(np.mod,),
    doc="the remainder of x / y, with the sign of y: x − y · floor_divide(x, y)",
    example=(
        ">>> autograd.mod(-7.0, 2.0)  # -7 is -4 times 2, and 1\n1.0\n"
        ">>> autograd.grad(autograd.mod, argnums=1)(-7.0, 2.0)\n4.0"
    ),
)

identity = elementwise(
    "identity",
    "x",
    1,
    symbol="x",
    latex="{x}",
    numbers=ANY_NUMBER,
    numpy=(np.positive,),
    doc="x itself, as a node of its own",
    example=(
        ">>> x = autograd.Value(3.0)\n>>> y = autograd.identity(x)\n"
        ">>> y.data, y.parents == (x,)\n(3.0, True)"
    ),
)
