"""Activation functions of neural networks. ``tanh`` is in ``trigonometric.py``."""

from __future__ import annotations

import cmath
from typing import Any

import numpy as np

from autograd.numbers import float_functions, kinds
from autograd.numbers.kinds import ANALYTIC, RATIONAL, Primitive
from autograd.rules.define import elementwise
from autograd.rules.op import Edge

relu = elementwise(
    "relu",
    Primitive(
        lambda x: x if x > 0 or x != x else 0.0,
        lambda x, **_: np.maximum(x, 0.0),
        exact=lambda x: max(x, 0 * x),
    ),
    "choose(x == 0, at_zero, x > 0) if at_zero else x > 0",
    settings={"at_zero": 0},
    latex=r"\operatorname{{ReLU}}({x})",
    numbers=RATIONAL,
    kinks=(0.0,),
    selects=True,
    compares=True,
    edges=(
        Edge((0.0,), (0.0,), "the smallest of the slopes from 0 to 1; at_zero= chooses another"),
    ),
    doc="max(x, 0)",
)

leaky_relu = elementwise(
    "leaky_relu",
    "choose(x > 0, x, slope * x)",
    "choose(x > 0, 1, slope)",
    settings={"slope": 0.01},
    numbers=RATIONAL,
    kinks=(0.0,),
    compares=True,
    edges=(Edge((0.0,), (0.01,), "the smallest of the slopes from slope to 1"),),
    doc="x above zero, slope·x below",
)

elu = elementwise(
    "elu",
    "choose(x > 0, x, alpha * expm1(x))",
    "choose(x > 0, 1, choose(x == 0, minimum(1, alpha), alpha * exp(x)))",
    settings={"alpha": 1.0},
    compares=True,
    doc="x above zero, α(eˣ − 1) below (Clevert et al. 2016)",
)

selu = elementwise(
    "selu",
    "selu_scale(x) * choose(x > 0, x, selu_alpha(x) * expm1(x))",
    "selu_scale(x) * choose(x >= 0, 1, selu_alpha(x) * exp(x))",
    kinks=(0.0,),
    compares=True,
    edges=(Edge((0.0,), (1.0507009873554805,), "the smaller of the two slopes"),),
    doc="the elu that keeps mean 0 and variance 1 (Klambauer et al. 2017)",
)

celu = elementwise(
    "celu",
    "choose(x > 0, x, alpha * expm1(x / alpha))",
    "choose(x > 0, 1, exp(x / alpha))",
    settings={"alpha": 1.0},
    compares=True,
    doc="x above zero, α(e^(x/α) − 1) below: smooth for every α (Barron 2017)",
)

gelu = elementwise(
    "gelu",
    "choose(x == -inf, 0 * sign(x),"
    " x * sigmoid(2 * sqrt_2_over_pi(x) * (x + gelu_cubic(x) * x * x * x)))"
    " if approximate == 'tanh' else choose(x == -inf, 0 * sign(x), x * normal_cdf(x))",
    "choose(abs(x) > 99, x > 0,"
    " sigmoid(2 * sqrt_2_over_pi(x) * (x + gelu_cubic(x) * x * x * x))"
    " + x * sigmoid_slope(2 * sqrt_2_over_pi(x) * (x + gelu_cubic(x) * x * x * x))"
    " * 2 * sqrt_2_over_pi(x) * (1 + 3 * gelu_cubic(x) * x * x))"
    " if approximate == 'tanh' else normal_cdf(x) + choose(abs(x) == inf, 0, x * normal_pdf(x))",
    settings={"approximate": "none"},
    choices={"approximate": ("none", "tanh")},
    latex=r"{x} \, \Phi({x})",
    doc="x Φ(x), exact or by tanh (Hendrycks & Gimpel 2016)",
)

sigmoid = elementwise(
    "sigmoid",
    Primitive(
        float_functions.sigmoid,
        float_functions.sigmoid_of_arrays,
        lambda mp, x: 1 / (1 + mp.exp(-x)),
        lambda x: 1 / (1 + cmath.exp(-x)),
    ),
    "sigmoid_slope(x)",
    symbol="σ",
    latex=r"\sigma({x})",
    numbers=ANALYTIC,
    doc="1/(1 + e⁻ˣ)",
)

