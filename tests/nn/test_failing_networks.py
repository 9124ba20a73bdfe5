"""Networks that can't learn: ``propagate`` shows them, and ``diagnose`` says what to do."""

import math

import numpy as np
import pytest
from sklearn.datasets import load_digits

import nn
from nn.diagnostics import diagnose, propagate

X = np.random.default_rng(0).standard_normal((50, 4))


def mlp(activation: str = "relu", init: str = "he_normal") -> nn.MLP:
    return nn.MLP([4, 8, 8, 1], activation, init=init, seed=0)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_a_network_of_zeros_is_shown_with_what_its_activation_makes_of_zero(activation):
    table = propagate(mlp(activation, "zeros"), X)
    at_zero = 0.5 if activation == "sigmoid" else 0.0
    assert table.measured("forward").tolist() == [0.0, 0.0, 0.0]
    assert table.measured("mean")[:2].tolist() == [at_zero, at_zero]
    assert table.predicted("forward").tolist() == [0.0, 0.0, 0.0]
    assert np.isnan(table.measured("correlation")).all()  # of no signal there is none


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_inputs_of_zeros_are_shown(activation):
    table = propagate(mlp(activation), 0 * X)
    assert table.measured("forward").tolist() == [0.0, 0.0, 0.0]
    assert table.measured("weight_gradient").tolist() == [0.0, 0.0, 0.0]


def test_a_dead_layer_is_shown():
    model = mlp()
    model.layers[0].bias.data = np.full(8, -1e6)
    table = propagate(model, X)
    assert table.measured("dead").tolist()[:1] == [1.0]
    assert table.measured("backward")[0] == 0.0


@pytest.mark.parametrize("power", [-200, -160, 0, 120, 160])
def test_the_correlation_of_a_relu_network_is_the_same_at_any_scale(power):
    """ReLU is homogeneous: E[f f'] / E[f²] doesn't know of the scale, nor of E[f²] underflowing."""
    expected = propagate(mlp(), X).measured("correlation")
    found = propagate(mlp(), X * 10.0**power).measured("correlation")
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_the_band_of_what_overflows_is_infinite_and_not_nan():
    low, high = propagate(mlp(), X * 1e200).band("forward")
    assert low.tolist() == high.tolist() == [math.inf] * 3


def test_sigmoid_after_a_layer_of_zeros_is_predicted_from_its_value_at_zero():
    model = mlp("sigmoid")
    model.layers[0].weight.data = np.zeros((8, 4))
    table = propagate(model, X)
    weights = np.mean(np.square(model.layers[1].weight.data))
    assert table.predicted("forward")[1] == pytest.approx(8 * weights * 0.25)


def kinds(model: nn.Module, x: np.ndarray) -> list[str]:
    return [finding.kind for finding in diagnose(model, x)]


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize("scale", [1e4, 1e200, 1e-4, 1e-200])
def test_inputs_of_a_wrong_scale_are_found(activation, scale):
    findings = diagnose(mlp(activation), X * scale)
    found = [each for each in findings if each.kind == "input scale"]
    assert len(found) == 1
    assert "standardise the inputs" in found[0].change


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_inputs_of_a_usual_scale_are_not_found_fault_with(scale):
    assert "input scale" not in kinds(mlp(), X * scale)


def test_inputs_of_zeros_are_found():
    assert kinds(mlp(), 0 * X)[0] == "input scale"


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_the_advice_for_weights_of_zero_is_to_draw_them(activation):
    """A smaller step or another activation wouldn't help: what is multiplied by 0 stays 0."""
    findings = diagnose(mlp(activation, "zeros"), X)
    assert findings[0].kind == "zero weights"
    assert all("draw the weights at random" in each.change for each in findings)
    assert "dead" not in [each.kind for each in findings]


def test_a_last_layer_of_zeros_is_no_fault_since_it_learns():
    model = mlp()
    model.layers[-1].weight.data = np.zeros((1, 8))
    assert "zero weights" not in kinds(model, X)


@pytest.mark.parametrize("samples", [1, 2, 3])
def test_units_that_are_silent_for_a_few_samples_are_not_called_dead(samples):
    """A ReLU is silent for half of all samples: of one sample that says nothing."""
    model = nn.MLP([4, 64, 64, 1], "relu", init="he_normal", seed=0)
    assert "dead" not in kinds(model, X[:samples])


def test_a_layer_without_a_gradient_is_called_dead_by_a_single_sample():
    model = nn.MLP([4, 64, 1], "relu", init="he_normal", seed=0)
    model.layers[0].bias.data = np.full(64, -100.0)
    assert "dead" in kinds(model, X[:1])


@pytest.mark.slow
def test_a_network_that_has_learnt_is_not_called_dead():
    digits = load_digits()
    x, y = digits.data / 16, digits.target
    model = nn.MLP([64, 64, 64, 10], "relu", init="he_normal", seed=0)
    adam = nn.Adam(model.parameters(), lr=3e-3)
    nn.fit(model, x, y, epochs=15, loss=nn.cross_entropy, optimizer=adam, rng=0, progress=False)
    assert nn.accuracy(model(x).data, y) > 0.99
    assert "dead" not in kinds(model, x)
