"""Complex Values: parts, moduli and angles; their gradients beside JAX's and PyTorch's."""

from __future__ import annotations

import cmath
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

import autograd as ag
from autograd import Value, grad, hvp, jacobian, jvp, value_and_grad, vjp

POINT = 0.7 - 1.3j

# Real functions of a complex number; ``np`` is ours, NumPy's, JAX's or PyTorch's namespace.
REAL: dict[str, Callable[[Any, Any], Any]] = {
    "real": lambda np, z: np.real(z),
    "imag": lambda np, z: np.imag(z),
    "abs": lambda np, z: np.abs(z),
    "angle": lambda np, z: np.angle(z),
    "squared modulus": lambda np, z: np.real(np.conj(z) * z),
    "real of a square": lambda np, z: np.real(z * z),
    "imag of exp": lambda np, z: np.imag(np.exp(1j * z)),
    "abs of a product": lambda np, z: np.abs(np.sin(z) * np.conj(z) + 2.0),
    "product of parts": lambda np, z: np.real(z) * np.exp(np.imag(z)),
    "angle of sqrt": lambda np, z: np.angle(np.sqrt(z) + 1j),
}
each = pytest.mark.parametrize("f", REAL.values(), ids=REAL)


def ours(f: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    return lambda z: f(np, z)


@each
def test_the_value_is_numpy_s_and_real(f: Callable[[Any, Any], Any]) -> None:
    found = f(np, Value(POINT)).data
    assert type(found) is float
    assert found == pytest.approx(f(np, POINT), rel=1e-15)


@each
def test_a_gradient_is_the_slope_in_x_less_i_times_that_in_y(f: Callable[[Any, Any], Any]) -> None:
    def slope(step: complex) -> float:
        return (f(np, POINT + step) - f(np, POINT - step)) / (2 * abs(step))

    expected = slope(1e-5) - 1j * slope(1e-5j)
    found = grad(ours(f))(POINT)
    assert type(found) is complex
    assert found == pytest.approx(expected, rel=1e-8)
    assert jvp(ours(f), (POINT,), (0.3 + 0.4j,))[1] == pytest.approx(
        (found * (0.3 + 0.4j)).real, rel=1e-13
    )


@pytest.mark.slow
@each
def test_it_is_jax_s_gradient_and_the_conjugate_of_pytorch_s(f: Callable[[Any, Any], Any]) -> None:
    import jax
    import torch

    found = grad(ours(f))(POINT)
    with jax.enable_x64(True):
        of_jax = complex(jax.grad(lambda z: f(jax.numpy, z))(POINT))
    z = torch.tensor(POINT, dtype=torch.complex128, requires_grad=True)

    class Torch:
        real, imag, abs, angle, conj = torch.real, torch.imag, torch.abs, torch.angle, torch.conj
        exp, sin, sqrt = torch.exp, torch.sin, torch.sqrt

    f(Torch, z).backward()
    assert found == pytest.approx(of_jax, rel=1e-12)
    assert found == pytest.approx(complex(z.grad.conj()), rel=1e-12)


@each
def test_second_derivatives_are_differences_of_the_first(f: Callable[[Any, Any], Any]) -> None:
    """Of what is real: along a direction v, the real part of gradient · v has a gradient."""
    direction = 0.6 + 0.8j

    def along(z: Any) -> Any:
        return ag.real(grad(ours(f))(z) * direction)

    def slope(step: complex) -> float:
        return (along(POINT + step) - along(POINT - step)) / (2 * abs(step))

    found = grad(along)(POINT)
    assert found == pytest.approx(slope(1e-5) - 1j * slope(1e-5j), rel=1e-7, abs=1e-9)
    assert hvp(ours(f), (POINT,), (direction,))[0] == pytest.approx(found, rel=1e-12, abs=1e-14)


def test_a_real_variable_gets_the_real_slope_of_a_real_result_behind_complex_numbers() -> None:
    """|x e^{ix} + 2|: by differences; and its second derivative."""

    def f(x: Any) -> Any:
        return abs(x * ag.exp(1j * x) + 2)

    value, slope = value_and_grad(f)(0.7)
    h = 1e-5
    plain = [abs(x * cmath.exp(1j * x) + 2) for x in (0.7 - h, 0.7, 0.7 + h)]
    assert value == pytest.approx(plain[1], rel=1e-15)
    assert type(slope) is float
    assert slope == pytest.approx((plain[2] - plain[0]) / (2 * h), rel=1e-8)
    assert grad(grad(f))(0.7) == pytest.approx(
        (plain[2] - 2 * plain[1] + plain[0]) / h**2, rel=1e-4
    )
    assert jvp(f, (0.7,), (1.0,))[1] == pytest.approx(slope, rel=1e-15)


@pytest.mark.parametrize("number", [2.0, Fraction(1, 3), mpmath.mpf(2)], ids=repr)
def test_a_complex_result_of_a_real_variable_is_refused(number: Any) -> None:
    x = Value(number, label="x")
    w = x * 2j
    for differentiate in (
        w.backward,
        lambda: grad(lambda x: x * 2j)(number),
        lambda: jacobian(lambda x: x * 2j)(number),
    ):
        with pytest.raises(TypeError, match=r"no gradient with respect to the real variable.*jvp"):
            differentiate()
    assert x.grad is None
    assert jvp(lambda x: x * x * 2j, (number,), (number,))[1] == 4j * number * number


@pytest.mark.parametrize(
    "f",
    [ag.conj, abs, lambda z: ag.real(z) * 1j, lambda z: z.imag * z],
    ids=["conj", "abs", "real", "imag"],
)
def test_a_complex_result_that_is_not_analytic_is_refused(f: Callable[[Any], Any]) -> None:
    z = Value(POINT)
    w = f(z) * z
    with pytest.raises(TypeError, match="is no analytic function"):
        w.backward()
    assert z.grad is None


def test_a_complex_result_of_complex_variables_has_its_derivative() -> None:
    """JAX's with ``holomorphic=True``; PyTorch's is the conjugate."""
    z, w = Value(POINT), Value(2j)
    (z * z * w).backward()
    assert (z.grad, w.grad) == (2 * POINT * 2j, POINT * POINT)


def test_the_tip_of_the_modulus_has_slope_0() -> None:
    z = Value(0j)
    abs(z).backward()
    assert z.grad == 0


def test_real_numbers_have_parts_too() -> None:
    x = Value(-3.0)
    assert (x.real.data, x.imag.data, x.conjugate().data, x.conj().data) == (-3.0, 0.0, -3.0, -3.0)
    (x.real * x.conjugate() + x.imag).backward()
    assert x.grad == -6.0
    assert Value(mpmath.mpc(1, 2)).imag.data == 2
    assert ag.angle(x).data == np.pi
    assert ag.angle(1j, deg=True) == 90.0
    assert vjp(np.conj, 2.0)[1](1.0) == (1.0,)


def test_what_compares_or_rounds_refuses_complex_numbers_still() -> None:
    for op in (ag.floor, ag.sign, ag.relu):
        with pytest.raises(TypeError, match="is not defined for a complex"):
            op(Value(1j))
