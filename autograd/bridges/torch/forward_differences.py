"""An operation's gradient by differences of torch's own forward, run again beside its operands.

It needs no rule: it is the reference for an ``autograd.Function``, for what has no rule of ours,
and the arbiter where two rules disagree. Forward is run with copies of the operands, in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import _disable_current_modes

from autograd.bridges.torch.aten_ops import every_tensor
from autograd.bridges.torch.operation import Operation, Slot
from autograd.bridges.torch.tensor_numbers import as_array, without_modes
from autograd.check import numerical
from autograd.node.node import Node
from autograd.numbers.kinds import Array

_MARGIN = 16.0  # how many times the estimated error a difference may be off


# They read one triangle of a symmetric matrix, and their gradients are those of both.
_SYMMETRIC = {
    "_linalg_eigh", "linalg_cholesky_ex", "cholesky",
}  # fmt: skip


class CantRun(Exception):  # noqa: N818
    """Forward can't be run again, and why."""


class Forward:
    """One operation as a function of its node's parents, as torch computes it.

    Raises
    ------
    CantRun
        If what it was called with isn't known, it gives another result each time, or it doesn't
        give the recorded one.
    """

    def __init__(self, node: Node) -> None:
        of: Any = node.op
        self.pullback = of.pullback
        self.node = node
        self.operands = [np.array(p._data, float) for p in node.parents]
        self.is_symmetric = _reads_one_triangle(self.pullback.operation)
        self.run = self._runner(self.pullback.operation)
        found, again = self(self.operands), self(self.operands)
        if not np.array_equal(found, again, equal_nan=True):
            raise CantRun("its forward gives another result each time, by chance perhaps")
        eps = float(np.finfo(np.asarray(node._data).dtype).eps)
        size = np.max(np.abs(found), initial=0.0)
        with np.errstate(all="ignore"):
            off = np.abs(found - node._data)
        if found.shape != np.shape(node._data) or np.any(off > 64 * eps * size * 2**10):
            raise CantRun("its forward, run again, doesn't give what was recorded")

    def _runner(self, operation: Operation) -> Callable[[list[Any]], Any]:
        if operation.function is not None:
            return self._runner_of_function(operation)
        if operation.func is None:
            raise CantRun("what made it ran outside the recording, or wasn't seen")
        if operation.view is not None:
            raise CantRun("it writes into a view, which can't be run again by itself")
        plain = {k: _constant(x) for k, x in self.pullback.plain.items()}

        def run(tensors: list[Any]) -> Any:
            given = every_tensor(tensors, plain)
            if self.is_symmetric:
                given = [(x + x.mT) / 2 if x.ndim > 1 else x for x in given]
            args, kwargs = _filled(operation.args, given), operation.kwargs
            return operation.func(*args, **{name: _filled(x, given) for name, x in kwargs.items()})

        return run

    def _runner_of_function(self, operation: Operation) -> Callable[[list[Any]], Any]:
        function: Any = operation.function
        if operation.given is None:
            raise CantRun(
                "its forward calls nothing of torch's, so that its arguments weren't seen"
            )
        arguments = list(operation.given)
        places = [k for k, x in enumerate(arguments) if isinstance(x, torch.Tensor)]
        own = [places[slot] for slot in self.pullback.slots]

        def run(tensors: list[Any]) -> Any:
            given = [_widened(x) if isinstance(x, torch.Tensor) else x for x in arguments]
            for k, tensor in zip(own, tensors, strict=True):
                given[k] = tensor
            return function.apply(*given)

        return run

    def __call__(self, operands: list[Array]) -> Array:
        """Return the result for other operands."""
        tensors = [torch.tensor(np.asarray(x, float)) for x in operands]
        with without_modes(), torch.random.fork_rng(devices=[]):
            try:
                found = self.run(tensors)
            except Exception as error:  # whatever a user's forward raises
                raise CantRun(f"its forward, run again in float64, raises {error!r}") from None
        found = self._output_of(found)
        return found.detach().double().numpy(force=True).copy()  # type: ignore[no-any-return]

    def _output_of(self, found: Any) -> Any:
        """Return which of its results this node is."""
        if isinstance(found, (tuple, list)):
            return found[self.pullback.output_nr if self._is_function else self._output]
        return found

    @property
    def _is_function(self) -> bool:
        return self.pullback.operation.function is not None

    @property
    def _output(self) -> int:
        return int(self.pullback.operation.output)

    # Derivatives ---------------------------------------------------------------------------------

    def derivative(self, cotangent: Array, k: int, v: Array) -> tuple[float, float]:
        """Return the derivative of ⟨cotangent, result⟩ along v in operand k, and its error.

        The error is infinite where differences can't tell: at a kink, or in noise.
        """

        def along(t: Any) -> Any:
            moved = list(self.operands)
            moved[k] = moved[k] + float(t) * v
            return np.ravel(cotangent * self(moved))

        one, other = (
            by(along, 0.0) for by in (numerical.by_differences, numerical.by_other_differences)
        )
        error = _MARGIN * float(np.sum(one.error + other.error))
        found, second = float(np.sum(one.found)), float(np.sum(other.found))
        unsure = abs(found - second) > error or np.any(numerical.has_kink(along, 0.0))
        return found, np.inf if unsure or not np.isfinite(error) else error

    def pullback_in_float64(self, cotangent: Array) -> list[Array | None] | None:
        """Return torch's contributions when all is run in float64; None if it can't be."""
        tensors = [torch.tensor(x).requires_grad_() for x in self.operands]
        try:
            with _disable_current_modes(), torch.enable_grad(), torch.random.fork_rng(devices=[]):
                found = self._output_of(self.run([x.clone() for x in tensors]))
                g = torch.tensor(cotangent, dtype=found.dtype)
                passed = torch.autograd.grad(found, tensors, g, allow_unused=True)
        except Exception:  # whatever a user's backward raises in another precision
            return None
        return [None if x is None else as_array(x) for x in passed]

    def direction(self, k: int, rng: np.random.Generator) -> Array:
        """Return a direction in which each element of an operand moves by about its own size."""
        x = self.operands[k]
        size = np.where((x == 0) | ~np.isfinite(x), 1, np.abs(x))
        return np.asarray(size * rng.uniform(0.5, 1, x.shape) * rng.choice([-1, 1], x.shape))


def _reads_one_triangle(operation: Operation) -> bool:
    name = "" if operation.func is None else operation.func.__name__.split(".")[0]
    return name in _SYMMETRIC or bool(operation.kwargs.get("hermitian", False))


def _widened(x: Any) -> Any:
    return x.detach().double() if x.is_floating_point() else x.detach().clone()


def _constant(array: Array) -> Any:
    tensor = torch.tensor(np.array(array))
    return tensor.double() if tensor.is_floating_point() else tensor


def _filled(given: Any, tensors: list[Any]) -> Any:
    if type(given) is Slot:
        return tensors[given.index]
    if type(given) in (list, tuple):
        return [_filled(x, tensors) for x in given]
    return given
