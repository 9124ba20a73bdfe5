"""PyTorch programs, opened: ``from autograd.bridges import torch as bridge``.

>>> import torch
>>> from autograd.bridges import torch as bridge
>>> layer = torch.nn.Linear(2, 1)
>>> with bridge.record(layer) as rec:  # the user's own code, as it is
...     loss = layer(torch.ones(3, 2)).square().mean()
>>> root = rec[loss]  # a graph of our nodes: torch's numbers, torch's own pullbacks
>>> root.backward()
>>> root.op.name, root.parents[0].op.name
('mean', 'pow')
"""

from __future__ import annotations

from autograd.bridges.torch import installed as _installed  # noqa: F401  # first: it may refuse
from autograd.bridges.torch.check_report import CheckReport, Finding
from autograd.bridges.torch.checking import check
from autograd.bridges.torch.dispatch import Recording, record
from autograd.bridges.torch.divergence import Divergence, first_divergence

__all__ = [
    "CheckReport",
    "Divergence",
    "Finding",
    "Recording",
    "check",
    "first_divergence",
    "record",
]


def __dir__() -> list[str]:
    return sorted(__all__)
