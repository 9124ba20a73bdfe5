"""The strategies (S22 to S28): variances and bounds from their sources, and draws that keep them.

Statistical tests have a fixed seed and tolerate five standard errors, computed from the
distribution's own kurtosis.
"""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import init
from init.distributions import TRUNCATED_STD

FANS = st.integers(1, 10**6)
NAMES = init.available()
UNIFORM_KURTOSIS = 9 / 5
NORMAL_KURTOSIS = 3.0


def truncated_moment(order):
    """E[z^order] of a standard normal cut at 2 on each side, by independent quadrature."""
    density = mpmath.npdf
    mass = mpmath.quad(density, [-2, 0, 2])
    return float(mpmath.quad(lambda z: z**order * density(z), [-2, 0, 2]) / mass)


# One row a strategy: the source's variance as an exact function of the fans.
VARIANCES = [
    ("S24", "uniform_fan_in", lambda i, o: Fraction(1, 3 * i)),
    ("S25", "lecun_normal", lambda i, o: Fraction(1, i)),
    ("S25", "lecun_uniform", lambda i, o: Fraction(1, i)),
    ("S26", "backward_normal", lambda i, o: Fraction(1, o)),
    ("S26", "backward_uniform", lambda i, o: Fraction(1, o)),
    ("S27", "xavier_normal", lambda i, o: Fraction(2, i + o)),
    ("S27", "xavier_uniform", lambda i, o: Fraction(2, i + o)),
    ("S27", "glorot_uniform", lambda i, o: Fraction(2, i + o)),
    ("S27", "xavier_sigmoid", lambda i, o: Fraction(32, i + o)),
    ("S28", "he_normal", lambda i, o: Fraction(2, i)),
    ("S28", "he_uniform", lambda i, o: Fraction(2, i)),
    ("S28", {"name": "he_normal", "mode": "fan_out"}, lambda i, o: Fraction(2, o)),
    ("S28", {"name": "kaiming_uniform", "mode": "fan_out"}, lambda i, o: Fraction(2, o)),
    ("S28", {"name": "he_uniform", "mode": "fan_avg"}, lambda i, o: Fraction(4, i + o)),
]


def test_every_scaling_of_the_variance_has_a_row():
    rows = {spec for _, spec, _ in VARIANCES if isinstance(spec, str)}
    scalings = {name for name in NAMES if isinstance(init.get(name), init.VarianceScaling)}
    assert scalings - {"variance_scaling"} <= rows


# The squares of the bounds that the source prints, exact.
SQUARED_BOUNDS = [
    ("S24: 1/sqrt(n_in)", "uniform_fan_in", lambda i, o: Fraction(1, i)),
    ("S25: sqrt(3/n_in)", "lecun_uniform", lambda i, o: Fraction(3, i)),
    ("S27: sqrt(6/(n_in+n_out))", "xavier_uniform", lambda i, o: Fraction(6, i + o)),
    ("S27: 4 sqrt6/sqrt(n_in+n_out)", "xavier_sigmoid", lambda i, o: Fraction(96, i + o)),
    ("S28: sqrt(6/fan)", "he_uniform", lambda i, o: Fraction(6, i)),
    ("S28: sqrt(6/fan)", {"name": "he_uniform", "mode": "fan_out"}, lambda i, o: Fraction(6, o)),
]


def label(value):
    return str(value) if isinstance(value, str | dict) else ""


@pytest.mark.lecture("S24", "S25", "S26", "S27", "S28")
@pytest.mark.slow
@pytest.mark.parametrize(("item", "spec", "exact"), VARIANCES, ids=label)
@given(fan_in=FANS, fan_out=FANS)
def test_the_variance_is_the_sources(item, spec, exact, fan_in, fan_out):
    variance = init.get(spec).variance(fan_in=fan_in, fan_out=fan_out)
    assert variance == pytest.approx(float(exact(fan_in, fan_out)), rel=1e-15)


@pytest.mark.lecture("S24", "S25", "S26", "S27", "S28")
@pytest.mark.parametrize(("item", "spec", "exact"), SQUARED_BOUNDS, ids=label)
@given(fan_in=FANS, fan_out=FANS)
def test_the_bound_is_the_sources(item, spec, exact, fan_in, fan_out):
    bound = init.get(spec).bound(fan_in=fan_in, fan_out=fan_out)
    assert bound == pytest.approx(math.sqrt(exact(fan_in, fan_out)), rel=1e-15)


