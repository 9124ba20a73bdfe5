"""Pictures of levels: what they say adds up, and they can be read."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, Value, draw, region, tanh
from autograd.show import Drawing
from autograd.show.flow import View
from autograd.show.layout import Layout
from autograd.show.levels import level_layout
from autograd.show.levels.crossing import contribution, slopes
from autograd.show.levels.level_picture import level_picture
from autograd.show.levels.level_tree import LevelTree
from autograd.show.levels.wrapping import WIDTH
from autograd.show.picture import Kind, Picture


def random_graph(seed: int, operations: int) -> Value:
    """Operations on earlier results, in random regions that are entered again and again."""
    random = Random(seed)
    nodes = [Value(random.random()) for _ in range(5)]
    for _ in range(operations):
        path = [f"r{random.randrange(3)}" for _ in range(random.randrange(3))]
        x, y = random.choices(nodes[-8:], k=2)
        with region("/".join(path)):
            nodes.append(tanh(x + y) if random.random() < 0.5 else x * y)
    return nodes[-1]


def perceptron(*sizes: int) -> Value:
    model = nn.MLP(list(sizes), "tanh", seed=0).scalars()
    x = [Value(0.1 * (k + 1), label=f"x{k}") for k in range(sizes[0])]
    root = nn.mse(model(x), np.ones(sizes[-1]))
    root.backward()
    return root


def blocks(count: int) -> Tensor:
    """Residual blocks of tensors, as in a transformer."""
    x = Tensor(np.ones((2, 4)), label="x")
    with region("model"):
        for k in range(count):
            with region(f"block{k}"):
                w = Tensor(np.eye(4) / 2, label="w")
                x = x + tanh(x @ w).exp() * 0.5
    root = x.sum()
    root.backward()
    return root


def chain(length: int) -> Value:
    x = Value(1.0, label="x")
    for _ in range(length):
        x = tanh(x * 1.1)
    return x


def pictures(root: Value | Tensor) -> list[Picture]:
    view = View(root)
    tree = LevelTree(view)
    return [level_picture(view, tree, level.path) for level in tree.levels()]


def boxes(picture: Picture, kind: Kind) -> list[str]:
    return [box.name for box in picture.boxes if box.kind is kind]


graphs = st.builds(random_graph, st.integers(0, 10**6), st.integers(1, 150))


# What is said ------------------------------------------------------------------------------------


@pytest.mark.slow
@given(graphs)
def test_what_the_uses_of_a_number_add_up_to_is_its_gradient(root: Value) -> None:
    """On its own level: along its lines there, and through the ports."""
    root.backward()
    view = View(root)
    tree = LevelTree(view)
    for level in tree.levels():
        here = set(level.members)
        alone = {i.members[-1]: i.id for i in level.items if i.child is None}
        for k, name in alone.items():
            if k == len(view.nodes) - 1 or not view.nodes[k].requires_grad:
                continue
            uses = [use for line in level.lines if line.tail == name for use in line.uses]
            uses += tree.uses_outside(k, here)
            assert contribution(view, uses) == pytest.approx(view.grads[k], rel=1e-12, abs=1e-15)


@pytest.mark.slow
@given(graphs)
def test_the_slope_of_a_box_with_one_result_is_what_its_lines_add_over_its_gradient(
    root: Value,
) -> None:
    root.backward()
    view = View(root)
    tree = LevelTree(view)
    for level in tree.levels():
        for item in level.items:
            results = tree.results(item.members)
            if item.child is None or len(results) != 1:
                continue
            found = slopes(view, item.members, results[0])
            uses: dict[int, list[tuple[int, int]]] = {}
            for line in level.lines:
                for k, slot in line.uses if line.head == item.id else ():
                    uses.setdefault(view.parents[k][slot], []).append((k, slot))
            for p, slope in found.items():
                passed = view.grads[results[0]] * slope
                assert passed == pytest.approx(contribution(view, uses[p]), rel=1e-11, abs=1e-15)


def test_a_line_into_a_closed_box_says_the_slope_of_its_result() -> None:
    """Of x · 3 + x² at 2: 7. The result's gradient is 5."""
    x = Value(2.0, label="x")
    with region("f"):
        y = x * 3.0 + x * x
    root = y * 5.0 + x
    root.backward()
    (line,) = (e for e in draw(root, at="").picture.lines if e.operands == 3)
    assert (line.text, line.derivative) == ("7.0", True)
    assert "5.0 × 7.0 = 35.0" in line.tooltip


