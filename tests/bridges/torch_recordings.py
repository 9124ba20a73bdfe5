"""Recorded programs of PyTorch: what the tests of its bridge share."""

import numpy as np
import torch

from autograd.bridges import torch as bridge
from autograd.extend import leaves, topological_order
from autograd.numbers.unknown import is_unknown


def double(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def opened(program, *models):
    """Run a program in a recording; return its loss and the graph."""
    with bridge.record(*models) as rec:
        loss = program()
    return loss, rec[loss]


def assert_gradients_equal_torchs(loss, root, cotangent=None):
    """Every leaf's gradient is that of torch.autograd.grad, to the bit; every number is known."""
    tensors = root.op.pullback.tensors
    variables = [leaf for leaf in leaves(root) if leaf.requires_grad]
    seed = None if cotangent is None else torch.tensor(cotangent)
    expected = torch.autograd.grad(loss, [tensors[v] for v in variables], seed, retain_graph=True)
    root.backward(cotangent)
    for leaf, gradient in zip(variables, expected, strict=True):
        np.testing.assert_array_equal(leaf.grad, _as_numpy(gradient), err_msg=leaf.label)
    assert [node.op.name for node in topological_order(root) if is_unknown(node._data)] == []
    np.testing.assert_array_equal(root.data, _as_numpy(loss.detach()))


def _as_numpy(tensor):
    tensor = tensor.to_dense()
    return tensor.float().numpy() if tensor.dtype == torch.bfloat16 else tensor.numpy()
