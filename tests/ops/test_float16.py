"""Reductions of float16 add up in float32: right to an ulp of float16 at every size."""

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor

REDUCTIONS = ["sum", "mean", "var", "std", "logsumexp"]


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("size", [1, 2, 1000, 2**16, 2**17])
def test_a_reduction_and_its_gradient_are_those_of_float64_rounded(name: str, size: int) -> None:
    f = getattr(autograd, name)
    numbers = np.random.default_rng(size).uniform(-1, 1, size).astype(np.float16)
    half, double = Tensor(numbers), Tensor(numbers.astype(float))
    f(half).backward()
    f(double).backward()
    for found, exact in ((f(half).data, f(double).data), (half.grad, double.grad)):
        assert found.dtype == np.float16
        rounding = np.spacing(np.abs(exact).astype(np.float16)).astype(float)
        assert (np.abs(found.astype(float) - exact) <= rounding).all()


def test_a_softmax_of_many_float16_sums_to_one() -> None:
    shares = autograd.softmax(Tensor(np.zeros(2**13, np.float16)))
    assert shares.data.dtype == np.float16
    assert (shares.data == np.float16(2**-13)).all()


def test_layer_norm_of_float16_has_room_for_squares() -> None:
    """(x − 200) / √34,999.99 at 0, 100, 200, 500."""
    found = nn.LayerNorm(4, dtype=np.float16)(Tensor([[0, 100, 200, 500]], dtype=np.float16))
    assert found.data.dtype == np.float16
    assert found.data[0] == pytest.approx([-1.069, -0.5345, 0.0, 1.6036], abs=2e-3)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
@pytest.mark.parametrize("size", [2, 1000, 2**13])
def test_a_pullback_of_exponentials_adds_up_in_float32(name: str, size: int) -> None:
    f = getattr(autograd, name)
    rng = np.random.default_rng(size)
    numbers = rng.uniform(-1, 1, size).astype(np.float16)
    half, double = Tensor(numbers), Tensor(numbers.astype(float))
    cotangent = rng.uniform(0.5, 1, np.shape(f(half).data)).astype(np.float16)
    f(half).backward(cotangent)
    f(double).backward(cotangent.astype(float))
    assert half.grad.dtype == np.float16
    assert (np.abs(half.grad - double.grad) <= np.spacing(np.abs(double.grad).astype("e"))).all()


@pytest.mark.parametrize("size", [1, 2, 1000, 2**13])
def test_running_sums_add_up_in_float32_in_both_directions(size: int) -> None:
    numbers = np.random.default_rng(size).uniform(-1, 1, size).astype(np.float16)
    cotangent = numbers[::-1].copy()
    half, double = Tensor(numbers), Tensor(numbers.astype(float))
    for x, g in ((half, cotangent), (double, cotangent.astype(float))):
        autograd.cumsum(x).backward(g)
    found, exact = autograd.cumsum(half).data, autograd.cumsum(double).data
    for one, other in ((found, exact), (half.grad, double.grad)):
        assert (np.abs(one - other) <= 1e-5 + np.spacing(np.abs(other).astype(np.float16))).all()


@pytest.mark.parametrize("order", [None, 1, 3, 0.5, np.inf])
def test_norms_of_float16_have_room_for_powers(order: float | None) -> None:
    numbers = np.array([300.0, -400.0, 1200.0], np.float16)
    half, double = Tensor(numbers), Tensor(numbers.astype(float))
    for x in (half, double):
        autograd.norm(x, order).backward()
    assert half.grad == pytest.approx(double.grad, rel=2**-11, abs=0)
    assert autograd.norm(half, order).data == np.float16(autograd.norm(double, order).data)


def test_products_of_float16_may_leave_its_range_on_the_way() -> None:
    x = Tensor([300.0, 300.0, 2.0**-10], dtype=np.float16)
    product = autograd.prod(x)
    product.backward()
    assert product.data == np.float16(90000 / 1024)
    assert x.grad.tolist() == [np.float16(300 / 1024), np.float16(300 / 1024), np.inf]
