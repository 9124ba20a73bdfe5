"""Arrays without axes and Values in the structural ops: values, slopes, Value seeds.

The loops go over the registry: an op that is neither in the table nor among those that need an axis
fails.
"""

from functools import partial

import numpy as np
import pytest
from structural_cases import EXAMPLES
from structural_example import weights

import autograd as ag
from autograd import Tensor, Value, grad, hessian, hvp, jvp, vjp
from autograd.node.node import Node
from autograd.rules.op import Structural
from autograd.rules.op_registry import get, ops
from autograd.walk.order import topological_order

POINT = 2.5
AXES = (0, -1, None)


def along(name, *more, axes=AXES):
    """A function of our own and NumPy's at each axis."""
    return [
        (lambda x, axis=axis: getattr(ag, name)(x, *more, axis=axis),
         lambda x, axis=axis: getattr(np, name)(x, *more, axis=axis))
        for axis in axes
    ]  # fmt: skip


def by_hand(name, expected):
    """A function at each axis, of which NumPy has none, or refuses the axis."""
    return [(lambda x, axis=axis: getattr(ag, name)(x, axis=axis), expected) for axis in AXES]


def same(*calls):
    return [(call, call) for call in calls]


def value_of(x):
    """The Value that a Tensor without axes is; a Value is one already."""
    return x if isinstance(x, Value) else x.scalars().item()


ZERO, ITSELF = (lambda x: 0 * x), (lambda x: 1 * x)
CASES = {
    "sum": along("sum") + along("sum", axes=[()]),
    "mean": by_hand("mean", ITSELF),
    "prod": along("prod"),
    "max": along("max"),
    "min": along("min"),
    "var": by_hand("var", ZERO),
    "std": by_hand("std", ZERO),
    "norm": same(np.linalg.norm),
    "cumsum": along("cumsum"),
    "cumprod": along("cumprod"),
    "cummax": by_hand("cummax", lambda x: np.reshape(x, 1)),
    "cummin": by_hand("cummin", lambda x: np.reshape(x, 1)),
    "real": same(np.real),
    "imag": [(np.imag, ZERO)],
    "conj": same(np.conj),
    "sort": along("sort", axes=[None]),
    "deviations": [(lambda x: get("deviations")(ag.copy(x)), ZERO)],
    "logsumexp": by_hand("logsumexp", ITSELF),
    "softmax": by_hand("softmax", lambda x: 0 * x + 1),
    "log_softmax": by_hand("log_softmax", ZERO),
    "reshape": same(
        lambda x: np.reshape(x, ()), lambda x: np.reshape(x, (1, 1)), np.ravel, np.squeeze,
        lambda x: np.squeeze(x, 0), lambda x: np.squeeze(x, -1), np.atleast_2d,
        lambda x: np.expand_dims(x, 0), lambda x: np.expand_dims(x, (-1, 0)),
    ),
    "broadcast_to": same(lambda x: np.broadcast_to(x, ()), lambda x: np.broadcast_to(x, (2, 3))),
    "astype": [(lambda x: ag.astype(x, "f8"), ITSELF)],
    "copy": same(np.copy),
    "transpose": same(np.transpose, lambda x: np.moveaxis(x, (), ())),
    "flip": same(np.flip),
    "roll": same(lambda x: np.roll(x, 1), lambda x: np.roll(x, (1, 2))),
    "tile": same(lambda x: np.tile(x, ()), lambda x: np.tile(x, 2), lambda x: np.tile(x, (2, 1))),
    "stack": same(lambda x: np.stack([x, x * x]), lambda x: np.stack([x, x], axis=-1)),
    "concatenate": same(
        lambda x: np.concatenate([x, x * x], axis=None), lambda x: np.hstack([x, x]),
    ),
    "getitem": [
        *same(*(lambda x, i=i: np.copy(x)[i] for i in ((), ..., None, np.array(True)))),
        *along("take", 0), *along("take", [0, 0]),
    ],
    "repeat": along("repeat", 3),
    "set_at": [(lambda x: ag.set_at(x, (), x * x), lambda x: x * x)],
    "add_at": [(lambda x: ag.add_at(x, (), x * x), lambda x: x + x * x)],
    "scatter": [
        (lambda x: get("scatter")(ag.copy(x), shape=(2,), index=1), lambda x: x * np.eye(2)[1])
    ],
    "outer": same(lambda x: np.outer(x, x)),
    "tensordot": same(lambda x: np.tensordot(x, x, 0)),
    "einsum": same(lambda x: np.einsum("", x), lambda x: np.einsum(",", x, x)),
    "pad": same(lambda x: np.pad(np.ravel(x), 1)),
    "direction": [(lambda x: get("direction")(ag.copy(x), axis=()), np.sign)],
    "standardize": by_hand("layer_norm", ZERO),
    "across": [(lambda x: get("across")(ag.copy(x), ag.copy(x), axis=()), ZERO)],
    "less_share": [(lambda x: get("less_share")(ag.copy(x), ag.copy(x), axis=()), ZERO)],
    "less_average": [(lambda x: get("less_average")(ag.copy(x), ag.copy(x), axis=()), ZERO)],
    "linearised": [
        (lambda x: get("linearised")(
            [value_of(x)], of="itself", at=(POINT,), value=POINT, slopes=(1.0,)), ITSELF),
    ],
    "total": [(lambda x: ag.total([value_of(x), value_of(x)]), lambda x: 2 * x)],
    "dot": [(lambda x: ag.dot([value_of(x)], [value_of(x)]), lambda x: x * x)],
    "neuron": [
        (lambda x: ag.affine(*(np.full(n, value_of(x)) for n in (1, (1, 1), 1)))[0],
         lambda x: x * x + x)
    ],
    "element": [(lambda x: value_of(ag.copy(x)) * 2, lambda x: 2 * x)],
    "from_scalars": [
        (lambda x: Tensor.from_scalars([value_of(x), 1.0]), lambda x: np.stack([x, 1.0]))
    ],
    "unstack": [(value_of, ITSELF)],
}  # fmt: skip

