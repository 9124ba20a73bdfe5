"""The recorder: traces a function on Values until two traces agree."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from threading import RLock
from typing import Any, NamedTuple

import numpy as np

from autograd.node.node import Node
from autograd.numbers.words import with_article
from autograd.replay.argument_layout import Structure
from autograd.replay.collector import without_collector
from autograd.replay.lower import Tape, lower
from autograd.replay.recording import Recording
from autograd.replay.tracer import trace
from autograd.transforms import pytree
from autograd.transforms.derivatives import value_and_grad
from autograd.values.plain_numbers import as_float
from autograd.values.value import Value

# While a function is recorded its parameters have the numbers of the call: one at a time.
alone = RLock()
_OF_ARRAYS = (
    "In place of an array, jit gives a function an array of Values, and not all of NumPy takes "
    "one: jit(f, tensors=True) gives it a Tensor"
)


class Recorder(NamedTuple):
    """A function, and the variables it takes from outside that are its first argument."""

    function: Callable[..., Any]
    parameters: list[Value]

    def record(self, args: tuple[Any, ...], structure: Structure) -> Recording:
        """Trace until two traces agree, and return their recording.

        A Value that outlives the first trace is held outside of the function. Its number may
        change, so the next trace takes it for an input.
        """
        held: list[Node] = []
        before: Tape | None = None
        with alone, without_collector():
            for _ in range(4):
                tape, alive = self._traced(args, held)
                if alive:
                    held += alive
                elif before is not None and tape.same_as(before):
                    return tape.recording(structure)
                else:
                    before = tape
        raise ValueError(
            "recording the function twice on the same arguments gave two different recordings: it "
            "depends on something that changes between calls (a counter, a random number, a list "
            "that grows), and a replay would repeat the last; pass it as an argument"
        )

    def _traced(self, args: tuple[Any, ...], held: list[Node]) -> tuple[Tape, list[Node]]:
        """Trace once; return also the constants in it that are alive when the graph is gone."""
        before = [p._data for p in self.parameters]
        # What is computed from these alone is recorded too: it may change with them.
        frozen = [node for node in (*self.parameters, *held) if not node.requires_grad]
        try:
            for node in frozen:
                node.requires_grad = True
            values, inputs = self.as_values(args)
            result, noted = trace(self.function, values)
        except (AttributeError, TypeError) as error:
            if any(isinstance(x, np.ndarray) for x in pytree.leaves(args[bool(self.parameters) :])):
                error.add_note(_OF_ARRAYS)
            raise
        finally:
            for node in frozen:
                node.requires_grad = False
            for parameter, number in zip(self.parameters, before, strict=True):
                parameter._data = number
        tape, constants = lower(result, noted.guards, inputs, held)
        references = [*map(weakref.ref, constants), *noted.constants]
        del values, inputs, result, constants
        noted.guards.clear()
        noted.refuse_reads()
        known = set(held)
        if held and alive(references, known):
            gc.collect()  # a function that calls itself keeps what it closes over until then
        return tape, alive(references, known)

    def as_values(self, args: tuple[Any, ...]) -> tuple[list[Any], list[Node]]:
        """Return the arguments as Values in their containers, and all these in order."""
        inputs: list[Node] = []
        if self.parameters:
            theta, *rest = args
            for parameter, number in zip(self.parameters, theta.tolist(), strict=True):
                parameter._data = number
            inputs += self.parameters
            args = tuple(rest)
        return [pytree.rebuild(arg, _values(pytree.leaves(arg), inputs)) for arg in args], inputs

    def in_graph(self, args: tuple[Any, ...]) -> Any:
        """Return the function's result on Values: a part of their graph."""
        if self.parameters:
            raise TypeError(
                "a function jitted with parameters takes them as one array of plain numbers, and "
                "can't be a part of another graph: call the function itself there"
            )
        return self.function(*args)

    def gradient_in_graph(self, args: tuple[Any, ...], argnums: Any) -> Any:
        """Return the function's result and its gradient, parts of a graph too."""
        chosen = argnums if isinstance(argnums, int) else tuple(argnums)
        return value_and_grad(lambda *own: self.in_graph(own), chosen)(*args)

    def check(self, args: tuple[Any, ...]) -> None:
        """Raise TypeError unless the first argument is an array of the parameters."""
        n = len(self.parameters)
        theta: Any = args[0] if args else None
        is_array = isinstance(theta, np.ndarray)
        if n and not (is_array and theta.shape == (n,) and theta.dtype == np.float64):
            raise TypeError(
                f"the first argument must be an array of the {n} parameters, float64 of shape "
                f"({n},), got "
                + (f"{theta.dtype} of shape {theta.shape}" if is_array else with_article(theta))
            )


def alive(references: list[weakref.ref[Node]], known: set[Node]) -> list[Node]:
    """Return which nodes outlive a trace: they are held outside of the function."""
    nodes = dict.fromkeys(reference() for reference in references)
    return [node for node in nodes if node is not None and node not in known]


def _values(leaves: list[Any], inputs: list[Node]) -> Iterator[Any]:
    for leaf in leaves:
        if leaf is None or isinstance(leaf, (bool, str)):
            yield leaf
        elif isinstance(leaf, np.ndarray):
            made = np.empty(leaf.size, object)
            made[:] = [Value(float(x)) for x in leaf.flat]
            inputs.extend(made)
            yield made.reshape(leaf.shape)
        else:
            value = Value(as_float(leaf._data if isinstance(leaf, Node) else leaf))
            value.note = leaf.note if isinstance(leaf, Node) else None
            inputs.append(value)
            yield value
