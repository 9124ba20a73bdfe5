"""Trigonometric and hyperbolic functions and their inverses."""

from __future__ import annotations

import cmath
import math
from math import inf, pi
from typing import Any

import numpy as np

from autograd.numbers import float_functions
from autograd.numbers.kinds import ANALYTIC, ANY_NUMBER, Primitive, refuse_beyond_floats
from autograd.rules.define import elementwise
from autograd.rules.op import Edge

UNIT = ((-1.0, 1.0),)

sin = elementwise(
    "sin",
    Primitive(math.sin, np.sin, "sin", cmath.sin),
    "cos(x)",
    latex=r"\sin {x}",
    numbers=ANALYTIC,
    numpy=(np.sin,),
    doc="the sine of an angle in radians",
    example=">>> autograd.grad(autograd.sin)(0.0)\n1.0",
)

cos = elementwise(
    "cos",
    Primitive(math.cos, np.cos, "cos", cmath.cos),
    "-sin(x)",
    latex=r"\cos {x}",
    numbers=ANALYTIC,
    numpy=(np.cos,),
    doc="the cosine of an angle in radians",
    example=">>> autograd.grad(autograd.grad(autograd.cos))(0.0)  # cos″ is −cos\n-1.0",
)

tan = elementwise(
    "tan",
    Primitive(math.tan, np.tan, "tan", cmath.tan),
    "1 + z * z",
    latex=r"\tan {x}",
    numbers=ANALYTIC,
    numpy=(np.tan,),
    domain=((-pi / 2, pi / 2),),
    doc="the tangent of an angle in radians",
    example=">>> autograd.value_and_grad(autograd.tan)(0.0)\n(0.0, 1.0)",
)

asin = elementwise(
    "asin",
    Primitive(math.asin, np.arcsin, "asin", cmath.asin),
    "1 / sqrt(one_less_square(x))",
    latex=r"\arcsin {x}",
    numbers=ANALYTIC,
    numpy=(np.arcsin,),
    domain=UNIT,
    edges=(Edge((1.0,), (inf,), "the one-sided limit"),),
    doc="the angle in [−π/2, π/2] whose sine is x",
    example=(
        ">>> autograd.asin(0.0), autograd.grad(autograd.asin)(0.6)  # 1 / √(1 − 0.36)\n(0.0, 1.25)"
    ),
)

acos = elementwise(
    "acos",
    Primitive(math.acos, np.arccos, "acos", cmath.acos),
    "-1 / sqrt(one_less_square(x))",
    latex=r"\arccos {x}",
    numbers=ANALYTIC,
    numpy=(np.arccos,),
    domain=UNIT,
    edges=(Edge((1.0,), (-inf,), "the one-sided limit"),),
    doc="the angle in [0, π] whose cosine is x",
    example=">>> autograd.acos(1.0), autograd.grad(autograd.acos)(0.6)\n(0.0, -1.25)",
)

# Its own op for its slope, which as that of a product would cancel beside 0.
one_less_square = elementwise(
    "one_less_square",
    "(1 - x) * (1 + x)",
    "-2 * x",
    latex="(1 - {x}^2)",
    numbers=ANY_NUMBER,
    doc="1 − x², without cancellation beside 1: in the slopes of asin, acos and atanh",
)

atan = elementwise(
    "atan",
    Primitive(math.atan, np.arctan, "atan", cmath.atan),
    "1 / (1 + x * x)",
    latex=r"\arctan {x}",
    numbers=ANALYTIC,
    numpy=(np.arctan,),
    doc="the angle in [−π/2, π/2] whose tangent is x",
    example=">>> autograd.grad(autograd.atan)(2.0)  # 1 / (1 + x²)\n0.2",
)

atan2 = elementwise(
    "atan2",
    Primitive(math.atan2, np.arctan2, "atan2"),
    ("atan2_slope(x, y)", "-atan2_slope(y, x)"),
    latex=r"\operatorname{{atan2}}({x}, {y})",
    numpy=(np.arctan2,),
    edges=(Edge((0.0, 0.0), (0.0, 0.0), "every direction is possible: the smallest gradient"),),
    doc="the angle in (−π, π] of the point of height x and width y",
    example=(
        ">>> from math import pi\n"
        ">>> autograd.atan2(1.0, 0.0) == pi / 2, autograd.atan2(0.0, -1.0) == pi\n(True, True)"
    ),
)

