"""A user's op changes nothing of what built-in rules compute, whatever its name is."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from inspect import Parameter
from typing import Any

import numpy as np
import pytest

import autograd
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
    steps,
    structural,
    temporary_registry,
)
from autograd.extend import raw
from autograd.replay.kernel_rules import RuleBook
from autograd.rules.compiling import check_names
from autograd.rules.op import Elementwise
from autograd.rules.op_registry import built_in, ops
from autograd.stepping import same

BUILT_IN = dict(ops())
ELEMENTWISE = {name: op for name, op in BUILT_IN.items() if isinstance(op, Elementwise)}
GIVEN = {"condition": True, "exponent": 1.5, "low": 0.1, "high": 0.9}
POINTS = (0.3, 0.6, 1.2, 0.8)
SQUARE = np.array([[0.3, 1.2], [0.8, 0.6]])
# Functions of one array, by the structural ops that they and their pullbacks use.
OF_ARRAYS: dict[str, Callable[[Any], Any]] = {
    "sums": lambda t: autograd.sum(t, axis=0) + autograd.mean(t, axis=1) + autograd.cumsum(t)[1],
    "products": lambda t: autograd.prod(t, axis=0) + (t @ t)[0] + autograd.einsum("ij,kj->i", t, t),
    "spread": lambda t: autograd.var(t, axis=0) + autograd.std(t, axis=1) + autograd.norm(t),
    "order": lambda t: autograd.max(t, axis=0) + autograd.min(t, axis=1) + autograd.sort(t)[1],
    "soft": lambda t: autograd.softmax(t)[0] + autograd.log_softmax(t)[1] + autograd.logsumexp(t),
    "shapes": lambda t: autograd.reshape(t.T, 4)[1:3] * autograd.flip(t, 0)[0] + t[[0, 1], [1, 1]],
    "joins": lambda t: autograd.concatenate([t, t])[3] * autograd.stack([t, t])[1, 0],
    "places": lambda t: autograd.where(t > 0.5, t * t, 0.0)[0] * autograd.tile(t, 2)[1, :2],
}


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    with temporary_registry():
        yield


@pytest.mark.parametrize("op", ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_a_built_in_rule_names_only_what_built_in_rules_may_name(op: Elementwise) -> None:
    check_names(op, (op.text, *op.partials) if op.text else op.partials)


def results() -> dict[str, Any]:
    """Return the values, gradients and steps of every built-in op, of Values and of Tensors."""
    found: dict[str, Any] = {}
    for name, op in ELEMENTWISE.items():
        op.__dict__.pop("vjp", None)  # compile it again
        op.__dict__.pop("vjps", None)
        settings = {k: GIVEN[k] for k, v in op.settings.items() if v is Parameter.empty}
        for kind in (Value, Tensor):
            operands = [kind(x + (name == "acosh")) for x in POINTS[: op.arity]]
            z = op(*operands, **settings)
            found[f"{name} {kind.__name__}"] = told(z), second(z, operands)
    for name, f in OF_ARRAYS.items():
        t = Tensor(SQUARE)
        z = f(t).sum()
        found[name] = told(z), second(z, [t])
    return found


def told(root: Any) -> list[Any]:
    """Return all that steps say of a graph."""
    return [
        (e.result, e.contribution, e.local, e.operand, e.formula, e.local_formula, e.sentence)
        for e in steps(root)
    ]


def second(root: Any, operands: list[Any]) -> list[Any]:
    """Return the first gradients, and those of their dot product with the operands."""
    root.backward(create_graph=True)
    first = [x.grad for x in operands]
    products = [g * x for g, x in zip(first, operands, strict=True)]
    total = sum((p.sum() if isinstance(p, Tensor) else p for p in products), start=Value(0.0))
    for x in operands:
        x.grad = None
    total.backward()
    return [(raw(g), raw(x.grad)) for g, x in zip(first, operands, strict=True)]


@pytest.mark.parametrize("is_structural", [False, True])
def test_ops_under_every_name_that_rules_use_leave_every_built_in_result(
    is_structural: bool,
) -> None:
    before = results()
    for name in {**BUILT_IN, **built_in}:
        if is_structural:
            structural(name, lambda x: x * 100, lambda g, x, z: (g * 100,), replace=True)
        else:
            elementwise(name, "x * 100", "100", replace=True)
    assert same(results(), before)


def test_an_op_with_a_helper_s_name_is_not_seen_by_rules_that_were_there_before() -> None:
    before = elementwise("before", "half(x)", "half(1)")
    elementwise("half", "x * 3", "3")
    after = elementwise("after", "half(x)", "half(1)")
    assert (grad(before)(1.0), grad(after)(1.0)) == (0.5, 3.0)


def test_a_node_of_a_replaced_op_keeps_its_own_formula_also_in_json() -> None:
    (own,) = steps(elementwise("exp", "x * 3", "3", latex="3 {x}", replace=True)(Value(1.0)))[:1]
    recorded = steps(exp(Value(0.0, label="x")))
    for each in (recorded, type(recorded).from_json(recorded.to_json())):
        assert each[0].formula == "v_{1} = e^{x}"
    assert own.formula == "v_{1} = 3 v_{0}"


@pytest.mark.parametrize("name", ["k", "op", "g", "times", "function", "y", "name", "choose"])
def test_a_setting_may_have_any_name_but_an_operand_s(name: str) -> None:
    op = elementwise("scaled", f"x * {name}", name, settings={name: 2.0})
    given = {name: 4.0}
    assert op.partial(0, 3.0, **given) == grad(lambda x: op(x, **given))(3.0) == 4.0
    assert grad(lambda t: op(t, **given).sum())(np.ones(2)).tolist() == [4.0, 4.0]
    assert RuleBook().rule(("own:scaled", ((name, ...),))).contributions == (
        f"(g * (setting_{name}) if g != 0.0 else g)",
    )
    fixed = structural(
        "fixed",
        lambda x, /, **settings: x * settings[name],
        (lambda g, x, z, /, **settings: g * settings[name],),
        settings={name: 2.0},
    )
    assert grad(lambda t: fixed(t, **given).sum())(np.ones(2)).tolist() == [4.0, 4.0]


def test_no_op_takes_the_place_of_an_operator_between_an_array_and_a_node() -> None:
    elementwise("mul", "x * 100", "100", replace=True)
    assert (np.array([2.0]) * Tensor([3.0])).data.tolist() == [6.0]
    with pytest.raises(ValueError, match=r"can't stand for numpy\.multiply"):
        elementwise("own", "x * 100", "100", numpy=(np.multiply,))


@pytest.mark.parametrize("name", ["x", "z", "_g"])
def test_a_setting_named_as_an_operand_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(ValueError, match=f"can't have a setting named '{name}'"):
        elementwise("scaled", "x", 1, settings={name: 2.0})


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
    used[0] = elementwise("own", "7 * x", "7", replace=True)
    assert fast.value_and_grad(1.0) == (7.0, 7.0)


def test_a_recording_is_made_again_when_an_op_that_a_user_s_rule_names_is_replaced() -> None:
    elementwise("own", "2 * x", "2")
    around = elementwise("around", "own(x)", "own(1)")
    fast = jit(lambda x: around(x) + 0.0)
    assert fast.value_and_grad(1.0) == (2.0, 2.0)
    elementwise("own", "3 * x", "3", replace=True)
    assert fast.value_and_grad(1.0) == (3.0, 3.0)


def test_an_op_that_lost_its_name_is_not_recorded_as_the_one_that_has_it() -> None:
    old = elementwise("own", "2 * x", "2")
    elementwise("own", "3 * x", "3", replace=True)
    with pytest.raises(ValueError, match="'own' was replaced"):
        jit(old)(1.0)


def test_a_pickled_graph_keeps_the_op_that_made_it() -> None:
    own = elementwise("exp", "3 * x", "3", replace=True)
    for op in (own, exp):
        assert pickle.loads(pickle.dumps(op)) is op
