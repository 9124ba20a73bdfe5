"""Recording and opening leave the user's training as it was, to the bit; bad input is refused."""

import copy
import pickle
import random
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.modules import module as torch_modules
from torch.utils.checkpoint import checkpoint

from autograd import steps
from autograd.bridges import torch as bridge
from autograd.extend import leaves

X = torch.linspace(-1, 1, 48).reshape(16, 3)
Y = torch.arange(16) % 3


class Net(nn.Module):
    """What goes wrong easily: dropout, running statistics, in-place changes, a checkpoint."""

    def __init__(self, reentrant):
        super().__init__()
        self.reentrant = reentrant
        self.fc1 = nn.Linear(3, 8)
        self.norm = nn.BatchNorm1d(8)
        self.drop = nn.Dropout(0.3)
        self.fc2 = nn.utils.parametrizations.spectral_norm(nn.Linear(8, 8))
        self.out = nn.Linear(8, 3)

    def block(self, h):
        return self.drop(self.norm(self.fc2(h)).relu_())

    def forward(self, x):
        h = self.drop(self.fc1(x)).tanh()
        h = h + checkpoint(self.block, h, use_reentrant=self.reentrant)
        h = h.clone()
        h[:, 0] *= 0.5
        return self.out(self.drop(h))


def trained(reentrant, record):
    """Train; return losses, parameters, buffers, gradients, the optimiser's and random state."""
    torch.manual_seed(0)
    model = Net(reentrant)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(4):
        if record:
            with bridge.record(model) as rec:
                loss = functional.cross_entropy(model(X), Y)
            root = rec[loss]
            root.backward()
            list(steps(root))
        else:
            loss = functional.cross_entropy(model(X), Y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    state = [t.clone() for t in model.state_dict().values()]
    gradients = [p.grad.clone() for p in model.parameters()]
    moments = [m for s in optimiser.state_dict()["state"].values() for m in s.values()]
    return losses, [*state, *gradients, *moments, torch.get_rng_state()]


@pytest.mark.slow
@pytest.mark.parametrize("reentrant", [False, True])
def test_training_with_and_without_a_recorder_are_equal_to_the_bit(reentrant):
    losses, state = trained(reentrant, record=False)
    with_recorder = trained(reentrant, record=True)
    assert with_recorder[0] == losses
    for mine, theirs in zip(with_recorder[1], state, strict=True):
        assert torch.equal(mine, theirs)


def test_training_inside_of_the_block_is_equal_to_the_bit():
    """Also backward() and the optimiser's steps."""

    def run(record):
        torch.manual_seed(0)
        model = Net(reentrant=False)
        optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

        def go():
            for _ in range(3):
                optimiser.zero_grad()
                functional.cross_entropy(model(X), Y).backward()
                optimiser.step()

        if record:
            with bridge.record(model):
                go()
        else:
            go()
        return list(model.state_dict().values())

    assert all(map(torch.equal, run(record=True), run(record=False)))


def hooks():
    return [
        len(each)
        for name, each in vars(torch_modules).items()
        if name.startswith("_global_") and isinstance(each, dict)
    ]


def test_hooks_random_states_and_gradients_are_as_before():
    model = nn.Sequential(nn.Linear(3, 2), nn.Dropout())
    before = hooks(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    state = torch.get_rng_state()
    with bridge.record(model) as rec:
        loss = model(X).sum()
    after_forward = torch.get_rng_state()
    rec[loss].backward()
    assert (hooks(), random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), after_forward)
    assert not torch.equal(state, after_forward)  # the program's own dropout
    for module in model.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
    assert all(p.grad is None for p in model.parameters())
    assert torch.is_grad_enabled()


def test_an_error_in_the_block_goes_through_and_leaves_nothing_behind():
    before = hooks()

    class Breaks(nn.Module):
        def forward(self, x):
            raise KeyError("the user's own")

    model = nn.Sequential(nn.Linear(3, 2), Breaks())
    with pytest.raises(KeyError, match="the user's own"), bridge.record(model):
        model(X)
    assert hooks() == before
    with bridge.record(model) as rec:
        with pytest.raises(KeyError):
            model(X)
        loss = model[0](X).sum()
    assert rec[loss].region == ""
    assert rec[loss].parents[0].region == "0"


def test_another_thread_trains_on_undisturbed():
    model = nn.Sequential(nn.Linear(3, 2), nn.Tanh())
    other = nn.Linear(3, 1)
    found = []

    def elsewhere():
        found.append(other(X).sum())

    with bridge.record(model) as rec:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        loss = model(X).sum()
        thread.join()
    assert len(leaves(rec[loss])) == 3
    found[0].backward()
    assert other.weight.grad is not None


def test_users_modes_see_what_they_would_see():
    from torch.utils.flop_counter import FlopCounterMode

    model = nn.Linear(3, 2)
    with FlopCounterMode(display=False) as plain:
        model(X).sum()
    with FlopCounterMode(display=False) as counted, bridge.record(model) as rec:
        loss = model(X).sum()
        rec[loss].backward()
    assert counted.get_total_flops() == plain.get_total_flops()


# Bad input ----------------------------------------------------------------------------------------


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Linear(3, 2)


def test_a_model_that_is_none_is_refused():
    with pytest.raises(TypeError, match=r"record takes torch.nn.Modules, got a function: leave it"):
        bridge.record(lambda x: x)


def test_what_is_no_tensor_is_refused(model):
    with bridge.record(model) as rec:
        model(X)
    with pytest.raises(TypeError, match=r"rec\[...\] takes a torch.Tensor, got a float"):
        rec[1.0]


@pytest.mark.parametrize(
    ("loss", "why"),
    [
        (lambda model: model(X).sum().detach(), "was it computed under no_grad"),
        (lambda model: X.sum(), "from constants alone"),
    ],
)
def test_a_loss_without_a_grad_fn_is_refused(loss, why, model):
    with bridge.record(model) as rec:
        found = loss(model)
    with pytest.raises(ValueError, match=rf"has no grad_fn, .*{why}"):
        rec[found]


def test_a_parameter_that_nothing_used_is_refused(model):
    with bridge.record(model) as rec:
        model(X)
    unused = torch.ones(3, requires_grad=True)
    with pytest.raises(ValueError, match=r"of shape \(3,\) is a leaf, and nothing .* used it"):
        rec[unused]


def test_a_parameter_that_was_used_is_the_leaf_of_the_graph(model):
    """Whichever is asked for first; so ``why`` can be asked of it."""
    with bridge.record(model) as rec:
        loss = model(X).square().sum()
    leaf = rec[model.weight]
    root = rec[loss]
    assert leaf.label == "weight"
    assert leaf in leaves(root)
    assert rec[model.weight] is leaf
    root.backward()
    loss.backward()
    assert leaf.grad.tolist() == model.weight.grad.tolist()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_loss_that_was_computed_outside_of_the_block_is_refused(when, model):
    early = model(X).sum()
    with bridge.record(model) as rec:
        out = model(X)
    late = out.sum()
    with pytest.raises(ValueError, match="wasn't computed inside this with block: compute it"):
        rec[early if when == "before" else late]


def test_what_was_computed_before_the_block_has_torchs_pullbacks(model):
    """Its numbers are known where the block used them, and unknown elsewhere: never invented."""
    features = (model(X) * 2).tanh()
    with bridge.record(model) as rec:
        loss = features.sum()
    root = rec[loss]
    tanh = root.parents[0]
    np.testing.assert_array_equal(tanh.data, features.detach().numpy())
    assert "unknown" in steps(root).to_json()
    root.backward()
    expected = torch.autograd.grad(loss, model.weight)[0]
    (weight,) = [leaf for leaf in leaves(root) if leaf.label == "weight"]
    np.testing.assert_array_equal(weight.grad, expected.numpy())


def test_a_freed_graph_is_refused(model):
    with bridge.record(model) as rec:
        loss = model(X).square().sum()
    loss.backward()
    with pytest.raises(ValueError, match=r"freed this graph, .*open it before backward\(\)"):
        rec[loss]


def test_a_graph_that_is_freed_after_it_was_opened_says_so(model):
    with bridge.record(model) as rec:
        loss = model(X).square().sum()
    root = rec[loss]
    loss.backward()
    with pytest.raises(ValueError, match=r"freed what the pullback of 'pow' .*:\d+\) needs: back"):
        root.backward()


def test_another_device_is_refused():
    model = nn.Linear(3, 2, device="meta")
    with bridge.record(model) as rec:
        loss = model(torch.empty(2, 3, device="meta")).sum()
    with pytest.raises(ValueError, match="on the device 'meta', which holds no numbers: only what"):
        rec[loss]


def test_complex_numbers_are_refused_with_the_line():
    weight = nn.Parameter(torch.ones(3, dtype=torch.complex128))
    with bridge.record() as rec:
        loss = (weight * weight.conj()).real.sum()
    with pytest.raises(TypeError, match=r"is complex \(torch.complex128\)"):
        rec[loss]


def test_a_recording_is_entered_once(model):
    rec = bridge.record(model)
    with pytest.raises(RuntimeError, match="nothing is recorded yet"):
        rec[X]
    with rec:
        model(X)
    with pytest.raises(RuntimeError, match="was entered before"), rec:
        pass


def test_second_derivatives_are_refused_and_change_nothing(model):
    with bridge.record(model) as rec:
        loss = model(X).square().sum()
    root = rec[loss]
    with pytest.raises(TypeError, match="another engine"):
        root.backward(create_graph=True)
    assert root.grad is None


def test_a_pickle_keeps_values_and_gradients_and_says_what_stayed_behind(model):
    with bridge.record(model) as rec:
        loss = model(X).square().sum()
    root = rec[loss]
    root.backward()
    for kept in (pickle.loads(pickle.dumps(root)), copy.deepcopy(root)):
        np.testing.assert_array_equal(kept.data, root.data)
        np.testing.assert_array_equal(
            [leaf.grad for leaf in leaves(kept) if leaf.label == "weight"],
            [leaf.grad for leaf in leaves(root) if leaf.label == "weight"],
        )
    with pytest.raises(ValueError, match="stayed there when the graph was pickled"):
        pickle.loads(pickle.dumps(root)).backward()


def test_compiled_models_run_and_are_opened_as_they_are_written():
    """Under a dispatch mode torch runs them eagerly, operation by operation."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
    compiled = torch.compile(model, backend="eager")
    # torch warns of hooks on all modules, which tell the recorder which module is running.
    with bridge.record(compiled) as rec, pytest.warns(UserWarning, match="global hooks"):
        loss = compiled(X).sum()
    labels = {leaf.label for leaf in leaves(rec[loss]) if leaf.requires_grad}
    assert labels == {"0.weight", "0.bias"}


def test_without_torch_an_error_says_what_to_install():
    code = "import sys; sys.modules['torch'] = None; import autograd.bridges.torch"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert "autograd.bridges.torch needs PyTorch: pip install torch" in found.stderr
    assert "glassgrad[torch]" in found.stderr


def test_an_old_torch_is_refused():
    code = "import torch; torch.__version__ = '2.4.1+cpu'; import autograd.bridges.torch"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert "needs PyTorch 2.13 or later, found 2.4.1+cpu" in found.stderr


def test_torch_is_imported_only_by_who_asks_for_it():
    code = "import sys, autograd, autograd.bridges; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nested_tensors_are_refused_when_they_are_opened_and_not_before():
    rows = [torch.ones(2, 3), torch.ones(4, 3)]
    nested = torch.nested.nested_tensor(rows, layout=torch.jagged, requires_grad=True)
    with bridge.record() as rec:
        loss = (nested * 2).values().sum()
    with pytest.raises(TypeError, match="isn't an array"):
        rec[loss]
