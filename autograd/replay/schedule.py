"""The schedule of instructions: runs of one kind, so that a processor needn't guess.

A processor that mispredicts which instruction comes next loses the time of a dozen of them: random
programs of 10⁵ nodes take 17 ns a node in the order of recording, and 3 ns in runs. So, as long as
there are instructions whose operands are ready, one takes those of the kind of which most are.

Gradients must not change by it. A value's cotangent is a sum over the instructions that use it,
added up from the last to the first, so these keep their order (unless nobody wants that gradient).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autograd.replay.native import native_function

Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


class Schedule(NamedTuple):
    """The order of instructions, and (kind, first place, count) of each run."""

    order: Ints
    runs: Ints


def schedule(
    kind: npt.NDArray[np.int64], start: Ints, args: Ints, leaves: int, active: Bools
) -> Schedule:
    """Return an order in runs: first the instructions that aren't active, then the others.

    Parameters
    ----------
    kind : ndarray of int, shape (n,)
        The kind of each instruction, from 0 up.
    start : ndarray of int, shape (n + 1,)
        Where its operands are in ``args``.
    args : ndarray of int
        Values by number: leaves, then results. Below zero is what isn't waited for.
    leaves : int
        How many leaves there are.
    active : ndarray of bool, shape (leaves + n,)
        Which values' gradients are wanted, for themselves or on the way.
    """
    n, kinds = kind.size, 2 * (int(kind.max(initial=-1)) + 1)
    order = np.empty(n, np.int32)
    runs = np.empty((n, 3), np.int32)
    room = [np.empty(size, np.int32) for size in (n + 1, n, 2 * args.size, active.size, n)]
    queues = np.empty((3, kinds), np.int32)
    count = _fill_schedule(
        n, kind.astype(np.int32), start, args, leaves, active.size, active, order, runs,
        *room, kinds, *queues,
    )  # fmt: skip
    return Schedule(order, runs[:count].copy())


def cut_runs(runs: Ints, most: int) -> Ints:
    """Cut runs into pieces of at most so many instructions."""
    pieces = -(-runs[:, 2] // most)
    skipped = most * (np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces))
    kind, first, count = np.repeat(runs, pieces, axis=0).T
    return np.stack([kind, first + skipped, np.minimum(count - skipped, most)], axis=1).astype(
        np.int32
    )


def mark_descendants(start: Ints, args: Ints, leaves: int, marked: Bools) -> None:
    """Mark every result that has a marked operand."""
    _fill_descendants(start.size - 1, start, args, leaves, marked)


def mark_ancestors(start: Ints, args: Ints, leaves: int, passes: Bools, marked: Bools) -> None:
    """Mark every operand of a marked result whose instruction passes cotangents on."""
    _fill_ancestors(start.size - 1, start, args, leaves, passes, marked)


@native_function("int64", "int32*", "int32*", "int64", "bool*")
def _fill_descendants(n, start, args, leaves, marked):  # type: ignore[no-untyped-def]
    for i in range(n):
        for j in range(start[i], start[i + 1]):
            if marked[args[j]]:
                marked[leaves + i] = 1


@native_function("int64", "int32*", "int32*", "int64", "bool*", "bool*")
def _fill_ancestors(n, start, args, leaves, passes, marked):  # type: ignore[no-untyped-def]
    for i in range(n - 1, -1, -1):
        if marked[leaves + i] and passes[i]:
            for j in range(start[i], start[i + 1]):
                marked[args[j]] = 1


@native_function(
    "int64", "int32*", "int32*", "int32*", "int64", "int64", "bool*", "int32*", "int32*",
    "int32*", "int32*", "int32*", "int32*", "int32*", "int64", "int32*", "int32*", "int32*",
    gives="int64",
)  # fmt: skip
def _fill_schedule(  # type: ignore[no-untyped-def]
    n, kind, start, args, leaves, size, active, order, runs,
    offset, waits, after, last, behind, kinds, head, tail, ready,
):  # fmt: skip
    # Fills in the order and the runs, and returns how many runs there are.
    for i in range(n + 1):
        offset[i] = 0
    for i in range(n):
        waits[i] = 0
    # Two passes over all pairs (before, after): the first counts, the second writes them down.
    for write in range(2):
        for x in range(size):
            last[x] = -1
        for i in range(n):
            for j in range(start[i], start[i + 1]):
                x = args[j]
                if x < 0:
                    continue
                for which in range(2):
                    before = x - leaves if which == 0 else last[x] if active[x] else -1
                    if before < 0 or before == i:
                        continue
                    if write:
                        offset[before] -= 1
                        after[offset[before]] = i
                        waits[i] += 1
                    else:
                        offset[before] += 1
                last[x] = i
        if not write:
            for i in range(n):  # where each instruction's part of ``after`` ends
                offset[i + 1] += offset[i]
    # A queue of ready instructions for each kind; those that are active have kinds of their own.
    half = kinds // 2
    for k in range(kinds):
        head[k] = -1
        ready[k] = 0
    done = 0
    count = 0
    for i in range(n):
        if waits[i] == 0:
            k = kind[i] + (half if active[leaves + i] else 0)
            if head[k] < 0:
                head[k] = i
            else:
                behind[tail[k]] = i
            behind[i] = -1
            tail[k] = i
            ready[k] += 1
    while done < n:
        best = 0
        for k in range(half):
            if ready[k] > ready[best]:
                best = k
        if ready[best] == 0:
            for k in range(half, kinds):
                if ready[k] > ready[best]:
                    best = k
        first = done
        i = head[best]
        while i >= 0:
            order[done] = i
            done += 1
            for j in range(offset[i], offset[i + 1]):
                m = after[j]
                waits[m] -= 1
                if waits[m] == 0:
                    k = kind[m] + (half if active[leaves + m] else 0)
                    if head[k] < 0:
                        head[k] = m
                    else:
                        behind[tail[k]] = m
                    behind[m] = -1
                    tail[k] = m
                    ready[k] += 1
            i = behind[i]
        head[best] = -1
        ready[best] = 0
        runs[3 * count] = best % half
        runs[3 * count + 1] = first
        runs[3 * count + 2] = done - first
        count += 1
    return count
