"""A jitted function of Tensors: its calls, what is recorded again, and what is never stale."""

from __future__ import annotations

import copy
import operator
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from long_doubles import EXTENDED

import autograd
import nn
from autograd import Tensor, Value, elementwise, jit, structural, temporary_registry, where
from autograd.replay import native

RNG = np.random.default_rng(0)
X = RNG.standard_normal((5, 3))
W = RNG.standard_normal((3, 4))
LABELS = np.array([2, 0, 1, 1, 2])


def kept(fast: Any) -> int:
    """How many recordings a jitted function has."""
    return int(repr(fast).rpartition("recorded ")[2].split()[0])


# Calls -------------------------------------------------------------------------------------------


def test_gradients_are_nested_as_arguments_are() -> None:
    fast = jit(lambda p, x: (x @ p["W"] + p["b"][0]).sum() * p["scale"], tensors=True)
    parameters = {"W": W, "b": [np.ones(4), None], "scale": 2.0}
    value, found = fast.value_and_grad(parameters, X)
    assert value == pytest.approx(2.0 * ((X @ W).sum() + 20.0))
    np.testing.assert_allclose(found["W"], 2.0 * np.outer(X.sum(0), np.ones(4)))
    np.testing.assert_allclose(found["b"][0], np.full(4, 10.0))
    assert found["b"][1] is None
    assert found["scale"] == pytest.approx(value / 2.0)


def test_values_and_tensors_are_mixed() -> None:
    fast = jit(lambda v, x: v * (x * x).sum() + autograd.exp(v), tensors=True)
    value, (dv, dx) = fast.value_and_grad(0.5, X, argnums=(0, 1))
    assert value == pytest.approx(0.5 * (X * X).sum() + np.exp(0.5))
    assert dv == pytest.approx((X * X).sum() + np.exp(0.5))
    np.testing.assert_allclose(dx, X)


def test_a_tensor_among_the_arguments_says_that_arrays_are_tensors() -> None:
    fast = jit(lambda x, y: (x @ y).sum())
    assert fast(Tensor(X, requires_grad=False), W) == pytest.approx((X @ W).sum())


def test_results_come_in_their_containers_as_plain_numbers() -> None:
    fast = jit(lambda x: {"a": x.sum(), "b": (x, 3, "t", None), "c": x > 0}, tensors=True)
    found = fast(X)
    assert type(found["a"]) is float
    np.testing.assert_array_equal(found["b"][0], X)
    assert found["b"][1:] == (3, "t", None)
    np.testing.assert_array_equal(found["c"], np.where(X > 0, 1.0, 0.0))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, bool])
def test_whole_numbers_and_booleans_that_are_returned_keep_their_dtype(dtype: Any) -> None:
    fast = jit(lambda x, k: (k, {"made": k > 0}), tensors=True)
    for labels in (LABELS, LABELS[::-1]):
        given, others = fast(X, labels.astype(dtype))
        assert given.dtype == dtype
        np.testing.assert_array_equal(given, labels.astype(dtype))
        assert others["made"].dtype == bool
        np.testing.assert_array_equal(others["made"], labels > 0)


def test_an_array_from_outside_that_is_returned_is_as_it_is_then() -> None:
    scale = np.ones(3)
    fast = jit(lambda x: (x.sum(), scale, scale[1:]), tensors=True)
    fast(X)
    scale[:] = (1.0, 2.0, 3.0)
    _, whole, part = fast(X)
    assert whole.tolist() == [1.0, 2.0, 3.0]
    assert part.tolist() == [2.0, 3.0]
    whole[0] = 9.0  # it is the caller's
    assert scale[0] == 1.0


def test_a_result_is_a_copy_that_the_next_call_leaves_alone() -> None:
    fast = jit(lambda x: x.T, tensors=True)
    first = fast(X)
    fast(2 * X)
    np.testing.assert_array_equal(first, X.T)


def test_a_function_that_uses_nothing_has_a_gradient_of_zeros() -> None:
    value, found = jit(lambda x: 5.0, tensors=True).value_and_grad(X)
    assert value == 5.0
    np.testing.assert_array_equal(found, np.zeros((5, 3)))


