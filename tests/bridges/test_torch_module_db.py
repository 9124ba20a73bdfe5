"""PyTorch's own database of modules, opened: the gradients are torch's."""

import numpy as np
import pytest
import torch
from torch.testing._internal.common_modules import module_db

from autograd.bridges import torch as bridge
from autograd.extend import leaves

pytestmark = pytest.mark.slow

SAMPLES = 4  # of each class, in training and in evaluation
INFOS = {info.name: info for info in module_db}


def tensors_in(out):
    """Yield the tensors of what a module returns: one, a tuple of them, or a named tuple."""
    if isinstance(out, torch.Tensor):
        yield out
    elif isinstance(out, (list, tuple)):
        for each in out:
            yield from tensors_in(each)


def total(out):
    """Return a sum with a weight of its own for each number, so that none is lost in symmetry."""
    found = [t for t in tensors_in(out) if t.grad_fn is not None]
    weights = [torch.linspace(0.5, 1.5, t.numel(), dtype=t.dtype).reshape(t.shape) for t in found]
    return sum((t * w).sum() for t, w in zip(found, weights, strict=True)) if found else None


def samples(info):
    for training in (True, False):
        given = info.module_inputs_func(
            info, device="cpu", dtype=torch.float64, requires_grad=True, training=training
        )
        for each in given[:SAMPLES]:
            torch.manual_seed(0)
            made = each.constructor_input
            model = info.module_cls(*made.args, **made.kwargs).double().train(training)
            yield model, each.forward_input


@pytest.mark.filterwarnings("ignore")  # torch's own, about what its samples do
@pytest.mark.parametrize("name", INFOS)
def test_a_module_has_torchs_gradients(name):
    compared = 0
    for model, given in samples(INFOS[name]):
        with bridge.record(model) as rec:
            loss = total(model(*given.args, **given.kwargs))
        if loss is None:
            continue
        root = rec[loss]
        tensors = root.op.pullback.tensors
        variables = [leaf for leaf in leaves(root) if leaf.requires_grad]
        expected = torch.autograd.grad(
            loss, [tensors[v] for v in variables], retain_graph=True, materialize_grads=True
        )
        root.backward()
        np.testing.assert_array_equal(root.data, loss.item())
        for leaf, gradient in zip(variables, expected, strict=True):
            dense = gradient.to_dense().numpy()
            scale = np.nanmax(np.abs(dense), initial=0.0)
            np.testing.assert_allclose(leaf.grad, dense, rtol=1e-9, atol=1e-9 * scale)
        compared += 1
    assert compared


def test_the_database_has_114_classes():
    assert len({info.module_cls for info in module_db}) == 114
