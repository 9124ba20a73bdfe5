"""Losses of classes along the second axis, and labels that are left out: as PyTorch has them."""

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as fn

import nn
from autograd import Tensor, Value

SHAPES = [(4,), (6, 4), (3, 4, 5), (2, 4, 3, 2)]
WEIGHT = [0.5, 2.0, 0.0, 1.25]
REDUCTIONS = ["mean", "sum", "none"]


def values(numbers: Any) -> Any:
    made = np.empty(np.shape(numbers), object)
    for index, number in np.ndenumerate(np.asarray(numbers, float)):
        made[index] = Value(float(number))
    return made


def data(loss: Any) -> Any:
    found = np.asarray(loss if isinstance(loss, np.ndarray) else loss.data)
    return np.vectorize(lambda v: v.data)(found) if found.dtype == object else found


def gradient(loss: Any, z: Any) -> Any:
    """The gradient of the sum of all losses."""
    whole = loss.sum() if isinstance(loss, (Tensor, np.ndarray)) else loss
    whole.backward()
    return z.grad if isinstance(z, Tensor) else np.vectorize(lambda v: v.grad or 0.0)(z)


def compare(ours: Any, theirs: Any, z: Any, y: Any, weight: Any, *, make: Any) -> None:
    mine, leaf = make(z), torch.tensor(z, requires_grad=True)
    loss = ours(mine, y, weight=weight)
    expected = theirs(
        leaf,
        torch.tensor(y),
        weight=None if weight is None else torch.tensor(weight, dtype=torch.float64),
    )
    expected.sum().backward()
    np.testing.assert_allclose(data(loss), expected.detach(), rtol=1e-13, atol=1e-14)
    assert np.shape(data(loss)) == tuple(expected.shape)
    np.testing.assert_allclose(gradient(loss, mine), leaf.grad, rtol=1e-12, atol=1e-14)


def labels_for(shape: tuple[int, ...], rng: np.random.Generator, ignored: int | None) -> Any:
    labels = rng.integers(4, size=(*shape[:1], *shape[2:]) if len(shape) > 1 else ())
    if ignored is not None and labels.ndim:
        labels[..., ::2] = ignored
        labels.flat[1] = 1  # one at least is kept
    return labels


@pytest.fixture(params=[Tensor, values], ids=["tensors", "values"])
def make(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("ignored", [None, -100, 1])
@pytest.mark.parametrize("shape", SHAPES)
def test_cross_entropy_of_labels_is_pytorchs(shape, ignored, weight, smoothing, reduction, make):
    rng = np.random.default_rng(len(shape))
    y = labels_for(shape, rng, ignored)
    if y.ndim == 0:
        ignored = None
    theirs = {} if ignored is None else {"ignore_index": ignored}
    options = {"label_smoothing": smoothing, "reduction": reduction}
    compare(
        partial(nn.cross_entropy, ignore_index=ignored, **options),
        partial(fn.cross_entropy, **theirs, **options),
        rng.normal(scale=2, size=shape), y, weight, make=make,
    )  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("shape", SHAPES)
def test_cross_entropy_of_probabilities_is_pytorchs(shape, weight, smoothing, reduction, make):
    rng = np.random.default_rng(len(shape))
    odds = rng.exponential(size=shape)
    options = {"label_smoothing": smoothing, "reduction": reduction}
    compare(
        partial(nn.cross_entropy, **options), partial(fn.cross_entropy, **options),
        rng.normal(scale=2, size=shape), odds / odds.sum(axis=min(1, odds.ndim - 1), keepdims=True),
        weight, make=make,
    )  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("ignored", [None, -100, 1])
@pytest.mark.parametrize("shape", SHAPES)
def test_nll_is_pytorchs(shape, ignored, weight, reduction, make):
    rng = np.random.default_rng(len(shape))
    y = labels_for(shape, rng, ignored)
    if y.ndim == 0:
        ignored = None
    theirs = {} if ignored is None else {"ignore_index": ignored}
    compare(
        partial(nn.nll, ignore_index=ignored, reduction=reduction),
        partial(fn.nll_loss, reduction=reduction, **theirs),
        -rng.exponential(size=shape), y, weight, make=make,
    )  # fmt: skip


@pytest.mark.parametrize("loss", [nn.multi_margin, partial(nn.multi_margin, p=2, weight=WEIGHT)])
def test_a_margin_loss_of_three_axes_is_that_of_each_place(loss):
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(3, 4, 5)), rng.integers(4, size=(3, 5))
    found = loss(z, y, reduction="none")
    expected = [[float(loss(z[i, :, j], y[i, j])) for j in range(5)] for i in range(3)]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_divergences_of_three_axes_are_those_of_each_place():
    rng = np.random.default_rng(0)
    z, p = -rng.exponential(size=(3, 4, 5)), rng.exponential(size=(3, 4, 5))
    p /= p.sum(axis=1, keepdims=True)
    found = nn.kl_divergence(z, p, reduction="none")
    expected = fn.kl_div(torch.tensor(z), torch.tensor(p), reduction="none").sum(dim=1)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("ours", [nn.cross_entropy, nn.nll])
