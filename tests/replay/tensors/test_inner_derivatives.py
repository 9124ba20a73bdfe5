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
def test_a_derivative_through_a_computed_condition_is_refused(tensors: bool) -> None:
    slope = autograd.grad(lambda t: autograd.where(t > 0, t**3, t))
    with pytest.raises(TypeError, match=r"a derivative through where.*use relu, maximum"):
        jit(lambda x: slope(x * 1.0), tensors=tensors)(np.array(2.0) if tensors else 2.0)


@pytest.mark.parametrize(
    ("name", "f"),
    [
        ("max", lambda t: autograd.max(t, axis=1).sum()),
        ("sort", lambda t: (autograd.sort(t) * X).sum()),
        ("cummax", lambda t: autograd.cummax(t, axis=0).sum()),
    ],
)
def test_a_rule_that_looks_at_numbers_is_refused_by_name(name: str, f: Any) -> None:
    with pytest.raises(TypeError, match=rf"derivative of {name} .* jit\(f\)\.value_and_grad"):
        jit(autograd.grad(f), tensors=True)(X)


def test_backward_inside_is_refused() -> None:
    def f(x: Any) -> Any:
        (x**3).sum().backward()
        return x.grad

    with pytest.raises(TypeError, match="use value_and_grad of the recorded function"):
        jit(f, tensors=True)(X)
