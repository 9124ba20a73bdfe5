"""What layers are made of is replayed by kernels alone: its numbers are the eager engine's."""

from math import inf, nan
from typing import Any

import numpy as np
import pytest
from eager_comparison import as_eager, close, compare

import autograd
import nn
from autograd import jit

RNG = np.random.default_rng(3)
LABELS = RNG.integers(0, 5, 4)


def normal(*shape: int) -> Any:
    return RNG.normal(size=shape)


PICTURES, KERNELS = normal(2, 4, 7, 6), normal(6, 2, 3, 2)
CASES: dict[str, Any] = {  # a function of arrays, and arrays
    "max over an axis": (lambda x: autograd.max(x, axis=1), normal(3, 4, 5)),
    "min over all": (autograd.min, normal(3, 4)),
    "max over two axes": (lambda x: autograd.max(x, axis=(0, 2), keepdims=True), normal(3, 4, 5)),
    "var": (lambda x: autograd.var(x, axis=0, ddof=1), normal(3, 4)),
    "std": (lambda x: autograd.std(x, axis=(0, 1)), normal(3, 4)),
    "norm": (lambda x: autograd.norm(x, axis=1), normal(3, 4)),
    "norm of ones": (lambda x: autograd.norm(x, 1, axis=0), normal(3, 4)),
    "norm of the largest": (lambda x: autograd.norm(x, inf, axis=1), normal(3, 4)),
    "prod": (lambda x: autograd.prod(x, axis=1), normal(3, 4)),
    "cumsum": (lambda x: autograd.cumsum(x, axis=0), normal(3, 4)),
    "softmax along the first axis": (lambda x: autograd.softmax(x, axis=0), normal(3, 4)),
    "logsumexp along the middle": (lambda x: autograd.logsumexp(x, axis=1), normal(3, 4, 5)),
    "layer norm": (autograd.layer_norm, normal(3, 4), normal(4), normal(4)),
    "layer norm over two axes": (lambda x: autograd.layer_norm(x, axis=(1, 2)), normal(3, 4, 5)),
    "batch norm": (autograd.batch_norm, PICTURES, normal(4), normal(4)),
    "group norm": (lambda x: autograd.group_norm(x, 2), PICTURES),
    "rms norm": (
        lambda x, w: x * w / autograd.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-6),
        normal(3, 4),
        normal(4),
    ),
    "conv": (autograd.conv, PICTURES, normal(5, 4, 3, 3), normal(5)),
    "conv by settings": (
        lambda x, w: autograd.conv(x, w, stride=2, padding=((1, 0), (2, 1)), dilation=2, groups=2),
        PICTURES,
        KERNELS,
    ),
    "conv of lines": (
        lambda x, w: autograd.conv(x, w, padding="same"),
        normal(2, 3, 8),
        normal(4, 3, 3),
    ),
    "conv of volumes": (autograd.conv, normal(2, 2, 4, 3, 5), normal(3, 2, 2, 2, 3)),
    "conv of one picture": (autograd.conv, normal(2, 4, 5), normal(3, 2, 2, 2)),
    "conv by one element": (autograd.conv, PICTURES, normal(3, 4, 1, 1)),
    "two layers of pictures": (
        lambda x, v, w: autograd.conv(autograd.relu(autograd.conv(x, v, padding=1)), w),
        normal(3, 2, 5, 5),
        normal(4, 2, 3, 3),
        normal(2, 4, 2, 2),
    ),
    "conv transpose": (
        lambda x, w: autograd.conv_transpose(x, w, stride=2, padding=1),
        PICTURES,
        normal(4, 2, 3, 3),
    ),
    "max pool": (lambda x: autograd.max_pool(x, (2, 3)), PICTURES),
    "max pool that overlaps": (
        lambda x: autograd.max_pool(x, (3, 2), stride=(2, 1), padding=1, dilation=(1, 2)),
        PICTURES,
    ),
    "max pool to the end": (lambda x: autograd.max_pool(x, (2, 4), ceil_mode=True), PICTURES),
    "max pool after a transpose": (
        lambda x: autograd.max_pool(x.transpose((2, 3, 0, 1)), (1, 2)),
        PICTURES,
    ),
    "average pool": (lambda x: autograd.avg_pool(x, (2, 2)), PICTURES),
    "average pool without its padding": (
        lambda x: autograd.avg_pool(x, (3, 3), padding=1, stride=2, count_include_pad=False),
        PICTURES,
    ),
    "matrix product": (lambda x, y: autograd.einsum("ij,jk->ik", x, y), normal(3, 4), normal(4, 5)),
    "attention": (
        lambda q, k: autograd.einsum("bqhd,bkhd->bhqk", q, k),
        normal(2, 3, 4, 5),
        normal(2, 6, 4, 5),
    ),
    "three operands": (
        lambda x, y, z: autograd.einsum("ij,jk,k->i", x, y, z),
        normal(3, 4),
        normal(4, 5),
        normal(5),
    ),
    "sums alone": (lambda x, y: autograd.einsum("ijl,kj->k", x, y), normal(2, 3, 4), normal(5, 3)),
    "element by element": (
        lambda x, y: autograd.einsum("ij,ji->ij", x, y),
        normal(3, 4),
        normal(4, 3),
    ),
    "dots of rows": (lambda x, y: autograd.einsum("ij,ij->i", x, y), normal(3, 4), normal(3, 4)),
    "tensordot": (
        lambda x, y: autograd.tensordot(x, y, ([0, 2], [1, 0])),
        normal(3, 2, 4),
        normal(4, 3, 5),
    ),
    "outer": (autograd.outer, normal(3), normal(4)),
    "positions along two axes": (lambda x: x[np.arange(4), LABELS], normal(4, 5)),
    "positions and a slice": (lambda x: x[:, [0, 0, 2]], normal(4, 5)),
    "along an axis": (lambda x: autograd.take_along_axis(x, LABELS[:, None], 1), normal(4, 5)),
    "set at": (lambda x, y: autograd.set_at(x, (slice(1, 3), 0), y), normal(4, 5), normal(2)),
    "two views of one array": (
        lambda x: x.T.reshape((-1,)) + 2.0 * x[::-1].reshape((-1,)),
        normal(3, 3),
    ),
    "roll": (lambda x: autograd.roll(x, 2, axis=1), normal(3, 4)),
    "pad": (lambda x: autograd.pad(x, ((1, 0), (2, 3))), normal(3, 4)),
    "tile": (lambda x: autograd.tile(x, (2, 3)), normal(3, 4)),
    "tril": (autograd.tril, normal(4, 4)),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_kernels_give_what_the_eager_engine_gives(case: Any, dtype: Any) -> None:
    f, *arrays = case

    def total(*xs: Any) -> Any:  # what is passed back is of both signs
        z = f(*xs)
        signs = np.where(np.arange(z.size) % 2, 9.0, -9.0).reshape(z.shape)
        return (z * z * 0.5 + z * signs.astype(dtype)).sum()

    inputs = [np.asarray(x, dtype) for x in arrays]
    fast = compare(total, inputs)
    fast.value_and_grad(*inputs)
    assert fast.recording(*inputs).calls == ()


