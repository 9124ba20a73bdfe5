"""A replay never repeats a decision, a number or a shape that is no longer right."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, jit, where
from autograd.replay import BranchError, Replayed


class Counted:
    """A function that counts how often it was run, and so recorded."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.runs = 0

    def __call__(self, *args: Any) -> Any:
        self.runs += 1
        return self.function(*args)


def counted(function: Callable[..., Any], **settings: Any) -> tuple[Replayed, Counted]:
    inner = Counted(function)
    return jit(inner, **settings), inner


@pytest.mark.slow
@pytest.mark.parametrize(
    "relation", [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
)
def test_an_if_is_checked_on_every_replay(relation: Any) -> None:
    fast, _ = counted(lambda x: x * 2.0 if relation(x, 1.0) else x * 3.0)
    for x in (0.0, 1.0, 2.0, 0.0, 1.0, 2.0):
        assert fast(x) == (2 * x if relation(x, 1.0) else 3 * x)


def test_each_way_through_a_function_is_recorded_once() -> None:
    fast, inner = counted(lambda x: x * 2.0 if x > 0 else x * 3.0)
    fast(1.0)
    once = inner.runs
    fast(-1.0)
    twice = inner.runs
    assert twice == 2 * once
    for x in (5.0, -5.0, 7.0, -7.0):
        fast(x)
    assert inner.runs == twice


def test_truth_min_max_and_while_are_branches_too() -> None:
    assert jit(lambda x: x if x else x + 1.0)(0.0) == 1.0
    largest = jit(lambda x, y: max(x, y) * 1.0)
    assert (largest(1.0, 2.0), largest(3.0, 2.0)) == (2.0, 3.0)

    def halved(x: Any) -> Any:
        while x > 1:
            x = x / 2.0
        return x

    fast = jit(halved)
    assert [fast(x) for x in (1.0, 8.0, 5.0)] == [1.0, 1.0, 0.625]


def test_nan_takes_the_branch_that_it_takes_in_python() -> None:
    fast = jit(lambda x: x * 0.0 + (1.0 if x == x else 2.0))
    assert fast(1.0) == 1.0
    assert np.isnan(fast(float("nan")))
    fast = jit(lambda x: Value(1.0) + 0 * x if x > 0 or x <= 0 else Value(5.0) + (x - x) * 0)
    assert fast(1.0) == 1.0


def test_where_is_no_branch() -> None:
    fast, inner = counted(lambda x: where(x > 0, x * 2.0, x * 3.0))
    fast(1.0)
    runs = inner.runs
    assert fast(-1.0) == -3.0
    assert fast.value_and_grad(-1.0) == (-3.0, 3.0)
    assert inner.runs == runs


def test_where_chooses_lane_by_lane() -> None:
    fast = jit(lambda x: where(x > 0, x * 2.0, x * 3.0))
    values, gradients = fast.map_value_and_grad(np.array([1.0, -1.0, 0.0]))
    assert values.tolist() == [2.0, -3.0, 0.0]
    assert gradients.tolist() == [2.0, 3.0, 3.0]


def test_numpy_predicates_are_branches() -> None:
    fast = jit(lambda x: x * (2.0 if np.isnan(x) or np.greater(x, 1.0) else 3.0))
    assert (fast(2.0), fast(0.5)) == (4.0, 1.5)


def test_a_condition_counts_as_a_number() -> None:
    fast = jit(lambda x: x * (x > 0) + (x > 1) * 2.0)
    assert [fast(x) for x in (-1.0, 0.5, 3.0)] == [0.0, 0.5, 5.0]


def test_lanes_that_part_ways_are_refused_with_advice() -> None:
    fast = jit(lambda x: x * 2.0 if x > 0 else x * 3.0)
    with pytest.raises(BranchError, match=r"different samples.*autograd\.where"):
        fast.map(np.array([1.0, -1.0]))
    assert fast.map(np.array([-1.0, -2.0])).tolist() == [-3.0, -6.0]


def test_a_refused_batch_leaves_nothing_behind() -> None:
    """Its first block was swept before the second was found to part ways."""

    def f(w: Any, x: Any) -> Any:
        return w * x if x > 0 else w - x

    fast = jit(f)
    good, bad = np.ones(20_000), np.ones(20_000)
    bad[-1] = -1.0
    expected = fast.map_value_and_grad(2.0, good, reduce="sum")
    with pytest.raises(BranchError):
        fast.map_value_and_grad(2.0, bad, reduce="sum")
    assert fast.map_value_and_grad(2.0, good, reduce="sum") == expected == (40_000.0, 20_000.0)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.ones(3), np.ones(4)),
        (np.ones((2, 3)), np.ones((3, 2))),
        ([1.0, 2.0], [1.0, 2.0, 3.0]),
        ([1.0, 2.0], (1.0, 2.0)),
        (np.ones(3), [1.0, 1.0, 1.0]),
        (np.ones(3), np.ones(3, np.float32)),
    ],
)
def test_another_shape_dtype_or_structure_is_another_recording(first: Any, second: Any) -> None:
    fast, inner = counted(lambda xs: sum(x * 2.0 for x in np.ravel(np.array(xs, object))))
    for xs in (first, second, first, second):
        assert fast(xs) == 2.0 * np.sum(np.asarray(xs))
    assert inner.runs == 4


