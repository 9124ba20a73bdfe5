"""Incomplete gamma functions, Bessel functions and entropies: against SciPy, mpmath and PyTorch."""

from math import inf, nan

import numpy as np
import pytest
import scipy.special
import torch
from mpmath import mp

import autograd as ag
from autograd import Tensor, Value, gradcheck, special

# The function here, the operands before x, and points.
OF_X = [
    ("gammainc", (0.3,), [0.0, 1e-9, 0.2, 0.99, 1.0, 2.5, 40.0]),
    ("gammainc", (7.5,), [1e-3, 2.0, 7.4, 7.5, 9.0, 60.0]),
    ("gammaincc", (0.3,), [0.0, 1e-9, 0.2, 0.99, 1.0, 2.5, 40.0]),
    ("gammaincc", (150.0,), [90.0, 149.0, 150.0, 180.0]),
    ("erfcx", (), [-5.0, -0.5, 0.0, 0.5, 30.0, 1e8]),
    ("erfcinv", (), [1e-30, 0.3, 0.9, 1.0, 1.7]),
    ("rgamma", (), [-3.0, -2.5, -1.0, 0.0, 0.3, 0.5, 4.2]),
    ("entr", (), [-1.0, 0.0, 0.2, 3.0]),
    ("j0", (), [-3.0, 0.0, 1e-8, 1.0, 20.0, 500.0]),
    ("j1", (), [-3.0, 0.0, 1e-8, 1.0, 20.0, 500.0]),
    ("jv", (7,), [-3.0, 0.0, 1.0, 20.0, 500.0]),
    ("jv", (-2,), [-3.0, 1.0, 20.0]),
    ("i1", (), [-3.0, 0.0, 1.0, 20.0]),
    ("iv", (3,), [-3.0, 0.0, 1.0, 20.0]),
    ("i0e", (), [-3.0, 0.0, 1.0, 29.0, 1e4]),
    ("i1e", (), [-3.0, 0.0, 1.0, 29.0, 1e4]),
    ("ive", (4,), [-3.0, 0.0, 1.0, 29.0, 1e4]),
    ("gammasgn", (), [-2.5, -0.5, 0.5]),
]
OF_TWO = ["xlog1py", "rel_entr", "kl_div"]
NAMES = [f"{name}{before}" for name, before, _ in OF_X]


@pytest.mark.parametrize(("name", "before", "points"), OF_X, ids=NAMES)
def test_values_are_scipy_s(name, before, points):
    x = np.array(points)
    ours, theirs = getattr(special, name), getattr(scipy.special, name)
    expected = theirs(*before, x)
    np.testing.assert_allclose(ours(*before, x), expected, rtol=2e-13, atol=1e-15)
    np.testing.assert_allclose([ours(*before, p) for p in points], expected, rtol=2e-13, atol=1e-15)


@pytest.mark.parametrize(("name", "before", "points"), OF_X, ids=NAMES)
def test_a_call_of_scipy_s_on_a_node_is_recorded(name, before, points):
    x = Tensor(points)
    z = getattr(scipy.special, name)(*before, x)
    assert isinstance(z, Tensor)
    np.testing.assert_array_equal(z.data, getattr(special, name)(*before, np.array(points)))


DEFINITIONS = {
    "gammainc": lambda a, x: mp.gammainc(a, 0, x, regularized=True),
    "gammaincc": lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True),
    "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
    "erfcinv": lambda x: mp.erfinv(1 - x),
    "rgamma": mp.rgamma,
    "j0": lambda x: mp.besselj(0, x),
    "j1": lambda x: mp.besselj(1, x),
    "jv": mp.besselj,
    "i1": lambda x: mp.besseli(1, x),
    "iv": mp.besseli,
    "i0e": lambda x: mp.besseli(0, x) * mp.exp(-abs(x)),
    "i1e": lambda x: mp.besseli(1, x) * mp.exp(-abs(x)),
    "ive": lambda v, x: mp.besseli(v, x) * mp.exp(-abs(x)),
}


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(
    ("name", "before", "points"), [c for c in OF_X if c[0] in DEFINITIONS],
    ids=[n for n in NAMES if n.partition("(")[0] in DEFINITIONS],
)  # fmt: skip
def test_derivatives_are_those_of_the_definition(name, before, points, order):
    ours = lambda x: getattr(special, name)(*before, x)  # noqa: E731
    for _ in range(order):
        ours = ag.grad(ours)
    inside = [x for x in points if (x or name == "rgamma") and abs(x) < 100 and x > -10]
    for x in inside:
        if name == "erfcx" and order == 3 and x < 0:
            continue  # 2 e^(x²) − erfcx(−x): of the second, log_ndtr has four derivatives
        if abs(x) < 1e-6 or (name == "erfcinv" and x < 1e-6):
            continue  # where no difference has digits
        with mp.workdps(60):
            exact = float(mp.diff(lambda t: DEFINITIONS[name](*before, t), mp.mpf(x), order))
        assert ours(x) == pytest.approx(exact, rel=1e-9, abs=1e-13)


