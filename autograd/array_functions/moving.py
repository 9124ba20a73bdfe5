"""Functions that only move elements: NumPy's own is run on positions, and then they are taken.

An operand's elements are numbered, all operands' through, from 1. What NumPy makes of the numbers
says where each element of the result comes from; 0 is a zero that the function filled in.
"""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np

from autograd.node.node import raw
from autograd.numbers.kinds import Rule
from autograd.numbers.per_sample import of_all_samples, plain_array
from autograd.ops.indexing import getitem
from autograd.ops.joining import concatenate
from autograd.ops.plain import bare
from autograd.ops.scalars import operand
from autograd.ops.shape import astype
from autograd.rules.op_registry import in_numpy, stands_for

# Each function, and those of its parameters that have elements in them: arrays, or lists of them.
MOVING: dict[str, tuple[str, ...]] = {
    "append": ("arr", "values"),
    "block": ("arrays",),
    "choose": ("choices",),
    "compress": ("a",),
    "delete": ("arr",),
    "diagflat": ("v",),
    "extract": ("arr",),
    "insert": ("arr", "values"),
    "lib.stride_tricks.sliding_window_view": ("x",),
    "resize": ("a",),
    "select": ("choicelist", "default"),
}


class _Numbering:
    """Operands in order, with the numbers of their elements."""

    def __init__(self, weak: type | tuple[type, ...]) -> None:
        self._weak = weak  # what widens no dtype: plain numbers, for some functions
        self.operands: list[Any] = []
        self._next = 1

    def positions(self, given: Any) -> Any:
        """Return the numbers of an operand's elements; of a list of operands, a list."""
        if isinstance(given, (list, tuple)) and not _is_array(given):
            return type(given)(map(self.positions, given))
        self.operands.append(given if isinstance(given, self._weak) else operand(given))
        first, self._next = self._next, self._next + np.size(raw(given))
        return np.arange(first, self._next).reshape(np.shape(raw(given)))

    def taken(self, places: Any) -> Any:
        """Return the elements with these numbers: a node, of the shape of ``places``."""
        weak = [isinstance(x, self._weak) for x in self.operands]
        strong = [raw(x) for x, w in zip(self.operands, weak, strict=True) if not w]
        dtype = np.result_type(*(getattr(x, "dtype", x) for x in strong))
        flat = [
            np.full(1, x, dtype) if w else x.reshape(-1)
            for x, w in zip(self.operands, weak, strict=True)
        ]
        if np.any(of_all_samples(places) == 0):
            return getitem(concatenate([np.zeros(1, dtype), *flat]), places)
        whole = flat[0] if len(flat) == 1 else concatenate(flat)
        return getitem(whole, places - 1)


def _is_array(given: Any) -> bool:
    """Whether a list is one array, of plain numbers alone."""
    try:
        return np.asarray(given).dtype.kind in "biuf"
    except (TypeError, ValueError):  # there is a node in it, or it has no shape
        return False


def _stand_for(function: Rule, names: tuple[str, ...]) -> None:
    casts = function is np.insert  # which casts what it inserts
    weak = (int, float) if function is np.select else ()
    defaults = {name: p.default for name, p in signature(function).parameters.items()}

    @stands_for(function)
    def moved(*args: Any, **kwargs: Any) -> Any:
        given = dict(zip(defaults, args, strict=False)) | kwargs
        numbering = _Numbering(weak)
        for name in names:
            given[name] = numbering.positions(given.get(name, defaults[name]))
        others = {name: x if name in names else bare(x) for name, x in given.items()}
        positional = [others.pop(name) for name in list(defaults)[: len(args)]]
        found = numbering.taken(plain_array(function(*positional, **others)))
        return astype(found, raw(numbering.operands[0]).dtype) if casts else found

    moved.__name__ = function.__name__


for _name, _operands in MOVING.items():
    for _function in in_numpy(_name):
        _stand_for(_function, _operands)
