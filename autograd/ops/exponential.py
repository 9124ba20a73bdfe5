"""Exponentials, logarithms, roots, and the integrals of the Gaussian."""

from __future__ import annotations

import cmath
import math
from math import inf
from typing import Any

import numpy as np

from autograd.numbers import float_functions
from autograd.numbers.kinds import ANALYTIC, Primitive, exp_of_mpf
from autograd.rules.define import elementwise
from autograd.rules.op import Edge

POSITIVE = ((0.0, inf),)


def _power_of_two(mp: Any, x: Any) -> Any:
    return exp_of_mpf(mp, x * mp.log(2))


exp = elementwise(
    "exp",
    Primitive(math.exp, np.exp, "exp", cmath.exp),
    "z",
    symbol="eˣ",
    latex="e^{{{x}}}",
    numbers=ANALYTIC,
    numpy=(np.exp,),
    doc="e to the power x",
    example=">>> x = autograd.Value(0.0)\n>>> autograd.exp(3 * x).backward()\n>>> x.grad\n3.0",
)

exp2 = elementwise(
    "exp2",
    Primitive(math.exp2, np.exp2, lambda mp, x: mp.power(2, x), lambda x: 2**x),
    "z * ln2(x)",
    symbol="2ˣ",
    latex="2^{{{x}}}",
    numbers=ANALYTIC,
    numpy=(np.exp2,),
    doc="2 to the power x",
    example=">>> autograd.exp2(10.0)\n1024.0",
)

expm1 = elementwise(
    "expm1",
    Primitive(math.expm1, np.expm1, "expm1", lambda x: complex(np.expm1(x))),
    "exp(x)",
    latex="e^{{{x}}} - 1",
    numbers=ANALYTIC,
    numpy=(np.expm1,),
    doc="eˣ − 1, accurate near 0",
    example=">>> autograd.expm1(1e-20), autograd.exp(1e-20) - 1\n(1e-20, 0.0)",
)

log = elementwise(
    "log",
    Primitive(math.log, np.log, "log", cmath.log),
    "1 / x",
    latex=r"\ln {x}",
    numbers=ANALYTIC,
    numpy=(np.log,),
    domain=POSITIVE,
    edges=(Edge((0.0,), (inf,), "the one-sided limit"),),
    doc="the natural logarithm",
    example=">>> autograd.grad(autograd.log)(4.0)\n0.25",
)

log2 = elementwise(
    "log2",
    Primitive(math.log2, np.log2, lambda mp, x: mp.log(x, 2), lambda x: cmath.log(x, 2)),
    "one_over_ln2(x) / x",
    latex=r"\log_2 {x}",
    numbers=ANALYTIC,
    numpy=(np.log2,),
    domain=POSITIVE,
    edges=(Edge((0.0,), (inf,), "the one-sided limit"),),
    doc="the logarithm to base 2",
    example=">>> autograd.log2(1024.0)\n10.0",
)

log10 = elementwise(
    "log10",
    Primitive(math.log10, np.log10, "log10", cmath.log10),
    "one_over_ln10(x) / x",
    latex=r"\log_{{10}} {x}",
    numbers=ANALYTIC,
    numpy=(np.log10,),
    domain=POSITIVE,
    edges=(Edge((0.0,), (inf,), "the one-sided limit"),),
    doc="the logarithm to base 10",
    example=">>> autograd.log10(1000.0)\n3.0",
)

log1p = elementwise(
    "log1p",
    Primitive(math.log1p, np.log1p, "log1p", lambda x: complex(np.log1p(x))),
    "1 / (1 + x)",
    latex=r"\ln(1 + {x})",
    numbers=ANALYTIC,
    numpy=(np.log1p,),
    domain=((-1.0, inf),),
    edges=(Edge((-1.0,), (inf,), "the one-sided limit"),),
    doc="log(1 + x), accurate near 0",
    example=">>> autograd.log1p(1e-20), autograd.log(1 + 1e-20)\n(1e-20, 0.0)",
)

sqrt = elementwise(
    "sqrt",
    Primitive(math.sqrt, np.sqrt, "sqrt", cmath.sqrt),
    "choose(x == 0, inf, half(x) / z)",
    symbol="√",
    latex=r"\sqrt{{{x}}}",
    numbers=ANALYTIC,
    numpy=(np.sqrt,),
    domain=POSITIVE,
    edges=(Edge((0.0,), (inf,), "the one-sided limit"),),
    doc="the square root",
    example=">>> autograd.value_and_grad(autograd.sqrt)(4.0)\n(2.0, 0.25)",
)

cbrt = elementwise(
    "cbrt",
    Primitive(
        float_functions.cbrt,
        float_functions.one_by_one(float_functions.cbrt),
        lambda mp, x: mp.sign(x) * mp.cbrt(abs(x)),
    ),
    "choose(x == 0, inf, choose(abs(x) == inf, 0, z / x / 3))",
    symbol="∛",
    latex=r"\sqrt[3]{{{x}}}",
    numpy=(np.cbrt,),
    edges=(Edge((0.0,), (inf,), "the limit from both sides"),),
    doc="the cube root, negative for a negative x",
    example=">>> autograd.cbrt(-8.0)\n-2.0\n>>> autograd.grad(autograd.cbrt)(0.0)\ninf",
)

