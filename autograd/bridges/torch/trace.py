"""``Trace``: the operations of a running PyTorch program, and its tensors as they were then.

Tensors are kept, not copied: that costs nothing. Before an operation writes into one that is
kept, what it held is copied; parameters are copied when the block ends, for training changes them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import torch
from torch._C._autograd import _get_sequence_nr

from autograd.bridges.torch.schemas import COPY_SLICES, overwrites, written
from autograd.bridges.torch.tensor_numbers import as_array, without_modes
from autograd.numbers.kinds import Array

# A variable of torch's graph: the node that made it, and which of the node's outputs it is. Of a
# leaf, its id and −1; a trace holds the tensor, so that no other one gets that id.
Edge: TypeAlias = tuple[Any, int]

_Tensor = torch.Tensor

MOST_COPIED = 2**28  # bytes copied before writing; what is written over afterwards is unknown


class Scope(NamedTuple):
    """A call of a module, inside the calls that it is part of."""

    module: Any
    parent: Any  # a Scope or None


class Seen(NamedTuple):
    """An operation that was dispatched, and the numbers of the nodes made just before it."""

    before: int  # nodes with before <= number < made were made since the operation before
    made: int
    func: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any] | None
    out: Any  # None for a view, and for what wrote in place
    used: list[Kept] | None  # its tensors, if it wrote into one
    scope: Scope | None
    code: Any
    at: int
    is_hooked: bool  # what it saves goes through hooks, as inside of a checkpoint
    given: tuple[Any, ...] | None = None  # of the autograd.Function whose forward it is part of


@dataclass(eq=False, slots=True)
class Kept:
    """A tensor as it was when it was used: the variable it was, and its numbers."""

    tensor: Any
    version: int
    edge: Edge | None  # None for a constant
    array: Array | None = None
    is_lost: bool = False  # written over without having been copied

    def numbers(self) -> Array | None:
        """Return the numbers as they were; None if they are lost.

        Raises
        ------
        ValueError
            If it was changed in place since.
        """
        if self.array is None and not self.is_lost:
            if version_of(self.tensor) != self.version:
                raise ValueError(
                    f"a tensor of shape {tuple(self.tensor.shape)} was changed in place after it "
                    "was recorded, so that its numbers are gone: open the graph before, or change "
                    "a copy (x.clone())"
                )
            self.array = as_array(self.tensor)
        return self.array


class Trace:
    """The operations seen while a program ran, and the tensors that they used."""

    def __init__(self) -> None:
        self.begins = _get_sequence_nr()
        self.ends: int | None = None  # None while the program runs
        self.seen: list[Seen] = []
        self.used: list[list[Kept]] = []  # by each operation
        self.by_edge: dict[Edge, list[Kept]] = defaultdict(list)
        self._made: list[int] = []
        self._kept: dict[tuple[int, int], Kept] = {}
        self._unplaced: list[Kept] = []  # not in ``_by_storage`` yet
        self._by_storage: dict[int, list[Kept]] = defaultdict(list)
        self._bases: list[Any] = []  # of views that were written into
        self._versions: dict[int, int] = {}  # of the parameters when the block ended
        self._copied = 0

    # While the program runs ----------------------------------------------------------------------

    def before_writing(
        self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], makes_node: bool
    ) -> list[Kept] | None:
        """Copy what an operation is about to write over, and return the tensors that it uses."""
        self.index()
        targets = [
            tensor
            for k, name in written(func)
            for tensor in tensors_in(args[k : k + 1] or (kwargs.get(name),))
        ]
        used = None
        if makes_node:
            used = self._used(args, kwargs)
            if overwrites(func) and not targets[0].requires_grad:
                used[0].is_lost = True
        for tensor in targets:
            if tensor.grad_fn is not None:
                self.keep(tensor)
                if tensor._is_view():
                    self._bases.append(tensor._base)
        self._place()
        for tensor in targets:
            for kept in self._by_storage.pop(_storage(tensor), ()):
                self._copy(kept)
        return used

    def _copy(self, kept: Kept) -> None:
        if kept.array is not None or version_of(kept.tensor) != kept.version:
            return
        size = kept.tensor.numel() * kept.tensor.element_size()
        self._copied += size
        kept.is_lost |= self._copied > MOST_COPIED
        _copied_if_possible([kept])

    def _place(self) -> None:
        for kept in self._unplaced:
            self._by_storage[_storage(kept.tensor)].append(kept)
        self._unplaced.clear()

    # Afterwards ----------------------------------------------------------------------------------

    def close(self, parameters: Iterable[Any]) -> None:
        """End the recording: copy the parameters, which an optimiser is going to change."""
        self.index()
        self.ends = _get_sequence_nr()
        self._versions = {id(each): version_of(each) for each in parameters}
        self._place()
        leaves = [k.tensor for k in self._kept.values() if k.edge is not None and k.edge[1] < 0]
        storages = {_storage(leaf): None for leaf in leaves}  # of views of them, too
        _copied_if_possible(
            kept for storage in storages for kept in self._by_storage.pop(storage, ())
        )

    def index(self) -> None:
        """Note the tensors of the operations that came since the last time."""
        bases, self._bases = self._bases, []
        for base in bases:
            self.keep(base)
        for seen in self.seen[len(self.used) :]:
            self.used.append(seen.used or self._used(seen.args, seen.kwargs))
            self._made.append(seen.made)
            if seen.out is not None:
                self._keep_in((seen.out,), [])
            if seen.given is not None:
                self._keep_in(seen.given, [])

    def _used(self, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> list[Kept]:
        used: list[Kept] = []
        self._keep_in(args, used)
        if kwargs:
            self._keep_in(kwargs.values(), used)
        return used

    def _keep_in(self, arguments: Iterable[Any], used: list[Kept]) -> None:
        for x in arguments:
            if isinstance(x, _Tensor):
                used.append(self.keep(x))
            elif type(x) in (list, tuple):
                self._keep_in(x, used)

    def keep(self, tensor: Any) -> Kept:
        """Return a tensor as it is now."""
        version = version_of(tensor)
        kept = self._kept.get((id(tensor), version))
        if kept is None:
            edge = edge_of(tensor)
            kept = self._kept[id(tensor), version] = Kept(tensor, version, edge)
            self._unplaced.append(kept)
            if edge is not None:
                self.by_edge[edge].append(kept)
        return kept

    def edge_of_leaf(self, leaf: Any) -> Edge:
        """Return the variable that a leaf of torch's graph is, whether it was seen or not."""
        edge = id(leaf), -1
        if edge not in self.by_edge:
            kept = self.keep(leaf)  # which only an autograd.Function used
            kept.is_lost = self._versions.get(id(leaf), kept.version) != kept.version
        return edge

    def candidates(self, node: Any) -> list[int]:
        """Return the numbers of the operations for which torch may have made a node."""
        number = node._sequence_nr()
        if number < self.begins:
            return []
        k = bisect_right(self._made, number)
        if type(node) is COPY_SLICES:  # made after the operation that wrote
            return [k - 1] if k else []
        found = []
        while k < len(self.seen) and self.seen[k].before <= number:
            found.append(k)
            k += 1
        return found


