"""Losses with all their settings against PyTorch's, recorded by record_losses.py; and the edges."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from parts import LOSSES, names

import nn
from autograd import Tensor, Value

RECORDED = json.loads(
    (Path(__file__).parent / "recorded" / "losses.json").read_text(encoding="utf-8")
)["losses"]


def name_of(case: dict[str, Any]) -> str:
    settings = {key: "w" if key == "weight" else v for key, v in case["settings"].items()}
    return f"{case['name']} {np.ndim(case['targets'])}d {settings}"


def values(numbers: Any) -> Any:
    numbers = np.asarray(numbers, float)
    made = np.empty(numbers.shape, object)
    for index, number in np.ndenumerate(numbers):
        made[index] = Value(number)
    return made


@pytest.mark.parametrize("case", RECORDED, ids=name_of)
def test_tensors_have_pytorchs_losses_and_gradients(case: Any) -> None:
    z = Tensor(case["inputs"])
    loss = getattr(nn, case["name"])(z, case["targets"], **case["settings"])
    assert loss.shape == np.shape(case["value"])
    np.testing.assert_allclose(loss.data, case["value"], rtol=1e-13, atol=1e-15)
    loss.sum().backward()
    np.testing.assert_allclose(z.grad, case["grad"], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("case", RECORDED, ids=name_of)
def test_values_have_the_same(case: Any) -> None:
    z = values(case["inputs"])
    loss = getattr(nn, case["name"])(z, case["targets"], **case["settings"])
    if case["settings"]["reduction"] == "none":
        assert loss.shape == np.shape(case["value"])
        found = [each.data for each in loss.flat]
        loss = sum(loss.flat[1:], loss.flat[0])
    else:
        found = [loss.data]
    np.testing.assert_allclose(found, np.ravel(case["value"]), rtol=1e-13, atol=1e-15)
    loss.backward()
    grads = [each.grad or 0.0 for each in z.flat]
    np.testing.assert_allclose(grads, np.ravel(case["grad"]), rtol=1e-12, atol=1e-14)


def test_hinge_may_be_a_sum_or_left_as_it_is() -> None:
    assert nn.hinge([2.0, 0.5, -1.0], [1, 1, 1], reduction="none").tolist() == [0, 0.5, 2]
    assert float(nn.hinge([2.0, 0.5, -1.0], [1, 1, 1], reduction="sum")) == 2.5


def test_divergences_are_one_a_row_and_zero_of_a_distribution_from_itself() -> None:
    p = np.array([[0.25, 0.75], [0.5, 0.5]])
    q = np.array([[0.25, 0.75], [0.25, 0.75]])
    found = nn.kl_divergence(np.log(q), p, reduction="none")
    expected = 0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)
    assert found.tolist() == pytest.approx([0, expected], abs=1e-15)


@pytest.mark.parametrize("make", [Tensor, values])
def test_a_class_that_neither_has_costs_nothing(make: Any) -> None:
    """0 · (log 0 − log 0) is 0, and nothing comes back to −inf."""
    z = make([[0.0, -math.inf]])
    loss = nn.kl_divergence(z, [[1.0, 0.0]])
    loss.backward()
    assert float(loss.data) == 0.0
    grads = z.grad.tolist() if make is Tensor else [[each.grad or 0.0 for each in z.flat]]
    assert grads == [[-1.0, 0.0]]


@pytest.mark.parametrize("beta", [0.5, 2.0])
def test_smooth_l1_is_smooth_at_the_bend(beta: float) -> None:
    """Value β/2 and slope 1 there, from both sides."""
    z = Tensor([beta, np.nextafter(beta, 0), np.nextafter(beta, 9)])
    losses = nn.smooth_l1(z, np.zeros(3), beta=beta, reduction="none")
    losses.sum().backward()
    assert losses.data == pytest.approx([beta / 2] * 3, rel=1e-15)
    assert z.grad == pytest.approx([1.0] * 3, rel=1e-15)


def test_rows_of_a_weight_of_zero_teach_nothing() -> None:
    z = Tensor([[1.0, 2.0], [3.0, 1.0]])
    nn.cross_entropy(z, [0, 1], weight=[1.0, 0.0]).backward()
    assert z.grad[1].tolist() == [0.0, 0.0]
    assert z.grad[0].any()


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("loss", [nn.cross_entropy, nn.nll, nn.multi_margin])
def test_weights_do_not_change_the_precision(loss: Any, dtype: Any) -> None:
    z = Tensor(np.ones((2, 3), dtype))
    assert loss(z, [0, 1], weight=[1.0, 2.0, 3.0]).dtype == dtype


def test_smoothing_and_divergence_keep_the_precision() -> None:
    z = Tensor(np.ones((2, 3), np.float32))
    assert nn.cross_entropy(z, [0, 1], label_smoothing=0.1).dtype == np.float32
    p = np.full((2, 2), 0.5, np.float32)
    assert nn.kl_divergence(Tensor(np.ones((2, 2), np.float32)), p).dtype == np.float32
    assert nn.smooth_l1(z, np.zeros((2, 3), np.float32)).dtype == np.float32


@pytest.mark.parametrize("name", sorted(names(LOSSES) - {"half_squared_error"}))
def test_what_is_no_reduction_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="reduction must be 'mean', 'sum' or 'none', got 'avg'"):
        getattr(nn, name)([[0.0, 1.0]], [0], reduction="avg")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.cross_entropy([[0.0, 1.0]], [0], weight=[1.0]), ValueError, "each of the 2"),
        (lambda: nn.nll([[0.0, 1.0]], [0], weight=[-1.0, 1.0]), ValueError, "at least 0"),
        (lambda: nn.nll([[0.0, 1.0]], [0], weight=[0.0, 0.0]), ValueError, "not all 0"),
        (lambda: nn.cross_entropy([[0.0, 1.0]], [0], label_smoothing=1), ValueError, "less than 1"),
        (lambda: nn.nll([[0.0, 1.0]], [2]), ValueError, "labels must be from 0 to 1, got 2"),
        (lambda: nn.nll([[0.0, 1.0]], [0.0]), TypeError, "must be integer labels of shape"),
        (lambda: nn.nll([[0.0, 1.0]], [0, 1]), ValueError, r"of shape \(1,\), got int64"),
        (lambda: nn.multi_margin([[0.0, 1.0]], [0], p=3), ValueError, "is 1 or 2, got 3"),
        (lambda: nn.multi_margin([[0.0, 1.0]], [0], margin=-1), ValueError, "margin must be"),
        (lambda: nn.kl_divergence([[0.0, 1.0]], [0]), ValueError, "must have one shape"),
        (lambda: nn.kl_divergence([[0.0, 1.0]], [[0.5, 0.6]]), ValueError, "add up to 1"),
        (lambda: nn.smooth_l1([1.0], [0.0], beta=-1.0), ValueError, "beta must be"),
        (
            lambda: nn.binary_cross_entropy_with_logits([1.0], [0], pos_weight=-1),
            ValueError,
            "pos_weight must be",
        ),
    ],
)
def test_bad_input_is_refused(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
