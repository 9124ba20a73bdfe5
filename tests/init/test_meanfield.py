"""Deep networks of an activation (S35): variance map, fixed points, chi, criticality, correlations.

Closed forms: ReLU (He et al. 2015; Cho & Saul 2009), erf (Williams 1998), and sin, for which
E[sin u sin v] = exp(-q) sinh(q c) and E[cos u cos v] = exp(-q) cosh(q c).
"""

import math
import tracemalloc

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import init
from init import theory
from init.theory import quadrature

SIGMA = st.floats(0.1, 3)
SOME = ("relu", "tanh", "gelu", "selu", "softsign", "hardtanh", "sigmoid")


def erf_second(q):
    return 2 / math.pi * math.asin(2 * q / (1 + 2 * q))


@pytest.mark.lecture("S35")
@given(q=st.floats(1e-3, 50), sigma_w=SIGMA, sigma_b=SIGMA)
def test_q_map_and_chi_in_closed_form(q, sigma_w, sigma_b):
    relu = sigma_w**2 * q / 2 + sigma_b**2
    erf = sigma_w**2 * erf_second(q) + sigma_b**2
    assert theory.q_map("relu", q, sigma_w=sigma_w, sigma_b=sigma_b) == pytest.approx(relu)
    assert theory.q_map("erf", q, sigma_w=sigma_w, sigma_b=sigma_b) == pytest.approx(erf, rel=1e-11)
    assert theory.chi("relu", q=q, sigma_w=sigma_w) == pytest.approx(sigma_w**2 / 2)
    assert theory.chi("sin", q=q, sigma_w=sigma_w) == pytest.approx(
        sigma_w**2 * (1 + math.exp(-2 * q)) / 2, rel=1e-11
    )


@pytest.mark.lecture("S35")
@given(q=st.floats(1e-3, 50), sigma_w=SIGMA)
def test_the_slope_of_the_variance_map(q, sigma_w):
    """d/dq of the closed forms: 1/2 for ReLU, exp(-2q) for sin."""
    assert theory.q_slope("relu", q, sigma_w=sigma_w) == pytest.approx(sigma_w**2 / 2)
    assert theory.q_slope("sin", q, sigma_w=sigma_w) == pytest.approx(
        sigma_w**2 * math.exp(-2 * q), rel=1e-9, abs=1e-12
    )


@pytest.mark.lecture("S35")
@pytest.mark.parametrize("q", [0.1, 1.0, 7.0])
def test_the_slope_of_erfs_variance_map(q):
    exact = mpmath.diff(lambda p: 2 / mpmath.pi * mpmath.asin(2 * p / (1 + 2 * p)), q)
    assert theory.q_slope("erf", q, sigma_w=1.0) == pytest.approx(float(exact), rel=1e-10)


@pytest.mark.lecture("S35")
@given(sigma_w=st.floats(0.1, 1.4), sigma_b=st.floats(0.01, 3))
def test_relus_fixed_point_is_its_closed_form(sigma_w, sigma_b):
    exact = sigma_b**2 / (1 - sigma_w**2 / 2)
    found = theory.fixed_point("relu", sigma_w=sigma_w, sigma_b=sigma_b)
    assert found == pytest.approx(exact, rel=1e-9)


@pytest.mark.lecture("S35")
@given(power=st.integers(-40, 40), sigma_w=st.floats(0.01, 1.4))
def test_relus_fixed_point_where_halving_and_doubling_meet_it(power, sigma_w):
    """The search halves and doubles q from 1: it comes to a power of two itself, not past it."""
    q = 2.0**power
    sigma_b = math.sqrt(q * (1 - sigma_w**2 / 2))
    found = theory.fixed_point("relu", sigma_w=sigma_w, sigma_b=sigma_b)
    assert found == pytest.approx(q, rel=1e-9)


@pytest.mark.lecture("S35")
@given(power=st.integers(-40, 40), sigma_w=st.floats(0.01, 0.99))
def test_a_linear_networks_fixed_point(power, sigma_w):
    """Q = σ_w² q + σ_b², at the powers of two that the search comes to, and between them."""
    for q in (2.0**power, 1.3 * 2.0**power):
        sigma_b = math.sqrt(q * (1 - sigma_w) * (1 + sigma_w))
        found = theory.fixed_point("linear", sigma_w=sigma_w, sigma_b=sigma_b)
        assert found == pytest.approx(q, rel=1e-8 / (1 - sigma_w))


