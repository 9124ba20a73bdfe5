"""Rules for means and variances (S29) and the laws of deep networks (S30 to S34).

The oracle is enumeration: small distributions, and small networks with weights of ±1, whose
expectations are exact sums.
"""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from init import theory
from init.theory import MeanVariance

OUTCOMES = st.lists(st.fractions(-5, 5, max_denominator=8), min_size=1, max_size=4)


def law_of(outcomes):
    """Mean and variance of equally likely outcomes, exactly."""
    mean = Fraction(sum(outcomes)) / len(outcomes)
    return MeanVariance(mean, sum((x - mean) ** 2 for x in outcomes) / len(outcomes))


@pytest.mark.lecture("S29")
@pytest.mark.slow
@given(x=OUTCOMES, y=OUTCOMES, z=OUTCOMES)
def test_sums_of_independent_variables(x, y, z):
    every_sum = [a + b + c for a, b, c in itertools.product(x, y, z)]
    assert theory.independent_sum(law_of(x), law_of(y), law_of(z)) == law_of(every_sum)


@pytest.mark.lecture("S29")
@pytest.mark.slow
@given(x=OUTCOMES, y=OUTCOMES, z=OUTCOMES)
def test_products_of_independent_variables(x, y, z):
    every_product = [a * b * c for a, b, c in itertools.product(x, y, z)]
    assert theory.independent_product(law_of(x), law_of(y), law_of(z)) == law_of(every_product)


@pytest.mark.lecture("S29")
@given(x=OUTCOMES)
def test_the_second_moment_is_the_variance_plus_the_squared_mean(x):
    assert law_of(x).second_moment == sum(a * a for a in x) / Fraction(len(x))


@pytest.mark.lecture("S29")
def test_empty_sums_and_products():
    assert theory.independent_sum() == MeanVariance(0, 0)
    assert theory.independent_product() == MeanVariance(1, 0)


@pytest.mark.lecture("S29")
def test_a_negative_variance_is_refused():
    with pytest.raises(ValueError, match="variance must be at least 0, got -1"):
        MeanVariance(0.0, -1.0)


@pytest.mark.lecture("S29")
@pytest.mark.parametrize(("ones", "n"), [(1, 2), (1, 10), (7, 9)])
def test_moments_are_standardised(ones, n):
    """A coin of probability p: skew (1-2p)/sqrt(p(1-p)), kurtosis 1/(p(1-p)) - 3."""
    p = ones / n
    pq = p * (1 - p)
    found = theory.moments([1.0] * ones + [0.0] * (n - ones))
    expected = (p, pq, (1 - 2 * p) / math.sqrt(pq), 1 / pq - 3)
    assert found == pytest.approx(expected, rel=1e-13, abs=1e-15)


@pytest.mark.lecture("S29")
def test_the_kurtosis_of_a_uniform_is_nine_fifths_and_not_the_excess():
    grid = (np.arange(10**5) + 0.5) / 10**5
    mean, variance, skew, kurtosis = theory.moments(grid)
    assert (mean, variance) == pytest.approx((0.5, 1 / 12), rel=1e-9)
    assert (skew, kurtosis) == pytest.approx((0.0, 9 / 5), abs=1e-9)


@pytest.mark.lecture("S29")
def test_moments_of_a_constant_have_no_shape():
    mean, variance, skew, kurtosis = theory.moments([2.0, 2.0])
    assert (mean, variance) == (2.0, 0.0)
    assert math.isnan(skew)
    assert math.isnan(kurtosis)


@pytest.mark.lecture("S29")
@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf]])
def test_moments_need_finite_numbers(values):
    with pytest.raises(ValueError, match="values must be finite numbers, at least one"):
        theory.moments(values)


WIDTHS = (2, 3, 1, 2)
SCALES = (0.5, 1.0, 2.0)  # of the weights ±scale, so their variances are the squares
X = np.array([1.0, 2.0])  # E[x²] over its entries is 5/2


def every_network(widths, scales):
    """All networks with weights ±scale: each layer's matrices, by sign pattern."""
    shapes = [(widths[i + 1], widths[i]) for i in range(len(widths) - 1)]
    sizes = [rows * columns for rows, columns in shapes]
    for signs in itertools.product((-1.0, 1.0), repeat=sum(sizes)):
        parts = np.split(np.array(signs), np.cumsum(sizes)[:-1])
        yield [s * p.reshape(shape) for s, p, shape in zip(scales, parts, shapes, strict=True)]


