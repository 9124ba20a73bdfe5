"""A step of a loop, recorded once and replayed over many batches without coming back to Python.

A step takes variables and a memory, some rows of examples and some numbers, and returns what the
variables and the memory are next. They stay in the machine's memory: a replay ends by copying what
is next to where the next step reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from autograd.node.node import Node
from autograd.numbers.sealed import unsealed
from autograd.replay.kernel_rules import RuleBook
from autograd.replay.native import numba_module
from autograd.replay.tensors.memory_places import Array, Place
from autograd.replay.tensors.tensor_machine import OutOfRangeError, TensorMachine, compiled_run
from autograd.replay.tensors.tensor_recorder import TensorRecorder
from autograd.replay.tensors.tensor_recording import TensorTape
from autograd.transforms import pytree


class LoopRun(NamedTuple):
    """What came of some steps.

    Attributes
    ----------
    steps : int
        How many were done. Fewer than were asked for, if what the step watches wasn't finite, a
        label or an index was out of range, or Python would have gone another way at a branch: the
        state is then as it was before that step.
    watched : ndarray of float64, shape (steps asked for,)
    outputs : list of ndarray
        What each step returned beside its state, along a new first axis.
    """

    steps: int
    watched: Array
    outputs: list[Array]


class TensorLoop:
    """A step, recorded, and its state.

    Parameters
    ----------
    step : callable
        ``step(memory, rows, numbers)`` returns ``(variables, memory, watched, outputs, last)``:
        what the variables and the memory are next, each in the containers of the last; a number
        that has to be finite; a list of Tensors and Values that are kept of every step; and a list
        of which the last step's are kept. Variables, and what is last, may be None.
    variables : sequence of Tensor
        Leaves that the step uses from outside, and that are a part of the state.
    memory : pytree of ndarray and number
        The rest of the state.
    rows : sequence of ndarray
        Examples, of which each step gets some; the first axis counts them.
    size : int
        How many examples a step gets.
    numbers : int
        How many numbers a step gets.
    """

    def __init__(
        self,
        step: Callable[..., Any],
        variables: Sequence[Node],
        memory: Any,
        rows: Sequence[Array],
        size: int,
        numbers: int = 0,
    ) -> None:
        self._sources = list(rows)  # as they are given: these may be changed in place
        self._rows = [as_rows(each) for each in rows]
        self._tree = memory
        data = [np.asarray(unsealed(each._data)) for each in variables]
        flat = np.concatenate([each.ravel() for each in data])
        examples = [each[:size] for each in self._rows]
        recorder = TensorRecorder(step, list(variables))
        tape = recorder.record((flat, memory, examples, [0.0] * numbers), (), set()).tape
        self._tape = tape
        theta, *others = tape.inputs
        count = len(pytree.leaves(memory))
        stored, given = others[:count], others[count:]
        slices, begin = [], 0
        for each in data:
            view = theta.view[begin : begin + each.size].reshape(each.shape)
            slices.append(Place(theta.storage, view))
            begin += each.size
        self._count = len(slices)
        self._set_up(tape, [*slices, *stored], given[: len(rows)], given[len(rows) :])

    def _set_up(
        self, tape: TensorTape, state: list[Place], rows: list[Place], numbers: list[Place]
    ) -> None:
        program = tape.program
        variables, memory, watched, outputs, last = tape.result
        watched = program.contiguous(program.place_of(watched), np.dtype(float))
        for guard in tape.guards:  # where Python would go another way, the loop stops
            outcome = program.constant(float(guard.outcome))
            operands = [guard.place, outcome, watched]
            watched = program.elementwise(
                "guard",
                "choose(x == y, u, nan)",
                ["x", "y", "u"],
                operands,
                RuleBook(),
                (),
                watched.dtype,
            )
        kept = [watched, *(program.contiguous(program.place_of(each)) for each in outputs)]
        ends = [program.copy_of(program.place_of(each)) for each in last if each is not None]
        cut = len(program.instructions)
        nexts = [
            None if place is None else program.place_of(place)
            for place in (*variables, *pytree.leaves(memory))
        ]
        moved = [
            (program.copy_of(source) if source.storage.first < 0 else source, target)
            for source, target in zip(nexts, state, strict=True)
            if source is not None
        ]
        for source, target in moved:
            view = source.view.reshape(target.shape)
            program.copied(Place(source.storage, view), target)
        outside = [place for _, place in tape.outside] + [place for place, _ in tape.arrays]
        views = [*state, *rows, *numbers, *outside]
        self._machine = TensorMachine(program, views, [*kept, *ends], cut=cut)
        found = iter(self._machine.inputs)
        self._state = [next(found) for _ in state]
        self._row_views = [next(found) for _ in rows]
        self._number_views = [next(found) for _ in numbers]
        self._outside_views = list(found)
        self._kept = self._machine.outputs[: len(kept)]
        numbers_of_last = iter(self._machine.outputs[len(kept) :])
        self._last = [None if each is None else next(numbers_of_last) for each in last]

    @property
    def calls(self) -> tuple[str, ...]:
        """The ops that have no kernel: NumPy computes them, and each step comes back to Python."""
        return tuple(each.name for each in self._tape.program.instructions if each.kernel is None)

    @property
    def generators(self) -> list[np.random.Generator]:
        """The generators that a step draws from."""
        return list(self._tape.program.generators.values())

    def is_current(self) -> bool:
        """Whether what ops keep as settings is as it was: arrays may be changed in place."""
        return self._tape.keeps_all()

    def run(
        self, variables: Sequence[Any], memory: Any, order: Array, numbers: Array | None = None
    ) -> LoopRun:
        """Do some steps.

        Parameters
        ----------
        variables : sequence of ndarray
        memory : pytree
            Where to begin.
        order : ndarray of int, shape (steps, size)
            Which examples each step gets.
        numbers : ndarray, shape (steps, numbers), optional

        Returns
        -------
        LoopRun
        """
        steps = len(order)
        self._rows = [as_rows(each) for each in self._sources]
        for view, x in zip(self._state, (*variables, *pytree.leaves(memory)), strict=True):
            view[...] = x
        self._tape.read_outside(self._outside_views)
        order = np.ascontiguousarray(order, np.int64)
        numbers = np.zeros((steps, 0)) if numbers is None else np.ascontiguousarray(numbers, float)
        kept = [np.empty((steps, *view.shape), view.dtype) for view in self._kept]
        run = self._run_natively if self._machine.is_native else self._run_in_python
        done = run(order, numbers, kept)
        return LoopRun(done, kept[0], [each[:done] for each in kept[1:]])

    def state(self) -> tuple[list[Array], Any]:
        """Return copies of what the variables and the memory are now."""
        numbers = [view.copy() if view.ndim else view.item() for view in self._state]
        variables = [np.asarray(x) for x in numbers[: self._count]]
        return variables, pytree.rebuild(self._tree, iter(numbers[self._count :]))

    def last(self) -> list[Any]:
        """Return copies of what the last step left beside its state."""
        return [None if view is None else view.copy() for view in self._last]

    def _run_in_python(self, order: Array, numbers: Array, kept: list[Array]) -> int:
        for s, own in enumerate(order):
            for view, rows in zip(self._row_views, self._rows, strict=True):
                view[...] = rows[own]
            for view, number in zip(self._number_views, numbers[s], strict=True):
                view[...] = number
            try:
                self._machine.run(0)
            except OutOfRangeError:
                return s
            for into, view in zip(kept, self._kept, strict=True):
                into[s] = view
            if not np.isfinite(kept[0][s]):
                return s
            self._machine.run(1)
        return len(order)

    def _run_natively(self, order: Array, numbers: Array, kept: list[Array]) -> int:
        rows = [
            (source.ctypes.data, source.nbytes // max(len(source), 1), view.ctypes.data)
            for source, view in zip(self._rows, self._row_views, strict=True)
        ]
        keeps = [
            (view.ctypes.data, view.nbytes, into.ctypes.data)
            for view, into in zip(self._kept, kept, strict=True)
        ]
        targets = np.array([view.ctypes.data for view in self._number_views], np.int64)
        machine = self._machine
        done = compiled_loop()(
            *machine.native, machine.cut, order, _table(rows), numbers, targets, _table(keeps),
            kept[0], machine.error,
        )  # fmt: skip
        machine.error[0] = 0
        return int(done)


def as_rows(x: Array) -> Array:
    """Return examples as they lie in a machine's memory, in its own order of bytes."""
    is_float = x.dtype.kind == "f"
    return np.ascontiguousarray(x, x.dtype.newbyteorder("=") if is_float else np.int64)


