"""Figure 7.4 measured by the engine (S33): 5 variances × 50 layers × 100 units, many networks.

The logarithm of a network's second moment is a sum of independent terms, log chi-squares, so its
mean and its variance are known, and with them the sampling error of a mean over networks.
"""

import math
from typing import Any

import mpmath
import numpy as np
import pytest

import nn
from init import theory
from nn.lectures import weight_variance_experiment

DEPTH = 50
LAYERS = np.arange(1, DEPTH + 1)

# S33: of log R at one layer of ReLUs with He's weights, at width 100.
MEAN_LOG_R, VAR_LOG_R = -0.0254, 0.0519

# Of log(chi²_100 / 100): psi(50) + log(2/100), and psi'(50).
MEAN_LOG_CHI = float(mpmath.digamma(50) + mpmath.log(mpmath.mpf(2) / 100))
VAR_LOG_CHI = float(mpmath.psi(1, 50))

# S33's table: l = 1, 10, 25, 50.
TABLE = {
    0.001: ((0.1, 1.953e-13, 5.960e-33, 1.776e-65), (8.882e-68, 4.547e-56, 1.490e-36, 5e-4)),
    0.01: ((1, 1.953e-3, 5.960e-8, 1.776e-15), (8.882e-18, 4.547e-15, 1.490e-10, 5e-3)),
    0.02: ((2, 2, 2, 2), (0.01, 0.01, 0.01, 0.01)),
    0.1: ((10, 1.953e7, 5.960e17, 1.776e35), (8.882e32, 4.547e26, 1.490e16, 0.05)),
    1.0: ((100, 1.953e17, 5.960e42, 1.776e85), (8.882e82, 4.547e67, 1.490e42, 0.5)),
}
SHOWN = np.array([1, 10, 25, 50]) - 1


@pytest.fixture(scope="module", params=[15, pytest.param(100, marks=pytest.mark.nightly)])
def measured(request):
    """100 networks are the whole figure, as `benchmarks/weight_variances.py` times it."""
    return weight_variance_experiment(seeds=request.param)


def networks(table):
    return len(table.samples["forward"])


def forward_logs(table):
    """Mean and variance of log E[f²] about the law: |x|², l-1 layers of ReLUs, one of weights."""
    mean = 2 * MEAN_LOG_CHI + (LAYERS - 1) * MEAN_LOG_R
    return mean, 2 * VAR_LOG_CHI + (LAYERS - 1) * VAR_LOG_R


def backward_logs(table):
    """Mean and variance of log E[∂f²] about the law: 51-l layers of ReLUs."""
    return (51 - LAYERS) * MEAN_LOG_R, (51 - LAYERS) * VAR_LOG_R


@pytest.mark.lecture("S33")
@pytest.mark.slow
@pytest.mark.parametrize("variance", TABLE)
def test_forward_mean_logs_are_the_laws_within_five_standard_errors(measured, variance):
    mean, var = forward_logs(measured[variance])
    law = 100 * variance * (50 * variance) ** (LAYERS - 1.0)
    off = np.log(measured[variance].samples["forward"][:, :DEPTH]).mean(axis=0) - np.log(law)
    assert np.abs((off - mean) / np.sqrt(var / networks(measured[variance]))).max() < 5


@pytest.mark.slow
@pytest.mark.lecture("S33")
@pytest.mark.parametrize("variance", TABLE)
def test_backward_mean_logs_are_the_laws_within_five_standard_errors(measured, variance):
    mean, var = backward_logs(measured[variance])
    law = variance / 2 * (50 * variance) ** (50.0 - LAYERS)
    off = np.log(measured[variance].samples["backward"][:, :DEPTH]).mean(axis=0) - np.log(law)
    assert np.abs((off - mean) / np.sqrt(var / networks(measured[variance]))).max() < 5


@pytest.mark.lecture("S33")
@pytest.mark.parametrize("variance", TABLE)
def test_the_printed_table_within_five_standard_errors(measured, variance):
    for name, printed, (mean, var) in zip(
        ("forward", "backward"),
        TABLE[variance],
        (forward_logs(measured[variance]), backward_logs(measured[variance])),
        strict=True,
    ):
        off = np.log(measured[variance].measured(name)[SHOWN] / np.array(printed))
        rounding = 1e-3  # of the printed numbers
        allowed = 5 * np.sqrt(var[SHOWN] / networks(measured[variance])) + rounding
        assert (np.abs(off - mean[SHOWN]) < allowed).all()