atan2_slope = elementwise(
    "atan2_slope",
    Primitive(
        float_functions.atan2_slope,
        float_functions.atan2_slope_of_arrays,
        lambda mp, x, y: y / (x * x + y * y) if x or y else 0 * x,
    ),
    (
        "-2 * z * atan2_slope(y, x)",
        "choose((x == 0) & (y == 0), 0, choose(abs(x) + abs(y) == inf, 0,"
        " (x - y) / hypot(x, y) * ((x + y) / hypot(x, y)) / hypot(x, y) / hypot(x, y)))",
    ),
    latex=r"\frac{{{y}}}{{{x}^2 + {y}^2}}",
    edges=(Edge((0.0, 0.0), (0.0, 0.0), "it has no limit there"),),
    doc="y/(x² + y²), without overflow: the slope of atan2",
)

hypot = elementwise(
    "hypot",
    Primitive(math.hypot, np.hypot, "hypot"),
    ("hypot_slope(x, y)", "hypot_slope(y, x)"),
    latex=r"\sqrt{{{x}^2 + {y}^2}}",
    numpy=(np.hypot,),
    edges=(Edge((0.0, 0.0), (0.0, 0.0), "the tip of a cone: the smallest subgradient"),),
    doc="√(x² + y²), without overflow",
    example=(
        ">>> f'{autograd.hypot(3e200, 4e200):.6g}'\n'5e+200'\n"
        ">>> autograd.grad(autograd.hypot, argnums=(0, 1))(3.0, 4.0)\n(0.6, 0.8)"
    ),
)

hypot_slope = elementwise(
    "hypot_slope",
    Primitive(
        float_functions.hypot_slope,
        float_functions.hypot_slope_of_arrays,
        lambda mp, x, y: x / mp.hypot(x, y) if x or y else 0 * x,
    ),
    (
        "choose((x == 0) & (y == 0), 0, square(hypot_slope(y, x)) / hypot(x, y))",
        "choose((x == 0) & (y == 0), 0, -z * hypot_slope(y, x) / hypot(x, y))",
    ),
    latex=r"\frac{{{x}}}{{\sqrt{{{x}^2 + {y}^2}}}}",
    edges=(Edge((0.0, 0.0), (0.0, 0.0), "it has no limit there"),),
    doc="x/√(x² + y²), also where the root overflows: the slope of hypot",
)

sinc = elementwise(
    "sinc",
    Primitive(
        float_functions.sinc,
        float_functions.one_by_one(float_functions.sinc),
        lambda mp, x: mp.sincpi(x),
    ),
    "sinc_slope(x)",
    latex=r"\frac{{\sin \pi {x}}}{{\pi {x}}}",
    numpy=(np.sinc,),
    doc="sin(πx)/(πx), 1 at 0",
    example=">>> autograd.sinc(0.0), f'{autograd.sinc(0.5):.4f}'  # 2/π\n(1.0, '0.6366')",
)


def _sinc_slope_mp(mp: Any, x: Any) -> Any:
    if mp.mag(x) < -mp.prec or x == 0:  # all further terms of the series are below the last bit
        return -mp.pi * mp.pi * x / 3
    with mp.workprec(2 * mp.prec + 2 * abs(mp.mag(x))):
        slope = (mp.cospi(x) - mp.sincpi(x)) / x
    return +slope


sinc_slope = elementwise(
    "sinc_slope",
    Primitive(
        float_functions.sinc_slope,
        float_functions.one_by_one(float_functions.sinc_slope),
        _sinc_slope_mp,
    ),
    "sinc_derivative(x, order=2)",
    latex=r"\frac{{\cos \pi {x} - \operatorname{{sinc}} {x}}}{{{x}}}",
    doc="the slope of sinc",
)


