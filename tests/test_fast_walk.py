"""The walk that is made for speed computes the bits of the one that is there to be read.

Graphs of scalars and of arrays at random, with constants, operands used twice and shared rows, at
numbers where floats are odd: signed zeros, infinities, nan, subnormals.
"""

import struct
from collections.abc import Callable
from fractions import Fraction
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Tensor, Value
from autograd.node.node import Node
from autograd.walk import reverse
from autograd.walk.fast import specialised
from autograd.walk.order import topological_order

GRAPHS = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
EDGES = [0.0, -0.0, 1.0, -1.0, 0.1, -2.5, 3.0, inf, -inf, nan, 5e-324, -1e-310, 1e300, 0.5]
numbers = st.sampled_from(EDGES) | st.floats(-4, 4)

Pick = Callable[[int], int]  # an integer below a bound


def both_walks(root: Node, seed: Any) -> tuple[dict[Node, Any], dict[Node, Any]]:
    """The cotangents by the walk made for speed, and by the one to be read."""
    order = topological_order(root)
    fast, plain = {root: seed}, {root: seed}
    specialised.walk(order, fast, reverse.visit)
    reverse.walk(order, plain, reverse.visit)
    return fast, plain


def bits(x: Any) -> Any:
    """Type, shape and bits of a cotangent; all nans are one."""
    if type(x) is float:
        return "nan" if x != x else struct.pack("<d", x)
    if isinstance(x, (np.ndarray, np.generic)):
        array = np.where(np.isnan(x), np.nan, x).astype(x.dtype)
        return type(x).__name__, array.dtype, array.shape, array.tobytes()
    return type(x), x


def assert_same(root: Node, seed: Any) -> None:
    fast, plain = both_walks(root, seed)
    assert fast.keys() == plain.keys()
    for node, cotangent in plain.items():
        assert bits(fast[node]) == bits(cotangent), f"at {node!r} in {topological_order(root)}"


# Graphs of scalars --------------------------------------------------------------------------------

UNARY = ["neg", "exp", "log", "sqrt", "tanh", "relu", "abs", "sin", "reciprocal", "square", "sign"]
BINARY = ["add", "sub", "mul", "div", "pow", "maximum", "minimum", "hypot", "atan2", "mod"]


def unary(pool: list[Any], pick: Pick) -> None:
    pool.append(getattr(autograd, UNARY[pick(len(UNARY))])(pool[pick(len(pool))]))


def binary(pool: list[Any], pick: Pick) -> None:
    op = getattr(autograd, BINARY[pick(len(BINARY))])
    pool.append(op(pool[pick(len(pool))], pool[pick(len(pool))]))


def with_settings(pool: list[Any], pick: Pick) -> None:
    x, y = pool[pick(len(pool))], pool[pick(len(pool))]
    made = (
        lambda: autograd.leaky_relu(x, slope=0.1),
        lambda: autograd.where(pick(2) == 1, x, y),
        lambda: autograd.clip(x, -1.0, 1.0),
        lambda: x**3,
    )
    pool.append(made[pick(len(made))]())


def rows(pool: list[Any], pick: Pick) -> None:
    row = [pool[pick(len(pool))] for _ in range(3)]
    other = [pool[pick(len(pool))] for _ in range(3)]
    pool.append(autograd.total(row) if pick(2) else autograd.dot(row, other))


def neurons(pool: list[Any], pick: Pick) -> None:
    """A layer at two samples: rows of weights and of inputs are shared."""
    W = np.array([[pool[pick(len(pool))] for _ in range(3)] for _ in range(2)], object)
    x = np.array([[pool[pick(len(pool))] for _ in range(3)] for _ in range(2)], object)
    b = np.array([pool[pick(len(pool))] for _ in range(2)], object) if pick(2) else None
    pool.extend(autograd.affine(x, W, b).ravel())


STEPS_OF_SCALARS = [unary, binary, binary, with_settings, rows, neurons]


@st.composite
def scalar_graphs(draw: st.DrawFn) -> tuple[Value, float]:
    def pick(below: int) -> int:
        return draw(st.integers(0, below - 1))

    pool: list[Any] = [Value(draw(numbers)) for _ in range(3)]
    pool.append(Value(draw(numbers), requires_grad=False))
    for _ in range(draw(st.integers(1, 8))):
        with np.errstate(all="ignore"):
            STEPS_OF_SCALARS[pick(len(STEPS_OF_SCALARS))](pool, pick)
    root = autograd.total(pool[draw(st.integers(0, len(pool) - 1)) :])
    return root, draw(numbers)


@pytest.mark.slow
@GRAPHS
@given(scalar_graphs())
def test_on_graphs_of_scalars(graph: tuple[Value, float]) -> None:
    assert_same(*graph)