@pytest.mark.slow
@pytest.mark.lecture("S35")
@given(power=st.integers(-20, 10), sigma_w=st.floats(0.01, 0.8))
def test_erfs_fixed_point(power, sigma_w):
    """The bias is chosen so that q is the fixed point of Williams's closed form."""
    for q in (2.0**power, 1.3 * 2.0**power):
        second = float(2 / mpmath.pi * mpmath.asin(mpmath.mpf(2 * q) / (1 + 2 * q)))
        if sigma_w**2 * second >= q:  # then no bias is small enough
            continue
        sigma_b = math.sqrt(q - sigma_w**2 * second)
        found = theory.fixed_point("erf", sigma_w=sigma_w, sigma_b=sigma_b)
        assert found == pytest.approx(q, rel=1e-8)


def test_a_bracket_without_a_change_of_sign_is_refused():
    with pytest.raises(ValueError, match="opposite sign"):
        quadrature.root(lambda q: 1 + q * q, 0.0, 1.0)


@pytest.mark.lecture("S35")
@pytest.mark.slow
@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize(("sigma_w", "sigma_b"), [(1.3, 0.2), (0.5, 1.0), (1.0, 0.1)])
def test_a_fixed_point_is_where_iteration_ends(name, sigma_w, sigma_b):
    """Thousands of layers, one after the other, with an expectation by simple quadrature."""
    z = np.linspace(-12, 12, 24_001)
    density = np.exp(-(z**2) / 2)
    density /= density.sum()
    phi = theory.ACTIVATIONS[name]
    q = 1.0
    for _ in range(3000):
        last, q = q, sigma_w**2 * float(density @ phi(math.sqrt(q) * z) ** 2) + sigma_b**2
        if abs(q - last) < 1e-13 * q:
            break
    found = theory.fixed_point(name, sigma_w=sigma_w, sigma_b=sigma_b)
    assert found == pytest.approx(q, rel=1e-6)  # the simple rule's error at the kinks


@pytest.mark.lecture("S35")
@pytest.mark.slow
@given(sigma_w=st.floats(0.01, 1))
def test_a_signal_below_criticality_dies_out(sigma_w):
    assert theory.fixed_point("tanh", sigma_w=sigma_w) == 0.0


@pytest.mark.lecture("S35")
@pytest.mark.parametrize(
    ("name", "sigma_w"), [("tanh", 1.0), ("sin", 1.0), ("softsign", 1.0), ("hardtanh", 1.0)]
)
def test_at_criticality_a_signal_dies_out_too_if_slowly(name, sigma_w):
    """There M(q) = q - O(q²), which no rounding error may turn into a fixed point above 0."""
    assert theory.fixed_point(name, sigma_w=sigma_w) == 0.0


@pytest.mark.lecture("S35")
def test_above_criticality_tanh_keeps_a_signal_however_weak_it_starts():
    strong = theory.fixed_point("tanh", sigma_w=1.5)
    weak = theory.fixed_point("tanh", sigma_w=1.5, start=1e-9)
    assert strong > 0.1
    assert weak == pytest.approx(strong, rel=1e-10)


@pytest.mark.lecture("S35")
@pytest.mark.parametrize("start", [0.01, 1.0, 50.0])
def test_he_passes_every_variance_on(start):
    assert theory.fixed_point("relu", sigma_w=math.sqrt(2), start=start) == start


@pytest.mark.lecture("S35")
def test_selu_has_the_fixed_point_it_was_made_for():
    """Klambauer et al. 2017: mean 0 and variance 1 are kept by weights of variance 1/fan_in."""
    assert theory.mean("selu") == pytest.approx(0, abs=1e-12)
    assert theory.fixed_point("selu", sigma_w=1.0, start=2.0) == pytest.approx(1.0, rel=1e-9)
    assert abs(theory.q_slope("selu", 1.0, sigma_w=1.0)) < 1