@pytest.mark.parametrize(
    "x",
    [
        np.asfortranarray(X), X[::-1, ::2], np.broadcast_to(X[0], (4, 3)), X.astype(">f8"),
        np.zeros((0, 3)), np.array(2.0), X.astype(np.float16),
    ],
    ids=["fortran", "strides", "broadcast", "big-endian", "empty", "0-d", "float16"],
)  # fmt: skip
def test_arrays_are_taken_however_they_lie_in_memory(x: Any) -> None:
    value, gradient = jit(lambda x: (x * x).sum(), tensors=True).value_and_grad(x)
    native_dtype = x.dtype.newbyteorder("=")
    digits = float(64 * np.finfo(native_dtype).eps)
    assert value == pytest.approx(float((x.astype(np.longdouble) ** 2).sum()), rel=digits)
    np.testing.assert_array_equal(gradient, 2 * x)
    assert np.ndim(gradient) == 0 or gradient.dtype == native_dtype


def test_float32_is_kept() -> None:
    fast = jit(lambda x, s: where(x > 0, x * s, (x > 1) * x), tensors=True)
    x = X.astype(np.float32)
    assert fast(x, 2.0).dtype == np.float32
    np.testing.assert_array_equal(fast(x, 2.0), np.where(x > 0, x * np.float32(2), 0 * x))


def test_another_shape_dtype_or_structure_compiles_nothing(monkeypatch: Any) -> None:
    fast = jit(lambda x: autograd.total(x) if isinstance(x, list) else (x * x).sum(), tensors=True)
    fast.value_and_grad(X)
    made: list[Any] = []
    before = native.native_kernel
    monkeypatch.setattr(
        "autograd.replay.tensors.kernel_texts.native_kernel",
        lambda *args, **more: (made.append(args), before(*args, **more))[1],
    )
    for n in (0, 1, 7, 4096):
        x = RNG.standard_normal((n, 3))
        assert fast.value_and_grad(x)[0] == pytest.approx((x * x).sum())
    assert made == []
    assert kept(fast) == 5


def test_the_longest_unused_recordings_go() -> None:
    fast = jit(lambda x: x.sum(), tensors=True, recordings=3)
    for n in range(1, 9):
        assert fast(np.ones(n)) == n
    assert kept(fast) == 3


def test_a_recording_says_what_numpy_computes() -> None:
    fast = jit(lambda x: autograd.exp(np.sort(x, axis=0)).sum(), tensors=True)
    assert fast.recording(X).calls == ("sort",)
    assert jit(lambda x: autograd.exp(x).sum(), tensors=True).recording(X).calls == ()
    assert jit(lambda x: x[0, 1] * x[-1, :2], tensors=True).recording(X).calls == ()


def test_memory_is_used_again() -> None:
    def chain(x: Any) -> Any:
        for _ in range(1000):
            x = autograd.tanh(x + 0.1)
        return x.sum()

    x = np.ones(10_000)
    recording = jit(chain, tensors=True).recording(x)
    assert len(recording) > 1000
    assert recording.nbytes < 70 * x.nbytes  # two groups of 32 instructions


def test_a_step_is_opened_in_the_eager_engine() -> None:
    weight = Tensor(W)
    fast = jit(lambda x: ((x @ weight) ** 2).sum(), parameters=[weight])
    root = fast.open(2.0 * W.ravel(), X)
    assert isinstance(root, Tensor)
    np.testing.assert_array_equal(weight.data, 2.0 * W)
    np.testing.assert_allclose(weight.grad, 2.0 * X.T @ (X @ W * 2.0))


def test_the_gradient_of_float32_is_float32_where_single_elements_are_taken() -> None:
    fast = jit(lambda x: (x.scalars()[0] * x).sum(), tensors=True)
    _, found = fast.value_and_grad(np.array([2.0, 3.0], np.float32))
    assert found.dtype == np.float32
    assert found.tolist() == [7.0, 2.0]


def test_a_running_sum_of_one_number_is_differentiated() -> None:
    fast = jit(lambda x: autograd.cumsum(x, axis=0).sum(), tensors=True)
    assert fast.value_and_grad(np.array(3.0)) == (3.0, 1.0)


