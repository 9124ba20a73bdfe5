"""Methods of nodes as those of NumPy's arrays: their keywords, and names that aren't here."""

import numpy as np
import pytest
import scipy.linalg
import scipy.special

import autograd as ag
from autograd import Tensor, Value

A = np.array([[2.5, 1.25, -0.75], [1.0, 3.0, 0.5]])
MASK = np.array([[True, False, True], [True, True, False]])
CALLS = [
    ("sum", (), {"where": MASK}),
    ("sum", (0,), {"initial": 2.0, "keepdims": True}),
    ("mean", (1,), {"where": MASK}),
    ("prod", (), {"initial": 3.0}),
    ("max", (0,), {"where": MASK, "initial": -5.0}),
    ("min", (), {"initial": 0.25}),
    ("var", (1,), {"where": MASK, "ddof": 0}),
    ("std", (0, None, None, 1), {}),
    ("cumsum", (0,), {"out": None}),
    ("cumprod", (1,), {"dtype": None}),
    ("any", (), {"where": MASK}),
    ("all", (0,), {"where": MASK}),
    ("argsort", (1,), {"kind": "stable"}),
    ("argsort", (0,), {"stable": True}),
    ("trace", (), {"offset": 1, "dtype": None}),
    ("ravel", ("F",), {}),
    ("flatten", ("F",), {}),
    ("round", (1,), {}),
    ("round", (), {"decimals": 1}),
    ("clip", (), {"min": 1.0}),
    ("clip", (), {"max": 1.0}),
    ("clip", (0.0,), {"max": 1.0}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), CALLS)
def test_a_method_takes_what_that_of_numpy_takes(name, args, kwargs):
    found = getattr(Tensor(A), name)(*args, **kwargs)
    np.testing.assert_allclose(getattr(found, "data", found), getattr(A, name)(*args, **kwargs))


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "var", "std", "cumsum", "cumprod"])
def test_dtype_converts_as_in_numpy(name):
    found = getattr(Tensor(A), name)(axis=0, dtype=np.float32)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.data, getattr(A, name)(axis=0, dtype=np.float32), rtol=1e-6)


def test_a_copy_that_is_not_needed_changes_no_conversion():
    assert Tensor(A).astype(np.float32, copy=False).dtype == np.float32


def test_what_a_mask_leaves_out_gets_no_gradient():
    t = Tensor(A)
    t.sum(where=MASK).backward()
    np.testing.assert_array_equal(t.grad, MASK.astype(float))


def test_bounds_by_the_names_of_numpy_have_the_slope_of_bounds():
    t = Tensor(A)
    t.clip(min=1.1, max=2.0).sum().backward()
    np.testing.assert_array_equal(t.grad, (A > 1.1) & (A < 2.0))


@pytest.mark.parametrize("kwargs", [{"foo": 1}, {"axes": 0}, {"out": np.zeros(())}])
def test_other_keywords_are_refused_by_name(kwargs):
    (name,) = kwargs
    with pytest.raises(TypeError, match=f"sum.*{name}"):
        Tensor(A).sum(**kwargs)


def test_a_value_is_rounded_to_decimals():
    assert Value(2.345).round(1).data == 2.3
    assert Value(2.345).round().data == 2.0


# Arrays of Values ---------------------------------------------------------------------------------

OF_ONE = [
    "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "deg2rad", "degrees", "rad2deg",
    "radians", "fabs", "rint", "absolute", "cbrt", "ceil", "cos", "cosh", "exp", "exp2", "expm1",
    "floor", "log", "log10", "log1p", "log2", "negative", "reciprocal", "sin", "sinh", "sqrt",
    "square", "tan", "tanh", "trunc", "conjugate",
]  # fmt: skip
OF_TWO = [
    "arctan2", "hypot", "fmod", "add", "divide", "power", "remainder", "floor_divide",
]  # fmt: skip


