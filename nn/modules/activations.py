"""Activation modules: ``ReLU()``, ``Tanh()`` and so on, each of one op of the engine.

The functions and their derivatives are autograd's. To add one, add a row at the end of this file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

import autograd
from autograd.extend import Elementwise, Numeric, ops
from init.activation_names import our_name
from init.argument_checks import close_matches
from nn.modules.module import Module
from nn.support.coercion import as_operand

Function: TypeAlias = Callable[[Any], Any]
ActivationLike: TypeAlias = str | Function | None
"""The type of every ``activation`` argument: the name of an elementwise op, in any case or as
Keras, PyTorch and scikit-learn write it ("swish", "LeakyReLU", "logistic"); a function of Tensors
and Values; an ``Activation``; or None, which is linear."""

_NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})


class Activation(Module):
    """An elementwise function as a part of a network.

    Parameters
    ----------
    function : str or callable
        The name of an elementwise op, or a function of Tensors and Values.
    **settings
        Of the op, such as the ``slope`` of "leaky_relu".

    Raises
    ------
    TypeError, ValueError
        For what is no activation, or a setting that it doesn't have.

    Examples
    --------
    >>> import nn
    >>> nn.Activation("relu")([-1.0, 2.0]).tolist()
    [0.0, 2.0]
    >>> nn.LeakyReLU(slope=0.5)([-1.0, 2.0]).tolist()
    [-0.5, 2.0]
    """

    def __init__(self, function: str | Function, **settings: Any) -> None:
        self.function = as_function(function, settings)

    def forward(self, x: Any) -> Numeric:
        """Apply the function to each element."""
        applied: Numeric = x if self.function is None else self.function(as_operand(x))
        return applied

    def extra_repr(self) -> str:
        return name_of(self.function) if self.function is not None else "linear"


class Named(Activation):
    """An activation that its class names; its settings are those of its op, by name."""

    op: ClassVar[Elementwise]

    def __init__(self, **settings: Any) -> None:
        super().__init__(self.op, **settings)

    def extra_repr(self) -> str:
        return _settings_of(self.function)


def as_function(activation: object, settings: Mapping[str, Any] = _NO_SETTINGS) -> Function | None:
    """Return an ``ActivationLike`` as a function with its settings; None for a linear one."""
    if isinstance(activation, str):
        activation = our_name(activation, ("linear", *ops()))
    if activation is None or activation in ("linear", "identity"):
        return None
    if isinstance(activation, Activation):
        return activation.function
    if isinstance(activation, str):
        function: Function = _op(activation)
    elif callable(activation) and not isinstance(activation, type):
        function = activation
    else:
        name = getattr(activation, "__name__", "")
        raise TypeError(
            "an activation must be the name of an op, a function or None, "
            f"got {activation!r}: write for example {f'{name}()' if name else repr('relu')}"
        )
    if isinstance(function, Elementwise):
        settings = function.own_settings(dict(settings))
    return partial(function, **settings) if settings else function


def _op(name: str) -> Elementwise:
    known = ops()
    if name not in known:
        raise ValueError(
            f"unknown activation {name!r}: {close_matches(name, known)}give the name of an "
            "elementwise op of autograd, or a function of Tensors and Values"
        )
    op = known[name]
    if not isinstance(op, Elementwise) or op.arity != 1:
        raise ValueError(
            f"an activation acts on each element alone, and {name!r} doesn't: "
            "choose another op, or pass a function"
        )
    return op


def name_of(function: Function) -> str:
    """Return the name of an op or a function, with the settings that were made."""
    if isinstance(function, partial):
        return f"{name_of(function.func)}({_settings_of(function)})"
    found: str = getattr(function, "name", "") or getattr(function, "__name__", repr(function))
    return found


def _settings_of(function: Function | None) -> str:
    settings = function.keywords if isinstance(function, partial) else {}
    return ", ".join(f"{name}={value!r}" for name, value in settings.items())


def _named(name: str, op: Elementwise) -> type[Named]:
    """Return the class for an op. To pickle, it must be found in this module under its name."""
    said = f"Each element's {op.name}: {op.doc}.\n\nSee ``autograd.{op.name}``."
    return type(name, (Named,), {"op": op, "__doc__": said})


CELU = _named("CELU", autograd.celu)
ELU = _named("ELU", autograd.elu)
GELU = _named("GELU", autograd.gelu)
Hardtanh = _named("Hardtanh", autograd.hardtanh)
Heaviside = _named("Heaviside", autograd.heaviside)
LeakyReLU = _named("LeakyReLU", autograd.leaky_relu)
LogSigmoid = _named("LogSigmoid", autograd.logsigmoid)
Mish = _named("Mish", autograd.mish)
ReLU = _named("ReLU", autograd.relu)
SELU = _named("SELU", autograd.selu)
Sigmoid = _named("Sigmoid", autograd.sigmoid)
SiLU = _named("SiLU", autograd.silu)
Softplus = _named("Softplus", autograd.softplus)
Softsign = _named("Softsign", autograd.softsign)
Tanh = _named("Tanh", autograd.tanh)
Threshold = _named("Threshold", autograd.threshold)
