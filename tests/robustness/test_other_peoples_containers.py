"""What is no number and no plain array: every transform takes it, or says what it is."""

from __future__ import annotations

import datetime
import inspect
import re
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

import autograd as ag
from autograd import Tensor, Value


def a_generator() -> Iterator[float]:
    yield 1.0


def said(function: Callable[[Any], Any], x: Any) -> str:
    """Return the message of the error that a call raises; empty if it raises none."""
    try:
        function(x)
    except (TypeError, ValueError) as error:
        return str(error)
    return ""


def square(x: Any) -> Any:
    return x * x if isinstance(x, (ag.Value, Tensor, float, np.ndarray)) else x


with warnings.catch_warnings():
    warnings.simplefilter("ignore", PendingDeprecationWarning)
    MATRIX = np.matrix([[1.0, 2.0], [3.0, 4.0]])
MASKED = np.ma.array([1.0, 2.0], mask=[False, True])
SERIES, FRAME = pd.Series([1.0, 2.0], index=["a", "b"]), pd.DataFrame({"a": [1.0, 2.0]})
GIVEN: dict[str, Any] = {
    "None": None, "str": "abc", "bytes": b"ab", "generator": a_generator(), "set": {1.0},
    "datetime": datetime.datetime(2020, 1, 1), "dates": np.array(["2020-01-01"], "M8[D]"),
    "texts": np.array(["a"]), "object": object(), "objects": np.array([object()]),
    "Decimal": Decimal("1.5"), "function": len, "class": int, "map": map(float, [1]),
    "range": range(3), "too large": 10**400, "timedelta": datetime.timedelta(1),
    "ellipsis": ..., "record": np.array([(1.0, 2.0)], [("a", float), ("b", float)]),
    "matrix": MATRIX, "masked": MASKED, "Series": SERIES, "DataFrame": FRAME,
    "complex array": np.array([1 + 2j]), "ragged": [[1.0, 2.0], [3.0]],
}  # fmt: skip
TRANSFORMS: dict[str, Callable[[Any], Any]] = {
    "grad": ag.grad(square),
    "value_and_grad": ag.value_and_grad(square),
    "jacobian": ag.jacobian(square),
    "hessian": ag.hessian(square),
    "vjp": lambda x: ag.vjp(square, x),
    "jvp": lambda x: ag.jvp(square, (x,), (x,)),
    "hvp": lambda x: ag.hvp(square, x, x),
    "vmap": ag.vmap(square),
    "jit": ag.jit(square),
    "gradcheck": lambda x: ag.gradcheck(square, x),
    "Value": Value,
    "Tensor": Tensor,
    "steps": ag.steps,
    "step": ag.step,
    "draw": ag.draw,
    "why": lambda x: ag.why(x, x),
    "a function's result": lambda x: ag.grad(lambda _: x)(1.0),
    "the function of grad": lambda x: ag.grad(x if x is not int else None),
    "the function of vmap": lambda x: ag.vmap(x if x is not int else None),
    "argnums": lambda x: ag.grad(lambda a, b: a * b, argnums=x)(1.0, 2.0),
    "in_axes": lambda x: ag.vmap(square, in_axes=x)(np.ones((2, 2))),
    "out_axes": lambda x: ag.vmap(square, out_axes=x)(np.ones((2, 2))),
    "a list to stack": ag.stack,
}
# Python's and NumPy's own words, and names of classes that nobody may know of.
POOR = re.compile(
    r"\ba [aeio]\w*\b|ambiguous|has no attribute|inhomogeneous|is not iterable|Batched|Samples"
    r"|PerSample|Sealed|\n"
)


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_it_works_or_is_refused_in_plain_words(transform: str, given: str) -> None:
    assert not POOR.search(said(TRANSFORMS[transform], GIVEN[given]))


@pytest.mark.parametrize("x", [SERIES, FRAME, SERIES.array], ids=["Series", "DataFrame", "array"])
@pytest.mark.parametrize("node", [Value(3.0), Tensor([3.0])], ids=["Value", "Tensor"])
def test_a_column_or_a_table_of_pandas_is_an_operand_on_either_side(x: Any, node: Any) -> None:
    """Pandas would compute with the elements one by one, or raise an error of its own."""
    numbers = np.asarray(x)
    for found, expected in [
        (node * x, 3 * numbers), (x * node, 3 * numbers), (node - x, 3 - numbers),
        (x - node, numbers - 3), (x / node, numbers / 3),
    ]:  # fmt: skip
        assert isinstance(found, Tensor)
        np.testing.assert_array_equal(found.data, expected)


def test_the_gradient_passes_through_a_column_of_pandas() -> None:
    w = Value(3.0)
    (SERIES * w).sum().backward()
    assert w.grad == 3.0


@pytest.mark.parametrize("node", [Value(3.0), Tensor([3.0, 3.0])], ids=["Value", "Tensor"])
def test_a_masked_array_doesn_t_take_the_numbers_out_of_a_node(node: Any) -> None:
    """NumPy asks any operand of a masked array for ``_data``, and a node has one."""
    for work in (
        lambda: MASKED * node,
        lambda: MASKED + node,
        lambda: np.ma.multiply(MASKED, node),
    ):
        with pytest.raises(TypeError, match=r"would lose the node's gradient: .*x\.filled\(0\.0\)"):
            work()


@pytest.mark.parametrize("node", [Value(3.0), Tensor([[3.0, 3.0]])], ids=["Value", "Tensor"])
def test_all_members_of_a_node_can_be_asked_for(node: Any) -> None:
    """As debuggers do."""
    assert dict(inspect.getmembers(node))["requires_grad"] is True


def test_a_replay_refuses_a_masked_array() -> None:
    with pytest.raises(TypeError, match="fill the masked array first"):
        ag.jit(lambda x: x * x)(MASKED)


def test_a_matrix_is_refused_for_its_product_is_another() -> None:
    with pytest.raises(TypeError, match=r"the product of a numpy\.matrix is x @ y"):
        Tensor([1.0, 2.0]) * MATRIX


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        (SERIES, r"x\.to_numpy\(\)"),
        (range(3), r"numpy\.array\(list\(x\)\)"),
        (Decimal("1.5"), r"Value\(float\(x\)\)"),
        (None, "give a number"),
    ],
    ids=["Series", "range", "Decimal", "None"],
)
def test_the_advice_fits_what_was_given(given: Any, advice: str) -> None:
    with pytest.raises(TypeError, match=advice):
        ag.grad(square)(given)


@pytest.mark.parametrize("wrong", [None, "a", {1.0}], ids=["None", "str", "set"])
def test_inside_vmap_python_s_own_error_names_what_users_know(wrong: Any) -> None:
    with pytest.raises(TypeError, match="'Tensor' and '"):
        ag.vmap(lambda x: x + wrong)(np.ones(2))
