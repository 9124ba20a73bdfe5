"""``jit`` at the edges: inside graphs, of empty arrays, of constants, of what it can't take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, elementwise, jit, temporary_registry


def cubic(x: Any, y: Any) -> Any:
    return x * x * x * y


def test_of_variables_it_is_the_function_itself() -> None:
    """d/dx (x³ + x) = 3x² + 1, d²/dx² = 6x; no gradient is lost between graph and replay."""
    fast = jit(lambda x: x * x * x + x)
    assert autograd.grad(fast)(2.0) == 13.0
    assert autograd.grad(autograd.grad(fast))(2.0) == 12.0
    outer = jit(lambda x: fast(x) * 2.0).open(2.0)
    assert (outer.data, autograd.walk.order.leaves(outer)[0].grad) == (20.0, 26.0)
    with pytest.raises(TypeError, match="use map_value_and_grad"):
        jit(cubic).map(Value(2.0), np.ones(3))
    with pytest.raises(TypeError, match="one array of plain numbers"):
        jit(jit(cubic, parameters=[Value(1.0)]))(2.0)


def test_empty_arrays_have_empty_gradients_and_as_many_lanes_as_asked() -> None:
    w = Value(2.0)
    fast = jit(lambda x: x.sum() + w)
    value, gradient = fast.value_and_grad(np.zeros((0, 3)))
    assert (value, gradient.shape) == (2.0, (0, 3))
    assert fast.map(np.zeros((4, 0))).tolist() == [2.0] * 4
    values, gradient = fast.map_value_and_grad(np.zeros((4, 0)))
    assert (values.tolist(), gradient.shape) == ([2.0] * 4, (4, 0))


def test_constants_may_stand_beside_values_in_a_result() -> None:
    found = jit(lambda x: {"a": x * 2.0, "b": np.arange(2), "c": (3, True)})(1.0)
    assert found["a"] == 2.0
    assert found["b"].tolist() == [0.0, 1.0]
    assert found["c"] == (3.0, 1.0)
    with pytest.raises(TypeError, match=r"returned a str at \[1\]"):
        jit(lambda x: (x, "label"))(1.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda w: jit(3), "records a function of Values, got 3"),
        (lambda w: jit(cubic, recordings=0), "positive whole number, got 0"),
        (lambda w: jit(cubic, parameters=[w, w]), "given twice"),
        (lambda w: jit(cubic, parameters=[w * 2.0]), "no operation made"),
        (lambda w: jit(cubic, parameters=[w, Tensor([1.0])]), "all of one kind"),
        (lambda w: jit(cubic).value_and_grad(1.0, 2.0, argnums=1.0), "argnums must be an int"),
        (lambda w: jit(cubic).map(), "an argument with a batch axis"),
        (lambda w: jit(cubic).map(1.0, np.ones(2), in_axes="0"), "must be an int or None"),
    ],
)
def test_bad_arguments_are_refused_before_anything_runs(make: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        make(Value(1.0))


def test_it_says_what_it_is() -> None:
    fast = jit(cubic)
    fast(1.0, 2.0)
    assert repr(fast).startswith("jit(<function cubic")
    assert "recorded 1 times" in repr(fast)
    assert repr(fast.recording(1.0, 2.0)).startswith("Recording(3 instructions on 2 inputs")


def test_a_chain_without_neighbours_of_a_kind_takes_few_bytes_a_node() -> None:
    def chain(x: Any) -> Any:
        for _ in range(1000):
            x = autograd.sin(x * 1.01)
        return x

    fast = jit(chain)
    fast.value_and_grad(0.5)
    (entry,) = fast._cache.values()
    (machine,) = entry._machines.values()
    assert machine.recording.nbytes + machine._section.nbytes <= 48 * 2000


@pytest.mark.parametrize("lanes", [False, True])
def test_what_a_rule_raises_in_a_kernel_is_raised(lanes: bool) -> None:
    def doubled(x: float) -> float:
        if x < 0:
            raise ValueError("only of what is positive")
        return 2.0 * x

    with temporary_registry():
        double = elementwise("double", doubled, lambda x, z: 2.0)
        fast = jit(double)
        assert fast(1.0) == 2.0
        with pytest.raises(ValueError, match="only of what is positive"):
            fast.map_value_and_grad(np.array([1.0, -1.0])) if lanes else fast.value_and_grad(-1.0)
        assert fast.value_and_grad(1.0) == (2.0, 2.0)
