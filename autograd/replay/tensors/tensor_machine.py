"""Machines: a program's memory, and the loop that runs its instructions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np

from autograd.replay.native import caller, numba_module
from autograd.replay.tensors.memory_places import ALIGNMENT, Array, Place, share_out
from autograd.replay.tensors.tensor_program import FOREVER, Instruction, Program

# Flat instructions one after another, of one length, go over so many elements at a time: what one
# wrote is in the nearest cache when the next reads it.
BLOCK = 1024
MOST_TOGETHER = 32  # all buffers of a group last to its end, and should fit in that cache
_ERRORS = ("", "a label", "an index")


class OutOfRangeError(ValueError, IndexError):
    """A label or an index is out of range in a replay."""


@cache
def compiled_run() -> Any:
    """Return the compiled loop over instructions: the same for all programs."""
    numba = numba_module()
    from numba import types

    call = caller(6)
    words = types.Array(types.int64, 2, "C")
    signature = types.void(types.uint64, words, types.uint64, types.int64, types.int64)

    @numba.njit(signature, nogil=True, error_model="numpy")
    def run(memory, table, numbers, first, last):  # type: ignore[no-untyped-def]
        at = first
        while at < last:
            together, n = table[at, 2], table[at, 3]
            step = BLOCK if together > 1 else max(n, 1)
            for begin in range(0, max(n, 1), step):
                end = min(begin + step, n)
                for k in range(at, at + together):
                    own = numbers + np.uint64(8 * table[k, 1])
                    call(
                        np.uint64(table[k, 0]), memory, memory, memory, own,
                        np.uint64(begin), np.uint64(end),
                    )  # fmt: skip
            at += together

    return run


class TensorMachine:
    """A program and the memory that it works in.

    Parameters
    ----------
    program : Program
    inputs, outputs : sequence of Place
        What is written before a run, and read after it.
    cut : int, optional
        Where the second part of the program begins.

    Attributes
    ----------
    inputs, outputs : list of ndarray
        Views of the memory.
    native : tuple
        What the compiled loop takes: the memory, the table of instructions, their numbers.
    """

    def __init__(
        self,
        program: Program,
        inputs: Sequence[Place],
        outputs: Sequence[Place],
        cut: int | None = None,
    ) -> None:
        instructions = program.instructions
        self.cut = len(instructions) if cut is None else cut
        groups = [*_groups(instructions, 0, self.cut)]
        groups += _groups(instructions, self.cut, len(instructions))
        for place in outputs:
            place.storage.last = FOREVER
        size = share_out(program.storages)
        room = np.zeros(size + 2 * ALIGNMENT, np.uint8)
        begin = -room.ctypes.data % ALIGNMENT
        self._memory = room[begin : begin + ALIGNMENT + size]
        self.error: Array = self._memory[:8].view(np.int64)  # before all storages
        for storage in program.storages:
            storage.start += ALIGNMENT
        for place, numbers in program.constants:
            place.in_memory(self._memory)[...] = numbers
        self.inputs = [place.in_memory(self._memory) for place in inputs]
        self.outputs = [place.in_memory(self._memory) for place in outputs]
        self.is_native = all(each.kernel is not None for each in instructions)
        self._table, self._packed = _packed_table(instructions, groups)
        self.native = (
            np.uint64(self._memory.ctypes.data), self._table,
            np.uint64(self._packed.ctypes.data),
        )  # fmt: skip
        self._parts = [
            self._steps(instructions, 0, self.cut),
            self._steps(instructions, self.cut, len(instructions)),
        ]
        self._program = program  # which holds the kernels

    @property
    def nbytes(self) -> int:
        """How much memory it works in."""
        return int(self._memory.nbytes)

    def run(self, part: int = 0) -> None:
        """Run a part of the instructions on what is in the memory."""
        for step in self._parts[part]:
            step()
        if self.error[0]:
            raise_error(self.error)

    def _steps(
        self, instructions: list[Instruction], begin: int, end: int
    ) -> list[Callable[[], None]]:
        """Return calls: of the compiled loop for native instructions in a row, and of NumPy."""
        found: list[Callable[[], None]] = []
        for native, group in groupby(
            range(begin, end), lambda k: instructions[k].kernel is not None
        ):
            own = list(group)
            if native:
                found.append(self._native_step(own[0], own[-1] + 1))
            else:
                found += [self._call(instructions[k]) for k in own]
        return found

    def _native_step(self, first: int, last: int) -> Callable[[], None]:
        run, arguments = compiled_run(), (*self.native, np.int64(first), np.int64(last))
        return lambda: run(*arguments)

    def _call(self, instruction: Instruction) -> Callable[[], None]:
        views = [place.in_memory(self._memory) for place in instruction.reads]
        out = instruction.writes.in_memory(self._memory)
        call: Any = instruction.call

        def step() -> None:
            out[...] = call(*views)

        return step


def raise_error(error: Array) -> None:
    """Raise OutOfRangeError if a kernel met a label or an index that is none; and forget it."""
    if error[0]:
        which = _ERRORS[error[0]]
        error[0] = 0
        raise OutOfRangeError(f"{which} is out of range in this replay: see the arguments")


def _packed_table(
    instructions: list[Instruction], groups: list[tuple[int, int]]
) -> tuple[Array, Array]:
    """Return rows (kernel, where its numbers begin, instructions together, length); and those."""
    numbers: list[int] = []
    table = np.zeros((len(instructions), 4), np.int64)
    for k, each in enumerate(instructions):
        address = 0 if each.kernel is None else each.kernel.address
        table[k] = address, len(numbers), 1, each.flat
        numbers += [x.element_offset() if isinstance(x, Place) else int(x) for x in each.numbers]
    for begin, end in groups:
        table[begin, 2] = end - begin
    return table, np.array(numbers or [0], np.int64)


def _groups(instructions: list[Instruction], begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield which instructions go together, and keep what they need as long as all of them last."""
    for group in _together(instructions[begin:end]):
        stop = begin + len(group)
        if len(group) > 1:
            for place in (p for each in group for p in (*each.reads, each.writes)):
                place.storage.first = min(place.storage.first, begin)
                place.storage.last = max(place.storage.last, stop - 1)
        yield begin, stop
        begin = stop


def _together(instructions: list[Instruction]) -> Iterator[list[Instruction]]:
    """Yield instructions one by one, and long flat ones that can go block by block together.

    What one of them wrote must then be read by the others element by element, in the same order.
    """
    group: list[Instruction] = []
    for each in instructions:
        written = {id(other.writes.storage) for other in group}
        in_order = all(
            place.is_contiguous and place.view.size == each.flat
            for place in each.reads
            if id(place.storage) in written
        )
        alike = in_order and group and each.flat == group[0].flat > BLOCK
        if group and not (alike and len(group) < MOST_TOGETHER):
            yield group
            group = []
        group.append(each)
    if group:
        yield group