# These take no array without axes, as in NumPy.
NEED_AN_AXIS = {
    "affine", "avg_pool", "cholesky", "conv", "conv_kernel", "conv_transpose", "cross_entropy",
    "cross_entropy_slope", "det", "diagonal", "eig", "eigh", "eigvalsh", "embedding", "expm",
    "fold", "from_diagonal", "inv", "lstsq", "matmul", "max_pool", "pinv", "products_of_others",
    "qr", "recurrence", "scatter_flat", "slogdet", "solve", "svd", "svdvals", "trace", "tril",
    "triu", "unfold",
}  # fmt: skip


def each_case():
    return [
        pytest.param(*case, id=f"{name}{k}")
        for name, cases in CASES.items()
        for k, case in enumerate(cases)
    ]


each = pytest.mark.parametrize(("ours", "expected"), each_case())


def weighted(f):
    """One number of whatever shape the result is: Σ weight · element."""

    def number(x):
        z = f(x)
        shape = z.shape if isinstance(z, Tensor) else np.shape(z)
        product = z * weights(shape)
        return product.sum() if shape else product

    return number


def differences(expected):
    """The slope and the second derivative, by central differences of NumPy's function."""
    f = weighted(lambda x: expected(np.float64(x)))
    h = 2.0**-10
    below, here, above = (float(f(POINT + k * h)) for k in (-1, 0, 1))
    return (above - below) / (2 * h), (above - 2 * here + below) / h**2


def test_every_structural_op_is_in_the_table_or_needs_an_axis():
    built_in = {name for name, op in ops().items() if isinstance(op, Structural)}
    assert built_in == set(CASES) | NEED_AN_AXIS
    assert not set(CASES) & NEED_AN_AXIS


@pytest.mark.parametrize("name", CASES)
def test_a_case_runs_the_op_that_it_is_of(name):
    for ours, _ in CASES[name]:
        order = topological_order(ours(Tensor(POINT)))
        assert name in {node.op.name for node in order}


@each
def test_the_value_is_numpys(ours, expected):
    found = ours(Tensor(POINT))
    exact = np.asarray(expected(np.array(POINT)))
    assert np.shape(found.data) == exact.shape
    np.testing.assert_array_equal(found.data, exact)


