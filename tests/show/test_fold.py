"""How graphs too big to be seen are folded, and that the numbers told of it are right."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from random import Random
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictured import picture

from autograd import Tensor, Value, draw, region, tanh
from autograd.node.node import Node
from autograd.reading.numbered_graph import NumberedGraph
from autograd.show.fold import fold, regions_of_nodes
from autograd.show.picture import Kind
from autograd.walk.order import leaves, topological_order


def size(root: Node) -> int:
    return len(topological_order(root)) + len(leaves(root))


def network(*sizes: int) -> Value:
    """A network of scalars, with a multiplication and an addition for each weight."""
    return network_on([Value(x / 8) for x in range(sizes[0])], *sizes[1:])


def network_on(values: list[Value], *sizes: int) -> Value:
    random = Random(1)
    with region("mlp"):
        for layer, (n_in, n_out) in enumerate(pairwise((len(values), *sizes))):
            with region(f"layer{layer}"):
                values = [neuron(k, n_in, values, random) for k in range(n_out)]
    loss = values[0]
    for value in values[1:]:
        loss = loss + value
    return loss


def neuron(k: int, n_in: int, values: list[Value], random: Random) -> Value:
    weights = [Value(random.random()) for _ in range(n_in)]
    with region(f"neuron{k}"):
        out = Value(0.0) + 0.0
        for w, x in zip(weights, values, strict=True):
            out = out + w * x
        return cast(Value, out.tanh())


def random_graph(seed: int, operations: int) -> Value:
    """Operations on earlier results, in random regions."""
    random = Random(seed)
    nodes = [Value(random.random()) for _ in range(5)]
    for _ in range(operations):
        path = [f"r{random.randrange(3)}" for _ in range(random.randrange(4))]
        x, y = random.choices(nodes[-8:], k=2)
        with region("/".join(path) or "r"):
            nodes.append(x + y if random.random() < 0.5 else x * y)
    return nodes[-1]


@given(st.integers(0, 10**6), st.integers(1, 400), st.integers(30, 150))
def test_every_node_is_in_exactly_one_group(seed: int, operations: int, limit: int) -> None:
    graph = NumberedGraph(random_graph(seed, operations))
    groups, _ = fold(graph, limit)
    members = Counter(k for group in groups for k in group.members)
    assert members == Counter(range(len(graph.nodes)))


@pytest.mark.slow
@given(st.integers(0, 10**6), st.integers(1, 400), st.integers(30, 150))
def test_the_counts_in_a_picture_add_up(seed: int, operations: int, limit: int) -> None:
    """Boxes stand for all nodes, and lines for all operands but those inside a box."""
    root = random_graph(seed, operations)
    found = picture(root, limit=limit)
    assert found.nodes == size(root)
    assert len(found.boxes) <= max(limit, found.nodes if found.hidden == 0 else 0)
    graph = NumberedGraph(root)
    box_of = {k: n for n, g in enumerate(fold(graph, limit)[0]) for k in g.members}
    crossing = sum(box_of[p] != box_of[k] for k, ps in enumerate(graph.parents) for p in ps)
    assert sum(line.operands for line in found.lines) == crossing


def test_a_graph_that_fits_is_not_folded() -> None:
    x = Value(1.0)
    for _ in range(149):
        x = x + x
    found = picture(x)
    assert (len(found.boxes), found.hidden, found.caption) == (150, 0, "")


def test_one_node_more_is_folded() -> None:
    x = Value(1.0)
    for _ in range(150):
        x = x + x
    assert picture(x).hidden > 0


def test_neurons_are_folded_before_layers() -> None:
    found = picture(network(4, 8, 3))
    folded = [(box.region, box.name) for box in found.boxes if box.kind is Kind.FOLD]
    expected = [("mlp/layer0", f"neuron{k}") for k in range(8)]
    expected += [("mlp/layer1", f"neuron{k}") for k in range(3)]
    assert sorted(folded) == expected


def test_what_a_layer_does_outside_its_neurons_is_a_box_in_the_layer() -> None:
    x = Value(1.0)
    for k in range(60):
        with region("layer"):
            with region(f"neuron{k % 2}"):
                y = x * 1.5
            x = tanh(y)
    found = picture(x)
    assert sorted((box.region, box.symbol, box.name) for box in found.boxes) == [
        ("layer", "tanh", "others in layer"),
        ("layer", "×", "neuron0"),
        ("layer", "×", "neuron1"),
    ]


def test_a_region_without_neurons_has_its_own_name_beside_layers_of_neurons() -> None:
    inputs = [Value(1.0) for _ in range(200)]
    with region("scaled"):
        inputs = [x * 0.5 for x in inputs]
    layers = [(box.region, box.name) for box in picture(network_on(inputs, 4, 2)).boxes]
    assert ("", "scaled") in layers
    assert ("mlp/layer0", "neuron3") in layers


@pytest.mark.slow
@given(st.integers(0, 10**6), st.integers(1, 400), st.integers(30, 150))
def test_a_box_named_after_a_region_has_all_of_it_and_others_in_it_have_not(
    seed: int, operations: int, limit: int
) -> None:
    graph = NumberedGraph(random_graph(seed, operations))
    inside: dict[str, set[int]] = {}
    for k, home in enumerate(regions_of_nodes(graph)):
        for end in re.finditer("/|(?<=.)$", home):
            inside.setdefault(home[: end.start()], set()).add(k)
    for group in fold(graph, limit)[0]:
        if group.title in inside:
            assert set(group.members) == inside[group.title]
        elif "others in" in group.title:
            assert set(group.members) < inside[group.region]


def test_where_neurons_are_too_many_layers_are_folded() -> None:
    found = picture(network(8, 160, 8))
    folded = [(box.region, box.name) for box in found.boxes if box.region]
    assert sorted(folded) == [("mlp", "layer0"), ("mlp", "layer1")]


@pytest.mark.slow
@pytest.mark.parametrize(("inputs", "boxes"), [(8, 8), (200, 1)])
def test_the_inputs_of_a_layer_are_not_hidden_in_it(inputs: int, boxes: int) -> None:
    found = picture(network(inputs, 160, 2))
    layer = next(box for box in found.boxes if box.name == "layer0")
    outside = {line.tail for line in found.lines if line.head == layer.id}
    assert [box.nodes for box in found.boxes if box.id in outside] == [inputs // boxes] * boxes


def test_a_folded_box_says_how_many_nodes_it_stands_for() -> None:
    """A neuron of 4 inputs: 4 ×, 5 +, tanh, 4 weights, a bias and the constant added to it."""
    found = picture(network(4, 20, 1))
    box = next(box for box in found.boxes if (box.region, box.name) == ("mlp/layer0", "neuron3"))
    assert box.nodes == 4 + 5 + 1 + 4 + 1 + 1
    assert box.remark == "16 nodes"


def test_a_folded_box_says_its_largest_gradient() -> None:
    x = Value(1.0)
    with region("all"):
        y = x
        for k in range(200):
            y = y * (-2.0 if k == 0 else 1.0)
    y.backward()
    (box,) = (box for box in picture(y).boxes if box.name == "all")
    assert {row.tag: row.cells for row in box.rows}["largest |grad|"] == ("2.0",)


def test_a_nan_gradient_is_not_hidden_by_folding() -> None:
    """The first gradient of the box is 1, the second nan."""
    with region("all"):
        y = Value(float("nan")) * Value(1.0)
        for _ in range(200):
            y = y * 1.0
    y.backward()
    (box,) = picture(y).boxes
    assert box.rows[-1].cells == ("nan",)


def test_the_caption_says_how_many_nodes_are_hidden() -> None:
    root = network(16, 32, 4)
    found = picture(root)
    total, boxes, hidden = (
        int(number.replace(",", ""))
        for number in re.findall(r"[\d,]*\d", re.sub("[0-9] levels", "", found.caption))
    )
    alone = sum(box.nodes == 1 for box in found.boxes)
    assert (total, boxes, hidden) == (size(root), len(found.boxes), size(root) - alone)
    assert "folded by region, 3 levels deep" in found.caption


def test_a_picture_with_too_many_lines_is_folded_further() -> None:
    """64 inputs of 32 neurons are 96 boxes and 2,048 lines."""
    assert len(picture(network(64, 32, 2)).lines) <= 600


def test_a_sum_without_regions_is_folded_to_one_box() -> None:
    values = [Value(float(k)) for k in range(500)]
    out = values[0]
    for value in values[1:]:
        out = out + value
    assert [box.name for box in picture(out).boxes] == ["500 variables", "a run of add"]


def test_an_op_that_is_a_word_is_said_once() -> None:
    """Not "relu a run of relu", and not "relu relu"."""
    x = y = Value(1.0)
    for _ in range(200):
        y = y.relu()
    assert [(box.symbol, box.name) for box in picture(y).boxes] == [("", ""), ("", "200 × relu")]
    two = draw(x.relu() + x.relu(), fold=lambda node: node.op.name if node.op else None).picture
    assert ("", "2 × relu", "") in {(box.symbol, box.name, box.remark) for box in two.boxes}


def test_a_region_with_the_name_of_its_op_counts_the_op_and_the_nodes() -> None:
    with region("relu"):
        y = (Value(1.0).relu() + 0.0).relu()
    (box,) = draw(y, fold="layer").picture.boxes
    assert (box.symbol, box.name, box.remark) == ("", "relu", "5 nodes")


def test_beside_what_is_folded_leaves_make_no_long_column() -> None:
    few, many = (picture(network(inputs, 8, 2)) for inputs in (24, 25))
    assert sum(box.kind == Kind.VARIABLE for box in few.boxes) == 24
    assert "25 variables" in {box.name for box in many.boxes}


def test_a_folded_root_keeps_its_label() -> None:
    out = Value(0.0)
    for k in range(500):
        out = out + float(k)
    out.label = "L"
    box = next(box for box in picture(out).boxes if box.root)
    assert (box.name, box.remark) == ("L", "a run of add · 500 nodes")


def test_a_wide_graph_without_regions_is_folded_by_operation() -> None:
    """Its terms differ, so they can't be rolled."""
    out = Value(0.0)
    for _ in range(140):
        out = out + Value(1.0)
    for k in range(160):
        out = out + Value(1.0) ** k
    names = sorted(box.name for box in picture(out).boxes)
    assert names == ["141 variables", "160 variables", "add at depth 2", "power at depth 1"]


