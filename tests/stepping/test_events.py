"""``autograd.steps``: the events, and that they are what ``backward()`` does."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Tensor, Value, affine, dot, steps, total
from autograd.stepping import Event, Steps
from autograd.stepping.events import same
from autograd.stepping.flags import explained
from autograd.stepping.step_table import table

BINARY = (
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: x * y,
    lambda x, y: x / y,
    autograd.maximum,
    autograd.hypot,
)
UNARY = (autograd.tanh, autograd.relu, autograd.exp, autograd.log, lambda x: x * 2.0, lambda x: -x)
FLOATS = st.floats(-3, 3) | st.sampled_from([0.0, -0.0, 1e300, -1e-300, 5e-324])


@st.composite
def graphs(draw: Any) -> Value:
    """Random graphs of scalars, in which results are shared, among rows too."""
    pool: list[Any] = [Value(x) for x in draw(st.lists(FLOATS, min_size=1, max_size=4))]
    for _ in range(draw(st.integers(1, 12))):
        pick = st.sampled_from(pool)
        kind = draw(st.integers(0, 3))
        if kind == 0:
            pool.append(draw(st.sampled_from(UNARY))(draw(pick)))
        elif kind == 1:
            pool.append(draw(st.sampled_from(BINARY))(draw(pick), draw(pick)))
        elif kind == 2:
            pool.append(total(draw(st.lists(pick, min_size=1, max_size=4))))
        else:
            xs = draw(st.lists(pick, min_size=1, max_size=3))
            pool.append(dot(xs, [draw(pick) for _ in xs]))
    return total(pool)


@st.composite
def tensor_graphs(draw: Any) -> Any:
    """Random graphs of small matrices, with broadcasting, products and their own scalars."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shapes = st.sampled_from([(2, 2), (1, 2), (2, 1), (2,)])
    pool: list[Any] = [Tensor(rng.normal(size=draw(shapes))) for _ in range(2)]
    pool.append(Tensor(rng.normal(size=(2, 2))))
    for _ in range(draw(st.integers(1, 8))):
        x, y = (draw(st.sampled_from(pool)) for _ in range(2))
        kind = draw(st.integers(0, 4))
        if kind < 3:
            pool.append((x + y, x * y, autograd.tanh(x) - y)[kind])
        elif kind == 3:
            pool.append(pool[2] @ x if x.shape[0] == 2 else x.sum(axis=0))
        else:
            pool.append(total(x.scalars().ravel()) * y)
    return autograd.sum(autograd.stack([x.sum() for x in pool]))


def leaves_and_more(root: Any) -> list[Any]:
    """The nodes of a graph in the order of the events' indices."""
    recorded = steps(root)
    found: dict[int, Any] = {}
    stack = [root]
    while stack:
        node = stack.pop()
        if recorded.index_of(node) not in found:
            found[recorded.index_of(node)] = node
            stack.extend(node.parents)
    return [found[k] for k in sorted(found)]


def check_replay(root: Any) -> None:
    nodes = leaves_and_more(root)
    replayed = steps(root).gradients()
    root.backward()
    for k, node in enumerate(nodes):
        got = replayed.get(k)
        if isinstance(node.grad, np.ndarray):
            np.testing.assert_array_equal(np.asarray(got), node.grad)
        else:
            assert same(got, node.grad)


# Replaying ----------------------------------------------------------------------------------------


@pytest.mark.slow
@given(graphs())
def test_replaying_the_events_of_a_scalar_graph_is_backward_bit_for_bit(root: Value) -> None:
    check_replay(root)


@pytest.mark.slow
@given(graphs())
def test_a_second_pass_adds_to_the_leaves_as_backward_does_bit_for_bit(root: Value) -> None:
    root.backward()
    check_replay(root)


@pytest.mark.slow
@given(tensor_graphs())
def test_replaying_the_events_of_a_tensor_graph_is_backward_bit_for_bit(root: Any) -> None:
    check_replay(root)
    check_replay(root)


