"""What PyTorch programs do, opened: views, changes in place, Functions, checkpoints and so on."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint
from torch_recordings import assert_gradients_equal_torchs, opened

from autograd import draw, scalars, step, steps
from autograd.bridges import torch as bridge
from autograd.extend import leaves, topological_order
from autograd.numbers.unknown import is_unknown

X = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(4, 3)


@pytest.fixture
def x():
    torch.manual_seed(0)
    return X.clone().requires_grad_()


def named(root, name):
    return [node for node in topological_order(root) if node.op.name == name]


def names(root):
    return [node.op.name for node in topological_order(root)]


# Graphs of all kinds ------------------------------------------------------------------------------


def views_written_into(x):
    y = x * 1
    row = y[1]
    row.mul_(3.0)
    y[0] = x[2]
    first, second = y.t().reshape(2, 6).unbind(0)
    return (first * second).sum() + row.sum()


def in_place(x):
    y = x * 2
    y.sub_(1).clamp_min_(0).mul_(3)
    return y.sigmoid_().sum()


def transposed_in_place(x):
    y = x * 2
    y.transpose_(0, 1)
    return (y @ x).sum()


def detached(x):
    y = x * 2
    return (y.detach() * y).sum()


def branching_on_data(x):
    total = x.sum() + 1
    return total.exp() if total > 0 else total * 2


def selecting(x):
    return torch.where(x > 0, x.sqrt(), 0.0).sum()


def indexing(x):
    rows = x[torch.tensor([0, 2, 2])] * x[:3, [0, 1, 1]]
    return rows.sum() + x[x > 0].sum() + x.gather(1, torch.zeros(4, 1, dtype=torch.long)).sum()


def several_outputs(x):
    a, b, c = x.split(1, dim=1)
    highest, _ = (x * x).max(dim=1)
    return (a * b - c).sum() * highest.prod()


def penalty(x):
    out = (x.tanh() ** 2).sum()
    (slope,) = torch.autograd.grad(out, x, create_graph=True)
    return out + ((slope.norm(dim=1) - 1) ** 2).mean()


def of_functorch(x):
    return torch.func.vmap(lambda row: (row * row).sum().tanh())(x).sum()


def slope_of_functorch(x):
    return (torch.func.grad(lambda z: (z * z).sin().sum())(x) * x).sum()


def buffer_filled_row_by_row(x):
    buffer = torch.zeros(4, 3, dtype=torch.float64)
    for k in range(4):
        buffer[k] = x[k].sin()
    return buffer.square().sum()


@pytest.mark.parametrize(
    "program",
    [
        views_written_into,
        in_place,
        transposed_in_place,
        detached,
        branching_on_data,
        selecting,
        indexing,
        several_outputs,
        penalty,
        of_functorch,
        slope_of_functorch,
        buffer_filled_row_by_row,
    ],
)
def test_a_program_has_torchs_gradients(program, x):
    loss, root = opened(lambda: program(x))
    assert_gradients_equal_torchs(loss, root)


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_recurrent_networks_have_torchs_gradients(kind):
    torch.manual_seed(0)
    model = kind(3, 4, num_layers=2, batch_first=True).double()
    sequence = X.reshape(2, 2, 3)
    loss, root = opened(lambda: model(sequence)[0].square().sum(), model)
    assert_gradients_equal_torchs(loss, root)


def test_the_nan_of_an_unselected_branch_is_kept(x):
    """torch.where passes nan back from √ of what it didn't select; our rule would hide it."""
    _, root = opened(lambda: selecting(x))
    root.backward()
    leaf = next(leaf for leaf in leaves(root) if leaf.requires_grad)
    assert np.isnan(leaf.grad[X.numpy() < 0]).all()


def test_a_loss_that_is_no_scalar_takes_a_cotangent(x):
    loss, root = opened(x.sin)
    with pytest.raises(ValueError, match="needs a cotangent"):
        root.backward()
    assert_gradients_equal_torchs(loss, root, np.arange(12.0).reshape(4, 3))


def test_outputs_of_one_operation_are_nodes_with_pullbacks_of_their_own(x):
    """What they pass back adds up, for a pullback is linear."""
    loss, root = opened(lambda: several_outputs(x))
    split = named(root, "split")
    assert [node.op.pullback.operation.output for node in split] == [0, 1, 2]
    assert_gradients_equal_torchs(loss, root)


def test_two_losses_share_their_nodes(x):
    with bridge.record() as rec:
        h = x.tanh()
        first, second = h.sum(), h.prod()
    assert rec[first].parents[0] is rec[second].parents[0]
    assert rec[first] is rec[first]


# Changes in place ---------------------------------------------------------------------------------


def test_a_change_under_no_grad_is_a_node_that_passes_gradients_on_as_torch_does(x):
    def program():
        y = x * 2
        before = y + 1
        with torch.no_grad():
            y.clamp_(min=0)
        return (before + y * 3).sum()

    loss, root = opened(program)
    assert_gradients_equal_torchs(loss, root)
    (change,) = named(root, "changed_in_place")
    np.testing.assert_array_equal(change.parents[0].data, X.numpy() * 2)
    np.testing.assert_array_equal(change.data, (X.numpy() * 2).clip(0))