sigmoid_slope = elementwise(
    "sigmoid_slope",
    Primitive(
        float_functions.sigmoid_slope,
        float_functions.sigmoid_slope_of_arrays,
        lambda mp, x: 1 / (2 + mp.exp(x) + mp.exp(-x)),
        lambda x: 1 / (2 + cmath.exp(x) + cmath.exp(-x)),
    ),
    "-tanh(x * half(x)) * z",
    symbol="σ′",
    latex=r"\sigma({x}) (1 - \sigma({x}))",
    numbers=ANALYTIC,
    doc="σ(x)(1 − σ(x)), without cancellation: the slope of sigmoid",
)

softplus = elementwise(
    "softplus",
    "maximum(x, 0) + log1p(exp(-beta * abs(x))) / beta",
    "sigmoid(beta * x)",
    settings={"beta": 1.0},
    latex=r"\ln(1 + e^{{{x}}})",
    doc="log(1 + e^(βx))/β",
)

logsigmoid = elementwise(
    "logsigmoid",
    "-softplus(-x)",
    "sigmoid(-x)",
    latex=r"\ln \sigma({x})",
    doc="log σ(x), accurate where σ(x) is 0 in floats",
)

silu = elementwise(
    "silu",
    "choose(x == -inf, 0, x * sigmoid(x))",
    "choose(abs(x) == inf, x > 0, sigmoid(x) * (1 + x * sigmoid(-x)))",
    latex=r"{x} \, \sigma({x})",
    doc="x σ(x), also called swish (Elfwing et al. 2018)",
)

mish = elementwise(
    "mish",
    "choose(x == -inf, 0, x * tanh(softplus(x)))",
    "choose(abs(x) == inf, x > 0, tanh(softplus(x)) + x * tanh_slope(softplus(x)) * sigmoid(x))",
    latex=r"{x} \tanh(\ln(1 + e^{{{x}}}))",
    doc="x tanh(softplus x) (Misra 2020)",
)

softsign = elementwise(
    "softsign",
    "choose(abs(x) == inf, sign(x), x / (1 + abs(x)))",
    "choose(abs(x) < 1e50, 1 / square(1 + abs(x)), 1 / (1 + abs(x)) / (1 + abs(x)))",
    latex=r"\frac{{{x}}}{{1 + |{x}|}}",
    numbers=RATIONAL,
    doc="x/(1 + |x|)",
)

hardtanh = elementwise(
    "hardtanh",
    "choose(x < lo, lo, choose(x > hi, hi, x))",
    "(x > lo) & (x < hi)",
    settings={"lo": -1, "hi": 1},
    numbers=RATIONAL,
    kinks=(-1.0, 1.0),
    selects=True,
    compares=True,
    edges=(Edge((1.0,), (0.0,), "the smallest of the slopes from 0 to 1"),),
    doc="x held between −1 and 1",
)


def _heaviside(x: Any, *, at_zero: float = 0) -> Any:
    above_or_at = kinds.choose(x == 0, at_zero, x)
    return kinds.choose(x > 0, 1, kinds.choose(x < 0, 0, above_or_at))


heaviside = elementwise(
    "heaviside",
    _heaviside,
    0,
    symbol="H",
    latex="H({x})",
    numbers=RATIONAL,
    kinks=(0.0,),
    edges=(Edge((0.0,), (0.0,), "flat on both sides of the jump"),),
    doc="1 above zero, 0 below, at_zero at zero: the threshold unit",
)

threshold = elementwise(
    "threshold",
    "choose(x <= at, value, x)",
    "x > at",
    settings={"at": 0, "value": 0},
    numbers=RATIONAL,
    kinks=(0.0,),
    selects=True,
    compares=True,
    edges=(Edge((0.0,), (0.0,), "the side of the constant"),),
    doc="x above a threshold, a constant at it and below",
)
