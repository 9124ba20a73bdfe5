"""Values added at an index: the same as a loop over the places that the index names."""

from __future__ import annotations

import itertools
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, add_at
from autograd.rules.op_registry import get


def test_values_broadcast_to_an_index_of_two_axes() -> None:
    places = [[1, 0, 1], [0, 1, 0], [1, 1, 1]]
    found = add_at(Tensor([-1.0, -4.0]), places, Tensor([-3.0, 4.0, 2.0]))
    np.testing.assert_array_equal(found.data, [-1 + (4 - 3 + 2), -4 + (-3 + 2 + 4 - 3 + 4 + 2)])


def one_by_one(x: Any, index: Any, values: Any) -> Any:
    """Add each value by itself, at the place that the index has there."""
    out = x.copy()
    places = np.arange(x.size).reshape(x.shape)[index]
    values = np.broadcast_to(values, places.shape)
    for at in itertools.product(*map(range, places.shape)):
        out.flat[places[at]] += values[at]
    return out


whole = st.integers(-9, 9).map(float)


@st.composite
def additions(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """Draw an array, an index array of up to three axes in it, and values that broadcast."""
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=2, max_side=4))
    x = draw(hnp.arrays(float, shape, elements=whole))
    of_index = draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
    index = draw(hnp.arrays(np.intp, of_index, elements=st.integers(-shape[0], shape[0] - 1)))
    full = x[index].shape
    kept = full[draw(st.integers(0, len(full))) :]
    of_values = tuple(n if draw(st.booleans()) else 1 for n in kept)
    return x, index, draw(hnp.arrays(float, of_values, elements=whole))


@given(additions())
def test_add_at_is_a_loop(case: tuple[Any, Any, Any]) -> None:
    x, index, values = case
    np.testing.assert_array_equal(
        add_at(Tensor(x), index, Tensor(values)).data, one_by_one(x, index, values)
    )


@given(additions())
def test_a_value_s_gradient_is_the_sum_of_the_cotangents_where_it_was_added(
    case: tuple[Any, Any, Any],
) -> None:
    x, index, values = case
    given_x, given_values = Tensor(x), Tensor(values)
    cotangent = np.arange(float(x.size)).reshape(x.shape)
    add_at(given_x, index, given_values).backward(cotangent)
    np.testing.assert_array_equal(given_x.grad, cotangent)
    expected = np.zeros(values.shape)
    source = np.arange(values.size).reshape(values.shape)
    sources = np.broadcast_to(source, x[index].shape)
    for at in itertools.product(*map(range, sources.shape)):
        expected.flat[sources[at]] += cotangent[index][at]
    np.testing.assert_array_equal(given_values.grad, expected)


@given(additions())
def test_scatter_broadcasts_as_add_at_does(case: tuple[Any, Any, Any]) -> None:
    x, index, values = case
    found = get("scatter")(values, shape=x.shape, index=index)
    np.testing.assert_array_equal(found, one_by_one(np.zeros(x.shape), index, values))


@pytest.mark.parametrize("values", [np.ones(2), np.ones((2, 2, 3))])
def test_values_that_do_not_broadcast_are_refused(values: Any) -> None:
    with pytest.raises(ValueError, match="add_at"):
        add_at(Tensor([1.0, 2.0]), np.zeros((2, 3), int), values)
