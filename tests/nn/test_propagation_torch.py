"""The laboratory on PyTorch's modules: what hooks measure is what PyTorch computes."""

import math

import numpy as np
import pytest
import torch

import nn

X = np.random.default_rng(2**23).standard_normal((30, 6))


def chain(*layers):
    return torch.nn.Sequential(*layers)


def mlp(seed=0, inplace=False):
    torch.manual_seed(seed)
    hidden = torch.nn.Linear(6, 9), torch.nn.ReLU(inplace=inplace)
    return chain(*hidden, torch.nn.Linear(9, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2)).double()


def ours(model):
    """The same network of our engine."""
    twin = nn.Sequential(
        nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 8), nn.Tanh(), nn.Linear(8, 2)
    )  # fmt: skip
    names = ("weight", "bias")
    state = {f"layers.{k}.{n}": getattr(model[k], n).detach() for k in (0, 2, 4) for n in names}
    twin.load_state_dict({name: each.numpy() for name, each in state.items()})
    return twin


@pytest.mark.parametrize("inplace", [False, True])
def test_a_torch_network_measures_as_its_twin_does(inplace):
    model = mlp(inplace=inplace)
    found, expected = nn.propagate(model, X), nn.propagate(ours(model), X)
    assert [row.layer for row in found] == ["0", "2", "4"]
    assert [row.activation for row in found] == ["relu", "tanh", "linear"]
    for name in ("preactivation_mean", "mean", "variance", "forward", "backward", "correlation"):
        assert found.measured(name) == pytest.approx(expected.measured(name), rel=1e-9)


def test_many_torch_networks_are_measured_over_seeds():
    table = nn.propagate(mlp, X, seeds=4)
    assert table.samples["forward"].shape == (4, 3)
    alone = nn.propagate(mlp(2), X)
    assert table.samples["forward"][2] == pytest.approx(alone.samples["forward"][0], rel=1e-12)


