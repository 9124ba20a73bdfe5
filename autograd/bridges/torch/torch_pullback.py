"""One node's pullback as torch has it: a cotangent in, what torch's node makes of it out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch

from autograd.bridges.torch.checkpoints import Recomputed, undisturbed
from autograd.bridges.torch.node_tensors import NodeTensors
from autograd.bridges.torch.operation import Operation
from autograd.bridges.torch.tensor_numbers import as_array, as_tensor, without_modes
from autograd.numbers.kinds import Array

_FREED = "Trying to backward through the graph a second time"
_CHANGED = "modified by an inplace operation"


@dataclass(eq=False, slots=True)
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
    slots : sequence of int or None
        For each parent, which of the numbers that ``grad_fn`` returns is for it.
    source : str
        The user's line.
    tensors : mapping of Node to torch.Tensor
        Leaves and opened roots of this recording, with the tensors that they are.
    plain : dict of int to array
        The tensors of the operation that are no nodes, by their slots: integers, and what was lost.
    checkpoint : Recomputed or None
        What a reentrant checkpoint computed.
    disturbs : tuple of torch.nn.Module or None
        The modules that may run again when torch's node runs, for it is part of a checkpoint.
    """

    grad_fn: Any
    output_nr: int
    operation: Operation
    slots: Sequence[int | None]
    source: str
    tensors: NodeTensors
    plain: dict[int, Array]
    checkpoint: Recomputed | None = None
    disturbs: tuple[Any, ...] | None = None

    def __call__(self, cotangent: Any) -> list[Any]:
        undisturbing = nullcontext() if self.disturbs is None else undisturbed(self.disturbs)
        with without_modes(), undisturbing:
            passed = self._run(cotangent)
            return [None if k is None else self._fitted(passed[k], k) for k in self.slots]

    def _fitted(self, passed: Any, k: int) -> Array | None:
        """Return a contribution in its variable's shape and dtype, as torch's walk makes it fit."""
        if passed is None:
            return None
        following = self.grad_fn.next_functions
        if k >= len(following):
            return as_array(passed)  # to a leaf of a checkpoint, which torch doesn't show
        variable, output_nr = following[k]
        of = variable._input_metadata[output_nr]
        if passed.shape != of.shape:
            try:
                passed = passed.sum_to_size(tuple(of.shape))
            except RuntimeError:
                raise ValueError(
                    f"the backward of {self._where} returns shape {tuple(passed.shape)} for an "
                    f"operand of shape {tuple(of.shape)}: loss.backward() fails there, too"
                ) from None
        return as_array(passed.to(of.dtype))

    def _run(self, cotangent: Any) -> Sequence[Any]:
        node = self.grad_fn
        outputs = node._input_metadata
        given: list[Any] = [None] * len(outputs)
        given[self.output_nr] = as_tensor(cotangent, outputs[self.output_nr].dtype)
        is_function = self.operation.function is not None
        try:
            if self.checkpoint is not None:
                return self.checkpoint.gradients(given)
            passed = node.apply(*_materialized(given, outputs)) if is_function else node(*given)
        except Exception as error:
            explained = self._explained(error)
            if explained is not None:
                raise explained from error
            error.add_note(f"in the backward of {self._where}")
            raise
        passed = passed if isinstance(passed, (tuple, list)) else (passed,)
        return self._of_variables(passed) if is_function else passed

    def _of_variables(self, passed: Sequence[Any]) -> Sequence[Any]:
        """Of what a Python ``autograd.Function`` returns for all arguments, keep the variables'."""
        node = self.grad_fn
        needed = node.needs_input_grad
        if len(passed) < len(needed):
            raise ValueError(
                f"the backward of {self._where} must return a gradient, or None, for each of the "
                f"{len(needed)} arguments of forward, got {len(passed)}: loss.backward() fails "
                "there, too"
            )
        wanted = iter([g for g, needs in zip(passed, needed, strict=False) if needs])
        return [None if following is None else next(wanted) for following, _ in node.next_functions]

    @property
    def _where(self) -> str:
        return f"{self.operation.name!r}" + (f" ({self.source})" if self.source else "")

    def _explained(self, error: Exception) -> ValueError | None:
        if _FREED in str(error):
            return ValueError(
                f"torch has freed what the pullback of {self._where} needs: backward() ran "
                "already. Take gradients before it, or call backward(retain_graph=True)"
            )
        if _CHANGED in str(error):
            return ValueError(
                f"what the pullback of {self._where} needs was changed in place later: in the "
                "block, where loss.backward() fails, too, or after it, by an optimiser perhaps: "
                f"take gradients before. torch says: {error}"
            )
        return None


def refuse_freed(nodes: Iterable[Any]) -> None:
    """Raise ValueError if ``backward()`` has freed what torch's nodes saved: the first tells."""
    for node in nodes:
        kind: Any = type(node)
        for name in _saved(kind):
            try:
                getattr(node, name)
            except RuntimeError as error:
                if _FREED in str(error):
                    raise ValueError(
                        "torch has freed this graph, for backward() ran already: open it before "
                        "backward(), or call backward(retain_graph=True)"
                    ) from None
            else:
                return


@lru_cache(maxsize=4096)
def _saved(kind: Any) -> list[str]:
    """Return the names of the tensors that a kind of node saves."""
    names = dir(kind)
    return [name for name in names if name.startswith("_saved_") and f"_raw{name}" in names]


def _materialized(given: list[Any], outputs: Any) -> list[Any]:
    """Return the cotangents of all outputs, with zeros where there is none."""
    return [
        torch.zeros(tuple(of.shape), dtype=of.dtype) if each is None else each
        for each, of in zip(given, outputs, strict=True)
    ]