@pytest.mark.lecture("S35")
@pytest.mark.slow
@given(q=st.floats(0.3, 20))
def test_a_fixed_point_of_erf_from_its_closed_form(q):
    """Choose q* and sigma_w, get sigma_b from the closed form, and find q* again."""
    sigma_w = 0.9 * math.sqrt(q / erf_second(q))
    sigma_b = math.sqrt(q - sigma_w**2 * erf_second(q))
    found = theory.fixed_point("erf", sigma_w=sigma_w, sigma_b=sigma_b)
    assert found == pytest.approx(q, rel=1e-9)


@pytest.mark.lecture("S35")
@pytest.mark.parametrize(
    ("name", "sigma_w", "sigma_b"),
    [
        ("relu", 1.5, 0.0),
        ("relu", math.sqrt(2), 0.1),
        ("linear", 1.01, 0.0),
        ("exp", 1.0, 0.0),
        ("softplus", 1.5, 0.0),
    ],
)
def test_an_impossible_fixed_point_is_an_error(name, sigma_w, sigma_b):
    with pytest.raises(ValueError, match=rf"{name} has no fixed point at .*grows without end"):
        theory.fixed_point(name, sigma_w=sigma_w, sigma_b=sigma_b)


@pytest.mark.lecture("S35")
def test_exp_settles_where_its_weights_are_small_enough():
    """The lower solution of q = w² exp(2q) is -W(-2w²)/2, with Lambert's W."""
    sigma_w = 0.3
    exact = -mpmath.lambertw(-2 * sigma_w**2) / 2
    assert theory.fixed_point("exp", sigma_w=sigma_w) == pytest.approx(float(exact), rel=1e-10)


@pytest.mark.lecture("S35")
@pytest.mark.parametrize("name", ["relu", "linear"])
def test_critical_points_of_homogeneous_units(name):
    """He: sigma_w = √2 for ReLU; LeCun: 1 for linear units; no biases."""
    sigma_w, sigma_b = theory.critical(name)
    assert sigma_w == pytest.approx({"relu": math.sqrt(2), "linear": 1.0}[name], rel=1e-13)
    assert sigma_b == 0
    with pytest.raises(ValueError, match=r"no attracting critical point with sigma_b = 0.1"):
        theory.critical(name, sigma_b=0.1)


@pytest.mark.lecture("S35")
@pytest.mark.parametrize(
    ("name", "sigma_w"),
    [("tanh", 1.0), ("softsign", 1.0), ("hardtanh", 1.0), ("erf", math.sqrt(math.pi) / 2)],
)
def test_without_biases_odd_units_are_critical_at_one_over_their_slope(name, sigma_w):
    assert theory.critical(name, sigma_b=0.0) == pytest.approx((sigma_w, 0.0), rel=1e-12)


@pytest.mark.lecture("S35")
@pytest.mark.slow
@settings(max_examples=30)
@given(q=st.floats(0.05, 8))
def test_the_critical_line_of_sin_by_q_and_by_sigma_b(q):
    """Closed: chi = 1 gives sigma_w² = 2/(1 + exp(-2q)); then sigma_b² = q - tanh q."""
    exact = (math.sqrt(2 / (1 + math.exp(-2 * q))), math.sqrt(q - math.tanh(q)))
    assert theory.critical("sin", q=q) == pytest.approx(exact, rel=1e-9)
    assert theory.critical("sin", sigma_b=exact[1]) == pytest.approx(exact, rel=1e-8)


@pytest.mark.lecture("S35")
@pytest.mark.slow
@settings(max_examples=30)
@given(q=st.floats(0.05, 30))
def test_the_critical_line_of_erf(q):
    sigma_w = math.sqrt(math.pi / 4 * math.sqrt(1 + 4 * q))
    exact = (sigma_w, math.sqrt(q - sigma_w**2 * erf_second(q)))
    assert theory.critical("erf", q=q) == pytest.approx(exact, rel=1e-9)
    assert theory.critical("erf", sigma_b=exact[1]) == pytest.approx(exact, rel=1e-8)


