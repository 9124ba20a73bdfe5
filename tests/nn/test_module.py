"""Module: parameters found by walking attributes, names, state, regions, and how it looks."""

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, Value
from nn import MLP, Linear, Module


def names(module: Module) -> list[str]:
    return [name for name, _ in module.named_parameters()]


class Nested(Module):
    """Parameters and parts in every kind of place."""

    def __init__(self) -> None:
        self.alone = Tensor([1.0])
        self.listed = [Tensor([2.0]), (Value(3.0), Linear(1, 1, rng=0))]
        self.by_name = {"left": Linear(1, 1, bias=False, rng=1)}
        self.exploded = np.array([[Value(4.0), Value(5.0)]], dtype=object)
        self.number = 6.0
        self.array = np.ones(7)

    def forward(self, x: Any) -> Any:
        return x


def test_parameters_are_found_in_attributes_lists_tuples_dicts_and_object_arrays() -> None:
    assert names(Nested()) == [
        "alone",
        "listed.0",
        "listed.1.0",
        "exploded[0, 0]",
        "exploded[0, 1]",
        "listed.1.1.weight",
        "listed.1.1.bias",
        "by_name.left.weight",
    ]


def test_an_array_of_numbers_is_no_parameter() -> None:
    assert not any(name.startswith(("number", "array")) for name in names(Nested()))


def test_what_was_computed_is_no_parameter() -> None:
    module = Module()
    module.weight = Tensor([1.0])  # type: ignore[attr-defined]
    module.output = module.weight * 2.0  # type: ignore[attr-defined]
    assert names(module) == ["weight"]


def test_a_constant_is_state_but_no_parameter() -> None:
    module = Module()
    module.mean = Tensor([1.0], requires_grad=False)  # type: ignore[attr-defined]
    assert (names(module), list(module.state_dict())) == ([], ["mean"])


def test_a_shared_parameter_is_given_once_and_saved_under_both_names() -> None:
    module = Module()
    module.a = module.b = Tensor([1.0])  # type: ignore[attr-defined]
    assert (names(module), list(module.state_dict())) == (["a"], ["a", "b"])


def test_a_module_that_refers_to_its_owner_is_walked_once() -> None:
    owner, part = Module(), Linear(1, 1)
    owner.part, part.owner = part, owner  # type: ignore[attr-defined]
    assert [name for name, _ in owner.named_modules()] == ["", "part"]
    assert "part: Linear(1 → 1)" in repr(owner)


def test_modules_come_before_their_parts_and_in_order() -> None:
    model = nn.Sequential(nn.Sequential(Linear(1, 2)), "tanh", Linear(2, 1))
    assert [name for name, _ in model.named_modules()] == [
        "",
        "layers.0",
        "layers.0.layers.0",
        "layers.1",
        "layers.2",
    ]


def test_zero_grad_leaves_no_gradient_and_not_a_zero() -> None:
    model = MLP([2, 1], seed=0)
    nn.mse(model([1.0, 2.0]), [1.0]).backward()
    assert all(p.grad is not None for p in model.parameters())
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [None, None]


def test_train_and_eval_reach_every_part() -> None:
    model = MLP([1, 1, 1])
    assert [m.training for m in model.eval().modules()] == [False] * 3
    assert [m.training for m in model.train().modules()] == [True] * 3


def test_a_module_without_forward_says_what_to_write() -> None:
    with pytest.raises(NotImplementedError, match="Module has no forward: define forward"):
        Module()(1.0)


# State -------------------------------------------------------------------------------------------


@pytest.fixture
def model() -> Iterator[MLP]:
    return MLP([3, 2, 1], seed=0)


def test_state_goes_round(model: MLP) -> None:
    other = MLP([3, 2, 1], seed=1)
    other.load_state_dict(model.state_dict())
    x = np.array([[0.5, -1.0, 2.0]])
    assert other(x).data.tolist() == model(x).data.tolist()


