"""Branches of a jitted function of Tensors, its whole numbers and its masks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tensor_runs import kept

import nn
from autograd import Tensor, jit, where

RNG = np.random.default_rng(0)
X = RNG.standard_normal((5, 3))
W = RNG.standard_normal((3, 4))
LABELS = np.array([2, 0, 1, 1, 2])


# Branches ----------------------------------------------------------------------------------------

BRANCHES = {
    "sum": lambda x: (2 * x).sum() if x.sum() > 0 else (x * x).sum(),
    "any": lambda x: (2 * x).sum() if (x > 2).any() else (x * x).sum(),
    "all": lambda x: (2 * x).sum() if (x > -3).all() else (x * x).sum(),
    "numpy's any": lambda x: (2 * x).sum() if np.any(x > 2) else (x * x).sum(),
    "finite": lambda x: x.sum() if np.isfinite(x).all() else (x * 0).sum(),
    "and": lambda x: x.sum() if ((x > 0) & (x < 9)).any() else (x * x).sum(),
    "truth": lambda x: x.sum() if x[0, 0] else (x * x).sum(),
    "in": lambda x: x.sum() if 0.0 in x else (x * x).sum(),
    "count": lambda x: x.sum() if (x > 0).sum() > 3 else (x * x).sum(),
}


@pytest.mark.parametrize("name", BRANCHES)
def test_a_branch_is_checked_on_every_replay(name: str) -> None:
    f = BRANCHES[name]
    fast = jit(f, tensors=True)
    others = np.where(X[0, 0] == X, 0.0, X)
    for x in (X, -X, 4 * X, others, X, np.full((5, 3), np.inf), -X):
        t = Tensor(x)
        root = f(t)
        root.backward()
        value, found = fast.value_and_grad(x)
        np.testing.assert_allclose(value, root.item(), rtol=1e-14)
        np.testing.assert_allclose(found, t.grad, rtol=1e-14)


def test_a_loop_that_ends_by_a_number_is_recorded_for_each_length() -> None:
    def halved(x: Any) -> Any:
        while (x > 1).any():
            x = x / 2
        return x

    fast = jit(halved, tensors=True)
    for x in (X, 3 * X, 100 * X, 3 * X):
        expected = x
        while (expected > 1).any():
            expected = expected / 2
        np.testing.assert_array_equal(fast(x), expected)


CONDITIONS = {
    "and, or, not": lambda x: where((x > 0) & ~(x > 1) | (x < -1), x * x, 2 * x),
    "xor": lambda x: where((x > 0) ^ (x > 1), x * x, 2 * x),
    "of NumPy": lambda x: np.where(np.logical_and(x > 0, np.logical_not(x > 1)), x * x, 2 * x),
    "beside a plain mask": lambda x: where((x > 0) & (np.arange(3) > 0), x, 2 * x),
    "a plain mask first": lambda x: where((np.arange(3) > 0) | (x > 0), x, 2 * x),
    "compared": lambda x: where((x > 0) == (x > 1), x, 2 * x),
    "times": lambda x: x * (x > 0) + (x < -1) * x,
    "minus": lambda x: (1.0 - (x > 0)) * x,
    "mean": lambda x: (x > 0).mean() * x,
    "nan": lambda x: where(np.isnan(x), 0.0, x),
    "a row": lambda x: where((x > 0)[0], x, 2 * x),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_chooses_on_every_replay(name: str) -> None:
    f = CONDITIONS[name]
    fast = jit(f, tensors=True)
    for x in (X, -X, 3 * X):
        expected = f(Tensor(x)).data
        np.testing.assert_allclose(fast(x), expected, rtol=1e-15)
        small = x.astype(np.float32)
        assert fast(small).dtype == f(Tensor(small)).dtype
    assert kept(fast) == 2  # one a dtype


# Whole numbers, and masks ------------------------------------------------------------------------


def test_labels_are_read_on_every_replay() -> None:
    fast = jit(nn.cross_entropy, tensors=True)
    for labels in (LABELS, LABELS[::-1], 0 * LABELS):
        rows = X - np.log(np.exp(X).sum(1, keepdims=True))
        expected = -rows[np.arange(5), labels].mean()
        assert fast(X, labels) == pytest.approx(expected, rel=1e-14)
    assert kept(fast) == 1


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.uint64])
def test_positions_of_any_dtype_take_rows(dtype: Any) -> None:
    fast = jit(lambda x, i: (x[i] * x[i]).sum(), tensors=True)
    for places in ([4, 4, 0], [1, 2, 3]):
        value, found = fast.value_and_grad(X, np.array(places, dtype))
        assert value == pytest.approx((X[places] ** 2).sum())
        expected = np.zeros((5, 3))
        np.add.at(expected, places, 2 * X[places])
        np.testing.assert_allclose(found, expected)
    assert kept(fast) == 1


def test_positions_along_several_axes() -> None:
    fast = jit(lambda x, i, j: (x[i, j] * np.arange(1.0, 4.0)).sum(), tensors=True)
    for i, j in (([0, 0, -1], [2, 2, 1]), ([1, 2, 3], [0, 1, 2])):
        value, found = fast.value_and_grad(X, np.array(i), np.array(j))
        assert value == pytest.approx((X[i, j] * [1, 2, 3]).sum())
        expected = np.zeros((5, 3))
        np.add.at(expected, (i, j), [1.0, 2.0, 3.0])
        np.testing.assert_array_equal(found, expected)


def test_whole_numbers_are_computed_with() -> None:
    fast = jit(lambda x, y: (x * y + 2 * (x > y)).sum(), tensors=True)
    for y in (np.arange(3), np.array([5, 0, -5])):
        assert fast(X, y) == pytest.approx((X * y + 2 * (y < X)).sum())
    assert kept(fast) == 1


def test_labels_that_the_function_reads_are_a_part_of_the_recording() -> None:
    fast = jit(lambda x, y: sum((x[int(k)] * j).sum() for j, k in enumerate(y)), tensors=True)
    for labels in (LABELS, LABELS[::-1].copy(), LABELS):
        expected = sum((X[k] * j).sum() for j, k in enumerate(labels))
        assert fast(X, labels) == pytest.approx(expected)
    assert kept(fast) == 2


def test_labels_that_were_read_and_then_changed_in_place_are_not_stale() -> None:
    fast = jit(lambda x, y: (x * np.eye(3)[y] + x * y[:, None]).sum(), tensors=True)
    labels = LABELS.copy()
    expected = fast(X, labels)
    labels[:] = 0
    assert fast(X, LABELS.copy()) == expected
    assert fast(X, labels) == pytest.approx(X[:, 0].sum())


def test_a_mask_is_taken_by_its_value_where_shapes_depend_on_it() -> None:
    fast = jit(lambda x, mask: (x[mask] ** 2).sum(), tensors=True)
    for mask in (LABELS > 0, LABELS > 1, LABELS > 5):
        value, found = fast.value_and_grad(X, mask)
        assert value == pytest.approx((X[mask] ** 2).sum())
        np.testing.assert_allclose(found, 2 * X * mask[:, None])


def test_a_mask_by_a_comparison_is_refused() -> None:
    with pytest.raises(TypeError, match="use where"):
        jit(lambda x: x[x > 0].sum(), tensors=True)(X)
