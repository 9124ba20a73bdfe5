"""grad, value_and_grad, jacobian, hessian, hvp: derivatives in closed form, and what is refused."""

import math
from collections import namedtuple
from fractions import Fraction

import mpmath
import numpy as np
import pytest

import autograd
from autograd import (
    Tensor,
    Value,
    cos,
    exp,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    sin,
    value_and_grad,
    vjp,
)

X = np.array([1.0, 2.0, 3.0])
A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def cube(x):
    return x * x * x


# grad ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "expected"), [(1, 12.0), (2, 12.0), (3, 6.0), (4, 0.0), (5, 0.0)]
)
def test_gradients_of_any_order_of_a_cube(order: int, expected: float) -> None:
    f = cube
    for _ in range(order):
        f = grad(f)
    assert f(2.0) == expected
    assert type(f(2.0)) is float


def test_the_fourth_derivative_of_sin_is_sin() -> None:
    f = sin
    for _ in range(4):
        f = grad(f)
    assert f(0.7) == pytest.approx(math.sin(0.7), rel=1e-15)


@pytest.mark.parametrize("x", [2, True, np.int64(2), np.float32(2)])
def test_an_integer_becomes_a_float(x: object) -> None:
    slope = grad(cube)(x)
    assert type(slope) is float
    assert slope == 3 * float(x) ** 2


def test_a_function_may_change_the_list_that_it_is_passed() -> None:
    """The gradient is with respect to what was passed, not to what the list holds afterwards."""

    def f(p):
        p[0] = p[0] * p[0]
        return p.pop()

    given = [3.0]
    assert grad(f)(given) == [6.0]
    assert vjp(f, [3.0])[1](1.0) == ([6.0],)
    assert jvp(f, ([3.0],), ([1.0],)) == (9.0, 6.0)
    assert given == [3.0]


@pytest.mark.parametrize("x", [Fraction(1, 3), mpmath.mpf(2), 1 + 2j])
def test_other_kinds_of_number_are_kept(x: object) -> None:
    slope = grad(cube)(x)
    assert slope == 3 * x * x
    assert type(slope) is type(x)


def test_the_gradient_by_an_array_is_an_array_of_its_dtype() -> None:
    slope = grad(lambda x: (x * x).sum())(X.astype(np.float32))
    assert type(slope) is np.ndarray
    assert slope.dtype == np.float32
    assert slope.tolist() == [2.0, 4.0, 6.0]


def test_an_array_of_integers_becomes_float64() -> None:
    slope = grad(lambda x: (x * x).sum())(np.array([1, 2]))
    assert slope.dtype == np.float64


Pair = namedtuple("Pair", "w b")


def test_the_gradient_by_a_nest_is_nested_alike() -> None:
    nest = {"layers": [(2.0, X), Pair(w=3.0, b=np.array(4.0))], "scale": 5.0}

    def f(p):
        (a, x), pair = p["layers"]
        return a * x.sum() * p["scale"] + pair.w * pair.b

    slope = grad(f)(nest)
    (by_a, by_x), pair = slope["layers"]
    assert list(slope) == ["layers", "scale"]
    assert (by_a, slope["scale"]) == (30.0, 12.0)
    assert by_x.tolist() == [10.0] * 3
    assert type(pair) is Pair
    assert (pair.w, pair.b.shape, pair.b.item()) == (4.0, (), 3.0)


def test_an_object_array_is_a_nest_of_scalars() -> None:
    slope = grad(lambda w: w @ w)(np.array([1.0, 2.0], object))
    assert slope.tolist() == [2.0, 4.0]
    assert slope.dtype == np.float64


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, 6.0),
        (1, 2.0),
        (-1, 2.0),
        (-2, 6.0),
        ((0, 1), (6.0, 2.0)),
        ((1,), (2.0,)),
        ((1, 0), (2.0, 6.0)),
    ],
)
def test_argnums_choose_the_arguments_and_a_tuple_gives_a_tuple(argnums, expected) -> None:
    assert grad(lambda x, y, *, k: k * x * y, argnums)(1.0, 3.0, k=2.0) == expected


