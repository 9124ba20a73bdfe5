"""NumPy's functions that skip nan: its values, and nothing is passed to what is skipped."""

from __future__ import annotations

import math
from collections.abc import Callable
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, jvp

X = np.array([[1.0, nan, -2.0], [nan, nan, 4.0]])
OTHER = np.array([[3.0, 5.0, -2.0], [nan, -1.0, nan]])
PICKED = np.array([[0.0, 0.0, 0.5], [0.0, 0.0, 1.0]])  # of X, in fmax with OTHER; a tie is shared

CASES: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "nansum": (np.nansum, [[1, 0, 1], [0, 0, 1]]),
    "nansum of columns": (lambda x: np.nansum(x, axis=0), [[1, 0, 1], [0, 0, 1]]),
    "nanmean": (np.nanmean, np.array([[1, 0, 1], [0, 0, 1]]) / 3),
    "nanmean of rows": (
        lambda x: np.nanmean(x, axis=1, keepdims=True),
        [[0.5, 0, 0.5], [0, 0, 1]],
    ),
    "nan_to_num": (np.nan_to_num, [[1, 0, 1], [0, 0, 1]]),
    "nan_to_num with a number": (lambda x: np.nan_to_num(x, nan=7.0), [[1, 0, 1], [0, 0, 1]]),
}


@pytest.mark.parametrize("name", CASES)
def test_values_are_numpys_and_what_is_skipped_gets_nothing(name: str) -> None:
    f, slopes = CASES[name]
    leaf = Tensor(X)
    result = f(leaf)
    np.testing.assert_allclose(result.data, f(X), rtol=1e-15)
    result.backward(np.ones(result.shape))
    np.testing.assert_allclose(leaf.grad, slopes, rtol=1e-15)
    _, pushed = jvp(f, (X,), (np.ones_like(X),))
    np.testing.assert_allclose(np.sum(pushed), np.sum(slopes), rtol=1e-15)


def test_fmax_and_fmin_take_the_number_and_pass_to_it_alone() -> None:
    x, y = Tensor(X), Tensor(OTHER)
    larger = np.fmax(x, y)
    np.testing.assert_array_equal(larger.data, np.fmax(X, OTHER))
    larger.backward(np.ones(X.shape))
    both = np.isnan(X) & np.isnan(OTHER)  # nan in, nan out
    np.testing.assert_array_equal(x.grad[~both], PICKED[~both])
    np.testing.assert_array_equal(y.grad[~both], 1 - PICKED[~both])
    np.testing.assert_array_equal(np.fmin(x, y).data, np.fmin(X, OTHER))


@pytest.mark.parametrize("f", [np.fmax, np.fmin])
def test_a_value_beside_a_nan_is_taken(f: Callable[[Any, Any], Any]) -> None:
    x, y = Value(2.0), Value(nan)
    f(x, y).backward()
    assert (x.grad, y.grad) == (1.0, 0.0)


def test_infinities_become_the_largest_numbers_or_those_given() -> None:
    x = np.array([inf, -inf, 1.0], np.float32)
    np.testing.assert_array_equal(np.nan_to_num(Tensor(x)).data, np.nan_to_num(x))
    found = np.nan_to_num(Tensor(x), posinf=9.0, neginf=-9.0)
    assert found.data.tolist() == [9.0, -9.0, 1.0]
    assert found.dtype == np.float32


def test_the_mean_of_nothing_but_nan_is_nan() -> None:
    leaf = Tensor([nan, nan])
    assert math.isnan(np.nanmean(leaf).data)


def test_the_sum_of_nothing_but_nan_is_zero() -> None:
    leaf = Tensor([nan, nan])
    np.nansum(leaf).backward()
    assert leaf.grad.tolist() == [0.0, 0.0]
