"""The module that computes what an ONNX file says, operation by operation, in our ops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd
from autograd import Tensor, region
from autograd.extend import Node, Note
from nn.interchange.onnx_import_operators import OPERATORS
from nn.interchange.onnx_import_plan import Input, Plan
from nn.interchange.onnx_import_step import Step, room, shown
from nn.modules.module import Module

# What an operator may raise for operands that don't suit it. Others, such as AnomalyError, pass.
_TROUBLE = (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError)


class OnnxModel(Module):
    """What an ONNX file computes, as a module: ``nn.from_onnx`` makes it.

    Attributes
    ----------
    weights : dict of str to Tensor
        The file's arrays of floats under their names: parameters, and constants, which require no
        gradient.
    inputs, outputs : list of str
        Their names, in order.

    Examples
    --------
    >>> import nn
    >>> file = nn.to_onnx(nn.MLP([2, 3, 1], seed=0), [[0.0, 0.0]])
    >>> nn.from_onnx(file)
    OnnxModel(x (batch, 2) → y)  13 parameters
    """

    def __init__(self, plan: Plan) -> None:
        self.weights = plan.weights
        self._inputs = plan.inputs
        self._outputs = plan.outputs
        self._steps = plan.steps
        self._constants = plan.constants

    @property
    def inputs(self) -> list[str]:
        """The names of the inputs, in order."""
        return [each.name for each in self._inputs]

    @property
    def outputs(self) -> list[str]:
        """The names of what a call returns, in order."""
        return list(self._outputs)

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """Compute the outputs.

        Parameters
        ----------
        *inputs, **named : Tensor or array_like
            In the file's order, or by name. An array becomes a constant of the file's dtype.

        Returns
        -------
        Tensor, or tuple of them
            An output that isn't of floats is a plain array.

        Raises
        ------
        ValueError
            For inputs that don't suit the file, or what an operation refuses, with its name.
        TypeError
            For another number of inputs.
        """
        known: dict[str, Any] = {**self._constants, **self.weights, **self._given(inputs, named)}
        for step in self._steps:
            operands = [known[name] if name else None for name in step.inputs]
            results = _computed(step, operands)
            known.update(zip(step.outputs, results, strict=False))
        found = tuple(_as_output(known[name]) for name in self._outputs)
        return found[0] if len(found) == 1 else found

    def _given(self, inputs: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        """Return the inputs by name, checked."""
        given = dict(zip(self.inputs, inputs, strict=False)) | named
        if len(inputs) + len(named) != len(self._inputs) or given.keys() != set(self.inputs):
            raise TypeError(
                f"this model takes {', '.join(map(_described, self._inputs)) or 'nothing'}; got "
                f"{len(inputs)} inputs" + "".join(f" and {name!r}" for name in named)
            )
        return {each.name: _as_input(each, given[each.name]) for each in self._inputs}

    def _own_holders(self) -> Iterator[tuple[str, Any]]:
        return iter(self.weights.items())

    def extra_repr(self) -> str:
        taken = ", ".join(map(_described, self._inputs))
        return f"{taken} → {', '.join(map(shown, self._outputs))}"


def _described(each: Input) -> str:
    if each.shape is None:
        return shown(each.name)
    return f"{shown(each.name)} ({', '.join(map(str, each.shape))})"


def _as_input(expected: Input, x: Any) -> Any:
    """Return an input in the file's dtype: floats as a Tensor, others as a plain array."""
    if isinstance(x, Tensor):
        x = _of_dtype(expected, x)
    else:
        x = np.asarray(x)
        x = x if x.dtype == object else _converted(expected, x)  # Values stay what they are
    if not _suits(expected.shape, x.shape):
        raise ValueError(f"the input {_described(expected)} got the shape {x.shape}")
    return x


def _suits(expected: tuple[int | str, ...] | None, shape: tuple[int, ...]) -> bool:
    if expected is None:
        return True
    return len(shape) == len(expected) and all(
        isinstance(n, str) or n == own for n, own in zip(expected, shape, strict=True)
    )


def _of_dtype(expected: Input, x: Tensor) -> Tensor:
    if expected.dtype.kind != "f":
        raise ValueError(
            f"the input {_described(expected)} takes {expected.dtype}, got a Tensor of floats"
        )
    return x if x.dtype == expected.dtype else autograd.astype(x, expected.dtype)


def _converted(expected: Input, x: Any) -> Any:
    if expected.dtype.kind == "f" and x.dtype.kind in "fiub":
        return Tensor(x.astype(expected.dtype), requires_grad=False, label=shown(expected.name))
    if x.dtype.kind in "iub" and np.can_cast(x.dtype, expected.dtype, "same_kind"):
        converted = x.astype(expected.dtype)
        if (converted == x).all():
            return converted
    raise ValueError(f"the input {_described(expected)} takes {expected.dtype}, got {x.dtype}")


def _as_output(x: Any) -> Any:
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return Tensor(x, requires_grad=False)
    return x


def _computed(step: Step, operands: list[Any]) -> tuple[Any, ...]:
    """Return the results of an operation, in its region, with the line that the file says."""
    try:
        with region(step.region):
            found = OPERATORS[step.domain, step.kind](step, *operands)
        several = found if isinstance(found, tuple) else (found,)
        results: tuple[Any, ...] = tuple(
            each if isinstance(each, Node) else np.asarray(each) for each in several
        )
        for each in results:
            room(each.shape)
    except _TROUBLE as error:
        raise ValueError(f"{step.place}: {error}") from error
    if step.source:
        _note_source(step, results, operands)
    return results


def _note_source(step: Step, results: tuple[Any, ...], operands: list[Any]) -> None:
    """Write the line of the program into all nodes that an operation was made of."""
    notes: dict[Note | None, Note] = {}
    seen = {id(each) for each in operands}
    stack = [each for each in results if isinstance(each, Node)]
    while stack:
        node = stack.pop()
        if id(node) in seen or node.op is None:
            continue
        seen.add(id(node))
        if node.note not in notes:
            notes[node.note] = (node.note or Note())._replace(source=step.source, code=step.code)
        node.note = notes[node.note]
        stack.extend(node.parents)
