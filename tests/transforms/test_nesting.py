"""Transforms inside one another: plain numbers unless a variable from outside takes part."""

import gc
import itertools
from fractions import Fraction

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.node.node import Node, raw


def one_like(x):
    data = raw(x)
    return np.ones_like(data) if isinstance(data, np.ndarray) else type(data)(1)


# Each takes a function of one number to its derivative of some order.
TRANSFORMS = {
    "grad": (1, grad),
    "value_and_grad": (1, lambda f: lambda x: value_and_grad(f)(x)[1]),
    "its value": (0, lambda f: lambda x: value_and_grad(f)(x)[0]),
    "vjp": (1, lambda f: lambda x: (lambda y, pull: pull(one_like(y))[0])(*vjp(f, x))),
    "its result": (0, lambda f: lambda x: vjp(f, x)[0]),
    "jvp": (1, lambda f: lambda x: jvp(f, (x,), (one_like(x),))[1]),
    "jacobian": (1, jacobian),
    "hessian": (2, hessian),
    "hvp": (2, lambda f: lambda x: hvp(f, (x,), (one_like(x),))[0]),
}
PAIRS = list(itertools.product(TRANSFORMS, repeat=2))
POINTS = [3.0, Fraction(3), 3 + 0j, np.array(3.0)]
each_pair = pytest.mark.parametrize("pair", PAIRS, ids=" ".join)


def pairs_and_triples(pair):
    """The pair at every kind of number, and with any third transform inside at a float."""
    yield from ((pair, x) for x in POINTS)
    yield from (((*pair, third), 3.0) for third in TRANSFORMS)


def order(*names):
    return sum(TRANSFORMS[name][0] for name in names)


def composed(names, f):
    for name in reversed(names):
        f = TRANSFORMS[name][1](f)
    return f


def derivative_of_fourth_power(k, x):
    return [x**4, 4 * x**3, 12 * x**2, 24 * x, 24, 0, 0][k]


def is_plain(found, x):
    return type(found) is type(x) and np.shape(found) == np.shape(x)


@each_pair
def test_a_transform_of_a_transform_gives_a_plain_derivative(pair) -> None:
    """Of x⁴ at 3: 108, 108, 72, 24, and then zeros, which are plain too."""
    for names, x in pairs_and_triples(pair):
        found = composed(names, lambda v: v * v * v * v)(x)
        assert found == derivative_of_fourth_power(order(*names), 3)
        assert is_plain(found, x)


@each_pair
def test_a_transform_around_another_one_gives_plain_numbers(pair) -> None:
    """Each inner function multiplies by y² at y = 3: 9, 6 or 2 in every order of derivative."""
    for names, x in pairs_and_triples(pair):
        found = around(names, x)(x)
        assert found == np.prod([FACTORS[order(name)] for name in names])
        assert is_plain(found, x)


FACTORS = [9.0, 6.0, 2.0]  # y² and its derivatives at y = 3


def around(names, at):
    """The first transform, of a function that calls the next one on y² times what is inside."""
    outer, *others = names
    if not others:
        return composed((outer,), lambda v: v * v)
    return composed((outer,), lambda v: v * v * around(others, at)(at))


@each_pair
def test_a_function_that_closes_over_the_outer_argument_gives_plain_numbers(pair) -> None:
    outer, inner = pair
    for x in POINTS:

        def f(v, at=x):
            return composed((inner,), lambda y: v * v * y * y)(at)

        found = composed((outer,), f)(x)
        assert found == FACTORS[order(outer)] * FACTORS[order(inner)]
        assert is_plain(found, x)


@each_pair
def test_what_the_outer_argument_does_not_reach_is_a_plain_zero(pair) -> None:
    outer, inner = pair
    found = composed((outer,), lambda x: composed((inner,), lambda y: y * y)(3.0))(2.0)
    assert found == (0.0 if order(outer) else FACTORS[order(inner)])
    assert type(found) is float


@each_pair
def test_a_variable_from_outside_is_still_recorded(pair) -> None:
    """∂/∂w of w times the same: what multiplies w."""
    outer, inner = pair
    w = Value(5.0)
    found = composed((outer,), lambda x: composed((inner,), lambda y: w * x * x * y * y)(3.0))(3.0)
    expected = FACTORS[order(outer)] * FACTORS[order(inner)]
    assert isinstance(found, Value)
    assert found.data == 5.0 * expected
    found.backward()
    assert w.grad == expected


