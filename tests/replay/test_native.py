"""Machine code by its address: what a kernel gives, and what is refused before it is called."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np
import pytest

from autograd.replay.native import native_function, native_kernel


@native_function("int64", "float64*", "bool*", gives="int64")
def _count_positive(n, x, marked):  # type: ignore[no-untyped-def]
    found = 0
    for k in range(n):
        if x[k] > 0.0:
            marked[k] = 1
            found += 1
    return found


def called(text: str) -> Callable[[int], int]:
    kernel = native_kernel(text, "int64(int64)")
    return ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(kernel.address)


def test_a_kernel_gives_its_integer_and_minus_one_if_it_raises() -> None:
    kernel = called("def kernel(x):\n    if x > 5:\n        raise ValueError\n    return 2 * x\n")
    assert [kernel(4), kernel(6), kernel(-3)] == [8, -1, -6]


def test_one_text_is_one_kernel_and_another_text_another() -> None:
    text = "def kernel(x):\n    return x + {}\n"
    first, again, other = (native_kernel(text.format(k), "int64(int64)").address for k in (1, 1, 2))
    assert first == again != other


def test_a_function_of_arrays_reads_and_writes_them() -> None:
    marked = np.zeros(4, np.bool_)
    assert _count_positive(4, np.array([1.0, -2.0, 3.0, 0.0]), marked) == 2
    assert marked.tolist() == [True, False, True, False]


@pytest.mark.parametrize("x", [np.zeros(4, np.float32), np.zeros(8)[::2]], ids=["dtype", "steps"])
def test_memory_that_is_not_as_declared_is_refused(x: np.ndarray) -> None:
    with pytest.raises(TypeError, match="expected a contiguous array of float64"):
        _count_positive(4, x, np.zeros(4, np.bool_))
