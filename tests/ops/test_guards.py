"""Derivatives of order one to three at the guards of rules: a shielded value isn't a constant.

The expected numbers are closed forms, or Taylor coefficients by mpmath at 60 digits.
"""

import numpy as np
import pytest
from mpmath import mp

import autograd
from autograd import grad, hessian

DIRECTLY_BESIDE_ZERO = [0.0, 5e-324, -5e-324, 1e-300, 1e-15, -1e-8, 1e-3, 0.74, 0.76]


@pytest.mark.parametrize("size", [2, 3, 7])
def test_the_hessian_of_var_of_equal_numbers_is_that_of_any_others(size: int) -> None:
    """2/n on the diagonal less 2/n² everywhere: var is a quadratic form."""
    exact = 2 / size * (np.eye(size) - 1 / size)
    for row in (np.full(size, 1.0), np.zeros(size), np.arange(size) + 0.5):
        assert np.allclose(hessian(autograd.var)(row), exact, rtol=1e-15, atol=1e-16)


def test_the_hessian_of_xlogy_is_symmetric_where_the_factor_is_zero() -> None:
    found = hessian(lambda v: autograd.xlogy(v[0], v[1]))(np.array([0.0, 2.0]))
    assert found.tolist() == [[0.0, 0.5], [0.5, 0.0]]


@pytest.mark.parametrize("base", [1.5, 0.25, 40.0])
@pytest.mark.parametrize("exponent", [0.0, 5e-324, 1.0, np.nextafter(1.0, 2), 2.0])
def test_mixed_derivatives_of_pow_are_right_at_the_exponents_zero_and_one(
    base: float, exponent: float
) -> None:
    """Along (base + t, exponent + t), to the third order."""
    with mp.workdps(60):
        x, y = mp.mpf(base), mp.mpf(float(exponent))
        taylor = mp.taylor(lambda t: mp.power(x + t, y + t), 0, 3)
        exact = [float(c * mp.factorial(n)) for n, c in enumerate(taylor)]
    f = lambda t: (base + t) ** (float(exponent) + t)  # noqa: E731
    for n in (1, 2, 3):
        f = grad(f)
        assert f(0.0) == pytest.approx(exact[n], rel=1e-13)


@pytest.mark.parametrize("x", DIRECTLY_BESIDE_ZERO)
def test_derivatives_of_sinc_to_the_fourth_are_those_of_its_series(x: float) -> None:
    """The n-th is Σ (−1)^k π^2k x^(2k − n) / ((2k + 1) (2k − n)!)."""
    f = autograd.sinc
    for n in (1, 2, 3, 4):
        f = grad(f)
        with mp.workdps(60):
            exact = mp.fsum(
                (-1) ** k * mp.pi ** (2 * k) * mp.mpf(x) ** (2 * k - n)
                / ((2 * k + 1) * mp.factorial(2 * k - n))
                for k in range((n + 1) // 2, 40)
            )  # fmt: skip
        assert f(x) == pytest.approx(float(exact), rel=1e-13, abs=5e-323)