def test_a_setting_is_no_number() -> None:
    fast = jit(lambda x, how: x * 2.0 if how == "double" else x * 3.0)
    assert (fast(1.0, "double"), fast(1.0, "triple"), fast(2.0, "double")) == (2.0, 3.0, 4.0)


def test_a_value_from_outside_is_read_at_every_call() -> None:
    variable, constant = Value(2.0), Value(3.0, requires_grad=False)
    fast = jit(lambda x: x * variable + constant)
    assert fast(1.0) == 5.0
    variable.data, constant.data = 10.0, 20.0
    assert fast(1.0) == 30.0
    assert fast.map(np.array([1.0, 2.0])).tolist() == [30.0, 40.0]


def test_what_is_computed_from_constants_outside_is_computed_anew() -> None:
    constant, row = Value(2.0, requires_grad=False), np.array([Value(1.0, requires_grad=False)] * 2)
    outer = constant * 1.0  # made before: a constant of its own
    fast = jit(lambda x: x * (constant * 3.0) + autograd.total(row) + outer)
    assert fast(1.0) == 10.0
    constant.data, row[0].data, outer.data = 5.0, 10.0, 0.0
    assert fast(1.0) == 35.0
    assert constant.requires_grad is False


def test_what_is_computed_from_frozen_parameters_follows_the_array() -> None:
    frozen = Value(2.0, requires_grad=False)
    fast = jit(lambda x: (frozen * 3.0) * x, parameters=[frozen])
    assert [fast(np.array([k]), 5.0) for k in (7.0, 8.0)] == [105.0, 120.0]
    assert (frozen.data, frozen.requires_grad) == (2.0, False)


CONDITIONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda x, y: x * 2.0 if (x > 0) == (y > 0) else x * 5.0,
    "!=": lambda x, y: x * 2.0 if (x > 0) != (y > 0) else x * 5.0,
    "a key": lambda x, y: {True: x * 2.0, False: y * 3.0}[x > 0],
    "1 -": lambda x, y: x * (1 - (y > 0)),
    "- 2": lambda x, y: x * ((y > 0) - 2),
    "a sign": lambda x, y: x * -(y > 0),
    "a quotient": lambda x, y: (y > 0) / (x + 3.0) + x / (1.0 + (x > 0)),
    "a power": lambda x, y: x ** (y > 0) + 2.0 ** (x > 0) * y,
    "an order": lambda x, y: x * 2.0 if (x > 0) < (y > 0) else y,
    "the larger": lambda x, y: x * max(x > 0, y > 0),
    "an array": lambda x, y: x * (np.arange(1.0, 3.0) * (y > 0)).tolist()[1],
    "NumPy's and": lambda x, y: where(np.logical_and(x > 0, y > 0), x, y),
    "against a number": lambda x, y: x * 2.0 if x == (y > 0) else y,
}


@pytest.mark.parametrize("how", CONDITIONS)
def test_a_condition_is_used_as_the_boolean_it_stands_for(how: str) -> None:
    """Eager Values compare to plain booleans."""
    f = CONDITIONS[how]
    fast = jit(f)
    for x, y in [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)]:
        assert fast(x, y) == f(Value(x), Value(y)).data


def test_a_condition_that_is_returned_is_computed_at_every_call() -> None:
    fast = jit(lambda x: (x * 2.0, x > 0))
    assert (fast(1.0), fast(-1.0)) == ((2.0, 1.0), (-2.0, 0.0))
    assert jit(lambda x: x > 0).map(np.array([1.0, -1.0])).tolist() == [1.0, 0.0]


