"""A recorded torch program has a second opinion: scalars, why and checks go through our rules."""

import numpy as np
import pytest
import torch
from torch import nn
from torch_recordings import double

from autograd import scalars
from autograd.bridges import torch as bridge
from autograd.extend import topological_order
from autograd.stepping import why


def opened(compute, *leaves):
    leaves = [x.requires_grad_() for x in leaves]
    with bridge.record() as rec:
        loss = compute(*leaves)
    return rec[loss], loss


def test_scalars_of_a_torch_model_have_torchs_gradients():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.GELU(), nn.LayerNorm(4), nn.Linear(4, 2)).double()
    with bridge.record(model) as rec:
        loss = nn.functional.cross_entropy(model(double(5, 3)), torch.tensor([0, 1, 1, 0, 1]))
    s = scalars(rec[loss])
    s.root.backward()
    loss.backward()
    assert s.root.data == pytest.approx(loss.item(), rel=1e-14)
    for name, parameter in model.named_parameters():
        grads = np.vectorize(lambda value: value.grad, otypes=[float])(s[name])
        assert grads == pytest.approx(parameter.grad.numpy(), rel=1e-12, abs=1e-15)


def test_why_reaches_from_a_loss_down_to_one_weight():
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1)).double()
    with bridge.record(model) as rec:
        loss = model(double(3, 2)).square().mean()
    s = scalars(rec[loss])
    loss.backward()
    found = why(s["0.weight"][0, 1], s.root)
    assert "0.weight[0, 1]" in str(found)
    assert sum(path.product for path in found.paths) == pytest.approx(
        model[0].weight.grad[0, 1].item()
    )


def _written(x, write):
    h = x * 2
    write(h)
    return h


def _constant(x, y):
    out = torch.full((4, 4), 0.5, dtype=torch.float64)
    out[:, 1] = x[:, 0]
    out[2] *= y[1]
    return out


WRITES = {
    "a row": lambda x, y: _written(x, lambda h: h.__setitem__(0, y[0])),
    "steps": lambda x, y: _written(x, lambda h: h[1:, ::2].copy_(y[1:, ::2])),
    "add": lambda x, y: _written(x, lambda h: h[:, 1].add_(y[:, 1], alpha=3)),
    "mul": lambda x, y: _written(x, lambda h: h.t()[1].mul_(y[:, 1])),
    "zeros": lambda x, y: _written(x, lambda h: h[:2].zero_()) + y.sum(),
    "mask": lambda x, y: _written(x, lambda h: h[0].masked_fill_(h[0].detach() > 0, 2.0)) * y,
    "constant": _constant,
    "constant twice": lambda x, y: _constant(x, y) * _constant(y, x),
    "transposed": lambda x, y: _written(x.t() * 1, lambda h: h[1].exp_()).t() * y,
}


@pytest.mark.parametrize("write", WRITES)
def test_what_is_written_into_a_view_follows_by_our_rules(write):
    root, loss = opened(
        lambda x, y: (WRITES[write](x, y).sin() * double(4, 4, seed=5)).sum(),
        double(4, 4, seed=1),
        double(4, 4, seed=2),
    )
    assert any(node.op.name == "copy_slices" for node in topological_order(root))
    report = bridge.check(root)
    assert report, report
    assert report.by_rule == report.nodes, report
    assert scalars(root).root.data == pytest.approx(loss.item(), rel=1e-12)


OUTPUTS = {
    "unbind": lambda x: torch.stack(x.unbind(0)[::2]),
    "split": lambda x: torch.cat(torch.split(x, [1, 3])[::-1]),
    "order": lambda x: x.sort(dim=1)[0] * x.topk(4, dim=1).values,
    "layer_norm": lambda x: nn.functional.layer_norm(x, [4])[torch.tensor([0, 0, 2])],
    "einsum": lambda x: torch.einsum("ij,kj->ik", x, x) @ x,
    "var_mean": lambda x: torch.var_mean(x, dim=0)[0] + torch.std_mean(x, dim=0)[1],
    "in place": lambda x: (x * 1).relu_(),
    "attention": lambda x: nn.functional.scaled_dot_product_attention(*[x.view(1, 1, 4, 4)] * 3),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_output_of_an_operation_has_its_own_rule(name):
    root, _ = opened(lambda x: (OUTPUTS[name](x) ** 2).sum(), double(4, 4))
    report = bridge.check(root)
    assert report, report
    assert report.by_rule == report.nodes, report


def test_a_function_that_covers_several_operations_has_no_rule_and_keeps_its_pullback():
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.exp().mul(2).add(1)

        @staticmethod
        def backward(ctx, g):
            return g * 7

    root, _ = opened(lambda x: Twice.apply(x).sum(), double(3))
    twice = root.parents[0]
    assert twice.op.name == "Twice"
    assert twice.op.ours is None
    root.backward()
    assert twice.parents[0].grad == pytest.approx(np.full(3, 7.0))
