"""What a node promises; more of it is in test_engine_numbers and test_engine_memory."""

from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, elementwise, no_grad, structural, temporary_registry
from autograd.node.node import Node

# Leaves and gradients -----------------------------------------------------------------------------


@pytest.mark.parametrize("leaf", [Value(2.0), Tensor([2.0])])
def test_a_leaf_is_a_variable_by_default_and_has_no_gradient_yet(leaf: Node) -> None:
    assert leaf.is_leaf
    assert leaf.requires_grad
    assert leaf.grad is None


def test_a_plain_number_in_an_expression_becomes_a_constant_without_a_gradient() -> None:
    x = Value(2.0)
    y = x * 3.0
    y.backward()
    constant = y.parents[1]
    assert (constant.data, constant.requires_grad, constant.grad) == (3.0, False, None)


def test_a_plain_array_in_an_expression_becomes_a_constant_without_a_gradient() -> None:
    y = Tensor([1.0, 2.0]) * np.array([3.0, 4.0])
    y.backward(np.ones(2))
    assert not y.parents[1].requires_grad
    assert y.parents[1].grad is None


def test_an_operation_on_constants_is_a_constant() -> None:
    y = Value(2.0, requires_grad=False) * 3.0
    assert y.is_leaf
    assert not y.requires_grad


@pytest.mark.parametrize("kind", [Value, Tensor])
@pytest.mark.parametrize("flag", [1, "yes", None])
def test_requires_grad_is_a_bool(kind: type, flag: object) -> None:
    with pytest.raises(TypeError, match="requires_grad must be True or False"):
        kind(1.0, requires_grad=flag)


def test_parents_are_kept_in_order_and_with_repeats() -> None:
    a, b = Value(2.0), Value(3.0)
    assert (b - a).parents == (b, a)
    assert (a + a).parents == (a, a)


def test_a_node_that_no_gradient_reached_keeps_none() -> None:
    x, unused = Value(2.0), Value(3.0)
    _ = unused * 2.0
    (x * x).backward()
    assert unused.grad is None


def test_leaves_accumulate_and_interior_nodes_are_replaced_when_backward_runs_twice() -> None:
    """micrograd#102: the second call must not start from the first one's interior gradients."""
    x = Value(3.0)
    square = x * x
    root = square * square  # d/dx x⁴ = 4x³ = 108
    root.backward()
    root.backward()
    assert x.grad == 2 * 108.0
    assert square.grad == 2 * 9.0
    assert root.grad == 1.0


def test_tensor_leaves_accumulate_into_an_array_of_their_own() -> None:
    a, b = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    (a + b).sum().backward()
    a.grad *= 10
    assert b.grad.tolist() == [1.0, 1.0]


def test_a_gradient_set_to_zero_by_hand_is_added_to() -> None:
    """As micrograd's code does: p.grad = 0 before backward()."""
    x = Value(3.0)
    x.grad = 0
    (x * x).backward()
    assert x.grad == 6.0


def test_backward_of_a_leaf_gives_it_one() -> None:
    x = Value(3.0)
    x.backward()
    assert x.grad == 1.0


# All or nothing -----------------------------------------------------------------------------------


def broken() -> autograd.rules.op.Elementwise:
    def partial(x: float, z: float) -> float:
        raise RuntimeError("a broken rule")

    return elementwise("broken", lambda x: x * 2, partial)


def test_if_a_rule_raises_every_gradient_is_as_it_was() -> None:
    with temporary_registry():
        x, y = Value(2.0), Value(5.0)
        product = x * y
        product.backward()
        before = [x.grad, y.grad, product.grad]
        root = broken()(x) * y + product
        with pytest.raises(RuntimeError, match="a broken rule"):
            root.backward()
    assert [x.grad, y.grad, product.grad] == before
    assert root.grad is None


def test_if_a_gradient_cannot_be_added_to_no_other_is_changed() -> None:
    x, y = Value(2.0), Value(3.0)
    y.grad = "mine"
    with pytest.raises(TypeError):
        (x * y).backward()
    assert x.grad is None
    assert y.grad == "mine"


# Stale graphs -------------------------------------------------------------------------------------


def test_a_value_that_changed_after_the_forward_pass_is_refused_by_name() -> None:
    w = Value(3.0, label="w")
    loss = w * w
    w.data -= 0.5
    with pytest.raises(ValueError, match="stale graph: the data of the leaf 'w' that 'mul' used"):
        loss.backward()
    assert w.grad is None


def test_a_tensor_that_changed_after_the_forward_pass_is_refused() -> None:
    w = Tensor([3.0, 4.0])
    loss = (w * w).sum()
    w.data -= 0.5
    with pytest.raises(ValueError, match="stale graph"):
        loss.backward()


def test_after_another_forward_pass_a_changed_leaf_is_fine() -> None:
    w = Value(3.0)
    _ = w * w
    w.data -= 1.0
    (w * w).backward()
    assert w.grad == 4.0


