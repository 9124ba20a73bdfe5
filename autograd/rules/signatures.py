"""Types of the functions on arrays, as their callers see them: given a node, they return a Tensor.

At run time the decorators return the function as it is. A leading argument may be given by name;
the options beside it are then not checked, as one list of parameters can't be extended by a name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

from autograd.node.node import Node
from autograd.numbers.kinds import Array
from autograd.numbers.protocols import Numeric

if TYPE_CHECKING:
    # Of a room above this one: no more than the type of a result.
    from autograd.values.tensor import Tensor

Options = ParamSpec("Options")
NodeType = TypeVar("NodeType", bound=Node)


class OfArray(Protocol[Options]):
    """A function of one array, and of options that are not differentiated."""

    __name__: str

    @overload
    def __call__(self, x: Node, /, *args: Options.args, **options: Options.kwargs) -> Tensor: ...
    @overload
    def __call__(self, *, x: Node, **options: Any) -> Tensor: ...
    @overload
    def __call__(self, *, x: Any, **options: Any) -> Any: ...
    @overload
    def __call__(self, x: Any, /, *args: Options.args, **options: Options.kwargs) -> Any: ...


class OfTwoArrays(Protocol[Options]):
    """A function of two arrays."""

    __name__: str

    @overload
    def __call__(
        self, x: Node, y: Any, /, *args: Options.args, **options: Options.kwargs
    ) -> Tensor: ...
    @overload
    def __call__(
        self, x: Any, y: Node, /, *args: Options.args, **options: Options.kwargs
    ) -> Tensor: ...
    @overload
    def __call__(self, x: Node, *, y: Any, **options: Any) -> Tensor: ...
    @overload
    def __call__(self, x: Any, *, y: Node, **options: Any) -> Tensor: ...
    @overload
    def __call__(self, x: Any, *, y: Any, **options: Any) -> Any: ...
    @overload
    def __call__(
        self, x: Any, y: Any, /, *args: Options.args, **options: Options.kwargs
    ) -> Any: ...


class OfArrays(Protocol[Options]):
    """A function of a sequence of arrays."""

    __name__: str

    @overload
    def __call__(
        self, xs: Sequence[Node], /, *args: Options.args, **options: Options.kwargs
    ) -> Tensor: ...
    @overload
    def __call__(self, *, arrays: Sequence[Node], **options: Any) -> Tensor: ...
    @overload
    def __call__(self, *, arrays: Any, **options: Any) -> Any: ...
    @overload
    def __call__(self, xs: Any, /, *args: Options.args, **options: Options.kwargs) -> Any: ...


class OfOperands(Protocol):
    """A function of a text, and of any number of arrays."""

    __name__: str

    @overload
    def __call__(self, text: str, x: Node, /, *operands: Any, optimize: Any = ...) -> Tensor: ...
    @overload
    def __call__(
        self, text: str, x: Any, y: Node, /, *operands: Any, optimize: Any = ...
    ) -> Tensor: ...
    @overload
    def __call__(self, text: str, /, *operands: Any, optimize: Any = ...) -> Any: ...


class IntoArrays(Protocol):
    """A function that cuts an array into several."""

    __name__: str

    @overload
    def __call__(self, x: Node, indices_or_sections: Any, axis: int = 0) -> list[Tensor]: ...
    @overload
    def __call__(self, x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]: ...


class OfElements(Protocol[Options]):
    """A function of each element alone: it returns what it is given."""

    __name__: str

    @overload
    def __call__(self, x: float, /, *args: Options.args, **options: Options.kwargs) -> float: ...
    @overload
    def __call__(
        self, x: NodeType, /, *args: Options.args, **options: Options.kwargs
    ) -> NodeType: ...
    @overload
    def __call__(self, x: Array, /, *args: Options.args, **options: Options.kwargs) -> Array: ...
    @overload
    def __call__(self, *, x: NodeType, **options: Any) -> NodeType: ...
    @overload
    def __call__(self, *, x: Any, **options: Any) -> Any: ...
    @overload
    def __call__(self, x: Any, /, *args: Options.args, **options: Options.kwargs) -> Any: ...


class OfTwoElements(Protocol):
    """A function of two operands, element by element."""

    __name__: str

    @overload
    def __call__(self, x: float, y: float) -> float: ...
    @overload
    def __call__(self, x: NodeType, y: NodeType | float | Array) -> NodeType: ...
    @overload
    def __call__(self, x: float | Array, y: NodeType) -> NodeType: ...
    @overload
    def __call__(self, x: Array, y: Array | float) -> Array: ...
    @overload
    def __call__(self, x: float, y: Array) -> Array: ...
    @overload
    def __call__(self, x: Any, y: Any) -> Any: ...


def of_array(function: Callable[Concatenate[Any, Options], Numeric]) -> OfArray[Options]:
    """Declare the type of a function of one array."""
    return cast("OfArray[Options]", function)


def of_two_arrays(
    function: Callable[Concatenate[Any, Any, Options], Numeric],
) -> OfTwoArrays[Options]:
    """Declare the type of a function of two arrays."""
    return cast("OfTwoArrays[Options]", function)


def of_arrays(function: Callable[Concatenate[Any, Options], Numeric]) -> OfArrays[Options]:
    """Declare the type of a function of a sequence of arrays."""
    return cast("OfArrays[Options]", function)


def of_operands(function: Callable[..., Numeric]) -> OfOperands:
    """Declare the type of a function of a text and of arrays."""
    return cast("OfOperands", function)


def into_arrays(function: Callable[[Any, Any, int], list[Any]]) -> IntoArrays:
    """Declare the type of a function that splits an array."""
    return cast("IntoArrays", function)


def of_elements(function: Callable[Concatenate[Any, Options], Numeric]) -> OfElements[Options]:
    """Declare the type of a function of each element."""
    return cast("OfElements[Options]", function)


def of_two_elements(function: Callable[[Any, Any], Numeric | Node]) -> OfTwoElements:
    """Declare the type of a function of two operands."""
    return cast("OfTwoElements", function)
