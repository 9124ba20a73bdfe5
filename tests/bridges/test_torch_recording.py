"""PyTorch programs, opened: torch's own numbers and gradients, and the names of the program."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch_recordings import assert_gradients_equal_torchs, opened

from autograd.extend import leaves, topological_order


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 5)
        self.act = nn.Tanh()
        self.fc2 = nn.Linear(5, 3)

    def forward(self, x):
        h = self.act(self.fc1(x))
        return self.fc2(h * self.act(h))


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Net().double()


X = torch.linspace(-1, 1, 24, dtype=torch.float64).reshape(6, 4)
Y = torch.tensor([0, 1, 2, 0, 1, 2])


def test_a_classifier_has_torchs_value_and_gradients(net):
    loss, root = opened(lambda: functional.cross_entropy(net(X), Y), net)
    assert root.data == loss.item()
    assert_gradients_equal_torchs(loss, root)


def test_parameters_and_inputs_give_labels_and_modules_regions(net):
    _, root = opened(lambda: functional.cross_entropy(net(X), Y), net)
    labels = [leaf.label for leaf in leaves(root)]
    assert sorted(labels) == ["fc1.bias", "fc1.weight", "fc2.bias", "fc2.weight", "x"]
    regions = [(node.op.name, node.region) for node in topological_order(root)]
    assert regions == [
        ("t", "fc1"),
        ("addmm", "fc1"),
        ("tanh", "act"),
        ("tanh", "act#2"),
        ("mul", ""),
        ("t", "fc2"),
        ("addmm", "fc2"),
        ("log_softmax", ""),
        ("nll_loss_forward", ""),
    ]
