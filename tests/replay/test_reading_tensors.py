"""A function of Values that reads a Tensor's numbers: refused where these may change later."""

from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, jit

READS: dict[str, Any] = {
    "data": lambda t: t.data[0],
    "item": lambda t: t[0].item(),
    "tolist": lambda t: t.tolist()[0],
    "float": lambda t: float(t.detach()[0]),
    "an array": lambda t: np.asarray(t.detach())[0],
    "argmax": lambda t: int(autograd.argmax(t)),
    "argmin of NumPy": lambda t: int(np.argmin(t)),
    "what was computed from it": lambda t: (t * t).sum().item(),
    "its detached self": lambda t: t.detach().data[0],
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize("is_variable", [True, False])
def test_the_numbers_of_a_tensor_from_outside_are_refused(read: Any, is_variable: bool) -> None:
    t = Tensor([2.0, 3.0], requires_grad=is_variable)
    message = "reading the numbers of a Tensor from outside .* pass them as an argument"
    with pytest.raises(TypeError, match=message):
        jit(lambda x: x * read(t))(1.0)


def test_so_are_those_of_a_result_from_outside() -> None:
    """What it was computed from may be given other numbers."""
    w = Tensor([1.0, 2.0])
    total = w.sum()
    with pytest.raises(TypeError, match="a Tensor from outside"):
        jit(lambda x: x * total.item())(1.0)


def test_a_tensor_that_the_function_makes_may_be_read() -> None:
    assert jit(lambda x: x * Tensor([2.0, 3.0]).sum().item())(2.0) == 10.0


def test_also_one_that_lives_on_until_python_collects_it() -> None:
    """A function that calls itself and what it closes over refer to each other."""

    def f(x: Any) -> Any:
        three = Tensor(3.0)

        def times(n: int) -> Any:
            return x if n == 0 else times(n - 1) * three.item()

        return times(2)

    assert jit(f).value_and_grad(2.0) == (18.0, 9.0)


def test_the_shape_of_a_tensor_from_outside_may_be_asked_for() -> None:
    t = Tensor([[1.0, 2.0, 3.0]])
    assert jit(lambda x: x * t.size * len(t))(2.0) == 6.0