@pytest.mark.lecture("S35")
@pytest.mark.parametrize(
    ("name", "q", "weight_variance", "bias_variance"),
    [
        ("gelu", (3 + math.sqrt(17)) / 2, 1.98305826, 0.17292239),
        ("silu", 14.32017362, 1.98800468, 0.55514317),
    ],
)
def test_the_published_critical_points_of_gelu_and_swish(name, q, weight_variance, bias_variance):
    """Roberts, Yaida & Hanin 2022, section 5.3.4: where chi and the slope of the map are both 1."""
    sigma_w, sigma_b = theory.critical(name, q=q)
    assert sigma_w**2 == pytest.approx(weight_variance, abs=1e-8)
    assert sigma_b**2 == pytest.approx(bias_variance, abs=1e-8)
    assert theory.q_slope(name, q, sigma_w=sigma_w) == pytest.approx(1.0, abs=1e-10)


@pytest.mark.lecture("S35")
@pytest.mark.parametrize(
    ("name", "sigma_b"),
    [("tanh", 0.3), ("gelu", 0.5), ("silu", 1.0), ("sigmoid", 0.0), ("sigmoid", 0.5), ("elu", 0.2)],
)
def test_at_a_critical_point_chi_is_1_and_the_variance_stays(name, sigma_b):
    sigma_w, same = theory.critical(name, sigma_b=sigma_b)
    assert same == sigma_b
    q = theory.fixed_point(name, sigma_w=sigma_w, sigma_b=sigma_b)
    assert q > 0
    assert theory.chi(name, sigma_w=sigma_w, q=q) == pytest.approx(1.0, rel=1e-7)


@pytest.mark.lecture("S35")
@pytest.mark.parametrize("name", ["gelu", "silu", "softplus", "exp"])
def test_no_attracting_critical_point_without_biases(name):
    """Roberts, Yaida & Hanin 2022, sections 5.3.3-4, for softplus, gelu and swish."""
    with pytest.raises(
        ValueError, match=rf"{name} has no attracting critical point .* sigma_b = 0"
    ):
        theory.critical(name, sigma_b=0.0)


@pytest.mark.lecture("S35")
@pytest.mark.parametrize("name", ["relu", "tanh", "gelu", "silu", "mish", "erf"])
def test_theory_and_the_strategy_have_the_same_point(name):
    assert theory.critical(name) == init.critical.for_activation(name).point


@pytest.mark.lecture("S35")
def test_a_q_that_no_bias_can_hold():
    with pytest.raises(
        ValueError, match=r"sigmoid has no critical point with q = 1: .* give anoth"
    ):
        theory.critical("sigmoid", q=1.0)


@pytest.mark.lecture("S35")
@pytest.mark.parametrize("name", ["heaviside", "sign"])
@pytest.mark.parametrize(
    "ask",
    [
        lambda name: theory.chi(name, sigma_w=1.0, q=1.0),
        theory.critical,
        lambda name: theory.depth_scale(name, sigma_w=1.0),
    ],
    ids=["chi", "critical", "depth_scale"],
)
def test_jumps_have_no_chi(name, ask):
    with pytest.raises(ValueError, match=f"{name} jumps by"):
        ask(name)


@pytest.mark.lecture("S35")
def test_a_jump_still_has_a_variance():
    assert theory.fixed_point("sign", sigma_w=1.5, sigma_b=0.5) == pytest.approx(2.5)


def test_a_constant_is_never_critical():
    with pytest.raises(ValueError, match="its slope is 0"):
        theory.critical(np.ones_like, derivative=np.zeros_like, q=1.0)