@pytest.mark.parametrize(
    ("ours", "theirs", "points"),
    [
        (special.entr, torch.special.entr, [0.2, 1.0, 3.0]),
        (special.erfcx, torch.special.erfcx, [-2.0, 0.5, 20.0]),
        (special.i0e, torch.special.i0e, [-2.0, 0.0, 20.0]),
        (special.i1e, torch.special.i1e, [-2.0, 0.0, 20.0]),
        (special.i1, torch.special.i1, [-2.0, 0.0, 20.0]),
        (lambda x: special.multigammaln(x, 3),
         lambda x: torch.special.multigammaln(x, 3), [1.5, 4.0]),
        (lambda x: special.gammainc(2.5, x),
         lambda x: torch.special.gammainc(torch.full_like(x, 2.5), x), [0.1, 2.0, 9.0]),
        (lambda x: special.gammaincc(2.5, x),
         lambda x: torch.special.gammaincc(torch.full_like(x, 2.5), x), [0.1, 2.0, 9.0]),
        (lambda x: special.xlog1py(x, x), lambda x: torch.special.xlog1py(x, x), [0.1, 2.0, 9.0]),
    ],
    ids=["entr", "erfcx", "i0e", "i1e", "i1", "multigammaln", "gammainc", "gammaincc", "xlog1py"],
)  # fmt: skip
def test_values_and_slopes_are_pytorch_s(ours, theirs, points):
    x = torch.tensor(points, dtype=torch.float64, requires_grad=True)
    z = theirs(x)
    z.sum().backward()
    at = np.array(points)
    np.testing.assert_allclose(ours(at), z.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(ag.grad(lambda t: ours(t).sum())(at), x.grad.numpy(), rtol=1e-9)


@pytest.mark.parametrize("name", OF_TWO)
def test_those_of_two_operands_have_scipy_s_values_and_the_slopes_of_differences(name):
    ours, theirs = getattr(special, name), getattr(scipy.special, name)
    x, y = np.array([0.0, 0.5, 2.0, 0.0, 3.0]), np.array([0.0, 0.5, 0.7, 2.0, 1e-3])
    np.testing.assert_allclose(ours(x, y), theirs(x, y), rtol=1e-14)
    for p, q in [(0.5, 0.5), (2.0, 0.7), (3.0, 1e-3)]:
        along_x, along_y = ag.grad(ours, (0, 1))(p, q)
        h, k = 1e-5 * p, 1e-5 * q
        slope = (theirs(p + h, q) - theirs(p - h, q)) / 2 / h
        assert along_x == pytest.approx(slope, rel=1e-8, abs=1e-9)
        slope = (theirs(p, q + k) - theirs(p, q - k)) / 2 / k
        assert along_y == pytest.approx(slope, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("name", OF_TWO)
@pytest.mark.parametrize("kind", [float, np.float64, Value])
@pytest.mark.filterwarnings("ignore")
def test_numbers_at_edges_are_scipy_s(name, kind):
    ours, theirs = getattr(special, name), getattr(scipy.special, name)
    for x in (-inf, -1.0, -0.0, 0.5, nan):
        for y in (-inf, -1.0, -0.0, 0.0, 0.5, inf, nan):
            found = ours(kind(x), kind(y))
            is_0 = name == "rel_entr" and x == 0 and y != y  # as xlogy is here
            expected = 0.0 if is_0 else theirs(x, y)
            found = found.data if isinstance(found, Value) else found
            assert found == pytest.approx(expected, rel=1e-14, nan_ok=True), (x, y)


def test_i_of_a_large_order_is_a_float_where_that_of_a_small_one_overflows():
    for x in (715.0, 720.0):
        assert special.iv(100, x) == pytest.approx(float(mp.besseli(100, x)), rel=1e-12)
        assert special.iv(0, x) == inf


def test_erfcx_overflows_far_below_0():
    assert special.erfcx(-inf) == special.erfcx(-1e3) == inf


@pytest.mark.parametrize("x", [-26.0, -20.0, -15.3, 0.0])
@pytest.mark.parametrize("order", [1, 2])
def test_the_slopes_of_erfcx_are_finite_as_far_as_they_are_numbers(x, order):
    ours = special.erfcx
    for _ in range(order):
        ours = ag.grad(ours)
    with mp.workdps(60):
        exact = float(mp.diff(DEFINITIONS["erfcx"], mp.mpf(x), order))
    assert ours(x) == pytest.approx(exact, rel=1e-12)


@pytest.mark.filterwarnings("ignore:overflow")
def test_where_erfcx_overflows_so_does_its_slope():
    assert ag.grad(special.erfcx)(-40.0) == ag.grad(special.erfcx)(-1e300) == -inf


@pytest.mark.parametrize("x", [6.5, 20.0, 100.0, 127.9, 171.0, -20.5, -69.0, -150.3])
def test_one_over_gamma_has_digits_where_the_square_of_gamma_overflows(x):
    assert special.rgamma(x) == pytest.approx(float(mp.rgamma(x)), rel=3e-14, abs=0)
    slope = float(-mp.rgamma(x) * mp.digamma(x)) if x != -69 else -float(mp.factorial(69))
    assert ag.grad(special.rgamma)(x) == pytest.approx(slope, rel=3e-14, abs=0)


def test_one_over_gamma_keeps_its_digits_in_float32():
    x = np.float32(34.0)
    assert special.rgamma(x) == pytest.approx(float(mp.rgamma(34)), rel=1e-5, abs=0)
    slope = -float(mp.rgamma(34) * mp.digamma(34))
    assert ag.grad(special.rgamma)(Tensor(x).data) == pytest.approx(slope, rel=1e-5, abs=0)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.filterwarnings("ignore:overflow")
def test_one_over_gamma_is_0_at_poles_whose_neighbours_overflow(kind):
    np.testing.assert_array_equal(special.rgamma(np.array([-171.0, -400.0], kind)), [0.0, 0.0])


# Quotients that overflow or underflow, and one whose quotient by y, its slope's, does.
APART = [(1e300, 1e-300), (1e-300, 1e300), (1.0, 1e-200), (1e-160, 1e160), (3e-320, 1e-320)]


@pytest.mark.parametrize(("x", "y"), APART)
@pytest.mark.filterwarnings("ignore:overflow", "ignore:divide by zero")
def test_a_relative_entropy_is_a_number_where_its_quotient_is_none(x, y):
    exact = mp.mpf(x) * mp.log(mp.mpf(x) / mp.mpf(y))
    assert special.rel_entr(x, y) == pytest.approx(float(exact), rel=1e-13, abs=5e-324)
    by_x, by_y = ag.grad(special.rel_entr, (0, 1))(x, y)
    assert by_x == pytest.approx(float(mp.log(mp.mpf(x) / mp.mpf(y)) + 1), rel=1e-12)
    quotient = float(-mp.mpf(x) / mp.mpf(y))
    assert by_y == pytest.approx(quotient, rel=1e-12, abs=0)


@pytest.mark.parametrize("f", [special.rel_entr, special.kl_div])
def test_relative_entropies_are_infinite_below_0(f):
    assert f(-1.0, 1.0) == f(1.0, -1.0) == inf


def test_where_x_is_0_an_entropy_has_no_value_and_no_slope():
    """0 log 0 is 0, and 0·∞ in its slope too."""
    assert ag.grad(special.entr)(0.0) == 0
    assert ag.grad(special.rel_entr, (0, 1))(0.0, 0.0) == (0, 0)
    assert ag.grad(special.xlog1py, (0, 1))(0.0, -1.0) == (0, 0)


def test_one_over_gamma_has_a_slope_where_gamma_has_poles():
    """The residue of Γ at −n is (−1)^n/n!: so the slope of its inverse is (−1)^n n!."""
    for n, slope in enumerate([1.0, -1.0, 2.0, -6.0, 24.0]):
        assert special.rgamma(-float(n)) == 0
        assert ag.grad(special.rgamma)(-float(n)) == pytest.approx(slope, rel=1e-13)


def test_gammasgn_is_nan_at_the_poles_and_has_no_slope():
    np.testing.assert_equal(special.gammasgn(np.array([-1.0, -0.5, 1.0])), [nan, -1.0, 1.0])
    assert ag.grad(special.gammasgn)(-0.5) == 0


def test_a_shape_may_be_an_array_and_broadcasts():
    a, x = np.array([[0.5], [3.0]]), Tensor([0.1, 2.0, 30.0])
    z = special.gammainc(a, x)
    np.testing.assert_allclose(z.data, scipy.special.gammainc(a, x.data), rtol=1e-13)
    z.sum().backward()
    density = x.data ** (a - 1) * np.exp(-x.data) / scipy.special.gamma(a)
    np.testing.assert_allclose(x.grad, density.sum(0), rtol=1e-13)


@pytest.mark.parametrize("f", [special.gammainc, special.gammaincc], ids=["gammainc", "gammaincc"])
def test_the_shape_is_not_differentiated_nor_too_large(f):
    with pytest.raises(TypeError, match=r"isn't differentiated by its shape a.*a\.data"):
        f(Value(2.0), 1.0)
    with pytest.raises(ValueError, match=r"up to 1e8, got 1000000000\.0: .*ndtr"):
        f(1e9, 1.0)


@pytest.mark.parametrize("f", [special.gammainc, special.gammaincc], ids=["gammainc", "gammaincc"])
def test_edges_of_the_incomplete_gamma_functions_are_scipy_s(f):
    theirs = getattr(scipy.special, "gammainc" if f is special.gammainc else "gammaincc")
    for a, x in [(0.0, 1.0), (1.0, 0.0), (1.0, inf), (2.0, nan), (1.0, -1.0), (-1.0, 1.0)]:
        np.testing.assert_equal(f(a, x), float(theirs(a, x)))


@pytest.mark.parametrize("v", [0, 1, 3])
@pytest.mark.parametrize("x", [31.0, -400.0, 9e3, -3e9, 1e15])
def test_slopes_of_ive_have_all_their_digits_far_from_0(v, x):
    """Where the terms of Leibniz' rule cancel: the third derivative of x = 1e15 to 45 digits."""
    side, found, f = np.sign(x), [], lambda x: special.ive(v, x)
    with mp.workdps(90):
        for k in (1, 2, 3):
            terms = (
                mp.binomial(k, j) * (-side) ** (k - j) * mp.besseli(v, x, derivative=j)
                for j in range(k + 1)
            )
            expected = mp.fsum(terms) * mp.exp(-abs(mp.mpf(x)))
            f = ag.grad(f)
            found.append(float(abs(f(x) / expected - 1)))
    assert max(found) < 2e-15


@pytest.mark.parametrize("x", [-7.0, 3.83, 10.17])
def test_gradcheck_gives_no_alarm_beside_a_root_of_j1(x):
    """There the float has the digits of the wave, not those of its small value."""
    assert gradcheck(special.j0, x).verdict == "PASS"


def test_an_order_is_one_whole_number():
    for f in (special.jv, special.iv, special.ive):
        with pytest.raises(ValueError, match=r"one whole order, got 0\.5"):
            f(0.5, 1.0)
        with pytest.raises(TypeError, match="isn't differentiated by its order"):
            f(Value(1.0), 1.0)
    with pytest.raises(ValueError, match="a dimension of 1 or more, got 0"):
        special.multigammaln(2.0, 0)


@pytest.mark.parametrize("name", [n for n in special.__all__ if n in {c[0] for c in OF_X}])
def test_a_replay_and_a_batch_give_the_same(name):
    before, points = next((b, p) for n, b, p in OF_X if n == name)
    f = lambda x: getattr(special, name)(*before, x)  # noqa: E731
    x = points[2]
    assert ag.jit(f)(x) == pytest.approx(f(x), rel=1e-14)
    np.testing.assert_array_equal(ag.vmap(f)(np.array(points)), f(np.array(points)))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_narrow_floats_are_kept(dtype):
    x = np.array([0.25, 0.5, 1.5], dtype)
    for name, before, _ in OF_X:
        found = getattr(special, name)(*before, x)
        assert found.dtype == dtype, name
