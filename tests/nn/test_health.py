"""assert_healthy passes sound networks of every kind, and names the first layer with a fault."""

import re

import numpy as np
import pytest

import nn

RNG = np.random.default_rng(2**22)
X = RNG.standard_normal((60, 40))
WIDE = {"name": "normal", "std": 5.0}
NARROW = {"name": "normal", "std": 1e-3}


def mlp(init=None, *, activation="relu", depth=6, **options):
    return nn.MLP([40] * depth + [3], activation, init=init, seed=0, **options)


def images():
    parts = (nn.Conv2d(3, 8, 3, padding=1, rng=0), nn.ReLU(), nn.MaxPool2d(2))
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(128, 4, rng=1))


def tokens():
    attention = nn.Residual(nn.LayerNorm(16), nn.MultiheadAttention(16, 2, rng=0))
    return nn.Sequential(nn.Embedding(20, 16, rng=1), attention, nn.Linear(16, 5, rng=2))


def normed():
    parts = [nn.Residual(nn.LayerNorm(40), nn.Linear(40, 40, rng=k), "relu") for k in range(20)]
    return nn.Sequential(*parts, nn.Linear(40, 3, rng=99), nn.LayerNorm(3))


def starting_at_zero():
    """Residuals whose last layers are 0 at first, as Fixup and many others have them."""

    def branch(k):
        return nn.Residual(nn.Linear(40, 40, rng=k), "relu", nn.Linear(40, 40, init="zeros"))

    return nn.Sequential(*map(branch, range(4)), nn.Linear(40, 3, rng=9))


@pytest.mark.parametrize(
    ("model", "x"),
    [
        (mlp(), X),
        (mlp(activation="tanh"), X),
        (mlp(depth=2), X),
        (nn.MLP([40, 1], init="zeros"), X),
        (images(), RNG.standard_normal((8, 3, 8, 8))),
        (tokens(), RNG.integers(0, 20, (6, 7))),
        (normed(), X),
        (starting_at_zero(), X),
        (nn.Sequential(nn.Linear(40, 40, rng=0), nn.Dropout(0.5, rng=0)), X),
    ],
    ids=["relu", "tanh", "shallow", "logistic", "images", "tokens", "norms", "zeros", "dropout"],
)
def test_a_sound_network_passes(model, x):
    assert nn.assert_healthy(model, x) is None


def faulty(model, x=X, **options):
    with pytest.raises(AssertionError) as caught:
        nn.assert_healthy(model, x, **options)
    return str(caught.value)


def test_the_first_layer_beyond_the_factor_explodes():
    """E[f²] grows by 40 · 25/2 = 500 a layer: 2.5e5 times after two layers."""
    said = faulty(mlp(WIDE))
    assert said.startswith("layers.2 explodes: the mean square of its preactivations is ")
    assert "times that of layers.0, more than a factor of 10000" in said
    assert "weights of variance 2/fan_in = 0.05 (now 2" in said


def test_the_first_layer_beyond_the_factor_vanishes():
    """E[f²] shrinks by 40 · 1e-6/2 = 2e-5 a layer."""
    assert faulty(mlp(NARROW)).startswith("layers.1 vanishes: the mean square ")


def test_the_factor_can_be_stricter():
    model = mlp(init={"name": "variance_scaling", "scale": 1.0})  # by a half a layer
    nn.assert_healthy(model, X)
    assert re.match(r"layers\.\d vanishes", faulty(model, factor=4))


def test_a_signal_that_a_norm_brings_back_has_not_exploded():
    layers = (nn.Linear(40, 40, init=WIDE, rng=k) for k in range(3))
    model = nn.Sequential(*layers, nn.LayerNorm(40), nn.Linear(40, 40, rng=3), nn.Linear(40, 1))
    nn.assert_healthy(model, X)


def test_a_network_of_zeros_is_dead_from_its_first_layer():
    assert faulty(mlp("zeros", activation="tanh")).startswith("layers.0 is dead: all preactiv")


def test_a_layer_is_dead_when_most_of_its_units_pass_nothing():
    model = mlp()
    model.layers[2].bias.data = np.where(np.arange(40) < 24, -1e3, 0.0)
    said = faulty(model)
    assert said.startswith("layers.2 is dead: 24 of 40 units pass no gradient for any of 60 sam")
    assert "leaky_relu" in said
    nn.assert_healthy(model, X, dead=0.7)


def test_a_single_sample_leaves_half_of_the_units_silent_and_that_is_chance():
    nn.assert_healthy(mlp(), X[:1])


def test_sigmoids_of_small_weights_lose_the_gradient_and_not_the_signal():
    said = faulty(mlp("lecun_normal", activation="sigmoid", depth=9))
    assert "has a gradient that vanishes: its mean square is" in said


def test_an_overflow_is_named_where_it_starts():
    """In float16 the largest number is 65504; 40 products of 1e3 · 1e3 are beyond it."""
    model = mlp(dtype=np.float16)
    model.layers[1].weight.data = np.full((40, 40), 6e4, np.float16)
    said = faulty(model, np.abs(X).astype(np.float16))
    assert said.startswith("layers.1 overflows: ")
    assert "preactivations are inf or nan in float16" in said


def test_of_two_faults_the_first_is_named():
    model = mlp(WIDE)
    model.layers[1].bias.data = np.full(40, -1e9)
    assert faulty(model).startswith("layers.1 ")


def test_a_loss_that_sends_nothing_back_kills_no_layer():
    nn.assert_healthy(mlp(), X, cotangent=lambda y: 0 * y)


def test_the_model_is_left_as_it_is():
    model = nn.Sequential(nn.Linear(40, 40, rng=0), nn.Dropout(0.5, rng=1), nn.Linear(40, 1, rng=2))
    before = {name: array.copy() for name, array in model.state_dict().items()}
    (_, generator), *_ = model.named_generators()
    state = generator.bit_generator.state
    nn.assert_healthy(model, X)
    assert generator.bit_generator.state == state
    assert all((before[name] == array).all() for name, array in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"factor": 1}, "factor must be more than 1, got 1"),
        ({"factor": float("nan")}, "factor"),
        ({"dead": 1.5}, "dead must be a part of the units, from 0 to 1, got 1.5"),
        ({"dead": -0.1}, "dead must be"),
    ],
)
def test_bad_thresholds_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        nn.assert_healthy(mlp(), X, **options)


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match=r"model must be an nn\.Module"):
        nn.assert_healthy(lambda x: x, X)


def test_what_it_says_can_be_printed_on_any_console():
    sayings = [
        faulty(mlp(WIDE)),
        faulty(mlp("zeros", activation="tanh")),
        faulty(mlp("lecun_normal", activation="sigmoid", depth=9)),
    ]
    assert all(said.isascii() for said in sayings)