def at_edges() -> list[Any]:
    largest, ordinary = np.array([[3e200, 4e200], [-1e-200, 0.0]]), np.array([[1.0, 2.0]])
    zeros, ties = np.zeros((2, 3)), np.array([[1.0, 1.0, 0.0], [-2.0, -2.0, -2.0]])
    unordered = np.array([[1.0, nan, 3.0], [inf, 1.0, inf]])
    picture = np.array([[0.0, 0.0, 1.0, nan], [0.0, 0.0, 1.0, 1.0], [-inf, -inf, 2.0, 3.0]])
    return [
        (
            "norm",
            lambda x: autograd.norm(x, axis=1),
            [largest, zeros, unordered, 1e-170 * ordinary],
        ),
        ("norm of ones", lambda x: autograd.norm(x, 1, axis=1), [zeros, ties, unordered]),
        ("norm of inf", lambda x: autograd.norm(x, inf, axis=1), [zeros, ties, -ties, unordered]),
        (
            "std",
            lambda x: autograd.std(x, axis=1),
            [largest, ties, zeros, unordered, 1e-170 * ordinary],
        ),
        ("var", lambda x: autograd.var(x, axis=1, ddof=2), [ordinary, np.ones((2, 1))]),
        ("std of one", lambda x: autograd.std(x, axis=1, ddof=1), [np.ones((2, 1))]),
        ("max", lambda x: autograd.max(x, axis=1), [ties, zeros, unordered]),
        ("min", lambda x: autograd.min(x, axis=1), [ties, zeros, unordered]),
        ("prod", lambda x: autograd.prod(x, axis=1), [ties, zeros]),
        ("max pool", lambda x: autograd.max_pool(x, (2, 2)), [picture, np.zeros((4, 4))]),
        (
            "max pool of a border",
            lambda x: autograd.max_pool(x, (2, 2), padding=1),
            [picture, np.full((2, 2), -inf)],
        ),
        ("layer norm", lambda x: autograd.layer_norm(x, eps=0.0), [ordinary, 1e150 * ordinary]),
    ]


@pytest.mark.parametrize(
    ("f", "inputs"), [each[1:] for each in at_edges()], ids=[each[0] for each in at_edges()]
)
@pytest.mark.filterwarnings("ignore")
def test_ties_zeros_nan_and_numbers_too_large_to_square_are_the_eager_engines(
    f: Any, inputs: Any
) -> None:
    for x in inputs:
        fast = jit(lambda x: f(x).sum(), tensors=True)
        value, (gradient,) = as_eager(lambda x: f(x).sum(), [x])
        found, passed = fast.value_and_grad(x)
        np.testing.assert_allclose(found, value, rtol=1e-14)
        np.testing.assert_allclose(passed, gradient, rtol=1e-13, atol=1e-15)
        assert fast.recording(x).calls == ()


