"""``vmap`` of every op of the registry, against a Python loop over the samples."""

import zlib

import numpy as np
import pytest
from cases import CASES
from numpy_cases import ARRAYS, CALLS, PLAIN
from structural_cases import EXAMPLES
from structural_example import each_of

import autograd as ag
from autograd import Tensor, grad, vmap
from autograd.extend import raw
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import get, ops
from autograd.values import batched

COUNT = 3
# What works on single numbers as Values, of which there is none inside of vmap.
OF_VALUES = {"dot", "element", "from_scalars", "linearised", "neuron", "total", "unstack"}
# The ops that go over the samples one after the other. docs/vmap.md names them.
ONE_BY_ONE = {"getitem", "lstsq", "scatter_flat"}  # getitem where arrays are between slices


def near(x, shift):
    """Other numbers near x, for one sample each: far enough to tell the samples apart."""
    return x * (1 + 0.0625 * shift)


def mapped_operands(inputs):
    """Yield every choice of operands that have samples, of at least one."""
    for mask in range(1, 2 ** len(inputs)):
        has = [bool(mask >> k & 1) for k in range(len(inputs))]
        given = [
            np.stack([near(x, shift) for shift in range(COUNT)]) if at else x
            for x, at in zip(inputs, has, strict=True)
        ]
        yield tuple(0 if at else None for at in has), given


def sample(given, axes, k):
    return [x[k] if axis == 0 else x for x, axis in zip(given, axes, strict=True)]


def same(found, expected, rtol=1e-9):
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-11 * max(1, np.size(expected)))


def weighted(f):
    """One number of f's result, in which every element counts differently."""

    def number(*xs):
        z = f(*xs)
        return (z * np.cos(1.7 + 2.3 * np.arange(z.size)).reshape(z.shape)).sum()

    return number


def differs_from_a_loop(f, axes, given):
    """Compare values, gradients through vmap, and gradients inside of vmap."""
    mapped, looped = [Tensor(x) for x in given], [Tensor(x) for x in given]
    z = vmap(f, axes)(*mapped)
    one_by_one = ag.stack([f(*sample(looped, axes, k)) for k in range(COUNT)])
    same(z.data, one_by_one.data)
    cotangent = np.sin(1 + np.arange(z.size)).reshape(z.shape)
    z.backward(cotangent)
    one_by_one.backward(cotangent)
    for x, y in zip(mapped, looped, strict=True):
        same(x.grad, y.grad)
    gradient = grad(weighted(f), tuple(range(len(given))))
    inside = vmap(gradient, axes)(*given)
    for k in range(COUNT):
        for found, expected in zip(inside, gradient(*sample(given, axes, k)), strict=True):
            same(found[k], expected)


ON_ARRAYS = [example for example in EXAMPLES if example.op not in OF_VALUES]


@each_of(ON_ARRAYS)
def test_a_structural_op_is_that_of_each_sample(example):
    for axes, given in mapped_operands(example.inputs):
        differs_from_a_loop(example.ours, axes, given)


def test_every_structural_op_on_arrays_is_among_the_examples():
    structural = {name for name, op in ops().items() if not isinstance(op, Elementwise)}
    assert structural - {example.op for example in ON_ARRAYS} == OF_VALUES


def test_only_these_ops_go_over_the_samples_one_after_the_other(monkeypatch):
    seen = set()
    slow = batched._one_by_one
    monkeypatch.setattr(
        batched, "_one_by_one", lambda op, *rest: seen.add(op.name) or slow(op, *rest)
    )
    for example in ON_ARRAYS:
        for axes, given in mapped_operands(example.inputs):
            vmap(example.ours, axes)(*map(Tensor, given))
    assert seen == ONE_BY_ONE


# Elementwise -----------------------------------------------------------------------------------


def inside(domain, shape, seed):
    """Numbers of an op's domain, none of them at its ends."""
    low, high = domain
    low = max(low, -0.9) if high > 0.9 else max(low, high - 3)
    high = min(high, low + 1.7)
    rng = np.random.default_rng(seed)
    return low + (high - low) * rng.uniform(0.15, 0.85, shape)


# Of each operand: the shape of one sample, and whether there is one for each.
MIXED = [
    [((2,), True), ((3, 2), False), ((), True)],
    [((3, 1), True), ((2,), True), ((3, 2), False)],
    [((), False), ((2,), True), ((2, 1), True)],
]


