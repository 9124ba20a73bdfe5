"""Open a PyTorch model."""

import torch

from autograd.bridges import torch as bridge

model, x = torch.nn.Linear(3, 1), torch.ones(2, 3)
with bridge.record(model) as rec:
    loss = model(x).square().mean()
L = rec[loss]
assert bridge.check(L)
assert L.data == loss.item()
