"""Inputs, preactivations and outputs of each layer, read from the graph of one call.

No hooks: a layer's preactivation is the node that its weights lead to, and its activation is what
is done to each element from there. What is measured on them is the matter of ``propagation.py``.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from autograd import Tensor
from autograd.extend import Elementwise, Node, cotangents, raw, topological_order, with_article
from init.theory import Activation
from nn.modules.convolutions import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from nn.modules.layers import Linear
from nn.modules.module import Module

__all__ = [
    "Array",
    "LayerView",
    "Network",
    "Readers",
    "TorchWeights",
    "Weighted",
    "activation_of",
    "call",
    "read",
    "rows",
    "sent_back",
    "steps_from",
    "view",
]

Array = npt.NDArray[Any]

LINEAR = Activation("linear", lambda x: x, np.ones_like)

Weighted: TypeAlias = (
    Linear | Conv1d | Conv2d | Conv3d | ConvTranspose1d | ConvTranspose2d | ConvTranspose3d
)
"""The layers that have a view: those whose units are weighted sums of their inputs."""


@dataclass(frozen=True, eq=False)
class TorchWeights:
    """The weights and biases of a layer of PyTorch's, in a graph of ours."""

    weight: Node
    bias: Node | None


@dataclass(frozen=True, eq=False)
class LayerView:
    """One layer in one graph.

    Attributes
    ----------
    name : str
        The module's name in the model, ``layers.0``.
    module : Linear, a convolution, or the weights of one of PyTorch's
        The layer.
    x, z, h : Node
        Its inputs, preactivations and outputs, of shapes (..., fan_in), (..., n) and (..., n); of a
        convolution, with the axes of space behind.
    activation : init.theory.Activation
        What makes h of z, as a function on arrays.
    branches : bool
        Whether more than one node goes on from here, as before a residual: then what comes back
        is a sum.
    """

    name: str
    module: Weighted | TorchWeights
    x: Node
    z: Node
    h: Node
    activation: Activation
    branches: bool

    @property
    def weighs(self) -> bool:
        """Whether the preactivations are weighted sums of the inputs: of these layers always."""
        return True

    @property
    def weight(self) -> Array:
        """The weights, of shape (n, fan_in); of a convolution, its kernels."""
        return np.asarray(raw(self.module.weight))

    @property
    def bias(self) -> Array:
        """The biases, of shape (n,): zeros if the layer has none."""
        bias = self.module.bias
        return np.zeros(self.units) if bias is None else np.asarray(raw(bias))

    @property
    def unit_axis(self) -> int:
        """The axis of the units, counted from the last."""
        return 1 - np.ndim(raw(self.module.weight))

    @property
    def units(self) -> int:
        """How many units there are, n: of a convolution, channels."""
        return int(np.shape(raw(self.z))[self.unit_axis])

    @property
    def fan_in(self) -> int:
        """How many inputs a unit has, at a stride of 1 and away from the borders."""
        return self.weight.size // self.units

    def rows(self, signal: Any) -> Array:
        """Return an array at this layer as float64, of shape (samples and places, units)."""
        return rows(signal, self.unit_axis)


def rows(signal: Any, unit_axis: int = -1) -> Array:
    """Return an array as float64, of shape (samples and places, units)."""
    array = np.moveaxis(np.asarray(signal, dtype=np.float64), unit_axis, -1)
    return array.reshape(-1, array.shape[-1])


@dataclass(frozen=True, eq=False)
class Network:
    """One call of a model: its outputs, and its layers in the order of computation."""

    y: Tensor
    layers: tuple[LayerView, ...]


def read(model: Module, x: Any) -> Network:
    """Call a model and find its layers in the graph.

    Parameters
    ----------
    model : Module
        With ``Linear`` layers or convolutions, of Tensors.
    x : array_like of shape (batch, ...)

    Returns
    -------
    Network

    Raises
    ------
    TypeError
        If the model is made of Values, or isn't a Module.
    ValueError
        If ``x`` is empty or isn't finite, or there is no such layer between x and the output.
    """
    _check_model(model)
    y = call(model, x)
    graph = Readers(y)
    views = [view for name, part in _weighted(model) for view in _views(name, part, graph)]
    if not views:
        raise ValueError(
            f"the output of this {type(model).__name__} doesn't depend on any of its Linear "
            "layers or convolutions: there is no signal to measure"
        )
    return Network(y, tuple(sorted(views, key=lambda view: graph.place[view.z])))


def _weighted(model: Module) -> list[tuple[str, Weighted]]:
    kinds = get_args(Weighted)
    return [(name, part) for name, part in model.named_modules() if isinstance(part, kinds)]


def _check_model(model: object) -> None:
    if not isinstance(model, Module):
        kind = f"{type(model).__module__}.{type(model).__qualname__}"
        advice = (
            "the network of an estimator is its model_"
            if hasattr(model, "model_")
            else "nn.propagate, nn.diagnose and nn.assert_healthy are for PyTorch's modules too"
        )
        raise TypeError(f"model must be an nn.Module of Glassgrad's, got {kind}: {advice}")
    if not _weighted(model):
        raise ValueError(
            f"{type(model).__name__} has no Linear layer and no convolution: there is no "
            "signal to measure"
        )


def check_one_input(x: object) -> None:
    """Raise TypeError for what is several inputs of a model, and no batch."""
    several = isinstance(x, tuple) and any(hasattr(part, "shape") for part in x)
    if several or isinstance(x, Mapping):
        raise TypeError(
            f"x must be one batch of numbers, got {with_article(x)}: of a model with several "
            "inputs, measure a module that takes x alone and calls it with the others"
        )


