"""``jit``: what users call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from autograd.replay.replayed import Replayed
from autograd.values.tensor import Tensor
from autograd.values.value import Value


def jit(
    function: Callable[..., Any],
    *,
    parameters: Iterable[Value | Tensor] = (),
    recordings: int = 16,
    threads: int | None = None,
    tensors: bool | None = None,
) -> Replayed:
    """Return a function that is recorded once and replayed at machine speed.

    The first call runs the function on Values or Tensors and records the graph; later calls replay
    it on other numbers. Python branches (``if x > 0``) are checked on every replay; where one would
    go the other way, or arguments have another shape or structure, the function is recorded again.
    A Value or Tensor that the function takes from outside is read anew at every call. Where a name
    from outside stands for another number or object, the function is recorded again.

    The function is run two or three times to record it, to be sure that it is always the same: it
    should have no side effects.

    Parameters
    ----------
    function : callable
        Of numbers, arrays and containers of them. It gets Values, and object arrays of Values or
        Tensors; bools, strings and None are handed on as they are.
    parameters : iterable of Value or Tensor, optional
        Variables that the function takes from outside, such as ``model.parameters()``. They become
        the first argument: one flat array, which an optimiser can update at once.
    recordings : int
        How many recordings to keep, of all kinds of arguments and branches together.
    threads : int, optional
        How many threads ``map`` and ``map_value_and_grad`` may take. By default one for small work,
        and else as many as there are cores for this process. Results have the same bits for any
        number.
    tensors : bool, optional
        Whether arrays are Tensors in the function, and those of whole numbers labels or positions;
        else they are object arrays of Values. By default as the parameters, or an argument, are.

    Returns
    -------
    Replayed
        With ``value_and_grad``, ``map``, ``map_value_and_grad``, ``open`` and ``recording``.

    Raises
    ------
    ImportError
        When it is called, if Numba isn't installed.

    Examples
    --------
    >>> from autograd import jit
    >>> fast = jit(lambda x, y: x * y + x)
    >>> fast(2.0, 3.0)
    8.0
    >>> fast.value_and_grad(2.0, 3.0, argnums=(0, 1))
    (8.0, (4.0, 2.0))

    Of Tensors, whole arrays are one instruction:

    >>> import numpy as np
    >>> norm = jit(lambda x: (x * x).sum(), tensors=True)
    >>> norm.value_and_grad(np.array([3.0, 4.0]))
    (25.0, array([6., 8.]))
    """
    return Replayed(function, parameters, recordings=recordings, threads=threads, tensors=tensors)
