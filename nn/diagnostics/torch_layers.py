"""The readings of a network of PyTorch's, by hooks on its modules for one run.

PyTorch is never imported here: whoever has a module of its own has imported it. The module is left
as it was: its parameters, gradients, buffers (the running means of a batch norm) and modes, and
torch's random numbers.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeGuard

import numpy as np

from autograd.extend import with_article
from nn.diagnostics.layer_readings import LayerReading
from nn.diagnostics.layer_views import Array, check_one_input, rows

__all__ = ["is_torch_module", "torch_readings"]

_CHANNELS_FIRST = ("Conv", "BatchNorm", "InstanceNorm", "GroupNorm")
"""How the names of modules begin whose units are on the second axis."""


def is_torch_module(model: object) -> TypeGuard[Any]:
    """Return whether a model is a module of PyTorch's."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(model, torch.nn.Module)


class _Called:
    """One call of a module that has weights: what came in and out, and the gradient there."""

    def __init__(self, name: str, module: Any, x: Any, y: Any) -> None:
        self.name, self.module = name, module
        self.axis = 1 if type(module).__name__.startswith(_CHANNELS_FIRST) else -1
        self.activation, self.dtype = "linear", str(y.dtype).removeprefix("torch.")
        self.output, self.weights = y, tuple(module.parameters(recurse=False))
        # Copies: an activation may work in place.
        self.z = _array(y)
        self.x = _array(x) if x.is_floating_point() else np.array(math.nan)  # indices into a table
        self.h = self.z
        self.gradient = self.of_outputs = np.zeros_like(self.z)
        if y.requires_grad:
            y.register_hook(self._receive)

    def _receive(self, gradient: Any) -> None:
        self.gradient = _array(gradient)
        if self.activation == "linear":
            self.of_outputs = self.gradient

    def activate(self, name: str, h: Any) -> None:
        """Take note that an activation follows, with its outputs."""
        self.activation, self.h, self.output = name, _array(h), h
        if h.requires_grad:
            h.register_hook(self._receive_outputs)

    def _receive_outputs(self, gradient: Any) -> None:
        self.of_outputs = _array(gradient)

    def reading(self) -> LayerReading:
        z, h, gradient, of_outputs = (
            rows(each, self.axis) for each in (self.z, self.h, self.gradient, self.of_outputs)
        )
        passes, told = (gradient != 0).any(axis=0), (of_outputs != 0).any(axis=0)
        return LayerReading(
            self.name,
            self.activation,
            z,
            h,
            gradient,
            of_outputs,
            weight_gradient=float(np.mean(gradient**2) * np.mean(np.square(self.x))),
            dead=int((told & ~passes).sum()),
            saturated=math.nan,
            dtype=self.dtype,
        )


def torch_readings(model: Any, x: Any, cotangent: Any = None) -> list[LayerReading]:
    """Run a module of PyTorch's forward and backward, and return a reading for each layer.

    A layer is a module with weights of its own, each time that it is called; its activation is a
    module without weights that is called on its outputs. Functions such as
    ``torch.nn.functional.relu`` are no modules: then h is f.

    Raises
    ------
    TypeError, ValueError
        For an x that is no batch of numbers, outputs that are no tensor, or no such layer.
    """
    torch: Any = sys.modules["torch"]
    check_one_input(x)
    batch = x.detach() if isinstance(x, torch.Tensor) else torch.as_tensor(np.asarray(x))
    if batch.is_floating_point():
        batch = batch.to(next(model.parameters(), batch))
        if not bool(torch.isfinite(batch).all()):
            raise ValueError("x must be finite, got nan or inf")
    if batch.ndim == 0 or batch.numel() == 0:
        raise ValueError(f"x must be a batch of numbers, got shape {tuple(batch.shape)}")
    with _watched(model, torch) as calls:
        y = model(batch)
        if not isinstance(y, torch.Tensor):
            raise TypeError(
                f"the model must return a tensor, got {with_article(y)}: wrap it in a module that "
                "returns the one to measure"
            )
        given = cotangent(_array(y)) if callable(cotangent) else cotangent
        seed = torch.ones_like(y) if given is None else torch.as_tensor(given).to(y)
        leaves = [p for p in model.parameters() if p.requires_grad]
        if y.requires_grad and leaves:
            torch.autograd.grad(y, leaves, seed, allow_unused=True)
    if not calls:
        raise ValueError(
            f"{type(model).__name__} called no module with weights: there is no signal to measure"
        )
    with np.errstate(all="ignore"):
        return [call.reading() for call in calls]


@contextmanager
def _watched(model: Any, torch: Any) -> Iterator[list[_Called]]:
    """Note each call of a layer, and leave all as it was."""
    calls: list[_Called] = []
    names = {module: name for name, module in model.named_modules()}

    def note(module: Any, inputs: tuple[Any, ...], y: Any) -> None:
        y = y[0] if isinstance(y, tuple) else y
        if not inputs or not isinstance(y, torch.Tensor) or not y.is_floating_point():
            return
        if next(module.parameters(recurse=False), None) is not None:
            calls.append(_Called(names[module], module, inputs[0], y))
            return
        before = next((c for c in reversed(calls) if c.output is inputs[0]), None)
        is_activation = type(module).__module__ == "torch.nn.modules.activation"
        if is_activation and before is not None and before.activation == "linear":
            before.activate(type(module).__name__.lower(), y)

    leaves = [
        m
        for m in model.modules()
        if next(m.children(), None) is None or next(m.parameters(recurse=False), None) is not None
    ]
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
    hooks = [module.register_forward_hook(note) for module in leaves]
    try:
        with torch.enable_grad(), torch.random.fork_rng():
            yield calls
    finally:
        for hook in hooks:
            hook.remove()
        with torch.no_grad():
            for buffer, old in buffers:
                buffer.copy_(old)


def _array(tensor: Any) -> Array:
    """Return a copy of a tensor as float64."""
    return np.array(tensor.detach().cpu().double().numpy())
