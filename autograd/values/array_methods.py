"""Methods of a Tensor that are named after ops on arrays. Their parameters are NumPy's.

NumPy's methods that work in place (``sort``, ``fill``) have no counterpart here: use the functions
``autograd.sort`` and ``autograd.set_at``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, ParamSpec, cast

import numpy as np

from autograd.node.node import Node, raw
from autograd.numbers.kinds import Rule
from autograd.ops import (
    diagonals,
    indexing,
    norm,
    plain,
    products,
    reduction,
    repeating,
    running,
    shape,
    softmax,
    spread,
)
from autograd.ops.shape import Axis
from autograd.values.method import array_method
from autograd.values.numpy_calls import call
from autograd.values.operators import Operators

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from autograd.values.tensor import Tensor

    Dtype = DTypeLike | None

Options = ParamSpec("Options")


def with_numpy_keywords(
    ours: Callable[..., Any], theirs: Rule
) -> Callable[[Callable[Options, Any]], Callable[Options, Tensor]]:
    """Return a decorator: the method is ours, and takes what its declaration has besides.

    Such keywords, as ``where=`` and ``dtype=``, go the way of NumPy's function. The decorated
    method states the parameters, and is not called.
    """
    names = signature(ours).parameters
    positions = sum(p.kind is not Parameter.KEYWORD_ONLY for p in names.values())

    def decorator(declared: Callable[Options, Any]) -> Callable[Options, Tensor]:
        further = signature(declared).parameters.keys() - names.keys()

        @wraps(declared)
        def applied(self: Node, *given: Any, **options: Any) -> Any:
            if len(given) < positions and not further & options.keys():
                return ours(self, *given, **options)
            return call(theirs, (self, *given), options)

        applied.__doc__ = ours.__doc__
        return cast("Callable[Options, Tensor]", applied)

    return decorator


class ArrayMethods(Operators[Any]):
    """Methods named after the functions in ``autograd`` that they call.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor
    >>> t = Tensor(np.arange(6.0).reshape(1, 2, 3))
    >>> t.T.shape, t.mT.shape, t.transpose(1, 0, 2).shape, t.reshape(3, -1).shape
    ((3, 2, 1), (1, 3, 2), (2, 1, 3), (3, 2))
    >>> bool(t.any()), bool(t.all())
    (True, False)
    >>> t.argsort(axis=1).shape, t.ravel("F").shape, t.flatten().shape, t.astype("float32").dtype
    ((1, 2, 3), (6,), (6,), dtype('float32'))
    """

    __slots__ = ()

    # Products
    __matmul__ = array_method(products.matmul)
    dot = array_method(products.dot_arrays)

    def __rmatmul__(self, other: object) -> Tensor:
        return products.matmul(other, self)

    # Reductions

    @with_numpy_keywords(reduction.sum, np.sum)
    def sum(
        self, axis: Axis = None, dtype: Dtype = None, out: None = None, *,
        keepdims: bool = False, initial: Any = None, where: Any = True,
    ) -> Any: ...  # fmt: skip
    @with_numpy_keywords(reduction.mean, np.mean)
    def mean(
        self, axis: Axis = None, dtype: Dtype = None, out: None = None, *,
        keepdims: bool = False, where: Any = True,
    ) -> Any: ...  # fmt: skip
    @with_numpy_keywords(reduction.prod, np.prod)
    def prod(
        self, axis: Axis = None, dtype: Dtype = None, out: None = None, *,
        keepdims: bool = False, initial: Any = None, where: Any = True,
    ) -> Any: ...  # fmt: skip
    @with_numpy_keywords(reduction.max, np.max)
    def max(
        self, axis: Axis = None, out: None = None, *,
        keepdims: bool = False, initial: Any = None, where: Any = True,
    ) -> Any: ...  # fmt: skip
    @with_numpy_keywords(reduction.min, np.min)
    def min(
        self, axis: Axis = None, out: None = None, *,
        keepdims: bool = False, initial: Any = None, where: Any = True,
    ) -> Any: ...  # fmt: skip
    @with_numpy_keywords(spread.var, np.var)
    def var(
        self, axis: Axis = None, dtype: Dtype = None, out: None = None, ddof: float = 0, *,
        correction: float | None = None, keepdims: bool = False, where: Any = True,
    ) -> Any: ...  # fmt: skip
    @with_numpy_keywords(spread.std, np.std)
    def std(
        self, axis: Axis = None, dtype: Dtype = None, out: None = None, ddof: float = 0, *,
        correction: float | None = None, keepdims: bool = False, where: Any = True,
    ) -> Any: ...  # fmt: skip
    @with_numpy_keywords(reduction.cumsum, np.cumsum)
    def cumsum(self, axis: int | None = None, dtype: Dtype = None, out: None = None) -> Any: ...
    @with_numpy_keywords(running.cumprod, np.cumprod)
    def cumprod(self, axis: int | None = None, dtype: Dtype = None, out: None = None) -> Any: ...

    norm = array_method(norm.norm)
    logsumexp = array_method(softmax.logsumexp)
    log_softmax = array_method(softmax.log_softmax)
    softmax = array_method(softmax.softmax)  # from here on the name is the method's

    # Positions: plain integers
    argmax = array_method(plain.argmax)
    argmin = array_method(plain.argmin)

    def argsort(
        self, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None
    ) -> Any:
        """The positions that sort along ``axis``: ``kind`` and ``stable`` say nothing here."""
        return plain.argsort(self, axis)

    # Truths: plain booleans

    def any(self, axis: Axis = None, *, keepdims: bool = False, where: Any = True) -> Any:
        """Whether any element isn't zero: a plain boolean or an array of them."""
        return raw(self).any(axis, keepdims=keepdims, where=where)

    def all(self, axis: Axis = None, *, keepdims: bool = False, where: Any = True) -> Any:
        """Whether no element is zero: a plain boolean or an array of them."""
        return raw(self).all(axis, keepdims=keepdims, where=where)

    # Shapes
    squeeze = array_method(shape.squeeze)
    swapaxes = array_method(shape.swapaxes)
    expand_dims = array_method(shape.expand_dims)
    moveaxis = array_method(shape.moveaxis)
    broadcast_to = array_method(shape.broadcast_to)
    flip = array_method(shape.flip)
    roll = array_method(shape.roll)
    tile = array_method(repeating.tile)
    pad = array_method(repeating.pad)
    repeat = array_method(repeating.repeat)
    copy = array_method(shape.copy)
    clone = array_method(shape.copy)

    def astype(self, dtype: DTypeLike, *, copy: bool = True) -> Tensor:
        """The elements in another floating dtype. NumPy's ``copy=`` says nothing here."""
        return shape.astype(self, dtype)

    def ravel(self, order: str = "C") -> Tensor:
        """The elements in one dimension, the last axis changing fastest; in "F" the first."""
        return shape.ravel(self, order=order)

    flatten = ravel

    # Elements
    __getitem__ = array_method(indexing.getitem)
    take = array_method(indexing.take)
    diagonal = array_method(diagonals.diagonal)
    tril = array_method(diagonals.tril)
    triu = array_method(diagonals.triu)

    @with_numpy_keywords(diagonals.trace, np.trace)
    def trace(
        self, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Dtype = None,
        out: None = None,
    ) -> Any: ...  # fmt: skip

    # Shapes, as NumPy's methods take them

    def reshape(self, *lengths: Any, order: str = "C") -> Tensor:
        """The same elements in another shape: ``t.reshape(2, -1)`` or ``t.reshape((2, -1))``."""
        return shape.reshape(self, lengths[0] if len(lengths) == 1 else lengths, order=order)

    def transpose(self, *axes: Any) -> Tensor:
        """The axes in another order: reversed by default."""
        if not axes or axes == (None,):
            return shape.transpose(self)
        return shape.transpose(self, axes[0] if isinstance(axes[0], Sequence) else axes)

    @property
    def T(self) -> Tensor:  # noqa: N802
        """The axes in reverse order."""
        return shape.transpose(self)

    @property
    def mT(self) -> Tensor:  # noqa: N802
        """The matrices of the last two axes, transposed."""
        return shape.swapaxes(self, -1, -2)
