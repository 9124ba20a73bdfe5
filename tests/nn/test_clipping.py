"""Clipping: what it returns, what it changes, and what it refuses."""

import math
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, Value


def variables() -> tuple[Tensor, Value, Value]:
    """Gradients (3, 0), 4 and none: 5 long."""
    x, y, z = Tensor([1.0, 1.0]), Value(1.0), Value(1.0)
    x.grad, y.grad = np.array([3.0, 0.0]), -4.0
    return x, y, z


def test_the_norm_is_that_of_all_gradients_together() -> None:
    assert nn.grad_norm(variables()) == 5.0


def test_without_gradients_the_norm_is_zero() -> None:
    assert nn.grad_norm([Value(1.0)]) == 0.0
    assert nn.clip_grad_norm([Value(1.0)], 1.0) == 0.0


@pytest.mark.parametrize("size", [1e-170, 1e170])
def test_the_norm_neither_overflows_nor_underflows(size: float) -> None:
    x = Tensor([0.0, 0.0])
    x.grad = np.array([3 * size, 4 * size])
    assert nn.grad_norm([x]) == pytest.approx(5 * size, rel=1e-15)


def test_half_precision_does_not_overflow() -> None:
    x = Tensor(np.zeros(400, np.float16))
    x.grad = np.full(400, 1000, np.float16)
    assert nn.grad_norm([x]) == 20_000.0


def test_a_long_gradient_is_shortened_and_keeps_its_direction() -> None:
    x, y, z = variables()
    assert nn.clip_grad_norm([x, y, z], 2.5) == 5.0
    assert (x.grad.tolist(), y.grad, z.grad) == ([1.5, 0.0], -2.0, None)
    assert nn.grad_norm([x, y, z]) == 2.5


def test_a_short_gradient_stays_as_it_is() -> None:
    x, y, z = variables()
    before = x.grad
    assert nn.clip_grad_norm([x, y, z], 5.0) == 5.0
    assert x.grad is before
    assert y.grad == -4.0


def test_elements_are_clipped_one_by_one() -> None:
    x, y, z = variables()
    assert nn.clip_grad_value([x, y, z], 3.5) == 5.0
    assert (x.grad.tolist(), y.grad, z.grad) == ([3.0, 0.0], -3.5, None)


def test_an_infinite_element_can_be_clipped_to_a_value() -> None:
    x = Value(1.0)
    x.grad = math.inf
    assert nn.clip_grad_value([x], 2.0) == math.inf
    assert x.grad == 2.0


@pytest.mark.parametrize("clip", [nn.clip_grad_norm, nn.clip_grad_value])
def test_gradients_are_replaced_and_not_written_to(clip: Any) -> None:
    x, _, _ = variables()
    before = x.grad
    clip([x], 1.0)
    assert before.tolist() == [3.0, 0.0]
    assert x.grad.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("clip", [nn.clip_grad_norm, nn.clip_grad_value])
def test_gradients_keep_their_precision(clip: Any, dtype: Any) -> None:
    x = Tensor(np.ones(2, dtype))
    x.grad = np.array([3.0, 4.0], dtype)
    clip([x], 1.0)
    assert x.grad.dtype == dtype


@pytest.mark.parametrize("clip", [nn.clip_grad_norm, nn.clip_grad_value])
def test_a_gradient_that_is_nan_is_refused_and_nothing_is_changed(clip: Any) -> None:
    x, y = Value(1.0), Value(1.0)
    x.grad, y.grad = 9.0, math.nan
    with pytest.raises(ValueError, match=r"the gradients are nan long.*nothing was clipped"):
        clip([x, y], 1.0)
    assert x.grad == 9.0


def test_an_infinite_gradient_has_no_direction() -> None:
    x = Value(1.0)
    x.grad = math.inf
    with pytest.raises(ValueError, match="the gradients are inf long"):
        nn.clip_grad_norm([x], 1.0)


def test_a_nan_is_told_from_an_inf() -> None:
    x, y = Value(1.0), Value(1.0)
    x.grad, y.grad = math.inf, math.nan
    assert math.isnan(nn.grad_norm([x, y]))


@pytest.mark.parametrize("bound", [-1.0, math.nan, math.inf])
def test_a_bound_is_finite_and_at_least_zero(bound: float) -> None:
    with pytest.raises(ValueError, match="max_norm must be finite and at least 0"):
        nn.clip_grad_norm(variables(), bound)
    with pytest.raises(ValueError, match="clip_value must be finite and at least 0"):
        nn.clip_grad_value(variables(), bound)
