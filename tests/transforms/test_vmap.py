"""``vmap``: axes, pytrees, nesting, plain numbers inside, and what is refused."""

import copy
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor, Value, grad, hessian, hvp, jacobian, jvp, vjp, vmap
from autograd.extend import inside_vmap, plain_array

X = np.array([[1.0, 2.0, -1.0], [0.5, -3.0, 4.0]])


def same(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


# Axes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
@pytest.mark.parametrize("out", [0, 1, -1, -2])
def test_the_samples_are_along_any_axis_of_arguments_and_results(axis, out):
    x = np.arange(24.0).reshape(2, 3, 4)
    rows = np.moveaxis(x, axis, 0)
    expected = np.stack([row.sum(axis=0) * 2 for row in rows], axis=out)
    same(vmap(lambda r: r.sum(axis=0) * 2, axis, out)(x), expected)


def test_none_is_for_what_is_the_same_for_all_samples():
    same(vmap(lambda w, x: w * x, (None, 0))(X[0], X), X[0] * X)


def test_axes_may_be_nested_as_the_arguments_and_results_are():
    def f(p, x):
        return {"a": p["w"] * x, "b": (x, None)}

    axes = ({"w": None, "b": 0}, 1)
    found = vmap(f, axes, {"a": 0, "b": 1})({"b": np.ones(3), "w": 2.0}, X)
    same(found["a"], 2 * X.T)
    same(found["b"][0], X)
    assert found["b"][1] is None


def test_one_axis_stands_for_all_of_a_pytree():
    found = vmap(lambda p: p["u"] @ p["v"][0])({"u": X, "v": [X]})
    same(found, (X * X).sum(axis=1))


def test_a_result_that_is_the_same_for_all_is_repeated_or_given_once():
    assert vmap(lambda x: 7.0)(X).tolist() == [7.0, 7.0]
    assert vmap(lambda x: (x.sum(), 7.0), 0, (0, None))(X)[1] == 7.0


def test_keyword_arguments_are_the_same_for_all_samples():
    same(vmap(lambda x, w: x * w)(X, w=X[0]), X * X[0])


def test_a_batch_without_samples_has_results_without_samples():
    assert vmap(lambda x: np.tanh(x) @ np.ones((3, 4)))(np.ones((0, 3))).shape == (0, 4)
    assert vmap(lambda x: np.roll(x, 1))(np.ones((0, 2, 3))).shape == (0, 2, 3)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_dtype_is_kept(dtype):
    assert vmap(lambda x: x * 2 + 1)(X.astype(dtype)).dtype == dtype


def test_what_comes_back_is_an_array_of_its_own():
    x = X.copy()
    found = vmap(lambda r: r)(x)
    found[0, 0] = 99.0
    assert x[0, 0] == 1.0


# Nesting, with itself and other transforms ------------------------------------------------------


def test_vmap_of_vmap_is_a_table():
    same(vmap(vmap(lambda x, y: x @ y, (None, 0)), (0, None))(X, X), X @ X.T)


def test_an_inner_vmap_may_use_a_sample_of_the_outer_one():
    same(vmap(lambda x: vmap(lambda y: x @ y)(X))(X), X @ X.T)


def test_a_gradient_inside_of_two_vmaps_is_of_each_sample():
    same(vmap(vmap(grad(lambda x: ag.sin(x) * x)))(X), np.cos(X) * X + np.sin(X))


def test_a_gradient_by_an_argument_for_all_is_of_each_sample():
    def loss(w, x, y):
        return (ag.tanh(w @ x) - y) ** 2

    w, y = np.array([0.5, -0.25, 0.125]), np.array([0.0, 1.0])
    z = np.tanh(X @ w)
    expected = (2 * (z - y) * (1 - z**2))[:, None] * X
    same(vmap(grad(loss), (None, 0, 0))(w, X, y), expected)


def test_a_gradient_by_what_no_sample_enters_is_zero_for_each():
    same(vmap(lambda x: grad(lambda w: x.sum() + 0 * w)(1.0))(X), [0.0, 0.0])


def test_other_transforms_inside_are_of_each_sample():
    def cubes(x):
        return (x * x * x).sum()

    same(vmap(hessian(cubes))(X), [np.diag(6 * x) for x in X])
    same(vmap(jacobian(lambda x: x * x))(X), [np.diag(2 * x) for x in X])
    same(vmap(lambda x: jvp(cubes, (x,), (x,))[1])(X), (3 * X**3).sum(axis=1))
    same(vmap(lambda x: vjp(lambda y: y * y, x)[1](x)[0])(X), 2 * X**2)
    same(vmap(lambda x: hvp(cubes, (x,), (np.ones(3),))[0])(X), 6 * X)


def test_transforms_of_a_mapped_function_see_one_function():
    rows = vmap(lambda r: (r * r).sum())
    same(grad(lambda x: rows(x).sum())(X), 2 * X)
    expected = np.zeros((2, 2, 3))
    expected[0, 0], expected[1, 1] = 2 * X
    same(jacobian(rows)(X), expected)
    same(jvp(rows, (X,), (X,))[1], 2 * (X * X).sum(axis=1))


def test_a_jacobian_is_vmap_of_a_pullback():
    def f(x):
        return np.tanh(x) * x.sum()

    _, pullback = vjp(f, X[0])
    same(vmap(pullback)(np.eye(3))[0], jacobian(f)(X[0]))


def test_gradients_flow_through_a_gradient_inside():
    """d/dx of Σ 3x² is 6x."""
    inner = vmap(grad(lambda r: (r * r * r).sum()))
    same(grad(lambda x: inner(x).sum())(X), 6 * X)


def test_a_variable_from_outside_gets_its_gradient():
    """d/dw of Σ d/du (u w x)² at u = 2 is Σ 8 w x²."""
    x = np.array([1.0, 2.0, 3.0])

    def total(w):
        return vmap(lambda x: grad(lambda u: (u * w * x) ** 2)(2.0))(x).sum()

    assert grad(total)(1.5) == pytest.approx(8 * 1.5 * 14, rel=1e-14)


def test_a_leaf_tensor_gets_the_sum_of_the_samples_gradients():
    w = Tensor(X[0])
    vmap(lambda x: w @ x)(X).sum().backward()
    same(w.grad, X.sum(axis=0))


def test_has_aux_is_of_each_sample():
    found, aux = vmap(grad(lambda x: ((x * x).sum(), {"error": x - 1}), has_aux=True))(X)
    same(found, 2 * X)
    same(aux["error"], X - 1)


def test_a_jitted_function_inside_is_the_function_itself():
    same(vmap(ag.jit(lambda x: x * x))(X[0]), X[0] ** 2)


# Random compositions --------------------------------------------------------------------------

STEPS = [
    lambda x, w: np.tanh(x),
    lambda x, w: x * w,
    lambda x, w: w - x,
    lambda x, w: x @ np.outer(w, w) / 4,
    lambda x, w: ag.softmax(x),
    lambda x, w: x[::-1] + x[0],
    lambda x, w: ag.where(x > w, x, x * x),
    lambda x, w: np.sort(x),
    lambda x, w: np.concatenate([x[1:], x[:1]]),
    lambda x, w: x / (1 + (x * x).sum()),
    lambda x, w: np.cumsum(x) - np.mean(x),
    lambda x, w: x[np.argsort(w)],
]


@given(st.lists(st.sampled_from(range(len(STEPS))), min_size=1, max_size=6), st.booleans())
def test_a_program_and_its_gradients_are_those_of_each_sample(steps, own_weights):
    def f(w, x):
        for k in steps:
            x = STEPS[k](x, w)
        return (x * np.array([1.0, -2.0, 0.5])).sum()

    w = np.array([[0.4, -0.7, 1.1], [1.3, 0.2, -0.6]]) if own_weights else np.array([0.4, -0.7, 1])
    both = grad(f, (0, 1))
    found = vmap(both, (0 if own_weights else None, 0))(w, X)
    for k, x in enumerate(X):
        for each, expected in zip(found, both(w[k] if own_weights else w, x), strict=True):
            np.testing.assert_allclose(each[k], expected, rtol=1e-9, atol=1e-10)


# Integers, booleans and comparisons inside --------------------------------------------------------


def test_each_sample_takes_its_own_elements():
    table = Tensor(np.arange(12.0).reshape(4, 3))
    rows = np.array([3, 1])
    same(vmap(lambda k: table[k])(rows).data, table.data[rows])
    same(vmap(lambda k: ag.take(table, k, axis=1))(np.array([2, 0])).data, table.data[:, [2, 0]].T)
    same(vmap(lambda k: ag.take(table.data, k))(rows), [3.0, 1.0])
    same(vmap(lambda x, k: x[k])(X, np.array([2, 0])), [-1.0, 0.5])
    same(vmap(ag.embedding)(X, np.array([[2, 0], [1, 1]])),
         [[-1.0, 1.0], [-3.0, -3.0]])  # fmt: skip


def test_each_sample_puts_its_own_elements():
    found = vmap(lambda x, k: ag.set_at(x, k, 0.0))(X, np.array([2, 0]))
    same(found, [[1.0, 2.0, 0.0], [0.0, -3.0, 4.0]])
    added = vmap(lambda x, k: ag.add_at(x, k, x[k]))(X, np.array([2, 0]))
    same(added, [[1.0, 2.0, -2.0], [1.0, -3.0, 4.0]])


CUBES = np.arange(120.0).reshape(2, 3, 4, 5)
MASK = np.array([True, False, True])
INDICES = [
    0, (slice(None), 1), (..., [0, 2]), (0, slice(None), [1, 2]), (slice(None), 0, [1, 2]),
    ([0, 1], slice(None), [1, 2]), ([0, 2], [1, 3]), ([[0], [1]], [1, 2]), (None, [2, 0]), MASK,
    (slice(None, None, -1), [3, 0]), ([2, 0], None, 1), (slice(None), [1, 2], slice(1, 4)), True,
    (MASK, 0), (0, [1, 1]), ([0, 1], 2, slice(None), None),
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES, ids=map(str, range(len(INDICES))))
def test_an_index_means_what_it_does_in_one_sample(index):
    taken = np.stack([cube[index] for cube in CUBES])
    same(vmap(lambda x: ag.copy(x)[index])(CUBES), taken)
    put = vmap(lambda x, v: ag.set_at(x, index, v))(CUBES, -taken)
    added = vmap(lambda x, v: ag.add_at(x, index, v))(CUBES, np.ones_like(taken))
    for k, cube in enumerate(CUBES):
        expected, more = cube.copy(), cube.copy()
        expected[index] = -taken[k]
        np.add.at(more, index, np.ones_like(taken[k]))
        same(put[k], expected)
        same(added[k], more)


def test_a_table_that_is_indexed_by_samples_gets_the_sum_of_gradients():
    table = Tensor(np.zeros((4, 2)))
    vmap(lambda k: table[k].sum())(np.array([3, 1, 3])).sum().backward()
    assert table.grad.tolist() == [[0, 0], [1, 1], [0, 0], [2, 2]]


def test_positions_found_inside_are_of_each_sample():
    same(vmap(lambda x: x[ag.argmax(x)])(X), X.max(axis=1))
    same(vmap(lambda x: ag.take_along_axis(x, np.argsort(x), 0))(X), np.sort(X))


def test_numpy_on_plain_numbers_inside_is_of_each_sample():
    k = np.array([[1, 2], [3, 5]])
    same(vmap(lambda i: i * 2 + np.sin(i))(k), k * 2 + np.sin(k))
    same(vmap(lambda i: i.sum() + i[1] % 2)(k), k.sum(axis=1) + k[:, 1] % 2)
    same(vmap(lambda i: i.astype(float) @ np.ones(2))(k), k.sum(axis=1))
    same(vmap(lambda i: Value(2.0) * i[0])(k).data, 2 * k[:, 0])
    same(vmap(lambda i: Tensor(2.0) * i)(k).data, 2 * k)


def test_where_chooses_for_each_sample():
    found = vmap(lambda x: ag.where(x > 0, np.log(abs(x)), 0.0))(X)
    same(found, np.where(X > 0, np.log(abs(X)), 0.0))


@pytest.mark.parametrize("where", [ag.where, np.where], ids=["ours", "NumPy's"])
def test_where_chooses_from_two_plain_numbers(where):
    same(vmap(lambda x: where(x > 0, 1.0, -1.0))(X), np.sign(X))
    same(vmap(lambda x: where(x > 0, 1.0, -1.0))(X[0]), np.sign(X[0]))
    same(vmap(lambda i: where(np.arange(3) == i, 1.0, 0.0))(np.arange(3)), np.eye(3))


def test_a_fit_tells_the_rank_of_each_sample():
    matrices = np.array([np.eye(2), np.ones((2, 2))])
    assert vmap(lambda a: np.linalg.lstsq(a, np.ones(2)).rank)(matrices).tolist() == [2, 1]


def test_a_mask_of_each_sample_takes_as_many_elements_or_is_refused():
    assert vmap(lambda x: x[x > 1.5])(X).tolist() == [[2.0], [4.0]]
    with pytest.raises(ValueError, match="must have one shape"):
        vmap(lambda x: x[x > 0.7])(X)


def test_a_branch_that_all_samples_take_is_taken():
    same(vmap(lambda x: x.sum() if x[0] > 0 else x[0])(X), X.sum(axis=1))


def test_whether_vmap_is_running_is_told():
    seen = []
    vmap(lambda x: seen.append(inside_vmap()) or x)(X)
    assert (seen, inside_vmap()) == ([True], False)


def test_plain_array_leaves_samples_as_they_are():
    assert vmap(lambda k: plain_array(k) + 1)(np.array([1, 2])).tolist() == [2, 3]
    assert plain_array([1, 2]).tolist() == [1, 2]


# Refused -----------------------------------------------------------------------------------------


def test_a_branch_that_differs_between_samples_names_where():
    with pytest.raises(ValueError, match=r"differs between samples.*autograd\.where"):
        vmap(lambda x: x if x[1] > 0 else -x)(X)


TAKING_ONE = [
        lambda x: float(x[0]), lambda x: math.exp(x[0]), lambda x: x[0].item(),
        lambda x: x.tolist(), np.asarray, lambda x: np.array(x.data), lambda x: int(x[0]),
        lambda x: range(x[0] > 0), lambda x: x.scalars(), lambda x: complex(x[0]),
        lambda x: [1, 2][x[0] > 0], lambda x: np.arange(3)[np.argmax(x)],
        lambda x: f"{x[0].item():.2f}",
    ]  # fmt: skip


@pytest.mark.parametrize("taken", TAKING_ONE, ids=map(str, range(len(TAKING_ONE))))
def test_one_number_of_all_samples_is_refused(taken):
    with pytest.raises(TypeError, match="inside of vmap there is one for each of 2 samples"):
        vmap(taken)(X)


def test_backward_inside_is_refused_and_leaves_no_grad():
    w = Tensor(X[0])
    with pytest.raises(TypeError, match=r"use autograd\.grad inside of vmap"):
        vmap(lambda x: (w @ x).backward())(X)
    assert w.grad is None


def test_a_copy_and_new_data_inside_are_refused():
    with pytest.raises(TypeError, match="can't be copied"):
        vmap(copy.deepcopy)(X)
    with pytest.raises(TypeError, match="no data can be assigned"):
        vmap(lambda x: setattr(x, "data", 0.0))(X)


REFUSED = [
    (lambda: vmap(3), TypeError, "vmap expects a function, got an int"),
    (lambda: vmap(abs, 1.0), TypeError, "in_axes must be an int, or None.*got 1.0"),
    (lambda: vmap(abs, 0, (0, "a"))(X), TypeError, r"out_axes\[1\] must be an int"),
    (lambda: vmap(abs, True), TypeError, "in_axes must be an int"),
    (lambda: vmap(np.add, (0,))(X, X), ValueError, "in_axes has 1 axes for 2 positional"),
    (lambda: vmap(np.add)(X, X[:1]), ValueError, "2 in argument 0, 1 in argument 1"),
    (lambda: vmap(np.add, None)(X, X), ValueError, "needs an argument with an axis"),
    (vmap(lambda: 1.0), ValueError, "needs an argument with an axis"),
    (lambda: vmap(abs, 2)(X), ValueError, r"no axis 2 of samples.*of shape \(2, 3\)"),
    (lambda: vmap(abs, -3)(X), ValueError, "argument 0 has no axis -3"),
    (lambda: vmap(abs)(2.0), ValueError, "argument 0 has no axis 0.*a number"),
    (lambda: vmap(sum)([1.0, 2.0]), ValueError, r"argument 0\[0\] has no axis.*pytree"),
    (lambda: vmap(abs, ({"w": 0},))({"v": X}), ValueError, "isn't nested as that is"),
    (lambda: vmap(abs, 0, 2)(X), ValueError, "has 2 axes with that of the samples"),
    (lambda: vmap(abs, 0, None)(X), ValueError, "different for each sample"),
    (lambda: vmap(lambda x: "a")(X), TypeError, "must return numbers.*is a str"),
    (lambda: vmap(abs)(np.array(["a"])), TypeError, "must be numbers to be mapped"),
    (lambda: vmap(lambda x: x @ np.ones(2))(X), ValueError, "matmul"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "says"), REFUSED, ids=map(str, range(len(REFUSED))))
def test_what_cannot_be_mapped_says_why(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_least_squares_has_a_solution_of_each_sample():
    a, b = np.stack([np.eye(4)[:, :2], np.tri(4)[:, :2]]), np.arange(8.0).reshape(2, 4)
    solve = vmap(lambda a, b: np.linalg.lstsq(a, b)[0])
    same(solve(a, b), [np.linalg.lstsq(*each)[0] for each in zip(a, b, strict=True)])


def test_an_op_without_a_rule_needs_a_sample():
    with pytest.raises(ValueError, match="an empty batch has no shape of results"):
        vmap(lambda a: ag.linalg.lstsq(a, np.ones(2)))(np.ones((0, 2, 2)))
    with pytest.raises(ValueError, match=r"^sum inside of vmap goes over the samples"):
        vmap(np.median)(np.ones((0, 3)))


def test_vmap_is_not_recorded_for_replay():
    with pytest.raises(TypeError, match="vmap inside a function that is being recorded"):
        ag.jit(vmap(lambda x: x * x))(X[0])


def test_a_users_op_goes_over_the_samples_one_after_the_other():
    with ag.temporary_registry():
        slopes = np.eye(3)[0] - 1 / 3
        first = ag.structural(
            "first_less_mean", lambda x: x[0] - x.mean(), lambda g, x, z: (g * slopes,)
        )
        ahead = X[:, 0] - X.mean(axis=1)
        same(vmap(first)(X), ahead)
        same(vmap(grad(lambda x: first(x) ** 2))(X), 2 * ahead[:, None] * slopes)


def test_a_users_elementwise_op_is_computed_at_once():
    with ag.temporary_registry():
        cube = ag.elementwise("cube_here", "x * x * x", "3 * x * x")
        same(vmap(grad(lambda x: cube(x).sum()))(X), 3 * X**2)