def growth(measured):
    """log(E[f_50²] / E[f_1²]) - log of the law, of all 500 networks."""
    return np.concatenate(
        [
            np.log(table.samples["forward"][:, 49] / table.samples["forward"][:, 0])
            - 49 * math.log(50 * variance)
            for variance, table in measured.items()
        ]
    )


@pytest.mark.lecture("S33")
def test_a_layer_multiplies_by_exp_minus_0_0254_in_the_mean_logarithm(measured):
    logs = growth(measured)
    error = math.sqrt((49 * VAR_LOG_R + 2 * VAR_LOG_CHI) / logs.size) / 49
    assert abs(logs.mean() / 49 - MEAN_LOG_R) < 5 * error
    assert abs(MEAN_LOG_R) > 5 * error  # so 0, what E[R] = 1 suggests, is excluded


@pytest.mark.lecture("S33")
def test_the_variance_of_a_layers_logarithm_is_0_0519(measured):
    logs = growth(measured)
    expected = 49 * VAR_LOG_R
    assert abs(logs.var(ddof=1) / expected - 1) < 5 * math.sqrt(2 / logs.size)


@pytest.mark.lecture("S33")
def test_at_layer_50_single_networks_scatter_by_a_log_standard_deviation_of_1_61(measured):
    spread = [np.log(t.samples["forward"][:, 49]).std(ddof=1) for t in measured.values()]
    count = sum(networks(table) for table in measured.values())
    assert abs(np.sqrt(np.mean(np.square(spread))) / 1.61 - 1) < 5 / math.sqrt(2 * count)


@pytest.mark.lecture("S33")
def test_the_weights_that_keep_both_signals_are_hes(measured):
    """Of the five variances, 0.02 = 2/100 alone stays within a factor of ten over 50 layers."""
    steady = [
        variance
        for variance, table in measured.items()
        if all(
            0.1 < table.measured(name)[49] / table.measured(name)[0] < 10
            for name in ("forward", "backward")
        )
    ]
    assert steady == [2 / 100]


def test_the_theory_in_init_is_what_was_tested_here():
    for variance, (forward, backward) in TABLE.items():
        law = theory.relu_network_law(variance)
        assert law.forward[SHOWN] == pytest.approx(forward, rel=5e-4)
        assert law.backward[SHOWN] == pytest.approx(backward, rel=5e-4)
    ratio = theory.relu_log_ratio(100)
    assert (ratio.mean, ratio.variance) == pytest.approx((MEAN_LOG_R, VAR_LOG_R), abs=5e-5)


@pytest.mark.lecture("S33")
def test_variance_one_overflows_float32():
    """1.776e85 is beyond 3.4e38."""
    model = nn.MLP([100] * 51 + [1], init={"name": "normal", "std": 1.0}, seed=0, dtype="float32")
    x = np.random.default_rng(0).standard_normal((1, 100)).astype(np.float32)
    assert not np.isfinite(nn.propagate(model, x).measured("forward")[49])


def test_the_networks_of_different_variances_are_different_draws(measured):
    """Else their scatter would be the same five times: the ten correlations' mean is then 1."""
    logs = [np.log(table.samples["forward"][:, 49]) for table in measured.values()]
    pairs = np.corrcoef(logs)[np.triu_indices(5, 1)]
    assert abs(pairs.mean()) < 5 / math.sqrt(10 * len(logs[0]))


@pytest.mark.parametrize(
    ("variances", "error", "said"),
    [
        (0.02, TypeError, r"variances must be a list of numbers, got 0\.02: \[0\.02\]"),
        ([0.02, -1.0], ValueError, "a variance must be at least 0, got -1"),
        (["he"], TypeError, "a variance must be a real number, got 'he'"),
    ],
)
def test_variances_are_a_list_of_numbers(variances: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        weight_variance_experiment(variances=variances, seeds=1)
