"""Elements by their positions: indexing, its transpose, and what only moves elements about."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from autograd.numbers.sealed import Sealed
from autograd.replay.tensors import index_kernels
from autograd.replay.tensors.memory_places import Array, Place
from autograd.replay.tensors.tensor_program import LETTERS, Program


def has_sealed(settings: Any) -> bool:
    """Whether some setting has an array whose numbers differ in every replay."""
    return any(
        isinstance(each, Sealed)
        for setting in settings.values()
        for each in (setting if type(setting) is tuple else (setting,))
    )


def lower_move(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add what an op that only moves elements does: where each is taken from never changes.

    Numbers that count the elements, moved by the op itself, say where; 0 is where none is taken.
    Other numbers, moved too, say whether that is so: the op may compute, or put in a number that is
    in the count.
    """
    x = places[0]
    counted = np.arange(x.view.size + 1.0)

    def moved(numbers: Array) -> Array:
        return np.asarray(op.function(numbers[1:].reshape(x.shape), **settings))

    counts = moved(counted)
    if not np.isin(counts, counted).all():
        return None
    positions = counts.astype(np.int64)
    others = counted + np.sqrt(counted)  # each but 0 is another number
    if not np.array_equal(moved(others), others[positions]):
        return None
    return _moved(program, op.name, x, positions - 1, shape, dtype)


def _moved(
    program: Program, name: str, x: Place, positions: Array, shape: Any, dtype: Any
) -> Place:
    x, out = program.contiguous(x), program.new(shape, dtype)
    places = program.constant(positions.ravel())
    kernel = index_kernels.move_kernel(LETTERS[dtype.name], back=False)
    return program.emit(name, kernel, [x, out, places, out.view.size], [x, places], out)


def _rows_taken(program: Program, index: Any, shape: Any) -> tuple[Place, int] | None:
    """Return the numbers of the rows that an index takes, and how many axes they count.

    None for an index that isn't made of whole numbers for each of the first axes.
    """
    parts = index if type(index) is tuple else (index,)
    is_array = [isinstance(each, (np.ndarray, Sealed)) for each in parts]
    kinds = [each.dtype.kind if own else "" for each, own in zip(parts, is_array, strict=True)]
    whole = [
        k in "iu" if k else isinstance(each, (int, np.integer))
        for k, each in zip(kinds, parts, strict=True)
    ]
    if not all(whole) or not any(is_array):
        return None
    own = [
        program.place_of(each if k else np.asarray(each))
        for each, k in zip(parts, kinds, strict=True)
    ]
    if len(own) == 1:
        return program.contiguous(own[0]), 1
    common = np.broadcast_shapes(*(p.shape for p in own))
    every = [program.contiguous(Place(p.storage, np.broadcast_to(p.view, common))) for p in own]
    out = program.new(common, np.int64)
    numbers: list[int | Place] = [len(own), out.view.size, out]
    for place, length in zip(every, shape, strict=False):
        numbers += [place, length]
    kernel = index_kernels.positions_kernel()
    return program.emit("positions", kernel, numbers, every, out), len(own)


def lower_getitem(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add what an index takes."""
    by_number = op.name == "embedding"
    x, index = places[0], settings["indices" if by_number else "index"]
    rows = _rows_taken(program, index, x.shape) if dtype == x.dtype else None
    if rows is None:
        return (
            None
            if has_sealed(settings)
            else lower_move(program, op, places, settings, shape, dtype)
        )
    taken, axes = rows
    table = program.contiguous(x)
    out = program.new(shape, dtype)
    length, count = prod(table.shape[axes:]), prod(table.shape[:axes])
    kernel = index_kernels.take_kernel(LETTERS[dtype.name], back=False, from_end=not by_number)
    numbers: list[int | Place] = [table, out, taken, taken.view.size, length, count]
    return program.emit(op.name, kernel, numbers, [table, taken], out)


def lower_scatter(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add zeros of a shape, with the operand added in at an index."""
    g, index = places[0], settings["index"]
    letter = LETTERS[dtype.name]
    if is_basic(index):
        out = program.zeros(shape, dtype)
        _written(program, g, out, index)
        return out
    rows = _rows_taken(program, index, shape)
    if rows is None and has_sealed(settings):
        return None
    out, g = program.zeros(shape, dtype), program.contiguous(g)
    if rows is not None:
        taken, axes = rows
        length, count = prod(shape[axes:]), prod(shape[:axes])
        kernel = index_kernels.take_kernel(letter, back=True)
        numbers: list[int | Place] = [out, g, taken, taken.view.size, length, count]
        return program.emit("scatter", kernel, numbers, [g, taken, out], out)
    at = program.constant(np.arange(prod(shape)).reshape(shape)[index].ravel())
    if at.view.size != g.view.size:
        return None
    kernel = index_kernels.move_kernel(letter, back=True)
    return program.emit("scatter", kernel, [g, out, at, at.view.size], [g, at, out], out)


def lower_set(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    """Add a copy in which the elements at an index are others."""
    x, values = places
    if not is_basic(settings["index"]) or x.dtype != dtype:
        return None
    out = program.copy_of(x)
    _written(program, values, out, settings["index"])
    return out


def _written(program: Program, source: Place, target: Place, index: Any) -> None:
    own = index if type(index) is tuple else (index,)
    whole = own if Ellipsis in own else (*own, ...)  # a view also where it takes one element
    part = Place(target.storage, target.view[whole])
    program.copied(Place(source.storage, np.broadcast_to(source.view, part.shape)), part)


def is_basic(index: Any) -> bool:
    """Whether an index is of numbers, slices and new axes: what it takes is a view."""
    return all(
        each is None or each is Ellipsis or isinstance(each, (int, slice, np.integer))
        for each in (index if type(index) is tuple else (index,))
    )


_MOVES = ("from_diagonal", "tril", "triu", "roll", "repeat", "tile", "pad", "flip", "transpose")
LOWERED: dict[str, Callable[..., Place | None]] = {
    **dict.fromkeys(_MOVES, lower_move),
    "getitem": lower_getitem,
    "embedding": lower_getitem,
    "scatter": lower_scatter,
    "set_at": lower_set,
}
