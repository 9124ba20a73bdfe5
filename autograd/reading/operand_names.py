"""Names of operand slots: the letters that the op's own rule uses."""

from __future__ import annotations

from functools import cache
from inspect import Parameter, signature

from autograd.rules.compiling import OPERANDS
from autograd.rules.op import Elementwise, Op, Structural
from autograd.rules.recorded_op import Recorded

# Their pullbacks take the bias and the result together.
_OWN = {"affine": ("x", "W", "b"), "conv": ("x", "W", "b"), "conv_transpose": ("x", "W")}
_BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def slot_names(op: Op, count: int) -> tuple[str, ...]:
    """Return a name for each of ``count`` operand slots.

    Examples
    --------
    >>> import autograd
    >>> from autograd.ops.scalars import neuron
    >>> from autograd.reading.operand_names import slot_names
    >>> slot_names(autograd.mul, 2), slot_names(neuron, 5)
    (('x', 'y'), ('x₁', 'x₂', 'w₁', 'w₂', 'b'))
    """
    # A recorded op is of one graph, which a cache would keep alive.
    return _row("x", count) if isinstance(op, Recorded) else _names(op, count)


@cache
def _names(op: Op, count: int) -> tuple[str, ...]:
    if isinstance(op, Elementwise):
        return OPERANDS[:count]
    if isinstance(op, Structural) and op.bilinear:
        half, odd = divmod(count, 2)
        return *_row("x", half), *_row("w" if odd else "y", half), *("b" * odd)
    if op.name in _OWN:
        return _OWN[op.name][:count]
    letters = _letters(op) if isinstance(op, Structural) and not op.rows else ()
    return letters if len(letters) == count else _row("x", count)


def _row(letter: str, count: int) -> tuple[str, ...]:
    return tuple(f"{letter}{k}".translate(_BELOW) for k in range(1, count + 1))


def _letters(op: Structural) -> tuple[str, ...]:
    """Return the letters of the operands of the op's pullback, between ``g`` and ``z``."""
    found = signature(op.pullback).parameters.values()
    plain = [p.name[0] for p in found if p.kind is Parameter.POSITIONAL_OR_KEYWORD]
    return tuple(plain[1:-1])
