"""Unusual numbers, arrays and containers, in and out of ``jit``."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograd import jit


def test_an_empty_array_may_stand_in_a_result() -> None:
    fast = jit(lambda x: (x, np.array([], object), {"a": np.zeros((2, 0))}))
    x, none, found = fast(3.0)
    assert (x, none.shape, found["a"].shape) == (3.0, (0,), (2, 0))
    x, none, found = fast.map(np.arange(3.0))
    assert (x.tolist(), none.shape, found["a"].shape) == ([0.0, 1.0, 2.0], (3, 0), (3, 2, 0))


def test_a_bool_of_numpy_is_a_number_as_in_an_array_of_them() -> None:
    fast = jit(lambda x, y: x * y)
    assert fast.map(2.0, np.array([True, False, True])).tolist() == [2.0, 0.0, 2.0]
    assert fast(2.0, np.True_) == 2.0


ARRAYS: dict[str, Any] = {
    "Fortran's order": np.asfortranarray([[1.0, 2.0], [3.0, 4.0]]),
    "every other, backwards": np.arange(8.0).reshape(2, 4)[:, ::-2],
    "big endian": np.array([[1.0, 2.0]], ">f8"),
    "float16": np.array([0.1, 2.0], np.float16),
    "large whole numbers": np.array([2**53 + 1, 2**63], np.uint64),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_an_array_of_any_kind_has_its_numbers_as_floats(kind: str) -> None:
    """The gradient of Σ x² is 2x, in the array's own order; twice: recorded and replayed."""
    given = ARRAYS[kind]
    fast = jit(lambda x: np.sum(x * x))
    numbers = np.array(given, float)
    for _ in range(2):
        value, gradient = fast.value_and_grad(given)
        assert value == sum(x * x for x in numbers.ravel().tolist())
        np.testing.assert_array_equal(gradient, 2 * numbers)


def test_an_array_without_axes_has_a_gradient_without_axes() -> None:
    value, gradient = jit(lambda x: x * x).value_and_grad(np.array(3.0))
    assert (value, gradient.shape, gradient.item()) == (9.0, (), 6.0)


def test_what_is_no_number_equals_none() -> None:
    """As in the eager engine, and in Python."""
    fast = jit(lambda x: x * 2.0 if x == None or x in ("mean", 1.0) else x)  # noqa: E711
    assert [fast(x) for x in (1.0, 3.0)] == [2.0, 3.0]
    with pytest.raises(TypeError, match="'<' not supported"):
        jit(lambda x: x if x < "a" else -x)(1.0)


def test_isinf_is_a_branch() -> None:
    fast = jit(lambda x: x * 0.0 + 1.0 if np.isinf(x) else x)
    assert fast(2.0) == 2.0
    assert math.isnan(fast(-math.inf))
    assert fast(-3.0) == -3.0


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: x * Fraction(1, 3), "computes with a Fraction: make it a float"),
        (lambda x: x if x < Fraction(1, 3) else -x, "computes with a Fraction: make it a float"),
        (lambda x: x * 1j, "computes with a complex: make it a float"),
        (lambda x: (x * np.ones(2)).sum(), "Tensor .*: put Values into arrays"),
    ],
    ids=["a Fraction", "a comparison with one", "complex", "a Tensor"],
)
def test_other_numbers_are_refused_with_advice(f: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        jit(f)(1.0)
