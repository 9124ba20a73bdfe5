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
