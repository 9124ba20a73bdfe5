"""The readings of a network of PyTorch's, by hooks on its modules for one run.

PyTorch is never imported here: whoever has a module of its own has imported it. The module is left
as it was: its parameters, gradients, buffers (the running means of a batch norm) and modes, and
torch's random numbers.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias, TypeGuard, cast

import numpy as np

from autograd import Tensor
from autograd.extend import Node, cotangents, raw, with_article
from nn.diagnostics.layer_readings import LayerReading, saturation, weight_gradient
from nn.diagnostics.layer_views import Array, Network, check_one_input, read, rows
from nn.diagnostics.signal_graph import read_steps
from nn.diagnostics.signal_steps import SignalGraph
from nn.diagnostics.torch_graphs import Graph, TorchLayer, torch_layer, view_of

__all__ = ["is_torch_module", "network_of", "plain", "torch_readings", "torch_steps"]

_Open: TypeAlias = Callable[[Any], Node | None]
"""What gives the node of a tensor in the graph that is recorded."""

_CHANNELS_FIRST = ("Conv", "BatchNorm", "InstanceNorm", "GroupNorm")
"""How the names of modules begin whose units are on the second axis."""


def is_torch_module(model: object) -> TypeGuard[Any]:
    """Return whether a model is a module of PyTorch's."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(model, torch.nn.Module)


def network_of(model: Any, x: Any) -> Network:
    """Call a model, ours or PyTorch's, and find its layers of weighted sums in the graph."""
    return torch_network(model, x) if is_torch_module(model) else read(model, x)


