"""Structural ops on shapes and indices that Hypothesis draws, in exact arithmetic.

The numbers are small whole ones, so sums and products of them are exact in float64, and what is
expected is equal to the last bit: an op that is linear in each operand has its differences for
its derivatives.
"""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd as ag
from autograd import Tensor

few = settings(max_examples=60)
shapes = hnp.array_shapes(max_dims=4, max_side=3)
small_shapes = hnp.array_shapes(max_dims=3, max_side=4, min_side=0)


def whole(shape, seed=3):
    """Whole numbers from −4 to 4, as floats."""
    count = int(np.prod(shape))
    return ((np.arange(count) * 7 + seed) % 9 - 4.0).reshape(shape)


def check(f, *arrays):
    """The value is that of f on arrays; the gradients are the differences that one more makes."""
    xs = [Tensor(x) for x in arrays]
    z = f(*xs)
    value = np.asarray(f(*arrays))
    np.testing.assert_array_equal(z.data, value)
    assert z.shape == value.shape
    cotangent = whole(z.shape, 5)
    z.backward(cotangent)
    for k, x in enumerate(arrays):
        for place in np.ndindex(x.shape):
            more = [y.copy() for y in arrays]
            more[k][place] += 1
            assert xs[k].grad[place] == np.sum(cotangent * (f(*more) - value))


@st.composite
def an_index(draw, shape):
    kind = draw(st.sampled_from(["basic", "integers", "boolean", "mixed"]))
    if kind == "basic":
        return draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    if kind == "integers":
        return draw(hnp.integer_array_indices(shape))
    if kind == "boolean":
        return draw(hnp.arrays(bool, shape[: draw(st.integers(1, len(shape)))]))
    slices = [draw(st.slices(n)) for n in shape[:-1]]
    return (*slices, draw(hnp.arrays(int, 3, elements=st.integers(-shape[-1], shape[-1] - 1))))


@few
@given(st.data())
def test_any_index_gives_numpys_elements_and_their_gradient(data):
    shape = data.draw(shapes)
    index = data.draw(an_index(shape))
    check(lambda x: x[index], whole(shape))


@few
@given(st.data())
def test_set_at_and_add_at_any_index(data):
    shape = data.draw(hnp.array_shapes(max_dims=3, max_side=3))
    index = data.draw(an_index(shape))
    selected = np.shape(np.empty(shape)[index])
    dropped = data.draw(st.integers(0, len(selected)))
    values = [n if data.draw(st.booleans()) else 1 for n in selected[dropped:]]
    for f in (ag.set_at, ag.add_at):
        check(lambda x, v, f=f: f(x, index, v), whole(shape), whole(values, 1))


@few
@given(
    hnp.mutually_broadcastable_shapes(signature="(m?,n),(n,p?)->(m?,p?)", max_dims=2, max_side=3)
)
def test_matmul_of_any_shapes(drawn):
    first, second = drawn.input_shapes
    check(lambda x, y: x @ y, whole(first), whole(second, 2))


@few
@given(st.data())
def test_any_einsum_is_numpys_and_its_gradient_is_right(data):
    lengths = dict(zip("abcd", data.draw(st.tuples(*[st.integers(1, 3)] * 4)), strict=True))
    terms = data.draw(st.lists(st.text("abcd", max_size=3), min_size=1, max_size=3))
    used = sorted(set("".join(terms)))
    output = "".join(data.draw(st.permutations(used))[: data.draw(st.integers(0, len(used)))])
    subscripts = ",".join(terms) + data.draw(st.sampled_from(["", "->" + output]))
    arrays = [whole([lengths[c] for c in term], k) for k, term in enumerate(terms)]
    check(lambda *xs: np.einsum(subscripts, *xs), *arrays)


@few
@given(st.data())
def test_einsum_with_ellipses_that_broadcast(data):
    batches = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=2))
    first, second = batches.input_shapes
    subscripts = data.draw(
        st.sampled_from(
            ["...ij,...jk", "...ij,...jk->ik...", "i...j,...jk->...", "...ij,...jk->..."]
        )
    )
    if subscripts.startswith("i"):
        x = whole((2, *first, 2))
    else:
        x = whole((*first, 2, 2))
    check(lambda x, y: np.einsum(subscripts, x, y), x, whole((*second, 2, 1), 4))


@few
@given(st.data())
def test_sums_over_any_axes(data):
    shape = data.draw(small_shapes)
    axes = data.draw(hnp.valid_tuple_axes(len(shape)))
    keepdims = data.draw(st.booleans())
    check(lambda x: np.sum(x, axis=axes, keepdims=keepdims), whole(shape))
    check(lambda x: np.cumsum(x, axis=axes[0] if axes else None), whole(shape))


