"""The notes' claims about activations and initialisation (S20 to S23, S34, S35)."""

import math

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

import autograd
import nn
from nn import propagate

RNG = np.random.default_rng(0)
X = RNG.standard_normal((64, 20))
Y = np.sin(X[:, :1] + X[:, 1:2])


def train(model, steps=30, lr=0.05):
    """Full-batch gradient descent; the losses on the way."""
    sgd = nn.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        model.zero_grad()
        loss = nn.mse(model(X), Y)
        loss.backward()
        sgd.step()
        losses.append(float(loss.data))
    return losses


# S22: constants ---------------------------------------------------------------------------------


@pytest.mark.lecture("S22")
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_from_zero_only_the_output_bias_moves(activation):
    model = nn.MLP([20, 8, 8, 1], activation, init="zeros")
    train(model)
    moved = [name for name, p in model.named_parameters() if (p.data != 0).any()]
    assert moved == ["layers.2.bias"]


@pytest.mark.lecture("S22")
@pytest.mark.parametrize("value", [0.0, 0.1, -1.0])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "gelu"])
def test_from_a_constant_hidden_units_stay_bit_identical(activation, value):
    """With a sigmoid the weights move even from zero, but all alike."""
    model = nn.MLP([20, 8, 8, 1], activation, init={"name": "constant", "value": value})
    train(model)
    for layer in model.layers[:-1]:
        rows = {row.tobytes() for row in layer.weight.data + 0.0}
        assert len(rows) == 1
        assert len({b.tobytes() for b in layer.bias.data + 0.0}) == 1


@pytest.mark.lecture("S22")
def test_logistic_regression_from_zero_is_fine():
    """A single layer has no symmetry to break: 95 % of the breast cancer data, from zeros."""
    x, y = load_breast_cancer(return_X_y=True)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    model = nn.Linear(30, 1, init="zeros")
    sgd = nn.SGD(model.parameters(), lr=0.5)
    for _ in range(50):
        model.zero_grad()
        nn.binary_cross_entropy_with_logits(model(x)[:, 0], y.astype(float)).backward()
        sgd.step()
    assert np.mean((model(x).data[:, 0] > 0) == y) > 0.95


# S23: small random numbers ----------------------------------------------------------------------


@pytest.mark.lecture("S23")
def test_small_random_numbers_break_the_symmetry():
    model = nn.MLP([20, 8, 1], "tanh", init="normal", seed=0)
    assert len(nn.diagnose(model, X)) == 0
    train(model)
    assert len({row.tobytes() for row in model.layers[0].weight.data}) == 8


@pytest.mark.lecture("S23")
def test_smaller_is_not_better():
    """Eight layers deep, weights of 0.01 learn the mean alone; of LeCun's size, they learn."""
    sizes, variance = [20] * 8 + [1], float(np.var(Y))
    small = train(nn.MLP(sizes, "tanh", init="normal", seed=0), steps=60)
    right = train(nn.MLP(sizes, "tanh", init="lecun_normal", seed=0), steps=60)
    assert small[-1] == pytest.approx(variance, rel=1e-3)
    assert right[-1] < 0.7 * variance


# S20, S21: activations --------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.lecture("S20")
def test_a_sigmoid_passes_at_most_a_quarter_of_a_gradient():
    """σ' = σ(1-σ) ≤ 1/4, so E[∂f_l²] ≤ ‖W‖² E[∂f_(l+1)²] / 16; here it is far less still."""
    model = nn.MLP([100] * 7 + [1], "sigmoid", init="lecun_normal", seed=0)
    gradients = propagate(model, RNG.standard_normal((20, 100))).measured("backward")[:6]
    norms = [np.linalg.norm(layer.weight.data, 2) for layer in model.layers[1:6]]
    ratios = gradients[:-1] / gradients[1:]
    assert (ratios <= np.square(norms) / 16).all()
    assert np.prod(ratios) < (1 / 16) ** 5


@pytest.mark.slow
@pytest.mark.lecture("S21")
@pytest.mark.parametrize(
    ("activation", "kept"), [("sigmoid", 0.044836), ("tanh", 0.464403), ("relu", 0.5)]
)
def test_gradients_vanish_by_e_of_the_squared_slope_at_each_layer(activation, kept):
    """At q = 1 (S35's table): a layer's inputs from N(0, I), its weights of variance 1/n."""
    table = propagate(
        lambda seed: nn.MLP([300, 300, 300], activation, init="lecun_normal", seed=seed),
        np.random.default_rng(1).standard_normal((20, 300)),
        seeds=8,
    )
    backward = table.samples["backward"]
    logs = np.log(backward[:, 0] / backward[:, 1])
    error = 5 * logs.std(ddof=1) / math.sqrt(8) + 5 / 300
    assert abs(logs.mean() - math.log(kept)) < error


@pytest.mark.lecture("S21")
@pytest.mark.parametrize(("activation", "mean"), [("sigmoid", 0.5), ("tanh", 0.0)])
def test_tanh_is_zero_centred_and_sigmoid_is_not(activation, mean):
    """The notes' list under tanh is a copy of the sigmoid's, and wrong."""
    table = propagate(
        lambda seed: nn.MLP([100, 100, 100, 1], activation, init="lecun_normal", seed=seed),
        np.random.default_rng(2).standard_normal((50, 100)),
        seeds=10,
    )
    found = table.samples["mean"][:, 1]
    assert abs(found.mean() - mean) < 5 * found.std(ddof=1) / math.sqrt(10)
    assert table.predicted("mean")[1] == pytest.approx(mean, abs=1e-12)