@pytest.mark.parametrize("name", OF_ONE)
def test_a_ufunc_takes_an_array_of_values(name):
    point = 1.25 if name == "arccosh" else 0.75
    x, ufunc = Value(point), getattr(np, name)
    (found,) = ufunc(np.array([x]))
    assert found.data == pytest.approx(ufunc(point), rel=1e-15)
    found.backward()
    h = 1e-6
    slope = (ufunc(point + h) - ufunc(point - h)) / (2 * h)
    assert x.grad == pytest.approx(slope, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("name", OF_TWO)
def test_a_ufunc_of_two_takes_arrays_of_values(name):
    x, y, ufunc = Value(1.75), Value(0.5), getattr(np, name)
    (found,) = ufunc(np.array([x]), np.array([y]))
    assert found.data == pytest.approx(ufunc(1.75, 0.5), rel=1e-15)
    found.backward()
    h = 1e-6
    slope = (ufunc(1.75 + h, 0.5) - ufunc(1.75 - h, 0.5)) / (2 * h)
    assert x.grad == pytest.approx(slope, rel=1e-8, abs=1e-9)


def test_a_real_number_is_its_own_conjugate():
    x, t, z = Value(0.5), Tensor(A), Value(1 + 2j)
    assert x.conj() is x
    assert t.conj() is t
    assert z.conj().data == 1 - 2j


# Names that aren't here ---------------------------------------------------------------------------


def test_nodes_have_no_getattr_of_their_own():
    """With one the interpreter looks up every attribute of every node the slow way."""
    for node in (Value(1.0), Tensor(A)):
        assert not hasattr(type(node), "__getattr__")
        assert type(node).__getattribute__ is object.__getattribute__


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (scipy.special.logsumexp, "scipy.special.logsumexp there is autograd.special"),
        (scipy.special.softmax, "autograd.special.softmax"),
        (lambda t: scipy.special.polygamma(1, t), "autograd.special.polygamma"),
        (scipy.linalg.inv, "scipy.linalg.inv there is autograd.linalg.inv"),
        (scipy.linalg.expm, "autograd.linalg.expm"),
    ],
    ids=["logsumexp", "softmax", "polygamma", "inv", "expm"],
)
def test_a_function_of_scipy_that_takes_arrays_alone_is_told_of_ours(call, advice):
    with pytest.raises(TypeError, match=f"would lose its gradient.*{advice}"):
        call(Tensor(np.eye(2)))


def test_a_function_of_a_user_that_makes_an_array_is_told_of_no_other():
    def inv(t):
        return np.asarray(t)

    with pytest.raises(TypeError, match=r"puts several together$"):
        inv(Tensor(np.eye(2)))


@pytest.mark.parametrize(
    "make",
    [lambda t: t * 1j, lambda t: t + np.array([1j, 0.0]), lambda _: Tensor([1j])],
    ids=["number", "array", "data"],
)
def test_complex_numbers_of_tensors_are_told_of_both_parts_and_of_values(make):
    with pytest.raises(TypeError, match=r"real and the imaginary part as two Tensors.*Values"):
        make(Tensor([1.0, 2.0]))


# Where jit gives a function arrays of Values, or records one of Tensors ---------------------------


def test_a_function_that_takes_no_array_of_values_is_told_of_tensors():
    with pytest.raises(TypeError) as raised:
        ag.jit(lambda x: np.linalg.inv(x).sum())(np.eye(2))
    assert "jit(f, tensors=True)" in raised.value.__notes__[0]


def test_an_error_over_numbers_has_no_such_note():
    with pytest.raises(TypeError) as raised:
        ag.jit(lambda x: x + "one")(2.0)
    assert not hasattr(raised.value, "__notes__")


def test_deviations_of_values_are_replayed():
    x = np.array([1.0, 2.0, 4.0])
    assert ag.jit(np.std)(x) == pytest.approx(np.std(x), rel=1e-14)


def test_blocks_of_tensors_are_replayed():
    def f(x):
        return (np.block([[x[:1], x[1:2]], [np.zeros(1), x[2:]]]) ** 2).sum()

    x = np.array([1.0, 2.0, 4.0])
    value, slopes = ag.jit(f, tensors=True).value_and_grad(x)
    assert value == 21
    np.testing.assert_array_equal(slopes, 2 * x)


@pytest.mark.parametrize(
    "f",
    [np.unique, np.trim_zeros, lambda x: np.polymul(x, x), lambda x: np.setdiff1d(x, [1.0])],
    ids=["unique", "trim_zeros", "polymul", "setdiff1d"],
)
def test_a_refusal_to_record_names_nothing_private(f):
    with pytest.raises(TypeError, match="in every replay") as raised:
        ag.jit(f, tensors=True)(np.array([1.0, 2.0]))
    assert "._" not in str(raised.value)