@pytest.mark.slow
@given(graphs())
def test_each_event_goes_on_from_where_the_one_before_it_left_the_gradient(root: Value) -> None:
    now: dict[int, Any] = {}
    for event in steps(root):
        if event.kind in ("seed", "contribute"):
            place = event.target.index
            assert same(event.before, now.get(place))
            whole = (
                event.contribution if event.before is None else event.before + event.contribution
            )
            assert same(event.after, whole)
            now[place] = event.after


@pytest.mark.parametrize("kind", [Fraction, complex, float])
def test_other_kinds_of_number_are_stepped_through_in_their_own_arithmetic(kind: type) -> None:
    x = Value(kind(3))
    (_, _, first, second) = steps(x * x)
    assert (first.after, second.after) == (kind(3), kind(6))
    assert type(second.after) is kind


# What the events say ------------------------------------------------------------------------------


@pytest.fixture
def lecture() -> Steps:
    """L = d·f, d = e + c, e = a·b: the graph of Karpathy's lecture."""
    a, b, c, f = Value(2.0), Value(-3.0), Value(10.0), Value(-2.0)
    e = a * b
    d = e + c
    L = d * f
    autograd.label(locals())
    return steps(L)


def test_the_forward_pass_comes_first_and_every_operand_before_its_result(lecture: Steps) -> None:
    assert [e.target.name for e in lecture if e.phase == "forward"] == ["e", "d", "L"]
    assert [e.phase for e in lecture] == ["forward"] * 3 + ["backward"] * 7
    assert all(p < node.index for node in lecture.nodes for p in node.operands)


def test_the_events_have_the_numbers_of_the_lecture(lecture: Steps) -> None:
    """Known by hand: the gradients are −2, 4, −2, −2, 6 and −4."""
    found = {e.target.name: e.after for e in lecture if e.phase == "backward"}
    assert found == {"L": 1.0, "d": -2.0, "f": 4.0, "e": -2.0, "c": -2.0, "a": 6.0, "b": -4.0}


def test_an_event_says_its_position_upstream_local_and_contribution(lecture: Steps) -> None:
    event = lecture[8]
    assert (event.k, event.n, event.node.name, event.target.name, event.slot) == (
        9,
        10,
        "e",
        "a",
        0,
    )
    assert (event.upstream, event.local, event.contribution) == (-2.0, -3.0, 6.0)
    assert (event.before, event.after, event.result, event.values) == (None, 6.0, -6.0, (2.0, -3.0))


def test_an_operand_that_is_used_twice_has_an_event_for_each_slot() -> None:
    a = Value(3.0)
    events = [e for e in steps(a + a) if e.kind == "contribute"]
    assert [(e.slot, e.before, e.after) for e in events] == [(0, None, 1.0), (1, 1.0, 2.0)]


def test_a_constant_operand_gets_no_event() -> None:
    events = [e for e in steps(Value(3.0) * 2.0) if e.kind == "contribute"]
    assert [e.slot for e in events] == [0]


def test_a_gradient_that_is_there_already_is_added_to_in_an_event_of_its_own() -> None:
    a = Value(3.0)
    (a * 5.0).backward()
    last = steps(a * 2.0)[-1]
    assert last.kind == "accumulate"
    assert (last.before, last.contribution, last.after) == (5.0, 2.0, 7.0)


def test_a_cotangent_of_ones_own_is_the_seed() -> None:
    t = Tensor([1.0, 2.0])
    seed = steps(t * t, np.array([1.0, 10.0]))[1]
    assert seed.kind == "seed"
    assert seed.after.tolist() == [1.0, 10.0]


def test_the_local_derivative_of_an_elementwise_op_on_tensors_is_given_by_element() -> None:
    t = Tensor([1.0, 2.0, 3.0])
    square = steps((t * t).sum())[3:]
    assert [e.local is None for e in square] == [True, False, False]
    assert square[1].local.tolist() == [1.0, 2.0, 3.0]


def test_the_graph_is_left_as_it_is() -> None:
    a = Value(2.0)
    b = a * a
    list(steps(b))
    assert (a.grad, b.grad) == (None, None)