def test_each_result_is_the_eager_engines_where_the_sum_of_squares_leaves_the_range() -> None:
    """A hypotenuse of 3 and 4 is 5, whatever the unit."""
    fast = jit(lambda x: autograd.norm(x, axis=1), tensors=True)
    found = fast(np.array([[3e200, 4e200], [3e-200, 4e-200], [3.0, 4.0]]))
    np.testing.assert_allclose(found, [5e200, 5e-200, 5.0], rtol=1e-15)


@pytest.mark.parametrize("border", [1.0, 2.0, 100.0, -5.0, 1.5, -inf, nan])
def test_a_border_of_any_number_is_padded(border: float) -> None:
    """1 and 2 are also how many elements there are up to the first, and up to the second."""
    fast = jit(lambda x: autograd.pad(x, 1, constant_values=border), tensors=True)
    found = fast(np.array([7.0, 8.0]))
    np.testing.assert_array_equal(found, [border, 7.0, 8.0, border])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "f",
    [
        lambda x: autograd.std(x, axis=1),
        lambda x: autograd.norm(x, axis=1),
        lambda x: autograd.log_softmax(x[:, :1], axis=1)[:, 0],
    ],
    ids=["std of equal numbers", "norm of zeros", "log_softmax of one element"],
)
def test_a_nan_that_is_passed_back_stays_one(f: Any) -> None:
    fast = jit(lambda x, w: (f(x) * w).sum(), tensors=True)
    weights = np.array([nan, 0.0])
    _, gradient = fast.value_and_grad(np.zeros((2, 2)), weights)
    assert np.isnan(gradient[0, 0])
    assert gradient[1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("dtypes", [(np.float32, np.float64), (np.float64, np.float32)])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: x,
        lambda x: autograd.roll(x, 2),
        lambda x: x[[2, 3, 0, 1]],
        lambda x: autograd.max_pool(x[None], (1,))[0],
    ],
    ids=["as it is", "rolled", "taken by positions", "pooled"],
)
def test_numbers_made_another_dtype_are_of_it(f: Any, dtypes: Any) -> None:
    """Each function gives back numbers in which the first two are as the last two."""
    given, other = dtypes
    found = jit(lambda x: f(x.astype(other)), tensors=True)(np.array([1.5, -2.5] * 2, given))
    assert found.dtype == other
    assert found.tolist() == [1.5, -2.5] * 2


def test_labels_of_another_call_are_taken_anew() -> None:
    fast = jit(lambda z, y: z[np.arange(3), y].sum(), tensors=True)
    z = np.arange(12.0).reshape(3, 4)
    for labels in ([0, 1, 2], [3, 3, -1]):
        value, gradient = fast.value_and_grad(z, np.array(labels))
        assert value == z[np.arange(3), labels].sum()
        assert gradient.tolist() == (np.eye(4)[labels]).tolist()
    assert "recorded 1 times" in repr(fast)


def test_a_position_out_of_range_is_the_eager_engines_error() -> None:
    fast = jit(lambda z, y: z[np.arange(3), y].sum(), tensors=True)
    z = np.arange(12.0).reshape(3, 4)
    fast(z, np.array([0, 1, 2]))
    with pytest.raises(IndexError, match="4"):
        fast(z, np.array([4, 1, 2]))  # as one number it would be in range: that of (1, 0)


def test_an_array_of_more_axes_than_a_copy_goes_over_is_refused() -> None:
    x = np.zeros((2,) * 21)
    turned = tuple(reversed(range(21)))
    with pytest.raises(ValueError, match="copies arrays of up to 20 axes, got one of 21"):
        jit(lambda x: x.transpose(turned).reshape((-1,)), tensors=True)(x)


def test_a_network_of_pictures_is_trained_by_kernels_alone() -> None:
    """The weights are those of the eager engine; the last batch is a smaller one."""
    x, y = normal(22, 1, 8, 8), RNG.integers(0, 3, 22)

    def trained(jit: bool) -> Any:
        model = nn.Sequential(
            nn.Conv2d(1, 3, 3, rng=1), nn.Activation("relu"), nn.MaxPool2d(2),
            nn.Dropout(0.2, rng=4), nn.Flatten(), nn.LayerNorm(27), nn.Linear(27, 3, rng=2),
        )  # fmt: skip
        nn.fit(
            model, x, y, epochs=4, batch_size=8, loss=nn.cross_entropy, rng=0, jit=jit,
            optimizer=nn.SGD(model.parameters(), lr=0.1, momentum=0.9), progress=False,
        )  # fmt: skip
        return model.state_dict()

    eager, replayed = trained(False), trained(True)
    for name in eager:
        close(replayed[name], eager[name], np.float64)
