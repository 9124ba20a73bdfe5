"""A user's op changes nothing of what built-in rules compute, whatever its name is."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from inspect import Parameter
from typing import Any

import numpy as np
import pytest

from autograd import (
    Tensor,
    Value,
    elementwise,
    exp,
    exp2,
    grad,
    jit,
    maximum,
    sinh,
    sqrt,
    temporary_registry,
)
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import built_in, ops

ELEMENTWISE = {name: op for name, op in ops().items() if isinstance(op, Elementwise)}
GIVEN = {"condition": True, "exponent": 1.5, "low": 0.1, "high": 0.9}
POINTS = (0.3, 0.6, 1.2, 0.8)


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    with temporary_registry():
        yield


def gradients() -> dict[str, list[float]]:
    """Return the gradient of every built-in op at a point, of Values and of Tensors."""
    found = {}
    for name, op in ELEMENTWISE.items():
        op.__dict__.pop("vjp", None)  # compile it again
        op.__dict__.pop("vjps", None)
        for kind in (Value, Tensor):
            operands = [kind(x + (name == "acosh")) for x in POINTS[: op.arity]]
            settings = {k: GIVEN[k] for k, v in op.settings.items() if v is Parameter.empty}
            op(*operands, **settings).backward()
            found[f"{name} {kind.__name__}"] = [float(x.grad) for x in operands]
    return found


def test_ops_under_every_name_that_rules_use_leave_every_built_in_gradient() -> None:
    before = gradients()
    for name in built_in:
        elementwise(name, "x * 100", "100", replace=True)
    assert gradients() == before


@pytest.mark.parametrize(
    ("name", "f", "x", "slope"),
    [
        ("half", sqrt, 4.0, 0.25),
        ("ln2", exp2, 0.0, np.log(2)),
        ("inf", sqrt, 0.0, np.inf),
        ("choose", lambda x: maximum(x, 1.0), 1.0, 0.5),
        ("cosh", sinh, 0.0, 1.0),
    ],
)
def test_a_user_s_op_of_a_helper_s_name_is_the_user_s_alone(
    name: str, f: Callable[..., Any], x: float, slope: float
) -> None:
    own = elementwise(name, "x * 3", "3", replace=True)
    assert grad(f)(x) == slope
    assert grad(own)(x) == 3.0
    assert grad(elementwise("around", f"{name}(x)", f"{name}(1)"))(2.0) == 3.0


def test_a_recording_keeps_a_user_s_op_apart_from_the_helper_of_its_name() -> None:
    own = elementwise("half", "x * 3", "3")
    around = elementwise("around", "half(x) + x", "half(1) + 1")
    fast = jit(lambda x: sqrt(x) + own(x) + around(x))
    assert fast.value_and_grad(4.0) == (2.0 + 12.0 + 16.0, 0.25 + 3.0 + 4.0)


def test_a_replaced_built_in_is_seen_by_numpy_and_by_users_rules() -> None:
    elementwise("exp", "x * 3", "3", numpy=(np.exp,), replace=True)
    around = elementwise("around", "exp(x)", "exp(1)")
    assert grad(np.exp)(0.0) == grad(around)(0.0) == 3.0
    assert grad(exp)(0.0) == grad(sinh)(0.0) == 1.0
    fast = jit(lambda x: exp(x) + np.exp(x))
    assert fast.value_and_grad(0.0) == (1.0, 4.0)


def test_a_recording_is_made_again_when_an_op_of_it_is_replaced() -> None:
    used = [elementwise("own", "2 * x", "2")]
    fast = jit(lambda x: used[0](x) + 0.0)
    assert fast.value_and_grad(1.0) == (2.0, 2.0)
    used[0] = elementwise("own", "3 * x", "3", replace=True)
    assert fast.value_and_grad(1.0) == (3.0, 3.0)
    with temporary_registry():
        used[0] = elementwise("own", "5 * x", "5", replace=True)
        assert fast.value_and_grad(1.0) == (5.0, 5.0)


def test_an_op_that_lost_its_name_is_not_recorded_as_the_one_that_has_it() -> None:
    old = elementwise("own", "2 * x", "2")
    elementwise("own", "3 * x", "3", replace=True)
    with pytest.raises(ValueError, match="'own' was replaced"):
        jit(old)(1.0)


def test_a_pickled_graph_keeps_the_op_that_made_it() -> None:
    own = elementwise("exp", "3 * x", "3", replace=True)
    for op in (own, exp):
        assert pickle.loads(pickle.dumps(op)) is op
