"""Frames: the memory of a section of a program, and what the interpreter must know of both."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.replay.compiled_program import Section
from autograd.replay.interpreter import (
    BACKWARD,
    BOTH,
    BRANCHED,
    DONE,
    FORWARD,
    LANES,
    NOT_FINITE,
    SCALARS,
    replay_lanes,
    replay_scalars,
)
from autograd.replay.recording import BranchError, Floats, Ints


class RuleError(Exception):
    """A rule that is stated as a Python function raised while a kernel ran it."""


class ScalarFrame:
    """A section without lanes, in its memory.

    Parameters
    ----------
    section : Section
    guards : ndarray of int
        Which values are conditions that must come out as they did.
    outcomes : ndarray of float64
        How they did.
    output : int
        The value that a backward pass begins with; −1 if what is there is passed on.
    wanted : ndarray of int
        The values whose gradients are wanted; −1 for a gradient that is zero.

    Attributes
    ----------
    values, cotangents : ndarray of float64
    gradient : ndarray of float64
        What the last backward pass found.
    replay, at : callable, int
        What runs the interpreter, and its first argument.
    """

    def __init__(
        self, section: Section, guards: Ints, outcomes: Floats, output: int, wanted: Ints
    ) -> None:
        self.values, self.cotangents = _memory((section.size,))
        self.gradient = np.empty(wanted.size)
        self._frame = _frame(
            SCALARS,
            section,
            U=self.values,
            CU=self.cotangents,
            AHEAD=section.ahead,
            FIRST=section.first,
            GUARDS=guards.astype(np.int32),
            OUTCOMES=outcomes.astype(np.float64),
            GUARDED=guards.size,
            OUTPUT=output,
            WANTED=wanted.astype(np.int32),
            GRADIENT=self.gradient,
            INPUTS=wanted.size,
        )
        self.replay, self.at = replay_scalars(), self._frame.address

    def forward(self) -> None:
        """Compute all values; BranchError if a condition comes out differently."""
        if ended := self.replay(self.at, FORWARD):
            _raise(ended)

    def backward(self) -> bool:
        """Compute the gradient; return whether it is finite."""
        return self._finite(self.replay(self.at, BACKWARD))

    def both(self) -> bool:
        """Compute values and gradient; return whether that is finite."""
        ended = self.replay(self.at, BOTH)
        return ended == DONE or self._finite(ended)

    def _finite(self, ended: int) -> bool:
        if ended not in (DONE, NOT_FINITE):
            _raise(ended)
        return ended == DONE


class LaneFrame:
    """A section with lanes, in its memory; ``shared`` is the frame of what all lanes share.

    Attributes
    ----------
    values, cotangents : ndarray of float64, shape (values, width)
    of_shared : ndarray of float64
        What these lanes pass back to the values that all share.
    """

    def __init__(self, section: Section, width: int, shared: ScalarFrame) -> None:
        self.values, self.cotangents = _memory((section.size, width))
        self.of_shared = _memory(shared.cotangents.shape)[1]
        self._frame = _frame(
            LANES,
            section,
            U=shared.values,
            CU=self.of_shared,
            V=self.values,
            CV=self.cotangents,
            S=width,
        )
        self._replay, self._at = replay_lanes(), self._frame.address

    def forward(self, lanes: int) -> None:
        """Compute the values of so many lanes."""
        if ended := self._replay(self._at, 0, lanes):
            _raise(ended)

    def backward(self, lanes: int) -> None:
        """Pass their cotangents back."""
        if ended := self._replay(self._at, 1, lanes):
            _raise(ended)

    def forget(self) -> None:
        """Reset cotangents that were not passed on."""
        self.cotangents[:] = -0.0
        self.of_shared[:] = -0.0


class _Frame:
    """Words in a row, and what they are the addresses of."""

    def __init__(self, words: list[Any]) -> None:
        self._held = words
        numbers = (x.ctypes.data if isinstance(x, np.ndarray) else x for x in words)
        self._words = np.array(list(numbers), np.int64)
        self.address = self._words.ctypes.data


def _frame(names: tuple[str, ...], section: Section, **words: Any) -> _Frame:
    words |= {
        "RUNS": section.runs,
        "COUNT": len(section.runs),
        "ACTIVE": section.active,
        "ARGS": section.args,
        "KERNELS": section.kernels,
    }
    return _Frame([words[name] for name in names])


def _raise(ended: int) -> None:
    if ended == BRANCHED:
        raise BranchError(other_branch("these arguments"))
    raise RuleError(ended)


def other_branch(whom: str) -> str:
    """Return the message for a condition that comes out differently for some arguments."""
    return (
        f"a Python branch on a Value (an if, a while, max or min) goes another way for {whom} than "
        "when the function was recorded; autograd.where, maximum, minimum, clip and abs choose "
        "without a branch. An array of Values that is compared, x > 0, is a branch at each element"
    )


def _memory(shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return memory for values and cotangents; rows begin where a cache line does."""
    values, cotangents = _aligned(shape), _aligned(shape)
    values[:] = 0.0
    cotangents[:] = -0.0
    return values, cotangents


def _aligned(shape: tuple[int, ...]) -> Floats:
    size = int(np.prod(shape))
    room = np.empty(size + 8)
    begin = -room.ctypes.data % 64 // 8
    return room[begin : begin + size].reshape(shape)
