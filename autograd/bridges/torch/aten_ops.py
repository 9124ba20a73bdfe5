"""The table of aten ops for which there are rules of ours, and how a recorded call becomes one.

A row is a function of our operands with the parameters of the aten op, in its order and by its
names. The families are in ``aten_*.py``; this is what the recorder and the check ask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd.bridges.torch import (
    aten_elementwise,
    aten_indexing,
    aten_layers,
    aten_linalg,
    aten_losses,
    aten_products,
    aten_reductions,
    aten_shapes,
    aten_windows,
)
from autograd.bridges.torch.aten_differences import DIFFERENCES, Difference
from autograd.bridges.torch.aten_rules import NoRule, Rule
from autograd.bridges.torch.operation import Operation, Slot
from autograd.bridges.torch.written_views import into_whole
from autograd.numbers.kinds import Array

# The families of rules, by their titles in docs/aten_ops.md: a new one is added here.
FAMILIES = {
    "Element by element": aten_elementwise,
    "Along axes": aten_reductions,
    "Products": aten_products,
    "Linear algebra": aten_linalg,
    "Shapes": aten_shapes,
    "Positions": aten_indexing,
    "Layers": aten_layers,
    "Windows": aten_windows,
    "Losses": aten_losses,
}
RULES: dict[str, Rule] = {
    name: rule for family in FAMILIES.values() for name, rule in family.RULES.items()
}


def row_of(func: Any) -> str:
    """Return the name of the row for an aten op: with its overload, or for all; "" if none is.

    An op in place has the row of the op that returns the same value.
    """
    return next((row for row in _names(func) if row in RULES), "")


def difference_of(func: Any) -> Difference | None:
    """Return where torch's convention for the gradient of an op isn't ours; None if nowhere."""
    return next((DIFFERENCES[row] for row in _names(func) if row in DIFFERENCES), None)


def _names(func: Any) -> tuple[str, ...]:
    schema = func._schema
    library, _, name = schema.name.partition("::")
    if library != "aten":
        return ()
    if name.endswith("_") and not name.endswith("__"):
        name = name[:-1]
    return (f"{name}.{schema.overload_name}", name)


def ours(func: Any, args: Any, kwargs: Any) -> Callable[..., Any] | None:
    """Return a recorded call as a function of its tensors, written in our ops; None without a rule.

    Parameters
    ----------
    func : OpOverload
        The aten op that was called.
    args, kwargs
        Its arguments, with a ``Slot`` in the place of every tensor.

    Returns
    -------
    callable or None
        Of the operands in the order of their slots: arrays or Tensors, integers as plain arrays. It
        returns what the op returns; None in place of an output that has no gradient and that
        nothing asks for.

    Examples
    --------
    >>> import torch
    >>> from autograd import Tensor
    >>> from autograd.bridges.torch.operation import Slot
    >>> add = ours(torch.ops.aten.add.Tensor, (Slot(0), Slot(1)), {"alpha": 2})
    >>> add(Tensor([1.0]), Tensor([10.0])).data
    array([21.])
    """
    row = row_of(func)
    return partial(_applied, RULES[row], args, kwargs) if row else None


def second_opinion(operation: Operation, plain: dict[int, Array]) -> Callable[..., Any] | None:
    """Return an operation as a function of its node's parents, in our ops; None without a rule.

    ``plain`` are the tensors that are no nodes, by their slots: integers, booleans, and what was
    written over.
    """
    if operation.func is None:
        return None
    rule = ours(operation.func, operation.args, operation.kwargs)
    if rule is not None and operation.view is not None:
        rule = into_whole(rule, operation.view)
    return rule and partial(_one_output, rule, operation.output, plain)


def every_tensor(operands: Sequence[Any], plain: dict[int, Array]) -> list[Any]:
    """Return a call's tensors by their slots, from its node's operands and the plain ones."""
    left = iter(operands)
    return [plain[k] if k in plain else next(left) for k in range(len(operands) + len(plain))]


def _one_output(rule: Rule, output: int, plain: dict[int, Array], *operands: Any) -> Any:
    found = rule(*every_tensor(operands, plain))
    found = found[output] if isinstance(found, tuple) else found
    if found is None:
        raise NoRule(f"output {output} of this operation has no rule of ours")
    return found


def unlike(func: Any, args: Any, kwargs: Any, operands: Any) -> tuple[Difference | None, Any]:
    """Return the difference of conventions that an op has, and where it is at these operands."""
    found = difference_of(func)
    if found is None:
        return None, np.array(False)
    return found, _applied(found.at, args, kwargs, *operands)


def _applied(rule: Rule, args: Any, kwargs: Any, *operands: Any) -> Any:
    """Call a rule with a call's settings, and these operands in their slots."""
    kwargs = {name: _filled(x, operands) for name, x in kwargs.items()}
    return rule(*_filled(args, operands), **kwargs)


def _filled(given: Any, operands: Any) -> Any:
    if type(given) is Slot:
        return operands[given.index]
    if type(given) in (list, tuple):
        return type(given)(_filled(x, operands) for x in given)
    return given