SHAPED = {
    "zeros": lambda x: np.zeros_like(x) + x,
    "ones": lambda x: np.ones_like(x) * x,
    "full": lambda x: np.full_like(x, 2.0) * x / 2.0,
    "empty": lambda x: x.reshape(np.empty_like(x).shape),
    "shape": lambda x: x.reshape(np.shape(x)) * (np.ndim(x) * np.size(x) - 29),
}


@pytest.mark.parametrize("f", SHAPED.values(), ids=SHAPED)
def test_functions_of_shapes_alone_are_allowed(f: Any) -> None:
    fast = jit(f, tensors=True)
    for x in (X, 2 * X):
        np.testing.assert_array_equal(fast(x), x)


def test_a_functions_own_shapes_of_labels_are_allowed_too() -> None:
    fast = jit(lambda x, k: (np.zeros_like(k) + x[:, 0]).sum() + np.ones_like(k)[0], tensors=True)
    assert fast(X, LABELS) == pytest.approx(X[:, 0].sum() + 1.0)


def test_a_value_chooses_between_tensors() -> None:
    fast = jit(lambda s, x: where(s > 0, x, 2.0 * x).sum(), tensors=True)
    for s, factor in ((1.0, 1.0), (-1.0, 2.0)):
        value, (by_s, found) = fast.value_and_grad(s, X, argnums=(0, 1))
        assert value == pytest.approx(factor * X.sum())
        assert by_s == 0.0
        np.testing.assert_array_equal(found, np.full((5, 3), factor))
    assert kept(fast) == 1


def test_a_row_of_a_table_that_stands_for_padding_is_recorded() -> None:
    fast = jit(lambda t: autograd.embedding(t, [2, 0, 2], padding_idx=0).sum(), tensors=True)
    value, found = fast.value_and_grad(X)
    assert value == pytest.approx(2 * X[2].sum() + X[0].sum())
    np.testing.assert_array_equal(found, np.outer([0, 0, 2, 0, 0], np.ones(3)))


@pytest.mark.parametrize("argnums", [1.0, None, np.int64(0), "x", {0}])
def test_argnums_of_another_kind_are_refused(argnums: Any) -> None:
    fast = jit(lambda x: x.sum(), tensors=True)
    with pytest.raises(TypeError, match="argnums must be an int or a sequence of them, got"):
        fast.value_and_grad(X, argnums=argnums)


@pytest.mark.parametrize("one", [Tensor(X), Value(1.0)])
def test_parameters_that_are_one_variable_are_refused(one: Any) -> None:
    with pytest.raises(TypeError, match="parameters must be a list of variables, got one"):
        jit(lambda x: x, parameters=one)


def test_parameters_are_one_array_and_are_left_as_they_are() -> None:
    weight, bias = Tensor(W), Tensor(np.zeros(4), requires_grad=False)
    fast = jit(lambda x: ((x @ weight + bias) ** 2).sum(), parameters=[weight, bias])
    theta = np.concatenate([2.0 * W.ravel(), np.ones(4)])
    value, found = fast.value_and_grad(theta, X)
    errors = X @ (2.0 * W) + 1.0
    assert value == pytest.approx((errors**2).sum())
    expected = [(2 * X.T @ errors).ravel(), 2 * errors.sum(0)]
    np.testing.assert_allclose(found, np.concatenate(expected))
    np.testing.assert_array_equal(weight.data, W)
    assert not bias.requires_grad
    assert weight.grad is None


def test_inside_a_transform_it_is_the_function_itself() -> None:
    fast = jit(lambda x: (x**3).sum(), tensors=True)
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(autograd.grad(fast)(x), 3 * x**2)
    np.testing.assert_allclose(autograd.hessian(fast)(x), np.diag(6 * x))
    cubes = jit(lambda x: x**3, tensors=True)
    np.testing.assert_allclose(autograd.jacobian(cubes)(x), np.diag(3 * x**2))
    variable = Tensor(x)
    fast(variable).backward()
    np.testing.assert_allclose(variable.grad, 3 * x**2)


