"""Lowering a graph of traced Tensors to instructions on places.

An elementwise op is an instruction by the rule book. A structural op that only moves elements is a
view, if NumPy can make one; ``structural_lowering.py`` has those with a kernel. Any other is a call
of its function on views of the memory.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from autograd.node.mode import PLAIN, in_mode
from autograd.node.node import Node
from autograd.numbers.kinds import quietly
from autograd.numbers.sealed import Sealed
from autograd.replay.tensors import (
    contraction_lowering,
    index_lowering,
    kernel_texts,
    row_lowering,
    structural_lowering,
    window_lowering,
)
from autograd.replay.tensors.gradient_graph import Pull, computed
from autograd.replay.tensors.index_lowering import has_sealed
from autograd.replay.tensors.memory_places import Array, Place
from autograd.replay.tensors.tensor_program import LETTERS, Program
from autograd.replay.tensors.tensor_tracing import Draw
from autograd.replay.tracer import CHOOSE, DETACH, RELATIONS
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import built_in, key
from autograd.walk.reverse import rows_of

LOWERED = {
    **structural_lowering.LOWERED,
    **index_lowering.LOWERED,
    **row_lowering.LOWERED,
    **contraction_lowering.LOWERED,
    **window_lowering.LOWERED,
}
PULLED = {**row_lowering.PULLED, **window_lowering.PULLED}
_INTERNAL = frozenset({CHOOSE, DETACH, *RELATIONS.values()})


def lower(program: Program, node: Node) -> None:
    """Add the instructions of a node, whose operands have places."""
    op: Any = node.op
    settings = node.params or {}
    shape, dtype = _shape(node), _dtype(node)
    operands = [program.place_of(p) for p in node.parents]
    found: Place | None
    if isinstance(op, Draw):
        found = _drawn(program, op.generator, shape)
    elif isinstance(op, Pull) and isinstance(op.op, Elementwise) and not op.rows:
        found = _by_rule(program, op.op, op.slot, operands, settings, shape, dtype)
    elif isinstance(op, Elementwise) or op in _INTERNAL:
        found = _by_rule(program, op, None, operands, settings, shape, dtype)
    else:
        found = _structural(program, op, operands, settings, shape, dtype)
    program.places[node] = found or _called(program, node, operands)


def _shape(node: Any) -> tuple[int, ...]:
    found: tuple[int, ...] = node._data.shape if node._rank else ()
    return found


def _dtype(node: Any) -> np.dtype[Any]:
    found: np.dtype[Any] = node._data.dtype if node._rank else np.dtype(float)
    return found


def _drawn(program: Program, generator: np.random.Generator, shape: tuple[int, ...]) -> Place:
    out = program.new(shape, np.dtype(float))
    interface = generator.bit_generator.ctypes
    draws = ctypes.cast(interface.next_double, ctypes.c_void_p).value or 0
    program.generators[id(generator)] = generator
    numbers = [out, out.view.size, draws, interface.state_address]
    return program.emit("uniform", kernel_texts.draw_kernel(), numbers, [], out)


# Elementwise ops ----------------------------------------------------------------------------------


def _by_rule(
    program: Program,
    op: Any,
    slot: int | None,
    operands: list[Place],
    settings: Any,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
) -> Place | None:
    """Add what the rule book says: of the result, or of what is passed to an operand."""
    operands, kind = _with_settings(program, op, slot, operands, settings)
    if op is DETACH:
        return operands[0]
    if any(each.name not in LETTERS for each in (dtype, *(p.dtype for p in operands))):
        return None
    try:
        book, text, order, used = kernel_texts.expression_of(kind, slot)
    except TypeError:  # a rule that can't be compiled is called
        return None
    by_name = dict(zip(order, operands, strict=True))
    if text in by_name and by_name[text].shape == shape and by_name[text].dtype == dtype:
        return by_name[text]
    given = [by_name[name] for name in used]
    what = f"{kind[0]}{'' if slot is None else f', operand {slot}'}"
    return program.elementwise(what, text, used, given, book, shape, dtype)


def _with_settings(
    program: Program, op: Any, slot: int | None, operands: list[Place], settings: Any
) -> tuple[list[Place], Any]:
    """Return operands with the settings that are numbers after them, and the kind of instruction.

    A condition that is computed stands in front of the operands of ``where`` in the graph.
    """
    if op is CHOOSE:
        return [*operands[1:], operands[0]], ("where", (("condition", ...),))
    if op in _INTERNAL:
        return operands, (op.name, ())
    pulled = slot is not None
    g, z = (operands[:1], operands[-1:]) if pulled else ([], [])
    own = operands[1:-1] if pulled else operands
    numbers: list[Place] = []
    described: list[tuple[str, Any]] = []
    for name, setting in settings.items():
        is_array = isinstance(setting, (np.ndarray, Sealed))
        if is_array or isinstance(setting, (bool, int, float, np.generic)):
            numbers.append(program.place_of(setting if is_array else float(setting)))
            described.append((name, ...))
        else:
            described.append((name, setting))
    return [*g, *own, *numbers, *z], (key(op), tuple(described))


# Structural ops -----------------------------------------------------------------------------------


def _structural(
    program: Program,
    op: Any,
    operands: list[Place],
    settings: Any,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
) -> Place | None:
    """Return a view, or the place of what kernels compute; None if the op has to be called."""
    sealed = [program.place_of(each) for each in settings.values() if isinstance(each, Sealed)]
    unfit = any(p.dtype.name not in LETTERS or not p.view.size for p in (*operands, *sealed))
    if op.rows or unfit or not prod(shape) or dtype.name not in LETTERS:
        return None
    own: Any = getattr(op, "op", op)
    known: Any = built_in.get(own.name)
    name = own.name if known is own else ""  # somebody's own op may have the same name
    if isinstance(op, Pull):
        pulled = PULLED.get(name)
        return pulled and pulled(program, op, operands, settings, shape, dtype)
    if name == "copy":
        return operands[0]
    if name in ("unstack", "element"):
        place, at = program.contiguous(operands[0]), settings["index"]
        return place.seen_as(place.view.reshape(-1)[at:][:1].reshape(()))
    is_view = op.moves and len(operands) == 1 and not has_sealed(settings)
    found = _moved(program, op, operands[0], settings) if is_view else None
    if found is not None or name not in LOWERED:
        return found
    return LOWERED[name](program, op, operands, settings, shape, dtype)


def _moved(program: Program, op: Any, place: Place, settings: Any) -> Place | None:
    """Return the view that an op makes, of a copy if need be; None if it makes none."""
    if op is built_in["getitem"]:  # with an ellipsis, one element is a view too
        index = settings["index"]
        own = index if type(index) is tuple else (index,)
        whole = own if any(each is ... for each in own) else (*own, ...)
        return place.seen_as(place.view[whole])
    found = place.seen_as(op.function(place.view, **settings))
    if found is None and op is built_in["reshape"]:
        copied = program.contiguous(place)
        found = copied.seen_as(op.function(copied.view, **settings))
    return found


# Calls --------------------------------------------------------------------------------------------


def _called(program: Program, node: Node, operands: Sequence[Place]) -> Place:
    """Add a call of an op's function, or of its pullback, on views."""
    op: Any = node.op
    live = {name: _live(program, each) for name, each in (node.params or {}).items()}
    extra = [place for places, _ in live.values() for place in places]
    count = len(operands)
    is_number = [not p._rank for p in node.parents]
    lengths: tuple[int, ...] = ()
    if getattr(op, "rows", False) and not isinstance(op, Pull):
        lengths = tuple(len(row) for row in rows_of(node, node.parents))

    def call(*views: Array) -> Any:
        given: list[Any] = [
            float(view) if number else view
            for view, number in zip(views[:count], is_number, strict=True)
        ]
        rest = iter(views[count:])
        settings = {name: made([next(rest) for _ in own]) for name, (own, made) in live.items()}
        with in_mode(PLAIN):
            return _on_numbers(op, given, settings, lengths)

    out = program.new(_shape(node), _dtype(node))
    return program.emit(op.name, None, (), [*operands, *extra], out, call=call)


def _live(program: Program, setting: Any) -> tuple[list[Place], Callable[[list[Array]], Any]]:
    """Return the places in a setting, and how it is made of what is there."""
    places: list[Place] = []

    def part(x: Any) -> Callable[[list[Array]], Any]:
        if isinstance(x, Sealed):
            places.append(program.place_of(x))
            at, dtype = len(places) - 1, x.dtype
            return lambda views: views[at].astype(dtype)
        if type(x) is tuple and any(isinstance(each, Sealed) for each in x):
            parts = [part(each) for each in x]
            return lambda views: tuple([each(views) for each in parts])
        return lambda views: x

    made = part(setting)
    return places, made


def _on_numbers(op: Any, given: list[Any], settings: Any, lengths: tuple[int, ...]) -> Any:
    if isinstance(op, Pull):
        with np.errstate(all="ignore"):
            found = computed(op, given, settings)
        return found._data if isinstance(found, Node) else found
    if lengths:
        ends = np.cumsum((0, *lengths)).tolist()
        given = [tuple(given[a:b]) for a, b in pairwise(ends)]
    elif op is CHOOSE:
        return np.where(given[0] != 0, given[1], given[2])
    return quietly(op.compute, *given, **settings)
