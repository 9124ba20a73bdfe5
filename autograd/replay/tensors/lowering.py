"""Lowering a graph of traced Tensors to instructions on places.

An elementwise op is an instruction by the rule book. A structural op that only moves elements is a
view, if NumPy can make one; ``_STRUCTURAL`` has those with a kernel. Any other is a call of its
function on views of the memory.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.node.mode import PLAIN, in_mode
from autograd.node.node import Node
from autograd.numbers.kinds import quietly
from autograd.numbers.sealed import Sealed
from autograd.replay.native import NativeKernel
from autograd.replay.tensors import kernel_texts
from autograd.replay.tensors.gradient_graph import Pull, computed
from autograd.replay.tensors.places import Array, Place, Storage, collapsed
from autograd.replay.tensors.tracing import Draw
from autograd.replay.tracer import DETACH, RELATIONS
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import key
from autograd.walk.reverse import rows_of

FOREVER = 1 << 60
LETTERS = {"float64": "d", "float32": "f", "int64": "i"}
_INTERNAL = frozenset({DETACH, *RELATIONS.values()})


@dataclass(eq=False)
class Instruction:
    """What is computed at one place.

    Attributes
    ----------
    name : str
        The op, for people.
    kernel : NativeKernel or None
        None if it is a call.
    numbers : tuple of int and Place
        What the kernel gets; a place stands for its first element.
    flat : int
        Over how many elements it goes one by one, all operands alike; 0 if it doesn't.
    call : callable or None
        Takes the views of ``reads``, and returns what is to be written.
    """

    name: str
    kernel: NativeKernel | None
    numbers: tuple[int | Place, ...]
    reads: tuple[Place, ...]
    writes: Place
    flat: int = 0
    call: Callable[..., Any] | None = None


@dataclass(eq=False)
class Program:
    """Instructions, and the storages that they work in."""

    instructions: list[Instruction] = field(default_factory=list)
    storages: list[Storage] = field(default_factory=list)
    constants: list[tuple[Place, Array]] = field(default_factory=list)
    places: dict[Node, Place] = field(default_factory=dict)
    sealed: dict[int, Place] = field(default_factory=dict)  # of arrays of whole numbers, by id
    generators: dict[int, Any] = field(default_factory=dict)  # by id: what instructions draw from
    _known: dict[Any, Place] = field(default_factory=dict)

    # Places ---------------------------------------------------------------------------------------

    def new(self, shape: Sequence[int], dtype: Any, *, lasting: bool = False) -> Place:
        """Return a place for a result; lasting, if it has its numbers before the first step."""
        size = max(prod(shape), 1)
        first = -1 if lasting else len(self.instructions)
        storage = Storage(np.empty(size, dtype), first, FOREVER if lasting else first)
        storage.number = len(self.storages)
        self.storages.append(storage)
        return Place(storage, storage.phantom[: prod(shape)].reshape(shape))

    def constant(self, numbers: Any) -> Place:
        """Return the place of numbers that never change: one for all that are equal."""
        array = np.asarray(numbers)
        if array.dtype.kind in "iub":
            array = array.astype(np.int64)
        known = (array.dtype.str, array.shape, array.tobytes())
        if known not in self._known:
            place = self._known[known] = self.new(array.shape, array.dtype, lasting=True)
            self.constants.append((place, array))
        return self._known[known]

    def place_of(self, x: Any) -> Place:
        """Return the place of a node, a sealed array of whole numbers, or plain numbers."""
        if isinstance(x, Place):
            return x
        if isinstance(x, Node):
            return self.places[x]
        if isinstance(x, Sealed):
            return self.sealed[id(x)]
        return self.constant(x)

    def forget_nodes(self) -> None:
        """Let the graph go: instructions don't need it."""
        self.places.clear()
        self.sealed.clear()

    def _emit(
        self,
        name: str,
        kernel: NativeKernel | None,
        numbers: Sequence[int | Place],
        reads: Sequence[Place],
        writes: Place,
        *,
        flat: int = 0,
        call: Callable[..., Any] | None = None,
    ) -> Place:
        here = len(self.instructions)
        for place in (*reads, writes):
            place.storage.last = max(place.storage.last, here)
        made = Instruction(name, kernel, tuple(numbers), tuple(reads), writes, flat, call)
        self.instructions.append(made)
        return writes

    # Nodes ----------------------------------------------------------------------------------------

    def add(self, node: Node) -> None:
        """Add the instructions of a node."""
        op: Any = node.op
        parents, settings = node.parents, node.params or {}
        shape, dtype = _shape(node), _dtype(node)
        if isinstance(op, Draw):
            self.places[node] = self._drawn(op.generator, shape)
            return
        if isinstance(op, Pull) and isinstance(op.op, Elementwise) and not op.rows:
            operands = [self.place_of(p) for p in parents]
            found = self._by_rule(op.op, op.slot, operands, settings, shape, dtype)
        elif isinstance(op, Elementwise) or op in _INTERNAL:
            operands = [self.place_of(p) for p in parents]
            found = self._by_rule(op, None, operands, settings, shape, dtype)
        else:
            operands = [self.place_of(p) for p in parents]
            found = self._structural(op, operands, settings, shape, dtype)
        self.places[node] = found or self._called(node)

    def _drawn(self, generator: Any, shape: Any) -> Place:
        out = self.new(shape, np.dtype(float))
        interface = generator.bit_generator.ctypes
        draws = ctypes.cast(interface.next_double, ctypes.c_void_p).value or 0
        numbers = [out, out.view.size, draws, interface.state_address]
        self.generators[id(generator)] = generator
        return self._emit("uniform", kernel_texts.draw_kernel(), numbers, [], out)

    def _by_rule(
        self,
        op: Any,
        slot: int | None,
        operands: list[Place],
        settings: Any,
        shape: Any,
        dtype: Any,
    ) -> Place | None:
        operands, kind = _with_settings(self, op, slot, operands, settings)
        if op is DETACH:
            return operands[0]
        if dtype.name not in LETTERS or any(p.dtype.name not in LETTERS for p in operands):
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
        return self.elementwise(what, text, used, given, book, shape, dtype)

    def elementwise(
        self, what: str, text: str, names: list[str], operands: list[Place], book: Any, shape: Any,
        dtype: Any,
    ) -> Place:  # fmt: skip
        """Add an instruction that computes each element of its result alone."""
        out = self.new(shape, dtype)
        views = self._in_two_axes(shape, operands)
        lengths, strides = collapsed(shape, [place.strides for place in views])
        inner = lengths[-1] if lengths else 1
        outer = lengths[0] if len(lengths) == 2 else 1
        dtypes = "".join(LETTERS[place.dtype.name] for place in (*views, out))
        kernel = kernel_texts.elementwise_kernel(f"{what}: {dtypes}", text, names, dtypes, book)
        numbers: list[int | Place] = [inner, outer, out]
        for place, own in zip(views, strides, strict=True):
            numbers += [place, own[0] if outer > 1 else 0, own[-1] if own else 0]
        even = outer == 1 and all(not own or own[-1] in (0, 1) for own in strides)
        return self._emit(what, kernel, numbers, views, out, flat=inner if even else 0)

    def _in_two_axes(self, shape: Any, operands: list[Place]) -> list[Place]:
        """Return operands broadcast to a shape, copied where two loops couldn't go over all."""

        def broadcast(places: list[Place]) -> list[Place]:
            return [Place(p.storage, np.broadcast_to(p.view, shape)) for p in places]

        def fits(places: list[Place]) -> bool:
            lengths, strides = collapsed(shape, [place.strides for place in broadcast(places)])
            return len(lengths) <= 2 and all(
                not own or own[-1] in (0, 1) or prod(lengths) <= 64 for own in strides
            )

        if not fits(operands):
            operands = [p if p.is_contiguous else self.contiguous(p) for p in operands]
        if not fits(operands):
            operands = [
                p if p.shape == shape or p.view.size == 1 else self.contiguous(each)
                for p, each in zip(operands, broadcast(operands), strict=True)
            ]
        return broadcast(operands)

    def copied(self, source: Place, target: Place) -> None:
        """Add an instruction that copies elements from one view to another of its shape."""
        lengths, (s, t) = collapsed(source.shape, [source.strides, target.strides])
        if not lengths:
            lengths, s, t = [1], [1], [1]
        numbers: list[int | Place] = [len(lengths), source, target]
        for each in zip(lengths, s, t, strict=True):
            numbers += each
        kernel = kernel_texts.copy_kernel(LETTERS[source.dtype.name] + LETTERS[target.dtype.name])
        self._emit("copy", kernel, numbers, [source], target)

    def contiguous(self, place: Place, dtype: Any = None) -> Place:
        """Return a place with the same elements one after the other."""
        if place.is_contiguous and dtype in (None, place.dtype):
            return place
        return self.copy_of(place, dtype)

    def copy_of(self, place: Place, dtype: Any = None) -> Place:
        """Return a place of its own with the same elements."""
        made = self.new(place.shape, dtype or place.dtype)
        self.copied(place, made)
        return made

    def zeros(self, shape: Any, dtype: Any) -> Place:
        """Return a place that is filled with zeros."""
        made = self.new(shape, dtype)
        kernel = kernel_texts.fill_kernel(LETTERS[dtype.name])
        return self._emit("zeros", kernel, [made, made.view.size], [], made)

    def emit(
        self,
        name: str,
        kernel: NativeKernel,
        numbers: Sequence[int | Place],
        reads: Any,
        out: Place,
    ) -> Place:
        """Add an instruction with a kernel of its own."""
        return self._emit(name, kernel, numbers, reads, out)

    # Structural ops, and calls --------------------------------------------------------------------

    def _structural(
        self, op: Any, operands: list[Place], settings: Any, shape: Any, dtype: Any
    ) -> Place | None:
        places = [*operands]
        known = [*places, *(self.place_of(s) for s in settings.values() if isinstance(s, Sealed))]
        if (
            isinstance(op, Pull)
            or op.rows
            or any(p.dtype.name not in LETTERS or not p.view.size for p in known)
        ):
            return None
        if not prod(shape) or dtype.name not in LETTERS:
            return None
        if op.name in ("copy", "unstack", "element"):
            source = places[0].view.reshape(-1)[settings["index"]] if "index" in settings else None
            if source is None:
                return places[0]
            view = places[0].view.reshape(-1)[settings["index"] :][:1].reshape(())
            return places[0].seen_as(view) if places[0].is_contiguous else None
        if op.moves and len(places) == 1 and not _has_sealed(settings):
            if (found := self._moved(op, places[0], settings)) is not None:
                return found
        lower = _STRUCTURAL.get(op.name)
        return lower(self, op, places, settings, shape, dtype) if lower else None

    def _moved(self, op: Any, place: Place, settings: Any) -> Place | None:
        """Return the view that an op makes, of a copy if need be; None if it makes none."""
        found = place.seen_as(op.function(place.view, **settings))
        if found is None and op.name == "reshape":
            copied = self.contiguous(place)
            found = copied.seen_as(op.function(copied.view, **settings))
        return found

    def _called(self, node: Node) -> Place:
        """Add a call of an op's function, or of its pullback, on views."""
        op: Any = node.op
        settings = node.params or {}
        live = {name: self._live(setting) for name, setting in settings.items()}
        extra = [place for places, _ in live.values() for place in places]
        places = [self.place_of(p) for p in node.parents]
        count = len(places)
        scalars = [not p._rank for p in node.parents]
        lengths = tuple(len(row) for row in rows_of(node, node.parents)) if op_rows(op) else ()

        def call(*views: Array) -> Any:
            given: list[Any] = [
                float(view) if scalar else view
                for view, scalar in zip(views[:count], scalars, strict=True)
            ]
            rest = iter(views[count:])
            chosen = {
                name: rebuilt([next(rest) for _ in own]) for name, (own, rebuilt) in live.items()
            }
            with in_mode(PLAIN):
                return _on_numbers(op, given, chosen, lengths)

        out = self.new(_shape(node), _dtype(node))
        return self._emit(op.name, None, (), [*places, *extra], out, call=call)

    def _live(self, setting: Any) -> tuple[list[Place], Callable[[list[Array]], Any]]:
        """Return the places in a setting, and how it is made of what is there."""
        places: list[Place] = []

        def part(x: Any) -> Callable[[list[Array]], Any]:
            if isinstance(x, Sealed):
                places.append(self.place_of(x))
                at, dtype = len(places) - 1, x.dtype
                return lambda views: views[at].astype(dtype)
            if type(x) is tuple and any(isinstance(each, Sealed) for each in x):
                parts = [part(each) for each in x]
                return lambda views: tuple([each(views) for each in parts])
            return lambda views: x

        rebuilt = part(setting)
        return places, rebuilt


