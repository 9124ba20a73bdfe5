"""propagate: what it measures is what NumPy finds by the formulas of S16 and S17 (UDL 7.13), and
what it predicts is what the papers' laws say (S30 to S32, S35).
"""

import math

import mpmath
import numpy as np
import pytest

import autograd
import nn
from nn.diagnostics import QUANTITIES, propagate

RNG = np.random.default_rng(0)
X = RNG.standard_normal((7, 6))


def weights_of(model):
    return [(np.array(layer.weight.data), np.array(layer.bias.data)) for layer in model.layers]


def by_hand(model, x, phi, slope):
    """Inputs, preactivations, outputs and ∂(sum of outputs)/∂f of every layer (S16, S17)."""
    inputs, pre, out = [], [], []
    h = x
    layers = weights_of(model)
    for k, (w, b) in enumerate(layers):
        inputs.append(h)
        pre.append(h @ w.T + b)
        h = phi(pre[-1]) if k < len(layers) - 1 else pre[-1]
        out.append(h)
    gradients = [np.ones_like(pre[-1])]
    for k in range(len(layers) - 1, 0, -1):
        gradients.append((gradients[-1] @ layers[k][0]) * slope(pre[k - 1]))
    return inputs, pre, out, gradients[::-1]


def relu_slope(f):
    return (f > 0).astype(float)


@pytest.fixture(scope="module")
def model():
    return nn.MLP([6, 9, 8, 2], "relu", seed=1)


@pytest.fixture(scope="module")
def hand(model):
    return by_hand(model, X, lambda f: np.maximum(f, 0), relu_slope)


@pytest.mark.lecture("S30")
def test_second_moments_of_preactivations_are_measured(model, hand):
    expected = [np.mean(f**2) for f in hand[1]]
    assert propagate(model, X).measured("forward") == pytest.approx(expected, rel=1e-12)


def test_means_and_variances_of_outputs_are_measured(model, hand):
    table = propagate(model, X)
    assert table.measured("mean") == pytest.approx([h.mean() for h in hand[2]], rel=1e-12)
    assert table.measured("variance") == pytest.approx([h.var() for h in hand[2]], rel=1e-12)


@pytest.mark.lecture("S31")
def test_second_moments_of_gradients_are_measured(model, hand):
    expected = [np.mean(g**2) for g in hand[3]]
    assert propagate(model, X).measured("backward") == pytest.approx(expected, rel=1e-12)


@pytest.mark.lecture("S32")
def test_weight_gradients_are_measured_sample_by_sample(model, hand):
    expected = [
        np.mean([np.mean(np.outer(g, h) ** 2) for g, h in zip(gs, hs, strict=True)])
        for gs, hs in zip(hand[3], hand[0], strict=True)
    ]
    assert propagate(model, X).measured("weight_gradient") == pytest.approx(expected, rel=1e-12)


@pytest.mark.lecture("S21")
def test_dead_units_are_those_never_active_in_the_batch(model, hand):
    expected = [np.mean((f <= 0).all(axis=0)) for f in hand[1][:-1]]
    assert propagate(model, X).measured("dead")[:-1] == pytest.approx(expected)


def test_a_relu_is_saturated_where_it_is_off(model, hand):
    expected = [np.mean(f <= 0) for f in hand[1][:-1]]
    assert propagate(model, X).measured("saturated")[:-1] == pytest.approx(expected)


def test_a_tanh_is_saturated_beyond_1_818():
    """1 - tanh² = 1/10 at artanh √0.9 = 1.8184."""
    tanh = nn.MLP([6, 40, 1], "tanh", init={"name": "normal", "std": 1.0}, seed=0)
    f = X @ tanh.layers[0].weight.data.T
    expected = np.mean(np.abs(f) > math.atanh(math.sqrt(0.9)))
    assert propagate(tanh, X).measured("saturated")[0] == pytest.approx(expected)


def test_correlations_are_over_all_pairs_of_different_samples(model, hand):
    expected = []
    for f in hand[1]:
        pairs = [f[i] @ f[j] / f.shape[1] for i in range(7) for j in range(7) if i != j]
        expected.append(np.mean(pairs) / np.mean(f**2))
    assert propagate(model, X).measured("correlation") == pytest.approx(expected, rel=1e-12)


def test_a_single_sample_has_no_correlation(model):
    table = propagate(model, X[:1])
    assert np.isnan(table.measured("correlation")).all()
    assert np.isnan(table.predicted("correlation")).all()


def test_the_gradients_of_a_loss_are_measured_with_its_cotangent(model, hand):
    """∂(Σ y²)/∂f of the last layer is 2y."""
    table = propagate(model, X, cotangent=lambda y: 2 * y)
    y = hand[2][-1]
    assert table.measured("backward")[-1] == pytest.approx(np.mean((2 * y) ** 2), rel=1e-12)
    same = propagate(model, X, cotangent=2 * y)
    assert same.measured("backward") == pytest.approx(table.measured("backward"), rel=1e-12)


