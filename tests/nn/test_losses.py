"""Losses against closed forms at high precision, on Tensors and on Values alike."""

import math
from typing import Any

import mpmath
import numpy as np
import pytest

import nn
from autograd import Tensor, Value, hessian
from autograd.walk.order import topological_order

mpmath.mp.dps = 60

# PyTorch has no ½ Σ (ŷ − y)², and its hinge is another: these have their tests here alone.
NOT_IN_PYTORCH = {"half_squared_error", "hinge"}


class OfTensors:
    """A prediction as a Tensor, and its gradient."""

    def __init__(self, numbers: Any) -> None:
        self.prediction = Tensor(numbers)

    @property
    def grad(self) -> Any:
        return self.prediction.grad.tolist()


class OfValues:
    """A prediction as an object array of Values, and its gradient."""

    def __init__(self, numbers: Any) -> None:
        numbers = np.asarray(numbers, float)
        self.prediction = np.empty(numbers.shape, object)
        for index, number in np.ndenumerate(numbers):
            self.prediction[index] = Value(number)

    @property
    def grad(self) -> Any:
        shape = self.prediction.shape
        return np.array([value.grad for value in self.prediction.flat]).reshape(shape).tolist()


@pytest.fixture(params=[OfTensors, OfValues])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


def run(loss: Any, made: Any, targets: Any) -> float:
    value = loss(made.prediction, targets)
    value.backward()
    return float(value.data)


# Squares -----------------------------------------------------------------------------------------


def test_mse_is_the_mean_of_the_squares(kind: Any) -> None:
    made = kind([[1.0, 4.0], [0.0, -2.0]])
    assert run(nn.mse, made, [[0.0, 2.0], [0.0, 0.0]]) == 2.25  # (1 + 4 + 0 + 4) / 4
    assert made.grad == [[0.5, 1.0], [0.0, -1.0]]  # 2 (ŷ − y) / 4


def test_half_squared_error_is_a_sum(kind: Any) -> None:
    """S10: E = ½ Σ (y − o)², so that ∂E/∂o = −(y − o)."""
    made = kind([1.0, 4.0])
    assert run(nn.half_squared_error, made, [0.0, 2.0]) == 2.5
    assert made.grad == [1.0, 2.0]


@pytest.mark.parametrize("loss", [nn.mse, nn.half_squared_error])
def test_both_sides_of_a_squared_error_may_be_variables(loss: Any) -> None:
    a, b = Tensor([3.0]), Tensor([1.0])
    loss(a, b).backward()
    assert a.grad.tolist() == (-b.grad).tolist() != [0.0]


# Hinge -------------------------------------------------------------------------------------------


def test_hinge_is_zero_beyond_the_margin_and_linear_before_it(kind: Any) -> None:
    made = kind([2.0, 0.5, -1.0, -3.0])
    assert run(nn.hinge, made, [1, 1, 1, -1]) == 0.625  # (0 + 0.5 + 2 + 0) / 4
    assert made.grad == [0.0, -0.25, -0.25, 0.0]


# Binary cross-entropy ----------------------------------------------------------------------------

LOGITS = [-800.0, -40.0, -1.5, 0.0, 0.3, 37.0, 800.0]


def exact_binary(z: float, y: float) -> tuple[float, float]:
    """−y log σ(z) − (1 − y) log(1 − σ(z)) and σ(z) − y, with 1 − σ(z) = σ(−z)."""
    log_p = [-mpmath.log1p(mpmath.exp(-mpmath.mpf(s * z))) for s in (1, -1)]
    p = [1 / (1 + mpmath.exp(-mpmath.mpf(s * z))) for s in (1, -1)]
    y = mpmath.mpf(y)
    return float(-y * log_p[0] - (1 - y) * log_p[1]), float((1 - y) * p[0] - y * p[1])


@pytest.mark.parametrize("z", LOGITS)
@pytest.mark.parametrize("y", [0.0, 0.25, 1.0])
def test_binary_cross_entropy_is_exact_for_every_logit(kind: Any, z: float, y: float) -> None:
    made = kind([z])
    loss, grad = exact_binary(z, y)
    assert run(nn.binary_cross_entropy_with_logits, made, [y]) == pytest.approx(
        loss, rel=1e-15, abs=0
    )
    assert made.grad == pytest.approx([grad], rel=1e-15, abs=0)


def test_binary_cross_entropy_is_a_mean(kind: Any) -> None:
    made = kind([[0.0, 0.0], [0.0, 0.0]])
    loss = run(nn.binary_cross_entropy_with_logits, made, [[1, 0], [0, 1]])
    assert loss == pytest.approx(math.log(2))
    assert made.grad == [[-0.125, 0.125], [0.125, -0.125]]


# Cross-entropy -----------------------------------------------------------------------------------