class _Called:
    """One call of a module that has weights: what came in and out, and the gradient there."""

    def __init__(self, name: str, module: Any, x: Any, y: Any, opened: _Open) -> None:
        self.name, self.module, self._opened = name, module, opened
        self.axis = 1 if type(module).__name__.startswith(_CHANNELS_FIRST) else -1
        self.activation, self.dtype = "linear", str(y.dtype).removeprefix("torch.")
        self.output, self.weights = y, tuple(module.parameters(recurse=False))
        self.saturated = math.nan
        self.z_node = self.h_node = opened(y)  # now: an activation may work in place
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

    @property
    def weighs(self) -> bool:
        """Whether the outputs are weighted sums of the inputs: the weight's gradient is theirs."""
        kinds: Any = sys.modules["torch"].nn.Linear, sys.modules["torch"].nn.modules.conv._ConvNd
        return isinstance(self.module, kinds)

    def activate(self, name: str, h: Any) -> None:
        """Take note that an activation follows, with its outputs."""
        self.activation, self.h, self.output = name, _array(h), h
        self.h_node = self._opened(h)
        if h.requires_grad:
            h.register_hook(self._receive_outputs)

    def _receive_outputs(self, gradient: Any) -> None:
        self.of_outputs = _array(gradient)

    def _weight_gradient(self, gradient: Array) -> float:
        if self.x.ndim != self.z.ndim:  # a bilinear map's, or indices into a table
            return math.nan
        return weight_gradient(rows(self.x, self.axis), gradient, len(self.z))

    def see(self, layer: TorchLayer, gradients: Mapping[Node, Any]) -> None:
        """Take note of the activation that the graph shows: of a function, too."""
        if layer.z is None or layer.h is None:
            return
        if layer.h is not layer.z and self.activation == "linear":
            self.activation, self.h = layer.activation.name, np.asarray(raw(layer.h), np.float64)
            self.of_outputs = np.asarray(gradients.get(layer.h, 0 * self.h), np.float64)
        self.saturated = saturation(layer.activation, self.z)

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
            weight_gradient=self._weight_gradient(gradient),
            dead=int((told & ~passes).sum()),
            saturated=self.saturated,
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
        For an x that is no batch of numbers, outputs that are no tensor, no such layer, or
        parameters that hold no numbers.
    """
    model = _program(model)
    with _as_it_was(model):
        batch = _batch(model, x)
        calls, y = _run(model, batch, lambda tensor: None)
        _send_back(model, y, _seed(y, cotangent))
        return [call.reading() for call in calls]


def torch_steps(
    model: Any, x: Any, cotangent: Any = None
) -> tuple[list[LayerReading], list[TorchLayer], SignalGraph]:
    """Do the same, and return what a prediction needs besides: the layers, and the signal's steps.

    In the graph functions are seen as well as modules, and give h. What isn't on the CPU has no
    graph.
    """
    model = _program(model)
    with _as_it_was(model):
        batch = _batch(model, x)
        calls, y, graph, leaf = _recorded(model, batch)
        seed = _seed(y, cotangent)
        layers = [torch_layer(c.name, c.z_node, c.h_node, graph, weighs=c.weighs) for c in calls]
        steps = SignalGraph((), {}, None, frozenset(), ())
        gradients: Mapping[Node, Any] = {}
        if graph is not None:
            with np.errstate(all="ignore"):
                gradients = cotangents(graph.root, _array(seed).astype(raw(graph.root).dtype))
                first = "s" if _samples_first(model) else "ps"
                steps = read_steps(graph.root, gradients, x=leaf, first=first)
        _send_back(model, y, seed)
        for call, layer in zip(calls, layers, strict=True):
            call.see(layer, gradients)
        return [call.reading() for call in calls], layers, steps


def torch_network(model: Any, x: Any) -> Network:
    """Run a module of PyTorch's forward, and return the network that it is in our ops.

    Raises
    ------
    TypeError, ValueError
        As :func:`torch_readings`; and if there is no layer of weighted sums.
    """
    model = _program(model)
    with _as_it_was(model):
        batch = _batch(model, x)
        calls, _, graph, _ = _recorded(model, batch)
    views = []
    if graph is not None:
        layers = [torch_layer(c.name, c.z_node, c.h_node, graph, weighs=c.weighs) for c in calls]
        views = [found for layer in layers if (found := view_of(layer, graph)) is not None]
    if graph is None or not views:
        raise ValueError(
            f"the output of this {type(model).__name__} doesn't depend on any torch.nn.Linear or "
            "convolution on the CPU: there is no signal to measure"
        )
    return Network(cast(Tensor, graph.root), tuple(views))


def _recorded(model: Any, batch: Any) -> tuple[list[_Called], Any, Graph | None, Node | None]:
    """Call a model; return the calls of layers, the outputs, their graph, and the inputs in it."""
    from autograd.bridges.torch import record  # here: it needs PyTorch

    with record(model) as rec:

        def opened(tensor: Any) -> Node | None:
            on_cpu = tensor.device.type == "cpu"
            return rec[tensor] if tensor.requires_grad and on_cpu else None

        calls, y = _run(model, batch, opened)
        root = opened(y)
        return calls, y, None if root is None else Graph(root), opened(batch)


def _program(model: Any) -> Any:
    """Return a module that can be looked into: of a compiled one, what it was made of."""
    torch: Any = sys.modules["torch"]
    model = getattr(model, "_orig_mod", model)  # of torch.compile
    if any(isinstance(module, torch.jit.ScriptModule) for module in model.modules()):
        raise TypeError(
            f"{type(model).__name__} is compiled, so that its layers can't be seen: give the "
            "module that it was made of"
        )
    for name, each in (*model.named_parameters(), *model.named_buffers()):
        if torch.nn.parameter.is_lazy(each):
            raise ValueError(
                f"{name} has no shape yet: call the lazy module once on a batch, model(x), which "
                "makes its parameters"
            )
        if each.device.type == "meta":
            raise ValueError(
                f"{name} is on the device 'meta', which holds no numbers: there is nothing to "
                "measure; make the model on the CPU"
            )
        if each.is_complex():
            raise TypeError(f"{name} is complex ({each.dtype}): signals are of real numbers here")
    return model


def _batch(model: Any, x: Any) -> Any:
    """Return the inputs as a leaf for this model, checked."""
    torch: Any = sys.modules["torch"]
    check_one_input(x)
    batch = x.detach() if isinstance(x, torch.Tensor) else torch.as_tensor(np.asarray(x))
    if batch.ndim == 0 or batch.numel() == 0:
        raise ValueError(f"x must be a batch of numbers, got shape {tuple(batch.shape)}")
    if batch.is_complex():
        raise TypeError(f"x must be real numbers, got {batch.dtype}")
    if not batch.is_floating_point():
        return batch
    batch = batch.to(next(model.parameters(), batch))
    if not bool(torch.isfinite(batch).all()):
        raise ValueError("x must be finite, got nan or inf")
    return batch.clone().requires_grad_()


def _samples_first(model: Any) -> bool:
    """Return whether the samples are the first axis of tokens: not so by PyTorch's default."""
    return all(getattr(module, "batch_first", True) for module in model.modules())


