"""``scalars``: the graph of Values of a graph of Tensors has its numbers, gradients and names."""

from collections.abc import Iterable

import numpy as np
import pytest
from cases import BUILT_IN, CASES
from points import ordinary
from structural_cases import EXAMPLES
from structural_example import weights

import autograd
import nn
from autograd import (
    Tensor,
    Value,
    dot,
    label,
    region,
    scalars,
    steps,
    structural,
    temporary_registry,
)
from autograd.reading.numbered_graph import NumberedGraph
from autograd.transforms.scalar_graph import Scalars
from autograd.walk.order import topological_order


def flat(values) -> list[Value]:
    return list(np.asarray(values, object).flat)


def gradients_through(s, tensor: Tensor) -> np.ndarray:
    found = [0.0 if x.grad is None else x.grad for x in flat(s[tensor])]
    return np.reshape(found, tensor.shape)


def ops_of(values) -> set[str]:
    return {node.op.name for node in topological_order(*flat(values))}


def assert_same(z: Tensor, inputs: Iterable[Tensor], eps: float = 1e-13):
    """The scalar graph has the Tensor graph's values and gradients, to within rounding."""
    s = scalars(z)
    roots, cotangent = flat(s.root), weights(np.shape(z.data))
    z.backward(cotangent)
    dot(roots, cotangent.ravel()).backward()
    np.testing.assert_allclose([x.data for x in roots], np.ravel(z.data), rtol=eps, atol=eps)
    for x in inputs:
        scale = eps * max(1.0, float(np.abs(x.grad).max(initial=0)))
        np.testing.assert_allclose(gradients_through(s, x), x.grad, rtol=10 * eps, atol=10 * scale)
    return s


# Every op of the registry ------------------------------------------------------------------------


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{e.op}{k}" for k, e in enumerate(EXAMPLES)])
def test_every_structural_op_has_its_value_and_gradient_in_scalars(example) -> None:
    inputs = [Tensor(x) for x in example.inputs]
    s = assert_same(example.ours(*inputs), inputs, 1e-6 if example.op == "astype" else 1e-13)
    whole = {"max", "min", "norm", "linearised"}  # an extreme is one node, with its slopes
    assert "linearised" not in ops_of(s.root) or example.op in whole


@pytest.mark.parametrize("oracle", CASES, ids=repr)
def test_every_elementwise_op_has_its_value_and_gradient_in_scalars(oracle) -> None:
    op = BUILT_IN[oracle.name]
    inputs = [Tensor(column) for column in np.array(ordinary(op, oracle)).T]
    s = assert_same(op(*inputs, **oracle.settings), inputs, 1e-12)
    assert ops_of(s.root) == {oracle.name}


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{e.op}{k}" for k, e in enumerate(EXAMPLES)])
def test_the_values_of_an_operand_slot_have_its_contribution(example) -> None:
    """Also where one tensor is in several slots, and where elements are left out or repeated."""
    z = example.ours(*(Tensor(x) for x in example.inputs))
    root = (z * weights(np.shape(z.data))).sum()
    opened = Scalars(root, by_slot=True)
    opened.root.backward()
    events = steps(root)
    nodes = NumberedGraph(root).nodes
    passed = [event for event in events if event.kind == "contribute"]
    for event in passed:
        values = flat(opened.through(nodes[event.node.index], event.slot))
        found = [0.0 if x.grad is None else x.grad for x in values]
        exact = np.ravel(event.contribution)
        eps = 1e-6 if example.op == "astype" else 1e-12
        np.testing.assert_allclose(found, exact, rtol=eps, atol=eps * np.abs(exact).max(initial=0))
    assert passed


def test_each_slot_of_one_tensor_has_values_of_its_own() -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    z = x @ x
    opened = Scalars(z.sum(), by_slot=True)
    opened.root.backward()
    left, right = ([v.grad for v in flat(opened.through(z, slot))] for slot in (0, 1))
    assert left == [3.0, 7.0, 3.0, 7.0]  # 1·xᵀ
    assert right == [4.0, 4.0, 6.0, 6.0]  # xᵀ·1


