"""Arrays whose numbers aren't known: another engine computed them and kept them to itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.numbers.kinds import DTypeLike
from autograd.numbers.readonly import ReadOnly


class Unknown(ReadOnly):
    """An array of which only shape and dtype are known; its elements are nan, and never shown."""

    def __reduce__(self) -> Any:
        return unknown, (self.shape, self.dtype)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__reduce__()


def unknown(shape: tuple[int, ...], dtype: DTypeLike = np.float64) -> Unknown:
    """Return an array of which only shape and dtype are known: pictures say "unknown".

    Examples
    --------
    >>> from autograd.numbers.unknown import unknown
    >>> from autograd.reading.formatting import number
    >>> number(unknown((2, 3)))
    'unknown'
    """
    return np.broadcast_to(np.array(np.nan, dtype), shape).view(Unknown)


def is_unknown(x: object) -> bool:
    """Whether ``x`` is an array of which only shape and dtype are known."""
    return isinstance(x, Unknown)
