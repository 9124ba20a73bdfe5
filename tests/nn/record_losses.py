"""Record PyTorch's losses, their settings and gradients: the oracle of test_losses_recorded.py.

Run it with PyTorch, which the tests don't need:

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/nn/record_losses.py
"""

import itertools
import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as fn

ROWS, CLASSES = 5, 4


def main() -> None:
    torch.set_default_dtype(torch.float64)
    rng = np.random.default_rng(0)
    scores = rng.normal(scale=2, size=(ROWS, CLASSES))
    numbers = rng.normal(scale=2, size=(ROWS, CLASSES))
    shares = rng.dirichlet(np.ones(CLASSES), size=ROWS)
    shares[0] = [0, 1, 0, 0]
    logs = np.log(rng.dirichlet(np.ones(CLASSES), size=ROWS))
    labels, signs = rng.integers(CLASSES, size=ROWS), rng.integers(2, size=(ROWS, CLASSES))
    weight = [0.5, 2.0, 0.0, 1.25]
    weights = [{}, {"weight": weight}]
    smooths = [{}, {"label_smoothing": 0.3}]
    cases = [
        *[("mse", fn.mse_loss, scores, numbers, {})],
        *[("smooth_l1", fn.smooth_l1_loss, scores, numbers, {"beta": b}) for b in (0.0, 0.7, 1.0)],
        *[
            (
                "binary_cross_entropy_with_logits",
                fn.binary_cross_entropy_with_logits,
                scores,
                signs * 1.0,
                {} if w is None else {"pos_weight": w},
            )
            for w in (None, 2.5)
        ],
        *[
            ("cross_entropy", fn.cross_entropy, scores, target, w | s)
            for target, w, s in itertools.product((labels, shares), weights, smooths)
        ],
        *[("nll", fn.nll_loss, logs, labels, w) for w in weights],
        *[
            ("multi_margin", fn.multi_margin_loss, scores, labels, w | s)
            for w, s in itertools.product(weights, ({}, {"p": 2, "margin": 0.6}))
        ],
    ]
    found = []
    for (name, loss, z, y, settings), how in itertools.product(cases, ("mean", "sum", "none")):
        found.append(record(name, loss, z, y, settings, how))
    for how, theirs in {"mean": "batchmean", "sum": "sum"}.items():
        found.append(record("kl_divergence", fn.kl_div, logs, shares, {}, how, theirs))
    out = Path(__file__).parent / "recorded" / "losses.json"
    text = json.dumps({"torch": torch.__version__, "losses": found})
    out.write_text(text + "\n", encoding="utf-8")


def record(name, loss, z, y, settings, how, theirs=None) -> dict:
    leaf = torch.tensor(z, requires_grad=True)
    options = {k: torch.tensor(v) if "weight" in k else v for k, v in settings.items()}
    value = loss(leaf, torch.tensor(y), reduction=theirs or how, **options)
    value.sum().backward()
    return {
        "name": name,
        "inputs": z.tolist(),
        "targets": y.tolist(),
        "settings": settings | {"reduction": how},
        "value": value.detach().tolist(),
        "grad": leaf.grad.tolist(),
    }


if __name__ == "__main__":
    main()
