"""How structural ops go over all samples of ``vmap`` at once: their batching rules.

An elementwise op needs none, for operands broadcast. A structural op may state one in its record,
``batched=``: a function of a ``Batch`` that returns the results of all samples, the samples along
the first axis. It is written in ops and operators, so that what it computes is recorded and has
derivatives of any order. An op without a rule, or of which the rule returns ``NotImplemented``, is
applied to one sample after the other: as right, and slower.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd.numbers.per_sample import PerSample, in_front
from autograd.rules.op_registry import built_in

if TYPE_CHECKING:
    from autograd.rules.op import Op  # which stands on this


class Batch(NamedTuple):
    """An op's operands and settings, for all samples.

    Attributes
    ----------
    op : Op
    size : int
        How many samples there are.
    depth : int
        Of which ``vmap`` they are: see ``PerSample``.
    xs : tuple
        The operands: with the samples along the first axis if there is one for each sample.
    mapped : tuple of bool
        For each operand, whether there is one for each sample.
    settings : dict
        A ``PerSample`` of this depth among them has one for each sample.
    """

    op: Op
    size: int
    depth: int
    xs: tuple[Any, ...]
    mapped: tuple[bool, ...]
    settings: dict[str, Any]

    def ndim(self, k: int) -> int:
        """Return how many axes operand ``k`` has in one sample."""
        return int(np.ndim(self.xs[k])) - self.mapped[k]

    def shape(self, k: int) -> tuple[int, ...]:
        """Return the shape of operand ``k`` in one sample."""
        return tuple(np.shape(self.xs[k])[self.mapped[k] :])

    def front(self, k: int) -> Any:
        """Return operand ``k`` with the samples along the first axis, repeated if it's for all."""
        x = self.xs[k]
        return x if self.mapped[k] else repeated(x, self.size)

    def fronts(self) -> list[Any]:
        """Return all operands with the samples along the first axis."""
        return [self.front(k) for k in range(len(self.xs))]

    def aligned(self) -> list[Any]:
        """Return all of ``fronts`` with as many axes each, as broadcasting counts them."""
        ndim = max(self.ndim(k) for k in range(len(self.xs)))
        return [in_front(x, ndim) for x in self.fronts()]

    def setting(self, name: str) -> Any:
        """Return a setting, or its default."""
        return self.settings.get(name, self.op.settings[name])

    def own(self, setting: Any) -> Any:
        """Return a setting for all samples, if there is one for each; else as it is."""
        at = isinstance(setting, PerSample) and setting.depth == self.depth
        return setting.full if at else setting

    def apply(self, *xs: Any, **changed: Any) -> Any:
        """Apply the op to operands, with some settings changed."""
        return self.op(*xs, **(self.settings | changed))


def repeated(x: Any, size: int) -> Any:
    """Return ``x`` along a new first axis, ``size`` times."""
    return built_in["broadcast_to"](x, shape=(size, *np.shape(x)))


# Rules that many ops have ------------------------------------------------------------------------


def at_leading_axes(batch: Batch) -> Any:
    """Let the samples be one more leading axis, of ops that take any number of them."""
    return batch.apply(*batch.fronts())


def of_stacks(batch: Batch) -> Any:
    """Let the matrices of all samples be one stack, of ops that take stacks of matrices."""
    return at_leading_axes(batch) if batch.ndim(0) >= 2 else NotImplemented


def along_axes(batch: Batch) -> Any:
    """Count the axes of the setting ``axis`` from the last: there the samples don't shift them."""
    ndim, axis = batch.ndim(0), batch.setting("axis")
    return batch.apply(*batch.fronts(), axis=from_the_end(axis, ndim))


def of_two_axes(batch: Batch) -> Any:
    """Count the settings ``axis1`` and ``axis2`` behind the samples."""
    ndim = batch.ndim(0) if "shape" not in batch.op.settings else len(batch.setting("shape"))
    axes = {
        name: normalize_axis_index(batch.setting(name), ndim) + 1 for name in ("axis1", "axis2")
    }
    return batch.apply(batch.front(0), **axes, **with_samples(batch))


def with_samples(batch: Batch) -> dict[str, Any]:
    """Return the setting ``shape``, if the op has it, with the samples in front."""
    known = "shape" in batch.op.settings
    return {"shape": (batch.size, *batch.setting("shape"))} if known else {}


def from_the_end(axis: Any, ndim: int) -> Any:
    """Return axes as negative numbers; all of them for None.

    Examples
    --------
    >>> from_the_end(0, 3), from_the_end((0, -1), 3), from_the_end(None, 2)
    (-3, (-3, -1), (-2, -1))
    """
    if axis is None:
        return tuple(range(-ndim, 0))
    if isinstance(axis, tuple):
        return tuple(k - ndim for k in normalize_axis_tuple(axis, ndim))
    return int(normalize_axis_index(axis, ndim)) - ndim


# Indices -----------------------------------------------------------------------------------------


def index_behind(index: Any, batch: Batch) -> Any:
    """Return an index of one sample as an index of all; NotImplemented where that isn't simple.

    NumPy puts the axes of index arrays first if something stands between them, and takes numbers
    beside an array for arrays. So an array alone may stand anywhere, and several, or one for each
    sample, at the beginning.
    """
    places = index if type(index) is tuple else (index,)
    if any(_is_mask(place) for place in places if isinstance(place, PerSample)):
        return NotImplemented  # of each sample another number of elements
    own = any(isinstance(place, PerSample) for place in places)
    arrays = [place for place in places if isinstance(place, (np.ndarray, bool, np.bool_))]
    numbers = any(isinstance(place, (int, np.integer)) for place in places)
    if not own and (not arrays or (len(arrays) == 1 and not numbers)):
        return (slice(None), *places)
    first = tuple(takewhile(_is_advanced, places))
    if any(map(_is_mask, places)) or any(map(_is_advanced, places[len(first) :])):
        return NotImplemented
    return (*samples_behind(first, batch), *places[len(first) :])


def samples_behind(places: tuple[Any, ...], batch: Batch) -> tuple[Any, ...]:
    """Return positions along the first axes of one sample as an index of all."""
    ndim = max(map(np.ndim, places))
    samples = np.arange(batch.size).reshape((batch.size, *(1,) * ndim))
    pairs = zip(map(batch.own, places), places, strict=True)
    return (samples, *(x if x is same else in_front(x, ndim) for x, same in pairs))


def _is_advanced(place: Any) -> bool:
    return isinstance(place, (int, np.integer, np.ndarray, PerSample))


def _is_mask(place: Any) -> bool:
    return isinstance(place, bool) or np.dtype(getattr(place, "dtype", int)).kind == "b"


def at_index(batch: Batch) -> Any:
    """Take, or put, elements of all samples at the same index, or each at its own."""
    index = index_behind(batch.setting("index"), batch)
    if index is NotImplemented:
        return NotImplemented
    if len(batch.xs) == 2:  # values to put there, which broadcast
        taken = np.ndim(np.broadcast_to(np.int8(0), (batch.size, *batch.shape(0)))[index]) - 1
        if batch.ndim(1) > taken:
            return NotImplemented
        return batch.apply(batch.front(0), in_front(batch.front(1), taken), index=index)
    return batch.apply(batch.front(0), index=index, **with_samples(batch))
