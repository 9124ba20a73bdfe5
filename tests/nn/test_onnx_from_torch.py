"""Models that PyTorch exports to ONNX: they compute the same here, and have torch's gradients."""

import numpy as np
import onnx
import pytest
import torch
from onnx_models import run
from torch_networks import NETWORKS, exported, gradients, network

import nn
from autograd import Tensor
from autograd.extend import topological_order

pytestmark = pytest.mark.slow  # torch's later exporter takes a second for a small model

EXPORTERS = [True, False]
# Their names stay though they are folded with a BatchNorm.
FOLDED = {"conv1.weight", "conv1.bias"}


@pytest.mark.parametrize("dynamo", EXPORTERS, ids=["dynamo", "torchscript"])
@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_and_gradients_are_torchs(name, dynamo):
    model, x = network(name)
    imported = nn.from_onnx(exported(name, dynamo=dynamo))
    expected, slopes = gradients(model, x)
    y = imported(x.numpy())
    np.testing.assert_allclose(y.data, expected, rtol=1e-9, atol=1e-12)
    (y * y).sum().backward()
    named = {label: each for label, each in imported.named_parameters() if label in slopes}
    assert named
    for label, each in named.items():
        if label not in FOLDED:
            np.testing.assert_allclose(each.grad, slopes[label], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dynamo", EXPORTERS, ids=["dynamo", "torchscript"])
@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "encoder"])
def test_the_gradient_of_the_input_is_torchs(name, dynamo):
    """So no gradient is lost on the way, whatever the exporter made of the weights."""
    model, x = network(name)
    imported = nn.from_onnx(exported(name, dynamo=dynamo))
    given, ours = x.clone().requires_grad_(), Tensor(x.numpy())
    model(given).square().sum().backward()
    (imported(ours) ** 2).sum().backward()
    np.testing.assert_allclose(ours.grad, given.grad, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", NETWORKS)
def test_in_float32_it_is_onnx_runtimes(name):
    _, x = network(name, torch.float32)
    content = exported(name, torch.float32, dynamo=False)
    imported = nn.from_onnx(content)
    expected = run(onnx.load_model_from_string(content), {"x": x.numpy()})
    np.testing.assert_allclose(imported(x.numpy()).data, expected, rtol=2e-5, atol=2e-6)


def test_any_number_of_examples_goes_in():
    model, x = network("encoder")
    imported = nn.from_onnx(exported("encoder", dynamo=True))
    more = torch.cat([x, x, x[:1]])
    expected = model(more).detach().numpy()
    np.testing.assert_allclose(imported(more.numpy()).data, expected, rtol=1e-9, atol=1e-12)


def test_what_is_trained_is_what_torch_trains():
    """Neither a buffer of the module nor a bound that an operation has."""
    imported = nn.from_onnx(exported("activations", dynamo=True))
    trained = {name for name, _ in imported.named_parameters()}
    others = imported.state_dict().keys() - trained
    assert "scale" in trained
    # The slope of PReLU and the weights of GroupNorm, in shapes that the exporter gave them.
    assert {name for name in trained if not name.startswith("val_")} == {"scale"}
    assert {"centre", "group_norm_min", "group_norm_max"} <= others
    assert sum(each.size for each in imported.parameters()) == 1 + 1 + 2 * 4 + 2 * 2


def test_torchs_weights_can_be_loaded():
    _, x = network("multilayer")
    imported = nn.from_onnx(exported("multilayer", dynamo=True))
    other, _ = network("multilayer")
    with torch.no_grad():
        for each in other.parameters():
            each.mul_(0.5)
    imported.load_state_dict({name: each.numpy() for name, each in other.state_dict().items()})
    np.testing.assert_allclose(imported(x.numpy()).data, other(x).detach().numpy(), rtol=1e-9)


def regions(root):
    return {node.region.partition("/")[2] for node in topological_order(root) if node.op}


@pytest.mark.parametrize("dynamo", EXPORTERS, ids=["dynamo", "torchscript"])
def test_the_modules_are_regions(dynamo):
    _, x = network("encoder")
    imported = nn.from_onnx(exported("encoder", dynamo=dynamo))
    found = regions(imported(x.numpy()))
    assert {"tokens", "head", "layers/layers/0/self_attn", "layers/layers/1/norm2"} <= found


def test_a_step_has_the_line_of_the_users_program():
    _, x = network("convolutions")
    imported = nn.from_onnx(exported("convolutions", dynamo=True))
    nodes = [node for node in topological_order(imported(x.numpy())) if node.op]
    (conv,) = [node for node in nodes if node.op.name == "max_pool"]
    assert "torch_networks.py:" in conv.source
    assert conv.note.code == "x = self.pool(torch.relu(self.bn(self.conv1(x))))"
    assert all(node.source for node in nodes)


def test_time_is_in_the_regions_of_a_recurrent_layer():
    _, x = network("bidirectional")
    found = regions(nn.from_onnx(exported("bidirectional", dynamo=False))(x.numpy()))
    assert {f"rnn/LSTM/direction{k}/time{t}" for k in range(2) for t in range(6)} <= found
