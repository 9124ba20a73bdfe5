"""What a picture of a network shows, from left to right: inputs, layers, the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isqrt

import numpy as np

from autograd.reading.formatting import count, number
from autograd.show.network.bindings import Entry
from autograd.show.network.network import Column, Floats, Network, unit_path
from autograd.show.picture import Kind

LONGEST_LIST = 36  # units; more are a grid
SMALLEST_IMAGE = 49  # pixels
MOST_LINES = 260  # between two lists
MOST_NUMBERS = 8  # written on the lines of a gap
MOST_COLUMNS = 24


class Form(StrEnum):
    """How numbers that belong together are shown."""

    LIST = "list"
    IMAGE = "image"
    GRID = "grid"


class Weights(StrEnum):
    """How the weights between two stages are shown."""

    LINES = "lines"
    ROWS = "rows"  # a small image beside each unit
    MAP = "map"


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The inputs that come in at one place, or the units of one layer.

    Attributes
    ----------
    form : Form
        How they are shown.
    kind : Kind
        What they are: units, variables or constants.
    names, tooltips : sequence of str
        One for each.
    values : array of shape (n,)
        What they are.
    grads : sequence of float or None
        Their gradients.
    entries : sequence of Entry
        What they are in the graph.
    nodes : sequence of tuple of int
        The nodes that each stands for.
    opens : sequence of str
        The path that each is opened by; empty for inputs.
    """

    form: Form
    kind: Kind
    names: Sequence[str]
    tooltips: Sequence[str]
    values: Floats
    grads: Sequence[float | None]
    entries: Sequence[Entry]
    nodes: Sequence[tuple[int, ...]]
    opens: Sequence[str] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What stands in one column of the picture.

    Attributes
    ----------
    title, remark : str
        The two lines above it.
    blocks : tuple of Block
        From top to bottom: the units, and the inputs that come in for the next layer.
    column : Column or None
        The layer whose units these are.
    weights : Weights or None
        How the weights into it are shown; None for inputs, and behind layers that are left out.
    nodes : tuple of int
        What is left out here.
    tight : bool
        Whether numbers on lines stand one below the other, to take less room.
    """

    title: str
    remark: str
    blocks: tuple[Block, ...]
    column: Column | None = None
    weights: Weights | None = None
    nodes: tuple[int, ...] = ()
    tight: bool = False


def stages_of(network: Network) -> tuple[Stage, ...]:
    """Return the inputs and the layers, each with what comes in for the next one."""
    columns = network.columns
    found = [_inputs(columns[0])]
    for column, after, path in zip(columns, [*columns[1:], None], network.paths, strict=True):
        units = _units(column, path)
        blocks = (units, _entering(after)) if after and after.entering else (units,)
        found.append(
            Stage(column.title, _remark(column), blocks, column, _weights(found[-1], column))
        )
    return tuple(found) if len(columns) <= MOST_COLUMNS else _shortened(found)


def _shortened(stages: list[Stage]) -> tuple[Stage, ...]:
    half = MOST_COLUMNS // 2
    left_out = stages[half + 1 : -half]
    nodes = {
        k for stage in left_out for block in stage.blocks for each in block.nodes for k in each
    }
    nodes |= {k for stage in (*left_out, stages[-half]) for k in _weight_nodes(stage)}
    gap = Stage("…", f"{count(len(left_out), 'layer')} more", (), nodes=tuple(sorted(nodes)))
    return *stages[: half + 1], gap, replace(stages[-half], weights=None), *stages[-half + 1 :]


def _weight_nodes(stage: Stage) -> list[int]:
    rows = stage.column.bindings.weights if stage.column else ()
    return [k for row in rows for each in row for k in each.nodes]


def _inputs(column: Column) -> Stage:
    block = _entering(column)
    return Stage("inputs", count(len(block.values), "number"), (block,))


def _entering(column: Column) -> Block:
    places = column.entering
    values = column.x[places]
    grads = [column.x_grad[i] for i in places]
    learns = any(g is not None for g in grads)
    return Block(
        _form(len(places), image=len(places) == len(column.x)),
        Kind.VARIABLE if learns else Kind.CONSTANT,
        [column.names[i] for i in places],
        [f"{column.names[i]} = {number(float(column.x[i]))}" for i in places],
        values,
        grads,
        [column.bindings.x[i] for i in places],
        [column.bindings.inputs[i] for i in places],
    )


def _form(n: int, *, image: bool) -> Form:
    if image and n >= SMALLEST_IMAGE and isqrt(n) ** 2 == n:
        return Form.IMAGE
    return Form.LIST if n <= LONGEST_LIST else Form.GRID


def _units(column: Column, path: str) -> Block:
    n = len(column.a)
    grads = [None] * n if column.a_grad is None else column.a_grad.tolist()
    tooltips = [_story(column, j) for j in range(n)]
    names = [str(j) for j in range(n)]
    return Block(
        _form(n, image=False),
        Kind.OPERATION,
        names,
        tooltips,
        column.a,
        grads,
        column.bindings.a,
        column.bindings.units,
        [unit_path(path, j) for j in range(n)],
    )


def _story(column: Column, j: int) -> str:
    def entry(numbers: Floats | None) -> str:
        return number(None if numbers is None else float(numbers[j]))

    lines = [f"{column.path}, unit {j}"]
    if column.b is not None:
        lines.append(f"bias {entry(column.b)}, ∂L/∂b {entry(column.b_grad)}")
    lines.append(f"z = w·x + b = {entry(column.z)}, ∂L/∂z {entry(column.z_grad)}")
    lines.append(
        f"a = {column.activation or 'z'} = {entry(column.a)}, ∂L/∂a {entry(column.a_grad)}"
    )
    return "\n".join(lines)


def _remark(column: Column) -> str:
    units = count(len(column.a), "unit")
    return f"{units} · {column.activation}" if column.activation else units


def _weights(before: Stage, column: Column) -> Weights:
    target = _form(len(column.a), image=False)
    sources = {block.form for block in before.blocks}
    if target is Form.LIST and sources == {Form.LIST} and column.W.size <= MOST_LINES:
        return Weights.LINES
    if target is Form.LIST and len(before.blocks) == 1 and Form.LIST not in sources:
        return Weights.ROWS
    return Weights.MAP


def as_matrix(numbers: Floats) -> Floats:
    """Return a vector as the matrix that it is drawn as: rows of a square, filled up with zeros.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.show.network.stages import as_matrix
    >>> as_matrix(np.arange(5.0)).tolist()
    [[0.0, 1.0, 2.0], [3.0, 4.0, 0.0]]
    """
    columns = isqrt(len(numbers) - 1) + 1
    filled = np.zeros(-(-len(numbers) // columns) * columns)
    filled[: len(numbers)] = numbers
    return filled.reshape(-1, columns)