def test_inside_a_recorded_function_it_is_a_part_of_that() -> None:
    inner = jit(lambda x: (x * x).sum(), tensors=True)
    value, found = jit(lambda x: inner(2 * x) + x.sum(), tensors=True).value_and_grad(X)
    assert value == pytest.approx(4 * (X * X).sum() + X.sum())
    np.testing.assert_allclose(found, 8 * X + 1)


def test_it_is_pickled_and_copied_with_its_function() -> None:
    fast = jit(operator.neg, tensors=True)
    fast(X)
    for other in (pickle.loads(pickle.dumps(fast)), copy.deepcopy(fast)):
        np.testing.assert_array_equal(other(X), -X)


def test_a_recording_isnt_pickled() -> None:
    with pytest.raises(TypeError, match="pickle the jitted function"):
        pickle.dumps(jit(operator.neg, tensors=True).recording(X))


def test_two_replays_of_the_same_numbers_have_the_same_bits() -> None:
    fast = jit(lambda x: autograd.softmax(autograd.exp(x) @ W).sum(0), tensors=True)
    first = fast(X)
    fast(2 * X)
    assert fast(X).tobytes() == first.tobytes()


def test_threads_call_one_function_at_once() -> None:
    fast = jit(lambda x: (autograd.exp(x) * x).sum(), tensors=True)

    def work(k: int) -> bool:
        x = np.full((k % 4 + 1, 7), 0.01 * k)
        return bool(np.isclose(fast(x), (np.exp(x) * x).sum(), rtol=1e-13))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(200)))


def test_an_op_of_ones_own_is_called_by_numpy_and_not_taken_for_ours_of_its_name() -> None:
    with temporary_registry():
        own = structural(
            "sum",
            lambda x: x.sum() * 10.0,
            lambda g, x, z: (g * 10.0 + 0.0 * x,),
            replace=True,
        )
        fast = jit(own, tensors=True)
        value, found = fast.value_and_grad(X)
        assert value == pytest.approx(10 * X.sum())
        np.testing.assert_allclose(found, np.full((5, 3), 10.0))


def test_an_elementwise_op_of_ones_own_is_compiled() -> None:
    with temporary_registry():
        cube = elementwise("cube_of_mine", "x * x * x", "3 * x * x")
        fast = jit(lambda x: cube(x).sum(), tensors=True)
        np.testing.assert_allclose(fast.value_and_grad(X)[1], 3 * X**2)
        assert fast.recording(X).calls == ()


# Branches ----------------------------------------------------------------------------------------

BRANCHES = {
    "sum": lambda x: (2 * x).sum() if x.sum() > 0 else (x * x).sum(),
    "any": lambda x: (2 * x).sum() if (x > 2).any() else (x * x).sum(),
    "all": lambda x: (2 * x).sum() if (x > -3).all() else (x * x).sum(),
    "numpy's any": lambda x: (2 * x).sum() if np.any(x > 2) else (x * x).sum(),
    "finite": lambda x: x.sum() if np.isfinite(x).all() else (x * 0).sum(),
    "and": lambda x: x.sum() if ((x > 0) & (x < 9)).any() else (x * x).sum(),
    "truth": lambda x: x.sum() if x[0, 0] else (x * x).sum(),
    "in": lambda x: x.sum() if 0.0 in x else (x * x).sum(),
    "count": lambda x: x.sum() if (x > 0).sum() > 3 else (x * x).sum(),
}


@pytest.mark.parametrize("name", BRANCHES)
def test_a_branch_is_checked_on_every_replay(name: str) -> None:
    f = BRANCHES[name]
    fast = jit(f, tensors=True)
    others = np.where(X[0, 0] == X, 0.0, X)
    for x in (X, -X, 4 * X, others, X, np.full((5, 3), np.inf), -X):
        t = Tensor(x)
        root = f(t)
        root.backward()
        value, found = fast.value_and_grad(x)
        np.testing.assert_allclose(value, root.item(), rtol=1e-14)
        np.testing.assert_allclose(found, t.grad, rtol=1e-14)


