"""Computes the gradient of a recording by the walk, where the gradient by kernels isn't finite.

Kernels multiply as IEEE 754 has it, 0·∞ to nan, which is faster. In the walk it is 0. So where a
replay's gradient isn't finite, the recorded instructions are run again, as a graph of Values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NoReturn

import numpy as np

from autograd.node.mode import PLAIN, in_mode
from autograd.replay.instruction_kinds import DOT, SUM, InstructionKind
from autograd.replay.recording import Floats, Ints, Recording
from autograd.rules.op_registry import find
from autograd.values.scalar_rows import dot, total
from autograd.values.value import Value
from autograd.walk.reverse import accumulate

_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lt, "le": le, "gt": gt, "ge": ge, "eq": eq, "ne": ne,
}  # fmt: skip


def mended(recording: Recording, numbers: Floats, wanted: Ints, found: Floats) -> Floats:
    """Return a gradient that kernels found, by the walk where it isn't finite; see ``gradient``."""
    finite = np.isfinite(found)
    if finite.all():
        return found
    recording.recomputed += 1
    return np.where(finite, found, gradient(recording, numbers, wanted))


def explain(recording: Recording, samples: Iterable[Floats], wanted: Ints) -> NoReturn:
    """Raise what a rule, stated as a Python function, raised in a kernel, which can't say it."""
    for numbers in samples:
        gradient(recording, numbers, wanted)
    raise ValueError(
        "a rule that is stated as a Python function raised an exception when it was compiled, and "
        "none in Python: state it as text, or with what Numba knows of Python and math"
    )


def gradient(recording: Recording, numbers: Floats, wanted: Ints, seed: float = 1.0) -> Floats:
    """Return the gradient of the one output in the inputs that want it.

    Parameters
    ----------
    recording : Recording
    numbers : ndarray of float64, shape (leaves,)
        The inputs, the numbers taken from outside and the constants.
    wanted : ndarray of int
        Which inputs.
    seed : float
        The output's cotangent.
    """
    with in_mode(PLAIN):
        leaves = [Value(x, requires_grad=False) for x in numbers.tolist()]
        for k in wanted.tolist():
            leaves[k] = Value(leaves[k]._data)
        values = _values(recording, leaves)
        root = values[recording.outputs[0]]
        # In the order of the instructions, so that contributions are added up as kernels do it.
        order = [value for value in values[recording.leaves :] if value.op is not None]
        found = accumulate(order, {root: seed}) if root.requires_grad else {}
    return np.array([found.get(leaves[k], 0.0) for k in wanted.tolist()], np.float64)


def _values(recording: Recording, leaves: list[Value]) -> list[Value]:
    values = list(leaves)
    for i, code in enumerate(recording.code.tolist()):
        args = recording.args[recording.start[i] : recording.start[i + 1]].tolist()
        values.append(_computed(recording.kinds[code], [values[k] for k in args]))
    return values


def _computed(kind: InstructionKind, operands: list[Value]) -> Value:
    """Compute one instruction; see ``KernelRule`` for the settings that come after operands."""
    name, settings = kind
    if kind == SUM:
        return total(operands)
    if kind == DOT:
        return dot(operands[::2], operands[1::2])
    if name in _RELATIONS:
        x, y = (each._data for each in operands)
        return Value(float(_RELATIONS[name](x, y)), requires_grad=False)
    if name == "detach":
        return Value(operands[0]._data, requires_grad=False)
    op: Any = find(name)
    computed = (each._data for each in operands[op.arity :])
    given = {key: next(computed) if setting is ... else setting for key, setting in settings}
    if "condition" in given:
        given["condition"] = bool(given["condition"])
    made: Value = op(*operands[: op.arity], **given)
    return made
