"""The JSON form of steps."""

from __future__ import annotations

import json
from fractions import Fraction
from math import inf, nan
from typing import Any

import mpmath
import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, draw, steps
from autograd.stepping import Steps
from autograd.stepping.events import same


def graph() -> Value:
    x = Value(0.0, label="x <b>&\"'")
    x.grad = 2.0
    with autograd.region("layer0"), autograd.record_source():
        return autograd.log(x) * 2.0 + autograd.leaky_relu(x, slope=0.5)


ROOTS = {
    "floats with inf and nan, settings, labels and sources": graph,
    "nan": lambda: Value(nan) * inf,
    "fractions": lambda: Value(Fraction(1, 3)) * Fraction(2, 7),
    "complex": lambda: Value(1 + 2j) * complex(inf, 0.5),
    "mpmath": lambda: Value(mpmath.mpf(2)) * mpmath.mpf("1e-400"),
    "tensors": lambda: (Tensor([[1.0, nan]], dtype=np.float32)[:, ::-1] * 2.0).sum(axis=(0, 1)),
    "indices": lambda: -Tensor([1.0, 2.0, 3.0])[np.array([0, 0, 2])].max(),
}


@pytest.mark.parametrize("make", ROOTS.values(), ids=ROOTS)
def test_what_is_read_is_what_was_written(make: Any) -> None:
    written = steps(make())
    read = Steps.from_json(written.to_json())
    assert read == written
    assert read.to_json() == written.to_json()


def test_a_changed_event_is_not_equal() -> None:
    """So that the test above can fail."""
    text = steps(Value(2.0) * 3.0).to_json()
    assert Steps.from_json(text.replace("6.0", "7.0")) != Steps.from_json(text)


def test_it_is_strict_json_with_a_format_and_a_version() -> None:
    def refuse(name: str) -> None:
        raise AssertionError(name)

    form = json.loads(steps(graph()).to_json(), parse_constant=refuse)
    assert (form["format"], form["version"]) == ("glassgrad-steps", 1)


def test_it_has_what_a_player_shows() -> None:
    form = json.loads(steps(Value(2.0, label="a") * 3.0).to_json())
    last = form["events"][-1]
    assert last["sentence"].startswith("v2 depends on a through multiplication by 3.0")
    assert (last["upstream"], last["local"], last["contribution"]) == (1.0, 3.0, 3.0)
    assert (last["before"], last["after"], last["slot"], last["flags"]) == (None, 3.0, 0, [])
    assert form["nodes"][last["target"]]["name"] == "a"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "aren't JSON"),
        ("[]", "expected steps"),
        ('{"format": "other"}', "expected steps"),
        ('{"format": "glassgrad-steps", "version": 2}', "version 2.*update glassgrad"),
        ('{"format": "glassgrad-steps"}', "version None"),
        ('{"format": "glassgrad-steps", "version": 1}', "broken: KeyError: 'nodes'"),
        ('{"format": "glassgrad-steps", "version": 1, "nodes": [3], "events": []}', "broken"),
        ('{"format": "glassgrad-steps", "version": 1, "nodes": [], "events": []}', "broken"),
    ],
)
def test_broken_or_newer_text_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Steps.from_json(text)


def test_an_event_that_points_nowhere_is_refused() -> None:
    form = json.loads(steps(Value(2.0) * 3.0).to_json())
    form["events"][0]["node"] = 99
    with pytest.raises(ValueError, match="node is 99, and there are 3 nodes"):
        Steps.from_json(json.dumps(form))


def test_a_node_can_not_be_asked_for_in_steps_that_were_read() -> None:
    read = Steps.from_json(steps(Value(2.0) * 3.0).to_json())
    with pytest.raises(ValueError, match="read from JSON"):
        read.index_of(Value(1.0))


# Back to a graph ----------------------------------------------------------------------------------


@pytest.mark.parametrize("make", ROOTS.values(), ids=ROOTS)
def test_the_graph_of_steps_that_were_read_has_the_same_records(make: Any) -> None:
    written = steps(make())
    root = Steps.from_json(written.to_json()).graph()
    for leaf in autograd.walk.order.leaves(root):
        leaf.grad = None
    again = steps(root)
    assert [(n.op, n.operands, n.label, n.region, n.shape) for n in again.nodes] == [
        (n.op, n.operands, n.label, n.region, n.shape) for n in written.nodes
    ]
    assert all(same(a.data, b.data) for a, b in zip(again.nodes, written.nodes, strict=True))


def test_the_graph_has_the_gradients_that_the_steps_end_with() -> None:
    x = Value(3.0)
    x.grad = 2.0
    root = Steps.from_json(steps(x * x).to_json()).graph()
    assert (root.grad, root.parents[0].grad) == (1.0, 8.0)


def test_neurons_that_share_their_rows_are_made_again() -> None:
    x, W = np.array([1.0, 2.0]), np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    root = autograd.total(autograd.affine(x, W, np.array([Value(0.5), Value(0.25)])))
    made = Steps.from_json(steps(root).to_json()).graph()
    made.backward()
    assert [p.grad for p in made.parents[0].parents if p.requires_grad] == [2.0, 4.0, 2.0]


def test_a_graph_needs_no_registered_op() -> None:
    root = autograd.tanh(Value(2.0, label="a"))
    text = steps(root).to_json().replace('"tanh"', '"mine"')
    made = Steps.from_json(text).graph()
    assert str(draw(made)).splitlines()[1] == "└─ a 2.0  grad 0.07065"
    with pytest.raises(ValueError, match="'mine' was recorded by another engine, and its pullback"):
        made.backward()


def test_nodes_in_another_order_than_that_of_the_walk_are_no_graph() -> None:
    form = json.loads(steps(Value(2.0, label="a") * Value(3.0, label="b")).to_json())
    form["nodes"][2]["operands"] = [1, 0]
    for event in form["events"][-2:]:
        event["slot"] = 1 - event["slot"]
    with pytest.raises(ValueError, match="aren't those of their root in topological order"):
        Steps.from_json(json.dumps(form)).graph()