def test_operands_have_the_values_that_they_had_before_they_were_written_over(x):
    def program():
        y = x * 2
        y.exp_()
        return y.sum()

    _, root = opened(program)
    (exp,) = named(root, "exp_")
    np.testing.assert_array_equal(exp.parents[0].data, X.numpy() * 2)


def test_parameters_have_the_values_of_the_recording_after_the_optimiser_went_on():
    torch.manual_seed(0)
    model = nn.Linear(3, 2).double()
    before = model.weight.detach().numpy().copy()
    with bridge.record(model) as rec:
        loss = model(X).square().sum()
    loss.backward(retain_graph=True)
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    (weight,) = [leaf for leaf in leaves(rec[loss]) if leaf.label == "weight"]
    np.testing.assert_array_equal(weight.data, before)


@pytest.mark.parametrize(
    "view",
    [lambda y: y[0, 0], lambda y: y.view(2, 6), lambda y: y.sum((0, 1), keepdim=True).squeeze()],
    ids=["select", "view", "squeeze"],
)
def test_a_result_that_is_a_view_has_its_numbers(x, view):
    """No operation used it; who opens it brings them."""
    loss, root = opened(lambda: view(2 * x))
    assert_gradients_equal_torchs(loss, root, np.ones(loss.shape))


def test_what_is_called_after_a_graph_was_opened_has_its_names_too():
    """A training loop inside of the block opens every step's graph."""
    model = nn.Linear(3, 1).double()
    found = []
    with bridge.record(model) as rec:
        for _ in range(3):
            root = rec[model(X.clone()).square().sum()]
            found.append({leaf.label for leaf in leaves(root)})
    assert found == [{"weight", "bias", "input"}] * 3


def test_a_pullback_whose_tensors_have_changed_since_says_so():
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1)).double()
    with bridge.record(model) as rec:
        loss = model(X).square().sum()
    root = rec[loss]
    loss.backward(retain_graph=True)
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    with pytest.raises(ValueError, match=r"'\w+' .* needs was changed in place later"):
        root.backward()


def test_what_is_changed_in_place_after_the_recording_is_refused(x):
    with bridge.record() as rec:
        weights = X.clone()
        loss = (x.exp() * weights).sum()
    weights += 1
    with pytest.raises(ValueError, match=r"mul at .*:\d+: .*shape \(4, 3\) was changed in place"):
        rec[loss]


def test_what_is_too_large_to_be_copied_before_it_is_written_over_is_unknown(x, monkeypatch):
    monkeypatch.setattr("autograd.bridges.torch.trace.MOST_COPIED", 90)

    def program():
        y = x * 2
        z = y + 1
        y.exp_()
        return (y * z).sum()

    _, root = opened(program)
    (exp,) = named(root, "exp_")
    assert is_unknown(exp.parents[0].data)
    assert "unknown" in str(draw(root))


# Functions and checkpoints ------------------------------------------------------------------------


class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, k, y):
        ctx.save_for_backward(x, y)
        ctx.k = k
        return x * y * k, x + y

    @staticmethod
    def backward(ctx, g, h):
        x, y = ctx.saved_tensors
        return g * y * ctx.k + h, None, g * x * ctx.k + h


def test_a_function_of_the_users_has_its_name_and_the_line_that_called_it(x):
    def program():
        a, b = Scaled.apply(x, 3.0, x.sin())
        return (a * b).sum()

    loss, root = opened(program)
    assert_gradients_equal_torchs(loss, root)
    found = named(root, "Scaled")
    assert len(found) == 2
    assert {node.note.code for node in found} == {"a, b = Scaled.apply(x, 3.0, x.sin())"}
    assert found[0].op.pullback.operation.function is Scaled


def test_a_function_that_computes_with_numpy_is_opened(x):
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.y = torch.from_numpy(np.exp(x.detach().numpy()))
            return ctx.y.clone()

        @staticmethod
        def backward(ctx, g):
            return g * ctx.y

    loss, root = opened(lambda: Exp.apply(x * 2).sum())
    assert_gradients_equal_torchs(loss, root)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4)
        self.drop = nn.Dropout()
        self.fc2 = nn.Linear(4, 1)

    def forward(self, x):
        return self.fc2(self.drop(self.norm(self.fc1(x)).tanh()))


@pytest.mark.parametrize("reentrant", [False, True])
def test_a_checkpoint_has_the_gradients_of_the_model_without_it(reentrant, x):
    torch.manual_seed(0)
    model = Block().double()
    torch.manual_seed(1)
    expected = torch.autograd.grad(model(x * 2).square().sum(), [x, *model.parameters()])
    torch.manual_seed(1)
    _, root = opened(
        lambda: checkpoint(model, x * 2, use_reentrant=reentrant).square().sum(), model
    )
    root.backward()
    tensors = root.op.pullback.tensors
    found = {id(tensors[leaf]): leaf.grad for leaf in leaves(root) if leaf.requires_grad}
    for tensor, gradient in zip([x, *model.parameters()], expected, strict=True):
        np.testing.assert_allclose(found[id(tensor)], gradient.numpy(), rtol=1e-12, atol=1e-15)
    assert x.grad is None
    assert all(p.grad is None for p in model.parameters())


