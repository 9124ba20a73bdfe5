"""Perturbations are not confused, and a variable from outside makes a derivative a node."""

import numpy as np
import pytest

from autograd import (
    Tensor,
    Value,
    elementwise,
    grad,
    hessian,
    jvp,
    no_grad,
    temporary_registry,
    vjp,
)

X = np.array([1.0, 2.0, 3.0])
A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def cube(x):
    return x * x * x


def test_perturbations_are_not_confused_in_reverse() -> None:
    """d/dx (x · d/dy (x + y)) = 1 (Siskind & Pearlmutter 2005)."""
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0


@pytest.mark.parametrize("outer", ["grad", "jvp"])
@pytest.mark.parametrize("inner", ["grad", "jvp"])
def test_perturbations_are_not_confused_in_any_mixture(outer: str, inner: str) -> None:
    def derivative(mode, f):
        return grad(f) if mode == "grad" else lambda x: jvp(f, (x,), (1.0,))[1]

    f = derivative(outer, lambda x: x * derivative(inner, lambda y: x + y)(1.0))
    g = derivative(outer, lambda x: x * derivative(inner, lambda y: x * y)(2.0))
    assert f(1.0) == 1.0
    assert g(3.0) == 6.0  # d/dx (x · x)


def test_perturbations_are_not_confused_when_inner_and_outer_have_one_argument() -> None:
    """autodidax2's: d/dx (x · d/dx' (x'²) at x) with the same x: d/dx 2x² = 4x."""
    assert grad(lambda x: x * grad(lambda y: y * y)(x))(3.0) == 12.0


def test_perturbations_are_not_confused_by_a_function_that_returns_its_argument() -> None:
    """Manzyuk et al. 2019: the inner result is the outer variable itself."""
    assert grad(lambda x: grad(lambda y: x)(2.0))(3.0) == 0.0
    assert grad(lambda x: x * jvp(lambda y: x, (2.0,), (1.0,))[1])(3.0) == 0.0


def test_a_variable_from_outside_makes_the_gradient_a_node() -> None:
    """∂/∂w of ∂/∂x (w x²) = 2x: nothing is lost."""
    w = Value(2.0)
    slope = grad(lambda x: w * x * x)(3.0)
    assert slope.data == 12.0
    slope.backward()
    assert w.grad == 6.0


def test_an_argument_that_is_a_variable_makes_the_gradient_a_node() -> None:
    x = Value(2.0)
    slope = grad(cube)(x)
    slope.backward()
    assert (slope.data, x.grad) == (12.0, 12.0)


def test_an_argument_that_is_a_constant_node_gives_plain_numbers() -> None:
    assert grad(cube)(Value(2.0, requires_grad=False)) == 12.0


def test_tensors_from_outside_are_differentiated_through() -> None:
    """∂/∂W Σ ∂/∂x (xᵀWᵀWx)/2 = ∂/∂W Σ WᵀWx, against central differences of the closed form."""
    W = Tensor(A)
    slope = grad(lambda x: ((W @ x) * (W @ x)).sum() * 0.5)(X)
    slope.sum().backward()
    step = 1e-6
    for index in np.ndindex(A.shape):
        E = np.zeros_like(A)
        E[index] = step
        high, low = ((A + s * E).T @ (A + s * E) @ X for s in (1, -1))
        assert W.grad[index] == pytest.approx((high - low).sum() / (2 * step), rel=1e-8)


def test_an_outer_graph_is_not_walked_again_by_an_inner_transform() -> None:
    """A stale leaf far outside is not the inner derivative's business."""
    w = Value(2.0)
    x = w * 3.0
    w.data = 5.0
    assert grad(lambda y: y * y)(x).data == 12.0


def test_rules_off_the_path_to_the_argument_are_not_run() -> None:
    def fails(x, z):
        raise RuntimeError("not asked for")

    w = Value(2.0)
    with temporary_registry():
        op = elementwise("costly", "x * x", fails)
        assert grad(lambda x: x * op(w))(3.0).data == 4.0


def test_a_variable_from_outside_that_is_returned_stays_one() -> None:
    w = Value(2.0)
    (_, same), _ = vjp(lambda x: (x, w), 3.0)
    assert same is w


def test_recording_is_on_inside_a_transform_under_no_grad() -> None:
    w = Value(2.0)
    with no_grad():
        assert grad(cube)(2.0) == 12.0
        assert grad(lambda x: w * x)(3.0) == 2.0
        assert grad(cube)(w) == 12.0
        assert jvp(grad(cube), (2.0,), (1.0,)) == (12.0, 12.0)
        assert hessian(lambda x: (x * x).sum())(X).tolist() == (2 * np.eye(3)).tolist()


def test_no_grad_inside_a_function_stops_the_gradient() -> None:
    def f(x):
        with no_grad():
            constant = x * x
        return x * constant

    assert grad(f)(3.0) == 9.0
