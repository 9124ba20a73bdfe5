"""grad, value_and_grad, vjp, jvp, jacobian, hessian and hvp: derivatives known in closed form."""

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
    elementwise,
    exp,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    sin,
    temporary_registry,
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


# Nesting, and variables from outside --------------------------------------------------------------


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


# vjp and jvp --------------------------------------------------------------------------------------


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
    with pytest.raises(ValueError, match=r"shape \(3,\), got \(2,\)"):
        vjp(lambda x: x * x, X)[1](X[:2])
    with pytest.raises(ValueError, match=r"shape \(3,\), got \(2,\)"):
        jvp(lambda x: x * x, (X,), (Tensor(X[:2]),))


def test_primals_that_are_no_tuple_are_refused() -> None:
    with pytest.raises(TypeError, match="primals of jvp must be a tuple"):
        jvp(cube, 2.0, 1.0)
