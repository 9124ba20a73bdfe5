"""How torch came by a node of its graph: the operation, its operands, and who gets which number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from autograd.bridges.torch.operation import Operation, Slot, with_slots
from autograd.bridges.torch.schemas import ACCUMULATE, COPY_SLICES, overwrites, settings_of
from autograd.bridges.torch.tensor_numbers import dtype_of
from autograd.bridges.torch.trace import Edge, Kept, Scope, Seen, Trace, edge_of
from autograd.bridges.torch.written_views import View, view_of
from autograd.numbers.kinds import Array
from autograd.numbers.unknown import unknown

# Integers and booleans, which are settings and no operands.
_PLAIN = {torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}
_COPY_SLICES = "copy_slices"
_VIEW_AGAIN = "AsStridedBackward0"  # torch's node of a view whose whole was written into
_BACKWARD = re.compile(r"Backward\d*$")
_NOT_SHOWN = {
    "dtype",
    "layout",
    "device",
    "pin_memory",
    "memory_format",
    "generator",
    "non_blocking",
}


@dataclass(eq=False, slots=True)
class Maker:
    """How torch came by a node of its graph.

    Attributes
    ----------
    operands : list of Kept or Edge
        Its parents: tensors as they were used; where only torch's graph is known, variables.
    slots : list of int or None
        For each operand, which number of torch's pullback is for it; None for a constant.
    """

    operation: Operation
    operands: list[Kept | Edge]
    slots: list[int | None]
    seen: Seen | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    plain: dict[int, Array] = field(default_factory=dict)  # by slot: integers, and what is lost


def maker_of(node: Any, output_nr: int, edges: Sequence[Edge | None], trace: Trace) -> Maker:
    """Return how torch came by a node, which passes to these edges."""
    function = getattr(node, "_forward_cls", None)
    candidates = trace.candidates(node)
    for k in candidates:
        seen, used = trace.seen[k], trace.used[k]
        if function is None and _agree(node, seen):
            slots = _matched(used, edges)
            if slots is not None:
                return _dispatched(seen, used, slots, (node, output_nr))
    if type(node) is COPY_SLICES and candidates:
        maker = _written_view((node, output_nr), edges, candidates[0], trace)
        if maker is not None:
            return maker
    if node.name() == _VIEW_AGAIN and edges[0] is not None:
        args = Slot(0), node._saved_size, node._saved_stride, node._saved_storage_offset
        again = Operation("as_strided", torch.ops.aten.as_strided.default, args)
        if _lies_as_written(trace.by_edge.get((node, output_nr), ())):
            return Maker(again, [edges[0]], [0])
    # A Function's own name, or that of torch's node: the numbers that it passes back are known.
    name = function.__name__ if function else _snake(_plain_name(node.name()))
    known = [(edge, k) for k, edge in enumerate(edges) if edge is not None]
    near = trace.seen[candidates[0]] if candidates else None
    given = near.given if near is not None and function is not None else None
    return Maker(
        Operation(_identifier(name), output=output_nr, function=function, given=given),
        [edge for edge, _ in known],
        [k for _, k in known],
        near,
        {"written_by": _name(near.func)} if near is not None and name == _COPY_SLICES else {},
    )


def scope_of(node: Any, trace: Trace) -> Scope | None:
    """Return the call of a module in which torch made a node."""
    candidates = trace.candidates(node)
    return trace.seen[candidates[0]].scope if candidates else None


def edges_of(node: Any, trace: Trace) -> list[Edge | None]:
    """Return the variables that a node of torch's passes to; None for what needs no gradient."""
    return [
        None
        if each[0] is None
        else each
        if type(each[0]) is not ACCUMULATE
        else trace.edge_of_leaf(each[0].variable)
        for each in node.next_functions
    ]


def _matched(used: Sequence[Kept], edges: Sequence[Edge | None]) -> list[int | None] | None:
    """Return for each tensor used which edge it is; None unless all edges are found."""
    left = {k: edge for k, edge in enumerate(edges) if edge is not None}
    slots: list[int | None] = []
    for kept in used:
        slot = None
        if kept.edge is not None:
            for k, edge in left.items():
                if edge == kept.edge:
                    slot = k
                    del left[k]
                    break
        slots.append(slot)
    return None if left else slots


def _agree(node: Any, seen: Seen) -> bool:
    """Whether a node is that of an operation: by name, if torch made several at once."""
    if type(node) is COPY_SLICES:
        return False
    if seen.made - seen.before == 1:
        return True
    return _alike(_plain_name(node.name())) == _alike(_name(seen.func))


