"""Losses at infinite logits, and where targets or weights are zero.

What has a target or a weight of 0 adds nothing to a loss. The expected numbers are limits, from
closed forms: log(1 + e) and the like.
"""

import math
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, Value

INF = math.inf
LOG_1E = math.log1p(math.e)  # −log p of the lower of two logits that differ by 1


def tensor(numbers: Any) -> Tensor:
    return Tensor(np.array(numbers, float))


def values(numbers: Any) -> Any:
    found = np.empty(np.shape(numbers), object)
    for index, number in np.ndenumerate(np.array(numbers, float)):
        found[index] = Value(float(number))
    return found


def gradient(holder: Any) -> list[float]:
    if isinstance(holder, Tensor):
        return holder.grad.ravel().tolist()
    return [float(each.grad or 0.0) for each in holder.flat]  # None where nothing leads to


@pytest.mark.parametrize("kind", [tensor, values])
@pytest.mark.parametrize(
    ("logits", "targets", "options", "expected"),
    [
        ([[1, 2, -INF]], [[0.4, 0.6, 0.0]], {}, LOG_1E - 0.6),
        ([[1, 2, -INF]], [0], {}, LOG_1E),
        ([[INF, 2, -INF]], [0], {}, 0.0),
        ([[INF, 2, -INF]], [[1.0, 0.0, 0.0]], {}, 0.0),
        ([[1, 2, -INF]], [[0.4, 0.6, 0.0]], {"reduction": "sum"}, LOG_1E - 0.6),
        ([[1, 2, -INF], [0, -INF, 5]], [0, 1], {"weight": [1, 0, 1]}, LOG_1E),
        ([[1, 2, -INF]], [0], {"weight": [1, 1, 0], "label_smoothing": 0.3}, 0.85 * LOG_1E
         + 0.15 * (LOG_1E - 1) - 0.05 * (2 * LOG_1E - 1)),
    ],
)  # fmt: skip
def test_cross_entropy_where_a_target_or_weight_of_zero_meets_an_infinite_logit(
    kind, logits, targets, options, expected
):
    z = kind(logits)
    loss = nn.cross_entropy(z, np.array(targets), **options)
    loss.backward()
    assert float(loss.data) == pytest.approx(expected, abs=1e-15)
    assert all(map(math.isfinite, gradient(z)))


@pytest.mark.parametrize("kind", [tensor, values])
def test_the_gradient_of_cross_entropy_beside_an_infinite_logit_is_softmax_minus_target(kind):
    z = kind([[1, 2, -INF]])
    nn.cross_entropy(z, np.array([[0.4, 0.6, 0.0]])).backward()
    low = 1 / (1 + math.e)
    assert gradient(z) == pytest.approx([low - 0.4, 1 - low - 0.6, 0.0], abs=1e-15)


def test_cross_entropy_is_infinite_where_what_is_true_has_no_probability():
    assert nn.cross_entropy(Tensor([[1.0, -INF]]), [1]).data == INF
    assert nn.cross_entropy(Tensor([[1.0, -INF]]), np.array([[0.5, 0.5]])).data == INF


@pytest.mark.parametrize("kind", [tensor, values])
@pytest.mark.parametrize(
    ("logits", "targets", "options", "expected"),
    [
        ([INF, -INF], [1.0, 0.0], {}, 0.0),
        ([INF], [0.0], {}, INF),
        ([-INF, 0.0], [1.0, 0.0], {"pos_weight": 0.0}, math.log(2) / 2),
    ],
)
def test_binary_cross_entropy_at_infinite_logits(kind, logits, targets, options, expected):
    z = kind(logits)
    loss = nn.binary_cross_entropy_with_logits(z, np.array(targets), **options)
    loss.backward()
    assert float(loss.data) == expected
    assert all(map(math.isfinite, gradient(z)))


def test_binary_cross_entropy_of_a_single_value_that_is_sure():
    z = Value(INF)
    nn.binary_cross_entropy_with_logits(z, 1).backward()
    assert z.grad == 0.0


@pytest.mark.parametrize("kind", [tensor, values])
@pytest.mark.parametrize("loss", [nn.cross_entropy, nn.nll])
@pytest.mark.parametrize("options", [{}, {"reduction": "sum"}])
def test_a_batch_whose_weights_are_all_zero_has_loss_and_gradient_zero(kind, loss, options):
    z = kind([[0.5, -1.0, 2.0], [1.0, -INF, 0.0]])
    found = loss(z, np.array([1, 1]), weight=[1.0, 0.0, 1.0], **options)
    found.backward()
    assert float(found.data) == 0.0
    assert gradient(z) == [0.0] * 6


@pytest.mark.parametrize("kind", [tensor, values])
def test_a_row_of_weight_zero_is_left_out_of_a_margin_loss(kind):
    z = kind([[0.0, -INF], [3.0, 2.5]])
    assert float(nn.multi_margin(z, [1, 0], weight=[1.0, 0.0]).data) == 0.125


def test_kl_divergence_leaves_out_what_has_no_probability():
    found = nn.kl_divergence(Tensor([[math.log(0.5), -INF]]), np.array([[1.0, 0.0]]))
    assert float(found.data) == pytest.approx(math.log(2))


def test_accuracy_counts_what_is_nan_as_wrong():
    nan = math.nan
    assert nn.accuracy([nan, -1.0, 1.0], [0, 0, 1]) == 2 / 3
    assert nn.accuracy([[nan, 1.0], [0.0, 1.0]], [0, 1]) == 0.5
    assert nn.accuracy([[nan, nan]], [0]) == 0.0
    assert nn.accuracy([-1.0], [nan]) == 0.0


def test_metrics_take_what_a_model_returns():
    z = Tensor([[0.0, 1.0], [3.0, 2.0], [0.0, 4.0]])
    assert nn.accuracy(z, [1, 0, 0]) == 2 / 3
    assert nn.accuracy(list(z), [1, 0, 0]) == 2 / 3
    assert nn.mean_absolute_error(z[:, 0], [1.0, 3.0, 2.0]) == 1.0


def test_a_mean_absolute_error_of_nan_is_nan():
    assert math.isnan(nn.mean_absolute_error([math.nan, 1.0], [0.0, 1.0]))