def test_a_loop_that_ends_by_a_number_is_recorded_for_each_length() -> None:
    def halved(x: Any) -> Any:
        while (x > 1).any():
            x = x / 2
        return x

    fast = jit(halved, tensors=True)
    for x in (X, 3 * X, 100 * X, 3 * X):
        expected = x
        while (expected > 1).any():
            expected = expected / 2
        np.testing.assert_array_equal(fast(x), expected)


CONDITIONS = {
    "and, or, not": lambda x: where((x > 0) & ~(x > 1) | (x < -1), x * x, 2 * x),
    "xor": lambda x: where((x > 0) ^ (x > 1), x * x, 2 * x),
    "of NumPy": lambda x: np.where(np.logical_and(x > 0, np.logical_not(x > 1)), x * x, 2 * x),
    "beside a plain mask": lambda x: where((x > 0) & (np.arange(3) > 0), x, 2 * x),
    "a plain mask first": lambda x: where((np.arange(3) > 0) | (x > 0), x, 2 * x),
    "compared": lambda x: where((x > 0) == (x > 1), x, 2 * x),
    "times": lambda x: x * (x > 0) + (x < -1) * x,
    "minus": lambda x: (1.0 - (x > 0)) * x,
    "mean": lambda x: (x > 0).mean() * x,
    "nan": lambda x: where(np.isnan(x), 0.0, x),
    "a row": lambda x: where((x > 0)[0], x, 2 * x),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_chooses_on_every_replay(name: str) -> None:
    f = CONDITIONS[name]
    fast = jit(f, tensors=True)
    for x in (X, -X, 3 * X):
        expected = f(Tensor(x)).data
        np.testing.assert_allclose(fast(x), expected, rtol=1e-15)
        small = x.astype(np.float32)
        assert fast(small).dtype == f(Tensor(small)).dtype
    assert kept(fast) == 2  # one a dtype


# Whole numbers, and masks ------------------------------------------------------------------------


def test_labels_are_read_on_every_replay() -> None:
    fast = jit(nn.cross_entropy, tensors=True)
    for labels in (LABELS, LABELS[::-1], 0 * LABELS):
        rows = X - np.log(np.exp(X).sum(1, keepdims=True))
        expected = -rows[np.arange(5), labels].mean()
        assert fast(X, labels) == pytest.approx(expected, rel=1e-14)
    assert kept(fast) == 1


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.uint64])
def test_positions_of_any_dtype_take_rows(dtype: Any) -> None:
    fast = jit(lambda x, i: (x[i] * x[i]).sum(), tensors=True)
    for places in ([4, 4, 0], [1, 2, 3]):
        value, found = fast.value_and_grad(X, np.array(places, dtype))
        assert value == pytest.approx((X[places] ** 2).sum())
        expected = np.zeros((5, 3))
        np.add.at(expected, places, 2 * X[places])
        np.testing.assert_allclose(found, expected)
    assert kept(fast) == 1


def test_positions_along_several_axes() -> None:
    fast = jit(lambda x, i, j: (x[i, j] * np.arange(1.0, 4.0)).sum(), tensors=True)
    for i, j in (([0, 0, -1], [2, 2, 1]), ([1, 2, 3], [0, 1, 2])):
        value, found = fast.value_and_grad(X, np.array(i), np.array(j))
        assert value == pytest.approx((X[i, j] * [1, 2, 3]).sum())
        expected = np.zeros((5, 3))
        np.add.at(expected, (i, j), [1.0, 2.0, 3.0])
        np.testing.assert_array_equal(found, expected)


def test_whole_numbers_are_computed_with() -> None:
    fast = jit(lambda x, y: (x * y + 2 * (x > y)).sum(), tensors=True)
    for y in (np.arange(3), np.array([5, 0, -5])):
        assert fast(X, y) == pytest.approx((X * y + 2 * (y < X)).sum())
    assert kept(fast) == 1


def test_labels_that_the_function_reads_are_a_part_of_the_recording() -> None:
    fast = jit(lambda x, y: sum((x[int(k)] * j).sum() for j, k in enumerate(y)), tensors=True)
    for labels in (LABELS, LABELS[::-1].copy(), LABELS):
        expected = sum((X[k] * j).sum() for j, k in enumerate(labels))
        assert fast(X, labels) == pytest.approx(expected)
    assert kept(fast) == 2