def test_parameters_and_gradients_are_left_as_they_are(model):
    autograd.sum(model(X)).backward()
    before = [(p.data.tobytes(), p.grad.tobytes()) for p in model.parameters()]
    propagate(model, X)
    assert [(p.data.tobytes(), p.grad.tobytes()) for p in model.parameters()] == before
    model.zero_grad()


def test_activations_of_their_own_module_are_read_like_those_of_a_layer():
    mlp = nn.MLP([6, 5, 1], "tanh", seed=0)
    first, last = nn.Linear(6, 5, rng=0), nn.Linear(5, 1, rng=0)
    first.weight, last.weight = mlp.layers[0].weight, mlp.layers[1].weight
    split = propagate(nn.Sequential(first, "tanh", last), X)
    whole = propagate(mlp, X)
    for name in QUANTITIES:
        assert split.measured(name) == pytest.approx(whole.measured(name), rel=1e-12)
        assert split.predicted(name) == pytest.approx(whole.predicted(name), rel=1e-12, nan_ok=True)


def test_a_composite_activation_has_the_predictions_of_the_op_that_it_is():
    """X σ(x) is silu."""
    options = {"init": "he_normal", "seed": 0}
    composed = propagate(nn.MLP([6, 50, 1], lambda z: z * autograd.sigmoid(z), **options), X)
    silu = propagate(nn.MLP([6, 50, 1], "silu", **options), X)
    for name in ("forward", "backward", "mean", "correlation"):
        assert composed.predicted(name) == pytest.approx(silu.predicted(name), rel=1e-9)
        assert composed.measured(name) == pytest.approx(silu.measured(name), rel=1e-9)


def test_an_op_with_settings_keeps_them():
    """A leaky ReLU of slope 1/2 passes E[h²] = (1 + 1/4)/2 E[f²]."""
    table = propagate(
        nn.MLP([6, 30, 30, 1], lambda z: autograd.leaky_relu(z, slope=0.5), seed=0), X
    )
    w = table.predicted("forward")
    second = nn.MLP([6, 30, 30, 1], lambda z: autograd.leaky_relu(z, slope=0.5), seed=0).layers[1]
    assert w[1] / w[0] == pytest.approx(30 * np.mean(second.weight.data**2) * 0.625, rel=1e-9)


def test_a_layer_without_bias_is_read():
    layer = nn.Linear(6, 4, bias=False, rng=0)
    (row,) = propagate(nn.Sequential(layer), X)
    expected = np.mean((X @ layer.weight.data.T) ** 2)
    assert row.forward.measured == pytest.approx(expected, rel=1e-12)
    assert row.activation == "linear"


class Skip(nn.Module):
    """A residual network: its second layer gets h + x."""

    def __init__(self):
        self.first = nn.Layer(6, 6, "relu", rng=0)
        self.second = nn.Linear(6, 3, rng=1)

    def forward(self, x):
        return self.second(self.first(x) + x)


def test_after_a_skip_connection_both_parts_are_predicted():
    """E[(relu(f) + x)²] = q/2 + E[x²] + 2 √(q/2π) E[x]: uncorrelated but for the means."""
    skip, x = Skip(), X + 1
    table = propagate(skip, x)
    q = 6 * np.mean(skip.first.weight.data**2) * np.mean(x**2)
    arrives = q / 2 + np.mean(x**2) + 2 * math.sqrt(q / (2 * math.pi)) * np.mean(x)
    expected = 6 * np.mean(skip.second.weight.data**2) * arrives
    assert [row.layer for row in table] == ["first", "second"]
    assert table.predicted("forward")[1] == pytest.approx(expected, rel=1e-12)


def test_a_layer_that_is_called_twice_has_two_rows():
    shared = nn.Layer(6, 6, "tanh", rng=0)
    table = propagate(nn.Sequential(shared, shared, nn.Linear(6, 1, rng=1)), X)
    h = np.tanh(X @ shared.weight.data.T)
    again = np.mean((h @ shared.weight.data.T) ** 2)
    assert table.measured("forward")[1] == pytest.approx(again, rel=1e-12)
    assert len(table) == 3


# Predictions -----------------------------------------------------------------------------------


def exactly(model, variance):
    """Scale weights so that their second moment is exactly ``variance``."""
    for layer in model.layers:
        w = layer.weight.data
        layer.weight.data = w * math.sqrt(variance / np.mean(w**2))
    return model


