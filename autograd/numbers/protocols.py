"""Types that annotations of the whole engine share."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol, TypeAlias

import numpy as np


class Numeric(Protocol):
    """A number, an array or a node: what can be added, multiplied and negated.

    Cotangents, tangents and contributions are such. None, functions, methods and ops aren't: this
    is what the type checker knows them by.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.extend import Numeric
    >>> def twice(x: Numeric) -> Numeric:
    ...     return x + x
    >>> twice(3.0), twice(Value(3.0)).data
    (6.0, 6.0)
    """

    def __add__(self, other: Any, /) -> Any: ...
    def __radd__(self, other: Any, /) -> Any: ...
    def __sub__(self, other: Any, /) -> Any: ...
    def __mul__(self, other: Any, /) -> Any: ...
    def __rmul__(self, other: Any, /) -> Any: ...
    def __truediv__(self, other: Any, /) -> Any: ...
    def __neg__(self) -> Any: ...


# One number of any kind. The numbers of mpmath, which ships no types, are Any to a type checker.
Scalar: TypeAlias = float | complex | Fraction | np.number[Any]
