"""Special functions by SciPy's names: against mpmath, PyTorch and SciPy."""

import math
from math import inf, nan

import numpy as np
import pytest
import scipy.special
import torch
from mpmath import mp

import autograd as ag
from autograd import Tensor, Value, check, special
from autograd.check.ulp import ulps
from autograd.rules import numpy_advice

NEGATIVE = [-0.1, -0.25, -0.9, -1.3, -2.6, -7.75, -19.2, -150.4, -1e-8, -1e-300]


def exact(function, x):
    with mp.workdps(60):
        return function(mp.mpf(x))


@pytest.mark.parametrize(
    ("ours", "definition"),
    [
        (special.gamma, mp.gamma),
        (special.gammaln, lambda x: mp.log(abs(mp.gamma(x)))),
        (special.digamma, mp.digamma),
        (lambda x: special.polygamma(1, x), lambda x: mp.psi(1, x)),
        (lambda x: special.polygamma(2, x), lambda x: mp.psi(2, x)),
        (lambda x: special.polygamma(5, x), lambda x: mp.psi(5, x)),
    ],
    ids=["gamma", "gammaln", "digamma", "trigamma", "polygamma 2", "polygamma 5"],
)
def test_below_zero_they_go_on_by_reflection(ours, definition):
    """To 13 digits away from roots, and at all of these points."""
    for x in NEGATIVE:
        expected = float(exact(definition, x))
        assert ours(x) == pytest.approx(expected, rel=1e-13)
        assert ours(np.array([x]))[0] == pytest.approx(expected, rel=1e-13)
        with mp.workdps(40):
            right = exact(definition, x)
            assert abs(ours(mp.mpf(x)) - right) <= abs(right) * mp.mpf(10) ** -30


@pytest.mark.parametrize("x", [-5e-324, -1e-310, -1e-20, -1e-9, -3.0 + 1e-12])
def test_lgamma_has_all_its_digits_beside_its_poles(x):
    right = exact(lambda y: mp.log(abs(mp.gamma(y))), x)
    assert ulps(special.gammaln(x), right) <= 2
    assert ulps(special.gammaln(np.array([x]))[0], right) <= 2


@pytest.mark.parametrize("x", [1 - 2.0**-53, 1 + 2.0**-52, 2 - 2.0**-52, 1.0000001, 1.9999, 0.97])
def test_lgamma_has_all_its_digits_beside_its_roots(x):
    """Where that of the library has none, nor SciPy's."""
    off = ulps(special.gammaln(x), exact(mp.loggamma, x))
    assert off <= 3
    assert ulps(special.gammaln(np.array([x]))[0], exact(mp.loggamma, x)) <= 3


@pytest.mark.parametrize("x", [0.0, -1.0, -7.0])
def test_at_poles_values_are_infinite_or_nan_as_scipys_are(x):
    assert special.gammaln(x) == scipy.special.gammaln(x) == inf
    expected = inf if x == 0 else nan  # SciPy before 1.15 had inf at all of them
    np.testing.assert_equal([special.gamma(x), *special.gamma(np.array([x]))], [expected] * 2)
    np.testing.assert_equal(special.digamma(x), scipy.special.digamma(x))
    np.testing.assert_equal(special.digamma(np.array([x])), scipy.special.digamma([x]))
    assert special.polygamma(1, x) == inf