def test_lanes_that_are_refused_leave_nothing_behind() -> None:
    fast = jit(lambda x: x if x > 0 else -x)
    for _ in range(3):
        with pytest.raises(BranchError, match="different samples"):
            fast.map(np.array([1.0, -1.0]))
    assert not fast._cache


@pytest.mark.parametrize("f", [autograd.softmax, autograd.log_softmax, autograd.logsumexp])
def test_softmax_of_values_does_not_branch(f: Any) -> None:
    """Lanes whose largest element is elsewhere, against the eager engine, and it against arrays."""
    x = np.array([[1.0, 5.0, -2.0], [7.0, 0.5, 7.0], [-1.0, -2.0, 40.0]])
    eager = [np.vectorize(lambda z: z.data)(f(np.vectorize(Value, otypes="O")(row))) for row in x]
    assert jit(f).map(x).tolist() == np.array(eager).tolist()
    np.testing.assert_allclose(eager, f(x, -1), rtol=1e-14)


def test_a_branch_on_a_value_from_outside_is_checked() -> None:
    switch = Value(1.0)
    fast = jit(lambda x: x * 2.0 if switch > 0 else x * 3.0)
    assert fast(1.0) == 2.0
    switch.data = -1.0
    assert fast(1.0) == 3.0


def test_recordings_are_bounded_in_number() -> None:
    fast, inner = counted(lambda xs: sum(xs[1:], xs[0] * 1.0), recordings=3)
    for n in range(2, 9):
        fast(np.ones(n))
    runs = inner.runs
    fast(np.ones(8))
    assert inner.runs == runs
    fast(np.ones(2))
    assert inner.runs > runs
    steps, inner = counted(lambda x: sum((x for k in range(8) if x > k), x), recordings=3)
    for x in range(8):
        assert steps(float(x)) == x * x + x
    assert len(next(iter(steps._cache.values())).recordings) == 3


REFUSED: dict[str, Callable[[Any], Any]] = {
    "reading .data": lambda x: x * x.data,
    "data inside": lambda x: x * x.item(),
    "float": lambda x: x * float(x),
    "no_grad": lambda x: x * under_no_grad(x),
    "backward": lambda x: (x * x).backward() or x,
    "signbit": lambda x: x * 2.0 if np.signbit(x) else x,
    "a copy": lambda x: x * copy.copy(x),
    "a copy of a node": lambda x: x * copy.deepcopy(x),
    "replaying inside": lambda x: x * jit(lambda y: y * y).map(np.ones(2))[0],
}


def under_no_grad(x: Any) -> Any:
    from autograd import no_grad

    with no_grad():
        return x * x


@pytest.mark.parametrize("what", REFUSED)
def test_taking_a_number_out_while_recording_is_refused(what: str) -> None:
    with pytest.raises(TypeError, match=what):
        jit(REFUSED[what])(2.0)


def test_data_of_a_value_from_outside_is_refused_too() -> None:
    w = Value(2.0)
    with pytest.raises(TypeError, match=r"reading \.data"):
        jit(lambda x: x * w.data)(1.0)
    assert w.data == 2.0  # outside of a recording it can be read again
    assert (w > 1.0) is True


@pytest.mark.parametrize("returned", [3.0, None, [], np.ones(2), {"a": 1.0}])
def test_a_function_that_returns_no_value_is_refused(returned: Any) -> None:
    with pytest.raises(TypeError, match="returned no Value"):
        jit(lambda x: returned)(1.0)


def test_a_function_that_differs_from_call_to_call_is_refused() -> None:
    calls: list[Any] = []

    def grows(x: Any) -> Any:
        calls.append(x)
        return sum((x * float(k) for k in range(len(calls))), x)

    with pytest.raises(ValueError, match="two different recordings"):
        jit(grows)(1.0)

    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="random number"):
        jit(lambda x: x * rng.standard_normal())(1.0)


def test_a_loop_without_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd.replay.tracer.MAX_BRANCHES", 1000)

    def endless(x: Any) -> Any:
        while x * 0.0 == 0:
            x = x + 0.0
        return x

    with pytest.raises(ValueError, match="1,000 branches"):
        jit(endless)(1.0)


def test_a_failed_recording_leaves_the_engine_as_it_was() -> None:
    def fails(x: Any) -> Any:
        raise KeyError("mine")

    fast = jit(fails)
    with pytest.raises(KeyError, match="mine"):
        fast(1.0)
    x = Value(2.0)
    assert (x > 1.0) is True
    assert x.data == 2.0
