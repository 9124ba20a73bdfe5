"""A replay gives the eager engine's numbers, to the last bit where the documentation says so.

The eager engine is the oracle here: it has its own oracles in tests/ops.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, jit, where
from autograd.numbers.kinds import FLOAT
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import get, ops

POINTS = (0.0, -0.0, 1.0, -2.5, 0.3, 1e-320, 1e300, -1e300, math.inf, -math.inf, math.nan)


def bits(numbers: Any) -> list[bytes]:
    """The bits of numbers, in which 0.0 isn't -0.0, and any nan is the other."""
    flat = np.ravel(np.asarray(numbers, float))
    return [b"nan" if x != x else struct.pack("d", x) for x in flat.tolist()]


def eager(function: Callable[..., Any], *xs: float) -> tuple[float, list[float]]:
    values = [Value(x) for x in xs]
    result = function(*values)
    result.backward()
    return result.data, [0.0 if v.grad is None else v.grad for v in values]


def assert_same(function: Callable[..., Any], *xs: float) -> None:
    value, grads = jit(function).value_and_grad(*xs, argnums=range(len(xs)))
    expected, expected_grads = eager(function, *xs)
    assert bits(value) == bits(expected)
    assert bits(grads) == bits(expected_grads)


SETTINGS = {"where": {"condition": True}, "power": {"exponent": 3.0}}
NAMES = sorted(
    name for name, op in ops().items() if isinstance(op, Elementwise) and FLOAT in op.numbers
)
# The text of a rule is the same in lanes: these have all that can stand in one.
IN_LANES = ["clip", "div", "exp", "gelu", "maximum", "mod", "power", "relu", "selu", "where"]


def applied(name: str, *xs: Any) -> Any:
    op: Any = get(name)
    return op(*xs[: op.arity], **SETTINGS.get(name, {}))


def all_of(names: list[str]) -> Any:
    """A function with many ops, so that one module of kernels has them all."""
    return jit(lambda x, y: sum((applied(name, x, y) for name in names), x))


@pytest.fixture(scope="module")
def replays() -> dict[str, Any]:
    """Each op by itself."""
    all_of(NAMES).value_and_grad(0.3, 0.4)
    return {name: jit(lambda *xs, n=name: applied(n, *xs)) for name in NAMES}


@pytest.fixture(scope="module")
def replays_in_lanes(replays: dict[str, Any]) -> dict[str, Any]:
    all_of(IN_LANES).map_value_and_grad(np.array([0.3]), np.array([0.4]), in_axes=0)
    return replays


@pytest.mark.parametrize("name", NAMES)
def test_an_op_and_its_partials_have_the_same_bits_everywhere(
    name: str, replays: dict[str, Any]
) -> None:
    """At zeros, infinities, nan and subnormals too.

    But hypot is Python's own there and the C library's here; and where a float function of Python
    overflows, the eager engine goes over to the array function, which for pow is another formula.
    """
    arity = get(name).arity  # type: ignore[attr-defined]
    points = [x for x in POINTS if x != 1e-320 or name not in ("pow", "power_slope")]
    for xs in itertools.product(points, repeat=arity):
        value, grads = replays[name].value_and_grad(*xs, argnums=range(arity))
        expected, expected_grads = eager(lambda *vs: applied(name, *vs), *xs)
        if name == "hypot":
            np.testing.assert_array_max_ulp(
                np.nan_to_num([value, *grads]), np.nan_to_num([expected, *expected_grads]), 4
            )
            continue
        assert bits(value) == bits(expected), xs
        assert bits(grads) == bits(expected_grads), xs


@pytest.mark.parametrize("name", IN_LANES)
def test_a_lane_has_the_bits_that_a_scalar_has(name: str, replays_in_lanes: dict[str, Any]) -> None:
    replays = replays_in_lanes
    arity = get(name).arity  # type: ignore[attr-defined]
    points = np.array(list(itertools.product(POINTS, repeat=arity)))
    values, grads = replays[name].map_value_and_grad(
        *points.T, in_axes=[0] * arity, argnums=range(arity)
    )
    for k, xs in enumerate(points.tolist()):
        value, expected = replays[name].value_and_grad(*xs, argnums=range(arity))
        assert bits(values[k]) == bits(value), xs
        assert [b for g in grads for b in bits(g[k])] == bits(expected), xs


