"""What users bring from other libraries: it is computed with, or an error says what to do."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import autograd
from autograd import Tensor, Value, draw, grad, jit, live, sin, step, why

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
COLUMN = pd.Series([2.0, 3.0], name="a")


@pytest.mark.parametrize("operate", OPERATORS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("swapped", [False, True], ids=["tensor first", "column first"])
def test_a_tensor_and_a_column_of_a_data_frame(operate: Any, swapped: bool) -> None:
    """The result and the gradient are those of the column's array."""
    x, y = Tensor([1.5, 4.0]), Tensor([1.5, 4.0])
    found = operate(COLUMN, x) if swapped else operate(x, COLUMN)
    expected = operate(COLUMN.to_numpy(), y) if swapped else operate(y, COLUMN.to_numpy())
    found.sum().backward()
    expected.sum().backward()
    assert isinstance(found, Tensor)
    assert found.data.tolist() == expected.data.tolist()
    assert x.grad.tolist() == y.grad.tolist()


def test_a_value_and_a_data_frame() -> None:
    w = Value(2.0)
    (w * pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})).sum().backward()
    assert w.grad == 10.0


@pytest.mark.parametrize(
    "call",
    [Value, grad(sin), sin, jit(sin)],
    ids=["Value", "grad", "an op", "jit"],
)
def test_where_a_column_isnt_taken_the_error_says_how_to_get_its_array(call: Any) -> None:
    with pytest.raises(TypeError, match=r"a Series.*: take its numbers first, x\.to_numpy\(\)$"):
        call(COLUMN)


def test_a_column_of_texts_is_refused() -> None:
    with pytest.raises(TypeError, match="array of objects"):
        Tensor([1.0, 2.0]) * pd.Series(["a", "b"], dtype=object)


@pytest.mark.parametrize(
    ("brought", "advice"),
    [
        (3.0, "got a float: a plain number has no graph, compute it from Value"),
        (3, "got an int: a plain number has no graph"),
        (np.ones(2), "got a numpy.ndarray: a plain number has no graph"),
        (sin, "call it on Values or Tensors, and give its result"),
        (None, "got None"),
    ],
    ids=["float", "int", "array", "function", "None"],
)
@pytest.mark.parametrize("read", [step, draw, lambda x: why(x, x)], ids=["step", "draw", "why"])
def test_what_reads_a_graph_says_what_to_give(read: Any, brought: object, advice: str) -> None:
    with pytest.raises(TypeError, match=advice):
        read(brought)


@pytest.mark.parametrize("read", [step, draw, lambda x: why(x, x)], ids=["step", "draw", "why"])
def test_a_program_of_torch_is_opened_first(read: Any) -> None:
    torch = pytest.importorskip("torch")
    advice = r"open its program first, with autograd\.bridges\.torch\.record\(\)"
    for brought in (torch.ones(()), torch.nn.Linear(1, 1)):
        with pytest.raises(TypeError, match=f"got a torch.*: {advice}"):
            read(brought)


@pytest.mark.parametrize("read", [step, draw, lambda x: why(x, x)], ids=["step", "draw", "why"])
def test_a_program_of_jax_is_opened_first(read: Any) -> None:
    jnp = pytest.importorskip("jax.numpy")
    with pytest.raises(TypeError, match=r"open its program first, autograd\.bridges\.jax\.open"):
        read(jnp.ones(()))


# A Value in the place of a count, and a generator in that of an array ---------------------------


@pytest.mark.parametrize(
    "use",
    [range, lambda n: [0] * n, lambda n: [1, 2, 3][n], lambda n: "ab" * n, lambda n: [1, 2][:n]],
    ids=["range", "repeated list", "index", "repeated text", "slice"],
)
def test_a_value_is_no_count(use: Any) -> None:
    with pytest.raises(TypeError, match=r"a Value is no count and no index, .* int\(x\.data\)"):
        use(Value(2.0))


@pytest.mark.parametrize("transform", [jit, lambda f: lambda *x: live(f, *x)], ids=["jit", "live"])
def test_a_count_is_written_into_a_function_that_is_recorded(transform: Any) -> None:
    def power(x: Any, n: Any) -> Any:
        return math.prod(x for _ in range(n))

    with pytest.raises(TypeError, match=r"write a count into it, as in jit\(lambda x: f\(x, 5\)\)"):
        transform(power)(2.0, 3)


def test_a_generator_is_for_pythons_own_sum() -> None:
    with pytest.raises(TypeError, match=r"got a generator: .*is hidden by import \* from autograd"):
        autograd.sum(x for x in [Value(1.0)])
