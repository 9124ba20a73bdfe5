"""Write files as glassgrad 0.1.0 writes them: what test_recorded_files.py reads.

Run it with the version that is to be kept readable, in a checkout of it, and never with a newer
one: the files show what users have.

    PYTHONPATH=<that checkout> python tests/nn/record_files.py
"""

import shutil
from pathlib import Path
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Value, region

FOLDER = Path(__file__).parent / "recorded" / "version_0_1"
RUNS = ("momentum", "adam", "scalars")
EPOCHS = 4  # of which half are kept


def parts(name: str) -> tuple[nn.Module, nn.Optimizer, dict[str, Any]]:
    """Return a model, an optimiser and what else a run of that name is given.

    All is arithmetic and square roots, whose bits are the same for every version of NumPy.
    """
    model: nn.Module = nn.MLP([2, 3, 1], "relu", seed=1)
    if name == "momentum":
        return model, nn.SGD(model.parameters(), lr=0.1, momentum=0.9), {"validation": 0.25}
    if name == "adam":
        model = nn.Sequential(model, nn.Dropout(0.5, rng=3))
        return model, nn.Adam(model.parameters(), lr=0.01), {"clip_norm": 0.5}
    model = model.scalars()
    schedule = nn.schedules.Step(0.1, every=1, factor=0.5)
    return model, nn.RMSprop(model.parameters(), momentum=0.5), {"schedule": schedule}


def run(name: str, epochs: int, path: Path | None) -> tuple[nn.Module, nn.History]:
    """Train a model of that name on twelve points, and return it with its history."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((12, 2))
    y = x[:, :1] * x[:, 1:]
    model, optimizer, others = parts(name)
    history = nn.fit(
        model, x, y, epochs=epochs, batch_size=4, loss=nn.mse, optimizer=optimizer,
        rng=7, metrics=[nn.mean_absolute_error], checkpoint=path, progress=False, **others,
    )  # fmt: skip
    return model, history


def graph() -> Value:
    """Return a small graph with a region, labels, a repeated operand and a constant."""
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    with region("part"):
        c = a * b + a
    return (c * c).sqrt() * 2.0 + autograd.dot([a, b], [b, 1.0])


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name in RUNS:
        run(name, EPOCHS // 2, FOLDER / f"{name}.checkpoint")
        (FOLDER / f"{name}.checkpoint.previous").unlink(missing_ok=True)
    model, _ = run("momentum", 1, None)
    nn.save_weights(model, FOLDER / "weights.safetensors")
    (FOLDER / "steps.json").write_text(autograd.steps(graph()).to_json() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
