"""Record the learning rates of PyTorch's schedules: the oracle of test_schedules.py.

Run it with PyTorch, which the tests don't need:

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/nn/record_schedules.py
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch.optim import lr_scheduler as lrs

STEPS = 40


def rates(make, lr=0.5, losses=None) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler = make(optimizer)
    found = [optimizer.param_groups[0]["lr"]]
    for k in range(STEPS - 1):
        optimizer.step()
        scheduler.step(*([] if losses is None else [losses[k]]))
        found.append(optimizer.param_groups[0]["lr"])
    return found


def main() -> None:
    rng = np.random.default_rng(0)
    losses = np.round(np.exp(-np.arange(STEPS) / 5) + 0.3 + rng.normal(0, 0.02, STEPS), 4).tolist()
    plateau = {"factor": 0.5, "patience": 2, "threshold": 0.01, "cooldown": 1, "min_lr": 0.02}

    def warm(optimizer):
        ramp = lrs.LinearLR(optimizer, start_factor=0.2, total_iters=8)
        cosine = lrs.CosineAnnealingLR(optimizer, T_max=STEPS - 8, eta_min=0.01)
        return lrs.SequentialLR(optimizer, [ramp, cosine], milestones=[8])

    found = {
        "torch": torch.__version__,
        "losses": losses,
        "rates": {
            "step": rates(lambda o: lrs.StepLR(o, step_size=7, gamma=0.3)),
            "exponential": rates(lambda o: lrs.ExponentialLR(o, gamma=0.9)),
            "cosine": rates(lambda o: lrs.CosineAnnealingLR(o, T_max=STEPS - 1, eta_min=0.01)),
            "warmup": rates(warm),
            "one_cycle": rates(lambda o: lrs.OneCycleLR(o, max_lr=0.5, total_steps=STEPS)),
            "plateau": rates(lambda o: lrs.ReduceLROnPlateau(o, **plateau), losses=losses),
        },
    }
    out = Path(__file__).parent / "recorded" / "schedules.json"
    out.write_text(json.dumps(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