def neuron(x: Any, w: Any, b: Any) -> Any:
    return sum((wi * xi for wi, xi in zip(w, x, strict=True)), b).relu()


FUNCTIONS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "a chain": lambda x, y, z: ((x * y + z).relu() - y) * (x / z),
    "a neuron": lambda x, y, z: neuron([x, y, z], [y, z, x], x),
    "a residual": lambda x, y, z: x + y * z + z * x.relu() + x * x,
    "sums of sums": lambda x, y, z: (x + y + z) * (x * y + y * z + z * x) + (x + y * y + z),
    "rows": lambda x, y, z: autograd.dot([x, y, z], [y, z, x]) * autograd.total([x, y, y, z]),
    "a where": lambda x, y, z: where(x > y, x * z, where(y > z, y, z * y)),
    "a constant branch": lambda x, y, z: where(True, x * y, z),
    "settings": lambda x, y, z: autograd.leaky_relu(x * y, slope=0.3) + z.relu(),
    "a detached part": lambda x, y, z: x * (y * z).detach() + y,
    "dead ends": lambda x, y, z: (x * y, autograd.exp(z) + x)[0],
    "one leaf": lambda x, y, z: y,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("xs", [(1.5, -0.5, 2.0), (-1.0, 2.0, 0.25), (0.1, 0.2, 0.3)])
def test_a_function_has_the_same_bits(name: str, xs: tuple[float, float, float]) -> None:
    assert_same(FUNCTIONS[name], *xs)


@pytest.mark.parametrize("special", [math.inf, -math.inf, math.nan, 1e308, -0.0])
def test_inf_and_nan_flow_as_in_the_eager_engine(special: float) -> None:
    for function in FUNCTIONS.values():
        for xs in itertools.permutations((special, 1.0, -2.0)):
            assert_same(function, *xs)


def random_program(seed: int, size: int) -> Callable[..., Any]:
    """A program on two numbers: binary operations on earlier results, no two alike."""

    def function(*xs: Any) -> Any:
        rng = np.random.default_rng(seed)
        values, seen = list(xs), set()
        while len(values) < size:
            op = rng.integers(4)
            a, b = rng.integers(len(values), size=2).tolist()
            if (op, a, b) in seen:
                continue
            seen.add((op, a, b))
            x, y = values[a], values[b]
            values.append([lambda: x + y, lambda: x - y, lambda: x * y, x.relu][op]())  # noqa: B023
        return values[-1] + values[-2]

    return function


@settings(max_examples=30)
@given(seed=st.integers(0, 10**6), size=st.integers(3, 60), x=st.floats(-2, 2))
def test_a_random_program_has_the_same_bits(seed: int, size: int, x: float) -> None:
    """Fused and put in another order of instructions as it is."""
    function = random_program(seed, size)
    relus_alike_merge = jit(function)
    value, grads = relus_alike_merge.value_and_grad(x, 0.7, argnums=(0, 1))
    expected, expected_grads = eager(function, x, 0.7)
    assert bits(value) == bits(expected)
    np.testing.assert_array_max_ulp(np.array(grads), np.array(expected_grads), 4)


def layers_of_products(*xs: Any) -> Any:
    """Wide layers in which every value is used by several of the next."""
    rng = np.random.default_rng(0)
    layer = list(xs)
    for _ in range(12):
        pairs = rng.integers(len(layer), size=(30, 2)).tolist()
        layer = [layer[a] * layer[b] - layer[a] for a, b in dict.fromkeys(map(tuple, pairs))]
    return sum(layer)


