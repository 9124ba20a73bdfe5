"""Random programs over all ops, at ordinary numbers and at the edges, have the eager bits.

The eager engine is the oracle here, as in ``test_same_numbers.py``.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Value, affine, dot, jit, total
from autograd.numbers.kinds import FLOAT
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import get, ops

SETTINGS: dict[str, dict[str, Any]] = {"where": {"condition": True}, "power": {"exponent": 3.0}}
ALL = sorted(n for n, op in ops().items() if isinstance(op, Elementwise) and FLOAT in op.numbers)
# Those for which docs/jit.md promises less than the last bit.
NAMES = sorted({*ALL} - {"hypot", "hypot_slope", "asinh", "atan2_slope", "pow", "power_slope"})
NAMES.remove("copysign")  # it takes the sign of a nan, which no two ways of computing one agree on
EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, 1e-320, 2.2e-308, 1e300, -1e300, math.inf, -math.inf, math.nan)
EDGES += (1e-160, 745.0, -745.0, 2.0**53 + 2, math.pi)

Step = tuple[str, tuple[int, ...]]


def applied(name: str, xs: tuple[Any, ...]) -> Any:
    if name == "total":
        return total(xs)
    half = len(xs) // 2
    if name == "dot":
        return dot(xs[:half], xs[half:])
    if name == "affine":
        x, w, b = (np.array(row, object) for row in (xs[:half], [xs[half:-1]], xs[-1:]))
        return affine(x, w, b)[0]
    return get(name)(*xs, **SETTINGS.get(name, {}))


def program(rng: random.Random) -> Callable[..., Any]:
    """A chain of steps on three numbers and on one another.

    No two are alike, and no row has an operand twice: for these docs/jit.md promises no bits.
    """
    steps: dict[Step, None] = {}
    for _ in range(rng.randint(1, 20)):
        name = rng.choice([*NAMES, *("add", "mul", "total", "dot", "affine") * 5])
        known = range(3 + len(steps))
        if name in ("total", "dot", "affine"):
            odd = name == "affine"
            count = rng.choice([k for k in (2 + odd, 4 + odd) if k <= len(known)])
            operands = rng.sample(known, count)
        else:
            operands = rng.choices(known[-6:], k=get(name).arity)  # type: ignore[attr-defined]
        steps[name, tuple(operands)] = None

    def run(*values: Any) -> Any:
        found = list(values)
        for name, operands in steps:
            found.append(applied(name, tuple(found[k] for k in operands)))
        return found[-1]

    return run


def bits(x: float) -> str:
    return "nan" if x != x else float(x).hex()


@pytest.fixture(scope="module", autouse=True)
def _kernels() -> None:
    """One module of kernels that has all ops: the one of ``test_same_numbers.py``."""

    def everything(x: Any, y: Any) -> Any:
        return sum((applied(name, (x, y)[: get(name).arity]) for name in ALL), x)  # type: ignore[attr-defined]

    jit(everything).value_and_grad(0.3, 0.4)


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(4))
def test_a_random_program_has_the_same_bits_as_in_the_eager_engine(shard: int) -> None:
    for seed in range(shard * 150, shard * 150 + 150):
        rng = random.Random(seed)
        f = program(rng)
        fast = jit(f)
        for _ in range(3):
            xs = [rng.choice(EDGES) if rng.random() < 0.4 else rng.gauss(0, 2) for _ in range(3)]
            values = [Value(x) for x in xs]
            root = f(*values)
            root.backward()
            expected = [root.data, *(0.0 if v.grad is None else v.grad for v in values)]
            value, grads = fast.value_and_grad(*xs, argnums=(0, 1, 2))
            assert list(map(bits, (value, *grads))) == list(map(bits, expected)), (seed, xs)
