"""A residual network of PyTorch's, as users write it, and the same one of ours."""

import numpy as np
import torch
from torch.nn import functional

import nn

WIDTH = 64
X = np.random.default_rng(2**24).standard_normal((24, WIDTH))


class Block(torch.nn.Module):
    """A residual as users write it: a sum and a function in ``forward``."""

    def __init__(self, width=WIDTH):
        super().__init__()
        self.norm = torch.nn.LayerNorm(width)
        self.up, self.down = torch.nn.Linear(width, width), torch.nn.Linear(width, width)

    def forward(self, x):
        return x + self.down(functional.gelu(self.up(self.norm(x)), approximate="none"))


def residual(seed=0, blocks=2, width=WIDTH):
    torch.manual_seed(seed)
    inner = [Block(width) for _ in range(blocks)]
    parts = torch.nn.Linear(width, width), *inner, torch.nn.Linear(width, width)
    return torch.nn.Sequential(*parts)


def numbers(layer):
    return {name: each.detach().numpy() for name, each in layer.named_parameters()}


def filled(layer, theirs):
    layer.load_state_dict(numbers(theirs))
    return layer


def our_residual(theirs):
    parts = []
    for part in theirs:
        if isinstance(part, Block):
            up, down = (filled(nn.Linear(WIDTH, WIDTH), each) for each in (part.up, part.down))
            parts.append(nn.Residual(nn.LayerNorm(WIDTH), up, "gelu", down))
        else:
            parts.append(filled(nn.Linear(WIDTH, WIDTH), part))
    return nn.Sequential(*parts)


def numpy_of(tensor):
    return tensor.detach().numpy()


class Doubled(torch.autograd.Function):
    """Twice a tensor, by an operation that nobody else knows."""

    @staticmethod
    def forward(context, x):
        return 2 * x

    @staticmethod
    def backward(context, cotangent):
        return 2 * cotangent


class Twice(torch.nn.Module):
    def forward(self, x):
        return Doubled.apply(x)
