"""``autograd.step``: going through the events in a terminal."""

from __future__ import annotations

import random
import sys
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, region, step
from autograd.stepping import Stepper
from autograd.stepping.step_table import HEADER


@pytest.fixture
def nodes() -> dict[str, Any]:
    with region("layer0"):
        a, b, c = Value(2.0), Value(-3.0), Value(10.0)
        e = a * b
    with region("layer1"), region("neuron3"):
        d = e + c
    L = autograd.relu(d)
    autograd.label(locals())
    return {"a": a, "b": b, "c": c, "d": d, "e": e, "L": L}


@pytest.fixture
def stepper(nodes: dict[str, Any]) -> Stepper:
    return step(nodes["L"])


def test_it_starts_before_the_first_step_with_nothing_computed(stepper: Stepper) -> None:
    assert stepper.position == 0
    assert stepper.event is None
    names = {n.name: stepper.state()[n.index] for n in stepper.steps.nodes}
    assert names["a"] == (2.0, None)
    assert names["e"] == (None, None)


def test_the_state_shows_the_data_and_the_gradients() -> None:
    stepper = step(Value(2.0) * 3.0).goto(-1)
    assert repr(stepper.state()) == "State({0: (2.0, 3.0), 1: (3.0, None), 2: (6.0, 1.0)})"


def test_forward_and_back_move_by_one_or_many_and_stop_at_the_ends(stepper: Stepper) -> None:
    assert stepper.forward().position == 1
    assert stepper.forward(3).position == 4
    assert stepper.back(2).position == 2
    assert stepper.back(99).position == 0
    assert stepper.forward(99).position == len(stepper) == 9


def test_the_state_at_the_end_is_what_backward_leaves(
    stepper: Stepper, nodes: dict[str, Any]
) -> None:
    state = stepper.goto(-1).state()
    nodes["L"].backward()
    for node in nodes.values():
        assert state[stepper.steps.index_of(node)] == (node.data, node.grad)


def test_the_state_of_a_step_is_the_same_by_any_way_to_it() -> None:
    x = Value(1.5)
    x.grad = 3.0
    root = (x * x + autograd.tanh(x)) * x
    walker = step(root)
    fresh = [dict(step(root).goto(k).state()) for k in range(len(walker) + 1)]
    rng = random.Random(0)
    there_and_back = [*range(len(fresh)), *reversed(range(len(fresh)))]
    for k in there_and_back + [rng.randrange(len(fresh)) for _ in range(60)]:
        assert dict(walker.goto(k).state()) == fresh[k]


@pytest.mark.parametrize(
    ("target", "position"),
    [("e", 1), ("add", 2), ("relu", 3), ("layer1", 2), ("neuron3", 2), ("layer1/neuron3", 2)],
)
def test_run_until_stops_at_a_label_an_op_or_a_region(
    stepper: Stepper, target: str, position: int
) -> None:
    assert stepper.run_until(target).position == position


def test_run_until_a_node_goes_on_to_its_next_contribution(
    stepper: Stepper, nodes: dict[str, Any]
) -> None:
    assert stepper.run_until(nodes["d"]).position == 2
    event = stepper.run_until(nodes["d"]).event
    assert event is not None
    assert (event.phase, event.target.name) == ("backward", "d")


def test_run_until_an_op_or_a_predicate(stepper: Stepper) -> None:
    assert stepper.run_until(autograd.add).position == 2
    event = stepper.run_until(lambda event: event.after == -3.0).event
    assert event is not None
    assert event.target.name == "a"


def test_a_breakpoint_that_never_hits_says_what_there_is_and_moves_nothing(
    stepper: Stepper,
) -> None:
    stepper.forward(2)
    with pytest.raises(ValueError, match=r"no step after step 2 of 9 .*'conv1'.*there are a, b"):
        stepper.run_until("conv1")
    assert stepper.position == 2


def test_a_breakpoint_that_lies_behind_says_where(stepper: Stepper) -> None:
    with pytest.raises(ValueError, match=r"step 3 did: goto\(3\)"):
        stepper.goto(-1).run_until("relu")


@pytest.mark.parametrize("k", ["a", 1.5, None])
def test_the_number_of_a_step_is_an_integer(stepper: Stepper, k: object) -> None:
    with pytest.raises(ValueError, match=f"there are steps 0 to 9, got {k!r}"):
        stepper.goto(k)  # type: ignore[arg-type]
    assert stepper.goto(np.int64(2)).position == 2


@pytest.mark.parametrize("k", [10, -11])
def test_a_step_that_is_not_there_is_refused(stepper: Stepper, k: int) -> None:
    with pytest.raises(ValueError, match=f"there are steps 0 to 9, got {k}"):
        stepper.goto(k)


@pytest.mark.parametrize("count", [-1, 1.5])
def test_a_number_of_steps_is_checked(stepper: Stepper, count: Any) -> None:
    with pytest.raises(ValueError, match="must be 0 or a positive integer"):
        stepper.forward(count)


