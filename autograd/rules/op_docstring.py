"""The docstring of an op, which is written when it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from autograd.rules.op import Op

Kind = TypeVar("Kind", bound="type[Op]")


class _Help:
    """The docstring of a class of ops, and the help of each of its instances."""

    def __init__(self, of_the_class: str | None) -> None:
        self.of_the_class = of_the_class

    def __get__(self, op: Op | None, _: type[Op]) -> str | None:
        if op is None:
            return self.of_the_class
        from autograd.rules.op_help import help_of  # to load and run it would slow every import

        return help_of(op)


def helpful(kind: Kind) -> Kind:
    """Let each op of a kind have help of its own: a class decorator."""
    type.__setattr__(kind, "__doc__", _Help(kind.__doc__))
    return kind
