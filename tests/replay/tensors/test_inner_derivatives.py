"""Derivatives inside a recorded function of Tensors: they are a part of the recording."""

from typing import Any

import numpy as np
import pytest
from eager_comparison import compare

import autograd
import nn
from autograd import Tensor, jit

RNG = np.random.default_rng(5)
X = RNG.normal(size=(5, 3))
ELEMENTWISE = (
    "tanh", "exp", "sin", "relu", "sigmoid", "softplus", "gelu", "abs", "square", "silu", "elu",
)  # fmt: skip
ALONG: dict[str, Any] = {
    "softmax": lambda t: autograd.softmax(t)[:, 0],
    "layer norm": lambda t: autograd.layer_norm(t) ** 3,
    "norm": lambda t: autograd.norm(t, axis=1),
    "product of matrices": lambda t: (t @ t.T) ** 2,
    "positions": lambda t: t[[0, 0, 2]] ** 3,
    "mean and variance": lambda t: autograd.mean(t, axis=0) * autograd.var(t, axis=0),
}
NET = nn.MLP([3, 8, 1], "tanh", seed=0)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_gradient_of_a_squared_gradient_is_the_eager_engines(name: str) -> None:
    op = getattr(autograd, name)

    def penalty(x: Any) -> Any:
        return (autograd.grad(lambda t: (op(t) * t).sum())(x) ** 2).sum()

    compare(penalty, [X])


@pytest.mark.parametrize("f", ALONG.values(), ids=ALONG)
def test_so_it_is_of_ops_that_go_along_axes(f: Any) -> None:
    compare(lambda x: (autograd.grad(lambda t: f(t).sum())(x) ** 2).sum(), [X])


@pytest.mark.parametrize(
    "f",
    [lambda t: autograd.repeat(t, 2), lambda t: t[[0, 0, 1, 1]]],
    ids=["repeated", "taken by positions"],
)
def test_what_is_moved_may_become_another_dtype(f: Any) -> None:
    """Of Σ 2 (x + y)² the gradient is 4 (x + y), and of half of its sum the gradient is 2."""

    def half(x: Any, y: Any) -> Any:
        return (autograd.grad(lambda t: (f(t + y) ** 2).sum())(x) * 0.5).sum()

    fast = jit(half, tensors=True)
    x, y = np.array([1.5, 2.5], np.float32), np.array([1.0, 2.0])
    value, gradients = fast.value_and_grad(x, y, argnums=(0, 1))
    assert value == 14.0
    for gradient, of in zip(gradients, (x, y), strict=True):
        assert gradient.dtype == of.dtype
        assert gradient.tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    "derivative",
    [
        pytest.param(lambda f, x: autograd.jvp(f, (x,), (np.ones_like(X),))[1], id="jvp"),
        pytest.param(lambda f, x: autograd.vjp(f, x)[1](2.0)[0], id="vjp"),
        pytest.param(lambda f, x: autograd.hessian(f)(x[0]), id="hessian"),
        pytest.param(lambda f, x: autograd.hvp(f, (x,), (np.ones_like(X),)), id="hvp"),
        pytest.param(lambda f, x: autograd.grad(autograd.grad(f))(x[0, 0]), id="twice"),
    ],
)
def test_transforms_are_replayed(derivative: Any) -> None:
    """Of Σ u³ the derivatives are polynomials."""

    def summed(x: Any) -> Any:
        found = derivative(lambda u: (u**3).sum(), x)
        return (found[-1] if isinstance(found, tuple) else found).sum()

    compare(summed, [X])


def test_a_gradient_penalty_is_replayed_with_the_parameters_that_it_is_given() -> None:
    """WGAN-GP: Gulrajani et al. 2017, eq. 3; by the eager engine from the same numbers."""

    def penalty(x: Any) -> Any:
        slopes = autograd.grad(lambda t: NET(t).sum())(x)
        return ((autograd.norm(slopes, axis=1) - 1.0) ** 2).mean()

    parameters = list(NET.parameters())[:3]  # the penalty doesn't depend on the last bias
    fast = jit(penalty, parameters=parameters)
    for scale in (1.0, 0.5):
        theta = scale * np.concatenate([p.data.ravel() for p in parameters])
        value, gradient = fast.value_and_grad(theta, X)
        at = np.cumsum([p.size for p in parameters])[:-1]
        kept = [p.data for p in parameters]
        for p, part in zip(parameters, np.split(theta, at), strict=True):
            p.data, p.grad = part.reshape(p.shape), None
        eager = penalty(Tensor(X))
        eager.backward()
        np.testing.assert_allclose(value, eager.data, rtol=1e-13)
        expected = np.concatenate([p.grad.ravel() for p in parameters])
        np.testing.assert_allclose(gradient, expected, rtol=1e-11, atol=1e-15)
        for p, data in zip(parameters, kept, strict=True):
            p.data = data
    assert fast.recording(theta, X).calls == ()


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda t: (t * autograd.sqrt(t)).sum(), [0.0, 3.0]),
        (lambda t: autograd.sqrt(t * t).sum(), [0.0, 1.0]),
    ],
)
def test_zero_times_infinity_inside_is_what_the_walk_says(f: Any, expected: Any) -> None:
    fast = jit(autograd.grad(f), tensors=True)
    x = np.array([0.0, 4.0])
    np.testing.assert_allclose(fast(x), expected, rtol=1e-15)
    assert fast.recording(x).recomputed == 1