def _run(model: Any, batch: Any, opened: _Open) -> tuple[list[_Called], Any]:
    """Call a model, and note each call of a layer."""
    torch: Any = sys.modules["torch"]
    with _watched(model, opened) as calls:
        try:
            y = model(batch.clone())  # for an activation in place can't write into a leaf
        except RuntimeError as error:
            if not batch.is_floating_point():
                error.add_note(f"x is of {batch.dtype}, as indices are: if it isn't, give floats")
            raise
    if not isinstance(y, torch.Tensor):
        raise TypeError(
            f"the model must return a tensor, got {with_article(y)}: wrap it in a module that "
            "returns the one to measure"
        )
    if not calls:
        raise ValueError(
            f"{type(model).__name__} called no module with weights: there is no signal to measure"
        )
    return calls, y


def _seed(y: Any, cotangent: Any) -> Any:
    """Return what is sent back, as a tensor of the outputs' dtype."""
    torch: Any = sys.modules["torch"]
    given = cotangent(_array(y)) if callable(cotangent) else cotangent
    return torch.ones_like(y) if given is None else torch.as_tensor(given).to(y)


def _send_back(model: Any, y: Any, seed: Any) -> None:
    """Run the backward pass, which the hooks on the layers' outputs see."""
    torch: Any = sys.modules["torch"]
    leaves = [p for p in model.parameters() if p.requires_grad]
    if y.requires_grad and leaves:
        torch.autograd.grad(y, leaves, seed, allow_unused=True)


@contextmanager
def _watched(model: Any, opened: _Open) -> Iterator[list[_Called]]:
    """Note each call of a layer."""
    torch: Any = sys.modules["torch"]
    calls: list[_Called] = []
    names = {module: name for name, module in model.named_modules()}
    weighted = {
        module
        for module in names
        if next(module.parameters(recurse=False), None) is not None
        or torch.nn.utils.parametrize.is_parametrized(module)
    }

    def note(module: Any, inputs: tuple[Any, ...], y: Any) -> None:
        y = y[0] if isinstance(y, tuple) else y
        if not inputs or not isinstance(y, torch.Tensor) or not y.is_floating_point():
            return
        if module in weighted:
            calls.append(_Called(names[module], module, inputs[0], y, opened))
            return
        before = next((c for c in reversed(calls) if c.output is inputs[0]), None)
        is_activation = type(module).__module__ == "torch.nn.modules.activation"
        if is_activation and before is not None and before.activation == "linear":
            before.activate(type(module).__name__.lower(), y)

    leaves = [m for m in names if m in weighted or next(m.children(), None) is None]
    hooks = [module.register_forward_hook(note) for module in leaves]
    try:
        yield calls
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def _as_it_was(model: Any) -> Iterator[None]:
    """Run with gradients for all parameters, and leave all as it was."""
    torch: Any = sys.modules["torch"]
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
    frozen = [p for p in model.parameters() if not p.requires_grad and p.is_floating_point()]
    try:
        for parameter in frozen:
            parameter.requires_grad_(True)
        with torch.inference_mode(False), torch.enable_grad(), torch.random.fork_rng():
            yield
    finally:
        for parameter in frozen:
            parameter.requires_grad_(False)
        with torch.no_grad():
            for buffer, old in buffers:
                buffer.copy_(old)


def _array(tensor: Any) -> Array:
    """Return a copy of a tensor as float64."""
    return np.array(tensor.detach().cpu().double().numpy())


def plain(parameter: Any) -> Array:
    """Return the numbers of a parameter, ours or PyTorch's."""
    return np.asarray(raw(parameter)) if isinstance(parameter, Node) else _array(parameter)
