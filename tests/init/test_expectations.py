"""Gaussian expectations of activations and the gains (S35), against closed forms and mpmath."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from init import theory
from init.theory import quadrature

ALL = tuple(theory.ACTIVATIONS)
SMOOTH_ENOUGH = tuple(name for name in ALL if name not in {"heaviside", "sign"})
Q = st.floats(1e-6, 1e6)


def mp_normal_cdf(x):
    return mpmath.ncdf(x)


SELU_SCALE, SELU_ALPHA = mpmath.mpf("1.0507009873554805"), mpmath.mpf("1.6732632423543772")

# The textbook's definitions, in arbitrary precision.
ORACLES = {
    "linear": lambda x: x,
    "relu": lambda x: max(x, 0),
    "leaky_relu": lambda x: x if x > 0 else mpmath.mpf("0.01") * x,
    "elu": lambda x: x if x > 0 else mpmath.exp(x) - 1,
    "celu": lambda x: x if x > 0 else mpmath.exp(x) - 1,
    "selu": lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * (mpmath.exp(x) - 1)),
    "gelu": lambda x: x * mp_normal_cdf(x),
    "gelu_tanh": lambda x: (
        x / 2 * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3)))
    ),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "mish": lambda x: x * mpmath.tanh(mpmath.log(1 + mpmath.exp(x))),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "logsigmoid": lambda x: -mpmath.log(1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "tanh": mpmath.tanh,
    "hardtanh": lambda x: max(-1, min(1, x)),
    "erf": mpmath.erf,
    "sin": mpmath.sin,
    "exp": mpmath.exp,
    "heaviside": lambda x: 1 if x > 0 else 0,
    "sign": mpmath.sign,
}


def mp_expectation(function, q):
    """E[function(√q z)] by tanh-sinh quadrature on pieces, at 30 digits."""
    root_q = mpmath.sqrt(mpmath.mpf(q))
    pieces = sorted({*range(-14, 15, 2), -1 / root_q, 1 / root_q})
    return mpmath.quad(lambda z: function(root_q * z) * mpmath.npdf(z), pieces)


def test_every_named_activation_has_an_oracle():
    assert set(ORACLES) == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_named_activations_are_the_textbooks(name):
    points = [-8.0, -3.25, -1.5, -0.5, -1e-3, 1e-3, 0.25, 0.9, 1.5, 4.0, 8.0]
    found = theory.ACTIVATIONS[name](np.array(points))
    with mpmath.workdps(100):
        expected = [float(ORACLES[name](mpmath.mpf(x))) for x in points]
    assert found.tolist() == pytest.approx(expected, rel=1e-13, abs=1e-300)


@pytest.mark.parametrize("name", ALL)
def test_derivatives_are_the_derivatives(name):
    points = [-5.25, -1.5, -0.5, -1e-3, 1e-3, 0.25, 0.9, 1.5, 4.0]
    found = theory.ACTIVATIONS[name].derivative(np.array(points))
    with mpmath.workdps(100):
        expected = [float(mpmath.diff(ORACLES[name], mpmath.mpf(x), h=1e-12)) for x in points]
    assert found.tolist() == pytest.approx(expected, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize(
    ("name", "x", "slope"), [("tanh", 20.0, 4 * math.exp(-40)), ("sigmoid", -50.0, math.exp(-50))]
)
def test_derivatives_do_not_cancel_where_they_are_small(name, x, slope):
    """Slopes far out: tanh' ~ 4 exp(-2x) and sigmoid' ~ exp(-|x|)."""
    found = float(theory.ACTIVATIONS[name].derivative(np.array([x]))[0])
    assert found == pytest.approx(slope, rel=1e-13)


# S35: E[phi²], E[phi'²] and the two gains, at q = 1.
TABLE = {
    "relu": (0.5, 0.5, 1.414214, 1.712859),
    "tanh": (0.394294, 0.464403, 1.592537, 1.592537),
    "sigmoid": (0.293379, 0.044836, 1.846229, 4.801313),
    "gelu": (0.425221, 0.455851, 1.533530, 1.700926),
    "silu": (0.355776, 0.379482, 1.676532, 1.787187),
}


@pytest.mark.lecture("S35")
@pytest.mark.parametrize("name", TABLE)
def test_moments_and_gains_are_as_tabulated_to_the_last_digit(name):
    found = (
        theory.second_moment(name),
        theory.slope_moment(name),
        theory.gain(name),
        theory.gain(name, convention="centred"),
    )
    assert tuple(round(value, 6) for value in found) == TABLE[name]


@pytest.mark.lecture("S35")
def test_the_centred_gain_of_relu_in_closed_form():
    """V[relu(z)] = 1/2 - 1/(2 pi)."""
    found = theory.gain("relu", convention="centred")
    assert found == pytest.approx(1 / math.sqrt(0.5 - 0.5 / math.pi), rel=1e-13)


@pytest.mark.lecture("S35")
@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("q", [0.25, 4.0])
def test_second_moments_agree_with_mpmath(name, q):
    expected = mp_expectation(lambda x: ORACLES[name](x) ** 2, q)
    assert theory.second_moment(name, q) == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.lecture("S35")
@pytest.mark.slow
@pytest.mark.parametrize("name", SMOOTH_ENOUGH)
def test_slope_moments_agree_with_mpmath(name):
    """E[phi'²] from mpmath's own differences of the textbook's function."""

    def squared_slope(x):
        return mpmath.diff(ORACLES[name], x, h=mpmath.mpf("1e-12")) ** 2

    with mpmath.workdps(30):
        expected = mp_expectation(squared_slope, 1.0)
    assert theory.slope_moment(name, 1.0) == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sigmoid", "softplus", "exp", "tanh"])
def test_means_agree_with_mpmath(name):
    expected = float(mp_expectation(ORACLES[name], 2.0))
    assert theory.mean(name, 2.0) == pytest.approx(expected, rel=1e-12, abs=1e-14)


# E[phi(√q z)²] and E[phi'(√q z)²] in closed form, for any q.
CLOSED_FORMS = {
    "linear": (lambda q: q, lambda q: 1.0),
    "relu": (lambda q: q / 2, lambda q: 0.5),
    "leaky_relu": (lambda q: q * 1.0001 / 2, lambda q: 1.0001 / 2),
    "erf": (  # C. Williams, "Computation with infinite neural networks", 1998, eq. 11
        lambda q: 2 / math.pi * math.asin(2 * q / (1 + 2 * q)),
        lambda q: 4 / math.pi / math.sqrt(1 + 4 * q),
    ),
    "sin": (lambda q: -math.expm1(-2 * q) / 2, lambda q: (1 + math.exp(-2 * q)) / 2),
}


@pytest.mark.lecture("S35")
@pytest.mark.parametrize("name", CLOSED_FORMS)
@given(q=st.floats(1e-8, 100))
def test_closed_forms_hold_to_eleven_digits(name, q):
    second, slope = CLOSED_FORMS[name]
    assert theory.second_moment(name, q) == pytest.approx(second(q), rel=1e-11)
    assert theory.slope_moment(name, q) == pytest.approx(slope(q), rel=1e-11)


@pytest.mark.lecture("S35")
@pytest.mark.parametrize("name", ["linear", "relu", "erf"])
@pytest.mark.parametrize("q", [1e-200, 1e-12, 1e8, 1e200])
def test_closed_forms_hold_for_extreme_variances(name, q):
    second, slope = CLOSED_FORMS[name]
    if name != "erf" or q < 1e10:  # arcsine's own rounding
        assert theory.second_moment(name, q) == pytest.approx(second(q), rel=1e-11)
    assert theory.slope_moment(name, q) == pytest.approx(slope(q), rel=1e-11)


@pytest.mark.lecture("S35")
@given(q=st.floats(0.01, 20))
def test_exp_has_its_log_normal_moments(q):
    assert theory.mean("exp", q) == pytest.approx(math.exp(q / 2), rel=1e-11)
    assert theory.second_moment("exp", q) == pytest.approx(math.exp(2 * q), rel=1e-11)


@pytest.mark.lecture("S35")
@given(q=st.floats(1e-3, 1e3))
def test_hardtanh_between_its_two_kinks(q):
    """E[phi'²] = P(|x| < 1), and E[phi²] = E[x², |x| < 1] + P(|x| > 1)."""
    edge = 1 / math.sqrt(q)
    inside = math.erf(edge / math.sqrt(2))
    density = math.exp(-(edge**2) / 2) / math.sqrt(2 * math.pi)
    assert theory.slope_moment("hardtanh", q) == pytest.approx(inside, rel=1e-11)
    expected = q * (inside - 2 * edge * density) + math.erfc(edge / math.sqrt(2))
    assert theory.second_moment("hardtanh", q) == pytest.approx(expected, rel=1e-9)


@pytest.mark.lecture("S35")
def test_a_narrow_slope_is_not_missed():
    """For large q, E[tanh'(√q z)²] √(2 pi q) tends to the integral of sech⁴, which is 4/3."""
    q = 1e16
    found = theory.slope_moment("tanh", q) * math.sqrt(2 * math.pi * q)
    assert found == pytest.approx(4 / 3, rel=1e-12)


@pytest.mark.lecture("S35")
def test_a_kink_that_was_not_declared_costs_time_and_not_digits():
    """E[1(z > 0.3)] is a normal tail; E[(z - 0.3)₊²] too, in closed form."""
    tail = math.erfc(0.3 / math.sqrt(2)) / 2
    density = math.exp(-(0.3**2) / 2) / math.sqrt(2 * math.pi)
    step = theory.second_moment(lambda x: np.where(x > 0.3, 1.0, 0.0))
    ramp = theory.second_moment(lambda x: np.maximum(x - 0.3, 0.0))
    assert step == pytest.approx(tail, rel=1e-11)
    assert ramp == pytest.approx((1 + 0.09) * tail - 0.3 * density, rel=1e-11)


@pytest.mark.lecture("S35")
def test_an_integrable_pole_of_the_slope_is_integrated():
    """For |x|^(3/4), E[phi'²] = (9/16) E[|z|^(-1/2)], a Gamma function."""
    found = theory.slope_moment(
        lambda x: np.abs(x) ** 0.75,
        derivative=lambda x: 0.75 * np.sign(x) * np.abs(x) ** -0.25,
        kinks=(0.0,),
    )
    absolute_moment = 2 ** (-0.25) * math.gamma(0.25) / math.sqrt(math.pi)
    assert found == pytest.approx(9 / 16 * absolute_moment, rel=1e-9)


@pytest.mark.parametrize("name", ALL)
def test_at_q_0_the_second_moment_is_that_of_phi_at_0(name):
    at_zero = float(ORACLES[name](mpmath.mpf(0)))
    assert theory.second_moment(name, 0.0) == pytest.approx(at_zero**2, rel=1e-15)


@pytest.mark.parametrize(
    ("name", "slope"), [("relu", 0.5), ("tanh", 1.0), ("gelu", 0.25), ("leaky_relu", 1.0001 / 2)]
)
def test_at_q_0_the_slope_moment_is_the_limit_over_both_sides(name, slope):
    assert theory.slope_moment(name, 0.0) == pytest.approx(slope, rel=1e-15)
    assert theory.slope_moment(name, 1e-12) == pytest.approx(slope, rel=1e-5)


class Squash:
    """An op record as another package may have it: callable, with derivative and kinks."""

    name = "squash"
    kinks = (-1, 1)

    def __call__(self, x):
        return np.clip(x, -1, 1)

    def derivative(self, x):
        return np.where(np.abs(x) < 1, 1.0, 0.0)


def test_an_object_with_derivative_and_kinks_is_an_activation():
    assert theory.slope_moment(Squash()) == theory.slope_moment("hardtanh")
    assert theory.gain(Squash()) == theory.gain("hardtanh")
    assert theory.as_activation(Squash()).kinks == (-1.0, 1.0)


def test_arguments_go_before_attributes():
    found = theory.as_activation(Squash(), derivative=np.zeros_like, kinks=(3, 2, 2))
    assert found.derivative is np.zeros_like
    assert found.kinks == (2.0, 3.0)


def test_a_plain_function_is_enough_for_what_needs_no_derivative():
    assert theory.gain(np.tanh) == theory.gain("tanh")
    with pytest.raises(TypeError, match="derivative of tanh must be known, got None: pass"):
        theory.slope_moment(np.tanh)


@pytest.mark.parametrize("name", ["heaviside", "sign"])
def test_the_slope_of_an_activation_that_jumps_is_infinite_and_said_so(name):
    with pytest.raises(ValueError, match=rf"{name} jumps by \d at 0, so E\[phi'\^2\] and chi"):
        theory.slope_moment(name)


@pytest.mark.parametrize(
    ("phi", "options"),
    [
        (lambda x: np.exp(x**2), {}),
        (lambda x: np.exp(np.abs(x) ** 1.99), {}),
        (lambda x: np.exp(x**2 / 4), {}),
        (np.exp, {"q": 343.0}),
        (np.exp, {"q": 400.0}),
        (lambda x: 1 / x, {}),
        (np.log, {}),
        (lambda x: np.abs(x) ** -0.5, {}),
    ],
)
def test_an_activation_without_finite_moments_is_refused(phi, options):
    with pytest.raises(ValueError, match=r"no finite Gaussian moment E\[phi\^2\] at q = "):
        theory.gain(phi, **options)


def test_an_activation_that_is_noise_is_refused_and_does_not_fill_the_memory():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="does not converge"):
        theory.second_moment(lambda x: rng.normal(size=x.shape))


