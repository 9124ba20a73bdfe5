"""Graphs of the kinds that people draw, which tests of the player's pictures go through."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

import nn
from autograd import Tensor, Value, region, softmax, tanh


def expression() -> Value:
    """Ten nodes."""
    a, b, c, d = (Value(x, label=name) for x, name in ((2, "a"), (-3, "b"), (10, "c"), (-2, "d")))
    return ((a * b + c) * d).tanh() * a + b


def network(*sizes: int) -> Value:
    """A net in scalars with its loss."""
    model = nn.MLP(list(sizes), "tanh", seed=1).scalars()
    x = np.random.default_rng(0).normal(size=sizes[0]).tolist()
    return nn.mse(model(x), [1.0] * sizes[-1])


def digits() -> Value:
    """1,326 nodes: 64 pixels, 16 hidden units, ten classes."""
    pixels = np.random.default_rng(0).integers(0, 17, 64) / 16.0
    return nn.cross_entropy(nn.MLP([64, 16, 10], "tanh", seed=1).scalars()(pixels.tolist()), 3)


def scalar_batch() -> Value:
    x = np.random.default_rng(0).normal(size=(4, 2))
    return nn.mse(nn.MLP([2, 3, 1], "tanh", seed=1).scalars()(x), np.ones((4, 1)))


def tensor_batch() -> Tensor:
    x = np.random.default_rng(0).normal(size=(8, 2))
    return nn.mse(nn.MLP([2, 4, 1], "relu", seed=1)(x), np.ones((8, 1)))


def without_regions() -> Value:
    """149 nodes of a net that is written by hand."""
    rng = np.random.default_rng(2)
    x = [Value(float(v), label=f"x{k}") for k, v in enumerate(rng.normal(size=3))]
    for width in (5, 4, 1):
        x = [
            sum(
                (Value(float(rng.normal())) * each for each in x), Value(float(rng.normal()))
            ).tanh()
            for _ in range(width)
        ]
    return (x[0] - 1.0) ** 2


def recurrent() -> Value:
    """A layer that is called three times."""
    layer = nn.Layer(3, 2, "tanh", rng=0).scalars()
    h = [Value(0.0, label="h0"), Value(0.0, label="h1")]
    for t in range(3):
        h = layer([Value(0.5 - 0.4 * t, label=f"x{t}"), *h])
    return nn.mse(h, [1.0, -1.0])


def transformer(blocks: int = 2) -> Tensor:
    """Blocks of attention of four heads and a net, on tensors: some 600 events with two."""
    rng = np.random.default_rng(0)
    size, heads = 16, 4

    def weights(name: str, *shape: int) -> Tensor:
        return Tensor(rng.normal(size=shape) / np.sqrt(shape[-1]), label=name)

    def normal(x: Tensor) -> Tensor:
        centred = x - x.mean(axis=-1, keepdims=True)
        return centred / ((centred * centred).mean(axis=-1, keepdims=True) + 1e-5) ** 0.5

    x = weights("tokens", 6, size)
    for block in range(blocks):
        with region(f"block{block}"):
            with region("attention"):
                y, found = normal(x), []
                for head in range(heads):
                    with region(f"head{head}"):
                        q, k, v = (y @ weights(name, size, size // heads) for name in "QKV")
                        scores = q @ k.T / 2.0
                        found.append(
                            softmax(scores, axis=-1) @ v @ weights("O", size // heads, size)
                        )
                x = x + found[0] + found[1] + found[2] + found[3]
            with region("net"):
                hidden = tanh(normal(x) @ weights("W1", size, 32) + weights("b1", 32))
                x = x + hidden @ weights("W2", 32, size) + weights("b2", size)
    return (x * x).mean()


def chain(length: int = 300) -> Value:
    x = Value(1.001, label="x")
    for _ in range(length):
        x = x * 1.001
    return x


def odd_numbers() -> Value:
    """nan, inf, very small and long numbers."""
    parts = [Value(v) for v in (1e-300, -1.234e-100, float("inf"), -12345.678, 1.234e-05)]
    first = parts[0] * parts[1] + parts[3] * parts[4]
    second = parts[2] - parts[2] * parts[4]
    return (first * parts[3] + second).exp() * first


def odd_network() -> Value:
    """A net whose numbers are as odd."""
    model = nn.MLP([3, 3, 1], "tanh", seed=1).scalars()
    return nn.mse(model([-1.234e-100, -12345.678, 1e-300]), [-1.5e12])


def long_labels() -> Value:
    a = Value(2.0, label="the rate of interest in the third quarter")
    b = Value(-3.0, label="learning_rate_of_the_outer_loop_before_decay")
    with region("a_region_with_a_name_that_is_really_rather_long/inner_part_number_one"):
        c = (a * b + a).tanh()
    c.label = "an intermediate result with a long label"
    return c * b


def fractions() -> Value:
    a, b = Value(Fraction(1234567, 7654321), label="a"), Value(Fraction(-22, 7), label="b")
    return (a * b + Fraction(355, 113)) * a * a


GRAPHS: dict[str, Callable[[], Value | Tensor]] = {
    "ten nodes": expression,
    "2-3-1": lambda: network(2, 3, 1),
    "2-4-4-1": lambda: network(2, 4, 4, 1),
    "2-16-24-1": lambda: network(2, 16, 24, 1),
    "digits": digits,
    "batch of scalars": scalar_batch,
    "batch of tensors": tensor_batch,
    "no regions": without_regions,
    "recurrent": recurrent,
    "transformer": transformer,
    "chain": chain,
    "odd numbers": odd_numbers,
    "odd network": odd_network,
    "long labels": long_labels,
    "fractions": fractions,
}
