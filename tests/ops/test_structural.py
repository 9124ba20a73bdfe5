"""Every structural op against NumPy, and its derivatives against dual numbers of 50 digits."""

import numpy as np
import pytest
from duals import derivatives, second_derivatives
from structural_cases import EXAMPLES
from structural_example import each_of, weights

from autograd import Tensor, dot
from autograd.rules.op import Structural
from autograd.rules.op_registry import ops
from autograd.walk.order import topological_order
from autograd.walk.reverse import cotangents

each = each_of(EXAMPLES)
on_arrays = each_of([example for example in EXAMPLES if not example.scalars])


def leaves_of(example, dtype=None):
    return [Tensor(x, dtype=dtype) for x in example.inputs]


def flat(arrays) -> np.ndarray:
    return np.concatenate([np.ravel(x) for x in arrays])


def agree(found, exact, scale, eps) -> bool:
    """Whether the error is of rounding: small beside the terms that were added up."""
    error = np.abs(flat(found).astype(float) - np.array(exact, float))
    return bool(error.max(initial=0) <= 32 * eps * max(scale, 1e-3))


def contracted(parts, cotangent):
    """Σ cotangent · part for each part, and the largest sum of the terms' sizes."""
    terms = [cotangent * part for part in parts]
    sizes = [float(np.sum(np.abs(term))) for term in terms]
    return [np.sum(term) for term in terms], max(sizes, default=0.0)


def test_every_structural_op_has_an_example():
    built_in = {name for name, op in ops().items() if isinstance(op, Structural)}
    assert built_in - {example.op for example in EXAMPLES} == set()


@each
def test_an_example_runs_the_op_that_it_is_of(example):
    z = example.ours(*leaves_of(example))
    names = {node.op.name for node in topological_order(z)}
    assert example.op in names


@each
def test_the_value_is_numpys(example):
    found = example.ours(*leaves_of(example)).data
    expected = np.asarray(example.numpys(*example.inputs))
    assert found.shape == expected.shape
    if example.moves:
        np.testing.assert_array_equal(found, expected)
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-15)


@on_arrays
def test_plain_arrays_give_the_same_plain_numbers(example):
    found = example.ours(*example.inputs)
    assert isinstance(found, np.ndarray | np.floating)
    np.testing.assert_allclose(found, example.ours(*leaves_of(example)).data, rtol=1e-14)


@each
def test_the_gradient_is_exact_but_for_rounding(example):
    xs = leaves_of(example, np.float64)
    z = example.ours(*xs)
    cotangent = weights(z.shape)
    z.backward(cotangent)
    exact, scale = contracted(derivatives(example.numpys, example.inputs), cotangent)
    assert agree([x.grad for x in xs], exact, scale, np.finfo(float).eps)


@each_of([e for e in EXAMPLES if not (e.scalars or e.op == "astype")])
def test_arrays_of_values_have_the_same_values_and_gradients(example):
    """Most ops then run element by element, in the elementary rules and not in their own."""
    xs, ys = leaves_of(example), leaves_of(example)
    found = np.asarray(example.ours(*(x.scalars() for x in xs)), object)
    z = example.ours(*ys)
    assert found.shape == z.shape
    np.testing.assert_allclose(Tensor.from_scalars(found).data, z.data, rtol=1e-13, atol=1e-14)
    dot(found.ravel(), weights(z.shape).ravel()).backward()
    z.backward(weights(z.shape))
    for x, y in zip(xs, ys, strict=True):
        np.testing.assert_allclose(x.grad, y.grad, rtol=1e-12, atol=1e-12)


@pytest.mark.slow
@each
def test_the_second_derivative_is_exact_but_for_rounding(example):
    xs = leaves_of(example, np.float64)
    inputs = [x.data for x in xs]
    z = example.ours(*xs)
    cotangent = weights(z.shape)
    found = cotangents(z, Tensor(cotangent), create_graph=True)
    directions = [weights(x.shape) + 0.3 for x in xs]
    along = sum((found[x] * d).sum() for x, d in zip(xs, directions, strict=True))
    twice = cotangents(along, np.ones(())) if along.requires_grad else {}
    second = [np.asarray(twice.get(x, np.zeros(x.shape))) for x in xs]
    exact, scale = contracted(second_derivatives(example.numpys, inputs, directions), cotangent)
    assert agree(second, exact, scale, np.finfo(float).eps)


@pytest.mark.slow
@each
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_the_dtype_is_kept_forward_and_backward(example, dtype):
    xs = leaves_of(example, dtype)
    z = example.ours(*xs)
    if not (example.scalars or example.op == "astype"):
        assert z.dtype == dtype
    z.backward(np.ones(z.shape))
    assert {x.grad.dtype for x in xs} == {np.dtype(dtype)}
    eps = float(np.finfo(dtype).eps)
    exact = np.asarray(example.numpys(*(x.data.astype(float) for x in xs)), float)
    assert agree([z.data], flat([exact]), float(np.abs(exact).max()) + 4, eps)


@each
def test_operands_are_left_as_they_were(example):
    xs = leaves_of(example)
    before = [np.array(x.data) for x in xs]
    z = example.ours(*xs)
    result = np.array(z.data)
    z.backward(np.ones(z.shape))
    for x, was in zip(xs, before, strict=True):
        np.testing.assert_array_equal(x.data, was)
    np.testing.assert_array_equal(z.data, result)
