"""Record PyTorch's layer normalisation and its gradient: an oracle of test_blocks.py.

Run it with PyTorch, which the tests don't need:

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/nn/record_layer_norm.py
"""

import json
from pathlib import Path

import numpy as np
import torch


def main() -> None:
    torch.set_default_dtype(torch.float64)
    rng = np.random.default_rng(0)
    cases = []
    for shape, eps in (([4], 1e-5), ([3, 2], 0.1)):
        x = torch.tensor(rng.normal(1, 3, size=(2, *shape)), requires_grad=True)
        weight, bias = (torch.tensor(rng.normal(size=shape)) for _ in range(2))
        out = torch.nn.functional.layer_norm(x, shape, weight, bias, eps)
        cotangent = torch.tensor(rng.normal(size=out.shape))
        out.backward(cotangent)
        found = {"x": x, "weight": weight, "bias": bias, "out": out, "cotangent": cotangent}
        numbers = {name: tensor.detach().tolist() for name, tensor in found.items()}
        cases.append({"shape": shape, "eps": eps, **numbers, "grad": x.grad.tolist()})
    out_path = Path(__file__).parent / "recorded" / "layer_norm.json"
    text = json.dumps({"torch": torch.__version__, "cases": cases})
    out_path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