# Kinds of number ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_low_precision_has_torchs_gradients(dtype):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).to(dtype)
    loss, root = opened(lambda: model(X.to(dtype)).square().mean(), model)
    assert_gradients_equal_torchs(loss, root)
    assert root.dtype == (np.float16 if dtype == torch.float16 else np.float32)


def test_autocast_has_torchs_gradients():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))

    def program():
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out = model(X.float())
        return out.float().square().mean()

    loss, root = opened(program, model)
    assert_gradients_equal_torchs(loss, root)


def test_sparse_gradients_are_made_dense():
    model = nn.Embedding(5, 3, sparse=True).double()
    loss, root = opened(lambda: model(torch.tensor([[0, 1], [3, 0]])).sin().sum(), model)
    assert_gradients_equal_torchs(loss, root)


# Names --------------------------------------------------------------------------------------------


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(5, 3)
        self.blocks = nn.ModuleList([nn.Linear(3, 3) for _ in range(2)])
        self.out = nn.Linear(3, 5, bias=False)
        self.out.weight = self.embedding.weight

    def forward(self, tokens):
        h = self.embedding(tokens)
        for block in self.blocks:
            h = block(h).relu()
        return self.out(h)


def test_a_shared_parameter_is_one_leaf_under_its_first_name():
    model = Tied().double()
    tokens = torch.tensor([0, 1, 4])
    loss, root = opened(lambda: functional.cross_entropy(model(tokens), tokens), model)
    assert_gradients_equal_torchs(loss, root)
    assert sorted(leaf.label for leaf in leaves(root)) == [
        "blocks.0.bias",
        "blocks.0.weight",
        "blocks.1.bias",
        "blocks.1.weight",
        "embedding.weight",
    ]
    assert {node.region for node in topological_order(root)} == {
        "",
        "blocks/0",
        "blocks/1",
        "embedding",
        "out",
    }


def test_a_module_that_is_called_again_is_a_region_of_its_own():
    model = nn.Sequential(nn.Linear(3, 3), nn.Tanh())

    def program():
        return model(model(X.float())).sum()

    _, root = opened(program, model)
    assert [node.region for node in named(root, "tanh")] == ["1", "Sequential#2/1"]


def test_several_models_are_told_apart_by_their_classes():
    first, second = nn.Linear(3, 2), nn.Linear(2, 1)
    _, root = opened(lambda: second(first(X.float())).sum(), first, second)
    assert sorted(leaf.label for leaf in leaves(root)) == [
        "Linear#2.bias",
        "Linear#2.weight",
        "Linear.bias",
        "Linear.weight",
        "input",
    ]
    assert {node.region for node in topological_order(root)} == {"", "Linear", "Linear#2"}


def test_nodes_know_the_users_line(x):
    _, root = opened(lambda: in_place(x))
    (sigmoid,) = named(root, "sigmoid_")
    assert sigmoid.source.startswith(__file__)
    assert sigmoid.note.code == "return y.sigmoid_().sum()"


def test_settings_are_shown_by_the_names_of_torch(x):
    _, root = opened(lambda: x.softmax(1)[:, torch.tensor([0, 2])])
    (softmax,), (index,) = named(root, "softmax"), named(root, "index")
    assert softmax.params == {"dim": 1}
    np.testing.assert_array_equal(index.params["indices"][1], [0, 2])


# Readers ------------------------------------------------------------------------------------------


def test_a_planted_nan_is_found_with_its_module_and_line(x):
    class Inner(nn.Module):
        def forward(self, x):
            return torch.log(x)  # of negative numbers

    model = nn.Sequential(nn.Linear(3, 3), Inner()).double()
    _, root = opened(lambda: functional.relu(model(x)).sum(), model)
    bad = steps(root).first_bad()
    assert (bad.node.op, bad.node.region) == ("log", "1")
    assert bad.node.code == "return torch.log(x)  # of negative numbers"


def test_a_nan_in_a_parameter_is_found_by_its_name(x):
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    with torch.no_grad():
        model[2].weight[0, 1] = np.nan
    _, root = opened(lambda: model(x).sum(), model)
    found = steps(root)
    assert found.causes(found.root.index)[0].label == "2.weight"


def test_every_reader_reads_it(tmp_path):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    _, root = opened(lambda: model(X).square().mean(), model)
    step(root).save(tmp_path / "page.html")
    assert "0.weight" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "addmm" in steps(root).to_json()
    assert "tanh" in str(draw(root, depth=1))
    found = scalars(root)
    assert found["0.weight"][0, 0].data == model[0].weight[0, 0].item()