@pytest.mark.lecture("S21")
def test_relu_is_not_zero_centred_either():
    """E[relu] = √(q/2π)."""
    model = nn.MLP([100, 400, 1], "relu", init="he_normal", seed=0)
    (first, _) = propagate(model, np.random.default_rng(3).standard_normal((50, 100)))
    expected = math.sqrt(first.forward.predicted / (2 * math.pi))
    assert first.mean.predicted == pytest.approx(expected, rel=1e-9)
    assert first.mean.measured == pytest.approx(expected, rel=0.1)


@pytest.mark.lecture("S21")
@pytest.mark.parametrize(("activation", "one_sign"), [("sigmoid", True), ("tanh", False)])
def test_inputs_that_are_not_zero_centred_tie_the_signs_of_a_units_gradients(activation, one_sign):
    """∂W row = ∂f hᵀ: if all of h is positive, one sample moves a unit's weights all one way."""
    model = nn.MLP([20, 15, 10, 1], activation, seed=0)
    autograd.sum(model(X[:1])).backward()
    signs = np.sign(model.layers[1].weight.grad)
    assert (np.abs(signs.sum(axis=1)) == 15).all() == one_sign


@pytest.mark.lecture("S21")
def test_a_dead_relu_gets_no_gradient_and_stays_dead():
    model = nn.MLP([20, 8, 1], "relu", seed=0)
    model.layers[0].bias.data = np.where(np.arange(8) == 3, -50.0, 0.0)
    before = np.array(model.layers[0].weight.data)
    train(model)
    moved = (model.layers[0].weight.data != before).any(axis=1)
    assert moved.tolist() == [True, True, True, False, True, True, True, True]
    assert propagate(model, X).measured("dead")[0] == 1 / 8


@pytest.mark.lecture("S21")
def test_a_leaky_relu_has_no_dead_units():
    model = nn.MLP([20, 8, 1], "leaky_relu", seed=0)
    model.layers[0].bias.data = np.full(8, -50.0)
    assert propagate(model, X).measured("dead")[0] == 0


# S34, S35: deep networks ------------------------------------------------------------------------


@pytest.mark.lecture("S34")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("activation", "init", "low", "high"),
    [
        ("relu", "critical", -2, 2),
        ("tanh", "critical", -3, 0),  # as powers of the depth: at layer l, 1 - chi goes as 1/l
        ("elu", "critical", -5, 0),
        ("tanh", {"name": "normal", "std": 0.07}, -30, -15),
    ],
)
def test_at_criticality_gradients_do_not_change_exponentially(activation, init, low, high):
    """The logarithm of E[∂f²] at layer 10 over that at layer 40: chi^30 off criticality."""
    table = propagate(
        lambda seed: nn.MLP([100] * 51 + [1], activation, init=init, seed=seed),
        np.random.default_rng(4).standard_normal((1, 100)),
        seeds=4,
    )
    gradients = table.measured("backward")
    assert low < math.log(gradients[9] / gradients[39]) < high


@pytest.mark.lecture("S34")
@pytest.mark.parametrize(("sigma_w", "what"), [(0.7, "vanishing"), (2.5, "exploding")])
def test_off_criticality_it_vanishes_or_explodes(sigma_w, what):
    init = {"name": "normal", "std": sigma_w / 10}
    model = nn.MLP([100] * 31 + [1], "tanh", init=init, seed=0)
    x = np.random.default_rng(4).standard_normal((20, 100))
    assert f"{what} gradient" in {finding.kind for finding in nn.diagnose(model, x)}


@pytest.mark.lecture("S35")
@pytest.mark.slow
def test_in_the_ordered_phase_inputs_become_alike_and_in_chaos_they_part():
    """tanh: c* = 1 for sigma_w = 0.9 with biases, 0 for sigma_w = 2.5 without."""
    x = np.random.default_rng(4).standard_normal((10, 200))
    x += 2 * x[0]  # correlated to begin with
    ends = []
    for sigma_w, sigma_b in ((0.9, 0.5), (2.5, 0.0)):
        model = nn.MLP([200] * 21, "tanh", init="lecun_normal", seed=0)
        rng = np.random.default_rng(0)
        for layer in model.layers:
            layer.weight.data = sigma_w * layer.weight.data
            layer.bias.data = sigma_b * rng.standard_normal(200)
        ends.append(propagate(model, x).measured("correlation")[19])
    assert ends[0] > 0.95
    assert abs(ends[1]) < 0.3


@pytest.mark.lecture("S35")
def test_critical_draws_the_biases_too():
    """Gelu has no critical point without biases: sigma_b = 0.4317 at q = 4."""
    model = nn.MLP([100, 2000, 1], "gelu", init="critical", seed=0)
    biases = model.layers[0].bias.data
    assert abs(biases.std() / 0.43171 - 1) < 5 / math.sqrt(2 * 2000)
    assert (model.layers[-1].bias.data == 0).all()  # linear


@pytest.mark.lecture("S35")
def test_critical_takes_any_function_for_the_engine_knows_its_slope():
    """X σ(x) is silu: the same point, the same weights."""
    silu = nn.MLP([20, 10, 1], "silu", init="critical", seed=0)
    own = nn.MLP([20, 10, 1], lambda z: z * autograd.sigmoid(z), init="critical", seed=0)
    for p, q in zip(silu.parameters(), own.parameters(), strict=True):
        assert p.data == pytest.approx(q.data, rel=1e-9)
