"""Checkpoints: operations that torch computes again when their gradients are asked for.

To compute again must leave no trace: random numbers and buffers, such as the running statistics of
a BatchNorm, are put back. A reentrant checkpoint calls ``backward`` inside of ``backward``, which
adds to the user's ``.grad``: it is computed again here, once, and asked for its gradients alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils.checkpoint import CheckpointFunction, detach_variable

from autograd.bridges.torch.schemas import ACCUMULATE


def is_reentrant(node: Any) -> bool:
    """Whether a node of torch's graph is a checkpoint that calls ``backward`` itself."""
    return isinstance(node, torch._C._FunctionBase) and node._forward_cls is CheckpointFunction


@contextmanager
def undisturbed(modules: Iterable[Any]) -> Iterator[None]:
    """Put back what computing again changes: random numbers and the buffers of modules."""
    buffers = {id(b): b for module in modules for b in module.buffers()}
    before = [(buffer, buffer.clone()) for buffer in buffers.values()]
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            for buffer, old in before:
                if not torch.equal(buffer, old):
                    buffer.data.copy_(old)  # which isn't counted as a change in place


class Recomputed:
    """A reentrant checkpoint, computed again.

    Attributes
    ----------
    leaves : list of torch.Tensor
        The variables that it uses besides its arguments: parameters.
    """

    def __init__(self, node: Any, modules: Iterable[Any]) -> None:
        inputs = list(node.inputs)
        for k, tensor in zip(node.tensor_indices, node.saved_tensors, strict=True):
            inputs[k] = tensor
        self._inputs = detach_variable(tuple(inputs))
        self._tensors = [self._inputs[k] for k in node.tensor_indices]
        with undisturbed(modules):
            if node.preserve_rng_state:
                torch.set_rng_state(node.fwd_cpu_state)
            with torch.enable_grad(), torch.amp.autocast("cpu", **node.cpu_autocast_kwargs):
                found = node.run_function(*self._inputs)
        self._outputs = found if isinstance(found, tuple) else (found,)
        mine = {id(tensor) for tensor in self._tensors}
        self.leaves = [leaf for leaf in _leaves(self._outputs) if id(leaf) not in mine]

    def gradients(self, given: Sequence[Any]) -> list[Any]:
        """Return the outputs' cotangents pulled back to the tensor arguments and the leaves."""
        pairs = [
            (out, cotangent)
            for out, cotangent in zip(self._outputs, given, strict=True)
            if cotangent is not None and isinstance(out, torch.Tensor) and out.requires_grad
        ]
        variables = [*self._tensors, *self.leaves]
        wanted = [v for v in variables if v.requires_grad]
        found = torch.autograd.grad(
            [out for out, _ in pairs],
            wanted,
            [cotangent for _, cotangent in pairs],
            retain_graph=True,
            allow_unused=True,
        )
        by_id = {id(v): gradient for v, gradient in zip(wanted, found, strict=True)}
        return [by_id.get(id(v)) for v in variables]


def _leaves(outputs: Iterable[Any]) -> list[Any]:
    """Return the leaves of torch's graph that tensors were computed from."""
    stack = [x.grad_fn for x in outputs if isinstance(x, torch.Tensor) and x.grad_fn is not None]
    done = set(stack)
    leaves: dict[int, Any] = {}
    while stack:
        node = stack.pop()
        if type(node) is ACCUMULATE:
            leaves[id(node.variable)] = node.variable
        new = [each for each, _ in node.next_functions if each is not None and each not in done]
        done.update(new)
        stack.extend(new)
    return list(leaves.values())