def _dispatched(seen: Seen, used: Sequence[Kept], slots: list[int | None], edge: Edge) -> Maker:
    args, kwargs = with_slots(seen.args, seen.kwargs or {}, torch.Tensor)
    name = _identifier(_name(seen.func))
    operation = Operation(name, seen.func, args, kwargs, _output(seen.out, edge))
    plain = {k: _plain(kept) for k, kept in enumerate(used) if kept.tensor.dtype in _PLAIN}
    settings = _settings(operation, plain)
    if overwrites(seen.func) and slots[0] is None:  # what is written over takes no part
        of = used[0].tensor
        plain[0] = np.broadcast_to(dtype_of(of.dtype)(0), tuple(of.shape))
    shown = [k for k in range(len(used)) if k not in plain] if plain else range(len(used))
    return Maker(
        operation, [used[k] for k in shown], [slots[k] for k in shown], seen, settings, plain
    )


def _written_view(edge: Edge, edges: Sequence[Edge | None], k: int, trace: Trace) -> Maker | None:
    """Return how a tensor came by what was written into a view of it; None if that isn't known."""
    seen, used = trace.seen[k], trace.used[k]
    view = view_of(used[0].tensor)
    slots = _matched(used[1:], edges[1:])
    whole = trace.by_edge.get(edge)
    if view is None or slots is None or not whole:
        return None
    args, kwargs = with_slots(seen.args, seen.kwargs or {}, torch.Tensor)
    name = _identifier(_name(seen.func))
    operation = Operation(_COPY_SLICES, seen.func, args, kwargs, view=view)
    plain = {j: _plain(kept) for j, kept in enumerate(used) if kept.tensor.dtype in _PLAIN}
    if edges[0] is None:
        before = _before_writing(seen, used[0], whole[0], view)
        if before is None:
            return None
        plain[0] = before
    shown = [j for j in range(1, len(used)) if j not in plain]
    operands: list[Kept | Edge] = [used[j] for j in shown]
    own = [slots[j - 1] for j in shown]
    passed = [None if slot is None else slot + 1 for slot in own]
    if edges[0] is not None:
        operands, passed = [edges[0], *operands], [0, *passed]
    return Maker(operation, operands, passed, seen, {"written_by": name}, plain)


def _lies_as_written(views: Sequence[Kept]) -> bool:
    """Whether these are views of what lies in its memory from the start, in C order."""
    bases = [kept.tensor._base for kept in views]
    return bool(bases) and all(
        base is not None and base.is_contiguous() and not base.storage_offset() for base in bases
    )


def _before_writing(seen: Seen, part: Kept, whole: Kept, view: View) -> Array | None:
    """Return a constant as it was before a view of it was written into, as far as that matters."""
    after, before = whole.numbers(), None if overwrites(seen.func) else part.numbers()
    if after is None or (before is None and not overwrites(seen.func)):
        return None
    found = np.array(after)
    if before is not None:
        found.ravel()[view.places()] = before
    return found


def _plain(kept: Kept) -> Array:
    numbers = kept.numbers()
    return unknown(tuple(kept.tensor.shape)) if numbers is None else numbers


def _output(out: Any, edge: Edge) -> int:
    """Return which of an operation's results a variable is."""
    results = out if isinstance(out, (tuple, list)) else ()
    for k, each in enumerate(results):
        if isinstance(each, torch.Tensor) and edge_of(each) == edge:
            return k
    return edge[1]


def _settings(operation: Operation, plain: dict[int, Array]) -> dict[str, Any]:
    """Return the arguments that aren't nodes, by name, without those that have their default."""
    settings = {}
    for k, (name, default, is_shown) in enumerate(settings_of(operation.func)):
        if k < len(operation.args):
            x = operation.args[k]
        elif name in operation.kwargs:
            x = operation.kwargs[name]
        else:
            continue
        if is_shown and type(x) is not Slot and type(x) is type(default) and x == default:
            continue
        if is_shown and (shown := _shown(x, plain)) is not None:
            settings[name] = shown
    return settings


def _shown(x: Any, plain: dict[int, Array]) -> Any:
    """Return a setting as pictures have it; None for what they don't show."""
    if isinstance(x, Slot):
        return plain.get(x.index)
    if isinstance(x, (list, tuple)):
        each = [_shown(y, plain) for y in x]
        return tuple(each) if any(y is not None for y in each) else None
    return x if isinstance(x, (bool, int, float, str)) else None


@lru_cache(maxsize=4096)
def _name(func: Any) -> str:
    schema = getattr(func, "_schema", None)
    name = schema.name if schema is not None else str(func)
    return str(name).rpartition("::")[2]


def _plain_name(name: str) -> str:
    """Return ``NativeLayerNorm`` for torch's ``NativeLayerNormBackward0``."""
    return _BACKWARD.sub("", name.rpartition("::")[2].removesuffix("Backwards"))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _alike(name: str) -> str:
    return name.replace("_", "").lower()


@lru_cache(maxsize=4096)
def _identifier(name: str) -> str:
    name = re.sub(r"\W+", "_", name).lstrip("_")
    return name if name.isidentifier() else f"op_{name}"