def test_a_leaf_whose_value_is_put_back_is_not_stale() -> None:
    w = Value(3.0)
    loss = w * w
    w.data = 5.0
    w.data = 3.0
    loss.backward()
    assert w.grad == 6.0


@pytest.mark.parametrize("unary", ["exp", "neg"])
def test_a_stale_operand_of_a_unary_op_is_refused(unary: str) -> None:
    w = Value(3.0)
    loss = getattr(autograd, unary)(w)
    w.data = 4.0
    with pytest.raises(ValueError, match="stale graph"):
        loss.backward()


def test_a_stale_operand_of_a_row_is_refused() -> None:
    w = [Value(3.0), Value(4.0)]
    loss = autograd.dot(w, [1.0, 2.0])
    w[1].data = 5.0
    with pytest.raises(ValueError, match="stale graph"):
        loss.backward()


@pytest.mark.parametrize("node", [Value, lambda x: Tensor([x])], ids=["Value", "Tensor"])
def test_a_stale_constant_is_refused_where_the_rules_run_on_nodes(node: Any) -> None:
    """They would read the new number, and the gradient be of what was never computed."""
    x, c = node(3.0), node(2.0).detach()
    y = x * c
    c.data = c.data + 3.0
    y.backward()
    assert x.grad == 2.0
    with pytest.raises(ValueError, match="stale graph"):
        y.backward(create_graph=True)
    assert x.grad == 2.0


def test_a_variable_from_outside_that_changed_before_the_pullback_is_refused() -> None:
    w = Value(2.0)
    _, pullback = autograd.vjp(lambda x: x * w, 3.0)
    w.data = 7.0
    with pytest.raises(ValueError, match="stale graph"):
        pullback(1.0)


def test_data_of_an_interior_node_cannot_be_set() -> None:
    y = Value(2.0) * 3.0
    with pytest.raises(TypeError, match="change a leaf's data"):
        y.data = 1.0


# Roots --------------------------------------------------------------------------------------------


def test_a_root_that_is_not_scalar_needs_a_cotangent() -> None:
    x = Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match=r"needs a cotangent of that\s+shape"):
        (x * x).backward()
    assert x.grad is None


def test_a_cotangent_has_the_shape_of_the_root() -> None:
    x = Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match=r"expected a cotangent of shape \(2,\), got \(3,\)"):
        (x * x).backward(np.ones(3))


def test_a_cotangent_scales_the_gradient() -> None:
    x = Value(3.0)
    (x * x).backward(10.0)
    assert x.grad == 60.0


def test_the_cotangent_of_a_value_is_one_number() -> None:
    with pytest.raises(ValueError, match=r"one number, got an array of shape \(2,\)"):
        (Value(1.0) * 2.0).backward(Tensor([1.0, 2.0]))


def test_a_real_value_refuses_a_complex_cotangent() -> None:
    with pytest.raises(TypeError, match="a real Value needs a real cotangent, got 1j"):
        (Value(1.0) * 2.0).backward(1j)
    z = Value(1 + 0j)
    (z * 2.0).backward(1j)
    assert z.grad == 2j


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_a_node_given_as_cotangent_leaves_a_plain_gradient(kind: type) -> None:
    x = kind(3.0)
    (x * x).backward(kind(1.0))
    assert not isinstance(x.grad, Node)
    assert x.grad == 6.0


def test_an_op_of_three_values_goes_backward() -> None:
    with temporary_registry():
        fma = elementwise("fma", "x * y + u", ("y", "x", 1))
        a, b, c = Value(2.0), Value(3.0), Value(4.0)
        (fma(a, b, c) * 2.0).backward()
    assert (a.grad, b.grad, c.grad) == (6.0, 4.0, 2.0)


@pytest.mark.parametrize("kind", [Value, lambda x: Tensor([x])])
def test_a_pullback_that_gives_none_is_refused(kind: Any) -> None:
    x, y = kind(7.0), kind(2.0)
    with temporary_registry():
        scale = structural("scale", lambda x, y: x * y, lambda g, x, y, z: (g * y, None), arity=2)
        with pytest.raises(TypeError, match="None for an operand"):
            scale(x, y).backward()
    assert x.grad is None


@pytest.mark.parametrize("kind", [Value, Tensor])
@pytest.mark.parametrize(
    ("pullback", "error", "message"),
    [
        (lambda g, x, y, z: g * y, TypeError, "the pullback of 'scale' returned a .*tuple of 2"),
        (lambda g, x, y, z: (g * y,), ValueError, "'scale' returned 1: expected a tuple of 2"),
        (lambda g, x, y, z: (g, g, g), ValueError, "'scale' returned 3: expected a tuple of 2"),
        ((lambda g, x, y, z: g * y,), ValueError, "'scale' returned 1: expected a tuple of 2"),
    ],
)
def test_a_pullback_that_returns_no_tuple_of_contributions_is_refused(
    kind: type, pullback: Any, error: type[Exception], message: str
) -> None:
    x, y = kind(7.0), kind(2.0)
    with temporary_registry():
        scale = structural("scale", lambda x, y: x * y, pullback, arity=2)
        with pytest.raises(error, match=message):
            scale(x, y).backward()
    assert x.grad is None