def test_events_stay_what_they_were_when_the_graph_goes_on() -> None:
    """A later backward, label, step of training or change in place doesn't reach them."""
    w, t = Value(2.0, label="w"), Tensor([1.0, 2.0])
    root = w * w
    t.grad = np.array([1.0, 1.0])
    tensors = steps((t * t).sum())
    recorded, reference = steps(root), copy.deepcopy(root)
    expected = list(steps(reference))
    t.grad[...] = 100.0
    root.backward()
    w.label = "renamed"
    w.data = 17.0
    assert list(recorded) == expected
    assert tensors[-1].before.tolist() == [1.0, 1.0]


def test_arrays_in_events_can_not_be_written_to() -> None:
    event = steps(Tensor([1.0, 2.0]).sum())[1]
    with pytest.raises(ValueError, match="can't be changed in place"):
        event.after[...] = 0


def test_events_are_immutable(lecture: Steps) -> None:
    with pytest.raises(AttributeError):
        lecture[0].after = 3.0  # type: ignore[misc]


def test_a_root_that_is_a_leaf_has_one_event() -> None:
    (event,) = steps(Value(2.0))
    assert (event.kind, event.after) == ("seed", 1.0)


def test_regions_and_source_lines_are_in_the_records() -> None:
    with autograd.region("mlp"), autograd.record_source():
        y = Value(1.0) * 2.0
    (record,) = [n for n in steps(y).nodes if n.op]
    assert record.region == "mlp"
    assert record.source.partition(":")[0].endswith("test_events.py")


def test_a_neuron_has_one_event_for_each_of_its_operands() -> None:
    W = np.array([[Value(1.0), Value(2.0)]])
    (y,) = affine(np.array([3.0, 4.0]), W, np.array([Value(0.5)]))
    events = [e for e in steps(y) if e.kind == "contribute"]
    assert [(e.slot, e.local) for e in events] == [(2, 3.0), (3, 4.0), (4, 1.0)]


# Flags --------------------------------------------------------------------------------------------


def flagged(root: Any) -> list[tuple[str, ...]]:
    return [event.flags for event in steps(root)]


def test_a_relu_that_lets_nothing_through_is_flagged() -> None:
    assert flagged(autograd.relu(Value(-1.0))) == [("ReLU off",), (), ("ReLU off",)]
    assert flagged(autograd.relu(Value(1.0))) == [(), (), ()]


def test_a_relu_is_called_dead_over_as_many_numbers_as_it_was_given() -> None:
    """One number is no sign of it, and of many that are off one that is on is enough."""
    dead = ("dead ReLU over 6 numbers",)
    assert flagged(Tensor(-np.ones((2, 3))).relu().sum()) == [dead, (), (), (), dead]
    assert flagged(Tensor([-1.0, -2.0, 1e-3]).relu().sum()) == [(), (), (), (), ()]
    assert flagged(Tensor([[-1.0]]).relu().sum())[0] == ("ReLU off",)


def test_a_slot_behind_a_zero_keeps_its_event() -> None:
    """As many contributions as operand slots that lead to variables, those of 0 among them."""
    a, b, w = Value(2.0), Value(-3.0), Value(5.0)
    found = [e for e in steps((a * b).relu() * w) if e.kind == "contribute"]
    assert [(e.upstream, e.local, e.contribution) for e in found] == [
        (1.0, 5.0, 5.0),
        (1.0, 0.0, 0.0),
        (5.0, 0.0, 0.0),
        (0.0, -3.0, 0.0),
        (0.0, 2.0, 0.0),
    ]


def test_vanishing_and_exploding_gradients_are_flagged() -> None:
    assert flagged(Value(1.0) * 1e-7)[-1] == ("vanishing gradient",)
    assert flagged(Value(1.0) * 1e7)[-1] == ("exploding gradient",)
    assert flagged(Value(1.0) * 0.0)[-1] == ()


