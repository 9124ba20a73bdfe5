"""``detect_anomaly``: the first operation that makes a nan or an infinity out of finite numbers."""

from __future__ import annotations

import threading
from fractions import Fraction
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import AnomalyError, Tensor, Value, affine, detect_anomaly, dot, total, where


def caught(make: Any) -> AnomalyError:
    with detect_anomaly(), pytest.raises(AnomalyError) as found:
        make()
    return found.value


def line_of(error: AnomalyError) -> str:
    file, _, number = error.source.rpartition(":")
    with open(file, encoding="utf-8") as code:
        return code.readlines()[int(number) - 1].strip()


# The two cases in which PyTorch's anomaly mode fails (pytorch#160016) -----------------------------


def test_a_nan_loss_is_caught_where_it_is_made_though_all_gradients_are_finite() -> None:
    """The derivative of x − inf is 1: nothing in the backward pass would tell."""
    x = Value(1000.0, label="x")

    def loss() -> Any:
        big = autograd.exp(x)  # here
        (big - big.detach() + x).backward()

    error = caught(loss)
    assert error.phase == "forward"
    assert line_of(error) == "big = autograd.exp(x)  # here"


def test_the_line_that_is_blamed_is_the_one_that_made_the_bad_number_and_not_a_neighbour() -> None:
    x = Value(0.0, label="x")

    def train() -> None:
        before = x * 2.0
        root = autograd.sqrt(before)  # here: its slope is infinite
        after = root * 0.5
        (after * after.detach() + 1.0 + after).backward()

    error = caught(train)
    assert (error.phase, error.node.op) == ("backward", autograd.sqrt)
    assert line_of(error) == "root = autograd.sqrt(before)  # here: its slope is infinite"


# What is caught -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "op"),
    [
        pytest.param(lambda: Value(1.0) / 0.0, "div", id="division"),
        pytest.param(lambda: autograd.log(Value(-1.0)), "log", id="a function"),
        pytest.param(lambda: Value(1e200) * Value(1e200), "mul", id="a product"),
        pytest.param(lambda: -(Value(1e308) + Value(1e308)), "add", id="a sum"),
        pytest.param(lambda: total([Value(1e308), Value(1e308)]), "total", id="total"),
        pytest.param(lambda: dot([Value(1e200)], [1e200]), "dot", id="dot"),
        pytest.param(
            lambda: affine(np.array([1e200]), np.array([[Value(1e200)]])), "dot", id="affine"
        ),
        pytest.param(
            lambda: autograd.exp(Tensor([0.0, 1000.0])), "exp", id="a function of a tensor"
        ),
        pytest.param(
            lambda: Tensor([1.0, 2.0]) / Tensor([1.0, 0.0]), "div", id="division of tensors"
        ),
        pytest.param(lambda: Tensor(np.float32([3e38])) * 10.0, "mul", id="float32"),
        pytest.param(lambda: Tensor([[1e200]]) @ Tensor([[1e200]]), "matmul", id="matmul"),
        pytest.param(lambda: np.log(Tensor([0.0])), "log", id="numpy"),
        pytest.param(lambda: Value(complex(1e200, 0)) * complex(1e200, 0), "mul", id="complex"),
    ],
)
def test_every_way_to_record_an_operation_is_watched(make: Any, op: str) -> None:
    error = caught(make)
    assert error.phase == "forward"
    assert error.node.op is not None
    assert error.node.op.name == op


@pytest.mark.parametrize(
    "make",
    [
        lambda: autograd.sqrt(Value(0.0)),
        lambda: autograd.sqrt(Tensor([0.0, 1.0])).sum(),
        lambda: autograd.cbrt(Value(0.0)) * 2.0,
    ],
    ids=["value", "tensor", "cotangent 2"],
)
def test_a_slope_that_is_infinite_is_caught_in_the_backward_pass(make: Any) -> None:
    error = caught(lambda: make().backward())
    assert error.phase == "backward"


