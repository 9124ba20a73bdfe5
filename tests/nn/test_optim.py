"""SGD against its published rules by exact fractions, and what optimisers must not do."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, Value

# PyTorch, torch.optim.SGD: g += λθ; v = g first, then μv + g; step v, or g + μv with nesterov.
# θ starts at 1; the gradients are 1, 2, −1; lr = 1/2; every number below is worked out by hand.
RULES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["1/2", "-1/2", "0"]),
    ({"momentum": 0.5}, ["1/2", "-3/4", "-7/8"]),
    ({"momentum": 0.5, "nesterov": True}, ["1/4", "-11/8", "-15/16"]),
    ({"weight_decay": 0.5}, ["1/4", "-13/16", "-7/64"]),
    ({"momentum": 0.5, "weight_decay": 0.5}, ["1/4", "-19/16", "-71/64"]),
]


@pytest.mark.parametrize(("settings", "path"), RULES)
@pytest.mark.parametrize("kind", [Value, Tensor])
def test_sgd_moves_as_published(settings: Any, path: list[str], kind: Any) -> None:
    parameter = kind(1.0)
    sgd = nn.SGD([parameter], lr=0.5, **settings)
    for grad, expected in zip([1.0, 2.0, -1.0], path, strict=True):
        parameter.grad = grad if kind is Value else np.array(grad)
        sgd.step()
        assert float(parameter.data) == float(Fraction(expected))


@pytest.mark.lecture("S19")
def test_weight_decay_is_the_gradient_of_half_its_square() -> None:
    one, other = Value(3.0), Value(3.0)
    (one * one * one).backward()
    (other * other * other + other * other * 0.05).backward()
    nn.SGD([one], lr=0.5, weight_decay=0.1).step()
    nn.SGD([other], lr=0.5).step()
    assert one.data == pytest.approx(other.data, rel=1e-15)


def test_a_parameter_without_a_gradient_stays() -> None:
    still, moving = Value(1.0), Value(1.0)
    moving.grad = 1.0
    nn.SGD([still, moving], lr=0.5, weight_decay=0.5).step()
    assert (still.data, moving.data) == (1.0, 0.25)


def test_data_are_replaced_and_not_written_to() -> None:
    parameter = Tensor([1.0])
    before = parameter.data
    parameter.grad = np.array([1.0])
    nn.SGD([parameter], lr=0.5).step()
    assert (before.tolist(), parameter.data.tolist()) == ([1.0], [0.5])


def test_a_step_leaves_the_gradient_as_it_was() -> None:
    parameter = Tensor([1.0])
    parameter.grad = grad = np.array([1.0])
    sgd = nn.SGD([parameter], lr=0.5, momentum=0.5, weight_decay=0.5, nesterov=True)
    sgd.step()
    sgd.step()
    assert parameter.grad is grad
    assert grad.tolist() == [1.0]


def test_what_is_remembered_is_in_the_optimiser() -> None:
    """Two optimisers of one parameter don't disturb each other."""
    parameter = Value(0.0)
    first, second = (nn.SGD([parameter], lr=1.0, momentum=1.0) for _ in range(2))
    parameter.grad = 1.0
    first.step()
    second.step()
    assert parameter.data == -2.0


def test_a_parameter_keeps_its_precision() -> None:
    parameter = Tensor(np.ones(2, np.float32))
    parameter.grad = np.ones(2, np.float32)
    sgd = nn.SGD([parameter], lr=0.1, momentum=0.9)
    sgd.step()
    sgd.step()
    assert parameter.dtype == np.float32


def test_exact_numbers_stay_exact() -> None:
    parameter = Value(Fraction(1, 3))
    (parameter * parameter).backward()
    sgd = nn.SGD([parameter], lr=Fraction(1, 2))  # type: ignore[arg-type]
    sgd.step()
    assert parameter.data == Fraction(0)


def test_if_a_step_fails_nothing_has_moved() -> None:
    good, bad = Tensor([1.0]), Tensor([1.0, 2.0])
    sgd = nn.SGD([good, bad], lr=0.5, momentum=0.5)
    good.grad, bad.grad = np.ones(1), np.ones(3)
    with pytest.raises(ValueError, match="shape"):
        sgd.step()
    assert good.data.tolist() == [1.0]
    bad.grad = np.ones(2)
    sgd.step()
    assert good.data.tolist() == [0.5]  # and no momentum from the step that failed


def test_the_learning_rate_can_change_between_steps() -> None:
    parameter = Value(0.0)
    parameter.grad = 1.0
    sgd = nn.SGD([parameter], lr=1.0)
    sgd.step()
    sgd.lr = 0.25
    sgd.step()
    assert parameter.data == -1.25


def test_zero_grad_leaves_none() -> None:
    parameter = Value(0.0)
    parameter.grad = 1.0
    nn.SGD([parameter], lr=1.0).zero_grad()
    assert parameter.grad is None


def test_an_optimiser_shows_its_settings() -> None:
    sgd = nn.SGD([Value(0.0)], lr=0.1, momentum=0.9)
    assert repr(sgd) == (
        "SGD(lr=0.1, momentum=0.9, dampening=0.0, weight_decay=0.0, nesterov=False)"
    )


# What it refuses ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lr", "momentum", "weight_decay"])
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_rates_are_finite_and_at_least_zero(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} must be finite and at least 0, got {value}"):
        nn.SGD([Value(1.0)], **{"lr": 0.1, name: value})


@pytest.mark.parametrize("lr", ["0.1", None, True])
def test_a_rate_is_a_number(lr: Any) -> None:
    with pytest.raises(TypeError, match="lr must be a number"):
        nn.SGD([Value(1.0)], lr=lr)


def test_nesterov_needs_momentum() -> None:
    with pytest.raises(ValueError, match="momentum"):
        nn.SGD([Value(1.0)], lr=0.1, nesterov=True)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ([], ValueError, "at least one parameter"),
        ([1.0], TypeError, "a Tensor or a Value, got a float"),
        (nn.Linear(1, 1), TypeError, r"got a Linear: pass model.parameters\(\)"),
        (nn.MLP([1, 1]), TypeError, r"got a Layer: pass model.parameters\(\)"),
        ([Value(1.0) * 2.0], ValueError, "a leaf that requires a gradient"),
        ([Value(1.0, requires_grad=False)], ValueError, "a leaf that requires a gradient"),
    ],
)
def test_only_variables_can_be_moved(params: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        nn.SGD(params, lr=0.1)


def test_a_parameter_given_twice_is_refused() -> None:
    x = Value(1.0)
    with pytest.raises(ValueError, match="twice"):
        nn.SGD([x, x], lr=0.1)
