"""Every composition of two elementwise ops, at every edge point of the registry: one slope.

Backwards and forwards, of Values and of arrays, eager and replayed. It is the product of the two
factors by the rule for 0·∞. Two things are let be, and named: products that over- or underflow, and
those of 0 and nan, where the first that is met decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from math import inf, nan
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, jit, jvp, where
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import ops
from autograd.transforms import jacobian_blocks
from autograd.transforms.function_arguments import applied
from autograd.transforms.tracing import Trace

Function = Callable[[Any], Any]

BUILT_IN = [op for op in ops().values() if isinstance(op, Elementwise) and op.name != "where"]
SETTINGS: dict[str, dict[str, float]] = {"power": {"exponent": 2.0}}


def edge_points() -> list[float]:
    """The ends of all domains, all kinks, all stated edges; and one between."""
    found = {0.25, 0.0, inf, -inf}
    for op in BUILT_IN:
        found.update(end for domain in op.domain for end in domain)
        found.update(op.kinks)
        found.update(x for edge in op.edges for x in edge.at)
    return [*sorted(found), nan]


def functions() -> Iterator[tuple[str, Function]]:
    """Each op as a function of one number, with 0 or 1 as its other operand."""
    yield "where(True, x, .5)", lambda x: where(True, x, 0.5)
    yield "where(False, x, .5)", lambda x: where(False, x, 0.5)
    for op in BUILT_IN:
        given = SETTINGS.get(op.name, {})
        if op.arity == 1:
            yield op.name, lambda x, op=op, given=given: op(x, **given)
            continue
        for other in (0.0, 1.0):
            yield f"{op.name}(x, {other})", lambda x, op=op, y=other: op(x, y)
            yield f"{op.name}({other}, x)", lambda x, op=op, y=other: op(y, x)


POINTS = edge_points()
FUNCTIONS = dict(functions())
ARRAY = np.array(POINTS)
ONES = np.ones(len(POINTS))


def backwards(f: Function, x: Any) -> Any:
    leaf = Tensor(x)
    f(leaf).backward(np.ones(x.shape))
    return leaf.grad


def forwards(f: Function, x: Any) -> Any:
    return jvp(f, (x,), (np.ones(x.shape),))[1]


def same(a: Any, b: Any) -> Any:
    """Whether numbers are equal, nan to nan, but for the rounding of products in another order."""
    return np.isclose(a, b, rtol=1e-12, atol=0, equal_nan=True)


def factors(f: Function, g: Function, x: Any) -> tuple[Any, Any]:
    """The slopes of f at g(x) and of g at x."""
    with np.errstate(all="ignore"):
        middle = np.asarray(g(x), float)
    return backwards(f, middle), backwards(g, x)


def of_zero_and_nan(p: Any, q: Any) -> Any:
    """Where one factor is 0 and the other nan: the first that is met decides.

    A zero cotangent, or tangent, passes nothing on to a partial that is nan. A partial of zero
    passes a nan on, unless the op selects.
    """
    return ((p == 0) & np.isnan(q)) | ((q == 0) & np.isnan(p))


def under_or_overflows(p: Any, q: Any) -> Any:
    """Where both factors are finite and not 0, and their product is 0 or infinite."""
    with np.errstate(all="ignore"):
        product = p * q
    return (
        (p != 0)
        & (q != 0)
        & np.isfinite(p)
        & np.isfinite(q)
        & ((product == 0) | ~np.isfinite(product))
    )


def composed(f: Function, g: Function) -> Function:
    return lambda x: f(g(x))


def compositions(outer: str, *, every: int = 1) -> Iterator[tuple[str, Function]]:
    """Compositions of an op with each other one; or, of all together, one in so many."""
    first = list(FUNCTIONS).index(outer) % every
    for inner in islice(FUNCTIONS, first, None, every):
        yield f"{outer} of {inner}", composed(FUNCTIONS[outer], FUNCTIONS[inner])


@pytest.mark.parametrize("outer", FUNCTIONS)
def test_backwards_and_forwards_are_one_slope_by_the_rule(outer: str) -> None:
    for inner, g in FUNCTIONS.items():
        f = FUNCTIONS[outer]
        reverse, forward = backwards(composed(f, g), ARRAY), forwards(composed(f, g), ARRAY)
        p, q = factors(f, g, ARRAY)
        with np.errstate(all="ignore"):
            rule = np.where((p == 0) | (q == 0), 0.0, p * q)
        good = same(reverse, forward) & same(reverse, rule)
        either = [np.isnan(slope) | (slope == 0) for slope in (reverse, forward)]
        good |= of_zero_and_nan(p, q) & either[0] & either[1]
        good |= under_or_overflows(p, q)
        assert good.all(), (inner, ARRAY[~good], reverse[~good], forward[~good], rule[~good])


def assert_values_agree(name: str, f: Function) -> None:
    expected = backwards(f, ARRAY), forwards(f, ARRAY)
    for k, x in enumerate(POINTS):
        leaf = Value(x)
        f(leaf).backward()
        found = leaf.grad, jvp(f, (x,), (1.0,))[1]
        assert same(found, [each[k] for each in expected]).all(), (name, x, found)


def assert_jacobians_agree(name: str, f: Function) -> None:
    for way, slopes in (
        (jacobian_blocks.rows, backwards(f, ARRAY)),
        (jacobian_blocks.columns, forwards(f, ARRAY)),
    ):
        (block,) = way(Trace.of(applied(f), {0: ARRAY}))
        assert same(block[0], np.diag(slopes)).all(), (name, way)


@pytest.mark.parametrize("outer", FUNCTIONS)
def test_values_have_the_slopes_of_arrays(outer: str) -> None:
    for name, f in compositions(outer, every=8):
        assert_values_agree(name, f)


@pytest.mark.parametrize("outer", FUNCTIONS)
def test_a_jacobian_has_them_on_its_diagonal_and_nothing_beside(outer: str) -> None:
    for name, f in compositions(outer, every=24):
        assert_jacobians_agree(name, f)


@pytest.mark.nightly
@pytest.mark.parametrize("outer", FUNCTIONS)
def test_values_and_jacobians_have_the_slopes_of_arrays_in_every_composition(outer: str) -> None:
    for name, f in compositions(outer):
        assert_values_agree(name, f)
        assert_jacobians_agree(name, f)


@cache
def kernels() -> None:
    """Compile one module with all ops: what is recorded later finds its kernels in it."""
    every = jit(lambda x: autograd.total(f(x) for f in FUNCTIONS.values()))
    every.value_and_grad(0.25)
    every.map_value_and_grad(ARRAY)


@pytest.mark.nightly
@pytest.mark.parametrize("outer", FUNCTIONS)
def test_a_replay_has_them_on_the_tape_and_in_lanes(outer: str) -> None:
    kernels()
    for name, f in compositions(outer):
        expected, fast = backwards(f, ARRAY), jit(f)
        try:
            fast.recording(0.25)
        except TypeError:  # it is constant: nothing to replay
            continue
        found = [fast.value_and_grad(x)[1] for x in POINTS]
        assert same(found, expected).all(), (name, found, expected)
        assert same(fast.map_value_and_grad(ARRAY)[1], expected).all(), name
