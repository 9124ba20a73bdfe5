"""The ops of layers against PyTorch's: values, first and second gradients, over many settings.

Hypothesis draws the shapes and settings. Where the two have different conventions, a test says so.
"""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

import autograd as ag
from autograd import Tensor, grad, jvp

pytestmark = pytest.mark.slow
some = settings(max_examples=40, deadline=None)
axes = st.integers(1, 3)
seeds = st.integers(0, 2**20)


def numbers(shape, seed):
    return np.random.default_rng(seed).normal(size=shape)


def per_axis(draw, count, least, most):
    """One number, or one for each axis."""
    each = st.integers(least, most)
    return draw(st.one_of(each, st.tuples(*[each] * count)))


def close(found, expected):
    expected = expected.detach().numpy()
    np.testing.assert_allclose(
        found, expected, rtol=1e-10, atol=1e-12 * (1 + abs(expected).max(initial=0))
    )


def same(ours, theirs, arrays, *, second=True):
    """Values, gradients, and the gradients of a number that the gradients give."""
    xs = [Tensor(x) for x in arrays]
    ts = [torch.tensor(x, requires_grad=True) for x in arrays]
    z, t = ours(*xs), theirs(*ts)
    assert z.shape == tuple(t.shape)
    close(z.data, t)
    weights = np.cos(1.7 + 2.3 * np.arange(z.size)).reshape(z.shape)
    z.backward(weights)
    first = torch.autograd.grad(t, ts, torch.tensor(weights), create_graph=second)
    for x, g in zip(xs, first, strict=True):
        close(x.grad, g)
    if second:
        _same_second(ours, arrays, weights, ts, first)


def _same_second(ours, arrays, weights, ts, first):
    number = sum((g * torch.cos(g)).sum() for g in first)
    if number.requires_grad:
        expected = torch.autograd.grad(number, ts, allow_unused=True)
    else:  # of what is linear
        expected = [None] * len(ts)

    # The same number of the gradients of ⟨weights, f⟩, in the engine's own transforms.
    def ours_number(*xs):
        gs = grad(lambda *xs: (ours(*xs) * weights).sum(), tuple(range(len(xs))))(*xs)
        return sum((g * ag.cos(g)).sum() for g in gs)

    found = grad(ours_number, tuple(range(len(arrays))))(*arrays)
    for x, g, e in zip(arrays, found, expected, strict=True):
        close(np.broadcast_to(g, x.shape), torch.zeros(x.shape) if e is None else e)


# Convolutions ------------------------------------------------------------------------------------


