"""Functions that JavaScript has as well, or ``primitives.js`` gives: of math, operator and NumPy.

A template has the operands as {0}, {1}; with p_ begins what is in ``primitives.js``.
"""

from __future__ import annotations

import builtins
import math
import operator
import re
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from autograd.living.terms import ATOM, EQUALITY, NUMBER, PRODUCT, RELATION, SIGN, SUM, TRUTH, Term

_CALLS: dict[str, tuple[Any, ...]] = {
    "Math.exp({0})": (math.exp, np.exp),
    "Math.expm1({0})": (math.expm1, np.expm1),
    "Math.pow(2, {0})": (math.exp2, np.exp2),
    "Math.log({0})": (math.log, np.log),
    "Math.log2({0})": (math.log2, np.log2),
    "Math.log10({0})": (math.log10, np.log10),
    "Math.log1p({0})": (math.log1p, np.log1p),
    "Math.sqrt({0})": (math.sqrt, np.sqrt),
    "Math.cbrt({0})": (math.cbrt, np.cbrt),
    "Math.sin({0})": (math.sin, np.sin),
    "Math.cos({0})": (math.cos, np.cos),
    "Math.tan({0})": (math.tan, np.tan),
    "Math.asin({0})": (math.asin, np.arcsin),
    "Math.acos({0})": (math.acos, np.arccos),
    "Math.atan({0})": (math.atan, np.arctan),
    "Math.atan2({0}, {1})": (math.atan2, np.arctan2),
    "Math.sinh({0})": (math.sinh, np.sinh),
    "Math.cosh({0})": (math.cosh, np.cosh),
    "Math.tanh({0})": (math.tanh, np.tanh),
    "Math.asinh({0})": (math.asinh, np.arcsinh),
    "Math.acosh({0})": (math.acosh, np.arccosh),
    "Math.atanh({0})": (math.atanh, np.arctanh),
    "p_hypot({0}, {1})": (math.hypot, np.hypot),
    "Math.abs({0})": (builtins.abs, operator.abs, math.fabs, np.abs, np.fabs),
    "Math.floor({0})": (np.floor,),
    "Math.ceil({0})": (np.ceil,),
    "Math.trunc({0})": (np.trunc,),
    "Math.sign({0})": (np.sign,),
    "p_rint({0})": (np.rint,),
    "p_pow({0}, {1})": (math.pow, operator.pow, np.power),
    "p_mod({0}, {1})": (operator.mod, np.mod),
    "p_floordiv({0}, {1})": (operator.floordiv, np.floor_divide),
    "p_remainder({0}, {1})": (math.remainder,),
    "p_copysign({0}, {1})": (math.copysign, np.copysign),
    "p_ldexp({0}, {1})": (math.ldexp, np.ldexp),
    "p_frexp({0})": (math.frexp, np.frexp),
    "p_erf({0})": (math.erf,),
    "p_erfc({0})": (math.erfc,),
    "p_max({0}, {1})": (builtins.max,),
    "p_min({0}, {1})": (builtins.min,),
    "p_maximum({0}, {1})": (np.maximum,),
    "p_minimum({0}, {1})": (np.minimum,),
}
# (template, how its operator binds, what the operands must bind)
_OPERATORS: dict[tuple[str, int, int, int], tuple[Any, ...]] = {
    ("{0} + {1}", SUM, SUM, PRODUCT): (operator.add, np.add),
    ("{0} - {1}", SUM, SUM, PRODUCT): (operator.sub, np.subtract),
    ("{0} * {1}", PRODUCT, PRODUCT, SIGN): (operator.mul, np.multiply),
    ("{0} / {1}", PRODUCT, PRODUCT, SIGN): (operator.truediv, np.divide),
    ("{0} % {1}", PRODUCT, PRODUCT, SIGN): (math.fmod, np.fmod),
    ("-{0}", SIGN, ATOM, ATOM): (operator.neg, np.negative),
    ("+{0}", SIGN, ATOM, ATOM): (operator.pos, builtins.float, np.positive, np.float64),
    # Python's integers have no zero with a sign.
    ("Math.floor({0}) + 0", SUM, 0, 0): (math.floor,),
    ("Math.ceil({0}) + 0", SUM, 0, 0): (math.ceil,),
    ("Math.trunc({0}) + 0", SUM, 0, 0): (math.trunc, builtins.int),
    ("p_rint({0}) + 0", SUM, 0, 0): (builtins.round,),
}
_TESTS: dict[tuple[str, int, int], tuple[Any, ...]] = {
    ("Number.isNaN({0})", ATOM, 0): (math.isnan, np.isnan),
    ("isFinite({0})", ATOM, 0): (math.isfinite, np.isfinite),
    ("Math.abs({0}) === Infinity", EQUALITY, 0): (math.isinf, np.isinf),
    ("{0} < {1}", RELATION, RELATION + 1): (operator.lt, np.less),
    ("{0} <= {1}", RELATION, RELATION + 1): (operator.le, np.less_equal),
    ("{0} > {1}", RELATION, RELATION + 1): (operator.gt, np.greater),
    ("{0} >= {1}", RELATION, RELATION + 1): (operator.ge, np.greater_equal),
    ("{0} === {1}", EQUALITY, RELATION): (operator.eq, np.equal),
    ("{0} !== {1}", EQUALITY, RELATION): (operator.ne, np.not_equal),
}


@cache
def _table() -> dict[Any, tuple[str, str, int, tuple[int, ...]]]:
    found: dict[Any, tuple[str, str, int, tuple[int, ...]]] = {}
    for text, functions in _CALLS.items():
        found |= dict.fromkeys(functions, (text, NUMBER, ATOM, (0, 0)))
    for (text, binds, *inside), functions in _OPERATORS.items():
        found |= dict.fromkeys(functions, (text, NUMBER, binds, tuple(inside)))
    for (text, binds, within), functions in _TESTS.items():
        found |= dict.fromkeys(functions, (text, TRUTH, binds, (within, within)))
    return found


def call_of(function: Any, operands: list[Term]) -> Term | None:
    """Return a call of a function that is known here; None for another function."""
    try:
        known = _table().get(function)
    except TypeError:  # not hashable
        return None
    if known is None:
        return None
    template, kind, binds, inside = known
    expected = len(set(re.findall(r"\{\d\}", template)))
    if function in (builtins.max, builtins.min, math.hypot) and len(operands) > 2:
        if function is math.hypot:
            return Term(f"Math.hypot({', '.join(x.number.text for x in operands)})")
        operands = [call_of(function, operands[:-1]) or operands[0], operands[-1]]
    if len(operands) != expected:
        return None
    if template == "+{0}" and operands[0].kind == NUMBER:
        return operands[0]
    texts = [x.number.within(b) for x, b in zip(operands, inside, strict=False)]
    return Term(template.format(*texts), kind, binds)


@cache
def _primitives() -> dict[str, str]:
    text = files(__package__).joinpath("primitives.js").read_text(encoding="utf-8")
    functions = re.findall(r"^function (p_\w+)\(.*?^}$", text, re.M | re.S)
    whole = re.findall(r"^function .*?^}$", text, re.M | re.S)
    return dict(zip(functions, whole, strict=True))


def primitives_of(script: str) -> str:
    """Return the functions of ``primitives.js`` that a script names, with what they name."""
    found: dict[str, str] = {}
    waiting = [script]
    while waiting:
        for name in re.findall(r"\bp_\w+(?=\()", waiting.pop()):
            if name not in found and name in _primitives():  # else it is in a user's string
                found[name] = _primitives()[name]
                waiting.append(found[name])
    return "\n".join(found[name] for name in _primitives() if name in found)