def op_rows(op: Any) -> bool:
    """Whether an op takes rows of numbers."""
    return bool(not isinstance(op, Pull) and getattr(op, "rows", False))


def _on_numbers(op: Any, given: list[Any], settings: Any, lengths: tuple[int, ...]) -> Any:
    if isinstance(op, Pull):
        if isinstance(op.op, Elementwise) and len(given) > op.op.arity + 2:
            settings = {**settings, "condition": given.pop(1) != 0}
        with np.errstate(all="ignore"):
            found = computed(op, given, settings)
        return found._data if isinstance(found, Node) else found
    if lengths:
        ends = np.cumsum((0, *lengths)).tolist()
        given = [tuple(given[a:b]) for a, b in zip(ends, ends[1:], strict=False)]
    elif isinstance(op, Elementwise) and len(given) > op.arity:
        settings = {**settings, "condition": given.pop(0) != 0}
    return quietly(op.compute, *given, **settings)


def _shape(node: Node) -> tuple[int, ...]:
    return tuple(np.shape(node._data)) if not node._rank else node._data.shape


def _dtype(node: Node) -> np.dtype[Any]:
    found: np.dtype[Any] = node._data.dtype if node._rank else np.dtype(float)
    return found


def _has_sealed(settings: Any) -> bool:
    return any(
        isinstance(each, Sealed)
        for setting in settings.values()
        for each in (setting if type(setting) is tuple else (setting,))
    )