def enumerate_moments(phi):
    """Exact E[f_l²], E[∂f_l²] and E[∂W_l²] over all networks, for a linear backward pass."""
    forward, backward, weight = (np.zeros(3) for _ in range(3))
    networks = list(every_network(WIDTHS, SCALES))
    cotangent = np.array([3.0, 1.0])  # E[∂y²] over its entries is 5
    for layers in networks:
        inputs, h = [], X
        for k, w in enumerate(layers):
            inputs.append(h)
            f = w @ h
            forward[k] += np.mean(f**2)
            h = phi(f)
        g = cotangent
        for k in (2, 1, 0):
            backward[k] += np.mean(g**2)
            weight[k] += np.mean(np.outer(g, inputs[k]) ** 2)
            g = layers[k].T @ g
    return [total / len(networks) for total in (forward, backward, weight)]


VARIANCES = [s**2 for s in SCALES]


@pytest.mark.lecture("S30", "S31", "S32")
def test_linear_networks_follow_the_laws_exactly():
    forward, backward, weight = enumerate_moments(lambda f: f)
    assert theory.forward_law(WIDTHS, VARIANCES, input_moment=2.5) == pytest.approx(forward)
    assert theory.backward_law(WIDTHS, VARIANCES, output_moment=5.0) == pytest.approx(backward)
    found = theory.weight_gradient_law(WIDTHS, VARIANCES, input_moment=2.5, output_moment=5.0)
    assert found == pytest.approx(weight)


@pytest.mark.lecture("S30")
def test_a_relu_halves_the_second_moment_of_what_is_symmetric():
    forward, _, _ = enumerate_moments(lambda f: np.maximum(f, 0))
    found = theory.forward_law(WIDTHS, VARIANCES, input_moment=2.5, ratio=0.5)
    assert found == pytest.approx(forward)


@pytest.mark.lecture("S30")
def test_the_forward_law_as_printed():
    """V[h_l] = V[x] prod n_{k-1} V[W_k]."""
    found = theory.forward_law((3, 5, 7), (Fraction(1, 2), 0.25), input_moment=2.0)
    assert found.tolist() == [3.0, 3.75]


@pytest.mark.lecture("S31")
def test_the_backward_law_as_printed():
    """V[∂h_1] = V[∂y] prod_{k>=2} n_k V[W_k]."""
    found = theory.backward_law((3, 5, 7, 2), (9.0, 0.5, 0.25), output_moment=2.0)
    assert found.tolist() == [3.5, 1.0, 2.0]


@pytest.mark.lecture("S32")
def test_weight_gradients_with_backward_weights():
    """With V[W_k] = 1/n_k, V[∂W_l] = (n_0/n_{l-1}) V[∂y] V[x]."""
    widths = (12, 6, 3, 4)
    found = theory.weight_gradient_law(
        widths, [1 / n for n in widths[1:]], input_moment=0.5, output_moment=3.0
    )
    assert found == pytest.approx([1.5 * 12 / n for n in widths[:-1]], rel=1e-15)


@pytest.mark.lecture("S32")
def test_ratios_act_on_their_own_direction():
    found = theory.weight_gradient_law((2, 2, 2), 0.5, forward_ratio=0.5, backward_ratio=0.25)
    assert found.tolist() == [0.25, 0.5]


def test_a_single_variance_stands_for_all_layers():
    assert np.array_equal(
        theory.forward_law((4, 5, 6), 0.5), theory.forward_law((4, 5, 6), (0.5, 0.5))
    )


# S33: the table, forward and backward, at layers 1, 10, 25 and 50.
FIGURE = {
    0.001: ([0.1, 1.953e-13, 5.960e-33, 1.776e-65], [8.882e-68, 4.547e-56, 1.490e-36, 5e-4]),
    0.01: ([1, 1.953e-3, 5.960e-8, 1.776e-15], [8.882e-18, 4.547e-15, 1.490e-10, 5e-3]),
    0.02: ([2, 2, 2, 2], [0.01, 0.01, 0.01, 0.01]),
    0.1: ([10, 1.953e7, 5.960e17, 1.776e35], [8.882e32, 4.547e26, 1.490e16, 0.05]),
    1.0: ([100, 1.953e17, 5.960e42, 1.776e85], [8.882e82, 4.547e67, 1.490e42, 0.5]),
}


@pytest.mark.lecture("S33")
def test_the_weight_variances_of_the_experiment_are_the_figures():
    assert tuple(FIGURE) == theory.WEIGHT_VARIANCES


@pytest.mark.lecture("S33")
@pytest.mark.parametrize("variance", FIGURE)
def test_the_relu_networks_law_is_as_tabulated(variance):
    """Four digits are printed, so 3e-4 is their rounding (1.953 is 1.953125)."""
    layers = np.array([1, 10, 25, 50]) - 1
    forward, backward = theory.relu_network_law(variance)
    assert forward.shape == backward.shape == (50,)
    assert forward[layers] == pytest.approx(FIGURE[variance][0], rel=3e-4)
    assert backward[layers] == pytest.approx(FIGURE[variance][1], rel=3e-4)


