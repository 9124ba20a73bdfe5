"""Every elementwise op, by existing: values and partials to a few ulps of its definition.

The points, the definitions and the differences that stand for derivatives are in ``points.py``
and ``oracles.py``. A budget holds at all points, on floats and on arrays. Where two summands cancel
in an irrational root, no formula in floats has relative accuracy: 2 ulp of the larger are allowed.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases import BUILT_IN, each_op, values_and_gradient
from mpmath import mp
from oracles import Oracle, UndefinedError
from points import SMALLEST_NORMAL, Point, stratified

import autograd
from autograd import Tensor
from autograd.check import ulp
from autograd.check.ulp import SLOPES, ulps, unit


# At a root of these, the sum that cancels: (op, operand) -> its summands; operand None for the op.
def _normal_density(x: Any) -> Any:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


CANCELLING: dict[tuple[str, int | None], Callable[..., Any]] = {
    ("gelu", 0): lambda x: x * _normal_density(x),
    ("silu", 0): lambda x: 1 / (1 + mp.exp(-x)),
    ("mish", 0): lambda x: mp.tanh(mp.log1p(mp.exp(x))),
    ("sinc", 0): lambda x: mp.sincpi(x) / x,
    ("sinc_slope", None): lambda x: mp.sincpi(x) / x,
    ("sinc_slope", 0): lambda x: mp.pi**2 * mp.sincpi(x),
    ("sinc_derivative", None): lambda x: mp.pi**2 / max(1, mp.pi * abs(x)),
    ("sinc_derivative", 0): lambda x: mp.pi**3 / max(1, mp.pi * abs(x)),
    ("power_slope", 1): lambda x, y: mp.power(x, y - 1),
    ("logaddexp", None): lambda x, y: max(abs(x), abs(y)),
}

# An exponential multiplies the rounding of its argument by the argument: half an ulp, or a few
# where the argument is a product of several factors.
ROUNDED_ARGUMENT: dict[str, Callable[..., float]] = {
    "celu": lambda x, alpha: abs(x / alpha) if alpha != 1 else 0,
    "softplus": lambda x, beta: abs(beta * x) if beta != 1 else 0,
    "gelu": lambda x, approximate: (
        6 * abs(0.8 * x + 0.036 * x * x * x) if approximate == "tanh" else 0
    ),
}

JUMPING = {"floor", "ceil", "round", "mod"}  # at more points than a record can list


def budget(oracle: Oracle, k: int | None, point: Point, exact: Any) -> float:
    """Return the error allowed, in ulps of the exact result."""
    allowed: float = ulp.budget(oracle.name, k)
    if oracle.name in ROUNDED_ARGUMENT and point[0] < 0:
        allowed += ROUNDED_ARGUMENT[oracle.name](*point, **oracle.settings)
    if abs(exact) < SMALLEST_NORMAL:
        allowed += max(map(abs, point))  # that an operand was multiplied into a subnormal number
    if (oracle.name, k) in CANCELLING:
        summand = abs(CANCELLING[oracle.name, k](*map(mp.mpf, point)))
        if abs(exact) < summand / 8:
            number = 4 if oracle.name in SLOPES or "tanh" in oracle.settings.values() else 2
            allowed += float(number * unit(summand) / unit(exact))
    return allowed


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
        if oracle.name in JUMPING:
            return oracle.has_kink(k, *point)
        return (op.ties and point[0] == point[1]) or (op.arity == 1 and point[0] in bounds)

    return [n for n, point in enumerate(points) if not declared(point)]


@pytest.mark.slow
@each_op
def test_value_on_floats(oracle: Oracle) -> None:
    op = BUILT_IN[oracle.name]
    points = stratified(op, oracle)
    assert misses(oracle, None, points, [op(*p, **oracle.settings) for p in points]) == []


@each_op
def test_value_on_arrays(oracle: Oracle) -> None:
    op = BUILT_IN[oracle.name]
    points = stratified(op, oracle)
    found = op(*np.array(points).T, **oracle.settings)
    assert misses(oracle, None, points, list(found)) == []


@pytest.mark.slow
@each_op
def test_partials_on_values(oracle: Oracle) -> None:
    op = BUILT_IN[oracle.name]
    points = stratified(op, oracle)
    found = [values_and_gradient(oracle, p)[1] for p in points]
    for k in range(op.arity):
        at = smooth(oracle, k, points)
        assert misses(oracle, k, [points[n] for n in at], [found[n][k] for n in at]) == []


@pytest.mark.slow
@each_op
def test_partials_on_tensors(oracle: Oracle) -> None:
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