@pytest.mark.parametrize("oracle", CASES, ids=repr)
def test_an_elementwise_op_is_that_of_each_sample(oracle):
    """Also where the operands have not as many axes, so that they broadcast."""
    op = get(oracle.name)
    for k, shapes in enumerate(MIXED):
        chosen = shapes[: op.arity] if any(at for _, at in shapes[: op.arity]) else shapes[1:2]
        axes = tuple(0 if at else None for _, at in chosen)
        given = [
            inside(domain, (COUNT,) * at + shape, zlib.crc32(repr((oracle, k, j)).encode()))
            for j, (domain, (shape, at)) in enumerate(zip(op.domain, chosen, strict=True))
        ]
        differs_from_a_loop(lambda *xs: op(*xs, **oracle.settings), axes, given)


@pytest.mark.parametrize("name", ["mul", "atan2", "hypot", "where", "softplus", "xlogy"])
def test_second_derivatives_are_those_of_each_sample(name):
    op = get(name)
    settings = {"condition": np.array([True, False])} if name == "where" else {}
    given = [inside(domain, (COUNT, 2), j) for j, domain in enumerate(op.domain)]
    hessian = ag.hessian(weighted(lambda *xs: op(*xs, **settings) * xs[0]), tuple(range(op.arity)))
    found = vmap(hessian)(*given)
    for k in range(COUNT):
        expected = hessian(*[x[k] for x in given])
        for row, expected_row in zip(found, expected, strict=True):
            for each, block in zip(row, expected_row, strict=True):
                same(each[k], block)


# Second order, of a sample -----------------------------------------------------------------------

SECOND = {"matmul", "affine", "conv", "softmax", "norm", "solve", "getitem", "max", "standardize"}


@each_of([example for example in ON_ARRAYS if example.op in SECOND])
def test_a_hessian_times_a_vector_is_that_of_each_sample(example):
    def product(*xs):
        return ag.hvp(weighted(lambda *xs: example.ours(*xs) ** 2), xs, [0.5 * x + 1 for x in xs])

    given = [np.stack([near(x, k) for k in range(COUNT)]) for x in example.inputs]
    found = vmap(product)(*given)
    for k in range(COUNT):
        for each, expected in zip(found, product(*[x[k] for x in given]), strict=True):
            same(each[k], expected, rtol=1e-8)


# NumPy's functions -------------------------------------------------------------------------------


REFUSED = {  # they read a number of the samples, to branch or to count
    call for name in ("piecewise", "polymul", "polydiv", "trim_zeros") for call in CALLS[name]
}
# NumPy doesn't look whether there is a node in these operands, if no other one is.
UNSEEN = {"np.polyint(v, 2, k=u[:2])": (None, 0), "np.full_like(x, u[0])": (None, 0)}


def as_function(call):
    """The call as a function of the arrays that it names, and these."""
    code = compile(call, "call", "eval")
    names = [name for name in ARRAYS if name in code.co_names]
    known = {"np": np, **PLAIN}
    return lambda *xs: eval(code, known | dict(zip(names, xs, strict=True))), [
        ARRAYS[name] for name in names
    ]


@pytest.mark.parametrize("call", [c for cs in CALLS.values() for c in cs if c not in REFUSED])
def test_a_call_of_numpys_is_that_of_each_sample(call):
    """Whichever of its operands have samples; the others are plain arrays."""
    f, arrays = as_function(call)
    for axes, given in mapped_operands(arrays):
        if axes == UNSEEN.get(call):
            continue
        alone = [f(*map(Tensor, sample(given, axes, k))) for k in range(COUNT)]
        found = vmap(f, axes)(*given)
        many = isinstance(found, (tuple, list))
        for k, each in enumerate(found if many else [found]):
            same(each, np.stack([np.asarray(raw(one[k] if many else one)) for one in alone]))


@pytest.mark.parametrize("call", sorted(REFUSED))
def test_a_call_of_numpys_that_reads_a_number_is_refused(call):
    f, arrays = as_function(call)
    stacked = [np.stack([near(x, k) for k in range(COUNT)]) for x in arrays]
    with pytest.raises(TypeError, match="inside of vmap there is one for each of 3 samples"):
        vmap(f)(*stacked)