def test_what_is_too_large_for_the_caches_has_the_same_bits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There a sweep back fetches ahead, and runs are cut into pieces."""
    monkeypatch.setattr("autograd.replay.compiled_program.FAR", 0)
    monkeypatch.setattr("autograd.replay.compiled_program.PIECE", 5)
    fast = jit(layers_of_products)
    xs = (0.9, -1.1, 1.2, -0.8)
    value, grads = fast.value_and_grad(*xs, argnums=range(4))
    expected, expected_grads = eager(layers_of_products, *xs)
    assert bits(value) == bits(expected)
    assert bits(grads) == bits(expected_grads)
    (entry,) = fast._cache.values()
    (machine,) = entry._machines.values()
    assert machine._section.ahead > 0
    assert machine._section.runs[:, 2].max() == 5


def two_moons() -> tuple[list[Value], Callable[[Any, Any], Any], Any, Any]:
    rng = np.random.default_rng(3)
    shapes = [(4, 2), (4, 4), (1, 4)]
    layers = [[[Value(w) for w in rng.uniform(-1, 1, n + 1)] for _ in range(m)] for m, n in shapes]

    def score(x: Any) -> Any:
        for layer in layers:
            x = [sum((w * xi for w, xi in zip(ws, x, strict=False)), ws[-1]) for ws in layer]
            x = x if len(x) == 1 else [xi.relu() for xi in x]
        return x[0]

    parameters = [w for layer in layers for ws in layer for w in ws]

    def loss(x: Any, y: Any) -> Any:
        return (1 + -y * score(x)).relu()

    x = rng.standard_normal((9, 2))
    return parameters, loss, x, np.where(x[:, 0] * x[:, 1] > 0, 1.0, -1.0)


def test_a_training_step_over_a_whole_batch_has_the_same_bits() -> None:
    parameters, loss, X, Y = two_moons()

    def total(X: Any, Y: Any) -> Any:
        data = sum(loss(x, y) for x, y in zip(X, Y, strict=True)) * (1.0 / len(Y))
        return data + 1e-4 * sum(p * p for p in parameters)

    theta = np.array([p.data for p in parameters])
    value, gradient = jit(total, parameters=parameters).value_and_grad(theta, X, Y)
    expected = total([[Value(float(v)) for v in x] for x in X], [Value(float(y)) for y in Y])
    expected.backward()
    assert bits(value) == bits(expected.data)
    assert bits(gradient) == bits([p.grad for p in parameters])


@pytest.mark.slow
def test_lanes_have_the_bits_of_each_sample_by_itself() -> None:
    parameters, loss, X, Y = two_moons()
    theta = np.array([p.data for p in parameters])
    fast = jit(loss, parameters=parameters)
    values, (d_theta, d_x) = fast.map_value_and_grad(theta, X, Y, argnums=(0, 1))
    assert bits(fast.map(theta, X, Y)) == bits(values)
    for k in range(len(Y)):
        value, (one_theta, one_x) = fast.value_and_grad(theta, X[k], float(Y[k]), argnums=(0, 1))
        assert bits(values[k]) == bits(value)
        assert bits(d_theta[k]) == bits(one_theta)
        assert bits(d_x[k]) == bits(one_x)


@pytest.mark.parametrize("reduce", ["sum", "mean"])
def test_a_reduced_gradient_is_the_sum_over_lanes_to_four_ulp(reduce: str) -> None:
    """Of the sum of sizes: summands of either sign cancel in either order."""
    parameters, loss, X, Y = two_moons()
    theta = np.array([p.data for p in parameters])
    fast = jit(loss, parameters=parameters)
    values, each = fast.map_value_and_grad(theta, X, Y)
    value, gradient = fast.map_value_and_grad(theta, X, Y, reduce=reduce)
    scale = 1.0 / len(Y) if reduce == "mean" else 1.0
    assert value == pytest.approx(math.fsum(values) * scale, rel=4 * 2**-52)
    for k in range(len(theta)):
        ulp = math.ulp(math.fsum(abs(each[:, k])) * scale)
        assert abs(gradient[k] - math.fsum(each[:, k]) * scale) <= 4 * ulp


def test_a_reduced_value_is_added_up_in_order_and_divided_last() -> None:
    fast = jit(lambda x: x * 1.0)
    for n in range(1, 50):
        x = np.random.default_rng(n).standard_normal(n)
        in_order = functools.reduce(operator.add, x.tolist())
        assert fast.map_value_and_grad(x, reduce="sum")[0] == in_order
        assert fast.map_value_and_grad(x, reduce="mean")[0] == in_order / n


def test_blocks_of_lanes_make_no_difference() -> None:
    """5,000 lanes are more than fit in the cache at once."""
    parameters, loss, *_ = two_moons()
    theta = np.array([p.data for p in parameters])
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((5000, 2)), rng.choice([-1.0, 1.0], 5000)
    fast = jit(loss, parameters=parameters)
    values, gradients = fast.map_value_and_grad(theta, X, Y, argnums=1)
    for some in (slice(0, 7), slice(2047, 2060), slice(4990, 5000)):
        few, few_gradients = fast.map_value_and_grad(theta, X[some], Y[some], argnums=1)
        assert bits(values[some]) == bits(few)
        assert bits(gradients[some]) == bits(few_gradients)
