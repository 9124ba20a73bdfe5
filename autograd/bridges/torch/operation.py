"""One operation as PyTorch dispatched it, as plain data: its function, arguments and output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from autograd.bridges.torch.written_views import View


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of the ``index``-th tensor among an operation's arguments."""

    index: int


@dataclass(eq=False, slots=True)
class Operation:
    """One operation as PyTorch dispatched it.

    Attributes
    ----------
    name : str
        What pictures call it: ``addmm``, or the name of an ``autograd.Function``.
    func : torch.OpOverload or None
        What the dispatcher ran. None for an ``autograd.Function``, and where the operation wasn't
        seen.
    args, kwargs : tuple and dict
        Its arguments, each tensor replaced by a ``Slot``.
    output : int
        Which of the results of ``func`` the node is.
    function : type or None
        The ``autograd.Function``, if it is one.
    given : tuple or None
        The arguments of an ``autograd.Function``, as it was called with them: tensors too. None
        where that wasn't seen.
    view : View or None
        Where it wrote into a view of a tensor, and its result here is the whole.
    """

    name: str
    func: Any = None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    output: int = 0
    function: type | None = None
    given: tuple[Any, ...] | None = None
    view: View | None = None


def with_slots(
    args: tuple[Any, ...], kwargs: dict[str, Any], kind: type
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments with slots in the place of tensors, numbered as they come."""
    slots = map(Slot, count())
    return (
        tuple([_slotted(x, slots, kind) for x in args]),
        {name: _slotted(x, slots, kind) for name, x in kwargs.items()},
    )


def _slotted(x: Any, slots: Iterator[Slot], kind: type) -> Any:
    if isinstance(x, kind):
        return next(slots)
    if type(x) in (list, tuple):
        return [_slotted(each, slots, kind) for each in x]
    return x
