"""Record how PyTorch's optimisers move: the oracle of test_optim_recorded.py.

Run it with PyTorch, which the tests don't need:

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/nn/record_optimisers.py

A function with curvature in all directions and some noise, whose gradient is written out in both
places: ∂f = (θ − 1) · scale + sin(3θ) + noise, with scale and noise from the file.
"""

import json
from pathlib import Path

import numpy as np
import torch

STEPS = 100
CASES = {
    "SGD": [
        {"lr": 0.05},
        {"lr": 0.05, "momentum": 0.9},
        {"lr": 0.05, "momentum": 0.9, "dampening": 0.3},
        {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    ],
    "Adam": [
        {},
        {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-3},
        {"lr": 0.05, "weight_decay": 0.1, "amsgrad": True},
    ],
    "AdamW": [{}, {"lr": 0.05, "weight_decay": 0.3}, {"lr": 0.05, "amsgrad": True}],
    "RMSprop": [
        {},
        {"lr": 0.02, "alpha": 0.9, "eps": 1e-4, "weight_decay": 0.1},
        {"lr": 0.01, "momentum": 0.9},
        {"lr": 0.01, "momentum": 0.5, "centered": True},
    ],
    "Adagrad": [
        {},
        {"lr": 0.2, "lr_decay": 0.05, "weight_decay": 0.1, "initial_accumulator_value": 0.3},
    ],
}


def record(kind: str, settings: dict, start, scale, noise) -> list[list[float]]:
    theta = torch.nn.Parameter(torch.tensor(start))
    optimizer = getattr(torch.optim, kind)([theta], foreach=False, **settings)
    path = []
    for k in range(STEPS):
        with torch.no_grad():
            theta.grad = (theta - 1) * torch.tensor(scale) + torch.sin(3 * theta)
            theta.grad += torch.tensor(noise[k])
        optimizer.step()
        path.append(theta.detach().tolist())
    return path


def main() -> None:
    torch.set_default_dtype(torch.float64)
    rng = np.random.default_rng(0)
    start = rng.normal(size=4).tolist()
    scale = [0.1, 1.0, 3.0, 10.0]
    noise = rng.normal(scale=0.3, size=(STEPS, 4)).tolist()
    runs = [
        {
            "optimizer": kind,
            "settings": settings,
            "path": record(kind, settings, start, scale, noise)[9::10],
        }
        for kind, cases in CASES.items()
        for settings in cases
    ]
    found = {"torch": torch.__version__, "start": start, "scale": scale, "noise": noise}
    out = Path(__file__).parent / "recorded" / "optimisers.json"
    out.write_text(json.dumps({**found, "runs": runs}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