def test_the_first_bad_number_is_the_one_made_of_good_ones() -> None:
    x = Value(0.0, label="x")
    y = autograd.log(x) * 2.0 + x
    recorded = steps(y)
    bad = recorded.first_bad()
    assert isinstance(bad, Event)
    assert (bad.node.op, bad.phase) == ("log", "forward")
    assert [n.op for n in recorded.causes(recorded.root.index)] == ["log", "mul", "add"]


def test_what_is_bad_because_its_operands_are_is_not_flagged() -> None:
    assert flagged(autograd.log(Value(0.0)) * 2.0)[:2] == [("non-finite",), ()]
    assert flagged(Value(float("nan")) * 2.0) == [(), (), ()]


def test_the_first_bad_number_may_have_come_in_with_a_leaf() -> None:
    x, w = Value(float("nan"), label="x"), Value(2.0, label="w")
    recorded = steps(autograd.tanh(w * 3.0 + x) * w)
    bad = recorded.first_bad()
    assert isinstance(bad, Event)
    assert (bad.node.op, bad.phase) == ("add", "forward")
    assert [n.label or n.op for n in recorded.causes(recorded.root.index)][:3] == [
        "x",
        "add",
        "tanh",
    ]


def test_what_came_in_is_said_with_its_index_and_its_path() -> None:
    data = np.ones((3, 2))
    data[1, 0] = np.inf
    x = Tensor(data, label="x")
    recorded = steps((x * 2.0).sum())
    bad = recorded.first_bad()
    assert isinstance(bad, Event)
    assert "inf at [1, 0] of (3, 2) came in with x, and spread: x → v2 → v3" in explained(
        recorded, bad
    )


def test_an_infinity_that_does_not_reach_the_result_is_no_bad_number() -> None:
    x = Tensor([1.0, 2.0])
    recorded = steps(autograd.softmax(x + np.array([0.0, -np.inf]))[0])
    assert recorded.first_bad() is None


def test_a_nan_that_reaches_only_a_gradient_is_a_bad_number() -> None:
    """nan⁰ is 1, and its slope in the exponent is log nan."""
    recorded = steps(Value(float("nan"), label="x") ** Value(0.0))
    bad = recorded.first_bad()
    assert isinstance(bad, Event)
    assert (bad.node.op, bad.phase) == ("pow", "forward")


TAKEN = "0 × ∞ taken as 0: the true slope is a limit and may differ"


@pytest.mark.parametrize("make", [Value, lambda x: Tensor([x, 1.0])], ids=["Value", "Tensor"])
def test_zero_times_infinity_is_flagged(make: Any) -> None:
    root = autograd.sqrt(make(0.0)) ** 2
    found = [e.node.op for e in steps(root, np.ones(np.shape(root.data))) if TAKEN in e.flags]
    assert found == ["sqrt"]
    assert "(0 × ∞)" in table(steps(root, np.ones(np.shape(root.data))))


def test_an_infinite_cotangent_of_a_flat_operand_is_flagged() -> None:
    assert [e.node.op for e in steps(autograd.sqrt(abs(Value(0.0)))) if TAKEN in e.flags] == ["abs"]


def test_what_where_leaves_out_is_not_flagged() -> None:
    x = Value(4.0)
    root = autograd.where(False, x, 0.0) * float("inf")
    assert not any(TAKEN in e.flags for e in steps(root))


def test_a_bad_number_of_the_backward_pass_is_found() -> None:
    bad = steps(autograd.sqrt(Value(0.0)) * 2.0).first_bad()
    assert isinstance(bad, Event)
    assert (bad.node.op, bad.phase) == ("sqrt", "backward")


def chain(root: Any, node: Any, phase: str) -> list[str]:
    recorded = steps(root)
    return [each.name for each in recorded.causes(recorded.index_of(node), phase)]


def test_a_bad_gradient_is_followed_back_to_the_operation_that_made_it() -> None:
    """The slope of the root is infinite at 0; what is before it gets that passed on."""
    x = Value(0.0, label="x")
    before = x * 2.0
    root = autograd.sqrt(before)
    after = root * 3.0
    autograd.label(locals())
    assert chain(after, x, "backward") == ["root", "before", "x"]
    assert chain(after, before, "backward") == ["root", "before"]
    assert chain(after, root, "backward") == ["root"]  # its own gradient is 3
    assert chain(after, x, "forward") == ["x"]


