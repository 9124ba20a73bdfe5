"""How close the predictions of nn.propagate come: networks of width 256, over many seeds.

    python benchmarks/propagation.py [seeds] [part of a name]

One line a network: E[f²] measured over predicted, less 1, on average over layers; the same at the
layer that is furthest off, with its standard error; and the gradient that is furthest off.
"""

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import nn

WIDTH = 256


def linear(rng: np.random.Generator, scale: float = 1.0) -> nn.Linear:
    start = {"name": "variance_scaling", "scale": scale}
    return nn.Linear(WIDTH, WIDTH, init=start, rng=rng)


def residuals(seed: int, blocks: int, norm_first: bool) -> nn.Sequential:
    rng = np.random.default_rng(seed)
    parts: list[Any] = [linear(rng)]
    for _ in range(blocks):
        branch = (linear(rng, 2.0), "gelu", linear(rng))
        norm = nn.LayerNorm(WIDTH)
        parts += [nn.Residual(norm, *branch)] if norm_first else [nn.Residual(*branch), norm]
    return nn.Sequential(*parts, linear(rng))


def dropouts(seed: int) -> nn.Sequential:
    rng = np.random.default_rng(seed)
    blocks = ((linear(rng, 2.0), nn.ReLU(), nn.Dropout(0.2, rng=rng)) for _ in range(5))
    return nn.Sequential(*(part for block in blocks for part in block), linear(rng))


def attention(seed: int) -> nn.Sequential:
    rng = np.random.default_rng(seed)
    parts: list[Any] = []
    for _ in range(4):
        parts.append(nn.Residual(nn.LayerNorm(WIDTH), nn.MultiheadAttention(WIDTH, 4, rng=rng)))
        parts.append(nn.Residual(nn.LayerNorm(WIDTH), linear(rng, 2.0), "gelu", linear(rng)))
    return nn.Sequential(*parts, linear(rng))


def convolutions(seed: int) -> nn.Sequential:
    rng = np.random.default_rng(seed)
    he: Any = {"init": {"name": "variance_scaling", "scale": 2.0}, "rng": rng}
    parts = [nn.Conv2d(16, 128, 3, padding=1, **he), nn.ReLU(), nn.MaxPool2d(2)]
    parts += [nn.Conv2d(128, 128, 3, padding=1, stride=2, **he), nn.ReLU()]
    parts += [nn.Conv2d(128, WIDTH, 3, padding=1, groups=2, **he), nn.ReLU(), nn.AvgPool2d(2)]
    return nn.Sequential(*parts, nn.Flatten(), linear(rng, 2.0))


def gelus(seed: int) -> nn.MLP:
    return nn.MLP([WIDTH] * 21, "gelu", seed=seed)


def in_torch() -> dict[str, Callable[[int], Any]]:
    """Return networks of PyTorch's, with its own weights and biases."""
    import torch
    from torch import nn as theirs

    class Block(theirs.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = theirs.LayerNorm(WIDTH)
            self.up, self.down = theirs.Linear(WIDTH, WIDTH), theirs.Linear(WIDTH, WIDTH)

        def forward(self, x: Any) -> Any:
            return x + self.down(theirs.functional.gelu(self.up(self.norm(x))))

    class Image(theirs.Module):
        """A block of a ResNet, which halves the image."""

        def __init__(self, channels: int, out: int) -> None:
            super().__init__()
            how: Any = {"padding": 1, "bias": False}
            self.inner = theirs.Sequential(
                theirs.Conv2d(channels, out, 3, stride=2, **how),
                theirs.BatchNorm2d(out),
                theirs.ReLU(),
                theirs.Conv2d(out, out, 3, **how),
                theirs.BatchNorm2d(out),
            )
            around = theirs.Conv2d(channels, out, 1, stride=2, bias=False)
            self.around = theirs.Sequential(around, theirs.BatchNorm2d(out))

        def forward(self, x: Any) -> Any:
            return theirs.functional.relu(self.inner(x) + self.around(x))

    def encoder(norm_first: bool) -> theirs.Module:
        layer = theirs.TransformerEncoderLayer(
            WIDTH, 4, WIDTH, batch_first=True, norm_first=norm_first
        )
        return theirs.TransformerEncoder(layer, 4, enable_nested_tensor=False)

    def made(seed: int, *parts: Callable[[], theirs.Module]) -> theirs.Module:
        torch.manual_seed(seed)
        return theirs.Sequential(*(part() for part in parts))

    def last() -> theirs.Module:
        return theirs.Linear(WIDTH, WIDTH)

    # An encoder's layers are copies of one, so they are drawn again.
    def drawn(seed: int, norm_first: bool) -> theirs.Module:
        network = made(seed, lambda: encoder(norm_first), last)
        for layer in network[0].layers:
            layer.self_attn._reset_parameters()
            layer.linear1.reset_parameters()
            layer.linear2.reset_parameters()
        return network

    return {
        "20 blocks": lambda seed: made(seed, *[Block] * 20, last),
        "encoder of 4, norm first": lambda seed: drawn(seed, True),
        "encoder of 4, norm last": lambda seed: drawn(seed, False),
        "3 blocks of a ResNet": lambda seed: made(
            seed,
            lambda: Image(16, 128),
            lambda: Image(128, 128),
            lambda: Image(128, WIDTH),
            theirs.Flatten,
            lambda: theirs.Linear(4 * WIDTH, WIDTH),
        ),
    }


def main(seeds: int, part: str) -> None:
    rng = np.random.default_rng(10**6)
    vectors = rng.standard_normal((32, WIDTH))
    tokens = rng.standard_normal((4, 12, WIDTH))
    networks: dict[str, tuple[Callable[[int], Any], Any]] = {
        "20 blocks, norm first": (lambda seed: residuals(seed, 20, True), vectors),
        "50 blocks, norm first": (lambda seed: residuals(seed, 50, True), vectors),
        "20 blocks, norm last": (lambda seed: residuals(seed, 20, False), vectors),
        "50 blocks, norm last": (lambda seed: residuals(seed, 50, False), vectors),
        "5 dropouts behind relu": (dropouts, vectors),
        "4 blocks of attention": (attention, tokens),
        "3 convolutions, 2 pools": (convolutions, rng.standard_normal((6, 16, 8, 8))),
        "20 layers of gelu": (gelus, vectors),
    }
    inputs = (vectors, tokens, tokens, rng.standard_normal((6, 16, 16, 16)))
    for (name, make), x in zip(in_torch().items(), inputs, strict=True):
        networks[f"torch: {name}"] = make, x
    for name, (make, x) in networks.items():
        if part not in name:
            continue
        table = nn.propagate(make, x, seeds=seeds)
        found = table.samples["forward"] / table.predicted("forward") - 1
        found = found[:, np.isfinite(found[0])]  # of a norm on the inputs nothing is predicted
        middle, error = found.mean(axis=0), found.std(axis=0, ddof=1) / math.sqrt(seeds)
        worst = int(np.abs(middle).argmax())
        gradient = np.abs(np.log(table.measured("backward") / table.predicted("backward")))
        print(
            f"{name:32} {middle.mean():+.2%}  worst {middle[worst]:+.1%} ± {error[worst]:.1%}  "
            f"gradient {math.expm1(np.nanmax(gradient)):.0%}",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40, sys.argv[2] if len(sys.argv) > 2 else "")