def edge_of(tensor: Any) -> Edge | None:
    """Return the variable of torch's graph that a tensor is now; None for a constant."""
    node = tensor.grad_fn
    if node is not None:
        return node, tensor.output_nr
    return (id(tensor), -1) if tensor.requires_grad else None


def version_of(tensor: Any) -> int:
    """Return how often a tensor was changed in place; 0 for one that doesn't count."""
    try:
        version: int = tensor._version
    except RuntimeError:  # it was made in inference mode
        return 0
    return version


def tensors_in(arguments: Iterable[Any]) -> Iterator[Any]:
    """Return the tensors in arguments, in their order: also those in lists and dictionaries."""
    for x in arguments:
        if isinstance(x, _Tensor):
            yield x
        elif type(x) in (list, tuple):
            yield from tensors_in(x)
        elif type(x) is dict:
            yield from tensors_in(x.values())


def _copied_if_possible(kept: Iterable[Kept]) -> None:
    """Copy numbers now; what can't be read is refused when a graph is opened, not here."""
    with without_modes():
        for each in kept:
            with suppress(TypeError, ValueError):
                each.numbers()


def _storage(tensor: Any) -> int:
    try:
        return int(tensor.untyped_storage()._cdata)
    except (NotImplementedError, RuntimeError):  # a sparse tensor has none
        return id(tensor)
