"""NumPy's calls on nodes (NEP 13, NEP 18): its names of parameters, and keywords that say nothing.

A function here has fewer parameters than NumPy's, and its first ones may have other names. So
arguments are read by NumPy's own signature. What only repeats a default, as ``out=None`` does, is
left out; ``dtype=`` converts the operands; what isn't here is refused by its name.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from inspect import Parameter, Signature, signature
from typing import Any, NamedTuple

import numpy as np

from autograd.node.node import Node
from autograd.numbers.kinds import Rule
from autograd.ops.running import cummax, cummin
from autograd.ops.scalars import operand
from autograd.ops.shape import astype
from autograd.ops.softmax import logsumexp
from autograd.rules.op import Elementwise, Op
from autograd.rules.op_registry import for_numpy

# Of these keywords no value changes a result: they say how an array lies in memory, or is sorted.
_NO_EFFECT = {"casting", "copy", "kind", "order", "overwrite_input", "stable", "subok"}
_IN_PLACE = {("nan_to_num", "copy")}


class _Parameters(NamedTuple):
    """What a function here takes: by position, and by name."""

    positions: tuple[str, ...]
    names: frozenset[str]
    any_number: bool
    any_name: bool


@lru_cache(maxsize=1024)
def _parameters(ours: Any) -> _Parameters:
    if isinstance(ours, Op):
        count = ours.arity if isinstance(ours, Elementwise) else 1
        return _Parameters(("",) * count, frozenset(ours.settings), False, False)
    found = signature(ours).parameters.values()
    kinds = {p.kind for p in found}
    by_position = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return _Parameters(
        tuple(p.name for p in found if p.kind in by_position),
        frozenset(p.name for p in found if p.kind is not Parameter.POSITIONAL_ONLY),
        Parameter.VAR_POSITIONAL in kinds,
        Parameter.VAR_KEYWORD in kinds,
    )


@lru_cache(maxsize=1024)
def _signature_in_numpy(function: Any) -> Signature | None:
    try:
        return signature(function)
    except (TypeError, ValueError):  # of some functions written in C, in older versions
        return None


def call(function: Rule, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Call what stands for a NumPy function here."""
    ours = for_numpy(function)
    if not kwargs and len(args) <= len(_parameters(ours).positions):
        return ours(*args)
    if _parameters(ours).any_name:  # NumPy's own function on plain numbers
        return ours(*args, **kwargs)
    given = _by_name(function, args, kwargs)
    if given is None:
        return ours(*args, **_meaningful(function, ours, dict(kwargs))[0])
    if _says(given, "where", True) or _says(given, "initial", None):
        from autograd.array_functions.masked import masked  # with all the rest of that room

        ours = masked(function) or ours
    positional = _positional(function, ours, given)
    named, dtype = _meaningful(function, ours, given)
    if dtype is None:
        return ours(*positional, **named)
    if isinstance(positional[0], Node):
        return ours(astype(positional[0], dtype), *positional[1:], **named)
    return astype(ours(*positional, **named), dtype)


