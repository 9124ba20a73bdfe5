"""At ±∞ every slope is its limit, where the definition has one: from mpmath, far out."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from cases import BUILT_IN, CASES, each_op
from oracles import Oracle, UndefinedError

from autograd import Tensor, Value

FAR = (1e8, 1e9)  # further out mpmath takes powers of a number for minutes
OTHERS = (-1.5, 0.5, 2.0)
SMALL = 1e-3


def limit(oracle: Oracle, by: int, k: int, others: tuple[float, ...], side: float) -> float | None:
    """What the slope in operand ``by`` goes to as ``k`` grows: None if that can't be told."""
    try:
        near, far = (float(oracle.derivative(by, *others[:k], side * x, *others[k:])) for x in FAR)
    except (UndefinedError, OverflowError, ValueError):
        return None
    if abs(far) <= SMALL and abs(far) <= abs(near):
        return 0.0
    return far if math.isfinite(far) and math.isclose(near, far, rel_tol=1e-6) else None


def slopes(oracle: Oracle, at: tuple[float, ...]) -> tuple[float, list[float]]:
    """The value and the slopes, of Values; held to those of arrays."""
    op = BUILT_IN[oracle.name]
    numbers, arrays = [Value(x) for x in at], [Tensor([x]) for x in at]
    z, y = op(*numbers, **oracle.settings), op(*arrays, **oracle.settings)
    z.backward()
    y.backward(np.ones(1))
    found = [x.grad for x in numbers]
    np.testing.assert_array_equal([x.grad[0] for x in arrays], found)
    return z.data, found


def places(oracle: Oracle):
    """Every operand at either infinity, beside ordinary numbers."""
    arity = BUILT_IN[oracle.name].arity
    for k, side, others in product(range(arity), (-1.0, 1.0), product(OTHERS, repeat=arity - 1)):
        yield k, side, others, (*others[:k], side * math.inf, *others[k:])


@each_op
def test_every_slope_at_infinity_is_its_limit(oracle: Oracle) -> None:
    for k, side, others, at in places(oracle):
        value, found = slopes(oracle, at)
        for by, slope in enumerate(found):
            expected = limit(oracle, by, k, others, side)
            if expected is not None and value == value:
                assert slope == pytest.approx(expected, rel=1e-6, abs=0), (by, at)


def test_most_ops_have_limits() -> None:
    """So that the test above does compare something."""
    known = {
        oracle.name
        for oracle in CASES
        for k, side, others, _ in places(oracle)
        if limit(oracle, k, k, others, side) is not None
    }
    assert len(known) > 50
