"""Calls that are like the last one take a short way: what they give is what the long way gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, exp, jit, sqrt

RNG = np.random.default_rng(0)
SQUARE = RNG.uniform(0.5, 1.5, (3, 3))

# Each: a function of plain numbers too, its arguments, and other arguments of the same structure.
CASES: dict[str, tuple[Callable[..., Any], tuple[Any, ...], tuple[Any, ...]]] = {
    "numbers": (lambda x, y: x * y + x, (2.0, 3), (5, 7.0)),
    "an array": (lambda x: (x * x).sum(), (np.arange(4.0),), (np.ones(4),)),
    "a matrix": (lambda x: (x * x.T).sum(), (SQUARE,), (SQUARE + 1,)),
    "a matrix by columns": (lambda x: (x * x.T).sum(), (SQUARE,), (SQUARE.T.copy().T,)),
    "every other number": (lambda x: (x * x).sum(), (np.ones(4),), (np.arange(8.0)[::2],)),
    "whole numbers": (lambda x: (x * x).sum(), (np.arange(4),), (np.ones(4, int),)),
    "an array of one": (lambda x: x * x, (np.array(3.0),), (np.array(4.0),)),
    "a list": (lambda xs: xs[0] * xs[1] * xs[2], ([1.0, 2, 3.0],), ([4.0, 5.0, 6],)),
    "a tuple": (lambda xs: xs[0] * xs[1], ((1.0, 2.0),), ((4.0, 5.0),)),
    "several": (
        lambda w, xs, k: (w * w).sum() * xs[0] + k * xs[1],
        (np.ones((2, 2)), [1.0, 2.0], 3.0),
        (np.full((2, 2), 2.0), [3.0, 4.0], 5.0),
    ),
    "nested": (lambda d: d["a"] * d["b"][0], ({"a": 2.0, "b": [3.0]},), ({"a": 4.0, "b": [5.0]},)),
}


def told(found: Any) -> str:
    """Return numbers, types and shapes: of ±0 and int and float too."""
    return repr(found)


@pytest.mark.parametrize("case", CASES)
def test_the_second_call_is_as_the_first_of_another_recording(case: str) -> None:
    function, first, second = CASES[case]
    every = tuple(range(len(first)))
    fast = jit(function)
    for argnums in (0, every):
        for args in (first, second, second, first):
            once = jit(function)
            assert told(fast(*args)) == told(once(*args))
            assert told(fast.value_and_grad(*args, argnums=argnums)) == told(
                once.value_and_grad(*args, argnums=argnums)
            )


def test_gradients_that_were_given_stay_as_they_are() -> None:
    fast = jit(lambda x: (x * x).sum())
    fast.value_and_grad(np.ones(3))
    _, before = fast.value_and_grad(np.ones(3))
    fast.value_and_grad(np.full(3, 7.0))
    assert before.tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize(
    "other",
    [
        np.arange(5.0),
        np.arange(4.0).reshape(2, 2),
        np.arange(4),
        np.arange(4, dtype=np.float32),
        [0.0, 1.0, 2.0, 3.0],
        [np.float64(k) for k in range(4)],
        np.array([Value(float(k)) for k in range(4)], object),
    ],
    ids=["shape", "axes", "integers", "float32", "list", "scalars", "Values"],
)
def test_arguments_of_another_kind_are_not_taken_for_the_last(other: Any) -> None:
    def f(x: Any) -> Any:
        return sum(v * v for v in np.ravel(x))

    fast = jit(f)
    fast.value_and_grad(np.ones(4))
    with autograd.no_grad():
        expected = f([float(v.data) if isinstance(v, Value) else v for v in np.ravel(other)])
        assert fast.value_and_grad(other)[0] == fast(other) == expected


def test_a_setting_that_equals_a_number_is_not_taken_for_it() -> None:
    fast = jit(lambda x, flag: x * 2.0 if flag is True else x * flag)
    assert [fast(3.0, 5.0), fast(3.0, 1.0), fast(3.0, True), fast(3.0, 1)] == [15.0, 3.0, 6.0, 3.0]


def test_a_branch_that_goes_the_other_way_is_noticed() -> None:
    fast = jit(lambda x: x * x if x > 0 else -x)
    xs = [1.0, 2.0, -3.0, -4.0, 5.0]
    assert [fast(x) for x in xs] == [1.0, 4.0, 3.0, 4.0, 25.0]
    assert [fast.value_and_grad(x)[1] for x in xs] == [2.0, 4.0, -1.0, -1.0, 10.0]


def test_argnums_that_change_are_noticed() -> None:
    fast = jit(lambda x, y: x * y)
    argnums = [0]
    assert fast.value_and_grad(2.0, 3.0, argnums=argnums) == (6.0, (3.0,))
    argnums[0] = 1
    assert fast.value_and_grad(2.0, 3.0, argnums=argnums) == (6.0, (2.0,))
    assert fast.value_and_grad(2.0, 3.0, argnums=1) == (6.0, 2.0)
    assert fast.value_and_grad(2.0, 3.0, argnums=(1,)) == (6.0, (2.0,))
    with pytest.raises(TypeError, match="argnums must be an int"):
        fast.value_and_grad(2.0, 3.0, argnums=True)
    with pytest.raises(TypeError, match="argnums must be an int"):
        fast.value_and_grad(2.0, 3.0, argnums=None)  # type: ignore[arg-type]


def test_a_gradient_that_is_not_finite_is_asked_of_the_walk() -> None:
    fast = jit(lambda x: sqrt(x * x) + exp(x))
    assert fast.value_and_grad(2.0)[1] == 1.0 + math.exp(2.0)
    assert fast.value_and_grad(0.0) == (1.0, 1.0)  # 0·∞ is 0
    assert fast.value_and_grad(2.0)[1] == 1.0 + math.exp(2.0)


def test_a_value_from_outside_is_read_at_every_call() -> None:
    weight = Value(2.0)
    fast = jit(lambda x: weight * x)
    assert [fast(3.0), fast.value_and_grad(3.0)] == [6.0, (6.0, 2.0)]
    weight.data = 5.0
    assert [fast(3.0), fast.value_and_grad(3.0)] == [15.0, (15.0, 5.0)]


def test_a_variable_makes_it_a_part_of_its_graph_after_many_calls() -> None:
    fast = jit(lambda x: x * x)
    assert fast(3.0) == fast(3.0) == 9.0
    x = Value(3.0)
    fast(x).backward()
    assert x.grad == 6.0


def test_inside_a_function_that_is_recorded_it_is_a_part_of_it_or_refused() -> None:
    inner = jit(lambda x: x * x)
    inner.value_and_grad(3.0)
    inner.value_and_grad(3.0)
    outer = jit(lambda x: inner(x) + x)
    assert outer(3.0) == 12.0
    with pytest.raises(TypeError, match=r"a derivative by a plain number, .* being recorded"):
        jit(lambda x: x * inner.value_and_grad(3.0)[0])(1.0)


@pytest.mark.parametrize("tensors", [True, False])
def test_the_gradient_that_a_jitted_function_gives_is_differentiated(tensors: bool) -> None:
    """Times x, the derivative of x³ is 3x³, of which the derivative is 9x²."""
    inner = jit(lambda x: x**3, tensors=tensors)

    def outer(x: Any) -> Any:
        return x * inner.value_and_grad(x)[1]

    inner.value_and_grad(2.0)
    assert autograd.grad(outer)(2.0) == 36.0
    assert jit(outer, tensors=tensors).value_and_grad(2.0) == (24.0, 36.0)
    assert autograd.grad(lambda x: inner.value_and_grad(x)[0])(2.0) == 12.0
    found = autograd.vmap(lambda x: inner.value_and_grad(x)[1])(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(found, [3.0, 12.0])
    assert inner.value_and_grad(2.0) == (8.0, 12.0)


def test_an_op_that_was_replaced_is_another_function() -> None:
    with autograd.temporary_registry():
        autograd.elementwise("mine", "x * 2", "2")
        fast = jit(lambda x: autograd.extend.get_op("mine")(x) + 0.0)
        assert fast(3.0) == fast(3.0) == 6.0
        autograd.elementwise("mine", "x * 5", "5", replace=True)
        assert fast(3.0) == 15.0