def test_an_argument_that_is_not_chosen_is_passed_on_as_it_is() -> None:
    seen = []
    grad(lambda x, other: seen.append(other) or x, 0)(1.0, "as it is")
    assert seen == ["as it is"]


def test_value_and_grad_gives_both() -> None:
    assert value_and_grad(cube)(2.0) == (8.0, 12.0)


def test_what_the_result_does_not_depend_on_has_gradient_zero() -> None:
    assert grad(lambda x, y: x * x, (0, 1))(3.0, 4.0) == (6.0, 0.0)
    assert grad(lambda x: 3.0)(2.0) == 0.0
    assert grad(lambda x, t: x * 1.0, 1)(2.0, X).tolist() == [0.0, 0.0, 0.0]


def test_the_gradients_by_two_arrays_are_two_arrays() -> None:
    """The two contributions of a sum are one array inside; outside they must not be."""
    a, b = grad(lambda x, y: (x + y).sum(), (0, 1))(X, X)
    a *= 10
    assert b.tolist() == [1.0, 1.0, 1.0]


def test_the_value_of_the_identity_is_not_the_argument_itself() -> None:
    x = X.copy()
    value, pullback = vjp(lambda x: x, x)
    value *= 0
    assert x.tolist() == X.tolist()
    assert pullback(X)[0].tolist() == X.tolist()


def test_a_gradient_costs_no_leaf_its_own() -> None:
    """Transforms leave .grad of everything alone."""
    w = Value(2.0)
    grad(lambda x: w * x)(3.0)
    assert w.grad is None


# jacobian, hessian, hvp ---------------------------------------------------------------------------


def test_the_jacobian_of_a_matrix_product_is_the_matrix() -> None:
    assert jacobian(lambda x: A @ x)(X).tolist() == A.tolist()  # backwards: 2 results
    assert jacobian(lambda x: A.T @ x)(X[:2]).tolist() == A.T.tolist()  # forwards: 2 elements


def test_a_jacobian_has_the_shape_of_the_result_and_then_the_argument() -> None:
    """∂(x_i y_j)/∂x_k = δ_ik y_j."""
    by_x, by_y = jacobian(autograd.outer, (0, 1))(X, X[:2])
    assert by_x.shape == (3, 2, 3)
    assert by_y.shape == (3, 2, 2)
    np.testing.assert_array_equal(by_x, np.einsum("ik,j->ijk", np.eye(3), X[:2]))
    np.testing.assert_array_equal(by_y, np.einsum("i,jk->ijk", X, np.eye(2)))


def test_a_nested_jacobian_is_a_nest_of_results_of_nests_of_arguments() -> None:
    found = jacobian(lambda p: {"y": p["a"] * p["x"], "s": p["a"] * p["a"]})({"a": 2.0, "x": X})
    assert found["y"]["a"].tolist() == X.tolist()
    assert found["y"]["x"].tolist() == (2 * np.eye(3)).tolist()
    assert found["s"]["a"] == 4.0
    assert found["s"]["x"].tolist() == [0.0, 0.0, 0.0]


def test_the_jacobian_between_scalars_is_a_number_of_their_kind() -> None:
    assert jacobian(cube)(Fraction(1, 2)) == Fraction(3, 4)


def test_the_jacobian_by_an_empty_array_is_empty() -> None:
    assert jacobian(lambda x: x * x)(np.zeros(0)).shape == (0, 0)


def test_a_jacobian_with_a_variable_from_outside_is_made_of_nodes() -> None:
    """∂/∂w Σ ∂(w x²)/∂x = Σ 2x."""
    w = Value(2.0)
    found = jacobian(lambda x: w * x * x)(X)
    assert found.shape == (3, 3)
    found.sum().backward()
    assert w.grad == 12.0


def test_the_hessian_of_rosenbrock() -> None:
    """At (1, 1): [[802, −400], [−400, 200]]."""

    def rosenbrock(x):
        return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2

    assert hessian(rosenbrock)(np.array([1.0, 1.0])).tolist() == [[802.0, -400.0], [-400.0, 200.0]]


def test_a_hessian_by_two_arguments_has_four_blocks() -> None:
    """Of x²y: 2y = 10, 2x = 6, 0."""
    assert hessian(lambda x, y: x * x * y, (0, 1))(3.0, 5.0) == ((10.0, 6.0), (6.0, 0.0))