@pytest.mark.slow
@settings(GRAPHS, max_examples=200)
@given(st.lists(st.fractions(-3, 3, max_denominator=5), min_size=3, max_size=3), numbers)
def test_on_scalars_of_two_kinds(exact: list[Fraction], number: float) -> None:
    a, b, c = map(Value, exact)
    d = Value(number)
    y = autograd.affine(np.array([[a, d], [d, b]]), np.array([[c, d], [d, d]])).ravel()
    z = autograd.dot([*y, a], [*y, b]) * c + a * b * d
    assert_same(z, 1.0)
    assert_same(a * b + c, Fraction(1, 3))


# Graphs of arrays ---------------------------------------------------------------------------------

SHAPES = [(2, 3), (3,), (1, 3), (2, 1), (), (3, 2), (1,)]


def elementwise(pool: list[Any], pick: Pick) -> None:
    (unary if pick(2) else binary)(pool, pick)


def moved(pool: list[Any], pick: Pick) -> None:
    x = pool[pick(len(pool))]
    made = (
        lambda: x.reshape((-1,)),
        lambda: x.T,
        x.sum,
        lambda: autograd.stack([x, x]),
        lambda: autograd.concatenate([x.reshape((-1,)), x.reshape((-1,))]),
        lambda: autograd.broadcast_to(x, (2, *x.shape)),
        lambda: x.reshape((-1,))[np.array([0, 0, -1])],
        x.max,
    )
    pool.append(made[pick(len(made))]())


def opened(pool: list[Any], pick: Pick) -> None:
    """To scalars and back."""
    values = pool[pick(len(pool))].scalars().ravel()
    values[0] = values[0] * values[-1]
    pool.append(Tensor.from_scalars(values))


def multiplied(pool: list[Any], pick: Pick) -> None:
    x, y = pool[pick(len(pool))], pool[pick(len(pool))]
    pool.append(x @ y if pick(2) else autograd.affine(x, y))


STEPS_OF_ARRAYS = [elementwise, elementwise, moved, opened, multiplied]


@st.composite
def array_graphs(draw: st.DrawFn) -> tuple[Tensor, Any]:
    def pick(below: int) -> int:
        return draw(st.integers(0, below - 1))

    def array(shape: tuple[int, ...]) -> Any:
        size = int(np.prod(shape))
        return np.array(draw(st.lists(numbers, min_size=size, max_size=size))).reshape(shape)

    pool: list[Any] = []
    for k in range(4):
        dtype = [np.float64, np.float32][pick(4) == 0]
        with np.errstate(all="ignore"):
            leaf = Tensor(array(SHAPES[pick(len(SHAPES))]).astype(dtype), requires_grad=k > 0)
        pool.append(leaf)
    for _ in range(draw(st.integers(1, 7))):
        try:
            STEPS_OF_ARRAYS[pick(len(STEPS_OF_ARRAYS))](pool, pick)
        except ValueError:  # shapes that don't go together
            continue
    sums = [x.sum() for x in pool[draw(st.integers(0, len(pool) - 1)) :]]
    root = autograd.stack(sums) if pick(2) else pool[-1]
    with np.errstate(all="ignore"):
        return root, array(root.shape).astype(root.dtype)


@pytest.mark.slow
@GRAPHS
@given(array_graphs())
def test_on_graphs_of_arrays(graph: tuple[Tensor, Any]) -> None:
    assert_same(*graph)


# Where the one made for speed gives up ------------------------------------------------------------


@pytest.mark.parametrize("walk", [specialised.walk, reverse.walk], ids=["fast", "plain"])
def test_both_refuse_changed_data_in_rows_in_pairs_and_alone(walk: Any) -> None:
    a, b = Value(2.0), Value(3.0)
    for root in (a * b, autograd.exp(a), autograd.dot([a, b], [b, a])):
        a.data = 5.0
        with pytest.raises(ValueError, match="stale graph: the data of the leaf"):
            walk(topological_order(root), {root: 1.0}, reverse.visit)
        a.data = 2.0
        walk(topological_order(root), {root: 1.0}, reverse.visit)  # equal again


def test_unusual_nodes_are_left_to_the_walk_to_be_read() -> None:
    visited: list[str] = []

    def visit(node: Node, found: dict[Node, Any]) -> None:
        visited.append(node.op.name if node.op else "")
        reverse.visit(node, found)

    a, b = Value(0.0), Value(3.0)
    root = autograd.where(True, autograd.log(a), b) + b * 2.0
    specialised.walk(topological_order(root), {root: 1.0}, visit)
    assert visited == ["where", "log"]  # a setting beside two operands; a division by zero