def test_by_slot_the_largest_is_a_chain_of_maximum() -> None:
    z = Tensor([1.0, 5.0, 2.0]).max()
    assert ops_of(Scalars(z, by_slot=True).root) == {"identity", "maximum"}


def test_operands_broadcast_as_they_do_in_tensors() -> None:
    x, y = Tensor(weights((2, 1))), Tensor(weights((3,)) + 3)
    s = assert_same(x / y - 2.0 * y, [x, y])
    assert s.root.shape == (2, 3)
    assert s.root[1, 2].parents[0].parents == (s[x][1, 0], s[y][2])


# Where a function on Values hasn't the op's derivatives ------------------------------------------

TIES = {
    "max": lambda x: x.max(),
    "min": lambda x: x.min(axis=1),
    "sort": np.sort,
    "norm of order inf": lambda x: autograd.norm(x, np.inf),
    "std": lambda x: autograd.std(x, axis=1),
    "var": autograd.var,
    "prod": lambda x: x.prod(),
    "norm": lambda x: np.linalg.norm(x, axis=0),
}


@pytest.mark.parametrize("function", TIES.values(), ids=TIES)
@pytest.mark.parametrize("numbers", [[[2.0] * 3, [0.0, 0.0, 1.0]], [[0.0] * 3] * 2], ids=str)
def test_at_ties_and_zeros_the_gradients_are_the_tensors(function, numbers) -> None:
    x = Tensor(numbers)
    assert_same(function(x), [x])


def test_three_that_tie_for_the_largest_get_a_third_each() -> None:
    x = Tensor([5.0, 1.0, 5.0, 5.0])
    s = scalars(x.max())
    s.root.backward()
    assert [v.grad for v in s[x]] == [1 / 3, 0.0, 1 / 3, 1 / 3]


def test_a_norm_that_would_overflow_keeps_its_value() -> None:
    x = Tensor([3e200, 4e200])
    s = assert_same(autograd.norm(x) * 1e-200, [x], 1e-13)
    assert s.root.data == pytest.approx(5.0, rel=1e-15)


def test_an_op_of_ones_own_in_compiled_code_is_a_node_for_each_element() -> None:
    A = np.array([[2.0, 1.0], [1.0, 3.0]])
    with temporary_registry():
        solve = structural(
            "own_solve",
            lambda b: np.linalg.solve(A, b),
            lambda g, b, z: (autograd.matmul(np.linalg.inv(A).T, g),),
        )
        b = Tensor([1.0, 2.0], label="b")
        s = assert_same(solve(b), [b])
        assert [node.op.name for node in s.root] == ["linearised"] * 2
        assert all(node.parents == tuple(s[b]) for node in s.root)
        np.testing.assert_allclose([node.params["slopes"] for node in s.root], np.linalg.inv(A))


def test_an_op_whose_function_is_wrong_on_values_goes_by_its_pullback() -> None:
    """The rule that counts is the one that backward() uses."""
    with temporary_registry():
        halved = structural("halved", lambda x: x * 1.0, lambda g, x, z: (g * 0.5,))
        x = Tensor([1.0, 2.0])
        s = assert_same(halved(x), [x])
        assert ops_of(s.root) == {"linearised"}


# Whole models ------------------------------------------------------------------------------------


@pytest.fixture
def loss_and_model() -> tuple[Tensor, nn.Module]:
    rng = np.random.default_rng(3)
    model = nn.MLP([4, 5, 3], "tanh", seed=1)
    x = Tensor(rng.normal(size=(6, 4)), requires_grad=False, label="x")
    return nn.cross_entropy(model(x), rng.integers(0, 3, 6)), model


def test_a_model_trained_on_tensors_is_looked_into_without_being_rebuilt(loss_and_model) -> None:
    loss, model = loss_and_model
    s = assert_same(loss, model.parameters())
    assert s["layer0.weight"].shape == (5, 4)
    assert s["layer0.weight"][2, 1] is s[model.layers[0].weight][2, 1]
    assert s["x"].shape == (6, 4)
    assert not s["x"][0, 0].requires_grad