@some
@given(st.data())
def test_conv_is_pytorchs(data):
    n = data.draw(axes)
    groups = data.draw(st.integers(1, 2))
    ins, outs = (groups * data.draw(st.integers(1, 2)) for _ in range(2))
    kernel = data.draw(st.tuples(*[st.integers(1, 3)] * n))
    lengths = data.draw(st.tuples(*[st.integers(1, 5)] * n))
    how = {
        "stride": per_axis(data.draw, n, 1, 3),
        "padding": per_axis(data.draw, n, 0, 2),
        "dilation": per_axis(data.draw, n, 1, 2),
        "groups": groups,
    }
    batch = data.draw(st.sampled_from([(), (1,), (2,)]))
    arrays = [
        numbers(shape, k)
        for k, shape in enumerate(
            [(*batch, ins, *lengths), (outs, ins // groups, *kernel), (outs,)]
        )
    ]
    arrays = arrays[: data.draw(st.integers(2, 3))]
    theirs = getattr(functional, f"conv{n}d")
    try:
        theirs(*map(torch.tensor, arrays), **how)
    except RuntimeError:  # no room for the kernel
        with pytest.raises(ValueError, match="longer than the padded input"):
            ag.conv(*arrays, **how)
        return
    same(lambda *xs: ag.conv(*xs, **how), lambda *xs: theirs(*xs, **how), arrays)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@some
@given(st.data())
def test_conv_with_padding_by_a_word_is_pytorchs(data):
    n = data.draw(axes)
    kernel = data.draw(st.tuples(*[st.integers(1, 4)] * n))
    how = {"padding": data.draw(st.sampled_from(["same", "valid"])),
           "dilation": per_axis(data.draw, n, 1, 2)}  # fmt: skip
    arrays = [numbers((1, 2, *[7] * n), 0), numbers((2, 2, *kernel), 1)]
    theirs = getattr(functional, f"conv{n}d")
    same(lambda *xs: ag.conv(*xs, **how), lambda *xs: theirs(*xs, **how), arrays, second=False)


@some
@given(st.data())
def test_conv_transpose_is_pytorchs(data):
    n = data.draw(axes)
    groups = data.draw(st.integers(1, 2))
    ins, outs = (groups * data.draw(st.integers(1, 2)) for _ in range(2))
    kernel = data.draw(st.tuples(*[st.integers(1, 3)] * n))
    lengths = data.draw(st.tuples(*[st.integers(1, 3)] * n))
    stride = data.draw(st.integers(1, 3))
    how = {
        "stride": stride,
        "padding": per_axis(data.draw, n, 0, 1),
        "output_padding": per_axis(data.draw, n, 0, stride - 1),
        "dilation": per_axis(data.draw, n, 1, 2),
        "groups": groups,
    }
    arrays = [
        numbers(shape, k)
        for k, shape in enumerate([(2, ins, *lengths), (ins, outs // groups, *kernel), (outs,)])
    ]
    theirs = getattr(functional, f"conv_transpose{n}d")
    try:
        theirs(*map(torch.tensor, arrays), **how)
    except RuntimeError:  # nothing would be left of it
        with pytest.raises(ValueError, match="would have length"):
            ag.conv_transpose(*arrays, **how)
        return
    same(lambda *xs: ag.conv_transpose(*xs, **how), lambda *xs: theirs(*xs, **how), arrays)


@pytest.mark.parametrize("dtype", ["f2", "f4"])
def test_conv_of_less_precise_numbers_is_as_precise_as_they_are(dtype):
    """The 1,500 terms of a sum are added up in float32 at least, and the sum is rounded once."""
    x, w = numbers((2, 60, 5, 5), 0).astype(dtype), numbers((4, 60, 5, 5), 1).astype(dtype)
    z = ag.conv(Tensor(x), Tensor(w), padding=2)
    exact = functional.conv2d(*(torch.tensor(v.astype(float)) for v in (x, w)), padding=2).numpy()
    assert z.dtype == dtype
    terms = ag.conv(*(abs(v).astype(float) for v in (x, w)), padding=2)
    allowed = np.finfo(dtype).eps * abs(exact) + 8 * np.finfo("f4").eps * terms
    assert (abs(z.data - exact) <= allowed).all()


# Pools -------------------------------------------------------------------------------------------


@st.composite
def a_pool(draw, dilated):
    """Lengths, a kernel, and settings that PyTorch takes: at most half the kernel is padding."""
    n = draw(axes)
    kernel = draw(st.tuples(*[st.integers(1, 3)] * n))
    how = {
        "padding": tuple(draw(st.integers(0, k // 2)) for k in kernel),
        "ceil_mode": draw(st.booleans()),
    }
    if draw(st.booleans()):
        how["stride"] = draw(st.tuples(*[st.integers(1, 3)] * n))
    if dilated:
        how["dilation"] = draw(st.tuples(*[st.integers(1, 2)] * n))
    return n, draw(st.tuples(*[st.integers(1, 6)] * n)), kernel, how


@some
@given(a_pool(dilated=True))
def test_max_pool_is_pytorchs(case):
    n, lengths, kernel, how = case
    x = numbers((2, 2, *lengths), 3)
    theirs = getattr(functional, f"max_pool{n}d")
    try:
        found = theirs(torch.tensor(x), kernel, **how)
    except RuntimeError:
        assume(False)
    if torch.isinf(found).any():  # the largest of no element
        with pytest.raises(ValueError, match="without an element of the input"):
            ag.max_pool(x, kernel, **how)
        return
    same(lambda x: ag.max_pool(x, kernel, **how), lambda x: theirs(x, kernel, **how), [x])


@some
@given(a_pool(dilated=False), st.booleans())
def test_avg_pool_is_pytorchs(case, counted):
    n, lengths, kernel, how = case
    how = how | {"count_include_pad": counted}
    x = numbers((2, 2, *lengths), 3)
    theirs = getattr(functional, f"avg_pool{n}d")
    try:
        theirs(torch.tensor(x), kernel, **how)
    except RuntimeError:
        assume(False)
    same(lambda x: ag.avg_pool(x, kernel, **how), lambda x: theirs(x, kernel, **how), [x])


def test_avg_pool_by_a_divisor():
    x = numbers((1, 2, 4, 5), 0)
    same(
        lambda x: ag.avg_pool(x, (2, 3), divisor=5),
        lambda x: functional.avg_pool2d(x, (2, 3), divisor_override=5),
        [x],
    )


def test_those_that_tie_in_a_window_share_and_in_pytorch_the_first_gets_all():
    """After a relu, windows of zeros are such ties. The totals of a window are the same."""
    x = np.array([[[0.0, 2.0, 0.0, 0.0], [2.0, 1.0, 0.0, 0.0]]])
    ours, theirs = Tensor(x), torch.tensor(x, requires_grad=True)
    ag.max_pool(ours, (2, 2)).sum().backward()
    functional.max_pool2d(theirs, 2).sum().backward()
    np.testing.assert_array_equal(ours.grad, [[[0, 0.5, 0.25, 0.25], [0.5, 0, 0.25, 0.25]]])
    np.testing.assert_array_equal(theirs.grad, [[[0, 1, 1, 0], [0, 0, 0, 0]]])


def test_a_nan_is_the_largest_of_its_window_in_both():
    x = np.array([[1.0, np.nan, 3.0, 2.0]])
    np.testing.assert_array_equal(ag.max_pool(x, (2,)), [[np.nan, 3.0]])
    np.testing.assert_array_equal(functional.max_pool1d(torch.tensor(x), 2), [[np.nan, 3.0]])


# Normalisation, embedding, attention -------------------------------------------------------------


@some
@given(st.integers(1, 2), st.lists(st.integers(1, 4), min_size=2, max_size=4), seeds)
def test_layer_norm_is_pytorchs(count, lengths, seed):
    shape = tuple(lengths)
    normalised = shape[-count:]
    arrays = [numbers(s, seed + k) for k, s in enumerate([shape, normalised, normalised])]
    same(
        lambda x, w, b: ag.layer_norm(x, w, b, axis=tuple(range(-count, 0)), eps=0.01),
        lambda x, w, b: functional.layer_norm(x, normalised, w, b, eps=0.01),
        arrays,
    )


@some
@given(st.tuples(st.integers(2, 4), st.integers(1, 3), st.integers(1, 3)), st.booleans(), seeds)
def test_batch_norm_is_pytorchs(shape, given_mean, seed):
    channels = shape[1]
    arrays = [numbers(s, seed + k) for k, s in enumerate([shape, channels, channels])]
    mean, var = numbers(channels, seed + 8), numbers(channels, seed + 9) ** 2 + 0.1
    how = {"mean": mean, "var": var} if given_mean else {}
    stats = (torch.tensor(mean), torch.tensor(var)) if given_mean else (None, None)
    same(
        lambda x, w, b: ag.batch_norm(x, w, b, **how, eps=0.01),
        lambda x, w, b: functional.batch_norm(x, *stats, w, b, not given_mean, eps=0.01),
        arrays,
    )


@some
@given(st.integers(1, 3), st.integers(1, 2), st.lists(st.integers(1, 3), max_size=2), seeds)
def test_group_norm_is_pytorchs(groups, of_each, lengths, seed):
    channels = groups * of_each
    assume(of_each * np.prod(lengths) > 1)  # PyTorch refuses groups of one number
    shapes = [(2, channels, *lengths), channels, channels]
    arrays = [numbers(s, seed + k) for k, s in enumerate(shapes)]
    same(
        lambda x, w, b: ag.group_norm(x, groups, w, b, eps=0.01),
        lambda x, w, b: functional.group_norm(x, groups, w, b, eps=0.01),
        arrays,
    )


@some
@given(st.data())
def test_embedding_is_pytorchs(data):
    rows, width = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 3))
    shape = data.draw(st.lists(st.integers(0, 3), max_size=2))
    tokens = np.random.default_rng(data.draw(seeds)).integers(0, rows, shape)
    blank = data.draw(st.one_of(st.none(), st.integers(-rows, rows - 1)))
    same(
        lambda w: ag.embedding(w, tokens, padding_idx=blank),
        lambda w: functional.embedding(torch.tensor(tokens), w, padding_idx=blank),
        [numbers((rows, width), 0)],
    )


@some
@given(st.data())
@sdpa_kernel(SDPBackend.MATH)  # the others have no second derivative
def test_attention_is_pytorchs(data):
    queries, keys, d, width = (data.draw(st.integers(1, 4)) for _ in range(4))
    heads = data.draw(st.sampled_from([(), (2,), (2, 1)]))
    how = {"scale": data.draw(st.sampled_from([None, 0.3]))}
    arrays = [numbers((*heads, n, m), k)
              for k, (n, m) in enumerate([(queries, d), (keys, d), (keys, width)])]  # fmt: skip
    kind = data.draw(st.sampled_from(["none", "causal", "bool", "float"]))
    if kind == "causal":
        how["is_causal"] = True
    mask = numbers((queries, keys), 7)
    if kind == "bool":
        mask = mask > 0
        mask[:, 0] = True
    of = {"bool": mask, "float": mask}.get(kind)
    attend = functional.scaled_dot_product_attention
    same(
        lambda q, k, v: ag.scaled_dot_product_attention(q, k, v, mask=of, **how),
        lambda q, k, v: attend(q, k, v, attn_mask=None if of is None else torch.tensor(of), **how),
        arrays,
    )


# Forwards ----------------------------------------------------------------------------------------

FORWARDS = {
    "conv": (lambda x: ag.conv(x, WEIGHTS, padding=1), (1, 2, 3, 3)),
    "conv_transpose": (lambda x: ag.conv_transpose(x, WEIGHTS), (1, 3, 2, 2)),
    "max_pool": (lambda x: ag.max_pool(x, (2, 2), padding=1, stride=1), (2, 3, 3)),
    "avg_pool": (lambda x: ag.avg_pool(x, (2,), padding=1), (2, 3)),
    "embedding": (lambda w: ag.embedding(w, [0, 2, 0], padding_idx=2), (3, 2)),
    "layer_norm": (ag.layer_norm, (2, 3)),
}
WEIGHTS = numbers((3, 2, 2, 2), 5)


@pytest.mark.parametrize("name", FORWARDS)
def test_forward_mode_agrees_with_reverse_mode(name):
    f, shape = FORWARDS[name]
    x, v = numbers(shape, 1), numbers(shape, 2)
    _, tangent = jvp(f, (x,), (v,))
    weights = np.cos(1.7 + 2.3 * np.arange(tangent.size)).reshape(tangent.shape)
    gradient = grad(lambda x: (f(x) * weights).sum())(x)
    np.testing.assert_allclose((tangent * weights).sum(), (gradient * v).sum(), rtol=1e-12)


def test_the_products_of_a_kernel_are_of_any_batch_axes():
    x, w = numbers((2, 3, 2, 5), 0), numbers((4, 2, 3), 1)
    z = ag.conv(x, w)
    assert z.shape == (2, 3, 4, 3)
    for i, j in product(range(2), range(3)):
        np.testing.assert_allclose(z[i, j], ag.conv(x[i, j], w), rtol=1e-12, atol=1e-14)
