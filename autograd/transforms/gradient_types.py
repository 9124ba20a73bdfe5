"""Types of the functions that ``grad`` and ``value_and_grad`` return."""

from __future__ import annotations

from typing import Any, Protocol, overload

from autograd.numbers.kinds import Array


class Gradient(Protocol):
    """The gradient of a function by its first argument: of the kind of the argument."""

    @overload
    def __call__(self, x: float, /, *args: Any, **options: Any) -> float: ...
    @overload
    def __call__(self, x: Array, /, *args: Any, **options: Any) -> Array: ...
    @overload
    def __call__(self, *args: Any, **options: Any) -> Any: ...


class ValueAndGradient(Protocol):
    """A function's result, and its gradient by its first argument."""

    @overload
    def __call__(self, x: float, /, *args: Any, **options: Any) -> tuple[Any, float]: ...
    @overload
    def __call__(self, x: Array, /, *args: Any, **options: Any) -> tuple[Any, Array]: ...
    @overload
    def __call__(self, *args: Any, **options: Any) -> tuple[Any, Any]: ...