def test_half_a_million_numbers_are_within_four_ulps_of_scipys_where_that_is_as_good():
    """Both are approximations, so this looks for mistakes of another kind, anywhere."""
    x = np.random.default_rng(3).uniform(0.01, 60, 500_000)
    for ours, theirs in [
        (special.gamma, scipy.special.gamma),
        (special.gammaln, scipy.special.gammaln),
        (lambda x: special.ndtri(x / 60), lambda x: scipy.special.ndtri(x / 60)),
        (special.digamma, scipy.special.digamma),
        (lambda x: special.polygamma(1, x), lambda x: scipy.special.polygamma(1, x)),
        (lambda x: special.erfinv(x / 60), lambda x: scipy.special.erfinv(x / 60)),
        (lambda x: special.logit(x / 60), lambda x: scipy.special.logit(x / 60)),
        (lambda x: special.log_ndtr(5 - x), lambda x: scipy.special.log_ndtr(5 - x)),
    ]:
        np.testing.assert_allclose(ours(x), theirs(x), rtol=2e-15, atol=4e-16)


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("lgamma", [0.2, 1.0, 1.7, 4.0, 30.0, -1.4]),
        ("digamma", [0.2, 1.0, 1.7, 4.0, 30.0, -1.4]),
        ("erfinv", [-0.99, -0.3, 0.0, 0.6, 0.999]),
        ("logit", [0.001, 0.3, 0.5, 0.9]),
        ("log_ndtr", [-30.0, -6.0, -1.0, -0.5, 0.0, 2.0, 6.0]),
    ],
)
def test_derivatives_of_two_orders_are_pytorchs(name, at):
    op, theirs = getattr(ag, name), getattr(torch.special, name.replace("lgamma", "gammaln"))
    x = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    z = theirs(x)
    (first,) = torch.autograd.grad(z.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    slope = ag.grad(lambda t: op(t).sum())
    t = np.array(at)
    np.testing.assert_allclose(op(t), z.detach().numpy(), rtol=1e-12)
    # PyTorch's trigamma has nine digits: of π²/6, at 1, it gives 1.6449340676.
    digits = 1e-9 if name == "digamma" else 1e-11
    np.testing.assert_allclose(slope(t), first.detach().numpy(), rtol=digits)
    curvature = ag.grad(lambda t: slope(t).sum())(t)
    np.testing.assert_allclose(curvature, second.numpy(), rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize(
    "name", ["gamma", "lgamma", "digamma", "erfinv", "logit", "ndtri", "log_ndtr", "polygamma"]
)
def test_check_op_finds_nothing(name):
    report = check.check_op(name)
    assert report, str(report)


def test_the_fourth_derivative_of_log_ndtr_is_right_and_a_fifth_is_nan():
    """The 4th cumulant of the truncated normal distribution is (n − 1)!/t⁴ far out."""
    f = ag.log_ndtr
    for _ in range(4):
        f = ag.grad(f)
    assert f(-1e4) == pytest.approx(6e-16, rel=1e-6)
    assert math.isnan(ag.grad(f)(-1e4))


class TestSciPysFunctions:
    """A ufunc of SciPy's on a node is ours, and recorded."""

    @pytest.mark.parametrize(
        "name",
        ["gamma", "gammaln", "digamma", "psi", "ndtri", "erf", "erfc", "erfinv", "expit", "logit",
         "log_expit", "ndtr", "log_ndtr", "cbrt", "exp2", "expm1", "log1p"],
    )  # fmt: skip
    @pytest.mark.parametrize("kind", [Value, lambda x: Tensor([x])])
    def test_one_of_one_operand_gives_scipys_number_and_our_slope(self, name, kind):
        theirs = getattr(scipy.special, name)
        x = kind(0.3)
        z = theirs(x)
        assert np.ravel(z.data)[0] == pytest.approx(theirs(0.3), rel=1e-14)
        z.backward(np.ones(1) if isinstance(x, Tensor) else None)
        slope = ag.grad(getattr(special, name))(0.3)
        assert np.ravel(x.grad)[0] == pytest.approx(slope, rel=1e-14)

    @pytest.mark.parametrize("name", ["beta", "betaln", "xlogy"])
    def test_one_of_two_operands_gives_scipys_number_and_slope(self, name):
        theirs = getattr(scipy.special, name)
        x, y = Value(0.3), Value(2.5)
        z = theirs(x, y)
        assert z.data == pytest.approx(theirs(0.3, 2.5), rel=1e-13)
        z.backward()
        assert x.grad == pytest.approx((theirs(0.3 + 1e-6, 2.5) - theirs(0.3 - 1e-6, 2.5)) / 2e-6)

    def test_one_that_is_not_here_is_refused_with_what_to_write(self):
        with pytest.raises(TypeError, match=r"special\.betainc is not .* of whole a and b it is"):
            scipy.special.betainc(2.0, 3.0, Value(0.5))
        with pytest.raises(TypeError, match=r"special\.y0 is not .*: there is none of the second"):
            scipy.special.y0(Tensor([1.0]))
        with pytest.raises(TypeError, match=r"special\.sici is not|special\.expi is not .*__all__"):
            scipy.special.expi(Tensor([1.0]))

    @pytest.mark.parametrize(
        ("name", "operands", "written"),
        [
            ("binom", (5.5, 2.3), lambda n, k: 1 / ((n + 1) * special.beta(n - k + 1, k + 1))),
            ("cosm1", (0.3,), lambda x: -2 * ag.sin(x / 2) ** 2),
            ("exp10", (0.3,), lambda x: 10**x),
            ("loggamma", (3.7,), special.gammaln),
            ("poch", (3.7, 1.2), lambda x, n: special.gamma(x + n) / special.gamma(x)),
        ],
    )  # fmt: skip
    def test_the_advice_is_right(self, name, operands, written):
        assert name in numpy_advice.OF_SCIPY
        expected = getattr(scipy.special, name)(*operands)
        assert written(*operands) == pytest.approx(expected, rel=1e-13)

    def test_another_function_of_the_same_name_is_not_taken_for_it(self):
        named = np.frompyfunc(lambda x: x, 1, 1)
        with pytest.raises(TypeError, match=r"^<lambda> \(vectorized\) is not differentiable here"):
            named(Tensor([1.0]))

    @pytest.mark.parametrize("name", ["zeta", "lambertw"])
    def test_no_private_name_of_scipy_s_is_shown(self, name):
        """These are functions around a ufunc whose name begins with an underscore."""
        with pytest.raises(TypeError, match=r"^a function of another package is not"):
            getattr(scipy.special, name)(Value(1.5))

    def test_the_bessel_function_i0(self):
        x = Value(0.3)
        z = scipy.special.i0(x)
        z.backward()
        assert z.data == pytest.approx(scipy.special.i0(0.3), rel=1e-14)
        assert x.grad == pytest.approx(scipy.special.i1(0.3), rel=1e-14)


def test_polygamma_is_called_as_scipys_is():
    assert special.polygamma(0, 2.0) == special.digamma(2.0)
    assert special.polygamma(1, 1.0) == pytest.approx(math.pi**2 / 6, rel=1e-15)
    assert ag.grad(lambda x: special.polygamma(1, x))(1.0) == special.polygamma(2, 1.0)
    with pytest.raises(ValueError, match="an order of 0 or more, got -1"):
        special.polygamma(-1, 2.0)
    with pytest.raises(TypeError, match="integer"):
        special.polygamma(1.5, 2.0)


def test_the_beta_function_of_whole_numbers():
    """B(a, b) = (a − 1)! (b − 1)!/(a + b − 1)!."""
    assert special.beta(3.0, 4.0) == pytest.approx(1 / 60, rel=1e-14)
    assert special.betaln(np.array([3.0, 1.0]), 4.0) == pytest.approx(-np.log([60, 4]), rel=1e-14)


@pytest.mark.parametrize(
    "point", [(-0.5, 2.0), (2.3, -0.7), (-1.2, -0.9), (-2.5, -3.6), (9.0, -4.5)]
)
def test_the_beta_function_of_negative_numbers_has_its_sign(point):
    a, b = map(Value, point)
    z = special.beta(a, b)
    z.backward()
    assert z.data == pytest.approx(float(mp.beta(*point)), rel=1e-13)
    slopes = [float(mp.diff(mp.beta, point, order)) for order in ((1, 0), (0, 1))]
    assert [a.grad, b.grad] == pytest.approx(slopes, rel=1e-12, abs=1e-14)
    assert ag.jit(special.beta)(*point) == pytest.approx(z.data, rel=1e-14)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_narrow_floats_are_computed_as_wide_ones_and_kept(dtype):
    x = np.array([0.25, 0.5, 0.75], dtype)
    for op in (ag.lgamma, ag.digamma, ag.erfinv, ag.logit, ag.log_ndtr):
        found = op(x)
        assert found.dtype == dtype
        np.testing.assert_allclose(found, op(x.astype(float)), rtol=4 * np.finfo(dtype).eps)


def test_nan_stays_nan():
    for op in (ag.lgamma, ag.digamma, ag.erfinv, ag.logit, ag.log_ndtr):
        assert math.isnan(op(nan))
        assert np.isnan(op(np.array([nan, 0.5]))).tolist() == [True, False]
        assert math.isnan(ag.grad(op)(nan))


def test_the_gamma_function_of_whole_numbers_is_a_factorial():
    """In exact integers, up to the last that a float holds."""
    for n in range(171):
        exactly = mp.mpf(math.factorial(n))
        assert ulps(special.gamma(n + 1.0), exactly) <= 6
        assert ulps(special.gamma(np.array([n + 1.0]))[0], exactly) <= 6


def test_gamma_overflows_to_infinity_and_underflows_to_zero():
    for x, expected in [(171.7, inf), (1e9, inf), (inf, inf), (-190.5, -0.0), (-inf, nan)]:
        np.testing.assert_equal([special.gamma(x), *special.gamma(np.array([x]))], [expected] * 2)


@pytest.mark.parametrize("p", [5e-324, 1e-300, 9.99e-4, 1.001e-3, 0.02, 0.25, 0.5, 0.75, 0.999])
def test_ndtri_is_where_the_distribution_function_has_that_value(p):
    """Φ(ndtri p) is p to the digits that a rounded z leaves: z φ(z)/Φ(z) times its rounding."""
    z = mp.mpf(special.ndtri(p))
    with mp.workdps(40):
        off = mp.log(mp.erfc(-z / mp.sqrt(2)) / 2) - mp.log(mp.mpf(p))
        assert abs(off) <= 4 * 2.0**-53 * (1 + z * z)
    assert special.ndtri(np.array([p]))[0] == pytest.approx(float(z), rel=1e-15)


@pytest.mark.parametrize("p", [1e-30, 0.01, 0.3, 0.5, 0.8, 1 - 2.0**-53])
def test_the_slope_of_ndtri_is_pytorchs(p):
    x = torch.tensor(p, dtype=torch.float64, requires_grad=True)
    torch.special.ndtri(x).backward()
    assert ag.grad(special.ndtri)(p) == pytest.approx(x.grad.item(), rel=1e-12)


def test_ndtri_of_an_end_is_infinite_and_beyond_it_is_nan():
    at, expected = [0.0, 1.0, -0.1, 1.1, nan], [-inf, inf, nan, nan, nan]
    np.testing.assert_equal([special.ndtri(p) for p in at], expected)
    np.testing.assert_equal(special.ndtri(np.array(at)), expected)
