"""Machines: a compiled program and its memory, run forwards and backwards by kernels."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar, cast

import numpy as np
import numpy.typing as npt

from autograd.numbers.kinds import FLOAT, kind
from autograd.numbers.words import with_article
from autograd.replay.argument_layout import InputRange
from autograd.replay.compiled_program import Section, compile_program
from autograd.replay.frames import LaneFrame, RuleError, ScalarFrame, other_branch
from autograd.replay.kernel_rules import NO_PARTIALS
from autograd.replay.recomputing import explain, gradient, mended
from autograd.replay.recording import BranchError, Floats, Ints, Recording
from autograd.replay.schedule import mark_ancestors
from autograd.replay.threads import pool

Result = TypeVar("Result")

# What a block of lanes may take of the second-level cache, and the fewest lanes of a block.
CACHE_BYTES = 512 * 1024
FEWEST_LANES = 32
PIECE = 1024  # lanes: what one thread does at a time

# A leaf of the arguments, and where its numbers go; of lanes, one row for each.
LeafNumbers = Sequence[tuple[InputRange, Any]]


class Machine:
    """A program without lanes, and the memory that it works in."""

    def __init__(self, recording: Recording, wanted: Collection[int] = ()) -> None:
        self.recording = recording
        self.small_calls: dict[Any, Any] = {}  # see ``small_calls.py``
        made = compile_program(recording, wanted)
        self._section = made.scalars
        self.outputs = made.shared[recording.outputs]
        self._wanted = np.array(sorted(wanted), np.int32)
        reached = _reached(recording)[self._wanted]
        self.frame = ScalarFrame(
            made.scalars,
            made.shared[recording.guards],
            recording.outcomes,
            int(self.outputs[0]),
            np.where(reached, made.shared[self._wanted], -1),
        )
        self.values = self.frame.values
        _fill_constants(recording, self.values)

    def run(self, numbers: LeafNumbers) -> Floats:
        """Return the outputs for some inputs; BranchError if a Python branch differs."""
        _fill(self.values, self.recording, numbers)
        try:
            self.frame.forward()
        except RuleError:
            self._explain()
        found: Floats = self.values[self.outputs]
        return found

    def run_gradient(self, numbers: LeafNumbers) -> tuple[float, Floats]:
        """Return the one output, and its gradient in the inputs that want it."""
        _fill(self.values, self.recording, numbers)
        try:
            finite = self.frame.both()
        except RuleError:
            self._explain()
        found = self.frame.gradient.copy()
        if not finite:
            leaves = self.values[: self.recording.leaves]
            found = mended(self.recording, leaves, self._wanted, found)
        return float(self.values[self.outputs[0]]), found

    def read_outside(self) -> None:
        """Read what the function takes from outside anew."""
        if self.recording.outside:
            _fill_outside(self.values, self.recording)

    def _explain(self) -> NoReturn:
        explain(self.recording, [self.values[: self.recording.leaves]], self._wanted)


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
    threads : int
        How many blocks may be replayed at once.

    Notes
    -----
    What lanes pass back to the values that they share is added up in pieces of ``PIECE`` lanes, and
    then piece by piece. So a sum has the same bits for any number of threads.
    """

    def __init__(
        self,
        recording: Recording,
        wanted: Collection[int],
        lanes: Collection[int],
        most: int,
        threads: int = 1,
    ) -> None:
        self.recording = recording
        made = compile_program(recording, wanted, lanes)
        self._section = cast(Section, made.lanes)  # as there are lanes
        self.most = most
        self.width = _block(self._section, min(most, PIECE))
        wanted_inputs = np.array(sorted(wanted), np.int32)
        reached = _reached(recording)[wanted_inputs]
        of_lanes = np.isin(wanted_inputs, list(lanes))
        row, place = made.row[recording.guards], made.shared[recording.guards]
        self._frame = ScalarFrame(
            made.scalars,
            place[row < 0],
            recording.outcomes[row < 0],
            -1,
            np.where(reached, made.shared[wanted_inputs], -1)[~of_lanes],
        )
        self._U, self._CU = self._frame.values, self._frame.cotangents
        self._frames = [
            LaneFrame(self._section, self.width, self._frame)
            for _ in range(min(threads, -(-most // PIECE)))
        ]
        _fill_constants(recording, self._U)
        for frame in self._frames:
            frame.values[made.ones] = 1.0
        self._row = {x: k for k, x in enumerate(sorted(lanes))}
        self._outputs = made.shared[recording.outputs], made.row[recording.outputs]
        self._lane_guards = row[row >= 0], recording.outcomes[row >= 0]
        self._wanted_lanes = wanted_inputs[of_lanes]
        self._wanted_rows = made.row[wanted_inputs[of_lanes]]
        self._unreached = ~reached[of_lanes]
        self._wanted_shared = wanted_inputs[~of_lanes]

    def run(self, shared: LeafNumbers, lanes: LeafNumbers, n: int) -> Floats:
        """Return the outputs of each lane: shape (n, outputs)."""
        found = np.empty((n, self.recording.outputs.size))

        def piece(frame: LaneFrame, own: slice) -> None:
            for block in self._blocks(frame, lanes, own):
                self._read_outputs(frame, found[block])

        with self._explained(lanes):
            self._begin(shared)
            self._in_pieces(piece, n)
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
        found = np.empty((n, 1))
        in_lanes = np.empty((n, self._wanted_rows.size))
        of_shared, row = (int(place[0]) for place in self._outputs)

        def piece(frame: LaneFrame, own: slice) -> Floats:
            for block in self._blocks(frame, lanes, own):
                self._read_outputs(frame, found[block])
                width = block.stop - block.start
                if row >= 0:
                    frame.cotangents[row, :width] = seed
                frame.backward(width)
                if self._wanted_rows.size:
                    in_lanes[block] = frame.cotangents[self._wanted_rows, :width].T
                frame.cotangents[: self._section.first] = -0.0
            passed = frame.of_shared.copy()
            frame.of_shared[:] = -0.0
            return passed

        with self._explained(lanes):
            self._begin(shared)
            for passed in self._in_pieces(piece, n):
                self._CU += passed
            if of_shared >= 0:
                self._CU[of_shared] += seed * n
            finite = self._frame.backward()
        in_shared = self._frame.gradient.copy()
        in_lanes[:, self._unreached] = 0.0
        if not (finite and np.isfinite(in_lanes).all()):
            self._mend(lanes, seed, in_shared, in_lanes)
        return found, in_shared, in_lanes

    def _in_pieces(self, piece: Callable[[LaneFrame, slice], Result], n: int) -> list[Result]:
        """Return the result of each piece of the lanes; each thread has a frame of its own."""
        pieces = [slice(begin, min(begin + PIECE, n)) for begin in range(0, n, PIECE)]
        count = min(len(self._frames), len(pieces))

        def of_thread(k: int) -> list[Result]:
            return [piece(self._frames[k], own) for own in pieces[k::count]]

        try:
            found = [of_thread(0)] if count <= 1 else list(pool(count).map(of_thread, range(count)))
        except BranchError:
            for frame in self._frames:
                frame.forget()
            raise
        return [found[k % count][k // count] for k in range(len(pieces))]

    @contextmanager
    def _explained(self, lanes: LeafNumbers) -> Iterator[None]:
        """Raise what a rule raised in a kernel."""
        try:
            yield
        except RuleError:
            explain(self.recording, self._samples(lanes), self._wanted())

    def _mend(self, lanes: LeafNumbers, seed: float, in_shared: Floats, in_lanes: Floats) -> None:
        """Put the walk's gradients where those of the kernels aren't finite: see ``recomputing``.

        What all lanes share has contributions from every lane, which are added up in order.
        """
        recording, wanted, total = self.recording, self._wanted(), np.zeros_like(in_shared)
        recompute_all = not np.isfinite(in_shared).all()
        for numbers, row in zip(self._samples(lanes), in_lanes, strict=True):
            if recompute_all or not np.isfinite(row).all():
                recording.recomputed += 1
                found = gradient(recording, numbers, wanted, seed)
                total += found[: total.size]
                _put(row, found[total.size :])
        if recompute_all:
            _put(in_shared, total)

    def _wanted(self) -> Ints:
        return np.concatenate([self._wanted_shared, self._wanted_lanes])

    def _samples(self, lanes: LeafNumbers) -> Iterator[Floats]:
        """Yield the numbers of the leaves of each sample, in one array."""
        numbers = self._U[: self.recording.leaves].copy()
        for k in range(len(lanes[0][1])):
            for place, x in lanes:
                numbers[place.start : place.stop] = x[k].reshape(-1)
            yield numbers

    def _begin(self, shared: LeafNumbers) -> None:
        _fill(self._U, self.recording, shared)
        self._frame.forward()

    def _blocks(self, frame: LaneFrame, lanes: LeafNumbers, own: slice) -> Iterator[slice]:
        """Fill in and compute one block of lanes after another."""
        values = frame.values
        rows = [(self._row[place.start], self._row[place.stop - 1] + 1, x) for place, x in lanes]
        places, outcomes = self._lane_guards
        for begin in range(own.start, own.stop, self.width):
            block = slice(begin, min(begin + self.width, own.stop))
            width = block.stop - begin
            for first, end, x in rows:
                values[first:end, :width] = x[block].T
            frame.forward(width)
            if places.size and (values[places, :width] != outcomes[:, None]).any():
                raise BranchError(other_branch("different samples"))
            yield block

    def _read_outputs(self, frame: LaneFrame, out: Floats) -> None:
        shared, row = self._outputs
        for k in range(out.shape[1]):
            out[:, k] = frame.values[row[k], : len(out)] if row[k] >= 0 else self._U[shared[k]]


def _put(into: Floats, recomputed: Floats) -> None:
    """Replace what isn't finite, in place."""
    bad = ~np.isfinite(into)
    into[bad] = recomputed[bad]


def _reached(recording: Recording) -> npt.NDArray[np.bool_]:
    """Return which values the outputs' cotangents reach."""
    marked = np.zeros(recording.leaves + len(recording), np.bool_)
    marked[recording.outputs] = True
    passes = np.array([name not in NO_PARTIALS for name, _ in recording.kinds] or [True])
    mark_ancestors(
        recording.start, recording.args, recording.leaves, passes[recording.code], marked
    )
    return marked


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
        _fill_outside(values, recording)


def _fill_outside(values: Floats, recording: Recording) -> None:
    numbers = [_float(node) for node in recording.outside]
    values[recording.inputs : recording.inputs + len(numbers)] = numbers


def _fill_constants(recording: Recording, values: Floats) -> None:
    values[recording.leaves - recording.constants.size : recording.leaves] = recording.constants


def _float(node: Any) -> float:
    number = node._data
    if type(number) is not float and kind(number) != FLOAT:
        raise TypeError(
            f"a Value that the recorded function takes from outside became "
            f"{with_article(number)}: only floats can be replayed"
        )
    return float(number)