def _with_settings(
    program: Program, op: Any, slot: int | None, operands: list[Place], settings: Any
) -> tuple[list[Place], Any]:
    """Return operands with the settings that are numbers after them, and the kind of instruction.

    A condition that is computed stands in front of the operands of ``where`` in the graph.
    """
    if op in _INTERNAL:
        return operands, (op.name, ())
    pulled = slot is not None
    g, z = (operands[:1], operands[-1:]) if pulled else ([], [])
    own = operands[1:-1] if pulled else operands
    if len(own) > op.arity:
        return [*g, *own[1:], own[0], *z], (key(op), (("condition", ...),))
    numbers: list[Place] = []
    described = []
    for name, setting in settings.items():
        if isinstance(setting, (bool, int, float, np.ndarray, np.generic, Sealed)):
            program_place = program.place_of(
                setting if isinstance(setting, (Sealed, np.ndarray)) else float(setting)
            )
            numbers.append(program_place)
            setting = ...
        described.append((name, setting))
    return [*g, *own, *numbers, *z], (key(op), tuple(described))


# Structural ops with a kernel ---------------------------------------------------------------------


def _matrix(program: Program, place: Place) -> tuple[Place, bool]:
    """Return a matrix as BLAS takes it, and whether it lies in memory as its transpose."""
    view = place.view
    if view.flags.c_contiguous:
        return place, False
    if view.flags.f_contiguous:
        return place, True
    return program.contiguous(place), False


