"""``Recording``: a function's graph as flat arrays. ``lower.py`` makes it.

Values are numbered: first the inputs (the elements of the arguments in order), then the numbers
taken from outside and the constants, then the results of the instructions, in an order in which
operands come before results.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd.numbers.words import with_article

VERSION = 1

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


class BranchError(ValueError):
    """A Python branch of the recorded function would go the other way for these numbers.

    Examples
    --------
    >>> from autograd import jit
    >>> from autograd.replay import BranchError
    >>> f = jit(lambda x: x if x > 0 else -x)
    >>> f(2.0), f(-3.0)  # it is caught, and the other branch is recorded
    (2.0, 3.0)
    >>> issubclass(BranchError, ValueError)
    True
    """


@dataclass(eq=False, repr=False)
class Recording:
    """One path through a function, as instructions in flat arrays.

    It can be pickled. Load a pickle only from someone you trust: it runs code.

    Attributes
    ----------
    arguments : tuple
        The structure of the arguments (see ``argument_layout.py``).
    inputs : int
        How many numbers they have together.
    outside : list of Value
        Variables and constants that the function takes from outside: read anew at every replay.
    constants : ndarray of float64
        The other numbers in the function.
    kinds : list of (str, tuple)
        The kinds of instruction in it: the op's name, and the settings that aren't the default's;
        ``...`` stands for a setting that is a number, which comes after the operands.
    code, start, args : ndarray of int
        Instruction i is of kind ``kinds[code[i]]``, on the values ``args[start[i]:start[i + 1]]``.
    outputs : ndarray of int
        Which values the function returns.
    result : pytree
        What the function returns, with None for each number.
    guards : ndarray of int
        Which values are conditions that a Python branch asked for.
    outcomes : ndarray of float64
        What they were: 1 for true.
    recomputed : int
        How many gradients were not finite and were therefore computed again by the walk.

    Examples
    --------
    >>> from autograd import jit
    >>> recording = jit(lambda x, y: (x * y).sin()).recording(2.0, 3.0)
    >>> recording
    Recording(2 instructions on 2 inputs, 0 outside, 0 guards)
    >>> recording.kinds, recording.leaves, recording.constants.size, recording.nbytes > 0
    ([('mul', ()), ('sin', ())], 3, 1, True)
    """

    arguments: tuple[Any, ...]
    inputs: int
    outside: list[Any]
    constants: Floats
    kinds: list[tuple[str, tuple[Any, ...]]]
    code: Ints
    start: Ints
    args: Ints
    outputs: Ints
    result: Any
    guards: Ints
    outcomes: Floats
    recomputed: int = 0

    @property
    def leaves(self) -> int:
        """The number of values that are not results of instructions."""
        return self.inputs + len(self.outside) + self.constants.size

    def __len__(self) -> int:
        """The number of instructions."""
        return int(self.code.size)

    def __repr__(self) -> str:
        return (
            f"Recording({len(self)} instructions on {self.inputs} inputs, "
            f"{len(self.outside)} outside, {self.guards.size} guards)"
        )

    @property
    def nbytes(self) -> int:
        """The memory it takes, without Python's own."""
        return sum(a.nbytes for a in vars(self).values() if isinstance(a, np.ndarray))

    def __getstate__(self) -> dict[str, Any]:
        return dict(zip(("format", "glassgrad"), _versions(), strict=True)) | {
            f.name: getattr(self, f.name) for f in fields(self) if f.name != "recomputed"
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        if not isinstance(state, dict):
            raise TypeError(f"expected what a Recording pickles, got {with_article(state)}")
        made, here = (state.pop("format", None), state.pop("glassgrad", None)), _versions()
        if made != here:
            raise ValueError(
                f"this recording was made by glassgrad {made[1]} (format {made[0]}), and this is "
                f"glassgrad {here[1]} (format {here[0]}): record the function again"
            )
        self.__dict__.update(state)


def _versions() -> tuple[int, str]:
    return VERSION, sys.modules["autograd"].__version__
