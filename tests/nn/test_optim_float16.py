"""Optimisers of float16 parameters remember in float32; a large float32 gradient moves."""

import numpy as np
import pytest
from parts import OPTIMISERS

import nn
from autograd import Tensor


@pytest.mark.parametrize("rule", OPTIMISERS)
def test_a_zero_gradient_of_float16_gives_no_nan(rule: type) -> None:
    p = Tensor([1.0, 2.0], dtype=np.float16)
    optimizer = rule([p], lr=1e-3)
    for gradient in (0.0, 1e-4, 0.0):
        p.grad = np.full(2, gradient, np.float16)
        optimizer.step()
    assert p.data.dtype == np.float16
    assert np.isfinite(p.data).all()


def test_moments_of_float16_are_float32() -> None:
    p = Tensor([1.0], dtype=np.float16)
    optimizer = nn.Adam([p], lr=0.25)
    p.grad = np.array([1e-4], np.float16)
    optimizer.step()
    assert optimizer.state_dict()["memory"][0]["square"].dtype == np.float32
    assert p.data.tolist() == [0.75]  # the first step is of lr, whatever the gradient


@pytest.mark.parametrize("rule", OPTIMISERS)
@pytest.mark.parametrize("gradient", [1e19, 1e20, 1e30])
def test_large_gradients_of_float32_move_as_those_of_float64(rule: type, gradient: float) -> None:
    single, double = Tensor([1.0, 2.0], dtype=np.float32), Tensor([1.0, 2.0])
    rules = [rule([p], lr=0.25) for p in (single, double)]
    for size in (gradient, 1.0, gradient):
        for p, optimizer in zip((single, double), rules, strict=True):
            p.grad = np.full(2, size, p.dtype)
            optimizer.step()
    assert single.dtype == np.float32
    assert single.data == pytest.approx(double.data, rel=1e-5)


def test_what_is_remembered_of_large_gradients_can_be_saved_and_loaded() -> None:
    p, q = (Tensor([1.0], dtype=np.float32) for _ in range(2))
    optimizer, resumed = nn.Adagrad([p]), nn.Adagrad([q])
    p.grad = np.array([1e20], np.float32)
    optimizer.step()
    resumed.load_state_dict(optimizer.state_dict())
    assert resumed.state_dict()["memory"][0]["sum"] == pytest.approx([1e40])