def call(model: Module, x: Any) -> Tensor:
    """Return the outputs of a model on a batch, checked."""
    check_one_input(x)
    batch = np.asarray(raw(x))
    if batch.ndim == 0 or batch.size == 0 or batch.dtype.kind not in "fiub":
        raise ValueError(
            "x must be a batch of real numbers, of shape (batch, features), got "
            f"{batch.dtype} of shape {batch.shape}"
        )
    bad = ~np.isfinite(batch)
    if bad.any():
        raise ValueError(
            f"x must be finite, got {int(bad.sum())} nan or inf, the first at "
            f"{np.argwhere(bad)[0].tolist()}: fill them in, or leave these samples out"
        )
    generators = [(each, each.bit_generator.state) for _, each in model.named_generators()]
    with np.errstate(all="ignore"):  # that a signal overflows is a finding, not an accident
        y = model(batch)
    for generator, state in generators:  # to measure is not to take part
        generator.bit_generator.state = state
    if isinstance(y, (dict, list, tuple)):
        raise TypeError(
            f"the model must return a Tensor, got a {type(y).__name__}: wrap it in a module that "
            "returns the one to measure"
        )
    if not isinstance(y, Tensor):
        raise TypeError(
            f"the model must be made of Tensors, got outputs of type {type(y).__name__}: "
            "measure the model that scalars() was called on"
        )
    return y


def sent_back(y: Tensor, cotangent: Any) -> Any:
    """Return the cotangent of a model's outputs: as given, made of them, or ones."""
    given = cotangent(np.array(raw(y))) if callable(cotangent) else cotangent
    return np.ones(y.shape) if given is None else given


class Readers:
    """The interior nodes below a root: the place of each in their order, and who reads it."""

    def __init__(self, root: Node) -> None:
        self.place = {node: k for k, node in enumerate(topological_order(root))}
        self.readers: dict[Node, list[Node]] = defaultdict(list)
        for node in self.place:
            for parent in dict.fromkeys(node.parents):
                self.readers[parent].append(node)


def _views(name: str, part: Weighted, graph: Readers) -> Iterator[LayerView]:
    """Yield a view for each time that the layer was called."""
    for x, z in _preactivations(part.weight, part.bias, graph):
        yield view(name, part, x, z, steps_from(z, graph), graph)


def view(
    name: str,
    part: Weighted | TorchWeights,
    x: Node,
    z: Node,
    steps: Sequence[Node],
    graph: Readers,
) -> LayerView:
    """Return the view of one call, with the functions of each element that come after it."""
    inside = {z, *steps}
    beyond = {reader for node in inside for reader in graph.readers[node]} - inside
    h = steps[-1] if steps else z
    return LayerView(name, part, x, z, h, activation_of(z, steps), len(beyond) > 1)


def _preactivations(weight: Node, bias: Node | None, graph: Readers) -> Iterator[tuple[Node, Node]]:
    """Yield the inputs and the preactivations of each call of a layer, from its weights on."""
    for node in graph.readers[weight]:
        if len(node.parents) == 1:  # a transpose
            yield from _preactivations(node, bias, graph)
            continue
        x = next(parent for parent in node.parents if parent is not weight)
        if bias is None or _reads(node, bias):
            yield x, node
        else:
            yield from ((x, each) for each in graph.readers[node] if _reads(each, bias))


def _reads(node: Node, parent: Node) -> bool:
    """Return whether a node has this parent, as it is or in another shape."""
    return any(  # ``in`` would compare numbers
        each is parent or (len(each.parents) == 1 and each.parents[0] is parent)
        for each in node.parents
    )


def steps_from(z: Node, graph: Readers) -> list[Node]:
    """Return the nodes that are functions of each element of z alone, in order."""
    inside = {z}
    todo = list(graph.readers[z])
    while todo:
        node = todo.pop()
        if node not in inside and _acts_on_each_element(node, inside):
            inside.add(node)
            todo.extend(graph.readers[node])
    return sorted(inside - {z}, key=graph.place.__getitem__)


def _acts_on_each_element(node: Node, inside: Set[Node]) -> bool:
    return isinstance(node.op, Elementwise) and all(
        parent in inside or (not parent.requires_grad and np.size(raw(parent)) == 1)
        for parent in node.parents
    )


def activation_of(z: Node, steps: Sequence[Node]) -> Activation:
    """Return the function from z to the last step: what the steps did, done again."""
    ops = [node.op for node in steps if isinstance(node.op, Elementwise)]
    if not ops:
        return LINEAR
    if len(ops) == 1 and len(steps[0].parents) == 1 and not steps[0].params:
        return _of_op(ops[0])

    def function(x: Any) -> Any:
        made: dict[Node, Any] = {z: x}
        for op, node in zip(ops, steps, strict=True):
            operands = (made.get(parent, raw(parent)) for parent in node.parents)
            made[node] = op(*operands, **(node.params or {}))
        return made[steps[-1]]

    def derivative(x: Array) -> Array:
        leaf = Tensor(x)
        with np.errstate(all="ignore"):
            y = function(leaf)
            return np.asarray(cotangents(y, np.ones(y.shape))[leaf])

    return Activation(" ".join(op.name for op in ops), function, derivative)


@functools.lru_cache
def _of_op(op: Elementwise) -> Activation:
    """Return a plain op as an activation: one object for all layers, so that its facts are too."""
    return Activation(op.name, op, op.derivative, op.kinks)