def test_state_is_a_copy(model: MLP) -> None:
    before = model.state_dict()
    for array in model.state_dict().values():
        array[...] = 9.0
    assert all(np.array_equal(model.state_dict()[name], before[name]) for name in before)


def test_loading_copies(model: MLP) -> None:
    state = {name: array + 1.0 for name, array in model.state_dict().items()}
    model.load_state_dict(state)
    state["layers.0.weight"][...] = 9.0
    assert not (model.state_dict()["layers.0.weight"] == 9.0).any()


def test_scalars_learn_and_give_their_state_back(model: MLP) -> None:
    scalars = model.scalars()
    nn.SGD(scalars.parameters(), lr=1.0)
    nn.mse(scalars([1.0, 2.0, 3.0]), [1.0]).backward()
    nn.SGD(scalars.parameters(), lr=0.1).step()
    model.load_state_dict(scalars.state_dict())
    assert model([1.0, 2.0, 3.0]).data[0] == pytest.approx(scalars([1.0, 2.0, 3.0])[0].data)


def test_loading_keeps_the_dtype() -> None:
    model = Linear(2, 1, dtype=np.float32)
    model.load_state_dict({"weight": [[1, 2]], "bias": [3]})
    assert model.weight.dtype == np.float32


def test_all_that_is_wrong_with_a_state_is_said_at_once_and_nothing_is_loaded(model: MLP) -> None:
    before = model.state_dict()
    state = {
        "layers.0.weight": np.ones((2, 3)),
        "layers.0.bias": np.zeros(3),
        "layers.1.weight": np.array([["a", "b"]]),
        "layers.7.weight": np.zeros((1, 1)),
    }
    with pytest.raises(ValueError, match="nothing was loaded") as error:
        model.load_state_dict(state)
    for problem in (
        "missing 'layers.1.bias'",
        "unexpected 'layers.7.weight'",
        "'layers.0.bias' has shape (3,), expected (2,)",
        "'layers.1.weight' has dtype <U1, expected real numbers",
    ):
        assert problem in str(error.value)
    after = model.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_a_state_that_is_no_mapping_is_refused(model: MLP) -> None:
    with pytest.raises(TypeError, match="state_dict"):
        model.load_state_dict([1.0])  # type: ignore[arg-type]


def test_a_graph_made_before_loading_refuses_to_go_backward(model: MLP) -> None:
    """Data are replaced, not overwritten, so the graph can tell."""
    loss = nn.mse(model([1.0, 2.0, 3.0]), [0.0])
    model.load_state_dict(MLP([3, 2, 1], seed=1).state_dict())
    with pytest.raises(ValueError, match="stale"):
        loss.backward()


# Scalars -----------------------------------------------------------------------------------------


def test_scalars_have_the_names_and_the_numbers_of_the_tensors(model: MLP) -> None:
    mine, theirs = model.state_dict(), model.scalars().state_dict()
    assert list(mine) == list(theirs)
    assert all(np.array_equal(mine[name], theirs[name]) for name in mine)


def test_scalars_are_labelled_with_name_and_place(model: MLP) -> None:
    assert model.scalars().layers[0].weight[1, 2].label == "layer0.weight[1, 2]"


def test_no_two_scalars_of_a_model_have_one_label(model: MLP) -> None:
    labels = [leaf.label for leaf in model.scalars().parameters()]
    assert len(set(labels)) == len(labels)


def test_scalars_do_not_share_numbers_with_the_model(model: MLP) -> None:
    scalars = model.scalars()
    before = scalars.layers[0].weight[0, 0].data
    model.layers[0].weight.data = model.layers[0].weight.data + 1.0
    assert scalars.layers[0].weight[0, 0].data == before


def test_what_is_shared_stays_shared_in_scalars() -> None:
    module = Module()
    module.a = module.b = Tensor([1.0])  # type: ignore[attr-defined]
    scalars = module.scalars()
    assert scalars.a[0] is scalars.b[0]  # type: ignore[attr-defined]


