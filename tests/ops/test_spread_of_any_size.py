"""std and the gradients of std and var where squares overflow or underflow: closed forms of two."""

import numpy as np
import pytest

import autograd
from autograd import Tensor

SIZES = [1e-320, 1e-200, 1e-160, 1.0, 1e160, 1e200, 0.5e308]


@pytest.mark.parametrize("size", SIZES)
def test_the_std_of_x_and_3x_is_x_and_its_gradient_a_half(size: float) -> None:
    x = Tensor([size, 3 * size])
    spread = autograd.std(x)
    spread.backward()
    assert spread.data == pytest.approx(size, rel=4e-16, abs=5e-324)
    assert x.grad == pytest.approx([-0.5, 0.5], rel=4e-16, abs=0)


@pytest.mark.parametrize("size", SIZES)
def test_the_gradient_of_var_is_right_where_var_is_out_of_range(size: float) -> None:
    """2/n · (x − mean): −x and x for x and 3x."""
    x = Tensor([size, 3 * size])
    autograd.var(x).backward()
    assert x.grad == pytest.approx([-size, size], rel=4e-16, abs=5e-324)


def test_rows_of_different_sizes_are_scaled_each_by_its_own() -> None:
    rows = np.array([[1.0, 3.0], [1e-200, 3e-200], [1e200, 3e200], [7.0, 7.0]])
    assert autograd.std(rows, axis=1) == pytest.approx([1.0, 1e-200, 1e200, 0.0], rel=4e-16, abs=0)
    assert autograd.std(rows, axis=1, keepdims=True).shape == (4, 1)