def test_a_sum_of_gradients_that_overflows_is_caught_at_the_node_that_it_is_for() -> None:
    x = Value(0.0, label="x")
    error = caught((x * 1e308 + x * 1e308).backward)
    assert error.node is x
    assert "sum of the contributions to 'x' overflows" in str(error)


def test_a_graph_made_outside_is_judged_when_it_is_gone_through() -> None:
    x = Value(0.0, label="x")
    loss = autograd.log(x) * 0.5
    error = caught(loss.backward)
    assert error.node.op is autograd.log


def test_transforms_are_watched_and_the_users_line_is_found_behind_them() -> None:
    f = lambda t: autograd.sqrt(t).sum()  # noqa: E731 - here
    error = caught(lambda: autograd.grad(f)(np.array([0.0, 1.0])))
    assert (error.phase, error.node.op) == ("backward", autograd.sqrt)
    assert line_of(error).endswith("- here")


def test_a_rule_that_is_recorded_is_judged_by_what_it_passes_on() -> None:
    """The gradient at a Tensor is a node too: its rule divides by zero, on the way back."""
    error = caught(lambda: autograd.grad(lambda t: autograd.sqrt(t).sum())(Tensor([0.0])))
    assert (error.phase, error.node.op) == ("backward", autograd.sqrt)


def test_second_derivatives_are_watched_too() -> None:
    x = Value(0.0)
    error = caught(lambda: (x**1.5).backward(create_graph=True) or x.grad.backward())
    assert error.phase == "backward"


def test_every_grad_is_as_it_was_when_the_backward_pass_was_stopped() -> None:
    x, y = Value(0.0), Value(2.0)
    x.grad = y.grad = 7.0
    caught((autograd.sqrt(x) + y).backward)
    assert (x.grad, y.grad) == (7.0, 7.0)


# What is not --------------------------------------------------------------------------------------


def test_an_infinity_that_does_not_reach_the_result_is_no_anomaly() -> None:
    """Such as the −inf of a mask."""
    scores = Tensor([1.0, 2.0, 3.0])
    with detect_anomaly():
        masked = where(np.array([True, False, True]), scores, -inf)
        autograd.softmax(masked)[0].backward()
        autograd.softmax(scores + np.array([0.0, -inf, 0.0]))[0].backward()
        autograd.exp(Value(-inf)).backward()
    assert np.isfinite(scores.grad).all()


def test_infinities_can_be_let_through_and_nan_is_still_caught() -> None:
    with detect_anomaly(infinities=False):
        y = Value(1.0) / 0.0
        with pytest.raises(AnomalyError, match=r"forward: sub\(inf, inf\) is nan"):
            y - y


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=5))
def test_a_good_computation_gives_the_same_numbers_to_the_bit(numbers: list[float]) -> None:
    def gradients() -> list[Any]:
        xs = [Value(x) for x in numbers]
        y = total(autograd.tanh(x) * x for x in xs) + dot(xs, xs)
        y.backward()
        return [y.data, *(x.grad for x in xs)]

    plain = gradients()
    with detect_anomaly():
        assert gradients() == plain


def test_fractions_are_always_finite() -> None:
    with detect_anomaly():
        (Value(Fraction(1, 3)) * Fraction(10**400)).backward()


def test_it_ends_with_its_block_and_does_not_reach_other_threads() -> None:
    results: list[Any] = []
    with detect_anomaly():
        thread = threading.Thread(target=lambda: results.append(Value(1.0) / 0.0))
        thread.start()
        thread.join()
    assert results[0].data == inf
    assert (Value(1.0) / 0.0).data == inf


# What is said -------------------------------------------------------------------------------------


def test_the_error_names_the_operation_its_inputs_the_line_the_region_and_the_path() -> None:
    x = Value(0.0, label="x")

    def make() -> None:
        with autograd.region("loss"):
            y = x * 3.0
            autograd.log(y)

    error = caught(make)
    first, at, region, path = str(error).split("\n")
    assert first == "forward: log(0.0) is -inf"
    assert at.startswith("  at ")
    assert at.endswith(": autograd.log(y)")
    assert "test_anomaly.py:" in at
    assert region == "  in loss"
    assert path == "  path: 'x' → mul → log"


