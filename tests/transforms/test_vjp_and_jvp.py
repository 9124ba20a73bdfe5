"""vjp, jvp and both modes together: derivatives known in closed form."""

import math

import numpy as np
import pytest

import autograd
from autograd import (
    Value,
    grad,
    hessian,
    hvp,
    jvp,
    sin,
    vjp,
)


def cube(x):
    return x * x * x


def test_vjp_of_a_nest_of_results() -> None:
    """Of (xy, {s: x + y}) with cotangents (2, 3): ∂x = 2y + 3, ∂y = 2x + 3."""
    result, pullback = vjp(lambda x, y: (x * y, {"s": x + y}), 5.0, 7.0)
    assert result == (35.0, {"s": 12.0})
    assert pullback((2.0, {"s": 3.0})) == (17.0, 13.0)
    assert pullback((1.0, {"s": 0.0})) == (7.0, 5.0)


def test_a_result_that_is_returned_twice_gets_both_cotangents() -> None:
    _, pullback = vjp(lambda x: [x * x] * 2, 3.0)
    assert pullback([1.0, 10.0]) == (66.0,)


def test_results_of_which_one_is_computed_from_the_other() -> None:
    """Of y = x², z = y² with cotangents 1, 1 at x = 2: 2x + 4x³ = 36."""

    def f(x):
        y = x * x
        return y, y * y

    assert vjp(f, 2.0)[1]((1.0, 1.0)) == (36.0,)


def test_a_cotangent_that_is_a_variable_can_be_differentiated_by() -> None:
    g = Value(1.0)
    (by_x,) = vjp(cube, 2.0)[1](g)
    by_x.backward()
    assert g.grad == 12.0


def test_jvp_is_the_derivative_in_a_direction() -> None:
    value, tangent = jvp(lambda x, y: (sin(x) * y, {"x": x}), (0.5, 2.0), (3.0, 1.0))
    assert value == (math.sin(0.5) * 2.0, {"x": 0.5})
    assert tangent[0] == pytest.approx(3 * math.cos(0.5) * 2 + math.sin(0.5), rel=1e-15)
    assert tangent[1] == {"x": 3.0}


def test_jvp_by_a_tangent_that_is_a_variable() -> None:
    t = Value(1.0)
    _, tangent = jvp(cube, (2.0,), (t,))
    tangent.backward()
    assert (tangent.data, t.grad) == (12.0, 12.0)


def test_jvp_of_a_result_that_does_not_depend_is_zero() -> None:
    assert jvp(lambda x: (x, 3.0, np.ones(2)), (2.0,), (1.0,))[1][1] == 0.0
    assert jvp(lambda x: np.ones(2), (2.0,), (1.0,))[1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("argument", [2.0, np.array([2.0])])
def test_forward_mode_has_the_conventions_of_reverse_mode_at_edges(argument) -> None:
    """A zero tangent, like a zero cotangent, passes nothing on: not even zero times infinity."""

    def f(x):
        return autograd.where(x > 5, autograd.log(x - 2), 0.0 * x)

    tangent = jvp(f, (argument,), (argument,))[1]
    assert np.all(tangent == 0)
    assert jvp(autograd.relu, (0.0,), (1.0,)) == (0.0, 0.0)


STRUCTURAL = {
    "matmul": lambda x: x @ x.T,
    "vector times matrix": lambda x: x[0] @ x.T,
    "prod": lambda x: x.prod(axis=1),
    "max": lambda x: x.max(axis=0),
    "softmax": lambda x: autograd.softmax(x, axis=1),
    "logsumexp": lambda x: autograd.logsumexp(x, axis=0),
    "norm": autograd.norm,
    "std": lambda x: x.std(axis=1),
    "cumsum": lambda x: x.cumsum(axis=1),
    "sort": lambda x: autograd.sort(x * x, axis=1),
    "einsum": lambda x: autograd.einsum("ij,kj->ik", x, x * x),
    "index with repeats": lambda x: x[[0, 0, 1], [1, 1, 2]] * x[:, 0].sum(),
    "mean": lambda x: x.mean(axis=0, keepdims=True) * x,
    "concatenate": lambda x: autograd.concatenate([x, 2 * x], axis=1),
    "stack": lambda x: autograd.stack([x, x * x]),
    "set_at": lambda x: autograd.set_at(x, 0, x[1] * x[0]),
    "outer": lambda x: autograd.outer(x[0], x[1]),
    "broadcasting": lambda x: x * x[0] + x[:, :1],
    "scalars": lambda x: autograd.total([v * v for v in x.scalars().flat]),
    "dot": lambda x: autograd.dot(list(x.scalars()[0]), list(x.scalars()[1])),
}


@pytest.mark.parametrize("name", STRUCTURAL)
def test_forward_and_reverse_mode_give_the_same_product(name: str) -> None:
    """⟨u, J t⟩ = ⟨Jᵀ u, t⟩ for random u and t."""
    f = STRUCTURAL[name]
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(2, 2, 3))
    value, pullback = vjp(f, x)
    u = rng.normal(size=np.shape(value)) if np.ndim(value) else 1.7
    forwards = np.sum(u * jvp(f, (x,), (t,))[1])
    backwards = np.sum(pullback(u)[0] * t)
    assert forwards == pytest.approx(backwards, rel=1e-13)


@pytest.mark.parametrize("name", STRUCTURAL)
def test_second_derivatives_agree_in_every_mixture_of_modes(name: str) -> None:
    f = STRUCTURAL[name]
    rng = np.random.default_rng(1)
    x, t = rng.normal(size=(2, 2, 3))

    def loss(x):
        y = f(x)
        return y * y if isinstance(y, Value) else (y * y).sum()

    (product,) = hvp(loss, (x,), (t,))
    expected = np.tensordot(hessian(loss)(x), t, axes=2)
    np.testing.assert_allclose(product, expected, rtol=1e-10, atol=1e-12)
    backwards = grad(lambda x: jvp(loss, (x,), (t,))[1])(x)
    np.testing.assert_allclose(backwards, expected, rtol=1e-10, atol=1e-12)
