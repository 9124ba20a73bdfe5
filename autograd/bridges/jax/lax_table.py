"""The table of JAX's primitives: for each, what computes the same in ops of this engine.

``SAME`` are primitives that are one op here. ``RULES`` have settings: a row is a function of the
equation that returns one of its operands, or None where that equation has no form here. What is in
neither stays JAX's alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograd.bridges.jax.lax_indexing import INDEXING
from autograd.bridges.jax.lax_linalg import LINALG
from autograd.bridges.jax.lax_shapes import SHAPES
from autograd.bridges.jax.lax_windows import WINDOWS
from autograd.node.node import Node, raw
from autograd.numbers.kinds import Rule
from autograd.ops import activation, arithmetic, exponential, probability, trigonometric
from autograd.ops.bessel import bessel_ie
from autograd.ops.determinant import det, slogdet
from autograd.ops.einsum import einsum
from autograd.ops.extremes import clip, maximum, minimum
from autograd.ops.products import matmul
from autograd.ops.reduction import cumsum, max, min, prod, sort, sum
from autograd.ops.selection import where
from autograd.ops.shape import flip
from autograd.ops.singular_values import pinv

SAME: dict[str, Rule] = {
    "abs": arithmetic.abs,
    "add": arithmetic.add,
    "add_any": arithmetic.add,
    "ceil": arithmetic.ceil,
    "copy": arithmetic.identity,
    "copy_p": arithmetic.identity,
    "div": arithmetic.div,
    "floor": arithmetic.floor,
    "max": maximum,
    "min": minimum,
    "mul": arithmetic.mul,
    "name": arithmetic.identity,
    "neg": arithmetic.neg,
    "pow": arithmetic.pow,
    "sign": arithmetic.sign,
    "square": arithmetic.square,
    "sub": arithmetic.sub,
    "cbrt": exponential.cbrt,
    "erf": exponential.erf,
    "erfc": exponential.erfc,
    "exp": exponential.exp,
    "exp2": exponential.exp2,
    "expm1": exponential.expm1,
    "log": exponential.log,
    "log1p": exponential.log1p,
    "logistic": activation.sigmoid,
    "sqrt": exponential.sqrt,
    "digamma": probability.digamma,
    "erf_inv": probability.erfinv,
    "lgamma": probability.lgamma,
    "acos": trigonometric.acos,
    "acosh": trigonometric.acosh,
    "asin": trigonometric.asin,
    "asinh": trigonometric.asinh,
    "atan": trigonometric.atan,
    "atan2": trigonometric.atan2,
    "atanh": trigonometric.atanh,
    "cos": trigonometric.cos,
    "cosh": trigonometric.cosh,
    "sin": trigonometric.sin,
    "sinh": trigonometric.sinh,
    "tan": trigonometric.tan,
    "tanh": trigonometric.tanh,
}

# Functions of JAX's own that come with a gradient of their own.
FUNCTIONS: dict[str, Rule] = {
    "relu": activation.relu,
    "xlogy": exponential.xlogy,
    "log_ndtr": probability.log_ndtr,
    "logit": probability.logit,
    "_det": det,
    "_pinv": pinv,
    "_slogdet_lu": slogdet,
}

SYMBOLS = {
    "dot_general": "@",
    "integer_pow": "xʸ",
    "reduce_sum": "Σ",
}


def _integer_pow(equation: Any) -> Rule:
    exponent = equation.params["y"]
    return lambda x: arithmetic.pow(x, exponent)


def _round(equation: Any) -> Rule | None:
    to_even = int(equation.params["rounding_method"]) == 1
    return arithmetic.round if to_even else None


def _clamp(equation: Any) -> Rule:
    def rule(lo: Any, x: Any, hi: Any) -> Any:
        if any(isinstance(each, Node) and each.requires_grad for each in (lo, hi)):
            return minimum(maximum(x, lo), hi)
        return clip(x, raw(lo), raw(hi))

    return rule


def _select_n(equation: Any) -> Rule:
    def rule(which: Any, *cases: Any) -> Any:
        found = cases[0]
        for k, case in enumerate(cases[1:], start=1):
            found = where(np.asarray(raw(which)) == k, case, found)
        return found

    return rule


def _polygamma(n: Any, x: Any) -> Any:
    """Return ψ⁽ⁿ⁾(x): JAX has n in an array, which is one number in nearly all programs."""
    orders = np.unique(raw(n))
    if orders.size != 1 or orders[0] % 1 or orders[0] < 0:
        raise ValueError(f"polygamma is here for one whole order from 0 on, got {orders}")
    order = int(orders[0])
    return probability.polygamma(x, n=order) if order else probability.digamma(x)


def _reduced(op: Rule) -> Callable[[Any], Rule]:
    return lambda equation: partial(op, axis=tuple(equation.params["axes"]))


def _cumsum(equation: Any) -> Rule:
    axis = equation.params["axis"]
    if equation.params["reverse"]:
        return lambda x: flip(cumsum(flip(x, axis), axis), axis)
    return partial(cumsum, axis=axis)


def _sort(equation: Any) -> Rule | None:
    return partial(sort, axis=equation.params["dimension"]) if len(equation.invars) == 1 else None


def _dot_general(equation: Any) -> Rule:
    (of_x, of_y), (batch_x, batch_y) = equation.params["dimension_numbers"]
    ranks = [x.aval.ndim for x in equation.invars]
    if (tuple(of_x), tuple(of_y), tuple(batch_x), ranks) == ((1,), (0,), (), [2, 2]):
        return matmul
    return partial(einsum, _subscripts(ranks, (of_x, of_y), (batch_x, batch_y)))


def _subscripts(ranks: list[int], summed: Any, batch: Any) -> str:
    """Return a contraction as text: batch axes come first, then those of x, then those of y."""
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    x, y = ([""] * rank for rank in ranks)
    for of_x, of_y in [*zip(*batch, strict=True), *zip(*summed, strict=True)]:
        x[of_x] = y[of_y] = next(letters)
    names = [[name or next(letters) for name in term] for term in (x, y)]
    gone = {names[0][k] for k in summed[0]}
    first = [names[0][k] for k in batch[0]]
    rest = [name for term in names for name in term if name not in gone and name not in first]
    return f"{''.join(names[0])},{''.join(names[1])}->{''.join(first + rest)}"


RULES: dict[str, Callable[[Any], Rule | None]] = {
    "clamp": _clamp,
    "cumsum": _cumsum,
    "dot_general": _dot_general,
    "integer_pow": _integer_pow,
    "polygamma": lambda _: _polygamma,
    "bessel_i0e": lambda _: bessel_ie,
    "bessel_i1e": lambda _: partial(bessel_ie, order=1),
    "reduce_max": _reduced(max),
    "reduce_min": _reduced(min),
    "reduce_prod": _reduced(prod),
    "reduce_sum": _reduced(sum),
    "round": _round,
    "rsqrt": lambda _: lambda x: arithmetic.pow(x, -0.5),
    "select_n": _select_n,
    "sort": _sort,
    "stop_gradient": lambda _: raw,
    **SHAPES,
    **INDEXING,
    **WINDOWS,
    **LINALG,
}
