"""The lecture's XOR network, number by number: S10 to S14."""

from typing import Any

import numpy as np
import pytest

import nn
from nn import MLP

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])
START = {
    "layers.0.weight": [[0.02, 0.03], [0.01, 0.02]],
    "layers.0.bias": [0.0, 0.0],
    "layers.1.weight": [[0.01, 0.03]],
    "layers.1.bias": [0.0],
}


def network(hidden: str = "sigmoid") -> MLP:
    model = MLP([2, 2, 1], hidden, output="sigmoid")
    model.load_state_dict(START)
    return model


def step(model: MLP, x: Any, y: Any) -> None:
    """One step of the delta rule: S10's loop body, with α = 0.1."""
    model.zero_grad()
    nn.half_squared_error(model(x), y).backward()
    nn.SGD(model.parameters(), lr=0.1).step()


@pytest.fixture(params=["tensors", "scalars"])
def model(request: pytest.FixtureRequest) -> MLP:
    made = network()
    return made if request.param == "tensors" else made.scalars()


def close(digits: float, *expected: float) -> Any:
    return pytest.approx(list(expected), abs=digits)


@pytest.mark.lecture("S11")
def test_the_output_before_the_step_is_the_lectures(model: MLP) -> None:
    (output,) = model([0.0, 0.0])
    assert float(output.data) == pytest.approx(0.50499983334, abs=5e-12)


@pytest.mark.lecture("S11")
def test_one_stochastic_step_gives_the_lectures_weights(model: MLP) -> None:
    """On (0, 0) with target 0: the output weights fall, and the hidden weights stay."""
    step(model, X[0], Y[0])
    state = model.state_dict()
    assert state["layers.1.weight"][0] == close(5e-10, 0.003688133, 0.023688133)
    assert state["layers.1.bias"] == close(5e-10, -0.012623733)
    assert state["layers.0.weight"].tolist() == START["layers.0.weight"]
    assert state["layers.0.bias"] == close(5e-12, -3.155933e-5, -9.467800e-5)


@pytest.mark.lecture("S10")
def test_the_deltas_are_gradients_of_the_biases(model: MLP) -> None:
    """δ1 and δ2 use the output weights from before the update."""
    nn.half_squared_error(model(X[0]), Y[0]).backward()
    grads: dict[str, list[float]] = {}
    for name, parameter in model.named_parameters():
        grads.setdefault(name.partition("[")[0], []).extend(np.ravel(parameter.grad))
    assert grads["layers.0.bias"] == close(5e-10, 0.000315593, 0.000946780)
    assert grads["layers.1.bias"] == close(5e-12, 0.12623733418)


@pytest.mark.lecture("S12")
def test_an_epoch_of_stochastic_steps_ends_at_the_lectures_weights(model: MLP) -> None:
    for x, y in zip(X, Y, strict=True):
        step(model, x, y)
    state = model.state_dict()
    assert state["layers.1.weight"][0] == close(5e-10, 0.009747904, 0.029748623)
    assert state["layers.1.bias"] == close(5e-10, -0.000496237)
    assert state["layers.0.weight"].ravel() == close(
        5e-9, 0.01997921, 0.02995971, 0.00997749, 0.01995867
    )
    assert state["layers.0.bias"] == close(5e-13, -4.0828940e-5, -4.3218789e-5)


@pytest.mark.lecture("S13")
def test_a_batch_through_tanh_units_has_the_lectures_gradients() -> None:
    """Gradients averaged over the batch; the lecture's matrices are (in, out), so transposed."""
    model = network("tanh")
    (nn.half_squared_error(model(X), Y) / 4).backward()
    hidden, output = model.layers
    assert output.weight.grad[0] == close(5e-13, 7.33340e-7, 8.27282e-7)
    assert output.bias.grad == close(5e-13, 4.3729013e-5)
    assert hidden.weight.grad.T.ravel() == close(
        5e-13, -3.58931e-7, 1.39772e-7, -1.40389e-7, 6.08352e-7
    )
    assert hidden.bias.grad == close(5e-13, 6.26853e-8, 9.36488e-7)


@pytest.mark.lecture("S14")
def test_that_start_and_that_rate_do_not_learn() -> None:
    """E stays 0.1250: the start is nearly symmetric, and the step is small."""
    model = network("tanh")
    for _ in range(1_000):
        model.zero_grad()
        loss = nn.half_squared_error(model(X), Y) / 4
        loss.backward()
        nn.SGD(model.parameters(), lr=0.1).step()
    assert loss.data == pytest.approx(0.125, abs=5e-5)


@pytest.mark.lecture("S14")
def test_another_start_and_rate_learn_xor() -> None:
    model = MLP([2, 4, 1], "tanh", output="sigmoid", seed=0)
    sgd = nn.SGD(model.parameters(), lr=1.0, momentum=0.9)
    nn.fit(model, X, Y, epochs=300, batch_size=4, loss=nn.mse, optimizer=sgd, rng=0, progress=False)
    assert np.array_equal(model(X).data.round(), Y)
