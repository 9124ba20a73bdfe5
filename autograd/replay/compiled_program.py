"""Compiled programs: a recording's instructions in the order and form in which kernels run them.

A program has two sections. What all lanes share, the parameters and what is computed from them
alone, is computed once, by scalar kernels; the rest by lanes kernels. Without lanes there is one
section.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autograd.replay.instruction_kinds import DOT, MUL, SUM, InstructionKind
from autograd.replay.kernels import kernels
from autograd.replay.recording import Recording
from autograd.replay.schedule import cut_runs, mark_descendants, schedule
from autograd.replay.templates import SPREAD, WEIGH, LanesTemplate, ScalarTemplate, Template

# The caches don't hold more values than these with their cotangents, and the processor sees no
# further than to the end of a run: a backward pass then has them fetched so many operands ahead,
# for so many instructions at a time that the nearest cache holds what was fetched.
FAR = 1 << 20
AHEAD = 128
PIECE = 64

Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


@dataclass
class Section:
    """Instructions for one kind of kernel.

    Attributes
    ----------
    kernels : ndarray of uint64
        The addresses of the kernels of the kinds in it.
    runs : ndarray of int, shape (runs, 5)
        Rows of (kernel, first result, count, first argument, terms).
    args : ndarray of int
        The operands.
    active : int
        The first of the runs whose gradients are wanted: a backward pass goes over these, the last.
    first : int
        The first result of these. Cotangents before it aren't passed on.
    leaves, size : int
        How many values are not results, and how many there are.
    ahead : int
        How many operands ahead a backward pass has them fetched; 0 if it doesn't.
    place : ndarray of int
        The new number of each instruction's result.
    """

    kernels: npt.NDArray[np.uint64]
    runs: Ints
    args: npt.NDArray[np.uint32]
    active: int
    first: int
    leaves: int
    size: int
    ahead: int
    place: Ints

    @property
    def nbytes(self) -> int:
        """The memory its arrays take, without those that a replay fills."""
        return self.runs.nbytes + self.args.nbytes + self.place.nbytes


def compile_section(
    kinds: list[InstructionKind],
    code: Ints,
    start: Ints,
    args: Ints,
    here: Bools,
    leaves: int,
    active: Bools,
    template: Template,
) -> Section:
    """Put instructions in order; ``here`` marks the arguments that are values of this section."""
    terms = np.diff(start).astype(np.int64)
    wide = int(terms.max(initial=0)) + 1
    _, kind = np.unique(code.astype(np.int64) * wide + terms, return_inverse=True)
    waited = np.where(here, args, -1).astype(np.int32)
    order, runs = schedule(kind, start, waited, leaves, active)
    size = leaves + order.size
    ahead = AHEAD if template is ScalarTemplate and size > FAR else 0
    if ahead:
        runs = cut_runs(runs, PIECE)
    place = np.empty(order.size, np.int32)
    place[order] = np.arange(order.size, dtype=np.int32) + leaves
    # The operands, gathered in the new order.
    sizes = terms[order]
    begins = np.concatenate([[0], np.cumsum(sizes)])
    source = np.repeat(start[order] - begins[:-1], sizes) + np.arange(args.size)
    moved = args[source]
    results = here[source] & (moved >= leaves)
    moved[results] = place[moved[results] - leaves]
    used = np.unique(code)
    codes = np.full(len(kinds), -1)
    codes[used] = np.arange(used.size)
    _, first, count = runs.T
    head = order[first]
    columns = (codes[code[head]], first + leaves, count, begins[first], terms[head])
    table = np.stack(columns, axis=1).astype(np.int32)
    passive = int(np.count_nonzero(~active[leaves + head]))
    return Section(
        kernels=kernels([kinds[c] for c in used], template),
        runs=table,
        args=moved.astype(np.uint32),
        active=passive,
        first=int(table[passive, 1]) if passive < len(table) else size,
        leaves=leaves,
        size=size,
        ahead=ahead,
        place=place,
    )


@dataclass
class CompiledProgram:
    """A recording compiled for given lanes and given gradients.

    Attributes
    ----------
    scalars : Section
        What all lanes share.
    lanes : Section or None
        The rest; None without lanes.
    shared : ndarray of int
        The place in the shared section of each value of the recording; −1 if it is in lanes.
    row : ndarray of int
        The row in the lanes section of each value; −1 if it is shared.
    active : ndarray of bool
        Which values' gradients are wanted, for themselves or on the way.
    ones : int
        The row that is 1 in every lane.
    """

    scalars: Section
    lanes: Section | None
    shared: Ints
    row: Ints
    active: Bools
    ones: int = -1


def compile_program(
    recording: Recording, wanted: Collection[int] = (), lanes: Collection[int] | None = None
) -> CompiledProgram:
    """Compile a recording; ``wanted`` and ``lanes`` number inputs, and None is without lanes."""
    size = recording.leaves + len(recording)
    active, spread = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    for marks, inputs in ((active, wanted), (spread, lanes or ())):
        marks[list(inputs)] = True
        mark_descendants(recording.start, recording.args, recording.leaves, marks)
    common, shared = _shared_section(recording, active, ~spread)
    if lanes is None:
        return CompiledProgram(common, None, shared, np.full(size, -1, np.int32), active)
    lane_section = _LanesSection(recording, shared, sorted(lanes))
    for i in np.flatnonzero(spread[recording.leaves :]).tolist():
        lane_section.add(i)
    own, row = lane_section.section(active)
    return CompiledProgram(common, own, shared, row, active, lane_section.ones)


def _shared_section(recording: Recording, active: Bools, shared: Bools) -> tuple[Section, Ints]:
    leaves = recording.leaves
    chosen = shared[leaves:]
    terms = np.diff(recording.start)
    number = np.full(shared.size, -1, np.int32)
    number[:leaves] = np.arange(leaves)
    number[leaves:][chosen] = np.arange(leaves, leaves + np.count_nonzero(chosen))
    args = number[recording.args[np.repeat(chosen, terms)]]
    made = compile_section(
        recording.kinds,
        recording.code[chosen],
        np.concatenate([[0], np.cumsum(terms[chosen])]).astype(np.int32),
        args,
        np.ones(args.size, np.bool_),
        leaves,
        np.concatenate([active[:leaves], active[leaves:][chosen]]),
        ScalarTemplate,
    )
    number[:leaves][~shared[:leaves]] = -1
    number[leaves:][chosen] = made.place
    return made, number


class _LanesSection:
    """The instructions of the lanes section, in which a shared value needs a row or is a weight."""

    def __init__(self, recording: Recording, shared: Ints, lanes: list[int]) -> None:
        self.recording = recording
        self.shared = shared
        self.kinds = [*recording.kinds, SPREAD, WEIGH, SUM, DOT]
        self.code_of = {kind: k for k, kind in reversed(list(enumerate(self.kinds)))}
        self.leaves = len(lanes) + 1
        self.ones = len(lanes)
        known = recording.inputs + len(recording.outside)
        self.one = known + int(np.flatnonzero(recording.constants == 1.0)[0])
        self.rows: dict[int, int] = {x: k for k, x in enumerate(lanes)}
        self.spreads: dict[int, int] = {}
        self.code: list[int] = []
        self.terms: list[int] = []
        self.args: list[int] = []
        self.here: list[bool] = []
        self.source: list[int] = []  # the recording's value that each instruction computes

    def add(self, i: int) -> None:
        """Add an instruction of the recording."""
        recording, rows = self.recording, self.rows
        kind = recording.kinds[recording.code[i]]
        xs = recording.args[recording.start[i] : recording.start[i + 1]].tolist()
        weights = self._weights(kind, xs)
        if weights is not None:
            args, here = weights, [False, True] * (len(weights) // 2)
            kind = WEIGH
        else:
            args = [rows[x] if x in rows else self._spread(x) for x in xs]
            here = [True] * len(args)
        rows[recording.leaves + i] = self._append(kind, args, here, recording.leaves + i)

    def _weights(self, kind: InstructionKind, xs: list[int]) -> list[int] | None:
        """Return the pairs (shared, row) of a weighted sum of rows; None if it is none."""
        if all(x in self.rows for x in xs) or kind not in (SUM, DOT, MUL):
            return None
        if kind == SUM:
            xs = [y for x in xs for y in (self.one, x)]
        pairs: list[int] = []
        for a, b in zip(xs[::2], xs[1::2], strict=True):
            if (a in self.rows) == (b in self.rows):
                if a in self.rows or self.one not in (a, b):
                    return None  # a product of two rows, or of two numbers that all lanes share
                pairs += [int(self.shared[b if a == self.one else a]), self.ones]
            else:
                x, w = (a, b) if a in self.rows else (b, a)
                pairs += [int(self.shared[w]), self.rows[x]]
        return pairs

    def _spread(self, x: int) -> int:
        if x not in self.spreads:
            self.spreads[x] = self._append(SPREAD, [int(self.shared[x])], [False], x)
        return self.spreads[x]

    def _append(self, kind: InstructionKind, args: list[int], here: list[bool], value: int) -> int:
        self.code.append(self.code_of[kind])
        self.terms.append(len(args))
        self.args += args
        self.here += here
        self.source.append(value)
        return self.leaves + len(self.code) - 1

    def section(self, active: Bools) -> tuple[Section, Ints]:
        """Return the section, and the row of each value of the recording."""
        lanes = list(self.rows)[: self.ones]
        made = compile_section(
            self.kinds,
            np.array(self.code, np.int32),
            np.concatenate([[0], np.cumsum(self.terms)]).astype(np.int32),
            np.array(self.args, np.int32),
            np.array(self.here, np.bool_),
            self.leaves,
            np.concatenate([active[lanes], [False], active[self.source]]),
            LanesTemplate,
        )
        row = np.full(active.size, -1, np.int32)
        for value, k in self.rows.items():
            row[value] = k if k < self.leaves else made.place[k - self.leaves]
        return made, row
