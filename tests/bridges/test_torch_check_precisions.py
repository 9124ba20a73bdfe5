"""bridge.check judges a program of several precisions by that in which each gradient is rounded."""

import pytest
import torch
from torch import nn

from autograd.bridges import torch as bridge


def test_a_gradient_that_a_cast_rounds_is_not_called_wrong():
    """Autocast makes bfloat16 of float32, and back: torch rounds what is passed back as well."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.GELU(), nn.Linear(4, 3))
    with bridge.record(model) as rec, torch.autocast("cpu", dtype=torch.bfloat16):
        loss = nn.functional.cross_entropy(model(torch.randn(6, 3)), torch.arange(6) % 3)
    report = bridge.check(rec[loss])
    assert report, report
    assert report.by_rule == report.nodes
    assert not report.imprecise


def test_operands_of_two_precisions_are_each_judged_by_their_own():
    torch.manual_seed(0)
    narrow = torch.randn(50).half().requires_grad_()
    wide = torch.randn(50, dtype=torch.float64, requires_grad=True)
    with bridge.record() as rec:
        loss = (narrow * wide).sum()
    report = bridge.check(rec[loss])
    assert report, report


@pytest.mark.parametrize("operand", [0, 1])
def test_a_wrong_function_of_two_precisions_is_found_by_the_digits_of_each(operand):
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            off = [1.0, 1.0]
            off[operand] = (1.01, 1 + 1e-6)[operand]
            return (g * y * off[0]).to(x.dtype), g * x * off[1]

    torch.manual_seed(0)
    narrow = torch.randn(50).bfloat16().requires_grad_()
    wide = torch.randn(50, dtype=torch.float64, requires_grad=True)
    with bridge.record() as rec:
        loss = Product.apply(narrow, wide).sum()
    (found,) = bridge.check(rec[loss]).failures
    assert (found.name, found.operand) == ("Product", operand)
