"""Other precisions: where float16 overflows and fades (S34)."""

import math

import numpy as np
import pytest

import autograd
import nn
from nn.diagnostics import precision


def first_layers(variance, depth, attribute, networks):
    """The first layer of each network where something happens; inf where nothing does."""
    found = []
    for seed in range(networks):
        model = nn.MLP([100] * (depth + 1), init={"name": "normal", "std": math.sqrt(variance)},
                       output="relu", seed=seed)  # fmt: skip
        x = np.random.default_rng((seed, 1)).standard_normal((1, 100))
        table = precision(model, x)
        layer = attribute(table) if callable(attribute) else getattr(table, attribute)
        found.append(math.inf if layer is None else layer)
    return np.array(found)


def first_bad_output(table):
    return next((k for k, row in enumerate(table, 1) if not np.isfinite(row.largest)), None)


def is_median(layer, found):
    """Whether a layer is in the 99 % confidence interval of the median (the sign test)."""
    half, error = len(found) / 2, 2.58 * math.sqrt(len(found)) / 2
    return (found < layer).sum() < half + error and (found <= layer).sum() > half - error


@pytest.mark.lecture("S34")
@pytest.mark.slow
@pytest.mark.parametrize(("variance", "layer"), [(1.0, 6), (0.1, 13)])
def test_outputs_of_float16_overflow_at_layer(variance, layer):
    assert is_median(layer, first_layers(variance, layer + 2, first_bad_output, 31))


@pytest.mark.lecture("S34")
def test_a_preactivation_that_overflows_is_found_where_a_relu_hides_it():
    """−inf at layer 5, of which the ReLU makes 0: no output is inf before layer 6."""
    model = nn.MLP([100] * 51 + [1], init={"name": "normal", "std": 1.0}, seed=0)
    x = np.random.default_rng(77).standard_normal((1, 100))
    table = precision(model, x)
    assert (table.overflow, first_bad_output(table)) == (5, 6)
    h = x.astype(np.float16)
    with np.errstate(over="ignore"):
        for layer in model.layers[:5]:
            f = h @ layer.weight.data.astype(np.float16).T
            h = np.maximum(f, 0)
    assert np.isinf(f).any()
    assert np.isfinite(h).all()


@pytest.mark.lecture("S34")
@pytest.mark.slow
@pytest.mark.parametrize(("variance", "layer"), [(0.01, 27), (0.001, 7)])
def test_float16_is_subnormal_at_layer(variance, layer):
    assert is_median(layer, first_layers(variance, layer + 4, "subnormal", 31))


@pytest.mark.lecture("S34")
@pytest.mark.parametrize("attribute", ["overflow", "subnormal"])
def test_hes_variance_is_clean_in_float16(attribute):
    assert np.median(first_layers(0.02, 50, attribute, 7)) == math.inf


@pytest.mark.lecture("S34")
def test_it_is_activations_that_overflow_and_not_weights():
    model = nn.MLP([100] * 11, init={"name": "normal", "std": 1.0}, seed=0)
    assert max(np.abs(p.data).max() for p in model.parameters()) < 10
    assert precision(model, np.ones((1, 100))).overflow is not None


@pytest.mark.lecture("S34")
def test_gradients_overflow_where_activations_do_not():
    """Inputs of size 1e-12 pass forward; the gradient of the sum doesn't depend on them."""
    model = nn.MLP([50] * 12, None, init={"name": "normal", "std": 1.0}, seed=0)
    found = precision(model, np.full((1, 50), 1e-7))
    assert found.overflow is None
    assert found.gradient_overflow is not None
    assert not np.isfinite(found[found.gradient_overflow - 1].gradient_largest)
    assert np.isfinite(found[found.gradient_overflow].gradient_largest)


@pytest.mark.lecture("S34")
def test_small_gradients_fade_on_the_way_back():
    model = nn.MLP([50] * 12, None, init={"name": "normal", "std": 0.03}, seed=0)
    found = precision(model, np.full((1, 50), 1e4))
    assert found.gradient_subnormal is not None
    assert found[found.gradient_subnormal - 1].gradient_typical < 2**-14
    assert found[found.gradient_subnormal].gradient_typical >= 2**-14


def test_the_pass_is_the_one_of_a_model_of_that_precision():
    """Bit for bit what a model with float16 parameters computes."""
    model = nn.MLP([8, 6, 3], "tanh", seed=0)
    half = nn.MLP([8, 6, 3], "tanh", seed=0, dtype=np.float16)
    x = np.random.default_rng(0).standard_normal((4, 8))
    found = precision(model, x)
    h = np.tanh(half.layers[0].weight.data @ x.astype(np.float16).T)
    assert found[0].largest == np.abs(h).max()
    assert found[1].largest == np.abs(half(x.astype(np.float16)).data).max()


def test_double_precision_is_what_the_model_has_already():
    model = nn.MLP([8, 6, 3], "relu", seed=0)
    x = np.random.default_rng(0).standard_normal((4, 8))
    h = np.maximum(model.layers[0].weight.data @ x.T, 0)
    row = precision(model, x, np.float64)[0]
    assert row.largest == pytest.approx(h.max(), rel=1e-14)
    assert row.typical == pytest.approx(np.median(h[h > 0]), rel=1e-14)


def test_units_that_are_zero_in_the_models_own_precision_do_not_count_as_faded():
    model = nn.MLP([8, 6, 3], "relu", init="zeros")
    found = precision(model, np.ones((4, 8)))
    assert math.isnan(found[0].typical)
    assert (found.subnormal, found.overflow) == (None, None)


def test_the_model_is_left_as_it_is():
    model = nn.MLP([8, 6, 3], "relu", seed=0)
    autograd.sum(model(np.ones((4, 8)))).backward()
    before = [(p.data.tobytes(), p.grad.tobytes()) for p in model.parameters()]
    precision(model, np.ones((4, 8)))
    assert [(p.data.tobytes(), p.grad.tobytes()) for p in model.parameters()] == before


def test_the_table_names_its_precision_and_has_a_row_for_each_layer():
    text = str(precision(nn.MLP([3, 2, 1], seed=0), np.ones((2, 3))))
    assert text.startswith("in float16\n")
    assert "layers.1" in text
