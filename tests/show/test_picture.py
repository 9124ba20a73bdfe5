"""What a picture says: read from the plain data, without Graphviz."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from pictured import picture

import autograd
from autograd import Tensor, Value, affine, dot, draw, exp, region, total
from autograd.show.picture import Box, Kind, Line, Picture


def named(found: Picture, name: str) -> Box:
    (box,) = (box for box in found.boxes if box.name == name)
    return box


def into(found: Picture, name: str) -> Sequence[Line]:
    """The lines into a box, by slot."""
    lines = [line for line in found.lines if line.head == named(found, name).id]
    return sorted(lines, key=lambda line: -1 if line.slot is None else line.slot)


def row(box: Box, tag: str) -> tuple[str, ...]:
    (found,) = (each.cells for each in box.rows if each.tag == tag)
    return found


def label(node: Any, name: str) -> Any:
    node.label = name
    return node


@pytest.fixture
def product() -> tuple[Value, Value, Value]:
    """C = a · b."""
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c = a * b
    c.label = "c"
    return a, b, c


def test_a_box_has_the_label_the_op_and_the_data(product: tuple[Value, ...]) -> None:
    box = named(picture(product[2]), "c")
    assert (box.symbol, box.kind, row(box, "data")) == ("×", Kind.OPERATION, ("−6.0",))


def test_where_no_gradient_arrived_a_dash_stands_and_not_a_zero(product: tuple[Value, ...]) -> None:
    found = picture(product[2])
    assert [row(box, "grad") for box in found.boxes] == [("—",)] * 3
    assert [line.text for line in found.lines] == [""] * 2


def test_after_backward_boxes_show_gradients_and_lines_local_derivatives(
    product: tuple[Value, ...],
) -> None:
    """∂c/∂a = b = −3 and ∂c/∂b = a = 2; with one multiplication they are the gradients."""
    product[2].backward(10.0)
    found = picture(product[2])
    assert [line.text for line in into(found, "c")] == ["−3.0", "2.0"]
    assert [row(named(found, name), "grad") for name in "abc"] == [("−30.0",), ("20.0",), ("10.0",)]


def test_the_rule_behind_a_local_derivative_is_told(product: tuple[Value, ...]) -> None:
    product[2].backward()
    line, _ = into(picture(product[2]), "c")
    assert line.tooltip == "∂c/∂a = y = −3.0"


def test_a_gradient_of_zero_is_shown_as_zero() -> None:
    x = Value(-1.0, label="x")
    x.relu().backward()
    assert row(named(picture(x.relu()), "x"), "grad") == ("0.0",)


def test_operands_keep_their_order() -> None:
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    found = picture(label(b - a, "difference"))
    tails = [line.tail for line in into(found, "difference")]
    assert tails == [named(found, "b").id, named(found, "a").id]
    assert named(found, "difference").slots == ("x", "y")


def test_a_plus_a_has_two_lines() -> None:
    a = Value(2.0, label="a")
    b = label(a + a, "b")
    b.backward()
    found = picture(b)
    assert [(line.slot, line.text) for line in into(found, "b")] == [(0, "1.0"), (1, "1.0")]
    assert len(found.boxes) == 2


def test_constants_have_no_gradient_and_no_derivative_on_their_lines() -> None:
    y = label(Value(2.0) * 5.0, "y")
    y.backward()
    found = picture(y)
    (five,) = (box for box in found.boxes if box.kind is Kind.CONSTANT)
    assert [each.tag for each in five.rows] == ["data"]
    assert [(line.text, line.variable) for line in into(found, "y")] == [("5.0", True), ("", False)]


def test_exact_numbers_are_shown_exactly() -> None:
    x = Value(Fraction(2, 3), label="x")
    y = x * x
    y.backward()
    assert row(named(picture(y), "x"), "grad") == ("4/3",)


def test_where_a_rule_divides_by_zero_the_line_says_infinity() -> None:
    """d(1/x)/dx = −1/x² = −∞ at 0."""
    x = Value(0.0)
    y = label(1.0 / x, "y")
    y.backward()
    assert into(picture(y), "y")[1].text == "−∞"


def test_the_operand_slots_of_a_neuron_are_named_by_what_they_are() -> None:
    x, W = np.array([Value(1.0), Value(2.0)]), np.array([[Value(3.0), Value(4.0)]])
    (y,) = affine(x, W, np.array([Value(5.0)]))
    y.backward()
    found = picture(y)
    neuron = found.boxes[-1]
    assert neuron.slots == ("x₁", "x₂", "w₁", "w₂", "b")
    stories = [line.tooltip for line in found.lines if line.head == neuron.id]
    assert stories[2:] == ["∂z/∂w₁ = 1.0", "∂z/∂w₂ = 2.0", "∂z/∂b = 1.0"]


@pytest.mark.parametrize(
    ("make", "slots"),
    [
        pytest.param(lambda x: dot([x, x], [x, x]), ("x₁", "x₂", "y₁", "y₂"), id="dot"),
        pytest.param(lambda x: total([x, x, x]), ("x₁", "x₂", "x₃"), id="total"),
        pytest.param(lambda x: autograd.maximum(x, x), ("x", "y"), id="maximum"),
        pytest.param(lambda x: Tensor(np.eye(2)) @ np.eye(2), ("x", "y"), id="matmul"),
        pytest.param(
            lambda x: affine(np.eye(2), Tensor(np.eye(2)), Tensor([1.0, 2.0])),
            ("x", "W", "b"),
            id="affine",
        ),
        pytest.param(
            lambda x: autograd.stack([Tensor([1.0]), Tensor([2.0])]), ("x₁", "x₂"), id="stack"
        ),
    ],
)
def test_operand_slots_have_the_letters_of_the_rule(make: Any, slots: tuple[str, ...]) -> None:
    assert picture(make(Value(2.0))).boxes[-1].slots == slots


def test_each_operand_of_a_sum_of_many_has_its_line() -> None:
    values = [Value(float(k)) for k in range(12)]
    y = label(total(values), "y")
    y.backward()
    lines = into(picture(y), "y")
    assert [line.slot for line in lines] == list(range(12))
    assert {line.text for line in lines} == {"1.0"}


def lines(x: Tensor) -> list[tuple[str, ...]]:
    return [(row.tag, *row.cells) for row in picture(x).boxes[0].rows]


def test_a_small_tensor_shows_its_shape_dtype_and_every_number() -> None:
    x = Tensor([[1.0, 2.0], [3.0, 6.0]], label="x", dtype=np.float32)
    (x * x).sum().backward()
    assert named(picture(x), "x").remark == "(2, 2) float32"
    assert lines(x) == [
        ("data", "1.0", "2.0"),
        ("", "3.0", "6.0"),
        ("grad", "2.0", "4.0"),
        ("", "6.0", "12.0"),
    ]


def test_a_vector_is_wrapped_into_lines_of_one_length() -> None:
    x = Tensor(np.arange(7.0), requires_grad=False)
    assert lines(x) == [("data", "0.0", "1.0", "2.0", "3.0"), ("", "4.0", "5.0", "6.0", "")]


def test_a_narrow_tensor_has_its_gradient_beside_it() -> None:
    x = Tensor([[1.0], [2.0], [3.0], [4.0]] @ np.ones((1, 2)))
    (x * x).sum().backward()
    assert lines(x)[:3] == [
        ("", "", "data", "", "grad"),
        ("", "1.0", "1.0", "2.0", "2.0"),
        ("", "2.0", "2.0", "4.0", "4.0"),
    ]


def test_a_larger_tensor_shows_its_spread() -> None:
    x = Tensor(np.arange(30.0).reshape(3, 10))
    (x * x).sum().backward()
    assert lines(x) == [
        ("", "min", "mean", "max"),
        ("data", "0.0", "14.5", "29.0"),
        ("grad", "0.0", "29.0", "58.0"),
    ]


def test_a_mean_that_is_rounding_noise_is_told_as_such() -> None:
    x = Tensor(np.tile([0.1, 0.2, -0.3], 10))
    assert 0 < abs(x.data.mean()) < 1e-16
    assert lines(x)[1] == ("data", "−0.3", "≈ 0", "0.2")


def test_a_tensor_without_gradient_shows_dashes() -> None:
    assert row(picture(Tensor([1.0, 2.0])).boxes[0], "grad") == ("—", "—")


def test_an_empty_tensor_has_no_numbers_to_show() -> None:
    assert row(picture(Tensor(np.zeros((0, 3)))).boxes[0], "data") == ("—", "—", "—")


def test_lines_between_tensors_show_the_shape_that_passes() -> None:
    x = Tensor(np.ones((2, 3)))
    y = label(x.sum(), "y")
    y.backward()
    assert [line.text for line in into(picture(y), "y")] == ["(2, 3)"]


def test_settings_of_an_op_are_shown() -> None:
    y = label(Tensor(np.ones((2, 3))).sum(axis=1), "y")
    assert "axis=1" in named(picture(y), "y").remark


@pytest.mark.parametrize(
    ("index", "shown"),
    [
        ((slice(None), 1), "(:, 1)"),
        ((..., slice(0, 3, 2)), "(…, 0:3:2)"),
        ((np.array([0, 1, 1]), None), "([0, 1, 1], None)"),
    ],
)
def test_an_index_is_shown_as_it_is_written(index: object, shown: str) -> None:
    y = label(Tensor(np.ones((2, 3)))[index], "y")
    assert f"index={shown}" in named(picture(y), "y").remark


def test_second_order_gradients_are_shown_as_numbers() -> None:
    x = Value(2.0, label="x")
    y = x * x * x
    y.backward(create_graph=True)
    assert row(named(picture(y), "x"), "grad") == ("12.0",)
    x.grad = None


def test_the_root_is_marked_and_comes_last(product: tuple[Value, ...]) -> None:
    found = picture(product[2])
    assert [box.root for box in found.boxes] == [False, False, True]


def test_a_leaf_alone_is_a_picture() -> None:
    found = picture(Value(1.5, label="x"))
    assert (len(found.boxes), found.lines, found.boxes[0].root) == (1, (), True)


def test_a_box_is_drawn_in_the_region_that_made_it() -> None:
    with region("mlp"), region("layer0"):
        w = Value(1.0, label="w")
        y = label(w * 2.0, "y")
    found = picture(exp(y))
    assert named(found, "y").region == "mlp/layer0"
    assert found.boxes[-1].region == ""


def test_a_leaf_is_drawn_where_all_that_it_feeds_is() -> None:
    w, x = Value(1.0, label="w"), Value(2.0, label="x")
    with region("one"):
        y = w * x * w
    with region("two"):
        z = y * x
    found = picture(z)
    assert (named(found, "w").region, named(found, "x").region) == ("one", "")


def test_a_drawing_shows_the_graph_as_it_was_when_drawn(product: tuple[Value, ...]) -> None:
    drawing = draw(product[2])
    product[2].backward()
    assert row(named(drawing.picture, "a"), "grad") == ("—",)


def test_a_drawing_says_when_data_changed_since_the_forward_pass() -> None:
    w = Value(2.0)
    y = w * 3.0
    assert picture(y).caption == ""
    w.data = 5.0
    assert picture(y).caption == "1 operation computed from data changed since"


@pytest.mark.parametrize("root", [3.0, None])
def test_only_nodes_can_be_drawn(root: object) -> None:
    with pytest.raises(TypeError, match="draw needs a Value or a Tensor, or a list of them, got"):
        draw(root)  # type: ignore[arg-type]


def test_unknown_choices_are_refused() -> None:
    with pytest.raises(ValueError, match="fold must be"):
        draw(Value(1.0), fold="all")
    with pytest.raises(ValueError, match="direction must be"):
        draw(Value(1.0), direction="RL")