def test_a_line_into_a_box_with_several_results_says_what_it_adds() -> None:
    """∂(3x · 2 + x² · 5)/∂x at 2: 6 + 20."""
    x = Value(2.0, label="x")
    with region("f"):
        y, z = x * 3.0, x * x
    root = y * 2.0 + z * 5.0 + x
    root.backward()
    (line,) = (e for e in draw(root, at="").picture.lines if e.operands == 3)
    assert line.text == "Σ 26.0"
    assert "over 2 results" in line.tooltip


def test_a_closed_box_with_one_result_shows_its_data_and_gradient() -> None:
    root = perceptron(2, 3, 1)
    found = draw(root, at="mlp/layer0").picture
    box = next(box for box in found.boxes if box.name == "neuron1")
    assert [row.tag for row in box.rows] == ["data", "grad"]


def test_a_level_shows_what_comes_in_and_where_it_goes() -> None:
    found = draw(perceptron(2, 3, 1), at="mlp/layer0").picture
    assert boxes(found, Kind.PORT) == ["x0", "x1", "layer1 › neuron0"]
    assert found.heading == "mlp › layer0"
    assert found.nodes == 3 * 5


def test_a_constant_is_written_where_it_stands() -> None:
    x = Value(3.0, label="x")
    with region("f"):
        y = (1.0 - x * 2.0) / 4.0
    found = draw(y * x, at="f").picture
    said = [(box.symbol, box.name) for box in found.boxes if box.kind is Kind.OPERATION]
    assert said == [("×", "2.0"), ("", "1.0 −"), ("÷", "4.0")]


@pytest.mark.slow
@given(graphs)
def test_the_counts_in_a_picture_add_up(root: Value) -> None:
    view = View(root)
    tree = LevelTree(view)
    for level in tree.levels():
        found = level_picture(view, tree, level.path)
        shown = [k for box in found.boxes if box.nodes for k in box.members]  # no ports
        assert Counter(shown) == Counter(level.members)
        inside = sum(line.operands for line in found.lines if not line.head.startswith("out"))
        assert inside == sum(len(line.uses) for line in level.lines)


# Where it goes -----------------------------------------------------------------------------------


def laid_out(picture: Picture) -> Layout:
    return level_layout.level_layout(picture)


ROOTS: dict[str, Any] = {
    "perceptron": lambda: perceptron(2, 4, 4, 1),
    "pixels": lambda: perceptron(64, 4, 3),
    "blocks": lambda: blocks(12),
    "chain": lambda: chain(300),
    "random": lambda: random_graph(3, 150),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ROOTS)
def test_text_is_at_least_11_px_high_where_a_level_is_1280_px_wide(name: str) -> None:
    for picture in pictures(ROOTS[name]()):
        svg = ET.fromstring(Drawing(picture, arrange=level_layout.level_layout).svg)
        smallest = min(
            map(float, re.findall(r'font-size="([\d.]+)px"', ET.tostring(svg, "unicode")))
        )
        assert smallest * 1280 / float(svg.get("width", "nan")) >= 11


@pytest.mark.slow
@pytest.mark.parametrize("name", ROOTS)
def test_boxes_of_a_level_do_not_overlap_and_lines_reach_them(name: str) -> None:
    for picture in pictures(ROOTS[name]()):
        layout = laid_out(picture)
        rooms = list(layout.boxes.values())
        for k, one in enumerate(rooms):
            assert -1 <= one.x <= one.x + one.width <= layout.width + 1
            assert -1 <= one.y <= one.y + one.height <= layout.height + 1
            for other in rooms[:k]:
                assert (
                    one.x + one.width <= other.x
                    or other.x + other.width <= one.x
                    or one.y + one.height <= other.y
                    or other.y + other.height <= one.y
                )
        for line in picture.lines:
            route, tail, head = (
                layout.routes[line.id],
                layout.boxes[line.tail],
                layout.boxes[line.head],
            )
            assert route.points[0][0] == pytest.approx(tail.x + tail.width, abs=2)
            assert route.tip[0] == pytest.approx(head.x, abs=2)
            assert head.y - 1 <= route.tip[1] <= head.y + head.height + 1
            assert len(route.points) % 3 == 1


def test_neurons_of_a_layer_are_laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    lay_out = level_layout.lay_out
    monkeypatch.setattr(level_layout, "lay_out", lambda text: made.append(text) or lay_out(text))
    level_layout._laid_out.cache_clear()
    view = View(perceptron(2, 8, 3, 1))
    tree = LevelTree(view)
    for k in range(8):
        level_layout.level_layout(level_picture(view, tree, f"mlp/layer0/neuron{k}"))
    assert len(made) == 1