ROWS = [[0.0, 1.0, -2.0], [50.0, 0.0, 10.0], [-900.0, 900.0, 0.0], [1e-3, 0.0, -1e-3]]


def exact_row(logits: list[float], label: int) -> tuple[float, list[float]]:
    """−log softmax and its gradient; at the label, −Σ others / Σ all."""
    terms = [mpmath.exp(mpmath.mpf(z) - mpmath.mpf(logits[label])) for z in logits]
    others = sum(t for k, t in enumerate(terms) if k != label)
    grad = [t / (1 + others) for t in terms]
    grad[label] = -others / (1 + others)
    return float(mpmath.log1p(others)), [float(g) for g in grad]


@pytest.mark.parametrize("label", [0, 1, 2])
@pytest.mark.parametrize("logits", ROWS)
def test_cross_entropy_is_exact_however_sure_the_model_is(
    kind: Any, logits: list[float], label: int
) -> None:
    made = kind(logits)
    loss, grad = exact_row(logits, label)
    assert run(nn.cross_entropy, made, label) == pytest.approx(loss, rel=2e-15, abs=0)
    assert made.grad == pytest.approx(grad, rel=4e-15, abs=0)


def test_cross_entropy_is_the_mean_over_rows(kind: Any) -> None:
    made = kind(ROWS)
    labels = [1, 0, 1, 2]
    expected = [exact_row(row, label) for row, label in zip(ROWS, labels, strict=True)]
    assert run(nn.cross_entropy, made, labels) == pytest.approx(
        sum(loss for loss, _ in expected) / 4, rel=2e-15
    )
    for row, (_, grad) in zip(made.grad, expected, strict=True):
        assert row == pytest.approx([g / 4 for g in grad], rel=4e-15, abs=0)


def test_second_derivatives_of_cross_entropy_are_exact_too() -> None:
    """∂²/∂z² = p others / all² at the label's own logit, of which 1 − p keeps no digit."""
    found = hessian(lambda z: nn.cross_entropy(z, 0))(np.array([40.0, 0.0]))
    p = 1 / (1 + mpmath.exp(40))
    slope = float(p * (1 - p))
    assert found.ravel() == pytest.approx([slope, -slope, -slope, slope], rel=4e-15, abs=0)


@pytest.mark.parametrize(
    ("logits", "loss", "grad"),
    [
        ([math.inf, 0.0], 0.0, [0.0, 0.0]),
        ([0.0, math.inf], math.inf, [-1.0, 1.0]),
        ([0.0, -math.inf], 0.0, [0.0, 0.0]),
        ([-math.inf, 0.0], math.inf, [-1.0, 1.0]),
        ([-1e308, 1e308], math.inf, [-1.0, 1.0]),
    ],
)
def test_infinite_logits_are_certain(logits: list[float], loss: float, grad: list[float]) -> None:
    z = Tensor(logits)
    found = nn.cross_entropy(z, 0)
    found.backward()
    assert found.item() == loss
    assert z.grad.tolist() == grad


def test_cross_entropy_of_a_tensor_is_one_node_in_its_region() -> None:
    found = nn.cross_entropy(Tensor(np.zeros((2, 3))), [0, 1])
    assert [node.op.name for node in topological_order(found)] == ["cross_entropy"]
    assert found.region == "cross_entropy"


def test_equal_logits_cost_the_logarithm_of_the_number_of_classes(kind: Any) -> None:
    assert run(nn.cross_entropy, kind(np.zeros((2, 10))), [3, 9]) == pytest.approx(math.log(10))


def test_cross_entropy_with_probabilities_is_their_cross_entropy(kind: Any) -> None:
    """−Σ p log q with q = softmax(log 1, log 3) = (¼, ¾); gradient (q − p) / 2 for two rows."""
    made = kind([[0.0, math.log(3)]] * 2)
    loss = run(nn.cross_entropy, made, [[0.5, 0.5]] * 2)
    assert loss == pytest.approx(-0.5 * math.log(0.25) - 0.5 * math.log(0.75))
    assert made.grad == [pytest.approx([-0.125, 0.125])] * 2


def test_two_classes_are_binary_cross_entropy_of_the_difference(kind: Any) -> None:
    two = run(nn.cross_entropy, kind([[0.2, 1.7]]), [1])
    one = run(nn.binary_cross_entropy_with_logits, kind([1.5]), [1])
    assert two == pytest.approx(one, rel=1e-15, abs=0)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.uint64])
def test_labels_may_be_integers_of_any_size(dtype: Any) -> None:
    assert nn.cross_entropy(np.zeros((1, 200)), np.array([100], dtype)) == pytest.approx(
        math.log(200)
    )


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_loss_keeps_the_precision_of_the_predictions(dtype: Any) -> None:
    made = Tensor(np.ones((2, 3), dtype))
    assert nn.cross_entropy(made, [0, 1]).dtype == dtype
    assert nn.mse(made, np.zeros((2, 3), dtype)).dtype == dtype