def test_what_is_no_breakpoint_is_refused(stepper: Stepper) -> None:
    with pytest.raises(TypeError, match=r"run_until takes a node, an op, .* got an int"):
        stepper.run_until(3)  # type: ignore[arg-type]


def test_it_shows_the_step_its_sentence_and_the_numbers_around_it(stepper: Stepper) -> None:
    assert repr(stepper.goto(6)) == (
        "step 6 of 9  backward\n"
        "d depends on e through addition. ∂L/∂d = 1.0 passes on 1.0 × 1.0 = 1.0. So ∂L/∂e = 1.0"
        "\nin layer1/neuron3\n\n"
        "  e  −6.0   grad 1.0\n"
        "  c  10.0   grad —\n"
        "  d  4.0    grad 1.0"
    )


def test_it_shows_the_line_of_code_where_that_was_recorded() -> None:
    with autograd.record_source():
        y = Value(2.0) * 3.0  # this line
    assert "# this line" in repr(step(y).forward())


def test_before_the_first_step_it_says_what_to_do(stepper: Stepper) -> None:
    assert repr(stepper).startswith("before step 1 of 9")


def test_the_table_shows_itself() -> None:
    """In a terminal as its text; in a notebook as HTML, with each name as it is written."""
    a = Value(2.0, label="<a>")
    shown = step(a * 3.0).goto(2).table()
    assert repr(shown) == shown
    rows = ET.fromstring(shown._repr_html_()).iter("tr")
    cells = [[cell.text or "" for cell in row] for row in rows]
    assert cells[0][1:] == list(HEADER)
    assert [row[:2] for row in cells[1:]] == [["", "1"], ["▶", "2"], ["", "3"]]
    assert cells[1][3] == "v2 = <a> × 3.0"


def test_a_notebook_shows_a_thousand_rows_of_a_table_and_says_how_to_see_others() -> None:
    x = Value(1.0)
    for _ in range(600):
        x = x * 1.0
    table = ET.fromstring(step(x).table()._repr_html_())
    assert len(list(table.iter("tr"))) == 1_001
    assert "more rows; .table(near=20)" in str(table.findtext("caption"))


def test_the_table_has_a_row_for_each_step_and_aligned_columns(stepper: Stepper) -> None:
    lines = stepper.goto(2).table().split("\n")
    assert len(lines) == 1 + len(stepper)
    assert [line.index("ward") for line in lines[1:]] == [12, 12, 12] + [13] * 6
    assert len({line.find("∂L/∂") for line in lines if "∂L/∂" in line}) == 1
    assert [line.startswith("▶") for line in lines].index(True) == 2


def test_the_table_is_aligned_with_wide_characters_too() -> None:
    損失 = Value(2.0, label="損失") * Value(3.0, label="w")
    lines = step(損失).table().split("\n")
    with_name = next(line for line in lines if "→ 損失" in line)
    without = next(line for line in lines if "→ w" in line)
    assert with_name.index("1.0 ×") == without.index("1.0 ×") - 2


def test_a_table_near_a_step_shows_only_its_neighbours(stepper: Stepper) -> None:
    lines = stepper.goto(5).table(near=1).split("\n")
    assert [line.split()[0] for line in lines[1:]] == ["4", "▶", "6"]


def test_tensors_are_stepped_through_too() -> None:
    stepper = step((Tensor([1.0, 2.0]) * 2.0).sum()).goto(-1)
    assert "v0   [1.0, 2.0]   grad [2.0, 2.0]" in repr(stepper)
    assert "[1.0, 1.0] × [2.0, 2.0] = [2.0, 2.0]" in stepper.table()


@pytest.mark.slow
def test_a_step_takes_no_more_work_in_a_graph_of_a_hundred_thousand_steps() -> None:
    """O(1): the functions that twenty steps call are as many in a graph a hundred times as big."""

    def calls(length: int) -> int:
        y = w = Value(0.999)
        for _ in range(length):
            y = y * w
        stepper = step(y).goto(-1)
        stepper.goto(len(stepper) // 2)
        made: list[str] = []
        sys.setprofile(lambda frame, what, arg: made.append(what))
        try:
            for _ in range(20):
                stepper.forward()
            stepper.back(20)
        finally:
            sys.setprofile(None)
        return len(made)

    assert calls(33_400) < 1.1 * calls(334)


def test_what_would_take_minutes_is_refused_at_once() -> None:
    """As text; the stepper itself goes through any number of steps."""
    x = Value(0.0)
    for _ in range(50_000):
        x = x + 1.0
    stepper = step(x)
    with pytest.raises(
        ValueError, match=r"a table of 100,001 steps .*\.table\(near=20\) has those"
    ):
        stepper.table()
    assert len(stepper.table(near=20).rows) == 20
    with pytest.raises(
        ValueError, match=r"JSON of 100,001 steps .* 80 MB.*to_json\(limit=100001\)"
    ):
        stepper.steps.to_json()
    with pytest.raises(ValueError, match="JSON of 4 steps"):
        step(Value(2.0) * Value(3.0)).steps.to_json(limit=3)
