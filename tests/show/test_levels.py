"""Levels: every node has one place in the tree, and nothing that crosses a border is lost."""

from __future__ import annotations

from collections import Counter
from random import Random
from time import thread_time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, Value, region, tanh
from autograd.reading.numbered_graph import NumberedGraph
from autograd.show.levels.cutting import MOST
from autograd.show.levels.level import Item, Level
from autograd.show.levels.level_tree import LevelTree
from autograd.show.levels.parts import circles, in_order


def tree_of(root: Value | Tensor) -> LevelTree:
    return LevelTree(NumberedGraph(root))


def path_of(tree: LevelTree, k: int) -> str:
    """Return the path of the level on which a node has its box."""
    path = ""
    while (child := tree.item(path, k).child) is not None:
        path = child
    return path


def titles(level: Level) -> list[str]:
    return [item.title for item in level.items if item.title]


def ports(level: Level, side: str) -> list[str]:
    return [port.title for port in level.ports if port.side == side]


def random_graph(seed: int, operations: int) -> Value:
    """Operations on earlier results, in random regions that are entered again and again."""
    random = Random(seed)
    nodes = [Value(random.random()) for _ in range(5)]
    reach = random.choice([3, 8, 200])
    for _ in range(operations):
        path = [f"r{random.randrange(3)}" for _ in range(random.randrange(4))]
        x, y = random.choices(nodes[-reach:], k=2)
        with region("/".join(path)):
            made = random.choice([lambda x, y: x + y, lambda x, y: x * y, lambda x, y: x * 0.5])
            nodes.append(made(x, y))
    return nodes[-1]


graphs = st.builds(random_graph, st.integers(0, 10**6), st.integers(1, 250))


@pytest.mark.slow
@given(graphs)
def test_every_node_has_its_box_on_exactly_one_level(root: Value) -> None:
    graph = NumberedGraph(root)
    tree = LevelTree(graph)
    alone = Counter(
        k for level in tree.levels() for item in level.items if not item.child for k in item.members
    )
    assert alone == Counter(range(len(graph.nodes)))
    for k in range(0, len(graph.nodes), 7):
        level = tree.level(path_of(tree, k))
        assert any(k in item.members and item.child is None for item in level.items)


@pytest.mark.slow
@given(graphs)
def test_a_level_has_the_nodes_of_the_box_that_it_is_the_inside_of(root: Value) -> None:
    tree = tree_of(root)
    for level in tree.levels():
        for item in level.items:
            if item.child is not None:
                inside = tree.level(item.child)
                assert (inside.members, inside.parent) == (item.members, level.path)
                assert inside.crumbs == (*level.crumbs, item.title)


@pytest.mark.slow
@given(graphs)
def test_every_operand_that_crosses_a_border_is_on_exactly_one_line(root: Value) -> None:
    """And a line goes from the box of the operand to the box of the node that uses it."""
    graph = NumberedGraph(root)
    for level in LevelTree(graph).levels():
        boxes = {k: item.id for item in level.items for k in item.members}
        into = {k: p.id for p in level.ports if p.side == "in" for k in p.members}
        expected = Counter(
            ((boxes | into)[p], boxes[k], k, slot)
            for k in boxes
            for slot, p in enumerate(graph.parents[k])
            if boxes.get(p) != boxes[k]
        )
        found = Counter((e.tail, e.head, k, s) for e in level.lines for k, s in e.uses)
        assert found == expected
        used = {p for k in range(len(graph.nodes)) if k not in boxes for p in graph.parents[k]}
        given_out = {k for p in level.ports if p.side == "out" for k in p.members}
        if level.parent is not None:
            assert given_out == (used | {len(graph.nodes) - 1}) & boxes.keys()


@pytest.mark.slow
@given(graphs)
def test_a_level_is_small_and_its_boxes_feed_each_other_in_no_circle(root: Value) -> None:
    for level in tree_of(root).levels():
        assert len(level.items) <= MOST
        place = {item.id: n for n, item in enumerate(level.items)}
        feeders: list[set[int]] = [set() for _ in place]
        for line in level.lines:
            if line.tail in place and line.head in place:
                feeders[place[line.head]].add(place[line.tail])
        assert in_order(feeders)