def _product(program: Program, x: Place, y: Place, shape: Any, dtype: Any) -> Place:
    x, turned = _matrix(program, x)
    y, y_turned = _matrix(program, y)
    out = program.new(shape, dtype)
    (m, k), n = x.shape, y.shape[1]
    kernel = kernel_texts.product_kernel(LETTERS[dtype.name], turned, y_turned)
    program.emit("matmul", kernel, [m, k, n, x, y, out, 1, 0, 0, 0], [x, y], out)
    return out


def _lower_matmul(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    x, y = places
    if not (x.dtype == y.dtype == dtype):
        return None
    if x.view.ndim == 1 or y.view.ndim == 1:
        x = Place(x.storage, x.view[None, :]) if x.view.ndim == 1 else x
        y = Place(y.storage, y.view[:, None]) if y.view.ndim == 1 else y
    if y.view.ndim == 2:
        x = _flat_rows(program, x)
        found = _product(program, x, y, (x.shape[0], y.shape[1]), dtype)
    else:
        found = _batched(program, x, y, dtype)
    return Place(found.storage, found.view.reshape(shape))


def _batched(program: Program, x: Place, y: Place, dtype: Any) -> Place:
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    turned, whole = [], []
    for place in (x, y):
        swapped = place.view.swapaxes(-1, -2)
        is_turned = not place.is_contiguous and swapped.flags.c_contiguous
        own = place if is_turned else program.contiguous(place)
        if own.shape[:-2] != batch and prod(own.shape[:-2]) != 1:
            view = np.broadcast_to(own.view, (*batch, *own.shape[-2:]))
            own, is_turned = program.contiguous(Place(own.storage, view)), False
        turned.append(is_turned)
        whole.append(own)
    x, y = whole
    m, k, n = *x.shape[-2:], y.shape[-1]
    out = program.new((*batch, m, n), dtype)
    steps = [0 if prod(p.shape[:-2]) == 1 else p.shape[-2] * p.shape[-1] for p in (x, y)]
    kernel = kernel_texts.product_kernel(LETTERS[dtype.name], *turned)
    numbers = [m, k, n, x, y, out, prod(batch), *steps, m * n]
    return program.emit("matmul", kernel, numbers, [x, y], out)


def _flat_rows(program: Program, x: Place) -> Place:
    if x.view.ndim == 2:
        return x
    x = program.contiguous(x)
    return Place(x.storage, x.view.reshape((-1, x.shape[-1])))


def _lower_affine(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    x, W, *bias = places
    if any(p.dtype != dtype for p in places):
        return None
    if x.view.ndim == 1:
        x = Place(x.storage, x.view[None, :])
    x = _flat_rows(program, x)
    turned = Place(W.storage, W.view.T)
    found = _product(program, x, turned, (x.shape[0], W.shape[0]), dtype)
    if bias:
        book, text, order, used = kernel_texts.expression_of(("add", ()), None)
        given = [found, bias[0]]
        found = program.elementwise("add", text, used, given, book, found.shape, dtype)
    return Place(found.storage, found.view.reshape(shape))


def _lower_sum(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    x = places[0]
    axis = settings.get("axis")
    ndim = x.view.ndim
    axes = tuple(range(ndim)) if axis is None else normalize_axis_tuple(axis, ndim)
    others = [k for k in range(ndim) if k not in axes]
    together = not axes or sorted(axes) == list(range(min(axes), max(axes) + 1))
    if together and x.is_contiguous:
        before = prod(x.shape[: min(axes)]) if axes else x.view.size
        a, r = before, prod(x.shape[k] for k in axes)
        b = x.view.size // (a * r)
    else:
        x = program.contiguous(Place(x.storage, x.view.transpose([*others, *axes])))
        r = prod(places[0].shape[k] for k in axes)
        a, b = x.view.size // r, 1
    out = program.new(shape, dtype)
    dtypes = LETTERS[x.dtype.name] + LETTERS[dtype.name]
    kernel = kernel_texts.sum_kernel(dtypes, divide=op.name == "mean")
    return program.emit(op.name, kernel, [x, out, a, r, b], [x], out)


def _lower_rows(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    x = places[0]
    ndim = x.view.ndim
    axis = settings.get("axis", None if op.name == "logsumexp" else -1)
    axes = tuple(range(ndim)) if axis is None else normalize_axis_tuple(axis, ndim)
    if not ndim or any(p.shape != x.shape for p in places):
        return None
    others = [k for k in range(ndim) if k not in axes]
    order = [*others, *axes]
    n = prod(x.shape[k] for k in axes)
    rows = [program.contiguous(Place(p.storage, p.view.transpose(order))) for p in places]
    dtypes = "".join(LETTERS[p.dtype.name] for p in rows)
    kernel = kernel_texts.rows_kernel(op.name, dtypes + LETTERS[dtype.name])
    keeps = op.name != "logsumexp"
    out = program.new([x.shape[k] for k in order] if keeps else shape, dtype)
    numbers = [rows[0], out, x.view.size // n, n, rows[-1]]
    program.emit(op.name, kernel, numbers, rows, out)
    return Place(out.storage, out.view.transpose(np.argsort(order))) if keeps else out


def _lower_labels(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    x = program.contiguous(places[0])
    labels = program.contiguous(program.place_of(settings["labels"]))
    if labels.view.size * x.shape[-1] != x.view.size:
        return None
    out = program.new(shape, dtype)
    kernel = kernel_texts.rows_kernel(
        op.name, LETTERS[x.dtype.name] + LETTERS[dtype.name], bool(settings.get("mean"))
    )
    numbers = [x, out, labels.view.size, x.shape[-1], labels]
    return program.emit(op.name, kernel, numbers, [x, labels], out)


def _rows_taken(program: Program, index: Any) -> Place | None:
    """Return the place of an index that takes rows by their numbers; None for another index."""
    if type(index) is tuple and len(index) == 1:
        index = index[0]
    kind = getattr(getattr(index, "dtype", None), "kind", "")
    is_rows = isinstance(index, (np.ndarray, Sealed)) and kind in "iu"
    return program.contiguous(program.place_of(index)) if is_rows else None


def _lower_getitem(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    index = _rows_taken(program, settings["index"])
    if index is None or dtype != places[0].dtype:
        return None
    table = program.contiguous(places[0])
    out = program.new(shape, dtype)
    length = prod(table.shape[1:])
    kernel = kernel_texts.take_kernel(LETTERS[dtype.name], back=False)
    numbers = [table, out, index, index.view.size, length, table.shape[0]]
    return program.emit("getitem", kernel, numbers, [table, index], out)


def _lower_scatter(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    g, place = places[0], settings["index"]
    index = _rows_taken(program, place)
    out = program.zeros(shape, dtype)
    if index is not None:
        rows = program.contiguous(g)
        length = prod(shape[1:])
        kernel = kernel_texts.take_kernel(LETTERS[dtype.name], back=True)
        numbers = [out, rows, index, index.view.size, length, shape[0]]
        return program.emit("scatter", kernel, numbers, [rows, index, out], out)
    if _has_sealed({"index": place}):
        return None
    part = out.seen_as(out.view[place])
    if part is None:
        return None
    program.copied(Place(g.storage, np.broadcast_to(g.view, part.shape)), part)
    return out


def _lower_joined(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    out = program.new(shape, dtype)
    axis = settings.get("axis", 0)
    view = np.moveaxis(out.view, axis, 0)
    begin = 0
    for place in places:
        own = place.view[None] if op.name == "stack" else np.moveaxis(place.view, axis, 0)
        part = view[begin : begin + len(own)]
        begin += len(own)
        program.copied(Place(place.storage, own), Place(out.storage, part))
    return out


def _lower_cast(
    program: Program, op: Any, places: list[Place], settings: Any, shape: Any, dtype: Any
) -> Place | None:
    return program.contiguous(places[0], dtype)


_STRUCTURAL: dict[str, Callable[..., Place | None]] = {
    "matmul": _lower_matmul,
    "affine": _lower_affine,
    "sum": _lower_sum,
    "mean": _lower_sum,
    "getitem": _lower_getitem,
    "scatter": _lower_scatter,
    "concatenate": _lower_joined,
    "stack": _lower_joined,
    "astype": _lower_cast,
    "reshape": lambda program, op, places, settings, shape, dtype: None,
    "cross_entropy": _lower_labels,
    "cross_entropy_slope": _lower_labels,
    **dict.fromkeys(
        ("softmax", "log_softmax", "logsumexp", "less_share", "less_average"), _lower_rows
    ),
}
