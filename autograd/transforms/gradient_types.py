"""Types of the transforms, and of the functions that they return, as their callers see them.

At run time the decorators return the function as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol, cast, overload

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


class Hessian(Protocol):
    """The type of ``hessian``: for a number the Hessian is a number, for an array an array."""

    __name__: str

    @overload
    def __call__(self, f: Callable[..., Any], argnums: Literal[0] = 0) -> Gradient: ...
    @overload
    def __call__(
        self, f: Callable[..., Any], argnums: int | tuple[int, ...]
    ) -> Callable[..., Any]: ...


class HessianProduct(Protocol):
    """The type of ``hvp``: a product for each primal, of the primal's type."""

    __name__: str

    @overload
    def __call__(
        self, f: Callable[..., Any], primals: Sequence[float], tangents: Sequence[float]
    ) -> tuple[float, ...]: ...
    @overload
    def __call__(
        self, f: Callable[..., Any], primals: Sequence[Array], tangents: Sequence[Array]
    ) -> tuple[Array, ...]: ...
    @overload
    def __call__(
        self, f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]
    ) -> tuple[Any, ...]: ...


def of_second_order(transform: Callable[..., Callable[..., Any]]) -> Hessian:
    """Declare the type of ``hessian``."""
    return cast("Hessian", transform)


def of_directions(transform: Callable[..., tuple[Any, ...]]) -> HessianProduct:
    """Declare the type of ``hvp``."""
    return cast("HessianProduct", transform)