def test_labels_that_were_read_and_then_changed_in_place_are_not_stale() -> None:
    fast = jit(lambda x, y: (x * np.eye(3)[y] + x * y[:, None]).sum(), tensors=True)
    labels = LABELS.copy()
    expected = fast(X, labels)
    labels[:] = 0
    assert fast(X, LABELS.copy()) == expected
    assert fast(X, labels) == pytest.approx(X[:, 0].sum())


def test_a_mask_is_taken_by_its_value_where_shapes_depend_on_it() -> None:
    fast = jit(lambda x, mask: (x[mask] ** 2).sum(), tensors=True)
    for mask in (LABELS > 0, LABELS > 1, LABELS > 5):
        value, found = fast.value_and_grad(X, mask)
        assert value == pytest.approx((X[mask] ** 2).sum())
        np.testing.assert_allclose(found, 2 * X * mask[:, None])


def test_a_mask_by_a_comparison_is_refused() -> None:
    with pytest.raises(TypeError, match="use where"):
        jit(lambda x: x[x > 0].sum(), tensors=True)(X)


# From outside ------------------------------------------------------------------------------------


def test_a_tensor_from_outside_is_read_anew() -> None:
    weight, constant = Tensor(np.ones(3)), Tensor(np.ones(3), requires_grad=False)
    fast = jit(lambda x: (x * (weight * weight + constant)).sum(), tensors=True)
    assert fast(X) == pytest.approx(2 * X.sum())
    weight.data, constant.data = np.full(3, 2.0), np.full(3, 3.0)
    value, found = fast.value_and_grad(X)
    assert value == pytest.approx(7 * X.sum())
    np.testing.assert_allclose(found, np.full((5, 3), 7.0))
    assert weight.grad is None
    assert type(weight) is Tensor


def test_a_value_from_outside_is_read_anew() -> None:
    factor = Value(2.0)
    fast = jit(lambda x: (x * factor).sum(), tensors=True)
    assert fast(X) == pytest.approx(2 * X.sum())
    factor.data = 3.0
    assert fast(X) == pytest.approx(3 * X.sum())


def changed(array: Any, use: Any) -> None:
    """Assert that a function that uses an array gives what it should, before a change and after."""
    fast = jit(lambda x: use(x, array), tensors=True)
    for step in range(3):
        np.testing.assert_allclose(fast(X), use(Tensor(X), array).data, rtol=1e-14)
        if array.dtype == bool:
            array[step] = not array[step]
        else:
            array += 1
            array %= 3


USES = {
    "a factor": (np.ones(3), lambda x, a: (x * a).sum()),
    "a view of one": (np.ones((3, 2)), lambda x, a: (x * a[:, 0]).sum()),
    "a number in an array": (np.ones(()), lambda x, a: (x * a).sum()),
    "a matrix": (np.ones((3, 2)), lambda x, a: (x @ a).sum()),
    "a part that is joined": (np.ones((2, 3)), lambda x, a: autograd.concatenate([x, a]).sum()),
    "a comparison": (np.ones(3), lambda x, a: where(x > a, x, 0.0).sum()),
    "two alike": (np.ones(3), lambda x, a: (x * a + x * np.ones(3)).sum()),
    "a mask": (np.ones((5, 1), bool), lambda x, a: where(a, x, 0.0).sum()),
    "a mask as an index": (np.ones(5, bool), lambda x, a: x[a].sum()),
    "positions": (np.array([0, 1]), lambda x, a: x[a].sum()),
    "labels": (LABELS.copy(), nn.cross_entropy),
    "bounds": (np.zeros(3), lambda x, a: autograd.clip(x, a, 2.0).sum()),
    "repeats": (np.array([1, 2, 0]), lambda x, a: np.repeat(x, a, axis=1).sum()),
    "rows of a table": (np.array([0, 1]), lambda x, a: autograd.embedding(x, a).sum()),
}


@pytest.mark.parametrize("name", USES)
def test_an_array_from_outside_that_is_changed_in_place_is_never_stale(name: str) -> None:
    array, use = USES[name]
    changed(array.copy(), use)


