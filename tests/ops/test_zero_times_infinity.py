"""In a product of the chain rule 0·∞ is 0, and a zero passes nothing on: in every mode alike.

And nan is never hidden: an op that compared a nan has slope nan.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache
from math import inf, nan
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import (
    Tensor,
    Value,
    acos,
    cos,
    exp,
    grad,
    hessian,
    jacobian,
    jit,
    jvp,
    relu,
    sqrt,
    where,
)  # fmt: skip
from autograd.node.node import raw
from autograd.transforms import jacobian_blocks
from autograd.transforms.function_arguments import applied
from autograd.transforms.tracing import Trace

Function = Callable[[Any], Any]


# Modes: each returns the slope of a function of one number. ---------------------------------------


def backward(f: Function, x: float) -> float:
    leaf = Value(x)
    f(leaf).backward()
    return leaf.grad


def backward_of_an_array(f: Function, x: float) -> float:
    leaf = Tensor([x, x])
    f(leaf).backward(np.array([1.0, 0.0]))
    first, other = leaf.grad.tolist()
    assert other == 0  # whatever the partials are there
    return first


def create_graph(f: Function, x: float) -> float:
    leaf = Value(x)
    f(leaf).backward(create_graph=True)
    slope, leaf.grad = raw(leaf.grad), None
    return slope


def create_graph_of_an_array(f: Function, x: float) -> float:
    leaf = Tensor([x])
    f(leaf).sum().backward(create_graph=True)
    slope, leaf.grad = raw(leaf.grad), None
    return slope.item()


def forwards(f: Function, x: float) -> float:
    return jvp(f, (x,), (1.0,))[1]


def forwards_of_an_array(f: Function, x: float) -> float:
    return jvp(f, (np.array([x, x]),), (np.array([1.0, 0.0]),))[1].tolist()[0]


def _jacobian(way: Any, f: Function, x: float) -> float:
    trace = Trace.of(applied(f), {0: np.array([x, x])})
    (block,) = way(trace)
    matrix = np.asarray(block[0])
    assert matrix[0, 1] == matrix[1, 0] == 0
    return matrix[0, 0].item()


def jacobian_by_rows(f: Function, x: float) -> float:
    return _jacobian(jacobian_blocks.rows, f, x)


def jacobian_by_columns(f: Function, x: float) -> float:
    return _jacobian(jacobian_blocks.columns, f, x)


@cache
def _kernels() -> None:
    """Compile one module with all ops below: what is recorded later finds its kernels in it."""
    functions = [masked_root, *ZERO_IN_TRUTH.values(), *(f for f, _ in LIMITS.values())]
    functions += [*COMPARING.values(), *(getattr(autograd, name) for name in FLAT)]
    functions += [autograd.reciprocal, lambda x: x - 1.0, lambda x: sqrt(autograd.dot([x], [x]))]
    every = jit(lambda x: autograd.total(f(x) for f in functions))
    every.value_and_grad(0.5)
    every.map_value_and_grad(np.array([0.5]))


def tape(f: Function, x: float) -> float:
    _kernels()
    return jit(f).value_and_grad(x)[1]


def lanes(f: Function, x: float) -> float:
    _kernels()
    return jit(f).map_value_and_grad(np.array([x, x]))[1].tolist()[1]


REVERSE = [backward, backward_of_an_array, create_graph, create_graph_of_an_array, jacobian_by_rows]
FORWARD = [forwards, forwards_of_an_array, jacobian_by_columns]
MODES = [*REVERSE, *FORWARD, tape, lanes]

each_mode = pytest.mark.parametrize("slope", MODES, ids=lambda mode: mode.__name__)


# The convention -----------------------------------------------------------------------------------


FLAT = ["floor", "ceil", "round", "sign", "heaviside"]


def masked_root(x: Any) -> Any:
    return where(x > 0, sqrt(x), 0.0)


@each_mode
@pytest.mark.parametrize("x", [0.0, -1.0])
def test_a_branch_that_where_does_not_take_passes_nothing(slope: Any, x: float) -> None:
    assert slope(masked_root, x) == 0


ZERO_IN_TRUTH: dict[str, Function] = {
    "x sqrt(x)": lambda x: x * sqrt(x),
    "exp(-1/x²)": lambda x: exp(-1 / (x * x)),
    "norm² by sqrt(x²)²": lambda x: sqrt(x * x) ** 2,
}


@each_mode
@pytest.mark.parametrize("name", ZERO_IN_TRUTH)
def test_zero_times_infinity_is_zero_where_the_slope_is(slope: Any, name: str) -> None:
    assert slope(ZERO_IN_TRUTH[name], 0.0) == 0


@each_mode
def test_sqrt_of_a_square_has_slope_zero_at_its_kink_as_abs(slope: Any) -> None:
    assert slope(lambda x: sqrt(x * x), 0.0) == 0
    assert slope(autograd.abs, 0.0) == 0


LIMITS: dict[str, tuple[Function, float]] = {
    "sqrt(x)²": (lambda x: sqrt(x) ** 2, 0.0),  # 1
    "1 - cos(sqrt(x))": (lambda x: 1 - cos(sqrt(x)), 0.0),  # ½
    "acos(x)²": (lambda x: acos(x) ** 2, 1.0),  # −2
}


@each_mode
@pytest.mark.parametrize("name", LIMITS)
def test_it_is_zero_by_convention_where_the_limit_is_another(slope: Any, name: str) -> None:
    f, x = LIMITS[name]
    assert slope(f, x) == 0


@each_mode
@pytest.mark.parametrize("name", FLAT)
def test_a_flat_op_passes_nothing_of_an_infinite_cotangent(slope: Any, name: str) -> None:
    op = getattr(autograd, name)
    assert slope(lambda x: sqrt(op(x) * 0.0), 0.25) == 0


@pytest.mark.parametrize("slope", [backward, create_graph, forwards, tape, lanes])
def test_a_dot_of_values_is_its_products(slope: Any) -> None:
    assert slope(lambda x: autograd.dot([sqrt(x), x], [sqrt(x), x]), 0.0) == 0
    assert slope(lambda x: sqrt(autograd.dot([x, x], [x, x])), 0.0) == 0


def test_the_jacobian_of_sqrt_is_infinite_at_zero_alone() -> None:
    assert jacobian(sqrt)(np.array([0.0, 4.0])).tolist() == [[inf, 0], [0, 0.25]]


def test_the_hessian_beside_a_mask_is_right() -> None:
    f = hessian(lambda v: where(v > 0, v**1.5, 0).sum())
    assert f(np.array([0.0, 4.0])).tolist() == [[0, 0], [0, 0.375]]


def test_nan_in_rows_that_are_masked_leaves_the_slope_of_the_others() -> None:
    X = np.array([[1.0, 2.0], [nan, 3.0], [4.0, inf]])
    valid = np.array([True, False, False])
    slope = grad(lambda w: where(valid, X @ w, 0.0).sum())(np.array([1.0, 1.0]))
    assert slope.tolist() == [1.0, 2.0]


# nan in, nan out ----------------------------------------------------------------------------------

COMPARING: dict[str, Function] = {
    "abs": autograd.abs,
    "relu": relu,
    "leaky_relu": autograd.leaky_relu,
    "elu": autograd.elu,
    "selu": autograd.selu,
    "celu": autograd.celu,
    "hardtanh": autograd.hardtanh,
    "threshold": autograd.threshold,
    "clip": lambda x: autograd.clip(x, -1.0, 1.0),
    "maximum": lambda x: autograd.maximum(x, 0.5),
    "minimum": lambda x: autograd.minimum(0.5, x),
}


@each_mode
@pytest.mark.parametrize("name", COMPARING)
def test_an_op_that_compared_a_nan_has_slope_nan(slope: Any, name: str) -> None:
    assert np.isnan(slope(COMPARING[name], nan))


def test_both_operands_have_it_whichever_is_nan() -> None:
    for op in (autograd.maximum, autograd.minimum):
        for pair in ((nan, 1.0), (1.0, nan)):
            assert np.isnan(grad(op, (0, 1))(*pair)).all()
            x, y = (Tensor([each, 2.0]) for each in pair)
            op(x, y).sum().backward()
            assert np.isnan([x.grad[0], y.grad[0]]).all()
            assert (x.grad[1], y.grad[1]) == (0.5, 0.5)


@each_mode
def test_the_square_of_relu_shows_a_nan_that_came_in(slope: Any) -> None:
    assert np.isnan(slope(lambda x: relu(x) ** 2, nan))


def test_a_nan_in_the_data_reaches_the_weights_through_relu() -> None:
    W = Tensor([[1.0, -1.0], [0.5, 2.0]])
    relu(np.array([[nan, 1.0]]) @ W).sum().backward()
    assert np.isnan(W.grad).any(axis=1).all()


@each_mode
@pytest.mark.parametrize("name", FLAT)
def test_what_is_flat_everywhere_is_flat_at_nan(slope: Any, name: str) -> None:
    assert slope(getattr(autograd, name), nan) == 0


@each_mode
def test_linear_ops_keep_their_slope(slope: Any) -> None:
    assert slope(lambda x: 3.0 * x - 1.0, nan) == 3


@each_mode
def test_what_where_skips_gets_nothing_nan_or_not(slope: Any) -> None:
    assert slope(lambda x: where(False, x * nan, 1.0) + x, 2.0) == 1


@each_mode
def test_relu_is_flat_at_minus_infinity(slope: Any) -> None:
    assert slope(relu, -inf) == 0


# clip and zeros -----------------------------------------------------------------------------------


@pytest.mark.parametrize("bounds", [(3, 0), (nan, 1), (0, nan), (-1, 1), (None, 0.5), (0.5, None)])
def test_clip_is_numpys(bounds: Any) -> None:
    x = np.array([-2.0, 0.0, 0.25, 2.0, 5.0, nan, inf])
    expected = np.clip(x, *bounds)
    np.testing.assert_array_equal(np.clip(Tensor(x), *bounds).data, expected)
    np.testing.assert_array_equal([autograd.clip(Value(n), *bounds).data for n in x], expected)
    arrays = [None if b is None else np.full(7, float(b)) for b in bounds]
    np.testing.assert_array_equal(autograd.clip(Tensor(x), *arrays).data, expected)


@each_mode
def test_clip_between_crossed_bounds_is_flat(slope: Any) -> None:
    assert slope(lambda x: autograd.clip(x, 3.0, 0.0), 2.0) == 0


def test_maximum_and_minimum_of_two_zeros_are_positive_zero() -> None:
    for x, y in itertools.product((0.0, -0.0), repeat=2):
        for op in (autograd.maximum, autograd.minimum):
            many = Tensor([x] * 9)
            found = (op(Value(x), y), op(many, y), op(many, Tensor([y] * 9)), op(many[:1], y))
            assert not any(np.signbit(node.data).any() for node in found)
            assert not np.signbit(jit(op)(x, y))


# A replay asks the walk ---------------------------------------------------------------------------


def test_a_recording_counts_the_gradients_that_were_computed_again() -> None:
    fast = jit(lambda x: sqrt(x * x))
    fast.value_and_grad(3.0)
    assert fast.recording(3.0).recomputed == 0
    fast.value_and_grad(0.0)
    assert fast.recording(3.0).recomputed == 1


def test_lanes_that_share_a_weight_add_up_what_the_walk_says() -> None:
    fast = jit(lambda w, x: w * sqrt(x * x))
    x = np.array([0.0, 2.0, -3.0])
    _, (in_w, in_x) = fast.map_value_and_grad(5.0, x, argnums=(0, 1), reduce="sum")
    assert in_w == 5
    assert in_x.tolist() == [0, 5, -5]