def test_the_path_is_the_shortest_from_a_variable() -> None:
    x, y = Value(0.0, label="x"), Value(1.0, label="y")
    error = caught(lambda: (y * 2.0 * 3.0) / x)
    assert [n.label or n.op.name for n in error.path if n.op or n.label] == ["x", "div"]


def test_a_long_path_is_shortened_in_the_message_alone() -> None:
    y = x = Value(1.0)
    for _ in range(1000):
        y = y * 1.0
    error = caught(lambda: y / 0.0)
    assert "… 990 more …" in str(error)
    assert len(error.path) == 1002
    assert error.path[0] is x


def test_arrays_are_told_of_by_the_first_bad_element_and_how_many_more_there_are() -> None:
    error = caught(lambda: autograd.log(Tensor([[0.0, -1.0, 1.0]])))
    assert "log([[0.0, −1.0, 1.0]]) is -inf at [0, 0] of (1, 3), and 1 more" in str(error)


# What came in -------------------------------------------------------------------------------------


def test_a_nan_that_came_in_is_told_of_with_its_leaf_its_index_and_its_path() -> None:
    data = np.ones((3, 2))
    data[1, 0] = nan
    x, w = Tensor(data, requires_grad=False, label="x"), Tensor([[1.0], [2.0]], label="w")
    error = caught(lambda: autograd.relu(x @ w).sum().backward())
    assert str(error).split("\n") == [
        "forward: nan at [1, 0] of (3, 2) came in with the constant 'x'",
        "  it spread: 'x' → matmul → relu → sum",
    ]
    assert error.node is x
    assert [node.label or node.op.name for node in error.path] == ["x", "matmul", "relu", "sum"]


def test_a_weight_that_is_infinite_is_told_of() -> None:
    w = Value(inf, label="w")
    error = caught((w * 2.0).backward)
    assert str(error).startswith("forward: inf came in with the variable 'w'")


def test_a_leaf_without_a_label_is_told_of_as_such() -> None:
    x = Tensor([nan], requires_grad=False)
    error = caught(lambda: (x * Value(2.0)).sum().backward())
    said = "forward: nan at [0] of (1,) came in with a constant without a label\n"
    assert str(error).startswith(said)


def test_a_nan_that_reaches_only_a_gradient_is_told_of() -> None:
    """nan⁰ is 1, and its slope in the exponent is log nan."""
    x, y = Value(nan, label="x"), Value(0.0)
    error = caught((x**y).backward)
    assert str(error).startswith("forward: nan came in with the variable 'x'")


def test_of_a_graph_made_outside_the_operation_that_began_is_told_of() -> None:
    x = Value(-1.0, label="x")
    loss = autograd.log(x) * 2.0
    assert str(caught(loss.backward)).startswith("forward: log(-1.0) is nan")


# 0·∞ ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [Value, lambda x: Tensor([x, 1.0])], ids=["Value", "Tensor"])
def test_zero_times_infinity_is_a_note_and_no_error(make: Any) -> None:
    x = make(0.0)
    x.label = "x"
    said = "0 × ∞ taken as 0: the true slope is a limit and may differ\n  at sqrt.* passes to 'x'"
    with detect_anomaly(), pytest.warns(RuntimeWarning, match=said):
        (autograd.sqrt(x) ** 2).backward(np.ones(np.shape(x.data)))


@pytest.mark.parametrize("x", [0.0, np.zeros(()), np.array([0.0, 1.0])], ids=["0", "0-d", "1-d"])
def test_zero_times_infinity_is_told_in_forward_mode_too(x: Any) -> None:
    said = "forward mode: 0 × ∞ taken as 0: .*\n  at power, what comes from sqrt"
    with detect_anomaly(), pytest.warns(RuntimeWarning, match=said):
        autograd.jvp(lambda x: autograd.sqrt(x) ** 2, (x,), (np.ones_like(x),))


def test_what_where_leaves_out_is_not_a_product_of_zero_and_infinity() -> None:
    x = Value(0.0)
    with detect_anomaly():
        where(False, x * 2.0, 1.0).backward()