def test_a_parameter_replaced_by_one_of_another_shape_is_an_error() -> None:
    weight = Tensor(np.ones(3))
    fast = jit(lambda x: (x * weight).sum(), tensors=True)
    fast(X)
    weight._data = np.ones(1)
    with pytest.raises(ValueError, match=r"has shape \(1,\) now, and had \(3,\)"):
        fast(X)


# Refused -----------------------------------------------------------------------------------------

READS = {
    "float": lambda x: x.sum() * float(x.sum()),
    "int": lambda x: x.sum() * int(x.sum()),
    "item": lambda x: x.sum() * x.sum().item(),
    "tolist": lambda x: x.sum() * x.tolist()[0][0],
    "data": lambda x: (x * x.data).sum(),
    "asarray": lambda x: (x * np.asarray(x)).sum(),
    "math": lambda x: x.sum() * __import__("math").exp(x[0, 0]),
    "argmax": lambda x: x[np.argmax(x[:, 0])].sum(),
    "argsort": lambda x: x[np.argsort(x[:, 0])].sum(),
    "sorted": lambda x: x.sum() * len(f"{x.sum():.3f}"),
    "backward": lambda x: x.sum().backward(),
    "replay": lambda x: jit(lambda y: y.sum(), tensors=True).value_and_grad(x)[0],
}


@pytest.mark.parametrize("name", READS)
def test_a_number_that_is_read_in_the_function_is_refused(name: str) -> None:
    weight = Tensor(np.ones(3))
    fast = jit(lambda x: READS[name](x * weight), tensors=True)
    with pytest.raises(TypeError, match="inside a function that is being recorded"):
        fast(X)
    assert type(weight) is Tensor
    np.testing.assert_array_equal(weight.data, np.ones(3))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (X * 1j, "real numbers .*, got an array of complex128"),
        pytest.param(X.astype(np.longdouble), "array of (float128|longdouble)", marks=EXTENDED),
        (np.array(["a"]), "real numbers .*, got an array of <U1"),
        ({1.0}, "got a set"),
        (object(), "got an object"),
        (np.ma.array([1.0, 2.0], mask=[True, False]), "fill the masked array first"),
    ],
    ids=["complex", "long", "text", "a set", "an object", "masked"],
)
def test_what_is_no_real_number_is_refused(x: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        jit(lambda x: (x * x).sum(), tensors=True)(x)


def test_what_changes_between_calls_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="something that changes between calls"):
        jit(lambda x: (x * rng.random(3)).sum(), tensors=True)(X)


def test_only_one_number_has_a_gradient() -> None:
    with pytest.raises(TypeError, match=r"returns an array of shape \(5,\)"):
        jit(lambda x: x.sum(1), tensors=True).value_and_grad(X)


def test_a_tensor_that_the_function_stores_outside_is_refused() -> None:
    """A replay wouldn't renew it. What is stored is a Tensor like any other."""
    stored: list[Any] = []

    def f(x: Any) -> Any:
        stored.append(x.mean(0))
        return (x - stored[-1]).sum()

    with pytest.raises(TypeError, match="return it instead"):
        jit(f, tensors=True)(X)
    np.testing.assert_allclose((2 * stored[0]).data, 2 * X.mean(0))


def test_a_constant_that_the_function_stores_outside_is_fine() -> None:
    ones: dict[int, Any] = {}

    def f(x: Any) -> Any:
        n = x.shape[1]
        if n not in ones:
            ones[n] = 2.0 * Tensor(np.ones(n), requires_grad=False)
        return (x * ones[n]).sum()

    fast = jit(f, tensors=True)
    assert fast(X) == pytest.approx(2 * X.sum())
    assert fast(X[:2]) == pytest.approx(2 * X[:2].sum())
    np.testing.assert_array_equal(ones[3].data, np.full(3, 2.0))


def test_lanes_are_refused() -> None:
    fast = jit(lambda x: x.sum(), tensors=True)
    for call in (fast.map, fast.map_value_and_grad, lambda x: fast.open(x, in_axes=0)):
        with pytest.raises(TypeError, match="give it the whole batch"):
            call(X)


