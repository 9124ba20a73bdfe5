"""The cost of a training step: multiply-adds of the matrix products, forward and backward."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from autograd.extend import Node, raw, topological_order
from init.argument_checks import positive_integer


class MultiplyAdds(NamedTuple):
    """Multiply-adds of the two passes.

    Examples
    --------
    >>> MultiplyAdds(forward=100, backward=180).ratio
    1.8
    """

    forward: int
    backward: int

    @property
    def ratio(self) -> float:
        """The cost of the backward pass divided by that of the forward pass."""
        return self.backward / self.forward


def multiply_adds(root: Node) -> MultiplyAdds:
    """Count the multiply-adds in a recorded graph: of its matrix products, or of its scalars.

    A product takes its forward count once more for each operand that wants a gradient. An input
    that is a constant, as data is, wants none: so the first layer's backward pass is cheaper.

    Parameters
    ----------
    root : Node
        A loss.

    Returns
    -------
    MultiplyAdds
        Sums, biases and activations are not counted: there are few of them.

    Examples
    --------
    >>> import nn
    >>> model = nn.MLP([784, 128, 64, 10], seed=0)
    >>> multiply_adds(model(np.zeros((1, 784))))
    MultiplyAdds(forward=109184, backward=118016)
    """
    forward = backward = 0
    for node in topological_order(root):
        for factors, count in _products(node):
            forward += count
            backward += count * sum(factor.requires_grad for factor in factors)
    return MultiplyAdds(forward, backward)


def dense_multiply_adds(
    sizes: Sequence[int], *, batch: int = 1, input_gradient: bool = False
) -> MultiplyAdds:
    """Count the multiply-adds of a fully connected network from the sizes of its layers.

    Parameters
    ----------
    sizes : sequence of int
        The number of inputs, of units in each hidden layer, and of outputs.
    batch : int
        How many examples go through together.
    input_gradient : bool
        Whether the gradient of the inputs is computed too.

    Returns
    -------
    MultiplyAdds

    Raises
    ------
    TypeError, ValueError
        If there are fewer than two sizes, or one of the numbers isn't a positive integer.

    Examples
    --------
    With L layers of one width, backward is 2 − 1/L times forward:

    >>> dense_multiply_adds([100] * 6).ratio
    1.8
    """
    if len(sizes) < 2:
        raise ValueError(f"a network needs at least two sizes, got {list(sizes)}")
    sizes = [positive_integer("a size", size) for size in sizes]
    layers = [positive_integer("batch", batch) * m * n for m, n in pairwise(sizes)]
    signals = sum(layers) if input_gradient else sum(layers[1:])
    return MultiplyAdds(sum(layers), sum(layers) + signals)


def _products(node: Node) -> list[tuple[tuple[Node, ...], int]]:
    """Return the products that a node computes: the factors of each, and its multiply-adds."""
    name = node.op.name if node.op is not None else ""
    if name in ("matmul", "affine"):
        inner = np.shape(node.operands[0])[-1]
        return [(node.parents[:2], int(np.size(raw(node))) * inner)]
    if name in ("dot", "neuron"):  # the same of scalars: two rows of factors
        length = len(node.parents) // 2  # of the first row; the second may have a bias at its end
        rows = node.parents[:length], node.parents[length:]
        return [(factors, 1) for factors in zip(*rows, strict=False)]
    return []