@pytest.mark.lecture("S33")
@pytest.mark.parametrize("variance", [Fraction(1, 1000), Fraction(1, 50), Fraction(1)])
def test_the_relu_networks_law_agrees_with_exact_arithmetic(variance):
    """E[f²] = 100 v (50 v)^(l-1) and E[(∂y/∂f)²] = (v/2) (50 v)^(50-l)."""
    forward, backward = theory.relu_network_law(float(variance))
    for layer in range(1, 51):
        exact = 100 * variance * (50 * variance) ** (layer - 1)
        assert forward[layer - 1] == pytest.approx(float(exact), rel=1e-13)
        exact = variance / 2 * (50 * variance) ** (50 - layer)
        assert backward[layer - 1] == pytest.approx(float(exact), rel=1e-13)


@pytest.mark.lecture("S33", "S34")
def test_sigma_one_overflows_float32_and_he_does_not():
    assert theory.relu_network_law(1.0).forward[-1] > float(np.finfo(np.float32).max)
    assert theory.relu_network_law(0.02).forward[-1] < float(np.finfo(np.float16).max)


@pytest.mark.lecture("S33")
def test_one_layers_log_ratio_at_width_100():
    """S33: E[log R] = -.0254, Var = .0519, and log standard deviation 1.61 at layer 50."""
    law = theory.relu_log_ratio(100)
    assert round(law.mean, 4) == -0.0254
    assert round(law.variance, 4) == 0.0519
    assert round(math.sqrt(50 * law.variance), 2) == 1.61


@pytest.mark.lecture("S33")
@pytest.mark.parametrize("n", [1, 2, 3, 10, 101])
def test_the_log_ratio_by_another_route(n):
    """The same mixture of log chi² laws, with mpmath's digamma functions and exact binomials."""
    counts = range(1, n + 1)
    total = 2**n - 1  # without the case of no active unit
    weights = [mpmath.mpf(math.comb(n, k)) / total for k in counts]
    means = [mpmath.digamma(mpmath.mpf(k) / 2) + mpmath.log(mpmath.mpf(4) / n) for k in counts]
    spreads = [mpmath.polygamma(1, mpmath.mpf(k) / 2) for k in counts]
    mean = mpmath.fdot(weights, means)
    second = mpmath.fdot(weights, [s + m**2 for s, m in zip(spreads, means, strict=True)])
    law = theory.relu_log_ratio(n)
    assert law.mean == pytest.approx(float(mean), rel=1e-11)
    assert law.variance == pytest.approx(float(second - mean**2), rel=1e-11)


@pytest.mark.lecture("S33")
def test_the_log_ratio_of_simulated_layers():
    width, draws = 20, 20_000
    rng = np.random.default_rng(0)
    f = rng.normal(0, math.sqrt(2 / width), (draws, width))  # W h for a fixed h of length 1
    logs = np.log((np.maximum(f, 0) ** 2).sum(axis=1))
    law = theory.relu_log_ratio(width)
    assert abs(logs.mean() - law.mean) < 5 * math.sqrt(law.variance / draws)
    spread = np.std((logs - law.mean) ** 2) / math.sqrt(draws)
    assert abs(logs.var() - law.variance) < 5 * spread


@pytest.mark.parametrize("law", [theory.forward_law, theory.backward_law])
@pytest.mark.parametrize(
    ("widths", "variances", "options", "error", "message"),
    [
        ((3,), 1.0, {}, ValueError, "widths must have an input and a layer"),
        ((3, 0), 1.0, {}, ValueError, r"widths\[1\] must be a positive integer, got 0"),
        ((3, 2.5), 1.0, {}, TypeError, r"widths\[1\] must be a positive integer, got 2.5"),
        ((3, 2), (1.0, 1.0), {}, ValueError, "one for each of the 1 layers, got 2"),
        ((3, 2), -1.0, {}, ValueError, r"weight_variances\[0\] must be at least 0, got -1"),
        ((3, 2), math.nan, {}, ValueError, r"weight_variances\[0\] must be finite"),
        ((3, 2), 1.0, {"ratio": -0.5}, ValueError, "ratio must be at least 0"),
    ],
)
def test_bad_networks_are_refused(law, widths, variances, options, error, message):
    with pytest.raises(error, match=message):
        law(widths, variances, **options)


def test_bad_moments_and_sizes_are_refused():
    with pytest.raises(ValueError, match="input_moment must be at least 0"):
        theory.forward_law((2, 2), 1.0, input_moment=-1)
    with pytest.raises(ValueError, match="output_moment must be at least 0"):
        theory.backward_law((2, 2), 1.0, output_moment=-1)
    with pytest.raises(ValueError, match="depth must be a positive integer, got 0"):
        theory.relu_network_law(0.1, depth=0)
    with pytest.raises(ValueError, match="width must be a positive integer, got 0"):
        theory.relu_log_ratio(0)
