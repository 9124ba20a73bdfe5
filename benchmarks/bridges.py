"""What recording a PyTorch program costs, beside its training step.

    python benchmarks/bridges.py

A step is forward, backward and an update by SGD. The three kinds of step are interleaved, so that
all see the same machine: plain, recorded, and recorded and opened as a graph of ours. The ratios
are medians over rounds. The sizes go from 10⁴ weights up to where a step takes 5 ms and more. Then:
how long the page of a player takes for two transformer blocks. All runs in one thread, in seconds
of the processor, so that other programs disturb it less.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from autograd import step
from autograd.bridges import torch as bridge

ROUNDS = 60


def mlp(width: int, batch: int) -> tuple[nn.Module, Callable[[], torch.Tensor]]:
    model = nn.Sequential(
        nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width // 3), nn.ReLU(),
        nn.Linear(width // 3, 10),
    )  # fmt: skip
    x, y = torch.randn(batch, 64), torch.randint(0, 10, (batch,))
    return model, lambda: functional.cross_entropy(model(x), y)


def convolutions(width: int, batch: int) -> tuple[nn.Module, Callable[[], torch.Tensor]]:
    model = nn.Sequential(
        *[
            layer
            for k in range(4)
            for layer in (
                nn.Conv2d(3 if k == 0 else width, width, 3, padding=1),
                nn.BatchNorm2d(width),
                nn.ReLU(),
            )
        ],
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(width, 10),
    )
    x, y = torch.randn(batch, 3, 16, 16), torch.randint(0, 10, (batch,))
    return model, lambda: functional.cross_entropy(model(x), y)


def transformer(width: int, batch: int) -> tuple[nn.Module, Callable[[], torch.Tensor]]:
    layer = nn.TransformerEncoderLayer(width, 4, 4 * width, batch_first=True)
    model = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    x = torch.randn(batch, 32, width)
    return model, lambda: model(x).square().mean()


CASES = {
    "MLP, 10⁴ weights": mlp(100, 32),
    "MLP, 10⁶ weights": mlp(1700, 256),
    "4 convolutions": convolutions(32, 16),
    "2 transformer blocks": transformer(128, 8),
}


def ratios(model: nn.Module, loss: Callable[[], torch.Tensor]) -> tuple[float, float, float]:
    """Return the seconds of a plain step, and what a recorded and an opened one take of it."""
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-3)

    def finish(found: torch.Tensor) -> None:
        optimiser.zero_grad()
        found.backward()
        optimiser.step()

    def plain() -> None:
        finish(loss())

    def recorded() -> None:
        with bridge.record(model):
            found = loss()
        finish(found)

    def opened() -> None:
        with bridge.record(model) as rec:
            found = loss()
        root = rec[found]
        finish(found)
        del root

    kinds = (plain, recorded, opened)
    for kind in kinds:
        kind()
    rounds = [[seconds(kind) for kind in kinds] for _ in range(ROUNDS)]
    return (
        statistics.median(row[0] for row in rounds),
        statistics.median(row[1] / row[0] for row in rounds),
        statistics.median(row[2] / row[0] for row in rounds),
    )


def seconds(f: Callable[[], object]) -> float:
    start = time.process_time()
    f()
    return time.process_time() - start


def player() -> tuple[int, float]:
    """Return the number of steps of two transformer blocks, and the seconds of their page."""
    model, loss = transformer(8, 2)
    with bridge.record(model) as rec:
        found = loss()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "player.html"
        step(rec[found]).save(file)  # loads what pictures need
        shown = step(rec[found])
        return len(shown.steps), seconds(lambda: shown.save(file))


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    print(f"{'':22} {'step':>9} {'recorded':>9} {'opened':>9}")
    for name, (model, loss) in CASES.items():
        plain, recorded, opened = ratios(model, loss)
        print(f"{name:22} {plain * 1e3:6.2f} ms {recorded:8.2f}× {opened:8.2f}×", flush=True)
    n, took = player()
    print(f"the player of 2 transformer blocks, {n} steps: {took:.2f} s")


if __name__ == "__main__":
    main()