@pytest.mark.slow
@given(st.integers(0, 10**6), st.integers(1, 12))
def test_circles_are_what_reaches_itself(seed: int, size: int) -> None:
    """Two are in one circle if each reaches the other: by repeated squares of the relation."""
    random = Random(seed)
    feeders = [{m for m in range(size) if m != n and random.random() < 0.2} for n in range(size)]
    reach = np.eye(size, dtype=bool)
    for n, each in enumerate(feeders):
        reach[n, list(each)] = True
    for _ in range(size):
        reach = reach @ reach
    expected = {frozenset(np.flatnonzero(row).tolist()) for row in reach & reach.T}
    assert {frozenset(group) for group in circles(feeders)} == expected
    assert bool(in_order(feeders)) == all(len(group) == 1 for group in expected)


# Networks ----------------------------------------------------------------------------------------


def perceptron(*sizes: int, batch: int = 0) -> Value:
    model = nn.MLP(list(sizes), "tanh", seed=0).scalars()
    names = [f"x{k}" for k in range(sizes[0])]
    x = [Value(0.1 * k, label=name) for k, name in enumerate(names)]
    if not batch:
        return nn.mse(model(x), np.zeros(sizes[-1]))
    rows = np.array([[Value(0.1 * k + n) for k in range(sizes[0])] for n in range(batch)])
    return nn.mse(model(rows), np.zeros((batch, sizes[-1])))


def test_a_network_is_layers_of_neurons_in_their_order() -> None:
    tree = tree_of(perceptron(2, 12, 4, 1))
    assert titles(tree.level()) == ["mlp", "mse"]
    assert titles(tree.level("mlp")) == ["layer0", "layer1", "layer2 › neuron0"]
    assert titles(tree.level("mlp/layer0")) == [f"neuron{k}" for k in range(12)]
    assert ports(tree.level("mlp/layer1"), "in") == [f"layer0 › neuron{k}" for k in range(12)]
    assert ports(tree.level("mlp/layer1"), "out") == ["layer2 › neuron0"]


def test_the_inputs_of_a_network_are_outside_and_its_weights_inside() -> None:
    root = perceptron(2, 3, 1)
    graph, tree = NumberedGraph(root), tree_of(root)
    assert {path_of(tree, k) for k, n in enumerate(graph.nodes) if n.label.startswith("x")} == {""}
    weights = [
        path_of(tree, k) for k, n in enumerate(graph.nodes) if n.label.endswith("weight[0, 1]")
    ]
    assert sorted(weights) == ["mlp/layer0/neuron0", "mlp/layer1/neuron0"]


def test_the_input_of_a_layer_of_tensors_is_outside() -> None:
    x = Tensor(np.ones((1, 2)), label="x")
    tree = tree_of(nn.mse(nn.MLP([2, 3, 1], seed=0)(x), np.zeros((1, 1))))
    assert path_of(tree, 0) == ""


def test_neurons_of_a_layer_have_one_shape_and_others_have_others() -> None:
    tree = tree_of(perceptron(2, 4, 4, 1))
    shapes = [tree.level(f"mlp/layer0/neuron{k}").shape for k in range(4)]
    assert len(set(shapes)) == 1
    assert tree.level("mlp/layer1/neuron0").shape not in shapes


def test_a_region_that_holds_one_region_alone_is_opened_with_it() -> None:
    x = Value(1.0, label="x")
    with region("a"), region("b"):
        y = x * 2.0 + x
    tree = tree_of(y + x)
    assert titles(tree.level()) == ["a › b"]
    assert tree.level("a").path == tree.level("/a//b/").path == "a/b"


def test_a_large_family_is_cut_in_its_own_order() -> None:
    level = tree_of(perceptron(2, 160, 1)).level("mlp/layer0")
    assert titles(level) == [f"neuron{k} … neuron{k + 15}" for k in range(0, 160, 16)]
    tree = tree_of(perceptron(2, 160, 1))
    assert titles(tree.level("mlp/layer0/neuron16-neuron31")) == [
        f"neuron{k}" for k in range(16, 32)
    ]
    assert tree.level("mlp/layer0/neuron17").crumbs[-2:] == ("neuron16 … neuron31", "neuron17")


