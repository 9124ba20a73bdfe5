"""Rules for aten ops that work element by element: arithmetic, functions, activations."""

from __future__ import annotations

from math import log, pi
from typing import Any

import numpy as np

import autograd.ops.activation as act
import autograd.ops.arithmetic as arith
import autograd.ops.exponential as expo
import autograd.ops.extremes as ext
import autograd.ops.probability as prob
import autograd.ops.trigonometric as trig
from autograd.bridges.torch.aten_rules import NoRule, Rule, along, cast, plain
from autograd.ops import bessel, entropies
from autograd.ops.gamma_distribution import gammainc, gammaincc
from autograd.ops.selection import where
from autograd.ops.shape import broadcast_to, copy


def _divided(x: Any, y: Any, *, rounding_mode: str | None = None) -> Any:
    if rounding_mode is None:
        return x / y
    return _trunc(x / y) if rounding_mode == "trunc" else arith.floor(x / y)


def _trunc(x: Any) -> Any:
    return where(plain(x) < 0, arith.ceil(x), arith.floor(x))


def _fmod(x: Any, y: Any) -> Any:
    divisor = arith.abs(y)
    return where(plain(x) < 0, -arith.mod(-x, divisor), arith.mod(x, divisor))


def _round(x: Any, *, decimals: int = 0) -> Any:
    scale = 10.0 ** abs(decimals)
    if decimals == 0:
        return arith.round(x)
    return arith.round(x * scale) / scale if decimals > 0 else arith.round(x / scale) * scale


def _clamp(x: Any, lo: Any = None, hi: Any = None) -> Any:
    return ext.clip(x, lo, hi)


def _clamp_by_tensors(x: Any, lo: Any = None, hi: Any = None) -> Any:
    above = x if lo is None else where(plain(x) < plain(lo), lo, x)
    return above if hi is None else where(plain(above) > plain(hi), hi, above)


def _logit(x: Any, eps: float | None = None) -> Any:
    return prob.logit(x if eps is None else ext.clip(x, eps, 1 - eps))


def _mvlgamma(x: Any, p: int) -> Any:
    found = x * 0 + p * (p - 1) / 4 * log(pi)
    for j in range(p):
        found = found + prob.lgamma(x - j / 2)
    return found


def _nan_to_num(x: Any, nan: Any = None, posinf: Any = None, neginf: Any = None) -> Any:
    most = float(np.finfo(plain(x).dtype).max)
    x = where(plain(x) == np.inf, most if posinf is None else posinf, x)
    x = where(plain(x) == -np.inf, -most if neginf is None else neginf, x)
    return where(np.isnan(plain(x)), 0.0 if nan is None else nan, x)


def _elu(x: Any, alpha: float = 1, scale: float = 1, input_scale: float = 1) -> Any:
    below = (alpha * scale) * expo.expm1(input_scale * x)
    return where(plain(x) > 0, scale * x, below)


def _softplus(x: Any, beta: float = 1, threshold: float = 20) -> Any:
    # Beyond its threshold torch gives x itself, which is off by e⁻²⁰.
    return where(plain(x) * beta > threshold, x, act.softplus(x, beta=beta))


def _prelu(x: Any, weight: Any) -> Any:
    return where(plain(x) > 0, x, weight * x)


def _rrelu(x: Any, noise: Any, lower: float = 1 / 8, upper: float = 1 / 3, *more: Any) -> Any:
    if more and more[0]:
        raise NoRule("rrelu draws its slopes while it trains")
    return act.leaky_relu(x, slope=(lower + upper) / 2)


def _glu(x: Any, dim: int = -1) -> Any:
    half = x.shape[dim] // 2
    below, above = slice(None, half), slice(half, None)
    return x[along(dim, x.ndim, below)] * act.sigmoid(x[along(dim, x.ndim, above)])


def _soft_shrunk(x: Any, lambd: float = 0.5) -> Any:
    near = where(plain(x) < -lambd, x + lambd, 0.0 * x)
    return where(plain(x) > lambd, x - lambd, near)


def _hard_shrunk(x: Any, lambd: float = 0.5) -> Any:
    inside = (plain(x) >= -lambd) & (plain(x) <= lambd)
    return where(inside, 0.0, x)


def _sixth(x: Any) -> Any:
    return ext.clip(x + 3, 0.0, 6.0) / 6


def _hardswish(x: Any) -> Any:
    inside = where(plain(x) >= 3, x, x * (x + 3) / 6)
    return where(plain(x) <= -3, 0.0 * x, inside)


def _lerp(x: Any, end: Any, weight: Any) -> Any:
    return x + weight * (end - x)


def _copied(x: Any, source: Any, non_blocking: bool = False) -> Any:
    return cast(broadcast_to(source, x.shape), plain(x).dtype)


def _filled(x: Any, value: Any) -> Any:
    return broadcast_to(value, x.shape) if np.ndim(plain(value)) == 0 else copy(value)


def _where_shown(condition: Any, x: Any, y: Any) -> Any:
    return where(plain(condition) != 0, x, y)


def _unchanged(x: Any, **layout: Any) -> Any:
    return copy(x)


def _in_dtype(x: Any, *, dtype: Any = None, **layout: Any) -> Any:
    return cast(copy(x), dtype)