@pytest.mark.parametrize("tensors", [True, False])
def test_a_derivative_through_where_goes_to_what_is_chosen(tensors: bool) -> None:
    """Of t³ above 0 and t below: 3t² and 1, whose own derivatives are 6t and 0."""
    slope = autograd.grad(lambda t: autograd.where(t > 0, t**3, t))
    fast = jit(lambda x: slope(x * 1.0), tensors=tensors)
    for x, value, gradient in ((2.0, 12.0, 12.0), (-2.0, 1.0, 0.0), (3.0, 27.0, 18.0)):
        assert fast.value_and_grad(np.array(x) if tensors else x) == (value, gradient)


def test_a_condition_beside_a_derivative_has_none() -> None:
    """Of Σ t² (t > 0) the gradient is 2t where t > 0, by both modes."""

    def f(t: Any) -> Any:
        return (t * t * (t > 0)).sum()

    pulled = jit(autograd.grad(f), tensors=True)
    pushed = jit(lambda t: autograd.jvp(f, (t,), (np.ones(3),))[1], tensors=True)
    for x in (np.array([-1.0, 0.5, 2.0]), np.array([1.0, -0.5, -2.0])):
        expected = 2 * np.maximum(x, 0.0)
        np.testing.assert_array_equal(pulled(x), expected)
        assert pushed(x) == expected.sum()


@pytest.mark.parametrize("tensors", [True, False])
def test_what_is_detached_has_no_derivative_inside(tensors: bool) -> None:
    fast = jit(autograd.grad(lambda t: t.detach() * t), tensors=tensors)
    for x in (2.0, 3.0):
        assert fast(np.array(x) if tensors else x) == x


@pytest.mark.parametrize("tensors", [True, False])
def test_cotangents_and_tangents_may_be_arguments(tensors: bool) -> None:
    """Of t³ both give 3 x² v, whose derivatives are 6 x v and 3 x²."""
    for product in (
        lambda x, v: autograd.vjp(lambda t: t**3, x)[1](v)[0],
        lambda x, v: autograd.jvp(lambda t: t**3, (x,), (v,))[1],
    ):
        fast = jit(product, tensors=tensors)
        for x, v in ((2.0, 3.0), (-1.0, 0.5)):
            given = (np.array(x), np.array(v)) if tensors else (x, v)
            found = fast.value_and_grad(*given, argnums=(0, 1))
            assert found == (3 * x * x * v, (6 * x * v, 3 * x * x))


def squared_largest(t: Any) -> Any:
    return (autograd.max(t, axis=1) ** 2).sum()


# Functions whose rules look at numbers.
LOOKING: dict[str, Any] = {
    "max": squared_largest,
    "min": lambda t: autograd.min(t) ** 2,
    "sort": lambda t: (autograd.sort(t, axis=0) ** 2 * X).sum(),
    "topk": lambda t: (autograd.topk(t, 2) ** 3).sum(),
    "cummax": lambda t: (autograd.cummax(t, axis=0) ** 2).sum(),
    "pool": lambda t: (autograd.max_pool(t[None, None], (2, 2)) ** 2).sum(),
    "std": lambda t: autograd.std(t, axis=0).sum(),
    "norm of 1": lambda t: (autograd.norm(t, ord=1, axis=0) ** 2).sum(),
    "det": lambda t: autograd.linalg.det(t[:3]),
    "svdvals": lambda t: autograd.linalg.svdvals(t).sum(),
    "in a row": lambda t: (autograd.sort(autograd.max(t * t, axis=1)) ** 2).sum(),
}
DERIVATIVES: dict[str, Any] = {
    "grad": lambda f, x: (autograd.grad(f)(x) ** 2).sum(),
    "jvp": lambda f, x: autograd.jvp(f, (x,), (np.cos(X),))[1] ** 2,
    "hvp": lambda f, x: (autograd.hvp(f, (x,), (np.cos(X),))[-1] * X).sum() + (x * x).sum(),
    "jacobian": lambda f, x: (autograd.jacobian(f)(x) ** 2).sum(),
}


@pytest.mark.parametrize("derivative", DERIVATIVES.values(), ids=DERIVATIVES)
@pytest.mark.parametrize("f", LOOKING.values(), ids=LOOKING)
def test_a_rule_that_looks_at_numbers_is_called_in_each_replay(f: Any, derivative: Any) -> None:
    compare(lambda x: derivative(f, x), [X])


def test_another_element_may_be_the_largest_in_the_next_replay() -> None:
    """Of Σ max² the gradient is 2 x at the largest of each row, and 0 elsewhere."""
    fast = jit(autograd.grad(squared_largest), tensors=True)
    for x in (X, -X, X[:, ::-1]):
        expected = np.where(x == x.max(axis=1, keepdims=True), 2 * x, 0.0)
        np.testing.assert_array_equal(fast(x), expected)
    assert "derivative_of_max" in fast.recording(X).calls


def test_backward_inside_is_refused() -> None:
    def f(x: Any) -> Any:
        (x**3).sum().backward()
        return x.grad

    with pytest.raises(TypeError, match="use value_and_grad of the recorded function"):
        jit(f, tensors=True)(X)