BAD = [
    (lambda: theory.q_map("tanh", 1.0, sigma_w=-1.0), ValueError, "sigma_w must be at least 0"),
    (lambda: theory.q_map("tanh", -1.0, sigma_w=1.0), ValueError, "q must be at least 0"),
    (lambda: theory.chi("tanh", q=1.0, sigma_w="1"), TypeError, "sigma_w must be a real number"),
    (
        lambda: theory.q_slope("tanh", 0.0, sigma_w=1.0),
        ValueError,
        "q must be above 0, got 0: the slope",
    ),
    (lambda: theory.fixed_point("tanh", sigma_w=1.0, sigma_b=-1), ValueError, "sigma_b must be"),
    (lambda: theory.fixed_point("tanh", sigma_w=1.0, start=0.0), ValueError, "start must be above"),
    (lambda: theory.critical("tanh", sigma_b=0.1, q=1.0), TypeError, "sigma_b or q, not both"),
    (lambda: theory.critical("tanh", q=0.0), ValueError, "q must be above 0, got 0"),
    (lambda: theory.critical(np.tanh), TypeError, "the derivative of tanh must be known"),
    (lambda: theory.correlation_map("tanh", 1.5, sigma_w=1.0), ValueError, "c must be a corr"),
    (lambda: theory.correlation_map("tanh", 0.5, sigma_w=0.5), ValueError, "no signal to corr"),
    (lambda: theory.correlation_map("relu", 0.5, sigma_w=2.0), ValueError, "no fixed point"),
]


@pytest.mark.parametrize(("ask", "error", "message"), BAD, ids=[row[2] for row in BAD])
def test_bad_input_is_refused(ask, error, message):
    with pytest.raises(error, match=message):
        ask()


@pytest.mark.lecture("S35")
@pytest.mark.slow
@settings(max_examples=50)
@given(c=st.floats(-1, 1))
def test_relus_correlation_map(c):
    """The arc-cosine kernel of Cho & Saul 2009, eq. 6, normalised."""
    exact = (math.sqrt(1 - c * c) + (math.pi - math.acos(c)) * c) / math.pi
    found = theory.correlation_map("relu", c, sigma_w=math.sqrt(2), q=2.0)
    assert found == pytest.approx(exact, abs=1e-11)


@pytest.mark.lecture("S35")
@pytest.mark.slow
@settings(max_examples=20)  # erf is slow
@given(c=st.floats(-1, 1), q=st.floats(0.01, 20))
def test_erfs_correlation_map_is_its_closed_form(c, q):
    exact = math.asin(2 * q * c / (1 + 2 * q)) / math.asin(2 * q / (1 + 2 * q))
    found = theory.correlation_map("erf", c, sigma_w=1.3, q=q)
    assert found == pytest.approx(exact, abs=1e-10)


@pytest.mark.lecture("S35")
@pytest.mark.slow
@settings(max_examples=50)
@given(c=st.floats(-1, 1), q=st.floats(0.01, 5))
def test_sins_correlation_map_with_biases(c, q):
    same = math.exp(-q) * math.sinh(q) + 0.25
    exact = (math.exp(-q) * math.sinh(q * c) + 0.25) / same
    found = theory.correlation_map("sin", c, sigma_w=1.0, sigma_b=0.5, q=q)
    assert found == pytest.approx(exact, abs=1e-11)


@pytest.mark.lecture("S35")
@pytest.mark.parametrize("name", SOME)
def test_equal_inputs_stay_equal(name):
    assert theory.correlation_map(name, 1.0, sigma_w=1.2, sigma_b=0.3, q=1.0) == pytest.approx(1.0)


@pytest.mark.lecture("S35")
@pytest.mark.parametrize("name", ["tanh", "gelu", "sigmoid"])
def test_the_correlation_maps_slope_at_1_is_chi(name):
    """Poole et al. 2016, eq. 5, at the fixed point, by a one-sided difference."""
    sigma_w, sigma_b = 1.3, 0.5
    q = theory.fixed_point(name, sigma_w=sigma_w, sigma_b=sigma_b)
    gap = 1e-5
    c = theory.correlation_map(name, 1 - gap, sigma_w=sigma_w, sigma_b=sigma_b)
    chi = theory.chi(name, sigma_w=sigma_w, q=q)
    assert (1 - c) / gap == pytest.approx(chi, rel=1e-4)


@pytest.mark.lecture("S35")
@pytest.mark.parametrize("name", ["tanh", "sin", "softsign", "hardtanh", "erf"])
def test_in_chaos_without_biases_odd_units_make_all_inputs_unrelated(name):
    assert theory.correlation_fixed_point(name, sigma_w=2.5) == 0.0


@pytest.mark.lecture("S35")
def test_relu_makes_all_inputs_alike():
    assert theory.correlation_fixed_point("relu", sigma_w=1.0, sigma_b=0.5) == 1.0


