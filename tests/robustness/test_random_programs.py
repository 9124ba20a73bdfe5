"""100,000 random programs against oracles that know nothing of rules: not one false alarm.

The engine's gradient on mpmath's numbers is held to a difference of the same program at 60 digits,
in a random direction, and the gradient in floats to that on mpmath's numbers. Whatever these two
quick looks don't settle (a kink, cancellation, numbers out of range) goes to ``examine``, which
climbs to 1,400 digits, knows the conventions, and has the last word.
"""

import math
import random
from collections import Counter
from typing import Any

import pytest
from mpmath import mp

from autograd import Value
from autograd.check import Instruction, Program, examine, precise, strategies
from autograd.rules.op_registry import get
from autograd.walk.order import topological_order

pytestmark = pytest.mark.slow

SHARDS, IN_EACH = 20, 5_000
DIGITS = 60
ARITIES = {name: get(name).arity for name in strategies.everywhere_defined()}

Point = tuple[float, ...]


def draw(rng: random.Random) -> tuple[Program, Point]:
    """Return a program of one to eight ops that share operands, and a point to run it at."""
    inputs = rng.randint(1, 3)
    steps = []
    for made in range(inputs, inputs + rng.randint(1, 8)):
        op, arity = rng.choice(list(ARITIES.items()))
        back = (min(int(rng.expovariate(0.7)), made - 1) for _ in range(arity))
        steps.append(Instruction(op, tuple(made - 1 - distance for distance in back)))
    point = (rng.uniform(-8, 8) if rng.random() < 0.85 else rng.randint(-8, 8) for _ in steps)
    program = Program(inputs, tuple(steps)).used
    return program, tuple(float(next(point, 1.0)) for _ in range(inputs))


def gradient(program: Program, point: Any) -> tuple[Value, list[Any]]:
    inputs = [Value(x) for x in point]
    result = program(*inputs)
    result.backward()
    return result, [0 if x.grad is None else x.grad for x in inputs]


def looks_right(program: Program, point: Point, rng: random.Random) -> bool:
    """Whether two quick looks find the gradient right; False if they can't tell."""
    result, floats = gradient(program, point)
    if not all(math.isfinite(node.data) for node in topological_order(result)):
        return False  # where mpmath would go on, to numbers of millions of digits
    way = [rng.uniform(0.5, 1.0) for _ in point]
    with mp.workdps(DIGITS):
        at = [mp.mpf(x) for x in point]
        exact = gradient(program, at)[1]
        slope = precise.difference(
            lambda t: program(*(x + t * w for x, w in zip(at, way, strict=True))), mp.mpf(0), DIGITS
        )
        along = sum(g * w for g, w in zip(exact, way, strict=True))
        close = all(abs(g - e) <= 1e-9 * abs(e) for g, e in zip(floats, exact, strict=True))
        return close and precise.agree(slope, along, DIGITS)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_random_programs_give_no_alarm(shard: int) -> None:
    rng = random.Random(shard)
    found: Counter[str] = Counter()
    for _ in range(IN_EACH):
        program, point = draw(rng)
        if looks_right(program, point, rng):
            found["PASS"] += 1
            continue
        report = examine(program, *point)
        found[report.verdict] += 1
        assert report.verdict != "FAIL", f"{program!r} at {point}: {report}"
    assert found.total() == IN_EACH
    assert found["PASS"] > 0.97 * IN_EACH  # what is skipped can't hide an alarm
