"""The tables: PyTorch's gains, and which strategy suits which activation."""

import math

import pytest

import init
from init.gains import SUITS


@pytest.mark.parametrize(
    ("activation", "gain"),
    [
        ("linear", 1.0),
        ("sigmoid", 1.0),
        ("tanh", 5 / 3),
        ("relu", math.sqrt(2)),
        ("selu", 0.75),
        ("leaky_relu", math.sqrt(2 / 1.0001)),
    ],
)
def test_pytorchs_documented_table(activation, gain):
    """The table in the documentation of torch.nn.init.calculate_gain."""
    assert init.torch_gain(activation) == pytest.approx(gain, rel=1e-15)
    assert init.gain(activation, convention="torch") == pytest.approx(gain, rel=1e-15)


def test_leaky_relus_gain_by_slope():
    assert init.torch_gain("leaky_relu", slope=0.2) == pytest.approx(1.3867504905630728, rel=1e-15)
    assert init.torch_gain("leaky_relu", slope=0) == init.torch_gain("relu")


def test_a_slope_is_for_leaky_relu_only():
    with pytest.raises(ValueError, match="slope must be given for leaky_relu only, got 0"):
        init.torch_gain("relu", slope=0.1)


def test_an_activation_pytorch_has_no_gain_for():
    with pytest.raises(ValueError, match="got 'gelu'"):
        init.torch_gain("gelu")


@pytest.mark.parametrize(
    ("activation", "strategy"),
    [
        ("relu", "he_normal"),
        ("leaky_relu", "he_normal"),
        ("gelu", "he_normal"),
        ("tanh", "xavier_uniform"),
        ("linear", "xavier_uniform"),
        ("sigmoid", "xavier_sigmoid"),
        ("selu", "lecun_normal"),
    ],
)
def test_who_suits_whom(activation, strategy):
    """He et al. for rectifiers, Glorot & Bengio for odd units, Klambauer et al. for selu."""
    assert init.suits(activation) == strategy


def test_all_advice_names_a_strategy_and_a_source():
    for suit in SUITS.values():
        assert init.get(suit.strategy)
        assert suit.source


def test_every_activation_that_the_theory_knows_by_name_but_exp_has_advice():
    assert set(init.theory.ACTIVATIONS) - set(SUITS) == {"exp"}


def test_unknown_activations_are_answered_with_near_names():
    with pytest.raises(ValueError, match="did you mean 'relu'"):
        init.suits("rellu")
    with pytest.raises(TypeError, match="activation must be a string"):
        init.suits(math.tanh)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("swish", "silu"), ("logistic", "sigmoid"), ("LeakyReLU", "leaky_relu"), ("Tanh", "tanh")],
)
def test_advice_knows_the_names_of_others(theirs, ours):
    assert init.suits(theirs) == init.suits(ours)
    assert init.gain(theirs) == init.gain(ours)


def test_pytorchs_gain_of_a_slope_knows_its_own_name():
    assert init.torch_gain("LeakyReLU", slope=1.0) == 1.0