@pytest.mark.lecture("S35")
@pytest.mark.slow
@pytest.mark.parametrize(("q", "sigma_w"), [(2.0, 1.6), (4.0, 1.9), (1.0, 1.4)])
def test_in_chaos_two_inputs_keep_apart(q, sigma_w):
    """For sin: q* is held by sigma_b² = q - w² exp(-q) sinh(q), and c* solves the closed map."""
    sigma_b = math.sqrt(q - sigma_w**2 * math.exp(-q) * math.sinh(q))

    def growth(c):
        return (sigma_w**2 * mpmath.exp(-q) * mpmath.sinh(q * c) + sigma_b**2) / q - c

    exact = mpmath.findroot(growth, (0.0, 0.9), solver="anderson")
    found = theory.correlation_fixed_point("sin", sigma_w=sigma_w, sigma_b=sigma_b)
    assert found < 1
    assert found == pytest.approx(float(exact), rel=1e-8)
    rate = sigma_w**2 * math.exp(-q) * math.cosh(q * float(exact))
    scale = theory.depth_scale("sin", sigma_w=sigma_w, sigma_b=sigma_b)
    assert scale.correlation == pytest.approx(-1 / math.log(rate), rel=1e-6)
    decay = sigma_w**2 * math.exp(-2 * q)
    assert scale.variance == pytest.approx(-1 / math.log(decay), rel=1e-7)


@pytest.mark.lecture("S35")
@pytest.mark.parametrize("sigma_w", [0.5, 1.0, 1.3])
def test_relus_depth_scales(sigma_w):
    """Both rates are sigma_w²/2."""
    exact = -1 / math.log(sigma_w**2 / 2)
    scale = theory.depth_scale("relu", sigma_w=sigma_w, sigma_b=0.3)
    assert scale == pytest.approx((exact, exact), rel=1e-9)


@pytest.mark.lecture("S35")
def test_depth_scales_where_the_signal_dies_out():
    """Near 0 tanh is linear: both rates are sigma_w²."""
    exact = -1 / math.log(0.64)
    assert theory.depth_scale("tanh", sigma_w=0.8) == pytest.approx((exact, exact), rel=1e-9)
    assert theory.depth_scale("tanh", sigma_w=0.0) == (0.0, 0.0)


@pytest.mark.lecture("S35")
def test_at_criticality_a_difference_is_never_forgotten():
    assert theory.depth_scale("relu", sigma_w=math.sqrt(2)) == (math.inf, math.inf)
    assert theory.depth_scale("tanh", sigma_w=1.0).correlation == math.inf


def test_the_correlation_of_large_signals_takes_little_memory():
    """The tanh of a large number is its sign: by Grothendieck's identity E is (2/π) arcsin c."""
    tracemalloc.start()
    found = theory.correlation_map("tanh", 0.5, sigma_w=1.0, q=1e6)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == pytest.approx(2 / math.pi * math.asin(0.5), rel=0.01)
    assert peak < 2**26


@pytest.mark.parametrize("q", [1e3, 1e6, 1e20])
@pytest.mark.parametrize("c", [-0.9, 0.3, 0.99])
def test_the_correlation_of_a_signal_that_explodes(c, q):
    """Relu's map has no scale (Cho & Saul 2009, eq. 6), and gelu's is relu's far from 0."""
    exact = (math.sqrt(1 - c * c) + c * (math.pi - math.acos(c))) / math.pi
    assert theory.correlation_map("relu", c, sigma_w=1.0, q=q) == pytest.approx(exact, rel=1e-10)
    if q == 1e20:
        found = theory.correlation_map("gelu", c, sigma_w=1.0, q=q)
        assert found == pytest.approx(exact, rel=1e-8)


def test_the_correlation_of_signs():
    found = theory.correlation_map("tanh", 0.3, sigma_w=1.0, q=1e20)
    assert found == pytest.approx(2 / math.pi * math.asin(0.3), rel=1e-8)


def test_an_activation_that_varies_too_fast_for_its_signal_is_refused_at_once():
    with pytest.raises(ValueError, match=r"sin has no finite Gaussian moment.* too fast"):
        theory.correlation_map("sin", 0.3, sigma_w=1.0, q=1e7)