@pytest.mark.lecture("S24", "S25", "S26", "S27", "S28")
@pytest.mark.parametrize(("item", "spec", "exact"), VARIANCES, ids=label)
def test_draws_have_the_variance_and_keep_the_bound(item, spec, exact):
    strategy = init.get(spec)
    fans = {"fan_in": 300, "fan_out": 700}
    weights = strategy((700, 300), rng=11, **fans)
    n = weights.size
    variance = float(exact(*fans.values()))
    kurtosis = UNIFORM_KURTOSIS if strategy.distribution == "uniform" else NORMAL_KURTOSIS
    assert abs(weights.mean()) < 5 * math.sqrt(variance / n)
    assert abs(np.mean(weights**2) / variance - 1) < 5 * math.sqrt((kurtosis - 1) / n)
    assert np.abs(weights).max() <= strategy.bound(**fans)


@pytest.mark.parametrize("name", ["xavier_uniform", "he_uniform", "uniform", "uniform_fan_in"])
def test_uniform_draws_fill_the_whole_of_their_interval(name):
    """Of n uniform draws the largest is within 20/n of the bound, but for one time in e^20."""
    strategy, fans = init.get(name), {"fan_in": 100, "fan_out": 100}
    weights = strategy((100, 100), rng=0, **fans)
    bound = strategy.bound(**fans)
    assert weights.max() > bound * (1 - 40 / weights.size)
    assert weights.min() < -bound * (1 - 40 / weights.size)


@pytest.mark.parametrize("distribution", ["uniform", "normal", "truncated_normal"])
def test_variance_scaling_draws_the_distribution_that_was_asked_for(distribution):
    """The fourth moment tells them apart: 9/5, 3 and that of the cut normal."""
    kurtosis = {
        "uniform": 9 / 5,
        "normal": 3.0,
        "truncated_normal": truncated_moment(4) / truncated_moment(2) ** 2,
    }[distribution]
    strategy = init.variance_scaling(3.0, "fan_in", distribution)
    weights = strategy((500, 400), rng=3, fan_in=3, fan_out=1)  # variance 1
    error = math.sqrt(np.var(weights**4) / weights.size)
    assert abs(np.mean(weights**4) - kurtosis) < 5 * error
    assert abs(np.var(weights) - 1) < 5 * math.sqrt((kurtosis - 1) / weights.size)


def test_the_truncated_normals_correction_is_its_standard_deviation():
    assert math.sqrt(truncated_moment(2)) == pytest.approx(0.8796256610342398, rel=1e-15)
    assert TRUNCATED_STD == 0.8796256610342398


def test_the_truncated_normal_has_its_variance_after_the_cut_at_two_sigma():
    strategy = init.truncated_normal.with_options(std=0.5)
    weights = strategy((1000, 200), rng=1, fan_in=1, fan_out=1)
    kurtosis = truncated_moment(4) / truncated_moment(2) ** 2
    assert abs(np.var(weights) / 0.25 - 1) < 5 * math.sqrt((kurtosis - 1) / weights.size)
    cut = 2 * 0.5 / 0.8796256610342398
    assert strategy.bound(fan_in=1, fan_out=1) == pytest.approx(cut, rel=1e-15)
    assert 0.999 * cut < np.abs(weights).max() <= strategy.bound(fan_in=1, fan_out=1)
    assert strategy.variance(fan_in=9, fan_out=9) == 0.25


@pytest.mark.lecture("S22")
def test_zeros_ones_and_constants_make_all_units_alike():
    for strategy, value in [
        (init.zeros, 0.0),
        (init.ones, 1.0),
        (init.constant.with_options(value=-2.5), -2.5),
    ]:
        weights = strategy((4, 3), rng=0, fan_in=3, fan_out=4)
        assert (weights == value).all()
        assert strategy.variance(fan_in=3, fan_out=4) == 0
        assert strategy.bound(fan_in=3, fan_out=4) == abs(value)