def test_a_contribution_that_does_not_fit_is_refused_by_op_operand_and_shapes() -> None:
    x = Tensor([[1.0, 2.0, 3.0]])
    with temporary_registry():
        tip = structural("tip", lambda x: x.T, lambda g, x, z: (g.ravel()[:2],))
        with pytest.raises(ValueError, match=r"'tip' .* operand 0 .* shape \(1, 3\), got \(2,\)"):
            tip(x).backward(np.ones((3, 1)))
    assert x.grad is None


def test_what_would_be_passed_to_a_constant_is_not_computed() -> None:
    def never(g: Any, x: Any, y: Any, z: Any) -> Any:
        raise AssertionError("computed for a constant")

    x = Tensor([7.0])
    with temporary_registry():
        scale = structural("scale", lambda x, y: x * y, (lambda g, x, y, z: g * y, never), arity=2)
        scale(x, np.array([2.0])).backward()
    assert x.grad.tolist() == [2.0]


def test_a_constant_root_is_refused() -> None:
    with no_grad():
        y = Value(2.0) * 3.0
    with pytest.raises(ValueError, match="depends on a variable"):
        y.backward()


# Any order ----------------------------------------------------------------------------------------


def test_gradients_made_with_create_graph_can_be_differentiated_again_and_again() -> None:
    """x⁴ at 2: 32, 48, 48, 24."""
    x = Value(2.0)
    y = x * x * x * x
    for expected in (32.0, 48.0, 48.0, 24.0):
        x.grad = None
        y.backward(create_graph=True)
        y, x.grad = x.grad, None
        assert y.data == expected


def test_a_second_derivative_through_tensors_and_values_together() -> None:
    """Of f = v² Σt²: ∂f/∂v = 2vΣt² = 84, ∂²f/∂v∂t = 4vt = (12, 24, 36), ∂²f/∂v² = 2Σt² = 28."""
    v, t = Value(3.0), Tensor([1.0, 2.0, 3.0])
    f = (t * t * v * v).sum()
    f.backward(create_graph=True)
    slope = v.grad
    assert slope.data == 84.0
    v.grad = t.grad = None
    slope.backward()
    assert t.grad.tolist() == [12.0, 24.0, 36.0]
    assert v.grad == 28.0


# In place, and comparisons ------------------------------------------------------------------------


def test_in_place_operators_rebind_to_a_new_node() -> None:
    a = before = Value(2.0)
    a += 3.0
    a *= before
    assert (a.data, before.data) == (10.0, 2.0)
    a.backward()
    assert before.grad == 2 * 2.0 + 3.0


def test_assigning_to_an_element_is_refused_and_names_what_to_use() -> None:
    t = Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match=r"(?s)where.*set_at|set_at.*where"):
        t[0] = 5.0


def test_comparisons_give_plain_booleans() -> None:
    a, b = Value(2.0), Value(3.0)
    found = [a < b, a <= 2, a > b, a >= b, a == 2.0, a != b]
    assert found == [True, True, False, False, True, True]
    assert all(type(x) is bool for x in found)
    assert (Tensor([1.0, 3.0]) > 2).tolist() == [False, True]
    assert type(Tensor([1.0, 3.0]) > 2) is np.ndarray


def test_nodes_are_keys_by_identity() -> None:
    a, b = Value(2.0), Value(2.0)
    assert len({a, b}) == 2
    assert {a: 1}[a] == 1


# Silent loss --------------------------------------------------------------------------------------


@pytest.mark.parametrize("take", [float, int, complex, np.float64, __import__("math").exp])
def test_a_number_is_not_taken_out_of_a_graph_silently(take) -> None:
    with pytest.raises(TypeError, match=r"\.data or \.detach\(\)"):
        take(Value(2.0))


def test_numpy_does_not_take_an_array_out_of_a_graph_silently() -> None:
    with pytest.raises(TypeError, match=r"\.data|\.detach"):
        np.asarray(Tensor([1.0]))


def test_a_constant_may_be_taken_as_a_number() -> None:
    assert float(Value(2.0).detach()) == 2.0
    assert float(Value(2.0, requires_grad=False)) == 2.0


def test_data_item_and_format_give_the_plain_number() -> None:
    x = Value(2.0)
    assert type(x.data) is type(x.item()) is float
    assert f"{x:.3f}" == "2.000"
    assert f"{x}" == "Value(2.0)"
