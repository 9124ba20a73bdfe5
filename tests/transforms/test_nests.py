"""What goes into a transform and comes out: nests, None, has_aux, and results without a slope."""

from collections import Counter, OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest

from autograd import Tensor, Value, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

Pair = namedtuple("Pair", "w b")


class Positive(namedtuple("Positive", "w b")):
    """A namedtuple that is made from other arguments than its fields."""

    def __new__(cls, both):
        return super().__new__(cls, both, both)


NESTS = [
    OrderedDict([("w", 2.0), ("b", 3.0)]),
    defaultdict(lambda: 7.0, w=2.0, b=3.0),
    Counter(w=2, b=3),
    {"b": 3.0, "w": 2.0},
    Pair(w=2.0, b=3.0),
    Positive(2.0),
    (2.0, 3.0),
    [2.0, 3.0],
]
each_nest = pytest.mark.parametrize("nest", NESTS, ids=lambda nest: type(nest).__name__)


def product(nest):
    w, b = nest.values() if isinstance(nest, dict) else nest
    return w * b


@each_nest
def test_a_nest_comes_back_as_it_was(nest) -> None:
    """In every transform: the class, and the order of the keys."""
    seeds = dict.fromkeys(nest, 1.0) if isinstance(nest, dict) else nest
    found = [
        grad(product)(nest),
        vjp(product, nest)[1](1.0)[0],
        jacobian(product)(nest),
        hvp(product, (nest,), (seeds,))[0],
        jvp(lambda same: same, (nest,), (seeds,))[1],
        vjp(lambda same: same, nest)[0],
    ]
    for each in found:
        assert type(each) is type(nest)
        if isinstance(nest, dict):
            assert list(each) == list(nest)


@each_nest
def test_the_gradient_of_a_product_is_the_other_factor(nest) -> None:
    found = grad(product)(nest)
    w, b = nest.values() if isinstance(nest, dict) else nest
    assert list(found.values() if isinstance(nest, dict) else found) == [b, w]


def test_a_defaultdict_keeps_its_default_and_the_argument_its_numbers() -> None:
    nest = defaultdict(lambda: 7.0, w=2.0)
    found = grad(lambda p: p["w"] * p["new"])(nest)
    assert found == {"w": 7.0}
    assert found["other"] == 7.0
    assert nest == {"w": 2.0}


def test_a_namedtuple_inside_an_ordered_dict_inside_a_list() -> None:
    nest = [OrderedDict(layer=Pair(w=np.array([1.0, 2.0]), b=3.0))]
    (found,) = grad(lambda p: (p[0]["layer"].w * p[0]["layer"].b).sum())(nest)
    assert type(found) is OrderedDict
    assert type(found["layer"]) is Pair
    assert found["layer"].w.tolist() == [3.0, 3.0]
    assert found["layer"].b == 3.0


# None ---------------------------------------------------------------------------------------------


def loss(p):
    assert p["b"] is None
    return p["w"] * p["w"]


def test_none_in_a_nest_is_none_in_every_derivative() -> None:
    p = {"w": 3.0, "b": None}
    assert grad(loss)(p) == {"w": 6.0, "b": None}
    assert value_and_grad(loss)(p) == (9.0, {"w": 6.0, "b": None})
    assert vjp(loss, p)[1](1.0) == ({"w": 6.0, "b": None},)
    assert jvp(loss, (p,), ({"w": 2.0, "b": None},)) == (9.0, 12.0)
    assert jacobian(loss)(p) == {"w": 6.0, "b": None}
    assert hessian(loss)(p) == {"w": {"w": 2.0, "b": None}, "b": None}
    assert hvp(loss, (p,), ({"w": 2.0, "b": None},)) == ({"w": 4.0, "b": None},)


def test_none_in_a_nest_of_results_is_none() -> None:
    value, pullback = vjp(lambda x: (x * x, None), 3.0)
    assert value == (9.0, None)
    assert pullback((1.0, None)) == (6.0,)
    assert jvp(lambda x: [None, x * x], (3.0,), (1.0,)) == ([None, 9.0], [None, 6.0])
    assert jacobian(lambda x: (x * x, None))(3.0) == (6.0, None)


def test_a_number_for_none_is_refused_and_none_for_a_number() -> None:
    with pytest.raises(TypeError, match=r"\['b'\]: expected None, got a float"):
        jvp(loss, ({"w": 3.0, "b": None},), ({"w": 1.0, "b": 1.0},))
    with pytest.raises(TypeError, match=r"\['w'\]: expected a number or an array, got None"):
        jvp(loss, ({"w": 3.0, "b": None},), ({"w": None, "b": None},))


