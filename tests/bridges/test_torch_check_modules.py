"""bridge.check on every module that PyTorch itself tests: our rules agree with torch's."""

import warnings

import pytest
import torch
from torch.testing._internal.common_modules import module_db

from autograd.bridges import torch as bridge

pytestmark = pytest.mark.slow

SAMPLES = 2  # of each module, in training
# Torch computes these in a block that isn't recorded, or there is no rule of ours for them.
WITHOUT_RULE = {
    "nn.Bilinear", "nn.CTCLoss", "nn.FractionalMaxPool2d", "nn.FractionalMaxPool3d",
    "nn.GaussianNLLLoss", "nn.KLDivLoss", "nn.Transformer",
}  # fmt: skip


def programs(info):
    """Yield the graph of a weighted sum of a module's outputs, at torch's own samples."""
    inputs = info.module_inputs_func(
        info, device="cpu", dtype=torch.float64, requires_grad=True, training=True
    )
    for sample in inputs[:SAMPLES]:
        made = sample.constructor_input
        model = info.module_cls(*made.args, **made.kwargs).double()
        given = sample.forward_input
        with bridge.record(model) as rec:
            found = torch.utils._pytree.tree_leaves(model(*given.args, **given.kwargs))
            outputs = [y for y in found if isinstance(y, torch.Tensor) and y.requires_grad]
            weights = [torch.linspace(0.5, 1.5, y.numel()).double().view(y.shape) for y in outputs]
            if not outputs:
                continue
            loss = sum((y * w).sum() for y, w in zip(outputs, weights, strict=True))
        yield rec[loss]


@pytest.mark.parametrize("info", module_db, ids=lambda info: info.name)
def test_our_rules_agree_with_torchs(info):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for root in programs(info):
            report = bridge.check(root)
            assert report, report
            if info.name not in WITHOUT_RULE:
                assert report.by_rule == report.nodes, report
