"""NumPy's own functions on Tensors (NEP 13, NEP 18): they record, answer plainly, or refuse."""

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value

RECORDED = {
    "exp": np.exp,
    "add": lambda t: np.add(t, 1.0),
    "multiply": lambda t: np.multiply(np.ones(3), t),
    "power": lambda t: np.power(t, 2.0),
    "maximum": lambda t: np.maximum(t, 1.0),
    "matmul": lambda t: np.matmul(t, np.ones((3, 2))),
    "sum": lambda t: np.sum(t, axis=0),
    "sum by position": lambda t: np.sum(t, 0),
    "mean": lambda t: np.mean(t, axis=0, keepdims=True),
    "std": lambda t: np.std(t, ddof=1),
    "amax": np.amax,
    "norm": np.linalg.norm,
    "stack": lambda t: np.stack([t, t], axis=1),
    "stack with an array": lambda t: np.stack([np.ones((2, 3)), t]),
    "concatenate": lambda t: np.concatenate((t, np.ones((1, 3)))),
    "where": lambda t: np.where(np.ones((2, 3), bool), t, 0.0),
    "einsum": lambda t: np.einsum("ij,kj->ik", t, t),
    "dot": lambda t: np.dot(t, np.ones(3)),
    "reshape": lambda t: np.reshape(t, (3, 2)),
    "clip": lambda t: np.clip(t, 0.0, 2.0),
    "clip by NumPy's names": lambda t: np.clip(t, a_min=2.0, a_max=None),
    "round to digits": lambda t: np.round(t / 7.0, decimals=2),
    "round to tens": lambda t: np.round(t * 7.0, -1),
    "var": lambda t: np.var(t, axis=1, correction=1),
    "std with correction": lambda t: np.std(t, correction=1),
    "positive": np.positive,
    "diff": np.diff,
    "second diff": lambda t: np.diff(t * t, 2),
    "diff of rows": lambda t: np.diff(t, axis=0),
    "column_stack": lambda t: np.column_stack([t, t[:, 0]]),
    "atleast_1d": np.atleast_1d,
    "atleast_2d": lambda t: np.atleast_2d(t[0] * t),
    "atleast_3d": np.atleast_3d,
    "full_like": lambda t: np.full_like(t, t[0, 0]),
    "vecdot": lambda t: np.vecdot(t, t),
    "vecdot of linalg": lambda t: np.linalg.vecdot(t, t, axis=0),
    "trace of linalg": lambda t: np.linalg.trace(t[:, :2], offset=-1),
    "outer of linalg": lambda t: np.linalg.outer(t[0], t[1]),
    "operator": lambda t: np.ones((2, 3)) * t - np.float32(2) / t,
    "left matmul": lambda t: np.ones((4, 2)) @ t,
}


if np.lib.NumpyVersion(np.__version__) >= "2.1.0":  # NumPy 2.0 has only the old names
    RECORDED["clip by its new names"] = lambda t: np.clip(t, min=2.0, max=4.0)


@pytest.mark.parametrize("name", RECORDED)
def test_numpys_functions_record(name):
    t = Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    z = RECORDED[name](t)
    assert isinstance(z, Tensor)
    np.testing.assert_allclose(z.data, RECORDED[name](t.data), rtol=1e-15)
    z.backward(np.ones(z.shape))
    assert t.grad.shape == t.shape


def test_lists_of_values_stack_into_a_tensor():
    a, b = Value(2.0), Value(3.0)
    z = np.stack([a, b, a])
    (z * z).sum().backward()
    assert (a.grad, b.grad) == (8.0, 6.0)


def test_an_array_of_values_stays_one():
    v = np.array([Value(1.0), Value(2.0)])
    assert v.dtype == object
    assert np.sum(v * 2.0).data == 6.0
    assert ag.exp(v)[0].data == np.exp(1.0)


def test_numpys_functions_of_many_arrays_give_a_tensor_for_each():
    t = Tensor([[1.0, 2.0], [3.0, 4.0]])
    row, column = np.atleast_2d(t[0], t)
    assert (row.shape, column.shape) == ((1, 2), (2, 2))
    if hasattr(np, "unstack"):
        first, second = np.unstack(t, axis=1)
        (first * second).sum().backward()
        assert t.grad.tolist() == [[2.0, 1.0], [4.0, 3.0]]


