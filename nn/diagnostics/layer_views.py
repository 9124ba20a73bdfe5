"""Inputs, preactivations and outputs of each layer, read from the graph of one call.

No hooks: a layer's preactivation is the node that its weights lead to, and its activation is what
is done to each element from there. What is measured on them is the matter of ``propagation.py``.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import Tensor
from autograd.extend import Elementwise, Node, cotangents, raw, topological_order
from init.theory import Activation
from nn.modules.layers import Linear
from nn.modules.module import Module

__all__ = ["Array", "LayerView", "Network", "call", "read"]

Array = npt.NDArray[Any]

LINEAR = Activation("linear", lambda x: x, np.ones_like)


@dataclass(frozen=True, eq=False)
class LayerView:
    """One layer in one graph.

    Attributes
    ----------
    name : str
        The module's name in the model, ``layers.0``.
    module : Linear
        The layer.
    x, z, h : Node
        Its inputs, preactivations and outputs, of shapes (..., fan_in), (..., n) and (..., n).
    activation : init.theory.Activation
        What makes h of z, as a function on arrays.
    branches : bool
        Whether more than one node goes on from here, as before a residual: then what comes back
        is a sum.
    """

    name: str
    module: Linear
    x: Node
    z: Node
    h: Node
    activation: Activation
    branches: bool

    @property
    def weight(self) -> Array:
        """The weights, of shape (n, fan_in)."""
        return np.asarray(raw(self.module.weight))

    @property
    def bias(self) -> Array:
        """The biases, of shape (n,): zeros if the layer has none."""
        bias = self.module.bias
        return np.zeros(len(self.weight)) if bias is None else np.asarray(raw(bias))


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
        With ``Linear`` layers, of Tensors.
    x : array_like of shape (batch, features)

    Returns
    -------
    Network

    Raises
    ------
    TypeError
        If the model is made of Values, or isn't a Module.
    ValueError
        If ``x`` is empty or isn't finite, or there is no ``Linear`` layer between x and the output.
    """
    _check_model(model)
    y = call(model, x)
    graph = _Graph(y)
    views = [view for name, part in _linear(model) for view in _views(name, part, graph)]
    if not views:
        raise ValueError(
            f"the output of this {type(model).__name__} doesn't depend on any of its Linear "
            "layers: there is no signal to measure"
        )
    return Network(y, tuple(sorted(views, key=lambda view: graph.place[view.z])))


def _linear(model: Module) -> list[tuple[str, Linear]]:
    return [(name, part) for name, part in model.named_modules() if isinstance(part, Linear)]


def _check_model(model: Module) -> None:
    if not isinstance(model, Module):
        raise TypeError(f"model must be an nn.Module, got {type(model).__name__}: {model!r}")
    if not _linear(model):
        raise ValueError(
            f"{type(model).__name__} has no Linear layer: there is no signal to measure"
        )


def call(model: Module, x: Any) -> Tensor:
    """Return the outputs of a model on a batch, checked."""
    batch = np.asarray(raw(x))
    if batch.ndim == 0 or batch.size == 0 or batch.dtype.kind not in "fiub":
        raise ValueError(
            "x must be a batch of real numbers, of shape (batch, features), got "
            f"{batch.dtype} of shape {batch.shape}"
        )
    if not np.isfinite(batch).all():
        raise ValueError(f"x must be finite, got {int((~np.isfinite(batch)).sum())} nan or inf")
    generators = [(each, each.bit_generator.state) for _, each in model.named_generators()]
    with np.errstate(all="ignore"):  # that a signal overflows is a finding, not an accident
        y = model(batch)
    for generator, state in generators:  # to measure is not to take part
        generator.bit_generator.state = state
    if not isinstance(y, Tensor):
        raise TypeError(
            f"the model must be made of Tensors, got outputs of type {type(y).__name__}: "
            "measure the model that scalars() was called on"
        )
    return y


class _Graph:
    """The interior nodes below a root: the place of each in their order, and who reads it."""

    def __init__(self, root: Node) -> None:
        self.place = {node: k for k, node in enumerate(topological_order(root))}
        self.readers: dict[Node, list[Node]] = defaultdict(list)
        for node in self.place:
            for parent in dict.fromkeys(node.parents):
                self.readers[parent].append(node)


def _views(name: str, part: Linear, graph: _Graph) -> Iterator[LayerView]:
    """Yield a view for each time that the layer was called."""
    for x, z in _preactivations(part.weight, part.bias, graph):
        steps = _steps_from(z, graph)
        inside = {z, *steps}
        beyond = {reader for node in inside for reader in graph.readers[node]} - inside
        h = steps[-1] if steps else z
        yield LayerView(name, part, x, z, h, _activation(z, steps), len(beyond) > 1)


def _preactivations(weight: Node, bias: Node | None, graph: _Graph) -> Iterator[tuple[Node, Node]]:
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
    return any(each is parent for each in node.parents)  # ``in`` would compare numbers


def _steps_from(z: Node, graph: _Graph) -> list[Node]:
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


def _activation(z: Node, steps: Sequence[Node]) -> Activation:
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