@each_pair
def test_a_recording_holds_transforms_and_a_transform_a_recorded_function(pair) -> None:
    """The function that is recorded at 3 is replayed at 4."""
    outer, inner = pair

    def f(v):
        return composed((outer,), lambda x: composed((inner,), lambda y: x * x * y * y)(v))(v)

    replayed = ag.jit(f)
    assert [replayed(3.0), replayed(4.0)] == [f(3.0), f(4.0)]
    assert replayed.value_and_grad(4.0) == value_and_grad(f)(4.0)
    found = composed(pair, ag.jit(lambda v: v * v * v * v))(3.0)
    assert (found, type(found)) == (derivative_of_fourth_power(order(*pair), 3), float)


def of_an_array(name, f):
    """A function of an array that gives an array, by each transform of a scalar function."""
    if name == "hessian":
        return lambda x: hessian(f)(x).sum(axis=0)
    if name == "its value":
        return lambda x: value_and_grad(f)(x)[0] * x
    if name == "its result":
        return lambda x: vjp(f, x)[0] * x
    if name == "jvp":
        return lambda x: jvp(f, (x,), (np.ones(2),))[1] * x
    return TRANSFORMS[name][1](f)


ARRAYS = {
    "cube": lambda x: (x * x * x).sum(),
    "softmax": lambda x: (ag.softmax(x) * x).sum(),
    "norm": ag.norm,
    "matmul": lambda x: x @ x,
    "prod": ag.prod,
    "scalars": lambda x: ag.total([v * v for v in x.scalars().flat]),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_of_an_array_the_result_is_a_plain_array(name) -> None:
    x = np.array([1.0, 2.0])
    for outer, inner in PAIRS:

        def middle(v, inner=inner):
            return (of_an_array(inner, lambda u: ARRAYS[name](u) * ag.sum(v * v))(x)).sum()

        found = of_an_array(outer, middle)(x)
        assert type(found) is np.ndarray
        assert found.shape == (2,)


def test_a_pullback_from_outside_that_is_called_inside_gives_plain_numbers() -> None:
    _, pullback = vjp(lambda y: y * y, 3.0)
    found = grad(lambda g: pullback(g)[0])(1.0)
    assert (found, type(found)) == (6.0, float)


def test_forward_mode_leaves_no_variable_of_its_own() -> None:
    """The pushforward of softmax differentiates by a cotangent that it makes up."""
    x = np.array([1.0, 2.0])

    def f(v):
        return jvp(lambda y: ag.softmax(y) * v, (x,), (x,))[1].sum()

    assert type(grad(f)(x)) is np.ndarray


def test_a_label_stays_on_a_transforms_variable() -> None:
    seen = []

    def f(x):
        x.label = "x"
        seen.append(x)
        return x * x

    grad(f)(3.0)
    assert seen[0].label == "x"


def reachable(x):
    """How many nodes hang on ``x``."""
    found, stack = set(), [x]
    while stack:
        at = stack.pop()
        if id(at) not in found and isinstance(at, Node):
            found.add(id(at))
            stack.extend(at.parents)
    return len(found)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [float, np.array])
def test_a_loop_of_steps_does_not_grow(kind) -> None:
    """Gradient descent on a gradient: no node hangs on x, and none is left behind."""
    slope = grad(lambda x: grad(lambda y: x * x * y * y)(0.5))  # 2x
    x = kind(1.0)
    for step in range(2_000):
        x = x - 0.001 * slope(x)
        assert reachable(x) == 0
        if step == 10:
            gc.collect()
            before = sum(issubclass(type(each), Node) for each in gc.get_objects())
    gc.collect()
    assert sum(issubclass(type(each), Node) for each in gc.get_objects()) <= before
    assert float(x) == pytest.approx(0.998**2_000, rel=1e-12)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_loop_of_steps_by_any_transform_stays_plain(name) -> None:
    step = composed((name,), lambda x: grad(lambda y: x * x * y * y)(0.5))
    x = 1.0
    for _ in range(50):
        x = x - 0.01 * step(x)
        assert type(x) is float


def test_a_tensor_from_outside_keeps_an_inner_gradient_open() -> None:
    """∂/∂W of ∂/∂x Σ (W x)² at x = 1: 4 W x."""
    W = Tensor([1.0, 2.0])
    found = grad(lambda x: grad(lambda y: ((W * y) * (W * y)).sum() * x)(1.0))(1.0)
    found.backward()
    assert W.grad.tolist() == [4.0, 8.0]
