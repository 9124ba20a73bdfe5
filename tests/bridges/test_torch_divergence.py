"""first_divergence names the operation at which two runs of a PyTorch program part."""

import copy
import re

import pytest
import torch
from torch import nn
from torch_recordings import double

from autograd.bridges import torch as bridge


class Step(nn.Module):
    """A module that computes one function; a test changes it in one of two runs."""

    def __init__(self, compute):
        super().__init__()
        self.compute = compute

    def forward(self, x):
        return self.compute(x)


def network(activation=torch.tanh):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(3, 5), Step(torch.sigmoid), nn.Linear(5, 5), Step(activation), nn.Linear(5, 1)
    ).double()


def root_of(model, x=None):
    dtype = next(model.parameters()).dtype
    x = double(4, 3, seed=1) if x is None else x
    with bridge.record(model) as rec:
        loss = model(x.to(dtype)).square().mean()
    return rec[loss]


def test_two_equal_runs_don_t_part():
    parted = bridge.first_divergence(root_of(network()), root_of(network()))
    assert not parted
    assert parted.at_root == 0
    assert "nothing parts" in str(parted)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_coarser_precision_parts_only_as_rounding_explains(dtype):
    model = network()
    coarse = copy.deepcopy(model).to(dtype)
    exact = copy.deepcopy(coarse).double()  # the same parameters
    x = double(4, 3, seed=1).to(dtype)
    parted = bridge.first_divergence(root_of(coarse, x), root_of(exact, x))
    assert not parted, parted
    assert parted.at_root > 0


def test_an_overflow_in_half_precision_is_the_first_operation_that_parts():
    model = network(lambda h: (1e3 * h) ** 2)
    coarse = copy.deepcopy(model).half()
    exact = copy.deepcopy(coarse).double()
    x = double(4, 3, seed=1).half()
    parted = bridge.first_divergence(root_of(coarse, x), root_of(exact, x))
    assert parted.kind == "value"
    assert parted.nodes[0].op.name == "pow"
    assert parted.nodes[0].region == "3"


def test_another_parameter_is_named_before_any_operation():
    model, other = network(), network()
    with torch.no_grad():
        other[2].weight[1, 1] += 1e-6
    parted = bridge.first_divergence(root_of(model), root_of(other))
    assert parted.kind == "leaf"
    assert "'2.weight'" in str(parted)


def version(off, off_back):
    """Return a Function of one name, whatever it computes."""
    of = {"off": off, "off_back": off_back}

    class Tanh(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return torch.tanh(x) * (1 + of["off"])

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * (1 - torch.tanh(x) ** 2) * (1 + of["off_back"])

    return Tanh.apply


def test_an_operation_of_another_version_is_named_and_by_how_much():
    one, other = network(version(0, 0)), network(version(1e-8, 1e-8))
    parted = bridge.first_divergence(root_of(one), root_of(other))
    assert parted.kind == "value"
    assert parted.nodes[0].op.name == "Tanh"
    assert parted.off == pytest.approx(1e-8, rel=0.5)
    assert parted.expected < 1e-12
    assert "in 3" in str(parted)


def test_a_gradient_that_parts_while_all_values_agree_is_named():
    one, other = network(version(0, 0)), network(version(0, 1e-8))
    parted = bridge.first_divergence(root_of(one), root_of(other))
    assert parted.kind == "gradient"
    assert parted.nodes[0].op.name == "Tanh"


def test_programs_of_another_structure_part_where_they_differ():
    one, other = network(torch.tanh), network(lambda h: torch.tanh(h).exp())
    parted = bridge.first_divergence(root_of(one), root_of(other))
    assert parted.kind == "structure"
    assert parted.nodes[1].op.name == "exp"
    assert "the second with 'exp' in 3" in str(parted)


def test_it_refuses_what_isn_t_a_recorded_program():
    with pytest.raises(TypeError, match="expected what a recorded torch program computed"):
        bridge.first_divergence(root_of(network()), 1.0)


X = double(3, 8, seed=2)
ARGUMENTS = {
    "setting": (lambda h: h * 2, lambda h: h * 3, "'mul' .* other=2 in the first run, other=3"),
    "default": (
        nn.functional.leaky_relu,
        lambda h: nn.functional.leaky_relu(h, 0.2),
        "the default negative_slope in the first run, negative_slope=0.2 in the second",
    ),
    "index": (lambda h: h[:, [0, 1]], lambda h: h[:, [0, 2]], "'index' .* another 'indices'"),
    "mask": (
        lambda h: h.masked_fill(X > 0, 0.0),
        lambda h: h.masked_fill(X > 1, 0.0),
        "'masked_fill' .* another 'mask'",
    ),
    "constant": (lambda h: h - X, lambda h: h - X * 2, r"'sub' .* operand 1, a constant of shape"),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_an_operation_that_is_given_something_else_is_named_with_it(name):
    """Our rule explains such a difference, and nothing else would tell of it."""
    weight = double(3, 8).requires_grad_()
    roots = []
    for compute in ARGUMENTS[name][:2]:
        with bridge.record() as rec:
            loss = compute(torch.tanh(weight)).sum()
        roots.append(rec[loss])
    parted = bridge.first_divergence(*roots)
    assert parted.kind == "argument"
    assert re.search(f"{ARGUMENTS[name][2]}", str(parted))
    assert not bridge.first_divergence(roots[0], roots[0])


def test_two_masks_of_a_dropout_part_two_runs():
    roots = []
    for seed in (0, 1):
        model = network(nn.Dropout(0.5))
        torch.manual_seed(seed)
        roots.append(root_of(model))
    parted = bridge.first_divergence(*roots)
    assert (parted.kind, parted.nodes[0].region) == ("argument", "3/compute")


def test_inputs_of_one_name_are_compared_in_their_order():
    model = nn.Linear(3, 1).double()
    roots = []
    for other in (double(2, 3, seed=2), double(2, 3, seed=2), double(2, 3, seed=3)):
        with bridge.record(model) as rec:
            loss = (model(double(2, 3)) + model(other)).sum()
        roots.append(rec[loss])
    assert not bridge.first_divergence(*roots[:2])
    assert bridge.first_divergence(*roots[1:]).kind == "leaf"


def test_what_nobody_can_judge_is_told_of():
    """Its operands come apart by rounding, and there is no rule that says what it makes of that."""
    torch.manual_seed(0)
    model = network(version(0, 0)).float()
    other = copy.deepcopy(model).double()
    parted = bridge.first_divergence(root_of(model), root_of(other))
    assert not parted
    assert parted.unjudged == ("Tanh",)
    assert "not judged, for they have other operands and no rule of ours: Tanh" in str(parted)
