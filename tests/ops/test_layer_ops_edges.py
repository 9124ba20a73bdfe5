"""The ops of layers at edges: bad input, ties, zeros that pass nothing on, Values, pickles, jit."""

import pickle

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, jit, scalars
from autograd.walk.order import topological_order

X, W = np.ones((2, 3, 5, 6)), np.ones((4, 3, 2, 2))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ag.conv(X, np.ones((4, 3, 6, 2))), ValueError,
         "kernel of length 6 is longer than the padded input, 5, along spatial axis 0"),
        (lambda: ag.conv(X, W, dilation=(1, 6)), ValueError, "length 2, dilated to 7, is longer"),
        (lambda: ag.conv(X, np.ones((4, 2, 2, 2))), ValueError,
         r"needs an input of shape \(..., 2, \*spatial\), with 2 of them, got \(2, 3, 5, 6\)"),
        (lambda: ag.conv(X[0, 0], W), ValueError, r"\(..., 3, \*spatial\)"),
        (lambda: ag.conv(X, W, groups=3), ValueError, "groups=3 must divide the 4 channels"),
        (lambda: ag.conv(X, W, np.ones(3)), ValueError, r"a bias of shape \(4,\).*got \(3,\)"),
        (lambda: ag.conv(X, W[0]), ValueError, "needs an input of shape"),
        (lambda: ag.conv(X, np.ones((4, 3))), ValueError, r"weight of shape \(out, in / groups"),
        (lambda: ag.conv(X, np.ones((4, 3, 0, 1))), ValueError, "with a spatial axis or more"),
        (lambda: ag.conv(X, W, stride=-1), ValueError, "conv: stride must be an integer of at"),
        (lambda: ag.conv(X, W, stride=0), ValueError, "stride must be an integer of at least 1"),
        (lambda: ag.conv(X, W, stride=(1, 1, 1)), ValueError, "or 2 of them, one for each"),
        (lambda: ag.conv(X, W, stride=1.5), TypeError, "stride must be an integer"),
        (lambda: ag.conv(X, W, padding=-1), ValueError, "padding must be an integer of at least 0"),
        (lambda: ag.conv(X, W, padding=((1, 1),)), ValueError, "one pair for each of 2"),
        (lambda: ag.conv(X, W, padding="some"), ValueError, "a number, 'valid' or 'same'"),
        (lambda: ag.conv(X, W, padding="same", stride=2), ValueError, "for a stride of 1, got 2"),
        (lambda: ag.conv_transpose(X, W), ValueError, r"\(..., 4, \*spatial\)"),
        (lambda: ag.conv_transpose(X[:, :1], W[:1], output_padding=1), ValueError,
         "less than the stride, 1"),
        (lambda: ag.conv_transpose(X[:, :1, :1, :1], W[:1], padding=2), ValueError, "length -2"),
        (lambda: ag.max_pool(X, 2), TypeError, r"as in \(2, 2\), got kernel=2"),
        (lambda: ag.max_pool(X, (7, 2)), ValueError, "kernel of length 7 is longer"),
        (lambda: ag.max_pool(X[0, 0], (1, 1, 1)), ValueError, "over 3 spatial axes, got an input"),
        (lambda: ag.max_pool(X, (2, 2), padding=2), ValueError, "leaves a window without an"),
        (lambda: ag.max_pool(X, (2, 2), stride=-2), ValueError, "max_pool: stride must be"),
        (lambda: ag.max_pool(X, (2, 0)), ValueError, "max_pool: kernel must be an integer of"),
        (lambda: ag.avg_pool(X, (2, 2), divisor=0), ValueError, "divisor must be an integer of"),
        (lambda: ag.avg_pool(X, (1,), padding=1, count_include_pad=False), ValueError, "pad less"),
        (lambda: ag.embedding(W, [4]), IndexError, "the index 4 is outside of a table of 4 rows"),
        (lambda: ag.embedding(W, [-1]), IndexError, "the index -1 is outside"),
        (lambda: ag.embedding(W, [0.0]), TypeError, "takes integers as indices, got float64"),
        (lambda: ag.embedding(W, Tensor([0.0])), TypeError, "got a Tensor: they are positions"),
        (lambda: ag.embedding(W, [0], padding_idx=4), IndexError, "padding_idx=4 is not"),
        (lambda: ag.embedding(np.float64(1), [0]), ValueError, "needs a table with rows"),
        (lambda: ag.layer_norm(X, eps=-1), ValueError, "eps is added to a variance"),
        (lambda: ag.layer_norm(X, axis=4), ValueError, "axis 4 is out of bounds"),
        (lambda: ag.batch_norm(np.ones(3)), ValueError, r"\(examples, channels, ...\), got \(3,\)"),
        (lambda: ag.batch_norm(X, mean=np.ones(3)), ValueError, "both the mean and the var"),
        (lambda: ag.batch_norm(X, np.ones(2)), ValueError, "for each of 3 channels"),
        (lambda: ag.group_norm(X, 2), ValueError, "with channels in 2 groups"),
        (lambda: ag.scaled_dot_product_attention(X, X[..., :2], X), ValueError, "attention needs"),
        (lambda: ag.scaled_dot_product_attention(X, X, X, mask=np.ones(6), is_causal=True),
         ValueError, "not both"),
        (lambda: ag.scaled_dot_product_attention(X, X, X, mask=np.ones((2, 9), bool)),
         ValueError, r"needs a mask of shape \(\.\.\., \d, \d\), got \(2, 9\)"),
        (lambda: ag.conv(X, W, groups=0), ValueError,
         "conv: groups must be an integer of at least 1, got 0"),
        (lambda: ag.conv(X, W, groups=(1, 1)), TypeError, r"of at least 1, got \(1, 1\)"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_and_said(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_bad_call_leaves_gradients_as_they_were():
    w = Tensor(W)
    ag.conv(X, w).sum().backward()
    before = w.grad.copy()
    with pytest.raises(ValueError, match="longer than the padded input"):
        ag.conv(X[..., :1], w).sum().backward()
    np.testing.assert_array_equal(w.grad, before)


# What passes nothing on --------------------------------------------------------------------------


def test_a_zero_cotangent_passes_nothing_on_to_an_infinite_kernel_or_input():
    x, w = Tensor([[1.0, np.inf, 3.0, 4.0]]), Tensor([[[2.0, 1.0]]])
    ag.conv(x, w)[0, 2:].sum().backward()
    np.testing.assert_array_equal(x.grad, [[0.0, 0.0, 2.0, 1.0]])
    np.testing.assert_array_equal(w.grad, [[[3.0, 4.0]]])


def test_a_nan_of_a_window_gets_into_the_slopes_of_that_window_alone():
    """The op compared it: the slope of all that it was compared with is nan, as for max."""
    x = Tensor([1.0, np.nan, 3.0, 2.0])
    ag.max_pool(x, (2,)).sum().backward()
    np.testing.assert_array_equal(x.grad, [np.nan, np.nan, 1.0, 0.0])


def test_padding_is_never_the_largest_not_even_of_infinities():
    x = Tensor([-np.inf, -np.inf])
    z = ag.max_pool(x, (2,), padding=1)
    z.sum().backward()
    assert z.data.tolist() == [-np.inf, -np.inf]
    assert x.grad.tolist() == [1.0, 1.0]


def test_windows_that_leave_elements_over_give_them_no_gradient():
    x = Tensor(np.ones(5))
    ag.avg_pool(x, (2,)).sum().backward()
    assert x.grad.tolist() == [0.5, 0.5, 0.5, 0.5, 0.0]


def test_the_row_that_stands_for_no_token_gets_no_gradient_but_is_there():
    table = Tensor([[1.0], [2.0]])
    rows = ag.embedding(table, [1, 0, 1], padding_idx=1)
    rows.sum().backward()
    assert rows.data.tolist() == [[2.0], [1.0], [2.0]]
    assert table.grad.tolist() == [[1.0], [0.0]]


def test_indices_that_change_later_do_not_change_what_was_recorded():
    table, tokens = Tensor([[1.0], [2.0]]), np.array([0, 0])
    rows = ag.embedding(table, tokens)
    tokens[:] = 1
    rows.sum().backward()
    assert table.grad.tolist() == [[2.0], [0.0]]


def test_empty_batches_have_empty_results_and_gradients_of_zero():
    x, w = Tensor(np.ones((0, 3, 5, 6))), Tensor(W)
    z = ag.max_pool(ag.conv(x, w), (2, 2))
    z.sum().backward()
    assert z.shape == (0, 4, 2, 2)
    assert not w.grad.any()
    assert x.grad.shape == x.shape


# Values ------------------------------------------------------------------------------------------


def test_a_convolution_of_values_is_a_neuron_for_each_output_without_the_padding():
    x, w, b = (Tensor(v).scalars() for v in (np.ones((1, 3)), np.ones((2, 1, 3)), np.ones(2)))
    z = ag.conv(x, w, b, padding=1)
    assert [v.data for v in z.ravel()] == [3.0, 4.0, 3.0, 3.0, 4.0, 3.0]
    assert {v.op.name for v in z.ravel()} == {"neuron"}
    assert [len(v.parents) for v in z[0]] == [5, 7, 5]
    assert [v.region for v in z[:, 0]] == ["channel0", "channel1"]


def test_plain_numbers_beside_values_are_constants():
    w = np.array([[[Value(2.0), Value(-1.0)]]])
    z = ag.conv([[1.0, 3.0, 2.0]], w)
    z.sum().backward()
    assert [v.data for v in z[0]] == [-1.0, 4.0]
    assert [v.grad for v in w.ravel()] == [4.0, 5.0]


def test_the_scalars_of_a_small_network_have_its_gradients():
    x = Tensor(np.random.default_rng(0).normal(size=(1, 1, 6, 6)))
    w, b = (Tensor(np.random.default_rng(k).normal(size=s)) for k, s in ((1, (2, 1, 3, 3)), (2, 2)))
    z = ag.avg_pool(ag.max_pool(ag.tanh(ag.conv(x, w, b, padding=1)), (2, 2)), (3, 3))
    root = (z * z).sum()
    root.backward()
    s = scalars(root)
    s.root.backward()
    names = {node.op.name for node in topological_order(s.root)}
    assert names == {"neuron", "tanh", "maximum", "total", "div", "mul"}
    for tensor in (x, w, b):
        found = [v.grad for v in s[tensor].ravel()]
        np.testing.assert_allclose(found, tensor.grad.ravel(), rtol=1e-12)


# Other rooms -------------------------------------------------------------------------------------


def test_a_graph_of_convolutions_can_be_pickled():
    w = Tensor(W)
    root = ag.max_pool(ag.conv(X, w, stride=(1, 2), padding=((1, 0), (0, 0))), (2, 2)).sum()
    again = pickle.loads(pickle.dumps(root))
    root.backward()
    again.backward()
    (leaf,) = (n for n in topological_order(again)[0].parents if n.requires_grad)
    np.testing.assert_array_equal(leaf.grad, w.grad)


def test_a_replay_computes_the_same_bits():
    def f(w):
        return ag.layer_norm(ag.max_pool(ag.relu(ag.conv(X, w)), (2, 2))).sum() + (w * w).sum()

    rng = np.random.default_rng(0)
    replayed = jit(f)
    for _ in range(3):
        w = rng.normal(size=W.shape)
        assert replayed(w) == f(w)
