"""Convolutional layers, pools, Embedding, MultiheadAttention: as PyTorch's; training; ONNX."""

import numpy as np
import pytest
import torch
from onnx.reference import ReferenceEvaluator
from sklearn.datasets import load_digits

import autograd
import init
import nn
from nn.modules.initialisation import fans_of


def numbers(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


# The same as PyTorch's ---------------------------------------------------------------------------

SAME = {
    "Conv1d": ((2, 4, 3), {"padding": "same", "dilation": 2}, (2, 2, 7)),
    "Conv2d": ((4, 6, (3, 2), 2, (1, 0), 1, 2), {}, (2, 4, 5, 6)),
    "Conv3d": ((1, 2, 2), {"bias": False}, (2, 1, 3, 4, 3)),
    "ConvTranspose1d": ((2, 3, 3, 2), {"output_padding": 1}, (2, 2, 4)),
    "ConvTranspose2d": ((4, 2, 3, 2, 1, 1, 2), {}, (2, 4, 3, 3)),
    "ConvTranspose3d": ((1, 2, 2), {"stride": (1, 2, 1)}, (1, 1, 2, 2, 2)),
    "MaxPool1d": ((3, 2, 1), {}, (2, 3, 7)),
    "MaxPool2d": ((2,), {}, (2, 3, 5, 6)),
    "MaxPool3d": ((2, 1), {"dilation": (1, 2, 1)}, (2, 3, 4, 5)),
    "AvgPool1d": ((3, 2, 1), {"count_include_pad": False}, (2, 3, 7)),
    "AvgPool2d": (((2, 3),), {"ceil_mode": True}, (2, 3, 5, 7)),
    "AvgPool3d": ((2,), {}, (2, 3, 4, 5)),
}


@pytest.mark.parametrize("name", SAME)
def test_a_layer_takes_pytorchs_arguments_and_weights_and_computes_the_same(name):
    args, more, shape = SAME[name]
    ours, theirs = getattr(nn, name)(*args, **more), getattr(torch.nn, name)(*args, **more).double()
    state = {key: value.numpy() for key, value in theirs.state_dict().items()}
    ours.load_state_dict(state)
    x = numbers(shape)
    expected = theirs(torch.tensor(x)).detach().numpy()
    found = ours(x)
    np.testing.assert_allclose(getattr(found, "data", found), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_a_border_is_padded_as_in_pytorch(mode):
    ours = nn.Conv2d(2, 3, 3, padding=(1, 2), padding_mode=mode)
    theirs = torch.nn.Conv2d(2, 3, 3, padding=(1, 2), padding_mode=mode).double()
    ours.load_state_dict({key: value.numpy() for key, value in theirs.state_dict().items()})
    x = numbers((2, 2, 4, 5))
    expected = theirs(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours(x).data, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("masked", [False, True])
def test_attention_by_several_heads_is_pytorchs(masked):
    ours = nn.MultiheadAttention(6, 3)
    theirs = torch.nn.MultiheadAttention(6, 3, batch_first=True).double()
    weights, biases = theirs.in_proj_weight.detach().numpy(), theirs.in_proj_bias.detach().numpy()
    state = {
        f"{name}.{kind}": array[6 * k : 6 * k + 6]
        for k, name in enumerate(("query", "key", "value"))
        for kind, array in (("weight", weights), ("bias", biases + 0.5))
    }
    out = theirs.out_proj
    state |= {"out.weight": out.weight.detach().numpy(), "out.bias": out.bias.detach().numpy()}
    ours.load_state_dict(state)
    with torch.no_grad():
        theirs.in_proj_bias += 0.5
    q, k, v = numbers((2, 4, 6), 1), numbers((2, 5, 6), 2), numbers((2, 5, 6), 3)
    mask = np.tri(4, 5, dtype=bool) if masked else None
    expected, _ = theirs(
        *map(torch.tensor, (q, k, v)), attn_mask=torch.tensor(~mask) if masked else None
    )
    found = ours(q, k, v, mask=mask)
    np.testing.assert_allclose(found.data, expected.detach().numpy(), rtol=1e-12, atol=1e-13)


def test_queries_alone_are_keys_and_values_too():
    attention, x = nn.MultiheadAttention(4, 2, rng=0), numbers((3, 4))
    np.testing.assert_array_equal(attention(x).data, attention(x, x, x).data)


# Initial weights ---------------------------------------------------------------------------------


def test_the_fans_of_a_kernel_count_the_elements_of_its_window():
    assert fans_of((8, 3)) == init.Fans(3, 8)
    assert fans_of((8, 3, 5, 5)) == init.Fans(75, 200)
    assert fans_of((8, 2, 3), groups=2) == init.Fans(6, 12)  # 4 outputs for an input of a group


@pytest.mark.parametrize("name", init.available())
def test_every_strategy_draws_kernels(name):
    layer = nn.Conv2d(4, 16, 2, init=name, rng=0)
    assert layer.weight.shape == (16, 4, 2, 2)


def test_kernels_are_drawn_as_a_matrix_with_a_row_for_each_unit():
    layer = nn.Conv2d(3, 5, 2, init="he_normal", rng=7)
    drawn = init.he_normal((5, 12), rng=np.random.default_rng(7), fan_in=12, fan_out=20)
    np.testing.assert_array_equal(layer.weight.data, drawn.reshape(5, 3, 2, 2))


def test_he_keeps_the_second_moment_of_a_signal_through_convolutions():
    """Away from the border, where part of a window is zeros."""
    x = numbers((4, 8, 24, 24), 1)
    for k in range(4):
        z = nn.Conv2d(8 if k == 0 else 64, 64, 3, init="he_normal", rng=k, dtype="f8")(x)
        x = np.maximum(z.data, 0)
    assert 0.7 < np.mean(x**2) < 1.4


def test_a_transposed_layer_has_the_fan_in_of_its_sums():
    """Each output is a sum over in/groups · kernel inputs, of a stride of 1."""
    layer = nn.ConvTranspose1d(400, 6, 3, init="lecun_normal", rng=0, groups=2)
    assert layer.weight.shape == (400, 3, 3)
    assert layer.weight.data.var() == pytest.approx(1 / 600, rel=0.05)


def test_an_embedding_starts_with_a_standard_normal_table_and_a_blank_row():
    table = nn.Embedding(2000, 5, padding_idx=3, rng=0)
    assert not table.weight.data[3].any()
    assert table.weight.data.std() == pytest.approx(1, rel=0.03)


# What they say and refuse ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (nn.Conv2d(1, 8, 3), "Conv2d(1 → 8, kernel 3×3)"),
        (nn.Conv2d(2, 4, (3, 1), (1, 2), 1, 1, 2, False),
         "Conv2d(2 → 4, kernel 3×1, stride 1×2, padding 1, groups 2, no bias)"),
        (nn.Conv1d(1, 1, 4, padding="same"), "Conv1d(1 → 1, kernel 4, padding 1×2)"),
        (nn.MaxPool2d(2), "MaxPool2d(2×2)"),
        (nn.MaxPool2d(3, 2, 1, 2), "MaxPool2d(3×3, stride 2, padding 1, dilation 2)"),
        (nn.Embedding(10, 4), "Embedding(10 × 4)"),
        (nn.MultiheadAttention(4, 2), "MultiheadAttention(4, 2 heads)"),
    ],
)  # fmt: skip
def test_a_layer_says_its_sizes_and_what_is_set(layer, said):
    assert repr(layer).splitlines()[0].split("  ")[0] == said


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.Conv2d(0, 1, 3), ValueError, "in_channels must be a positive integer, got 0"),
        (lambda: nn.Conv2d(1, 1, 0), ValueError, "kernel_size must be a positive integer, got 0"),
        (lambda: nn.Conv2d(1, 1, (3, 3, 3)), ValueError, "kernel_size must be one number or 2"),
        (lambda: nn.Conv2d(1, 1, 3, stride=-1), ValueError, "stride must be a positive integer"),
        (lambda: nn.Conv2d(1, 1, 3, padding=-1), ValueError, "padding must be a positive"),
        (lambda: nn.Conv2d(1, 1, 3, padding="some"), ValueError, "one of valid, same, got 'some'"),
        (lambda: nn.Conv2d(1, 1, 3, 2, "same"), ValueError, "for a stride of 1"),
        (lambda: nn.Conv2d(3, 4, 3, groups=2), ValueError, "groups must divide the channels"),
        (lambda: nn.Conv2d(1, 1, 3, padding_mode="wrap"), ValueError, "padding_mode must be one"),
        (lambda: nn.Conv2d(1, 1, 3, dtype=int), TypeError, "floating-point dtype"),
        (lambda: nn.Conv2d(2, 1, 3)(np.ones((1, 5, 5))), ValueError,
         r"Conv2d\(2 → 1, kernel 3×3\) expects inputs of shape \(..., 2, height, width\), got"),
        (lambda: nn.MaxPool3d(2)(np.ones((2, 2))), ValueError, "expects inputs with 3 spatial"),
        (lambda: nn.MaxPool2d(1.5), TypeError, "kernel_size must be a positive integer"),
        (lambda: nn.Embedding(3, 2, padding_idx=3), ValueError, "one of 3 rows, got 3"),
        (lambda: nn.Embedding(3, 2)([3]), IndexError, "outside of a table of 3 rows"),
        (lambda: nn.MultiheadAttention(5, 2), ValueError, "num_heads must divide embed_dim"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_and_said(call, error, message):
    with pytest.raises(error, match=message):
        call()


# Training and export -----------------------------------------------------------------------------


def network(dtype=np.float64):
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1, init="he_normal", rng=0, dtype=dtype), nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1, init="he_normal", rng=1, dtype=dtype), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 10, rng=2, dtype=dtype),
    )  # fmt: skip


