"""A Tensor's methods that are named after ops on arrays. They are NumPy's, with its parameters.

NumPy's methods that work in place (``sort``, ``fill``) have no counterpart here: use the functions
``autograd.sort`` and ``autograd.set_at``.
"""

# The functions take arrays and Tensors and so return Any; of a Tensor they return a Tensor.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd.node.node import raw
from autograd.ops import indexing, linalg, norm, plain, reduction, shape, softmax
from autograd.ops.shape import Axis
from autograd.values.operators import Operators

if TYPE_CHECKING:
    from autograd.values.tensor import Tensor


class ArrayMethods(Operators):
    """Methods named after the functions in ``autograd`` that they call."""

    __slots__ = ()

    # Products --------------------------------------------------------------------------------

    def __matmul__(self, other: Any) -> Tensor:
        return linalg.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return linalg.matmul(other, self)

    def dot(self, other: Any) -> Tensor:
        """NumPy's ``dot``: for vectors and matrices the same as ``@``."""
        return linalg.dot_arrays(self, other)

    # Reductions ------------------------------------------------------------------------------

    def sum(self, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
        """Σ over ``axis``."""
        return reduction.sum(self, axis, keepdims=keepdims)

    def mean(self, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
        """The average over ``axis``."""
        return reduction.mean(self, axis, keepdims=keepdims)

    def prod(self, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
        """Π over ``axis``; its gradient is right for any number of zeros."""
        return reduction.prod(self, axis, keepdims=keepdims)

    def max(self, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
        """The largest over ``axis``; those that tie share the gradient."""
        return reduction.max(self, axis, keepdims=keepdims)

    def min(self, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
        """The smallest over ``axis``; those that tie share the gradient."""
        return reduction.min(self, axis, keepdims=keepdims)

    def var(self, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Tensor:
        """Σ(x − mean)² / (n − ddof) over ``axis``."""
        return reduction.var(self, axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Tensor:
        """√var over ``axis``; of equal numbers its gradient is 0."""
        return reduction.std(self, axis, ddof=ddof, keepdims=keepdims)

    def norm(self, ord: Any = None, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
        """The norm, as of ``numpy.linalg.norm``; of zeros its gradient is 0."""
        return norm.norm(self, ord, axis, keepdims=keepdims)

    def logsumexp(self, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
        """The log of Σ exp(x) over ``axis``, without overflow."""
        return softmax.logsumexp(self, axis, keepdims=keepdims)

    def softmax(self, axis: Axis = -1) -> Tensor:
        """exp(x) / Σ exp(x) along ``axis``."""
        return softmax.softmax(self, axis)

    def log_softmax(self, axis: Axis = -1) -> Tensor:
        """The log of softmax(x) along ``axis``."""
        return softmax.log_softmax(self, axis)

    def cumsum(self, axis: int | None = None) -> Tensor:
        """Running sums along ``axis``; of the flattened array for None."""
        return reduction.cumsum(self, axis)

    # Positions: plain integers ---------------------------------------------------------------

    def argmax(self, axis: int | None = None, *, keepdims: bool = False) -> Any:
        """The position of the first largest element: plain integers."""
        return plain.argmax(self, axis, keepdims=keepdims)

    def argmin(self, axis: int | None = None, *, keepdims: bool = False) -> Any:
        """The position of the first smallest element: plain integers."""
        return plain.argmin(self, axis, keepdims=keepdims)

    def argsort(self, axis: int | None = -1) -> Any:
        """The positions that sort the elements: plain integers."""
        return plain.argsort(self, axis)

    # Truths: plain booleans -----------------------------------------------------------------

    def any(self, axis: Axis = None, *, keepdims: bool = False) -> Any:
        """Whether any element isn't zero: a plain boolean or an array of them."""
        return raw(self).any(axis, keepdims=keepdims)

    def all(self, axis: Axis = None, *, keepdims: bool = False) -> Any:
        """Whether no element is zero: a plain boolean or an array of them."""
        return raw(self).all(axis, keepdims=keepdims)

    # Shapes ----------------------------------------------------------------------------------

    def reshape(self, *lengths: Any) -> Tensor:
        """The same elements in another shape: ``t.reshape(2, -1)`` or ``t.reshape((2, -1))``."""
        return shape.reshape(self, lengths[0] if len(lengths) == 1 else lengths)

    def ravel(self) -> Tensor:
        """The elements in one dimension."""
        return shape.ravel(self)

    def flatten(self) -> Tensor:
        """The elements in one dimension."""
        return shape.ravel(self)

    def squeeze(self, axis: Axis = None) -> Tensor:
        """Without the axes of length 1."""
        return shape.squeeze(self, axis)

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

    def swapaxes(self, axis1: int, axis2: int) -> Tensor:
        """Two axes in each other's place."""
        return shape.swapaxes(self, axis1, axis2)

    def expand_dims(self, axis: int | tuple[int, ...]) -> Tensor:
        """With new axes of length 1 at the positions ``axis``."""
        return shape.expand_dims(self, axis)

    def moveaxis(self, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
        """The axes at ``source`` moved to ``destination``."""
        return shape.moveaxis(self, source, destination)

    def broadcast_to(self, lengths: int | Sequence[int]) -> Tensor:
        """Repeated to a larger shape by the rules of broadcasting."""
        return shape.broadcast_to(self, lengths)

    def flip(self, axis: Axis = None) -> Tensor:
        """In reverse order along ``axis``: along all by default."""
        return shape.flip(self, axis)

    def roll(self, shift: Any, axis: Axis = None) -> Tensor:
        """Moved by ``shift`` along ``axis``; what is moved out comes in at the other end."""
        return shape.roll(self, shift, axis)

    def tile(self, reps: int | Sequence[int]) -> Tensor:
        """Repeated as a whole."""
        return shape.tile(self, reps)

    def pad(self, pad_width: Any, *, constant_values: Any = 0) -> Tensor:
        """With a border of constants."""
        return shape.pad(self, pad_width, constant_values=constant_values)

    def repeat(self, repeats: Any, axis: int | None = None) -> Tensor:
        """Each element repeated in place."""
        return indexing.repeat(self, repeats, axis)

    def astype(self, dtype: Any) -> Tensor:
        """The same numbers in another floating dtype."""
        return shape.astype(self, dtype)

    def copy(self) -> Tensor:
        """A copy that gradients flow back through."""
        return shape.copy(self)

    def clone(self) -> Tensor:
        """A copy that gradients flow back through."""
        return shape.copy(self)

    # Elements --------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Tensor:
        return indexing.getitem(self, index)

    def take(self, indices: Any, axis: int | None = None) -> Tensor:
        """The elements at ``indices`` along ``axis``; of the flattened array for None."""
        return indexing.take(self, indices, axis)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
        """The diagonal of two axes, as the last axis."""
        return indexing.diagonal(self, offset, axis1, axis2)

    def tril(self, k: int = 0) -> Tensor:
        """With zeros above diagonal ``k``."""
        return indexing.tril(self, k)

    def triu(self, k: int = 0) -> Tensor:
        """With zeros below diagonal ``k``."""
        return indexing.triu(self, k)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
        """The sum along a diagonal."""
        return indexing.trace(self, offset, axis1, axis2)
