"""Every elementwise op, by existing: values and partials to a few ulps of its definition.

The points, the definitions and the differences that stand for derivatives are in ``points.py``
and ``oracles.py``. A budget holds at all points, on floats and on arrays. Where two summands cancel
in an irrational root, no formula in floats has relative accuracy: 2 ulp of the larger are allowed.
"""

import numpy as np
import pytest
from budgets import budget
from cases import BUILT_IN, each_op, values_and_gradient
from mpmath import mp
from oracles import Oracle, UndefinedError
from points import Point, stratified

import autograd
from autograd import Tensor
from autograd.check.ulp import ulps, unit

# At more points than a record can list.
JUMPING = {"floor", "ceil", "round", "mod", "trunc", "fmod", "floor_divide"}


def misses(oracle: Oracle, k: int | None, points: list[Point], found: list[float]) -> list[str]:
    """Return a line for each point where what was found is further off than the budget allows."""
    lines = []
    for point, number in zip(points, found, strict=True):
        try:
            exact = oracle.value(*point) if k is None else oracle.derivative(k, *point)
        except UndefinedError as why:
            lines.append(f"{point}: inside the domain, but {why}")
            continue
        off = ulps(number, exact)
        if off > budget(oracle, k, point, exact):
            lines.append(f"{point}: {number!r}, expected {mp.nstr(exact, 20)}, {off:.2f} ulp off")
    return lines


def smooth(oracle: Oracle, k: int, points: list[Point]) -> list[int]:
    """Return which points are not at a kink that the op's record or a setting declares."""
    op = BUILT_IN[oracle.name]

    bounds = [*op.kinks, *oracle.settings.values()]

    def declared(point: Point) -> bool:
        if oracle.name == "floor_divide" and abs(point[0]) > 2.0**53 * abs(point[1]):
            return True  # its jumps are nearer to one another than floats are
        if oracle.name in JUMPING:
            return oracle.has_kink(k, *point)
        return (op.ties and point[0] == point[1]) or (op.arity == 1 and point[0] in bounds)

    return [n for n, point in enumerate(points) if not declared(point)]


@pytest.mark.slow
@each_op
def test_a_value_on_floats_is_within_its_budget(oracle: Oracle) -> None:
    op = BUILT_IN[oracle.name]
    points = stratified(op, oracle)
    assert misses(oracle, None, points, [op(*p, **oracle.settings) for p in points]) == []


@each_op
def test_a_value_on_arrays_is_within_its_budget(oracle: Oracle) -> None:
    op = BUILT_IN[oracle.name]
    points = stratified(op, oracle)
    found = op(*np.array(points).T, **oracle.settings)
    assert misses(oracle, None, points, list(found)) == []


@pytest.mark.slow
@each_op
def test_partials_on_values_are_within_their_budget(oracle: Oracle) -> None:
    op = BUILT_IN[oracle.name]
    points = stratified(op, oracle)
    found = [values_and_gradient(oracle, p)[1] for p in points]
    for k in range(op.arity):
        at = smooth(oracle, k, points)
        assert misses(oracle, k, [points[n] for n in at], [found[n][k] for n in at]) == []


@pytest.mark.slow
@each_op
def test_partials_on_tensors_are_within_their_budget(oracle: Oracle) -> None:
    op = BUILT_IN[oracle.name]
    points = stratified(op, oracle)
    tensors = [Tensor(column) for column in np.array(points).T]
    op(*tensors, **oracle.settings).backward(np.ones(len(points)))
    for k in range(op.arity):
        at = smooth(oracle, k, points)
        found = [tensors[k].grad[n] for n in at]
        assert misses(oracle, k, [points[n] for n in at], found) == []


@pytest.mark.parametrize("size", [1e-3, 1.0, 30.0, 1e3])
@pytest.mark.parametrize("center", [0.0, -0.7, 1e4])
def test_logsumexp_is_within_two_ulps_of_the_larger_summand(size: float, center: float) -> None:
    """It is a maximum and a logarithm, which cancel where the result is near zero."""
    for x in np.random.default_rng(0).normal(center, size, (40, 5)):
        with mp.workdps(60):
            exact = mp.log(mp.fsum(map(mp.exp, map(mp.mpf, x))))
            larger = max(abs(exact), mp.mpf(abs(x.max())))
            off = abs(mp.mpf(float(autograd.logsumexp(x))) - exact)
        assert off <= 2 * unit(larger)