def test_none_that_is_the_whole_argument_is_refused() -> None:
    with pytest.raises(TypeError, match=r"with respect to argument 0: .*got None"):
        grad(lambda x: 1.0)(None)


# has_aux ------------------------------------------------------------------------------------------


def with_aux(x):
    return x * x, {"error": x - 1.0, "seen": [x, "as it is", None, True]}


def test_grad_with_aux_returns_the_gradient_and_aux() -> None:
    """JAX's order: ``grad`` (gradient, aux), ``value_and_grad`` ((value, aux), gradient)."""
    aux = {"error": 2.0, "seen": [3.0, "as it is", None, True]}
    assert grad(with_aux, has_aux=True)(3.0) == (6.0, aux)
    assert value_and_grad(with_aux, has_aux=True)(3.0) == ((9.0, aux), 6.0)
    assert grad(lambda x, y: (x * y, x), (0, 1), has_aux=True)(2.0, 3.0) == ((3.0, 2.0), 2.0)


def test_aux_is_plain_and_holds_no_graph() -> None:
    x = np.array([1.0, 2.0])
    _, aux = grad(lambda x: ((x * x).sum(), {"y": x * 2.0, "x": x}), has_aux=True)(x)
    assert type(aux["y"]) is type(aux["x"]) is np.ndarray
    assert aux["y"].tolist() == [2.0, 4.0]
    assert aux["x"] is not x


def test_aux_that_depends_on_a_variable_from_outside_is_a_node() -> None:
    w = Value(5.0)
    slope, (own, others) = grad(lambda x: (x * x, (x, w * x)), has_aux=True)(3.0)
    assert (slope, own) == (6.0, 3.0)
    others.backward()
    assert w.grad == 3.0


def test_aux_of_an_inner_transform_is_differentiated_through() -> None:
    """d/dx of (y²) · x at y = 3."""

    def f(x):
        slope, aux = grad(lambda y: (x * y, y * y * x), has_aux=True)(3.0)
        return slope + aux

    found = grad(f)(2.0)
    assert (found, type(found)) == (10.0, float)


@pytest.mark.parametrize("result", [3.0, (1.0,), (1.0, 2.0, 3.0), None])
def test_what_is_no_pair_is_refused(result) -> None:
    with pytest.raises(TypeError, match="has_aux=True a function must return a pair"):
        grad(lambda x: result, has_aux=True)(2.0)


# Results without a slope --------------------------------------------------------------------------

WITHOUT_SLOPE = {
    "bool": lambda x: x[0] > 0.5,
    "bool of floats": lambda x: bool(x[0] > 0.5),
    "array of booleans": lambda x: x > 0.5,
    "argmax": np.argmax,
    "argsort": np.argsort,
    "index": lambda x: np.int64(1),
}


@pytest.mark.parametrize("name", WITHOUT_SLOPE)
def test_booleans_and_indices_are_refused(name) -> None:
    f, x = WITHOUT_SLOPE[name], np.array([1.0, 2.0])
    calls = [
        lambda: grad(f)(x),
        lambda: value_and_grad(f)(x),
        lambda: vjp(f, x),
        lambda: jvp(f, (x,), (x,)),
        lambda: jacobian(f)(x),
        lambda: hessian(f)(x),
        lambda: hvp(f, (x,), (x,)),
    ]
    for call in calls:
        with pytest.raises(TypeError, match="booleans and indices have no slope"):
            call()


def test_the_truth_of_a_value_is_refused_too() -> None:
    with pytest.raises(TypeError, match="its result is True, a bool: booleans"):
        grad(lambda x: x > 1.0)(2.0)


# 0-d arrays ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_the_derivative_by_an_array_without_axes_is_one(dtype) -> None:
    """Also where two contributions are added, of which NumPy makes a number."""
    x = np.array(3.0, dtype)
    one = np.ones_like(x)
    for f in (lambda x: x * x, lambda x: x + x, lambda x: x * 1.0, lambda x: x):
        found = [
            grad(f)(x),
            *value_and_grad(f)(x),
            *vjp(f, x)[1](one),
            *jvp(f, (x,), (one,)),
            jacobian(f)(x),
            hessian(f)(x),
            *hvp(f, (x,), (one,)),
        ]
        assert {(type(each), each.shape, each.dtype) for each in found} == {
            (np.ndarray, (), np.dtype(dtype))
        }


def test_a_leaf_without_axes_accumulates_arrays() -> None:
    t = Tensor(3.0)
    for _ in range(3):
        (t * t).backward()
        assert type(t.grad) is np.ndarray
    assert t.grad.item() == 18.0