def test_a_torch_network_is_left_as_it_was():
    """Running means, random numbers, gradients, hooks and the mode."""
    torch.manual_seed(0)
    model = chain(torch.nn.Linear(6, 6), torch.nn.BatchNorm1d(6), torch.nn.Dropout(0.5))
    state = {name: each.clone() for name, each in model.state_dict().items()}
    generator = torch.get_rng_state()
    nn.assert_healthy(model, X)
    nn.propagate(model, X)
    assert torch.equal(torch.get_rng_state(), generator)
    assert all(torch.equal(state[name], each) for name, each in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert model.training
    assert not any(part._forward_hooks for part in model.modules())


def test_hooks_are_taken_off_when_the_model_raises():
    model = mlp()
    with pytest.raises(RuntimeError):
        nn.assert_healthy(model, np.ones((3, 5)))
    assert not any(part._forward_hooks for part in model.modules())


def transformer():
    torch.manual_seed(0)
    layer = torch.nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
    return torch.nn.TransformerEncoder(layer, 2)


def images():
    torch.manual_seed(0)
    parts = torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.ReLU(inplace=True)
    return chain(*parts, torch.nn.MaxPool2d(2), torch.nn.Flatten(), torch.nn.Linear(72, 4))


@pytest.mark.parametrize(
    ("model", "x"),
    [
        (mlp(), X),
        (mlp().eval(), torch.as_tensor(X)),
        (images(), np.random.default_rng(0).standard_normal((6, 3, 8, 8))),
        (transformer(), np.random.default_rng(0).standard_normal((3, 5, 16))),
        (chain(torch.nn.Embedding(9, 8), torch.nn.Linear(8, 8)), np.array([[1, 2], [3, 4]])),
    ],
    ids=["mlp", "tensor", "images", "transformer", "tokens"],
)
def test_a_sound_torch_network_passes(model, x):
    assert nn.assert_healthy(model, x) is None


def faulty(model, x=X):
    with pytest.raises(AssertionError) as caught:
        nn.assert_healthy(model, x)
    return str(caught.value)


def test_the_channels_of_a_convolution_are_its_units():
    table = nn.propagate(images(), np.random.default_rng(0).standard_normal((6, 3, 8, 8)))
    assert [row.layer for row in table] == ["0", "1", "5"]
    assert table[1].activation == "relu"
    assert table[1].forward.measured == pytest.approx(1, rel=1e-3)  # what a batch norm gives


def test_a_torch_layer_that_died_is_named():
    model = mlp()
    with torch.no_grad():
        model[0].bias.fill_(-1e3)
    assert faulty(model).startswith("0 is dead: 9 of 9 units pass no gradient for any of 30 sam")


class WithFunctions(torch.nn.Module):
    """A chain whose activations are functions, which no hook sees."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.f = torch.nn.ModuleList(torch.nn.Linear(6, 6) for _ in range(5))
        for layer in self.f:
            torch.nn.init.kaiming_normal_(layer.weight)

    def forward(self, x):
        for layer in self.f:
            x = torch.nn.functional.relu(layer(x))
        return x


def test_a_torch_layer_that_died_before_a_function_is_named():
    model = WithFunctions()
    nn.assert_healthy(model, X)
    with torch.no_grad():
        model.f[2].bias.fill_(-1e3)
        model.f[3].bias.fill_(0.5)
        model.f[4].bias.fill_(9.0)
    assert faulty(model).startswith("f.2 is dead: it gets no gradient, and f.3 gets")


def test_a_torch_branch_that_starts_at_zero_is_no_fault():
    model = WithFunctions()
    with torch.no_grad():
        model.f[1].weight.zero_(), model.f[1].bias.zero_()
        model.f[2].bias.fill_(0.1)
    low_rank = chain(model.f[0], model.f[1], model.f[2])  # as LoRA starts, after a layer
    nn.assert_healthy(low_rank, X)


def test_the_gradient_of_a_torch_table_is_not_made_of_its_indices():
    model = chain(torch.nn.Embedding(9, 8), torch.nn.Linear(8, 8))
    table = nn.propagate(model, np.array([[1, 2], [3, 4]]))
    assert np.isnan(table[0].weight_gradient.measured)


def test_a_torch_layer_that_explodes_is_named():
    torch.manual_seed(0)
    model = chain(*(torch.nn.Linear(40, 40) for _ in range(6)))
    for layer in model:
        torch.nn.init.normal_(layer.weight, std=20)
    said = faulty(model, np.random.default_rng(0).standard_normal((20, 40)))
    assert said.startswith("1 explodes: the mean square of its preactivations is ")
    assert "kaiming_normal_" in said


def test_weights_that_are_nan_are_told_of_as_an_overflow():
    model = mlp()
    with torch.no_grad():
        model[0].weight[0, 0] = math.nan
    assert faulty(model).startswith("0 overflows: 30 of 270 preactivations are inf or nan")


def test_a_torch_layer_that_overflows_is_named():
    model = chain(torch.nn.Linear(6, 6), torch.nn.Linear(6, 6), torch.nn.Linear(6, 6))
    with torch.no_grad():
        model[1].weight.fill_(3e38)
    assert faulty(model).startswith("1 overflows: ")
    assert "float32" in faulty(model)


@pytest.mark.parametrize(
    ("model", "x", "error", "message"),
    [
        (mlp(), np.full((2, 6), np.nan), ValueError, "x must be finite"),
        (mlp(), np.zeros((0, 6)), ValueError, r"x must be a batch of numbers, got shape \(0, 6\)"),
        (chain(torch.nn.ReLU()), X, ValueError, "Sequential called no module with weights"),
        (torch.nn.LSTM(6, 3).double(), X, TypeError, "must return a tensor, got a tuple"),
    ],
)
def test_bad_input_is_refused(model, x, error, message):
    with pytest.raises(error, match=message):
        nn.assert_healthy(model, x)


def test_a_torch_model_and_seeds_do_not_go_together():
    with pytest.raises(TypeError, match="with seeds, model must be a function"):
        nn.propagate(mlp(), X, seeds=2)


@pytest.mark.parametrize("model", [mlp(), ours(mlp())], ids=["PyTorch's", "ours"])
@pytest.mark.parametrize("x", [(X, X), (X, X[:, :2]), {"x": X}], ids=["pair", "ragged", "dict"])
def test_several_inputs_are_refused_with_advice(model, x):
    with pytest.raises(TypeError, match=r"one batch of numbers, got a (tuple|dict): .* several"):
        nn.propagate(model, x)


def test_what_is_for_our_modules_alone_names_what_takes_pytorchs():
    with pytest.raises(TypeError, match=r"got torch\.nn\..*Linear: .* nn.assert_healthy"):
        nn.lsuv(torch.nn.Linear(6, 2), X)
