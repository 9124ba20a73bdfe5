"""Machines: a compiled program and its memory, run forwards and backwards by kernels."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from autograd.numbers.kinds import FLOAT, kind
from autograd.replay.argument_layout import InputRange
from autograd.replay.compiled_program import Section, compile_program
from autograd.replay.kernel_rules import NO_PARTIALS
from autograd.replay.recomputing import gradient, mended
from autograd.replay.recording import BranchError, Floats, Recording
from autograd.replay.schedule import mark_ancestors

# What a block of lanes may take of the second-level cache, and the fewest lanes of a block.
CACHE_BYTES = 512 * 1024
FEWEST_LANES = 32

# A leaf of the arguments, and where its numbers go; of lanes, one row for each.
LeafNumbers = Sequence[tuple[InputRange, Any]]


class Machine:
    """A program without lanes, and the memory that it works in."""

    def __init__(self, recording: Recording, wanted: Collection[int] = ()) -> None:
        self.recording = recording
        made = compile_program(recording, wanted)
        self._section = made.scalars
        self._values, self._cotangents = _memory(self._section)
        _fill_constants(recording, self._values)
        self._outputs = made.shared[recording.outputs]
        self._guards = made.shared[recording.guards]
        self._wanted = np.array(sorted(wanted), np.int32)
        self._unreached = np.flatnonzero(~_reached(recording)[self._wanted])

    def run(self, numbers: LeafNumbers) -> Floats:
        """Return the outputs for some inputs; BranchError if a Python branch differs."""
        values, recording = self._values, self.recording
        _fill(values, recording, numbers)
        _forward(self._section, values)
        if self._guards.size and (values[self._guards] != recording.outcomes).any():
            raise BranchError(_other_branch("these arguments"))
        found: Floats = values[self._outputs]
        return found

    def gradient(self) -> Floats:
        """Return the gradient of the one output of the last run in the inputs that want it."""
        self._cotangents[self._outputs] = 1.0
        _backward(self._section, self._values, self._cotangents)
        found = _taken(self._section, self._cotangents, self._wanted)
        found[self._unreached] = 0.0
        return mended(self.recording, self._values[: self.recording.leaves], self._wanted, found)


class LaneMachine:
    """A program with lanes, and the memory that it works in.

    Parameters
    ----------
    recording : Recording
        Of the function of one sample.
    wanted : collection of int
        The inputs whose gradients are wanted.
    lanes : collection of int
        The inputs that differ from lane to lane.
    most : int
        How many lanes there may be. They are replayed in blocks that fit in the cache.
    """

    def __init__(
        self, recording: Recording, wanted: Collection[int], lanes: Collection[int], most: int
    ) -> None:
        self.recording = recording
        made = compile_program(recording, wanted, lanes)
        self._shared, self._section = made.scalars, cast(Section, made.lanes)  # as there are lanes
        self.most = most
        self.width = _block(self._section, most)
        self._U, self._CU = _memory(self._shared)
        self._V, self._CV = _memory(self._section, self.width)
        _fill_constants(recording, self._U)
        self._V[made.ones] = 1.0
        self._row = {x: k for k, x in enumerate(sorted(lanes))}
        self._outputs = made.shared[recording.outputs], made.row[recording.outputs]
        row, place = made.row[recording.guards], made.shared[recording.guards]
        self._guards = place[row < 0], recording.outcomes[row < 0]
        self._lane_guards = row[row >= 0], recording.outcomes[row >= 0]
        wanted_inputs = np.array(sorted(wanted), np.int32)
        of_lanes = np.isin(wanted_inputs, list(lanes))
        self._wanted_lanes = wanted_inputs[of_lanes]
        self._wanted_rows = made.row[wanted_inputs[of_lanes]]
        unreached = ~_reached(recording)[wanted_inputs]
        self._unreached = unreached[of_lanes], unreached[~of_lanes]
        self._wanted_shared = wanted_inputs[~of_lanes]

    def run(self, shared: LeafNumbers, lanes: LeafNumbers, n: int) -> Floats:
        """Return the outputs of each lane: shape (n, outputs)."""
        self._begin(shared)
        found = np.empty((n, self.recording.outputs.size))
        for block in self._blocks(lanes, n):
            self._read_outputs(found[block])
        return found

    def run_gradient(
        self, shared: LeafNumbers, lanes: LeafNumbers, n: int, seed: float
    ) -> tuple[Floats, Floats, Floats]:
        """Return each lane's output, and the gradients of ``seed`` times their sum.

        Returns
        -------
        outputs : ndarray, shape (n, 1)
        in_shared : ndarray, shape (shared inputs that want one,)
        in_lanes : ndarray, shape (n, inputs of lanes that want one)
        """
        self._begin(shared)
        found = np.empty((n, 1))
        in_lanes = np.empty((n, self._wanted_rows.size))
        of_shared, row = (int(place[0]) for place in self._outputs)
        try:
            for block in self._blocks(lanes, n):
                self._read_outputs(found[block])
                width = block.stop - block.start
                if row >= 0:
                    self._CV[row, :width] = seed
                _backward(self._section, self._V, self._CV, width, self._U, self._CU)
                if self._wanted_rows.size:
                    in_lanes[block] = self._CV[self._wanted_rows, :width].T
                self._CV[: self._section.first] = -0.0
        except BranchError:
            self._CU[:] = -0.0
            raise
        if of_shared >= 0:
            self._CU[of_shared] += seed * n
        _backward(self._shared, self._U, self._CU)
        in_shared = _taken(self._shared, self._CU, self._wanted_shared)
        in_lanes[:, self._unreached[0]] = 0.0
        in_shared[self._unreached[1]] = 0.0
        if not (np.isfinite(in_shared).all() and np.isfinite(in_lanes).all()):
            self._mend(lanes, seed, in_shared, in_lanes)
        return found, in_shared, in_lanes

    def _mend(self, lanes: LeafNumbers, seed: float, in_shared: Floats, in_lanes: Floats) -> None:
        """Put the walk's gradients where those of the kernels aren't finite: see ``recomputing``.

        What all lanes share has contributions from every lane, which are added up in order.
        """
        recording = self.recording
        wanted = np.concatenate([self._wanted_shared, self._wanted_lanes])
        numbers, total = self._U[: recording.leaves].copy(), np.zeros_like(in_shared)
        recompute_all = not np.isfinite(in_shared).all()
        for k, row in enumerate(in_lanes):
            if recompute_all or not np.isfinite(row).all():
                for place, x in lanes:
                    numbers[place.start : place.stop] = x[k].reshape(-1)
                recording.recomputed += 1
                found = gradient(recording, numbers, wanted, seed)
                total += found[: total.size]
                _put(row, found[total.size :])
        if recompute_all:
            _put(in_shared, total)

    def _begin(self, shared: LeafNumbers) -> None:
        _fill(self._U, self.recording, shared)
        _forward(self._shared, self._U)
        places, outcomes = self._guards
        if places.size and (self._U[places] != outcomes).any():
            raise BranchError(_other_branch("these arguments"))

    def _blocks(self, lanes: LeafNumbers, n: int) -> Iterator[slice]:
        """Fill in and compute one block of lanes after another."""
        rows = [(self._row[place.start], self._row[place.stop - 1] + 1, x) for place, x in lanes]
        places, outcomes = self._lane_guards
        for begin in range(0, n, self.width):
            block = slice(begin, min(begin + self.width, n))
            width = block.stop - begin
            for first, end, x in rows:
                self._V[first:end, :width] = x[block].T
            _forward(self._section, self._V, width, self._U)
            if places.size and (self._V[places, :width] != outcomes[:, None]).any():
                raise BranchError(_other_branch("different samples"))
            yield block

    def _read_outputs(self, out: Floats) -> None:
        shared, row = self._outputs
        for k in range(out.shape[1]):
            out[:, k] = self._V[row[k], : len(out)] if row[k] >= 0 else self._U[shared[k]]


def _put(into: Floats, recomputed: Floats) -> None:
    """Replace what isn't finite, in place."""
    bad = ~np.isfinite(into)
    into[bad] = recomputed[bad]