def test_hvp_is_the_hessian_times_the_direction() -> None:
    def f(x):
        return (exp(x) * cos(x[::-1])).sum()

    t = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(hvp(f, (X,), (t,))[0], hessian(f)(X) @ t, rtol=1e-13)


def test_third_derivatives_by_an_array() -> None:
    """Σx³: ∂³ = 6 on the diagonal."""
    found = jacobian(hessian(lambda x: (x * x * x).sum()))(X[:2])
    assert found.shape == (2, 2, 2)
    assert found[0, 0, 0] == found[1, 1, 1] == 6.0
    assert found.sum() == 12.0


@pytest.mark.slow
def test_a_deep_function_is_no_matter() -> None:
    def f(x):
        y = x
        for _ in range(20_000):
            y = y + x
        return y

    assert grad(f)(1.0) == 20_001.0
    assert jvp(f, (1.0,), (1.0,))[1] == 20_001.0


# What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize("transform", [grad, value_and_grad, vjp, jacobian, hessian])
def test_what_is_no_function_is_refused(transform) -> None:
    with pytest.raises(TypeError, match="expects a function, got a float"):
        transform(3.0)


@pytest.mark.parametrize("result", [X, [1.0, 2.0], (), np.ones((1, 2))])
def test_the_gradient_of_what_is_not_one_scalar_is_refused(result) -> None:
    with pytest.raises(ValueError, match="one scalar result, got results of shape"):
        grad(lambda x: result)(2.0)


@pytest.mark.parametrize("result", [None, "loss", {1}])
def test_a_result_that_is_no_number_is_refused(result) -> None:
    with pytest.raises(TypeError, match="must return numbers, arrays or nodes"):
        grad(lambda x: result)(2.0)


def test_an_argument_that_is_no_number_is_refused_by_its_place() -> None:
    with pytest.raises(TypeError, match=r"with respect to argument 1\['w'\]\[0\]: .*got 'abc'"):
        grad(lambda x, p: x, 1)(1.0, {"w": ["abc"]})


def test_argnums_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="argnums 2 is out of range: got 2 positional"):
        grad(lambda x, y: x * y, 2)(1.0, 2.0)


@pytest.mark.parametrize("argnums", [1.0, "x", [0], (0, 1.0), True])
def test_argnums_are_ints(argnums) -> None:
    with pytest.raises(TypeError, match="argnums must be"):
        grad(lambda x, y: x * y, argnums)(1.0, 2.0)


def test_argnums_name_an_argument_once() -> None:
    with pytest.raises(ValueError, match="once"):
        grad(lambda x, y: x * y, (1, -1))(1.0, 2.0)


@pytest.mark.parametrize(
    ("cotangent", "message"),
    [
        ((1.0,), "expected a tuple of 2, got a tuple of 1"),
        ([1.0, {"s": 1.0}], "expected a tuple of 2, got a list of 2"),
        ((1.0, {"t": 1.0}), r"\[1\]: expected a dict with the keys \['s'\], got .*\['t'\]"),
        ((1.0, 2.0), r"\[1\]: expected a dict .*, got a float"),
        (([1.0], {"s": 1.0}), r"\[0\]: expected a number or an array, got a list"),
        ((None, {"s": 1.0}), "got None"),
    ],
)
def test_a_cotangent_nested_otherwise_is_refused(cotangent, message: str) -> None:
    _, pullback = vjp(lambda x: (x, {"s": x}), 2.0)
    with pytest.raises(TypeError, match=message):
        pullback(cotangent)


def test_a_cotangent_or_tangent_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a cotangent of shape \(3,\), got \(2,\)"):
        vjp(lambda x: x * x, X)[1](X[:2])
    with pytest.raises(ValueError, match=r"a tangent of shape \(3,\), got \(2,\)"):
        jvp(lambda x: x * x, (X,), (Tensor(X[:2]),))


def test_primals_that_are_no_tuple_are_refused() -> None:
    with pytest.raises(TypeError, match="primals of jvp must be a tuple"):
        jvp(cube, 2.0, 1.0)