PLAIN = {
    "full_like": lambda t: np.full_like(t, 2.0).tolist(),
    "shape": np.shape,
    "ndim": np.ndim,
    "size": np.size,
    "argmax": lambda t: np.argmax(t, axis=0).tolist(),
    "argsort": lambda t: np.argsort(t).tolist(),
    "method argmin": lambda t: t.argmin(axis=1).tolist(),
    "nonzero": lambda t: np.nonzero(t)[0].tolist(),
    "count_nonzero": lambda t: int(np.count_nonzero(t)),
    "any": lambda t: bool(np.any(t > 2)),
    "all": lambda t: bool(np.all(t)),
    "isfinite": lambda t: np.isfinite(t).tolist(),
    "greater": lambda t: np.greater(t, 2.0).tolist(),
    "allclose": lambda t: np.allclose(t, t),
    "array_equal": lambda t: np.array_equal(t, [[1.0, 2.0], [4.0, 3.0]]),
    "result_type": lambda t: np.result_type(t, np.float32),
    "zeros_like": lambda t: np.zeros_like(t).tolist(),
    "ones_like": lambda t: np.ones_like(t, dtype="f4").dtype,
    "searchsorted": lambda t: np.searchsorted(t[0], 1.5).tolist(),
    "lexsort": lambda t: np.lexsort((t[0], t[1])).tolist(),
    "isin": lambda t: np.isin(t, [1.0]).tolist(),
}


@pytest.mark.parametrize("name", PLAIN)
def test_questions_about_the_numbers_have_plain_answers(name):
    x = np.array([[1.0, 2.0], [4.0, 3.0]])
    found = PLAIN[name](Tensor(x))
    assert found == PLAIN[name](x)
    assert type(found) is type(PLAIN[name](x))


def test_a_function_that_is_not_here_is_refused_by_name_and_near_ones_are_named():
    t = Tensor([1.0, 2.0])
    with pytest.raises(
        TypeError,
        match=r"numpy\.cumprod is not differentiable here; autograd has "
        r".*(cumsum|prod)",
    ):
        np.cumprod(t)
    with pytest.raises(TypeError, match=r"numpy\.fix .* Use x\.data for the plain numbers"):
        np.fix(t)


def test_if_none_is_near_all_are_named():
    with pytest.raises(TypeError, match=r"add, all.*einsum.*matmul.*sum"):
        np.i0(Tensor([1.0, 2.0]))


@pytest.mark.parametrize(
    "f",
    [
        lambda t, out: np.exp(t, out=out),
        lambda t, out: np.add(out, t, out=out),
        lambda t, out: np.add.reduce(t),
        lambda t, out: np.add.outer(t, t),
        lambda t, out: np.multiply.accumulate(t),
        lambda t, out: np.exp(t, where=[True, False]),
    ],
    ids=["out", "out of add", "reduce", "outer", "accumulate", "where"],
)
def test_a_ufunc_in_any_other_way_is_refused(f):
    out = np.zeros(2)
    with pytest.raises(TypeError, match="on a node is not differentiable here"):
        f(Tensor([1.0, 2.0]), out)
    assert out.tolist() == [0.0, 0.0]


def test_adding_a_tensor_into_an_array_is_refused_and_changes_nothing():
    array = np.zeros(2)
    with pytest.raises(TypeError, match="out="):
        array += Tensor([1.0, 2.0])
    assert array.tolist() == [0.0, 0.0]


def test_what_to_use_in_place_of_a_ufunc_is_named_as_it_is_here():
    array = np.zeros(2)
    with pytest.raises(TypeError, match=r"use autograd\.mul,"):
        array *= Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match=r"use autograd\.pow,"):
        array **= Tensor([1.0, 2.0])


@pytest.mark.parametrize("keyword", ["out", "where", "initial", "dtype"])
def test_arguments_that_are_not_here_are_refused_by_name(keyword):
    with pytest.raises(TypeError, match=keyword):
        np.sum(Tensor([1.0]), **{keyword: None})


def test_numpy_cannot_write_into_a_tensor():
    with pytest.raises(TypeError):
        np.copyto(Tensor([1.0]), [2.0])


def test_the_public_function_and_numpys_are_the_same_record():
    t = Tensor([1.0, 2.0])
    for ours, numpys in [(ag.sum, np.sum), (ag.exp, np.exp), (ag.norm, np.linalg.norm)]:
        assert ours(t).op is numpys(t).op