def _table(rows: list[tuple[int, int, int]]) -> Array:
    return np.array(rows, np.int64).reshape(-1, 3)


@cache
def compiled_loop() -> Any:
    """Return the compiled loop over steps: the same for all programs."""
    numba = numba_module()
    from numba import types

    run, copy_bytes = compiled_run(), copier()
    table, flat = types.Array(types.int64, 2, "C"), types.Array(types.float64, 1, "C")
    signature = types.int64(
        types.uint64, table, types.uint64, types.int64, table, table,
        types.Array(types.float64, 2, "C"), types.Array(types.int64, 1, "C"), table, flat,
        types.Array(types.int64, 1, "C"),
    )  # fmt: skip

    @numba.njit(signature, nogil=True, error_model="numpy")
    def loop(  # type: ignore[no-untyped-def]
        memory, instructions, packed, cut, order, rows, numbers, targets, keeps, watched, error
    ):
        size = order.shape[1]
        for s in range(order.shape[0]):
            for k in range(rows.shape[0]):
                source, length, target = rows[k]
                for i in range(size):
                    copy_bytes(target + i * length, source + order[s, i] * length, length)
            for k in range(targets.size):
                copy_bytes(targets[k], numbers.ctypes.data + 8 * (s * targets.size + k), 8)
            run(memory, instructions, packed, 0, cut)
            for k in range(keeps.shape[0]):
                source, length, target = keeps[k]
                copy_bytes(target + s * length, source, length)
            if error[0] != 0 or not np.isfinite(watched[s]):
                return s
            run(memory, instructions, packed, cut, instructions.shape[0])
        return order.shape[0]

    return loop


@cache
def copier() -> Any:
    """Return ``copy_bytes(to, from, count)`` for compiled code: of addresses."""
    numba_module()
    from llvmlite import ir  # type: ignore[import-untyped]
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    @intrinsic
    def copy_bytes(typing_context, target, source, count):  # type: ignore[no-untyped-def]
        def written(context, builder, signature, args):  # type: ignore[no-untyped-def]
            byte = ir.IntType(8).as_pointer()
            to, begin = (builder.inttoptr(x, byte) for x in args[:2])
            memcpy: Any = cgutils.raw_memcpy
            memcpy(builder, to, begin, args[2], 1)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64), written

    return copy_bytes