@pytest.mark.slow
def test_a_small_network_learns_the_digits():
    """At least 95 % of pictures that it hasn't seen."""
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    x = (digits.images[order] / 16)[:, None].astype(np.float32)
    y = digits.target[order]
    model = network(np.float32)
    adam = nn.Adam(model.parameters(), lr=5e-3)
    nn.fit(model, x[:1400], y[:1400], epochs=10, loss=nn.cross_entropy, optimizer=adam,
           batch_size=32, rng=0, progress=False)  # fmt: skip
    assert (model(x[1400:]).data.argmax(axis=1) == y[1400:]).mean() >= 0.95


def test_a_network_and_its_scalars_have_the_same_gradients():
    model = nn.Sequential(nn.Conv2d(1, 2, 3, rng=0), "tanh", nn.MaxPool2d(2), nn.Flatten(),
                          nn.Linear(2, 3, rng=1))  # fmt: skip
    exploded, x = model.scalars(), numbers((2, 1, 4, 4))
    for each in (model, exploded):
        nn.cross_entropy(each(x), [0, 2]).backward()
    values = dict(exploded.named_parameters())
    for name, parameter in model.named_parameters():
        for index, slope in np.ndenumerate(parameter.grad):
            place = f"{name}[{', '.join(map(str, index))}]"
            assert values[place].grad == pytest.approx(slope, rel=1e-12, abs=1e-15)


