"""Programs that equations call: entered, so that what happens in them is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import jax.numpy as jnp

from autograd.bridges.jax.places import Place, called_name, program_of
from autograd.bridges.jax.wires import Wire
from autograd.node.node import Node
from autograd.ops.indexing import getitem
from autograd.ops.joining import stack

# Runs a program on what it is given, in a place.
Run: TypeAlias = Callable[[Any, Sequence[Wire], Place], list[Wire]]


def call(run: Run, equation: Any, given: Sequence[Wire], place: Place, name: str) -> list[Wire]:
    """Enter what ``jit``, ``checkpoint`` and the like call."""
    return run(program_of(equation), given, place.inside(name))


def cond(run: Run, equation: Any, given: Sequence[Wire], place: Place, name: str) -> list[Wire]:
    """Enter the branch that is taken."""
    branches = equation.params["branches"]
    taken = min(max(int(given[0].value), 0), len(branches) - 1)
    return run(branches[taken], given[1:], place.inside(f"{name}/branch{taken}"))


def scan(run: Run, equation: Any, given: Sequence[Wire], place: Place, name: str) -> list[Wire]:
    """Enter every iteration, each in a region of its own."""
    settings = equation.params
    length, program = settings["length"], settings["jaxpr"]
    constants, carry, rows = _parts(settings, given)
    body = called_name(program) or "step"
    emitted: list[list[Wire]] = []
    for k in reversed(range(length)) if settings["reverse"] else range(length):
        inside = place.inside(f"{name}/{body}{k}")
        found = run(program, [*constants, *carry, *(_row(x, k, inside) for x in rows)], inside)
        carry = found[: len(carry)]
        emitted.append(found[len(carry) :])
    if settings["reverse"]:
        emitted.reverse()
    return [*carry, *(_stacked(column, place) for column in zip(*emitted, strict=True))]


def _parts(settings: Any, given: Sequence[Wire]) -> list[list[Wire]]:
    """Return a loop's constants, its carry, and the arrays that it scans."""
    if "ft_in" in settings:  # JAX 0.12 keeps a tree where older ones count
        return [list(part) for part in settings["ft_in"].update(given).unpack()]
    fixed = settings["num_consts"]
    first = fixed + settings["num_carry"]
    return [list(given[:fixed]), list(given[fixed:first]), list(given[first:])]


def _row(wire: Wire, k: int, place: Place) -> Wire:
    """Return the row of a scanned array that iteration ``k`` gets."""
    row = Wire(wire.value[k])
    if wire.is_variable:
        row.node = placed(getitem(wire.node, k), place)
    return row


def _stacked(column: Sequence[Wire], place: Place) -> Wire:
    """Return the iterations' outputs, stacked."""
    whole = Wire(jnp.stack([each.value for each in column]))
    if any(each.is_variable for each in column):
        whole.node = placed(stack([each.shown() for each in column]), place)
    return whole


def placed(node: Any, place: Place) -> Node:
    """Return a node of an op of ours, told where it belongs."""
    made: Node = node
    made.region = place.region
    made.source = place.source
    return made
