"""Optimisers of float16 parameters remember in float32; a large float32 gradient moves."""

import numpy as np
import pytest

import nn
from autograd import Tensor

RULES = [nn.SGD, nn.Adam, nn.AdamW, nn.RMSprop, nn.Adagrad]


@pytest.mark.parametrize("rule", RULES)
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


def test_adam_moves_by_a_large_gradient_of_float32() -> None:
    p = Tensor([1.0], dtype=np.float32)
    p.grad = np.array([1e20], np.float32)
    nn.Adam([p], lr=0.25).step()
    assert p.data.tolist() == [0.75]