@pytest.mark.lecture("S23")
def test_small_random_numbers_break_the_symmetry():
    weights = init.normal((50, 20), rng=0, fan_in=20, fan_out=50)
    assert len({row.tobytes() for row in weights}) == 50


@pytest.mark.lecture("S23")
def test_normal_takes_a_standard_deviation_and_not_a_variance():
    strategy = init.normal.with_options(std=0.1)
    weights = strategy((500, 400), rng=2, fan_in=7, fan_out=7)
    assert strategy.variance(fan_in=7, fan_out=7) == pytest.approx(0.01, rel=1e-15)
    assert abs(weights.var() / 0.01 - 1) < 5 * math.sqrt(2 / weights.size)


def test_uniform_has_a_third_of_its_squared_limit_as_variance():
    strategy = init.uniform.with_options(limit=0.3)
    assert strategy.variance(fan_in=1, fan_out=1) == pytest.approx(0.03, rel=1e-15)
    assert strategy.bound(fan_in=1, fan_out=1) == pytest.approx(0.3, rel=1e-15)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (1, 6), (6, 1), (1, 1)])
def test_orthogonal_has_orthonormal_rows_or_columns(shape):
    w = init.orthogonal(shape, rng=0, fan_in=shape[1], fan_out=shape[0])
    few = w @ w.T if shape[0] <= shape[1] else w.T @ w
    assert w.shape == shape
    assert np.abs(few - np.eye(min(shape))).max() < 1e-14


def test_orthogonal_is_even_over_all_orthogonal_matrices():
    """Entries of a Haar matrix have mean 0 and variance 1/n, fourth moment 3/(n(n+2)).

    Without the correction of the signs, QR gives entries with a mean far from 0.
    """
    n, count = 3, 2000
    rng = np.random.default_rng(0)
    draws = np.stack([init.orthogonal((n, n), rng=rng, fan_in=n, fan_out=n) for _ in range(count)])
    means = draws.mean(axis=0)
    squares = (draws**2).mean(axis=0)
    assert np.abs(means).max() < 5 * math.sqrt(1 / n / count)
    spread = math.sqrt((3 / (n * (n + 2)) - 1 / n**2) / count)
    assert np.abs(squares - 1 / n).max() < 5 * spread


@pytest.mark.parametrize("shape", [(40, 10), (10, 40)])
def test_orthogonal_says_its_variance(shape):
    """The squares of orthonormal vectors sum to their number, so their mean is 1/max exactly."""
    fans = {"fan_in": shape[1], "fan_out": shape[0]}
    weights = init.orthogonal(shape, rng=0, gain=3.0, **fans)
    assert np.mean(weights**2) == pytest.approx(9 / 40, rel=1e-13)
    assert init.orthogonal.variance(gain=3.0, **fans) == pytest.approx(9 / 40, rel=1e-15)
    assert np.abs(weights).max() <= init.orthogonal.bound(gain=3.0, **fans) == 3


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2)])
def test_identity_passes_on_what_it_can(shape):
    w = init.identity(shape, rng=0, fan_in=shape[1], fan_out=shape[0], gain=2.0)
    x = np.arange(1.0, shape[1] + 1)
    kept = min(shape)
    assert (w @ x)[:kept].tolist() == (2 * x[:kept]).tolist()
    assert np.count_nonzero(w) == kept
    assert init.identity.bound(fan_in=1, fan_out=1) == 1
    assert init.identity.variance(fan_in=1, fan_out=1) == 0


@given(
    sparsity=st.floats(0, 1, exclude_max=True),
    rows=st.integers(1, 6),
    inputs=st.integers(1, 30),
    seed=st.integers(0, 100),
)
def test_sparse_zeroes_the_same_number_in_each_row_and_never_all(sparsity, rows, inputs, seed):
    strategy = init.sparse.with_options(sparsity=sparsity, std=1.0)
    weights = strategy((rows, inputs), rng=seed, fan_in=inputs, fan_out=rows)
    zeros = (weights == 0).sum(axis=1)
    assert (zeros == zeros[0]).all()
    assert zeros[0] < inputs
    assert abs(zeros[0] - sparsity * inputs) <= 0.5 or zeros[0] == inputs - 1


