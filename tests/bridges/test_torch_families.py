"""Six families of real models, opened: gradients equal torch's, and a planted nan is found."""

import numpy as np
import pytest
import torch
from torch_models import FAMILIES

from autograd import draw, step, steps
from autograd.bridges import torch as bridge
from autograd.extend import leaves, topological_order
from autograd.numbers.unknown import is_unknown

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # of the libraries' own


@pytest.fixture(params=FAMILIES)
def program(request):
    torch.manual_seed(0)
    model, loss = FAMILIES[request.param]()
    return model.double(), loss


def opened(program):
    model, loss = program
    with bridge.record(model) as rec:
        found = loss()
    return found, rec[found]


def test_gradients_are_torchs_and_every_number_and_name_is_known(program):
    loss, root = opened(program)
    tensors = root.op.pullback.tensors
    variables = [leaf for leaf in leaves(root) if leaf.requires_grad]
    expected = torch.autograd.grad(loss, [tensors[v] for v in variables], retain_graph=True)
    root.backward()
    for leaf, gradient in zip(variables, expected, strict=True):
        np.testing.assert_allclose(leaf.grad, gradient.numpy(), rtol=1e-9, atol=1e-12)
    assert {leaf.label for leaf in variables} <= {n for n, _ in program[0].named_parameters()}
    nodes = topological_order(root)
    assert not any(is_unknown(node._data) for node in nodes)
    assert all(node.source for node in nodes)


def test_a_planted_nan_is_found_with_its_module_and_line(program):
    """It is in the third norm of the model, whose forward multiplies one number by nan."""
    model, _ = program
    name, victim = [
        each for each in model.named_modules() if "norm" in type(each[1]).__name__.lower()
    ][2]
    original = victim.forward
    victim.forward = lambda x: original(x) * torch.where(x == x.max(), np.nan, 1.0)
    _, root = opened(program)
    bad = steps(root).first_bad()
    assert bad.node.op == "mul"
    assert bad.node.region == name.replace(".", "/")
    assert "np.nan" in bad.node.code


def test_it_is_drawn_and_stepped_through(program, tmp_path):
    _, root = opened(program)
    assert str(draw(root, depth=1))
    step(root).save(tmp_path / "player.html")
