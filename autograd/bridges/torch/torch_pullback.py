"""One node's pullback as torch has it: a cotangent in, what torch's node makes of it out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from autograd.bridges.torch.node_tensors import NodeTensors
from autograd.bridges.torch.operation import Operation
from autograd.bridges.torch.tensor_numbers import as_array, as_tensor, without_modes
from autograd.numbers.readonly import Array

_FREED = "Trying to backward through the graph a second time"
_CHANGED = "modified by an inplace operation"


class Pullback:
    """The cotangent of one output of torch's node → a contribution to each parent.

    Other outputs get none: what several pass back adds up, for a pullback is linear.

    Attributes
    ----------
    grad_fn : torch's node
    output_nr : int
        Which of its outputs this is the pullback of.
    operation : Operation
        What was dispatched.
    slots : tuple of int or None
        For each parent, which of the numbers that ``grad_fn`` returns is for it.
    plain : dict of int to array
        The tensors of the operation that are no nodes, by their slots: integers, and what was lost.
    tensors : mapping of Node to torch.Tensor
        Leaves and opened roots of this recording, with the tensors that they are.
    """

    __slots__ = ("grad_fn", "operation", "output_nr", "plain", "slots", "source", "tensors")

    def __init__(
        self,
        grad_fn: Any,
        output_nr: int,
        operation: Operation,
        slots: Sequence[int | None],
        source: str,
        tensors: NodeTensors,
        plain: dict[int, Array],
    ) -> None:
        self.grad_fn = grad_fn
        self.output_nr = output_nr
        self.operation = operation
        self.slots = tuple(slots)
        self.source = source
        self.tensors = tensors
        self.plain = plain

    def __call__(self, cotangent: Any) -> list[Any]:
        with without_modes():
            passed = self._run(cotangent)
            following = self.grad_fn.next_functions
            return [None if k is None else _fitted(passed[k], *following[k]) for k in self.slots]

    def _run(self, cotangent: Any) -> Sequence[Any]:
        node = self.grad_fn
        outputs = node._input_metadata
        given: list[Any] = [None] * len(outputs)
        given[self.output_nr] = as_tensor(cotangent, outputs[self.output_nr].dtype)
        try:
            if self.operation.function is not None:
                return _of_function(node, given)
            passed = node(*given)
        except RuntimeError as error:
            raise self._explained(error) from error
        return passed if isinstance(passed, tuple) else (passed,)

    def _explained(self, error: RuntimeError) -> Exception:
        where = f"{self.operation.name!r}" + (f" ({self.source})" if self.source else "")
        if _FREED in str(error):
            return ValueError(
                f"torch has freed what the pullback of {where} needs: backward() ran already. "
                "Take gradients before it, or call backward(retain_graph=True)"
            )
        if _CHANGED in str(error):
            return ValueError(
                f"what the pullback of {where} needs was changed in place after it was recorded, "
                f"by an optimiser perhaps: take gradients before. torch says: {error}"
            )
        return error


def _fitted(passed: Any, node: Any, output_nr: int) -> Any:
    """Return what passes to a variable in its shape and dtype, as torch's own walk makes it fit."""
    if passed is None:
        return None
    of = node._input_metadata[output_nr]
    if passed.shape != of.shape:
        passed = passed.sum_to_size(tuple(of.shape))
    return as_array(passed.to(of.dtype))


def _of_function(node: Any, given: list[Any]) -> Sequence[Any]:
    """Run a Python ``autograd.Function``, whose backward answers for all arguments of forward."""
    given = [
        torch.zeros(tuple(of.shape), dtype=of.dtype) if each is None else each
        for each, of in zip(given, node._input_metadata, strict=True)
    ]
    passed = node.apply(*given)
    passed = list(passed) if isinstance(passed, (tuple, list)) else [passed]
    wanted = iter([g for g, needs in zip(passed, node.needs_input_grad, strict=False) if needs])
    return [None if following is None else next(wanted) for following, _ in node.next_functions]
