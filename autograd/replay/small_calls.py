"""Small calls: a replay on arguments that are as the last ones were, with nothing looked up.

A replay of 200 nodes takes half a microsecond, and finding out what to replay takes eight. So the
last call leaves here all that can't have changed for the next one. Whatever is out of the ordinary
is *missed*, and takes the general way: arguments that are Values or nested containers, another
structure, a branch that goes the other way, a gradient that isn't finite.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.replay.argument_layout import NUMBER
from autograd.replay.cache_entry import CacheEntry
from autograd.replay.interpreter import BOTH, FORWARD
from autograd.replay.machine import Machine
from autograd.transforms import pytree

MISSED: Any = object()


class SmallCall:
    """Replays of one recording.

    Attributes
    ----------
    argnums : int or sequence of int
        Which gradients are wanted: the object that the last call gave.
    """

    def __init__(
        self, entry: CacheEntry, machine: Machine, argnums: Any, chosen: tuple[int, ...]
    ) -> None:
        self.argnums = argnums
        self._machine = machine
        self._values, self._numbers = machine.values, memoryview(machine.values.data)
        self._replay, self._at = machine.frame.replay, machine.frame.at
        self._slots = [self._slot(entry, k) for k in range(len(entry.inputs_of))]
        self._output = int(machine.outputs[0])
        self._is_one = machine.recording.result is None
        self._gradient = machine.frame.gradient
        wanted = [x for k in sorted(set(chosen)) for x in entry.inputs_of[k]]
        first = {x: place for place, x in reversed(list(enumerate(wanted)))}
        # Of each gradient: the kind and shape of its argument, and where it is among all of them.
        self._parts = [
            (*self._slots[k][:2], first.get(inputs.start, 0), len(inputs))
            for k in chosen
            for inputs in (entry.inputs_of[k],)
        ]

    @classmethod
    def of(
        cls, entry: CacheEntry, machine: Machine, argnums: Any = None, chosen: tuple[int, ...] = ()
    ) -> SmallCall | None:
        """Return the short way to replay such arguments; None if they are too intricate."""
        key = type(argnums), chosen
        if key not in machine.small_calls:
            fixed = argnums is None or isinstance(argnums, (int, tuple, range))  # can't change
            simple = fixed and _is_simple(entry)
            machine.small_calls[key] = cls(entry, machine, argnums, chosen) if simple else None
        found: SmallCall | None = machine.small_calls[key]
        if found is not None:
            found.argnums = argnums
        return found

    def is_of(self, recording: Any) -> bool:
        """Whether it replays a recording."""
        return self._machine.recording is recording

    def _slot(self, entry: CacheEntry, k: int) -> tuple[Any, Any, Any, Any]:
        """Return the kind of an argument, its shape, its dtype, and where its numbers go."""
        part, inputs = entry.structure[2][k], entry.inputs_of[k]
        room = self._values[inputs.start : inputs.stop]
        if part == NUMBER:
            return float, None, None, inputs.start
        if part[0] == "array":
            return np.ndarray, part[1], np.dtype(part[2]), room.reshape(part[1])
        return part[0], len(inputs), None, room

    def _fill(self, args: tuple[Any, ...]) -> bool:
        if len(args) != len(self._slots):
            return False
        for arg, (kind, shape, dtype, room) in zip(args, self._slots, strict=True):
            cls = type(arg)
            if kind is float:
                if cls is not float and cls is not int:
                    return False
                self._numbers[room] = arg
            elif cls is not kind:
                return False
            elif kind is np.ndarray:
                if arg.shape != shape or arg.dtype != dtype:
                    return False
                room[...] = arg
            elif len(arg) == shape and _NUMBERS.issuperset(map(type, arg)):
                room[:] = arg
            else:
                return False
        self._machine.read_outside()
        return True

    def value(self, args: tuple[Any, ...]) -> Any:
        """Return the function's result, or MISSED."""
        if not self._fill(args) or self._replay(self._at, FORWARD):
            return MISSED
        if self._is_one:
            return self._numbers[self._output]
        found = self._values[self._machine.outputs].tolist()
        return pytree.rebuild(self._machine.recording.result, iter(found))

    def value_and_grad(self, args: tuple[Any, ...]) -> Any:
        """Return the value and its gradients, or MISSED."""
        if not self._fill(args) or self._replay(self._at, BOTH):
            return MISSED
        found = self._gradient.copy()
        grads = tuple([_part(found, *part) for part in self._parts])
        value = self._numbers[self._output]
        return value, grads[0] if type(self.argnums) is int else grads


def _part(found: Any, kind: Any, shape: Any, start: int, size: int) -> Any:
    if kind is np.ndarray:
        part = found if size == found.size else found[start : start + size]
        return part if len(shape) == 1 else part.reshape(shape)
    if kind is float:
        return found.item(start)
    return kind(found[start : start + size].tolist())


def _is_simple(entry: CacheEntry) -> bool:
    return all(
        part == NUMBER
        or part[0] == "array"
        or (part[0] in (list, tuple) and part[2] and set(part[2]) == {NUMBER})
        for part in entry.structure[2]
    )


_NUMBERS = frozenset({float, int})
