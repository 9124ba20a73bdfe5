"""A jitted function of Tensors: its calls, what is recorded again, and what is never stale."""

from __future__ import annotations

import copy
import operator
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from tensor_runs import kept

import autograd
import nn
from autograd import Tensor, Value, elementwise, jit, structural, temporary_registry, where
from autograd.replay import native

RNG = np.random.default_rng(0)
X = RNG.standard_normal((5, 3))
W = RNG.standard_normal((3, 4))
LABELS = np.array([2, 0, 1, 1, 2])


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