logaddexp = elementwise(
    "logaddexp",
    Primitive(
        float_functions.logaddexp,
        np.logaddexp,
        lambda mp, x, y: max(x, y) + mp.log1p(exp_of_mpf(mp, -abs(x - y))),
    ),
    ("sigmoid_difference(x, y)", "sigmoid_difference(y, x)"),
    latex=r"\ln(e^{{{x}}} + e^{{{y}}})",
    numpy=(np.logaddexp,),
    doc="log(eˣ + eʸ), without overflow",
    example=(
        '>>> f"{autograd.logaddexp(1000.0, 1000.0):.4f}"  # 1000 + log 2\n'
        "'1000.6931'\n"
        ">>> autograd.grad(autograd.logaddexp, argnums=(0, 1))(1000.0, 1000.0)\n(0.5, 0.5)"
    ),
)

sigmoid_difference = elementwise(
    "sigmoid_difference",
    Primitive(
        float_functions.sigmoid_difference,
        float_functions.sigmoid_difference_of_arrays,
        lambda mp, x, y: 1 / (1 + exp_of_mpf(mp, y - x)),
    ),
    ("sigmoid_slope(x - y)", "-sigmoid_slope(x - y)"),
    latex=r"\sigma({x} - {y})",
    doc="σ(x − y), with the rounding of x − y made good: the slope of logaddexp",
)

logaddexp2 = elementwise(
    "logaddexp2",
    Primitive(
        float_functions.logaddexp2,
        np.logaddexp2,
        lambda mp, x, y: max(x, y) + mp.log1p(_power_of_two(mp, -abs(x - y))) / mp.log(2),
    ),
    ("logaddexp2_slope(x, y)", "logaddexp2_slope(y, x)"),
    latex=r"\log_2(2^{{{x}}} + 2^{{{y}}})",
    numpy=(np.logaddexp2,),
    doc="log₂(2ˣ + 2ʸ), without overflow",
    example=">>> autograd.logaddexp2(2000.0, 2000.0)\n2001.0",
)

logaddexp2_slope = elementwise(
    "logaddexp2_slope",
    Primitive(
        float_functions.logaddexp2_slope,
        float_functions.logaddexp2_slope_of_arrays,
        lambda mp, x, y: 1 / (1 + _power_of_two(mp, y - x)),
    ),
    (
        "ln2(x) * sigmoid_slope((x - y) * ln2(x))",
        "-(ln2(x) * sigmoid_slope((x - y) * ln2(x)))",
    ),
    latex=r"\frac{{1}}{{1 + 2^{{{y} - {x}}}}}",
    doc="2ˣ/(2ˣ + 2ʸ), with the rounding of x − y made good: the slope of logaddexp2",
)

xlogy = elementwise(
    "xlogy",
    "choose(x == 0, 0 * x, x * log(y))",
    ("choose((x == 0) & (y == 0), 0, log(y))", "choose((x == 0) & (y == 0), 0, x / y)"),
    latex=r"{x} \ln {y}",
    domain=((-inf, inf), (0.0, inf)),
    edges=(Edge((0.0, 0.0), (0.0, 0.0), "0 log 0 is 0, as in entropies"),),
    doc="x log y, and 0 where x is 0",
    example=(
        ">>> p = autograd.Tensor([0.0, 0.5, 0.5])\n"
        ">>> float((-autograd.xlogy(p, p).sum() / autograd.log(2.0)).data)  # an entropy, in "
        "bits\n1.0"
    ),
)

# The Gaussian and its integrals -----------------------------------------------------------------

gaussian = elementwise(
    "gaussian",
    Primitive(
        float_functions.gaussian,
        float_functions.gaussian_of_arrays,
        lambda mp, x: exp_of_mpf(mp, -x * x),
    ),
    "choose(abs(x) == inf, 0, -2 * (x * z))",
    latex="e^{{-{x}^2}}",
    doc="exp(−x²)",
)

erf = elementwise(
    "erf",
    Primitive(math.erf, float_functions.one_by_one(math.erf), "erf"),
    "two_over_sqrt_pi(x) * gaussian(x)",
    latex=r"\operatorname{{erf}}({x})",
    doc="the error function: 2/√π times the integral of exp(−t²) from 0 to x",
    example='>>> autograd.erf(0.0), autograd.erf(float("inf"))\n(0.0, 1.0)',
)

erfc = elementwise(
    "erfc",
    Primitive(math.erfc, float_functions.erfc_of_arrays, "erfc"),
    "-two_over_sqrt_pi(x) * gaussian(x)",
    latex=r"\operatorname{{erfc}}({x})",
    doc="1 − erf(x), accurate where erf(x) is near 1",
    example=">>> 1 - autograd.erf(10.0), f\"{autograd.erfc(10.0):.3g}\"\n(0.0, '2.09e-45')",
)

normal_pdf = elementwise(
    "normal_pdf",
    Primitive(
        float_functions.normal_pdf,
        float_functions.normal_pdf_of_arrays,
        lambda mp, x: exp_of_mpf(mp, -x * x / 2) / mp.sqrt(2 * mp.pi),
    ),
    "choose(abs(x) == inf, 0, -x * z)",
    symbol="φ",
    latex=r"\varphi({x})",
    doc="the density of the standard normal distribution",
)

normal_cdf = elementwise(
    "normal_cdf",
    Primitive(
        float_functions.normal_cdf,
        float_functions.normal_cdf_of_arrays,
        lambda mp, x: mp.erfc(-x / mp.sqrt(2)) / 2,
    ),
    "normal_pdf(x)",
    symbol="Φ",
    latex=r"\Phi({x})",
    doc="the distribution function of the standard normal distribution",
    example=(
        ">>> autograd.special.ndtr(0.0), f\"{autograd.special.ndtr(1.96):.3f}\"\n(0.5, '0.975')"
    ),
)