def test_a_moment_may_be_finite_for_small_q_only():
    """E[exp(x²)²] = 1/√(1-4q) below q = 1/4."""
    found = theory.second_moment(lambda x: np.exp(x**2), q=0.1)
    assert found == pytest.approx(1 / math.sqrt(0.6), rel=1e-12)


@pytest.mark.parametrize(
    ("phi", "convention", "message"),
    [
        (np.zeros_like, "moment", r"zeros_like has no gain: E\[phi\^2\] is 0"),
        (lambda x: 0 * x + 0.3, "centred", r"has no gain: V\[phi\] is 0"),
        (lambda x: np.cos(x) ** 2 + np.sin(x) ** 2, "centred", r"has no gain: V\[phi\] is 0"),
        ("relu", "other", "convention must be one of moment, centred, torch, got 'other'"),
        ("gelu", "torch", "activation must be one of linear, .* got 'gelu'"),
    ],
    ids=["zero", "constant", "noisy constant", "convention", "not in the table"],
)
def test_gains_that_do_not_exist(phi, convention, message):
    with pytest.raises(ValueError, match=message):
        theory.gain(phi, convention=convention)


@pytest.mark.parametrize(
    ("phi", "options", "error", "message"),
    [
        ("rellu", {}, ValueError, "did you mean 'relu'"),
        (3.0, {}, TypeError, "must be a name or a callable on arrays, got 3.0"),
        (math.tanh, {}, TypeError, "must map a float64 array to a float array of the same shape"),
        (lambda x: x > 0, {}, TypeError, "dtype bool"),
        (np.sum, {}, TypeError, r"which makes one of shape \(\)"),
        ("tanh", {"derivative": 3}, TypeError, "derivative must be a callable on arrays, got 3"),
        ("tanh", {"derivative": math.cos}, TypeError, "derivative must map a float64 array"),
        ("tanh", {"kinks": [math.nan]}, ValueError, "a kink must be finite"),
    ],
)
def test_what_is_no_activation(phi, options, error, message):
    with pytest.raises(error, match=message):
        theory.as_activation(phi, **options)


@pytest.mark.parametrize("function", [theory.mean, theory.second_moment, theory.slope_moment])
@pytest.mark.parametrize(
    ("q", "error"), [(-1.0, ValueError), (math.nan, ValueError), ("1", TypeError)]
)
def test_a_bad_variance_is_refused(function, q, error):
    with pytest.raises(error, match="q must be "):
        function("tanh", q)


@given(target=st.floats(-0.99, 0.99))
def test_root_finds_the_inverse_of_a_known_function(target):
    found = quadrature.root(lambda x: math.tanh(x) - target, -10.0, 10.0)
    assert found == pytest.approx(math.atanh(target), rel=1e-11, abs=1e-14)


def test_root_takes_an_end_that_is_a_root_already():
    assert quadrature.root(lambda x: x, 0.0, 1.0) == 0.0
    assert quadrature.root(lambda x: x - 1, 0.0, 1.0) == 1.0
