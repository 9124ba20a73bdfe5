"""The node that a function sees inside ``vmap``: one array for each sample, shown as one array.

It holds the node of all samples, in which they are along the first axis. An op that is applied to
it is applied to that, once for all samples, so that the graph is one of ordinary nodes. Inside of
several ``vmap``, each has a depth, counted from the outermost, and what it holds has a lower one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from autograd.node.node import Node, raw
from autograd.numbers.per_sample import PerSample, check_shapes, deepest, in_front, sample_of
from autograd.ops.joining import stack
from autograd.ops.scalars import operand
from autograd.rules.batch_rules import Batch, repeated
from autograd.rules.op import Op, Structural
from autograd.values.tensor import Tensor

_new = object.__new__
_sizes: ContextVar[tuple[int, ...]] = ContextVar("vmap_sizes", default=())

# How many samples each ``vmap`` has that is being run, from the outermost.
sizes_in_force = _sizes.get


@contextmanager
def one_deeper(size: int) -> Iterator[int]:
    """Be inside of one more ``vmap``, and tell its depth."""
    token = _sizes.set((*_sizes.get(), size))
    try:
        yield len(_sizes.get())
    finally:
        _sizes.reset(token)


class Samples(PerSample):
    """Plain arrays of samples that know what a node of theirs is."""

    __slots__ = ()

    def constant(self) -> Node:
        """Return the node that these numbers are: a constant."""
        return batched(constant(self.full), self.depth)

    def apply(self, op: Op, operands: tuple[Any, ...], settings: dict[str, Any]) -> Any:
        """Compute an op that has such arrays among its settings."""
        return apply_to_all(op, operands, settings)


class Batched(Tensor):
    """One array for each sample that ``vmap`` maps over, as an array of one sample.

    Attributes
    ----------
    full : Node
        The arrays of all samples, along its first axis.
    depth : int
        Of which ``vmap`` the samples are, counted from the outermost.
    """

    __slots__ = ("depth", "full")
    _rank = 2

    full: Node
    depth: int

    @property
    def _data(self) -> Samples:
        return Samples(self.full._data, self.depth)

    @property
    def data(self) -> Any:
        """The numbers, one array for each sample."""
        return self._data

    @data.setter
    def data(self, data: Any) -> NoReturn:
        raise TypeError("inside of vmap no data can be assigned: return what is to be kept")

    def detach(self) -> Tensor:
        """Return a constant with the same data: what is computed from it gets no gradient."""
        full: Any = self.full
        return batched(full.detach(), self.depth)

    def item(self) -> NoReturn:
        """Raise TypeError: there is one number for each sample."""
        self._refuse("one number")

    def tolist(self) -> NoReturn:
        """Raise TypeError: there is one list for each sample."""
        self._refuse("one list")

    def scalars(self) -> NoReturn:
        """Raise TypeError: a Value is of one number."""
        self._refuse("an array of Values")

    def _plain(self, to: str) -> NoReturn:
        self._refuse(f"one {to}")

    def _refuse(self, what: str) -> NoReturn:
        self._data.refuse(what)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> NoReturn:
        self._refuse("a plain array")

    def __bool__(self) -> bool:
        return bool(self._data)

    def __repr__(self) -> str:
        return f"<Tensor of shape {self.shape} for each of {len(raw(self.full))} samples>"

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("what vmap maps over can't be copied or pickled inside: return it instead")

    def __copy__(self) -> NoReturn:
        self.__reduce_ex__(2)

    def __deepcopy__(self, memo: Any) -> NoReturn:
        self.__reduce_ex__(2)

    def backward(self, *_: Any, **__: Any) -> NoReturn:
        """Raise TypeError: a gradient inside of ``vmap`` is that of a transform."""
        raise TypeError(
            "backward() inside of vmap would leave gradients of all samples in one .grad: use "
            "autograd.grad inside of vmap, or call backward() on what vmap returns"
        )

    def _check_cotangent(self, cotangent: Any, word: str = "cotangent") -> Any:
        if cotangent is None:
            return np.ones(self.shape, self.dtype)
        given = operand(cotangent)
        if given.shape != self.shape:
            raise ValueError(f"expected a {word} of shape {self.shape}, got {given.shape}")
        return given

    def _unbroadcast(self, contribution: Any) -> Any:
        return operand(contribution)

    def _apply(self, op: Op, operands: tuple[Any, ...], settings: dict[str, Any]) -> Any:
        return apply_to_all(op, operands, settings)


# Errors of Python and of the library name the kind of an object: to a function that is mapped it is
# what it would be for one sample.
Batched.__name__, Samples.__name__ = "Tensor", "ndarray"


def batched(full: Node, depth: int) -> Batched:
    """Return a node of all samples as that of one."""
    made = _new(Batched)
    made.full, made.depth = full, depth
    made.op = made.params = made.grad = made.note = None
    made._a = made._b = made._x = made._y = None
    made.requires_grad = full.requires_grad
    return made


def _wrapped(full: Any, depth: int) -> Batched:
    return batched(full if isinstance(full, Node) else constant(full), depth)


def constant(full: Any) -> Node:
    """Return a constant for plain numbers, also for those of samples."""
    if isinstance(full, PerSample):
        made: Node = full.constant()
        return made
    return Tensor(full, requires_grad=False)


# Ops on all samples ------------------------------------------------------------------------------


def apply_to_all(op: Op, operands: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """Compute an op on the samples of the innermost ``vmap`` among its operands and settings."""
    if op.rows:
        operands = tuple(map(tuple, operands))
    numbers = [_samples(x) for x in (sum(operands, ()) if op.rows else operands)]
    depth = deepest((numbers, settings))
    size = next(
        len(x.full) for x in (*numbers, *_inside(settings))
        if isinstance(x, PerSample) and x.depth == depth
    )  # fmt: skip
    if op.rows:
        return _one_by_one(op, operands, settings, depth, size)
    mapped = tuple(isinstance(x, PerSample) and x.depth == depth for x in numbers)
    xs = tuple(_full(x) if at else x for x, at in zip(operands, mapped, strict=True))
    if not isinstance(op, Structural):
        return _wrapped(_by_elements(op, xs, mapped, settings, depth), depth)
    batch = Batch(op, size, depth, xs, mapped, settings)
    found = NotImplemented if op.batched is None else op.batched(batch)
    if found is NotImplemented:
        return _one_by_one(op, operands, settings, depth, size)
    return _wrapped(found, depth)


def _samples(x: Any) -> Any:
    return x._data if isinstance(x, Batched) else x


def _inside(settings: dict[str, Any]) -> Iterator[Any]:
    for setting in settings.values():
        yield from setting if type(setting) is tuple else (setting,)


def _full(x: Any) -> Any:
    return x.full  # a node's, or that of plain numbers


def _by_elements(
    op: Op, xs: tuple[Any, ...], mapped: tuple[bool, ...], settings: dict[str, Any], depth: int
) -> Any:
    """Apply an elementwise op: what is of one sample broadcasts along the first axis."""
    own = {name: x for name, x in settings.items() if isinstance(x, PerSample) and x.depth == depth}
    ranks = [np.ndim(raw(x)) - at for x, at in zip(xs, mapped, strict=True)]
    ndim = max([*ranks, *(np.ndim(settings[name]) for name in op.arrays if name in settings)])
    fulls = [in_front(x, ndim) if at else x for x, at in zip(xs, mapped, strict=True)]
    return op(*fulls, **(settings | {name: in_front(x.full, ndim) for name, x in own.items()}))


def _one_by_one(
    op: Op, operands: tuple[Any, ...], settings: dict[str, Any], depth: int, size: int
) -> Any:
    """Apply an op to one sample after the other, and put the results together."""
    if not size:
        raise ValueError(
            f"{op.name} inside of vmap goes over the samples one after the other, and there is "
            "none: an empty batch has no shape of results"
        )
    found = [
        op(*(_sample(x, k, depth) for x in operands), **sample_of(settings, k, depth))
        for k in range(size)
    ]
    check_shapes(found)
    return _wrapped(stack(found), depth)


def _sample(x: Any, k: int, depth: int) -> Any:
    if type(x) is tuple:  # a row of scalars
        return tuple(_as_scalar(_sample(each, k, depth)) for each in x)
    if isinstance(x, Batched) and x.depth == depth:
        full: Any = x.full
        return full[k]
    return sample_of(x, k, depth)


def _as_scalar(x: Any) -> Any:
    return x.scalars().item() if isinstance(x, Tensor) else x


# Down to ordinary nodes, and back ----------------------------------------------------------------


def without_batch(x: Any, depth: int, size: int) -> Any:
    """Return ``x`` with all samples of a ``vmap`` along the first axis."""
    if isinstance(x, (Batched, PerSample)) and x.depth == depth:
        return x.full
    return repeated(operand(x), size)


def grounded(x: Any) -> Any:
    """Return ``x`` for all samples of every ``vmap`` that is being run: an array or a Tensor."""
    sizes = sizes_in_force()
    for depth in range(len(sizes), 0, -1):
        x = without_batch(x, depth, sizes[depth - 1])
    return x


def lifted(x: Any) -> Any:
    """Undo ``grounded``: return a node as that of one sample."""
    x = x if isinstance(x, Node) else sharing(x, requires_grad=False)
    for depth in range(1, len(sizes_in_force()) + 1):
        x = _wrapped(x, depth)
    return x


def sharing(x: Any, *, requires_grad: bool) -> Tensor:
    """Return a leaf of an array that nobody changes, without a copy of it.

    What is repeated for each sample stays one array.
    """
    made = Tensor(0.0, requires_grad=requires_grad)
    made._data = np.asarray(x)
    return made