def test_scalars_of_scalars_are_new_leaves_without_gradients(model: MLP) -> None:
    scalars = model.scalars()
    nn.mse(scalars([1.0, 2.0, 3.0]), [0.0]).backward()
    again = scalars.scalars()
    assert again.layers[0].weight[0, 0] is not scalars.layers[0].weight[0, 0]
    assert {p.grad for p in again.parameters()} == {None}


def test_a_constant_stays_a_constant_in_scalars() -> None:
    module = Module()
    module.mean = Tensor([1.0], requires_grad=False)  # type: ignore[attr-defined]
    assert names(module.scalars()) == []


@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_model_can_be_copied_and_pickled(model: MLP, again: Any) -> None:
    x = [0.5, -1.0, 2.0]
    assert again(model)(x).data.tolist() == model(x).data.tolist()


# Regions -----------------------------------------------------------------------------------------


def test_nodes_are_named_after_the_layer_that_made_them(model: MLP) -> None:
    regions = {node.region for node in interior(model([1.0, 2.0, 3.0]))}
    assert regions == {"mlp/layer0", "mlp/layer1"}


def test_scalars_are_named_after_the_neuron_that_made_them(model: MLP) -> None:
    """A neuron is its weighted sum and its activation."""
    ops: dict[str, set[str]] = {}
    for node in interior(model.scalars()([1.0, 2.0, 3.0])):
        ops.setdefault(node.region, set()).add(node.op.name)
    assert ops == {
        "mlp/layer0/neuron0": {"neuron", "relu"},
        "mlp/layer0/neuron1": {"neuron", "relu"},
        "mlp/layer1/neuron0": {"neuron"},
    }


def test_a_part_that_is_called_alone_is_named_after_its_class(model: MLP) -> None:
    assert model.layers[0]([1.0, 2.0, 3.0]).region == "layer"


def test_an_attribute_gives_its_name_to_the_region() -> None:
    class Two(Module):
        def __init__(self) -> None:
            self.encoder = nn.Sequential(Linear(1, 1), Linear(1, 1))
            self.heads = {"left": Linear(1, 1)}

        def forward(self, x: Any) -> Any:
            return self.heads["left"](self.encoder(x))

    regions = {node.region for node in interior(Two()([1.0]))}
    assert regions == {"two/encoder/layer0", "two/encoder/layer1", "two/heads.left"}


def test_names_do_not_leak_out_of_a_call_that_fails(model: MLP) -> None:
    with pytest.raises(ValueError, match="expects inputs"):
        model([1.0])
    assert model.layers[0]([1.0, 2.0, 3.0]).region == "layer"


def interior(root: Any) -> list[Any]:
    found, stack = [], [*(root.flat if isinstance(root, np.ndarray) else [root])]
    while stack:
        node = stack.pop()
        if not node.is_leaf:
            found.append(node)
            stack.extend(node.parents)
    return found


# How it looks ------------------------------------------------------------------------------------


def test_repr_is_a_tree_with_sizes_and_counts() -> None:
    model = nn.Sequential(nn.Sequential(Linear(64, 32), "relu"), Linear(32, 10, bias=False))
    assert repr(model) == "\n".join(
        [
            "Sequential()                           2,400 parameters",
            "├─ layers.0: Sequential()              2,080",
            "│  ├─ layers.0: Linear(64 → 32)        2,080",
            "│  └─ layers.1: Activation(relu)           0",
            "└─ layers.1: Linear(32 → 10, no bias)    320",
        ]
    )


def test_a_model_of_scalars_looks_the_same(model: MLP) -> None:
    assert repr(model.scalars()) == repr(model)


def test_a_state_with_something_that_is_no_number_changes_nothing() -> None:
    model = MLP([2, 2, 1], seed=0).scalars()
    before = model.state_dict()
    state = {name: array + 1.0 for name, array in before.items()}
    state["layers.1.bias"] = np.array([None], dtype=object)
    with pytest.raises(ValueError, match=r"nothing was loaded: 'layers\.1\.bias' holds something"):
        model.load_state_dict(state)
    for name, array in model.state_dict().items():
        assert np.array_equal(array, before[name])
