"""The graph of one run of a PyTorch module, written in our ops: what the prediction reads.

The bridge records PyTorch's operations; each that has a rule of ours is done again by it. So what
is predicted is what the module did, with the sums and functions that its ``forward`` has. An
operation without a rule stays as it was recorded, and the prediction starts anew behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import region
from autograd.extend import Elementwise, Node, Recorded, raw, recorded, topological_order
from init.theory import Activation
from nn.diagnostics.layer_views import (
    LINEAR,
    LayerView,
    Readers,
    TorchWeights,
    activation_of,
    steps_from,
    view,
)

__all__ = ["Graph", "TorchLayer", "torch_layer", "view_of"]

_SUMS = {"affine", "conv", "conv_transpose", "matmul"}


@dataclass(frozen=True, eq=False)
class TorchLayer:
    """One call of a module of PyTorch's in the graph of our ops: what a prediction is about.

    Attributes
    ----------
    name : str
        The module's name.
    z, h : Node or None
        Its outputs, and those of the activation behind it; None if no graph leads there.
    activation : Activation
        What makes h of z: a module or functions.
    weighs : bool
        Whether its outputs are weighted sums of its inputs.
    """

    name: str
    z: Node | None
    h: Node | None
    activation: Activation
    weighs: bool


class Graph:
    """A recorded graph, done again in our ops.

    Attributes
    ----------
    root : Node
        The outputs.
    ours : mapping of Node to Node
        For each node that was recorded, the one that our ops make of the same operands.
    readers : Readers
        Of ours.
    """

    def __init__(self, root: Node) -> None:
        self.ours: Mapping[Node, Node] = _in_our_ops(root)
        self.root = self.ours[root]
        self.readers = Readers(self.root)


def _in_our_ops(root: Node) -> dict[Node, Node]:
    found: dict[Node, Node] = {}  # leaves are nodes of ours already
    for node in topological_order(root):
        for leaf in node.parents:
            found.setdefault(leaf, leaf)
        found[node] = _again(node, [found[parent] for parent in node.parents])
    return found


def _again(node: Node, operands: list[Node]) -> Node:
    op = node.op
    if not isinstance(op, Recorded):
        return node
    made: Any = None
    if op.ours is not None:
        try:
            with region(node.region), np.errstate(all="ignore"):
                made = op.ours(*operands)
        except (ArithmeticError, LookupError, NotImplementedError, TypeError, ValueError):
            made = None  # no rule for these settings or operands, as the bridge's check has it
    if isinstance(made, Node) and np.shape(raw(made)) == np.shape(raw(node)):
        return made
    return recorded(op.name, operands, raw(node), op.pullback, region=node.region)


def torch_layer(
    name: str, z: Node | None, h: Node | None, of: Graph | None, *, weighs: bool
) -> TorchLayer:
    """Return a layer, by the recorded nodes of its outputs and of an activation module's."""
    z, h = (None if each is None or of is None else of.ours.get(each) for each in (z, h))
    if of is None or z is None or h is None:
        return TorchLayer(name, None, None, LINEAR, weighs)
    steps = _functions_of(z, of) if h is z else topological_order(h, stop={z})
    if not all(isinstance(step.op, Elementwise) for step in steps):  # a softmax
        return TorchLayer(name, z, h, LINEAR, weighs)
    return TorchLayer(name, z, steps[-1] if steps else z, activation_of(z, steps), weighs)


def view_of(layer: TorchLayer, of: Graph) -> LayerView | None:
    """Return a layer of weighted sums as our diagnosis sees those of ours; None for another one."""
    z = node = layer.z
    while layer.weighs and z is not None and node is not None and node.op is not None:
        if node.op.name in _SUMS:
            x, w, *bias = node.parents
            while x.op is not None and x.op.name == "reshape" and _keeps_units(x):
                x = x.parents[0]
            weights = TorchWeights(w, bias[0] if bias else None)
            return view(layer.name, weights, x, z, _functions_of(z, of), of.readers)
        node = node.parents[0]
    return None


def _functions_of(z: Node, of: Graph) -> list[Node]:
    """Return the functions of each element that z goes through, if it goes nowhere else.

    So a norm that squares its input, to find its size, is no activation.
    """
    steps = steps_from(z, of.readers)
    return steps if set(of.readers.readers[z]) <= set(steps) else []


def _keeps_units(reshaped: Node) -> bool:
    """Return whether a reshape only merges or splits samples and places."""
    return bool(np.shape(raw(reshaped))[-1:] == np.shape(raw(reshaped.parents[0]))[-1:])