def test_a_long_list_of_leaves_is_one_box_and_a_level_of_its_own() -> None:
    tree = tree_of(perceptron(64, 2, 1))
    assert titles(tree.level())[0] == "x0 … x63"
    assert tree.level("variables").kind == "list"
    assert sum(len(item.members) for item in tree.level("variables").items) == 64


def test_a_loop_over_a_batch_inside_a_region_is_a_box_for_each_call() -> None:
    tree = tree_of(perceptron(2, 3, 1, batch=60))
    found = titles(tree.level("mlp/layer0/neuron1"))
    assert (found[0], found[-1]) == ("call 1 … call 15", "call 46 … call 60")
    inside = tree.level("mlp/layer0/neuron1/call16-call30")
    assert [item.call for item in inside.items] == list(range(16, 31))


def calls(level: Level, title: str) -> list[Item]:
    return [item for item in level.items if item.title.startswith(f"{title} call")]


def test_a_region_whose_result_comes_back_to_it_has_a_box_for_each_call() -> None:
    """An unrolled recurrent cell, with what is done between its steps outside of it.

    A call has two products, their sum, its tanh and its input; the first has the state besides.
    """
    h, w = Value(0.5, label="h"), Value(0.3, label="w")
    for k in range(3):
        with region("cell"):
            h = tanh(w * h + w * Value(0.1 * k, label=f"x{k}"))
        h = h * 2.0
    level = tree_of(h).level()
    assert [item.call for item in calls(level, "cell")] == [1, 2, 3]
    assert [len(item.members) for item in calls(level, "cell")] == [6, 5, 5]
    assert tree_of(h).level("cell#2").crumbs == ("cell call 2",)


# What has no structure ---------------------------------------------------------------------------


def chain(length: int) -> Value:
    x = Value(1.0, label="x")
    for _ in range(length):
        x = tanh(x * 1.1)
    return x


def test_a_constant_without_a_name_is_in_the_box_of_its_one_user() -> None:
    x, one = Value(2.0, label="x"), Value(1.0, label="one", requires_grad=False)
    items = tree_of((x * 1.5 + one).tanh()).level().items
    assert sorted(len(item.members) for item in items) == [1, 1, 1, 1, 2]


def test_a_chain_is_cut_into_bands_and_shows_what_is_nearest_to_the_result() -> None:
    tree = tree_of(chain(1_000))
    level = tree.level()
    assert titles(level)[:2] == ["1 … 83", "84 … 166"]
    assert sum(item.child is None for item in level.items) == 12
    assert titles(tree.level("84-166"))[:2] == ["84 … 111", "112 … 139"]


@pytest.mark.slow
def test_a_hundred_thousand_nodes_have_levels_in_seconds() -> None:
    root = chain(34_000)
    before = thread_time()  # of this thread alone, however busy the machine is
    tree = tree_of(root)
    assert len(tree.level().items) <= MOST
    assert path_of(tree, 50_000)
    assert thread_time() - before < 20


# Following a step ---------------------------------------------------------------------------------


@pytest.mark.slow
@given(graphs)
def test_a_step_is_seen_in_two_boxes_and_along_a_line_between_them(root: Value) -> None:
    graph = NumberedGraph(root)
    tree = LevelTree(graph)
    for k, operands in enumerate(graph.parents):
        level = tree.level(path_of(tree, k))
        places = {n: each.id for each in (*level.ports, *level.items) for n in each.members}
        ends = {(line.tail, line.head) for line in level.lines}
        for p in operands:
            assert places[p] == places[k] or (places[p], places[k]) in ends


# Asking ------------------------------------------------------------------------------------------


def test_an_unknown_path_is_answered_with_near_ones() -> None:
    tree = tree_of(perceptron(2, 3, 1))
    with pytest.raises(ValueError, match=r"no level 'mlp/layr0'; near it are 'mlp/layer0'"):
        tree.level("mlp/layr0")


def test_a_graph_of_one_level_says_so() -> None:
    with pytest.raises(ValueError, match='has only one, at=""'):
        tree_of(Value(1.0) * 2.0).level("mlp")