def test_a_long_graph_without_regions_is_folded_by_depth() -> None:
    x = Value(1.0)
    for _ in range(1_000):
        x = tanh(x + x)
    found = picture(x)
    assert 2 <= len(found.boxes) <= 24
    ends = {box.id: n for n, box in enumerate(found.boxes)}
    assert all(ends[line.tail] < ends[line.head] for line in found.lines)


def test_too_many_regions_are_folded_all_the_same() -> None:
    x = Value(1.0)
    for k in range(500):
        with region(f"step{k}"):
            x = tanh(x * 0.5)
    assert len(picture(x).boxes) <= 150


def test_tensors_are_folded_like_values() -> None:
    x = Tensor([1.0, 2.0])
    for _ in range(200):
        x = x + x
    assert picture(x).nodes == 201


def test_folding_can_be_switched_off() -> None:
    x = Value(1.0)
    for _ in range(300):
        x = x + x
    found = draw(x, fold=None).picture
    assert (len(found.boxes), found.hidden) == (301, 0)


def test_what_nobody_could_look_at_is_refused_with_advice() -> None:
    x = Value(1.0)
    for _ in range(3_000):
        x = x + x
    with pytest.raises(ValueError, match=r'3,001 boxes .*fold="auto".*around=node'):
        draw(x, fold=None)


@pytest.mark.slow
@pytest.mark.parametrize("named", [False, True])
def test_a_chain_of_a_hundred_thousand_nodes_is_folded_without_recursion(named: bool) -> None:
    x = Value(1.0)
    with region("chain" if named else ""):
        for _ in range(100_000):
            x = tanh(x)
    drawing = draw(x, at="")
    assert drawing.picture.nodes == 100_001
    assert len(repr(drawing).splitlines()) < 100


def test_a_network_of_7000_nodes_is_drawn_from_few_boxes() -> None:
    root = network(64, 32, 10)
    assert size(root) > 7_000
    root.backward()
    drawing = draw(root)
    assert len(drawing.picture.boxes) <= 150
    assert drawing.svg
