"""Settings, the keyword arguments of an op that aren't differentiated: a slope, an axis, an index.

A setting of an elementwise op is one for all elements, unless the op's record says that it may be
an array; and a node is never a setting.
"""

from __future__ import annotations

from fractions import Fraction
from inspect import Parameter, signature, unwrap
from math import isfinite
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.node.node import Node
from autograd.numbers.kinds import FLOAT, FRACTION, MPF, Rule, kind
from autograd.numbers.words import with_article

if TYPE_CHECKING:
    from autograd.rules.op import Op

Settings = dict[str, Any]


def declared(function: Rule) -> Settings:
    """Return a function's keyword-only parameters, with their defaults."""
    plain = unwrap(function)
    if isinstance(plain, BuiltinFunctionType):
        return {}
    if isinstance(plain, FunctionType):  # most are: ``signature`` would be a fifth of the import
        code, defaults = plain.__code__, plain.__kwdefaults__ or {}
        names = code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount]
        return {name: defaults.get(name, Parameter.empty) for name in names}
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):  # a ufunc says nothing of its parameters
        return {}
    return {p.name: p.default for p in parameters if p.kind is Parameter.KEYWORD_ONLY}


def checked(op: Op, given: Settings) -> Settings:
    """Return the settings that differ from their defaults; an error for what is none."""
    defaults = op.settings
    for name, setting in given.items():
        if name not in defaults:
            known = ", ".join(defaults) or "none"
            raise TypeError(f"{op.name} has no setting {name!r}; its settings: {known}")
        if isinstance(setting, Node):
            raise TypeError(_refusal(op, name, setting, "plain"))
    for name, words in op.choices.items():
        if name in given and not (isinstance(given[name], str) and given[name] in words):
            raise ValueError(f"{op.name}: {name} is one of {words}, got {given[name]!r}")
    return {name: v for name, v in given.items() if v is not defaults[name]}


def one_for_all(op: Op, given: Settings, arrays: tuple[str, ...]) -> Settings:
    """Return settings without NumPy's scalars; TypeError for arrays other than in ``arrays``."""
    plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in given.items()}
    for name, setting in plain.items():
        if name in arrays:
            continue
        if isinstance(op.settings[name], (int, float)):
            if not _is_real(setting):
                raise TypeError(_refusal(op, name, setting, "a plain number"))
        elif isinstance(setting, (np.ndarray, list)):
            raise TypeError(_refusal(op, name, setting, "one for all elements"))
    return plain


def _is_real(setting: Any) -> bool:
    try:
        return kind(setting) in (FLOAT, FRACTION, MPF)
    except TypeError:
        return False


def _refusal(op: Op, name: str, setting: Any, expected: str) -> str:
    return (
        f"{op.name}: {name} must be {expected}, got {with_article(setting)}: a setting is one "
        "for all elements and isn't differentiated; give a plain one, or write the op out with "
        "others, such as autograd.where"
    )


def exactly(op: Op, given: Settings) -> Settings:
    """Return settings as they are beside Fractions: a float as the Fraction that it is.

    The defaults too: else ``leaky_relu`` of a Fraction would be a float.
    """
    exact = {name: _as_fraction(v) for name, v in (op.settings | given).items()}
    return {name: v for name, v in exact.items() if v is not op.settings[name]}


def _as_fraction(setting: Any) -> Any:
    return Fraction(setting) if type(setting) is float and isfinite(setting) else setting