@pytest.mark.lecture("S33")
@pytest.mark.parametrize("variance", [0.001, 0.01, 0.02, 0.1, 1.0])
def test_predictions_of_a_relu_network_are_the_laws(variance):
    """E[f²] = 100σ²(50σ²)^(l-1) and E[∂f²] = (σ²/2)(50σ²)^(50-l)."""
    model = exactly(nn.MLP([100] * 51 + [1], init="normal", seed=0), variance)
    x = np.random.default_rng(0).standard_normal((1, 100))
    table = propagate(model, x / np.sqrt(np.mean(x**2)))
    layer = np.arange(1, 51)
    forward = 100 * variance * (50 * variance) ** (layer - 1.0)
    backward = variance / 2 * (50 * variance) ** (50.0 - layer)
    assert table.predicted("forward")[:50] == pytest.approx(forward, rel=1e-9)
    assert table.predicted("backward")[:50] == pytest.approx(backward, rel=1e-9)


@pytest.mark.lecture("S32")
def test_predicted_weight_gradients_of_a_linear_network():
    """With V[W_k] = 1/n_k: E[∂W_l²] = (n_0/n_(l-1)) V[∂y] V[x]."""
    sizes = (80, 40, 20, 10)
    model = nn.MLP(sizes, None, seed=0)
    for layer, n in zip(model.layers, sizes[1:], strict=True):
        w = layer.weight.data
        layer.weight.data = w / np.sqrt(n * np.mean(w**2))
    x = np.random.default_rng(0).standard_normal((3, 80))
    table = propagate(model, x / np.sqrt(np.mean(x**2)))
    assert table.predicted("weight_gradient") == pytest.approx([1, 2, 4], rel=1e-9)


def gaussian_mean(function, q):
    density = mpmath.npdf
    return mpmath.quad(lambda z: function(mpmath.sqrt(q) * z) * density(z), [-10, -3, 0, 3, 10])


@pytest.mark.lecture("S35")
@pytest.mark.slow
def test_predictions_of_a_tanh_network_are_the_mean_field_recursion():
    """Oracle: the recursion in mpmath."""
    model = exactly(nn.MLP([100, 100, 100, 100, 1], "tanh", seed=0), 1.5**2 / 100)
    for layer in model.layers:
        layer.bias.data = np.full_like(layer.bias.data, 0.3)
    x = np.random.default_rng(0).standard_normal((5, 100))
    table = propagate(model, x)
    q = 2.25 * float(np.mean(x**2)) + 0.09
    for k in range(3):
        assert table.predicted("forward")[k] == pytest.approx(q, rel=1e-9)
        squares = float(gaussian_mean(lambda u: mpmath.tanh(u) ** 2, q))
        assert table.predicted("variance")[k] == pytest.approx(squares, rel=1e-9)
        slopes = float(gaussian_mean(lambda u: mpmath.sech(u) ** 4, q))
        fan_out = 1 if k == 2 else 100
        ratio = table.predicted("backward")[k] / table.predicted("backward")[k + 1]
        assert ratio == pytest.approx(slopes * fan_out * 2.25 / 100, rel=1e-9)
        q = 2.25 * squares + 0.09


@pytest.mark.lecture("S35")
def test_two_orthogonal_inputs_get_the_arc_cosine_kernels_correlation():
    """ReLU, Cho & Saul 2009: C(0) = 1/π."""
    model = nn.MLP([2, 50, 50, 1], "relu", init="he_normal", seed=0)
    table = propagate(model, np.eye(2))
    assert table.predicted("correlation")[:2] == pytest.approx([0, 1 / math.pi], abs=1e-9)


def test_a_relu_units_chance_to_be_dead_on_independent_samples():
    """Orthogonal inputs of one length are independent to a layer: 2^-n."""
    model = nn.MLP([4, 50, 1], "relu", init="he_normal", seed=0)
    assert propagate(model, np.eye(4)).predicted("dead")[0] == pytest.approx(1 / 16, rel=1e-2)


@pytest.mark.lecture("S35")
@pytest.mark.slow
@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "sigmoid"])
def test_wide_networks_are_as_predicted_within_the_sampling_error(activation):
    """Five standard errors of the mean logarithm over networks, and 5/width for their width."""
    x = np.random.default_rng(5).standard_normal((5, 200))
    table = propagate(
        lambda seed: nn.MLP([200, 200, 200, 200, 1], activation, init="he_normal", seed=seed),
        x,
        seeds=12,
    )
    for name in ("forward", "backward"):
        logs = np.log(table.samples[name])
        error = 5 * logs.std(axis=0, ddof=1) / math.sqrt(12) + 5 / 200
        assert (np.abs(logs.mean(axis=0) - np.log(table.predicted(name))) < error)[:-1].all()