def test_sparse_says_its_variance_and_puts_the_zeros_anywhere():
    strategy = init.sparse.with_options(sparsity=0.75, std=2.0)
    weights = strategy((20000, 8), rng=0, fan_in=8, fan_out=20000)
    assert strategy.variance(fan_in=8, fan_out=20000) == 1.0  # a quarter of 2²
    assert strategy.bound(fan_in=8, fan_out=1) == math.inf
    # an entry squared is 0 or 4 chi²: second moment of it (1/4) 16 * 3 = 12, variance 11
    assert abs(np.mean(weights**2) - 1) < 5 * math.sqrt(11 / weights.size)
    kept = (weights != 0).mean(axis=0)
    assert np.abs(kept - 0.25).max() < 5 * math.sqrt(0.25 * 0.75 / 20000)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@given(gain=st.floats(0, 100), seed=st.integers(0, 2**32))
def test_gain_multiplies_every_weight(name, gain, seed):
    strategy, fans = init.get(name), {"fan_in": 3, "fan_out": 4}
    one = strategy((4, 3), rng=seed, **fans)
    assert np.array_equal(strategy((4, 3), rng=seed, gain=gain, **fans), gain * one)
    assert strategy.variance(gain=gain, **fans) == pytest.approx(
        gain**2 * strategy.variance(**fans), rel=1e-15
    )
    assert (np.abs(gain * one) <= strategy.bound(gain=gain, **fans)).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, "single", None])
def test_the_dtype_is_kept_and_the_numbers_are_the_same_but_for_rounding(name, dtype):
    strategy = init.get(name)
    exact = strategy((4, 3), rng=5, fan_in=3, fan_out=4)
    weights = strategy((4, 3), rng=5, fan_in=3, fan_out=4, dtype=dtype)
    assert weights.dtype == np.dtype(dtype)
    assert np.array_equal(weights, exact.astype(dtype))


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_is_reproducible_and_a_generator_moves_on(name):
    strategy, fans = init.get(name), {"fan_in": 3, "fan_out": 4}
    first = strategy((4, 3), rng=9, **fans)
    rng = np.random.default_rng(9)
    assert np.array_equal(strategy((4, 3), rng=rng, **fans), first)
    again = strategy((4, 3), rng=rng, **fans)
    random = strategy.bound(**fans) != 0 and name not in {"ones", "identity"}
    assert np.array_equal(again, first) != random


@pytest.mark.parametrize("name", NAMES)
def test_each_call_makes_a_new_writable_array(name):
    strategy = init.get(name)
    first = strategy((2, 2), rng=1, fan_in=2, fan_out=2)
    keep = first.copy()
    second = strategy((2, 2), rng=1, fan_in=2, fan_out=2)
    second[:] = 7.0
    assert np.array_equal(first, keep)


@pytest.mark.parametrize("shape", [(), (3,), [3], (2, 3, 4)])
def test_any_shape_will_do_where_no_matrix_is_needed(shape):
    for name in set(NAMES) - {"orthogonal", "identity", "sparse"}:
        assert init.get(name)(shape, rng=0, fan_in=2, fan_out=3).shape == tuple(shape)


@pytest.mark.parametrize("name", ["orthogonal", "identity", "sparse"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4)])
def test_a_matrix_is_needed_where_rows_and_columns_matter(name, shape):
    with pytest.raises(ValueError, match=f"'{name}' needs a shape of 2 dimensions"):
        init.get(name)(shape, rng=0, fan_in=2, fan_out=3)