def _by_name(
    function: Rule, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the arguments by NumPy's names; None for a function of any number of them."""
    theirs = _signature_in_numpy(function)
    if theirs is None or any(
        p.kind is Parameter.VAR_POSITIONAL for p in theirs.parameters.values()
    ):
        return None
    given: dict[str, Any] = {}
    for name, value in theirs.bind(*args, **kwargs).arguments.items():
        if theirs.parameters[name].kind is Parameter.VAR_KEYWORD:
            given |= value
        else:
            given[name] = value
    return given


def _says(given: Mapping[str, Any], name: str, nothing: Any) -> bool:
    value = given.get(name, nothing)
    return not (value is nothing or value is np._NoValue)


def _positional(function: Rule, ours: Rule, given: dict[str, Any]) -> list[Any]:
    """Take out the arguments that go by position: the first ones, which have other names here."""
    theirs = _signature_in_numpy(function)
    names = list(theirs.parameters) if theirs else []
    taken = []
    for mine, name in zip(_parameters(ours).positions, names, strict=False):
        if name not in given or (mine != name and mine in names):
            break
        taken.append(given.pop(name))
    return taken


def _meaningful(function: Rule, ours: Rule, given: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """Return the keywords that ours takes, and a dtype; TypeError for others that say something."""
    takes = _parameters(ours).names
    named = {name: x for name, x in given.items() if name in takes and x is not np._NoValue}
    dtype = given.get("dtype") if "dtype" not in takes else None
    for name, value in given.items():
        if name not in takes and name != "dtype" and not _is_neutral(function, name, value):
            raise TypeError(_refusal(function, name))
    return named, dtype


def _is_neutral(function: Rule, name: str, value: Any) -> bool:
    if name in _NO_EFFECT and (function.__name__, name) not in _IN_PLACE:
        return True
    if value is None or value is np._NoValue or (name == "where" and value is True):
        return True
    if name == "device" and isinstance(value, str) and value == "cpu":  # where all arrays are
        return True
    theirs = _signature_in_numpy(function)
    default = theirs.parameters[name].default if theirs and name in theirs.parameters else None
    plain = (bool, int, float, str)
    return isinstance(value, plain) and type(value) is type(default) and value == default


def _refusal(function: Rule, name: str) -> str:
    from autograd.rules.numpy_advice import refusal_of_keyword  # for an error alone

    return refusal_of_keyword(function, name)


# Ufuncs ------------------------------------------------------------------------------------------

# What the methods of a ufunc are here: functions of NumPy, or of ours that it hasn't.
_REDUCE: dict[Any, Any] = {
    np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min,
    np.fmax: np.nanmax, np.fmin: np.nanmin, np.logical_and: np.all, np.logical_or: np.any,
    np.logaddexp: logsumexp,
}  # fmt: skip
_ACCUMULATE: dict[Any, Any] = {
    np.add: np.cumsum, np.multiply: np.cumprod, np.maximum: cummax, np.minimum: cummin,
}  # fmt: skip
_METHODS = {"reduce": _REDUCE, "accumulate": _ACCUMULATE}
_INSTEAD = {
    "at": "use autograd.add_at or autograd.set_at, which make a new node",
    "reduceat": "take the sums of slices of x",
}


def call_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Call what stands for a ufunc with keywords, or for a method of it such as ``add.reduce``."""
    axis = kwargs.get("axis", 0)
    kwargs = {name: x for name, x in kwargs.items() if not _is_neutral(ufunc, name, x)}
    if any(x is not None for x in kwargs.pop("out", ())):
        raise TypeError(_refusal_of_out(ufunc, method))
    if method == "__call__":
        return _call_with(ufunc, inputs, kwargs)
    if method == "outer" and not kwargs:
        x, y = map(operand, inputs)
        return call(ufunc, (x.reshape(x.shape + (1,) * y.ndim), y), {})
    function = _METHODS.get(method, {}).get(ufunc)
    if function is None:
        known = [f"numpy.{f.__name__}.{method}" for f in _METHODS.get(method, {})]
        instead = _INSTEAD.get(method) or f"there are {', '.join(known)}; use functions of them"
        raise TypeError(
            f"numpy.{ufunc.__name__}.{method} on a node is not differentiable here: {instead}"
        )
    given = kwargs | {"axis": axis}
    if function in (cummax, cummin, logsumexp):
        return function(*inputs, **given)
    return call(function, inputs, given)


def _call_with(ufunc: Any, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    dtype = kwargs.pop("dtype", None)
    for name in kwargs:
        raise TypeError(_refusal(ufunc, name))
    if dtype is not None:
        inputs = tuple(astype(x, dtype) if isinstance(x, Node) else x for x in inputs)
    return for_numpy(ufunc)(*inputs)


def _refusal_of_out(ufunc: Any, method: str) -> str:
    called = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    ours: Any = for_numpy(ufunc)
    name = getattr(ours, "name", "") or ours.__name__
    instead = f" of autograd.{name}" if name in sys.modules["autograd"].__all__ else ""
    return (
        f"numpy.{called} with out= on a node is not differentiable here: it writes into an array, "
        f"where no gradient passes; use the result{instead}, as in a = a + x in place of a += x"
    )