def test_an_activation_without_moments_has_no_prediction():
    """E[exp(z²)²] is infinite from variance 1/4 on."""
    model = nn.MLP([6, 20, 20, 1], lambda z: autograd.exp(z * z), init="he_normal", seed=0)
    table = propagate(model, X)
    assert np.isfinite(table.predicted("forward")[0])
    assert np.isnan(table.predicted("forward")[1:]).all()
    assert "(—)" in str(table)


# Many networks, and how it is shown --------------------------------------------------------------


@pytest.mark.lecture("S33")
def test_over_seeds_sizes_are_geometric_means_with_bands():
    table = propagate(lambda seed: nn.MLP([6, 9, 1], seed=seed), X, seeds=20)
    forward = table.samples["forward"]
    assert forward.shape == (20, 2)
    assert table.measured("forward") == pytest.approx(np.prod(forward, axis=0) ** (1 / 20))
    low, high = table.band("forward")
    assert ((forward < low).sum(axis=0) == 1).all()
    assert ((forward > high).sum(axis=0) == 1).all()
    assert table.measured("dead") == pytest.approx(table.samples["dead"].mean(axis=0))


def test_each_network_is_the_one_that_its_seed_gives():
    table = propagate(lambda seed: nn.MLP([6, 4, 1], seed=seed), lambda seed: X + seed, seeds=3)
    alone = propagate(nn.MLP([6, 4, 1], seed=2), X + 2)
    assert table.samples["forward"][2] == pytest.approx(alone.samples["forward"][0], rel=1e-15)


def test_the_table_shows_measured_and_predicted(model):
    table = propagate(model, X)
    text, html = str(table), table._repr_html_()
    for head in ("layer", "φ", *QUANTITIES.values()):
        assert head in text
        assert f"<th>{head}</th>" in html
    assert "3 layers, 1 networks: measured (predicted)" in text
    assert text.count("\n") == 4


@pytest.mark.lecture("S33")
def test_a_network_that_overflows_its_precision_shows_inf_and_warns_of_nothing():
    options = {"init": {"name": "normal", "std": 1.0}, "dtype": np.float32, "seed": 0}
    table = propagate(nn.MLP([100] * 51 + [1], **options), np.ones((1, 100), np.float32))
    assert not np.isfinite(table.measured("forward")).all()


# Bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [[], np.zeros((0, 6)), 3.0, [["a"] * 6], [[math.nan] * 6]])
def test_x_must_be_a_batch_of_finite_numbers(model, x):
    with pytest.raises(ValueError, match="x must be"):
        propagate(model, x)


def test_a_model_of_scalars_is_refused(model):
    with pytest.raises(TypeError, match="must be made of Tensors"):
        propagate(model.scalars(), X)


def test_a_model_without_linear_layers_is_refused():
    with pytest.raises(ValueError, match="Sequential has no Linear layer and no convolution"):
        propagate(nn.Sequential("relu"), X)


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match=r"model must be an nn.Module.*seeds=\.\.\."):
        propagate(lambda seed: nn.MLP([6, 1]), X)


def test_a_model_and_seeds_do_not_go_together(model):
    with pytest.raises(TypeError, match="with seeds, model must be a function"):
        propagate(model, X, seeds=3)


def test_networks_that_differ_are_refused():
    with pytest.raises(ValueError, match="must have the same layers"):
        propagate(lambda seed: nn.MLP([6] * (seed + 2), seed=0), X, seeds=2)


def test_a_cotangent_of_the_wrong_shape_is_refused(model):
    with pytest.raises(ValueError, match=r"cotangent of shape \(7, 2\), got \(3,\)"):
        propagate(model, X, cotangent=np.ones(3))


def test_an_unknown_quantity_is_refused(model):
    with pytest.raises(KeyError, match="no quantity 'forwards': choose from preactivation_mean"):
        propagate(model, X).measured("forwards")


class TwoOutputs(nn.Module):
    def __init__(self):
        self.linear = nn.Linear(3, 2, rng=0)

    def forward(self, x):
        return {"scores": self.linear(x), "inputs": x}


@pytest.mark.parametrize("measure", [nn.propagate, nn.assert_healthy])
def test_a_model_of_several_outputs_is_told_to_choose_one(measure):
    with pytest.raises(TypeError, match="got a dict: wrap it in a module that returns the one"):
        measure(TwoOutputs(), np.ones((4, 3)))


def test_a_network_whose_signal_explodes_is_measured_and_predicted():
    """Weights of deviation 100: of each layer on the variance is 80,000 times that before."""
    model = nn.MLP([16] * 6 + [1], init={"name": "normal", "std": 100.0}, seed=0)
    found = nn.propagate(model, np.random.default_rng(0).normal(size=(64, 16)))
    assert "layers.5" in str(found)
