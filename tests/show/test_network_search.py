"""The network that is found in a graph has the model's own numbers, in the model's own order."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value
from autograd.extend import Node
from autograd.show.flow import View
from autograd.show.network.network import Network, NotANetworkError
from autograd.show.network.network_search import find_network

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(4, 3))


def network(root: Node) -> Network:
    return find_network(View(root))


def weights(*shape: int) -> list[list[Value]]:
    return [[Value(x) for x in row] for row in RNG.normal(size=shape)]


@pytest.mark.parametrize("scalars", [False, True])
def test_columns_have_the_weights_and_gradients_of_the_models_layers(scalars: bool) -> None:
    tensors = nn.MLP([3, 12, 2], "tanh", seed=0)
    nn.mse(tensors(IMAGES[:1]), [[1.0, 0.0]]).backward()
    model: Any = tensors.scalars() if scalars else tensors
    loss = nn.mse(model(IMAGES[:1]), [[1.0, 0.0]])
    tensors.zero_grad()
    loss.backward()
    if scalars:
        nn.mse(tensors(IMAGES[:1]), [[1.0, 0.0]]).backward()
    found = network(loss)
    hidden = np.tanh(tensors.layers[0].weight.data @ IMAGES[0])
    assert [c.path for c in found.columns] == ["mlp/layer0", "mlp/layer1"]
    assert [c.activation for c in found.columns] == ["tanh", ""]
    for column, layer in zip(found.columns, tensors.layers, strict=True):
        assert column.b is not None
        assert column.W_grad is not None
        assert column.b_grad is not None
        np.testing.assert_array_equal(column.W, layer.weight.data)
        np.testing.assert_array_equal(column.b, layer.bias.data)
        np.testing.assert_allclose(column.W_grad, layer.weight.grad, rtol=1e-13, atol=1e-16)
        np.testing.assert_allclose(column.b_grad, layer.bias.grad, rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(found.columns[0].a, hidden, rtol=1e-15)
    np.testing.assert_array_equal(found.columns[1].x, found.columns[0].a)
    assert found.columns[1].sources == tuple(range(12))
    assert (found.result, found.value, found.grad) == ("mse", loss.data, 1.0)
    curve = found.columns[0].curve
    assert curve is not None
    assert curve(0.5) == np.tanh(0.5)


def test_units_are_in_the_order_of_their_numbers_not_of_their_names_or_their_making() -> None:
    model: Any = nn.MLP([2, 11, 2], seed=0).scalars()
    loss = autograd.total([-x for x in reversed(list(model([1.0, 2.0])))])
    second = network(loss).columns[1]
    expected = [[w.data for w in row] for row in model.layers[1].weight]
    np.testing.assert_array_equal(second.W, expected)


@pytest.mark.parametrize("scalars", [False, True])
def test_of_a_batch_the_first_example_is_shown(scalars: bool) -> None:
    model: Any = nn.MLP([3, 4, 1], seed=0)
    loss = nn.mse((model.scalars() if scalars else model)(IMAGES), np.ones((4, 1)))
    found = network(loss)
    assert found.examples == 4
    np.testing.assert_array_equal(found.columns[0].x, IMAGES[0])


def test_a_shared_layer_is_a_column_for_each_call() -> None:
    layer: Any = nn.Layer(3, 2, "tanh", rng=0).scalars()
    state = [Value(0.0), Value(0.0)]
    for t in range(3):
        state = list(layer([Value(float(t)), *state]))
    found = network(autograd.total(state))
    assert [(c.call, c.calls, c.title) for c in found.columns] == [
        (k, 3, f"layer, call {k + 1}") for k in range(3)
    ]
    assert [c.sources for c in found.columns] == [(-1, -1, -1), (-1, 0, 1), (-1, 0, 1)]
    assert found.columns[2].x[0] == 2.0


def test_what_is_joined_to_a_tensors_features_enters_there() -> None:
    layer, state = nn.Layer(3, 2, "tanh", rng=0), Tensor(np.zeros((1, 2)))
    for t in range(2):
        state = layer(autograd.concatenate([Tensor([[float(t)]]), state], axis=1))
    assert [c.sources for c in network(autograd.sum(state)).columns] == [(-1,) * 3, (-1, 0, 1)]


def test_a_neuron_written_by_hand_is_a_neuron() -> None:
    """As micrograd's has it: a chain of additions of products, which starts at the bias."""
    x = [Value(0.5), Value(-1.0)]
    first, second = weights(3, 2), weights(1, 3)
    bias = Value(0.25)

    def layer(inputs: list[Value], rows: list[list[Value]]) -> list[Value]:
        sums = [sum((w * v for w, v in zip(row, inputs, strict=True)), bias) for row in rows]
        return [z.tanh() for z in sums]

    (out,) = layer(layer(x, first), second)
    found = network((out - 1.0) ** 2)
    for column, rows in zip(found.columns, (first, second), strict=True):
        np.testing.assert_array_equal(column.W, [[w.data for w in row] for row in rows])
        assert column.b is not None
        assert set(column.b) == {0.25}
        assert column.activation == "tanh"
    assert found.result == "power"


