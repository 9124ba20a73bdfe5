"""diagnose finds each fault where it was planted, and none in a healthy network (S21 to S34)."""

import numpy as np
import pytest

import autograd
import nn
from nn import diagnose

X = np.random.default_rng(0).standard_normal((200, 10))


def kinds(findings):
    return {finding.kind for finding in findings}


def only(findings, kind):
    (found,) = (finding for finding in findings if finding.kind == kind)
    return found


@pytest.mark.parametrize(
    ("activation", "init"), [("relu", "he_normal"), ("tanh", "xavier_uniform"), ("gelu", None)]
)
def test_a_healthy_network_has_no_findings(activation, init):
    findings = diagnose(nn.MLP([10, 40, 40, 40, 3], activation, init=init, seed=0), X)
    assert len(findings) == 0
    assert str(findings) == "nothing found in 4 layers on 200 samples"


@pytest.mark.lecture("S22")
def test_logistic_regression_from_zero_is_fine():
    assert len(diagnose(nn.MLP([10, 1], init="zeros"), X)) == 0


@pytest.mark.lecture("S22")
@pytest.mark.parametrize("init", ["zeros", "ones", {"name": "constant", "value": 0.1}])
def test_units_alike_are_found(init):
    found = only(diagnose(nn.MLP([10, 7, 5, 1], "tanh", init=init), X), "symmetric")
    assert "12 hidden units are bit-identical" in found.what
    assert found.layer == "layers.0"
    assert "at random" in found.change


@pytest.mark.lecture("S22")
def test_units_alike_that_are_told_different_things_will_part():
    """Random outgoing weights break the symmetry at the first step."""
    model = nn.MLP([10, 7, 1], "tanh", seed=0)
    model.layers[0].weight.data = np.ones((7, 10))
    assert "symmetric" not in kinds(diagnose(model, X))


def test_two_copies_among_random_units_are_found():
    model = nn.MLP([10, 7, 1], "tanh", seed=0)
    for layer, axis in ((model.layers[0], 0), (model.layers[1], 1)):
        w = np.array(layer.weight.data)
        w.take(0, axis)
        layer.weight.data = np.insert(np.delete(w, 4, axis), 4, w.take(2, axis), axis)
    assert "here 2 of 7" in only(diagnose(model, X), "symmetric").what


@pytest.mark.lecture("S21")
def test_dead_units_are_found():
    model = nn.MLP([10, 30, 30, 1], "relu", seed=0)
    model.layers[1].bias.data = np.where(np.arange(30) < 4, -100.0, 0.0)
    found = only(diagnose(model, X), "dead")
    assert found.layer == "layers.1"
    assert "here 4 of 30" in found.what
    assert "of the 200 samples" in found.what
    assert "leaky_relu" in found.change


def test_units_that_died_together_are_not_called_symmetric():
    """Random weights wouldn't help: their inputs are 0, and their biases -50."""
    model = nn.MLP([10, 8, 8, 1], "relu", seed=0)
    for layer in model.layers[:-1]:
        layer.bias.data = np.full(8, -50.0)
    findings = diagnose(model, X)
    assert "symmetric" not in kinds(findings)
    assert "16 of 16 hidden units" in only(findings, "dead").what


@pytest.mark.lecture("S21")
def test_saturated_units_are_found():
    model = nn.MLP([10, 30, 30, 1], "tanh", init={"name": "normal", "std": 3.0}, seed=0)
    found = only(diagnose(model, X), "saturated")
    assert "almost flat" in found.what


@pytest.mark.lecture("S21")
def test_sigmoids_make_the_gradient_vanish():
    """E[σ'²] = .0448 at q = 1 (S35), times the weights' 1: about 22 times smaller at each layer."""
    model = nn.MLP([100] * 6 + [1], "sigmoid", init="lecun_normal", seed=0)
    findings = diagnose(model, np.random.default_rng(1).standard_normal((50, 100)))
    found = only(findings, "vanishing gradient")
    assert found.layer == "layers.0"
    assert "by 0.05" in found.what


@pytest.mark.lecture("S33")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("std", "expected"),
    [
        (0.01, {"vanishing signal", "vanishing gradient", "float16 underflow"}),
        (1.0, {"exploding signal", "exploding gradient", "float16 overflow"}),
    ],
)
def test_wrong_weights_vanish_or_explode_both_ways(std, expected):
    model = nn.MLP([100] * 9 + [1], "relu", init={"name": "normal", "std": std}, seed=0)
    x = np.random.default_rng(0).standard_normal((100, 100))
    assert kinds(diagnose(model, x)) - {"dead"} == expected


def chain(scale, depth=20):
    """Linear layers whose signal is multiplied by exactly ``scale`` a layer: orthogonal ones."""
    model = nn.MLP([60] * (depth + 1) + [1], None, init="orthogonal", seed=0)
    for layer in model.layers[1:-1]:
        layer.weight.data = layer.weight.data * np.sqrt(scale)
    return model


@pytest.mark.parametrize(("scale", "total", "left"), [(0.95, "0.377", 14), (1.05, "2.53", 15)])
def test_a_slow_drift_is_judged_by_the_whole(scale, total, left):
    """0.95¹⁹ = .377 and 1.05¹⁹ = 2.53; a half and the double are passed after 14 and 15 layers."""
    x = np.random.default_rng(1).standard_normal((50, 60))
    (found,) = diagnose(chain(scale), x)
    assert (found.kind, found.layer) == ("drifting signal", f"layers.{left}")
    assert f"E[f²] is multiplied by {total} from layers.0 to layers.19, by {scale}" in found.what
    assert "lsuv" in found.change


