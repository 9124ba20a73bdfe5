"""The laboratory on networks of more than layers: LayerNorm, Dropout, Residual, Flatten."""

from functools import partial

import numpy as np
import pytest

import nn

WIDTH, BATCH = 64, 100
X = np.random.default_rng(2**20).standard_normal((BATCH, WIDTH))


def linear(seed, out=WIDTH, scale=2.0):
    """Weights of variance scale/n: He's for 2."""
    start = {"name": "variance_scaling", "scale": scale}
    return nn.Linear(WIDTH, out, init=start, rng=seed)


def normed(seed):
    parts = [linear(seed), nn.ReLU(), nn.LayerNorm(WIDTH), linear(seed + 100)]
    return nn.Sequential(*parts, nn.ReLU(), linear(seed + 200, 1))


def dropped(seed):
    parts = [linear(seed), nn.ReLU(), nn.Dropout(0.5, rng=seed + 500), linear(seed + 100)]
    return nn.Sequential(*parts, nn.ReLU(), linear(seed + 200, 1))


def residual(seed, depth=3):
    parts = [nn.Residual(linear(seed + 100 * k, scale=1.0)) for k in range(depth)]
    return nn.Sequential(*parts, linear(seed + 1000, 1))


def around(seed):
    return nn.Sequential(linear(seed), nn.Residual(linear(seed + 100)), linear(seed + 200, 1))


def flattened(seed):
    return nn.Sequential(nn.Flatten(), linear(seed), nn.ReLU(), linear(seed + 100, 1))


def test_a_layer_norm_brings_the_signal_back_to_1():
    """So the layer after it, of weights with variance 2/n, has E[f²] = 2, however large x was."""
    for scale in (1.0, 1e3):
        table = nn.propagate(normed, scale * X, seeds=10)
        assert table.predicted("forward")[1] == pytest.approx(2, rel=0.02)
        assert table.measured("forward")[1] == pytest.approx(2, rel=0.05)


def test_dropout_makes_the_signals_square_larger_in_training_and_not_out_of_it():
    """E[x²] becomes E[x²]/(1 − p): what is kept is divided by 1 − p, in 1 − p of the cases."""
    trained = nn.propagate(dropped, X, seeds=40)
    used = nn.propagate(lambda seed: dropped(seed).eval(), X, seeds=40)
    for kind, error in (("predicted", 0.02), ("measured", 0.1)):
        ratio = getattr(trained, kind)("forward") / getattr(used, kind)("forward")
        assert ratio[:2] == pytest.approx([1, 2], rel=error)


def test_each_residual_doubles_the_signal():
    """X + W x with variance 1/n: the two parts are independent, and as large."""
    table = nn.propagate(residual, X, seeds=10)
    assert table.predicted("forward")[:3] == pytest.approx([1, 2, 4], rel=0.05)
    assert table.measured("forward")[:3] == pytest.approx([1, 2, 4], rel=0.05)


@pytest.mark.parametrize(
    "model",
    [normed, dropped, lambda seed: dropped(seed).eval(), residual, around, flattened],
    ids=["norm", "dropout", "dropout not in training", "residual", "around a layer", "flatten"],
)
def test_the_gradient_is_predicted_through_every_block(model):
    table = nn.propagate(model, X, seeds=40)
    for name in ("backward", "weight_gradient"):
        ratio = table.predicted(name) / table.measured(name)
        assert np.abs(np.log(ratio)).max() < 0.15


@pytest.mark.parametrize("measure", [nn.propagate, nn.diagnose, partial(nn.lsuv, rng=0)])
def test_measuring_draws_nothing_from_the_models_generators(measure):
    """So a training that is looked at goes on as one that isn't."""
    model = dropped(0)
    (_, generator), *_ = model.named_generators()
    before = generator.bit_generator.state
    measure(model, X)
    assert generator.bit_generator.state == before


@pytest.mark.parametrize("model", [normed, dropped, residual])
def test_lsuv_scales_every_layer(model):
    table = nn.lsuv(model(0), X, rng=0)
    assert [row.after for row in table] == pytest.approx([1.0] * len(table), rel=0.01)


@pytest.mark.slow
def test_residuals_keep_a_signal_that_plain_layers_lose():
    """Thirty tanh layers of small weights, on their own and each with a way around it."""

    def layer(seed):
        return nn.Layer(WIDTH, WIDTH, "tanh", init={"name": "normal", "std": 0.05}, rng=seed)

    plain = nn.Sequential(*map(layer, range(30)), linear(99, 1))
    around = nn.Sequential(*(nn.Residual(layer(k)) for k in range(30)), linear(99, 1))
    found = [finding.kind for finding in nn.diagnose(plain, X)]
    assert {"vanishing signal", "vanishing gradient"} <= set(found)
    assert list(nn.diagnose(around, X)) == []


@pytest.mark.parametrize("model", [normed, dropped, residual])
def test_nothing_is_found_in_a_sound_network(model):
    assert list(nn.diagnose(model(0), X)) == []


def test_dead_units_are_found_inside_a_residual_and_behind_a_norm():
    inside, behind = linear(1), linear(2)
    for each in (inside, behind):
        each.bias.data = np.where(np.arange(WIDTH) < 16, -1e3, 0.0)
    model = nn.Sequential(
        linear(0),
        nn.Residual(inside, nn.ReLU(), linear(3)),
        nn.LayerNorm(WIDTH),
        behind,
        nn.ReLU(),
        linear(4, 1),
    )
    (finding,) = (f for f in nn.diagnose(model, X) if f.kind == "dead")
    assert finding.what.startswith("32 of 256 hidden units")


def test_float16_overflow_is_found_through_norms_and_residuals():
    """Each residual multiplies by about 20: past 65504 after a few, and the norm is too late."""
    parts = [nn.Residual(linear(k, scale=400.0)) for k in range(6)]
    model = nn.Sequential(*parts, nn.LayerNorm(WIDTH), linear(9, 1))
    (finding,) = (f for f in nn.diagnose(model, X) if f.kind == "float16 overflow")
    assert finding.layer.startswith("layers.")
