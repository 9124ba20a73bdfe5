"""The strategy "critical" (S35): chi = 1 and a variance that stays, for the activation it is told.

The oracle is mpmath's quadrature, and closed forms for ReLU, erf and tanh.
"""

import math

import mpmath
import numpy as np
import pytest

import init
from init import theory

FANS = {"fan_in": 200, "fan_out": 300}


def moment(function, q):
    """E[function(√q z)²] by an independent quadrature."""
    density = mpmath.npdf
    return float(
        mpmath.quad(lambda z: function(mpmath.sqrt(q) * z) ** 2 * density(z), [-12, -3, 0, 3, 12])
    )


@pytest.mark.lecture("S35")
def test_for_relu_it_is_he():
    strategy = init.critical.for_activation("relu")
    assert strategy.variance(**FANS) == pytest.approx(2 / 200, rel=1e-12)
    assert strategy.bias_std == 0


@pytest.mark.lecture("S35")
def test_for_tanh_it_is_lecun():
    assert init.critical.for_activation("tanh").variance(**FANS) == pytest.approx(1 / 200)


@pytest.mark.lecture("S35")
def test_for_erf_the_slope_at_zero_is_undone():
    """erf'(0) = 2/√π."""
    strategy = init.critical.for_activation("erf")
    assert strategy.variance(**FANS) == pytest.approx(math.pi / 4 / 200)


@pytest.mark.lecture("S35")
@pytest.mark.slow
@pytest.mark.parametrize("q", [0.5, 1.0, 3.0])
def test_tanh_with_biases_keeps_the_signal_and_its_gradient(q):
    strategy = init.get({"name": "critical", "activation": "tanh", "q": q})
    sigma_w2 = strategy.variance(**FANS) * FANS["fan_in"]
    assert sigma_w2 * moment(mpmath.sech, q) != pytest.approx(1)  # sech² is the slope
    assert sigma_w2 * moment(lambda x: mpmath.sech(x) ** 2, q) == pytest.approx(1, rel=1e-9)
    held = sigma_w2 * moment(mpmath.tanh, q) + strategy.bias_std**2
    assert held == pytest.approx(q, rel=1e-9)


@pytest.mark.lecture("S35")
@pytest.mark.parametrize(("name", "held"), [("gelu", 4), ("silu", 16), ("mish", 2)])
def test_where_no_biases_won_t_do_the_smallest_signal_that_attracts_is_held(name, held):
    strategy = init.critical.for_activation(name)
    sigma_w, sigma_b = strategy.point
    assert sigma_b > 0
    q = theory.fixed_point(name, sigma_w=sigma_w, sigma_b=sigma_b, start=1.01 * held)
    assert q == pytest.approx(held)
    assert theory.chi(name, sigma_w=sigma_w, q=q) == pytest.approx(1)
    assert theory.q_slope(name, q, sigma_w=sigma_w) < 1


def test_the_biases_deviation_can_be_chosen():
    strategy = init.get({"name": "critical", "activation": "tanh", "sigma_b": 0.25})
    assert strategy.bias_std == 0.25
    assert strategy.variance(**FANS) > 1 / 200


def test_an_activation_that_was_chosen_is_not_replaced_by_a_layers_own():
    chosen = init.critical.with_options(activation="relu")
    assert chosen.for_activation("tanh") is chosen


def test_without_an_activation_it_is_for_linear_units():
    assert init.critical.variance(**FANS) == pytest.approx(1 / 200)
    assert init.critical.bias_std == 0


def test_other_strategies_have_no_biases_and_do_not_depend_on_the_activation():
    assert init.he_normal.bias_std == 0
    assert init.he_normal.for_activation("tanh") is init.he_normal


def test_any_callable_with_a_derivative_is_an_activation():
    phi = theory.Activation("double", lambda x: 2 * x, lambda x: np.full_like(x, 2.0))
    assert init.critical.for_activation(phi).variance(**FANS) == pytest.approx(1 / 4 / 200)


def test_draws_have_the_variance_within_five_standard_errors():
    strategy = init.get({"name": "critical", "activation": "relu", "distribution": "uniform"})
    weights = strategy((300, 200), rng=5, **FANS)
    assert abs(np.mean(weights**2) / 0.01 - 1) < 5 * math.sqrt(0.8 / weights.size)
    assert np.abs(weights).max() <= math.sqrt(3 * 0.01)


@pytest.mark.parametrize("name", ["softplus", "heaviside"])
def test_an_activation_without_a_critical_point_is_refused_when_it_is_asked_for(name):
    with pytest.raises(ValueError, match=name):
        init.critical.for_activation(name).variance(**FANS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"activation": "rleu"}, "did you mean 'relu'"),
        ({"sigma_b": -1.0}, "sigma_b must be at least 0, got -1"),
        ({"q": math.inf}, "q must be finite, got inf"),
        ({"distribution": "cauchy"}, "distribution must be one of"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        init.get({"name": "critical", **options})


def test_sigma_b_and_q_are_not_both_free():
    with pytest.raises(TypeError, match="give sigma_b or q, not both"):
        init.critical.with_options(sigma_b=0.1, q=1.0)
