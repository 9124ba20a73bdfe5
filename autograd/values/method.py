"""Makes methods of ops and functions: typed, each of which refers to its op."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from autograd.node.node import Node
from autograd.rules.op import Elementwise
from autograd.rules.op_texts import sentence
from autograd.rules.signatures import OfElements, OfTwoElements

NodeType = TypeVar("NodeType", bound=Node)
Options = ParamSpec("Options")
Result = TypeVar("Result")
Method = TypeVar("Method", bound=Callable[..., Any])


def method(op: Elementwise) -> Callable[[NodeType], NodeType]:
    """Return the method that applies an elementwise op of one operand."""

    def applied(self: NodeType) -> NodeType:
        return op(self)

    return _described(applied, op)


def binary_method(op: Elementwise) -> Callable[[NodeType, Any], NodeType]:
    """Return the method that applies an elementwise op to the node and another operand."""

    def applied(self: NodeType, other: Any) -> Any:
        return op(self, other)

    return _described(applied, op)


class Decorator(Protocol):
    """The type of a decorator that makes a method of a declaration of its parameters."""

    def __call__(
        self, declared: Callable[Concatenate[Any, Options], Any], /
    ) -> Callable[Concatenate[NodeType, Options], NodeType]: ...


def method_with_settings(op: Elementwise) -> Decorator:
    """Return a decorator that lets a method apply an elementwise op that has settings.

    The decorated method states the parameters, which are the op's settings in order, and is not
    called.
    """

    def decorator(
        declared: Callable[Concatenate[Any, Options], Any], /
    ) -> Callable[Concatenate[NodeType, Options], NodeType]:
        parameters = signature(declared)

        @wraps(declared)
        def applied(self: Any, /, *given: Any, **settings: Any) -> Any:
            if given:
                bound = parameters.bind(self, *given, **settings)
                settings = dict(list(bound.arguments.items())[1:])
            return op(self, **settings)

        return _described(applied, op)

    return decorator


def elementwise_function(
    function: OfElements[Options],
) -> Callable[Concatenate[NodeType, Options], NodeType]:
    """Return a function of each element as it is: in a class, a function is a method."""
    return function


def array_method(
    function: Callable[Concatenate[Any, Options], Result],
) -> Callable[Concatenate[Node, Options], Result]:
    """Return a function on arrays as it is: in a class, a function is a method."""
    return function


def _described(applied: Method, op: Elementwise) -> Method:
    applied.__name__ = op.name
    applied.__qualname__ = f"ElementMethods.{op.name}"
    applied.__doc__ = f"{sentence(op)} See ``autograd.{op.name}``."
    return applied


def binary_function(function: OfTwoElements) -> Callable[[NodeType, Any], NodeType]:
    """Return a function of two operands as it is: in a class, a function is a method."""
    return cast("Callable[[NodeType, Any], NodeType]", function)
