"""``TensorRecording``: a function of Tensors as instructions, and the memory that they work in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

import numpy as np

from autograd.node.node import Node
from autograd.numbers.sealed import unsealed
from autograd.replay.recording import BranchError
from autograd.replay.tensors.memory_places import Array, Place
from autograd.replay.tensors.tensor_machine import OutOfRangeError, TensorMachine
from autograd.replay.tensors.tensor_program import Program
from autograd.transforms import pytree


class Guard(NamedTuple):
    """A condition that a Python branch asked for, and what it was."""

    place: Place
    outcome: bool


@dataclass(frozen=True)
class Whole:
    """Where whole numbers are that a function returns, and their dtype: kernels have int64."""

    place: Place
    dtype: np.dtype[Any]


@dataclass(eq=False)
class TensorTape:
    """What a trace was lowered to.

    Attributes
    ----------
    program : Program
    inputs : list of Place
        Of the arguments' leaves, in order; with parameters, theirs first, in one array.
    outside : list of (Node, Place)
        Leaves that the function takes from outside: read anew at every replay.
    arrays : list of (Place, ndarray)
        Plain arrays that became constants; after ``watch``, those from outside: read anew too.
    kept : list of (ndarray, ndarray)
        Arrays that ops keep as settings, and what was in them; after ``watch``, from outside.
    guards : list of Guard
    result : pytree
        What the function returned: a place, or a Whole, for what is computed or given, and plain
        arrays and numbers as they are.
    gradient : list of Place or None
        For each input that wants one; None if nothing comes to it.
    derives : bool
        Whether there is a derivative inside the function.
    """

    program: Program
    inputs: list[Place]
    outside: list[tuple[Node, Place]]
    arrays: list[tuple[Place, Any]]
    kept: list[tuple[Any, Any]]
    guards: list[Guard]
    result: Any
    gradient: list[Place | None]
    derives: bool

    def same_as(self, other: TensorTape) -> bool:
        """Whether two tapes compute the same."""
        return (
            [node for node, _ in self.outside] == [node for node, _ in other.outside]
            and self._described() == other._described()
            and self._constants() == other._constants()
        )

    def _described(self) -> Any:
        return (
            [
                (each.name, [_named(x) for x in each.numbers], [_named(p) for p in each.reads])
                for each in self.program.instructions
            ],
            [(_named(guard.place), guard.outcome) for guard in self.guards],
            repr(pytree.map_leaves(lambda _, leaf: _named(leaf), self.result)),
            [_named(place) for place in self.gradient],
        )

    def _constants(self) -> Any:
        return [(_named(place), x.tobytes()) for place, x in self.program.constants]

    def watch(self, before: TensorTape) -> None:
        """Take arrays in the same memory as in the trace before for outside ones.

        What the function itself made is in other memory in each trace.
        """
        pairs = zip(self.arrays, before.arrays, strict=True)
        same = [now for now, then in pairs if _is_same_memory(now[1], then[1])]
        self.arrays = same
        both = zip(self.kept, before.kept, strict=False)
        self.kept = [now for now, then in both if _is_same_memory(now[0], then[0])]
        watched = {id(place.storage) for place, _ in same}
        self.program.constants = [
            each for each in self.program.constants if id(each[0].storage) not in watched
        ]

    def keeps_all(self) -> bool:
        """Whether the arrays that ops keep as settings are as they were: none changed in place."""
        return all(
            np.array_equal(array, copy, equal_nan=copy.dtype.kind == "f")
            for array, copy in self.kept
        )

    def read_outside(self, views: Sequence[Any]) -> None:
        """Write to some views what leaves, arrays and lists from outside are now.

        A leaf is sealed while another thread records a function that uses it.
        """
        sources = [
            *(unsealed(node._data) for node, _ in self.outside),
            *(x for _, x in self.arrays),
        ]
        for view, numbers in zip(views, sources, strict=True):
            if np.shape(numbers) != view.shape:
                raise ValueError(
                    "what the recorded function takes from outside has shape "
                    f"{np.shape(numbers)} now, and had {view.shape}: record the function again"
                )
            view[...] = numbers


def _is_same_memory(x: Any, y: Any) -> bool:
    """Whether two arrays, both alive, are the same elements of one piece of memory."""
    if isinstance(x, list):
        return x is y
    own, other = x.__array_interface__, y.__array_interface__
    return own["data"] == other["data"] and (x.shape, x.strides) == (y.shape, y.strides)


def _named(x: Any) -> Any:
    """Return what tells places of two traces apart."""
    if isinstance(x, Place):
        return x.described()
    if isinstance(x, Whole):
        return x.place.described(), x.dtype
    if isinstance(x, np.ndarray):
        return x.shape, x.dtype, x.tobytes()
    return x


def _copied(array: Array) -> Any:
    """Return a copy that the caller may keep, or the number of an array that has no axes."""
    return array.copy() if array.ndim else array.item()


@dataclass(eq=False, repr=False)
class TensorRecording:
    """One path through a function of Tensors, ready to be replayed.

    Attributes
    ----------
    calls : tuple of str
        The ops that have no kernel: NumPy computes them in the replay.
    recomputed : int
        How many gradients, and results of derivatives, were not finite and were therefore computed
        again by the walk.
    """

    tape: TensorTape
    wanted: Sequence[int]
    recomputed: int = 0
    _machine: TensorMachine = field(init=False)

    def __post_init__(self) -> None:
        tape = self.tape
        results = [
            leaf.place if isinstance(leaf, Whole) else leaf
            for leaf in pytree.leaves(tape.result)
            if isinstance(leaf, (Place, Whole))
        ]
        gradients = [place for place in tape.gradient if place is not None]
        guards = [guard.place for guard in tape.guards]
        inputs = [*tape.inputs, *(p for _, p in tape.outside), *(p for p, _ in tape.arrays)]
        self._machine = TensorMachine(tape.program, inputs, [*results, *gradients, *guards])
        views = iter(self._machine.outputs)
        self._results = [next(views) for _ in results]
        self._gradients = [next(views) if place is not None else None for place in tape.gradient]
        self._guards = [(next(views), guard.outcome) for guard in tape.guards]
        self._generators = list(tape.program.generators.values())
        self._states: list[Any] = []
        self.calls = tuple(each.name for each in tape.program.instructions if each.kernel is None)

    def __len__(self) -> int:
        """The number of instructions."""
        return len(self.tape.program.instructions)

    def __repr__(self) -> str:
        called = f", {len(self.calls)} of them by NumPy" if self.calls else ""
        return (
            f"TensorRecording({len(self)} instructions{called}, on {len(self.tape.inputs)} "
            f"inputs, {len(self.tape.outside)} outside, {len(self._guards)} guards)"
        )

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(
            "a recording of Tensors holds machine code and can't be pickled or copied: pickle the "
            "jitted function, which records anew where it is loaded"
        )

    @property
    def nbytes(self) -> int:
        """The memory that its arrays take together."""
        return self._machine.nbytes

    def run(self, inputs: Sequence[Any]) -> None:
        """Replay on other inputs; BranchError if a Python branch differs."""
        if not self.tape.keeps_all():
            raise BranchError(
                "an array that the recorded function indexes or chooses with was changed in place"
            )
        if self._generators:
            self._states = [each.bit_generator.state for each in self._generators]
        views = self._machine.inputs
        for number, view in zip(inputs, views, strict=False):
            view[...] = number
        if len(views) > len(inputs):
            self.tape.read_outside(views[len(inputs) :])
        try:
            self._machine.run()
        except OutOfRangeError:
            self.rewind()
            raise
        for view, outcome in self._guards:
            if bool(view) != outcome:
                self.rewind()
                raise BranchError(
                    "a Python branch on a Tensor goes another way for these arguments than when "
                    "the function was recorded; where chooses without a branch"
                )

    def rewind(self) -> None:
        """Give generators back the states that they had before the last run."""
        for generator, state in zip(self._generators, self._states, strict=True):
            generator.bit_generator.state = state

    def result(self) -> Any:
        """Return what the function returns, in plain numbers and arrays."""
        if isinstance(self.tape.result, Place):
            return _copied(self._results[0])
        views = iter(self._results)

        def number(_: str, leaf: Any) -> Any:
            if isinstance(leaf, Place):
                return _copied(next(views))
            if isinstance(leaf, Whole):
                return _copied(next(views).astype(leaf.dtype))
            return _copied(leaf) if isinstance(leaf, np.ndarray) else leaf

        return pytree.map_leaves(number, self.tape.result)

    def gradient(self) -> Iterator[Array]:
        """Yield the gradient of each input that wants one."""
        for k, view in zip(self.wanted, self._gradients, strict=True):
            like = self.tape.inputs[k]
            yield np.zeros(like.shape, like.dtype) if view is None else view.copy()