def test_a_gradient_that_is_bad_because_of_a_number_is_followed_to_that_number() -> None:
    x = Value(0.0, label="x")
    bad = autograd.log(x)
    w = Value(2.0)
    y = bad * w
    autograd.label(locals())
    assert chain(y, w, "backward") == ["bad", "y", "w"]


def test_a_gradient_that_overflows_as_a_sum_is_its_own_cause() -> None:
    x = Value(1.0, label="x")
    root = total([x * 1e308, x * 1e308]) * 1e-10
    recorded = steps(root, 1e10)
    assert [n.name for n in recorded.causes(recorded.index_of(x), "backward")] == ["x"]


def test_the_flag_of_a_bad_gradient_has_the_chain() -> None:
    x = Value(0.0, label="x")
    y = autograd.sqrt(x * 2.0)
    recorded = steps(y)
    assert explained(recorded, recorded[-1])[-1] == "gradient not finite because of v3 → v2 → x"
    assert explained(recorded, recorded[0]) == ()


def test_a_long_chain_of_causes_is_shortened_in_the_middle() -> None:
    y = autograd.log(Value(0.0))
    for _ in range(20):
        y = y * 1.0
    recorded = steps(y)
    (flag,) = explained(recorded, recorded[20])
    assert flag.count("→") == 4
    assert "→ … →" in flag


def test_a_contribution_says_what_its_operand_slot_is_called() -> None:
    W = np.array([[Value(1.0), Value(2.0)]])
    (y,) = affine(np.array([Value(3.0), Value(4.0)]), W, np.array([Value(0.5)]))
    assert [e.operand for e in steps(y)] == ["", "", "x₁", "x₂", "w₁", "w₂", "b"]
    assert [e.operand for e in steps(Value(3.0) * Value(4.0))][2:] == ["x", "y"]


def test_a_neuron_says_what_each_operand_is_multiplied_by() -> None:
    w, x, b = Value(2.0, label="w"), Value(3.0, label="x"), Value(0.5, label="b")
    (y,) = affine(np.array([x]), np.array([[w]]), np.array([b]))
    said = [e.sentence for e in steps(y)][2:]
    assert "through a neuron, multiplied by w = 2.0, so" in said[0]
    assert "through a neuron, multiplied by x = 3.0, so" in said[1]
    assert "through a neuron, as its bias, so" in said[2]


def test_a_sum_of_contributions_that_overflows_is_found() -> None:
    x = Value(1.0)
    bad = steps(x * 1e308 + x * 1e308).first_bad()
    assert isinstance(bad, Event)
    assert (bad.phase, bad.before, bad.contribution) == ("forward", None, None)
    bad = steps(total([x * 1e308, x * -1e308, x * 1.5e308 - 0.0]), 1.5).first_bad()
    assert isinstance(bad, Event)
    assert bad.phase == "backward"


# Bad input ----------------------------------------------------------------------------------------


def test_a_root_that_is_no_node_is_refused() -> None:
    with pytest.raises(TypeError, match="step needs a Value or a Tensor, got a float"):
        steps(2.0)  # type: ignore[arg-type]


def test_a_graph_without_variables_is_refused() -> None:
    with pytest.raises(ValueError, match="depends on a variable"):
        steps(Value(2.0, requires_grad=False) * 3.0)


def test_a_stale_graph_is_refused() -> None:
    x = Value(2.0)
    y = x * x
    x.data = 3.0
    with pytest.raises(ValueError, match="stale graph"):
        steps(y)


def test_a_tensor_root_needs_a_cotangent() -> None:
    with pytest.raises(ValueError, match="needs a cotangent"):
        steps(Tensor([1.0, 2.0]) * 2.0)


def test_a_node_of_another_graph_has_no_index() -> None:
    with pytest.raises(ValueError, match="isn't in the graph"):
        steps(Value(1.0) * 2.0).index_of(Value(5.0))