@each
def test_derivatives_are_those_of_differences_in_every_mode(ours, expected):
    """Exact for what is linear or a square, but for rounding."""
    f, (slope, second) = weighted(ours), differences(expected)
    for x in (np.array(POINT), POINT):
        one = np.ones_like(x) if isinstance(x, np.ndarray) else 1.0
        first = [grad(f)(x), jvp(f, (x,), (one,))[1], grad(lambda x: vjp(f, x)[0])(x)]
        twice = [hessian(f)(x), hvp(f, (x,), (one,))[0], grad(grad(f))(x)]
        np.testing.assert_allclose([*map(float, first)], [slope] * 3, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose([*map(float, twice)], [second] * 3, rtol=1e-7, atol=1e-7)
        by_primal = [grad(f)(x), hessian(f)(x), hvp(f, (x,), (one,))[0], vjp(f, x)[1](1.0)[0]]
        assert {(type(each), np.shape(each)) for each in by_primal} == {(type(x), ())}


def by_vjp(f, x, g):
    return vjp(f, x)[1](g)[0]


def by_jvp(f, x, g):
    return jvp(f, (x,), (g,))[1]


@each
def test_a_value_is_a_cotangent_and_a_tangent(ours, expected):
    """What comes back is a node, from which a gradient flows to the Value: the slope."""
    f, slope = weighted(ours), differences(expected)[0]
    for x in (np.array(POINT), POINT):
        for product in (partial(by_vjp, f, x), partial(by_jvp, f, x)):
            g = Value(3.0)
            found = product(g)
            assert float(found.data) == pytest.approx(3 * slope, rel=1e-9, abs=1e-9)
            if slope or found.requires_grad:
                found.backward()
                assert g.grad == pytest.approx(slope, rel=1e-9, abs=1e-9)


WITHOUT = [
    pytest.param(example, id=f"{example.op}{k}")
    for k, example in enumerate(EXAMPLES)
    if not np.shape(example.ours(*map(Tensor, example.inputs)).data)
]


@pytest.mark.parametrize("example", WITHOUT)
def test_a_value_is_a_cotangent_of_whatever_gives_an_array_without_axes(example):
    """The same as the number 3, and linear in the Value."""
    g = Value(3.0)
    _, pullback = vjp(example.ours, *example.inputs)
    for found, plain in zip(pullback(g), pullback(3.0), strict=True):
        assert isinstance(found, Tensor)
        assert type(plain) is np.ndarray
        np.testing.assert_allclose(found.data, plain, rtol=1e-15)
        g.grad = None
        found.sum().backward()
        assert g.grad == pytest.approx(plain.sum() / 3, rel=1e-12, abs=1e-14)


def test_a_value_as_a_cotangent_of_an_array_with_axes_is_refused():
    with pytest.raises(ValueError, match=r"a cotangent of shape \(1,\), got \(\)"):
        vjp(lambda x: x * x, np.ones(1))[1](Value(1.0))


def test_a_tensor_is_a_cotangent_and_a_tangent_of_a_value():
    for one in (Tensor(1.0), Tensor([1.0])):
        (found,) = vjp(lambda x: x * x, 3.0)[1](one)
        assert isinstance(found, Value)
        assert found.data == jvp(lambda x: x * x, (3.0,), (one,))[1].data == 6.0
        found.backward()
        assert np.sum(one.grad) == 6.0


@pytest.mark.parametrize(
    "f", [np.var, np.std, np.mean, np.prod, np.sum, np.linalg.norm, ag.softmax]
)
def test_a_value_made_an_array_and_used_twice_has_plain_second_derivatives(f):
    found = [hessian(f)(3.5), grad(grad(f))(3.5), hvp(f, (3.5,), (1.0,))[0]]
    assert found == [0.0, 0.0, 0.0]
    assert {type(each) for each in found} == {float}
    w = Value(2.0)
    assert isinstance(grad(lambda x: f(x) * w)(3.5), Node)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "var", "std", "logsumexp", "softmax"])
@pytest.mark.parametrize("axis", [1, -2])
def test_another_axis_is_refused(name, axis):
    with pytest.raises(ValueError, match="out of bounds for array of dimension 0"):
        getattr(ag, name)(Tensor(1.0), axis=axis)
