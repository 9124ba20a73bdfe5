"""Machines: a program's memory, and the loop that runs its instructions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np

from autograd.replay.native import caller, numba_module
from autograd.replay.tensors.lowering import Instruction, Program
from autograd.replay.tensors.places import ALIGNMENT, Place, share_out

# Flat instructions one after another, of one length, go over so many elements at a time: what one
# wrote is in the nearest cache when the next reads it.
BLOCK = 1024
_ERRORS = ("", "a label", "an index")


@cache
def _run() -> Any:
    """Return the compiled loop: the same for all programs."""
    numba = numba_module()
    from numba import types

    call = caller(6)
    words = types.Array(types.int64, 2, "C")
    signature = types.void(types.uint64, words, types.uint64, types.int64, types.int64)

    @numba.njit(signature, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
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
    """A program and the memory that it works in."""

    def __init__(self, program: Program, inputs: Sequence[Place], outputs: Sequence[Place]) -> None:
        for place in outputs:
            place.storage.last = 1 << 60
        size = share_out(program.storages)
        room = np.zeros(size + 2 * ALIGNMENT, np.uint8)
        begin = -room.ctypes.data % ALIGNMENT
        errors = ALIGNMENT  # the first numbers of the memory are for errors
        memory = room[begin : begin + size + errors]
        for storage in program.storages:
            storage.start += errors
        self._memory = memory
        self._error = memory[:8].view(np.int64)
        for place, numbers in program.constants:
            place.in_memory(memory)[...] = numbers
        self.inputs = [place.in_memory(memory) for place in inputs]
        self.outputs = [place.in_memory(memory) for place in outputs]
        self._steps = [
            step
            for native, group in groupby(program.instructions, lambda each: each.kernel is not None)
            for step in (self._native(list(group)) if native else map(self._call, group))
        ]
        self._holds = program  # kernels, as long as this lives

    def run(self) -> None:
        """Run all instructions on the inputs that are in the memory."""
        for step in self._steps:
            step()
        if self._error[0]:
            which = _ERRORS[self._error[0]]
            self._error[0] = 0
            raise ValueError(f"{which} is out of range in this replay: see the arguments")

    def _native(self, instructions: list[Instruction]) -> list[Any]:
        numbers: list[int] = []
        table = np.zeros((len(instructions), 4), np.int64)
        for k, each in enumerate(instructions):
            kernel: Any = each.kernel
            table[k] = kernel.address, len(numbers), 1, each.flat
            numbers += [
                x.element_offset() if isinstance(x, Place) else int(x) for x in each.numbers
            ]
        at = 0
        for group in _together(instructions):
            table[at, 2] = len(group)
            at += len(group)
        packed = np.array(numbers, np.int64)
        run, memory = _run(), np.uint64(self._memory.ctypes.data)
        first, last, where = np.int64(0), np.int64(len(table)), np.uint64(packed.ctypes.data)
        self.__dict__.setdefault("_kept", []).append(packed)

        def step() -> None:
            run(memory, table, where, first, last)

        return [step]

    def _call(self, instruction: Instruction) -> Any:
        views = [place.in_memory(self._memory) for place in instruction.reads]
        out = instruction.writes.in_memory(self._memory)
        call: Any = instruction.call

        def step() -> None:
            out[...] = call(*views)

        return step


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
        if group and not (each.flat == group[0].flat > BLOCK and in_order):
            yield group
            group = []
        group.append(each)
    if group:
        yield group