@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_where_all_labels_are_left_out_it_is_as_in_pytorch(ours, weight, reduction, make):
    """The mean is nan, the sum 0, and the gradients are 0."""
    theirs = fn.cross_entropy if ours is nn.cross_entropy else fn.nll_loss
    compare(
        partial(ours, ignore_index=-100, reduction=reduction), partial(theirs, reduction=reduction),
        np.random.default_rng(0).normal(size=(3, 4)), [-100] * 3, weight, make=make,
    )  # fmt: skip


def test_a_smoothed_mean_over_no_label_has_no_gradient(make):
    z = make(np.ones((2, 3)))
    loss = nn.cross_entropy(z, [-1, -1], ignore_index=-1, label_smoothing=0.1)
    assert math.isnan(data(loss))
    assert not gradient(loss, z).any()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.2}, {"weight": [1.0, 2.0]}])
def test_what_stands_in_a_row_that_is_left_out_does_not_matter(bad, options, make):
    z = make([[0.5, -1.0], [bad, 3.0]])
    loss = nn.cross_entropy(z, [0, 7], ignore_index=7, **options)
    alone = nn.cross_entropy(np.array([[0.5, -1.0]]), [0], **options)
    assert float(data(loss)) == pytest.approx(float(alone), rel=1e-15)
    assert gradient(loss, z)[1].tolist() == [0.0, 0.0]


def test_the_precision_stays_when_labels_are_left_out():
    for dtype in (np.float32, np.float16):
        z = Tensor(np.ones((3, 4, 2), dtype))
        options = {"weight": [1, 2, 1, 1], "label_smoothing": 0.1, "ignore_index": -1}
        assert nn.cross_entropy(z, [[0, 1], [2, -1], [3, 0]], **options).dtype == dtype


def test_nothing_is_left_out_unless_it_is_asked_for():
    with pytest.raises(ValueError, match=r"from 0 to 1, got -100: .* leave out the label"):
        nn.cross_entropy([[0.0, 1.0]], [-100])


@pytest.mark.parametrize("wrong", [1.5, "x", True, [1]])
def test_what_is_left_out_is_a_label(wrong):
    with pytest.raises(TypeError, match="ignore_index must be an integer or None, got"):
        nn.nll([[-1.0, -1.0]], [0], ignore_index=wrong)


def test_probabilities_have_no_label_to_leave_out():
    with pytest.raises(ValueError, match="ignore_index=2 is a label, and the targets are prob"):
        nn.cross_entropy([[0.0, 1.0]], [[0.5, 0.5]], ignore_index=2)


def test_labels_along_the_last_axis_are_told_the_shape():
    with pytest.raises(ValueError, match=r"must be integer labels of shape \(2, 5\) or"):
        nn.cross_entropy(np.zeros((2, 4, 5)), np.zeros((2, 4), int))


def test_accuracy_has_its_classes_where_cross_entropy_has_them():
    """Square, so that both axes would do."""
    z = np.random.default_rng(0).normal(size=(2, 3, 3))
    y = z.argmax(axis=1)
    assert nn.accuracy(z, y) == 1.0
    y[0, 0] = (y[0, 0] + 1) % 3
    assert nn.accuracy(z, y) == pytest.approx(5 / 6)


def test_accuracy_counts_no_label_that_is_left_out():
    assert nn.accuracy([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]], [1, 1, -1], ignore_index=-1) == 0.5
    assert math.isnan(nn.accuracy([[0.0, 1.0]], [-1], ignore_index=-1))


def test_a_network_learns_from_padded_sequences():
    """The padding's inputs are noise, and its labels are left out, in loss and accuracy."""
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=(40, 6))
    x = np.moveaxis(np.eye(3)[y], 2, 1) + rng.normal(scale=0.1, size=(40, 3, 6))
    y[:, 4:], x[:, :, 4:] = -100, rng.normal(scale=9, size=(40, 3, 2))
    model = nn.Conv1d(3, 3, 1, rng=0)
    history = nn.fit(
        model, x, y, epochs=20, loss=partial(nn.cross_entropy, ignore_index=-100),
        optimizer=nn.Adam(model.parameters(), 0.05), rng=0, progress=False,
        metrics={"right": partial(nn.accuracy, ignore_index=-100)},
    )  # fmt: skip
    assert history[-1].metrics["right"] == 1.0