def _reached(recording: Recording) -> npt.NDArray[np.bool_]:
    """Return which values a cotangent of the outputs comes to."""
    marked = np.zeros(recording.leaves + len(recording), np.bool_)
    marked[recording.outputs] = True
    passes = np.array([name not in NO_PARTIALS for name, _ in recording.kinds] or [True])
    mark_ancestors(
        recording.start, recording.args, recording.leaves, passes[recording.code], marked
    )
    return marked


def _memory(section: Section, width: int = 0) -> tuple[Floats, Floats]:
    """Return memory for values and cotangents; rows begin where a cache line does."""
    shape = (section.size, width) if width else (section.size,)
    values, cotangents = _aligned(shape), _aligned(shape)
    values[:] = 0.0
    cotangents[:] = -0.0
    return values, cotangents


def _aligned(shape: tuple[int, ...]) -> Floats:
    size = int(np.prod(shape))
    room = np.empty(size + 8)
    begin = -room.ctypes.data % 64 // 8
    return room[begin : begin + size].reshape(shape)


def _block(section: Section, most: int) -> int:
    fit = CACHE_BYTES // (16 * max(section.size, 1))
    width = min(max(fit, FEWEST_LANES), most)
    return max(-(-width // 8) * 8, 8)


def _fill(values: Floats, recording: Recording, numbers: LeafNumbers) -> None:
    for (start, stop, shape), leaf in numbers:
        if shape is not None:
            values[start:stop] = leaf.reshape(-1)
        elif stop > start:
            values[start] = getattr(leaf, "_data", leaf)
    if recording.outside:
        values[recording.inputs : recording.inputs + len(recording.outside)] = [
            _float(node) for node in recording.outside
        ]


def _fill_constants(recording: Recording, values: Floats) -> None:
    values[recording.leaves - recording.constants.size : recording.leaves] = recording.constants


def _float(node: Any) -> float:
    number = node._data
    if type(number) is not float and kind(number) != FLOAT:
        raise TypeError(
            f"a Value that the recorded function takes from outside became a "
            f"{type(number).__name__}: only floats can be replayed"
        )
    return float(number)


def _forward(section: Section, values: Floats, width: int = 0, shared: Any = None) -> None:
    if section.kernels is None:
        return
    if width:
        section.kernels.forward(section.runs, section.args, shared, values, width)
    else:
        section.kernels.forward(section.runs, section.args, values)


def _backward(
    section: Section,
    values: Floats,
    cotangents: Floats,
    width: int = 0,
    shared: Any = None,
    of_shared: Any = None,
) -> None:
    if section.first == section.size:
        return
    if width:
        section.kernels.backward(
            section.active, section.args, shared, values, of_shared, cotangents, width
        )
    else:
        section.kernels.backward(section.active, section.args, values, cotangents, section.ahead)


def _taken(section: Section, cotangents: Floats, places: Any) -> Floats:
    """Take the cotangents out of the memory, and reset those that no backward pass passes on."""
    found: Floats = cotangents[places]
    cotangents[: section.first] = -0.0
    return found


def _other_branch(whom: str) -> str:
    return (
        f"a Python branch on a Value (an if, a while, max or min) goes another way for {whom} than "
        "when the function was recorded; autograd.where, maximum, minimum, clip and abs choose "
        "without a branch. An array of Values that is compared, x > 0, is a branch at each element"
    )