BAD_CALLS = [
    ({"fan_in": 0}, ValueError, "fan_in must be a positive integer, got 0: a layer with no inputs"),
    ({"fan_out": 0}, ValueError, "fan_out must be a positive integer, got 0: a layer with no outp"),
    ({"fan_in": -3}, ValueError, "fan_in must be a positive integer, got -3"),
    ({"fan_in": 2.5}, TypeError, "fan_in must be a positive integer, got 2.5"),
    ({"fan_out": True}, TypeError, "fan_out must be a positive integer, got True"),
    ({"fan_out": None}, TypeError, "fan_out must be a positive integer, got None"),
    ({"gain": -1.0}, ValueError, "gain must be at least 0, got -1"),
    ({"gain": math.nan}, ValueError, "gain must be finite, got nan"),
    ({"gain": math.inf}, ValueError, "gain must be finite, got inf"),
    ({"gain": "big"}, TypeError, "gain must be a real number, got 'big'"),
    ({"gain": 1j}, TypeError, "gain must be a real number, got 1j"),
    ({"dtype": np.int64}, TypeError, "dtype must be a floating-point dtype, got int64"),
    ({"dtype": bool}, TypeError, "dtype must be a floating-point dtype, got bool"),
    ({"dtype": complex}, TypeError, "dtype must be a floating-point dtype, got complex128"),
    ({"dtype": object}, TypeError, "dtype must be a floating-point dtype, got object"),
    ({"dtype": "flot"}, TypeError, "dtype must be a floating-point dtype, got 'flot'"),
    ({"shape": (2, 0)}, ValueError, r"shape\[1\] must be a positive integer, got 0"),
    ({"shape": (2, -1)}, ValueError, r"shape\[1\] must be a positive integer, got -1"),
    ({"shape": (2, 1.5)}, TypeError, r"shape\[1\] must be a positive integer, got 1.5"),
    ({"shape": 3}, TypeError, "shape must be a tuple of positive integers, got 3"),
    ({"shape": "33"}, TypeError, "shape must be a tuple of positive integers, got '33'"),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("bad", "error", "message"), BAD_CALLS)
def test_bad_input_raises_before_anything_is_drawn(name, bad, error, message):
    rng = np.random.default_rng(0)
    state = rng.bit_generator.state
    arguments = {"shape": (2, 2), "fan_in": 2, "fan_out": 2, "rng": rng, **bad}
    with pytest.raises(error, match=message):
        init.get(name)(arguments.pop("shape"), **arguments)
    assert rng.bit_generator.state == state


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["variance", "bound"])
@pytest.mark.parametrize("bad", [{"fan_in": 0}, {"fan_out": -1}, {"gain": -1}])
def test_variance_and_bound_check_their_input_too(name, method, bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        getattr(init.get(name), method)(**{"fan_in": 2, "fan_out": 2, **bad})


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        ("he_normal", {"scale": -2.0}, ValueError, "scale must be at least 0, got -2"),
        ("he_normal", {"scale": "2"}, TypeError, "scale must be a real number"),
        (
            "he_normal",
            {"mode": "fan_inn"},
            ValueError,
            "mode must be one of .*did you mean 'fan_in",
        ),
        ("he_normal", {"mode": 3}, TypeError, "mode must be a string"),
        ("he_normal", {"distribution": "cauchy"}, ValueError, "distribution must be one of normal"),
        ("normal", {"std": -0.1}, ValueError, "std must be at least 0, got -0.1"),
        ("truncated_normal", {"std": -0.1}, ValueError, "std must be at least 0"),
        ("uniform", {"limit": -0.1}, ValueError, "limit must be at least 0"),
        ("constant", {"value": math.nan}, ValueError, "value must be finite"),
        ("sparse", {"sparsity": 1.0}, ValueError, "sparsity must be below 1, got 1: every unit"),
        ("sparse", {"sparsity": -0.1}, ValueError, "sparsity must be at least 0"),
        ("sparse", {"std": -1}, ValueError, "std must be at least 0"),
    ],
)
def test_bad_options_are_refused_when_they_are_given(name, options, error, message):
    with pytest.raises(error, match=message):
        init.get({"name": name, **options})


def test_variance_scaling_is_a_function_of_three_settings():
    strategy = init.variance_scaling(2.0, "fan_out", "uniform")
    assert (strategy.scale, strategy.mode, strategy.distribution) == (2.0, "fan_out", "uniform")
    with pytest.raises(ValueError, match="scale must be at least 0"):
        init.variance_scaling(-1.0)


def test_strategies_are_values():
    assert init.he_normal.with_options(mode="fan_in") == init.he_normal
    assert hash(init.he_normal) == hash(init.he_normal.with_options(mode="fan_in"))
    with pytest.raises(AttributeError):
        init.he_normal.scale = 3.0


def test_a_strategy_shows_its_name_and_options():
    assert repr(init.sparse) == "sparse(sparsity=0.9, std=0.01)"
    assert repr(init.zeros) == "zeros(value=0.0)"
    assert repr(init.orthogonal) == "orthogonal()"
