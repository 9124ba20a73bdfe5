"""A program: instructions on places, and the storages that these are in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from autograd.node.node import Node
from autograd.numbers.sealed import Sealed
from autograd.replay.native import NativeKernel
from autograd.replay.tensors import kernel_texts
from autograd.replay.tensors.memory_places import (
    Array,
    Place,
    Storage,
    collapsed,
    memory_order,
)

FOREVER = 1 << 60
LETTERS = {"float64": "d", "float32": "f", "int64": "i"}  # of the dtypes that kernels take


@dataclass(eq=False)
class Instruction:
    """What is computed at one place.

    Attributes
    ----------
    name : str
        The op, for people.
    kernel : NativeKernel or None
        None if it is a call.
    numbers : tuple of int and Place
        What the kernel gets; a place stands for its first element.
    flat : int
        Over how many elements it goes one by one, all operands alike; 0 if it doesn't.
    call : callable or None
        Takes the views of ``reads``, and returns what is to be written.
    """

    name: str
    kernel: NativeKernel | None
    numbers: tuple[int | Place, ...]
    reads: tuple[Place, ...]
    writes: Place
    flat: int = 0
    call: Callable[..., Any] | None = None


@dataclass(eq=False)
class Program:
    """Instructions, and the storages that they work in."""

    instructions: list[Instruction] = field(default_factory=list)
    storages: list[Storage] = field(default_factory=list)
    constants: list[tuple[Place, Array]] = field(default_factory=list)
    places: dict[Node, Place] = field(default_factory=dict)
    sealed: dict[int, Place] = field(default_factory=dict)  # of arrays of whole numbers, by id
    generators: dict[int, Any] = field(default_factory=dict)  # by id: what instructions draw from
    _known: dict[Any, Place] = field(default_factory=dict)
    _made: dict[Any, Place] = field(default_factory=dict)

    # Places ---------------------------------------------------------------------------------------

    def new(self, shape: Sequence[int], dtype: Any, *, lasting: bool = False) -> Place:
        """Return a place for a result; lasting, if it has its numbers before the first step."""
        size, dtype = max(prod(shape), 1), np.dtype(dtype).newbyteorder("=")
        first = -1 if lasting else len(self.instructions)
        storage = Storage(np.empty(size, dtype), first, FOREVER if lasting else first)
        storage.number = len(self.storages)
        self.storages.append(storage)
        return Place(storage, storage.phantom[: prod(shape)].reshape(shape))

    def constant(self, numbers: Any, *, alone: bool = False) -> Place:
        """Return the place of numbers that never change; unless alone, one for all equal ones."""
        array = np.asarray(numbers)
        if array.dtype.kind in "iub":
            array = as_int64(array)
        known = (array.dtype.str, array.shape, len(self._known) if alone else array.tobytes())
        if known not in self._known:
            place = self._known[known] = self.new(array.shape, array.dtype, lasting=True)
            self.constants.append((place, array))
        return self._known[known]

    def place_of(self, x: Any) -> Place:
        """Return the place of a node, a sealed array of whole numbers, or plain numbers."""
        if isinstance(x, Place):
            return x
        if isinstance(x, Node):
            return self.places[x]
        if isinstance(x, Sealed):
            return self.sealed[id(x)]
        return self.constant(x)

    def forget_nodes(self) -> None:
        """Let the graph go: instructions don't need it."""
        self.places.clear()
        self.sealed.clear()

    def emit(
        self,
        name: str,
        kernel: NativeKernel | None,
        numbers: Sequence[int | Place],
        reads: Sequence[Place],
        writes: Place,
        *,
        flat: int = 0,
        call: Callable[..., Any] | None = None,
    ) -> Place:
        here = len(self.instructions)
        for place in (*reads, writes):
            place.storage.last = max(place.storage.last, here)
        made = Instruction(name, kernel, tuple(numbers), tuple(reads), writes, flat, call)
        self.instructions.append(made)
        return writes

    # Common instructions --------------------------------------------------------------------------

    def elementwise(
        self, what: str, text: str, names: list[str], operands: list[Place], book: Any, shape: Any,
        dtype: Any,
    ) -> Place:  # fmt: skip
        """Add an instruction that computes each element of its result alone.

        The result lies in memory as the operands do, in whatever order their axes are there.
        """
        if not prod(shape):
            return self.new(shape, dtype)
        order, views = self._in_two_axes(shape, operands)
        out = self.new([shape[k] for k in order], dtype)
        lengths, strides = collapsed(out.shape, [place.strides for place in views])
        inner = lengths[-1] if lengths else 1
        outer = lengths[0] if len(lengths) == 2 else 1
        dtypes = "".join(LETTERS[place.dtype.name] for place in (*views, out))
        kernel = kernel_texts.elementwise_kernel(f"{what}: {dtypes}", text, names, dtypes, book)
        numbers: list[int | Place] = [inner, outer, out]
        for place, own in zip(views, strides, strict=True):
            numbers += [place, own[0] if outer > 1 else 0, own[-1] if own else 0]
        even = outer == 1 and all(not own or own[-1] in (0, 1) for own in strides)
        self.emit(what, kernel, numbers, views, out, flat=inner if even else 0)
        return out.transposed(np.argsort(order))

    def _in_two_axes(self, shape: Any, operands: list[Place]) -> tuple[list[int], list[Place]]:
        """Return an order of the axes, and the operands broadcast to a shape, in that order.

        Those that two loops couldn't go over are copied.
        """

        def broadcast(places: list[Place], order: list[int]) -> list[Place]:
            whole = [Place(p.storage, np.broadcast_to(p.view, shape)) for p in places]
            return [p.transposed(order) for p in whole]

        def fits(places: list[Place]) -> bool:
            lengths, strides = collapsed(places[0].shape, [place.strides for place in places])
            return len(lengths) <= 2 and all(
                not own or own[-1] in (0, 1) or prod(lengths) <= 64 for own in strides
            )

        plain = list(range(len(shape)))
        orders = [plain, *(memory_order(p) for p in operands if p.shape == tuple(shape))]
        for order in orders:
            if fits(views := broadcast(operands, order)):
                return order, views
        operands = [p if p.is_contiguous else self.contiguous(p) for p in operands]
        if not fits(broadcast(operands, plain)):
            operands = [
                p if p.shape == shape or p.view.size == 1 else self.contiguous(each)
                for p, each in zip(operands, broadcast(operands, plain), strict=True)
            ]
        return plain, broadcast(operands, plain)

    def copied(self, source: Place, target: Place, *, add: bool = False) -> None:
        """Add an instruction that copies elements from one view to another of its shape.

        Or adds them to what is there; then elements of the target may be the same.
        """
        if not source.view.size:
            return
        order = memory_order(target)
        source, target = source.transposed(order), target.transposed(order)
        lengths, (s, t) = collapsed(source.shape, [source.strides, target.strides])
        if not lengths:
            lengths, s, t = [1], [1], [1]
        if len(lengths) > kernel_texts.MOST_AXES:
            raise ValueError(
                f"a replay copies arrays of up to {kernel_texts.MOST_AXES} axes, got one of "
                f"{len(lengths)} that don't lie one after the other: reshape it, or leave out jit"
            )
        numbers: list[int | Place] = [len(lengths), source, target]
        for each in zip(lengths, s, t, strict=True):
            numbers += each
        dtypes = LETTERS[source.dtype.name] + LETTERS[target.dtype.name]
        kernel = kernel_texts.copy_kernel(dtypes, add=add)
        reads = [source, target] if add else [source]
        self.emit("add" if add else "copy", kernel, numbers, reads, target)

    def contiguous(self, place: Place, dtype: Any = None) -> Place:
        """Return a place with the same elements one after the other: one copy for all who ask."""
        # Not `in (None, …)`: for NumPy float64 and None are equal.
        if place.is_contiguous and (dtype is None or dtype == place.dtype):
            return place
        known = (*place.described(), np.dtype(dtype or place.dtype).str)
        return self.once(known, lambda: self.copy_of(place, dtype))

    def once(self, key: Any, make: Callable[[], Place]) -> Place:
        """Return the place that is known by a key, made the first time."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def copy_of(self, place: Place, dtype: Any = None) -> Place:
        """Return a place of its own with the same elements."""
        made = self.new(place.shape, dtype or place.dtype)
        self.copied(place, made)
        return made

    def zeros(self, shape: Any, dtype: Any) -> Place:
        """Return a place that is filled with zeros."""
        made = self.new(shape, dtype)
        kernel = kernel_texts.fill_kernel(LETTERS[dtype.name])
        return self.emit("zeros", kernel, [made, made.view.size], [], made)


def as_int64(array: Array) -> Array:
    """Return whole numbers as kernels take them; ValueError for one that is too large."""
    largest = np.iinfo(np.int64).max
    if array.dtype == np.uint64 and array.max(initial=0) > largest:
        raise ValueError(
            f"whole numbers are replayed as int64, up to {largest}, got {array.max()} in an array "
            "of uint64: make it one of floats"
        )
    return array.astype(np.int64)
