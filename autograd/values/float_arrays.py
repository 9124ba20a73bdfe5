"""Converts the data of a Tensor to an array of real floats, and refuses all else."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from autograd.node.node import Node
from autograd.numbers.kinds import Array
from autograd.numbers.readonly import as_array
from autograd.numbers.unknown import is_unknown
from autograd.numbers.words import with_article
from autograd.rules.op import Op

_INSTEAD_OF_COMPLEX = (
    "compute with the real and the imaginary part as two Tensors, or with Values, which may be "
    "complex"
)
_DTYPES = (np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64))


def as_floats(data: Any, dtype: Any = None) -> Array:
    """Return a new array of what a Tensor is given; TypeError if it can't hold that."""
    if isinstance(data, Node):
        raise TypeError("a Tensor of a node: use .detach() or .data for a new leaf")
    array: Array = data if is_unknown(data) else as_array(data, np.array)
    if array.dtype not in _DTYPES:
        array = _converted(array)
    if dtype is None or array.dtype == dtype:
        return array
    if np.dtype(dtype) not in _DTYPES:
        raise TypeError(f"a Tensor's dtype is float16, float32 or float64, got {np.dtype(dtype)}")
    with np.errstate(over="ignore"):
        return array.astype(dtype)


def _converted(array: Array) -> Array:
    if array.dtype.kind in "iub":
        return array.astype(np.float64)
    native = array.dtype.newbyteorder("=")
    if native in _DTYPES:  # as a file from another machine has them
        return array.astype(native)
    advice = ""
    if array.dtype == object and any(isinstance(x, Node) for x in array.flat):
        advice = ": use Tensor.from_scalars for an array of Values"
    elif array.dtype.kind == "c":
        advice = f": {_INSTEAD_OF_COMPLEX}"
    raise TypeError(
        f"a Tensor holds real numbers (float16, float32 or float64), got dtype {array.dtype}"
        + advice
    )


def unreal(z: Array, op: Op, numbers: tuple[Any, ...]) -> TypeError:
    """Return the error for a result that isn't made of real floats."""
    kinds = [with_article(n) for n in numbers if type(n) is not np.ndarray]
    advice = "convert the other operand first, as in float(x)"
    if z.dtype.kind == "c":
        advice = _INSTEAD_OF_COMPLEX
    return TypeError(
        f"{op.name} of {' and '.join(['an array', *kinds])} gives {z.dtype}, and a Tensor "
        f"holds real floats: {advice}"
    )


def lost_in_an_array() -> str:
    """Return what an error says where a function that doesn't record asks for an array."""
    from autograd.rules.numpy_advice import instead_of_scipy_caller  # for an error alone

    return (
        "an array made of a variable would lose its gradient: use t.data or t.detach() for the "
        "plain numbers, or a function of autograd or numpy on t itself to go on; "
        "numpy.stack([t, u]) puts several together" + instead_of_scipy_caller(sys._getframe(2))
    )
