"""lsuv: every layer gets its variance on the data, or nothing is changed (Mishkin & Matas 2016)."""

import numpy as np
import pytest

import nn
from nn import lsuv

X = np.random.default_rng(0).uniform(0, 255, (64, 30))


def preactivations(model, x, phi):
    h, found = x, []
    for k, layer in enumerate(model.layers):
        f = h @ layer.weight.data.T + layer.bias.data
        found.append(f)
        h = phi(f) if k < len(model.layers) - 1 else f
    return found


def relu(f):
    return np.maximum(f, 0)


def state(model):
    return [p.data.tobytes() for p in model.parameters()]


@pytest.mark.parametrize(("activation", "phi"), [("relu", relu), ("tanh", np.tanh)])
def test_every_layers_preactivations_have_unit_variance_on_the_data(activation, phi):
    model = nn.MLP([30] + [40] * 10 + [3], activation, seed=0)
    lsuv(model, X, rng=0)
    assert [f.var() for f in preactivations(model, X, phi)] == pytest.approx([1] * 11, rel=1e-4)


def test_another_variance_can_be_asked_for():
    model = nn.MLP([30, 40, 3], "tanh", seed=0)
    lsuv(model, X, variance=0.25, rng=0)
    assert preactivations(model, X, np.tanh)[1].var() == pytest.approx(0.25, rel=1e-4)


def test_weights_are_drawn_orthonormal_and_scaled():
    model = nn.MLP([30, 40, 3], "relu", seed=0)
    lsuv(model, X, rng=0)
    w = model.layers[0].weight.data
    gram = w.T @ w
    assert gram / gram[0, 0] == pytest.approx(np.eye(30), abs=1e-10)


def test_with_init_none_the_weights_that_are_there_are_scaled():
    model = nn.MLP([30, 40, 3], "relu", seed=0)
    before = np.array(model.layers[0].weight.data)
    table = lsuv(model, X, init=None)
    assert model.layers[0].weight.data / before == pytest.approx(table[0].factor, rel=1e-12)
    assert table[0].after == pytest.approx(1, rel=1e-4)


def test_biases_are_kept_and_allowed_for():
    model = nn.MLP([30, 40, 3], "tanh", seed=0)
    model.layers[0].bias.data = np.linspace(-1, 1, 40)
    lsuv(model, X, rng=0)
    assert preactivations(model, X, np.tanh)[0].var() == pytest.approx(1, rel=1e-3)
    assert (model.layers[0].bias.data == np.linspace(-1, 1, 40)).all()


def test_the_same_seed_gives_the_same_weights():
    models = [nn.MLP([30, 20, 3], seed=k) for k in range(2)]
    for model in models:
        lsuv(model, X, rng=3)
    assert state(models[0]) == state(models[1])


def test_the_precision_is_kept():
    model = nn.MLP([30, 20, 3], seed=0, dtype=np.float32)
    lsuv(model, X, rng=0)
    assert {p.data.dtype for p in model.parameters()} == {np.dtype(np.float32)}


def test_the_table_says_what_was_done():
    table = lsuv(nn.MLP([30, 20, 3], seed=0), X, rng=0)
    assert table.columns == ("layer", "V[f] before", "after", "weights ×")
    assert [row.layer for row in table] == ["layers.0", "layers.1"]


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((5, 30)), "layers.0 have variance 0 on this x: expected data that varies"),
        (np.full((5, 30), np.nan), "x must be finite"),
    ],
)
def test_data_that_cannot_be_scaled_changes_nothing(x, message):
    model = nn.MLP([30, 20, 3], seed=0)
    before = state(model)
    with pytest.raises(ValueError, match=message):
        lsuv(model, x, rng=0)
    assert state(model) == before


def test_a_failure_at_a_later_layer_changes_nothing():
    """The second layer's biases alone have variance 100."""
    model = nn.MLP([30, 20, 20, 3], "tanh", seed=0)
    model.layers[1].bias.data = np.where(np.arange(20) % 2, 10.0, -10.0)
    before = state(model)
    with pytest.raises(ValueError, match=r"layers.1 can't get .* variance 1, only .*biases alone"):
        lsuv(model, X, rng=0)
    assert state(model) == before


@pytest.mark.parametrize("variance", [0, -1.0, np.nan, np.inf])
def test_the_variance_must_be_positive(variance):
    with pytest.raises(ValueError, match="variance must be a positive number"):
        lsuv(nn.MLP([30, 1], seed=0), X, variance=variance)


def test_an_unknown_strategy_changes_nothing():
    model = nn.MLP([30, 1], seed=0)
    before = state(model)
    with pytest.raises(ValueError, match="unknown initialisation 'orthogonl'"):
        lsuv(model, X, init="orthogonl")
    assert state(model) == before


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(4, 6, 3, padding=1, groups=2, rng=0),
        nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2, rng=0),
    ],
    ids=["convolution", "transposed"],
)
def test_convolutions_are_scaled_on_the_data(layer):
    """Their kernels keep their shape."""
    x = np.random.default_rng(0).uniform(0, 255, (5, 4, 7, 7))
    shape = layer.weight.shape
    (row,) = nn.lsuv(nn.Sequential(layer), x, rng=0)
    assert layer.weight.shape == shape
    assert layer(x).data.var() == pytest.approx(1, rel=0.01)
    assert row.after == pytest.approx(1, rel=0.01)
