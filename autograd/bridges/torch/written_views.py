"""Operations that write into a view of a tensor: how the whole tensor follows from them.

Torch's graph has a node ``CopySlices`` for the whole: it was computed from what it was before, and
from what was written. The elements of the view are known by their places in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.numbers.kinds import Array
from autograd.ops.indexing import set_at, take
from autograd.ops.shape import ravel, reshape

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class View:
    """Where a view's elements are in the memory of the tensor that it is a view of."""

    shape: Shape
    strides: Shape
    offset: int
    base_shape: Shape
    base_strides: Shape

    def places(self) -> Array:
        """Return for each element of the view its place in the whole, counted in C order."""
        reach = 1 + sum(
            (n - 1) * s for n, s in zip(self.base_shape, self.base_strides, strict=True)
        )
        memory = np.zeros(max(reach, 1), np.intp)
        count = int(np.prod(self.base_shape))
        _strided(memory, self.base_shape, self.base_strides)[...] = np.arange(count).reshape(
            self.base_shape
        )
        return np.array(_strided(memory[self.offset :], self.shape, self.strides))


def _strided(memory: Array, shape: Shape, strides: Shape) -> Array:
    steps = tuple(memory.itemsize * step for step in strides)
    return np.lib.stride_tricks.as_strided(memory, shape, steps)


def view_of(tensor: Any) -> View | None:
    """Return where a torch tensor is in the one that it is a view of; None if it is no view."""
    base = tensor._base
    if base is None:
        return None
    return View(
        tuple(tensor.shape),
        tuple(tensor.stride()),
        tensor.storage_offset() - base.storage_offset(),
        tuple(base.shape),
        tuple(base.stride()),
    )


def into_whole(rule: Callable[..., Any], view: View) -> Callable[..., Any]:
    """Return the rule of an operation on a view as one that gives the whole tensor.

    Its first operand is the whole.
    """

    def whole(base: Any, *others: Any) -> Any:
        places = view.places()
        flat = ravel(base)
        written = rule(take(flat, places), *others)
        written = written[0] if isinstance(written, tuple) else written
        return reshape(set_at(flat, places, written), view.base_shape)

    return whole