def test_regions_and_labels_are_kept(loss_and_model) -> None:
    loss, _ = loss_and_model
    s = scalars(loss)
    regions = {node.region for node in topological_order(s.root)}
    assert {"mlp/layer0", "mlp/layer0/neuron4", "mlp/layer1/neuron2"} <= regions
    assert s["layer1.bias"][2].label == "bias[2]"
    with region("part"):
        y = Tensor([1.0, 2.0], label="t") * 2.0
    label({"y": y})
    assert [(v.label, v.region) for v in scalars(y).root] == [("y[0]", "part"), ("y[1]", "part")]


def test_the_graph_of_tensors_stays_as_it_is(loss_and_model) -> None:
    loss, model = loss_and_model
    before = topological_order(loss)
    scalars(loss).root.backward()
    assert topological_order(loss) == before
    assert all(p.grad is None for p in model.parameters())


def test_a_graph_of_values_and_tensors_becomes_one_of_values() -> None:
    a, t = Value(2.0, label="a"), Tensor([1.0, 3.0], label="t")
    x, y = (t * a).scalars()
    s = scalars(Tensor.from_scalars([x * y, a]).sum())
    s.root.backward()
    assert (s.root.data, s[a].grad, s["a"]) == (14.0, 13.0, s[a])
    assert [v.grad for v in s[t]] == [12.0, 4.0]
    assert a.grad is None


# Sizes, names and mistakes -----------------------------------------------------------------------


def test_the_size_is_counted_before_anything_is_made() -> None:
    x = Tensor(np.ones((1000, 1)))
    y = x + np.ones((1, 2000))
    with pytest.raises(
        ValueError, match=r"about 2,003,002 elements.*limit, 1,000,000:.*limit=2_003"
    ):
        scalars(y.sum())


def test_what_moves_elements_makes_no_nodes() -> None:
    x = Tensor(weights((3, 4)))
    s = scalars(np.concatenate([x.T, x.reshape(4, 3)])[1:].ravel())
    assert set(s.root.flat) <= set(s[x].flat)
    assert len(s) == 12


def test_rows_of_a_product_are_shared() -> None:
    """A node for each element, and not a tuple of operands for each."""
    x, y = Tensor(weights((3, 4))), Tensor(weights((4, 2)))
    s = scalars(x @ y)
    assert ops_of(s.root) == {"dot"}
    assert s.root[0, 0]._a is s.root[0, 1]._a


def test_a_name_that_is_not_there_or_is_there_twice_says_which_there_are(loss_and_model) -> None:
    s = scalars(loss_and_model[0])
    with pytest.raises(KeyError, match=r"'weight' is the name of 2 nodes: say mlp\.layer0\.weight"):
        s["weight"]
    with pytest.raises(KeyError, match=r"nothing in the graph is named 'wieght'; it has .*weight"):
        s["wieght"]


def test_a_node_that_is_not_there_says_how_an_element_is_asked_for() -> None:
    x = Tensor([1.0, 2.0])
    s = scalars(x.sum())
    with pytest.raises(KeyError, match=r"isn't in the graph.*s\[t\]\[1, 0\]"):
        s[x[1]]


def test_a_leaf_that_changed_after_the_forward_pass_is_refused() -> None:
    x = Tensor([1.0, 2.0], label="x")
    y = x.sum()
    x.data = [3.0, 4.0]
    with pytest.raises(ValueError, match="stale graph: the data of the leaf 'x'"):
        scalars(y)


def test_only_a_node_can_be_opened() -> None:
    with pytest.raises(TypeError, match="needs a Tensor or a Value, got a float"):
        scalars(3.0)


def test_a_leaf_is_its_own_graph() -> None:
    x = Tensor([1.0, 2.0], label="x")
    s = scalars(x)
    assert [v.data for v in s.root] == [1.0, 2.0]
    assert s["x"] is s[x] is s.root


@pytest.mark.slow
def test_a_hundred_thousand_values_are_made_and_have_the_same_gradients() -> None:
    rng = np.random.default_rng(0)
    model = nn.MLP([64, 64, 32, 10], "relu", seed=0)
    x = Tensor(rng.normal(size=(400, 64)), requires_grad=False)
    loss = nn.cross_entropy(model(x), rng.integers(0, 10, 400))
    s = assert_same(loss, model.parameters(), 1e-12)
    assert len(s) > 100_000