@few
@given(st.data())
def test_products_over_any_axes_and_any_zeros(data):
    """A product is linear in each of its factors."""
    shape = data.draw(hnp.array_shapes(max_dims=3, max_side=3))
    x = data.draw(hnp.arrays(float, shape, elements=st.sampled_from([0.0, 1.0, 2.0, -3.0])))
    axes = data.draw(hnp.valid_tuple_axes(len(shape)))
    check(lambda x: np.prod(x, axis=axes), x)


@few
@given(st.data())
def test_elements_that_are_moved_take_their_gradient_along(data):
    shape = data.draw(small_shapes)
    x = whole(shape)
    axes = tuple(data.draw(st.permutations(range(len(shape)))))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    shift = data.draw(st.integers(-5, 5))
    reps = tuple(data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=4)))
    widths = data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    counts = data.draw(hnp.arrays(int, shape[axis], elements=st.integers(0, 2)))
    for f in (
        lambda x: np.transpose(x, axes),
        lambda x: np.moveaxis(x, axes[0], axis),
        lambda x: np.flip(x, axis),
        lambda x: np.roll(x, shift, axis),
        lambda x: np.tile(x, reps),
        lambda x: np.pad(x, widths),
        lambda x: np.repeat(x, counts, axis),
        lambda x: np.concatenate([x, x], axis),
        lambda x: np.stack([x, x], axis),
        lambda x: np.concatenate(np.array_split(x, 2, axis)[::-1], axis),
        lambda x: np.expand_dims(x, axis),
        lambda x: np.reshape(x, shape[::-1]),
    ):
        check(f, x)


@few
@given(st.data())
def test_a_diagonal_or_a_triangle_takes_its_gradient_along(data):
    shape = data.draw(hnp.array_shapes(min_dims=2, max_dims=3, max_side=4))
    k = data.draw(st.integers(-2, 2))
    first, second = data.draw(st.permutations(range(len(shape))))[:2]
    for f in (
        lambda x: np.tril(x, k),
        lambda x: np.triu(x, k),
        lambda x: np.trace(x, k, first, second),
    ):
        check(f, whole(shape))
    if 0 in np.diagonal(whole(shape), k, first, second).shape:
        return
    check(lambda x: np.diagonal(x, k, first, second), whole(shape))
    check(lambda x: np.diag(x, k), whole(shape[:1]))


@few
@given(st.data())
def test_tensordot_over_any_axes(data):
    x_shape = data.draw(hnp.array_shapes(max_dims=3, max_side=3))
    count = data.draw(st.integers(0, len(x_shape)))
    of_x = data.draw(st.permutations(range(len(x_shape))))[:count]
    free = data.draw(hnp.array_shapes(min_dims=0, max_dims=2, max_side=2))
    summed = data.draw(st.permutations(range(count)))
    y_shape = tuple(x_shape[of_x[k]] for k in summed) + free
    of_y = [summed.index(k) for k in range(count)]
    check(lambda x, y: np.tensordot(x, y, (of_x, of_y)), whole(x_shape), whole(y_shape, 1))


@few
@given(st.data())
def test_take_along_axis_of_any_lines(data):
    shape = data.draw(hnp.array_shapes(max_dims=3, max_side=3))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    wanted = list(shape)
    wanted[axis] = data.draw(st.integers(0, 4))
    n = shape[axis]
    indices = data.draw(hnp.arrays(int, wanted, elements=st.integers(-n, n - 1)))
    check(lambda x: np.take_along_axis(x, indices, axis), whole(shape))


@few
@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
def test_broadcasting_is_undone_for_any_pair_of_shapes(drawn):
    first, second = drawn.input_shapes
    check(lambda x, y: x * y, whole(first), whole(second, 2))
    check(lambda x: np.broadcast_to(x, drawn.result_shape), whole(first))


@few
@given(hnp.arrays(float, hnp.array_shapes(max_dims=3, max_side=3), elements=st.integers(0, 3)))
def test_the_gradients_of_max_min_and_sort_total_the_cotangent(x):
    """Whatever ties there are; and equal elements get equal shares."""
    for f in (lambda t: t.max(axis=-1), lambda t: t.min(axis=-1), ag.sort):
        t = Tensor(x)
        z = f(t)
        cotangent = whole(z.shape, 2)
        z.backward(cotangent)
        totals = cotangent.sum(axis=-1) if z.ndim == x.ndim else cotangent
        np.testing.assert_allclose(t.grad.sum(axis=-1), totals, atol=1e-14)
        for numbers, grads in zip(
            x.reshape(-1, x.shape[-1]), t.grad.reshape(-1, x.shape[-1]), strict=False
        ):
            for number in numbers:
                assert len(set(grads[numbers == number])) == 1


@few
@given(st.data())
def test_padding_with_elements_of_the_array_itself(data):
    shape = data.draw(hnp.array_shapes(max_dims=3, max_side=3))
    widths = [data.draw(st.tuples(st.integers(0, 4), st.integers(0, 4))) for _ in shape]
    mode = data.draw(st.sampled_from(["edge", "reflect", "symmetric", "wrap"]))
    check(lambda x: np.pad(x, widths, mode), whole(shape))
