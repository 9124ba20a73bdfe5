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


# Ufuncs with keywords, and their methods ----------------------------------------------------------

METHODS = {
    "add.reduce": np.add.reduce,
    "add.reduce of all": lambda t: np.add.reduce(t, axis=None, keepdims=True),
    "multiply.reduce": lambda t: np.multiply.reduce(t, axis=1),
    "maximum.reduce": lambda t: np.maximum.reduce(t, axis=1),
    "minimum.reduce": lambda t: np.minimum.reduce(t, axis=1, initial=2.5),
    "fmax.reduce": np.fmax.reduce,
    "logaddexp.reduce": lambda t: np.logaddexp.reduce(t, axis=1),
    "add.reduce where": lambda t: np.add.reduce(t, where=[True, False, True]),
    "add.accumulate": lambda t: np.add.accumulate(t, axis=1),
    "multiply.accumulate": np.multiply.accumulate,
    "maximum.accumulate": lambda t: np.maximum.accumulate(t, axis=1),
    "minimum.accumulate": np.minimum.accumulate,
    "subtract.outer": lambda t: np.subtract.outer(t, t[0]),
    "exp in float32": lambda t: np.exp(t, dtype="f4"),
    "add with what says nothing": lambda t: np.add(t, 1.0, out=None, where=True, order="F"),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_and_keywords_of_ufuncs_record(name):
    x = np.array([[1.0, 5.0, 3.0], [4.0, 2.0, 6.0]])
    t = Tensor(x)
    z, expected = METHODS[name](t), METHODS[name](x)
    assert z.shape == expected.shape
    assert z.dtype == expected.dtype
    np.testing.assert_allclose(z.data, expected, rtol=1e-15 if z.dtype == np.float64 else 1e-6)
    z.backward(np.ones(z.shape))
    assert t.grad.any()


@pytest.mark.parametrize(
    ("f", "says"),
    [
        (lambda t, out: np.exp(t, out=out), "with out= .*autograd.exp"),
        (lambda t, out: np.add(out, t, out=out), "with out= .*autograd.add"),
        (lambda t, out: np.add.reduce(t, out=out), "with out= "),
        (lambda t, out: np.exp(t, where=[True, False]), "with where= .*autograd.where"),
        (lambda t, out: np.add.at(out, [0, 1], t), r"add\.at .*autograd.add_at"),
        (lambda t, out: np.add.reduceat(t, [0]), r"add\.reduceat .*slices"),
        (lambda t, out: np.hypot.reduce(t), r"hypot\.reduce .*numpy\.add\.reduce"),
    ],
)
def test_a_ufunc_in_any_other_way_is_refused(f, says):
    out = np.zeros(2)
    with pytest.raises((TypeError, ValueError), match=says):
        f(Tensor([1.0, 2.0]), out)
    assert out.tolist() == [0.0, 0.0]


def test_adding_a_tensor_into_an_array_is_refused_and_changes_nothing():
    array = np.zeros(2)
    with pytest.raises(TypeError, match="out="):
        array += Tensor([1.0, 2.0])
    assert array.tolist() == [0.0, 0.0]


def test_what_to_use_in_place_of_a_ufunc_is_named_as_it_is_here():
    array = np.zeros(2)
    with pytest.raises(TypeError, match=r"autograd\.mul,"):
        array *= Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match=r"autograd\.pow,"):
        array **= Tensor([1.0, 2.0])


# Arguments by NumPy's names -----------------------------------------------------------------------

CALLED = {
    "by its name": lambda t: np.sum(a=t, axis=0),
    "all by position": lambda t: np.std(t, 0, None, None, 1),
    "positional dtype": lambda t: np.sum(t, 1, np.float32),
    "out=None": lambda t: np.mean(t, out=None, dtype=None),
    "dtype of a join": lambda t: np.stack([t, t], dtype="f4"),
    "kinds of sort": lambda t: np.sort(t, kind="mergesort", stable=None),
    "copy": lambda t: np.copy(t, order="F", subok=True),
    "keepdims by position": lambda t: np.mean(t, 1, None, None, True),
    "all's keywords": lambda t: t * np.all(t, axis=0, keepdims=True),
}


@pytest.mark.parametrize("name", CALLED)
def test_arguments_are_numpys(name):
    x = np.array([[1.0, 5.0, 3.0], [4.0, 2.0, 6.0]])
    z, expected = CALLED[name](Tensor(x)), np.asarray(CALLED[name](x))
    assert (z.shape, z.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(z.data, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("f", "keyword"),
    [
        (lambda t: np.sum(t, out=np.zeros(())), "out"),
        (lambda t: np.max(t, where=t > 1), "initial"),
        (lambda t: np.median(t, out=np.zeros(())), "median with out="),
        (lambda t: np.quantile(t, 0.5, method="inverted_cdf", weights=[1, 2, 3]), "weights"),
        (lambda t: np.unique(t, axis=0), "axis"),
        (lambda t: np.nan_to_num(t, copy=False), "copy"),
        (lambda t: np.sum(t, dtype=int), "holds floats"),
    ],
)
def test_arguments_that_are_not_here_are_refused_by_name(f, keyword):
    with pytest.raises((TypeError, ValueError), match=keyword):
        f(Tensor([1.0, 2.0, 3.0]))


def test_numpy_cannot_write_into_a_tensor():
    with pytest.raises(TypeError):
        np.copyto(Tensor([1.0]), [2.0])


def test_the_public_function_and_numpys_are_the_same_record():
    t = Tensor([1.0, 2.0])
    for ours, numpys in [(ag.sum, np.sum), (ag.exp, np.exp), (ag.norm, np.linalg.norm)]:
        assert ours(t).op is numpys(t).op
