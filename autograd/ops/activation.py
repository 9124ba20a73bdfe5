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
    example=(
        ">>> x = autograd.Tensor([-2.0, 0.0, 3.0])\n>>> autograd.relu(x).sum().backward()\n"
        ">>> x.grad\narray([0., 0., 1.])"
    ),
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
    example=(
        ">>> autograd.leaky_relu(-2.0, slope=0.25), autograd.leaky_relu(2.0, slope=0.25)\n"
        "(-0.5, 2.0)"
    ),
)

elu = elementwise(
    "elu",
    "choose(x > 0, x, alpha * expm1(x))",
    "choose(x > 0, 1, choose(x == 0, minimum(1, alpha), alpha * exp(x)))",
    settings={"alpha": 1.0},
    compares=True,
    doc="x above zero, α(eˣ − 1) below (Clevert et al. 2016)",
    example=">>> autograd.elu(5.0), autograd.elu(-1000.0)  # at least −α\n(5.0, -1.0)",
)

selu = elementwise(
    "selu",
    "selu_scale(x) * choose(x > 0, x, selu_alpha(x) * expm1(x))",
    "selu_scale(x) * choose(x >= 0, 1, selu_alpha(x) * exp(x))",
    kinks=(0.0,),
    compares=True,
    edges=(Edge((0.0,), (1.0507009873554805,), "the smaller of the two slopes"),),
    doc="the elu that keeps mean 0 and variance 1 (Klambauer et al. 2017)",
    example=(
        '>>> f"{autograd.selu(1.0):.4f}, {autograd.selu(-1000.0):.4f}"  # λ, and −λα\n'
        "'1.0507, -1.7581'"
    ),
)

celu = elementwise(
    "celu",
    "choose(x > 0, x, alpha * expm1(x / alpha))",
    "choose(x > 0, 1, exp(x / alpha))",
    settings={"alpha": 1.0},
    compares=True,
    doc="x above zero, α(e^(x/α) − 1) below: smooth for every α (Barron 2017)",
    example=(
        ">>> slope = autograd.grad(autograd.celu)\n"
        ">>> slope(1e-9, alpha=0.5), slope(-1e-9, alpha=0.5) > 0.99999  # no kink\n(1.0, True)"
    ),
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
    example=(
        ">>> autograd.value_and_grad(autograd.gelu)(0.0)  # Φ(0) is ½\n(0.0, 0.5)\n"
        '>>> autograd.gelu(1.0) - autograd.gelu(1.0, approximate="tanh") < 0.001\nTrue'
    ),
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
    doc="the logistic function 1/(1 + e⁻ˣ)",
    example=(
        ">>> autograd.value_and_grad(autograd.sigmoid)(0.0)  # σ(x)(1 − σ(x)) is ¼\n(0.5, 0.25)"
    ),
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
    example=(
        '>>> f"{autograd.softplus(0.0):.4f}", autograd.softplus(1000.0)  # log 2\n'
        "('0.6931', 1000.0)"
    ),
)

logsigmoid = elementwise(
    "logsigmoid",
    "-softplus(-x)",
    "sigmoid(-x)",
    latex=r"\ln \sigma({x})",
    doc="log σ(x), accurate where σ(x) is 0 in floats",
    example=(
        ">>> autograd.logsigmoid(-1000.0), autograd.log(autograd.sigmoid(-1000.0))\n(-1000.0, -inf)"
    ),
)

silu = elementwise(
    "silu",
    "choose(x == -inf, 0, x * sigmoid(x))",
    "choose(abs(x) == inf, x > 0, sigmoid(x) * (1 + x * sigmoid(-x)))",
    latex=r"{x} \, \sigma({x})",
    doc="x σ(x), also called swish (Elfwing et al. 2018)",
    example=">>> autograd.value_and_grad(autograd.silu)(0.0)\n(0.0, 0.5)",
)

mish = elementwise(
    "mish",
    "choose(x == -inf, 0, x * tanh(softplus(x)))",
    "choose(abs(x) == inf, x > 0, tanh(softplus(x)) + x * tanh_slope(softplus(x)) * sigmoid(x))",
    latex=r"{x} \tanh(\ln(1 + e^{{{x}}}))",
    doc="x tanh(softplus x) (Misra 2020)",
    example=(
        '>>> autograd.mish(0.0), f"{autograd.grad(autograd.mish)(0.0):.4f}"  # tanh(log 2)\n'
        "(0.0, '0.6000')"
    ),
)

softsign = elementwise(
    "softsign",
    "choose(abs(x) == inf, sign(x), x / (1 + abs(x)))",
    "choose(abs(x) < 1e50, 1 / square(1 + abs(x)), 1 / (1 + abs(x)) / (1 + abs(x)))",
    latex=r"\frac{{{x}}}{{1 + |{x}|}}",
    numbers=RATIONAL,
    doc="x/(1 + |x|)",
    example=(
        ">>> autograd.softsign(3.0), autograd.grad(autograd.softsign)(3.0)  # ¾, and 1/16\n"
        "(0.75, 0.0625)"
    ),
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
    example=(
        ">>> [autograd.hardtanh(x) for x in (-3.0, 0.25, 3.0)]\n[-1.0, 0.25, 1.0]\n"
        ">>> autograd.hardtanh(3.0, lo=0, hi=2)\n2.0"
    ),
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
    example=">>> [autograd.heaviside(x, at_zero=0.5) for x in (-2.0, 0.0, 2.0)]\n[0.0, 0.5, 1.0]",
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
    example=(
        ">>> [autograd.threshold(x, at=1, value=-5) for x in (0.5, 1.0, 2.0)]\n[-5.0, -5.0, 2.0]"
    ),
)