# A single number ---------------------------------------------------------------------------------


def test_a_prediction_may_be_a_single_value() -> None:
    assert nn.mse(Value(3.0), 1.0).data == 4.0
    assert nn.half_squared_error(Value(3.0), 1).data == 2.0
    assert nn.hinge(Value(0.5), 1).data == 0.5
    assert nn.binary_cross_entropy_with_logits(Value(0.0), 1).data == math.log(2)


@pytest.mark.parametrize(
    "loss", [nn.mse, nn.half_squared_error, nn.hinge, nn.binary_cross_entropy_with_logits]
)
def test_what_a_loss_computes_is_in_a_region_of_its_name(kind: Any, loss: Any) -> None:
    assert loss(kind([0.5, 0.5]).prediction, [1, 1]).region == loss.__name__


def test_predictions_may_be_a_list_of_values() -> None:
    assert nn.mse([Value(3.0), Value(1.0)], [1.0, 1.0]).data == 2.0
    assert nn.cross_entropy([[Value(0.0), Value(0.0)]], [1]).data == pytest.approx(math.log(2))


def test_predictions_may_be_plain_numbers() -> None:
    assert float(nn.mse([3.0, 1.0], [1.0, 1.0])) == 2.0


# What they refuse --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "loss", [nn.mse, nn.half_squared_error, nn.hinge, nn.binary_cross_entropy_with_logits]
)
def test_shapes_that_would_broadcast_are_refused(kind: Any, loss: Any) -> None:
    with pytest.raises(ValueError, match=r"got \(3, 1\) and \(3,\): reshape one of them"):
        loss(kind([[1.0], [1.0], [1.0]]).prediction, [1, 1, 1])


@pytest.mark.parametrize("loss", [nn.mse, nn.hinge, nn.binary_cross_entropy_with_logits])
def test_nothing_has_no_mean(loss: Any) -> None:
    with pytest.raises(ValueError, match="nothing"):
        loss(np.ones(0), np.ones(0))


@pytest.mark.parametrize("label", [0, 2, math.nan])
def test_hinge_labels_are_minus_one_and_one(label: float) -> None:
    with pytest.raises(ValueError, match="labels of hinge are -1 and \\+1, got"):
        nn.hinge([1.0, 1.0], [1, label])


@pytest.mark.parametrize("target", [-0.1, 1.1, math.nan])
def test_binary_targets_are_probabilities(target: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1, got"):
        nn.binary_cross_entropy_with_logits([1.0], [target])


@pytest.mark.parametrize("label", [-1, 3])
def test_a_label_outside_the_classes_is_refused(kind: Any, label: int) -> None:
    with pytest.raises(ValueError, match=f"labels must be from 0 to 2, got {label}"):
        nn.cross_entropy(kind(np.zeros((2, 3))).prediction, [0, label])


@pytest.mark.parametrize("p", [[0.5, 0.6], [-0.5, 1.5], [math.nan, 1.0]])
def test_probabilities_add_up_to_one(p: list[float]) -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        nn.cross_entropy([[0.0, 0.0]], [p])


def test_labels_that_are_no_integers_are_refused() -> None:
    with pytest.raises(TypeError, match="integer labels of shape"):
        nn.cross_entropy(np.zeros((2, 3)), [0.0, 1.0])


def test_a_wrong_number_of_labels_is_refused() -> None:
    with pytest.raises(ValueError, match=r"integer labels of shape \(2,\).*got int64 of shape"):
        nn.cross_entropy(np.zeros((2, 3)), [0, 1, 2])


@pytest.mark.parametrize("shape", [(), (1,), (2, 1), (0, 3), (2, 1, 3), (2, 3, 0)])
def test_logits_are_rows_of_two_classes_or_more(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="at least two classes, got"):
        nn.cross_entropy(np.zeros(shape), 0)


@pytest.mark.parametrize(
    ("targets", "advice"),
    [
        (["cat", "dog"], r"labels = numpy\.unique\(y, return_inverse=True\)\[1\]$"),
        (np.array(["cat", "dog"], object), r"numpy\.unique"),
        (np.array([0.0, 1.0]), r"y\.astype\(int\) makes labels"),
        (np.array([[0], [1]]), r"y\[\.\.\., 0\] is the column of labels$"),
    ],
    ids=["texts", "objects", "floats", "column"],
)
def test_of_what_is_no_label_it_is_said_how_labels_are_made(targets: Any, advice: str) -> None:
    with pytest.raises((TypeError, ValueError), match=advice):
        nn.cross_entropy(np.zeros((2, 3)), targets)
