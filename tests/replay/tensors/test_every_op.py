"""Every op in the registry, replayed on Tensors: values and gradients as the eager engine's."""

import numpy as np
import pytest
from eager_comparison import compare
from oracles import oracles
from points import ordinary
from structural_cases import EXAMPLES

from autograd import jit
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import ops


def reads_numbers(example):
    """Whether what an example computes depends on numbers that it reads itself."""
    code = getattr(example.ours, "__code__", None)  # NumPy's own functions have none
    return example.op == "linearised" or "argsort" in getattr(code, "co_names", ())


REPLAYED = [each for each in EXAMPLES if not reads_numbers(each)]
READING = [each for each in EXAMPLES if reads_numbers(each)]
CASES = [each for each in oracles() if isinstance(ops().get(each.name), Elementwise)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("oracle", CASES, ids=repr)
def test_an_elementwise_op_is_replayed(oracle, dtype):
    op = ops()[oracle.name]
    points = np.array(ordinary(op, oracle)[:12], dtype).T
    if not points.size:
        points = np.full((op.arity, 6), 0.75, dtype)

    def f(*operands):
        z = op(*operands, **oracle.settings)
        return (z * z * 0.5 + z).sum()

    compare(f, list(points))


def summed(example):
    """Return an example's function, made a function that returns one number."""

    def f(*operands):
        found = example.ours(*operands)
        parts = found if isinstance(found, (tuple, list)) else [found]
        return sum(((z * z * 0.5 + z).sum() for z in parts), start=0.0)

    return f


@pytest.mark.parametrize(
    "example", REPLAYED, ids=[f"{each.op}-{k}" for k, each in enumerate(REPLAYED)]
)
def test_a_structural_op_is_replayed(example):
    compare(summed(example), [np.asarray(x, float) for x in example.inputs])


@pytest.mark.parametrize("example", READING, ids=[each.op for each in READING])
def test_a_function_that_reads_numbers_itself_is_refused(example):
    fast = jit(summed(example), tensors=True)
    with pytest.raises(TypeError, match="inside a function that is being recorded"):
        fast.value_and_grad(*[np.asarray(x, float) for x in example.inputs])