def _sinc_derivative_mp(mp: Any, x: Any, order: int) -> Any:
    refuse_beyond_floats(mp, x)
    order = int(order)
    if mp.mag(x) < -mp.prec or x == 0:  # the rest of the series is below the last bit
        k = (order + 1) // 2
        return (-1) ** k * mp.pi ** (2 * k) * x ** (order % 2) / (2 * k + 1)
    with mp.workprec(2 * mp.prec + (order + 1) * (2 + abs(mp.mag(x)))):
        found = mp.sincpi(x)
        for n in range(1, order + 1):
            turned = (mp.sinpi, mp.cospi)[n % 2](x) * (-1) ** (n // 2)
            found = (mp.pi ** (n - 1) * turned - n * found) / x
    return +found


_sinc_derivative = Primitive(
    float_functions.sinc_derivative, float_functions.sinc_derivative_of_arrays, _sinc_derivative_mp
)

# An op with all orders in it, for each taken from a text of the last cancels beside 0.
sinc_derivative = elementwise(
    "sinc_derivative",
    lambda x, *, order=2: _sinc_derivative(x, order),
    "sinc_derivative(x, order=order + 1)",
    latex=r"\operatorname{{sinc}}^{{(n)}}({x})",
    doc="a derivative of sinc of any order, without cancellation beside 0",
)

# Hyperbolic -------------------------------------------------------------------------------------

sinh = elementwise(
    "sinh",
    Primitive(math.sinh, np.sinh, "sinh", cmath.sinh),
    "cosh(x)",
    latex=r"\sinh {x}",
    numbers=ANALYTIC,
    numpy=(np.sinh,),
    doc="the hyperbolic sine, (eˣ − e⁻ˣ)/2",
    example=">>> autograd.value_and_grad(autograd.sinh)(0.0)  # its slope is cosh\n(0.0, 1.0)",
)

cosh = elementwise(
    "cosh",
    Primitive(math.cosh, np.cosh, "cosh", cmath.cosh),
    "sinh(x)",
    latex=r"\cosh {x}",
    numbers=ANALYTIC,
    numpy=(np.cosh,),
    doc="the hyperbolic cosine, (eˣ + e⁻ˣ)/2",
    example=">>> autograd.value_and_grad(autograd.cosh)(0.0)  # its slope is sinh\n(1.0, 0.0)",
)

tanh = elementwise(
    "tanh",
    Primitive(math.tanh, np.tanh, "tanh", cmath.tanh),
    "tanh_slope(x)",
    latex=r"\tanh {x}",
    numbers=ANALYTIC,
    numpy=(np.tanh,),
    doc="the hyperbolic tangent, sinh x / cosh x",
    example=(
        ">>> x = autograd.Value(0.0)\n>>> autograd.tanh(2 * x).backward()\n"
        ">>> x.grad  # 2 · (1 − tanh² 0)\n2.0"
    ),
)

tanh_slope = elementwise(
    "tanh_slope",
    Primitive(
        float_functions.tanh_slope,
        float_functions.tanh_slope_of_arrays,
        lambda mp, x: mp.sech(x) ** 2,
        lambda x: 1 - cmath.tanh(x) ** 2,
    ),
    "-2 * tanh(x) * z",
    latex=r"(1 - \tanh^2 {x})",
    numbers=ANALYTIC,
    doc="1 − tanh²x, without cancellation: the slope of tanh",
)

asinh = elementwise(
    "asinh",
    Primitive(math.asinh, np.arcsinh, "asinh"),
    "1 / hypot(1, x)",
    latex=r"\operatorname{{arsinh}} {x}",
    numpy=(np.arcsinh,),
    doc="the number whose sinh is x",
    example=">>> autograd.grad(autograd.asinh)(0.75)  # 1 / √(1 + x²)\n0.8",
)

acosh = elementwise(
    "acosh",
    Primitive(math.acosh, np.arccosh, "acosh", cmath.acosh),
    "1 / sqrt(x - 1) / sqrt(x + 1)",
    latex=r"\operatorname{{arcosh}} {x}",
    numbers=ANALYTIC,
    numpy=(np.arccosh,),
    domain=((1.0, inf),),
    edges=(Edge((1.0,), (inf,), "the one-sided limit"),),
    doc="the number not below 0 whose cosh is x",
    example=">>> autograd.acosh(1.0)\n0.0",
)

atanh = elementwise(
    "atanh",
    Primitive(math.atanh, np.arctanh, "atanh", cmath.atanh),
    "1 / one_less_square(x)",
    latex=r"\operatorname{{artanh}} {x}",
    numbers=ANALYTIC,
    numpy=(np.arctanh,),
    domain=UNIT,
    edges=(Edge((1.0,), (inf,), "the one-sided limit"),),
    doc="the number whose tanh is x",
    example=">>> autograd.atanh(0.0), autograd.atanh(1.0)\n(0.0, inf)",
)