RULES: dict[str, Rule] = {
    # arithmetic
    "add": lambda x, y, alpha=1: x + (y if alpha == 1 else alpha * y),
    "sub": lambda x, y, alpha=1: x - (y if alpha == 1 else alpha * y),
    "rsub": lambda x, y, alpha=1: y - (x if alpha == 1 else alpha * x),
    "mul": lambda x, y: x * y,
    "div": _divided,
    "neg": lambda x: -x,
    "pow": arith.pow,
    "reciprocal": arith.reciprocal,
    "addcmul": lambda x, a, b, *, value=1: x + value * (a * b),
    "addcdiv": lambda x, a, b, *, value=1: x + value * (a / b),
    "lerp": _lerp,
    "fmod": _fmod,
    "remainder": arith.mod,
    "abs": arith.abs,
    "sign": arith.sign,
    "sgn": arith.sign,
    "floor": arith.floor,
    "ceil": arith.ceil,
    "trunc": _trunc,
    "frac": lambda x: x - _trunc(x),
    "round": _round,
    "copysign": lambda x, y: where(np.signbit(plain(y)), -arith.abs(x), arith.abs(x)),
    # exponential
    "exp": expo.exp,
    "exp2": expo.exp2,
    "expm1": expo.expm1,
    "log": expo.log,
    "log2": expo.log2,
    "log10": expo.log10,
    "log1p": expo.log1p,
    "sqrt": expo.sqrt,
    "rsqrt": lambda x: arith.pow(x, -0.5),
    "logaddexp": expo.logaddexp,
    "logaddexp2": lambda x, y: expo.logaddexp(x * np.log(2), y * np.log(2)) / np.log(2),
    "logit": _logit,
    "lgamma": prob.lgamma,
    "digamma": prob.digamma,
    "polygamma": lambda n, x: prob.polygamma(x, n=n) if n else prob.digamma(x),
    "mvlgamma": _mvlgamma,
    "erfinv": prob.erfinv,
    "special_log_ndtr": prob.log_ndtr,
    "special_ndtri": prob.ndtri,
    "i0": bessel.bessel_i,
    "special_i1": bessel.i1,
    "special_i0e": bessel.i0e,
    "special_i1e": bessel.i1e,
    "igamma": lambda a, x: gammainc(x, a=plain(a)),
    "igammac": lambda a, x: gammaincc(x, a=plain(a)),
    "xlogy": expo.xlogy,
    "special_xlog1py": entropies.xlog1py,
    "special_entr": entropies.entr,
    "special_erfcx": entropies.erfcx,
    "erf": expo.erf,
    "erfc": expo.erfc,
    # trigonometric
    "sin": trig.sin,
    "cos": trig.cos,
    "tan": trig.tan,
    "asin": trig.asin,
    "acos": trig.acos,
    "atan": trig.atan,
    "atan2": trig.atan2,
    "sinh": trig.sinh,
    "cosh": trig.cosh,
    "tanh": trig.tanh,
    "asinh": trig.asinh,
    "acosh": trig.acosh,
    "atanh": trig.atanh,
    "sinc": trig.sinc,
    "hypot": trig.hypot,
    "deg2rad": lambda x: x * (pi / 180),
    "rad2deg": lambda x: x * (180 / pi),
    # choosing
    "where": _where_shown,
    "masked_fill": lambda x, mask, value: where(plain(mask), value, x),
    "maximum": ext.maximum,
    "minimum": ext.minimum,
    "fmax": lambda x, y: where(
        np.isnan(plain(y)), x, where(np.isnan(plain(x)), y, ext.maximum(x, y))
    ),
    "fmin": lambda x, y: where(
        np.isnan(plain(y)), x, where(np.isnan(plain(x)), y, ext.minimum(x, y))
    ),
    "clamp": _clamp,
    "clamp.Tensor": _clamp_by_tensors,
    "clamp_min": _clamp,
    "clamp_min.Tensor": ext.maximum,
    "clamp_max": lambda x, hi: ext.clip(x, None, hi),
    "clamp_max.Tensor": ext.minimum,
    "nan_to_num": _nan_to_num,
    # activations
    "relu": act.relu,
    "sigmoid": act.sigmoid,
    "gelu": lambda x, *, approximate="none": act.gelu(x, approximate=approximate),
    "silu": act.silu,
    "mish": act.mish,
    "leaky_relu": lambda x, slope=0.01: act.leaky_relu(x, slope=slope),
    "elu": _elu,
    "celu": lambda x, alpha=1.0: act.celu(x, alpha=alpha),
    "softplus": _softplus,
    "log_sigmoid_forward": lambda x: (act.logsigmoid(x), None),
    "hardtanh": lambda x, lo=-1, hi=1: act.hardtanh(x, lo=lo, hi=hi),
    "hardsigmoid": _sixth,
    "hardswish": _hardswish,
    "hardshrink": _hard_shrunk,
    "softshrink": _soft_shrunk,
    "threshold": lambda x, threshold, value: act.threshold(x, at=threshold, value=value),
    "_prelu_kernel": _prelu,
    "rrelu_with_noise": _rrelu,
    "glu": _glu,
    # copies
    "clone": _unchanged,
    "alias": _unchanged,
    "lift_fresh": _unchanged,
    "_to_copy": _in_dtype,
    "copy": _copied,
    "fill": _filled,
    "zero": lambda x: 0 * x,
}