def test_two_matrices_that_are_added_up_are_one_layer() -> None:
    W, U, b = Tensor(RNG.normal(size=(3, 2))), Tensor(RNG.normal(size=(2, 2))), Tensor([1.0, 2.0])
    x, h = RNG.normal(size=(1, 3)), Tensor(RNG.normal(size=(1, 2)))
    (column,) = network(autograd.sum(autograd.tanh(x @ W + h @ U.T + b))).columns
    np.testing.assert_array_equal(column.W, np.hstack([W.data.T, U.data]))
    np.testing.assert_array_equal(column.x, [*x[0], *h.data[0]])
    assert column.b is not None
    np.testing.assert_array_equal(column.b, [1.0, 2.0])


def test_one_unit_of_a_tensor_may_have_a_vector_of_weights() -> None:
    w, x = Tensor([1.0, -2.0, 0.5]), RNG.normal(size=(5, 3))
    found = network(autograd.mean(autograd.sigmoid(x @ w + Tensor(0.25))))
    (column,) = found.columns
    np.testing.assert_array_equal(column.W, [w.data])
    np.testing.assert_array_equal(column.x, x[0])
    assert (found.examples, len(column.a), column.activation) == (5, 1, "sigmoid")
    assert column.z[0] == pytest.approx(x[0] @ w.data + 0.25)


def test_a_matrix_before_a_vector_is_a_layer_too() -> None:
    W, x = Tensor(RNG.normal(size=(4, 3))), RNG.normal(size=3)
    (column,) = network(autograd.sum(W @ x)).columns
    np.testing.assert_array_equal(column.W, W.data)
    np.testing.assert_allclose(column.z, W.data @ x)


@pytest.mark.parametrize("number", [Fraction(1, 4), mpmath.mpf(0.25)])
def test_numbers_of_any_real_kind_are_shown_as_floats(number: Any) -> None:
    W, b = np.array([[Value(number), Value(number)]]), np.array([Value(number)])
    (column,) = network(autograd.affine(np.array([number, 2 * number]), W, b)[0]).columns
    assert column.z.tolist() == [0.25 * 0.25 + 0.25 * 0.5 + 0.25]


def test_before_backward_there_are_no_gradients() -> None:
    (column,) = network(nn.Layer(2, 3, rng=0).scalars()([1.0, 2.0])[0]).columns
    assert (column.W_grad, column.z_grad, column.a_grad) == (None, None, None)
    assert column.x_grad == (None, None)


def two_heads() -> Any:
    trunk, *heads = (nn.Layer(3, 3, rng=0), nn.Layer(3, 2, rng=1), nn.Layer(3, 2, rng=2))
    hidden = trunk(IMAGES)
    one, two = (head(hidden) for head in heads)
    return autograd.sum(one * two)


def attention() -> Any:
    q, k = nn.Linear(3, 2, rng=0), nn.Linear(3, 2, rng=1)
    return autograd.sum(nn.Linear(4, 1, rng=2)(q(IMAGES) @ k(IMAGES).T))


def softmax_between() -> Any:
    return autograd.sum(nn.Linear(2, 2, rng=1)(autograd.softmax(nn.Linear(3, 2, rng=0)(IMAGES))))


def residual() -> Any:
    layer, head = nn.Layer(3, 3, rng=0), nn.Linear(3, 1, rng=1)
    x = Tensor(IMAGES)
    return autograd.sum(head(layer(x) + x))


def reshape_between() -> Any:
    hidden = nn.Linear(3, 4, rng=0)(IMAGES)
    return autograd.sum(nn.Linear(8, 1, rng=1)(hidden.reshape((2, 8))))


def product_after() -> Any:
    y = nn.Linear(3, 4, rng=0)(IMAGES)
    return autograd.sum(y @ y.T)


def complex_numbers() -> Any:
    return autograd.affine(np.array([1.0]), np.array([[Value(1j)]]), np.array([Value(1.0)]))[0]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Value(1.0), "no layers"),
        (lambda: (a := Value(2.0)) * Value(3.0) + a, "no layers"),
        (lambda: Tensor([1.0]) * 2.0, "no layers"),
        (two_heads, "aren't one chain"),
        (attention, "mixes"),
        (softmax_between, "softmax mixes the outputs of several units"),
        (residual, "passes by a layer"),
        (reshape_between, "reshape mixes"),
        (product_after, "matmul comes after the last layer"),
        (complex_numbers, "must be real, got complex"),
        (lambda: autograd.sum(nn.Linear(2, 1, rng=0)(np.zeros((0, 2)))), "for no example"),
    ],
    ids=[
        *("leaf", "scalars", "tensor", "heads", "attention", "softmax", "residual", "reshape"),
        *("product", "complex", "empty"),
    ],
)
def test_what_is_no_chain_of_layers_is_told_why(make: Callable[[], Any], reason: str) -> None:
    with pytest.raises(NotANetworkError, match=reason):
        network(make())
