"""The smallest model there is, for tests of training: its gradient is known on paper."""

from typing import Any

import numpy as np

import nn
from autograd import Tensor

X = np.arange(10.0)[:, None]


class Slope(nn.Module):
    """ŷ = w x: for y = 2x, and all examples in a batch, the gradient is 57 (w − 2)."""

    def __init__(self, w: float = 0.0) -> None:
        self.w = Tensor(w)

    def forward(self, x: Any) -> Any:
        return x * self.w


def run(model: nn.Module, lr: float = 0.0, **settings: Any) -> nn.History:
    optimizer = nn.SGD(model.parameters(), lr=lr)
    defaults: dict[str, Any] = {
        "epochs": 1, "loss": nn.mse, "rng": 0, "progress": False, "batch_size": 10,
        "optimizer": optimizer,
    }  # fmt: skip
    return nn.fit(model, X, 2 * X, **defaults | settings)
