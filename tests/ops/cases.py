"""What tests of elementwise ops are run on: every op in the registry, with its settings."""

import pytest
from oracles import Oracle, oracles
from points import Point

from autograd import Value
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import ops

BUILT_IN = {name: op for name, op in ops().items() if isinstance(op, Elementwise)}
CASES = [oracle for oracle in oracles() if oracle.name in BUILT_IN]

each_op = pytest.mark.parametrize("oracle", CASES, ids=repr)


def that_take(kind: str) -> list[Oracle]:
    """Return the cases of every op that takes a kind of number."""
    return [oracle for oracle in CASES if kind in BUILT_IN[oracle.name].numbers]


def taking(kind: str):
    """Run a test on every op that takes a kind of number."""
    return pytest.mark.parametrize("oracle", that_take(kind), ids=repr)


def values_and_gradient(oracle: Oracle, point: Point):
    """Return the op's result at a point and the gradient that backward leaves on each operand."""
    operands = [Value(x) for x in point]
    result = BUILT_IN[oracle.name](*operands, **oracle.settings)
    result.backward()
    return result.data, [x.grad for x in operands]
