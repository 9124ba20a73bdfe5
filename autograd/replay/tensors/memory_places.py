"""Places: where in a replay's memory the elements of an array are.

A storage is a piece of memory; a place is a view of one. NumPy itself makes the views, of an array
that stands for the storage and that nobody writes to: reshaping, transposing, slicing and
broadcasting take no instruction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
ALIGNMENT = 64  # bytes: a cache line, and the widest vector of numbers that processors have


@dataclass(eq=False)
class Storage:
    """A piece of memory.

    Attributes
    ----------
    phantom : ndarray
        Of its size and dtype. It is never filled: views of it tell where elements are.
    first, last : int
        The first and the last instruction that it is needed for. From before the first
        instruction, if it is an input or a constant; to after the last, if it is a result.
    start : int
        Where it begins, in bytes, once memory has been shared out.
    """

    phantom: Array
    first: int
    last: int
    start: int = -1
    number: int = field(default=-1)


@dataclass(frozen=True, eq=False)
class Place:
    """A view of a storage."""

    storage: Storage
    view: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self.view.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the elements."""
        found: np.dtype[Any] = self.view.dtype
        return found

    @property
    def strides(self) -> tuple[int, ...]:
        """How many elements apart neighbours along each axis are."""
        size = self.view.itemsize
        return tuple([stride // size for stride in self.view.strides])

    @property
    def offset(self) -> int:
        """How many elements after the storage's begin the first element is."""
        distance = self.view.ctypes.data - self.storage.phantom.ctypes.data
        return distance // self.view.itemsize

    @property
    def is_contiguous(self) -> bool:
        """Whether the elements are one after the other, in C order."""
        return self.view.flags.c_contiguous

    def described(self) -> tuple[Any, ...]:
        """Return a key that tells it from all other places of a program."""
        return (self.storage.number, self.offset, self.shape, self.strides, self.dtype.str)

    def transposed(self, order: Sequence[int] | Array) -> Place:
        """Return the place with its axes in another order."""
        return Place(self.storage, self.view.transpose(order))

    def reshaped(self, shape: Sequence[int]) -> Place:
        """Return the place, whose elements lie one after the other, in another shape."""
        return Place(self.storage, self.view.reshape(shape))

    def seen_as(self, view: Any) -> Place | None:
        """Return the place of a view that NumPy made of this one; None if it is a copy."""
        phantom = self.storage.phantom
        is_view = (
            isinstance(view, np.ndarray)
            and view.dtype == phantom.dtype
            and view.size > 0
            and _inside(view, phantom)
        )
        return Place(self.storage, view) if is_view else None

    def element_offset(self) -> int:
        """Return where the first element is, counted in elements from the memory's begin."""
        return self.storage.start // self.view.itemsize + self.offset

    def in_memory(self, memory: Array) -> Array:
        """Return the view of real memory that it stands for."""
        storage = self.storage
        end = storage.start + storage.phantom.nbytes
        block = memory[storage.start : end].view(self.dtype)
        begin = block[self.offset :]
        return np.lib.stride_tricks.as_strided(begin, self.shape, self.view.strides)


def memory_order(place: Place) -> list[int]:
    """Return the axes of a view, from the one whose neighbours lie farthest apart in memory."""
    strides = place.view.strides
    return sorted(range(place.view.ndim), key=lambda k: -abs(strides[k]))


def _inside(view: Array, phantom: Array) -> bool:
    begin = phantom.ctypes.data
    base: Any = view
    while base is not None:
        if base is phantom:
            return True
        base = base.base if isinstance(base, np.ndarray) else None
    return begin <= view.ctypes.data < begin + phantom.nbytes


def share_out(storages: Iterable[Storage]) -> int:
    """Give every storage its begin, and return how many bytes they take together.

    Two storages that aren't needed at one time may have the same memory. The largest gap that was
    freed is not looked for: the first one that is large enough is taken.
    """
    free: list[tuple[int, int]] = []  # (begin, bytes), in order
    in_use: list[Storage] = []
    end = 0
    for storage in sorted(storages, key=lambda each: each.first):
        for other in [each for each in in_use if each.last < storage.first]:
            in_use.remove(other)
            free = _merged([*free, (other.start, _room(other))])
        room = _room(storage)
        gap = next((k for k, (_, size) in enumerate(free) if size >= room), None)
        if gap is None:
            storage.start, end = end, end + room
        else:
            begin, size = free.pop(gap)
            storage.start = begin
            if size > room:
                free = sorted([*free, (begin + room, size - room)])
        in_use.append(storage)
    return end


def _room(storage: Storage) -> int:
    return max(-(-storage.phantom.nbytes // ALIGNMENT), 1) * ALIGNMENT


def _merged(gaps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for begin, size in sorted(gaps):
        if found and sum(found[-1]) == begin:
            found[-1] = (found[-1][0], found[-1][1] + size)
        else:
            found.append((begin, size))
    return found


def collapsed(
    shape: Sequence[int], strides: Sequence[Sequence[int]]
) -> tuple[list[int], list[list[int]]]:
    """Return the fewest axes that loops over some operands of one shape need, and their strides.

    Axes of length 1 are left out, and two are one where all operands go on from the first into the
    second.
    """
    axes = [k for k, n in enumerate(shape) if n != 1]
    lengths: list[int] = []
    found: list[list[int]] = [[] for _ in strides]
    for k in axes:
        goes_on = lengths and all(
            own[-1] == each[k] * shape[k] for own, each in zip(found, strides, strict=True)
        )
        if goes_on:
            lengths[-1] *= shape[k]
            for own, each in zip(found, strides, strict=True):
                own[-1] = each[k]
        else:
            lengths.append(shape[k])
            for own, each in zip(found, strides, strict=True):
                own.append(each[k])
    return lengths, found
