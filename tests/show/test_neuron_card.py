"""The card of a neuron says what the neuron computed, and no text lies on another."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scene_texts import bounds, overlap

import autograd
import nn
from autograd import Tensor, Value, draw
from autograd.show.flow import View
from autograd.show.network.aligned_numbers import aligned
from autograd.show.network.network import Column
from autograd.show.network.network_search import find_network
from autograd.show.network.neuron_card import neuron_scene, rows_of
from autograd.show.scene import Curve, Image, Rectangle, Scene, Text
from autograd.show.theme import LIGHT

RNG = np.random.default_rng(0)
IMAGE = RNG.uniform(size=64) * (RNG.uniform(size=64) > 0.5)


def of_model(*sizes: int, activation: Any = "tanh", x: Any = None, scalars: bool = True) -> Any:
    model: Any = nn.MLP(list(sizes), activation, seed=0)
    row = RNG.normal(size=sizes[0]) if x is None else x
    loss = nn.mse((model.scalars() if scalars else model)(row), np.ones(sizes[-1]))
    loss.backward()
    return loss


def wrong_numbers() -> Any:
    loss = autograd.sum(autograd.relu(Tensor([[math.inf, 1e200]]) @ Tensor([[1.0], [math.nan]])))
    loss.backward()
    return loss


GRAPHS: dict[str, tuple[Callable[[], Any], int]] = {
    "four inputs": (lambda: of_model(4, 3, 1), 2),
    "twenty inputs": (lambda: of_model(20, 2, 1), 1),
    "21 inputs": (lambda: of_model(21, 2, 1), 1),
    "pixels": (lambda: of_model(64, 3, 1, x=IMAGE), 0),
    "tensors": (lambda: of_model(64, 3, 1, x=IMAGE, scalars=False), 2),
    "no activation": (lambda: of_model(3, 2), 1),
    "swish": (lambda: of_model(3, 2, 1, activation=lambda z: z * autograd.sigmoid(z)), 0),
    "without gradients": (lambda: nn.Layer(2, 1, rng=0).scalars()([1.0, 0.0])[0], 0),
    "wrong numbers": (wrong_numbers, 0),
    "huge": (lambda: of_model(2, 2, 1, activation="relu", x=np.array([1e9, -1e-9])), 0),
}


@pytest.fixture(params=GRAPHS)
def scene(request: pytest.FixtureRequest) -> Scene:
    make, unit = GRAPHS[request.param]
    network = find_network(View(make()))
    return neuron_scene(network, network.columns[0], unit, LIGHT)


def first(root: Any) -> Column:
    return find_network(View(root)).columns[0]


def of_kind(scene: Scene, kind: type[Any], name: str = "") -> list[Any]:
    parts = (part for part in scene.parts[1:] if not name or part.id == name)
    return [shape for part in parts for shape in part.shapes if isinstance(shape, kind)]


def test_no_text_lies_on_another_or_on_an_image_a_bar_or_the_curve(scene: Scene) -> None:
    texts = [(text.text, bounds(text)) for text in of_kind(scene, Text)]
    solid = of_kind(scene, Image) + [
        r for r in of_kind(scene, Rectangle) if r.width > 1 and r.fill != "none"
    ]
    rooms = [*texts, *(("solid", (r.x, r.y, r.x + r.width, r.y + r.height)) for r in solid)]
    found = [
        (name, other)
        for k, (name, a) in enumerate(texts)
        for other, b in rooms[k + 1 :]
        if overlap(a, b)
    ]
    assert found == []
    assert min(text.size for text in of_kind(scene, Text)) >= 11
    assert max(room[2] for _, room in texts) <= scene.width
    assert max(room[3] for _, room in texts) <= scene.height
    assert scene.width <= 1280


def test_the_tangent_stays_in_the_panel(scene: Scene) -> None:
    parts = [part for part in scene.parts[1:] if part.id == "activation"]
    for part in parts:
        frame = part.shapes[0]
        assert isinstance(frame, Rectangle)
        for curve in of_kind(scene, Curve, "activation"):
            for x, y in curve.points:
                assert frame.x - 0.01 <= x <= frame.x + frame.width + 0.01
                assert frame.y - 0.01 <= y <= frame.y + frame.height + 0.01


@pytest.mark.parametrize("n", [4, 20, 64])
def test_the_products_and_the_bias_add_up_to_the_sum(n: int) -> None:
    column = first(of_model(n, 3, 1))
    assert column.b is not None
    for j in range(3):
        products = [row.product or 0.0 for row in rows_of(column, j)]
        assert sum(products) + column.b[j] == pytest.approx(column.z[j], rel=1e-12, abs=1e-15)


def test_up_to_twenty_inputs_have_a_row_in_order() -> None:
    rows = rows_of(first(of_model(20, 2, 1)), 0)
    assert [row.name for row in rows] == [f"x{i}" for i in range(20)]


def test_of_64_inputs_the_eight_largest_products_have_a_row_and_the_others_one() -> None:
    column = first(of_model(64, 2, 1, x=IMAGE))
    *largest, others = rows_of(column, 1)
    sizes = np.sort(np.abs(column.W[1] * column.x))[::-1]
    assert [abs(row.product or 0.0) for row in largest] == pytest.approx(sizes[:8])
    assert others.name == "56 others"


def test_the_parts_of_the_inputs_gradient_add_up_to_it() -> None:
    loss = of_model(3, 4, 1, x=[Value(0.5), Value(1.0), Value(-2.0)])
    column = first(loss)
    parts = [[row.to_input for row in rows_of(column, j)] for j in range(4)]
    np.testing.assert_allclose(
        np.sum(np.array(parts, float), axis=0), np.array(column.x_grad, float), rtol=1e-12
    )


def two_ops(z: Any) -> Any:
    return autograd.exp(autograd.tanh(z))


@pytest.mark.parametrize("scalars", [True, False])
@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu", "softplus", two_ops])
def test_the_slope_times_the_gradient_above_is_the_gradient_below(
    scalars: bool, activation: Any
) -> None:
    column = first(of_model(3, 5, 1, activation=activation, scalars=scalars))
    assert column.slopes is not None
    assert column.a_grad is not None
    assert column.z_grad is not None
    assert column.curve is not None
    np.testing.assert_allclose(column.a_grad * column.slopes, column.z_grad, rtol=1e-13)
    assert [column.curve(z) for z in column.z.tolist()] == pytest.approx(column.a.tolist())


def test_an_activation_that_uses_its_sum_twice_has_no_slope_by_the_chain_rule() -> None:
    column = first(GRAPHS["swish"][0]())
    assert (column.slopes, column.curve, column.activation) == (None, None, "sigmoid, mul")


# Numbers in a column ------------------------------------------------------------------------------


@given(st.lists(st.floats(-1e12, 1e12), min_size=1))
def test_numbers_of_a_column_have_the_same_decimals_and_zero_is_zero(numbers: list[float]) -> None:
    texts = aligned(numbers)
    places = {
        len(text.partition("e")[0].partition(".")[2])
        for text, x in zip(texts, numbers, strict=True)
        if x
    }
    assert len(places) <= 1
    assert [text == "0" for text in texts] == [x == 0 for x in numbers]
    largest = max(map(abs, numbers))
    for text, x in zip(texts, numbers, strict=True):
        assert float(text.replace("−", "-")) == pytest.approx(x, abs=1e-3 * largest)


def test_what_is_no_number_is_said_so() -> None:
    assert aligned([None, math.nan, -math.inf, 1.0]) == ["—", "nan", "−∞", "1.0"]


# What a user asks for -----------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_a_unit_is_drawn_by_its_path(theme: str) -> None:
    loss = of_model(3, 2, 1)
    drawing = draw(loss, fold="network", at="mlp/layer0/neuron1", theme=theme)
    ET.fromstring(drawing.svg)
    assert repr(drawing).startswith("mlp/layer0, unit 1\n")
    assert "text/plain" in drawing._repr_mimebundle_()[0]


def test_a_call_of_a_shared_layer_has_a_path_of_its_own() -> None:
    layer: Any = nn.Layer(2, 1, "tanh", rng=0).scalars()
    state = Value(0.5)
    for t in range(3):
        (state,) = layer([float(t), state])
    network = find_network(View(state))
    assert network.unit("layer/neuron0") == (network.columns[0], 0)
    assert network.unit("layer, call 3/neuron0") == (network.columns[2], 0)


@pytest.mark.parametrize(
    ("at", "error", "message"),
    [
        ("mlp/layer0/neuron9", ValueError, "from mlp/layer0/neuron0 to mlp/layer0/neuron1"),
        ("mlp/layer7/neuron0", ValueError, "the layers are mlp/layer0, mlp/layer1"),
        ("", ValueError, "the layers are"),
        ("mlp/layer0/²", ValueError, "must be a unit of mlp/layer0"),
        (3, TypeError, "must be the path of a level"),
    ],
)
def test_a_path_that_leads_nowhere_is_told(at: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        draw(of_model(3, 2, 1), fold="network", at=at)
