"""Arrays of what is given, and read-only ones: ``Tensor.data`` is one."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from autograd.numbers.kinds import Array


class ReadOnly(np.ndarray[Any, Any]):
    """A view of a tensor's numbers, so that they can't change behind the graph's back.

    What is computed from it is a plain array. ``w.data -= step`` computes a new one too, which is
    then assigned to ``w.data``. A copy is an array like any other.
    """

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return array[()] if return_scalar else array.view(np.ndarray)

    def copy(self, order: Any = "C") -> Array:  # type: ignore[override]
        """Return a plain array, which may be written to."""
        return np.array(self, order=order, subok=False)

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def __reduce__(self) -> Any:
        return self.copy().__reduce__()

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.copy().__reduce_ex__(protocol)

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray))

    def __setitem__(self, index: Any, value: Any) -> None:
        if not self.flags.writeable:
            _refuse()
        super().__setitem__(index, value)

    # Augmented assignment computes a new array where this one can't be written to.

    def __iadd__(self, other: Any) -> Any:  # type: ignore[misc]
        return super().__iadd__(other) if self.flags.writeable else self + other

    def __isub__(self, other: Any) -> Any:  # type: ignore[misc]
        return super().__isub__(other) if self.flags.writeable else self - other

    def __imul__(self, other: Any) -> Any:  # type: ignore[misc]
        return super().__imul__(other) if self.flags.writeable else self * other

    def __itruediv__(self, other: Any) -> Any:  # type: ignore[misc]
        return super().__itruediv__(other) if self.flags.writeable else self / other

    def __ipow__(self, other: Any) -> Any:  # type: ignore[misc, override]
        return super().__ipow__(other) if self.flags.writeable else self**other

    def __imatmul__(self, other: Any) -> Any:  # type: ignore[misc]
        return super().__imatmul__(other) if self.flags.writeable else self @ other


def read_only(array: Array) -> Array:
    """Return a view of ``array`` that can't be written to; itself, if it is one."""
    if isinstance(array, ReadOnly) and not array.flags.writeable:
        return array
    view = array.view(ReadOnly)
    view.flags.writeable = False
    return view


def _refuse() -> NoReturn:
    raise ValueError(
        "the data of a Tensor can't be changed in place, for a graph may hold it: assign a new "
        "array, as in w.data = autograd.set_at(w.data, index, value) or w.data -= step"
    )


def of_plain_kind(data: Any) -> Any:
    """Return the argument; TypeError for a masked array, whose mask would be lost, and a matrix.

    The product of matrices is another than that of Tensors.
    """
    if isinstance(data, np.ndarray):
        if hasattr(data, "filled"):
            raise TypeError(
                "a Tensor has no mask: fill the masked array first, as in x.filled(0.0)"
            )
        if isinstance(data, np.matrix):
            raise TypeError(
                "the product of a numpy.matrix is x @ y, and of a Tensor x * y: make an array of "
                "it first, as in numpy.asarray(x)"
            )
    return data


def as_array(data: Any, make: Any = np.asarray) -> Any:
    """Return an array of what is given, made by ``make``.

    Raises
    ------
    TypeError
        If it is a masked array or a matrix.
    ValueError
        If it is a list whose rows differ in length.
    """
    try:
        return make(of_plain_kind(data))
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        raise ValueError(
            "a list whose rows differ in length is no array: pad the rows to one length, or make "
            "an array of each"
        ) from None