def test_neurons_are_in_their_order_from_top_to_bottom() -> None:
    found = draw(perceptron(2, 12, 3, 1), at="mlp/layer0")
    rooms = {box.name: found._layout.boxes[box.id].y for box in found.picture.boxes}
    order = sorted((name for name in rooms if name.startswith("neuron")), key=rooms.__getitem__)
    assert order == [f"neuron{k}" for k in range(12)]


def test_operands_are_in_their_order_from_top_to_bottom() -> None:
    found = draw(perceptron(2, 3, 1), at="mlp/layer0/neuron1")
    rooms = {box.name: found._layout.boxes[box.id].y for box in found.picture.boxes}
    names = ["x0", "x1", "layer0.weight[1, 0]", "layer0.weight[1, 1]", "layer0.bias[1]"]
    assert sorted(names, key=rooms.__getitem__) == names


def test_what_comes_in_is_left_of_all_and_what_goes_out_right() -> None:
    found = draw(perceptron(2, 3, 3, 1), at="mlp/layer1")
    rooms = found._layout.boxes
    inner = [rooms[box.id] for box in found.picture.boxes if box.kind is not Kind.PORT]
    assert max(rooms[f"in{k}"].x + rooms[f"in{k}"].width for k in range(3)) < min(
        room.x for room in inner
    )
    assert rooms["out0"].x > max(room.x + room.width for room in inner)


def test_a_chain_is_wrapped_into_rows() -> None:
    found = draw(chain(300))
    assert found._layout.width <= WIDTH
    assert len({round(room.y) for room in found._layout.boxes.values()}) > 2


# Asking ------------------------------------------------------------------------------------------


def test_a_graph_with_regions_is_drawn_from_the_top_and_says_how_to_open_a_box() -> None:
    found = draw(perceptron(4, 8, 8, 1)).picture
    assert boxes(found, Kind.FOLD) == ["mlp", "mse"]
    assert found.caption == '161 nodes in 6 boxes; open a box with draw(..., at="mlp")'


def test_a_root_that_is_one_of_many_alike_keeps_its_label() -> None:
    x = out = Value(0.3, label="x")
    for k in range(1, 100):
        out = out + (x * k).exp()
    out.label = "out"
    box = next(box for box in draw(out).picture.boxes if box.root)
    assert (box.symbol, box.name, box.remark) == ("+", "out", "×99")


def test_a_small_graph_is_drawn_whole() -> None:
    x = Value(1.0, label="x")
    with region("f"):
        y = x * 2.0 + x
    found = draw(y).picture
    assert (len(found.boxes), found.heading, found.caption) == (4, "", "")


def test_a_picture_may_show_several_levels() -> None:
    root = perceptron(2, 3, 1)
    found = draw(root, at="mlp", depth=2).picture
    assert {box.region for box in found.boxes} == {"", "layer0", "layer1 › neuron0"}
    assert draw(root, depth=9).picture.boxes[-1].root


def test_a_level_that_is_not_there_is_answered_with_near_ones() -> None:
    with pytest.raises(ValueError, match="no level 'mlp/layer7'; near it are 'mlp/layer0'"):
        draw(perceptron(2, 3, 1), at="mlp/layer7")


def test_a_level_is_asked_for_by_a_text() -> None:
    with pytest.raises(TypeError, match=r"at must be the path of a level, .* got 3"):
        draw(perceptron(2, 3, 1), at=3)  # type: ignore[arg-type]


def test_ways_to_show_less_exclude_each_other() -> None:
    root = perceptron(2, 3, 1)
    with pytest.raises(ValueError, match="three ways to show less"):
        draw(root, at="mlp", around=root)
    with pytest.raises(ValueError, match="three ways to show less"):
        draw(root, at="mlp", fold="layer")


def test_too_many_boxes_at_a_depth_are_refused() -> None:
    x = Value(1.0)
    with region("chain"):
        for _ in range(3_001):
            x = tanh(x)
    with pytest.raises(ValueError, match=r"at depth 9 there are 3,002 boxes"):
        draw(x, depth=9)


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_every_form_of_a_level_can_be_made(direction: str, theme: str, tmp_path: Any) -> None:
    found = draw(perceptron(2, 3, 1), at="mlp/layer0", direction=direction, theme=theme)
    assert ET.fromstring(found.svg) is not None
    assert found.save(tmp_path / "level.dot").read_text("utf-8").startswith("digraph")
    assert repr(found)
