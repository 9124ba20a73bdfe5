"""An entry of a jitted function's cache: recordings, and the machines that replay them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from autograd.replay.argument_layout import Structure, input_ranges
from autograd.replay.machine import LaneMachine, Machine
from autograd.replay.threads import threads_for
from autograd.transforms import pytree


class CacheEntry:
    """The recordings for arguments of one structure, and their machines."""

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.ranges = input_ranges(structure)
        self.recordings: list[Any] = []  # the last used first
        self._machines: dict[Any, Any] = {}
        counts = [len(input_ranges(part)) for part in structure[2]]
        ends = np.cumsum([0, *counts]).tolist()
        # Which leaves, and which inputs, each argument has.
        self.leaves_of = [slice(a, b) for a, b in pairwise(ends)]
        sizes = [sum(s.stop - s.start for s in self.ranges[own]) for own in self.leaves_of]
        self.inputs_of = [range(a, b) for a, b in pairwise(np.cumsum([0, *sizes]).tolist())]

    def inputs(self, arguments: Iterable[int]) -> list[int]:
        """Return the numbers of the inputs that the elements of some arguments are, in order."""
        return [x for k in sorted(set(arguments)) for x in self.inputs_of[k]]

    def machine(self, recording: Any, wanted: tuple[int, ...]) -> Machine:
        """Return the machine for a recording and the gradients in some arguments, made once."""
        key = (id(recording), frozenset(wanted))
        if key not in self._machines:
            self._machines[key] = Machine(recording, self.inputs(wanted))
        found: Machine = self._machines[key]
        return found

    def lane_machine(
        self,
        recording: Any,
        wanted: tuple[int, ...],
        lanes: tuple[int, ...],
        n: int,
        threads: int | None,
    ) -> LaneMachine:
        """Return a machine in which some arguments differ between ``n`` lanes."""
        key = (id(recording), frozenset(wanted), lanes)
        found: LaneMachine | None = self._machines.get(key)
        if found is None or found.most < n:
            count = threads_for(threads, n * len(recording))
            found = LaneMachine(recording, self.inputs(wanted), self.inputs(lanes), n, count)
            self._machines[key] = found
        return found

    def put_first(self, recording: Any) -> None:
        """Note that a recording was used last; it may be a new one."""
        if not self.recordings or recording is not self.recordings[0]:
            self.recordings = [recording, *(r for r in self.recordings if r is not recording)]

    def drop_machines(self) -> None:
        """Drop the machines with all that is in their memory."""
        self._machines.clear()

    def drop(self, recording: Any) -> None:
        """Drop a recording and its machines."""
        self.recordings.remove(recording)
        for key in [key for key in self._machines if key[0] == id(recording)]:
            del self._machines[key]

    def split_gradient(self, arguments: Iterable[int], found: Any) -> dict[int, Any]:
        """Split the gradients in some arguments' elements, along the last axis, by argument."""
        parts = {}
        start = 0
        for k in sorted(set(arguments)):
            stop = start + len(self.inputs_of[k])
            parts[k] = found[..., start:stop]
            start = stop
        return parts

    def like_argument(self, arg: Any, argument: int, part: Any) -> Any:
        """Return a gradient in the containers of its argument; axes before the last one stay."""
        return pytree.rebuild(arg, self._leaves(argument, part))

    def _leaves(self, argument: int, part: Any) -> Iterator[Any]:
        first = self.inputs_of[argument].start
        for start, stop, shape in self.ranges[self.leaves_of[argument]]:
            if shape is None and stop == start:
                yield None
            elif shape is None:
                number = part[..., start - first]
                yield number if number.ndim else float(number)
            else:
                yield part[..., start - first : stop - first].reshape((*part.shape[:-1], *shape))