MODELS = {
    "pictures": lambda: (network(), (3, 1, 8, 8)),
    "a line": lambda: (
        nn.Sequential(nn.Conv1d(2, 4, 3, 2, ((2, 1),), groups=2, rng=0), nn.AvgPool1d(2, 1, 1)),
        (3, 2, 8),
    ),
    "averages": lambda: (
        nn.Sequential(nn.Conv2d(1, 2, 2, dilation=2, rng=0),
                      nn.AvgPool2d(2, 1, 1, count_include_pad=False)),
        (2, 1, 5, 5),
    ),
    "a larger picture": lambda: (
        nn.ConvTranspose2d(2, 4, 3, 2, 1, output_padding=1, rng=0),
        (2, 2, 3, 3),
    ),
    "attention": lambda: (nn.MultiheadAttention(4, 2, rng=0), (3, 5, 4)),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_a_network_becomes_onnx(name):
    model, shape = MODELS[name]()
    x = numbers(shape)
    (y,) = ReferenceEvaluator(nn.to_onnx(model, x[:1])).run(None, {"x": x})
    np.testing.assert_allclose(y, model(x).data, rtol=1e-12, atol=1e-13)


def test_what_onnx_has_not_is_said():
    pool = nn.MaxPool2d(2)
    with pytest.raises(ValueError, match=r"max_pool .* of an input of shape \(2, 4, 4\)"):
        nn.to_onnx(nn.Sequential(pool), np.ones((2, 4, 4)))
    model = nn.Sequential(lambda x: autograd.avg_pool(x, (2,), divisor=3))
    with pytest.raises(ValueError, match="with a divisor of its own"):
        nn.to_onnx(model, np.ones((1, 1, 4)))
