"""Sealed arrays: what a Tensor holds while a function of Tensors is recorded for replay.

Its shape and dtype can be asked for, its numbers can't: a replay has others, and what was read here
would be fixed in the recording. So nothing can go stale unnoticed, neither in a user's function nor
in a rule: whoever reads the numbers gets an error. Ops are computed on what is inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


# Functions that ask for no number: for shapes, types and memory.
OF_SHAPES: frozenset[Any] = frozenset(
    {
        np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.iscomplexobj, np.isrealobj,
        np.may_share_memory, np.shares_memory, np.zeros_like, np.ones_like, np.empty_like,
        np.full_like,
    }
)  # fmt: skip


class SealedRead(TypeError):  # noqa: N818 - what happened, as StopIteration is
    """The numbers of a sealed array were asked for.

    Attributes
    ----------
    sealed : Sealed or None
        Whose, if it is known.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import jit
    >>> from autograd.extend import SealedRead
    >>> f = jit(lambda x: x * float(x.data[0]), tensors=True)
    >>> try:
    ...     f(np.array([1.0, 2.0]))
    ... except SealedRead:
    ...     print("the numbers differ in every replay")
    the numbers differ in every replay
    """

    def __init__(self, sealed: Sealed | None, what: str, why: str = "") -> None:
        super().__init__(
            why
            or f"{what} inside a function that is being recorded reads the numbers of an array, "
            "which differ in every replay: use functions of autograd on the Tensor itself, a "
            "comparison, or where"
        )
        self.sealed = sealed


class Sealed:
    """An array whose numbers can't be read.

    Attributes
    ----------
    shape, ndim, size, dtype
        As the array's.
    """

    __slots__ = ("_inside", "dtype", "ndim", "shape", "size")

    def __init__(self, inside: NDArray[Any]) -> None:
        self._inside = inside
        self.shape, self.ndim, self.size = inside.shape, inside.ndim, inside.size
        self.dtype = inside.dtype

    def __len__(self) -> int:
        return len(self._inside)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):  # what NumPy, or a rule, asks any object for
            raise AttributeError(name)
        raise SealedRead(self, f".{name}")

    def __array_ufunc__(self, ufunc: Any, method: str, *given: Any, **how: Any) -> NoReturn:
        raise SealedRead(self, f"numpy.{ufunc.__name__}")

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if not all(issubclass(cls, (Sealed, np.ndarray)) for cls in types):
            return NotImplemented  # a node, which knows what stands for the function
        if function not in OF_SHAPES:
            raise SealedRead(self, f"numpy.{function.__name__}")
        return function(*map(unsealed, args), **{name: unsealed(x) for name, x in kwargs.items()})

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise SealedRead(self, "a copy")

    def _refused(self, *others: Any, **more: Any) -> NoReturn:
        raise SealedRead(self, "arithmetic in NumPy or Python")

    def _with(self, other: Any) -> Any:
        if type(other) is not Sealed and hasattr(other, "_rank"):
            return NotImplemented  # a node, which records what it is computed with
        self._refused()

    __array__ = __bool__ = __float__ = __int__ = __index__ = __complex__ = __iter__ = _refused
    __getitem__ = __contains__ = __format__ = __round__ = __neg__ = __abs__ = _refused
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __invert__ = _refused
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _with
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = _with
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _with
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _with
    __hash__ = object.__hash__


def unsealed(x: Any) -> Any:
    """Return the array inside, for an op to compute on; what isn't sealed as it is.

    Of a tuple (an index of several axes), that of each place.
    """
    if type(x) is Sealed:
        return x._inside
    if type(x) is tuple:
        return tuple([unsealed(each) for each in x])
    return x
