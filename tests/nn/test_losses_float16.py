"""Every loss of float16: the loss and the gradient of float64, rounded once or twice."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from parts import LOSSES, names

import nn
from autograd import Tensor

LABELS = np.arange(300) % 4
SHARES = np.eye(4)[LABELS]
CALLS: list[tuple[Callable[..., Any], Any, dict[str, Any]]] = [
    (nn.mse, SHARES, {}),
    (nn.half_squared_error, SHARES, {}),
    (nn.smooth_l1, SHARES, {}),
    (nn.smooth_l1, SHARES, {"beta": 0.5}),
    (nn.hinge, 2 * SHARES - 1, {}),
    (nn.multi_margin, LABELS, {}),
    (nn.multi_margin, LABELS, {"p": 2}),
    (nn.nll, LABELS, {}),
    (nn.kl_divergence, SHARES, {}),
    (nn.binary_cross_entropy_with_logits, SHARES, {"pos_weight": 3.0}),
    (nn.cross_entropy, LABELS, {}),
    (nn.cross_entropy, SHARES, {}),
    (nn.cross_entropy, LABELS, {"label_smoothing": 0.1, "weight": [1, 2, 3, 4]}),
]


def test_every_loss_is_among_them() -> None:
    assert {loss.__name__ for loss, *_ in CALLS} == names(LOSSES)


def within_an_ulp(found: np.ndarray, exact: np.ndarray) -> bool:
    assert found.dtype == np.float16
    return bool((abs(found - exact) <= np.spacing(abs(exact).astype(np.float16))).all())


@pytest.mark.parametrize(("loss", "targets", "options"), CALLS)
def test_a_loss_of_float16_is_that_of_float64_rounded(loss, targets, options) -> None:
    numbers = np.random.default_rng(3).normal(0, 4, (300, 4)).astype(np.float16)
    half, double = Tensor(numbers), Tensor(numbers.astype(float))
    found, exact = loss(half, targets, **options), loss(double, targets, **options)
    found.backward()
    exact.backward()
    assert within_an_ulp(found.data, exact.data)
    assert within_an_ulp(half.grad, double.grad)


def test_squares_beyond_float16_have_a_mean_within() -> None:
    """300² / 4: a square alone is more than the largest float16."""
    prediction = Tensor([300, 0, 0, 0], dtype=np.float16)
    loss = nn.mse(prediction=prediction, target=np.zeros(4))
    loss.backward()
    assert (loss.data, loss.dtype) == (22500.0, np.float16)
    assert prediction.grad.tolist() == [150.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("ahead", [20.0, 37.43, 300.0])
def test_probabilities_as_targets_take_nothing_from_one(ahead: float) -> None:
    """−1/(1 + eᵃ) and its opposite."""
    logits = Tensor([[ahead, 0.0]])
    nn.cross_entropy(logits, [[1.0, 0.0]]).backward()
    share = 1 / (1 + np.exp(ahead))
    assert logits.grad == pytest.approx(np.array([[-share, share]]), rel=1e-13, abs=0)