def test_a_drift_within_a_factor_of_two_is_none():
    x = np.random.default_rng(1).standard_normal((50, 60))
    assert len(diagnose(chain(0.98), x)) == 0


def test_twenty_layers_of_gelu_are_not_called_sound():
    """Near a fixed point that repels, any deviation grows."""
    x = np.random.default_rng(1).standard_normal((50, 100))
    model = nn.MLP([100] * 21 + [1], "gelu", seed=0)
    table = nn.propagate(model, x)
    ratio = table.measured("forward")[19] / table.measured("forward")[0]
    assert not 0.5 < ratio < 2
    assert kinds(diagnose(model, x)) & {"drifting signal", "vanishing signal", "exploding signal"}


def test_a_norm_between_layers_takes_a_drift_away():
    parts = [part for k in range(15) for part in (nn.LayerNorm(60), nn.Linear(60, 60, rng=k))]
    x = np.random.default_rng(1).standard_normal((50, 60))
    assert len(diagnose(nn.Sequential(*parts, nn.Linear(60, 1, rng=99)), x)) == 0


@pytest.mark.lecture("S28")
def test_what_to_change_is_hes_variance():
    model = nn.MLP([100] * 9 + [1], "relu", init={"name": "normal", "std": 1.0}, seed=0)
    found = only(diagnose(model, np.ones((2, 100))), "exploding signal")
    assert "weights of variance 2/fan_in = 0.02 (now 1" in found.change
    assert "init='critical', or nn.lsuv(model, x)" in found.change


@pytest.mark.lecture("S35")
def test_the_advice_for_gelu_has_biases():
    """The critical point of gelu has biases: sigma_w² = 1.976, sigma_b² = 0.186 at q = 4."""
    model = nn.MLP([100] * 9 + [1], "gelu", init={"name": "normal", "std": 0.01}, seed=0)
    found = only(diagnose(model, np.ones((2, 100))), "vanishing signal")
    assert "weights of variance 1.98/fan_in = 0.0198 and biases of variance 0.186" in found.change


@pytest.mark.slow
def test_the_advice_works():
    bad = nn.MLP([100] * 9 + [1], "tanh", init={"name": "normal", "std": 0.01}, seed=0)
    x = np.random.default_rng(0).standard_normal((100, 100))
    assert "vanishing signal" in kinds(diagnose(bad, x))
    nn.lsuv(bad, x, rng=0)
    assert len(diagnose(bad, x)) == 0
    assert len(diagnose(nn.MLP([100] * 9 + [1], "tanh", init="critical", seed=0), x)) == 0


@pytest.mark.lecture("S34")
def test_float16_overflow_names_the_layer_where_it_starts():
    model = nn.MLP([100] * 9 + [1], "relu", init={"name": "normal", "std": 1.0}, seed=0)
    x = np.random.default_rng(0).standard_normal((1, 100))
    start = nn.diagnostics.precision(model, x).overflow
    found = only(diagnose(model, x), "float16 overflow")
    assert found.layer == f"layers.{start - 1}"
    assert f"at layer {start} of 9" in found.what


def test_overflow_in_the_models_own_precision_is_found():
    options = {"init": {"name": "normal", "std": 1.0}, "dtype": np.float16, "seed": 0}
    model = nn.MLP([100] * 9 + [1], "relu", **options)
    found = only(diagnose(model, np.ones((1, 100), np.float16)), "overflow")
    assert "in float16, from here on" in found.what


def test_the_gradient_of_a_loss_can_be_judged():
    """A loss that is minimal sends nothing back: there is no trend to speak of."""
    model = nn.MLP([10, 20, 20, 1], "tanh", seed=0)
    assert kinds(diagnose(model, X, cotangent=lambda y: 0 * y)) <= {"symmetric"}


def test_the_model_is_left_as_it_is():
    model = nn.MLP([10, 7, 1], "relu", seed=0)
    autograd.sum(model(X)).backward()
    before = [(p.data.tobytes(), p.grad.tobytes()) for p in model.parameters()]
    diagnose(model, X)
    assert [(p.data.tobytes(), p.grad.tobytes()) for p in model.parameters()] == before


def test_findings_are_shown_as_a_table():
    findings = diagnose(nn.MLP([10, 7, 1], "relu", init="ones"), X)
    assert findings.columns == ("kind", "layer", "what", "change")
    assert "symmetric" in findings._repr_html_()


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="x must be finite, got 10 nan or inf"):
        diagnose(nn.MLP([10, 1], seed=0), np.full((1, 10), np.nan))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["weight", "bias"])
def test_weights_that_are_not_finite_are_the_one_finding(bad: float, name: str) -> None:
    """As after a run that diverged: all else would follow from them."""
    model = nn.MLP([10, 7, 1], "tanh", seed=0)
    array = getattr(model[1], name).data.copy()
    array.flat[0] = bad
    setattr(getattr(model[1], name), "data", array)  # noqa: B010 (the attribute of a Tensor)
    (found,) = diagnose(model, X)
    assert (found.kind, found.layer) == ("weights not finite", "layers.1")
    assert found.what.startswith(f"1 of {array.size} numbers in layers.1.{name} are nan or inf")


def test_the_first_number_that_is_not_finite_is_told() -> None:
    x = X.copy()
    x[3, 4] = np.inf
    with pytest.raises(ValueError, match=r"got 1 nan or inf, the first at \[3, 4\]"):
        diagnose(nn.MLP([10, 1], seed=0), x)


def test_an_estimator_is_referred_to_its_network() -> None:
    estimator = nn.MLPClassifier(2, tol=10.0, n_iter_no_change=1, random_state=0)
    estimator.fit(X[:4], [0, 1, 0, 1])
    with pytest.raises(TypeError, match="the network of an estimator is its model_"):
        diagnose(estimator, X)