@pytest.mark.parametrize("theta", [W, W.ravel()[:3], W.ravel().astype(np.float32), None])
def test_parameters_that_dont_fit_are_refused(theta: Any) -> None:
    fast = jit(lambda x: x.sum(), parameters=[Tensor(W)])
    for call in (fast, fast.value_and_grad, fast.open):
        with pytest.raises(TypeError, match=r"float64 of shape \(12,\)"):
            call(theta, X)


def test_a_label_out_of_range_is_named_and_the_next_call_is_right() -> None:
    fast = jit(nn.cross_entropy, tensors=True)
    expected = fast.value_and_grad(X, LABELS)
    for wrong in (3, -1):
        with pytest.raises(ValueError, match=f"labels must be from 0 to 2, got {wrong}"):
            fast.value_and_grad(X, np.where(LABELS == 2, wrong, LABELS))
    value, found = fast.value_and_grad(X, LABELS)
    assert value == expected[0]
    np.testing.assert_array_equal(found, expected[1])


@pytest.mark.parametrize(
    "take",
    [lambda x, i: x[i], autograd.embedding, lambda x, i: x[i, 0 * i]],
    ids=["rows", "embedding", "elements"],
)
def test_an_index_out_of_range_is_named_and_the_next_call_is_right(take: Any) -> None:
    fast = jit(lambda x, i: take(x, i).sum(), tensors=True)
    places = np.array([0, 2])
    expected = fast(X, places)
    for wrong in ([0, 5], [-6, 0]):
        with pytest.raises(IndexError, match=f"index {wrong[0] or wrong[1]} is out"):
            fast(X, np.array(wrong))
    assert fast(X, places) == expected


def test_an_embedding_takes_no_index_from_the_end() -> None:
    fast = jit(lambda x, i: autograd.embedding(x, i).sum(), tensors=True)
    fast(X, np.array([0, 1]))
    with pytest.raises(IndexError, match="index -1 is outside of a table of 5 rows"):
        fast(X, np.array([0, -1]))


def test_an_error_in_the_function_leaves_the_next_call_right() -> None:
    def f(x: Any) -> Any:
        if x.shape[0] == 2:
            raise RuntimeError("mine")
        return x.sum()

    fast = jit(f, tensors=True)
    fast(X)
    with pytest.raises(RuntimeError, match="mine"):
        fast(X[:2])
    assert fast(X) == pytest.approx(X.sum())


# 0·∞, nan ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: (x * autograd.sqrt(x)).sum(), [0.0, 3.0]),
        (lambda x: where(x > 1, autograd.log(x), 0.0).sum(), [0.0, 0.25]),
        (lambda x: autograd.sqrt(x * x).sum(), [0.0, 1.0]),
        (lambda x: (autograd.sqrt(x) ** 2).sum(), [0.0, 1.0]),
    ],
    ids=["x sqrt x", "where", "abs", "sqrt squared"],
)
def test_zero_times_infinity_is_what_the_walk_says(f: Any, expected: Any) -> None:
    x = np.array([0.0, 4.0])
    fast = jit(f, tensors=True)
    np.testing.assert_allclose(fast.value_and_grad(x)[1], expected, rtol=1e-14)
    with autograd.no_grad():
        np.testing.assert_allclose(fast.value_and_grad(x)[1], expected, rtol=1e-14)


def test_nan_and_infinity_are_not_hidden() -> None:
    fast = jit(lambda x: (x * x).sum(), tensors=True)
    value, found = fast.value_and_grad(np.array([np.nan, np.inf, 1.0]))
    assert np.isnan(value)
    np.testing.assert_array_equal(found, [np.nan, np.inf, 2.0])


def test_whole_numbers_may_go_through_a_function_of_numpy():
    """They are taken by their values: for others there is another recording."""
    fast = jit(lambda x, k: x[np.minimum(k, 1)].sum(), tensors=True)
    x = np.array([1.5, 2.0, 3.0])
    assert fast(x, np.array([0, 2])) == 3.5
    assert fast(x, np.array([0, 0])) == 3.0
