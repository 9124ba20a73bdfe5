"""The incomplete gamma functions, and the density of the gamma distribution, their slope.

The shape ``a`` is a setting: no formula gives the derivative by it to the digits that the others
have. PyTorch has none either, and JAX's is a series of its own.
"""

from __future__ import annotations

from math import inf
from typing import Any

from autograd.numbers import incomplete_gamma
from autograd.numbers.kinds import Primitive, refuse_beyond_floats
from autograd.rules.define import elementwise
from autograd.rules.op import Edge

_POSITIVE = ((0.0, inf),)


def _gammainc_mp(mp: Any, x: Any, a: Any) -> Any:
    refuse_beyond_floats(mp, x)
    return mp.gammainc(a, 0, x, regularized=True)


def _gammaincc_mp(mp: Any, x: Any, a: Any) -> Any:
    refuse_beyond_floats(mp, x)
    return mp.gammainc(a, x, mp.inf, regularized=True)


def _gamma_density_mp(mp: Any, x: Any, a: Any) -> Any:
    refuse_beyond_floats(mp, x)
    if not 0 < x < mp.inf:
        return mp.mpf(incomplete_gamma.gamma_density(float(x), float(a)))
    return x ** (a - 1) * mp.exp(-x) * mp.rgamma(a)


_gammainc = Primitive(incomplete_gamma.gammainc, incomplete_gamma.gammainc_of_arrays, _gammainc_mp)
_gammaincc = Primitive(
    incomplete_gamma.gammaincc, incomplete_gamma.gammaincc_of_arrays, _gammaincc_mp
)
_gamma_density = Primitive(
    incomplete_gamma.gamma_density, incomplete_gamma.gamma_density_of_arrays, _gamma_density_mp
)

gammainc = elementwise(
    "gammainc",
    lambda x, *, a=1.0: _gammainc(x, a),
    "gamma_density(x, a=a)",
    latex=r"P(a, {x})",
    arrays=("a",),
    domain=_POSITIVE,
    edges=(Edge((0.0,), (1.0,), "the one-sided limit, of the shape 1"),),
    doc="the share of the gamma distribution of a shape that is below x",
    example=">>> f\"{autograd.special.gammainc(1.0, 2.0):.6f}\"  # 1 − e⁻²\n'0.864665'",
)

gammaincc = elementwise(
    "gammaincc",
    lambda x, *, a=1.0: _gammaincc(x, a),
    "-gamma_density(x, a=a)",
    latex=r"Q(a, {x})",
    arrays=("a",),
    domain=_POSITIVE,
    edges=(Edge((0.0,), (-1.0,), "the one-sided limit, of the shape 1"),),
    doc="the share of the gamma distribution of a shape that is above x",
    example=">>> f\"{autograd.special.gammaincc(1.0, 2.0):.6f}\"  # e⁻²\n'0.135335'",
)

gamma_density = elementwise(
    "gamma_density",
    lambda x, *, a=1.0: _gamma_density(x, a),
    "gamma_density(x, a=a - 1) - gamma_density(x, a=a)",
    latex=r"\frac{{{x}^{{a - 1}} e^{{-{x}}}}}{{\Gamma(a)}}",
    arrays=("a",),
    domain=_POSITIVE,
    doc="the slope of gammainc",
)
